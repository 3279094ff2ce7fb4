"""What taps do where a person and HQ have something to say to each other: forms, decisions, inbox, the manager's desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mobile.core.views import PinAnswer, Refused, Said
from mobile.core.views_hq import Both, DeskManager, Draft, FieldCard, Inbox, RequestPage
from mobile.viewmodels.about_me import DelegationViewModel, HandOversViewModel
from mobile.viewmodels.face import FaceModel
from mobile.viewmodels.idle import IdleWatch
from mobile.viewmodels.inbox import InboxViewModel
from mobile.viewmodels.manager_desk import ManagerState, ManagerViewModel
from mobile.viewmodels.navigator import Navigator, Stop
from mobile.viewmodels.new_request import NewRequestViewModel
from mobile.viewmodels.picking import Picking, options_of
from mobile.viewmodels.request_page import RequestState, RequestViewModel
from mobile.viewmodels.request_words import amount_said, card_mark, span_said, step_mark
from mobile.viewmodels.requests import RequestsViewModel
from mobile.viewmodels.shown import LOOK_AGAIN_S
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.today import NEWS_MOST, TodayState
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_office import FLOWS, KEPT, a_card, a_page, item, to_decide_page
from tests.viewmodels.stand import Asked, HandTimers, Kept


class Stand:
    """A phone or a tablet with a scripted core whose questions wait until they are answered."""

    def __init__(self, face: Any = "phone") -> None:
        self.core, self.timers, self.navigator = ScriptedCore(face), HandTimers(), Navigator(face)
        self.asked, self.toasts = Asked(self.core), Toasts(self.timers)
        self.navigator.home()

    @property
    def office(self) -> Any:
        return self.core.office

    def at(self, screen: str, subject: str | None, vm: Any) -> Any:
        self.navigator.go(screen, subject)
        vm.on_enter()
        self.asked.answer()
        return vm


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def form(stand: Stand) -> NewRequestViewModel:
    vm: NewRequestViewModel = stand.at("new_request", "transfer", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    return vm


def _fill(stand: Stand, vm: NewRequestViewModel) -> None:
    vm.tap_pick("store")
    vm.tap_option("s1")
    vm.tap_pick("from")
    stand.asked.answer()
    vm.tap_option("2026-07-01")
    vm.type_answer("hours", "20")
    vm.tap_choice("shifts", "yes")
    vm.type_answer("reason", "门店开业")
    stand.asked.answer()


# a form


def test_a_form_is_filled_in_and_kept_by_one_tap(stand: Stand, form: NewRequestViewModel) -> None:
    _fill(stand, form)
    assert form.state.misfits == ()
    form.tap_send()
    form.tap_send()
    stand.asked.answer()
    answers = {"store": "s1", "from": "2026-07-01", "hours": 20, "shifts": True, "reason": "门店开业"}
    assert stand.office.submitted == [("transfer", answers)], "two impatient taps ask once"
    assert stand.navigator.here == Stop("request", "r9") and stand.toasts.state.said == Said("requests.kept_submit", {})
    assert stand.navigator.back() and stand.navigator.here.screen == "today", "back does not lead into the form"


def test_a_tap_that_comes_before_the_last_letter_was_judged_is_judged_with_it(stand: Stand, form: NewRequestViewModel) -> None:
    form.type_answer("reason", "")
    _fill(stand, form)
    form.type_answer("reason", "")
    stand.asked.answer()
    form.type_answer("reason", "门店开业")
    form.tap_send()
    stand.asked.answer()
    assert len(stand.office.submitted) == 1 and stand.navigator.here.screen == "request"


def test_nobody_is_scolded_before_sending_and_everything_missing_is_told_after(stand: Stand, form: NewRequestViewModel) -> None:
    assert form.state.misfit("store") is None
    form.tap_send()
    stand.asked.answer()
    assert stand.office.submitted == [] and form.state.problem == Said("requests.form_not_ready", {"count": 5})
    assert form.state.misfit("store") == Said("form.missing", {})
    form.tap_pick("store")
    form.tap_option("s1")
    stand.asked.answer()
    assert form.state.misfit("store") is None and form.state.misfit("from") is not None


def test_a_number_that_is_none_stays_what_was_typed_and_is_told(stand: Stand, form: NewRequestViewModel) -> None:
    for typed, kept in (("12", 12), ("abc", "abc"), ("-3", -3), ("9" * 30, "9" * 30), ("", None)):
        form.type_answer("hours", typed)
        stand.asked.answer()
        assert form.state.form.get("hours") == kept
    form.type_answer("hours", "99")
    form.tap_send()
    stand.asked.answer()
    assert form.state.misfit("hours") is not None


def test_back_closes_the_calendar_then_the_form_then_the_page(stand: Stand) -> None:
    vm = stand.at("new_request", None, NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    assert vm.state.step == "kinds" and [flow.kind for flow in vm.state.kinds] == ["transfer", "leave", "recall"]
    vm.tap_kind("transfer")
    stand.asked.answer()
    vm.tap_pick("from")
    stand.asked.answer()
    assert vm.state.picking is not None and vm.state.picking.month == "2026-06"
    vm.tap_month(-1)
    vm.tap_month(-5)
    assert vm.state.picking.month == "2025-12"
    assert vm.on_back() and vm.state.picking is None and vm.state.step == "form"
    assert vm.on_back() and vm.state.step == "kinds"
    assert not vm.on_back()
    vm.tap_back()
    assert stand.navigator.here.screen == "today"


def test_a_store_nobody_listed_is_taken_as_typed(stand: Stand, form: NewRequestViewModel) -> None:
    form.tap_pick("store")
    assert form.state.picking is not None and form.state.picking.may_search
    form.type_search("  S-77 ")
    form.tap_as_typed()
    stand.asked.answer()
    assert form.state.form["store"] == "S-77" and form.state.picking is None


def test_a_store_that_was_found_is_shown_by_its_name_and_late_answers_change_nothing(
    stand: Stand, form: NewRequestViewModel
) -> None:
    form.tap_pick("store")
    assert form.state.picking is not None and form.state.picking.options == () and not form.state.picking.typed
    stand.asked.answer()
    assert len(form.state.picking.options) == 2 and form.state.picking.more == 28
    form.type_search("苏")
    form.type_search("苏州")
    stand.asked.answer()
    assert [one.value for one in form.state.picking.found] == ["A002"] and form.state.picking.typed == "苏州"
    form.type_search("A002")
    assert form.state.picking.typed == "", "it is in the list"
    form.tap_option("A002")
    stand.asked.answer()
    field = next(one for one in form.state.fields if one.key == "store")
    assert form.state.form["store"] == "A002" and [one.words.zh for one in field.choices] == ["苏州中心店"]


def test_a_line_that_may_stay_empty_can_be_emptied(stand: Stand, form: NewRequestViewModel) -> None:
    form.tap_choice("part", "first_half")
    stand.asked.answer()
    assert form.state.form["part"] == "first_half"
    form.show(replace(form.state, picking=Picking("part", "list")))
    form.tap_no_answer()
    assert "part" not in form.state.form


def test_leave_tells_its_cost_at_every_tap_and_one_day_needs_one_choice(stand: Stand) -> None:
    vm = stand.at("new_request", "leave", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_pick("from_day")
    stand.asked.answer()
    vm.tap_option("2026-06-05")
    stand.asked.answer()
    assert vm.state.form["to_day"] == "2026-06-05" and vm.state.cost is not None and vm.state.cost.left_after == 2_160
    vm.tap_pick("to_day")
    stand.asked.answer()
    vm.tap_option("2026-06-09")
    vm.tap_pick("from_day")
    stand.asked.answer()
    vm.tap_option("2026-06-08")
    stand.asked.answer()
    assert vm.state.form["to_day"] == "2026-06-09", "a last day that still lies after the first stays"


def test_a_judgment_that_comes_late_says_nothing_about_what_was_typed_since(stand: Stand, form: NewRequestViewModel) -> None:
    form.type_answer("reason", "门店")
    late = stand.asked.waiting.pop()
    form.type_answer("reason", "")
    stand.asked.answer()
    fn, then, _ = late
    before = form.state.misfits
    then(fn(stand.core))
    assert form.state.misfits == before


def test_a_request_hq_refused_is_corrected_in_its_own_form(stand: Stand) -> None:
    stand.office.again = Draft(FLOWS[0], (("store", "s1"), ("hours", 20)), "op1", Said("postings.overlaps", {}))
    vm = stand.at("new_request", "again:r5", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    assert vm.state.step == "form" and vm.state.form == {"store": "s1", "hours": 20} and vm.state.problem is not None
    stand.office.again = None
    vm.on_enter()
    stand.asked.answer()
    assert stand.navigator.here.screen == "today", "it was put right meanwhile"


def test_a_warning_is_sent_along_only_when_it_was_read(stand: Stand) -> None:
    said: list[Any] = []
    form = (("store", "s1"), ("from", "2026-07-01"), ("hours", 20), ("shifts", True), ("reason", "门店开业"))
    stand.office.again = Draft(FLOWS[0], form, "op1", None, (Said("over_headcount", {}),))
    stand.office.submit = lambda kind, form, **more: said.append(more) or "r9"
    vm = stand.at("new_request", "again:r5", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    assert vm.state.step == "warned"
    vm.tap_send_all_the_same()
    stand.asked.answer()
    assert said == [{"warned": ("over_headcount",), "instead_of": "op1", "photos": ()}]


def test_a_kind_that_is_gone_is_told_and_the_kinds_are_shown_again(stand: Stand) -> None:
    def gone(kind: str) -> Draft:
        raise Refused("client.kind_unknown")

    stand.office.draft = gone
    vm = stand.at("new_request", "transfer", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    assert vm.state.step == "kinds" and vm.state.problem == Said("client.kind_unknown", {})


def test_times_of_day_are_picked_in_half_hours_or_typed_to_the_minute(stand: Stand) -> None:
    field = FieldCard("from_time", Both("从", "From"), "text", False, least=5, most=5)
    options = options_of(field)
    assert options[18].value == "09:00" and options[-1].value == "24:00"
    flow = replace(FLOWS[1], fields=(field,))
    stand.office.draft = lambda kind: Draft(flow)
    stand.office.judge = lambda kind, form: ()
    vm = stand.at("new_request", "leave", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    for typed, kept in (("9点", None), ("25:00", None), ("09：07", "09:07")):
        vm.tap_pick("from_time")
        vm.type_search(typed)
        vm.tap_as_typed()
        assert vm.state.form.get("from_time") == kept


def test_a_month_begins_on_its_weekday_and_marks_today_and_the_choice() -> None:
    days = Picking("from", "day", month="2026-07", today="2026-07-02", chosen="2026-07-31").days
    assert days[:2] == (None, None) and days[2] is not None and days[2].day == "2026-07-01"  # a Wednesday
    marked = {day.day: (day.is_today, day.is_chosen) for day in days if day is not None}
    assert len(marked) == 31 and marked["2026-07-02"] == (True, False) and marked["2026-07-31"] == (False, True)


# one request


@pytest.fixture
def deciding(stand: Stand) -> RequestViewModel:
    vm: RequestViewModel = stand.at("request", "r2", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    return vm


def test_a_refusal_needs_its_reason_before_it_goes_anywhere(stand: Stand, deciding: RequestViewModel) -> None:
    done: list[Any] = []
    stand.office.decide = lambda *said: done.append(said)
    deciding.tap_refuse()
    deciding.type_comment("   ")
    assert not deciding.state.may_send
    deciding.tap_send()
    stand.asked.answer()
    assert done == [] and deciding.state.problem == Said("client.reason_needed", {})
    deciding.type_comment("合同到期")
    deciding.tap_send()
    stand.asked.answer()
    assert done == [("r2", "s2", "refuse", "合同到期")] and deciding.state.asking is None
    assert stand.toasts.state.said == Said("requests.kept_refuse", {})


def test_two_impatient_taps_approve_once(stand: Stand, deciding: RequestViewModel) -> None:
    done: list[Any] = []
    stand.office.decide = lambda *said: done.append(said)
    deciding.tap_approve()
    deciding.tap_approve()
    stand.asked.answer()
    assert done == [("r2", "s2", "approve", "")]


def test_back_from_the_words_of_a_refusal_is_back_to_the_request(stand: Stand, deciding: RequestViewModel) -> None:
    deciding.tap_refuse()
    deciding.type_comment("因为")
    assert deciding.on_back() and deciding.state.asking is None and deciding.state.comment == ""
    assert not deciding.on_back()


def test_my_request_is_taken_back_with_or_without_a_reason(stand: Stand) -> None:
    vm = stand.at("request", "r1", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    vm.tap_withdraw()
    assert vm.state.may_send
    vm.tap_send()
    stand.asked.answer()
    assert vm.state.page is not None and not vm.state.page.may_withdraw


def test_granted_overtime_is_given_up_with_a_reason_and_never_without(stand: Stand) -> None:
    vm = stand.at("request", "r1", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    vm.tap_give_up()
    assert not vm.state.may_send
    vm.tap_send()
    assert vm.state.problem == Said("client.reason_needed", {})
    vm.type_comment("不用了")
    assert vm.state.may_send
    vm.tap_send()
    stand.asked.answer()
    assert stand.core.office.given_up == [("r1", "不用了")] and vm.state.asking is None


def test_what_cannot_be_done_is_told_on_the_page(stand: Stand, deciding: RequestViewModel) -> None:
    def refuse(*_: str) -> None:
        raise Refused("client.not_yours_to_decide")

    stand.office.decide = refuse
    deciding.tap_approve()
    stand.asked.answer()
    assert deciding.state.problem == Said("client.not_yours_to_decide", {}) and not deciding.state.busy


def test_waiting_time_is_looked_at_again_and_an_answer_for_another_request_is_dropped(stand: Stand) -> None:
    vm = stand.at("request", "r1", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    stand.office.pages["r1"] = a_page(a_card(waiting_ms=1))
    stand.timers.pass_s(LOOK_AGAIN_S)
    stand.asked.answer()
    assert vm.state.page is not None and vm.state.page.card.waiting_ms == 1
    stand.timers.pass_s(LOOK_AGAIN_S)
    vm.on_leave()
    stand.asked.answer()
    assert vm.state == RequestState() and stand.timers.running == 0


def test_only_what_hq_did_not_take_can_be_corrected(stand: Stand) -> None:
    from tests.ui.scripted_office import NOT_TAKEN

    assert RequestState(page=a_page(a_card(on_its_way=NOT_TAKEN))).may_correct
    assert not RequestState(page=a_page(a_card(on_its_way=KEPT))).may_correct and not RequestState().may_correct
    stand.office.pages["r5"] = a_page(a_card("r5", on_its_way=NOT_TAKEN))
    vm = stand.at("request", "r5", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    vm.tap_correct()
    assert stand.navigator.here == Stop("new_request", "again:r5")


# lists


def test_opening_a_notice_reads_it_and_leads_to_what_it_is_about(stand: Stand) -> None:
    seen: list[str] = []
    stand.office.see = seen.append
    stand.office.items = Inbox(
        (item(1, "to_do"), item(2, "to_do", about="posting", about_id="p1")),
        (item(3), item(4, about="leave", about_id="l1")),
        (item(5, is_open=False),),
    )
    vm = stand.at("inbox", None, InboxViewModel(stand.asked, stand.timers, stand.navigator))
    places = []
    for number in (1, 2, 3, 4, 5, 99):
        vm.tap_item(f"i{number}")
        stand.asked.answer()
        places.append(stand.navigator.here)
    assert seen == ["i3", "i4"], "a to-do goes away by being done, and what was read is not read again"
    assert places == [
        Stop("request", "r1"),
        Stop("hand_overs", "p1"),
        Stop("request", "r1"),
        Stop("leave"),
        Stop("request", "r1"),
        Stop("request", "r1"),
    ]


def test_a_list_forgets_when_it_goes_and_tells_why_it_cannot_show(stand: Stand) -> None:
    stand.office.busy()
    vm = stand.at("requests", None, RequestsViewModel(stand.asked, stand.timers, stand.navigator))
    assert vm.state.page is not None and len(vm.state.page.for_me) == 1
    stand.office.is_locked = True
    vm.on_news()
    stand.asked.answer()
    assert vm.state.problem == Said("client.locked", {})
    vm.on_news()
    vm.on_leave()
    assert vm.state.page is None and vm.state.problem is None and stand.timers.running == 0
    vm.tap_request("r1")
    assert stand.navigator.here == Stop("request", "r1")


def test_the_start_page_shows_the_two_most_urgent_and_counts_the_rest() -> None:
    inbox = Inbox((item(1, "to_do"),), (item(2), item(3)), ())
    state = TodayState(inbox=inbox)
    assert [card.item_id for card in state.news] == ["i1", "i2"] and NEWS_MOST == 2 and inbox.open == 3
    assert TodayState().news == ()


def test_a_hand_over_is_ticked_and_looked_at_again(stand: Stand) -> None:
    ticked: list[Any] = []
    stand.office.tick = lambda *said: ticked.append(said)
    vm = stand.at("hand_overs", None, HandOversViewModel(stand.asked, stand.timers, stand.navigator))
    vm.tap_tick("h1", True)
    stand.asked.answer()
    assert ticked == [("h1", True)]


def test_a_stand_in_needs_somebody_and_both_days(stand: Stand) -> None:
    said: list[Any] = []
    stand.office.busy()
    stand.office.delegate = lambda *what: said.append(what)
    stand.office.end_delegation = said.append
    vm = stand.at("delegation", None, DelegationViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_send()
    vm.tap_colleague("e2")
    vm.tap_day("first_day")
    stand.asked.answer()
    vm.tap_option("2026-06-10")
    assert vm.state.last_day == "2026-06-10" and vm.state.may_send, "one day, until another last day is chosen"
    vm.tap_day("last_day")
    stand.asked.answer()
    assert vm.on_back() and not vm.on_back()
    vm.tap_day("last_day")
    stand.asked.answer()
    vm.tap_month(1)
    vm.tap_option("2026-07-12")
    vm.tap_send()
    stand.asked.answer()
    assert said == [("e2", "2026-06-10", "2026-07-12")] and vm.state.chosen == ""
    vm.tap_end("d1")
    stand.asked.answer()
    assert said[-1] == "d1"


# the manager's desk


@pytest.fixture
def tablet() -> Stand:
    return Stand("kiosk")


@pytest.fixture
def desk(tablet: Stand) -> ManagerViewModel:
    return tablet.at("manager", None, ManagerViewModel(tablet.asked, tablet.timers, tablet.navigator, tablet.toasts))  # type: ignore[no-any-return]


def _pin(stand: Stand, vm: ManagerViewModel, pin: str) -> None:
    for digit in pin:
        vm.tap_digit(digit)
    stand.asked.answer()


def test_the_pin_opens_the_desk_and_its_digits_are_nowhere_in_the_state(tablet: Stand, desk: ManagerViewModel) -> None:
    states: list[ManagerState] = []
    desk.watch(states.append)
    assert desk.state.step == "pin", "there is one manager: nobody has to choose"
    _pin(tablet, desk, "481516")
    assert desk.state.step == "open" and desk.state.desk is not None and len(desk.state.desk.arrivals) == 2
    assert "481516" not in repr(states) and desk._digits == ""


def test_leaving_the_desk_shuts_it_and_forgets_everything(tablet: Stand, desk: ManagerViewModel) -> None:
    _pin(tablet, desk, "481516")
    desk.tap_arrival("a1")
    desk.tap_request("r2")
    desk.on_leave()
    tablet.asked.answer()
    assert desk.state == ManagerState() and tablet.core.desk.shut == 1, "nor does an answer that comes late bring it back"


def test_a_pin_that_is_judged_after_the_manager_left_opens_nothing(tablet: Stand, desk: ManagerViewModel) -> None:
    for digit in "481516":
        desk.tap_digit(digit)
    desk.on_leave()
    tablet.asked.answer()
    assert desk.state.step == "loading" and tablet.core.desk.shut == 2


def test_wrong_pins_are_counted_and_earn_a_pause_that_ends_by_itself(tablet: Stand, desk: ManagerViewModel) -> None:
    _pin(tablet, desk, "111112")
    assert desk.state.problem == Said("kiosk.wrong_pin", {"count": 4}) and desk.state.typed == 0
    tablet.core.desk.open = lambda *_: PinAnswer(False, 0, 60)  # type: ignore[method-assign]
    _pin(tablet, desk, "111112")
    assert desk.state.step == "locked"
    desk.tap_digit("1")
    tablet.timers.pass_s(61)
    assert desk.state.step == "pin" and tablet.timers.running == 0


def test_a_desk_that_has_shut_by_itself_asks_for_the_pin_again(tablet: Stand, desk: ManagerViewModel) -> None:
    _pin(tablet, desk, "481516")

    def shut() -> Any:
        raise Refused("client.pin_needed")

    tablet.core.desk.page = shut  # type: ignore[method-assign]
    desk.on_news()
    tablet.asked.answer()
    assert desk.state.step == "pin" and desk.state.desk is None


def test_back_walks_up_the_desk_and_then_away(tablet: Stand, desk: ManagerViewModel) -> None:
    _pin(tablet, desk, "481516")
    desk.tap_part("approvals")
    desk.tap_request("r2")
    tablet.asked.answer()
    desk.tap_refuse()
    assert desk.on_back() and not desk.state.refusing and desk.state.request is not None
    assert desk.on_back() and desk.state.request is None
    assert not desk.on_back()
    desk.tap_back()
    assert tablet.navigator.here.screen == "floor"


def test_the_manager_approves_refuses_with_a_reason_and_ticks(tablet: Stand, desk: ManagerViewModel) -> None:
    said: list[Any] = []
    tablet.core.desk.decide = lambda *what: said.append(what)  # type: ignore[method-assign]
    tablet.core.desk.tick = lambda *what: said.append(what)  # type: ignore[method-assign]
    _pin(tablet, desk, "481516")
    desk.tap_tick("h1", True)
    desk.tap_tick("h1", True)
    tablet.asked.answer()
    desk.tap_request("r2")
    tablet.asked.answer()
    desk.tap_refuse()
    desk.tap_send_refusal()
    assert desk.state.problem == Said("client.reason_needed", {}) and not desk.state.may_refuse
    desk.type_comment("店里人手不够")
    desk.tap_send_refusal()
    tablet.asked.answer()
    desk.tap_approve()
    tablet.asked.answer()
    assert said == [("h1", True), ("r2", "s2", "refuse", "店里人手不够"), ("r2", "s2", "approve", "")]


def test_one_of_several_managers_says_who_they_are(tablet: Stand) -> None:
    tablet.core.desk.who = (DeskManager("m1", "吴昕", True), DeskManager("m2", "林静", False))
    vm = tablet.at("manager", None, ManagerViewModel(tablet.asked, tablet.timers, tablet.navigator, tablet.toasts))
    assert vm.state.step == "who"
    vm.tap_manager("m2")
    assert vm.state.step == "no_pin"
    vm.tap_manager("m1")
    assert vm.state.step == "pin"
    vm.tap_manager("m3")
    assert vm.state.manager is not None and vm.state.manager.person_id == "m1"


def test_a_minute_without_a_touch_shuts_the_desk() -> None:
    core, timers = ScriptedCore("kiosk"), HandTimers()
    asked = Asked(core)
    face = FaceModel("kiosk", asked, timers, Kept())
    face.start()
    asked.answer()
    assert isinstance(face.idle, IdleWatch)
    face.navigator.go("manager")
    asked.answer()
    vm: Any = face.screens["manager"]
    for digit in "481516":
        vm.tap_digit(digit)
    asked.answer()
    assert vm.state.step == "open"
    timers.pass_s(61)
    asked.answer()
    assert face.navigator.here.screen == "floor" and vm.state == ManagerState() and core.desk.shut == 1


def test_the_key_for_back_first_closes_what_lies_open_on_the_page() -> None:
    core, timers = ScriptedCore("phone"), HandTimers()
    asked = Asked(core)
    face = FaceModel("phone", asked, timers, Kept())
    face.start()
    asked.answer()
    face.navigator.go("request", "r2")
    asked.answer()
    vm: Any = face.screens["request"]
    vm.tap_refuse()
    assert face.back() and face.navigator.here.screen == "request" and vm.state.asking is None
    assert face.back() and face.navigator.here.screen == "today" and not face.back()


# words


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (-5, Said("span.now", {})),
        (59_999, Said("span.now", {})),
        (60_000, Said("span.min", {"min": 1})),
        (130 * 60_000, Said("span.h_min", {"h": 2, "min": 10})),
        (25 * 3_600_000, Said("span.d_h", {"d": 1, "h": 1})),
    ],
)
def test_a_waiting_time_is_told_as_people_say_it(ms: int, said: Said) -> None:
    assert span_said(ms) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (960, Said("span.days", {"days": "2"})),
        (240, Said("span.days", {"days": "0.5"})),
        (90, Said("span.hours", {"hours": "1.5"})),
        (-480, Said("span.days", {"days": "-1"})),
        (0, Said("span.days", {"days": "0"})),
    ],
)
def test_an_amount_of_leave_is_told_in_days_where_it_comes_to_halves(minutes: int, said: Said) -> None:
    assert amount_said(minutes, 480) == said


def test_what_was_done_here_speaks_before_the_state_and_a_late_step_is_marked() -> None:
    page: RequestPage = to_decide_page()
    assert card_mark(page.card).said.code == "requests.waits_for_you"
    assert card_mark(a_card(on_its_way=KEPT)).said.code == "requests.way_submit_kept"
    assert card_mark(a_card(state="approved")).tone == "good"
    assert step_mark(replace(page.steps[1], overdue=True)).said.code == "requests.step_overdue"
