"""Parts in performance cycles as this device holds them: the server's rows, and over them what was said here and is not answered
yet. What the server has told already changes nothing a second time."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Raw
from msgspec.structs import replace

from contract.cycles import (
    AgreeGoals,
    ConfirmInterview,
    CyclePersonRow,
    CycleRow,
    GoalsHeld,
    GoalTrack,
    InterviewHeld,
    PlanLine,
    RecordInterview,
    SetGoals,
    SetPlan,
    Side,
    TickPlan,
    TrackGoal,
)
from contract.wire import Wire, decode, encode
from mobile.core.feedback_rows import Writer
from mobile.core.overlay import Laid, Overlay
from mobile.core.replica import Replica

CYCLE, PART = "cycle", "cycle_person"
ACT: Final = "cycle_act"  # only laid here
_ACTS: Final[dict[str, Any]] = {
    shape.__name__: shape
    for shape in (SetGoals, AgreeGoals, TrackGoal, RecordInterview, ConfirmInterview, SetPlan, TickPlan)
}  # fmt: skip


class CycleAct(Wire, frozen=True, kw_only=True):
    """What was said here: by whom, on which side, when by this device's best estimate."""

    what: str
    said: Raw
    side: Side
    person_id: str
    name: str
    at_ms: int


def act_of(op: Wire, who: Writer, side: Side) -> CycleAct:
    """What is laid over the rows for an operation."""
    return CycleAct(
        what=type(op).__name__, said=Raw(encode(op)), side=side, person_id=who.reader.person_id, name=who.name,
        at_ms=who.reader.now_ms,
    )  # fmt: skip


def cycles(replica: Replica) -> dict[str, CycleRow]:
    """All cycles by id."""
    return {row.id: row for row in replica.all(CYCLE, CycleRow)}


def parts_of(replica: Replica, overlay: Overlay, who: Writer) -> dict[str, tuple[CyclePersonRow, Laid[CycleAct] | None]]:
    """Parts of the reader's scope with what was said here over them, and the last word on each that is still on its way."""
    found: dict[str, tuple[CyclePersonRow, Laid[CycleAct] | None]] = {
        row.id: (row, None) for row in replica.all(PART, CyclePersonRow, scope=who.reader.scope)
    }
    for laid in overlay.all(ACT, CycleAct):
        if laid.pk in found:
            row, _ = found[laid.pk]
            found[laid.pk] = (laid_over(row, laid.row) if laid.counts else row, laid)
    return found


def laid_over(row: CyclePersonRow, act: CycleAct) -> CyclePersonRow:
    """A part as it will look once the server has heard this word."""
    op = decode(bytes(act.said), _ACTS[act.what])
    if isinstance(op, SetGoals):
        return _with_goals(row, op, act)
    if isinstance(op, AgreeGoals):
        return replace(row, goals=_agreed(row.goals, act)) if op.revision == row.goals.revision else row
    if isinstance(op, TrackGoal):
        if any(one.id == op.track_id for one in row.tracks):
            return row
        word = GoalTrack(
            id=op.track_id, goal_id=op.goal_id, by_id=act.person_id, by=act.name, percent=op.percent, note=op.note,
            at_ms=act.at_ms,
        )  # fmt: skip
        return replace(row, tracks=sorted([*row.tracks, word], key=lambda one: (one.at_ms, one.id)))
    if isinstance(op, RecordInterview):
        return _with_note(row, op, act)
    if isinstance(op, ConfirmInterview):
        return replace(row, interview=_confirmed(row.interview, act)) if op.revision == row.interview.revision else row
    if isinstance(op, SetPlan):
        return _with_plan(row, op)
    assert isinstance(op, TickPlan)
    return replace(row, plan=[_ticked(one, op, act) if one.id == op.action_id else one for one in row.plan])


def _with_goals(row: CyclePersonRow, op: SetGoals, act: CycleAct) -> CyclePersonRow:
    if row.goals.revision != op.revision:
        return row
    held = GoalsHeld(revision=op.revision + 1, goals=op.goals, set_by=act.name, set_ms=act.at_ms)
    return replace(row, goals=_agreed(held, act))


def _agreed(held: GoalsHeld, act: CycleAct) -> GoalsHeld:
    if act.side == "person":
        return replace(held, person_ms=held.person_ms or act.at_ms)
    return replace(held, manager_ms=held.manager_ms or act.at_ms, manager=held.manager or act.name)


def _with_note(row: CyclePersonRow, op: RecordInterview, act: CycleAct) -> CyclePersonRow:
    there = row.interview
    if (there.note, there.held_on) == (op.note, op.held_on):
        return row
    held = InterviewHeld(revision=there.revision + 1, held_on=op.held_on, note=op.note, by=act.name, at_ms=act.at_ms)
    return replace(row, interview=held)


def _confirmed(held: InterviewHeld, act: CycleAct) -> InterviewHeld:
    if act.side == "person":
        return replace(held, person_ms=held.person_ms or act.at_ms)
    return replace(held, manager_ms=held.manager_ms or act.at_ms, manager=held.manager or act.name)


def _with_plan(row: CyclePersonRow, op: SetPlan) -> CyclePersonRow:
    known = {one.id: one for one in row.plan}
    lines = []
    for one in op.actions:
        before = known.get(one.id)
        fresh = PlanLine(id=one.id, text=one.text, due_on=one.due_on, course_id=one.course_id)
        lines.append(fresh if before is None else replace(before, text=one.text, due_on=one.due_on, course_id=one.course_id))
    return replace(row, plan=lines)


def _ticked(line: PlanLine, op: TickPlan, act: CycleAct) -> PlanLine:
    if op.done == (line.done_ms is not None):
        return line
    return replace(line, done_ms=act.at_ms, done_by=act.name) if op.done else replace(line, done_ms=None, done_by="")
