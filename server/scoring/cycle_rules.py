"""Judgments about the days and months of a cycle: facts in, verdict out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from contract.cycles import NEAR_DAYS, STAGES, CycleNotice, StageDays, months_between
from server.kernel.problems import Problem
from server.org.rules import day_of

MOST_MONTHS = 12


def judge_months(first: str, last: str) -> None:
    """Refuse months the wrong way round, and more than a year. Raises Problem."""
    if last < first:
        raise Problem("cycles.months_order", field="to_month")
    if len(months_between(first, last)) > MOST_MONTHS:
        raise Problem("cycles.months_many", field="to_month", most=MOST_MONTHS)


def judge_stages(stages: Sequence[StageDays]) -> None:
    """Refuse stages that are not the five in their order, days that are none, ends before beginnings. Raises Problem."""
    if tuple(one.stage for one in stages) != STAGES:
        raise Problem("cycles.stages_order", field="stages")
    before: StageDays | None = None
    for number, one in enumerate(stages):
        for name, text in (("from_day", one.from_day), ("until", one.until)):
            if day_of(text) is None:
                raise Problem("shifts.no_such_day", field=f"stages.{number}.{name}", day=text)
        if one.until < one.from_day:
            raise Problem("cycles.stage_days", field=f"stages.{number}.until")
        if before is not None and (one.from_day < before.from_day or one.until < before.until):
            raise Problem("cycles.stages_order", field=f"stages.{number}.from_day")
        before = one


def notices_on(cycle_id: str, stages: Sequence[StageDays], today: date) -> list[CycleNotice]:
    """What a day has to tell of a cycle's stages: one that is open, one that ends within three days, one that is over. Each is
    told once however many days ask for it; of a stage that was over before anybody heard of it only that it is overdue."""
    found: list[CycleNotice] = []
    for one in stages:
        first, last = date.fromisoformat(one.from_day), date.fromisoformat(one.until)
        if today > last:
            found.append(CycleNotice(cycle_id=cycle_id, stage=one.stage, what="late"))
        elif today >= first:
            found.append(CycleNotice(cycle_id=cycle_id, stage=one.stage, what="open"))
            if last - today <= timedelta(days=NEAR_DAYS):
                found.append(CycleNotice(cycle_id=cycle_id, stage=one.stage, what="near"))
    return found
