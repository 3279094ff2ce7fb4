// HQ's log as a device sees it: heads, proofs, announcements of restarts. Written from section 8.1 of docs/protocol.md alone.
import { hex, isSigned, sha256, unb64 } from "./stranger_words.mjs";

export const logName = (serverKey) => `outpost-log-${hex(sha256(serverKey)).slice(0, 16)}`;
export const leafHash = (bytes) => sha256(Buffer.from([0]), bytes);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

// The text that `name` has signed, or null.
export function openNote(note, name, key) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n") || note.length > 4_000) return null;
  const text = note.slice(0, end + 1);
  const id = sha256(name, "\n", Buffer.from([1]), key).subarray(0, 4);
  let good = false;
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const found = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (!found) return null;
    const raw = unb64(found[2]);
    if (found[1] !== name || !raw.subarray(0, 4).equals(id)) continue;
    if (!isSigned(key, text, raw.subarray(4).toString("base64"))) return null;
    good = true;
  }
  return good ? text : null;
}

export function readHead(note, key) {
  const text = openNote(note, logName(key), key);
  const found = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\nepoch ([^\n]*)\ntime ([0-9]+)\n/.exec(text ?? "");
  return found && found[1] === logName(key) ? { size: Number(found[2]), root: unb64(found[3]), epoch: found[4] } : null;
}

function readRestart(note, key) {
  const name = `${logName(key)}/restart`;
  const lines = (openNote(note, name, key) ?? "").split("\n");
  return lines.length === 7 && lines[0] === name ? { was: lines[1], now: lines[2], size: Number(lines[3]), root: unb64(lines[4]) } : null;
}

// RFC 9162 2.1.4.2, numbers as BigInt: a log may have more than 2^31 entries
function continues(first, second, oldRoot, newRoot, proof) {
  if (first === second) return proof.length === 0 && oldRoot.equals(newRoot);
  if (proof.length === 0 || !proof.every((one) => one.length === 32)) return false;
  let fn = BigInt(first) - 1n, sn = BigInt(second) - 1n;
  const path = (BigInt(first) & fn) === 0n ? [oldRoot, ...proof] : [...proof];
  while (fn & 1n) (fn >>= 1n), (sn >>= 1n);
  let [fr] = path, sr = fr;
  for (const one of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      (fr = nodeHash(one, fr)), (sr = nodeHash(one, sr));
      while (fn && !(fn & 1n)) (fn >>= 1n), (sn >>= 1n);
    } else {
      sr = nodeHash(sr, one);
    }
    (fn >>= 1n), (sn >>= 1n);
  }
  return sn === 0n && fr.equals(oldRoot) && sr.equals(newRoot);
}

export function judgeHead(held, { note, proof = [], restarts = [] }, key, epoch) {
  const alarm = (code) => ({ keep: false, code, lost: 0 });
  const offered = restarts.length > 8 ? null : readHead(note, key);
  const told = restarts.map((one) => readRestart(one, key));
  if (!offered || told.includes(null)) return alarm("audit.head_not_signed");
  if (!held || held.size === 0) return { keep: true, code: null, lost: 0 };
  let { size, root, epoch: at } = held;
  for (const one of told) {
    if (one.was !== at) return alarm("audit.split_view");
    at = one.now;
    if (one.size < size) ({ size, root } = one);
  }
  if (offered.epoch !== at || offered.epoch !== epoch) return alarm("audit.split_view");
  if (offered.size < size) return alarm("audit.rolled_back");
  if (size && !continues(size, offered.size, root, offered.root, proof.map(unb64))) return alarm("audit.split_view");
  const lost = held.size - size;
  return { keep: true, code: lost ? "audit.restarted" : null, lost };
}
