"""How many people a store needs: curves by weekday or day, copied from elsewhere, or reckoned from sales and visitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from contract import wire
from contract.imports import MAX_IMPORT_BYTES, ImportReport
from contract.roster_demand import CopyDemand, DefineDemand, DefineDemandRule, DemandRow, FigureImportTerms
from server.imports.figures import import_figures
from server.imports.service import Server
from server.kernel.actors import Actor, Permission
from server.kernel.http import language, outpost
from server.kernel.problems import Problem
from server.rosters.demand_queries import demand_of
from server.web.find import store_meant
from server.web.roster_boards import store_name
from server.web.roster_words import role_words
from server.web.rosters import SECTION, Span
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)  # fmt: skip
from server.web.shift_forms import clock_of, minutes_typed, windows_typed

EMPTY_ROWS = 4
WEEKDAYS = frozenset("0123456")
NAMES = ("at_least", "target", "at_most", "criticality")
Wrong = tuple[str, str] | None


@page("/rosters/<store_id>/demand", needs=Permission.READ_SHIFTS)
def roster_demand(look: Look, store_id: str) -> Response:
    return _page(look, store_id, request.args, None, 200)


def _page(
    look: Look, store_id: str, given: Mapping[str, str], problem: Wrong, status: int, report: ImportReport | None = None
) -> Response:
    span = Span(look, given)
    name = store_name(look, store_id)
    found = demand_of(look.session, store_id, span.first, span.last)
    chosen = next((row for row in found.curves if row.id == given.get("curve")), None)
    return show(
        "roster_demand.html", look, status=status, found=found, span=span, store_id=store_id, problem=problem, given=given,
        store_name=name, chosen=chosen, rows=_rows(given, chosen), section=SECTION, roles=role_words(look),
        may_plan=look.may_at(Permission.PLAN_SHIFTS, store_id), report=report,
    )  # fmt: skip


def _rows(given: Mapping[str, str], chosen: DemandRow | None) -> list[dict[str, Any]]:
    """The lines of the form: as typed, else those of the chosen curve, and some empty ones."""
    found: list[dict[str, Any]] = []
    if "slot_0_times" in given:
        n = 0
        while f"slot_{n}_times" in given:
            found.append({name: given.get(f"slot_{n}_{name}", "") for name in ("times", *NAMES)})
            n += 1
        return found
    for slot in chosen.slots if chosen is not None else ():
        found.append(
            {"times": f"{clock_of(slot.from_min)}-{clock_of(slot.to_min)}", **{name: getattr(slot, name) for name in NAMES}}
        )
    return found + [dict.fromkeys(("times", *NAMES), "") for _ in range(EMPTY_ROWS)]


@action("/rosters/<store_id>/demand", needs=Permission.PLAN_SHIFTS)
def define_roster_demand(who: Actor, store_id: str) -> Response:
    given = request.form
    return _do(who, store_id, DefineDemand, lambda: {
        "demand_id": born_of_form("demand"), "store_id": store_id, "role": given.get("role") or None,
        "weekdays": [int(one) for one in given.getlist("weekday") if one in WEEKDAYS] if not given.get("day") else [],
        "from_day": given.get("from_day") or None if not given.get("day") else None, "day": given.get("day") or None,
        "slots": _slots(given),
    })  # fmt: skip


def _slots(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines that say something; a line without times is none."""
    found, n = [], 0
    while f"slot_{n}_times" in given:
        times = given[f"slot_{n}_times"].strip()
        if times:
            window = windows_typed(times, "slots")
            if len(window) != 1:
                raise Problem("wire.invalid", field="slots")
            row: dict[str, Any] = {"from_min": window[0]["starts_min"], "to_min": window[0]["ends_min"]}
            row |= {name: value for name in NAMES if (value := minutes_typed(given, f"slot_{n}_{name}")) is not None}
            row.setdefault("at_least", 0)
            found.append(row)
        n += 1
    return found


@action("/rosters/<store_id>/demand/copy", needs=Permission.PLAN_SHIFTS)
def copy_roster_demand(who: Actor, store_id: str) -> Response:
    given = request.form

    def values() -> dict[str, Any]:
        other = given.get("from_store", "").strip()
        with looking(who) as look:
            from_store = store_meant(look, other) if other else store_id
        return {
            "demand_id": born_of_form("demand"), "store_id": store_id, "from_store_id": from_store,
            "from_week": given.get("from_week", ""), "onto_week": given.get("onto_week", ""),
            "every_week": "every_week" in given, "percent": minutes_typed(given, "percent") or 100,
        }  # fmt: skip

    return _do(who, store_id, CopyDemand, values)


@action("/rosters/<store_id>/demand/rule", needs=Permission.PLAN_SHIFTS)
def define_roster_demand_rule(who: Actor, store_id: str) -> Response:
    given = request.form
    return _do(who, store_id, DefineDemandRule, lambda: {
        "rule_id": born_of_form("demand_rule"), "store_id": store_id, "role": given.get("role") or None,
        "measure": given.get("measure", "footfall"), "per_head": minutes_typed(given, "per_head", 10),
        "at_least": minutes_typed(given, "at_least") or 0, "at_most": minutes_typed(given, "at_most"),
            "from_day": given.get("from_day", ""),
    })  # fmt: skip


@action("/rosters/<store_id>/demand/figures", needs=Permission.PLAN_SHIFTS)
def import_roster_figures(who: Actor, store_id: str) -> Response:
    """A file of sales or visitors, tried (nothing is written) or taken; bad rows are named and stop none of the others."""
    given, upload = request.form, request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        found = outpost()
        server = Server(found.db, who, found.clock(), found.settings.secret, op_id_of_form())
        terms = FigureImportTerms(dry_run=given.get("step") != "take")
        report = import_figures(server, upload.read(MAX_IMPORT_BYTES + 1), terms, language=language())
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _page(look, store_id, given, sentence_of(wrong), form_status(wrong))
    with looking(who) as look:
        return _page(look, store_id, given, None, 200, report)


def _do(who: Actor, store_id: str, shape: Any, values: Any) -> Response:
    given = request.form
    try:
        perform_form(who, wire.convert(values(), shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _page(look, store_id, given, sentence_of(wrong), form_status(wrong))
    kept = {"from": given["from"]} if given.get("from") else {}
    return done("console.roster_demand", "saved", store_id=store_id, **kept)
