"""Rules of routing in the console, each tried on last month's tickets before it counts; and the kinds of tickets."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.approvals import FieldKind
from contract.desks import RetireCategory, RetireRule, SetCategory, SetRule, TriedRule, TryRule
from contract.feedback import Icon, Priority
from contract.wire import plain
from server.feedback import desks_queries
from server.feedback import queries as tickets_of
from server.feedback.simulate import try_rule
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.flow_editor import SPARE_FIELDS, typed_fields
from server.web.requests import said
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tickets import desks_to_choose
from server.web.units import indented

READ, MANAGE = Permission.READ_TICKETS, Permission.MANAGE_FEEDBACK
_FIELDS = tuple(one for one in get_args(FieldKind) if one not in ("half_day", "leave_kind"))


@page("/tickets/rules", needs=READ)
def ticket_rules(look: Look) -> Response:
    """The rules in force; one of them in the form beside."""
    return _rules(look, None)


def _rules(look: Look, problem: tuple[str, str] | None, status: int = 200, tried: TriedRule | None = None) -> Response:
    found = desks_queries.rules(look.session, look.now).items
    rule_id = request.form.get("rule_id") or request.args.get("rule")
    chosen = next((one for one in found if one.id == rule_id), None)
    kinds = tickets_of.categories(look.session)
    return show(
        "ticket_rules.html", look, status=status, problem=problem, rules=found, chosen=chosen, tried=tried, given=request.form,
        body=_shown(chosen), desks=desks_to_choose(look), desk_names=dict(desks_to_choose(look)),
        units=[("", look.t("console.tickets.everywhere")), *indented(look)], priorities=get_args(Priority),
        kinds=[(one.code, one.name_zh if look.language == "zh" else one.name_en) for one in kinds],
        next_position=max((one.position for one in found), default=0) + 10, section="console.tickets", **said(look),
    )  # fmt: skip


def _shown(chosen: Any) -> dict[str, Any]:
    """What the form begins with: what was typed, else the chosen rule."""
    found: dict[str, Any] = {"categories": [], "priorities": [], "also": [], "escalate_min": 60}
    if request.form.get("desk_id"):
        typed: dict[str, Any] = _typed()["body"]
        return found | typed | {"name": request.form.get("name", ""), "position": request.form.get("position", "")}
    return found | plain(chosen.body) | {"name": chosen.name, "position": chosen.position} if chosen is not None else found


def _typed() -> dict[str, Any]:
    given = request.form
    body: dict[str, Any] = {
        "categories": given.getlist("category"), "priorities": given.getlist("priority"), "desk_id": given.get("desk_id", ""),
        "also": [one for one in given.getlist("also") if one != given.get("desk_id")], "unit_id": given.get("unit_id") or None,
    }  # fmt: skip
    for name in ("first_reply_min", "resolve_min", "escalate_min"):
        if text := given.get(name, "").strip():
            body[name] = int(text) if text.isdigit() and len(text) < 9 else text
    return {"rule_id": given.get("rule_id") or born_of_form("rule"), "position": _whole(given.get("position", "0")), "body": body}


def _whole(text: str) -> int | str:
    return int(text) if text.isdigit() and len(text) < 9 else text


@action("/tickets/rules", needs=MANAGE)
def ticket_set_rule(who: Actor) -> Response:
    """The form's two buttons: try it on last month's tickets, or let it decide from now on."""
    given = request.form
    try:
        if given.get("what") == "try":
            asked = wire.convert(_typed(), TryRule)
            with looking(who) as look:
                return _rules(look, None, tried=try_rule(look.session, asked, look.now))
        values = {**_typed(), "name": given.get("name", "").strip(), "reason": given.get("reason", "").strip()}
        perform_form(who, wire.convert(values, SetRule))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _rules(look, sentence_of(wrong), form_status(wrong))
    return done("console.ticket_rules", "rule_set")


@action("/tickets/rules/<rule_id>/retire", needs=MANAGE)
def ticket_retire_rule(who: Actor, rule_id: str) -> Response:
    """It decides no more."""
    try:
        perform_form(who, wire.convert({"rule_id": rule_id, "reason": request.form.get("reason", "").strip()}, RetireRule))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _rules(look, sentence_of(wrong), form_status(wrong))
    return done("console.ticket_rules", "rule_retired")


# -- kinds of tickets ------------------------------------------------------------------------------------------------------------


@page("/tickets/kinds", needs=MANAGE)
def ticket_kinds(look: Look) -> Response:
    """Every kind; one of them in the editor beside."""
    return _kinds(look, None, None)


def _kinds(look: Look, problem: tuple[str, str] | None, typed: dict[str, Any] | None, status: int = 200) -> Response:
    found = tickets_of.category_ops(look.session)
    chosen = next((one for one in found if one.category_id == request.args.get("kind")), None)
    blank = {"fields": [], "icon": "other", "priority": "normal", "store_sees": True, "answered": True, "position": 100}
    kind = typed or (plain(chosen) if chosen is not None else blank)
    return show(
        "ticket_kinds.html", look, status=status, problem=problem, kinds=found, chosen=chosen, kind={"fields": [], **kind},
        field_kinds=_FIELDS, icons=get_args(Icon), priorities=get_args(Priority), spare_fields=SPARE_FIELDS,
        section="console.tickets", **said(look),
    )  # fmt: skip


@action("/tickets/kinds", needs=MANAGE)
def ticket_set_kind(who: Actor) -> Response:
    """A kind with its typed fields, without code."""
    given = request.form
    names = ("code", "name_zh", "name_en", "hint_zh", "hint_en", "icon", "priority")
    typed: dict[str, Any] = {
        **{name: given.get(name, "").strip() for name in names}, "position": _whole(given.get("position", "100")),
        "store_sees": "store_sees" in given, "answered": "answered" in given, "fields": typed_fields(),
    }  # fmt: skip
    typed["category_id"] = given.get("category_id") or born_of_form("ticket_category")
    try:
        with looking(who) as look:
            before = next((one for one in tickets_of.category_ops(look.session) if one.category_id == typed["category_id"]), None)
        kept = {"stores": before.stores, "posts": before.posts} if before is not None else {}
        perform_form(who, wire.convert({**typed, **kept}, SetCategory))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _kinds(look, sentence_of(wrong), typed, form_status(wrong))
    return done("console.ticket_kinds", "kind_set", kind=typed["category_id"])


@action("/tickets/kinds/<category_id>/retire", needs=MANAGE)
def ticket_retire_kind(who: Actor, category_id: str) -> Response:
    """Nobody is offered it any more."""
    values = {"category_id": category_id, "reason": request.form.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(values, RetireCategory))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _kinds(look, sentence_of(wrong), None, form_status(wrong))
    return done("console.ticket_kinds", "kind_retired")
