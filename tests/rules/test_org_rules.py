"""Judgments about the organisation: dated rows that never share a day, no unit below itself, who is one too many."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.org import rules
from server.org.calendar import FIRST_LISTED, LAST_LISTED, is_listed, public_day
from server.org.rules import Version
from tests.support.planted import instead

START = date(2026, 1, 1)
DAYS = [START + timedelta(days=n) for n in range(40)]


def version(from_day: int, until: int | None = None, name: str = "后厨部", parent: str | None = "top", boss: str | None = None):
    return Version(DAYS[from_day], None if until is None else DAYS[until], name, parent, boss)


changes = st.lists(
    st.tuples(
        st.integers(0, 38),
        st.dictionaries(st.sampled_from(["name", "parent_id", "manager_id"]), st.sampled_from(["a", "b", "c"]), min_size=1),
    ),
    max_size=8,
)  # fmt: skip


def in_order(rows: list[Version]) -> list[Version]:
    return sorted(rows, key=lambda row: row.from_day)


@given(changes)
def test_however_a_unit_is_changed_every_day_has_exactly_one_row(drawn):
    rows = [version(0)]
    for day, what in drawn:
        rows = rules.changed(rows, DAYS[day], **what)
    assert not rules.overlap(rows)
    assert all(sum(row.covers(day) for row in rows) == 1 for day in DAYS)


@given(changes)
def test_a_change_is_there_on_its_day_and_the_days_before_are_what_they_were(drawn):
    rows = [version(0)]
    for day, what in drawn:
        before = {earlier: rules.on_day(rows, earlier) for earlier in DAYS[:day]}
        rows = rules.changed(rows, DAYS[day], **what)
        here = rules.on_day(rows, DAYS[day])
        assert {column: getattr(here, column) for column in what} == what
        for earlier, was in before.items():
            now = rules.on_day(rows, earlier)
            assert (now.name, now.parent_id, now.manager_id) == (was.name, was.parent_id, was.manager_id)


def test_what_is_planned_keeps_its_own_and_takes_on_what_it_merely_carried():
    rows = rules.changed([version(0)], DAYS[20], name="餐饮部")
    rows = rules.changed(rows, DAYS[10], name="后厨一部", manager_id="chief")
    later = rules.on_day(rows, DAYS[20])
    assert (later.name, later.manager_id) == ("餐饮部", "chief")


def test_a_unit_cannot_change_before_it_began_or_after_it_closed():
    for day in (0, 30):
        with pytest.raises(ValueError, match="no unit"):
            rules.changed([version(5, 30)], DAYS[day], name="x")
    assert rules.changed([version(5, 30)], DAYS[29], name="x")[-1].until == DAYS[30]


def test_what_is_closed_is_nothing_from_that_day_on():
    rows = rules.closed([version(0, 10), version(10, 20), version(20)], DAYS[15])
    assert [(row.from_day, row.until) for row in rows] == [(DAYS[0], DAYS[10]), (DAYS[10], DAYS[15])]
    assert rules.on_day(rows, DAYS[14]) is not None and rules.on_day(rows, DAYS[15]) is None
    with pytest.raises(ValueError, match="not yet begun"):
        rules.closed([version(5)], DAYS[5])


@given(st.lists(st.tuples(st.integers(0, 38), st.sampled_from(["a", "b", None])), max_size=6), st.integers(0, 38))
def test_whoever_is_taken_off_manages_nothing_from_that_day_on_and_others_keep_their_place(drawn, day):
    rows = [version(0)]
    for at, boss in drawn:
        rows = rules.changed(rows, DAYS[at], manager_id=boss)
    after = rules.vacated(rows, "a", DAYS[day])
    assert not rules.overlap(after)
    for n, each in enumerate(DAYS):
        was, now = rules.on_day(rows, each).manager_id, rules.on_day(after, each).manager_id
        assert now == (None if was == "a" and n >= day else was)


def test_a_unit_that_would_stand_below_itself_later_is_found():
    parents = {("b", DAYS[0]): "c", ("b", DAYS[20]): "a"}

    def parent_on(unit: str, day: date) -> str | None:
        return parents.get((unit, max(at for name, at in parents if at <= day))) if unit == "b" else None

    rows = [version(0, parent="b")]
    assert not rules.circle("a", rows, parent_on, [DAYS[0], DAYS[10]])
    assert rules.circle("a", rows, parent_on, [DAYS[0], DAYS[20]])
    assert rules.circle("a", [version(0, parent="a")], parent_on, [DAYS[0]])
    with instead(rules, "on_day", lambda *_: None):
        assert not rules.circle("a", rows, parent_on, [DAYS[20]]), "the control: a judge who looks at no day"


def test_nothing_stands_below_a_store_nor_above_the_company():
    assert rules.may_hold("region", "partner_store") and rules.may_hold("company", "department")
    assert not rules.may_hold("partner_store", "department") and not rules.may_hold("own_store", "region")
    assert not rules.may_hold("department", "company")


@pytest.mark.parametrize(
    ("approved", "filled", "coming", "too_many"),
    [(None, 99, 1, False), (2, 1, 1, False), (2, 2, 1, True), (0, 0, 1, True), (3, 1, 2, False), (3, 2, 2, True)],
)
def test_one_more_than_approved_is_too_many_and_without_a_number_nobody_is(approved, filled, coming, too_many):
    assert rules.exceeds(approved, filled, coming) is too_many


@pytest.mark.parametrize("text", ["2026-02-30", "1999-12-31", "2101-01-01", "today", ""])
def test_days_no_calendar_has_or_nobody_plans_for_are_no_days(text):
    assert rules.day_of(text) is None and rules.day_of("2026-02-28") == date(2026, 2, 28)


# State Council, 4 November 2025 (gov.cn): holidays of 2026, and the Saturdays and Sundays that are worked for them
OFF_2026 = {
    "元旦": ("2026-01-01", 3, ["2026-01-04"]),
    "春节": ("2026-02-15", 9, ["2026-02-14", "2026-02-28"]),
    "清明": ("2026-04-04", 3, []),
    "劳动节": ("2026-05-01", 5, ["2026-05-09"]),
    "端午": ("2026-06-19", 3, []),
    "中秋": ("2026-09-25", 3, []),
    "国庆节": ("2026-10-01", 7, ["2026-09-20", "2026-10-10"]),
}


def test_the_year_2026_is_what_the_state_council_announced():
    off: set[date] = set()
    worked: set[date] = set()
    for first, count, instead_of in OFF_2026.values():
        begins = date.fromisoformat(first)
        off |= {begins + timedelta(days=n) for n in range(count)}
        worked |= {date.fromisoformat(day) for day in instead_of}
    for n in range(365):
        day = START + timedelta(days=n)
        usual = "weekend" if day.weekday() >= 5 else "working"
        assert public_day(day).kind == ("holiday" if day in off else "working" if day in worked else usual), day
    assert public_day(date(2026, 2, 14)).name_zh == "春节" and public_day(date(2026, 2, 14)).name_en == "Spring Festival"


def test_a_year_without_a_list_goes_by_the_weekday_and_says_so():
    assert is_listed(FIRST_LISTED) and is_listed(LAST_LISTED) and not is_listed(2099)
    saturday, monday = public_day(date(2099, 1, 3)), public_day(date(2099, 1, 5))
    assert (saturday.kind, saturday.known, monday.kind, monday.known) == ("weekend", False, "working", False)
    assert public_day(date(2026, 3, 3)).known, "the control: a year that is listed"
