"""Rosters as any device holds them: published shifts, what people are judged by, and the one judge asked with no signal.

The judge and its sentences are the server's own (contract/rostering); here its facts are put together from rows, as
server/rosters/gathering.py puts them together from tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import msgspec

from contract.messages import LANGUAGES, Language, say
from contract.opening import Opening
from contract.rostering.local_time import day_of, monday_of, ordinal
from contract.rostering.rules import CATALOGUE, Calendar, judge_line, newly_broken
from contract.rostering.sentences import Told, tell
from contract.rostering.shapes import Placed, PlacedState, Profile, Verdict, Worker
from contract.rosters import PlacedWindow, RosterCellRow, RosterProfileRow, RosterShiftRow, RosterWorkerRow
from contract.shift_market_rows import LoanRow
from contract.stores import StoreRow
from mobile.core.replica import Replica
from mobile.core.views_hq import Both

SHIFT, CELL, WORKER, PROFILE, KIT = "roster_shift", "roster_cell", "roster_worker", "roster_profile", "roster_kit"
BY_PATTERN: Final = "duty:"  # how ids of what a pattern says begin
UNKNOWN_RULES: Final = Profile(code="")  # two shifts at once are refused all the same
_RANK = {rule: rank for rank, rule in enumerate(CATALOGUE)}


@dataclass(frozen=True)
class RuleSaid:
    """What a rule says, in both languages. `hard` and not `overridable`: nobody may set it aside; `shifts`: which it is about."""

    rule: str
    hard: bool
    overridable: bool
    name: Both
    sentence: Both
    why: Both
    ways: tuple[Both, ...]
    points: int = 0
    day: str = ""
    shifts: tuple[str, ...] = ()


class RosterRows:
    """Holds nothing: every answer is read from the replica."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def shifts(self, scope: str | None = None) -> dict[str, RosterShiftRow]:
        """Published shifts by id: of all stores this device hears of, or of one scope."""
        return {row.id: row for row in self._replica.all(SHIFT, RosterShiftRow, scope=scope)}

    def worker(self, person_id: str, scope: str | None = None) -> RosterWorkerRow | None:
        """What somebody is judged by; None where this device does not hold it."""
        rows = self._replica.all(WORKER, RosterWorkerRow, scope=scope)
        return next((row for row in rows if row.person_id == person_id), None)

    def profile(self, store_id: str, day: str) -> Profile | None:
        """By which rules a store's rosters are judged on a day; None where this device was not told."""
        rows = self._replica.all(PROFILE, RosterProfileRow)
        row = next((one for one in rows if one.store_id == store_id), None)
        began = [one for one in row.versions if one.from_day <= day] if row is not None else []
        return began[-1].profile if began else None

    def opening(self) -> tuple[Opening, ...]:
        """When stores are open, of those that said so and that this device hears of."""
        rows = self._replica.all(PROFILE, RosterProfileRow)
        return tuple({row.store_id: row.opening for row in rows if row.opening is not None}.values())

    def store_names(self) -> dict[str, str]:
        """The names of stores, by id: also of one that asks for somebody, who has no shift there yet."""
        asking = {row.shift.store_id: row.shift.store_name for row in self._replica.all("shift_loan", LoanRow)}
        told = {row.store_id: row.store_name for row in self._replica.all(SHIFT, RosterShiftRow) if row.store_name}
        return asking | told | {row.id: row.name for row in self._replica.all("store", StoreRow)}


def cell_of(placed_id: str) -> str:
    """The shift that a judged window belongs to."""
    return placed_id.partition("#")[0]


def placed_of(
    row: RosterShiftRow | RosterCellRow, person_id: str, state: PlacedState = "published", windows: Sequence[PlacedWindow] = ()
) -> list[Placed]:
    """A shift as the rules look at it, were it that person's: one for each window (`windows`: other than the row's)."""
    return [
        Placed(
            id=row.id if number == 0 else f"{row.id}#{number}", person_id=person_id, store_id=row.store_id, day=row.day,
            starts_min=one.starts_min, ends_min=one.ends_min, starts_ms=one.starts_ms, ends_ms=one.ends_ms,
            work_min=one.work_min, role=row.role or "", template=row.template, on_call=row.on_call, state=state,
            locked=isinstance(row, RosterCellRow) and row.locked,
        )
        for number, one in enumerate(windows or row.placed)
    ]  # fmt: skip


def week_of(day: str, last: str | None = None, opening: Iterable[Opening] = ()) -> Calendar:
    """The days a change is judged over: the whole weeks it lies in, as the server takes them; and when stores are open."""
    return Calendar(day_of(monday_of(ordinal(day))), day_of(monday_of(ordinal(last or day)) + 6)).opened(opening)


def judge_with(
    worker: Worker, before: Sequence[Placed], change: Sequence[Placed], without: Iterable[str], profile: Profile,
    calendar: Calendar,
) -> list[Verdict]:  # fmt: skip
    """What one change newly breaks of somebody's line, or breaks more: with these windows, without those of these shifts. Duties
    that a pattern says stand aside in a week that the store's desk begins to plan. The worst first."""
    weeks = {(one.store_id, _week(one.day)) for one in change}
    aside = {one.id for one in before if one.id.startswith(BY_PATTERN) and (one.store_id, _week(one.day)) in weeks}
    gone = {*without, *(cell_of(one.id) for one in change)}
    after = [*(one for one in before if cell_of(one.id) not in gone and one.id not in aside), *change]
    found = newly_broken(judge_line(worker, before, profile, calendar), judge_line(worker, after, profile, calendar))
    told = [msgspec.structs.replace(one, shifts=list(dict.fromkeys(cell_of(i) for i in one.shifts))) for one in found]
    return sorted(told, key=lambda one: (one.level == "soft", one.overridable, _RANK[one.rule]))


def _week(day: str) -> tuple[int, int]:
    return date.fromisoformat(day).isocalendar()[:2]


def in_words(
    verdict: Verdict, line: Iterable[Placed], *, name: str = "", stores: Mapping[str, str] | None = None,
    skills: Mapping[str, Both] | None = None,
) -> RuleSaid:  # fmt: skip
    """A verdict in the server's words. `line`: the shifts it is about; a store that is not among `stores` is another store."""
    shifts = {cell_of(one.id): one for one in reversed(list(line))}
    told = {language: _told(language, verdict, shifts, name, stores or {}, skills or {}) for language in LANGUAGES}

    def both(of: int) -> Both:
        return Both(str(told["zh"][of]), str(told["en"][of]))

    ways = tuple(Both(zh, en) for zh, en in zip(told["zh"].ways, told["en"].ways, strict=True))
    return RuleSaid(
        rule=verdict.rule, hard=verdict.level == "hard", overridable=verdict.overridable, name=both(0), sentence=both(1),
        why=both(2), ways=ways, points=verdict.points, day=verdict.day, shifts=tuple(verdict.shifts),
    )  # fmt: skip


def _told(
    language: Language, verdict: Verdict, shifts: Mapping[str, Placed], name: str, stores: Mapping[str, str],
    skills: Mapping[str, Both],
) -> Told:  # fmt: skip
    another = say(language, "rosters.another_store")
    names = {one.store_id: stores.get(one.store_id, another) for one in shifts.values()}
    codes = {code: words.en if language == "en" else words.zh for code, words in skills.items()}
    return tell(language, verdict, shifts, name=name, stores=dict(stores) | names, skills=codes)
