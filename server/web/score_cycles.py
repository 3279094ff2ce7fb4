"""Performance cycles in the console: the list with one's own part, a new one, and a cycle's board with what is overdue."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.cycle_views import CycleOverdue, CyclePerson
from contract.cycles import STAGES, CloseCycle, MoveCycle, OpenCycle, stages_on
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.listings import posts
from server.org.queries import company_day
from server.scoring import cycle_queries
from server.stores.model import Store
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv

OWN, READ, MANAGE = Permission.OWN_SCORES, Permission.READ_SCORES, Permission.MANAGE_SCORING
Wrong = tuple[str, str] | None
LENGTHS = (7, 30, 5, 7, 10)  # days that a new form suggests for each stage
OVERDUE = (
    Column("cycle_store", lambda line: line.store_name, always=True),
    Column("cycle_person", lambda line: line.person_name, always=True),
    Column("cycle_stage", lambda line: line.stage_name),
    Column("cycle_lack", lambda line: line.lack_name, always=True),
    Column("cycle_side", lambda line: line.side_name),
    Column("cycle_until", lambda line: line.until),
)


class OverdueLine:
    """A line of the overdue list in the reader's words."""

    def __init__(self, look: Look, one: CycleOverdue) -> None:
        self.part_id, self.person_id, self.until = one.part_id, one.person_id, one.until
        self.store_name, self.person_name = one.store_name, one.person_name
        self.stage_name = look.t(f"cycle.stage.{one.stage}")
        self.lack_name = look.t(f"cycle.lack.{one.lack}")
        self.side_name = look.t(f"cycle.side.{one.side}")


@page("/cycles", needs=OWN, endpoint="cycles")
def cycles(look: Look) -> Response:
    """All cycles, and the reader's own part in each."""
    return _cycles(look, None, None, 200)


def _cycles(look: Look, given: Mapping[str, Any] | None, problem: Wrong, status: int) -> Response:
    today = company_day(look.now)
    found = cycle_queries.cycles(look.session).items
    me = look.actor.person_id
    mine = cycle_queries.parts_of(look.session, me).items if me is not None else []
    return show(
        "cycles.html", look, status=status, problem=problem, cycles=found, mine={one.cycle_id: one.id for one in mine},
        running={one.id: stages_on(one.stages, today.isoformat()) for one in found}, stages=STAGES,
        form=given if given is not None else _suggested(today), shops=_shops(look) if look.may(MANAGE) else [],
        posts=[(one.id, one.name_zh if look.language == "zh" else one.name_en) for one in posts(look.session).items],
    )  # fmt: skip


def _shops(look: Look) -> list[tuple[str, str]]:
    return [(one.id, one.name) for one in look.session.scalars(sa.select(Store).order_by(Store.name, Store.id))]


def _suggested(today: date) -> dict[str, Any]:
    """A quarter from this month on, with days for each stage that can be typed over."""
    months = [(today.year + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1) for n in range(3)]
    form: dict[str, Any] = {
        "from_month": f"{months[0][0]}-{months[0][1]:02d}", "to_month": f"{months[2][0]}-{months[2][1]:02d}",
    }  # fmt: skip
    last = date(*months[2], calendar.monthrange(*months[2])[1])
    begins = [today, today + timedelta(days=LENGTHS[0]), last, last + timedelta(days=1), last + timedelta(days=8)]
    for stage, first, length in zip(STAGES, begins, LENGTHS, strict=True):
        until = last if stage == "tracking" else first + timedelta(days=length)
        form[f"{stage}_from"], form[f"{stage}_until"] = first.isoformat(), until.isoformat()
    return form


def _stages(given: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"stage": stage, "from_day": given.get(f"{stage}_from", ""), "until": given.get(f"{stage}_until", "")} for stage in STAGES
    ]


@action("/cycles", needs=MANAGE)
def open_score_cycle(who: Actor) -> Response:
    """HQ opens a cycle."""
    given = request.form
    values = {
        "cycle_id": op_id_of_form(), "name_zh": given.get("name_zh", "").strip(),
        "name_en": given.get("name_en", "").strip(), "from_month": given.get("from_month", ""),
        "to_month": given.get("to_month", ""), "stages": _stages(given),
        "posts": [one for one in given.getlist("posts") if one], "stores": [one for one in given.getlist("stores") if one],
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, OpenCycle))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _cycles(look, given, sentence_of(wrong), form_status(wrong))
    return done("console.cycle", "cycle_opened", cycle_id=values["cycle_id"])


@page("/cycles/<cycle_id>", needs=READ, endpoint="cycle")
def cycle(look: Look, cycle_id: str) -> Response:
    """A cycle's board."""
    return _board(look, cycle_id, None, 200)


def _board(look: Look, cycle_id: str, problem: Wrong, status: int) -> Response:
    found = cycle_queries.board(look.session, cycle_id, look.now)
    asked, store = request.args.get("q", ""), request.args.get("store", "")
    stores = {one.store_id: one.store_name for one in found.stores}
    overdue = [
        OverdueLine(look, one)
        for one in found.overdue
        if (not store or one.store_id == store) and contains(asked, one.person_name, one.store_name)
    ]
    rows = table("cycle-overdue", OVERDUE, overdue, sort="cycle_store")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line.person_id))
    return show(
        "cycle.html", look, status=status, problem=problem, board=found, cycle=found.cycle, table=rows, store=store,
        stores=sorted(stores.items(), key=lambda one: one[1]), store_names=stores, totals=_totals(found.people),
        people=_shown(found.people, store, asked), running=stages_on(found.cycle.stages, found.day), section="console.cycles",
    )  # fmt: skip


def _shown(people: list[CyclePerson], store: str, asked: str) -> list[CyclePerson]:
    """Everybody of a store, or whom a search finds: all names of a company are no list to read."""
    if not store and not asked:
        return []
    return [one for one in people if (not store or one.store_id == store) and contains(asked, one.person_name)][:200]


def _totals(people: list[CyclePerson]) -> list[dict[str, int]]:
    """By stage: how many are done, overdue, of all."""
    return [
        {
            "of": len(people), "done": sum(one.states[place] == "done" for one in people),
            "overdue": sum(one.states[place] == "overdue" for one in people),
        }
        for place in range(len(STAGES))
    ]  # fmt: skip


@action("/cycles/<cycle_id>/days", needs=MANAGE)
def move_score_cycle(who: Actor, cycle_id: str) -> Response:
    """Other days for the stages."""
    values = {"cycle_id": cycle_id, "stages": _stages(request.form), "reason": request.form.get("reason", "").strip()}
    return _change(who, cycle_id, values, MoveCycle)


@action("/cycles/<cycle_id>/close", needs=MANAGE)
def close_score_cycle(who: Actor, cycle_id: str) -> Response:
    """Nothing is asked any more."""
    return _change(who, cycle_id, {"cycle_id": cycle_id, "reason": request.form.get("reason", "").strip()}, CloseCycle)


def _change(who: Actor, cycle_id: str, values: dict[str, Any], shape: Any) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _board(look, cycle_id, sentence_of(wrong), form_status(wrong))
    return done("console.cycle", "saved", cycle_id=cycle_id)
