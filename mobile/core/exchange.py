"""One exchange with the server: the words that go out, and whether what came back was the server's answer to them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final, Literal

from contract.hints import HINTS_PATH
from contract.moments import ClockReading
from contract.sealing import is_signed, receipt_text, wipe_text
from contract.sync import SCHEMA, Receipt, SyncRequest, SyncResponse
from contract.wire import Malformed, decode, encode
from mobile.core.anchors import Anchors
from mobile.core.identity import Identity
from mobile.core.journal import Journal
from mobile.core.local_db import LocalDb, Settings
from mobile.core.media import Want
from mobile.core.photos import Piece
from mobile.core.ports import Clocks, NoSignal
from mobile.core.replica import Replica, open_to_more
from mobile.core.witness import Witness

SYNC_PATH: Final = "/api/v1/sync"
SYNC_TIMEOUT_S: Final = 25.0
PIECE_TIMEOUT_S: Final = 25.0


@dataclass(frozen=True)
class Outgoing:
    """A request, ready for the link, and what must be remembered to judge the answer. Signed, but for `answers`: who asks for
    answers to a voice without a name stays unsaid (voice_answers.py)."""

    what: Literal["sync", "piece", "media", "answers"]
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    timeout_s: float
    sent_at: Clocks
    nonce: str = ""
    ops: int = 0
    checks: bool = False
    piece: Piece | None = None
    want: Want | None = None


@dataclass(frozen=True)
class Notarised:
    """What the receipt says, once its signature has been found good."""

    epoch: str
    server_ms: int
    head: int
    head_hash: str
    backed: int


class Words:
    """Makes requests out of what the device holds."""

    def __init__(
        self,
        db: LocalDb,
        identity: Identity,
        journal: Journal,
        replica: Replica,
        anchors: Anchors,
        witness: Witness,
        app_version: str,
    ) -> None:
        self._db, self._identity, self._journal = db, identity, journal
        self._replica, self._anchors, self._witness, self._app = replica, anchors, witness, app_version
        self._settings = Settings(db)

    def sync(self, clocks: Clocks, *, most_ops: int, budget: int, check: bool, long_form: bool) -> Outgoing:
        nonce = secrets.token_urlsafe(12)
        with self._db.read():
            ops, boots = self._journal.batch(most_ops) if most_ops else ([], set())
            at = None if long_form else self._replica.standing()
            request = SyncRequest(
                nonce=nonce,
                dev=self._identity.device_id,
                app=self._app,
                schema=SCHEMA,
                epoch=self._settings.get("epoch"),
                journal=self._journal.head(),
                ops=ops,
                at=at,
                have=self._replica.cursors() if at is None else None,
                clock=ClockReading(
                    wall=clocks.wall_ms,
                    boot=clocks.boot_ms,
                    bid=clocks.boot_id,
                    anchors=self._anchors.to_send(boots, clocks.boot_id),
                    boots=self._anchors.boots_to_tell(boots, clocks.boot_id),
                ),
                budget=budget,
                check=check,
                tree=self._witness.held(),
            )
        body = encode(request)
        headers = self._signed("POST", SYNC_PATH, body, "application/json")
        return Outgoing("sync", "POST", SYNC_PATH, body, headers, SYNC_TIMEOUT_S, clocks, nonce=nonce, ops=len(ops), checks=check)

    def piece(self, piece: Piece, clocks: Clocks) -> Outgoing:
        path = f"/api/v1/blobs/{piece.sha}"
        headers = self._signed("PUT", path, piece.body, "application/octet-stream")
        headers |= {"Upload-Offset": str(piece.offset), "Upload-Length": str(piece.total)}
        return Outgoing("piece", "PUT", path, piece.body, headers, PIECE_TIMEOUT_S, clocks, piece=piece)

    def media(self, want: Want, clocks: Clocks) -> Outgoing:
        """A piece of a picture, from where this device stands."""
        path = f"/api/v1/sync/media/{want.sha}"  # this is signed; from where on is not, and need not be: the whole proves itself
        headers = self._signed("GET", path, b"", "application/octet-stream")
        asked = f"{path}?offset={want.offset}&most={want.most}" + (f"&by={want.by}" if want.by else "")
        return Outgoing("media", "GET", asked, b"", headers, PIECE_TIMEOUT_S, clocks, want=want)

    def to_listen(self) -> dict[str, str]:
        """The headers of a request for leave to listen for news."""
        return self._signed("GET", HINTS_PATH, b"", "application/octet-stream")

    def _signed(self, method: str, path: str, body: bytes, kind: str) -> dict[str, str]:
        return {
            "Content-Type": kind,
            "Outpost-Device": self._identity.device_id,
            "Outpost-Signature": self._identity.signer.sign_request(method, path, body),
        }


def read_answer(body: bytes, out: Outgoing, device_id: str, server_key: bytes) -> tuple[SyncResponse, Notarised]:
    """The server's answer to exactly this request. Raises NoSignal for anything else: a captive portal's page, an answer
    to an earlier request, words nobody signed."""
    try:
        page = decode(body, open_to_more(SyncResponse))
    except Malformed as bad:
        raise NoSignal(f"not the server's words: {bad}") from None
    if page.nonce != out.nonce:
        raise NoSignal("an answer to another request")
    said = _notarised(page.receipt, device_id, out.nonce)
    if said is None or not is_signed(server_key, page.receipt.text.encode(), page.receipt.sig):
        raise NoSignal("nobody we know signed this")
    return page, said


def is_wipe(order: Receipt, said: Notarised, out: Outgoing, device_id: str, server_key: bytes) -> bool:
    """Whether the server truly orders this device, now, to forget everything."""
    words = wipe_text(device_id=device_id, server_ms=said.server_ms, nonce=out.nonce)
    return order.text == words and is_signed(server_key, words.encode(), order.sig)


def _notarised(receipt: Receipt, device_id: str, nonce: str) -> Notarised | None:
    lines = receipt.text.split("\n")
    if len(lines) != 9:
        return None
    _, _, epoch, server_ms, _, head, head_hash, backed, _ = lines
    try:
        said = Notarised(epoch, int(server_ms), int(head), head_hash, int(backed))
    except ValueError:
        return None
    words = receipt_text(
        device_id=device_id,
        epoch=said.epoch,
        server_ms=said.server_ms,
        nonce=nonce,
        head=said.head,
        head_hash=said.head_hash,
        backed=said.backed,
    )
    return said if words == receipt.text else None
