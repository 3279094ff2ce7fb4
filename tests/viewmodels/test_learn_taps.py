"""What taps do on the phone's pages of learning: searched, opened, a picture that fills the page, a wish, certificates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mobile.core.views import Refused
from mobile.viewmodels import learn as learn_module
from mobile.viewmodels.learn import (
    TYPING_S,
    CareerViewModel,
    CertificatesViewModel,
    DailyViewModel,
    LearnViewModel,
    LessonViewModel,
)
from mobile.viewmodels.navigator import Navigator, Stop
from mobile.viewmodels.punch_sheet import PunchSheetViewModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.today import TodayViewModel
from tests.support.planted import instead
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_learner import A_PICTURE
from tests.ui.scripted_learning import SHA
from tests.viewmodels.stand import Asked, HandTimers


class Stand:
    """A phone's learning over a scripted core."""

    def __init__(self) -> None:
        self.core = ScriptedCore("phone")
        self.core.learning.busy()
        self.asked, self.timers = Asked(self.core), HandTimers()
        self.navigator, self.toasts = Navigator("phone"), Toasts(self.timers)
        self.navigator.home()

    def at(self, screen: str, vm: Any, subject: str | None = None) -> Any:
        self.navigator.go(screen, subject)
        vm.on_enter()
        self.asked.answer()
        return vm

    def learn(self) -> LearnViewModel:
        made: LearnViewModel = self.at("learn", LearnViewModel(self.asked, self.timers, self.navigator))
        return made

    def course(self) -> LessonViewModel:
        vm = LessonViewModel(self.asked, self.timers, self.navigator, self.toasts)
        made: LessonViewModel = self.at("course", vm, "k1")
        return made

    def career(self) -> CareerViewModel:
        made: CareerViewModel = self.at("career", CareerViewModel(self.asked, self.navigator, self.toasts))
        return made


@pytest.fixture
def stand() -> Stand:
    return Stand()


def test_what_is_typed_is_searched_after_the_last_letter_and_back_leaves_the_search_first(stand: Stand) -> None:
    vm = stand.learn()
    for text in ("s", "se", "sa"):
        vm.type_sought(text)
        stand.timers.pass_s(TYPING_S / 2)
    assert stand.asked.waiting == [], "nothing is asked between two letters"
    stand.timers.pass_s(TYPING_S)
    stand.asked.answer()
    assert vm.state.home is not None and vm.state.home.found is not None
    assert {one.course_id for one in vm.state.home.found} == {"k2", "k8"}, "safety in either title"
    vm.tap_back()
    stand.asked.answer()
    assert vm.state.sought == "" and vm.state.home.found is None and stand.navigator.here.screen == "learn"
    vm.tap_back()
    assert stand.navigator.here.screen == "today"


def test_an_answer_to_an_older_search_is_not_shown(stand: Stand) -> None:
    vm = stand.learn()
    vm.type_sought("zzz")
    stand.timers.pass_s(TYPING_S)
    vm.type_sought("")
    stand.asked.answer()
    assert vm.state.home is not None and vm.state.home.found is None
    with instead(learn_module.LearnViewModel, "_seen", lambda self, home, sought: self.show(learn_module.LearnState(home))):
        vm.type_sought("zzz")
        stand.timers.pass_s(TYPING_S)
        vm.type_sought("")
        stand.asked.answer()
        assert vm.state.home.found == (), "the planted fault shows what nobody seeks any more"


def test_from_the_start_page_of_learning_everything_is_one_tap_away(stand: Stand) -> None:
    vm = stand.learn()
    for tap, screen in ((vm.tap_daily, "daily"), (vm.tap_certificates, "certificates"), (vm.tap_path, "career")):
        tap()
        assert stand.navigator.here.screen == screen
        stand.navigator.back()
    vm.tap_running()
    assert stand.navigator.here.screen == "learn", "no quiz goes on"
    stand.core.learning.running = "k1"
    vm.on_news()
    stand.asked.answer()
    vm.tap_running()
    assert stand.navigator.here == Stop("course", "k1")


def test_past_the_lease_the_page_says_so_and_shows_nothing(stand: Stand) -> None:
    vm = stand.learn()
    stand.core.learning.locked = Refused("client.locked")
    vm.on_news()
    stand.asked.answer()
    assert vm.state.home is None and vm.state.problem is not None and vm.state.problem.code == "client.locked"
    with pytest.raises(ZeroDivisionError):
        learn_module.said_of(ZeroDivisionError())


def test_a_picture_fills_the_page_only_once_it_is_here_and_back_leaves_it_first(stand: Stand) -> None:
    vm = stand.course()
    vm.course.tap_card("c2")
    stand.asked.answer()
    vm.course.tap_picture()
    assert vm.state.whole == "", "it has not come yet"
    stand.core.learning.drawn = A_PICTURE
    vm.course.look()
    stand.asked.answer()
    vm.course.tap_card("c2")
    stand.asked.answer()
    vm.course.tap_picture()
    assert vm.state.whole == SHA
    vm.tap_back()
    assert vm.state.whole == "" and vm.state.course.at == "c2" and stand.navigator.here.screen == "course"
    vm.tap_back()
    vm.tap_back()
    assert stand.navigator.here.screen == "today"


def test_of_a_long_course_the_cards_around_the_next_one_are_listed_and_all_on_a_tap(stand: Stand) -> None:
    first = stand.core.learning.cards[0]
    stand.core.learning.cards = tuple(replace(first, key=f"c{n}", done=n < 20) for n in range(60))
    vm = stand.course()
    assert [n for n, _ in vm.state.course.listed] == list(range(19, 31)) and vm.state.course.page is not None
    vm.course.tap_unfold()
    assert len(vm.state.course.listed) == 60
    stand.core.learning.cards = stand.core.learning.cards[:12]
    vm = stand.course()
    assert len(vm.state.course.listed) == 12


def test_a_certificate_opens_from_the_result_and_back_leads_to_the_course_as_it_lay_open(stand: Stand) -> None:
    vm = stand.course()
    vm.course.tap_card("c1")
    stand.asked.answer()
    assert vm.course.certify is not None
    vm.course.certify("z1")
    vm.on_leave()
    assert stand.navigator.here == Stop("certificates", "z1") and vm.state.course.at == "c1"
    shown = CertificatesViewModel(stand.asked, stand.navigator)
    shown.on_enter()
    stand.asked.answer()
    assert shown.state.card is not None and shown.state.card.certificate_id == "z1"
    shown.tap_back()
    vm.on_enter()
    stand.asked.answer()
    assert stand.navigator.here == Stop("course", "k1") and vm.state.course.at == "c1"
    stand.navigator.home()
    vm.on_leave()
    assert vm.state.course.page is None


def test_from_the_list_of_certificates_back_goes_to_the_list_first(stand: Stand) -> None:
    vm = stand.at("certificates", CertificatesViewModel(stand.asked, stand.navigator))
    vm.tap_certificate("z2")
    assert vm.state.card.code == "OC-2B8W-6HND-3VKC"
    vm.tap_back()
    assert vm.state.card is None and stand.navigator.here.screen == "certificates"
    vm.tap_back()
    assert stand.navigator.here.screen == "today"


def test_a_wish_is_said_with_its_path_and_kept(stand: Stand) -> None:
    vm = stand.career()
    vm.tap_say()
    vm.tap_wish("promotion")
    vm.tap_target("p2")
    vm.type_note("明年")
    vm.tap_send()
    stand.asked.answer()
    assert stand.core.learning.done == [("wish", "promotion", "p2", "明年")]
    assert not vm.state.wording and vm.state.page is not None and vm.state.page.wish_path == "p2"


def test_a_promotion_without_a_path_is_not_said_and_another_post_needs_none(stand: Stand) -> None:
    vm = stand.career()
    vm.tap_say()
    vm.tap_wish("other_post")
    assert vm.state.may_say and vm.state.path_id == ""
    vm.tap_wish("promotion")
    assert not vm.state.may_say
    vm.tap_send()
    assert stand.core.learning.done == []
    vm.tap_back()
    assert not vm.state.wording and stand.navigator.here.screen == "career"


def test_a_wish_that_is_refused_says_why_and_keeps_the_words(stand: Stand) -> None:
    vm = stand.career()
    vm.tap_say()
    vm.tap_wish("stay")
    stand.core.learning.problem = Refused("client.disk_full", free_mb=3)
    vm.tap_send()
    stand.asked.answer()
    assert vm.state.wording and not vm.state.busy and vm.state.problem is not None


def test_the_start_page_shows_what_is_due_first_and_how_many_questions_are_left(stand: Stand) -> None:
    sheet = PunchSheetViewModel(stand.asked, stand.navigator, stand.toasts)
    vm = stand.at("today", TodayViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts, sheet))
    assert vm.state.due.course_id == "k2" and vm.state.questions == 3
    vm.tap_course("k2")
    assert stand.navigator.here == Stop("course", "k2")
    stand.core.learning.locked = Refused("client.locked")
    vm.on_news()
    stand.asked.answer()
    assert vm.state.due is None and vm.state.questions == 0


def test_after_coming_in_the_three_questions_are_offered_and_after_going_they_are_not(stand: Stand) -> None:
    sheet = PunchSheetViewModel(stand.asked, stand.navigator, stand.toasts)
    for kind, offered in (("in", True), ("out", False)):
        kept = stand.core.punch(kind=kind)
        sheet.just_kept(kept)
        stand.navigator.go("punch", kept.punch_id)
        sheet.on_enter()
        stand.asked.answer()
        assert sheet.state.offers_daily is offered
        stand.navigator.home()
    sheet.tap_daily()
    daily = stand.at("daily", DailyViewModel(stand.asked, stand.navigator))
    assert stand.navigator.here.screen == "daily" and daily.state.asked is not None
    daily.tap_back()
    assert stand.navigator.here.screen == "today"
