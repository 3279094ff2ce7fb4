"""Hours on a device alone: the next punch, the state of everybody, days, weeks, all with no signal and with or without a plan."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contract.corrections import CorrectionRow
from contract.day_state import NextAction
from contract.hours import DayRow, DaySpan, DayStep
from contract.leave import LeaveRow
from contract.shifts import DutyRow, DutyWindow
from contract.statements import ConfirmationRow, StatementDay, StatementRow, StatementText
from mobile.core import days as days_of_phone
from mobile.core import now, statements
from mobile.core.pins import make_verifier
from mobile.core.views import Refused, Said
from mobile.core.views_hours import Changed
from mobile.devices.fake import START_MS
from mobile.viewmodels.hours_words import week_mark
from tests.mobile.devices_here import LIN, STORE, WEI, Device, person_row
from tests.mobile.hq_rows import COMPANY, DESK, PRIVATE, a_field, hq_says, leave_flow, manager_row, transfer_flow
from tests.support.planted import instead

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
ELEVEN_MS = START_MS // DAY_MS * DAY_MS + 3 * HOUR_MS  # 11:00 in Shanghai on the day the devices start
PIN = "482913"
WEEK, HER_WEEK = "01900000-0000-8000-8000-00000000d001", "01900000-0000-8000-8000-00000000d009"
UNKNOWN = "01900000-0000-8000-8000-00000000d404"


def duty(day: str, *windows: tuple[int, int], person_id: str = WEI, kind: Any = "fixed", grace: int | None = None) -> DutyRow:
    """Windows in hours of the Shanghai day, which turns at 05:00."""
    midnight = int(datetime.combine(date.fromisoformat(day), time(), ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
    return DutyRow(
        id=f"duty-{person_id}-{day}",
        person_id=person_id,
        day=day,
        zone="Asia/Shanghai",
        starts_ms=midnight + 5 * HOUR_MS,
        ends_ms=midnight + 29 * HOUR_MS,
        windows=[
            DutyWindow(
                starts_ms=midnight + a * HOUR_MS, ends_ms=midnight + b * HOUR_MS, store_id=STORE, kind=kind, grace_min=grace
            )
            for a, b in windows
        ],
    )


def at(device: Device, hour: int, minute: int = 0) -> None:
    """It is that time of the first day, or of a later one with more than 24 hours."""
    wanted = START_MS // DAY_MS * DAY_MS + (hour - 8) * HOUR_MS + minute * MINUTE_MS
    device.world.clock.pass_ms(wanted - device.world.clock.true_ms)


def planned(device: Device, *rows: DutyRow) -> None:
    hq_says(device, *((f"person:{row.person_id}", "duty", row.id, row) for row in rows))


@pytest.fixture
def wei(phone: Device) -> Device:
    phone.set_up()
    hq_says(phone, (COMPANY, "flow", "f1", transfer_flow()), (COMPANY, "flow", "f2", leave_flow()))
    return phone


@pytest.fixture
def shop(tablet: Device) -> Device:
    """A tablet whose manager has a PIN."""
    tablet.set_up()
    hq_says(tablet, (DESK, "manager", "m1", manager_row(make_verifier(PIN))))
    return tablet


# the next punch


def test_the_next_punch_comes_from_the_shift_and_the_open_stretch_with_no_signal(wei: Device) -> None:
    day = wei.core.office.today_here()
    tomorrow = "2026-06-02" if day == "2026-06-01" else day
    planned(wei, duty(day, (13, 22)), duty(tomorrow, (9, 18)))
    wei.world.link.up = False
    at(wei, 14)
    told = wei.core.hours.shifts()
    assert wei.core.today().proposed == "in" and told.hint_in == Said("phone.hint_late", {"min": 60, "at": "13:00"})
    assert told.today is not None and told.today.shifts[0].starts.hhmm == "13:00" and told.today.shifts[0].store_name == "豫园店"
    wei.core.punch()
    at(wei, 21)
    assert wei.core.today().proposed == "out" and wei.core.hours.shifts().hint_out == Said(
        "phone.hint_early", {"min": 60, "at": "22:00"}
    )
    at(wei, 24 + 9)
    told = wei.core.hours.shifts()
    assert wei.core.today().proposed == "in", "nobody works through the night to the next shift"
    assert told.hint_in == Said("phone.hint_forgotten", {"at": "14:00", "day": day}) and told.hint_out is None


def test_the_naive_way_of_turning_the_last_punch_around_gets_the_morning_wrong(wei: Device) -> None:
    """The control of the test before."""
    day = wei.core.office.today_here()
    planned(wei, duty(day, (13, 22)), duty("2026-06-02", (9, 18)))
    at(wei, 14)
    wei.core.punch()
    at(wei, 24 + 9)

    def turned_around(duties: Any, open_since_ms: int | None, now_ms: int) -> Any:
        return NextAction("in" if open_since_ms is None else "out")

    assert wei.core.today().proposed == "in"
    with instead(now, "next_action", turned_around):
        assert wei.core.today().proposed == "out"


def test_with_no_duty_at_all_everything_is_as_the_punches_say(wei: Device) -> None:
    told = wei.core.hours.shifts()
    assert (told.today, told.following, told.hint_in, told.hint_out) == (None, None, None, None)
    assert wei.core.today().proposed == "in"
    wei.core.punch()
    wei.world.clock.pass_ms(HOUR_MS)
    assert wei.core.today().proposed == "out"
    wei.world.clock.pass_ms(16 * HOUR_MS)
    assert wei.core.today().proposed == "in", "sixteen hours later it was forgotten"


def test_back_from_a_pause_nobody_is_late_and_grace_is_kept(wei: Device) -> None:
    planned(wei, duty(wei.core.office.today_here(), (13, 22), grace=10))
    at(wei, 13, 10)
    assert wei.core.hours.shifts().hint_in == Said("phone.hint_in_time", {"at": "13:00"})
    wei.core.punch(kind="in")
    at(wei, 17)
    wei.core.punch(kind="out")
    at(wei, 18)
    assert wei.core.hours.shifts().hint_in is None


def test_past_the_lease_no_shift_day_or_week_is_shown_and_the_button_still_works(wei: Device) -> None:
    planned(wei, duty(wei.core.office.today_here(), (13, 22)))
    wei.world.link.up = False
    wei.world.clock.pass_ms(15 * DAY_MS)
    for ask in (wei.core.hours.shifts, wei.core.hours.month, wei.core.hours.weeks, lambda: wei.core.hours.day("2026-06-01")):
        with pytest.raises(Refused, match=r"client\.locked"):
            ask()
    assert wei.core.punch().kind == "in"


# everybody in one word


def test_the_tablets_words_are_true_and_sum_to_the_headcount(shop: Device) -> None:
    third, fourth = f"{LIN[:-1]}c", f"{LIN[:-1]}d"
    hq_says(
        shop,
        *((f"person:{one}", "person", one, person_row(one, name)) for one, name in ((third, "王芳"), (fourth, "张强"))),
        (f"person:{fourth}", "leave", "l1", LeaveRow(id="l1", person_id=fourth, from_day="2026-06-01", to_day="2026-06-01")),
    )
    day = "2026-06-01"
    planned(shop, *(duty(day, (14, 22), person_id=one) for one in (WEI, LIN, third, fourth)))
    at(shop, 14, 10)
    shop.core.sync_once()
    shop.core.punch(kind="in", person_id=WEI)
    people = {one.name: (one.presence, one.since) for one in shop.core.floor().people}
    assert people == {
        "李伟": ("late", "14:10"), "林静": ("absent", None), "王芳": ("absent", None), "张强": ("on_leave", None),
    }  # fmt: skip
    assert shop.core.floor().people[0].shifts == (("14:00", "22:00"),)
    shop.world.link.up = False
    at(shop, 15)
    words = {one.name: (one.presence, one.since) for one in shop.core.floor().people}
    assert words["林静"] == ("unknown", "14:10"), "a phone's punch may not have come: not absent"
    assert words["李伟"] == ("late", "14:10"), "its own punches the tablet knows"
    assert shop.core.desk.open(manager_row().id, PIN).ok
    board = shop.core.desk_hours.board()
    assert sum(count for _, count in board.counts) == len(board.lines) == 4
    assert [(line.name, line.trouble) for line in board.to_do] == [("林静", "unheard"), ("王芳", "unheard")]


def test_nothing_that_was_refused_or_replaced_counts_and_a_correction_does(shop: Device) -> None:
    planned(shop, duty("2026-06-01", (9, 18)))
    at(shop, 13)
    kept = shop.core.punch(kind="in", person_id=WEI)
    row = CorrectionRow(
        id="c1", person_id=WEI, store_id=STORE, kind="in", at_ms=ELEVEN_MS - 2 * HOUR_MS, business_date="2026-06-01",
        source="request", replaces=kept.punch_id, made_ms=ELEVEN_MS,
    )  # fmt: skip
    hq_says(shop, (f"person:{WEI}", "correction", "c1", row))
    people = {one.person_id: (one.presence, one.since) for one in shop.core.floor().people}
    assert people[WEI] == ("present", "09:00")
    hq_says(shop, (f"person:{WEI}", "correction", "c1", CorrectionRow(**{**_fields(row), "withdrawn_ms": ELEVEN_MS})))
    people = {one.person_id: (one.presence, one.since) for one in shop.core.floor().people}
    assert people[WEI] == ("late", "13:00"), "withdrawn: the punch counts again"


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_a_locked_tablet_shows_no_shift_and_no_state(shop: Device) -> None:
    planned(shop, duty("2026-06-01", (9, 18)))
    shop.world.link.up = False
    shop.world.clock.pass_ms(15 * DAY_MS)
    assert {(one.presence, one.since, one.shifts) for one in shop.core.floor().people} == {("unknown", None, ())}


# days


def day_row(day: str, **more: Any) -> DayRow:
    row: dict[str, Any] = {"id": f"day-{day}", "person_id": WEI, "day": day, "state": "present", "worked_min": 480, **more}
    return DayRow(**row)


def test_a_month_holds_every_day_with_what_hq_says_and_what_it_comes_to(wei: Device) -> None:
    hq_says(
        wei,
        (PRIVATE, "day", "d1", day_row("2026-06-03", state="late", late_min=12, overtime_weekend_min=30, worked_min=510)),
        (PRIVATE, "day", "d2", day_row("2026-06-04", state="absent", worked_min=0)),
        (PRIVATE, "day", "d3", day_row("2026-05-31")),
    )
    month = wei.core.hours.month("2026-06")
    assert [card.day for card in month.days] == [f"2026-06-{n:02}" for n in range(1, 31)]
    assert {card.day: card.state for card in month.days if card.state} == {"2026-06-03": "late", "2026-06-04": "absent"}
    sums = month.sums
    assert (sums.days_worked, sums.worked_min, sums.overtime_min, sums.late, sums.absent) == (1, 510, 30, 1, 1)
    assert wei.core.hours.month("2026-02").days[-1].day == "2026-02-28" and wei.core.hours.month().month == "2026-06"


def test_a_days_working_is_told_by_the_clock_of_the_store(wei: Device) -> None:
    row = day_row(
        "2026-06-03",
        flags=["late"],
        late_min=12,
        spans=[DaySpan(in_ms=ELEVEN_MS, out_ms=ELEVEN_MS + HOUR_MS, in_id="p1", store_id=STORE, minutes=60, assumed=True)],
        steps=[DayStep(code="late", facts={"due_ms": ELEVEN_MS - HOUR_MS, "at_ms": ELEVEN_MS, "grace_min": 5, "late_min": 12})],
        rules="standard",
    )
    hq_says(wei, (PRIVATE, "day", "d1", row))
    page = wei.core.hours.day("2026-06-03")
    [span] = page.spans
    assert (span.starts.hhmm, span.ends.hhmm if span.ends else "", span.store_name, span.assumed) == (
        "11:00", "12:00", "豫园店", True,
    )  # fmt: skip
    assert page.steps == (Said("hours.step.late", {"due_ms": "10:00", "at_ms": "11:00", "grace_min": 5, "late_min": 12}),)
    assert page.amounts == (("late_min", 12),) and page.may_appeal and not page.may_ask, "no flow for it: nothing to ask with"


def test_what_a_correction_begins_with_is_what_is_missing_when_it_was_due(wei: Device) -> None:
    flow = transfer_flow(id="01900000-0000-7000-8000-00000000f009", kind="missed_punch", name_zh="补卡", fields=[
        *(a_field(key, kind) for key, kind in (("store", "store"), ("day", "date"), ("time", "text"), ("kind", "text"))),
        a_field("reason", "long_text"),
    ])  # fmt: skip
    hq_says(wei, (COMPANY, "flow", "f9", flow))
    planned(wei, duty("2026-06-03", (9, 13), (17, 22), kind="windows"))
    for flags, state, kind, when in (
        (["assumed_out"], "present", "out", "22:00"),
        (["missing_in"], "present", "in", "09:00"),
        ([], "absent", "in", "09:00"),
    ):
        hq_says(wei, (PRIVATE, "day", "d1", day_row("2026-06-03", flags=flags, state=state, store_id=STORE)))
        draft = wei.core.hours.correction("2026-06-03")
        assert dict(draft.answers) == {"day": "2026-06-03", "kind": kind, "time": when, "store": STORE}
    assert dict(wei.core.hours.correction("2026-06-09").answers) == {"day": "2026-06-09"}


def test_a_day_of_a_closed_month_says_so_and_asks_for_nothing_hq_would_refuse(wei: Device) -> None:
    flow = transfer_flow(id="01900000-0000-7000-8000-00000000f00b", kind="missed_punch", name_zh="补卡", fields=[])
    hq_says(
        wei, (COMPANY, "flow", "f1", flow),
        (PRIVATE, "day", "d1", day_row("2026-05-29", state="late", late_min=12, flags=["late", "locked"], worked_min=468)),
        (PRIVATE, "day", "d2", day_row("2026-06-01", state="late", late_min=12, flags=["late"], worked_min=468)),
    )  # fmt: skip
    closed, still_open = wei.core.hours.day("2026-05-29"), wei.core.hours.day("2026-06-01")
    assert "locked" in closed.card.flags and not closed.may_ask and closed.may_appeal
    assert still_open.may_ask and wei.core.hours.month("2026-05").sums.final == 1
    assert wei.core.hours.month("2026-06").sums.final == 0
    with instead(days_of_phone, "_is_final", lambda row: False):  # the control: a phone that does not look
        assert wei.core.hours.day("2026-05-29").may_ask


def test_overtime_that_nobody_granted_is_asked_for_afterwards_from_its_day_with_no_signal(wei: Device) -> None:
    choices = ["pay|加班费|Pay", "lieu|调休|Time off in lieu"]
    flow = transfer_flow(id="01900000-0000-7000-8000-00000000f00a", kind="overtime", name_zh="加班", fields=[
        a_field("day", "date"), a_field("minutes", "number", required=False, least=1, most=960),
        a_field("compensation", "choice", choices=choices), a_field("reason", "long_text", least=2),
    ])  # fmt: skip
    hq_says(wei, (COMPANY, "flow", "fa", flow), (PRIVATE, "day", "d1", day_row("2026-06-03", granted_min=60, not_granted_min=20)))
    page = wei.core.hours.day("2026-06-03")
    assert page.may_ask_overtime and dict(page.amounts) == {"granted_min": 60, "not_granted_min": 20}
    assert not wei.core.hours.day("2026-06-04").may_ask_overtime
    draft = wei.core.hours.overtime("2026-06-03")
    assert dict(draft.answers) == {"day": "2026-06-03", "minutes": 20}
    form = {**dict(draft.answers), "compensation": "lieu", "reason": "盘点"}
    assert wei.core.office.judge("overtime", form) == ()
    wei.core.office.submit("overtime", form)
    [asked] = wei.core.hours.day("2026-06-03").asked
    assert asked.kind == "overtime" and asked.on_its_way is not None


# weeks


def week_row(revision: int = 1, worked: int = 2_400, **more: Any) -> StatementRow:
    text = StatementText(
        statement_id=WEEK, revision=revision, previous=None if revision == 1 else "d" * 64, person_number="1001",
        person_name="李伟", home="HQ", store_number="S-1", store_name="豫园店", partner="Partner", zone="Asia/Shanghai",
        week="2026-W22", from_day="2026-05-25", to_day="2026-05-31", rules=["standard"],
        days=[StatementDay(day="2026-05-25", state="present", worked_min=worked - 1_920, regular_min=480)],
        worked_min=worked, regular_min=worked, overtime_normal_min=0, overtime_weekend_min=0, overtime_holiday_min=0,
        leave_min=0, night_min=0,
    )  # fmt: skip
    row: dict[str, Any] = {
        "id": f"r{revision}", "statement_id": WEEK, "person_id": WEI, "store_id": STORE, "week": "2026-W22",
        "from_day": "2026-05-25", "to_day": "2026-05-31", "revision": revision, "digest": f"{revision}" * 64, "code": "K7QF",
        "state": "open", "text": text, **more,
    }  # fmt: skip
    return StatementRow(**row)


def test_a_week_shows_its_newest_revision_with_the_difference_and_who_signed_the_one_before(wei: Device) -> None:
    signed = ConfirmationRow(side="employee", person_id=WEI, name="李伟", confirmed_ms=START_MS, op_id="o1")
    hq_says(
        wei,
        (PRIVATE, "statement", "r1", week_row(1, state="superseded", confirmed=[signed])),
        (PRIVATE, "statement", "r2", week_row(2, worked=2_520)),
    )
    [card] = wei.core.hours.weeks()
    assert (card.revision, card.worked_min, card.waits_for_me) == (2, 2_520, True)
    page = wei.core.hours.week(WEEK)
    assert page is not None and set(page.changes) == {
        Changed("2026-05-25", "worked_min", 480, 600),
        Changed("", "worked_min", 2_400, 2_520),
    }
    assert [one.name for one in page.earlier[0].signed if one.at] == ["李伟"] and wei.core.hours.week(UNKNOWN) is None
    assert wei.core.hours.month().weeks_due == 1


def test_a_confirmation_survives_a_kill_and_counts_only_for_the_revision_that_was_seen(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "statement", "r1", week_row(1)))
    wei.world.link.up = False
    wei.core.hours.confirm_week(WEEK, 1)
    core = wei.restart()
    [card] = core.hours.weeks()
    assert not card.waits_for_me and card.on_its_way is not None and card.on_its_way.state == "kept"
    wei.world.link.up = True
    hq_says(wei, (PRIVATE, "statement", "r2", week_row(2)))
    [card] = core.hours.weeks()
    assert card.waits_for_me and card.on_its_way is None, "what was said of the first revision is no word on the second"


def test_a_week_not_confirmed_in_time_is_overdue_by_the_phones_own_day_and_comes_first(wei: Device) -> None:
    late = {"statement_id": UNKNOWN, "week": "2026-W21", "due_day": "2026-05-30"}
    hq_says(
        wei,
        (PRIVATE, "statement", "r1", week_row(1, due_day="2026-12-31")),
        (PRIVATE, "statement", "r0", week_row(1, **late)),
    )
    cards = wei.core.hours.weeks()
    assert [(card.statement_id, card.overdue) for card in cards] == [(UNKNOWN, True), (WEEK, False)]
    assert [week_mark(card).tone for card in cards] == ["late", "brand"]
    hq_says(wei, (PRIVATE, "statement", "r0", week_row(1, state="complete", **late)))
    assert [card.overdue for card in wei.core.hours.weeks()] == [False, False]
    with instead(statements, "_is_overdue", lambda row, reader: row.overdue):  # a phone that waits to be told
        hq_says(wei, (PRIVATE, "statement", "r0", week_row(1, **late)))
        assert not any(card.overdue for card in wei.core.hours.weeks())


def test_a_week_that_is_disputed_complete_or_erased_waits_for_nobody(wei: Device) -> None:
    for state in ("disputed", "complete", "superseded"):
        hq_says(wei, (PRIVATE, "statement", "r1", week_row(1, state=state)))
        assert [card.waits_for_me for card in wei.core.hours.weeks()] == [False]
        with pytest.raises(Refused, match=r"client\.week_not_yours"):
            wei.core.hours.dispute_week(WEEK, 1, "why")
    hq_says(wei, (PRIVATE, "statement", "r1", week_row(1, text=None)))
    page = wei.core.hours.week(WEEK)
    assert page is not None and not page.may_confirm and page.days == (), "nobody signs what cannot be read"
    with pytest.raises(Refused, match=r"client\.week_not_yours"):
        wei.core.hours.confirm_week(WEEK, 1)


def test_the_manager_does_not_confirm_her_own_week_for_the_store(shop: Device) -> None:
    manager = manager_row().id
    hers = week_row(1, person_id=manager, statement_id=HER_WEEK)
    hq_says(shop, (DESK, "statement", "r1", week_row(1)), (DESK, "statement", "r9", hers))
    assert shop.core.desk.open(manager, PIN).ok
    assert {card.statement_id: card.waits_for_me for card in shop.core.desk_hours.weeks()} == {WEEK: True, HER_WEEK: False}
    with pytest.raises(Refused, match=r"client\.week_not_yours"):
        shop.core.desk_hours.confirm_week(HER_WEEK, 1)
    shop.core.desk_hours.confirm_week(WEEK, 1)
    shop.core.desk.close()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        shop.core.desk_hours.weeks()
