"""Learning, on one's own phone or on one's own page of the store's tablet: everything works with no signal.

What is said is kept and signed at once. The same commands for both; whose they are says `Learner`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from contract.courses import Card, CourseRow
from contract.growth import SayWish, WishFor
from contract.ids import new_id
from contract.learning import CardEvent, ConfirmReading, RecordCard, RecordReview, Review
from contract.quizzes import Answer, ask
from contract.stores import StoreRow
from contract.wire import Wire
from mobile.core import career, learning_pages
from mobile.core.acts import Acts, born_with
from mobile.core.attempts import Running
from mobile.core.learning_questions import Pictures, judged, question_card
from mobile.core.learning_rows import CARD, READING, WISH, Known, Standing, asked_daily, standing_of
from mobile.core.parts import Parts
from mobile.core.ports import Clocks
from mobile.core.recall import due_ms, rating_of
from mobile.core.taking import DAY_MS, Learner, PendingReview, Taking
from mobile.core.views import Refused
from mobile.core.views_hq import Both
from mobile.core.views_learning import (
    AttemptPage,
    CareerPage,
    CertificateCard,
    CoursePage,
    DailyAnswer,
    DailyPage,
    Felt,
    Judgement,
    LearnHome,
    OnboardingCard,
    QuizCard,
    ResultPage,
)


class Learning:
    """One person's side of learning. `who` raises Refused where nobody is there: past the lease, behind a PIN."""

    def __init__(self, acts: Acts, who: Callable[[], Learner]) -> None:
        self._acts, self._who, self._taking = acts, who, Taking(acts)
        self._since: dict[tuple[str, str], Clocks] = {}  # since when a card, or a daily question, has been looked at

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # looking

    def home(self, sought: str = "") -> LearnHome:
        """All courses, where they are needed most; with `sought`, what is found too."""
        who = self._who()
        self._settle(who)
        with self._parts.db.read():
            known, book = self._known(who), self._parts.learn
            mine, _, wish = book.career(who.reader.scope)
            running = self._parts.drafts.attempts(who.reader.scope)
            return learning_pages.home(
                known,
                book.onboarding(who.reader.scope),
                has_path=mine is not None or wish is not None,
                running=running[0][1].course_id if running else "",
                sought=sought,
            )

    def course(self, course_id: str) -> CoursePage | None:
        """A course opened; None where this device does not hold it."""
        who = self._who()
        self._settle(who)
        with self._parts.db.read():
            known = self._known(who)
            course = known.courses.get(course_id)
            if course is None:
                return None
            running = self._running(course_id, who)
            page = learning_pages.course_page(course, known, self._pictures(known), running.attempt_id if running else "")
        return page

    def picture(self, sha: str) -> bytes | None:
        """A picture that is here; it counts as shown."""
        who = self._who()
        body = self._parts.media.read(sha)
        if body is not None:
            with self._parts.db.write():
                self._parts.media.shown([sha], who.reader.now_ms)
        return body

    def certificates(self) -> tuple[CertificateCard, ...]:
        """The newest first."""
        who = self._who()
        with self._parts.db.read():
            return career.certificates(self._known(who), who.name, self._parts.settings.get("server_url") or "")

    def onboarding(self) -> tuple[OnboardingCard, ...]:
        """What I need at each store where I begin."""
        who = self._who()
        with self._parts.db.read():
            known, rows = self._known(who), self._parts.learn.onboarding(who.reader.scope)
            return tuple(learning_pages.onboarding_card(row, known) for row in rows)

    def path(self) -> CareerPage:
        """My path, my wish, and what is missing."""
        who = self._who()
        with self._parts.db.read():
            mine, paths, wish = self._parts.learn.career(who.reader.scope)
            return career.page(mine, paths, wish, self._known(who), self._parts.overlay)

    # reading

    def open_card(self, course_id: str, card: str) -> None:
        """I look at a card. Written down once."""
        who, course = self._may_act(), self._held(course_id)
        self._card(course, card)
        self._since[(course_id, card)] = self._acts.ports.clock.read()
        stands = self._stands(course_id, who)
        if card not in stands.done | stands.opened:
            is_first = not stands.begun
            self._say_card(course, card, "opened", who)
            if is_first:
                self._plan()
        else:
            who.stay_open()

    def finish_card(self, course_id: str, card: str) -> None:
        """I have read a card, ticked it off. Said twice it counts once."""
        who, course = self._may_act(), self._held(course_id)
        self._card(course, card)
        if card not in self._stands(course_id, who).done:
            self._say_card(course, card, "finished", who)
        else:
            who.stay_open()

    def practise(self, course_id: str, card: str, answer: Answer) -> Judgement:
        """An answer to a practice card: never graded, and the card is finished by it."""
        who, course = self._may_act(), self._held(course_id)
        question = self._card(course, card).question
        if question is None:
            raise Refused("client.nothing_to_answer")
        answer = msgspec.structs.replace(answer, question=question.key)
        self._say_card(course, card, "answered", who, answer)
        if card not in self._stands(course_id, who).done:
            self._say_card(course, card, "finished", who)
        return judged(question, answer)

    def confirm(self, course_id: str) -> None:
        """I have read and understood a script: its newest version as it is here."""
        who, course = self._may_act(), self._held(course_id)
        if course.body.kind != "script" or self._stands(course_id, who).confirmed_version == course.version_id:
            raise Refused("client.nothing_to_confirm")
        act = ConfirmReading(confirm_id=new_id(), course_id=course_id, version_id=course.version_id)
        self._keep(act, READING, f"{who.reader.person_id}|{course_id}", act, who)

    # a quiz

    def begin(self, course_id: str) -> AttemptPage:
        """An attempt; the one that goes on, where there is one. Refused before the next round begins."""
        who, course = self._may_act(), self._held(course_id)
        self._settle(who)
        running = self._running(course_id, who)
        if running is None:
            quiz = self._quiz_of(course, who)
            running = self._taking.begin(course, quiz, who)
        page = self.attempt(running.attempt_id)
        if page is None:
            raise Refused("client.attempt_over")
        return page

    def attempt(self, attempt_id: str) -> AttemptPage | None:
        """An attempt that goes on, with the time it has left; None once it is handed in, as it is when its time is over."""
        who = self._who()
        self._settle(who)
        with self._parts.db.read():
            found = self._parts.drafts.attempt(attempt_id, who.reader.scope)
            if found is None or found[0] != "running":
                return None
            now = found[1].at(self._acts.ports.clock.read(), who.reader.now_ms)
            pictures = self._pictures(self._known(who))
            answers = self._parts.drafts.answers(attempt_id)
        left = now.left_ms
        return AttemptPage(
            attempt_id=attempt_id,
            course_id=now.course_id,
            title=Both(now.title_zh or now.title_en, now.title_en or now.title_zh),
            questions=tuple(question_card(asked, pictures) for asked in ask(now.quiz, attempt_id)),
            answers=answers,
            left_s=None if left is None else -(-left // 1000),
            timed="reckoned" if now.reckoned else "exact",
            kept_by_hq=now.quiz.kept_by == "server",
        )

    def answer(self, attempt_id: str, answer: Answer) -> None:
        """On the disk when this returns, with the time that has passed. Refused("client.attempt_over") once it is handed in."""
        who = self._may_act()
        self._settle(who)
        found = self._parts.drafts.attempt(attempt_id, who.reader.scope)
        if found is None or found[0] != "running":
            raise Refused("client.attempt_over")
        now = found[1].at(self._acts.ports.clock.read(), who.reader.now_ms)
        with self._parts.db.write():
            self._parts.drafts.put(attempt_id, "running", who.reader.scope, now)
            self._parts.drafts.answer(attempt_id, answer)
        who.stay_open()

    def hand_in(self, attempt_id: str) -> ResultPage:
        """Hand an attempt in; where its key is here its marks stand at once."""
        who = self._may_act()
        self._settle(who)
        found = self._parts.drafts.attempt(attempt_id, who.reader.scope)
        if found is not None and found[0] == "running":
            now = found[1].at(self._acts.ports.clock.read(), who.reader.now_ms)
            self._taking.submit(now, who.reader.scope, "finished")
            who.stay_open()
        page = self.result(attempt_id)
        if page is None:
            raise Refused("client.attempt_over")
        return page

    def result(self, attempt_id: str) -> ResultPage | None:
        """What an attempt came to: the server's word, or what this device found until then."""
        who = self._who()
        with self._parts.db.read():
            known = self._known(who)
            row = next((one for rows in known.attempts.values() for one in rows if one.id == attempt_id), None)
            if row is None:
                return None
            draft = self._parts.drafts.attempt(attempt_id, who.reader.scope)
            course = known.courses.get(row.course_id)
            quiz = draft[1].quiz if draft is not None else None
            if quiz is None and course is not None and course.version_id == row.version_id:
                quiz = course.body.quiz
            way = learning_pages.way_of(attempt_id, known, self._parts.overlay)
            return learning_pages.result_page(row, quiz, course, known, self._pictures(known), way)

    def hand_in_overdue(self) -> None:
        """Whatever attempts at this device have run out of time are handed in, whoever's they are."""
        self._taking.hand_in_overdue()

    # the daily three

    def daily(self) -> DailyPage:
        """What is left of today's questions."""
        who = self._who()
        self._settle(who)
        with self._parts.db.read():
            known = self._known(who)
            page = learning_pages.daily(known, self._pictures(known))
        if page.questions:
            first = page.questions[0]
            self._since.setdefault((first.course_id, first.question.key), self._acts.ports.clock.read())
        return page

    def daily_answer(self, course_id: str, question: str, answer: Answer) -> DailyAnswer:
        """Judge one of today's questions. It counts as "fine" unless daily_felt says otherwise next."""
        who = self._may_act()
        self._taking.flush(who.reader.scope)
        course = self._held(course_id)
        asked = asked_daily(course).get(question)
        if asked is None:
            raise Refused("client.nothing_to_answer")
        took = self._took((course_id, question))
        judgement = judged(asked, answer)
        right = judgement.right is True
        rating = rating_of(right, took)
        said = RecordReview(
            review_id=new_id(), course_id=course_id, version_id=course.version_id, question=question,
            answer=msgspec.structs.replace(answer, question=question), rating=rating, took_ms=took,
        )  # fmt: skip
        held = PendingReview(person_id=who.reader.person_id, said=said, right=right, at_ms=who.reader.now_ms)
        with self._parts.db.write():
            self._parts.drafts.put(f"review|{who.reader.scope}", "review", who.reader.scope, held)
        who.stay_open()
        return DailyAnswer(question, judgement, rating, self._again_on(held, who))

    def daily_felt(self, felt: Felt) -> None:
        """The question answered last felt like that; with this it is written down."""
        self._taking.flush(self._may_act().reader.scope, felt)

    # wishes

    def say_wish(self, wish: WishFor, path_id: str | None = None, note: str = "") -> None:
        """What I would like to become."""
        who = self._may_act()
        act = SayWish(wish_id=new_id(), wish=wish, path_id=path_id, note=note.strip())
        self._keep(act, WISH, who.reader.scope, act, who)

    # inside

    def _settle(self, who: Learner) -> None:
        """What time has settled: attempts that ran out of it, daily answers that nobody rated."""
        if self._parts.identity.standing != "revoked":
            self._taking.hand_in_overdue()
            self._taking.flush(who.reader.scope)

    def _again_on(self, held: PendingReview, who: Learner) -> str:
        with self._parts.db.read():
            reviews = self._known(who).reviews.get((held.said.course_id, held.said.question), [])
        made = Review(at_ms=held.at_ms, rating=held.said.rating, id=held.said.review_id)
        due = due_ms([*reviews, made])
        return who.reader.when.local(due or held.at_ms).date().isoformat()

    def _say_card(self, course: CourseRow, card: str, event: CardEvent, who: Learner, answer: Answer | None = None) -> None:
        took = 0 if event == "opened" else self._took((course.id, card))
        act = RecordCard(
            event_id=new_id(), course_id=course.id, version_id=course.version_id, card=card, event=event, answer=answer,
            took_ms=took,
        )  # fmt: skip
        self._keep(act, CARD, f"{who.reader.person_id}|{act.event_id}", act, who)

    def _quiz_of(self, course: CourseRow, who: Learner) -> QuizCard:
        with self._parts.db.read():
            known = self._known(who)
            page = learning_pages.course_page(course, known, self._pictures(known), "")
        if page.quiz is None:
            raise Refused("client.no_quiz")
        return page.quiz

    def _took(self, what: tuple[str, str]) -> int:
        """Milliseconds by the monotonic clock since it was first looked at; 0 where that is not known."""
        since, clocks = self._since.pop(what, None), self._acts.ports.clock.read()
        if since is None or since.boot_id != clocks.boot_id:
            return 0
        return min(max(0, clocks.boot_ms - since.boot_ms), DAY_MS)

    def _keep(self, act: Wire, entity: str, pk: str, laid: Wire, who: Learner) -> None:
        overlay, owner = self._parts.overlay, who.reader.scope
        ent = born_with(pk.rpartition("|")[2])
        self._acts.keep(act, who.reader.person_id, ent=ent, also=lambda op, _: overlay.keep(op, entity, pk, owner, laid))
        who.stay_open()

    def _plan(self) -> None:
        """Which pictures are worth having changed with what was begun."""
        with self._parts.db.write():
            self._parts.plan_media()

    def _may_act(self) -> Learner:
        self._acts.may_act()
        return self._who()

    def _held(self, course_id: str) -> CourseRow:
        course = self._parts.learn.courses().get(course_id)
        if course is None:
            raise Refused("client.course_not_here")
        return course

    def _card(self, course: CourseRow, key: str) -> Card:
        card = next((one for one in course.body.cards if one.key == key), None)
        if card is None:
            raise Refused("client.course_not_here")
        return card

    def _running(self, course_id: str, who: Learner) -> Running | None:
        found = [one for _, one in self._parts.drafts.attempts(who.reader.scope) if one.course_id == course_id]
        return found[0] if found else None

    def _stands(self, course_id: str, who: Learner) -> Standing:
        with self._parts.db.read():
            return standing_of(course_id, self._known(who))

    def _known(self, who: Learner) -> Known:
        stores = {row.id: row.name for row in self._parts.replica.all("store", StoreRow)}
        return self._parts.learn.known(who.reader, stores)

    def _pictures(self, known: Known) -> Pictures:
        return Pictures(self._parts.media.here(), learning_pages.refs_of(known.courses.values()))
