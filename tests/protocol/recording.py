"""Exchanges of a small device with the real server, word for word: the last of the vectors.

The clock stands where the story puts it, ids and nonces are counted, the feed's tags are drawn from a counter: so the same
release records the same bytes.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from contract.sealing import CHAIN_START, Signer, b64, enrol_text, next_hash
from contract.sync import scopes_digest
from tests.protocol.live_server import AT_STORE_A, Company, Live
from tools.judging_vectors import NOON_MS, seed_of

HOUR_MS = 3_600_000
BOOTED_MS = NOON_MS - 2 * HOUR_MS
DEVICE = "01970000-0000-7000-8000-00000000d00a"
_COMPANY = Company(*(f"01970000-0000-7000-8000-00000000c{n:03d}" for n in range(7)))
_KINDS = ("in", "out")


@contextmanager
def counted_tags() -> Iterator[None]:
    """The feed's tags are random; here they are counted, so that a recording can be made again."""
    numbers = itertools.count(1)
    with patch("server.kernel.feed.secrets.token_hex", lambda size: f"{next(numbers):0{2 * size}x}"):
        yield


class Recorder:
    """A phone that does as the page says, and writes everything down."""

    def __init__(self, live: Live) -> None:
        self.live, self.client = live, live.app.test_client()
        self.signer = Signer(seed_of("recorded phone"))
        self.exchanges: list[dict[str, Any]] = []
        self.ops: list[tuple[str, str]] = []
        self.hash, self.nonces = CHAIN_START, itertools.count(1)
        self.epoch: str | None = None
        self.anchors: list[dict[str, Any]] = []

    def clocks(self) -> dict[str, Any]:
        return {"wall": self.live.now_ms() + 7_200_000, "boot": self.live.now_ms() - BOOTED_MS, "bid": "boot-1"}

    def say(self, about: str, path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        said = self.client.post(path, data=body, headers=headers)
        text = said.get_data(as_text=True)
        self.exchanges.append(
            {
                "about": about,
                "at_ms": self.live.now_ms(),
                "request": {"method": "POST", "path": path, "headers": headers, "body": body.decode()},
                "answer": {"status": said.status_code, "body": text},
            }
        )
        answered: dict[str, Any] = json.loads(text)
        return answered

    def enrol(self, code: str) -> dict[str, Any]:
        words = {
            "code": code,
            "device_id": DEVICE,
            "public": b64(self.signer.public),
            "proof": b64(self.signer.sign(enrol_text(code, DEVICE, self.signer.public))),
            "hardware": "recorded-1",
            "app": "vectors",
        }
        said = self.say("enrolment", "/api/v1/devices/enrol", json.dumps(words).encode(), {"Content-Type": "application/json"})
        self.epoch = said["epoch"]
        return said

    def punch(self, kind: str, *, note: str | None = None) -> None:
        seq = len(self.ops) + 1
        fix = {"lat_e7": AT_STORE_A[0] + 90 * seq, "lng_e7": AT_STORE_A[1], "accuracy_dm": 180, "age_ms": 900, "mock": False}
        data = {"store_id": _COMPANY.store_a, "kind": kind, "fix": fix, **({"note": note} if note else {})}
        self.write("attendance.clock_in/1", data, ent=f"01970000-0000-7000-8000-0000000f{seq:04d}")

    def write(self, kind: str, data: dict[str, Any], ent: str | None = None) -> None:
        seq = len(self.ops) + 1
        op = {
            "v": 1,
            "op": f"01970000-0000-7000-8000-0000000a{seq:04d}",
            "dev": DEVICE,
            "seq": seq,
            "type": kind,
            "actor": _COMPANY.wei,
            "ent": ent,
            "at": {**self.clocks(), "tz": 480},
            "data": data,
            "schema": 1,
            "app": "vectors",
        }
        text = json.dumps(op, ensure_ascii=False)
        self.hash = next_hash(self.hash, text.encode())
        self.ops.append((text, self.signer.seal_op(self.hash)))

    def sync(self, about: str, *, ops: slice | None = None, **more: Any) -> dict[str, Any]:
        run = self.ops[ops] if ops is not None else []
        said = [{"b": text} for text, _ in run]
        if said:
            said[-1]["s"] = run[-1][1]
        journal = {"head": len(self.ops), "hash": self.hash.hex()}
        if self.ops:
            journal |= {"oldest": 1, "before_oldest": CHAIN_START.hex()}
        words = {
            "nonce": f"recorded-{next(self.nonces):04d}",
            "dev": DEVICE,
            "app": "vectors",
            "epoch": self.epoch,
            "journal": journal,
            "ops": said,
            "clock": {**self.clocks(), "anchors": self.anchors},
            **more,
        }
        body = json.dumps(words, ensure_ascii=False).encode()
        return self.say(about, "/api/v1/sync", body, self.signed(body))

    def signed(self, body: bytes) -> dict[str, str]:
        signature = self.signer.sign_request("POST", "/api/v1/sync", body)
        return {"Content-Type": "application/json", "Outpost-Device": DEVICE, "Outpost-Signature": signature}

    def again(self, about: str) -> dict[str, Any]:
        """The last request, byte for byte."""
        last = self.exchanges[-1]["request"]
        return self.say(about, last["path"], last["body"].encode(), last["headers"])

    def keep_anchor(self, said: dict[str, Any]) -> None:
        boot = self.clocks()["boot"]
        self.anchors = [{"id": said["anchor"], "bid": "boot-1", "sent": boot - 120, "got": boot + 120}]


def recorded() -> dict[str, Any]:
    """Enrolment, hello, ten punches offline, a lost answer, paging, a gap, a wrong digest, a reset, refusals, a wipe."""
    with tempfile.TemporaryDirectory() as folder, counted_tags():
        live = Live(Path(folder), hold_ms=NOON_MS, company=_COMPANY)
        live.begin(epoch="01970000-0000-7000-8000-00000000e00a")
        recorder = Recorder(live)
        try:
            enrolled = _tell(live, recorder)
        finally:
            live.db.dispose()
    return {
        "about": "Exchanges recorded from the server (sections 3 to 13), in order. The device's clock is two hours ahead.",
        "seed_hex": seed_of("recorded phone").hex(),
        "server_key_b64": enrolled["server_key"],
        "device_id": DEVICE,
        "exchanges": recorder.exchanges,
    }


def _tell(live: Live, phone: Recorder) -> dict[str, Any]:
    code_id = "01970000-0000-7000-8000-00000000c0de"
    enrolled = phone.enrol(live.code(person=_COMPANY.wei, code_id=code_id))
    live.skew_ms += 5_000
    hello = phone.sync("hello: nothing is held, nothing was done", have={})
    phone.keep_anchor(hello)
    for n in range(10):
        live.skew_ms += 600_000
        phone.punch(_KINDS[n % 2], note="地下室" if n == 0 else None)
    live.skew_ms += HOUR_MS
    held = {"at": hello["at"]}
    done = phone.sync("ten punches made offline, three of them sent", ops=slice(0, 3), **held)
    phone.again("the answer was lost: the same request again")
    phone.sync("a run that does not join: need_from", ops=slice(5, 7), at=done["at"])
    rest = phone.sync("the rest; the first seven of it the server has not seen", ops=slice(3, 10), at=done["at"])
    phone.sync("nothing new, every checksum asked for", at=rest["at"], check=True)
    page = phone.sync("all over again with a small budget: the first page", have={}, budget=1_000)
    while not page.get("complete"):
        page = phone.sync("the next page", have=page["cur"], budget=1_000)
    phone.sync("a digest the server does not count: need_have", at={**rest["at"], "scopes": scopes_digest(["company"])})
    phone.sync("a standing this server never gave: reset", at={**rest["at"], "tag": "0" * 16})
    unreadable = b'{"nonce": "recorded-9999"'
    phone.say("refused: not JSON", "/api/v1/sync", unreadable, phone.signed(unreadable))
    incomplete = b'{"nonce": "recorded-9999"}'
    phone.say("refused: a field is missing", "/api/v1/sync", incomplete, phone.signed(incomplete))
    phone.say("refused: signed for other bytes", "/api/v1/sync", incomplete, phone.signed(unreadable))
    live.revoke(DEVICE)
    phone.sync("revoked: the wipe", at=rest["at"])
    phone.sync("nothing is held any more", have={})
    return enrolled
