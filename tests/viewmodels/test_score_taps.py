"""Taps of scoring: a card at the desk, kept with every touch and taken back at once; one's own scores on the phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.viewmodels.desk_scores import DeskScoresTaps
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.scores import ScoresViewModel
from mobile.viewmodels.toasts import Toasts
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_scores import DAYS
from tests.viewmodels.stand import Asked, HandTimers


class Desk:
    """A desk that is open, and asks at once."""

    def __init__(self) -> None:
        self.core = ScriptedCore("kiosk")
        self.vm = DeskScoresTaps(self, Toasts(HandTimers()))
        self.vm.look()

    def ask_here(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        then(question(self.core))

    def pin_again(self) -> None:
        raise AssertionError("the desk is open")


def test_a_card_is_on_the_disk_with_every_touch_and_given_once() -> None:
    desk = Desk()
    vm, book = desk.vm, desk.core.scores.desk
    assert vm.state.waiting == 1 and not vm.state.may_give
    vm.tap_person("p1")
    assert vm.state.values == {"tea": "90", "smile": "80", "open": "1"} and vm.state.comment == "午高峰很稳"
    vm.tap_value("tea", "70")
    vm.tap_value("open", "1")
    vm.tap_phrase("请准时到岗")
    assert [marks for _, marks, _ in book.written] == [
        {"tea": "70", "smile": "80", "open": "1"}, *[{"tea": "70", "smile": "80", "open": ""}] * 2,
    ], "tapped again is taken back"  # fmt: skip
    assert book.written[-1][2] == "午高峰很稳 请准时到岗"
    vm.tap_give()
    assert book.given == ["p1"] and vm.state.form is None and vm.state.given_name == "李晓雯"
    vm.tap_give()
    assert book.given == ["p1"]
    vm.tap_undo("当场撤销")
    assert book.words == [("c1", "当场撤销")] and not vm.state.given
    vm.tap_undo("again")
    assert len(book.words) == 1


def test_a_card_is_about_a_day_that_may_be_chosen_and_has_up_to_three_photos() -> None:
    desk = Desk()
    vm, book = desk.vm, desk.core.scores.desk
    vm.tap_person("p1")
    vm.tap_day(1)
    assert book.day == DAYS[0], "after today there is none"
    for _ in range(4):
        vm.tap_day(-1)
    assert book.day == DAYS[-1] and vm.state.form is not None and vm.state.form.day == DAYS[-1]
    vm.take_photo(b"0")
    assert not book.photos, "nobody is taking one"
    for number in range(4):
        vm.tap_camera()
        assert vm.state.taking == (number < 3)
        vm.take_photo(b"photo %d" % number)
        assert not vm.state.taking
    assert list(book.photos.values()) == [b"photo 0", b"photo 1", b"photo 2"] and not vm.state.may_take
    vm.drop_photo(next(iter(book.photos)))
    assert len(vm.state.form.photos) == 2 and vm.state.may_take
    vm.tap_camera()
    assert vm.on_back() and not vm.state.taking and vm.state.form is not None
    vm.tap_camera()
    vm.no_camera()
    assert not vm.state.taking and vm.state.problem is not None
    vm.tap_card("c1")
    assert set(vm.state.pictures) == {"ab" * 32}, "what is here is shown, the rest has to be asked for"
    vm.tap_photo("cd" * 32)
    assert book.words == [("c1", "cd" * 32)]


def test_a_sent_card_is_answered_corrected_and_withdrawn_with_words() -> None:
    desk = Desk()
    vm, book = desk.vm, desk.core.scores.desk
    for mode, words in (("reply", "好的"), ("correct", "误按"), ("withdraw", "不是今天")):
        vm.tap_card("c1")
        vm.tap_mode(mode)  # type: ignore[arg-type]
        assert not vm.state.may_send
        vm.tap_send()
        vm.type_words(words)
        vm.tap_send()
        assert book.words[-1] == ("c1", words) and vm.state.mode == ""
    assert len(book.words) == 3
    vm.tap_mode("reply")
    assert vm.on_back() and vm.state.card is not None and vm.on_back() and vm.state.card is None and not vm.on_back()


def test_ones_own_scores_are_answered_contested_and_assessed() -> None:
    core = ScriptedCore("phone")
    asked, navigator = Asked(core), Navigator("phone")
    vm = ScoresViewModel(asked, navigator, Toasts(HandTimers()))
    navigator.go("scores", "c2")
    vm.on_enter()
    asked.answer()
    assert vm.state.card is not None and vm.state.report is None
    vm.tap_card("c1")
    asked.answer()
    assert set(vm.state.pictures) == {"ab" * 32}
    vm.tap_photo("cd" * 32)
    asked.answer()
    assert core.scores.mine.words == [("c1", "cd" * 32)]
    vm.tap_card("c2")
    assert not vm.state.pictures
    for mode, words in (("reply", "谢谢"), ("appeal", "那天我休息")):
        vm.tap_mode(mode)  # type: ignore[arg-type]
        vm.type_words(words)
        vm.tap_send()
        asked.answer()
        assert core.scores.mine.words[-1] == ("c2", words)
    vm.tap_report("m1")
    vm.tap_mode("appeal")
    vm.type_words("数字不对")
    vm.tap_send()
    asked.answer()
    assert core.scores.mine.words[-1] == ("m1", "数字不对")
    assert vm.on_back()
    vm.tap_mode("assess")
    assert not vm.state.may_send
    vm.tap_value("smile", "80")
    vm.tap_send()
    asked.answer()
    assert core.scores.mine.words[-1] == ("smile=80", "") and vm.state.mode == ""
