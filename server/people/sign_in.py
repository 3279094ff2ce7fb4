"""Signing in and out of the console and the API, and who a request comes from.

A token is 32 random bytes; only its SHA-256 is stored. Rights are read from the database at each request, so what is
granted or taken back counts at once. The password is looked at before and outside the operation: argon2 takes its time, and
no transaction waits for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g, request

from contract import wire
from contract.ids import derived_id, new_id
from contract.moments import instant, to_ms
from contract.people import SignIn, SignOut, TrySignIn
from server.kernel.actors import Actor, Permission
from server.kernel.http import Outpost, outpost
from server.kernel.perform import Outcome, Work, handles, perform, reading
from server.kernel.problems import Problem
from server.people import passwords, queries, rules
from server.people.model import SignInTry, WebSession

SESSION_COOKIE = "outpost_session"
CONSOLE_PATH = "/console"
LASTS = timedelta(hours=12)


@dataclass(frozen=True)
class Begun:
    """A session that has just begun. The token exists here and with its bearer, nowhere else."""

    token: str
    session_id: str
    expires_at: datetime
    actor: Actor


@handles(TrySignIn, needs=Permission.MANAGE_ACCOUNTS)
def try_sign_in(work: Work, op: TrySignIn) -> None:
    """Count a try; refused while the login is blocked. Only the server itself performs this."""
    try_id = derived_id("sign_in", op.login_hash)
    known = queries.tries_of(work.session, try_id)
    past = (known.tries, known.last_at, known.blocked_until) if known is not None else (0, None, None)
    tries, blocked_until, wait_s = rules.judge_try(*past, work.now)
    if wait_s:
        raise Problem("access.too_many_tries", retry_after_s=wait_s)
    if known is None:
        work.add(SignInTry(id=try_id, tries=tries, last_at=work.now, blocked_until=blocked_until))
    else:
        known.tries, known.last_at, known.blocked_until = tries, work.now, blocked_until


@handles(SignIn, needs=Permission.READ_SELF)
def sign_in(work: Work, op: SignIn) -> None:
    """The session of the account that acts; the tries before it are forgotten."""
    if work.actor.account_id is None:
        raise Problem("access.not_allowed", needs=Permission.READ_SELF.value)
    with work.with_system_reach() as everything:
        tries = queries.tries_of(everything, derived_id("sign_in", op.login_hash))
        if tries is not None:
            everything.delete(tries)
    work.add(
        WebSession(
            id=op.session_id,
            account_id=work.actor.account_id,
            token_hash=op.token_hash,
            started_at=work.now,
            expires_at=instant(op.expires_ms),
        )
    )


@handles(SignOut, needs=Permission.READ_SELF)
def sign_out(work: Work, op: SignOut) -> None:
    session: WebSession = work.find(WebSession, op.session_id, "access.not_found")
    if session.ended_at is None:
        session.ended_at = work.now


def begin_session(server: Outpost, login: str, password: str) -> Begun:
    """Sign in, or raise Problem: access.wrong_password, access.too_many_tries. An unknown login answers like a wrong password."""
    now = server.clock()
    login = rules.tidy(login).lower()
    login_hash = hmac.new(server.settings.secret, f"login|{login}".encode(), hashlib.sha256).hexdigest()
    _must_not_be_blocked(server, derived_id("sign_in", login_hash), now)
    tried = _do(server, Actor.system(), TrySignIn(login_hash=login_hash), now)
    if tried.code == "operation.breaks_a_rule":  # the first two tries of a login at the same instant: the other one was first
        tried = _do(server, Actor.system(), TrySignIn(login_hash=login_hash), now)
    _must(tried)
    with reading(server.db, Actor.system()) as session:
        account = queries.account_by_login(session, login)
        is_open = account is not None and account.disabled_at is None
        stored = account.password_hash if account is not None and is_open else None
        actor = queries.actor_of_account(session, account, now) if account is not None else None
    if not passwords.is_password(stored, password) or actor is None:
        raise Problem("access.wrong_password")
    token = secrets.token_urlsafe(32)
    begins = SignIn(session_id=new_id(), login_hash=login_hash, token_hash=_token_hash(token), expires_ms=to_ms(now + LASTS))
    _must(_do(server, actor, begins, now))
    return Begun(token, begins.session_id, now + LASTS, actor)


def _must_not_be_blocked(server: Outpost, try_id: str, now: datetime) -> None:
    """Looked at before anything is written: whoever hammers on a blocked login does not fill our log."""
    with reading(server.db, Actor.system()) as session:
        until = queries.blocked_until(session, try_id)
    if until is not None and until > now:
        raise Problem("access.too_many_tries", retry_after_s=int((until - now).total_seconds()) + 1)


def end_session(server: Outpost, who: Actor, session_id: str) -> None:
    """Sign out."""
    _must(_do(server, who, SignOut(session_id=session_id), server.clock()))


def authenticate() -> Actor | None:
    """Who this request comes from: the bearer's token, or on the console's own pages its cookie. None: nobody signed in.

    The cookie is looked at nowhere else, so no other page can make a browser use the API in somebody's name.
    """
    token = _token_of_request()
    if token is None:
        return None
    found = _running(outpost(), token)
    if found is None:
        return None
    g.web_session = found
    return found.actor


def _running(server: Outpost, token: str) -> queries.Session | None:
    with reading(server.db, Actor.system()) as session:
        return queries.running_session(session, _token_hash(token), server.clock())


def session_of(server: Outpost, token: str) -> queries.Session:
    """The session of a token. Raises Problem("access.sign_in") when it does not count (any more)."""
    found = _running(server, token)
    if found is None:
        raise Problem("access.sign_in")
    return found


def current_session() -> queries.Session:
    """The session of this request. Raises Problem("access.sign_in") when there is none."""
    if "actor" not in g:
        g.actor = authenticate()
    found: queries.Session | None = g.get("web_session")
    if found is None:
        raise Problem("access.sign_in")
    return found


def _token_of_request() -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    if request.path == CONSOLE_PATH or request.path.startswith(CONSOLE_PATH + "/"):
        return request.cookies.get(session_cookie(behind_tls=outpost().settings.behind_tls))
    return None


def session_cookie(*, behind_tls: bool) -> str:
    """The cookie's name. With TLS the name itself keeps a neighbouring host or plain http from setting it."""
    return f"__Host-{SESSION_COOKIE}" if behind_tls else SESSION_COOKIE


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _do(server: Outpost, who: Actor, operation: wire.Wire, now: datetime) -> Outcome:
    return perform(server.db, who, operation, op_id=new_id(), now=now, secret=server.settings.secret)


def _must(outcome: Outcome) -> None:
    if outcome.status != "applied":
        raise Problem(outcome.code or "operation.failed_here", **outcome.facts)
