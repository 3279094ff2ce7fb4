"""Pictures of learning on the phone: what is due, a course, a quiz and its result, three questions, a certificate, the path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

OpenStudio = Callable[["Handset"], Any]


def furnish(shops: Shops) -> Handset:
    """The shop's courses, and a path that somebody follows since spring. Answers the learner's phone, which has it all."""
    from datetime import timedelta

    from contract.growth import DefinePath, JoinPath, PathCondition, PathStage
    from contract.ids import new_id
    from tests.web.company_of_shops import device
    from tools.shots_learning import LEARNER, _must, furnish

    furnish(shops)
    company = shops.company
    phone = device(shops, f"{LEARNER}的手机", person=LEARNER)
    phone.sync()
    course = next(row.id for row in phone.core._parts.learn.courses().values() if row.body.quiz is not None)
    stages = [
        PathStage(key="start", title_zh="上手期", title_en="Settling in", from_month=1, to_month=3,
                  conditions=[PathCondition(kind="months", months=3)]),
        PathStage(key="alone", title_zh="独立期", title_en="On one's own", from_month=4, to_month=9, courses=[course],
                  conditions=[PathCondition(kind="exam", course_id=course, percent=80)]),
    ]  # fmt: skip
    path = DefinePath(
        path_id=new_id(), code="store", name_zh="门店管理", name_en="Store management", stages=stages, reason="2026"
    )
    _must(shops, path)
    since = (company.today() - timedelta(days=130)).isoformat()
    _must(shops, JoinPath(member_id=new_id(), person_id=company.people[LEARNER], path_id=path.path_id, from_day=since))
    for _ in range(2):
        company.pass_ms(60_000)
        phone.sync()
    return phone


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    with open_studio(furnish(shops)) as studio:
        today, learn, course = studio.vm("today"), studio.vm("learn"), studio.vm("course")
        studio.on("today")
        studio.until(lambda: today.state.due)
        page = studio.app.shell.pages["today"].ids
        page.page.scroll_to(page.course, animate=False)
        studio.take("today-course")
        today.tap_learn()
        studio.until(lambda: learn.state.home)
        studio.take("learn")
        subject = next(one.course_id for one in learn.state.home.due if one.has_quiz)
        learn.tap_course(subject)
        studio.until(lambda: course.state.course.page)
        studio.take("course")
        taps = course.course
        taps.tap_start()
        studio.take("card")
        for card in course.state.course.page.cards[:3]:
            studio.ask(lambda core, key=card.key: core.learning.finish_card(subject, key))
        taps.tap_card("try")
        taps.tap_choice("usual")
        taps.tap_check()
        studio.until(lambda: course.state.course.judgement)
        studio.take("practice")
        taps.on_back()
        _quiz(studio, taps, ("listen", "note"), "quiz")
        studio.take("quiz-result")
        taps.tap_line("order")
        studio.take("quiz-explained")
        _after(studio, taps, subject)


def _quiz(studio: Any, taps: Any, order: tuple[str, ...], name: str) -> None:
    """Every question answered; of the order only so much."""
    taps.tap_quiz()
    studio.until(lambda: taps.state.attempt)
    for place in range(len(taps.state.attempt.questions)):
        studio.until(lambda place=place: taps.state.place == place)
        kind = taps.state.question.kind
        if kind == "order":
            for key in order:
                taps.tap_choice(key)
            if name:
                studio.take(name)
        elif kind == "number":
            taps.type_answer("3")
        else:
            taps.tap_choice("sorry")
        if place + 1 < len(taps.state.attempt.questions):
            taps.tap_next()
    taps.tap_hand_in()
    taps.tap_hand_in()
    studio.until(lambda: taps.state.result)


def _after(studio: Any, taps: Any, subject: str) -> None:
    """Passed at the second go: the certificate, what comes back, the path and the wish."""
    daily, certificates, career = studio.vm("daily"), studio.vm("certificates"), studio.vm("career")
    taps.on_back()
    taps.tap_done()
    _quiz(studio, taps, ("listen", "sorry", "mend", "note"), "")
    studio.until(lambda: taps.state.result.passed)
    studio.sync()
    studio.sync()
    studio.model.navigator.go("certificates")
    studio.until(lambda: certificates.state.cards)
    certificates.tap_certificate(certificates.state.cards[0].certificate_id)
    studio.take("certificate")
    studio.model.navigator.home()
    studio.model.navigator.go("daily")
    studio.until(lambda: daily.state.asked)
    studio.take("daily")
    studio.model.navigator.home()
    studio.model.navigator.go("career")
    studio.until(lambda: career.state.page)
    studio.take("career")
    career.tap_say()
    career.tap_wish("promotion")
    studio.take("career-wish")
    studio.model.navigator.home()
