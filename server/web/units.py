"""Narrowing a list to a unit of the organisation and all below it: what can be chosen, and what was."""

from __future__ import annotations

from flask import g, request

from contract.ids import is_id
from server.kernel.actors import Permission
from server.org import queries
from server.org.model import COMPANY_ID
from server.postings import org_queries
from server.web.shell import Look

_INDENT = "\u2003"


def asked_unit() -> str | None:
    """The unit the address narrows the list to."""
    told = request.args.get("unit", "")
    return told if is_id(told) else None


def indented(look: Look, kinds: frozenset[str] | None = None) -> list[tuple[str, str]]:
    """(unit, name) of the units the reader may look at today, each below its parent and further to the right."""
    shown = org_queries.shown_units(look.session, queries.company_day(look.now))
    depth: dict[str, int] = {}
    for unit in shown:
        depth[unit.unit_id] = depth.get(unit.parent_id or "", -1) + 1
    return [
        (unit.unit_id, _INDENT * depth[unit.unit_id] + unit.name) for unit in shown if kinds is None or unit.kind in kinds
    ]


def units_to_choose() -> list[tuple[str, str]]:
    """What a list's filter offers: the company itself is the list without a filter. Nothing where there is nothing to choose."""
    look: Look = g.look
    if not look.may(Permission.READ_ORG):
        return []
    found = [(unit_id, name.removeprefix(_INDENT)) for unit_id, name in indented(look) if unit_id != COMPANY_ID]
    return found if len(found) > 1 else []
