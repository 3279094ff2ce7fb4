"""Timesheets at the console: the month as a grid, a day with its working and its evidence, the files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.opening import SetOpeningDay
from contract.org import SetCalendarDay
from server.timesheets import grid as grid_module
from server.web import timesheets
from tests.server.hours_world import HoursWorld, at_work
from tests.server.world import PASSWORD, World
from tests.support.planted import instead
from tests.web.visitor import Visitor

DAY = "2026-11-18"


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HoursWorld]:
    """Li late and staying longer, Wang absent, Zhao without a plan, a name that is a formula on leave; all on one day."""
    world = World.on_sqlite(Path(tmp_path_factory.mktemp("timesheets")))
    made = at_work(world)
    made.at("2026-11-15 08:00")
    made.people("赵敏", "=1+1")
    for name in ("李伟", "王芳", "=1+1"):
        made.shift(name, DAY, ("09:00", "18:00"))
    for name, came, went in (("李伟", "09:10", "19:00"), ("赵敏", "10:00", "15:00")):
        made.punch(name, "in", f"{DAY} {came}")
        made.punch(name, "out", f"{DAY} {went}")
    made.device("王芳", heard="2026-11-19 11:00")
    made.leave("=1+1", DAY)
    made.at("2026-11-19 12:00")
    made.round()
    world.account(world.hire("外人"), "wai", "store_manager", world.open_store("徐汇店"))
    yield made
    world.close()


@pytest.fixture
def hq(hours: HoursWorld) -> Visitor:
    visitor = Visitor(hours.world.app)
    visitor.sign_in("chen", PASSWORD)
    return visitor


def cell_of(page: str, person_id: str) -> str:
    """A person's cell of the day as text: its mark, its state said aloud, its hours."""
    found = re.search(rf'<a class="cell [^>]*/timesheets/{person_id}/{DAY}"[^>]*>(.*?)</a>', page, re.S)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_the_grid_says_each_state_in_words_and_hours_and_not_by_colour_alone(hq: Visitor, hours: HoursWorld) -> None:
    page = hq.get("/console/timesheets?month=2026-11").get_data(as_text=True)
    said = {name: cell_of(page, hours.id(name)) for name in ("李伟", "王芳", "赵敏", "=1+1")}
    # Li: 590 minutes of presence, 530 in the shift and 60 beyond
    assert said in (
        {"李伟": "迟 迟到 9:50", "王芳": "缺 缺勤", "赵敏": "未排 未排班 5:00", "=1+1": "假 请假"},
        {"李伟": "L Late 9:50", "王芳": "A Absent", "赵敏": "NP Unplanned 5:00", "=1+1": "Lv Leave"},
    )
    assert "14:50" in page  # everybody's hours: 9:50 and 5:00


def test_search_and_month_narrow_the_grid_and_its_totals(hq: Visitor, hours: HoursWorld) -> None:
    page = hq.get("/console/timesheets?month=2026-11&q=赵").get_data(as_text=True)
    assert hours.id("赵敏") in page and hours.id("李伟") not in page and "14:50" not in page
    nothing = hq.get("/console/timesheets?month=2026-10").get_data(as_text=True)
    assert hours.id("赵敏") not in nothing and 'class="empty"' in nothing
    with instead(grid_module, "_named", lambda search: []):  # a search that finds everybody is seen
        assert hours.id("李伟") in hq.get("/console/timesheets?month=2026-11&q=赵").get_data(as_text=True)


def test_a_day_tells_its_working_and_leads_to_the_punches(hq: Visitor, hours: HoursWorld) -> None:
    page = hq.get(f"/console/timesheets/{hours.id('李伟')}/{DAY}").get_data(as_text=True)
    for told in ("09:10", "19:00", "530", "60", "9:50"):
        assert told in page
    links = re.findall(r'href="(/console/punches/[^"]+)"', page)
    assert len(links) == 2 and all(hq.get(link).status_code == 200 for link in links)
    assert hq.get(f"/console/timesheets/{hours.id('李伟')}/2026-11-02").status_code == 404
    assert hq.get(f"/console/timesheets/{hours.id('李伟')}/yesterday").status_code == 404


def test_another_stores_manager_finds_none_of_it(hours: HoursWorld) -> None:
    wai = Visitor(hours.world.app)
    wai.sign_in("wai", PASSWORD)
    page = wai.get("/console/timesheets?month=2026-11").get_data(as_text=True)
    assert hours.id("李伟") not in page and "李伟" not in page
    assert wai.get(f"/console/timesheets/{hours.id('李伟')}/{DAY}").status_code == 404
    file = wai.get(f"/console/timesheets/export?from_day={DAY}&to_day={DAY}").get_data(as_text=True)
    assert "李伟" not in file


def test_the_files_keep_the_columns_of_the_address_and_calculate_nothing(hq: Visitor) -> None:
    view = "/console/timesheets?month=2026-11&pay_cols=name&pay_cols=worked_min&amounts=hours"
    page = hq.get(view).get_data(as_text=True)
    links = re.findall(r'href="(/console/timesheets/export[^"]+)"', page)
    [address] = [link for link in links if "kind=pay" in link and "format=csv" in link]
    rows = list(csv.reader(io.StringIO(hq.get(address.replace("&amp;", "&")).get_data().decode("utf-8-sig"))))
    assert len(rows[0]) == 2 and rows[-1][1] == "14:50"
    assert ["'=1+1", "0:00"] in rows
    wrong = hq.get(f"/console/timesheets/export?from_day={DAY}&to_day={DAY}&kind=salaries")
    assert wrong.status_code in (400, 422) and "csv" not in wrong.content_type


def test_days_the_calendar_or_the_store_closes_are_marked_and_are_no_day_off_of_ones_own(hq: Visitor, hours: HoursWorld) -> None:
    world, store = hours.world, hours.world.stores["豫园店"]
    world.must(SetCalendarDay(day="2026-11-12", kind="holiday", name="店庆"))
    world.must(SetOpeningDay(store_id=store, day="2026-11-13", hours=[], note="盘点"))
    for day, kind in (("2026-11-12", "holiday"), ("2026-11-13", "working"), ("2026-11-14", "weekend")):
        hours.shift("王芳", day, day_kind=kind)
    hours.round()

    def shown(address: str) -> list[tuple[bool, bool]]:
        """Of the three days: whether the head of the column is marked, and whether the cell says closed."""
        page = hq.get(f"/console/timesheets?month=2026-11{address}").get_data(as_text=True)
        heads = re.findall(r'<th scope="col" class="([^"]*)"[^>]*><abbr', page)
        cells = [re.search(rf'/timesheets/{hours.id("王芳")}/2026-11-{n}"[^>]*>(.*?)</a>', page, re.S) for n in (12, 13, 14)]
        closed = [found is not None and ("节" in found[1] or ">CL<" in found[1]) for found in cells]
        return [("shut" in heads[n - 1], closed[n - 12]) for n in (12, 13, 14)]

    assert shown("") == [(True, True), (False, False), (False, False)]
    assert shown(f"&unit={store}") == [(True, True), (True, True), (False, False)], "of one store: when it is closed too"
    with instead(timesheets, "_closed", lambda *_: {}):
        assert shown("") == [(False, False)] * 3, "the control: a grid that knows no calendar"
