"""A performance cycle on the wire: five stages with their days, goals, interviews both sides confirm, improvement plans.

What is still missing of whom at a stage is one pure function (`lacks`), the same on devices, on the board and in the reminders:

    goals        there is a goal, and both sides have agreed to the goals as they stand
    tracking     each goal has a word of how far it is
    collection   each month of the cycle that is over has a manager's score
    evaluation   the person has assessed themselves, and the manager has scored the last month; HQ's marks stand beside, if any
    interview    a note of it, confirmed by both sides as it stands, and a plan

A stage is never shut by its days: what is done late counts, and is overdue until then. Before its first day it is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple, get_args

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Code, Day, Id, Label, Note, Reason
from contract.quizzes import Number
from contract.scoring import MonthText
from contract.wire import Wire, operation

Stage = Literal["goals", "tracking", "collection", "evaluation", "interview"]
STAGES: tuple[Stage, ...] = get_args(Stage)
StageState = Literal["ahead", "running", "overdue", "done"]
Side = Literal["person", "manager"]
Lack = Literal[
    "goals", "agree_person", "agree_manager", "track", "months", "self", "manager", "note", "confirm_person",
    "confirm_manager", "plan",
]  # fmt: skip
CycleState = Literal["open", "closed"]
Percent = Annotated[int, Meta(ge=0, le=100)]
Story = Annotated[str, Meta(min_length=1, max_length=4000, pattern=r"^[^\x00]*$(?!\n)")]
NEAR_DAYS = 3  # a stage that ends so soon is told to whom it waits for
OF: dict[Lack, Side] = {
    "goals": "manager", "agree_person": "person", "agree_manager": "manager", "track": "person", "months": "manager",
    "self": "person", "manager": "manager", "note": "manager", "confirm_person": "person", "confirm_manager": "manager",
    "plan": "manager",
}  # fmt: skip


class StageDays(Wire, frozen=True, kw_only=True):
    """The days of a stage, both included."""

    stage: Stage
    from_day: Day
    until: Day


FiveStages = Annotated[list[StageDays], Meta(min_length=5, max_length=5)]


@operation("scoring.open_cycle/1")
class OpenCycle(Wire, frozen=True, kw_only=True):
    """A cycle over whole months, for whoever works with one of these posts (none: any) at one of these stores (none: any). The
    stages in their order: none begins, and none ends, before the one before it does."""

    cycle_id: BornId
    name_zh: Label
    name_en: Label
    from_month: MonthText
    to_month: MonthText
    posts: Annotated[list[Id], Meta(max_length=50)] = []
    stores: Annotated[list[Id], Meta(max_length=500)] = []
    stages: FiveStages


@operation("scoring.move_cycle/1")
class MoveCycle(Wire, frozen=True, kw_only=True):
    """Other days for the stages of a cycle that is open."""

    cycle_id: Id
    stages: FiveStages
    reason: Reason


@operation("scoring.close_cycle/1")
class CloseCycle(Wire, frozen=True, kw_only=True):
    """Nothing is asked of anybody any more; what was written stays to be read."""

    cycle_id: Id
    reason: Reason


class Goal(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody is to reach: in words, and where a metric of the library measures it, up to which figure."""

    id: BornId
    text: Reason
    metric: Code | None = None
    target: Number | None = None


@operation("scoring.set_goals/1")
class SetGoals(Wire, frozen=True, kw_only=True):
    """Somebody's goals in a cycle as they are from now on, by the person or the manager of the store, who thereby agrees; the
    other side has yet to. `revision`: of what one had before oneself (0: nothing yet); another's word meanwhile refuses."""

    part_id: Id
    revision: Annotated[int, Meta(ge=0, le=100_000)]
    goals: Annotated[list[Goal], Meta(min_length=1, max_length=10)]
    kiosk: KioskProof | None = None


@operation("scoring.agree_goals/1")
class AgreeGoals(Wire, frozen=True, kw_only=True):
    """One's side agrees to exactly this revision of the goals."""

    part_id: Id
    revision: Annotated[int, Meta(ge=1, le=100_000)]
    kiosk: KioskProof | None = None


@operation("scoring.track_goal/1")
class TrackGoal(Wire, frozen=True, kw_only=True):
    """How far a goal is, in a word, in percent, or both. Words add up, none replaces another."""

    track_id: BornId
    part_id: Id
    goal_id: Id
    percent: Percent | None = None
    note: Note = ""
    kiosk: KioskProof | None = None


@operation("scoring.record_interview/1")
class RecordInterview(Wire, frozen=True, kw_only=True):
    """What was said in the talk at the end, by the manager. Written anew it is to be confirmed anew."""

    part_id: Id
    held_on: Day
    note: Story
    kiosk: KioskProof | None = None


@operation("scoring.confirm_interview/1")
class ConfirmInterview(Wire, frozen=True, kw_only=True):
    """One's side says: so it was. Of exactly this revision of the note; both sides are needed."""

    part_id: Id
    revision: Annotated[int, Meta(ge=1, le=100_000)]
    kiosk: KioskProof | None = None


class PlanAction(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something to be done to get better, until a day; `course_id` where it is a course."""

    id: BornId
    text: Reason
    due_on: Day
    course_id: Id | None = None


@operation("scoring.set_plan/1")
class SetPlan(Wire, frozen=True, kw_only=True):
    """The improvement plan as it is from now on, by the manager. What was ticked stays ticked as long as the action is there."""

    part_id: Id
    actions: Annotated[list[PlanAction], Meta(max_length=20)]
    kiosk: KioskProof | None = None


@operation("scoring.tick_plan/1")
class TickPlan(Wire, frozen=True, kw_only=True):
    """An action is done, or not after all. By either side."""

    part_id: Id
    action_id: Id
    done: bool = True
    kiosk: KioskProof | None = None


class CycleNotice(Wire, frozen=True, kw_only=True):
    """What is to be told of a stage: it opened, it ends soon, it is overdue."""

    cycle_id: Id
    stage: Stage
    what: Literal["open", "near", "late"]


@operation("scoring.turn_cycles/1")
class TurnCycles(Wire, frozen=True, kw_only=True):
    """The system's hour: what a day brings is told to whom it concerns, each once. N-22."""

    notices: Annotated[list[CycleNotice], Meta(max_length=500)]


# -- what is missing ------------------------------------------------------------------------------------------------------


class Standing(NamedTuple):
    """What is known of a person in a cycle. `months` are those of the cycle that are over, `scored` those a manager scored,
    `last_month` the cycle's last. `tracked`: ids of goals with a word of how far they are."""

    goals: Sequence[str]
    agreed: frozenset[Side]
    tracked: frozenset[str]
    months: Sequence[str]
    scored: frozenset[str]
    last_month: str
    self_assessed: bool
    has_note: bool
    confirmed: frozenset[Side]
    actions: int


def lacks(stage: Stage, known: Standing) -> list[Lack]:
    """What a stage still needs, whoever's it is (`OF` says whose). Empty: the stage is done."""
    if stage == "goals":
        if not known.goals:
            return ["goals"]
        return [one for one, side in _AGREES if side not in known.agreed]
    if stage == "tracking":
        return ["track"] if not known.goals or set(known.goals) - known.tracked else []
    if stage == "collection":
        return ["months"] if set(known.months) - known.scored or not known.months else []
    if stage == "evaluation":
        found: list[Lack] = [] if known.self_assessed else ["self"]
        return found if known.last_month in known.scored else [*found, "manager"]
    needed: list[Lack] = ["note"] if not known.has_note else [one for one, side in _CONFIRMS if side not in known.confirmed]
    return needed if known.actions else [*needed, "plan"]


def asked(missing: Sequence[Lack], goals: Sequence[object]) -> list[Lack]:
    """What people are asked to do of what a stage lacks, on devices and in what is told: nobody is asked how far goals are that
    nobody has set. `goals`: those of the person as they stand."""
    return [one for one in missing if one != "track" or goals]


_AGREES: tuple[tuple[Lack, Side], ...] = (("agree_person", "person"), ("agree_manager", "manager"))
_CONFIRMS: tuple[tuple[Lack, Side], ...] = (("confirm_person", "person"), ("confirm_manager", "manager"))


def state_of(days: StageDays, missing: Sequence[Lack], today: str) -> StageState:
    """Where a stage is on a day (ISO dates compare as text): done once nothing is missing, however early; overdue from the day
    after its last."""
    if today < days.from_day:
        return "ahead"
    if not missing:
        return "done"
    return "running" if today <= days.until else "overdue"


def stages_on(stages: Sequence[StageDays], today: str) -> list[Stage]:
    """The stages whose days these are; they may overlap, and there may be none between two."""
    return [one.stage for one in stages if one.from_day <= today <= one.until]


def months_between(first: str, last: str) -> list[str]:
    """The months from one to another, both included; none where the last is before the first."""
    year, month = int(first[:4]), int(first[5:])
    found: list[str] = []
    while f"{year:04d}-{month:02d}" <= last:
        found.append(f"{year:04d}-{month:02d}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


# -- rows on devices, and what is read over the API -----------------------------------------------------------------------


class CycleRow(Wire, frozen=True, kw_only=True):
    """A cycle: entity `cycle`, in `company`."""

    id: str
    name_zh: str
    name_en: str
    from_month: str
    to_month: str
    stages: list[StageDays]
    state: CycleState


class GoalTrack(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A word of how far a goal is."""

    id: str
    goal_id: str
    by_id: str
    by: str
    percent: int | None = None
    note: str = ""
    at_ms: int


class GoalsHeld(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The goals as they stand, and when each side agreed to this revision."""

    revision: int = 0
    goals: list[Goal] = []
    set_by: str = ""
    set_ms: int | None = None
    person_ms: int | None = None
    manager_ms: int | None = None
    manager: str = ""


class InterviewHeld(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The note of the talk as it stands, and when each side confirmed this revision. Revision 0: there is none."""

    revision: int = 0
    held_on: str = ""
    note: str = ""
    by: str = ""
    at_ms: int | None = None
    person_ms: int | None = None
    manager_ms: int | None = None
    manager: str = ""


class PlanLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An action of the plan; the titles are its course's."""

    id: str
    text: str
    due_on: str
    course_id: str | None = None
    course_zh: str = ""
    course_en: str = ""
    done_ms: int | None = None
    done_by: str = ""


class CyclePersonRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody in a cycle: entity `cycle_person`, in `private:<person>` and, while they work there, `desk:<store>`. `scored`,
    `by_hq`, `assessed`: the months of the cycle with a manager's, HQ's, their own marks."""

    id: str
    cycle_id: str
    person_id: str
    person_name: str
    store_id: str
    store_name: str
    goals: GoalsHeld
    tracks: list[GoalTrack] = []
    interview: InterviewHeld
    plan: list[PlanLine] = []
    scored: list[str] = []
    by_hq: list[str] = []
    assessed: list[str] = []


def standing_of(cycle: CycleRow, row: CyclePersonRow, this_month: str) -> Standing:
    """What `lacks` judges by. `this_month` is not over yet."""
    goals, talk = row.goals, row.interview
    months = [one for one in months_between(cycle.from_month, cycle.to_month) if one < this_month]
    return Standing(
        goals=[one.id for one in goals.goals], agreed=_sides(goals.person_ms, goals.manager_ms),
        tracked=frozenset(one.goal_id for one in row.tracks), months=months, scored=frozenset(row.scored),
        last_month=cycle.to_month, self_assessed=bool(row.assessed), has_note=talk.revision > 0,
        confirmed=_sides(talk.person_ms, talk.manager_ms), actions=len(row.plan),
    )  # fmt: skip


def _sides(person_ms: int | None, manager_ms: int | None) -> frozenset[Side]:
    both: tuple[tuple[Side, int | None], ...] = (("person", person_ms), ("manager", manager_ms))
    return frozenset(side for side, at_ms in both if at_ms is not None)
