"""More proof between a phone and the store's tablet: the phone's code, seen and countersigned; and the extra proof that is drawn.

Both work with no network on either side. The tablet judges nothing: it writes down what it saw, and HQ joins it with the punch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from contract.attendance import KioskProof
from contract.phone_code import MINUTE_MS, SHOWN_FOR_MIN, PhoneQr, minute_of, phone_qr, read_phone_code, short_form
from contract.proofs import CountersignPhone, ExtraProof, ExtraRuleRow, is_drawn
from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.parts import Parts
from mobile.core.photos import Photos
from mobile.core.ports import Clocks
from mobile.core.seals import OWN
from mobile.core.views import PinAnswer, Refused

ASKED_FOR_MS: Final = 300_000  # from the punch to its extra proof at the tablet
DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class PhoneCode:
    """What a phone shows about one punch: the QR's text, eight digits for a tablet without a camera, and how long both live."""

    qr: str
    digits: str
    left_s: int


@dataclass(frozen=True)
class Countersigned:
    """The tablet has written down what it saw. `name` is the person's where the tablet knows them, `again` where it was the
    same code as before."""

    name: str | None
    again: bool = False


class Proofs:
    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self._acts, self._desk = acts, desk
        self._asked: tuple[str, str, Clocks] | None = None  # the punch just drawn, whose it is, and when
        self._seen: str | None = None

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # the phone shows

    def phone_code(self, punch_id: str) -> PhoneCode:
        """What to show now for a punch made on this phone. Refused("client.phone_code_over") some minutes after it."""
        parts, who = self._parts, self._acts.may_act()
        entry = next(iter(parts.journal.entries_of(punch_id)), None)
        if who.kind != "phone" or who.person_id is None or entry is None:
            raise Refused("client.phone_code_over")
        wall_ms = self._acts.ports.clock.read().wall_ms
        minute = minute_of(wall_ms)
        last = minute_of(entry.made_ms) + SHOWN_FOR_MIN
        if not minute_of(entry.made_ms) <= minute <= last:
            raise Refused("client.phone_code_over")
        device = who.device_id
        return PhoneCode(
            qr=phone_qr(parts.identity.signer.sign, device_id=device, person_id=who.person_id, punch_id=punch_id, minute=minute),
            digits=short_form(device_id=device, punch_id=punch_id, minute=minute),
            left_s=((last + 1) * MINUTE_MS - wall_ms) // 1000,
        )

    # the tablet sees

    def countersign(self, text: str) -> Countersigned:
        """The tablet saw this on a phone. On the disk when this returns; what it is worth only HQ can say."""
        who, read = self._acts.may_act(), read_phone_code(text)
        if who.kind != "kiosk" or read is None:
            raise Refused("client.not_a_phone_code")
        is_scanned = isinstance(read, PhoneQr)
        said = text.strip() if is_scanned else read.digits  # type: ignore[union-attr]
        name = self._name_of(read.person_id) if isinstance(read, PhoneQr) else None
        if said == self._seen:
            return Countersigned(name, again=True)
        self._acts.keep(CountersignPhone(text=said), who.device_id)
        self._seen = said
        self._acts.ports.signals.kept()
        return Countersigned(name)

    def _name_of(self, person_id: str) -> str | None:
        row = self._parts.pages.person(person_id)
        return None if row is None else row.name

    # the draw

    def drawn(self, punch_id: str, person_id: str, seq: int, clocks: Clocks) -> bool:
        """Whether the punch at this place of the tablet's journal is asked for more. Remembered until it is answered."""
        key, who = self._parts.identity.code_key, self._parts.identity.need()
        rule = self._rule()
        if who.kind != "kiosk" or key is None or rule is None or not is_drawn(key, who.device_id, seq, rule.one_in):
            return False
        self._asked = (punch_id, person_id, clocks)
        return True

    def give_photo(self, punch_id: str, photo: bytes) -> None:
        """The photo stays here, sealed, until its days are over; its hash goes to HQ."""
        person_id, rule, parts = self._open(punch_id), self._rule(), self._parts
        sha = Photos.name(photo)
        until_ms = self._acts.now_ms() + (rule.photo_days if rule is not None else 1) * DAY_MS

        def also(_op: str, _seq: int) -> None:
            sealed = parts.keys.seal(OWN, f"kept|{sha}", photo)
            parts.db.run("INSERT OR IGNORE INTO kept_photo (sha, until_ms, sealed) VALUES (?, ?, ?)", (sha, until_ms, sealed))

        self._acts.keep(ExtraProof(punch_id=punch_id, way="photo", photo=sha), person_id, also=also, room=len(photo))
        self._asked = None
        self._acts.ports.signals.kept()

    def give_word(self, punch_id: str, manager_id: str, pin: str) -> PinAnswer:
        """The manager has seen the person and says so with their PIN. Never for themselves."""
        person_id = self._open(punch_id)
        if manager_id == person_id:
            raise Refused("client.not_for_yourself")
        answer = self._desk.open(manager_id, pin)
        self._desk.close()
        if answer.ok:
            self._acts.keep(ExtraProof(punch_id=punch_id, way="manager", kiosk=KioskProof(pin=True)), manager_id)
            self._asked = None
            self._acts.ports.signals.kept()
        return answer

    def forget_old(self) -> int:
        """Throw away photos whose days are over; answers how many."""
        now_ms, db = self._acts.now_ms(), self._parts.db
        if not db.value("SELECT count(*) FROM kept_photo WHERE until_ms <= ?", (now_ms,)):
            return 0
        with db.write():
            gone = db.run("DELETE FROM kept_photo WHERE until_ms <= ?", (now_ms,))
        db.empty_log()
        return gone

    def _open(self, punch_id: str) -> str:
        """Whose punch waits for its extra proof. Refused where this one does not, or not any more."""
        self._acts.may_act()
        asked, clocks = self._asked, self._acts.ports.clock.read()
        if asked is None or asked[0] != punch_id or asked[2].boot_id != clocks.boot_id:
            raise Refused("client.extra_over")
        if clocks.boot_ms - asked[2].boot_ms > ASKED_FOR_MS:
            raise Refused("client.extra_over")
        return asked[1]

    def _rule(self) -> ExtraRuleRow | None:
        store_id = self._parts.identity.need().store_id
        return next(iter(self._parts.replica.all("extra", ExtraRuleRow, scope=f"store:{store_id}")), None)
