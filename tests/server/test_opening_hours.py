"""When stores are open: the rule says so at the API, a tablet and in a problem to be solved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.opening import SetOpeningDay, SetOpeningHours, meant_hours, said_hours
from contract.rostering.from_problem import read_problem
from contract.rostering.rules import Calendar
from contract.rostering.rules.places import closed_minutes
from contract.rosters import SetShift
from contract.shift_market import AskLoan, AskSwap, ClaimShift
from contract.shifts import Window
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.rosters.problem import Asked, build
from server.stores import opening
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.rosters_of import Desk, day, desk_on_sqlite
from tests.support.planted import instead

NINE_TO_TEN = [[(540, 1_320)]] * 7


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = desk_on_sqlite(tmp_path)
    yield made
    made.world.close()


def opens(desk: Desk, week: Any = NINE_TO_TEN, from_day: str = "2026-01-01") -> None:
    desk.world.must(SetOpeningHours(store_id=desk.store, from_day=from_day, week=week))


def night(desk: Desk, ahead: int = 0) -> Any:
    return desk.shift(desk.li, ahead, "day", windows=[Window(starts_min=1_320, ends_min=1_800)])


def test_a_shift_while_the_store_is_closed_is_refused_with_the_same_words_everywhere(desk: Desk) -> None:
    opens(desk)
    refused = desk.world.do(night(desk), desk.as_wu)
    assert refused.code == "rosters.breaks_store_open" and refused.facts["said_en"] and refused.facts["said_zh"]
    kiosk = desk.shift(desk.li, 0, "day", windows=[Window(starts_min=1_320, ends_min=1_800)], kiosk=KioskProof(pin=True))
    assert desk.by_device(kiosk, kind="kiosk", actor=desk.wu, home=desk.store) == "rosters.breaks_store_open"


def closes_at_ten(shop: Shop, *stores: str) -> None:
    """From nine to ten in the evening, said after shifts outside these hours were published."""
    for store in stores:
        shop.world.must(SetOpeningHours(store_id=store, from_day="2026-01-01", week=NINE_TO_TEN))


def tapped(shop: Shop, shift_id: str, person: str) -> dict[str, Any]:
    """What the grid says when the manager gives this shift to somebody."""
    cell = shop.cell_of(shift_id)
    op = SetShift(
        shift_id=shift_id, store_id=cell.store_id, day=cell.day.isoformat(), person_id=person, template=cell.template,
        based_on=cell.version,
    )  # fmt: skip
    refused = shop.do(shop.wu, op)
    assert refused.code == "rosters.breaks_store_open"
    return dict(refused.facts)


def test_who_claims_a_night_while_the_store_is_closed_hears_the_words_of_the_grid(tmp_path: Path) -> None:
    with shop_on_sqlite(tmp_path) as shop:
        shop.approval()
        night, day_shift = shop.shift(None, template="night"), shop.shift(None, MONDAY + timedelta(days=1), template="early")
        closes_at_ten(shop, shop.a)
        refused = shop.do(shop.li, ClaimShift(claim_id=new_id(), shift_id=night, version=shop.version(night)))
        said = tapped(shop, night, shop.li)
        assert refused.code == "rosters.breaks_store_open" and shop.holder(night) is None
        assert {name: refused.facts[name] for name in ("said_zh", "said_en")} == {
            name: said[name] for name in ("said_zh", "said_en")
        }  # fmt: skip
        assert shop.must(shop.li, ClaimShift(claim_id=new_id(), shift_id=day_shift, version=shop.version(day_shift))) == {
            "state": "won"
        }  # fmt: skip


def test_nobody_takes_over_a_night_by_a_swap_while_the_store_is_closed(tmp_path: Path) -> None:
    with shop_on_sqlite(tmp_path) as shop:
        shop.approval()
        night = shop.shift(shop.min, MONDAY, template="night")
        mine = shop.shift(shop.li, MONDAY + timedelta(days=3))
        asked = AskSwap(
            swap_id=new_id(), shift_id=mine, version=shop.version(mine), colleague_id=shop.min, their_shift_id=night,
            their_version=shop.version(night), until_ms=ms(shop.world.clock() + timedelta(hours=24)),
        )  # fmt: skip
        closes_at_ten(shop, shop.a)
        refused = shop.do(shop.li, asked)
        assert refused.code == "rosters.breaks_store_open" and refused.facts["said_en"] == tapped(shop, night, shop.li)["said_en"]
        assert (shop.holder(mine), shop.holder(night)) == (shop.li, shop.min)


def test_nobody_is_lent_to_a_store_that_is_closed(tmp_path: Path) -> None:
    with shop_on_sqlite(tmp_path) as shop:
        shop.approval(loans="never")
        night = shop.shift(None, template="night")
        until = ms(shop.world.clock() + timedelta(hours=24))

        def asked() -> AskLoan:
            return AskLoan(loan_id=new_id(), shift_id=night, person_id=shop.qiang, until_ms=until)

        closes_at_ten(shop, shop.a)
        assert shop.refused(shop.wu, asked()) == "rosters.breaks_store_open"
        shop.world.must(SetOpeningHours(store_id=shop.a, from_day="2026-01-01", week=[]))
        assert shop.refused(shop.wu, asked()) is None


def test_an_hour_before_opening_and_after_closing_is_no_break(desk: Desk) -> None:
    opens(desk)
    early = desk.shift(desk.li, 0, "day", windows=[Window(starts_min=480, ends_min=900)])
    assert desk.world.do(early, desk.as_wu).code is None


def test_what_nobody_said_is_always_open_and_counts_from_its_day_on(desk: Desk) -> None:
    assert desk.world.do(night(desk), desk.as_wu).code is None
    opens(desk, from_day=day(3).isoformat())
    assert desk.world.do(night(desk, 1), desk.as_wu).code != "rosters.breaks_store_open"
    assert desk.world.do(night(desk, 4), desk.as_wu).code == "rosters.breaks_store_open"
    opens(desk, week=[], from_day=day(3).isoformat())
    assert desk.world.do(night(desk, 4), desk.as_wu).code != "rosters.breaks_store_open"


def test_a_single_day_counts_instead_of_its_weekday_until_it_is_as_usual_again(desk: Desk) -> None:
    opens(desk)
    desk.world.must(SetOpeningDay(store_id=desk.store, day=day(1).isoformat(), hours=[], note="holiday"))
    assert desk.world.do(desk.shift(desk.li, 1, "day"), desk.as_wu).code == "rosters.breaks_store_open"
    desk.world.must(SetOpeningDay(store_id=desk.store, day=day(1).isoformat()))
    assert desk.world.do(desk.shift(desk.li, 1, "day"), desk.as_wu).code is None


def test_a_problem_that_is_handed_to_the_solver_says_when_its_stores_are_open(desk: Desk) -> None:
    opens(desk)
    desk.world.must(SetOpeningDay(store_id=desk.store, day=day(1).isoformat(), hours=[]))
    with reading(desk.world.db, Actor.system()) as session:
        problem, g = build(session, Asked(problem_id="p", store_ids=[desk.store], from_day=day(0), days=7))
    said = problem.stores[[one.id for one in problem.stores].index(desk.store)].open_days
    assert said[day(0).isoformat()] == [("09:00", "22:00")] and said[day(1).isoformat()] == []
    facts = read_problem(problem)
    monday = day(0).isoformat()
    assert facts.calendar.hours_of(desk.store, monday) == g.calendar.hours_of(desk.store, monday) == [(540, 1_320)]
    assert facts.calendar.hours_of(desk.store, day(1).isoformat()) == []


@pytest.mark.parametrize(
    ("week", "told"),
    [
        ([[(540, 1_320)]] * 6, "stores.hours_invalid"),
        ([[(540, 540)]] * 7, "stores.hours_invalid"),
        ([[(540, 800), (700, 900)]] * 7, "stores.hours_invalid"),
        ([[(0, 1_440)]] * 7, None),
        ([[]] * 7, None),
        ([[(1_080, 1_560)]] * 7, None),
    ],
)
def test_hours_that_no_store_has_are_refused(desk: Desk, week: Any, told: str | None) -> None:
    outcome = desk.world.do(SetOpeningHours(store_id=desk.store, from_day="2026-01-01", week=week))
    assert outcome.code == told


def test_hours_that_overlap_would_go_in_if_nobody_looked(desk: Desk) -> None:
    """The control."""
    with instead(opening, "are_hours", lambda _: True):
        op = SetOpeningHours(store_id=desk.store, from_day="2026-01-01", week=[[(540, 800), (700, 900)]] * 7)
        assert desk.world.do(op).code is None


def closed(week: Any, starts: int, ends: int) -> int:
    calendar = Calendar("2026-03-02", "2026-03-08", open_week={"s": week})
    return closed_minutes(calendar, "s", ("2026-03-04", starts, ends), 0, 0)


def test_a_store_that_never_closes_has_night_shifts() -> None:
    assert closed([[(0, 1_440)]] * 7, 1_320, 1_800) == 0
    assert closed([[(0, 1_440)]] * 3 + [[]] + [[(0, 1_440)]] * 3, 1_320, 1_800) == 360  # Thursday is closed from midnight on


def test_a_bar_is_open_past_midnight_and_not_before_evening() -> None:
    bar = [[(1_080, 1_560)]] * 7
    assert closed(bar, 1_080, 1_560) == 0
    assert closed(bar, 1_020, 1_620) == 120
    assert closed(bar, 0, 120) == 0  # the night that began the day before


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("9:00-22:00", [(540, 1_320)]),
        ("09:00–12:30，14:00–2:00", [(540, 750), (840, 1_560)]),
        ("0:00-24:00", [(0, 1_440)]),
        ("", []),
        ("17:00-21:00, 10:00-14:00", [(600, 840), (1_020, 1_260)]),
        ("nine to five", None),
        ("25:00-26:00", None),
        ("9:00-12:00, 11:00-13:00", None),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, meant: Any) -> None:
    assert meant_hours(text) == meant
    assert meant is None or meant_hours(said_hours(meant)) == meant
