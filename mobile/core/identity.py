"""Who this device is: its key, its id, the server it belongs to; and how it became that (enrolment)."""

from __future__ import annotations

import secrets
from typing import Final, Literal
from urllib.parse import urlsplit

import msgspec

from contract.ids import new_id
from contract.sealing import Signer, b64, enrol_text, unb64
from contract.sync import Enrol, Enrolled, ProblemBody
from contract.wire import Malformed, decode, encode
from mobile.core.local_db import LocalDb, Settings
from mobile.core.ports import AimedLink, Answer, NoSignal, Ports
from mobile.core.seals import WHO, ScopeKeys
from mobile.core.views import Enrolment, Refused

Standing = Literal["new", "ok", "forked", "unknown", "revoked"]

ENROL_PATH: Final = "/api/v1/devices/enrol"
_ENROL_TIMEOUT_S: Final = 30.0


class Identity:
    """The device's identity, out of the vault (secrets) and the database (the rest)."""

    def __init__(self, db: LocalDb, keys: ScopeKeys, ports: Ports, kind: Literal["phone", "kiosk"]) -> None:
        self._db, self._keys, self._ports, self._kind = db, keys, ports, kind
        self._settings = Settings(db)
        self._signer: Signer | None = None
        self._enrolled: Enrolled | None = None
        db.on_rollback(self._forget)
        if url := self._settings.get("server_url"):
            _aim(ports, url)

    def retire(self) -> None:
        """Inside a write: this device was removed, and the server knows that it holds nothing any more."""
        self._settings.put("retired", 1)

    def burn_keys(self) -> None:
        """After the write that retired us: our key signs nothing any more."""
        who = self.enrolled
        if who is not None:
            self._ports.vault.forget(_seed_name(who.device_id))
            self._ports.vault.forget("code-key")
        self._signer = None

    def forget_key_of(self, device_id: str) -> None:
        """After the write in which we became another device."""
        self._ports.vault.forget(_seed_name(device_id))

    @property
    def is_retired(self) -> bool:
        return self._settings.get("retired") is not None

    @property
    def standing(self) -> Standing:
        found = self._settings.get("standing")
        return found if found in ("ok", "forked", "unknown", "revoked") else "new"  # type: ignore[return-value]

    def set_standing(self, standing: Standing) -> None:
        """Inside a write."""
        self._settings.put("standing", standing)

    @property
    def enrolled(self) -> Enrolled | None:
        if self._enrolled is None and (text := self._settings.get("enrolled")):
            self._enrolled = decode(self._keys.unseal(WHO, "enrolled", unb64(text)), Enrolled)
        return self._enrolled

    @property
    def enrolment(self) -> Enrolment | None:
        who = self.enrolled
        if who is None:
            return None
        return Enrolment(
            device_id=who.device_id,
            kind=self._kind,
            company=who.company,
            server_url=self._settings.get("server_url") or "",
            person_id=who.person_id,
            person_name=who.person_name,
            store_id=who.store_id,
            store_name=who.store_name,
        )

    @property
    def device_id(self) -> str:
        return self.need().device_id

    def need(self) -> Enrolled:
        """Who we are; Refused where nobody has enrolled this device yet."""
        who = self.enrolled
        if who is None:
            raise Refused("client.not_enrolled")
        return who

    @property
    def signer(self) -> Signer:
        if self._signer is None:
            seed = self._ports.vault.load(_seed_name(self.device_id))
            if seed is None:
                raise Refused("client.key_lost")
            self._signer = Signer(seed)
        return self._signer

    @property
    def server_key(self) -> bytes:
        return unb64(self.need().server_key)

    @property
    def code_key(self) -> bytes | None:
        """What makes the store's rotating code; only tablets have one."""
        return self._ports.vault.load("code-key")

    def ask_to_enrol(self, server_url: str, code: str) -> Enrolled:
        """Introduce ourselves. Key and id are kept before anything is sent: a second try says the same words, and the
        server gives the same answer. Raises Refused or NoSignal."""
        url = _clean_url(server_url)
        code = clean_code(code)
        device_id, signer = self._applicant()
        _aim(self._ports, url)
        try:
            words = Enrol(
                code=code,
                device_id=device_id,
                public=b64(signer.public),
                proof=b64(signer.sign(enrol_text(code, device_id, signer.public))),
                hardware=self._ports.hardware,
                app=self._ports.app_version,
            )
            body = encode(words)
            decode(body, Enrol)  # a code nobody can have been given is refused without asking the server
        except Malformed as bad:
            raise Refused("device.code_unknown", field=bad.field) from None
        answer = self._ports.link.send("POST", ENROL_PATH, body, {"Content-Type": "application/json"}, _ENROL_TIMEOUT_S)
        who = _read_enrolled(answer, device_id)
        if who.kind != self._kind:
            raise Refused("client.wrong_kind", kind=who.kind)
        if who.code_key is not None:
            self._ports.vault.keep("code-key", unb64(who.code_key))
        return who

    def become(self, who: Enrolled, server_url: str) -> None:
        """Inside a write: from now on this is us. The code key stays in the vault alone."""
        self._keep(msgspec.structs.replace(who, code_key=None))
        self._settings.put("server_url", _clean_url(server_url))
        self._settings.put("applicant", None)
        self._settings.put("retired", None)
        self._settings.put("epoch", who.epoch)
        self.set_standing("ok")

    def forget_names(self) -> None:
        """Inside a write: a wiped device knows its number, and no longer whose it was."""
        self._keep(msgspec.structs.replace(self.need(), person_name=None, store_name=None))

    def _keep(self, who: Enrolled) -> None:
        self._settings.put("enrolled", b64(self._keys.seal(WHO, "enrolled", encode(who))))
        self._forget()

    def _applicant(self) -> tuple[str, Signer]:
        device_id = self._settings.get("applicant")
        seed = None if device_id is None else self._ports.vault.load(_seed_name(device_id))
        if device_id is None or seed is None:
            device_id, seed = new_id(), secrets.token_bytes(32)
            self._ports.vault.keep(_seed_name(device_id), seed)
            with self._db.write():
                self._settings.put("applicant", device_id)
        return device_id, Signer(seed)

    def _forget(self) -> None:
        self._signer = None
        self._enrolled = None


def problem_of(answer: Answer) -> Refused:
    """What the server refused, by its problem body. Anything that is no such body did not come from the server."""
    try:
        body = decode(answer.body, ProblemBody)
    except Malformed:
        raise NoSignal(f"status {answer.status} without a problem body") from None
    return Refused(body.code, **body.facts)


def _read_enrolled(answer: Answer, device_id: str) -> Enrolled:
    if answer.status not in (200, 201):
        raise problem_of(answer)
    try:
        who = decode(answer.body, Enrolled)
        key = unb64(who.server_key)
    except (Malformed, ValueError):
        raise NoSignal("not the server's words") from None
    if who.device_id != device_id or len(key) != 32:
        raise NoSignal("an answer to somebody else")
    return who


def clean_code(text: str) -> str:
    """A code as typed or scanned, in the one spelling that is signed: a second try in another spelling is the same try."""
    return "".join(text.upper().removeprefix("OUTPOST1:").split()).replace("-", "")


def _clean_url(server_url: str) -> str:
    url = server_url.strip().rstrip("/")
    if "://" not in url:
        url = f"https://{url}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("client.server_unknown", server=server_url[:100])
    return url


def _aim(ports: Ports, url: str) -> None:
    if isinstance(ports.link, AimedLink):
        ports.link.aim(url)


def _seed_name(device_id: str) -> str:
    return f"device-key-{device_id}"
