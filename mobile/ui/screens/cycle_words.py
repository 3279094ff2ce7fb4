"""A part in a cycle in words: stages with what they lack, goals, marks side by side, the interview, the plan."""

from __future__ import annotations

from typing import Any, Final

from contract.cycles import StageState
from mobile.core.cycles import CyclePage, StageView
from mobile.core.views_cycles import GoalLine, PairedMark
from mobile.core.views_hq import At
from mobile.ui.say import Say
from mobile.viewmodels.cycle_taps import CyclesState, days_after, days_before, mine_to_do, now_at
from mobile.viewmodels.desk_cycles import overdue
from mobile.viewmodels.request_words import way_mark

STATES: Final[dict[StageState, tuple[str, str]]] = {
    "ahead": ("quiet", "circle_outline"),
    "running": ("late", "progress_clock"),
    "overdue": ("bad", "clock_alert_outline"),
    "done": ("good", "check_circle"),
}


def cycle_name(say: Say, page: CyclePage) -> str:
    return page.cycle.name_en if say.language == "en" else page.cycle.name_zh


def months(say: Say, page: CyclePage) -> str:
    """The months it is over, and that it is closed."""
    first, last = page.cycle.from_month, page.cycle.to_month
    told = first if first == last else say("cycle_page.months", first=first, last=last)
    return say("cycle_page.closed", months=told) if page.cycle.state == "closed" else told


def stage_rows(say: Say, page: CyclePage) -> list[dict[str, Any]]:
    """The five stages on their line."""
    rows = []
    for one in page.stages:
        tone, icon = STATES[one.state]
        lacking = one.state in ("running", "overdue") and page.cycle.state == "open"
        missing = say("board.join").join(say(f"cycle.lack.{lack}") for lack in one.lacks) if lacking else ""
        rows.append({
            "words": say(f"cycle.stage.{one.stage}"), "chip": say(f"cycle.state.{one.state}"), "chip_icon": icon,
            "chip_tone": tone, "way": "",
            "who": say("cycle_page.days", first=say.iso_day(one.from_day), last=say.iso_day(one.until)),
            "comment": say("cycle_page.lacks", missing=missing) if missing else "", "is_last": one is page.stages[-1],
        })  # fmt: skip
    return rows


def to_do_words(say: Say, page: CyclePage) -> str:
    """What is up to whoever reads this, with the day it is due."""
    return "\n".join(
        say("cycle_page.to_do", what=say(f"cycle_page.mine_{lack}"), until=say.iso_day(stage.until))
        for stage, lack in mine_to_do(page)
    )


def goal_rows(say: Say, page: CyclePage, vm: Any) -> list[dict[str, Any]]:
    """Goals; a tap says how far one is."""
    return [_goal(say, one, vm) for one in page.detail.goals]


def _goal(say: Say, one: GoalLine, vm: Any) -> dict[str, Any]:
    facts = (
        say.both(one.metric) if one.metric is not None else "",
        say("scores.target", target=one.target, unit=one.unit) if one.target else "",
        say("scores.weight", weight=one.weight) if one.weight else "",
    )
    tone, icon = ("quiet", "circle_outline") if one.percent is None else ("brand", "progress_clock")
    if one.percent == 100:
        tone, icon = "good", "check_circle"
    told = say("cycle_page.no_track")
    if one.percent is not None:
        told = say("cycle_page.percent", percent=one.percent)
    elif one.said is not None:
        told = say("cycle_page.told")
    said = say("scores.by_at", by=one.by, at=say.at(one.said)) if one.said is not None else ""
    return {
        "vm": vm, "subject": one.goal_id, "words": one.text, "sub": say("ticket.join").join(part for part in facts if part),
        "more": say("cycle_page.note", note=one.note, said=said) if one.note else "", "icon_name": "", "chip": told,
        "chip_icon": icon, "chip_tone": tone,
    }  # fmt: skip


def sides(say: Say, own: At | None, manager: At | None, who: str, done: str) -> list[dict[str, Any]]:
    """What either side has said to it: `done` is agreed or confirmed."""
    named = say("cycle_page.side_named", side=say("cycle.side.manager"), who=who) if who else say("cycle.side.manager")
    pairs = ((say("cycle.side.person"), own), (named, manager))
    return [
        {"words": words, "value": say(f"cycle_page.{done}", at=say.at(at)) if at is not None else say(f"cycle_page.not_{done}")}
        for words, at in pairs
    ]


def mark_rows(say: Say, marks: tuple[PairedMark, ...]) -> list[dict[str, Any]]:
    """Metric by metric: one's own, the manager's, HQ's."""
    rows = []
    for one in marks:
        said = [
            say("cycle_page.mark_own", points=one.own or say("scores.none")),
            say("cycle_page.mark_manager", points=one.manager or say("scores.none")),
        ]
        if one.hq:
            said.append(say("cycle_page.mark_hq", points=one.hq))
        rows.append({"words": say.both(one.name), "sub": say("ticket.join").join(said)})
    return rows


def plan_rows(say: Say, page: CyclePage, vm: Any) -> list[dict[str, Any]]:
    """Actions of the plan; a tap ticks one, or takes the tick back."""
    rows = []
    for one in page.part.plan:
        is_done = one.done_ms is not None
        course = one.course_en if say.language == "en" else one.course_zh
        due = say("cycle_page.due", day=say.iso_day(one.due_on))
        facts = (course, say("cycle_page.done_by", who=one.done_by) if is_done else due)
        rows.append({
            "vm": vm, "item_id": one.id, "words": one.text, "sub": say("ticket.join").join(part for part in facts if part),
            "done": is_done, "wanted": not is_done,
        })  # fmt: skip
    return rows


def line_rows(say: Say, state: CyclesState, vm: Any) -> list[dict[str, Any]]:
    """What is being written, line by line: a goal with its target where something measures it, an action with its day."""
    page = state.page
    if page is None or state.mode not in ("goals", "plan"):
        return []
    goals = {one.goal_id: one for one in page.detail.goals}
    rows = []
    for number, line in enumerate(state.lines, 1):
        measured = goals[line.id] if line.id in goals and goals[line.id].metric is not None else None
        options: list[tuple[str, str]] = []
        if state.mode == "plan":
            options = [(day, say.iso_day(day)) for day in sorted({*days_after(page.today), line.more})]
        rows.append({
            "vm": vm, "key": line.id, "words": say(f"cycle_page.line_{state.mode}", number=number), "typed": line.text,
            "more": line.more, "options": options,
            "target": say("cycle_page.target_of", metric=say.both(measured.metric)) if measured is not None else "",
        })  # fmt: skip
    return rows


def held_options(say: Say, page: CyclePage, day: str) -> list[tuple[str, str]]:
    """The days the talk may have been on, the newest first."""
    known = sorted({*days_before(page.today), day} - {""}, reverse=True)
    return [(one, say.iso_day(one)) for one in known]


def board_row(say: Say, vm: Any, page: CyclePage, chosen: str) -> dict[str, Any]:
    """Somebody on the store's board: where they are, and what waits for the manager."""
    at = now_at(page)
    tone, icon = STATES[at.state]
    mine = mine_to_do(page)
    chip = (say("cycle_page.at", stage=say(f"cycle.stage.{at.stage}"), state=say(f"cycle.state.{at.state}")), icon, tone)
    if at.state == "done":
        chip = (say("cycle.state.done"), icon, tone)
    if page.on_its_way is not None and page.on_its_way.state == "refused":
        mark = way_mark(page.on_its_way)
        chip = (say.said(mark.said), mark.icon, mark.tone)
    return {
        "vm": vm, "subject": page.part.id, "words": page.part.person_name, "icon_name": "account_outline",
        "sub": _until(say, at, page), "more": say("board.join").join(say(f"cycle_page.mine_{lack}") for _, lack in mine),
        "chip": chip[0], "chip_icon": chip[1], "chip_tone": chip[2], "chosen": page.part.id == chosen,
    }  # fmt: skip


def _until(say: Say, at: StageView, page: CyclePage) -> str:
    if at.state == "ahead":
        return say("cycle_page.from_day", day=say.iso_day(at.from_day))
    if at.state == "done":
        return ""
    many = overdue(page)
    due = say("cycle_page.was_due" if at.state == "overdue" else "cycle_page.due", day=say.iso_day(at.until))
    return say("ticket.join").join((due, say("cycle_page.stages_overdue", count=many))) if many > 1 else due
