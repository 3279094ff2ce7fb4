"""Looks of learning on the phone: every state of its pages. Registered with the others by being imported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.quizzes import Answer
from mobile.core.views import Refused, Said
from mobile.core.views_hq import At, OnItsWay
from tests.ui.looks import look
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_learner import A_PICTURE
from tests.ui.scripted_learning import a_result, an_onboarding


def _go(model: Any, screen: str, subject: str | None = None) -> Any:
    model.navigator.go(screen, subject)
    return model.screens[screen]


@look("phone")
def _learn_of_everything(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    core.learning.lists = (an_onboarding(),)
    core.learning.running = "k1"
    _go(model, "learn")


@look("phone")
def _learn_of_nothing(model: Any, core: ScriptedCore) -> None:
    _go(model, "learn")


@look("phone")
def _learn_found(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    page = _go(model, "learn")
    page.type_sought("s")
    page.on_news()


@look("phone")
def _learn_found_nothing(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    page = _go(model, "learn")
    page.type_sought("zzz")
    page.on_news()


@look("phone")
def _learn_locked(model: Any, core: ScriptedCore) -> None:
    core.learning.locked = Refused("client.locked")
    _go(model, "learn")


@look("phone")
def _today_with_courses(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    model.on_news()


@look("phone")
def _punch_kept_and_questions(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    model.screens["today"].tap_punch()


@look("phone")
def _course_of_mine(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    _go(model, "course", "k1")


@look("phone")
def _course_of_many_cards(model: Any, core: ScriptedCore) -> None:
    first = core.learning.cards[0]
    core.learning.cards = tuple(replace(first, key=f"c{n}", done=n < 20) for n in range(60))
    _go(model, "course", "k1")


@look("phone")
def _course_unknown(model: Any, core: ScriptedCore) -> None:
    _go(model, "course", "k404")


@look("phone")
def _course_script(model: Any, core: ScriptedCore) -> None:
    core.learning.may_confirm = True
    core.learning.cards = tuple(replace(card, done=True) for card in core.learning.cards)
    _go(model, "course", "k3")


@look("phone")
def _course_that_waits(model: Any, core: ScriptedCore) -> None:
    until = At(1_780_400_000_000, "2026-06-02", "19:33")
    assert core.learning.quiz is not None
    core.learning.quiz = replace(core.learning.quiz, may_begin=False, attempts_left=0, waits_until=until)
    _go(model, "course", "k2")


@look("phone")
def _card_of_words(model: Any, core: ScriptedCore) -> None:
    _go(model, "course", "k1").course.tap_card("c1")


@look("phone")
def _card_with_a_picture_to_come_and_a_video(model: Any, core: ScriptedCore) -> None:
    _go(model, "course", "k1").course.tap_card("c2")


@look("phone")
def _card_whose_picture_fills_the_page(model: Any, core: ScriptedCore) -> None:
    core.learning.drawn = A_PICTURE
    page = _go(model, "course", "k1")
    page.course.tap_card("c2")
    page.course.tap_picture()


@look("phone")
def _card_with_its_picture(model: Any, core: ScriptedCore) -> None:
    core.learning.drawn = A_PICTURE
    _go(model, "course", "k1").course.tap_card("c2")


@look("phone")
def _card_with_a_list(model: Any, core: ScriptedCore) -> None:
    page = _go(model, "course", "k1")
    page.course.tap_card("c3")
    page.course.tap_item("i1")


@look("phone")
def _card_practised(model: Any, core: ScriptedCore) -> None:
    page = _go(model, "course", "k1")
    page.course.tap_card("c4")
    page.course.tap_choice("b")
    page.course.tap_check()


def _asked(kind: str) -> None:
    def arrange(model: Any, core: ScriptedCore) -> None:
        core.learning.asked = (kind,)  # type: ignore[assignment]
        if kind in ("match", "order"):
            pairs, chosen = ({"a": "x"}, []) if kind == "match" else ({}, ["b", "a"])
            core.learning.answers = {kind: Answer(question=kind, chosen=chosen, pairs=pairs)}
        _go(model, "course", "k1").course.tap_quiz()

    arrange.__name__ = f"_quiz_{kind}"
    look("phone")(arrange)


for _kind in ("single", "multiple", "order", "match", "number", "text"):
    _asked(_kind)


@look("phone")
def _quiz_with_gaps(model: Any, core: ScriptedCore) -> None:
    core.learning.left_s = 45
    page = _go(model, "course", "k1")
    page.course.tap_quiz()
    page.course.tap_hand_in()


@look("phone")
def _quiz_refused(model: Any, core: ScriptedCore) -> None:
    core.learning.problem = Refused("client.attempt_waits", day="2026-06-02", hhmm="19:33")
    _go(model, "course", "k1").course.tap_quiz()


@look("phone")
def _result_failed(model: Any, core: ScriptedCore) -> None:
    page = _go(model, "course", "k1")
    page.course.tap_last()
    page.course.tap_line("single")


@look("phone")
def _result_passed(model: Any, core: ScriptedCore) -> None:
    core.learning.handed = a_result(passed=True)
    _go(model, "course", "k1").course.tap_last()


@look("phone")
def _result_waiting(model: Any, core: ScriptedCore) -> None:
    core.learning.handed = a_result(waiting=True)
    _go(model, "course", "k1").course.tap_last()


@look("phone")
def _daily_asked(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    _go(model, "daily")


@look("phone")
def _daily_judged(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    page = _go(model, "daily")
    page.daily.tap_choice("b")
    page.daily.tap_check()


@look("phone")
def _daily_done(model: Any, core: ScriptedCore) -> None:
    _go(model, "daily")


@look("phone")
def _certificates_held(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    _go(model, "certificates")


@look("phone")
def _certificate_shown(model: Any, core: ScriptedCore) -> None:
    core.learning.busy()
    _go(model, "certificates", "z1")


@look("phone")
def _certificates_none(model: Any, core: ScriptedCore) -> None:
    _go(model, "certificates")


@look("phone")
def _certificates_locked(model: Any, core: ScriptedCore) -> None:
    core.learning.locked = Refused("client.locked")
    _go(model, "certificates")


@look("phone")
def _career_on_a_path(model: Any, core: ScriptedCore) -> None:
    core.learning.on_a_path()
    _go(model, "career")


@look("phone")
def _career_without_a_path(model: Any, core: ScriptedCore) -> None:
    _go(model, "career")


@look("phone")
def _career_wish_to_say(model: Any, core: ScriptedCore) -> None:
    page = _go(model, "career")
    page.tap_say()
    page.tap_wish("promotion")
    page.tap_target("p1")


@look("phone")
def _career_wish_refused(model: Any, core: ScriptedCore) -> None:
    core.learning.on_a_path()
    way = OnItsWay("o1", "submit", "refused", Said("client.course_not_here", {}))
    core.learning.career = replace(core.learning.career, on_its_way=way)
    _go(model, "career")


@look("phone")
def _career_locked(model: Any, core: ScriptedCore) -> None:
    core.learning.locked = Refused("client.locked")
    _go(model, "career")
