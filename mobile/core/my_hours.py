"""My shifts, my days and my weeks, on my own phone. Everything works with no signal: what is said is kept and signed at once."""

from __future__ import annotations

from dataclasses import replace

from contract.statements import Side, StatementRow
from mobile.core import appeals, statements
from mobile.core.acts import Acts
from mobile.core.days import MISSED_PUNCH, OVERTIME
from mobile.core.duties import due_at
from mobile.core.office import Office
from mobile.core.parts import Parts
from mobile.core.requests import Reader
from mobile.core.statements import Whose
from mobile.core.sync_status import wall_time
from mobile.core.views_hours import DayPage, MonthPage, ShiftsNow, WeekCard, WeekPage
from mobile.core.views_hq import Draft


class MyHours:
    """The employee's side of everything that hours are made of."""

    def __init__(self, acts: Acts, office: Office) -> None:
        self._acts, self._office = acts, office

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def shifts(self) -> ShiftsNow:
        """Today's duty, the next, and what clocking now would come to."""
        reader, duties = self._reader(), self._parts.duties
        rows, me = duties.rows(reader.person_id), reader.person_id
        today, day = due_at(rows, reader.now_ms), reader.when.day(reader.now_ms)
        following = duties.following(rows, reader.now_ms, today.day if today is not None else day)
        now = self._parts.now
        return ShiftsNow(
            today=duties.card(today, reader.when),
            following=duties.card(following, reader.when),
            hint_in=now.hint(me, "in", reader.now_ms, reader.when),
            hint_out=now.hint(me, "out", reader.now_ms, reader.when),
        )

    def month(self, month: str | None = None) -> MonthPage:
        """A month as YYYY-MM; without one, this month."""
        reader = self._reader()
        today = reader.when.day(reader.now_ms)
        due = sum(card.waits_for_me for card in self._weeks(reader))
        return self._parts.days.month(month or today[:7], today, reader, due)

    def day(self, day: str) -> DayPage:
        return self._parts.days.day(day, self._reader())

    def correction(self, day: str) -> Draft:
        """The form for a missed punch, begun with what this phone knows of the day. Refused where nobody may ask for one."""
        return self._office.draft(MISSED_PUNCH, self._parts.days.answers(day, self._reader()))

    def overtime(self, day: str) -> Draft:
        """The form for overtime that was worked and not granted, begun with the day and the minutes."""
        return self._office.draft(OVERTIME, self._parts.days.overtime_answers(day, self._reader()))

    def appeal(self, day: str, text: str, photo: bytes | None = None) -> str:
        """I do not agree with what a day came to. Answers the appeal's id."""
        return appeals.appeal(self._acts, day=day, text=text, photo=photo, owner=self._reader().scope)

    # weeks

    def weeks(self) -> tuple[WeekCard, ...]:
        """Those that wait for me first."""
        return self._weeks(self._reader())

    def store_weeks(self) -> tuple[WeekCard, ...]:
        """Weeks of the people at the stores I manage, those that wait for me first."""
        book = self._parts.statements
        cards = [card for desk in self._desks() for card in book.cards(desk, "store", self._is_anothers)]
        return tuple(sorted(cards, key=lambda card: not card.waits_for_me))

    def week(self, statement_id: str) -> WeekPage | None:
        """One of mine, or of the people at a store I manage: there I speak for the store."""
        book = self._parts.statements
        pages = (book.page(statement_id, reader, side, whose) for reader, side, whose in self._sides())
        return next((page for page in pages if page is not None), None)

    def confirm_week(self, statement_id: str, revision: int) -> None:
        """I confirm the revision I have seen, with this phone's key. Refused where another has taken its place."""
        reader, side, whose = self._side_of(statement_id)
        row = self._parts.statements.to_sign(statement_id, revision, reader, side, whose)
        statements.confirm(self._acts, row, side, actor=reader.person_id, owner=reader.scope)

    def dispute_week(self, statement_id: str, revision: int, reason: str, day: str | None = None) -> None:
        """I do not agree, with a day or the whole week."""
        reader, side, whose = self._side_of(statement_id)
        row = self._parts.statements.to_sign(statement_id, revision, reader, side, whose)
        statements.dispute(self._acts, row, day=day, reason=reason, actor=reader.person_id, owner=reader.scope)

    def _weeks(self, reader: Reader) -> tuple[WeekCard, ...]:
        return self._parts.statements.cards(reader, "employee", self._is_mine)

    def _sides(self) -> list[tuple[Reader, Side, Whose]]:
        """For whom this phone's person may speak, and from which rows: themselves, then the stores they manage."""
        mine: tuple[Reader, Side, Whose] = (self._reader(), "employee", self._is_mine)
        return [mine, *((desk, "store", self._is_anothers) for desk in self._desks())]

    def _side_of(self, statement_id: str) -> tuple[Reader, Side, Whose]:
        """Where nobody is found, one's own side: it says that the week is not known."""
        book, sides = self._parts.statements, self._sides()
        return next((one for one in sides if book.page(statement_id, *one) is not None), sides[0])

    def _desks(self) -> list[Reader]:
        """One for each store that this phone's person manages: HQ sends its desk to nobody else."""
        reader = self._reader()
        return [replace(reader, scope=scope) for scope in self._parts.replica.cursors() if scope.startswith("desk:")]

    def _is_anothers(self, row: StatementRow) -> bool:
        return row.person_id != self._acts.person()

    def _is_mine(self, row: StatementRow) -> bool:
        return row.person_id == self._acts.person()

    def _reader(self) -> Reader:
        who = self._acts.may_look()
        me = who.person_id or ""
        return Reader(me, f"private:{me}", self._acts.now_ms(), wall_time(self._parts))
