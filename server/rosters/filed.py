"""A store's draft becomes what a file says: compared cell by cell, judged person by person, written at once.

Who calls it in a trial and who writes see the same comparison. What of a person's days breaks a rule is looked for from the last
day back, so that a file whose first weeks are lawful loses only what made it unlawful.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract import wire
from contract.ids import derived_id
from contract.roster_files import FiledShift, TakeRosterFile
from contract.rostering.shapes import Placed, Profile, Verdict
from contract.rosters import SetShift
from contract.shifts import Window
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.rosters.cells import MOST_A_DAY, Wanted, touch, wanted
from server.rosters.desk import must_be_day, must_be_days, must_be_store, planner_at, today_at
from server.rosters.events import CellsChanged
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterCell
from server.rosters.queries import cells_of
from server.rosters.verdicts import as_facts, hard, judge_with, locked_verdict, ranked, refuse_broken
from server.stores.model import Store

Key = tuple[str, tuple[tuple[int, int], ...]]  # a template and the windows of one's own


@dataclass
class PersonDay:
    """What a file says of somebody on a day (or of a day's open shifts) beside what is there. `at`: which of the file's shifts.
    `broken`: why it stays as it was, with `change` what it would have been; `refused`: what cannot be a shift at all."""

    person_id: str | None
    day: date
    at: list[int] = field(default_factory=list)
    same: int = 0
    fresh: list[tuple[FiledShift, Wanted]] = field(default_factory=list)
    turned: list[tuple[RosterCell, FiledShift, Wanted]] = field(default_factory=list)
    gone: list[RosterCell] = field(default_factory=list)
    broken: list[Verdict] = field(default_factory=list)
    aside: bool = False  # a reason sets a rule aside for it
    refused: Problem | None = None

    @property
    def changes(self) -> bool:
        return bool(self.fresh or self.turned or self.gone)

    @property
    def stays(self) -> bool:
        """Whether it is left out."""
        return bool(self.broken) or self.refused is not None

    def placed(self) -> list[Placed]:
        """The shifts that are new or others, as the rules look at them."""
        wants = [want for _, want in self.fresh] + [want for _, _, want in self.turned]
        return [window for want in wants for window in want.placed()]

    def cells(self) -> set[str]:
        return {want.cell_id for _, want in self.fresh} | set(self.without())

    def without(self) -> list[str]:
        return [cell.id for cell in self.gone] + [cell.id for cell, _, _ in self.turned]


@dataclass
class Compared:
    """A file beside a draft. `seen`: by what the same draft is known again."""

    store: Store
    facts: Gathered
    days: list[PersonDay]
    seen: str

    def left_out(self) -> list[PersonDay]:
        return [one for one in self.days if one.stays]

    def taken(self) -> list[PersonDay]:
        return [one for one in self.days if not one.stays and one.changes]

    def counted(self) -> dict[str, int]:
        taken = [one for one in self.days if not one.stays]
        return {
            "new": sum(len(one.fresh) for one in taken), "changed": sum(len(one.turned) for one in taken),
            "gone": sum(len(one.gone) for one in taken), "same": sum(one.same for one in taken),
            "left_out": len(self.days) - len(taken),
        }  # fmt: skip


def compare(session: ScopedSession, op: TakeRosterFile, now: Any, op_id: str) -> Compared:
    """What the file would change, and what of it may not be. Raises Problem where it speaks of no day there is, of too many."""
    store = must_be_store(session, op.store_id)
    first, last = min(one.day for one in op.shifts), max(one.day for one in op.shifts)
    from_day, to_day = must_be_days(first, last)
    people = sorted({one.person_id for one in op.shifts if one.person_id is not None})
    cells = cells_of(session, store.id, from_day, to_day)
    g = gather(session, [store.id], from_day, to_day, people)
    found = _by_day(op, cells)
    today = today_at(store, now)
    for one in found:
        _match(session, g, store, one, [op.shifts[at] for at in one.at], op, op_id, cells)
        if one.changes and one.day < today and one.refused is None:
            one.refused = Problem("rosters.day_is_over", field="day", day=one.day.isoformat())
    for person_id in people:
        mine = [one for one in found if one.person_id == person_id and one.changes and one.refused is None]
        _judge(g, person_id, mine, g.profiles[store.id], op.override)
    _must_have_room(cells, found)
    return Compared(store, g, found, _digest(cells))


def _digest(cells: Iterable[RosterCell]) -> str:
    return hashlib.sha256(wire.encode([[cell.id, cell.version, cell.state] for cell in cells])).hexdigest()


def _by_day(op: TakeRosterFile, cells: Sequence[RosterCell]) -> list[PersonDay]:
    found: dict[tuple[date, str | None], PersonDay] = {}
    for at, filed in enumerate(op.shifts):
        if filed.template is None and filed.person_id is None:
            raise Problem("rosters.off_of_nobody", field="shifts")
        day = must_be_day(filed.day, "shifts")
        found.setdefault((day, filed.person_id), PersonDay(filed.person_id, day)).at.append(at)
    return sorted(found.values(), key=lambda one: (one.day, one.person_id or ""))


def _match(
    session: ScopedSession, g: Gathered, store: Store, one: PersonDay, filed: list[FiledShift], op: TakeRosterFile, op_id: str,
    cells: Sequence[RosterCell],
) -> None:  # fmt: skip
    """Which shifts are there as the file says, which become another, which are new, which go."""
    left = [cell for cell in cells if cell.day == one.day and cell.person_id == one.person_id]
    open_ones: list[tuple[FiledShift, Wanted]] = []
    try:
        for number, shift in enumerate(filed):
            if shift.template is None:
                continue
            want = _wanted(session, g, store, one, shift, derived_id("roster_cell", op_id, str(one.at[number])))
            there = _there(left, want, shift, op)
            if there is None:
                open_ones.append((shift, want))
                continue
            left.remove(there)
            if there.state == "removed" or _says_other(there, shift, op):
                one.turned.append((there, shift, _in_place(want, there)))
            else:
                one.same += 1
    except Problem as refused:
        one.refused = refused
        return
    left = [cell for cell in left if cell.state != "removed"] if one.person_id is not None else []
    for shift, want in open_ones:
        if left:
            there = left.pop(0)
            one.turned.append((there, shift, _in_place(want, there)))
        else:
            one.fresh.append((shift, want))
    one.gone += left


def _wanted(session: ScopedSession, g: Gathered, store: Store, one: PersonDay, shift: FiledShift, cell_id: str) -> Wanted:
    asked = SetShift(
        shift_id=cell_id, store_id=store.id, day=shift.day, person_id=shift.person_id, template=shift.template or "",
        windows=shift.windows, role=shift.role,
    )  # fmt: skip
    return wanted(session, g.catalogue, store, one.day, asked)


def _in_place(want: Wanted, cell: RosterCell) -> Wanted:
    role = want.role if want.role is not None else cell.role
    return Wanted(cell.id, want.store, want.day, want.person_id, want.template, want.windows, role, cell.locked)


def _there(left: Sequence[RosterCell], want: Wanted, shift: FiledShift, op: TakeRosterFile) -> RosterCell | None:
    """The cell that is this shift already: the same kind and times, and where the file speaks of roles the same role first."""
    key = _key(want.template.code, want.windows)
    same = [cell for cell in left if _key(cell.template, cell.windows) == key]
    return min(same, key=lambda cell: (_says_other(cell, shift, op), cell.state == "removed"), default=None)


def _key(template: str, windows: Sequence[Any]) -> Key:
    pairs = [plain(one) if isinstance(one, Window) else one for one in windows]
    return template, tuple((one["starts_min"], one["ends_min"]) for one in pairs)


def _says_other(cell: RosterCell, shift: FiledShift, op: TakeRosterFile) -> bool:
    """Whether the file says something else of a shift's role, tasks or comment than there is."""
    return any(getattr(cell, name) != getattr(shift, name) for name in op.says)


def _judge(g: Gathered, person_id: str, days: list[PersonDay], profile: Profile, reason: str | None) -> None:
    """Leave out of somebody's days what the rules do not let through, the latest first; what the reason sets aside is marked."""
    for one in days:
        locked = [cell for cell in (*one.gone, *(cell for cell, _, _ in one.turned)) if cell.locked]
        said = [locked_verdict(profile, person_id, cell.id, one.day.isoformat()) for cell in locked]
        one.broken = hard([verdict for verdict in said if verdict is not None], reason=reason)
    left = [one for one in days if not one.broken]
    while left:
        change = [window for one in left for window in one.placed()]
        without = [cell_id for one in left for cell_id in one.without()]
        verdicts = judge_with(g, person_id, change, without, profile)
        found = ranked(hard(verdicts, reason=reason))
        if not found:
            named = {cell_id for one in hard(verdicts, reason=None) for cell_id in one.shifts}
            for one in left:
                one.aside = bool(named & one.cells())
            return
        blamed = _blamed(left, found[0])
        blamed.broken = [one for one in found if blamed.cells() & set(one.shifts)] or found[:1]
        left.remove(blamed)


def _blamed(left: Sequence[PersonDay], verdict: Verdict) -> PersonDay:
    """The last of these days that has a shift which a verdict is about; of a verdict about none of theirs the last by its day."""
    about = set(verdict.shifts)
    of = [one for one in left if about & one.cells()]
    early = [one for one in left if one.day.isoformat() <= verdict.day]
    return (of or early or list(left))[-1]


def _must_have_room(cells: Sequence[RosterCell], days: Sequence[PersonDay]) -> None:
    counted = Counter(cell.day for cell in cells)
    for one in days:
        counted[one.day] += 0 if one.stays else len(one.fresh)
    if any(n > MOST_A_DAY for n in counted.values()):
        raise Problem("rosters.too_many_shifts", field="shifts", most=MOST_A_DAY)


@handles(TakeRosterFile, needs=Permission.PLAN_SHIFTS)
def take_file(work: Work, op: TakeRosterFile) -> dict[str, Any]:
    """Make the draft what the file says. Answers how many shifts are new, others, gone, the same, and what was left out."""
    who = planner_at(work, op.store_id, None)
    with work.with_system_reach() as session:
        _hold(session, op)
        found = compare(session, op, work.now, work.act.op_id)
        if op.seen is not None and op.seen != found.seen:
            raise Problem("rosters.draft_moved", field="seen")
        left_out = found.left_out()
        if left_out and not op.leave_out_broken:
            _refuse(work, found, left_out[0], op.override)
        for one in found.taken():
            _write(work, session, found.store, one, op, who)
        session.flush()
    tell(work, CellsChanged(op.store_id))
    verdicts = [verdict for one in left_out for verdict in one.broken]
    return found.counted() | {"verdicts": as_facts(verdicts)}


def _hold(session: ScopedSession, op: TakeRosterFile) -> None:
    """Nobody else changes these cells until this is written: what is compared is what becomes another."""
    days = [must_be_day(one.day, "shifts") for one in op.shifts]
    mine = RosterCell.store_id == op.store_id, RosterCell.day.between(min(days), max(days))
    session.execute(sa.select(RosterCell.id).where(*mine).order_by(RosterCell.id).with_for_update())


def _refuse(work: Work, found: Compared, one: PersonDay, reason: str | None) -> None:
    if one.refused is not None:
        raise one.refused
    refuse_broken(work.actor, found.facts, one.broken, reason=reason, field="shifts", change=one.placed())


def _write(work: Work, session: ScopedSession, store: Store, one: PersonDay, op: TakeRosterFile, who: str | None) -> None:
    for cell in one.gone:
        if cell.published_version is None:
            session.delete(cell)
        else:
            cell.version += 1
            cell.state, cell.changed_by, cell.changed_at = "removed", who, work.now
    for cell, shift, want in one.turned:
        cell.template, cell.windows = want.template.code, plain(want.windows)
        for name in op.says:
            setattr(cell, name, getattr(shift, name))
        if one.aside:
            cell.override = op.override
        touch(session, cell, who, work)
    for shift, want in one.fresh:
        session.add(RosterCell(
            id=want.cell_id, store_id=store.id, day=one.day, person_id=one.person_id, template=want.template.code,
            windows=plain(want.windows), role=shift.role, tasks=list(shift.tasks), comment=shift.comment, locked=False, version=1,
            state="draft", published_version=None, published=None, override=op.override if one.aside else None, made_by=who,
            changed_by=who, changed_at=work.now,
        ))  # fmt: skip
