"""What is asked of cycles: which there are, a cycle's board with what is overdue, somebody's part with all marks side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

import sqlalchemy as sa

from contract.composite import exact, plain, rounded
from contract.cycle_views import (
    CycleBoard,
    CycleCount,
    CycleMarks,
    CycleOverdue,
    CycleParts,
    CyclePerson,
    CyclePersonView,
    Cycles,
    CycleStore,
    StageStanding,
)
from contract.cycles import OF, STAGES, CyclePersonRow, CycleRow, lacks, months_between, standing_of, state_of
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.scoring.card_model import ScoreCard
from server.scoring.cycle_model import Cycle, CyclePart
from server.scoring.cycle_notices import month_on
from server.scoring.cycle_rows import cycle_row, parts_by_id
from server.scoring.model_library import Metric


def cycles(session: ScopedSession) -> Cycles:
    """All cycles, the newest first."""
    rows = session.scalars(sa.select(Cycle).order_by(Cycle.opened_at.desc(), Cycle.id.desc()))
    return Cycles(items=[cycle_row(row) for row in rows])


def one_cycle(session: ScopedSession, cycle_id: str) -> CycleRow:
    """A cycle. Raises Problem where there is none."""
    row = session.get(Cycle, cycle_id)
    if row is None:
        raise Problem("cycles.unknown", field="cycle_id", id=cycle_id)
    return cycle_row(row)


def stages_of(cycle: CycleRow, row: CyclePersonRow, now: datetime) -> list[StageStanding]:
    """Where each stage of somebody is on the company's day, and what it lacks. Of a closed cycle nothing is overdue any more."""
    today = company_day(now)
    known = standing_of(cycle, row, month_on(today))
    found = []
    for days in cycle.stages:
        missing = lacks(days.stage, known)
        state = state_of(days, missing, today.isoformat())
        if cycle.state == "closed" and state == "overdue":
            state = "running"
        found.append(StageStanding(stage=days.stage, state=state, lacks=missing))
    return found


def board(session: ScopedSession, cycle_id: str, now: datetime) -> CycleBoard:
    """A cycle on the company's day, of the people the reader may see."""
    cycle = one_cycle(session, cycle_id)
    asked = sa.select(CyclePart.id).where(CyclePart.cycle_id == cycle_id, CyclePart.takes_part)
    rows = parts_by_id(session.connection(), list(session.scalars(asked)))
    standings = {row.id: stages_of(cycle, row, now) for row in rows}
    return CycleBoard(
        cycle=cycle, day=company_day(now).isoformat(), stores=_stores(rows, standings),
        overdue=_overdue(cycle, rows, standings),
        people=[
            CyclePerson(
                part_id=row.id, person_id=row.person_id, person_name=row.person_name, store_id=row.store_id,
                states=[one.state for one in standings[row.id]],
            )
            for row in rows
        ],
    )  # fmt: skip


def _stores(rows: Sequence[CyclePersonRow], standings: dict[str, list[StageStanding]]) -> list[CycleStore]:
    by_store: dict[tuple[str, str], list[list[StageStanding]]] = {}
    for row in rows:
        by_store.setdefault((row.store_name, row.store_id), []).append(standings[row.id])
    return [
        CycleStore(
            store_id=store_id, store_name=name,
            stages=[
                CycleCount(
                    stage=stage, of=len(people), done=sum(one[place].state == "done" for one in people),
                    overdue=sum(one[place].state == "overdue" for one in people),
                )
                for place, stage in enumerate(STAGES)
            ],
        )
        for (name, store_id), people in sorted(by_store.items())
    ]  # fmt: skip


def _overdue(
    cycle: CycleRow, rows: Sequence[CyclePersonRow], standings: dict[str, list[StageStanding]]
) -> list[CycleOverdue]:
    until = {one.stage: one.until for one in cycle.stages}
    found = [
        CycleOverdue(
            part_id=row.id, person_id=row.person_id, person_name=row.person_name, store_id=row.store_id,
            store_name=row.store_name, stage=one.stage, lack=lack, side=OF[lack], until=until[one.stage],
        )
        for row in rows
        for one in standings[row.id]
        if one.state == "overdue"
        for lack in one.lacks
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.store_name, one.person_name, one.person_id, STAGES.index(one.stage)))


def part(session: ScopedSession, part_id: str, now: datetime) -> CyclePersonView:
    """Somebody's part in a cycle, the marks of its months side by side. Raises Problem where it is not the reader's to see."""
    row = _part_row(session, part_id)
    cycle = one_cycle(session, row.cycle_id)
    return CyclePersonView(
        cycle=cycle, person=row, stages=stages_of(cycle, row, now), marks=_side_by_side(session, cycle, row.person_id)
    )


def _part_row(session: ScopedSession, part_id: str) -> CyclePersonRow:
    if session.get(CyclePart, part_id) is None:
        raise Problem("cycles.part_unknown", field="part_id", id=part_id)
    [row] = parts_by_id(session.connection(), [part_id])
    return row


def parts_of(session: ScopedSession, person_id: str) -> CycleParts:
    """Somebody's parts, of the newest cycle first, as far as the reader may see them."""
    asked = sa.select(CyclePart.id, Cycle.opened_at).join(Cycle, Cycle.id == CyclePart.cycle_id)
    found = session.execute(asked.where(CyclePart.person_id == person_id).order_by(Cycle.opened_at.desc(), CyclePart.id)).all()
    rows = {row.id: row for row in parts_by_id(session.connection(), [one.id for one in found])}
    return CycleParts(items=[rows[one.id] for one in found])


def _side_by_side(session: ScopedSession, cycle: CycleRow, person_id: str) -> list[CycleMarks]:
    """By month and metric: one's own newest mark, the mean over managers of each one's mean, HQ's likewise, in points."""
    asked = sa.select(ScoreCard).where(
        ScoreCard.person_id == person_id, ScoreCard.month.in_(months_between(cycle.from_month, cycle.to_month)),
        ScoreCard.withdrawn.is_(False),
    )  # fmt: skip
    given: dict[tuple[str, str], dict[str, dict[str, list[Fraction]]]] = {}
    for card in session.scalars(asked.order_by(ScoreCard.at, ScoreCard.id)):
        side = "manager" if card.rater == "second" else card.rater
        for mark in card.marks:
            raters = given.setdefault((card.month, mark["metric"]), {}).setdefault(side, {})
            raters.setdefault(card.rater_id, []).append(exact(mark["points"]))
    names = {row.code: row for row in session.scalars(sa.select(Metric).where(Metric.code.in_({code for _, code in given})))}
    found = []
    for (month, code), sides in sorted(given.items()):
        own = [points for marks in sides.get("self", {}).values() for points in marks]
        named = names.get(code)
        found.append(
            CycleMarks(
                month=month, metric=code, name_zh=named.name_zh if named is not None else code,
                name_en=named.name_en if named is not None else code, own=plain(rounded(own[-1])) if own else None,
                manager=_mean(sides.get("manager", {}).values()), hq=_mean(sides.get("hq", {}).values()),
                n=sum(len(marks) for marks in sides.get("manager", {}).values()),
            )
        )  # fmt: skip
    return found


def _mean(raters: Iterable[list[Fraction]]) -> str | None:
    means = [sum(marks, Fraction(0)) / len(marks) for marks in raters]
    return plain(rounded(sum(means, Fraction(0)) / len(means))) if means else None
