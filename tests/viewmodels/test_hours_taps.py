"""What taps do on the pages of hours: the month, the day, the week, one's own page on the tablet, the manager's board."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest

from contract.day_state import NOW_WORDS
from contract.hours import DayFlag, DayState
from contract.inbox import About
from contract.messages import LANGUAGES, catalogue
from mobile.core.views import Refused, Said, SyncOutcome
from mobile.core.views_hours import DayCard, MonthSums, ShiftsNow
from mobile.core.views_hq import Both
from mobile.viewmodels.day_page import DayViewModel
from mobile.viewmodels.exceptions import DeskHoursState
from mobile.viewmodels.hours_words import DAY_STATES, NOW_STATES, cell_mark, day_mark, minutes_said, now_mark, week_mark
from mobile.viewmodels.inbox import LEADS_TO, InboxViewModel
from mobile.viewmodels.kiosk_punch import KioskPunchViewModel
from mobile.viewmodels.manager_desk import ManagerViewModel
from mobile.viewmodels.my_days import MyDaysState, MyDaysViewModel
from mobile.viewmodels.navigator import Stop
from mobile.viewmodels.new_request import NewRequestViewModel
from mobile.viewmodels.own_page import OwnPageState, OwnPageViewModel
from mobile.viewmodels.punch_sheet import PunchSheetViewModel
from mobile.viewmodels.today import MINUTE_S, TodayViewModel
from mobile.viewmodels.week_page import WeekState, WeeksViewModel, WeekViewModel
from tests.ui.scripted_hours import MONDAY, OFF, a_board, a_day, a_week, a_week_page
from tests.ui.scripted_office import item
from tests.viewmodels.test_hq_taps import Stand

PIN = "481516"


@pytest.fixture
def stand() -> Stand:
    made = Stand()
    made.core.hours.busy()
    return made


@pytest.fixture
def tablet() -> Stand:
    return Stand("kiosk")


def _today(stand: Stand) -> TodayViewModel:
    sheet = PunchSheetViewModel(stand.asked, stand.navigator, stand.toasts)
    vm = TodayViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts, sheet)
    vm.on_enter()
    stand.asked.answer()
    return vm


# the start page


def test_the_start_page_says_the_shift_the_next_one_and_how_late_it_is(stand: Stand) -> None:
    vm = _today(stand)
    assert vm.state.shifts is not None and vm.state.shifts.today == MONDAY
    assert vm.state.hint == Said("phone.hint_late", {"min": 17, "at": "09:00"})
    vm.tap_other_kind()
    assert vm.state.hint is None, "clocking out now would be something else"
    stand.core.hours.now = ShiftsNow(MONDAY, None, Said("phone.hint_late", {"min": 18, "at": "09:00"}))
    vm.tap_other_kind()
    stand.timers.pass_s(MINUTE_S)
    stand.asked.answer()
    assert vm.state.hint == Said("phone.hint_late", {"min": 18, "at": "09:00"}), "minutes go on"
    vm.on_leave()
    assert stand.timers.running == 0


def test_a_week_that_waits_is_two_taps_from_the_start_page(stand: Stand) -> None:
    vm = _today(stand)
    assert vm.state.week is not None and vm.state.week.statement_id == "w22", "the oldest waits the longest"
    vm.tap_week("w22")
    assert stand.navigator.here == Stop("week", "w22")
    week = WeekViewModel(stand.asked, stand.navigator, stand.toasts)
    week.on_enter()
    stand.asked.answer()
    week.tap_confirm()
    stand.asked.answer()
    assert stand.core.hours.said == [("confirm", "w22", 2)]


def test_past_the_lease_the_start_page_keeps_the_button_and_shows_no_shift(stand: Stand) -> None:
    vm = _today(stand)
    stand.core.hours.is_locked = True
    vm.on_news()
    stand.asked.answer()
    assert (vm.state.shifts, vm.state.week, vm.state.hint) == (None, None, None) and vm.state.can_punch


def test_where_nobody_plans_anything_the_start_page_is_as_it_was(stand: Stand) -> None:
    stand.core.hours.now, stand.core.hours.listed = ShiftsNow(), ()
    vm = _today(stand)
    assert (vm.state.week, vm.state.hint, vm.state.kind) == (None, None, "in")


# my days


def test_months_are_walked_and_a_day_leads_back_to_its_month(stand: Stand) -> None:
    vm = stand.at("days", None, MyDaysViewModel(stand.asked, stand.navigator))
    assert vm.state.page is not None and vm.state.page.month == "2026-06" and vm.state.page.weeks_due == 2
    for by, month in ((-1, "2026-05"), (-1, "2026-04"), (1, "2026-05")):
        vm.tap_month(by)
        stand.asked.answer()
        assert vm.state.page.month == month
    vm.tap_option("2026-05-03")
    vm.on_leave()
    assert stand.navigator.here == Stop("day", "2026-05-03") and vm.state == MyDaysState()
    stand.navigator.back()
    vm.on_enter()
    stand.asked.answer()
    assert vm.state.page is not None and vm.state.page.month == "2026-05"
    vm.tap_back()
    stand.navigator.go("days")
    vm.on_enter()
    stand.asked.answer()
    assert vm.state.page.month == "2026-06", "come again, it is this month"
    vm.tap_weeks()
    assert stand.navigator.here == Stop("weeks")


def test_a_locked_phone_says_why_it_shows_no_days(stand: Stand) -> None:
    stand.core.hours.is_locked = True
    vm = stand.at("days", None, MyDaysViewModel(stand.asked, stand.navigator))
    assert vm.state.page is None and vm.state.problem == Said("client.locked", {})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_and_flag_of_a_day_has_a_word_a_sign_and_a_tone(language: Any) -> None:
    known = set(catalogue(language))
    assert set(DAY_STATES) == set(get_args(DayState)) and set(NOW_STATES) == set(NOW_WORDS)
    wanted = {f"hours_page.{kind}_{state}" for state in get_args(DayState) for kind in ("state", "short")}
    wanted |= {f"hours_page.flag_{flag}" for flag in get_args(DayFlag)}
    wanted |= {f"board.{kind}_{word}" for word in NOW_WORDS for kind in ("state", "count")}
    assert wanted - known == set()
    assert set(LEADS_TO) == set(get_args(About)), "every item of the inbox leads somewhere"


def test_a_day_says_what_is_known_of_it_and_never_more() -> None:
    assert day_mark(DayCard("2026-06-01", "unknown")).said.code == "hours_page.state_unknown"
    assert day_mark(DayCard("2026-06-01", None, fresh=1)).said.code == "hours_page.state_kept"
    assert day_mark(DayCard("2026-06-01", None, duty=MONDAY)).said.code == "hours_page.state_planned"
    assert day_mark(DayCard("2026-06-02", None, duty=OFF)).said.code == "hours_page.state_off"
    assert day_mark(DayCard("2026-06-02", None)).said.code == "hours_page.state_nothing"
    festival = Both("端午节", "Dragon Boat Festival")
    shut = DayCard("2026-06-19", "off", holiday=festival)
    assert day_mark(shut).said == Said("hours_page.state_holiday", {"name_zh": "端午节", "name_en": "Dragon Boat Festival"})
    assert cell_mark(shut).said.code == "hours_page.short_holiday" == cell_mark(replace(shut, state=None, duty=OFF)).said.code
    own = cell_mark(replace(shut, holiday=None))
    assert own.said.code == "hours_page.short_off" and (own.tone, own.icon) != (cell_mark(shut).tone, cell_mark(shut).icon)
    assert cell_mark(replace(shut, state="present")).said.code == "hours_page.short_present", "who worked all the same did"
    assert cell_mark(DayCard("2026-06-01", None, duty=MONDAY)).said == Said("hours_page.short_planned", {"at": "09:00"})
    assert cell_mark(DayCard("2026-06-02", None)).said.code == "" and cell_mark(DayCard("2026-06-02", "late")).tone == "late"
    assert now_mark("a word of a newer release", None).said.code == "board.state_unknown"
    told = [minutes_said(minutes) for minutes in (0, 45, 480, 485, -90)]
    assert [said.code for said in told] == ["span.min", "span.min", "span.hours", "span.h_min", "span.h_min"]
    assert told[-1].facts == {"h": "-1", "min": 30} and MonthSums().worked_min == 0


# a day


def test_from_a_day_a_correction_is_asked_for_with_what_is_known_filled_in(stand: Stand) -> None:
    vm = stand.at("day", "2026-06-01", DayViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_correct()
    assert stand.navigator.here == Stop("new_request", "correct:2026-06-01")
    form = NewRequestViewModel(stand.asked, stand.navigator, stand.toasts)
    form.on_enter()
    stand.asked.answer()
    assert form.state.step == "form" and form.state.form == {"from": "2026-06-01"}


def test_not_agreeing_with_a_day_needs_words_and_is_sent_once(stand: Stand) -> None:
    vm = stand.at("day", "2026-06-01", DayViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_appeal()
    vm.tap_send()
    assert vm.state.problem == Said("client.reason_needed", {}) and not vm.state.may_send
    vm.type_text("我九点就到了")
    vm.tap_send()
    vm.tap_send()
    stand.asked.answer()
    assert stand.core.hours.appealed == [("2026-06-01", "我九点就到了")] and not vm.state.appealing
    assert stand.toasts.state.said == Said("day_page.appeal_kept", {})
    vm.tap_appeal()
    assert vm.on_back() and not vm.state.appealing and not vm.on_back()
    vm.on_leave()
    assert vm.state.page is None


def test_an_answer_about_another_day_is_not_shown(stand: Stand) -> None:
    vm = DayViewModel(stand.asked, stand.navigator, stand.toasts)
    stand.navigator.go("day", "2026-06-01")
    vm.on_enter()
    stand.navigator.back()
    stand.navigator.go("day", "2026-06-02")
    stand.core.hours.days["2026-06-02"] = a_day(card=replace(a_day().card, day="2026-06-02", state="present"))
    vm.on_enter()
    stand.asked.answer()
    assert vm.state.page is not None and vm.state.page.card.day == "2026-06-02"


# weeks


def test_a_week_is_confirmed_by_one_tap_and_only_once(stand: Stand) -> None:
    weeks = stand.at("weeks", None, WeeksViewModel(stand.asked, stand.timers, stand.navigator))
    assert weeks.state.page is not None
    assert [card.waits_for_me for card in weeks.state.page.mine] == [True, True, False, False, False]
    weeks.tap_week("w23")
    vm = WeekViewModel(stand.asked, stand.navigator, stand.toasts)
    vm.on_enter()
    stand.asked.answer()
    vm.tap_confirm()
    vm.tap_confirm()
    stand.asked.answer()
    assert stand.core.hours.said == [("confirm", "w23", 1)] and vm.state.page is not None and not vm.state.page.may_confirm
    vm.tap_confirm()
    stand.asked.answer()
    assert len(stand.core.hours.said) == 1
    assert week_mark(vm.state.page.card).said.code == "requests.way_confirm_kept"


def test_a_week_that_changed_meanwhile_is_shown_anew_instead_of_being_confirmed(stand: Stand) -> None:
    vm = stand.at("week", "w23", WeekViewModel(stand.asked, stand.navigator, stand.toasts))
    stand.core.hours.problem = Refused("client.week_changed")
    stand.core.hours.pages["w23"] = a_week_page(a_week(revision=2))
    vm.tap_confirm()
    stand.asked.answer()
    assert vm.state.problem == Said("client.week_changed", {}) and vm.state.page is not None
    assert vm.state.page.card.revision == 2 and stand.core.hours.said == []


def test_not_agreeing_with_a_week_names_a_day_or_the_whole_week_and_says_why(stand: Stand) -> None:
    vm = stand.at("week", "w23", WeekViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_week_day("2026-06-02")
    assert vm.state.day == "", "days are pointed at only while something is worded"
    vm.tap_object()
    vm.tap_week_day("2026-06-02")
    vm.tap_week_day("2026-06-02")
    assert vm.state.day == ""
    vm.tap_week_day("2026-06-03")
    vm.tap_send()
    assert vm.state.problem == Said("client.reason_needed", {}) and not vm.state.may_send
    vm.type_reason("他和我一起开的门")
    assert vm.state.may_send
    vm.tap_send()
    stand.asked.answer()
    assert stand.core.hours.said == [("dispute", "w23", 1, "他和我一起开的门", "2026-06-03")] and not vm.state.objecting
    vm.tap_object()
    vm.tap_back()
    assert not vm.state.objecting and stand.navigator.here.screen == "week"
    vm.tap_back()
    assert stand.navigator.here.screen == "today"


def test_a_week_this_phone_does_not_hold_says_so_and_an_item_of_the_inbox_leads_to_it(stand: Stand) -> None:
    inbox = InboxViewModel(stand.asked, stand.timers, stand.navigator)
    stand.core.office.items = replace(stand.core.office.items, to_dos=(item(1, "to_do", about="statement", about_id="w404"),))
    stand.at("inbox", None, inbox)
    inbox.tap_item("i1")
    assert stand.navigator.here == Stop("week", "w404")
    vm = WeekViewModel(stand.asked, stand.navigator, stand.toasts)
    vm.on_enter()
    stand.asked.answer()
    assert vm.state.unknown
    vm.on_leave()
    assert vm.state == WeekState()


def test_an_item_about_my_day_leads_to_that_day_and_what_is_somebody_elses_stays(stand: Stand) -> None:
    mine = replace(item(1, about="day", about_id="d1"), day="2026-06-03")
    others = item(2, about="day", about_id="d2")
    many = replace(item(3, about="statement", about_id="w0"), said=Said("inbox.weeks_confirm.notice", {}))
    stand.core.office.items = replace(stand.core.office.items, notices=(mine, others, many))
    inbox = stand.at("inbox", None, InboxViewModel(stand.asked, stand.timers, stand.navigator))
    for item_id in ("i2", "i3"):
        inbox.tap_item(item_id)
        assert stand.navigator.here.screen == "inbox"
    inbox.tap_item("i1")
    assert stand.navigator.here == Stop("day", "2026-06-03")


# the tablet


def _own(tablet: Stand, pin: str = PIN) -> OwnPageViewModel:
    punch = KioskPunchViewModel(tablet.asked, tablet.timers, tablet.navigator)
    tablet.at("kiosk_punch", "e0", punch)
    punch.tap_kind("mine")
    for digit in pin:
        punch.tap_digit(digit)
    tablet.asked.answer()
    vm = OwnPageViewModel(tablet.asked, tablet.timers, tablet.navigator, tablet.toasts)
    if tablet.navigator.here.screen == "own_page":
        vm.on_enter()
        tablet.asked.answer()
    return vm


def test_the_same_pin_pad_opens_ones_own_page_without_punching(tablet: Stand) -> None:
    vm = _own(tablet)
    assert tablet.navigator.here == Stop("own_page", "e0") and vm.state.page is not None and tablet.core.lines == ()
    vm.tap_week("w23")
    tablet.asked.answer()
    vm.week.tap_confirm()
    tablet.asked.answer()
    assert tablet.core.own.said == [("confirm", "w23", 1)]
    assert vm.on_back() and vm.state.week_id == "" and vm.state.week == WeekState() and not vm.on_back()
    vm.tap_done()
    assert tablet.navigator.here.screen == "floor"


def test_a_wrong_pin_opens_nothing(tablet: Stand) -> None:
    vm = _own(tablet, "111112")
    assert tablet.navigator.here.screen == "kiosk_punch" and vm.state == OwnPageState() and tablet.core.own.person_id == ""


def test_the_next_person_sees_nothing_of_the_one_before(tablet: Stand) -> None:
    vm = _own(tablet)
    vm.tap_week("w23")
    vm.on_leave()
    tablet.asked.answer()
    assert vm.state == OwnPageState() and tablet.core.own.shut == 1, "an answer that comes late shows nothing"
    tablet.navigator.go("own_page", "e1")
    vm.on_enter()
    tablet.asked.answer()
    assert vm.state.page is None and tablet.navigator.here.screen == "floor", "nobody's PIN opened it"


def _desk(tablet: Stand) -> ManagerViewModel:
    vm = tablet.at("manager", None, ManagerViewModel(tablet.asked, tablet.timers, tablet.navigator, tablet.toasts))
    for digit in PIN:
        vm.tap_digit(digit)
    tablet.asked.answer()
    return vm


def test_the_desk_opens_on_today_with_what_is_not_right_first(tablet: Stand) -> None:
    vm = _desk(tablet)
    board = vm.state.hours.board
    assert vm.state.part == "today" and board is not None and len(board.to_do) == 6
    assert sum(count for _, count in board.counts) == len(board.lines)
    assert vm.state.hours.weeks_due == 2


def test_a_missing_punch_is_vouched_for_with_a_reason_in_the_managers_name(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.hours.tap_person("e2")
    vm.hours.tap_act()
    form = vm.state.hours.form
    assert form is not None and (form.kind, form.day, form.time, form.is_whole) == ("in", "2026-06-01", "09:00", False)
    vm.hours.type_time("九点")
    vm.hours.tap_send()
    assert vm.state.hours.problem == Said("board.vouch_time_wrong", {})
    vm.hours.type_time("08：58")
    vm.hours.tap_send()
    assert vm.state.hours.problem == Said("client.reason_needed", {})
    vm.hours.type_reason("我在场")
    vm.hours.tap_kind("out")
    vm.hours.tap_kind("in")
    vm.hours.tap_send()
    vm.hours.tap_send()
    tablet.asked.answer()
    assert tablet.core.desk_hours.vouched == [("e2", "in", "2026-06-01", "08:58", "我在场")]
    assert vm.state.hours.form is None and tablet.toasts.state.said == Said("board.vouch_kept", {})


def test_where_a_punch_may_not_have_come_yet_hq_is_asked_first(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.hours.tap_person("e5")
    vm.hours.tap_act()
    tablet.asked.answer()
    assert vm.state.hours.form is None and tablet.toasts.state.said == Said("board.asked", {})
    tablet.core.sync_once = lambda: SyncOutcome(False, False, 0, 0, None)  # type: ignore[method-assign]
    vm.hours.tap_act()
    tablet.asked.answer()
    assert tablet.toasts.state.said == Said("board.still_offline", {}) and not vm.state.hours.busy


def test_what_hq_or_the_core_will_not_take_is_said_beside_the_form(tablet: Stand) -> None:
    vm = _desk(tablet)
    tablet.core.desk_hours.problem = Refused("client.not_that_time")
    vm.hours.tap_person("e2")
    vm.hours.tap_act()
    vm.hours.type_reason("我在场")
    vm.hours.tap_send()
    tablet.asked.answer()
    assert vm.state.hours.problem == Said("client.not_that_time", {}) and vm.state.hours.form is not None
    assert vm.state.problem is None and not vm.state.hours.busy


def test_the_store_confirms_a_week_and_back_leads_up_one_level_at_a_time(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.tap_part("weeks")
    vm.hours.tap_week("w23")
    tablet.asked.answer()
    vm.hours.week.tap_object()
    assert vm.on_back() and not vm.state.hours.week.objecting
    vm.hours.week.tap_confirm()
    tablet.asked.answer()
    assert tablet.core.desk_hours.said == [("confirm", "w23", 1)]
    assert vm.on_back() and vm.state.hours.week_id == "" and not vm.on_back()


def test_overtime_nobody_granted_asks_hq_and_one_that_is_asked_for_is_decided(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.hours.tap_person("e8")
    vm.hours.tap_act()
    tablet.asked.answer()
    assert vm.state.part == "today" and vm.state.hours.form is None and not vm.state.hours.busy
    vm.hours.tap_person("e9")
    vm.hours.tap_act()
    tablet.asked.answer()
    page = vm.state.request
    assert vm.state.part == "approvals" and page is not None and page.card.request_id == "r2"


def test_leaving_the_desk_forgets_the_board_the_form_and_the_week(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.hours.tap_person("e2")
    vm.hours.tap_act()
    vm.on_leave()
    tablet.asked.answer()
    assert vm.state.hours == DeskHoursState() and vm.hours.week.state == WeekState() and tablet.core.desk.shut == 1


def test_a_desk_that_shut_by_itself_asks_for_the_pin_again(tablet: Stand) -> None:
    vm = _desk(tablet)
    vm.tap_part("weeks")
    vm.hours.tap_week("w23")
    tablet.asked.answer()
    tablet.core.desk_hours.problem = Refused("client.pin_needed")
    vm.hours.week.tap_confirm()
    tablet.asked.answer()
    assert vm.state.step == "pin" and vm.state.hours == DeskHoursState()


def test_a_board_without_trouble_has_nothing_to_do() -> None:
    quiet = a_board(lines=tuple(replace(line, trouble=None) for line in a_board().lines))
    assert quiet.to_do == () and len(a_board().to_do) == 6
