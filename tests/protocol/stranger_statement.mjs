// A signed week as somebody checks it who has the file and the server's public key. Written from section 17 of docs/protocol.md alone.
//
//   node stranger_statement.mjs <file> <key in one line>      exit code 1 where it is not genuine
import { readFileSync } from "node:fs";
import { logName, openNote } from "./stranger_tree.mjs";
import { hex, sha256, unb64 } from "./stranger_words.mjs";

const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const HOW = /^(employee|store|hq)(?:\/(phone|tablet|console))?$/;

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

export const digestOf = (text) => hex(sha256(text));

// the twelfth character makes the weighed sum of all twelve divisible by 31
const isWhole = (values) => values.reduce((sum, value, n) => sum + (n + 1) * value, 0) % 31 === 0;
const dashed = (plain) => plain.match(/.{4}/g).join("-");

export function codeOf(digest) {
  let left = BigInt(`0x${digest.slice(0, 16)}`) % 31n ** 11n;
  const values = [];
  for (let n = 0; n < 11; n += 1) values.push(Number(left % 31n)), (left /= 31n);
  const check = ALPHABET.split("").findIndex((_, value) => isWhole([...values, value]));
  return dashed([...values, check].map((value) => ALPHABET[value]).join(""));
}

export function readCode(typed) {
  const plain = typed.normalize("NFKC").toUpperCase().replace(/[ \-_.\u2013\u2014\u3000\t\r\n]/g, "");
  const values = [...plain].map((letter) => ALPHABET.indexOf(letter));
  return values.length === 12 && !values.includes(-1) && isWhole(values) ? dashed(plain) : null;
}

// {says: "genuine" | "form" | "signature" | "text", text, digest, confirmed: [[side, who, ms, operation, way]]}
export function openStatement(raw, key) {
  let file;
  try {
    file = JSON.parse(raw);
  } catch {
    return { says: "form" };
  }
  if (Object.keys(file).some((name) => !["kind", "text", "note"].includes(name)) || typeof file.text !== "string" || file.kind !== "outpost-statement/1") return { says: "form" };
  const name = `${logName(key)}/statement`;
  const lines = (openNote(file.note, name, key) ?? "").split("\n").slice(0, -1);
  if (lines.length < 2 || lines[0] !== name) return { says: "signature" };
  if (lines[1] !== digestOf(file.text)) return { says: "text" };
  const confirmed = lines.slice(2).map((line) => {
    const [, how, ms, operation, who] = /^(\S+) (\d+) (\S+) (.*)$/.exec(line);
    const [, side, way] = HOW.exec(how);
    return [side, who, Number(ms), operation, way ?? ""];
  });
  return { says: "genuine", text: JSON.parse(file.text), digest: lines[1], confirmed };
}

// of revisions in their order: each names the digest of the one before
export const isChain = (texts) =>
  texts.every((text, n) => text.revision === n + 1 && text.previous === (n ? digestOf(canonical(texts[n - 1])) : null));

if (process.argv[1]?.endsWith("stranger_statement.mjs")) {
  const [, , file, line] = process.argv;
  const found = openStatement(readFileSync(file, "utf8"), unb64(line.slice(line.indexOf("+", line.indexOf("+") + 1) + 1)).subarray(1));
  process.stdout.write(`${JSON.stringify(found)}\n`);
  process.exitCode = found.says === "genuine" ? 0 : 1;
}
