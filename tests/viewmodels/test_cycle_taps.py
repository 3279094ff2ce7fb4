"""Taps over cycles: every touch is kept, what was begun is offered again, the board has whoever is overdue first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mobile.core.cycles import StageView
from mobile.core.views import Refused, Said
from mobile.core.views_hq import At, Inbox, ItemCard
from mobile.viewmodels.cycle_taps import CyclesState, may_agree, may_confirm, mine_to_do, now_at
from mobile.viewmodels.cycles import CycleViewModel
from mobile.viewmodels.desk_cycles import DeskCyclesTaps, all_overdue, counts, on_board
from mobile.viewmodels.inbox import OF_A_STORE, InboxViewModel
from mobile.viewmodels.manager_desk import ManagerViewModel
from mobile.viewmodels.navigator import Navigator, Stop
from mobile.viewmodels.scores import ScoresViewModel
from mobile.viewmodels.toasts import Toasts
from tests.support.planted import instead
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_cycles import COURSE, MIXED, NEWCOMER, NOTE, PRACTISE, STABLE, a_bare_page, a_page, in_talk
from tests.viewmodels.stand import Asked, HandTimers


class Desk:
    """A desk that is open, and asks at once."""

    def __init__(self) -> None:
        self.core = ScriptedCore("kiosk")
        self.book = self.core.cycles.desk
        self.vm = DeskCyclesTaps(self, Toasts(HandTimers()))
        self.vm.look()

    def ask_here(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        then(question(self.core))

    def pin_again(self) -> None:
        raise AssertionError("the desk is open")


class Phone:
    """One's own part, with answers when the test says so."""

    def __init__(self, subject: str | None = None) -> None:
        self.core = ScriptedCore("phone")
        self.book = self.core.cycles.mine
        self.asked, self.navigator = Asked(self.core), Navigator("phone")
        self.vm = CycleViewModel(self.asked, self.navigator, Toasts(HandTimers()))
        self.navigator.go("cycle", subject)
        self.vm.on_enter()
        self.asked.answer()

    def do(self, act: Callable[[], None]) -> CyclesState:
        act()
        self.asked.answer()
        return self.vm.state


def test_the_board_has_the_newest_cycle_with_whoever_is_overdue_first() -> None:
    desk = Desk()
    board = on_board(desk.vm.state)
    assert [one.part.person_name for one in board] == ["赵敏", "刘洋", "李晓雯", "陈思远", "Anastasia Konstantinopolskaya-Wrobel"]
    assert counts(board) == (5, 3, 1) and all_overdue(desk.vm.state) == 3
    desk.vm.tap_cycle("k0")
    assert [one.part.id for one in on_board(desk.vm.state)] == ["t6"] and counts(on_board(desk.vm.state)) == (1, 0, 1)
    assert on_board(CyclesState()) == ()


def test_the_stage_that_matters_is_the_overdue_one_and_ones_own_side_is_asked_for() -> None:
    mine, theirs = a_page(), a_page(side="manager")
    assert now_at(mine).stage == "goals" and now_at(in_talk(mine)).stage == "interview"
    assert [(stage.stage, lack) for stage, lack in mine_to_do(mine)] == [("goals", "agree_person"), ("evaluation", "self")]
    assert [lack for _, lack in mine_to_do(theirs)] == ["months", "manager"]
    assert may_agree(mine) and not may_agree(theirs), "the manager set them"
    assert not may_agree(a_bare_page("t1", "赵敏")) and not may_confirm(mine), "the interview has not opened"
    assert may_confirm(in_talk(mine)) and may_confirm(in_talk(theirs))


def test_goals_are_kept_with_every_letter_and_offered_again() -> None:
    desk = Desk()
    desk.vm.tap_part("t1")
    desk.vm.tap_write("goals")
    assert [line.text for line in desk.vm.state.lines] == [STABLE, NEWCOMER]
    desk.vm.type_more("g1", "92")
    desk.vm.tap_add()
    assert not desk.vm.state.may_add, "one empty line is enough"
    fresh = desk.vm.state.lines[-1].id
    desk.vm.type_line(fresh, "准")
    assert [line.text for line in desk.book.papers[("t1", "goals")].lines] == [STABLE, NEWCOMER, "准"]
    desk.vm.forget()
    desk.vm.look()
    desk.vm.tap_part("t1")
    desk.vm.tap_write("goals")
    assert desk.vm.state.lines[-1].text == "准" and desk.vm.state.lines[0].more == "92"
    desk.vm.tap_send()
    assert desk.book.said == [("goals", "t1", [(STABLE, "tea", "92"), (NEWCOMER, None, None), ("准", None, None)])]
    assert desk.vm.state.mode == "" and desk.vm.state.part_id == "t1"


def test_the_note_and_the_plan_are_the_managers_with_their_days() -> None:
    desk = Desk()
    desk.vm.tap_part("t2")
    desk.vm.tap_write("note")
    assert desk.vm.state.words == NOTE and desk.vm.state.day == "2026-06-01"
    desk.vm.tap_held("2026-05-31")
    desk.vm.type_words("谈了速度")
    assert desk.book.papers[("t2", "note")].day == "2026-05-31"
    desk.vm.tap_send()
    desk.vm.tap_write("plan")
    desk.vm.type_more("a2", "2026-08-30")
    desk.vm.tap_add()
    desk.vm.tap_send()
    desk.vm.tap_confirm()
    assert desk.book.said == [
        ("note", "t2", "谈了速度", "2026-05-31"), ("plan", "t2", [(PRACTISE, "2026-06-30"), (COURSE, "2026-08-30")]),
        ("confirm", "t2"),
    ], "a line that stays empty says nothing"  # fmt: skip
    assert not desk.vm.close_mode() and desk.vm.on_back() and not desk.vm.state.part_id and not desk.vm.on_back()


def test_on_the_phone_goals_are_agreed_to_told_of_and_the_plan_ticked() -> None:
    phone = Phone()
    assert phone.vm.state.page is not None and phone.vm.state.page.cycle.id == "k1", "the newest"
    phone.do(phone.vm.tap_agree)
    phone.do(lambda: phone.vm.tap_goal("g2"))
    assert phone.vm.state.mode == "track" and not phone.vm.state.may_send
    phone.do(lambda: phone.vm.tap_percent("50"))
    phone.do(lambda: phone.vm.type_words("已带五天"))
    assert phone.book.papers[("t1", "track|g2")].percent == "50"
    assert phone.vm.on_back() and phone.vm.state.mode == ""
    phone.do(lambda: phone.vm.tap_goal("g1"))
    assert phone.vm.state.percent == "" and phone.vm.state.words == "", "each goal has its own word"
    phone.do(lambda: phone.vm.tap_goal("g2"))
    assert (phone.vm.state.percent, phone.vm.state.words) == ("50", "已带五天")
    phone.do(phone.vm.tap_send)
    phone.do(lambda: phone.vm.tap_tick("a2", True))
    assert phone.book.said == [("agree", "t1"), ("track", "g2", 50, "已带五天"), ("tick", "a2", True)]


def test_ones_own_word_is_on_the_disk_with_every_touch_and_sent_once() -> None:
    phone = Phone()
    phone.do(phone.vm.tap_assess)
    assert phone.vm.state.form is not None and phone.vm.state.form.month == "2026-06" and not phone.vm.state.may_send
    phone.do(lambda: phone.vm.tap_value("tea", "80"))
    phone.do(lambda: phone.vm.tap_value("open", "1"))
    phone.do(lambda: phone.vm.tap_value("open", "1"))
    phone.do(lambda: phone.vm.type_words("比上月快"))
    mine = phone.core.scores.mine
    assert mine.begun == {"2026-06": ({"tea": "80", "open": ""}, "比上月快")}, "tapped again is taken back"
    phone.vm.on_leave()
    assert phone.vm.state == CyclesState(), "nothing stays in the state of a page one has left"
    phone.vm.on_enter()
    phone.asked.answer()
    phone.do(phone.vm.tap_assess)
    assert phone.vm.state.values == {"tea": "80"} and phone.vm.state.words == "比上月快"
    phone.vm.tap_send()
    phone.vm.tap_send()
    phone.asked.answer()
    assert mine.words == [("tea=80", "比上月快")] and phone.vm.state.mode == ""


def test_what_is_refused_says_why_and_keeps_what_was_written() -> None:
    phone = Phone()
    phone.do(lambda: phone.vm.tap_goal("g1"))
    phone.do(lambda: phone.vm.tap_percent("75"))

    def refuse(*_: Any) -> None:
        raise Refused("cycles.not_yet", from_day="2026-06-20")

    with instead(phone.book, "track", refuse):
        phone.do(phone.vm.tap_send)
    assert phone.vm.state.problem == Said("cycles.not_yet", {"from_day": "2026-06-20"}) and not phone.vm.state.busy
    assert phone.vm.state.percent == "75"
    phone.do(phone.vm.tap_send)
    assert phone.book.said == [("track", "g1", 75, "")] and phone.vm.state.problem is None


def test_a_goal_answers_no_tap_before_tracking_opens() -> None:
    phone = Phone()
    early = a_page()
    stages = tuple(replace(one, from_day="2026-07-01") for one in early.stages)
    phone.book.shown = (replace(early, stages=stages),)
    phone.do(phone.vm.on_news)
    assert phone.do(lambda: phone.vm.tap_goal("g1")).mode == ""


def test_the_phone_opens_the_cycle_an_item_is_about_and_says_when_there_is_none() -> None:
    phone = Phone("k0")
    assert phone.vm.state.page is not None and phone.vm.state.page.cycle.id == "k0"
    phone.vm.tap_cycle("k1")
    assert phone.vm.state.page is not None and phone.vm.state.page.cycle.id == "k1"
    phone.book.shown = ()
    phone.do(phone.vm.on_news)
    assert phone.vm.state.pages == () and phone.vm.state.page is None


@pytest.mark.parametrize(("code", "leads"), [("inbox.N-22_talk.to_do", Stop("cycle", "k1")), (OF_A_STORE, Stop("inbox"))])
def test_an_item_leads_to_ones_own_part_and_a_stores_stays_where_it_is(code: str, leads: Stop) -> None:
    core = ScriptedCore("phone")
    core.office.items = Inbox((ItemCard("i1", "to_do", Said(code, {}), "cycle", "k1", At(1, "2026-06-01", "09:12")),), ())
    asked, navigator = Asked(core), Navigator("phone")
    vm = InboxViewModel(asked, HandTimers(), navigator)
    navigator.switch("inbox")
    vm.on_enter()
    asked.answer()
    vm.tap_item("i1")
    assert navigator.here == leads


def test_scores_lead_to_the_cycles_on_both_faces_and_back_leads_out_again() -> None:
    navigator = Navigator("phone")
    ScoresViewModel(Asked(ScriptedCore("phone")), navigator, Toasts(HandTimers())).tap_cycle()
    assert navigator.here == Stop("cycle")
    core = ScriptedCore("kiosk")
    asked, timers = Asked(core), HandTimers()
    vm = ManagerViewModel(asked, timers, Navigator("kiosk"), Toasts(timers))
    vm.on_enter()
    asked.answer()
    for digit in "481516":
        vm.tap_digit(digit)
    asked.answer()
    vm.tap_part("cycles")
    vm.cycles.tap_part("t1")
    vm.cycles.tap_evaluate()
    asked.answer()
    assert vm.state.part == "scores" and vm.state.scores.month == "2026-06" and vm.state.scores.form is not None
    vm.scores.tap_value("tea", "100")
    vm.scores.tap_give()
    asked.answer()
    assert set(core.scores.desk.months) == {"2026-06"} and core.scores.desk.given == ["p-t1"]
    vm.tap_part("cycles")
    vm.cycles.tap_part("t1")
    assert vm.on_back() and not vm.state.cycles.part_id and vm.state.part == "cycles"
    assert vm.on_back() and vm.state.part == "scores"
    vm.on_leave()
    assert vm.state.cycles == CyclesState(), "whoever comes next sees nothing of it"


def test_a_closed_cycle_asks_nothing() -> None:
    page = a_page(found=MIXED)
    closed = replace(page, cycle=Phone("k0").vm.state.page.cycle)  # type: ignore[union-attr]
    assert mine_to_do(closed) == () and not may_agree(closed)


def test_nobody_is_asked_how_far_goals_are_that_nobody_has_set() -> None:
    bare = a_bare_page("t1", "赵敏")
    tracking = StageView("tracking", "2026-06-01", "2026-06-30", "running", ("track",))
    assert not bare.detail.goals and mine_to_do(replace(bare, side="person", stages=(tracking,))) == ()
    with_goals = replace(a_page(), stages=(tracking,))
    assert [lack for _, lack in mine_to_do(with_goals)] == ["track"]
