// A device in another language, written from docs/protocol.md and its vectors alone: Node.js, nothing but its own modules.
//
//   node stranger_device.mjs <folder>     a device whose store is that folder: one JSON command a line, one answer a line
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import readline from "node:readline";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  CHAIN_START, b64, backoffMs, enrolText, hex, isWipe, nextHash, opText, privateKey, publicBytes, readReceipt, requestText,
  scopesDigest, sha256, signed, stepOf, storeCode, storeQr, sumOf, unb64, uuid7,
} from "./stranger_words.mjs";
import { judgeHead, readHead } from "./stranger_tree.mjs";

// --- what is kept: a journal that only grows, and a state replaced as a whole ---

function writeDurably(file, text, flag) {
  const handle = openSync(file, flag);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

class Store {
  constructor(folder) {
    this.stateFile = path.join(folder, "state.json");
    this.journalFile = path.join(folder, "journal.jsonl");
    this.state = existsSync(this.stateFile)
      ? JSON.parse(readFileSync(this.stateFile, "utf8"))
      : { standing: "new", cursors: {}, visible: {}, staged: {}, fates: {}, anchors: {}, reach: { head: 0, backed: 0 }, longForm: false };
    const kept = existsSync(this.journalFile) ? readFileSync(this.journalFile, "utf8").split("\n") : [];
    this.journal = kept.slice(0, -1).map((line) => JSON.parse(line));
  }

  // one transaction: the new state is beside the old one until it is whole
  commit(change) {
    const next = structuredClone(this.state);
    const answer = change(next);
    writeDurably(`${this.stateFile}.new`, JSON.stringify(next), "w");
    renameSync(`${this.stateFile}.new`, this.stateFile);
    this.state = next;
    return answer;
  }

  append(entry) {
    writeDurably(this.journalFile, `${JSON.stringify(entry)}\n`, "a");
    this.journal.push(entry);
  }

  rewrite(journal) {
    writeDurably(`${this.journalFile}.new`, journal.map((entry) => `${JSON.stringify(entry)}\n`).join(""), "w");
    renameSync(`${this.journalFile}.new`, this.journalFile);
    this.journal = journal;
  }
}

class NoAnswer extends Error {}

class Device {
  constructor(folder) {
    this.store = new Store(folder);
    this.budget = 200_000;
    this.mostOps = 200;
    this.failures = 0;
    this.weather = [];
    this.log = [];
    this.check = true; // once after each start
  }

  get state() {
    return this.store.state;
  }

  // section 7: clocks. The boot clock of Linux in hundredths of a second is the first number of /proc/uptime.
  clocks() {
    const skew = this.state.skew ?? { ms: 0, wallOff: 0, reboots: 0, bootedAt: 0 };
    const up = Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000) + skew.ms;
    const bid = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { wall: Date.now() + skew.ms + skew.wallOff, boot: up - skew.bootedAt, bid: `${bid}-${skew.reboots}` };
  }

  skew(change) {
    this.store.commit((state) => {
      state.skew = { ms: 0, wallOff: 0, reboots: 0, bootedAt: 0, ...state.skew };
      change(state.skew);
    });
  }

  key() {
    return privateKey(Buffer.from(this.state.seed, "hex"));
  }

  // section 3
  async enrol({ url, code, hardware }) {
    if (!this.state.applicant) {
      const seed = randomBytes(32);
      const device = uuid7(this.clocks().wall);
      const raw = publicBytes(privateKey(seed));
      const proof = signed(privateKey(seed), enrolText(code, device, raw));
      const body = JSON.stringify({ code, device_id: device, public: b64(raw), proof, hardware, app: "stranger 1" });
      this.store.commit((state) => Object.assign(state, { seed: hex(seed), applicant: body, url }));
    }
    const sent = this.clocks();
    const said = await this.carry("POST", "/api/v1/devices/enrol", Buffer.from(this.state.applicant), { "Content-Type": "application/json" });
    const got = this.clocks();
    const who = this.json(said.body);
    if (said.status !== 200) return { refused: who.code, status: said.status };
    this.store.commit((state) => {
      Object.assign(state, { who, epoch: who.epoch, standing: "ok" });
      this.learn(state, who.anchor, who.server_ms, sent, got);
    });
    return { device: who.device_id, kind: who.kind };
  }

  // section 13, forked: a new identity in the same folder; what the old one could not hand in is said again
  async enrolAnew(asked) {
    const { reach, skew } = this.state;
    const unsent = this.store.journal.filter((entry) => entry.seq > reach.head).map((entry) => JSON.parse(entry.b));
    this.store.commit((state) => {
      for (const key of Object.keys(state)) delete state[key];
      Object.assign(state, { standing: "new", cursors: {}, visible: {}, staged: {}, fates: {}, anchors: {}, reach: { head: 0, backed: 0 }, longForm: false, skew });
    });
    this.store.rewrite([]);
    const said = await this.enrol(asked);
    for (const { type, actor, ent, at, data, op } of unsent) this.write(type, data, { actor, ent, at, supersedes: op });
    return said;
  }

  // section 9: written and synced to disk before anybody says "done"
  write(type, data, { actor, ent = null, at = null, supersedes = null } = {}) {
    if (this.state.standing !== "ok" && this.state.standing !== "forked") throw new Error("this device may not act");
    const last = this.store.journal.at(-1);
    const seq = (last?.seq ?? this.state.forgotten?.seq ?? 0) + 1;
    const previous = last ? Buffer.from(last.hash, "hex") : Buffer.from(this.state.forgotten?.hash ?? hex(CHAIN_START), "hex");
    const clocks = this.clocks();
    const op = {
      v: 1, op: uuid7(clocks.wall), dev: this.state.who.device_id, seq, type, actor, ent,
      at: at ?? { wall: clocks.wall, boot: clocks.boot, bid: clocks.bid, tz: 480 }, data, schema: 1, app: "stranger 1", supersedes,
    };
    const text = JSON.stringify(op);
    if (text.length > 65_536) throw new Error("too large");
    const hash = nextHash(previous, text);
    this.store.append({ seq, op: op.op, b: text, hash: hex(hash), s: signed(this.key(), opText(hash)), bid: op.at.bid });
    return op;
  }

  punch({ kind, store, person, fix = null, code = null, note = null, photo = null, kiosk = null }) {
    const data = { store_id: store, kind, fix, code, note, photo: photo && hex(sha256(photo)), kiosk };
    const actor = person ?? this.state.who.person_id;
    const op = this.write("attendance.clock_in/1", data, { actor, ent: uuid7(this.clocks().wall) });
    if (photo) this.store.commit((state) => { (state.photos ??= {})[hex(sha256(photo))] = { text: photo, seq: op.seq, sent: 0, done: false }; });
    return { op: op.op, punch: op.ent, seq: op.seq };
  }

  // section 4: one request; what comes back is status, headers and the whole body, or no answer
  carry(method, where, body, headers) {
    const base = new URL(this.state.url);
    const isJson = headers["Content-Type"] === "application/json";
    const packed = isJson && body.length > 400 ? gzipSync(body) : body;
    const all = { ...headers, "Accept-Encoding": "gzip", "Content-Length": packed.length };
    if (packed !== body) all["Content-Encoding"] = "gzip";
    const trick = this.weather.shift();
    const once = () => new Promise((resolve, reject) => {
      const request = http.request({ host: base.hostname, port: base.port, method, path: where, headers: all, timeout: 25_000 }, (reply) => {
        const pieces = [];
        reply.on("data", (piece) => pieces.push(piece));
        reply.on("error", () => reject(new NoAnswer("cut short")));
        reply.on("end", () => {
          if (!reply.complete) return reject(new NoAnswer("cut short"));
          const raw = Buffer.concat(pieces);
          const whole = reply.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
          this.log.push({ method, where, bytes: packed.length, answered: raw.length, status: reply.statusCode });
          resolve({ status: reply.statusCode, headers: reply.headers, body: whole });
        });
      });
      request.on("error", (bad) => reject(new NoAnswer(bad.message)));
      request.on("timeout", () => request.destroy(new NoAnswer("too slow")));
      request.end(packed);
    });
    if (trick === "lose_request") return Promise.reject(new NoAnswer("never left"));
    if (trick === "lose_answer") return once().then(() => Promise.reject(new NoAnswer("lost on the way back")));
    if (trick === "portal") return Promise.resolve({ status: 200, headers: {}, body: Buffer.from("<html>Please sign in</html>") });
    if (trick === "double") return once().then(once);
    if (trick === "hold") return ((this.held = once), Promise.reject(new NoAnswer("held back")));
    if (trick === "truncate") return once().then((said) => ({ ...said, body: said.body.subarray(0, said.body.length >> 1) }));
    return once();
  }

  json(body) {
    try {
      const read = JSON.parse(body.toString("utf8"));
      if (read !== null && typeof read === "object" && !Array.isArray(read)) return read;
    } catch {
      // falls through: whatever it was, it was not the server
    }
    throw new NoAnswer("not the server's words");
  }

  signedHeaders(method, where, body, kind) {
    const signature = signed(this.key(), requestText(method, where, body));
    return { "Content-Type": kind, "Outpost-Device": this.state.who.device_id, "Outpost-Signature": signature };
  }

  // section 5
  request(ops, clocks) {
    const { cursors, who } = this.state;
    const last = this.store.journal.at(-1);
    const first = this.store.journal[0];
    const head = last?.seq ?? this.state.forgotten?.seq ?? 0;
    const journal = {
      head,
      hash: last?.hash ?? this.state.forgotten?.hash ?? hex(CHAIN_START),
      oldest: first?.seq ?? 0,
      before_oldest: first ? this.state.forgotten?.hash ?? hex(CHAIN_START) : null,
    };
    const boots = [clocks.bid, ...[...new Set(ops.map((op) => op.bid))].filter((bid) => bid !== clocks.bid).reverse()];
    const anchors = boots.flatMap((bid) => {
      const known = this.state.anchors[bid];
      return known ? [{ id: known.id, bid, sent: known.sent, got: known.got }] : [];
    });
    const asked = {
      nonce: randomBytes(12).toString("base64url"), dev: who.device_id, app: "stranger 1", epoch: this.state.epoch, journal,
      ops: ops.map((op, n) => (n === ops.length - 1 ? { b: op.b, s: op.s } : { b: op.b })),
      clock: { wall: clocks.wall, boot: clocks.boot, bid: clocks.bid, anchors: anchors.slice(0, 8) },
      budget: this.budget, check: this.check, tree: this.state.log?.says ?? { size: 0 },
    };
    const places = new Set(Object.values(cursors).map((cursor) => JSON.stringify([cursor.pos, cursor.tag, cursor.snap, cursor.proj])));
    const [one] = Object.values(cursors);
    if (!this.state.longForm && places.size === 1 && one.snap === null) {
      asked.at = { pos: one.pos, tag: one.tag, scopes: scopesDigest(Object.keys(cursors)), proj: one.proj };
    } else {
      asked.have = cursors;
    }
    return asked;
  }

  // the run that is sent next: after the receipt's head, or from where the server said
  run() {
    const waiting = this.store.journal.filter((entry) => entry.seq > this.state.reach.head);
    const run = [];
    let size = 0;
    for (const entry of waiting.slice(0, this.mostOps)) {
      size += Buffer.byteLength(entry.b);
      if (run.length && size > 200 * 1024) break;
      run.push(entry);
    }
    return run;
  }

  learn(state, anchor, serverMs, sent, got) {
    if (sent.bid !== got.bid || got.boot < sent.boot) return;
    const known = state.anchors[got.bid];
    const width = got.boot - sent.boot;
    if (!known || width <= known.got - known.sent || got.boot - known.got > 21_600_000) {
      const said = /^([0-9]{1,15})\./.exec(anchor);
      state.anchors[got.bid] = { id: anchor, serverMs: said ? Number(said[1]) : serverMs, sent: sent.boot, got: got.boot };
    }
  }

  // one exchange; what is left to do afterwards: "again" or "rest"
  async exchange() {
    const sent = this.clocks();
    const hello = !this.state.anchors[sent.bid] || this.afterBadSignature;
    const ops = hello || this.state.standing === "forked" ? [] : this.run();
    const asked = this.request(ops, sent);
    const body = Buffer.from(JSON.stringify(asked));
    this.lastRequest = asked;
    const said = await this.carry("POST", "/api/v1/sync", body, this.signedHeaders("POST", "/api/v1/sync", body, "application/json"));
    const got = this.clocks();
    const page = this.json(said.body);
    if (said.status !== 200) return this.refused(said, page);
    const receipt = page.nonce === asked.nonce ? readReceipt(page.receipt, asked.dev, asked.nonce, unb64(this.state.who.server_key)) : null;
    if (receipt === null) throw new NoAnswer("not an answer to this");
    this.afterBadSignature = false;
    this.failures = 0;
    if (page.complete) this.check = false;
    const next = this.take(page, receipt, sent, got);
    if (page.tree && this.state.standing === "ok") this.witness(page.tree, page.epoch);
    return next;
  }

  // section 8.1: a head that does not continue the one that is held is not taken, kept as evidence, and reported once
  witness(tree, epoch) {
    const key = unb64(this.state.who.server_key), { log } = this.state;
    const { keep, code } = judgeHead(log ? readHead(log.note, key) : null, tree, key, epoch);
    const isNews = code !== null && log && !log.told.includes(code);
    if (isNews) {
      const { person_id, device_id } = this.state.who;
      const data = { code, held: log.note, offered: tree.note, proof: tree.proof ?? [], restarts: tree.restarts ?? [] };
      this.write("audit.report_split_view/1", data, { actor: person_id ?? device_id });
    }
    this.store.commit((state) => {
      if (keep) {
        const head = readHead(tree.note, key);
        state.log = { note: tree.note, says: { size: head.size, root: b64(head.root), epoch: head.epoch }, told: [] };
      } else if (isNews) {
        state.log.told.push(code);
      }
    });
  }

  refused(said, page) {
    if (typeof page.code !== "string") throw new NoAnswer("no problem of the server's");
    this.lastProblem = page.code;
    if (said.status === 413) this.halve();
    this.afterBadSignature = page.code === "sync.bad_signature";
    const busy = [408, 429].includes(said.status) || said.status >= 500;
    const after = said.headers["retry-after"];
    this.waitMs = busy ? (after ? Math.min(Number(after) * 1000, 600_000) : backoffMs(++this.failures, Math.random(), 60_000)) : 300_000;
    return "wait";
  }

  halve() {
    this.mostOps = Math.max(1, this.mostOps >> 1);
    this.budget = Math.max(4_000, this.budget >> 1);
  }

  // section 6: one local transaction for everything an answer brings
  take(page, receipt, sent, got) {
    const next = this.store.commit((state) => {
      this.learn(state, page.anchor, receipt.serverMs, sent, got);
      state.epoch = page.epoch;
      if (page.forked || this.contradicts(receipt)) {
        state.standing = "forked";
        return "rest";
      }
      state.reach = { head: page.need_from ? Math.min(receipt.head, page.need_from - 1) : receipt.head, backed: receipt.backed, serverMs: receipt.serverMs };
      if (page.wipe && isWipe(page.wipe, state.who.device_id, this.lastRequest.nonce, receipt.serverMs, unb64(state.who.server_key))) {
        return this.forgetEverything(state);
      }
      const inStep = this.stage(state, page);
      state.longForm = Boolean(page.need_have) || !inStep;
      if (page.complete && inStep) this.switchTo(state, page);
      state.lease = page.lease_ms ? { ms: page.lease_ms, bid: got.bid, boot: got.boot } : state.lease;
      return !page.complete || state.longForm || page.need_from ? "again" : "rest";
    });
    return next === "rest" && this.state.standing === "ok" && this.run().length ? "again" : next;
  }

  contradicts(receipt) {
    const last = this.store.journal.at(-1)?.seq ?? this.state.forgotten?.seq ?? 0;
    if (receipt.head > last) return true;
    const ours = receipt.head === 0 ? hex(CHAIN_START) : this.store.journal.find((entry) => entry.seq === receipt.head)?.hash;
    return ours !== undefined && ours !== receipt.hash;
  }

  // section 13: rows, cursors and keys go; one more request says that nothing is held
  forgetEverything(state) {
    const told = state.standing === "revoked";
    Object.assign(state, { cursors: {}, visible: {}, staged: {}, fates: {}, standing: "revoked", longForm: true });
    const waits = (this.store.journal.at(-1)?.seq ?? 0) > state.reach.head;
    if (told && !waits) Object.assign(state, { standing: "retired", seed: null });
    return told && !waits ? "rest" : "again";
  }

  // section 10
  stage(state, page) {
    if (page.reset) Object.assign(state, { cursors: {}, staged: {}, fates: {} });
    const rows = page.rows ?? [], gone = page.gone ?? [], drop = page.drop ?? [], clear = page.clear ?? [], cur = page.cur ?? {};
    const named = new Set([...clear, ...Object.keys(cur), ...Object.keys(page.sums ?? {}), ...rows.map((row) => row[0])]);
    const holed = [...named].filter((scope) => state.fates[scope] === "goes" && !drop.includes(scope) && !clear.includes(scope));
    const empty = (scope) => { for (const key of Object.keys(state.staged)) if (key.startsWith(`${scope}\n`)) delete state.staged[key]; };
    for (const scope of holed) {
      delete state.cursors[scope];
      delete state.fates[scope];
    }
    for (const scope of clear) { empty(scope); state.fates[scope] = "from the start"; }
    for (const scope of drop) { empty(scope); state.fates[scope] = "goes"; }
    for (const [scope, entity, pk, rv, body] of rows) if (!holed.includes(scope)) state.staged[`${scope}\n${entity}\n${pk}`] = { rv, body };
    for (const [scope, entity, pk] of gone) if (!holed.includes(scope)) state.staged[`${scope}\n${entity}\n${pk}`] = null;
    for (const [scope, cursor] of Object.entries(cur)) {
      if (!holed.includes(scope)) state.cursors[scope] = { pos: cursor.pos, tag: cursor.tag, snap: cursor.snap ?? null, proj: cursor.proj };
    }
    if (holed.length) return false;
    if (!page.at) return true;
    const ours = new Set([...Object.keys(state.cursors), ...named].filter((scope) => !drop.includes(scope)));
    if (scopesDigest(ours) !== page.at.scopes) return false;
    for (const scope of ours) state.cursors[scope] = { pos: page.at.pos, tag: page.at.tag, snap: null, proj: page.at.proj };
    return true;
  }

  switchTo(state, page) {
    for (const [scope, fate] of Object.entries(state.fates)) if (fate === "goes") delete state.cursors[scope];
    const scopeOf = (key) => key.slice(0, key.indexOf("\n"));
    for (const key of Object.keys(state.visible)) if (state.fates[scopeOf(key)]) delete state.visible[key];
    for (const [key, row] of Object.entries(state.staged)) {
      if (row === null) delete state.visible[key];
      else state.visible[key] = row;
    }
    for (const key of Object.keys(state.visible)) if (!state.cursors[scopeOf(key)]) delete state.visible[key];
    Object.assign(state, { staged: {}, fates: {} });
    for (const [scope, said] of Object.entries(page.sums ?? {})) {
      const rows = Object.entries(state.visible).filter(([key]) => scopeOf(key) === scope).map(([key, row]) => [...key.split("\n").slice(1), row.rv]);
      if (JSON.stringify(sumOf(rows)) !== JSON.stringify(said)) {
        delete state.cursors[scope];
        state.longForm = true;
        state.unsound = (state.unsound ?? 0) + 1;
      }
    }
  }

  // section 14: photos follow the punch that names them
  async sendPhotos() {
    for (const [sha, photo] of Object.entries(this.state.photos ?? {})) {
      while (!this.state.photos[sha].done && photo.seq <= this.state.reach.head) {
        const bytes = Buffer.from(photo.text), from = this.state.photos[sha].sent;
        const where = `/api/v1/blobs/${sha}`, piece = bytes.subarray(from, from + (this.pieceBytes ?? 65_536));
        const headers = { ...this.signedHeaders("PUT", where, piece, "application/octet-stream"), "Upload-Offset": from, "Upload-Length": bytes.length };
        const said = await this.carry("PUT", where, piece, headers);
        const there = said.headers["upload-offset"];
        if ([200, 204].includes(said.status) && there !== undefined && said.body.length === 0) {
          this.store.commit((state) => Object.assign(state.photos[sha], { sent: Number(there), done: Number(there) === bytes.length }));
        } else if (said.status === 409) {
          this.store.commit((state) => { state.photos[sha].sent = this.json(said.body).facts.offset; });
        } else {
          return { photo: this.json(said.body).code };
        }
      }
    }
    return {};
  }

  async sync({ most = 60 } = {}) {
    const before = this.log.length;
    let next = "again", exchanges = 0;
    while (next === "again" && exchanges < most && this.state.standing !== "retired") {
      exchanges += 1;
      try {
        next = await this.exchange();
      } catch (bad) {
        if (!(bad instanceof NoAnswer)) throw bad;
        this.failures += 1;
        this.waitMs = backoffMs(this.failures, Math.random(), 60_000);
        return { reached: false, why: bad.message, exchanges, wait_ms: this.waitMs };
      }
    }
    const photos = next === "rest" && this.state.standing === "ok" ? await this.sendPhotos() : {};
    return { reached: true, next, exchanges, standing: this.state.standing, requests: this.log.slice(before), problem: this.lastProblem ?? null, ...photos };
  }

  serverMs() {
    const clocks = this.clocks(), known = this.state.anchors[clocks.bid];
    return known ? known.serverMs + clocks.boot - Math.floor((known.sent + known.got) / 2) : null;
  }

  report() {
    const { standing, cursors, reach, who, unsound = 0, longForm } = this.state;
    const rows = Object.entries(this.state.visible).map(([key, row]) => [...key.split("\n"), row.rv, row.body]);
    const journal = this.store.journal.map(({ seq, op, hash }) => ({ seq, op, hash }));
    const log = this.state.log ? { size: this.state.log.says.size, alarms: this.state.log.told } : null;
    return { standing, scopes: Object.keys(cursors).sort(), rows, reach, journal, kind: who?.kind ?? null, unsound, longForm, log };
  }

  // section 9: only a run from the oldest on may be let go
  forget({ up_to }) {
    const last = this.store.journal.find((entry) => entry.seq === up_to);
    this.store.commit((state) => { state.forgotten = { seq: last.seq, hash: last.hash }; });
    this.store.rewrite(this.store.journal.filter((entry) => entry.seq > up_to));
    return { oldest: this.store.journal[0]?.seq ?? 0 };
  }

  async answer(asked) {
    switch (asked.do) {
      case "enrol": return this.enrol(asked);
      case "enrol_anew": return this.enrolAnew(asked);
      case "punch": return this.punch(asked);
      case "write_unreadable": { // a device that is broken: what it wrote is no JSON
        const last = this.store.journal.at(-1), hash = nextHash(Buffer.from(last.hash, "hex"), asked.text);
        this.store.append({ seq: last.seq + 1, op: "?", b: asked.text, hash: hex(hash), s: signed(this.key(), opText(hash)), bid: this.clocks().bid });
        return {};
      }
      case "write": return this.write(asked.type, asked.data, { actor: asked.actor, ent: asked.ent ?? null });
      case "sync": return this.sync(asked);
      case "report": return this.report();
      case "forget": return this.forget(asked);
      case "pass": return this.skew((skew) => { skew.ms += asked.ms; });
      case "set_wall": return this.skew((skew) => { skew.wallOff = asked.off_ms; });
      case "reboot": { const { boot } = this.clocks(); return this.skew((skew) => { skew.bootedAt += boot - 12_000; skew.reboots += 1; }); }
      case "weather": this.weather = asked.next; return {};
      case "deliver_if_held": return this.held ? this.held().then((said) => ({ status: said.status })) : {};
      case "deliver_held": return this.held().then((said) => ({ status: said.status }));
      case "set": Object.assign(this, asked.what); return {};
      case "damage": return this.store.commit((state) => { delete state.visible[Object.keys(state.visible).find((key) => key.includes(`\n${asked.entity}\n`))]; });
      case "forge_standing": return this.store.commit((state) => { for (const cursor of Object.values(state.cursors)) cursor.tag = "f".repeat(16); });
      case "store_code": {
        const step = stepOf(this.serverMs()), key = unb64(this.state.who.code_key);
        return { digits: storeCode(key, this.state.who.device_id, step), qr: storeQr(key, this.state.who.device_id, step) };
      }
      default: throw new Error(`what is ${asked.do}?`);
    }
  }
}

async function run(folder) {
  const device = new Device(folder);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let said;
    try {
      said = { ok: (await device.answer(JSON.parse(line))) ?? null };
    } catch (bad) {
      said = { failed: `${bad.name}: ${bad.message}` };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
  }
}

await run(process.argv[2]);
