"""The manager's desk on the store's shared tablet: opened by a PIN, shut by leaving it."""

from __future__ import annotations

from typing import Final

from contract.desk import ManagerRow
from contract.postings import TickItem
from mobile.core.acts import Acts
from mobile.core.parts import Parts
from mobile.core.ports import Clocks
from mobile.core.request_photos import ask_for_photo, read_photo
from mobile.core.requests import Reader
from mobile.core.sync_status import wall_time
from mobile.core.views import PinAnswer, Refused
from mobile.core.views_hq import Desk, DeskManager, RequestPage

HOLDS_MS: Final = 300_000  # the desk shuts by itself when nothing was done at it; the face shuts it much sooner


class ManagerDesk:
    """The tablet's manager area. Everything on it needs the PIN that opened it; every act is the manager's own."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._open: tuple[str, Clocks] | None = None

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def managers(self) -> tuple[DeskManager, ...]:
        """Who can open the desk of this tablet's store. Refused past the lease."""
        self._acts.may_look()
        return tuple(DeskManager(row.id, row.name, self._verifier(row) is not None) for row in self._rows())

    def open(self, person_id: str, pin: str) -> PinAnswer:
        """Judge the manager's PIN, with no signal; the right one opens the desk."""
        self._acts.may_look()
        self._open = None
        row = self._manager(person_id)
        answer = self._acts.check_pin(person_id, pin, None if row is None else self._verifier(row))
        if answer.ok:
            clocks = self._acts.ports.clock.read()
            self._acts.use_pin(person_id, clocks)
            self._open = (person_id, clocks)
        return answer

    def close(self) -> None:
        """From now on a PIN is needed again."""
        self._open = None

    def page(self) -> Desk:
        """What there is to do. Refused("client.pin_needed") while the desk is shut."""
        reader, manager = self.reader()
        requests = self._parts.requests.page(reader)
        return Desk(
            manager=manager,
            arrivals=self._parts.hand_overs.arrivals(reader, at_desk=True),
            to_decide=requests.for_me,
            decided=(*requests.mine, *requests.others),
        )

    def request(self, request_id: str) -> RequestPage | None:
        reader, _ = self.reader()
        return self._parts.requests.one(request_id, reader)

    def photo(self, request_id: str, sha: str) -> bytes | None:
        """A photo of a request that waits at this desk; None while it is not here."""
        return read_photo(self._acts, self.request(request_id), sha)

    def ask_for_photo(self, request_id: str, sha: str) -> None:
        """Fetch it, in the name of who sits at the desk."""
        _, manager = self.reader()
        ask_for_photo(self._acts, self.request(request_id), sha, by=manager.person_id)
        self.stay_open()

    def decide(self, request_id: str, step_id: str, decision: str, comment: str = "") -> None:
        """Approve or refuse a step that waits for this store's manager."""
        reader, manager = self.reader()
        page = self._parts.requests.one(request_id, reader)
        self._acts.decide(page, step_id, decision, comment, actor=manager.person_id, owner=reader.scope, at_tablet=True)
        self.stay_open()

    def tick(self, item_id: str, done: bool = True, note: str = "") -> None:
        """The host's side of a hand-over list."""
        reader, manager = self.reader()
        if self._parts.hand_overs.line(item_id, reader, at_desk=True) is None:
            raise Refused("client.not_ours_to_tick")
        self._acts.tick(TickItem(item_id=item_id, done=done, note=note), actor=manager.person_id, owner=reader.scope)
        self.stay_open()

    def reader(self) -> tuple[Reader, DeskManager]:
        """Who sits at the desk. Refused("client.pin_needed") while it is shut."""
        who = self._acts.may_look()
        clocks = self._acts.ports.clock.read()
        held = self._open
        if held is None or held[1].boot_id != clocks.boot_id or clocks.boot_ms - held[1].boot_ms > HOLDS_MS:
            self._open = None
            raise Refused("client.pin_needed")
        row = self._manager(held[0])
        if row is None or who.store_id is None:
            self._open = None
            raise Refused("client.person_unknown")
        reader = Reader(row.id, self._scope(), self._acts.now_ms(), wall_time(self._parts))
        return reader, DeskManager(row.id, row.name, has_pin=True)

    def stay_open(self) -> None:
        """Something was done at it: the time until it shuts by itself begins anew."""
        if self._open is not None:
            self._open = (self._open[0], self._acts.ports.clock.read())

    def _manager(self, person_id: str) -> ManagerRow | None:
        return next((row for row in self._rows() if row.id == person_id), None)

    def _rows(self) -> list[ManagerRow]:
        """Those who manage the store on the day it is there by the calendar, each once: postings of that kind change at midnight,
        not when the store's business day turns."""
        day = wall_time(self._parts).local(self._acts.now_ms()).date().isoformat()
        rows = self._parts.replica.all("manager", ManagerRow, scope=self._scope())
        now = [row for row in rows if row.from_day <= day and (row.until is None or day < row.until)]
        return list({row.id: row for row in now}.values())

    def _verifier(self, row: ManagerRow) -> str | None:
        """One the manager made at this very tablet, until HQ has it; then HQ's."""
        return self._parts.pins.made_here(row.id, unless_final=True) or row.pin

    def _scope(self) -> str:
        return f"desk:{self._parts.identity.need().store_id or ''}"
