"""What courses changed: all of them, those to revise first; and one with its interval, its comparison and its people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request

from contract.growth_views import Effect, EffectGroup, EffectQuery, EffectsQuery
from server.growth import effects, reported
from server.kernel.actors import Permission
from server.web.growth import SECTION, indicator_names
from server.web.shell import Look, page, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv

DAYS = (14, 30, 60, 90)
WORST_FIRST = ("harms", "revise", "too_few", "helps")
COLUMNS = (
    Column("course", lambda row: row.title_zh, always=True),
    Column("verdict", lambda row: row.verdict, always=True),
    Column("indicator", lambda row: row.indicator),
    Column("change", lambda row: Decimal(row.change), number=True),
    Column("interval", lambda row: f"{row.low} … {row.high}" if row.low is not None else ""),
    Column("n", lambda row: row.n, number=True),
    Column("urgency", lambda row: WORST_FIRST.index(row.verdict), hidden=True, number=True),
)
PEOPLE = (
    Column("person", lambda row: row.name, always=True),
    Column("finished_on", lambda row: row.finished_on),
    Column("before", lambda row: Decimal(row.before), number=True),
    Column("after", lambda row: Decimal(row.after), number=True),
    Column("change", lambda row: Decimal(row.change), always=True, number=True),
)


def _days() -> int:
    """Within how many days after finishing a value counts, as the address asks."""
    days = request.args.get("days", 30, type=int)
    return min(366, max(7, days))


@page("/growth/effects", needs=Permission.READ_TRAINING)
def growth_effects(look: Look) -> Response:
    days = _days()
    found = effects.effects(look.session, EffectsQuery(days=days)).items
    lines = [row for row in found if contains(request.args.get("q", ""), row.title_zh, row.title_en)]
    if request.args.get("show") == "revise":
        lines = [row for row in lines if row.revise]
    rows = table("effects", COLUMNS, lines, sort="urgency")
    if wants_csv():
        return csv_answer(look, rows)
    return show(
        "growth_effects.html", look, table=rows, names=indicator_names(look), days=days, choices=DAYS, section=SECTION,
        revise=sum(row.revise for row in found), total=len(found),
    )  # fmt: skip


@page("/growth/effects/<course_id>", needs=Permission.READ_TRAINING)
def growth_effect(look: Look, course_id: str) -> Response:
    names, days = _names(look), _days()
    code = request.args.get("indicator", "") or next(iter(names), "")
    if code not in names:
        return show("growth_no_effect.html", look, section=SECTION)
    found = effects.effect(look.session, EffectQuery(course_id=course_id, indicator=code, days=days))
    people = table("effect", PEOPLE, found.people, sort="person")
    if wants_csv():
        return csv_answer(look, people, about=lambda row: row.person_id)
    return show(
        "growth_effect.html", look, found=found, table=people, names=names, days=days, choices=DAYS, section=SECTION,
        bars=_bars(found),
    )  # fmt: skip


def _names(look: Look) -> dict[str, str]:
    """What can be asked after: indicators, and metrics that only month reports know."""
    of_reports = {code: zh if look.language == "zh" else en for code, (zh, en) in reported.metrics(look.session).items()}
    return indicator_names(look) | of_reports


def _bars(found: Effect) -> dict[str, Any] | None:
    """Where the means and intervals lie on a line of a thousand parts; None without figures."""
    groups = [("taken", found.taken), ("compared", found.compared)]
    shown = [(name, group) for name, group in groups if group is not None]
    if not shown:
        return None
    marks = [Decimal(0)]
    for _, group in shown:
        marks += [Decimal(one) for one in (group.change, group.low, group.high) if one is not None]
    if found.difference is not None:
        marks += [Decimal(one) for one in (found.difference, found.difference_low, found.difference_high) if one is not None]
    low, high = min(marks), max(marks)
    room = (high - low) / 10 or Decimal(1)
    low, wide = low - room, high - low + 2 * room

    def at(value: str) -> int:
        return int((Decimal(value) - low) * 1000 / wide)

    lines = [(name, *_bar(group, at)) for name, group in shown]
    if found.difference is not None:
        whole = EffectGroup(
            n=0, before="0", after="0", change=found.difference, low=found.difference_low, high=found.difference_high
        )
        lines.append(("difference", *_bar(whole, at)))
    return {"zero": at("0"), "lines": lines}


def _bar(group: EffectGroup, at: Any) -> tuple[int, int | None, int | None, EffectGroup]:
    return (
        at(group.change), at(group.low) if group.low is not None else None, at(group.high) if group.high is not None else None,
        group,
    )  # fmt: skip
