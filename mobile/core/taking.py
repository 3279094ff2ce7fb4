"""Attempts and daily reviews on their way from the disk to the journal: begun, handed in by somebody or by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.courses import CourseRow
from contract.ids import new_id
from contract.learning import AttemptRow, HandedIn, RecordReview, SubmitAttempt
from contract.quizzes import ask, mark
from contract.wire import Wire, decode
from mobile.core.acts import Acts
from mobile.core.attempts import Running
from mobile.core.learning_rows import ATTEMPT, REVIEW, LaidReview, title_of
from mobile.core.parts import Parts
from mobile.core.recall import rating_of
from mobile.core.requests import Reader
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused
from mobile.core.views_learning import Felt, QuizCard

DAY_MS: Final = 86_400_000
ROOM: Final = 64 * 1024  # what an attempt and its answers may need on the disk


@dataclass(frozen=True)
class Learner:
    """Whose learning it is: `reader.scope` is the person's own; `stay_open` lets a page behind a PIN count anew."""

    reader: Reader
    name: str
    stay_open: Callable[[], None]


def phone_learner(acts: Acts) -> Learner:
    """The phone's own person. Refused past the lease."""
    who = acts.may_look()
    me = acts.person()
    reader = Reader(me, f"person:{me}", acts.now_ms(), wall_time(acts.parts))
    return Learner(reader, who.person_name or "", lambda: None)


class PendingReview(Wire, frozen=True, kw_only=True):
    """A daily question that was answered and not yet called easy or hard."""

    person_id: str
    said: RecordReview
    right: bool
    at_ms: int


class Taking:
    """Holds nothing: what goes on is on the disk."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    def begin(self, course: CourseRow, page: QuizCard, who: Learner) -> Running:
        """A new attempt. Refused before the next round begins."""
        if course.body.quiz is None:
            raise Refused("client.no_quiz")
        if page.waits_until is not None:
            raise Refused("client.attempt_waits", day=page.waits_until.day, hhmm=page.waits_until.hhmm)
        clocks = self._acts.ports.clock.read()
        title = title_of(course)
        running = Running(
            attempt_id=new_id(), person_id=who.reader.person_id, course_id=course.id, version_id=course.version_id,
            title_zh=title.zh, title_en=title.en, quiz=course.body.quiz, begun_ms=who.reader.now_ms, counted_ms=0,
            boot_id=clocks.boot_id, boot_ms=clocks.boot_ms, now_ms=who.reader.now_ms,
        )  # fmt: skip
        self._parts.db.need_space(ROOM)
        with self._parts.db.write():
            self._parts.drafts.put(running.attempt_id, "running", who.reader.scope, running)
        who.stay_open()
        return running

    def submit(self, running: Running, owner: str, how: HandedIn) -> None:
        """Written down as an operation, and marked where the key is here. Answers after the time was over were never taken, so
        what is handed in by itself took as long as it may."""
        limit = running.quiz.time_limit_s * 1000
        took = min(running.counted_ms, limit or DAY_MS, DAY_MS)
        given = self._parts.drafts.answers(running.attempt_id)
        keys = [asked.question.key for asked in ask(running.quiz, running.attempt_id)]
        answers = [given[key] for key in keys if key in given]
        act = SubmitAttempt(
            attempt_id=running.attempt_id, course_id=running.course_id, version_id=running.version_id, answers=answers,
            took_ms=took, handed_in=how,
        )  # fmt: skip
        row = AttemptRow(
            id=running.attempt_id, person_id=running.person_id, course_id=running.course_id, version_id=running.version_id,
            at_ms=self._acts.now_ms(), took_ms=took, state="waiting", answers=answers,
        )  # fmt: skip
        if running.quiz.kept_by == "device":
            marks = mark(running.quiz, running.attempt_id, answers, took)
            row = msgspec.structs.replace(
                row, state="marked", marks=marks.marks, percent=marks.percent, passed=marks.passed, over_time=marks.over_time
            )

        def also(op: str, _: int) -> None:
            self._parts.overlay.keep(op, ATTEMPT, running.attempt_id, owner, row)
            self._parts.drafts.taken(running, owner)

        self._acts.keep(act, running.person_id, ent=running.attempt_id, also=also)
        self._acts.ports.signals.kept()

    def hand_in_overdue(self) -> None:
        """Whatever attempts at this device have run out of time are handed in: whoever began one was known then, and need not be
        here now."""
        parts, clocks = self._parts, self._acts.ports.clock.read()
        if parts.identity.standing == "revoked" or parts.identity.enrolled is None:
            return
        now_ms = self._acts.now_ms()
        for owner, running in parts.drafts.attempts():
            now = running.at(clocks, now_ms)
            if now.left_ms == 0:
                self.submit(now, owner, "time_over")

    def flush(self, owner: str, felt: Felt = "fine") -> None:
        """Write down the daily answer that waits for a word on how it felt."""
        for pk, whose, raw in self._parts.drafts.rows("review"):
            if whose == owner:
                self._review(pk, owner, decode(raw, PendingReview), felt)

    def _review(self, pk: str, owner: str, held: PendingReview, felt: Felt) -> None:
        said = msgspec.structs.replace(held.said, rating=rating_of(held.right, held.said.took_ms, felt))
        laid = LaidReview(said=said, at_ms=held.at_ms)

        def also(op: str, _: int) -> None:
            self._parts.overlay.keep(op, REVIEW, f"{held.person_id}|{said.review_id}", owner, laid)
            self._parts.drafts.drop(pk)

        self._acts.keep(said, held.person_id, ent=said.review_id, also=also)
