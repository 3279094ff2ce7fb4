// What a device computes: hashes, signatures, receipts, checksums, codes. Written from docs/protocol.md alone.
import { createHash, createHmac, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";

// --- section 2: bytes, hashes, signatures ---

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
export const hex = (bytes) => Buffer.from(bytes).toString("hex");
export const b64 = (bytes) => Buffer.from(bytes).toString("base64");
export const unb64 = (text) => Buffer.from(text, "base64");
export const CHAIN_START = Buffer.alloc(32);

export function privateKey(seed) {
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
}

export const publicBytes = (key) => createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);

function publicKey(raw) {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw]);
  return createPublicKey({ key: spki, format: "der", type: "spki" });
}

export const signed = (key, message) => b64(sign(null, message, key));
export const isSigned = (raw, message, signature) => verify(null, Buffer.from(message), publicKey(raw), unb64(signature));
export const nextHash = (previous, text) => sha256(previous, Buffer.from(text, "utf8"));
export const opText = (hash) => Buffer.concat([Buffer.from("outpost-op-1\n"), hash]);
export const requestText = (method, where, body) =>
  Buffer.concat([Buffer.from(`outpost-request-1\n${method}\n${where}\n`), sha256(body)]);
export const enrolText = (code, device, raw) => Buffer.concat([Buffer.from(`outpost-enrol-1\n${code}\n${device}\n`), raw]);

export function uuid7(ms) {
  const raw = randomBytes(16);
  raw.writeUIntBE(ms, 0, 6);
  raw[6] = (raw[6] & 0x0f) | 0x70;
  raw[8] = (raw[8] & 0x3f) | 0x80;
  const text = hex(raw);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join("-");
}

// --- section 8: receipts; section 13: the wipe ---

export function readReceipt(receipt, device, nonce, serverKey) {
  const lines = String(receipt?.text).split("\n");
  if (lines.length !== 9 || lines[8] !== "" || lines[0] !== "outpost-receipt-1") return null;
  const [, dev, epoch, ms, said, head, hash, backed] = lines;
  const numbers = [ms, head, backed];
  if (dev !== device || said !== nonce || !numbers.every((n) => /^[0-9]{1,16}$/.test(n)) || !/^[0-9a-f]{64}$/.test(hash)) return null;
  if (!isSigned(serverKey, receipt.text, receipt.sig)) return null;
  return { epoch, serverMs: Number(ms), head: Number(head), hash, backed: Number(backed) };
}

export function isWipe(order, device, nonce, serverMs, serverKey) {
  return order.text === `outpost-wipe-1\n${device}\n${serverMs}\n${nonce}\n` && isSigned(serverKey, order.text, order.sig);
}

// --- section 10: digest and checksum; section 11: the store code ---

export const scopesDigest = (scopes) => hex(sha256([...scopes].sort().map((scope) => `${scope}\n`).join("")));
export const mix = (entity, pk, rv) => BigInt(sha256(`${entity}|${pk}|${rv}`).readUIntBE(0, 6));
export const sumOf = (rows) => [rows.length, Number(rows.reduce((sum, row) => sum + mix(...row), 0n) % 2n ** 63n)];
export const stepOf = (ms) => Math.floor(ms / 30_000);

const codeMac = (key, purpose, device, step) =>
  createHmac("sha256", key).update(`${purpose}\n${device.replaceAll("-", "")}\n${step}`).digest();

export function storeCode(key, device, step) {
  const mac = codeMac(key, "outpost-code-1", device, step);
  const number = mac.readUInt32BE(mac[31] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

export const storeQr = (key, device, step) =>
  `OP1:${device.replaceAll("-", "")}:${step}:${hex(codeMac(key, "outpost-qr-1", device, step).subarray(0, 8))}`;

const bare = (id) => id.replaceAll("-", "");

export function phoneQr(key, device, person, punch, minute) {
  const text = `OP2:${bare(device)}:${bare(person)}:${bare(punch)}:${minute}`;
  return `${text}:${sign(null, Buffer.from(`outpost-phone-code-1\n${text}`), key).toString("base64url")}`;
}

export function phoneShort(device, punch, minute) {
  const mac = createHmac("sha256", Buffer.from(bare(punch), "hex")).update(`outpost-phone-short-1\n${bare(device)}\n${minute}`).digest();
  return String((mac.readUInt32BE(mac[31] & 15) & 0x7fffffff) % 100_000_000).padStart(8, "0");
}

export function isDrawn(key, device, seq, oneIn) {
  if (oneIn < 2) return false;
  const mac = createHmac("sha256", key).update(`outpost-draw-1\n${bare(device)}\n${seq}`).digest();
  return mac.readBigUInt64BE(0) % BigInt(oneIn) === 0n;
}

// --- section 12: when to ask ---

export function backoffMs(failures, draw, mostMs) {
  const ceiling = Math.min(mostMs, 2_000 * 2 ** Math.min(failures - 1, 16));
  return 500 + Math.floor(draw * (ceiling - 500));
}
