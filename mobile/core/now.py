"""What somebody's day is at this moment as this device knows it, and what they would punch next: the contract's rule over
the rows and what was made here. With no duty anywhere everything is as the punches alone say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from contract.corrections import CorrectionRow
from contract.day_state import MINUTE_MS, NextAction, NowState, NowWord, minute_of, next_action, state_now
from contract.leave import LeaveRow
from contract.shifts import DutyRow
from mobile.core.duties import DutyBook, due_at
from mobile.core.overlay import Overlay
from mobile.core.punches import Punches, StoreTime
from mobile.core.replica import Replica
from mobile.core.views import Said

PUNCHES_MOST: Final = 12
VOUCHED: Final = "correction"
COMES_BEFORE_MS: Final = 180 * MINUTE_MS
IN_TOUCH_MS: Final = 15 * MINUTE_MS  # heard so lately, HQ would have said what phones told it


class Fact(NamedTuple):
    """A moment that counts: a punch that nobody refused and no correction replaced, or a correction that stands."""

    at_ms: int
    kind: Literal["in", "out"]
    day: str
    fact_id: str


@dataclass(frozen=True)
class Here:
    """One person now. `since` is the local time that goes with the word, `open_id` the "in" that no "out" followed."""

    word: NowWord
    since: str | None
    duty: DutyRow | None
    action: NextAction
    day: str
    facts: tuple[Fact, ...]
    open_id: str | None = None


class NowBook:
    """Reads rows; knows no clock of its own."""

    def __init__(self, replica: Replica, overlay: Overlay, punches: Punches, duties: DutyBook) -> None:
        self._replica, self._overlay, self._punches, self._duties = replica, overlay, punches, duties

    def facts(self, person_id: str) -> tuple[Fact, ...]:
        """What counts, oldest first."""
        scope = f"person:{person_id}"
        rows = {row.id: row for row in self._replica.all("correction", CorrectionRow, scope=scope)}
        kept = self._overlay.latest(VOUCHED, CorrectionRow).items()
        ours = {pk: laid.row for pk, laid in kept if laid.counts and laid.row.person_id == person_id}
        standing = [row for row in (ours | rows).values() if row.withdrawn_ms is None]
        replaced = {row.replaces for row in standing}
        found = [Fact(row.at_ms, row.kind, row.business_date, row.id) for row in standing]
        for line in self._punches.lines(person_id, PUNCHES_MOST):
            refused = line.status == "rejected" or line.decided == "rejected"
            if not refused and line.punch_id not in replaced:
                found.append(Fact(line.taken_at_ms, line.kind, line.business_date, line.punch_id))
        return tuple(sorted(found))

    def action(self, person_id: str, now_ms: int) -> NextAction:
        """What a tap now would be taken for."""
        facts = self.facts(person_id)
        return next_action(_around(self._duties.rows(person_id), now_ms), _open_since(facts), now_ms)

    def here(self, person_id: str, when: StoreTime, now_ms: int, heard_ms: int) -> Here:
        """`heard_ms`: when HQ was heard last. Punches made here are known whatever HQ has said; a phone's may be missing."""
        facts, duties = self.facts(person_id), self._duties.rows(person_id)
        open_since = _open_since(facts)
        action = next_action(_around(duties, now_ms), open_since, now_ms)
        is_open = open_since is not None and action.kind == "out"
        duty = _continued(duties, facts[-1], now_ms) if is_open else due_at(duties, now_ms)
        day = facts[-1].day if is_open else duty.day if duty is not None else when.day(now_ms)
        todays = [fact for fact in facts if fact.day == day]
        first_in = next((fact.at_ms for fact in todays if fact.kind == "in"), None)
        last_out = next((fact.at_ms for fact in reversed(todays) if fact.kind == "out"), None)
        state = state_now(
            duty,
            now_ms=now_ms,
            first_in_ms=first_in,
            last_out_ms=last_out,
            open_since_ms=open_since if is_open else None,
            leave=self.away(person_id, when),
            silent_since_ms=_silent_since(duty, when, now_ms, heard_ms),
        )
        known = NowState("unknown") if _is_unsure(state, todays, is_open=is_open) else state
        return Here(
            word=known.word,
            since=_since(known, first_in if first_in is not None else open_since, last_out, when),
            duty=duty,
            action=action,
            day=day,
            facts=facts,
            open_id=facts[-1].fact_id if is_open else None,
        )

    def away(self, person_id: str, when: StoreTime) -> list[tuple[int, int]]:
        """Granted leave as stretches of time."""
        rows = self._replica.all("leave", LeaveRow, scope=f"person:{person_id}")
        return [span for row in rows if (span := _span(row, when)) is not None]

    def hint(self, person_id: str, kind: Literal["in", "out"], now_ms: int, when: StoreTime) -> Said | None:
        """What clocking that way now would come to, in words."""
        facts = self.facts(person_id)
        duties = _around(self._duties.rows(person_id), now_ms)
        action = next_action(duties, _open_since(facts), now_ms)
        if kind == "in" and action.forgotten_ms is not None:
            return Said("phone.hint_forgotten", {"at": when.hhmm(action.forgotten_ms), "day": when.day(action.forgotten_ms)})
        window = action.window
        if window is None or window.kind not in ("fixed", "windows") or kind != action.kind:
            return None
        now = minute_of(now_ms)
        if kind == "out":
            left = minute_of(window.ends_ms) - now
            return Said("phone.hint_early", {"min": left, "at": when.hhmm(window.ends_ms)}) if left > 0 else None
        if any(fact.kind == "in" and fact.at_ms >= window.starts_ms - COMES_BEFORE_MS for fact in facts):
            return None  # back from a pause
        late = now - minute_of(window.starts_ms)
        if late > (window.grace_min or 0):
            return Said("phone.hint_late", {"min": late, "at": when.hhmm(window.starts_ms)})
        return Said("phone.hint_in_time", {"at": when.hhmm(window.starts_ms)}) if now_ms < window.ends_ms else None


def _open_since(facts: tuple[Fact, ...]) -> int | None:
    return facts[-1].at_ms if facts and facts[-1].kind == "in" else None


def _around(duties: dict[str, DutyRow], now_ms: int) -> list[DutyRow]:
    """Those that could matter now: begun at most two days ago, or within two."""
    two_days = 2 * 86_400_000
    return [row for row in duties.values() if row.ends_ms > now_ms - two_days and row.starts_ms < now_ms + two_days]


def _continued(duties: dict[str, DutyRow], fact: Fact, now_ms: int) -> DutyRow | None:
    """The duty an open stretch belongs to: of a night shift still yesterday's."""
    return duties.get(fact.day) or due_at(duties, now_ms)


def _silent_since(duty: DutyRow | None, when: StoreTime, now_ms: int, heard_ms: int) -> int | None:
    """Since when a phone's punch could be missing here. Planned people are looked at more closely: a quarter of an hour."""
    if duty is None:
        return None if heard_ms > 0 and when.day(heard_ms) == when.day(now_ms) else heard_ms
    return None if now_ms - heard_ms <= IN_TOUCH_MS else heard_ms


def _is_unsure(state: NowState, todays: list[Fact], *, is_open: bool) -> bool:
    """Somebody came so long ago that nobody works that long, and nothing says that they left."""
    return state.word == "left" and not is_open and bool(todays) and todays[-1].kind == "in"


def _since(state: NowState, came: int | None, left: int | None, when: StoreTime) -> str | None:
    moments = {"present": came, "late": came, "left": left, "early": left, "unknown": state.silent_since_ms}
    moment = moments.get(state.word)
    return when.hhmm(moment) if moment else None


def _span(row: LeaveRow, when: StoreTime) -> tuple[int, int] | None:
    last = row.to_day
    if row.called_off_from is not None:
        if row.called_off_from <= row.from_day:
            return None
        last = min(last, (date.fromisoformat(row.called_off_from) - timedelta(days=1)).isoformat())
    begins = when.midnight_ms(row.from_day) + (row.from_min or 0) * MINUTE_MS
    to_min = row.to_min if last == row.to_day else None
    ends = when.midnight_ms(last, days=1) if to_min is None else when.midnight_ms(last) + to_min * MINUTE_MS
    return (begins, ends) if begins < ends else None
