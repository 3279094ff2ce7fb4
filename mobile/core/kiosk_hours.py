"""Hours on the store's shared tablet: the manager's board and weeks behind her PIN, and everybody's own page behind theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contract.attendance import PunchKind
from contract.statements import StatementRow
from mobile.core import board, statements
from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.duties import due_at
from mobile.core.parts import Parts
from mobile.core.ports import Clocks
from mobile.core.requests import Reader
from mobile.core.sync_status import wall_time
from mobile.core.taking import Learner
from mobile.core.views import PinAnswer, Refused
from mobile.core.views_hours import BoardPage, MyPage, WeekCard, WeekPage

OWN_HOLDS_MS: Final = 120_000  # one's own page shuts by itself when nothing was done at it


class DeskHours:
    """Needs the PIN that opened the desk; every act is the manager's own, in the store's name."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self._acts, self._desk = acts, desk

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def board(self) -> BoardPage:
        """Everybody at the store today, and what is not right."""
        reader, _ = self._desk.reader()
        return self._parts.board.page(reader, self._parts.settings.number("last_synced_ms"))

    def vouch(self, person_id: str, kind: PunchKind, day: str, hhmm: str, reason: str) -> str:
        """The manager says when somebody came or left, by the clock on the wall here. Answers the correction's id."""
        reader, manager = self._desk.reader()
        hours, minutes = (int(part) for part in hhmm.split(":"))
        at_ms = reader.when.midnight_ms(day) + (hours * 60 + minutes) * 60_000
        made = board.vouch(
            self._acts,
            person_id=person_id,
            store_id=self._parts.identity.need().store_id or "",
            kind=kind,
            at_ms=at_ms,
            reason=reason,
            actor=manager.person_id,
            name=manager.name,
        )
        self._desk.stay_open()
        return made

    def weeks(self) -> tuple[WeekCard, ...]:
        """The store's weeks, those that wait for its manager first."""
        reader, _ = self._desk.reader()
        return self._parts.statements.cards(reader, "store", _anybodys)

    def week(self, statement_id: str) -> WeekPage | None:
        reader, _ = self._desk.reader()
        return self._parts.statements.page(statement_id, reader, "store", _anybodys)

    def confirm_week(self, statement_id: str, revision: int) -> None:
        """The store confirms the revision its manager has seen."""
        reader, manager = self._desk.reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "store", _anybodys)
        statements.confirm(self._acts, row, "store", actor=manager.person_id, owner=reader.scope, at_tablet=True)
        self._desk.stay_open()

    def dispute_week(self, statement_id: str, revision: int, reason: str, day: str | None = None) -> None:
        reader, manager = self._desk.reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "store", _anybodys)
        who = manager.person_id
        statements.dispute(self._acts, row, day=day, reason=reason, actor=who, owner=reader.scope, at_tablet=True)
        self._desk.stay_open()


class OwnPage:
    """My shift and my weeks on a tablet that others use too: opened by my PIN, shut by leaving it."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts
        self._open: tuple[str, Clocks] | None = None

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def open(self, person_id: str, pin: str) -> PinAnswer:
        """Judge a PIN, with no signal; the right one opens that person's page and nobody else's."""
        self._acts.may_look()
        self._open = None
        answer = self._acts.check_pin(person_id, pin, self._parts.pages.verifier(person_id))
        if answer.ok:
            clocks = self._acts.ports.clock.read()
            self._acts.use_pin(person_id, clocks)
            self._open = (person_id, clocks)
        return answer

    def close(self) -> None:
        """From now on a PIN is needed again."""
        self._open = None

    def page(self) -> MyPage:
        """Refused("client.pin_needed") while it is shut."""
        reader = self._reader()
        person = self._parts.pages.person(reader.person_id)
        if person is None:
            raise Refused("client.person_unknown")
        rows, duties = self._parts.duties.rows(reader.person_id), self._parts.duties
        today = due_at(rows, reader.now_ms)
        day, store_id = reader.when.day(reader.now_ms), self._parts.identity.need().store_id
        following = duties.following(rows, reader.now_ms, today.day if today is not None else day)
        return MyPage(
            person_id=person.id,
            name=person.name,
            today=duties.card(today, reader.when, here=store_id),
            following=duties.card(following, reader.when, here=store_id),
            weeks=self._parts.statements.cards(reader, "employee", self._is_mine),
        )

    def week(self, statement_id: str) -> WeekPage | None:
        return self._parts.statements.page(statement_id, self._reader(), "employee", self._is_mine)

    def confirm_week(self, statement_id: str, revision: int) -> None:
        """I confirm the revision I have seen; my PIN opened this page."""
        reader = self._reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "employee", self._is_mine)
        me = reader.person_id
        statements.confirm(self._acts, row, "employee", actor=me, owner=reader.scope, at_tablet=True)
        self._stay_open()

    def dispute_week(self, statement_id: str, revision: int, reason: str, day: str | None = None) -> None:
        reader = self._reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "employee", self._is_mine)
        me = reader.person_id
        statements.dispute(self._acts, row, day=day, reason=reason, actor=me, owner=reader.scope, at_tablet=True)
        self._stay_open()

    def learner(self) -> Learner:
        """Whose page is open, for learning: what they do there is theirs. Refused("client.pin_needed") while it is shut."""
        reader = self._reader()
        person = self._parts.pages.person(reader.person_id)
        if person is None:
            raise Refused("client.person_unknown")
        return Learner(replace(reader, scope=f"person:{person.id}"), person.name, self._stay_open)

    def _is_mine(self, row: StatementRow) -> bool:
        return self._open is not None and row.person_id == self._open[0]

    def _reader(self) -> Reader:
        who, clocks = self._acts.may_look(), self._acts.ports.clock.read()
        held = self._open
        if held is None or held[1].boot_id != clocks.boot_id or clocks.boot_ms - held[1].boot_ms > OWN_HOLDS_MS:
            self._open = None
            raise Refused("client.pin_needed")
        return Reader(held[0], f"desk:{who.store_id or ''}", self._acts.now_ms(), wall_time(self._parts))

    def _stay_open(self) -> None:
        if self._open is not None:
            self._open = (self._open[0], self._acts.ports.clock.read())


def _anybodys(_: StatementRow) -> bool:
    return True
