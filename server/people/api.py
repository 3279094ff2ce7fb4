"""People, accounts and sessions over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from contract.moments import to_ms
from contract.people import (
    AccountsPage,
    AccountsQuery,
    ChangePassword,
    ClearPin,
    CloseAccount,
    Credentials,
    GrantRole,
    Hire,
    LetGo,
    OpenAccount,
    PeoplePage,
    PeopleQuery,
    PersonCard,
    ReopenAccount,
    SignedIn,
    WhoAmI,
    WithdrawRole,
)
from contract.roles import ConfirmRoleChange, ProposeRoleChange, RejectRoleChange, RoleChanges, Roles
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.people import queries, roles_queries, service, sign_in
from server.people import roles as role_service
from server.people.model import Person

blueprint = Blueprint("people", __name__, url_prefix="/api/v1", description="People, their accounts and roles, signing in")
assert service and sign_in and role_service  # importing them registers the handlers

writes(
    blueprint,
    {
        "/people": (Hire, Permission.MANAGE_PEOPLE),
        "/people/departures": (LetGo, Permission.MANAGE_PEOPLE),
        "/people/pins/cleared": (ClearPin, Permission.MANAGE_PEOPLE),
        "/accounts": (OpenAccount, Permission.MANAGE_ACCOUNTS),
        "/accounts/closed": (CloseAccount, Permission.MANAGE_ACCOUNTS),
        "/accounts/reopened": (ReopenAccount, Permission.MANAGE_ACCOUNTS),
        "/accounts/passwords": (ChangePassword, Permission.CHANGE_OWN_PASSWORD),
        "/grants": (GrantRole, Permission.MANAGE_ACCOUNTS),
        "/grants/withdrawn": (WithdrawRole, Permission.MANAGE_ACCOUNTS),
        "/roles/changes": (ProposeRoleChange, Permission.MANAGE_ROLES),
        "/roles/changes/confirmed": (ConfirmRoleChange, Permission.MANAGE_ROLES),
        "/roles/changes/rejected": (RejectRoleChange, Permission.MANAGE_ROLES),
    },
)


@reads(blueprint, "/people", needs=Permission.READ_PEOPLE, answers=PeoplePage, asks=PeopleQuery)
def people(session: ScopedSession, asked: PeopleQuery) -> PeoplePage:
    """People, by name, pinyin or number."""
    return queries.people_page(session, asked)


@reads(blueprint, "/people/<person_id>", needs=Permission.READ_PEOPLE, answers=PersonCard)
def person(session: ScopedSession, person_id: str) -> PersonCard:
    """One person."""
    found = session.get(Person, person_id)
    if found is None:
        raise Problem("people.unknown", id=person_id)
    return queries.person_card(session, found)


@reads(blueprint, "/accounts", needs=Permission.MANAGE_ACCOUNTS, answers=AccountsPage, asks=AccountsQuery)
def accounts(session: ScopedSession, asked: AccountsQuery) -> AccountsPage:
    """Accounts and their roles."""
    return queries.accounts_page(session, asked)


@reads(blueprint, "/roles", needs=Permission.READ_SELF, answers=Roles)
def roles(session: ScopedSession) -> Roles:
    """The roles: what each may do and which fields it reads. No secret: whoever is refused something may know what for."""
    return roles_queries.roles(session)


@reads(blueprint, "/roles/changes", needs=Permission.MANAGE_ROLES, answers=RoleChanges)
def role_changes(session: ScopedSession) -> RoleChanges:
    """Proposed changes of roles, those that wait for a second person first."""
    return roles_queries.role_changes(session)


def who_is(session: queries.Session) -> WhoAmI:
    """The signed-in person with their rights."""
    who = session.actor
    return WhoAmI(
        person_id=session.person_id,
        account_id=session.account_id,
        name=session.person_name,
        roles=session.roles,
        everywhere=sorted(permission.value for permission in who.everywhere),
        in_stores={permission.value: sorted(units) for permission, units in sorted(who.in_stores.items())},
    )


declare("POST", "/api/v1/session", "public", why="signing in is how somebody becomes known")
declare("GET", "/api/v1/session", "signed_in")
declare("DELETE", "/api/v1/session", "signed_in")


def _documented(view: Callable[..., Any]) -> Any:
    return document_refusals(blueprint, view)


@blueprint.route("/session", methods=["POST"])
@_documented
@blueprint.doc(summary="Sign in")
@blueprint.arguments(schema_of(Credentials), location="json")
@blueprint.response(201, schema_of(SignedIn))
def begin(body: Credentials) -> Response:
    """Sign in; the token goes into `Authorization: Bearer …` and is shown once. After five wrong tries the login must wait."""
    begun = sign_in.begin_session(outpost(), body.login, body.password)
    session = sign_in.session_of(outpost(), begun.token)
    return answer(SignedIn(token=begun.token, expires_ms=to_ms(begun.expires_at), me=who_is(session)), 201)


@blueprint.route("/session", methods=["GET"])
@_documented
@blueprint.doc(summary="Who am I", security=[{"bearer": []}])
@blueprint.response(200, schema_of(WhoAmI))
def who_am_i() -> Response:
    """Who is signed in, and what they may do now."""
    actor()
    return answer(who_is(g.web_session))


@blueprint.route("/session", methods=["DELETE"])
@_documented
@blueprint.doc(summary="Sign out", security=[{"bearer": []}])
@blueprint.response(204)
def end() -> Response:
    """Sign out. The token stops counting."""
    who = actor()
    sign_in.end_session(outpost(), who, g.web_session.session_id)
    return Response(status=204)
