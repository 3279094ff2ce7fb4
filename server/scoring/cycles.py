"""What can be done about cycles: HQ opens, moves and closes them; the person and the manager set goals, say how far they are,
hold and confirm the interview, make the plan.

A word counts by when it was said: what a device kept before a cycle was closed counts when it comes later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.cycles import (
    AgreeGoals,
    CloseCycle,
    ConfirmInterview,
    Goal,
    GoalTrack,
    MoveCycle,
    OpenCycle,
    PlanLine,
    RecordInterview,
    SetGoals,
    SetPlan,
    Side,
    Stage,
    StageDays,
    TickPlan,
    TrackGoal,
)
from contract.moments import instant, to_ms
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.queries import titles
from server.org.model import Post
from server.org.queries import company_day
from server.org.rules import day_of
from server.people.model import Person
from server.postings.life import with_reach
from server.scoring import cycle_notices, cycle_rules
from server.scoring.cycle_model import Cycle, CyclePart
from server.scoring.cycle_parts import refresh
from server.scoring.cycle_sides import side_of, speaker
from server.scoring.model_library import Metric
from server.stores.model import Store

MANAGE, OWN = Permission.MANAGE_SCORING, Permission.OWN_SCORES
_STAGES, _GOALS, _PLAN = list[StageDays], list[Goal], list[PlanLine]


# -- cycles ---------------------------------------------------------------------------------------------------------------


@handles(OpenCycle, needs=MANAGE)
def open_cycle(work: Work, op: OpenCycle) -> dict[str, Any]:
    """A cycle begins, and everybody it is for takes part at once. Answers how many."""
    _for_all(work)
    cycle_rules.judge_months(op.from_month, op.to_month)
    cycle_rules.judge_stages(op.stages)
    with with_reach(work) as wide:
        if wide.session.get(Cycle, op.cycle_id) is not None:
            raise Problem("operation.already_exists", field="cycle_id", id=op.cycle_id)
        _must_be_there(wide, Post, op.posts, "org.post_unknown", "posts")
        _must_be_there(wide, Store, op.stores, "stores.unknown", "stores")
        cycle = wide.add(Cycle(
            id=op.cycle_id, name_zh=op.name_zh, name_en=op.name_en, from_month=op.from_month, to_month=op.to_month,
            posts=list(op.posts), stores=list(op.stores), stages=plain(op.stages), opened_at=work.now,
            opened_by=work.actor.person_id, moved_because=None, closed_at=None, closed_because=None,
        ))  # fmt: skip
        wide.session.flush()
        return {"people": refresh(wide, cycle)}


@handles(MoveCycle, needs=MANAGE)
def move_cycle(work: Work, op: MoveCycle) -> None:
    """Other days. What was told of the days before is not told again for the same stage."""
    _for_all(work)
    cycle_rules.judge_stages(op.stages)
    with with_reach(work) as wide:
        cycle = _open_one(wide, op.cycle_id)
        cycle.stages, cycle.moved_because = plain(op.stages), op.reason
        wide.session.flush()


@handles(CloseCycle, needs=MANAGE)
def close_cycle(work: Work, op: CloseCycle) -> None:
    """Nothing is asked any more; plans can still be ticked."""
    _for_all(work)
    with with_reach(work) as wide:
        cycle = _open_one(wide, op.cycle_id)
        cycle.closed_at, cycle.closed_because = work.now, op.reason
        wide.session.flush()
        cycle_notices.nothing_to_do(wide, cycle.id)


def _for_all(work: Work) -> None:
    if work.device is not None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.not_allowed", needs=MANAGE.value)


def _must_be_there(wide: Work, model: Any, ids: Sequence[str], code: str, field: str) -> None:
    there = set(wide.session.scalars(sa.select(model.id).where(within(model.id, list(ids)))))
    for number, one in enumerate(ids):
        if one not in there:
            raise Problem(code, field=f"{field}.{number}", id=one)


def _open_one(wide: Work, cycle_id: str) -> Cycle:
    cycle = wide.session.get(Cycle, cycle_id, with_for_update=True, populate_existing=True)
    if cycle is None:
        raise Problem("cycles.unknown", field="cycle_id", id=cycle_id)
    if cycle.closed_at is not None:
        raise Problem("cycles.closed", field="cycle_id")
    return cycle


# -- a part in one ---------------------------------------------------------------------------------------------------------


class _Said(NamedTuple):
    """Somebody's word in a part: who, on which side, when."""

    wide: Work
    part: CyclePart
    who: str
    side: Side
    at: datetime


@contextmanager
def _saying(work: Work, part_id: str, kiosk: KioskProof | None, stage: Stage | None) -> Iterator[_Said]:
    """The part, locked, for who may speak in it. `stage`: it must have opened, and the cycle not been closed, when this was said;
    None: at any time."""
    who = speaker(work, kiosk)
    found: CyclePart = work.find(CyclePart, part_id, "cycles.part_unknown", field="part_id", id=part_id)
    side = side_of(work, found, who)
    at = min(instant(work.act.taken.at_ms), work.now)
    with with_reach(work) as wide:
        part = wide.session.get(CyclePart, part_id, with_for_update=True, populate_existing=True)
        if part is None:
            raise Problem("cycles.part_unknown", field="part_id", id=part_id)
        if stage is not None:
            cycle = wide.session.get_one(Cycle, part.cycle_id)
            if cycle.closed_at is not None and at >= cycle.closed_at:
                raise Problem("cycles.closed", field="part_id")
            days = next(one for one in msgspec.convert(cycle.stages, _STAGES) if one.stage == stage)
            if company_day(at).isoformat() < days.from_day:
                raise Problem("cycles.not_yet", field="part_id", from_day=days.from_day)
        yield _Said(wide, part, who, side, at)
        wide.wrote = True
        wide.session.flush()
        cycle_notices.settle(wide, part)


@handles(SetGoals, needs=OWN)
def set_goals(work: Work, op: SetGoals) -> dict[str, Any]:
    """The goals from now on. Who sets them agrees to them. Answers their revision."""
    _not_twice([one.id for one in op.goals], "goals")
    with _saying(work, op.part_id, op.kiosk, "goals") as said:
        part = said.part
        if op.revision != part.goals_revision:
            raise Problem("cycles.goals_changed", field="revision")
        _metrics_known(said.wide, op.goals)
        part.goals, part.goals_revision = plain(op.goals), part.goals_revision + 1
        part.goals_at, part.goals_by = said.at, said.who
        part.goals_agreed_person = part.goals_agreed_manager = part.goals_manager = None
        _agree(said)
        return {"revision": part.goals_revision}


@handles(AgreeGoals, needs=OWN)
def agree_goals(work: Work, op: AgreeGoals) -> str:
    """One's side agrees. Said twice it changes nothing."""
    with _saying(work, op.part_id, op.kiosk, "goals") as said:
        if op.revision != said.part.goals_revision:
            raise Problem("cycles.goals_changed", field="revision")
        there = said.part.goals_agreed_person if said.side == "person" else said.part.goals_agreed_manager
        if there is None:
            _agree(said)
    return "applied" if there is None else "merged"


def _agree(said: _Said) -> None:
    if said.side == "person":
        said.part.goals_agreed_person = said.at
    else:
        said.part.goals_agreed_manager, said.part.goals_manager = said.at, said.who


def _metrics_known(wide: Work, goals: Sequence[Goal]) -> None:
    codes = sorted({one.metric for one in goals if one.metric is not None})
    known = set(wide.session.scalars(sa.select(Metric.code).where(Metric.code.in_(codes), Metric.state != "draft")))
    for number, one in enumerate(goals):
        if one.metric is not None and one.metric not in known:
            raise Problem("scoring.metric_unknown", field=f"goals.{number}.metric", metric=one.metric)


def _not_twice(ids: Sequence[str], field: str) -> None:
    if len(set(ids)) != len(ids):
        raise Problem("cycles.named_twice", field=field)


@handles(TrackGoal, needs=OWN)
def track_goal(work: Work, op: TrackGoal) -> str:
    """A word of how far a goal is, by either side. Words stand in the order they were said, however they came."""
    if op.percent is None and not op.note.strip():
        raise Problem("cycles.nothing_said", field="note")
    with _saying(work, op.part_id, op.kiosk, "tracking") as said:
        part = said.part
        if any(one["id"] == op.track_id for one in part.tracks):
            raise Problem("operation.already_exists", field="track_id", id=op.track_id)
        if all(one.id != op.goal_id for one in msgspec.convert(part.goals, _GOALS)):
            raise Problem("cycles.goal_unknown", field="goal_id", id=op.goal_id)
        word = GoalTrack(
            id=op.track_id, goal_id=op.goal_id, by_id=said.who, by=_name(said), percent=op.percent, note=op.note,
            at_ms=to_ms(said.at),
        )  # fmt: skip
        part.tracks = sorted([*part.tracks, plain(word)], key=lambda one: (one["at_ms"], one["id"]))
    return "applied"


def _name(said: _Said) -> str:
    return said.wide.session.get_one(Person, said.who).name


@handles(RecordInterview, needs=OWN)
def record_interview(work: Work, op: RecordInterview) -> dict[str, Any]:
    """The note of the talk, by the manager; both sides confirm it as it stands. Answers its revision."""
    held_on = day_of(op.held_on)
    if held_on is None:
        raise Problem("shifts.no_such_day", field="held_on", day=op.held_on)
    with _saying(work, op.part_id, op.kiosk, "interview") as said:
        _manager_only(said)
        if held_on > company_day(said.at):
            raise Problem("cycles.held_ahead", field="held_on")
        part = said.part
        part.talk_revision, part.talk_on, part.talk_note = part.talk_revision + 1, op.held_on, op.note
        part.talk_at, part.talk_by = said.at, said.who
        part.talk_confirmed_person = part.talk_confirmed_manager = part.talk_manager = None
        said.wide.session.flush()
        cycle_notices.tell_note(said.wide, part)
        return {"revision": part.talk_revision}


@handles(ConfirmInterview, needs=OWN)
def confirm_interview(work: Work, op: ConfirmInterview) -> str:
    """One's side says: so it was. Said twice it changes nothing."""
    with _saying(work, op.part_id, op.kiosk, "interview") as said:
        part = said.part
        if part.talk_revision == 0:
            raise Problem("cycles.no_note", field="part_id")
        if op.revision != part.talk_revision:
            raise Problem("cycles.note_changed", field="revision")
        there = part.talk_confirmed_person if said.side == "person" else part.talk_confirmed_manager
        if there is None and said.side == "person":
            part.talk_confirmed_person = said.at
        elif there is None:
            part.talk_confirmed_manager, part.talk_manager = said.at, said.who
    return "applied" if there is None else "merged"


@handles(SetPlan, needs=OWN)
def set_plan(work: Work, op: SetPlan) -> None:
    """The plan from now on, by the manager."""
    _not_twice([one.id for one in op.actions], "actions")
    for number, one in enumerate(op.actions):
        if day_of(one.due_on) is None:
            raise Problem("shifts.no_such_day", field=f"actions.{number}.due_on", day=one.due_on)
    with _saying(work, op.part_id, op.kiosk, "interview") as said:
        _manager_only(said)
        courses = [one.course_id for one in op.actions if one.course_id is not None]
        known = titles(said.wide.session, sorted(set(courses))) if courses else {}
        for number, one in enumerate(op.actions):
            if one.course_id is not None and one.course_id not in known:
                raise Problem("learning.course_unknown", field=f"actions.{number}.course_id", id=one.course_id)
        ticked = {one.id: one for one in msgspec.convert(said.part.plan, _PLAN)}
        lines = []
        for one in op.actions:
            before = ticked.get(one.id)
            lines.append(PlanLine(
                id=one.id, text=one.text, due_on=one.due_on, course_id=one.course_id,
                done_ms=before.done_ms if before is not None else None, done_by=before.done_by if before is not None else "",
            ))  # fmt: skip
        said.part.plan = plain(lines)


@handles(TickPlan, needs=OWN)
def tick_plan(work: Work, op: TickPlan) -> str:
    """An action is done, or not after all; also after the cycle: what is to get better has days of its own."""
    with _saying(work, op.part_id, op.kiosk, None) as said:
        lines = msgspec.convert(said.part.plan, _PLAN)
        line = next((one for one in lines if one.id == op.action_id), None)
        if line is None:
            raise Problem("cycles.action_unknown", field="action_id", id=op.action_id)
        changes = (line.done_ms is not None) != op.done
        if changes:
            done = {"done_ms": to_ms(said.at), "done_by": _name(said)} if op.done else {"done_ms": None, "done_by": ""}
            said.part.plan = plain([msgspec.structs.replace(one, **done) if one.id == line.id else one for one in lines])
    return "applied" if changes else "merged"


def _manager_only(said: _Said) -> None:
    if said.side != "manager":
        raise Problem("cycles.manager_only")
