"""The other end of a device's sync, said line by line: a notary with a key and a journal, whose pages are the test's.

The real server is what the rest of the suite runs against. This one says what no honest server says (bad signatures, pages
out of order, a fork) and says it at the moment the test wants it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contract.sealing import CHAIN_START, Signer, anchor_id, b64, is_request_signed, next_hash, receipt_text, unb64, wipe_text
from contract.sync import Enrol, Enrolled, Receipt, ScopeCursor, Standing, SyncRequest, SyncResponse, scopes_digest
from contract.wire import decode, encode
from mobile.core.ports import Answer
from mobile.devices.fake import FakeClock

SECRET = b"s" * 32
Page = dict[str, Any]


@dataclass
class ScriptedServer:
    """Takes operations in for real (chain, signature); answers with the next scripted page, else "nothing new"."""

    clock: FakeClock
    kind: str = "phone"
    person_id: str | None = "01900000-0000-7000-8000-0000000000aa"
    person_name: str | None = "李伟"
    store_id: str | None = None
    store_name: str | None = None
    signer: Signer = field(default_factory=lambda: Signer(b"k" * 32))
    pages: list[Page | Callable[[SyncRequest], Page]] = field(default_factory=list)
    asked: list[SyncRequest] = field(default_factory=list)
    ops: list[bytes] = field(default_factory=list)
    head_hash: bytes = CHAIN_START
    backed: int = 0
    pos: int = 100
    scopes: set[str] = field(default_factory=set)
    blobs: dict[str, bytes] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    pieces: list[tuple[str, int]] = field(default_factory=list)
    public: bytes = b""
    device_id: str = ""
    code_key: bytes | None = None

    def __call__(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if path.endswith("/enrol"):
            return self._enrol(decode(body, Enrol))
        assert is_request_signed(self.public, method, path.partition("?")[0], body, headers["Outpost-Signature"])
        if path.startswith("/api/v1/blobs/"):
            return self._blob(path.rsplit("/", 1)[1], int(headers["Upload-Offset"]), int(headers["Upload-Length"]), body)
        if path.startswith("/api/v1/sync/media/"):
            return self._media(path)
        asked = decode(body, SyncRequest)
        self.asked.append(asked)
        self.take_in(asked)
        page = self.pages.pop(0) if self.pages else {}
        return self.say(asked, page(asked) if callable(page) else page)

    def take_in(self, asked: SyncRequest) -> None:
        run, digest, before = [], self.head_hash, len(self.ops)
        for op in asked.ops:
            raw = op.b.encode()
            seq = json.loads(raw)["seq"]
            if seq <= before:
                assert self.ops[seq - 1] == raw, "an operation changed after it was sent"
                continue
            assert seq == before + len(run) + 1, "a gap in the journal"
            digest = next_hash(digest, raw)
            run.append(raw)
        self.ops += run
        self.head_hash = digest

    def say(self, asked: SyncRequest, page: Page) -> Answer:
        page = dict(page)
        status = page.pop("status", 200)
        if status != 200:
            return Answer(status, page.pop("body", encode({"code": page.pop("code", "sync.busy")})), page.pop("after", None))
        now = self.clock.true_ms
        nonce = page.pop("nonce", asked.nonce)
        head, digest = page.pop("head", len(self.ops)), page.pop("head_hash", self.head_hash)
        text = receipt_text(
            device_id=self.device_id,
            epoch="e1",
            server_ms=now,
            nonce=nonce,
            head=head,
            head_hash=digest.hex(),
            backed=self.backed,
        )
        key = page.pop("signed_by", self.signer)
        wipe = None
        if page.pop("wipe", False):
            order = wipe_text(device_id=self.device_id, server_ms=now, nonce=nonce)
            wipe = Receipt(text=order, sig=b64(page.pop("wipe_signed_by", self.signer).sign(order.encode())))
        rows = [(s, e, pk, rv, msgspec.Raw(encode(body))) for s, e, pk, rv, body in page.pop("rows", [])]
        said: dict[str, Any] = {
            "nonce": nonce,
            "epoch": "e1",
            "receipt": Receipt(text=text, sig=b64(key.sign(text.encode()))),
            "anchor": anchor_id(SECRET, self.device_id, now),
            "head": head,
            "backed": self.backed,
            "rows": rows,
            "wipe": wipe,
            "lease_ms": page.pop("lease_ms", 14 * 86_400_000),
            **page,
        }
        if "complete" not in page:
            said["complete"] = True
        if said["complete"] and "at" not in page and self.scopes:
            said["at"] = self.standing()
        return Answer(200, encode(SyncResponse(**said)))

    def standing(self) -> Standing:
        return Standing(pos=self.pos, tag="t", scopes=scopes_digest(self.scopes))

    def cursor(self, snap: str | None = None) -> ScopeCursor:
        return ScopeCursor(pos=self.pos, tag="t", snap=snap)

    def _enrol(self, asked: Enrol) -> Answer:
        self.public, self.device_id = unb64(asked.public), asked.device_id
        return Answer(
            200,
            encode(
                Enrolled(
                    device_id=asked.device_id,
                    kind=self.kind,
                    person_id=self.person_id,
                    person_name=self.person_name,
                    store_id=self.store_id,
                    store_name=self.store_name,
                    company="Outpost",
                    epoch="e1",
                    server_key=b64(self.signer.public),
                    server_ms=self.clock.true_ms,
                    anchor=anchor_id(SECRET, asked.device_id, self.clock.true_ms),
                    code_key=None if self.code_key is None else b64(self.code_key),
                )
            ),
        )

    def _media(self, path: str) -> Answer:
        """A picture of a course from an offset on, as much as is asked for."""
        sha, _, query = path.rpartition("/")[2].partition("?")
        asked = {key: int(value) for key, value in (part.split("=") for part in query.split("&"))}
        self.pieces.append((sha, asked["offset"]))
        if sha not in self.media:
            return Answer(404, encode({"code": "learning.media_unknown"}))
        return Answer(200, self.media[sha][asked["offset"] : asked["offset"] + asked["most"]])

    def _blob(self, sha: str, offset: int, length: int, piece: bytes) -> Answer:
        held = self.blobs.get(sha, b"")
        if offset != len(held):
            return Answer(409, encode({"code": "blob.wrong_offset", "facts": {"offset": len(held)}}))
        self.blobs[sha] = held + piece
        whole = len(held + piece) == length
        if whole:
            assert hashlib.sha256(self.blobs[sha]).hexdigest() == sha
        return Answer(204 if whole else 200, b"", None, len(self.blobs[sha]))
