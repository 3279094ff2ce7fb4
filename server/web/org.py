"""The organisation: the tree as of a day, one unit with its posts, people and past, and what can be changed from a day on."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Response, request

from contract import wire
from contract.org import AddUnit, ApproveHeadcount, ChangeUnit, CloseUnit, DefinePost, HeadcountRow, MoveHome, UnitRow
from contract.people import PeopleQuery
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org import listings, queries, rules
from server.org.model import OrgUnit
from server.people import queries as people
from server.people.names import name_key
from server.postings import org_queries
from server.web.find import person_label, person_meant
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import contains
from server.web.units import indented

SHOWN_PEOPLE, SHOWN_POSTS = 50, 200
FEW_UNITS = 60  # a tree of so many is shown whole


@dataclass
class Marks:
    """Of the posts with an approved headcount, in a unit and all below it: heads, places, how many are too many or missing."""

    filled: int = 0
    approved: int = 0
    over: int = 0
    free: int = 0

    def count(self, row: HeadcountRow) -> None:
        if row.approved is None:
            return
        self.filled += row.filled
        self.approved += row.approved
        self.over += max(0, row.filled - row.approved)
        self.free += max(0, row.approved - row.filled)


@dataclass
class Node:
    """A unit in the tree with those below it. `hit`: the search meant this one."""

    row: UnitRow
    marks: Marks
    depth: int
    children: list[Node] = field(default_factory=list)
    hit: bool = False
    is_open: bool = False


def asked_day(look: Look) -> date:
    """The day the address asks about; today when it names none, or none that a calendar has."""
    return rules.day_of(request.args.get("as_of", "")) or queries.company_day(look.now)


@page("/org", needs=Permission.READ_ORG, endpoint="org")
def org(look: Look) -> Response:
    day = asked_day(look)
    found = org_queries.unit_tree(look.session, day)
    rows = found.items if found is not None else []
    sought = request.args.get("q", "").strip()
    tops = _nodes(look, rows, day, sought)
    total = {
        "units": len(rows),
        "heads": sum(node.row.heads for node in tops),
        "over": sum(node.marks.over for node in tops),
        "free": sum(node.marks.free for node in tops),
    }
    return show(
        "org.html", look, tops=tops, on=day, today=queries.company_day(look.now), total=total, sought=sought,
        searched=bool(sought), turned_with=turned_with, whole=len(rows) <= FEW_UNITS,
    )  # fmt: skip


def _nodes(look: Look, rows: list[UnitRow], day: date, sought: str) -> list[Node]:
    """The tree; where something is sought, only what was meant with what is above it."""
    marks = _marks(look, rows, day)
    nodes: dict[str, Node] = {}
    for row in rows:
        above = nodes.get(row.parent_id or "")
        hit = bool(sought) and contains(sought, name_key(row.name), row.manager_name and name_key(row.manager_name))
        nodes[row.id] = Node(row, marks[row.id], above.depth + 1 if above is not None else 0, hit=hit)
        if above is not None:
            above.children.append(nodes[row.id])
    if sought:
        _keep_hits(list(nodes.values()))
    everything = request.args.get("open") == "all" or bool(sought) or len(rows) <= FEW_UNITS
    turned = turned_units()
    for node in nodes.values():
        node.is_open = (everything or node.depth == 0) != (node.row.id in turned)
    return [node for node in nodes.values() if node.depth == 0 and (not sought or node.hit or node.children)]


def turned_units() -> list[str]:
    """The units the reader has opened or shut by hand, as the address keeps them."""
    return [unit_id for unit_id in request.args.get("turn", "").split(",") if unit_id]


def turned_with(unit_id: str) -> str | None:
    """The same with one more turned, or turned back. None when none is left."""
    turned = turned_units()
    left = [other for other in turned if other != unit_id]
    return ",".join(left if unit_id in turned else [*turned, unit_id]) or None


def _keep_hits(nodes: list[Node]) -> None:
    for node in reversed(nodes):  # children stand behind their parents: from below upwards each is decided before it is asked
        node.children = [child for child in node.children if child.hit or child.children]


def _marks(look: Look, rows: list[UnitRow], day: date) -> dict[str, Marks]:
    marks: dict[str, Marks] = defaultdict(Marks)
    parents = {row.id: row.parent_id for row in rows}
    for top in (row.id for row in rows if row.parent_id is None):
        counted = org_queries.headcounts(look.session, top, day)
        for count in counted.items if counted is not None else ():
            unit_id: str | None = count.unit_id
            while unit_id is not None:
                marks[unit_id].count(count)
                unit_id = parents.get(unit_id)
    return marks


@page("/org/units/<unit_id>", needs=Permission.READ_ORG)
def unit(look: Look, unit_id: str) -> Response:
    return _unit(look, unit_id, None)


def _unit(look: Look, unit_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    if look.session.get(OrgUnit, unit_id) is None:
        raise Problem("org.unit_unknown", id=unit_id)
    day, today = asked_day(look), queries.company_day(look.now)
    below = org_queries.unit_tree(look.session, day, unit_id)
    counts = org_queries.headcounts(look.session, unit_id, day)
    history = listings.unit_history(look.session, unit_id)
    tree = queries.tree_on(look.session, day)
    seen = {row.unit_id for row in org_queries.shown_units(look.session, day)}
    marks = Marks()
    for row in counts.items if counts is not None else ():
        marks.count(row)
    folk = people.people_page(look.session, PeopleQuery(unit_id=unit_id, active=True, limit=SHOWN_PEOPLE))
    may_read = look.may(Permission.READ_PEOPLE)
    may_change = look.actor.has_everywhere(Permission.MANAGE_ORG)
    managed = {row.manager_id for row in (history.items if history is not None else ()) if row.manager_id}
    return show(
        "unit.html", look, status=status, problem=problem, given=request.form, section="console.org",
        unit=below.items[0] if below is not None else None, unit_id=unit_id, history=history, on=day, today=today,
        above=[tree.units[found] for found in reversed(tree.above(unit_id)) if found in seen],
        below=below.items[1:] if below is not None else [], counts=counts.items[:SHOWN_POSTS] if counts is not None else [],
        marks=marks, folk=folk if may_read else None, posts=listings.posts(look.session).items, may_change=may_change,
        places=indented(look, rules.HOLDS_UNITS) if may_change else [],
        names={person_id: person_label(look, person_id) for person_id in managed},
    )  # fmt: skip


def _act(who: Actor, unit_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    """Perform one operation about a unit, and show its page again with what came of it."""
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _unit(look, unit_id, sentence_of(wrong), form_status(wrong))
    return done("console.unit", what, unit_id=unit_id)


def _person_of_form(who: Actor, unit_id: str, name: str) -> str | Response:
    """The person a form names, or the page again that says that there is none."""
    typed = request.form.get(name, "").strip()
    if not typed:
        return ""
    try:
        with looking(who) as look:
            return person_meant(look, typed)
    except Problem as unknown:
        with looking(who) as look:
            return _unit(look, unit_id, (name, sentence_of(unknown)[1]), 422)


@action("/org/units/<unit_id>/change", needs=Permission.MANAGE_ORG)
def change_unit(who: Actor, unit_id: str) -> Response:
    """What the form leaves as it was is not sent, so that it stays what it is planned to be."""
    given = request.form
    manager = _person_of_form(who, unit_id, "manager_id")
    if isinstance(manager, Response):
        return manager
    values: dict[str, Any] = {"unit_id": unit_id, "from_day": given.get("from_day", "")}
    if given.get("name", "").strip() != given.get("was_name", ""):
        values["name"] = given.get("name", "").strip()
    if given.get("parent_id", "") not in ("", given.get("was_parent", "")):
        values["parent_id"] = given["parent_id"]
    if manager != given.get("was_manager", ""):
        values["manager_id"] = manager
    return _act(who, unit_id, ChangeUnit, values, "unit_changed")


@action("/org/units/<unit_id>/headcounts", needs=Permission.MANAGE_ORG)
def approve_headcount(who: Actor, unit_id: str) -> Response:
    given = request.form
    approved = given.get("approved", "").strip()
    values = {
        "headcount_id": born_of_form("headcount"), "unit_id": unit_id, "post_id": given.get("post_id", ""),
        "from_day": given.get("from_day", ""), "approved": int(approved) if approved.isdecimal() else approved,
    }  # fmt: skip
    return _act(who, unit_id, ApproveHeadcount, values, "headcount_approved")


@action("/org/units/<unit_id>/people", needs=Permission.MANAGE_ORG)
def move_here(who: Actor, unit_id: str) -> Response:
    given = request.form
    person = _person_of_form(who, unit_id, "person_id")
    if isinstance(person, Response):
        return person
    values = {
        "move_id": born_of_form("home"), "person_id": person, "unit_id": unit_id, "post_id": given.get("post_id") or None,
        "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip(),
    }  # fmt: skip
    return _act(who, unit_id, MoveHome, values, "home_moved")


@action("/org/units/<unit_id>/close", needs=Permission.MANAGE_ORG)
def close_unit(who: Actor, unit_id: str) -> Response:
    given = request.form
    values = {"unit_id": unit_id, "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip()}
    return _act(who, unit_id, CloseUnit, values, "unit_closed")


@page("/org/new", needs=Permission.MANAGE_ORG)
def new_unit(look: Look) -> Response:
    return _new_unit(look, None)


def _new_unit(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    parent = request.form.get("parent_id") or request.args.get("parent", "")
    return show(
        "unit_new.html", look, status=status, problem=problem, given=request.form, section="console.org",
        places=indented(look, rules.HOLDS_UNITS), today=queries.company_day(look.now), parent=parent,
    )  # fmt: skip


@action("/org/new", needs=Permission.MANAGE_ORG)
def add_unit(who: Actor) -> Response:
    given, unit_id = request.form, born_of_form("unit")
    try:
        values = {
            "unit_id": unit_id, "kind": given.get("kind", ""), "name": given.get("name", "").strip(),
            "parent_id": given.get("parent_id", ""), "from_day": given.get("from_day", ""),
        }  # fmt: skip
        perform_form(who, wire.convert(values, AddUnit))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new_unit(look, sentence_of(wrong), form_status(wrong))
    return done("console.unit", "unit_added", unit_id=unit_id, as_of=given.get("from_day", ""))


@page("/org/posts", needs=Permission.READ_ORG)
def posts(look: Look) -> Response:
    return _posts(look, None)


def _posts(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    known = listings.posts(look.session).items
    chosen = next((post for post in known if post.id == request.args.get("post")), None)
    return show(
        "posts.html", look, status=status, problem=problem, given=request.form, section="console.org", posts=known,
        chosen=chosen, may_change=look.actor.has_everywhere(Permission.MANAGE_ORG),
    )  # fmt: skip


@action("/org/posts", needs=Permission.MANAGE_ORG)
def define_post(who: Actor) -> Response:
    given = request.form
    values = {name: given.get(name, "").strip() for name in ("code", "name_zh", "name_en")}
    try:
        perform_form(who, wire.convert({"post_id": given.get("post_id") or born_of_form("post"), **values}, DefinePost))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _posts(look, sentence_of(wrong), form_status(wrong))
    return done("console.posts", "post_defined")
