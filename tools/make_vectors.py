"""Makes docs/vectors/*.json: what a stranger's device must compute, and whole exchanges with the real server.

Deterministic: the same release gives the same bytes. `python -m tools.make_vectors` writes them; a test compares.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contract.moments import Anchor, BootLine, BootSeen, Stamp, business_date, instant, judge_time, line_of, lines_across
from contract.phone_code import phone_qr, short_form
from contract.proofs import is_drawn
from contract.sealing import (
    CHAIN_START,
    Signer,
    b64,
    enrol_text,
    next_hash,
    receipt_text,
    request_text,
    wipe_text,
)
from contract.store_code import code_for, qr_text
from contract.sync import SUM_MODULUS, mix, scopes_digest
from contract.wire import plain
from tools.judging_vectors import NOON_MS, Vectors, datums, evidence, pins, places, seed_of
from tools.learning_vectors import learning
from tools.quiz_vectors import quizzes
from tools.statement_vectors import statements
from tools.tree_vectors import tree

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "vectors"
DEVICE, TABLET = "01970000-0000-7000-8000-00000000d001", "01970000-0000-7000-8000-00000000d002"
WEI, STORE = "01970000-0000-7000-8000-0000000000a1", "01970000-0000-7000-8000-0000000000b1"
EPOCH, NONCE = "01970000-0000-7000-8000-00000000e001", "nonce-0001"


PHONE, SERVER = Signer(seed_of("phone")), Signer(seed_of("server"))


def keys() -> Vectors:
    code = "ABCD-EFGH-JKLM"
    said = enrol_text(code, DEVICE, PHONE.public)
    return {
        "about": "Ed25519 keys from seeds (section 2); the proof of an enrolment (section 3)",
        "keys": [
            {"seed_hex": seed.hex(), "public_b64": b64(Signer(seed).public)}
            for seed in (seed_of("phone"), seed_of("server"), bytes(32), bytes(range(32)))
        ],
        "enrolment": {
            "seed_hex": seed_of("phone").hex(),
            "code": code,
            "device_id": DEVICE,
            "signed_hex": said.hex(),
            "proof_b64": b64(PHONE.sign(said)),
        },
    }


def chain() -> Vectors:
    """Operations as four different writers of JSON would write them: spaces, order and escapes are theirs."""
    stamp = {"wall": NOON_MS, "boot": 3_600_000, "bid": "boot-1", "tz": 480}
    clock_in = {"store_id": STORE, "kind": "in", "fix": {"lat_e7": 311_774_276, "lng_e7": 1_215_272_106, "accuracy_dm": 150}}
    written: list[Callable[[Any], str]] = [
        lambda op: json.dumps(op, separators=(",", ":"), ensure_ascii=False),
        lambda op: json.dumps(op, indent=1, ensure_ascii=False),
        lambda op: json.dumps(op, sort_keys=True),
        lambda op: json.dumps(op, ensure_ascii=False),
    ]
    notes = (None, "地下室没有信号", "escaped: 地下室", 'quotes " and \\ and \n and 😀')
    previous, ops = CHAIN_START, []
    for seq, (write, note) in enumerate(zip(written, notes, strict=True), 1):
        op = {
            "v": 1,
            "op": f"01970000-0000-7000-8000-{seq:012d}",
            "dev": DEVICE,
            "seq": seq,
            "type": "attendance.clock_in/1",
            "actor": WEI,
            "ent": f"01970000-0000-7000-8000-{100 + seq:012d}",
            "at": stamp,
            "data": {**clock_in, **({"note": note} if note else {})},
            "schema": 1,
            "app": "vectors",
        }
        text = write(op)
        previous = next_hash(previous, text.encode())
        ops.append({"seq": seq, "b": text, "hash_hex": previous.hex(), "s": PHONE.seal_op(previous)})
    return {
        "about": "A chain of operations (section 2): b is hashed as it stands, in UTF-8",
        "seed_hex": seed_of("phone").hex(),
        "public_b64": b64(PHONE.public),
        "hash_0_hex": CHAIN_START.hex(),
        "ops": ops,
    }


def requests() -> Vectors:
    cases = (
        ("POST", "/api/v1/sync", b'{"nonce":"nonce-0001","note":"not a whole request"}'),
        ("POST", "/api/v1/sync", b"{}"),
        ("PUT", f"/api/v1/blobs/{hashlib.sha256(b'photo').hexdigest()}", b"pho"),
        ("HEAD", f"/api/v1/blobs/{hashlib.sha256(b'photo').hexdigest()}", b""),
    )
    return {
        "about": "Request signatures (section 2 and 4); body_b64 is the body before gzip",
        "seed_hex": seed_of("phone").hex(),
        "requests": [
            {
                "method": method,
                "path": path,
                "body_b64": b64(body),
                "signed_hex": request_text(method, path, body).hex(),
                "signature_b64": PHONE.sign_request(method, path, body),
            }
            for method, path, body in cases
        ],
    }


def receipts() -> Vectors:
    def sign(text: str) -> str:
        return b64(SERVER.sign(text.encode()))

    def receipt(epoch: str, head: int, head_hash: str, backed: int) -> str:
        return receipt_text(
            device_id=DEVICE, epoch=epoch, server_ms=NOON_MS, nonce=NONCE, head=head, head_hash=head_hash, backed=backed
        )

    wipe = wipe_text(device_id=DEVICE, server_ms=NOON_MS, nonce=NONCE)
    first, later = receipt("", 0, "0" * 64, 0), receipt(EPOCH, 17, hashlib.sha256(b"17").hexdigest(), 12)
    return {
        "about": "Receipts and the wipe (sections 8 and 13): good is what a device must find",
        "server_key_b64": b64(SERVER.public),
        "device_id": DEVICE,
        "nonce": NONCE,
        "receipts": [
            {"text": first, "sig": sign(first), "good": True, "head": 0, "backed": 0, "server_ms": NOON_MS},
            {"text": later, "sig": sign(later), "good": True, "head": 17, "backed": 12, "server_ms": NOON_MS},
            {"text": later.replace("\n17\n", "\n18\n"), "sig": sign(later), "good": False, "why": "changed after signing"},
            {"text": later, "sig": b64(PHONE.sign(later.encode())), "good": False, "why": "signed by somebody else"},
            {
                "text": later.replace(NONCE, "nonce-0000"),
                "sig": sign(later.replace(NONCE, "nonce-0000")),
                "good": False,
                "why": "an answer to another request",
            },
            {
                "text": later.replace(DEVICE, TABLET),
                "sig": sign(later.replace(DEVICE, TABLET)),
                "good": False,
                "why": "said to another device",
            },
            {"text": wipe, "sig": sign(wipe), "good": False, "why": "signed, but no receipt"},
        ],
        "wipe": {"text": wipe, "sig": sign(wipe), "server_ms": NOON_MS},
    }


def store_codes() -> Vectors:
    known = ((seed_of("tablet"), TABLET), (bytes(range(32)), "0197a5c0-1111-7222-8333-444455556666"))
    return {
        "about": "The store code and its QR (section 11)",
        "codes": [
            {"code_key_b64": b64(key), "device_id": device, "step": step, "digits": code_for(key, device, step),
             "qr": qr_text(key, device, step)}
            for key, device in known
            for step in (0, 1, NOON_MS // 30_000, NOON_MS // 30_000 + 1, 99_999_999)
        ],
        "steps": [{"server_ms": ms, "step": ms // 30_000} for ms in (0, 29_999, 30_000, NOON_MS, NOON_MS + 29_999)],
    }  # fmt: skip


def phone_codes() -> Vectors:
    punches = ("01970000-0000-7000-8000-00000000f001", "0197a5c0-1111-7222-8333-444455556666")
    return {
        "about": "What a phone shows to a tablet (section 11), and the draw of the extra proof",
        "codes": [
            {"seed_hex": seed_of("phone").hex(), "public_b64": b64(PHONE.public), "device_id": DEVICE, "person_id": WEI,
             "punch_id": punch, "minute": minute, "short": short_form(device_id=DEVICE, punch_id=punch, minute=minute),
             "qr": phone_qr(PHONE.sign, device_id=DEVICE, person_id=WEI, punch_id=punch, minute=minute)}
            for punch in punches
            for minute in (NOON_MS // 60_000, NOON_MS // 60_000 + 4)
        ],
        "draws": [
            {"code_key_b64": b64(seed_of("tablet")), "device_id": TABLET, "one_in": one_in,
             "drawn": [seq for seq in range(1, 101) if is_drawn(seed_of("tablet"), TABLET, seq, one_in)]}
            for one_in in (0, 2, 20)
        ],
    }  # fmt: skip


def sums() -> Vectors:
    rows = [("punch", f"01970000-0000-7000-8000-{n:012d}", 10_000 + 7 * n) for n in range(40)]
    rows += [("person", WEI, 3), ("op", DEVICE, 2**53 - 1)]
    cases: list[list[tuple[str, str, int]]] = [[], rows[:1], rows]
    return {
        "about": "Checksums of scopes (section 10)",
        "mixes": [{"entity": e, "pk": pk, "rv": rv, "text": f"{e}|{pk}|{rv}", "mix": mix(e, pk, rv)} for e, pk, rv in rows[-3:]],
        "scopes": [{"rows": case, "sum": [len(case), sum(mix(*row) for row in case) % SUM_MODULUS]} for case in cases],
    }


def scopes() -> Vectors:
    own, person, store = f"device:{DEVICE}", f"person:{WEI}", f"store:{STORE}"
    held = [store, own, "company", person]
    cases: tuple[list[str], ...] = ([], ["company"], held, [*held, f"private:{WEI}"])
    return {
        "about": "The digest of the scopes a device holds (section 10)",
        "digests": [{"scopes": case, "digest": scopes_digest(case)} for case in cases],
    }


def times() -> Vectors:
    """Each case is one operation as the server sees it when the request comes in."""
    hour = 3_600_000
    met: dict[str, Any] = {
        "server_ms": NOON_MS,
        "anchor": {"id": "as the server said it", "bid": "b1", "sent": hour, "got": hour + 400},
    }
    then = Stamp(wall=NOON_MS - 2 * hour, boot=2 * hour, bid="b1", tz=480)  # an hour after meeting, wall clock 3 h slow
    received = NOON_MS + 3 * hour
    now = {"bid": "b1", "boot": 4 * hour + 200}
    rebooted = {"bid": "b2", "boot": 600_000}
    slow = {**met, "anchor": {**met["anchor"], "got": hour + 700_000}}
    # met at noon; on for half an hour more; off two minutes; on for an hour, used after ten minutes; off three minutes; on since
    told: dict[str, Any] = {
        "bid": "b3", "boot": 84 * 60_000 + 200,
        "boots": [{"bid": "b1", "until": hour + 1_800_400}, {"bid": "b2", "until": hour}],
    }  # fmt: skip
    inside = Stamp(wall=NOON_MS + 42 * 60_000, boot=600_000, bid="b2", tz=480)
    cases: list[tuple[str, list[Any], Any, Stamp | None, int, int]] = [
        ("anchor of the same boot, before the act; the wall clock is hours off", [met], now, then, NOON_MS, received),
        ("the same, received after a reboot with the old boot's anchor", [met], rebooted, then, NOON_MS, received),
        ("no anchor of that boot: only the order of things", [], rebooted, then, NOON_MS, received),
        ("no anchor, but the chain was seen ten minutes ago", [], rebooted, then, received - 600_000, received),
        ("the same with a wall clock inside the interval", [], rebooted,
         Stamp(wall=received - 120_000, boot=1, bid="b0", tz=0), received - 600_000, received),
        ("an act before the boot met the server, anchored afterwards", [met], now,
         Stamp(wall=0, boot=hour - 1_800_000, bid="b1", tz=480), NOON_MS - 12 * hour, received),
        ("an exchange of more than ten minutes proves nothing", [slow], rebooted, then, NOON_MS, received),
        ("ten days later the quartz has drifted", [met], {"bid": "b1", "boot": 241 * hour},
         Stamp(wall=0, boot=240 * hour, bid="b1", tz=480), NOON_MS, NOON_MS + 240 * hour),
        ("the request's own departure is the only line", [], now, then, NOON_MS, received),
        ("a boot clock that contradicts the chain proves nothing", [met], rebooted,
         Stamp(wall=0, boot=2 * hour, bid="b1", tz=480), NOON_MS + 2 * hour, received),
        ("no readable stamp", [met], now, None, NOON_MS, received),
        ("no readable stamp, and a narrow interval", [met], now, None, received - 60_001, received),
        ("received before it can have been made", [met], now, then, received + 5_000, received),
        ("restarted twice without a signal: the boots bound each other", [met], told, inside, NOON_MS, received),
        ("the same with a clock set back two hours: the nearest moment", [met], told,
         Stamp(wall=inside.wall - 2 * hour, boot=inside.boot, bid="b2", tz=480), NOON_MS, received),
        ("the same, and of the boot it was made in an hour was not noted", [met],
         {**told, "boots": [told["boots"][0], {"bid": "b2", "until": 600_000}]}, inside, NOON_MS, received),
        ("the same, and the boot before is not told of", [met], {**told, "boots": told["boots"][1:]}, inside, NOON_MS, received),
        ("boots that lasted longer than there was time prove nothing", [met],
         {**told, "boots": [told["boots"][0], {"bid": "b2", "until": 9 * hour}]}, inside, NOON_MS, received),
        ("a boot that is named twice proves nothing", [met], {**told, "boots": [told["boots"][1], *told["boots"]]}, inside,
         NOON_MS, received),
    ]  # fmt: skip
    out = []
    for about, met_at, clock, stamp, not_before, got_ms in cases:
        lines = [line_of(Anchor(**known["anchor"]), known["server_ms"]) for known in met_at]
        proven = [line for line in lines if line is not None]
        proven.append(BootLine(clock["bid"], None, got_ms - clock["boot"], clock["boot"]))
        boots = [BootSeen(**boot) for boot in clock.get("boots", ())]
        now_seen = BootSeen(bid=clock["bid"], until=clock["boot"])
        proven += lines_across(proven, [*boots, now_seen] if boots else [], got_ms)
        judged = judge_time(stamp, proven, not_before_ms=not_before, received_ms=got_ms)
        out.append(
            {
                "about": about,
                "anchors": [{"server_ms": known["server_ms"], **known["anchor"]} for known in met_at],
                "clock": clock,
                "stamp": None if stamp is None else plain(stamp),
                "not_before_ms": not_before,
                "received_ms": got_ms,
                "at_ms": judged.at_ms,
                "low_ms": judged.low_ms,
                "high_ms": judged.high_ms,
                "grade": judged.grade,
            }
        )
    days = [
        {"ms": ms, "zone": zone, "day_turns_at_min": turn,
         "business_date": business_date(instant(ms), zone, day_turns_at_min=turn).isoformat()}
        for ms, zone, turn in (
            (NOON_MS, "Asia/Shanghai", 300),
            (NOON_MS + 13 * hour + 600_000, "Asia/Shanghai", 300),
            (NOON_MS + 16 * hour, "Asia/Shanghai", 300),
            (NOON_MS + 16 * hour, "Asia/Shanghai", 0),
            (NOON_MS + 8 * hour, "Asia/Urumqi", 300),
            (1_793_491_200_000, "America/New_York", 240),
        )
    ]  # fmt: skip
    return {"about": "Time grades (section 7) and business dates (section 15)", "times": out, "business_dates": days}


def exchanges() -> Vectors:
    from tests.protocol.recording import recorded

    return recorded()


FILES: dict[str, Callable[[], Vectors]] = {
    "keys.json": keys,
    "chain.json": chain,
    "requests.json": requests,
    "receipts.json": receipts,
    "tree.json": tree,
    "store_codes.json": store_codes,
    "phone_codes.json": phone_codes,
    "sums.json": sums,
    "scopes.json": scopes,
    "times.json": times,
    "places.json": places,
    "evidence.json": evidence,
    "datums.json": datums,
    "pins.json": pins,
    "statements.json": statements,
    "quizzes.json": quizzes,
    "learning.json": learning,
    "exchanges.json": exchanges,
}


def text_of(vectors: Vectors) -> str:
    return json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        (FOLDER / name).write_text(text_of(make()), encoding="utf-8")
    print(f"{len(FILES)} files in docs/vectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
