"""Sending statements to a learning record store: a job for each event, written in its transaction, with growing pauses.

Where no store is set nothing is written. What a store has already (409) is done; what it refuses for good is tried like the rest
and left for people to look at, with the operations that failed.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from contract.quizzes import Answer, Mark
from contract.wire import convert
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import ask_for, does
from server.kernel.perform import Work, reading
from server.learning import xapi
from server.learning.events import CourseSettled, Learnt
from server.learning.model import Attempt, CardEvent, Course, CourseVersion, Progress, Reading, Review
from server.learning.queries import standings
from server.learning.standing import body_of, progress_id
from server.people.model import Person
from server.settings import Settings

KIND = "learning.xapi"
WAIT_S = 20
_SENDING: WeakSet[sa.Pool] = WeakSet()
_MODELS: dict[str, Any] = {"card": CardEvent, "attempt": Attempt, "reading": Reading, "review": Review}


class NotTaken(Exception):
    """A store did not take a statement: the job is done again later."""


def connect(db: Database, settings: Settings) -> None:
    """From now on what is learnt in this database is told to the store that the settings name, if they name one."""
    if settings.lrs_url:
        _SENDING.add(db.writing_engine.pool)


def _is_told(work: Work) -> bool:
    return work.session.connection().engine.pool in _SENDING


@reacts_to(Learnt)
def tell_what_was_learnt(work: Work, event: Learnt) -> None:
    """A job for the event, with the progress as it was then: sent later, it says the same."""
    if not _is_told(work):
        return
    with work.with_system_reach() as session:
        stands = standings(session, [event.person_id], [event.course_id]).get((event.person_id, event.course_id))
        percent = stands.percent if stands is not None else 0
        facts = {"kind": event.kind, "row_id": event.row_id, "percent": percent}
        ask_for(replace(work, session=session), KIND, key=event.row_id, facts=facts)


@reacts_to(CourseSettled)
def tell_what_was_settled(work: Work, event: CourseSettled) -> None:
    """A job for a course that is done."""
    if _is_told(work):
        row_id = progress_id(event.person_id, event.course_id)
        with work.with_system_reach() as session:
            facts = {"kind": "settled", "row_id": row_id}
            ask_for(replace(work, session=session), KIND, key=f"settled {row_id}", facts=facts)


@does(KIND)
def send_statements(server: Outpost, facts: dict[str, Any]) -> None:
    """Make the statements of one event and send them, all or none."""
    with reading(server.db, Actor.system()) as session:
        statements = _statements(session, server.settings, facts)
    if statements and server.settings.lrs_url:
        _send(server.settings, statements)


def _statements(session: ScopedSession, settings: Settings, facts: dict[str, Any]) -> list[dict[str, Any]]:
    if facts["kind"] == "settled":
        progress = session.get_one(Progress, facts["row_id"])
        course = session.get_one(Course, progress.course_id)
        if progress.settled_at is None or course.version_id is None:
            return []
        return xapi.of_settled(_told(session, settings, progress, course.version_id, progress.settled_at))
    row = session.get_one(_MODELS[facts["kind"]], facts["row_id"])
    told = _told(session, settings, row, row.version_id, row.at)
    if facts["kind"] == "card":
        begun = session.scalar(sa.select(Progress.begun_at).where(Progress.id == progress_id(row.person_id, row.course_id)))
        answer = convert(row.answer, Answer) if row.answer is not None else None
        return xapi.of_card(told, row.card, row.event, answer, row.took_ms, facts["percent"], first=begun == row.at)
    questions = told.body.quiz.questions if told.body.quiz is not None else []
    if facts["kind"] == "attempt":
        answers, marks = convert(row.answers, list[Answer]), convert(row.marks, list[Mark])
        return xapi.of_attempt(told, questions, answers, marks, passed=row.passed, took_ms=row.took_ms)
    if facts["kind"] == "review":
        practised = [*questions, *(card.question for card in told.body.cards if card.question is not None)]
        question = next((one for one in practised if one.key == row.question), None)
        return [] if question is None else xapi.of_review(told, question, convert(row.answer, Answer), row.rating, row.took_ms)
    return xapi.of_reading(told)


def _told(session: ScopedSession, settings: Settings, row: Any, version_id: str, at: Any) -> xapi.Told:
    person, course = session.get_one(Person, row.person_id), session.get_one(Course, row.course_id)
    body = body_of(session.get_one(CourseVersion, version_id).body)
    name = person.name if settings.lrs_names else ""
    return xapi.Told(settings.lrs_home, person.number, name, course.code, version_id, body, row.id, at)


def _send(settings: Settings, statements: list[dict[str, Any]]) -> None:
    """POST to the store's statements. Only http and https; it answers within WAIT_S or is asked again later."""
    address = f"{settings.lrs_url.rstrip('/')}/statements"
    if not address.startswith(("https://", "http://")):
        raise NotTaken("the store's address is neither https nor http")
    secret = base64.b64encode(f"{settings.lrs_key}:{settings.lrs_secret}".encode()).decode()
    asked = urllib.request.Request(  # noqa: S310 - its scheme was looked at
        address, data=json.dumps(statements, ensure_ascii=False).encode(), method="POST",
        headers={"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3", "Authorization": f"Basic {secret}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as refused:
        if refused.code != 409:  # it has them: this was sent before and its answer was lost
            raise NotTaken(f"{refused.code} {refused.read(400).decode(errors='replace')}") from None
