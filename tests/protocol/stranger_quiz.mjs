// What an attempt asks, and what answers earn: from docs/protocol.md alone. No floats: decimals as whole numbers.
import { createHash } from "node:crypto";

const digest = (...parts) => createHash("sha256").update(parts.join("\x1f"), "utf8").digest();
const shuffled = (items, attempt, what) =>
  [...items].map((item) => [digest(attempt, what, item.key), item]).sort(([a], [b]) => Buffer.compare(a, b)).map(([, item]) => item);

export function asked(quiz, attempt) {
  const draws = new Map((quiz.draws ?? []).map(({ pool, count }) => [pool, count]));
  const isDrawn = ({ pool }) => pool !== undefined && draws.has(pool);
  let chosen = quiz.questions.filter((question) => !isDrawn(question));
  for (const [pool, count] of draws) {
    const members = quiz.questions.filter((question) => question.pool === pool);
    chosen.push(...shuffled(members, attempt, `pool ${pool}`).slice(0, count));
  }
  chosen = quiz.shuffle === false ? quiz.questions.filter((question) => chosen.includes(question)) : shuffled(chosen, attempt, "questions");
  return chosen.map((question) => {
    const { key, kind, choices = [], others = [], shuffle = true } = question;
    const mixes = kind === "order" || (shuffle && (kind === "single" || kind === "multiple"));
    const keys = (list) => list.map((one) => one.key);
    const shown = {
      question: key, choices: keys(mixes ? shuffled(choices, attempt, key) : choices), others: keys(shuffled(others, attempt, key)),
    };
    return { ...question, shown };
  });
}

const same = (text) => text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim().replace(/[.!?;,。 ]+$/u, "");
const millionths = (text) => {
  const [, sign, whole, part = ""] = /^([+-]?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return whole === undefined ? null : BigInt(whole + part.padEnd(6, "0")) * (sign === "-" ? -1n : 1n);
};
const distance = (a, b) => (a > b ? a - b : b - a);
const count = (list, test) => list.filter(test).length;

// [what is right of it, of how much]
const JUDGES = {
  single: ({ right }, { chosen = [] }) => [Number(chosen.length === 1 && right.includes(chosen[0])), 1],
  multiple: ({ right }, { chosen = [] }) => {
    const said = [...new Set(chosen)];
    return [count(said, (key) => right.includes(key)) - count(said, (key) => !right.includes(key)), right.length];
  },
  order: ({ right }, { chosen = [] }) => [chosen.length === right.length ? count(right, (key) => chosen[right.indexOf(key)] === key) : 0, right.length],
  match: ({ pairs }, { pairs: said = {} }) => [count(Object.entries(pairs), ([left, right]) => said[left] === right), Object.keys(pairs).length],
  number: ({ number, tolerance = "0" }, { text = "" }) => {
    const said = millionths(text.normalize("NFKC").trim().replaceAll(",", "."));
    return [Number(said !== null && distance(said, millionths(number)) <= millionths(tolerance)), 1];
  },
  text: ({ texts }, { text = "" }) => [Number(same(text) !== "" && texts.map(same).includes(same(text))), 1],
};

export function marked(quiz, attempt, answers, tookMs) {
  const given = new Map(answers.map((answer) => [answer.question, answer]));
  const marks = asked(quiz, attempt).map(({ key, kind, points = 1, partial = false, solution }) => {
    const [good, whole] = given.has(key) ? JUDGES[kind](solution, given.get(key)) : [0, 1];
    const of = points * 100, right = good === whole;
    return { question: key, earned: right ? of : partial ? Math.floor((of * Math.max(0, good)) / whole) : 0, of, right };
  });
  const sum = (name) => marks.reduce((total, one) => total + one[name], 0);
  const earned = sum("earned"), of = sum("of"), over = quiz.time_limit_s > 0 && tookMs > quiz.time_limit_s * 1000 + 5000;
  const passed = earned * 100 >= quiz.pass_percent * of && !over;
  return { earned, of, percent: Math.floor((earned * 100) / of), passed, over_time: over, marks };
}
