"""Training over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.training import (
    AssignCourse,
    AssignmentPage,
    AssignmentQuery,
    BoardAsk,
    EndAssignment,
    OnboardingQuery,
    Onboardings,
    Packs,
    RemindPeople,
    SetPack,
    TaskQuery,
    Tasks,
    TrainingBoard,
    UnitBoard,
    UnitBoardAsk,
    WaiveTask,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.training import queries, service

blueprint = Blueprint("training", __name__, url_prefix="/api/v1", description="Training: packs, assignments, tasks, boards")
assert service  # importing it registers the handlers
READ, ASSIGN = Permission.READ_TRAINING, Permission.ASSIGN_TRAINING

writes(
    blueprint,
    {
        "/training/packs": (SetPack, Permission.MANAGE_TRAINING),
        "/training/assignments": (AssignCourse, ASSIGN),
        "/training/assignments/ended": (EndAssignment, ASSIGN),
        "/training/tasks/waived": (WaiveTask, ASSIGN),
        "/training/reminders": (RemindPeople, ASSIGN),
    },
)


@reads(blueprint, "/training/board", needs=READ, answers=TrainingBoard, asks=BoardAsk)
def board(session: ScopedSession, asked: BoardAsk) -> TrainingBoard:
    """A store's board: who has finished, who has begun, who must catch up."""
    return queries.board(session, asked)


@reads(blueprint, "/training/stores", needs=READ, answers=UnitBoard, asks=UnitBoardAsk)
def stores(session: ScopedSession, asked: UnitBoardAsk) -> UnitBoard:
    """Stores side by side."""
    return queries.unit_board(session, asked)


@reads(blueprint, "/training/tasks", needs=Permission.READ_SELF, answers=Tasks, asks=TaskQuery)
def tasks(session: ScopedSession, asked: TaskQuery) -> Tasks:
    """Tasks: one's own, and those of the people whose training one reads."""
    return queries.tasks_page(session, asked)


@reads(blueprint, "/training/assignments", needs=READ, answers=AssignmentPage, asks=AssignmentQuery)
def assignments(session: ScopedSession, asked: AssignmentQuery) -> AssignmentPage:
    """Assignments with how far they are."""
    return queries.assignments_page(session, asked)


@reads(blueprint, "/training/packs", needs=READ, answers=Packs)
def packs(session: ScopedSession) -> Packs:
    """What units ask of whoever works there."""
    return queries.packs(session)


@reads(blueprint, "/training/onboarding", needs=Permission.READ_SELF, answers=Onboardings, asks=OnboardingQuery)
def onboarding(session: ScopedSession, asked: OnboardingQuery) -> Onboardings:
    """Onboarding lists: one's own, and those of the people whose training one reads."""
    return queries.onboardings(session, asked)
