// Every vector of docs/vectors, computed from docs/protocol.md alone.
//
//   node stranger_vectors.mjs <folder of vectors> [file ...]     exit code 1 at the first that differs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  CHAIN_START, b64, enrolText, hex, isDrawn, isSigned, isWipe, mix, nextHash, opText, phoneQr, phoneShort, privateKey, publicBytes,
  readReceipt, requestText,
  scopesDigest, signed, stepOf, storeCode, storeQr, sumOf, unb64,
} from "./stranger_words.mjs";
import { canonical, codeOf, digestOf, isChain, openStatement, readCode } from "./stranger_statement.mjs";
import { asked, marked } from "./stranger_quiz.mjs";
import { judgeHead, leafHash, logName, readHead } from "./stranger_tree.mjs";

const fromHex = (text) => Buffer.from(text, "hex");

// --- section 7: the time of an operation ---

const drifted = (d) => Math.floor((Math.abs(d) * 50) / 1_000_000) + 1;

// what boots prove of each other (section 7)
function linesAcross(lines, clock, received) {
  if (!clock.boots?.length) return [];
  const boots = [...clock.boots.slice(-8), { bid: clock.bid, until: clock.boot }];
  if (new Set(boots.map(({ bid }) => bid)).size < boots.length) return [];
  if (boots.some(({ until }) => until < 0 || until > 4_102_444_800_000)) return [];
  const of = (boot) => lines.filter(({ bid }) => bid === boot.bid);
  const lasted = ({ until }) => Math.max(0, until - drifted(until));
  const begun = [], latest = [];
  boots.forEach((boot, i) => {
    const found = of(boot).filter(({ low }) => low !== null).map(({ low, at }) => low - drifted(at));
    if (i > 0) {
      const before = boots[i - 1];
      found.push(begun[i - 1] + lasted(before));
      for (const { low, at } of of(before)) if (low !== null) found.push(low + before.until - drifted(before.until - at));
    }
    begun.push(found.length ? Math.max(...found) : 1_577_836_800_000);
  });
  for (let i = boots.length - 1; i >= 0; i--) {
    const found = of(boots[i]).map(({ low, high, at }) => high + drifted(low === null ? at : at - (high - low)));
    if (i < boots.length - 1) found.push(latest[i + 1] - lasted(boots[i]));
    latest[i] = found.length ? Math.min(...found) : 4_102_444_800_000;
  }
  if (begun.some((ms, i) => ms > latest[i] + 30_000)) return [];
  return boots.slice(0, -1).flatMap(({ bid, until }, i) => [
    { bid, low: begun[i], high: received, at: 0 },
    { bid, low: null, high: latest[i + 1] - until, at: until },
  ]);
}

export function judgeTime({ anchors, clock, stamp, not_before_ms, received_ms }) {
  let low = Math.min(not_before_ms, received_ms), high = received_ms;
  const width = () => high - low;
  const grade = () => (width() <= 900_000 ? "bounded" : "unverified");
  const done = (at, known) => ({ at_ms: at, low_ms: low, high_ms: high, grade: known });
  if (stamp === null) return done(width() <= 900_000 ? Math.floor((low + high) / 2) : high, grade());
  const lines = anchors
    .filter(({ sent, got }) => got >= sent && sent >= 0 && got - sent <= 600_000)
    .map(({ server_ms: s, bid, sent, got }) => ({ bid, low: s - got, high: s - sent, at: got }));
  lines.push({ bid: clock.bid, low: null, high: received_ms - clock.boot, at: clock.boot });
  lines.push(...linesAcross(lines, clock, received_ms));
  lines.sort((a, b) => (a.low === null ? Infinity : a.high - a.low) - (b.low === null ? Infinity : b.high - b.low));
  for (const line of lines.filter(({ bid }) => bid === stamp.bid)) {
    const drift = (since) => Math.floor((Math.abs(since) * 50) / 1_000_000) + 1;
    const asked = line.low === null ? line.at : line.at - (line.high - line.low);
    const l = line.low === null ? null : line.low + stamp.boot - drift(stamp.boot - line.at);
    const h = line.high + stamp.boot + drift(stamp.boot - asked);
    if (h < low - 30_000 || (l !== null && l > high + 30_000)) continue;
    high = Math.max(low, Math.min(high, h));
    if (l !== null) low = Math.min(high, Math.max(low, l));
  }
  if (width() <= 60_000) return done(Math.floor((low + high) / 2), "exact");
  return done(Math.max(low, Math.min(high, stamp.wall)), grade());
}

export function businessDate(ms, zone, turn) {
  const local = (at) => Object.fromEntries(
    new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" })
      .formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
  const { year, month, day, hour, minute } = local(ms);
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(hour) * 60 + Number(minute) < turn) date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}

// --- section 15: the place ---

const rad = (degrees) => (degrees * Math.PI) / 180;
const SPHERE_M = 6_371_008.8;

function centred({ lat_e7, lng_e7 }) {
  const phi = rad(lat_e7 / 1e7), lam = rad(lng_e7 / 1e7), e2 = 6.69437999014e-3;
  const radius = 6_378_137 / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
  return [radius * Math.cos(phi) * Math.cos(lam), radius * Math.cos(phi) * Math.sin(lam), radius * (1 - e2) * Math.sin(phi)];
}

const along = (chord) => 2 * SPHERE_M * Math.asin(Math.min(1, chord / (2 * SPHERE_M)));
const away = (one, other) => along(Math.hypot(...centred(one).map((x, i) => x - centred(other)[i])));

function eastNorth(origin, place) {
  const phi = rad(origin.lat_e7 / 1e7), lam = rad(origin.lng_e7 / 1e7);
  const [x, y, z] = centred(place).map((v, i) => v - centred(origin)[i]);
  const out = Math.cos(lam) * x + Math.sin(lam) * y;
  const east = Math.cos(lam) * y - Math.sin(lam) * x, north = Math.cos(phi) * z - Math.sin(phi) * out;
  const flat = Math.hypot(east, north);
  return flat === 0 ? [0, 0] : [east, north].map((v) => (v * along(Math.hypot(x, y, z))) / flat);
}

// the normal's distribution function, by Simpson's rule: slow and certain
function phiOf(x) {
  if (x > 9) return 1;
  if (x < -9) return 0;
  const steps = 400, width = x / steps;
  let total = 0;
  for (let i = 0; i <= steps; i += 1) total += (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2) * Math.exp(-((i * width) ** 2) / 2);
  return 0.5 + (total * width) / 3 / Math.sqrt(2 * Math.PI);
}

// mass of the round normal around (0, 0) inside a closed line, by Green's theorem: the sum over edges of PHI(x) phi(y) dy
function massInside(corners, sigma) {
  let total = 0;
  corners.forEach(([bx, by], n) => {
    const [ax, ay] = corners.at(n - 1);
    const pieces = Math.max(2, 2 * Math.ceil((Math.hypot(bx - ax, by - ay) / sigma) * 8));
    const value = (i) => {
      const t = i / pieces, x = (ax + t * (bx - ax)) / sigma, y = (ay + t * (by - ay)) / sigma;
      return Math.abs(y) > 9 ? 0 : (phiOf(x) * Math.exp((-y * y) / 2)) / Math.sqrt(2 * Math.PI);
    };
    if (pieces > 20_000) return;
    for (let i = 0; i <= pieces; i += 1) total += ((i === 0 || i === pieces ? 1 : i % 2 ? 4 : 2) * value(i) * (by - ay)) / sigma / pieces / 3;
  });
  return Math.abs(total);
}

// a circle, in strips: the width of each is known in closed form
function massInCircle(distance, radius, sigma) {
  const pieces = 2_000, reach = Math.min(radius, distance + 9 * sigma), start = Math.max(-radius, distance - 9 * sigma);
  if (start >= reach) return 0;
  const strip = (x) => {
    const half = Math.sqrt(Math.max(0, radius * radius - x * x)) / sigma;
    return (Math.exp(-(((x - distance) / sigma) ** 2) / 2) / Math.sqrt(2 * Math.PI)) * (2 * phiOf(half) - 1);
  };
  let total = 0;
  for (let i = 0; i <= pieces; i += 1) {
    total += (i === 0 || i === pieces ? 1 : i % 2 ? 4 : 2) * strip(start + ((reach - start) * i) / pieces);
  }
  return (total * (reach - start)) / pieces / 3 / sigma;
}

function toEdge(corners) {
  let nearest = Infinity, inside = false;
  corners.forEach(([bx, by], n) => {
    const [ax, ay] = corners.at(n - 1), ex = bx - ax, ey = by - ay;
    const t = Math.max(0, Math.min(1, -(ax * ex + ay * ey) / (ex * ex + ey * ey)));
    nearest = Math.min(nearest, Math.hypot(ax + t * ex, ay + t * ey));
    if (ay > 0 !== by > 0 && ax - (ay * ex) / ey > 0) inside = !inside;
  });
  return inside ? -nearest : nearest;
}

function middle(points) {
  const sum = [0, 0, 0];
  for (const [lat, lng] of points) {
    const phi = rad(lat / 1e7), lam = rad(lng / 1e7);
    [Math.cos(phi) * Math.cos(lam), Math.cos(phi) * Math.sin(lam), Math.sin(phi)].forEach((v, i) => { sum[i] += v; });
  }
  const degrees = (v) => Math.round(((v * 180) / Math.PI) * 1e7);
  return { lat_e7: degrees(Math.atan2(sum[2], Math.hypot(sum[0], sum[1]))), lng_e7: degrees(Math.atan2(sum[1], sum[0])) };
}

export function noFix(fix) {
  if (fix === null) return "no_fix";
  if (fix.lat_e7 === 2 ** 31 - 1 || fix.lng_e7 === 2 ** 31 - 1) return "not_a_number";
  if (Math.abs(fix.lat_e7) > 900_000_000 || Math.abs(fix.lng_e7) > 1_800_000_000) return "out_of_world";
  if (Math.abs(fix.lat_e7) <= 1_000 && Math.abs(fix.lng_e7) <= 1_000) return "null_island";
  if (fix.accuracy_dm === null) return "no_accuracy";
  if (fix.accuracy_dm < 1 || fix.accuracy_dm > 100_000) return "accuracy_absurd";
  if (fix.age_ms === null) return "no_age";
  if (fix.age_ms < -5_000) return "from_the_future";
  return fix.age_ms > 120_000 ? "stale" : null;
}

export function placeOf(fix, fence) {
  const problem = noFix(fix) ?? (fence === null ? "no_fence" : null);
  if (problem) return { verdict: "no_fix", problem };
  const accuracy = Math.max(3, fix.accuracy_dm / 10), sigma = accuracy / 1.509592;
  let distance, edge, p;
  if (fence.points) {
    const corners = fence.points.map(([lat_e7, lng_e7]) => eastNorth(fix, { lat_e7, lng_e7 }));
    [distance, edge, p] = [away(fix, middle(fence.points)), toEdge(corners), massInside(corners, sigma)];
  } else {
    distance = away(fix, fence);
    [edge, p] = [distance - fence.radius_m, massInCircle(distance, fence.radius_m, sigma)];
  }
  const pm = Math.round(p * 1000), far = edge > 3 * sigma;
  const verdict = pm >= 500 ? "inside" : pm < 200 && far ? "outside" : "uncertain";
  return { verdict, p_inside_pm: pm, distance_m: distance, edge_m: edge, far_outside: far, problem: null };
}

export function score(facts) {
  const { place, code, kiosk, travel } = facts, onKiosk = kiosk !== "none";
  let points = 20;
  const p = place.p_inside_pm, far = place.far_outside ?? false;
  if (place.verdict === "no_fix" || p == null) points -= 1;
  else if (p >= 200) points += p >= 900 ? 6 : p >= 500 ? 3 : 0;
  else points += (place.accuracy_m ?? 0) <= 60 ? (far ? -12 : -6) : far ? -4 : -1;
  points += { none: 0, fresh: 15, countersigned: 18, late: -10, reused: -10, invalid: -10 }[code];
  if (facts.store_wifi_seen) points += 8;
  points += facts.device === "bound" ? 4 : -6;
  const shared = facts.same_device_other_person_today && !onKiosk;
  if (shared) points -= 12;
  if (facts.mock) points -= 20;
  if (travel) {
    const metres = travel.distance_m - 2 * (travel.accuracies_m[0] + travel.accuracies_m[1]);
    const kmh = Math.round((metres * 3.6) / Math.max(1, travel.elapsed_s));
    if (metres > 0) points += kmh > 1000 ? -12 : kmh > 350 ? -4 : 0;
  }
  if (facts.wall_off_anchor_s !== null && Math.abs(facts.wall_off_anchor_s) > 300 && !onKiosk && !facts.wall_off_before) points -= 8;
  points += { none: 0, pin: 2, pin_and_photo: 10 }[kiosk];
  const line = facts.tablet_alive_that_hour && !onKiosk ? 32 : 24;
  let verdict = points >= line ? "green" : points >= line - 14 ? "ask" : "review";
  const open = facts.high_ms - facts.low_ms, unproven = facts.time_grade === "unverified";
  const isWide = unproven && !(open > 900_000 && open <= 3_600_000);
  if (verdict === "green" && (facts.mock || facts.garbled.length || unproven)) verdict = "ask";
  const must = shared || ["of_another_person", "revoked"].includes(facts.device) || !facts.posted_here || isWide;
  if (must) verdict = "review";
  return { score_db: points, green_from_db: line, verdict };
}

export function gcj02([lat, lng]) {
  const x = lng - 105, y = lat - 35, { sin, sqrt, abs, PI } = Math, a = 6_378_245, e2 = 0.00669342162296594323;
  const w = ((20 * sin(6 * PI * x) + 20 * sin(2 * PI * x)) * 2) / 3;
  const n = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + w
    + ((20 * sin(PI * y) + 40 * sin((PI * y) / 3)) * 2) / 3 + ((160 * sin((PI * y) / 12) + 320 * sin((PI * y) / 30)) * 2) / 3;
  const e = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + w
    + ((20 * sin(PI * x) + 40 * sin((PI * x) / 3)) * 2) / 3 + ((150 * sin((PI * x) / 12) + 300 * sin((PI * x) / 30)) * 2) / 3;
  const q = 1 - e2 * sin(rad(lat)) ** 2, degrees = (v) => (v * 180) / PI;
  return [lat + degrees(n / ((a * (1 - e2)) / q ** 1.5)), lng + degrees(e / ((a / sqrt(q)) * Math.cos(rad(lat))))];
}

export function wgs84(shown) {
  let [lat, lng] = shown;
  for (let round = 0; round < 30; round += 1) {
    const [there, across] = gcj02([lat, lng]);
    [lat, lng] = [lat - (there - shown[0]), lng - (across - shown[1])];
    if (Math.abs(there - shown[0]) < 1e-10 && Math.abs(across - shown[1]) < 1e-10) break;
  }
  return [lat, lng];
}

// section 9: PINs anybody would try first
export function isPin(pin) {
  if (!/^[0-9]{6}$/.test(pin)) return false;
  const steps = new Set([...pin].slice(1).map((digit, n) => (Number(digit) - Number(pin[n]) + 10) % 10));
  return !(steps.size === 1 && [0, 1, 9].includes([...steps][0]));
}

// --- the files, one check each ---

const CHECKS = {
  "keys.json"({ keys, enrolment }) {
    for (const { seed_hex, public_b64 } of keys) assert.equal(b64(publicBytes(privateKey(fromHex(seed_hex)))), public_b64);
    const key = privateKey(fromHex(enrolment.seed_hex));
    const text = enrolText(enrolment.code, enrolment.device_id, publicBytes(key));
    assert.equal(hex(text), enrolment.signed_hex);
    assert.equal(signed(key, text), enrolment.proof_b64);
  },
  "chain.json"({ seed_hex, public_b64, hash_0_hex, ops }) {
    const key = privateKey(fromHex(seed_hex));
    assert.equal(hex(CHAIN_START), hash_0_hex);
    let hash = CHAIN_START;
    for (const op of ops) {
      hash = nextHash(hash, op.b);
      assert.equal(hex(hash), op.hash_hex);
      assert.equal(signed(key, opText(hash)), op.s);
      assert.ok(isSigned(unb64(public_b64), opText(hash), op.s));
      assert.equal(JSON.parse(op.b).seq, op.seq);
    }
  },
  "requests.json"({ seed_hex, requests }) {
    for (const { method, path: where, body_b64, signed_hex, signature_b64 } of requests) {
      const text = requestText(method, where, unb64(body_b64));
      assert.equal(hex(text), signed_hex);
      assert.equal(signed(privateKey(fromHex(seed_hex)), text), signature_b64);
    }
  },
  "receipts.json"({ server_key_b64, device_id, nonce, receipts, wipe }) {
    for (const one of receipts) {
      const read = readReceipt(one, device_id, nonce, unb64(server_key_b64));
      assert.equal(read !== null, one.good, one.why);
      if (one.good) assert.deepEqual([read.head, read.backed, read.serverMs], [one.head, one.backed, one.server_ms]);
    }
    assert.ok(isWipe(wipe, device_id, nonce, wipe.server_ms, unb64(server_key_b64)));
    assert.ok(!isWipe(wipe, device_id, nonce, wipe.server_ms + 1, unb64(server_key_b64)));
  },
  "tree.json"({ server_key_b64, origin, leaves, cases }) {
    const key = unb64(server_key_b64);
    assert.equal(logName(key), origin);
    for (const { bytes_hex, hash_hex } of leaves) assert.equal(hex(leafHash(fromHex(bytes_hex))), hash_hex);
    for (const { why, held, epoch, tree, keep, code, lost } of cases) {
      const before = held === null ? null : readHead(held, key);
      assert.ok(held === null || before !== null, why);
      assert.deepEqual(judgeHead(before, tree, key, epoch), { keep, code, lost }, why);
    }
  },
  "store_codes.json"({ codes, steps }) {
    for (const { code_key_b64, device_id, step, digits, qr } of codes) {
      assert.equal(storeCode(unb64(code_key_b64), device_id, step), digits);
      assert.equal(storeQr(unb64(code_key_b64), device_id, step), qr);
    }
    for (const { server_ms, step } of steps) assert.equal(stepOf(server_ms), step);
  },
  "phone_codes.json"({ codes, draws }) {
    for (const { seed_hex, device_id, person_id, punch_id, minute, short, qr } of codes) {
      assert.equal(phoneQr(privateKey(fromHex(seed_hex)), device_id, person_id, punch_id, minute), qr);
      assert.equal(phoneShort(device_id, punch_id, minute), short);
    }
    for (const { code_key_b64, device_id, one_in, drawn } of draws) {
      const found = Array.from({ length: 100 }, (_, n) => n + 1).filter((seq) => isDrawn(unb64(code_key_b64), device_id, seq, one_in));
      assert.deepEqual(found, drawn);
    }
  },
  "sums.json"({ mixes, scopes }) {
    for (const { entity, pk, rv, mix: known } of mixes) assert.equal(Number(mix(entity, pk, rv)), known);
    for (const { rows, sum } of scopes) assert.deepEqual(sumOf(rows), sum);
  },
  "scopes.json"({ digests }) {
    for (const { scopes, digest } of digests) assert.equal(scopesDigest(scopes), digest);
  },
  "times.json"({ times, business_dates }) {
    for (const one of times) {
      const { at_ms, low_ms, high_ms, grade } = one;
      assert.deepEqual(judgeTime(one), { at_ms, low_ms, high_ms, grade }, one.about);
    }
    for (const { ms, zone, day_turns_at_min, business_date } of business_dates) {
      assert.equal(businessDate(ms, zone, day_turns_at_min), business_date);
    }
  },
  "places.json"({ places }) {
    for (const { fix, fence, place } of places) {
      const found = placeOf(fix, fence), what = JSON.stringify({ fix, fence, place, found });
      assert.equal(found.problem, place.problem, what);
      assert.equal(found.verdict, place.verdict, what);
      if (found.verdict === "no_fix") continue;
      assert.ok(Math.abs(found.p_inside_pm - place.p_inside_pm) <= 1, what);
      assert.ok(Math.abs(found.distance_m - place.distance_m) <= 1 && Math.abs(found.edge_m - place.edge_m) <= 1, what);
      assert.equal(found.far_outside, place.far_outside, what);
    }
  },
  "evidence.json"({ cases }) {
    for (const { facts, score_db, green_from_db, verdict } of cases) {
      assert.deepEqual(score(facts), { score_db, green_from_db, verdict }, JSON.stringify(facts));
    }
  },
  "datums.json"({ pairs }) {
    for (const { wgs84: true_, gcj02: shown, back } of pairs) {
      gcj02(true_).forEach((v, i) => assert.ok(Math.abs(v - shown[i]) < 1e-7));
      wgs84(shown).forEach((v, i) => assert.ok(Math.abs(v - back[i]) < 1e-7));
    }
  },
  "pins.json"({ verifiers, refused }) {
    for (const { pin, salt_hex, verifier } of verifiers) {
      assert.ok(isPin(pin));
      const [, kind, version, cost, salt, hash] = verifier.split("$");
      assert.deepEqual([kind, version, cost], ["argon2id", "v=19", "m=19456,t=2,p=1"]);
      assert.equal(hex(unb64(salt)), salt_hex);
      assert.equal(unb64(hash).length, 32);
    }
    for (const pin of refused) assert.ok(!isPin(pin), pin);
  },
  "quizzes.json"({ quiz, attempts }) {
    for (const one of attempts) {
      assert.deepEqual(asked(quiz, one.attempt_id).map((question) => question.shown), one.asked, one.attempt_id);
      assert.deepEqual(marked(quiz, one.attempt_id, one.answers, one.took_ms), one.marks, one.attempt_id);
    }
  },

  "learning.json"({ progress, careers }) {
    for (const { done, versions, percent } of progress) {
      const shares = versions.filter((cards) => cards.length).map((cards) => {
        const read = cards.filter((card) => done.includes(card)).length;
        return read === cards.length ? 100 : Math.min(99, Math.floor((200 * read + cards.length) / (2 * cards.length)));
      });
      assert.equal(Math.max(0, ...shares), percent, JSON.stringify(done).slice(0, 80));
    }
    for (const { month, stages, missing_zh, missing_en } of careers) {
      const when = ({ from_month, to_month }) => (to_month < month ? "past" : from_month > month ? "later" : "now");
      assert.deepEqual(stages.map((stage) => stage.when), stages.map(when));
      const open = stages.filter((stage) => when(stage) !== "later").flatMap((stage) => stage.items).filter((item) => !item.met);
      assert.deepEqual([missing_zh.length, missing_en.length], [open.length, open.length]);
      for (const [n, item] of open.entries()) {
        if (item.kind === "months") continue; // told without a name
        assert.ok(missing_zh[n].includes(item.title_zh) && missing_en[n].includes(item.title_en), item.title_en);
      }
    }
  },
  "statements.json"({ server_key_b64, key_line, revisions, typed, judged }) {
    const key = unb64(server_key_b64);
    assert.equal(key_line.split("+")[0], logName(key));
    assert.deepEqual(unb64(key_line.split("+").slice(2).join("+")).subarray(1), key);
    for (const { text, canonical: raw, digest, code, file, confirmed } of revisions) {
      assert.equal(canonical(text), raw);
      assert.equal(digestOf(raw), digest);
      assert.equal(codeOf(digest), code);
      const found = openStatement(file, key);
      assert.equal(found.says, "genuine");
      assert.deepEqual([found.text, found.digest, found.confirmed], [text, digest, confirmed]);
    }
    assert.ok(isChain(revisions.slice(0, 2).map(({ text }) => text)));
    for (const { typed: said, code } of typed) assert.equal(readCode(said), code, said);
    for (const { why, file, says } of judged) assert.equal(openStatement(file, key).says, says, why);
  },
  "exchanges.json"({ seed_hex, server_key_b64, device_id, exchanges }) {
    const key = privateKey(fromHex(seed_hex)), serverKey = unb64(server_key_b64);
    const chain = new Map([[0, CHAIN_START]]);
    for (const { about, request, answer } of exchanges) {
      const body = Buffer.from(request.body), said = JSON.parse(answer.body);
      const signature = request.headers["Outpost-Signature"];
      const good = signature && isSigned(publicBytes(key), requestText(request.method, request.path, body), signature);
      if (signature) assert.equal(Boolean(good), answer.status !== 401, about);
      if (!signature || answer.status !== 200) {
        assert.ok(answer.status === 200 || typeof said.code === "string", about);
        continue;
      }
      const asked = JSON.parse(request.body);
      const read = readReceipt(said.receipt, device_id, asked.nonce, serverKey);
      assert.ok(read, about);
      assert.equal(said.nonce, asked.nonce);
      for (const { b, s } of asked.ops) {
        const { seq } = JSON.parse(b);
        if (!chain.has(seq - 1)) continue; // a run that does not join
        chain.set(seq, nextHash(chain.get(seq - 1), b));
        if (s) assert.ok(isSigned(publicBytes(key), opText(chain.get(seq)), s), about);
      }
      assert.equal(read.hash, hex(chain.get(read.head)), about);
      if (said.wipe) assert.ok(isWipe(said.wipe, device_id, asked.nonce, read.serverMs, serverKey), about);
      if (said.complete && said.clear && !said.wipe && !asked.have?.[said.clear[0]]) checkSums(said, about);
    }
  },
};

// a complete answer that sent scopes from the start in one page: its rows must have its sums
function checkSums(said, about) {
  for (const scope of said.clear) {
    if (!said.sums?.[scope]) continue;
    const rows = (said.rows ?? []).filter((row) => row[0] === scope).map(([, entity, pk, rv]) => [entity, pk, rv]);
    assert.deepEqual(sumOf(rows), said.sums[scope], `${about}: ${scope}`);
  }
}

const [, , folder, ...only] = process.argv;
for (const [name, check] of Object.entries(CHECKS)) {
  if (only.length && !only.includes(name)) continue;
  check(JSON.parse(readFileSync(path.join(folder, name), "utf8")));
  process.stdout.write(`${name}\n`);
}
