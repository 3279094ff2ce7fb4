"""The tablet's roster against the real server: a week planned and published with no signal, judged as HQ judges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.opening import SetOpeningHours
from contract.rosters import SetShift
from contract.shifts import AssignPattern, DefinePattern, DefineTemplate, Window
from mobile.core.views import Refused
from tests.mobile.field import Field, Gadget
from tests.server.market_of import MONDAY, Shop

PIN = "591847"
DAY, TUESDAY = MONDAY.isoformat(), (MONDAY + timedelta(days=1)).isoformat()


class Counter:
    """The shop of the market's tests with its tablet; Wu, who manages it, has a PIN."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.shop = Shop(self.field.office)
        self.tablet = self.field.tablet_of(self.shop.a)
        phone = self.field.phone_of(self.shop.wu)
        synced(phone)
        phone.core.set_pin(PIN)
        synced(phone, self.tablet, self.tablet)

    def open(self) -> None:
        assert self.tablet.core.desk.open(self.shop.wu, PIN).ok


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_a_week_planned_and_published_with_no_signal_is_what_people_work(counter: Counter) -> None:
    shop, tablet = counter.shop, counter.tablet
    counter.open()
    tablet.world.link.up = False
    roster = tablet.core.desk_roster
    assert [line.name for line in roster.week(DAY).lines] == ["", "张敏", "李伟", "王芳"]
    shift = roster.put(shop.li, DAY, "early")
    open_one = roster.put("", TUESDAY, "late")
    week = roster.week(DAY)
    line = next(one for one in week.lines if one.person_id == shop.li)
    [[cell], *_] = line.squares
    assert (cell.shift_id, cell.times, cell.state, line.planned_min) == (shift, ((480, 960),), "draft", 450)
    assert cell.on_its_way is not None and cell.on_its_way.state == "kept" and week.drafts == 2
    assert [one.shift_id for one in week.lines[0].squares[1]] == [open_one]
    roster.publish(DAY)
    tablet.world.link.up = True
    synced(tablet, tablet)
    assert tablet.core.sync_state().needs_you == ()
    assert shop.holder(shift) == shop.li and shop.holder(open_one) is None
    counter.open()
    assert roster.week(DAY).drafts == 0
    phone = counter.field.phone_of(shop.li)
    synced(phone)
    phone.world.link.up = False
    assert [line.shift_id for line in phone.core.roster.week(DAY).days[0].mine] == [shift]


def test_a_shift_while_the_store_is_closed_is_refused_here_in_the_words_of_hq_with_no_signal(counter: Counter) -> None:
    shop, tablet = counter.shop, counter.tablet
    shop.world.must(SetOpeningHours(store_id=shop.a, from_day="2026-01-01", week=[[(720, 1_320)]] * 7))
    synced(tablet)
    counter.open()
    tablet.world.link.up = False
    day = next(one for one in tablet.core.desk_roster.cell(shop.li, DAY).choices if one.template == "early")
    assert day.level == "hard" and [one.rule for one in day.said] == ["store_open"]
    outcome = shop.do(shop.wu, SetShift(shift_id=new_id(), store_id=shop.a, day=DAY, person_id=shop.li, template="early"))
    assert outcome.code == "rosters.breaks_store_open"
    assert (day.said[0].sentence.zh, day.said[0].sentence.en) == (outcome.facts["said_zh"], outcome.facts["said_en"])


def test_two_shifts_at_once_are_refused_here_in_the_words_of_hq(counter: Counter) -> None:
    shop, tablet = counter.shop, counter.tablet
    shop.shift(shop.li)
    synced(tablet)
    counter.open()
    tablet.world.link.up = False
    page = tablet.core.desk_roster.cell(shop.li, DAY)
    day = next(one for one in page.choices if one.template == "day")
    assert day.forbidden and day.level == "hard" and day.said[0].rule == "overlap"
    with pytest.raises(Refused) as here:
        tablet.core.desk_roster.put(shop.li, DAY, "day")
    outcome = shop.do(shop.wu, SetShift(shift_id=new_id(), store_id=shop.a, day=DAY, person_id=shop.li, template="day"))
    assert here.value.said.code == outcome.code == "rosters.breaks_overlap"
    assert here.value.said.facts["said_zh"] == outcome.facts["said_zh"]


def test_what_somebody_changed_meanwhile_is_refused_and_shown_as_it_is(counter: Counter) -> None:
    shop, tablet = counter.shop, counter.tablet
    shift = shop.cell(shop.li, MONDAY)
    synced(tablet)
    counter.open()
    tablet.world.link.up = False
    tablet.core.desk_roster.remove(shift)
    assert all(not square for line in tablet.core.desk_roster.week(DAY).lines for square in line.squares)
    shop.world.must(SetShift(shift_id=shift, store_id=shop.a, day=DAY, person_id=shop.li, template="late", based_on=1))
    tablet.world.link.up = True
    synced(tablet, tablet)
    [matter] = tablet.core.sync_state().needs_you
    assert matter.said.code == "rosters.changed_meanwhile"
    counter.open()
    line = next(one for one in tablet.core.desk_roster.week(DAY).lines if one.person_id == shop.li)
    assert line.squares[0][0].template == "late"


def test_the_desk_is_shut_to_whoever_has_no_pin(counter: Counter) -> None:
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        counter.tablet.core.desk_roster.week(DAY)


def test_a_month_says_of_each_day_what_its_weeks_say(counter: Counter) -> None:
    shop, tablet = counter.shop, counter.tablet
    late, early = shop.cell(shop.li, MONDAY, "late"), shop.cell(shop.li, MONDAY + timedelta(days=1), override="盘点")
    shop.shift(shop.min, MONDAY + timedelta(days=2))
    shop.cell(None, MONDAY)
    synced(tablet)
    counter.open()
    tablet.world.link.up = False
    gone = tablet.core.desk_roster.put(shop.fang, DAY, "day")
    tablet.core.desk_roster.remove(gone)
    roster = tablet.core.desk_roster
    week, month = roster.week(DAY), roster.month(DAY)
    assert late != early and (month.first, len(month.days), month.today) == ("2026-11-01", 30, week.today)
    n = MONDAY.day - 1
    assert month.days[n : n + 7] == week.days
    assert [line.name for line in month.lines] == [line.name for line in week.lines]
    for days, by_week in zip(month.lines, week.lines, strict=True):
        assert days.planned_min == by_week.planned_min
        for square, cells in zip(days.squares[n : n + 7], by_week.squares, strict=True):
            assert square.shifts == len(cells) and square.starts_min == (cells[0].times[0][0] if cells else None)
            assert square.level == (cells[0].level if cells else "")
            assert square.known == (bool(cells) and cells[0].state == "published")
    li = next(line for line in month.lines if line.person_id == shop.li)
    assert [one.level for one in li.squares[n : n + 2]] == ["hard", "hard"] and month.hard == week.hard == 1


def test_a_week_counts_what_its_own_squares_break_and_neither_the_next_weeks_nor_what_a_pattern_says(counter: Counter) -> None:
    """Nights then mornings next week, with a reason; this week nothing is planned, and a pattern says eleven hours a day."""
    shop, tablet = counter.shop, counter.tablet
    for day, template in ((MONDAY, "night"), (MONDAY + timedelta(days=1), "early")):
        shop.world.must(SetShift(
            shift_id=new_id(), store_id=shop.a, day=day.isoformat(), person_id=shop.li, template=template, override="盘点",
        ))  # fmt: skip
    long = DefineTemplate(
        template_id=new_id(), code="long", name_zh="长", name_en="Long", from_day="2026-01-01", kind="fixed",
        windows=[Window(starts_min=480, ends_min=1_260)],
    )  # fmt: skip
    cycle = DefinePattern(
        pattern_id=new_id(), code="longs", name_zh="长班", name_en="Long days", from_day="2026-01-01", starts_on="2026-01-05",
        cycle=["long"], calendar="none",
    )  # fmt: skip
    follows = AssignPattern(assignment_id=new_id(), person_id=shop.min, pattern="longs", from_day="2026-11-16")
    for said in (long, cycle, follows):
        shop.world.must(said)
    synced(tablet, tablet)
    counter.open()
    roster = tablet.core.desk_roster
    before = roster.week((MONDAY - timedelta(days=7)).isoformat())
    assert (before.hard, before.soft) == (0, 0) and not any(any(line.squares) for line in before.lines)
    assert roster.week(DAY).hard == 1 and roster.month(DAY).hard == 1
