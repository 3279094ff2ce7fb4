"""Cycles for looks and taps: every state of a stage, long words, something refused, somebody new, one that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from msgspec.structs import replace as with_

from contract.cycles import (
    STAGES,
    CyclePersonRow,
    CycleRow,
    Goal,
    GoalsHeld,
    InterviewHeld,
    Lack,
    PlanAction,
    PlanLine,
    Side,
    StageDays,
    StageState,
)
from mobile.core.cycles import CyclePage, StageView
from mobile.core.papers import CyclePaper
from mobile.core.views import Said
from mobile.core.views_cycles import CycleDetail, GoalLine, PairedMark
from mobile.core.views_hq import At, Both, OnItsWay

AT = At(1_780_276_320_000, "2026-06-01", "09:12")
TODAY = "2026-06-01"
WRITTEN_CYCLES = (
    "出品稳定，抽查不低于 90 分", "带一名新人独立上岗，并在交接表上写清楚每天学了什么", "已带三天",
    "本月出品稳定，午高峰补位主动", "需要加快出餐速度，下个月每周复盘一次", "每天开档前练习摆盘", "完成客诉处理课程",
)  # fmt: skip
STABLE, NEWCOMER, TRACKED, NOTE_1, NOTE_2, PRACTISE, COURSE = WRITTEN_CYCLES
NOTE = f"{NOTE_1}。{NOTE_2}"
DAYS = (("2026-05-01", "2026-05-10"), ("2026-05-11", "2026-05-25"), ("2026-05-26", "2026-06-03"), ("2026-06-01", "2026-06-08"),
        ("2026-06-09", "2026-06-20"))  # fmt: skip
CYCLE = CycleRow(
    id="k1", name_zh="二季度考核", name_en="Second quarter", from_month="2026-04", to_month="2026-06", state="open",
    stages=[StageDays(stage=stage, from_day=a, until=b) for stage, (a, b) in zip(STAGES, DAYS, strict=True)],
)  # fmt: skip
OVER = with_(
    CYCLE, id="k0", name_zh="一季度考核", name_en="First quarter", from_month="2026-01", to_month="2026-03", state="closed"
)
Found = tuple[StageState, tuple[Lack, ...]]
MIXED: tuple[Found, ...] = (
    ("overdue", ("agree_person",)), ("done", ()), ("running", ("months",)), ("running", ("self", "manager")),
    ("ahead", ("note", "plan")),
)  # fmt: skip
DONE: tuple[Found, ...] = (("done", ()),) * 5
OPEN_TALK: tuple[Found, ...] = (*DONE[:4], ("running", ("confirm_person", "confirm_manager")))
BARE: tuple[Found, ...] = (
    ("overdue", ("goals",)), ("overdue", ("track",)), ("running", ("months",)), ("running", ("self", "manager")),
    ("ahead", ("note", "plan")),
)  # fmt: skip
GOALS = (
    GoalLine("g1", STABLE, Both("饮品出品质量", "Quality of drinks"), "90", "", "50", 75, "", "李晓雯", AT),
    GoalLine("g2", NEWCOMER, None, "", "", "", None, TRACKED, "李晓雯", AT),
)
MARKS = (
    PairedMark("tea", Both("饮品出品质量", "Quality of drinks"), "85", "88.33", "80", 3),
    PairedMark("smile", Both("服务态度", "Service"), "90", "", "", 0),
)
PLAN = [
    PlanLine(id="a1", text=PRACTISE, due_on="2026-06-30", done_ms=1_780_276_320_000, done_by="李晓雯"),
    PlanLine(id="a2", text=COURSE, due_on="2026-07-31", course_zh="客诉处理四步", course_en="Four steps with a complaint"),
]


def a_page(
    part_id: str = "t1", name: str = "李晓雯", found: Sequence[Found] = MIXED, side: Side = "person", cycle: CycleRow = CYCLE,
    *, talk: bool = True, way: OnItsWay | None = None,
) -> CyclePage:  # fmt: skip
    """Somebody's part with goals, marks and a plan; with the talk, unless there was none."""
    goals = GoalsHeld(
        revision=2, goals=[Goal(id="g1", text=STABLE, metric="tea", target="90"), Goal(id="g2", text=NEWCOMER)], set_by="王建国",
        manager_ms=AT.ms, manager="王建国",
    )  # fmt: skip
    held = InterviewHeld(revision=1, held_on=TODAY, note=NOTE, by="王建国", at_ms=AT.ms) if talk else InterviewHeld()
    row = CyclePersonRow(
        id=part_id, cycle_id=cycle.id, person_id=f"p-{part_id}", person_name=name, store_id="s1",
        store_name="肯德基 上海南京东路步行街中心店", goals=goals, interview=held, plan=PLAN if talk else [],
    )  # fmt: skip
    stages = tuple(
        StageView(days.stage, days.from_day, days.until, state, lacks)
        for days, (state, lacks) in zip(cycle.stages, found, strict=True)
    )
    detail = CycleDetail(goals=GOALS, agreed_manager=AT, marks=MARKS)
    return CyclePage(cycle, row, side, TODAY, stages, way, "2026-06", detail)


def a_bare_page(part_id: str, name: str, side: Side = "person") -> CyclePage:
    """Somebody of whom nothing was said yet."""
    page = a_page(part_id, name, BARE, side, talk=False)
    return replace(page, part=with_(page.part, goals=GoalsHeld()), detail=CycleDetail())


def in_talk(page: CyclePage) -> CyclePage:
    """The interview is what is open now."""
    early = [with_(one, from_day="2026-05-01") for one in page.cycle.stages]
    cycle = with_(page.cycle, stages=early)
    stages = tuple(
        StageView(days.stage, days.from_day, days.until, state, lacks)
        for days, (state, lacks) in zip(early, OPEN_TALK, strict=True)
    )
    return replace(page, cycle=cycle, stages=stages, detail=replace(page.detail, agreed=AT))


REFUSED = OnItsWay("o1", "tell", "refused", Said("cycles.goals_changed", {}))
KEPT = OnItsWay("o2", "tell", "kept")


class ScriptedWords:
    """One side's words: says what it was given, notes what was said."""

    def __init__(self, pages: tuple[CyclePage, ...]) -> None:
        self.shown = pages
        self.papers: dict[tuple[str, str], CyclePaper] = {}
        self.said: list[tuple[Any, ...]] = []

    def pages(self) -> tuple[CyclePage, ...]:
        return self.shown

    def paper(self, part_id: str, what: str) -> CyclePaper | None:
        return self.papers.get((part_id, what))

    def write(self, part_id: str, what: str, paper: CyclePaper) -> None:
        self.papers[(part_id, what)] = paper

    def set_goals(self, part_id: str, goals: Sequence[Goal]) -> None:
        self.said.append(("goals", part_id, [(one.text, one.metric, one.target) for one in goals if one.text]))

    def agree(self, part_id: str) -> None:
        self.said.append(("agree", part_id))

    def track(self, part_id: str, goal_id: str, percent: int | None, note: str) -> None:
        self.said.append(("track", goal_id, percent, note))

    def confirm(self, part_id: str) -> None:
        self.said.append(("confirm", part_id))

    def record(self, part_id: str, note: str, held_on: str | None = None) -> None:
        self.said.append(("note", part_id, note, held_on))

    def plan(self, part_id: str, actions: Sequence[PlanAction]) -> None:
        self.said.append(("plan", part_id, [(one.text, one.due_on) for one in actions]))

    def tick(self, part_id: str, action_id: str, *, done: bool = True) -> None:
        self.said.append(("tick", action_id, done))


class ScriptedCycles:
    def __init__(self) -> None:
        desk = (
            a_page("t4", "Anastasia Konstantinopolskaya-Wrobel", DONE, "manager"), a_page("t1", "李晓雯", MIXED, "manager"),
            in_talk(a_page("t2", "陈思远", OPEN_TALK, "manager")), a_bare_page("t3", "赵敏", "manager"),
            a_page("t5", "刘洋", MIXED, "manager", way=REFUSED), a_page("t6", "李晓雯", DONE, "manager", OVER),
        )  # fmt: skip
        self.desk = ScriptedWords(desk)
        self.mine = ScriptedWords((a_page(way=KEPT), a_page("t0", "李晓雯", DONE, "person", OVER)))
