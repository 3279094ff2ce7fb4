"""Rules on how much is worked: of a day, a week, a month of overtime, a comprehensive cycle, part time, a shift and its pause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from contract.rostering.local_time import day_of
from contract.rostering.rules.line import MINUTE_MS, Broken, DayWork, Facts, Line, is_night, overtime_by_day, week_names

Params = Mapping[str, int]


def daily_max(line: Line, params: Params) -> Iterator[Broken]:
    """What is worked on a business date, all its shifts: no more than the day with its overtime, or the contract's own."""
    limit = params["max"] + params["overtime"]
    own = line.worker.day_max_min
    if params["standard_only"] and line.worker.system in ("comprehensive", "flexible"):
        limit = params["comprehensive"] if line.worker.system == "comprehensive" else (own if own is not None else -1)
        if limit < 0:
            return
    limit = limit if own is None else min(limit, own)
    for day in line.days:
        if day.work_min > limit:
            facts: Facts = {"worked_min": day.work_min, "most_min": limit}
            yield Broken(day.day, day.day, day.ids, day.work_min - limit, facts)


def weekly_max(line: Line, params: Params) -> Iterator[Broken]:
    """What is worked in a week from Monday to Sunday by business date; with `weeks`, that many in a row on average."""
    limit = params["max"] + params["overtime"]
    own = line.worker.week_max_min
    if params["standard_only"] and line.worker.system in ("comprehensive", "flexible"):
        if own is None:
            return
        limit = own
    limit = limit if own is None else min(limit, own)
    sums: dict[int, int] = {}
    for monday, days in line.weeks():
        sums[monday] = sum(day.work_min for day in days) + line.past_of_week(monday)
        total = sum(sums.get(monday - 7 * back, 0) for back in range(params["weeks"]))
        most = limit * params["weeks"]
        if total > most:
            facts: Facts = {"worked_min": total, "most_min": most, "weeks": params["weeks"], **week_names(monday)}
            yield Broken(day_of(monday), days[-1].day, _ids(days), total - most, facts)


def _ids(days: list[DayWork]) -> list[str]:
    return [shift for day in days for shift in day.ids]


def overtime_month_max(line: Line, params: Params) -> Iterator[Broken]:
    """The overtime of a calendar month, by the business dates it falls on."""
    if params["standard_only"] and line.worker.system in ("comprehensive", "flexible"):
        return
    by_month: dict[str, list[tuple[DayWork, int]]] = {}
    for day, overtime in overtime_by_day(line, day_min=params["day"], week_min=params["week"]):
        by_month.setdefault(day.day[:7], []).append((day, overtime))
    begins = day_of(line.begins)
    for month, days in by_month.items():
        before = line.worker.past.month_overtime_min if month == begins[:7] and line.past_of_months(1) else 0
        yield from _beyond(month, days, before, params["max"], {"month": month})


def _beyond(about: str, days: list[tuple[DayWork, int]], before: int, most: int, facts: dict[str, str]) -> Iterator[Broken]:
    """One break of a sum over days: it shows on the last that adds to it; the shifts are those of days past the limit."""
    total = before + sum(minutes for _, minutes in days)
    if total <= most:
        return
    running, beyond = before, []
    for day, minutes in days:
        running += minutes
        if minutes and running > most:
            beyond.append(day)
    if beyond:
        yield Broken(about, beyond[-1].day, _ids(beyond), total - most, {"worked_min": total, "most_min": most, **facts})


def cycle_max(line: Line, params: Params) -> Iterator[Broken]:
    """Comprehensive hours (综合工时): what is worked in a cycle of calendar months: no more than standard and overtime."""
    if line.worker.system != "comprehensive" and not params["everybody"]:
        return
    months = params["months"]
    cycles: dict[int, list[tuple[DayWork, int]]] = {}
    for day in line.days:
        cycles.setdefault(_cycle(day.day, months), []).append((day, day.work_min))
    begins = day_of(line.begins)
    most = params["standard"] + params["overtime"]
    for cycle, days in cycles.items():
        before = line.worker.past.period_min if cycle == _cycle(begins, months) and line.past_of_months(months) else 0
        first = cycle * months
        about = f"{first // 12:04d}-{first % 12 + 1:02d}"
        yield from _beyond(about, days, before, most, {"month": about})


def _cycle(day: str, months: int) -> int:
    return (int(day[:4]) * 12 + int(day[5:7]) - 1) // months


def part_time_max(line: Line, params: Params) -> Iterator[Broken]:
    """Part time (非全日制, 劳动合同法 art. 68): a week has its limit, and the days worked in it theirs on average. Days of the
    week before the first there is a fact of count as worked where something was."""
    if line.worker.system != "part_time":
        return
    for monday, days in line.weeks():
        before = line.past_of_week(monday)
        count = len(days) + (line.begins - monday if before else 0)
        most = min(params["week"], params["day"] * count)
        total = before + sum(day.work_min for day in days)
        if total > most:
            facts: Facts = {"worked_min": total, "most_min": most, "days": count, **week_names(monday)}
            yield Broken(day_of(monday), days[-1].day, _ids(days), total - most, facts)


def night_max(line: Line, params: Params) -> Iterator[Broken]:
    """What is worked on a business date with a night shift (2003/88/EC art. 8)."""
    for day in line.days:
        if day.work_min > params["max"] and any(is_night(shift, params) for shift in day.shifts):
            facts: Facts = {"worked_min": day.work_min, "most_min": params["max"]}
            yield Broken(day.day, day.day, day.ids, day.work_min - params["max"], facts)


def shift_length(line: Line, params: Params) -> Iterator[Broken]:
    """From start to end, as it elapses, pauses included. Another employer's shifts are theirs."""
    for shift in line.due:
        length = (shift.ends_ms - shift.starts_ms) // MINUTE_MS
        if shift.state == "elsewhere" or params["min"] <= length <= params["max"]:
            continue
        short = length < params["min"]
        over = params["min"] - length if short else length - params["max"]
        case = "short" if short else "long"
        facts: Facts = {"length_min": length, "least_min": params["min"], "most_min": params["max"], "case": case}
        yield Broken(shift.id, shift.day, [shift.id], over, facts)


def break_rule(line: Line, params: Params) -> Iterator[Broken]:
    """Work beyond so much takes a pause of so long; beyond `after_2`, where that is not 0, of `min_2`."""
    for shift in line.due:
        if shift.state == "elsewhere":
            continue
        need = params["min"] if shift.work_min > params["after"] else 0
        if params["after_2"] and shift.work_min > params["after_2"]:
            need = max(need, params["min_2"])
        pause = (shift.ends_ms - shift.starts_ms) // MINUTE_MS - shift.work_min
        if pause < need:
            facts: Facts = {"work_min": shift.work_min, "pause_min": pause, "least_min": need}
            yield Broken(shift.id, shift.day, [shift.id], need - pause, facts)


JUDGES = {
    "daily_max": daily_max, "weekly_max": weekly_max, "overtime_month_max": overtime_month_max, "cycle_max": cycle_max,
    "part_time_max": part_time_max, "night_max": night_max, "shift_length": shift_length, "break_rule": break_rule,
}  # fmt: skip
