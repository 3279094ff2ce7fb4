"""Performance cycles at the console: HR opens one, managers and people set goals, confirm the interview, tick the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.cycles import STAGES
from tests.server.cycles_of import DAYS, Cycled
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Cycled]:
    made = Cycled(tmp_path)
    yield made
    made.world.close()


def visits(floor: Cycled, login: str) -> Visitor:
    found = Visitor(floor.world.app).speak("zh")
    found.sign_in(login, PASSWORD)
    return found


def days_form(**more: str) -> dict[str, str]:
    form = {}
    for stage, (first, last) in zip(STAGES, DAYS, strict=True):
        form |= {f"{stage}_from": f"2026-{first}", f"{stage}_until": f"2026-{last}"}
    return {**form, **more}


def test_hr_opens_a_cycle_moves_it_and_closes_it(floor: Cycled) -> None:
    he = visits(floor, "he")
    assert "十一月考核" in he.get("/console/cycles").text
    form = days_form(name_zh="年终", name_en="Year end", from_month="2026-11", to_month="2026-12")
    made = he.post("/console/cycles", **form)
    assert made.status_code == 303
    board = made.headers["Location"].partition("?")[0]
    assert "年终" in he.get(board).text and "甲店" in he.get(board).text
    wrong = he.post("/console/cycles", **{**form, "to_month": "2026-01"})
    assert wrong.status_code == 422 and "结束月份早于开始月份" in wrong.text and "年终" in wrong.text
    turned = he.post(f"{board}/days", **days_form(goals_from="2026-12-30", reason="改期"))
    assert turned.status_code == 422 and "阶段的结束日早于开始日" in turned.text
    assert he.post(f"{board}/days", **days_form(reason="改期")).status_code == 303
    assert he.post(f"{board}/close", reason="取消").status_code == 303
    assert "已关闭" in he.get(board).text
    assert he.post(f"{board}/close", reason="取消").status_code == 409


def test_the_board_names_who_is_overdue_and_drills_to_the_person(floor: Cycled) -> None:
    floor.agreed_goals()
    floor.until("11-23")
    page = visits(floor, "he").get(f"/console/cycles/{floor.cycle}").text
    overdue = page[page.index('id="list"') :]
    assert "安娜" in overdue and "白露" in overdue and "设定目标" in overdue and floor.part_of("ana") in overdue
    ma = visits(floor, "ma")
    page = ma.get(f"/console/cycles/{floor.cycle}").text
    assert "安娜" in page and "白露" not in page and "修改日期" not in page
    assert "安娜" in ma.get(f"/console/cycles/{floor.cycle}?format=csv").text
    assert "安宁" in ma.get(f"/console/cycles/{floor.cycle}?store={floor.a}").text
    assert visits(floor, "an").get(f"/console/cycles/{floor.cycle}").status_code == 403


def test_a_manager_sets_goals_the_person_agrees_and_both_confirm_the_interview(floor: Cycled) -> None:
    part = f"/console/cycles/parts/{floor.part_of('an')}"
    ma, an = visits(floor, "ma"), visits(floor, "an")
    page = ma.get(part).text
    [goal_id] = re.findall(r'name="g0_id" value="([0-9a-f-]{36})"', page)
    goal = {"revision": "0", "g0_id": goal_id, "g0_text": "出品稳定", "g0_target": "九十"}
    wrong = ma.post(f"{part}/goals", **goal)
    assert wrong.status_code == 422 and "出品稳定" in wrong.text
    assert ma.post(f"{part}/goals", **{**goal, "g0_target": "90"}).status_code == 303
    assert "我同意这些目标" in an.get(part).text and part.rpartition("/")[2] in an.get("/console/cycles").text
    assert an.post(f"{part}/goals/agree", revision="1").status_code == 303
    assert "安宁 已同意" in ma.get(part).text
    floor.until("11-23")
    ma, an = visits(floor, "ma"), visits(floor, "an")
    assert an.post(f"{part}/goals/track", goal=goal_id, percent="40", note="进步").status_code == 303
    assert "40 %" in ma.get(part).text
    floor.until("12-06")
    ma, an = visits(floor, "ma"), visits(floor, "an")
    assert an.post(f"{part}/interview", held_on="2026-12-06", note="好").status_code == 403
    assert ma.post(f"{part}/interview", held_on="2026-12-06", note="表现稳定").status_code == 303
    assert "安宁 尚未确认" in ma.get(part).text
    for who in (an, ma):
        assert who.post(f"{part}/interview/confirm", revision="1").status_code == 303
    assert "安宁 已确认" in an.get(part).text and "马超 已确认" in an.get(part).text
    [line] = re.findall(r'name="a0_id" value="([0-9a-f-]{36})"', ma.get(part).text)
    assert ma.post(f"{part}/plan", a0_id=line, a0_text="练习", a0_due="2026-12-31").status_code == 303
    assert an.post(f"{part}/plan/tick", line=line, done="1").status_code == 303
    assert "已完成：安宁" in ma.get(part).text
    assert visits(floor, "bo").get(part).status_code == 404


def test_marks_of_both_sides_stand_side_by_side(floor: Cycled) -> None:
    floor.until("12-01")
    floor.must(floor.assess(value="70"), "an")
    floor.must(floor.score(), "ma")
    page = visits(floor, "an").get(f"/console/cycles/parts/{floor.part_of('an')}").text
    table = page[page.index("自评、经理与总部评分并列") :]
    assert re.search(r">70<.*>90 <", table, re.S)


def test_an_item_of_a_stage_leads_to_the_own_part_and_a_managers_to_the_board(floor: Cycled) -> None:
    floor.turn()
    assert floor.part_of("an") in visits(floor, "an").get("/console/inbox").text
    assert f"/console/cycles/{floor.cycle}" in visits(floor, "ma").get("/console/inbox").text
