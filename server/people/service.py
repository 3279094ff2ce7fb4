"""What can be done to people and accounts. Signing in and out is in sign_in.py."""

from __future__ import annotations

from datetime import date

from contract.people import (
    ChangePassword,
    ClearPin,
    CloseAccount,
    GrantRole,
    Hire,
    LetGo,
    OpenAccount,
    ReopenAccount,
    SetPin,
    WithdrawRole,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.joining import end_home, open_home
from server.org.queries import company_day, unit_on
from server.people import names, passwords, queries, rules
from server.people.events import PersonLeft, PinOfferedAtKiosk
from server.people.model import Account, Grant, Person, PersonStore


@handles(Hire, needs=Permission.MANAGE_PEOPLE)
def hire(work: Work, op: Hire) -> None:
    if work.session.get(Person, op.person_id) is not None:
        raise Problem("operation.already_exists", field="person_id", id=op.person_id)
    if queries.person_by_number(work.session, op.number) is not None:
        raise Problem("people.number_taken", field="number", number=op.number)
    name = _said(op.name, "name")
    home = _said(op.home_org, "home_org")
    work.add(
        Person(
            id=op.person_id,
            number=op.number,
            name=name,
            name_key=names.name_key(name),
            home_org=home,
            mobile=op.mobile,
            active=True,
            hired_at=work.now,
        )
    )
    open_home(work, op.person_id, home)


@handles(LetGo, needs=Permission.MANAGE_PEOPLE)
def let_go(work: Work, op: LetGo) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    if not person.active:
        raise Problem("people.has_left", id=op.person_id)
    # who may let somebody go need not see accounts; that theirs close follows from the leaving, not from that right
    with work.with_system_reach() as everything:
        accounts = queries.open_account_ids(everything, op.person_id)
        _must_leave_an_admin(everything, accounts)
        queries.close_accounts(everything, accounts, work.now)
    person.active = False
    person.pin_verifier = None
    end_home(work, op.person_id)
    tell(work, PersonLeft(op.person_id, op.reason))


@handles(SetPin, needs=Permission.SET_OWN_PIN)
def set_pin(work: Work, op: SetPin) -> None:
    """A phone sets the PIN of its person only; a kiosk that of somebody posted there who has none yet."""
    device = work.device
    if device is None:
        raise Problem("people.pin_of_another", id=op.person_id)
    person: Person = work.find(Person, op.person_id, "people.unknown")
    if not person.active:
        raise Problem("people.has_left", id=op.person_id)
    if device.kind == "phone":
        if device.person_id != op.person_id:
            raise Problem("people.pin_of_another", id=op.person_id)
    else:
        tell(work, PinOfferedAtKiosk(op.person_id, device.store_id or "", work.act.taken.at_ms))
        if person.pin_verifier is not None:
            raise Problem("people.pin_already_set", id=op.person_id)
    person.pin_verifier = op.verifier


@handles(ClearPin, needs=Permission.MANAGE_PEOPLE)
def clear_pin(work: Work, op: ClearPin) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    person.pin_verifier = None


@handles(OpenAccount, needs=Permission.MANAGE_ACCOUNTS)
def open_account(work: Work, op: OpenAccount) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    if not person.active:
        raise Problem("people.has_left", id=op.person_id)
    if work.session.get(Account, op.account_id) is not None:
        raise Problem("operation.already_exists", field="account_id", id=op.account_id)
    login = op.login.lower()
    if queries.account_by_login(work.session, login) is not None:
        raise Problem("people.login_taken", field="login", login=login)
    if passwords.is_weak(op.password, login, person.name, person.number):
        raise Problem("people.weak_password", field="password")
    stored = passwords.password_hash(op.password)
    work.add(Account(id=op.account_id, person_id=op.person_id, login=login, password_hash=stored))


@handles(ChangePassword, needs=Permission.CHANGE_OWN_PASSWORD)
def change_password(work: Work, op: ChangePassword) -> None:
    account: Account = work.find(Account, op.account_id, "people.account_unknown")
    person: Person = work.find(Person, account.person_id, "people.unknown")
    if passwords.is_weak(op.password, account.login, person.name, person.number):
        raise Problem("people.weak_password", field="password")
    account.password_hash = passwords.password_hash(op.password)
    # whoever held the old one is out, whatever browser it was
    queries.end_sessions(work.session, [account.id], work.now)


@handles(CloseAccount, needs=Permission.MANAGE_ACCOUNTS)
def close_account(work: Work, op: CloseAccount) -> None:
    account: Account = work.find(Account, op.account_id, "people.account_unknown")
    if account.disabled_at is not None:
        return
    _must_leave_an_admin(work.session, [op.account_id])
    queries.close_accounts(work.session, [op.account_id], work.now)


@handles(ReopenAccount, needs=Permission.MANAGE_ACCOUNTS)
def reopen_account(work: Work, op: ReopenAccount) -> None:
    account: Account = work.find(Account, op.account_id, "people.account_unknown")
    person: Person = work.find(Person, account.person_id, "people.unknown")
    if not person.active:
        raise Problem("people.has_left", id=person.id)
    account.disabled_at = None


@handles(GrantRole, needs=Permission.MANAGE_ACCOUNTS)
def grant_role(work: Work, op: GrantRole) -> None:
    account: Account = work.find(Account, op.account_id, "people.account_unknown")
    if not queries.is_grantable(work.session, op.role):
        raise Problem("people.role_unknown", field="role", role=op.role)
    if op.unit_id is not None and unit_on(work.session, op.unit_id, company_day(work.now)) is None:
        raise Problem("org.unit_unknown", field="unit_id", id=op.unit_id)
    held = queries.grants_of(work.session, op.account_id)
    if any((grant.role, grant.unit_id) == (op.role, op.unit_id) for grant in held):
        raise Problem("operation.already_exists", field="role", id=op.role)
    if work.session.get(Grant, op.grant_id) is not None:
        raise Problem("operation.already_exists", field="grant_id", id=op.grant_id)
    until = _day(op.until, "until") if op.until is not None else None
    if op.posting_id is not None:
        stay = work.session.get(PersonStore, op.posting_id)
        if stay is None or stay.person_id != account.person_id:
            raise Problem("postings.unknown", field="posting_id", id=op.posting_id)
    work.add(
        Grant(
            id=op.grant_id,
            account_id=op.account_id,
            role=op.role,
            unit_id=op.unit_id,
            until=until,
            posting_id=op.posting_id,
            post_id=op.post_id,
        )
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("people.no_such_day", field=field, day=text) from None


@handles(WithdrawRole, needs=Permission.MANAGE_ACCOUNTS)
def withdraw_role(work: Work, op: WithdrawRole) -> None:
    grant: Grant = work.find(Grant, op.grant_id, "people.grant_unknown")
    if queries.makes_an_admin(work.session, grant):
        others = [found for found in queries.grants_of(work.session, grant.account_id) if found.id != grant.id]
        if not any(queries.makes_an_admin(work.session, found) for found in others):
            _must_leave_an_admin(work.session, [grant.account_id])
    work.session.delete(grant)


def _must_leave_an_admin(session: ScopedSession, closing: list[str]) -> None:
    admins = queries.admin_account_ids(session)
    if admins & set(closing) and not rules.leaves_an_admin(admins, lambda account_id: account_id in closing):
        raise Problem("people.last_admin")


def _said(text: str, field: str) -> str:
    tidied = rules.tidy(text)
    if not tidied:
        raise Problem("wire.missing", field=field)
    return tidied
