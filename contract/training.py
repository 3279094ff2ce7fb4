"""Training on the wire: what stores ask of who arrives, assignments with due dates, board, reminders, the gate before work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Day, Id, Note, Reason, Short
from contract.wire import Wire, operation

Gate = Literal["none", "warn", "block"]
TaskOrigin = Literal["manual", "posting", "incident", "report", "score", "request", "recommendation", "path"]
TaskState = Literal["open", "begun", "done", "waived", "ended"]
TaskRepeat = Literal["none", "weekly", "monthly", "quarterly", "yearly"]
AssigneeKind = Literal["person", "unit", "store", "post"]
OnboardingKind = Literal["archive", "course", "exam", "first_shift"]


class PackCourse(Wire, frozen=True, kw_only=True):
    """A course of a pack: due so many days after arrival; `gates`: work waits for it, as the pack's gate says."""

    course_id: Id
    due_days: Annotated[int, Meta(ge=0, le=366)] = 7
    gates: bool = True


@operation("training.set_pack/1")
class SetPack(Wire, frozen=True, kw_only=True):
    """What whoever works in a unit (a store, a region, absent: the company) must know, and whether work waits for it.

    The packs of a store and of all units above it add up; of their gates the strictest counts. `needs_archive`: the record must
    be complete too. Those who work there now get what is new as tasks; what they have passed stays passed.
    """

    pack_id: Id
    unit_id: Id | None = None
    courses: Annotated[list[PackCourse], Meta(max_length=100)]
    gate: Gate = "warn"
    needs_archive: bool = False
    reason: Reason


@operation("training.assign/1")
class AssignCourse(Wire, frozen=True, kw_only=True):
    """A course for a person, or for everybody who belongs to a unit, works at a store, has a post (each at this moment; a
    repeated one asks again each time). A course that is not for somebody is refused by name."""

    assignment_id: BornId
    course_id: Id
    to: AssigneeKind
    to_id: Id
    due_on: Day | None = None
    repeat: TaskRepeat = "none"
    origin: TaskOrigin = "manual"
    origin_ref: Short = ""
    note: Note = ""


@operation("training.end_assignment/1")
class EndAssignment(Wire, frozen=True, kw_only=True):
    """No more of it: open tasks end, it does not repeat."""

    assignment_id: Id
    reason: Reason


@operation("training.waive/1")
class WaiveTask(Wire, frozen=True, kw_only=True):
    """Somebody need not do it (knows it already, does other work): the task is settled, the gate open, with name and reason."""

    task_id: Id
    reason: Reason


@operation("training.remind/1")
class RemindPeople(Wire, frozen=True, kw_only=True):
    """The manager's "catch up" tap: exactly these people, who have not finished this course, are told. N-14."""

    reminder_id: BornId
    store_id: Id
    course_id: Id
    people: Annotated[list[Id], Meta(min_length=1, max_length=200)]
    kiosk: KioskProof | None = None


@operation("training.turn_tasks/1")
class TurnTasks(Wire, frozen=True, kw_only=True):
    """The system's hour: what is due tomorrow or overdue is told, what repeats begins anew."""

    due: Annotated[list[Id], Meta(max_length=500)] = []
    overdue: Annotated[list[Id], Meta(max_length=500)] = []
    again: Annotated[list[Id], Meta(max_length=500)] = []


# -- rows on devices ------------------------------------------------------------------------------------------------------


class TaskRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A course somebody is to take: entity `training_task`, in `person:<person>` and the `desk:` of each store they work at now.

    `gate`: what it means for shifts at `store_id`. done: passed, or finished where there is no quiz (a script: confirmed).
    """

    id: str
    person_id: str
    person_name: str
    course_id: str
    code: str
    title_zh: str
    title_en: str
    origin: TaskOrigin
    origin_ref: str = ""
    state: TaskState
    assigned_ms: int
    assigned_by_name: str = ""
    due_on: str | None = None
    percent: int = 0
    grade: int | None = None
    failed: bool = False
    done_ms: int | None = None
    store_id: str | None = None
    gate: Gate = "none"
    assignment_id: str | None = None
    reminded_ms: int | None = None
    note: str = ""


class OnboardingItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the list: course and exam name theirs; `missing`: what the record lacks (group.field)."""

    kind: OnboardingKind
    done: bool
    course_id: str | None = None
    title_zh: str = ""
    title_en: str = ""
    done_ms: int | None = None
    missing: list[str] = []


class OnboardingRow(Wire, frozen=True, kw_only=True):
    """What somebody needs before and at the beginning of work at a store: entity `onboarding`, in `person:<person>` and
    `desk:<store>`. `may_work`: nothing that gates is open, or the gate only warns."""

    id: str
    person_id: str
    person_name: str
    store_id: str
    store_name: str
    items: list[OnboardingItem]
    gate: Gate
    may_work: bool
    complete: bool


# -- what is read over the API, and computed on the tablet ------------------------------------------------------------------


class BoardPerson(Wire, frozen=True, kw_only=True):
    """Somebody on the board."""

    person_id: str
    name: str
    state: TaskState
    percent: int
    due_on: str | None
    late: bool
    failed: bool
    reminded_ms: int | None


class BoardCourse(Wire, frozen=True, kw_only=True):
    """A course on the board: `finished` of `of`; the rest by name, late ones first. Waived and ended tasks are not counted."""

    course_id: str
    title_zh: str
    title_en: str
    finished: int
    begun: int
    late: int
    of: int
    people: list[BoardPerson]
    rest: list[str]


class TrainingBoard(Wire, frozen=True, kw_only=True):
    """A store's board."""

    store_id: str
    store_name: str
    day: str
    courses: list[BoardCourse]


class BoardAsk(Wire, frozen=True, kw_only=True):
    """Whose board: of a store."""

    store_id: Id


class UnitBoardAsk(Wire, frozen=True, kw_only=True):
    """Stores side by side below a unit (absent: all one may see), and one course or all."""

    unit_id: Id | None = None
    course_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class StoreTraining(Wire, frozen=True, kw_only=True):
    """A store in the comparison."""

    store_id: str
    store_name: str
    of: int
    finished: int
    late: int


class UnitBoard(Wire, frozen=True, kw_only=True):
    """Stores by name, and where the next page begins."""

    items: list[StoreTraining]
    next_cursor: str | None = None


class TaskQuery(Wire, frozen=True, kw_only=True):
    """Which tasks: of a person, a store, a course, an assignment; late ones only."""

    person_id: Id | None = None
    store_id: Id | None = None
    course_id: Id | None = None
    assignment_id: Id | None = None
    state: TaskState | None = None
    late: bool = False
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class Tasks(Wire, frozen=True, kw_only=True):
    """Tasks by person and course."""

    items: list[TaskRow]
    next_cursor: str | None = None


class AssignmentLine(Wire, frozen=True, kw_only=True):
    """An assignment with how far it is; `participation` in percent of the present turn."""

    id: str
    course_id: str
    title_zh: str
    title_en: str
    to: AssigneeKind
    to_name: str
    due_on: str | None
    repeat: TaskRepeat
    origin: TaskOrigin
    origin_ref: str
    note: str
    assigned_ms: int
    assigned_by_name: str
    ended_ms: int | None
    turn: int
    of: int
    done: int
    late: int
    participation: int


class AssignmentQuery(Wire, frozen=True, kw_only=True):
    """Which assignments."""

    course_id: Id | None = None
    open: bool = True
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class AssignmentPage(Wire, frozen=True, kw_only=True):
    """Assignments, the newest first."""

    items: list[AssignmentLine]
    next_cursor: str | None = None


class PackRow(Wire, frozen=True, kw_only=True):
    """A pack as it is set now. `unit_name` empty: the company."""

    id: str
    unit_id: str | None
    unit_name: str
    courses: list[PackCourse]
    gate: Gate
    needs_archive: bool
    reason: str


class Packs(Wire, frozen=True, kw_only=True):
    """All packs one may see, the company's first."""

    items: list[PackRow]


class OnboardingQuery(Wire, frozen=True, kw_only=True):
    """Whose lists: of a store, of a person; only those that are not complete."""

    store_id: Id | None = None
    person_id: Id | None = None
    open: bool = True


class Onboardings(Wire, frozen=True, kw_only=True):
    """Lists by name."""

    items: list[OnboardingRow]


def board_of(tasks: Iterable[TaskRow], today: str) -> list[BoardCourse]:
    """The board over a store's tasks, the same on a tablet without signal and at the server. One person counts once for a course:
    by their task that is due first among those not done, or done. `today` is the store's day."""
    by_course: dict[str, dict[str, TaskRow]] = {}
    for task in tasks:
        if task.state in ("waived", "ended"):
            continue
        people = by_course.setdefault(task.course_id, {})
        known = people.get(task.person_id)
        if known is None or _sooner(task) < _sooner(known):
            people[task.person_id] = task
    courses = [_course(list(people.values()), today) for people in by_course.values()]
    return sorted(courses, key=lambda one: (one.title_zh, one.title_en, one.course_id))


def _sooner(task: TaskRow) -> tuple[bool, str, str]:
    return task.state == "done", task.due_on or "9999", task.id


def _course(tasks: list[TaskRow], today: str) -> BoardCourse:
    people = sorted((_person(task, today) for task in tasks), key=lambda one: (one.state == "done", not one.late, one.name))
    rest = [one.name for one in people if one.state != "done"]
    return BoardCourse(
        course_id=tasks[0].course_id, title_zh=tasks[0].title_zh, title_en=tasks[0].title_en,
        finished=len(people) - len(rest), begun=sum(one.state == "begun" for one in people),
        late=sum(one.late for one in people), of=len(people), people=people, rest=rest,
    )  # fmt: skip


def _person(task: TaskRow, today: str) -> BoardPerson:
    late = task.state != "done" and task.due_on is not None and task.due_on < today
    return BoardPerson(
        person_id=task.person_id, name=task.person_name, state=task.state, percent=task.percent, due_on=task.due_on,
        late=late, failed=task.failed, reminded_ms=task.reminded_ms,
    )  # fmt: skip
