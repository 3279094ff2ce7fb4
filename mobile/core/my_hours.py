"""My shifts, my days and my weeks, on my own phone. Everything works with no signal: what is said is kept and signed at once."""

from __future__ import annotations

from dataclasses import replace

from contract.statements import StatementRow
from mobile.core import appeals, statements
from mobile.core.acts import Acts
from mobile.core.days import MISSED_PUNCH
from mobile.core.duties import due_at
from mobile.core.office import Office
from mobile.core.parts import Parts
from mobile.core.requests import Reader
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
        draft = self._office.draft(MISSED_PUNCH)
        keys = {field.key for field in draft.flow.fields}
        known = self._parts.days.answers(day, self._reader())
        return replace(draft, answers=tuple((key, answer) for key, answer in known.items() if key in keys))

    def appeal(self, day: str, text: str, photo: bytes | None = None) -> str:
        """I do not agree with what a day came to. Answers the appeal's id."""
        return appeals.appeal(self._acts, day=day, text=text, photo=photo, owner=self._reader().scope)

    # weeks

    def weeks(self) -> tuple[WeekCard, ...]:
        """Those that wait for me first."""
        return self._weeks(self._reader())

    def week(self, statement_id: str) -> WeekPage | None:
        return self._parts.statements.page(statement_id, self._reader(), "employee", self._is_mine)

    def confirm_week(self, statement_id: str, revision: int) -> None:
        """I confirm the revision I have seen, with this phone's key. Refused where another has taken its place."""
        reader = self._reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "employee", self._is_mine)
        statements.confirm(self._acts, row, "employee", actor=reader.person_id, owner=reader.scope)

    def dispute_week(self, statement_id: str, revision: int, reason: str, day: str | None = None) -> None:
        """I do not agree, with a day or the whole week."""
        reader = self._reader()
        row = self._parts.statements.to_sign(statement_id, revision, reader, "employee", self._is_mine)
        statements.dispute(self._acts, row, day=day, reason=reason, actor=reader.person_id, owner=reader.scope)

    def _weeks(self, reader: Reader) -> tuple[WeekCard, ...]:
        return self._parts.statements.cards(reader, "employee", self._is_mine)

    def _is_mine(self, row: StatementRow) -> bool:
        return row.person_id == self._acts.person()

    def _reader(self) -> Reader:
        who = self._acts.may_look()
        me = who.person_id or ""
        return Reader(me, f"private:{me}", self._acts.now_ms(), wall_time(self._parts))
