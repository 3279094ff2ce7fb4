"""A course by taps: cards, practice, a quiz against the clock, interruptions, results, the daily three; on both faces."""

from __future__ import annotations

import pytest

from contract.quizzes import Answer
from mobile.core.views import Refused
from mobile.core.views_learning import Picture
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.course_taps import TYPING_S, CourseTaps
from mobile.viewmodels.daily_taps import DailyState, DailyTaps
from mobile.viewmodels.kiosk_punch import NEEDS_S, KioskPunchViewModel
from mobile.viewmodels.manager_desk import ManagerViewModel
from mobile.viewmodels.own_page import OwnPageState, OwnPageViewModel
from tests.ui.scripted_learning import ScriptedLearning, a_result, an_onboarding, some_cards
from tests.viewmodels.test_hours_taps import _own
from tests.viewmodels.test_hq_taps import Stand

PIN = "481516"


class Reading:
    """A course lies open on the tablet."""

    def __init__(self, course_id: str = "k1") -> None:
        self.stand = Stand("kiosk")
        self.learning: ScriptedLearning = self.stand.core.own_learning
        self.moved = 0
        asked, timers, toasts = self.stand.asked, self.stand.timers, self.stand.toasts
        self.vm = CourseTaps(asked, timers, toasts, lambda core: core.own_learning, self._moved)
        self.vm.open(course_id)
        self.answer()

    def _moved(self) -> None:
        self.moved += 1

    @property
    def state(self) -> CourseState:
        return self.vm.state

    def answer(self) -> None:
        self.stand.asked.answer()

    def quiz(self) -> None:
        self.vm.tap_quiz()
        self.answer()


@pytest.fixture
def reading() -> Reading:
    return Reading()


def test_reading_goes_on_where_it_stopped_and_a_list_is_ticked_off_before_the_next_card(reading: Reading) -> None:
    vm = reading.vm
    vm.tap_start()
    reading.answer()
    assert reading.state.at == "c3" and reading.state.number == 3 and not reading.state.may_go_on
    vm.tap_next()
    assert reading.state.at == "c3"
    vm.tap_item("i1")
    vm.tap_item("i2")
    vm.tap_next()
    reading.answer()
    assert reading.state.at == "c4" and reading.learning.done == [
        ("open", "k1", "c3"), ("finish", "k1", "c3"), ("open", "k1", "c4"),
    ]  # fmt: skip
    assert reading.moved == 1 and vm.on_back() and reading.state.step == "overview" and not vm.on_back()


def test_practice_is_judged_on_the_spot_and_can_be_tried_again(reading: Reading) -> None:
    vm = reading.vm
    vm.tap_card("c4")
    vm.tap_check()
    assert not reading.state.may_check
    vm.tap_choice("b")
    vm.tap_check()
    reading.answer()
    judged = reading.state.judgement
    assert judged is not None and judged.right is False and ("practise", "c4", ("b",)) in reading.learning.done
    vm.tap_choice("a")
    assert reading.state.answer == Answer(question="single", chosen=["b"]), "what is judged stands"
    vm.tap_again()
    assert reading.state.answer is None and reading.state.judgement is None
    vm.tap_check()
    vm.tap_next()
    assert reading.state.at == "c4", "a question is answered before the next card"


def test_a_script_is_confirmed_with_one_tap() -> None:
    reading = Reading("k9")
    assert reading.state.step == "unknown"
    reading.learning.may_confirm = True
    reading.vm.open("k3")
    reading.answer()
    reading.vm.tap_confirm()
    reading.answer()
    assert reading.learning.done == [("confirm", "k3")] and reading.state.page is not None
    assert not reading.state.page.may_confirm and not reading.state.busy


def test_every_tap_in_a_quiz_is_kept_at_once_and_what_is_typed_a_moment_later(reading: Reading) -> None:
    reading.quiz()
    vm, told = reading.vm, reading.learning
    vm.tap_choice("a")
    reading.answer()
    assert told.answers == {"single": Answer(question="single", chosen=["a"])}
    for _ in range(4):
        vm.tap_next()
    vm.type_answer("6")
    vm.type_answer("65")
    reading.answer()
    assert "number" not in told.answers
    reading.stand.timers.pass_s(TYPING_S)
    reading.answer()
    assert told.answers["number"].text == "65" and told.done.count(("answer", "number", "65")) == 1
    assert reading.state.answered == 2 and reading.state.gaps == 4


def test_who_is_interrupted_goes_on_at_the_first_gap_and_loses_nothing_that_was_typed(reading: Reading) -> None:
    reading.quiz()
    vm = reading.vm
    vm.tap_choice("a")
    for _ in range(4):
        vm.tap_next()
    vm.type_answer("65")
    vm.close()  # the tablet shuts by itself
    reading.answer()
    assert reading.state == CourseState() and set(reading.learning.answers) == {"single", "number"}
    vm.open("k1")
    reading.answer()
    page = reading.state.page
    assert page is not None and page.quiz is not None and page.quiz.running
    reading.learning.left_s = 31
    reading.quiz()
    assert (reading.state.place, reading.state.left_s, reading.state.answered) == (1, 31, 2)


def test_when_time_is_over_the_result_is_there_without_a_tap(reading: Reading) -> None:
    reading.learning.left_s = 2
    reading.quiz()
    reading.stand.timers.pass_s(1)
    assert reading.state.left_s == 1
    reading.learning.over = True
    reading.stand.timers.pass_s(1)
    reading.answer()
    assert reading.state.step == "result" and reading.state.attempt is None
    assert reading.stand.timers.running == 0, "nothing ticks on"


def test_an_answer_that_comes_too_late_leads_to_the_result(reading: Reading) -> None:
    reading.quiz()
    reading.learning.over = True
    reading.vm.tap_choice("a")
    reading.answer()
    assert reading.state.step == "result" and reading.state.problem is None


def test_gaps_are_asked_about_once_and_led_to(reading: Reading) -> None:
    reading.quiz()
    vm = reading.vm
    vm.tap_choice("a")
    vm.tap_hand_in()
    assert reading.state.asking and reading.state.gaps == 5
    vm.tap_gap()
    assert not reading.state.asking and reading.state.place == 1
    vm.tap_hand_in()
    vm.tap_hand_in()
    reading.answer()
    assert ("hand_in", "t1") in reading.learning.done and reading.state.step == "result"


def test_pairs_are_made_by_two_taps(reading: Reading) -> None:
    reading.quiz()
    vm = reading.vm
    for _ in range(3):
        vm.tap_next()
    vm.tap_left("b")
    vm.tap_other("y")
    vm.tap_other("x")
    reading.answer()
    assert reading.learning.answers["match"].pairs == {"b": "y", "a": "x"}


def test_failing_shows_the_way_on(reading: Reading) -> None:
    reading.quiz()
    reading.vm.tap_hand_in()
    reading.vm.tap_hand_in()
    reading.answer()
    vm, result = reading.vm, reading.state.result
    assert result is not None and not result.may_again and result.next_course is not None
    vm.tap_retry()
    assert reading.learning.done.count(("begin", "k1")) == 1, "the next round begins later"
    vm.tap_line("single")
    assert reading.state.shown == "single" and vm.on_back() and reading.state.shown == ""
    vm.tap_next_course()
    reading.answer()
    assert reading.state.page is not None and reading.state.page.card.course_id == "k4"


def test_a_passed_quiz_can_be_taken_again_and_shows_its_certificate(reading: Reading) -> None:
    shown: list[str] = []
    reading.learning.handed = a_result(passed=True)
    reading.vm.tap_last()
    reading.answer()
    reading.vm.tap_certificate()
    reading.vm.certify = shown.append
    reading.vm.tap_certificate()
    reading.vm.tap_retry()
    reading.answer()
    assert shown == ["z1"] and reading.state.step == "quiz"


def test_an_exam_that_hq_marks_is_looked_at_again_with_every_news(reading: Reading) -> None:
    reading.learning.handed = a_result(waiting=True)
    reading.vm.tap_last()
    reading.answer()
    reading.learning.handed = a_result(passed=True)
    reading.vm.look()
    reading.answer()
    assert reading.state.result is not None and reading.state.result.passed


def test_only_pictures_of_what_is_in_front_are_fetched(reading: Reading) -> None:
    fetched: list[str] = []
    here = [Picture(sha * 32, 640, 320, "here") for sha in ("ab", "cd")]
    first, second, *rest = some_cards()
    cards = (type(first)(**{**vars(first), "picture": here[0]}), type(second)(**{**vars(second), "picture": here[1]}), *rest)
    reading.learning.cards = cards

    def picture(sha: str) -> bytes:
        fetched.append(sha)
        return b"png"

    reading.learning.picture = picture  # type: ignore[method-assign]
    reading.vm.look()
    reading.answer()
    assert fetched == []
    reading.vm.tap_card("c2")
    reading.answer()
    assert fetched == [here[1].sha] and dict(reading.state.pictures) == {here[1].sha: b"png"}


def test_a_page_that_has_shut_asks_for_the_pin_again(reading: Reading) -> None:
    shut: list[bool] = []
    reading.vm.shut = lambda: shut.append(True)
    reading.learning.problem = Refused("client.pin_needed")
    reading.vm.tap_card("c1")
    reading.answer()
    assert shut == [True]


def test_three_a_day_one_after_the_other(reading: Reading) -> None:
    reading.learning.busy()
    vm = DailyTaps(reading.stand.asked, lambda core: core.own_learning)
    vm.open()
    reading.answer()
    assert vm.state.asked is not None and vm.state.asked.question.key == "single" and not vm.state.may_check
    vm.tap_choice("b")
    vm.tap_check()
    reading.answer()
    assert vm.state.judged is not None and vm.state.judged.again_on == "2026-06-04"
    vm.look()
    reading.answer()
    assert vm.state.judged is not None, "news does not take the question away"
    vm.tap_felt("hard")
    reading.answer()
    following: DailyState = vm.state
    assert following.asked is not None and following.asked.question.key == "match" and following.judged is None
    assert reading.learning.done == [("daily", "single"), ("felt", "hard")]
    vm.close()
    assert vm.state == DailyState()


# one's own page


def _learner() -> tuple[Stand, OwnPageViewModel]:
    stand = Stand("kiosk")
    stand.core.own_learning.busy()
    return stand, _own(stand)


def test_ones_own_page_has_the_courses_that_are_due_first() -> None:
    stand, vm = _learner()
    assert vm.state.learn is not None and [one.course_id for one in vm.state.learn.due] == ["k2", "k1", "k3"]
    vm.tap_week("w23")
    vm.tap_course("k1")
    stand.asked.answer()
    assert vm.state.course_id == "k1" and vm.state.week_id == "" and vm.state.course.step == "overview"
    vm.tap_daily()
    stand.asked.answer()
    assert vm.state.recalling and vm.state.course_id == "" and vm.state.daily.asked is not None
    assert vm.on_back() and not vm.state.recalling and not vm.on_back()


def test_a_quiz_goes_on_after_the_next_pin_and_the_next_person_sees_nothing_of_it() -> None:
    stand, vm = _learner()
    vm.tap_course("k1")
    stand.asked.answer()
    vm.course.tap_quiz()
    stand.asked.answer()
    for _ in range(4):
        vm.course.tap_next()
    vm.course.type_answer("65")
    vm.on_leave()
    stand.asked.answer()
    assert vm.state == OwnPageState() and stand.core.own_learning.answers["number"].text == "65"
    assert stand.timers.running == 0
    again = _own(stand)
    assert again.state.learn is not None and again.state.learn.running == "k1"
    again.tap_running()
    stand.asked.answer()
    assert again.state.course_id == "k1" and again.state.course.step == "quiz"
    assert again.state.course.answers["number"].text == "65"


# the desk


def _desk() -> tuple[Stand, ManagerViewModel]:
    stand = Stand("kiosk")
    vm = stand.at("manager", None, ManagerViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    for digit in PIN:
        vm.tap_digit(digit)
    stand.asked.answer()
    vm.tap_part("training")
    return stand, vm


def test_one_tap_reminds_those_who_are_missing_and_says_who() -> None:
    stand, vm = _desk()
    assert vm.state.training.missing == 2, "people who are late"
    vm.training.tap_remind()
    vm.training.tap_course("k5")
    vm.training.tap_remind()
    stand.asked.answer()
    assert stand.core.desk_training.reminded == [], "nobody is missing there"
    vm.training.tap_course("k2")
    vm.training.tap_remind()
    vm.training.tap_remind()
    stand.asked.answer()
    assert stand.core.desk_training.reminded == ["k2"] and len(vm.state.training.told) == 3
    vm.training.tap_newcomer("e6")
    assert vm.state.training.course_id == "" and vm.on_back() and not vm.on_back()


def test_a_refused_reminder_is_said_beside_the_board_and_leaving_forgets_it() -> None:
    stand, vm = _desk()
    stand.core.desk_training.problem = Refused("client.nobody_to_remind")
    vm.training.tap_course("k2")
    vm.training.tap_remind()
    stand.asked.answer()
    said = vm.state.training.problem
    assert said is not None and said.code == "client.nobody_to_remind" and vm.state.problem is None
    vm.on_leave()
    assert vm.state.training.board is None


def test_somebody_new_hears_what_is_missing_after_the_first_punch_and_has_longer_to_read_it() -> None:
    stand = Stand("kiosk")
    stand.core.desk_training.needs = an_onboarding()
    vm = stand.at("kiosk_punch", "e0", KioskPunchViewModel(stand.asked, stand.timers, stand.navigator))
    for digit in PIN:
        vm.tap_digit(digit)
    stand.asked.answer()
    assert vm.state.step == "result" and vm.state.needs == an_onboarding() and vm.state.left_s == NEEDS_S
    vm.on_leave()
    assert vm.state.needs is None
