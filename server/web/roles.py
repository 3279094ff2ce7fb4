"""Roles, their rights and fields: the matrices as they are, a proposal, what a second person is asked to confirm, the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.roles import ConfirmRoleChange, ProposeRoleChange, RejectRoleChange, RoleChangeRow, RoleRow
from server.kernel.actors import DEVICE_PERMISSIONS, READY, Actor, Permission
from server.kernel.fields import FIELDS, MODES, RELATIONS
from server.kernel.problems import Problem
from server.people import roles_queries, rules
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show

NEW = "new"
# what only devices may follows from their being enrolled, not from a role; nobody grants it
GRANTED = [
    right for right in Permission if right not in DEVICE_PERMISSIONS or any(right in held for held in READY.permissions.values())
]


@page("/roles", needs=Permission.MANAGE_ROLES, endpoint="roles")
def roles(look: Look) -> Response:
    found = roles_queries.roles(look.session).items
    relation = request.args.get("relation", "home")
    if relation not in RELATIONS:
        relation = "home"
    return show(
        "roles.html", look, roles=found, rights=_rights_by_area(), fields=_fields_by_group(), relation=relation,
        relations=RELATIONS, modes={row.key: modes_of(row.fields, relation) for row in found},
        changes=roles_queries.role_changes(look.session).items,
    )  # fmt: skip


@page("/roles/<role>", needs=Permission.MANAGE_ROLES, endpoint="role")
def role(look: Look, role: str) -> Response:
    return _role(look, role, None)


def _role(look: Look, key: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    """The form of a role: as it is, as it was just filled in, or empty for a new one."""
    row = next((found for found in roles_queries.roles(look.session).items if found.key == key), None)
    if row is None and key != NEW:
        raise Problem("people.role_unknown", role=key[:40])
    given = request.form
    names = {name: given.get(name) or (getattr(row, name) if row is not None else "") for name in ("name_zh", "name_en")}
    return show(
        "role.html", look, status=status, role=row, names=names, given=given, problem=problem, section="console.roles",
        rights=_rights_by_area(), fields=_fields_by_group(), relations=_relations_of(key), modes=MODES,
        has=set(given.getlist("right")) if given else set(row.permissions if row is not None else ()),
        mode_of={relation: _typed_modes(given, relation) if given else _kept_modes(row, relation) for relation in RELATIONS},
        masks={key for key, field in FIELDS.items() if field.mask is not None},
    )  # fmt: skip


@action("/roles/<role>/propose", needs=Permission.MANAGE_ROLES)
def propose_role(who: Actor, role: str) -> Response:
    given = request.form
    rules_given = [
        {"relation": relation, "field": field, "mode": mode}
        for relation in _relations_of(role)
        for field, mode in _typed_modes(given, relation).items()
        if mode != "hidden"
    ]
    values = {
        "change_id": born_of_form("role_change"),
        "role": given.get("key", "").strip() if role == NEW else role,
        "reason": given.get("reason", "").strip(),
        "after": {
            "name_zh": given.get("name_zh", "").strip(), "name_en": given.get("name_en", "").strip(),
            "permissions": given.getlist("right"), "fields": rules_given,
        },
    }  # fmt: skip
    try:
        if role == NEW:
            with looking(who) as look:
                if roles_queries.role_called(look.session, str(values["role"])) is not None:
                    raise Problem("operation.already_exists", field="key", id=str(values["role"])[:40])
        perform_form(who, wire.convert(values, ProposeRoleChange))
    except (Problem, wire.Malformed) as refused:
        with looking(who) as look:
            return _role(look, role, sentence_of(refused), form_status(refused))
    return done("console.role_change", "role_proposed", change_id=values["change_id"])


@page("/roles/changes/<change_id>", needs=Permission.MANAGE_ROLES, endpoint="role_change")
def role_change(look: Look, change_id: str) -> Response:
    return _change(look, change_id, None)


def _change(look: Look, change_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    row = roles_queries.role_change(look.session, change_id) if is_id(change_id) else None
    if row is None:
        raise Problem("people.role_change_unknown", id=change_id[:60])
    return show(
        "role_change.html", look, status=status, change=row, lines=difference(look, row), problem=problem,
        section="console.roles", own=row.proposed_by == look.actor.person_id,
        name=row.after.name_zh if look.language == "zh" else row.after.name_en,
    )  # fmt: skip


@action("/roles/changes/<change_id>/confirm", needs=Permission.MANAGE_ROLES)
def confirm_role_change(who: Actor, change_id: str) -> Response:
    return _decide(who, change_id, {"change_id": change_id}, ConfirmRoleChange, "role_confirmed")


@action("/roles/changes/<change_id>/reject", needs=Permission.MANAGE_ROLES)
def reject_role_change(who: Actor, change_id: str) -> Response:
    values = {"change_id": change_id, "reason": request.form.get("reason", "").strip()}
    return _decide(who, change_id, values, RejectRoleChange, "role_rejected")


def _decide(who: Actor, change_id: str, values: dict[str, Any], shape: type[wire.Wire], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as refused:
        with looking(who) as look:
            return _change(look, change_id, sentence_of(refused), form_status(refused))
    return done("console.role_change", what, change_id=change_id)


def difference(look: Look, change: RoleChangeRow) -> list[dict[str, str]]:
    """What the change does, a line each: what it is about, how it was, how it shall be, and whether it gives or takes."""
    before = wire.plain(change.before) if change.before is not None else None
    lines = []
    for what, which, was, becomes in rules.role_difference(before, wire.plain(change.after)):
        if what == "field":
            relation, _, field = which.partition(".")
            about = look.t("console.roles.field_for", field=look.t(f"console.person_field.{field}"),
                           relation=look.t(f"console.relation.{relation}"))  # fmt: skip
            gives = MODES.index(becomes) > MODES.index(was)  # type: ignore[arg-type]
            words = [look.t(f"console.field_mode.{mode}") for mode in (was, becomes)]
        elif what == "right":
            about, gives = look.t("console.roles.right", right=look.t(f"console.right.{which}")), becomes == "yes"
            words = [look.t(f"console.{word}") for word in (was, becomes)]
        else:
            about, gives = look.t(f"console.roles.name_{which}"), True
            words = [was or "\u2013", becomes]
        lines.append({"about": about, "was": words[0], "becomes": words[1], "tone": "gives" if gives else "takes"})
    return lines


def modes_of(fields: list[Any], relation: str) -> dict[str, str]:
    """Field -> mode of a role for those who stand so; what is hidden is not in it."""
    return {rule.field: rule.mode for rule in fields if rule.relation == relation}


def _kept_modes(row: RoleRow | None, relation: str) -> dict[str, str]:
    return modes_of(row.fields, relation) if row is not None else {}


def _typed_modes(given: Mapping[str, str], relation: str) -> dict[str, str]:
    return {field: given.get(f"{relation}.{field}", "hidden") for field in FIELDS}


def _relations_of(key: str) -> list[str]:
    """How holders of a role can stand to a person: everybody to themselves, a tablet only to its store's guests."""
    if key == "employee":
        return ["self"]
    return [relation for relation in RELATIONS if relation.startswith("host" if key == "tablet" else ("home", "host"))]


def _rights_by_area() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for right in GRANTED:
        found.setdefault(right.value.partition(".")[0], []).append(right.value)
    return found


def _fields_by_group() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, field in FIELDS.items():
        found.setdefault(field.group, []).append(key)
    return found
