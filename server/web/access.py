"""Getting in and out of the console: sign-in, sign-out, the language, one's own account and password."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request, url_for

from contract import wire
from contract.messages import LANGUAGES
from contract.moments import instant
from contract.people import ChangePassword, Credentials
from server.approvals.queries import delegations
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.people import passwords, sign_in
from server.people.model import Account
from server.web.find import unit_label
from server.web.shell import (
    FORM_COOKIE,
    Look,
    action,
    done,
    go,
    looking,
    page,
    perform_form,
    safe_next,
    sentence_of,
    session_cookie,
    set_cookie,
    show,
)

YEAR_S = 365 * 24 * 3600


@page("/sign-in", needs="public", endpoint="sign_in")
def sign_in_page(look: Look) -> Response:
    """The form; who is signed in already goes on."""
    if sign_in.authenticate() is not None:
        return go(safe_next(request.args.get("next")) or url_for("console.home"))
    return _sign_in_form(None, request.args.get("next"))


def _sign_in_form(problem: tuple[str, str] | None, following: str | None, login: str = "", status: int = 200) -> Response:
    html = render_template(
        "console/sign_in.html", layout="console/bare.html", problem=problem, login=login, following=safe_next(following) or "",
        company=outpost().settings.company, out="out" in request.args,
    )  # fmt: skip
    return make_response(html, status)


@action("/sign-in", needs="public")
def sign_in_now(_who: None) -> Response:
    """A session begins with a new token, whatever the browser brought: nobody can plant one."""
    login, following = request.form.get("login", ""), request.form.get("next")
    try:
        given = wire.convert({"login": login, "password": request.form.get("password", "")}, Credentials)
        begun = sign_in.begin_session(outpost(), given.login, given.password)
    except wire.Malformed:
        return _sign_in_form(sentence_of(Problem("access.wrong_password")), following, login, 401)
    except Problem as problem:
        return _sign_in_form(sentence_of(problem), following, login, problem.http)
    response = go(safe_next(following) or url_for("console.home"))
    set_cookie(response, session_cookie(), begun.token, seconds=int(sign_in.LASTS.total_seconds()))
    response.delete_cookie(FORM_COOKIE, path="/")
    return response


@action("/sign-out", needs="public")
def sign_out(_who: None) -> Response:
    """The session ends on the server, not only in the browser."""
    who = sign_in.authenticate()
    if who is not None:
        sign_in.end_session(outpost(), who, sign_in.current_session().session_id)
    response = go(url_for("console.sign_in", out=1))
    tls = outpost().settings.behind_tls
    response.delete_cookie(session_cookie(), path="/", secure=tls, httponly=True, samesite="Lax")
    return response


@action("/language", needs="public")
def choose_language(_who: None) -> Response:
    """The reader's language from now on, on the page they are on."""
    chosen = request.form.get("language", "")
    response = go(safe_next(request.form.get("next")) or url_for("console.home"))
    if chosen in LANGUAGES:
        set_cookie(response, "language", chosen, seconds=YEAR_S)
    return response


@page("/me", needs="signed_in")
def me(look: Look) -> Response:
    return show_me(look, None)


def show_me(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    """The page about oneself, with what was wrong with one of its forms."""
    account = look.session.get(Account, look.actor.account_id)
    roles = [
        {"role": held.role, "unit": unit_label(look, held.unit_id) if held.unit_id is not None else None}
        for held in sign_in.current_session().roles
    ]
    given = [row for row in delegations(look.session, look.now).items if look.actor.person_id in (row.person_id, row.delegate_id)]
    return show(
        "me.html", look, status=status, account=account, roles=roles, problem=problem, stand_ins=given, now=look.now,
        moment_of=instant,
    )  # fmt: skip


@action("/me/password", needs=Permission.CHANGE_OWN_PASSWORD)
def change_password(who: Actor) -> Response:
    """The old password is asked for: an open browser is not its owner. Afterwards one signs in anew, everywhere."""
    given = request.form
    try:
        _must_know_password(who, given.get("old", ""))
        if given.get("password") != given.get("again"):
            with looking(who) as look:
                return show_me(look, ("again", look.t("console.me.passwords_differ")), 422)
        perform_form(
            who, wire.convert({"account_id": who.account_id, "password": given.get("password", "")}, ChangePassword)
        )
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_me(look, sentence_of(wrong), 422)
    return done("console.sign_in", "password")


def _must_know_password(who: Actor, password: str) -> None:
    with looking(who) as look:
        account: Any = look.session.get(Account, who.account_id)
        stored = account.password_hash if account is not None else None
    if not passwords.is_password(stored, password):
        raise Problem("access.wrong_password", field="old")
