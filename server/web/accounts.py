"""Accounts of the console and the roles they hold. For administrators."""

from __future__ import annotations

import secrets

from flask import Response, request

from contract import wire
from contract.people import (
    AccountsQuery,
    ChangePassword,
    CloseAccount,
    GrantRole,
    OpenAccount,
    ReopenAccount,
    WithdrawRole,
)
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.people import queries, roles_queries
from server.web.find import person_meant, unit_label, unit_meant
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything

# Letters and digits nobody confuses when a password is read out.
_CLEAR = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def fresh_password() -> str:
    """Four groups of four: 93 bits, easy to type."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))


@page("/accounts", needs=Permission.MANAGE_ACCOUNTS)
def accounts(look: Look) -> Response:
    return _accounts(look, None)


def _accounts(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    wanted = request.args.get("q", "")[:120].replace("\x00", "")
    found = everything(
        lambda cursor: queries.accounts_page(look.session, AccountsQuery(q=wanted, limit=200, cursor=cursor))
    )
    held = {role.unit_id for account in found for role in account.roles if role.unit_id is not None}
    names = {unit_id: unit_label(look, unit_id) for unit_id in held}
    roles = [role.key for role in roles_queries.roles(look.session).items if role.grantable]
    return show(
        "accounts.html", look, status=status, accounts=found, unit_names=names, roles=roles,
        problem=problem, given=request.form, fresh=fresh_password(),
    )  # fmt: skip


def _act(who: Actor, operation: wire.Wire | None, wrong: Exception | None, what: str) -> Response:
    try:
        if wrong is not None:
            raise wrong
        assert operation is not None
        perform_form(who, operation)
    except (Problem, wire.Malformed) as refused:
        with looking(who) as look:
            return _accounts(look, sentence_of(refused), form_status(refused))
    return done("console.accounts", what)


def _built(values: dict[str, object], shape: type[wire.Wire]) -> tuple[wire.Wire | None, Exception | None]:
    try:
        return wire.convert(values, shape), None
    except wire.Malformed as bad:
        return None, bad


@action("/accounts", needs=Permission.MANAGE_ACCOUNTS)
def open_account(who: Actor) -> Response:
    given = request.form
    values: dict[str, object] = {
        "account_id": born_of_form("account"), "login": given.get("login", "").strip(), "password": given.get("password", ""),
    }  # fmt: skip
    try:
        with looking(who) as look:
            values["person_id"] = person_meant(look, given.get("person_id", ""))
    except Problem as unknown:
        return _act(who, None, unknown, "")
    return _act(who, *_built(values, OpenAccount), "account_opened")


@action("/accounts/<account_id>/roles", needs=Permission.MANAGE_ACCOUNTS)
def grant_role(who: Actor, account_id: str) -> Response:
    given = request.form
    values: dict[str, object] = {
        "grant_id": born_of_form("grant"), "account_id": account_id, "role": given.get("role", ""), "unit_id": None,
        "until": given.get("until") or None,
    }  # fmt: skip
    try:
        with looking(who) as look:
            if typed := given.get("unit_id", "").strip():
                values["unit_id"] = unit_meant(look, typed)
    except Problem as unknown:
        return _act(who, None, unknown, "")
    return _act(who, *_built(values, GrantRole), "role_granted")


@action("/accounts/<account_id>/roles/<grant_id>/withdraw", needs=Permission.MANAGE_ACCOUNTS)
def withdraw_role(who: Actor, account_id: str, grant_id: str) -> Response:
    values: dict[str, object] = {"grant_id": grant_id, "reason": request.form.get("reason", "").strip()}
    return _act(who, *_built(values, WithdrawRole), "role_withdrawn")


@action("/accounts/<account_id>/state", needs=Permission.MANAGE_ACCOUNTS)
def change_account_state(who: Actor, account_id: str) -> Response:
    """Closed or open again; the reason is kept."""
    values: dict[str, object] = {"account_id": account_id, "reason": request.form.get("reason", "").strip()}
    reopens = request.form.get("what") == "reopen"
    shape = ReopenAccount if reopens else CloseAccount
    return _act(who, *_built(values, shape), "account_reopened" if reopens else "account_closed")


@action("/accounts/<account_id>/password", needs=Permission.MANAGE_ACCOUNTS)
def set_password(who: Actor, account_id: str) -> Response:
    values: dict[str, object] = {"account_id": account_id, "password": request.form.get("password", "")}
    return _act(who, *_built(values, ChangePassword), "password_set")
