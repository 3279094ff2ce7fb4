"""How anything is done on a device: judged, written down and signed before a screen says so; and whose PIN opened what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from contract.approvals import DecideStep
from contract.attendance import KioskProof
from contract.geo import Fix
from contract.postings import TickItem
from contract.sync import Enrolled
from contract.wire import Malformed, Wire, decode, encode
from mobile.core.parts import Parts
from mobile.core.ports import Clocks, Ports
from mobile.core.views import PinAnswer, Refused
from mobile.core.views_hq import RequestPage

PIN_HOLDS_MS: Final = 120_000  # from the right PIN to the punch
FIX_HOLDS_MS: Final = 600_000  # a position that was found for a punch says where its person still is


class Acts:
    def __init__(self, ports: Ports, parts: Callable[[], Parts], tell: Callable[[], None]) -> None:
        self.ports, self._parts, self.tell = ports, parts, tell
        self._pin_good: tuple[str, Clocks] | None = None
        self._fix: tuple[Fix, Clocks] | None = None

    @property
    def parts(self) -> Parts:
        """Refused where the store is not open."""
        return self._parts()

    def now_ms(self) -> int:
        """The best estimate of true time."""
        return self.parts.run.anchors.now_ms(self.ports.clock.read())

    def keep(self, act: Wire, actor: str, clocks: Clocks | None = None, **more: Any) -> str:
        """On the disk when this returns, as that person's act; answers the operation's id."""
        try:
            decode(encode(act), type(act))  # the server's judge, before it is signed for ever
        except Malformed as bad:
            raise Refused("client.does_not_fit", field=bad.field) from None
        op = self.parts.journal.add(act, actor=actor, clocks=clocks or self.ports.clock.read(), **more)
        self.tell()
        return op

    def may_act(self) -> Enrolled:
        """Who this device is; Refused where it was removed."""
        who, standing = self.parts.identity.need(), self.parts.identity.standing
        if standing == "revoked":
            raise Refused("device.revoked")
        return who

    def may_look(self) -> Enrolled:
        """Who this device is; Refused past the lease: what HQ said is not shown any more until HQ is heard again."""
        who = self.parts.identity.need()
        if self.parts.run.lease.is_over(self.ports.clock.read()):
            raise Refused("client.locked")
        return who

    def person(self, person_id: str | None = None) -> str:
        person = person_id or self.parts.identity.need().person_id
        if person is None:
            raise Refused("client.person_unknown")
        return person

    def fix(self) -> Fix | None:
        """Where the device is. Read at a punch and while its page is open, never for anything else."""
        found, clocks = self.ports.locator.fix(), self.ports.clock.read()
        self._fix = None if found is None else (found, clocks)
        return found

    def last_fix(self) -> Fix | None:
        """The position that is there anyway, with its age; none is looked for, and an old one is none."""
        if self._fix is None:
            return None
        found, then = self._fix
        now = self.ports.clock.read()
        age_ms = (found.age_ms or 0) + now.boot_ms - then.boot_ms
        if now.boot_id != then.boot_id or age_ms > FIX_HOLDS_MS:
            return None
        return msgspec.structs.replace(found, age_ms=age_ms)

    # PIN

    def check_pin(self, person_id: str, pin: str, verifier: str | None) -> PinAnswer:
        """Judge a PIN, with no signal. Refused("client.no_pin") where there is none to judge by."""
        if verifier is None:
            raise Refused("client.no_pin")
        clocks = self.ports.clock.read()
        answer = self.parts.pins.check(person_id, pin, verifier, clocks)
        self._pin_good = (person_id, clocks) if answer.ok else None
        if not answer.ok:
            self.ports.signals.refused()
        return answer

    def use_pin(self, person: str, clocks: Clocks) -> None:
        """A PIN opens one act, by the person it belongs to, soon."""
        good, self._pin_good = self._pin_good, None
        if good is None or good[0] != person or good[1].boot_id != clocks.boot_id:
            raise Refused("client.pin_needed")
        if clocks.boot_ms - good[1].boot_ms > PIN_HOLDS_MS:
            raise Refused("client.pin_needed")

    # acts that both the phone and the manager's desk know

    def decide(
        self,
        page: RequestPage | None,
        step_id: str,
        decision: str,
        comment: str,
        *,
        actor: str,
        owner: str,
        at_tablet: bool = False,
    ) -> None:
        """A word on an open step that waits for the actor. A refusal says why."""
        self.may_act()
        if page is None or page.to_decide is None or page.to_decide.step_id != step_id:
            raise Refused("client.not_yours_to_decide")
        if decision != "approve" and not comment.strip():
            raise Refused("client.reason_needed")
        act = DecideStep(
            step_id=step_id,
            decision="approve" if decision == "approve" else "refuse",
            comment=comment.strip(),
            kiosk=KioskProof(pin=True) if at_tablet else None,
        )
        self.keep(
            act,
            actor,
            ent=born_with(page.card.request_id),
            also=lambda op, _: self.parts.overlay.keep(op, "decision", step_id, owner, act),
        )
        self.ports.signals.kept()

    def tick(self, act: TickItem, *, actor: str, owner: str) -> None:
        """A line of a hand-over list was handed over, or was not after all."""
        self.may_act()
        self.keep(act, actor, also=lambda op, _: self.parts.overlay.keep(op, "tick", act.item_id, owner, act))
        self.ports.signals.kept()


def born_with(thing_id: str) -> str | None:
    """What an operation is about, where its id is one that was born with it (UUIDv7)."""
    return thing_id if thing_id[14:15] == "7" else None
