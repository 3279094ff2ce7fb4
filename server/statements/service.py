"""What can be done to statements: confirm, dispute, settle; and the deadline as data."""

from __future__ import annotations

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.ids import derived_id
from contract.moments import instant
from contract.statements import ConfirmWeek, DisputeWeek, SetDeadline, SettleDispute, Side, Way
from server.approvals.service import acting
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.rules import day_of
from server.statements import late_leave, making, months, rules, watching
from server.statements.model import Statement, StatementConfirmation, StatementDeadline, StatementDispute
from server.statements.sides import people_of, sides_of
from server.stores.model import Store

assert late_leave and making and months and watching  # importing them registers their handlers, reactions and chores
DISPUTED, SETTLED = "week_disputed", "week_settled"


@handles(ConfirmWeek, needs=Permission.CONFIRM_WEEK)
def confirm_week(work: Work, op: ConfirmWeek) -> str:
    """One side says yes to the newest revision, by its digest. Saying it twice changes nothing."""
    who, way = acting(work), _way(work, op.kiosk)
    statement = _statement(work, op.statement_id)
    _must_be_newest(statement, op.revision, op.digest)
    mine = sides_of(work, statement, who)
    if op.side not in mine:
        raise Problem("statements.not_your_side", id=op.statement_id, side=op.side)
    if statement.state == "disputed":
        raise Problem("statements.is_disputed", id=op.statement_id)
    given = _confirmations(work, statement)
    if (before := given.get(op.side)) is not None:
        if before.confirmed_by == who:
            return "merged"
        raise Problem("statements.already_confirmed", id=op.statement_id, side=op.side)
    if any(one.confirmed_by == who for one in given.values()):
        raise Problem("statements.one_side_each", id=op.statement_id)
    work.add(
        StatementConfirmation(
            id=derived_id("confirmation", statement.id, str(statement.revision), op.side), statement_id=statement.id,
            revision=statement.revision, digest=statement.digest, person_id=statement.person_id, store_id=statement.store_id,
            side=op.side, confirmed_by=who, confirmed_at=instant(work.act.taken.at_ms), op_id=work.act.op_id,
            way=way, received_at=work.now,
        )
    )  # fmt: skip
    statement.state = rules.state_after([*given, op.side], 0)
    work.session.flush()
    making.mark_rows(work.session, statement)
    close_items(work, statement.id, triggers=[making.CONFIRM], receiver_id=who)
    return "applied"


@handles(DisputeWeek, needs=Permission.CONFIRM_WEEK)
def dispute_week(work: Work, op: DisputeWeek) -> str:
    """One side does not agree with the newest revision: nobody confirms it until HQ has settled that."""
    who = acting(work)
    _way(work, op.kiosk)
    statement = _statement(work, op.statement_id)
    _must_be_newest(statement, op.revision, statement.digest)
    mine = sides_of(work, statement, who)
    if not mine:
        raise Problem("statements.not_your_side", id=op.statement_id, side="")
    day = day_of(op.day) if op.day is not None else None
    if op.day is not None and (day is None or not statement.from_day <= day <= statement.to_day):
        raise Problem("statements.day_outside", field="day", from_day=str(statement.from_day), to_day=str(statement.to_day))
    same = work.session.get(StatementDispute, op.dispute_id)
    if same is not None:
        raise Problem("operation.already_exists", field="dispute_id", id=op.dispute_id)
    side = mine[0]
    is_open = sa.select(StatementDispute.id).where(
        StatementDispute.statement_id == statement.id, StatementDispute.side == side, StatementDispute.outcome.is_(None)
    )
    if work.session.scalar(is_open.limit(1)) is not None:
        raise Problem("statements.dispute_open", id=op.statement_id, side=side)
    work.add(
        StatementDispute(
            id=op.dispute_id, statement_id=statement.id, revision=statement.revision, person_id=statement.person_id,
            store_id=statement.store_id, side=side, made_by=who, day=day, reason=op.reason,
            made_at=instant(work.act.taken.at_ms),
        )
    )  # fmt: skip
    statement.state = "disputed"
    work.session.flush()
    making.mark_rows(work.session, statement)
    close_items(work, statement.id, triggers=[making.CONFIRM])
    _tell_the_others(work, statement, op.dispute_id, side, who, op.reason)
    return "applied"


def _tell_the_others(work: Work, statement: Statement, dispute_id: str, side: Side, who: str, reason: str) -> None:
    """HQ has it to settle; the other side knows."""
    facts = _facts(work, statement) | {"reason": reason, "side": side}
    hq = {person for person in people_of(work, statement, "hq") if person != who}
    for receiver in sorted(hq):
        put_item(
            work, trigger=DISPUTED, receiver_id=receiver, kind="to_do", about="statement", about_id=statement.id,
            facts=facts, key=dispute_id,
        )  # fmt: skip
    others = {person for one in ("employee", "store") if one != side for person in people_of(work, statement, one)}
    for receiver in sorted(others - hq - {who}):
        put_item(
            work, trigger=DISPUTED, receiver_id=receiver, kind="notice", about="statement", about_id=statement.id,
            facts=facts, key=dispute_id,
        )  # fmt: skip


@handles(SettleDispute, needs=Permission.SETTLE_DISPUTE)
def settle_dispute(work: Work, op: SettleDispute) -> None:
    """HQ ends it, with a reason: somebody else than who raised it."""
    who = acting(work)
    dispute: StatementDispute = work.find(StatementDispute, op.dispute_id, "statements.dispute_unknown")
    if not work.actor.has_everywhere(Permission.SETTLE_DISPUTE):
        raise Problem("statements.not_your_side", id=dispute.statement_id, side="hq")
    statement = _statement(work, dispute.statement_id)
    if dispute.outcome is not None:
        raise Problem("statements.dispute_settled", id=op.dispute_id)
    if who == dispute.made_by:
        raise Problem("statements.second_person", id=op.dispute_id)
    dispute.outcome, dispute.settled_by, dispute.settled_reason = op.outcome, who, op.reason
    dispute.settled_at = work.now
    work.session.flush()
    still = sa.select(sa.func.count()).where(StatementDispute.statement_id == statement.id, StatementDispute.outcome.is_(None))
    given = list(_confirmations(work, statement))
    statement.state = rules.state_after(given, work.session.scalar(still) or 0)
    work.session.flush()
    making.mark_rows(work.session, statement)
    close_items(work, statement.id, triggers=[DISPUTED], key=op.dispute_id)
    facts = _facts(work, statement) | {"reason": op.reason, "outcome": op.outcome}
    for receiver in sorted({dispute.made_by, statement.person_id, *people_of(work, statement, "store")} - {who}):
        put_item(
            work, trigger=SETTLED, receiver_id=receiver, kind="notice", about="statement", about_id=statement.id,
            facts=facts, key=op.dispute_id,
        )  # fmt: skip


@handles(SetDeadline, needs=Permission.CLOSE_MONTH)
def set_deadline(work: Work, op: SetDeadline) -> None:
    """From a day on, for the whole company. What was said before stays what it was for weeks before."""
    if not work.actor.has_everywhere(Permission.CLOSE_MONTH):
        raise Problem("access.not_allowed", needs=Permission.CLOSE_MONTH.value)
    if op.remind_days > op.due_days:
        raise Problem("statements.deadline_order", field="remind_days")
    from_day = day_of(op.from_day)
    if from_day is None:
        raise Problem("wire.invalid", field="from_day")
    there = work.session.scalars(sa.select(StatementDeadline).where(StatementDeadline.from_day == from_day)).one_or_none()
    if there is not None or work.session.get(StatementDeadline, op.deadline_id) is not None:
        raise Problem("operation.already_exists", field="from_day", id=op.deadline_id)
    work.add(StatementDeadline(id=op.deadline_id, from_day=from_day, remind_days=op.remind_days, due_days=op.due_days))


def _way(work: Work, kiosk: KioskProof | None) -> Way:
    """How somebody says it. At a shared tablet only behind their own PIN, which the tablet states in what it signs."""
    device = work.device
    if device is None:
        return "console"
    if device.kind == "phone":
        return "phone"
    if kiosk is None or not kiosk.pin:
        raise Problem("statements.pin_needed", field="kiosk")
    return "tablet"


def _statement(work: Work, statement_id: str) -> Statement:
    """The statement within the actor's reach, locked until this is done."""
    found = work.session.get(Statement, statement_id, with_for_update=True)
    if found is None:
        raise Problem("statements.unknown", id=statement_id)
    return found


def _must_be_newest(statement: Statement, revision: int, digest: str) -> None:
    if statement.revision != revision or statement.digest != digest:
        raise Problem("statements.not_the_newest", id=statement.id, revision=revision, newest=statement.revision)


def _confirmations(work: Work, statement: Statement) -> dict[str, StatementConfirmation]:
    found = work.session.scalars(
        sa.select(StatementConfirmation).where(
            StatementConfirmation.statement_id == statement.id, StatementConfirmation.revision == statement.revision
        )
    )
    return {one.side: one for one in found}


def _facts(work: Work, statement: Statement) -> dict[str, str]:
    with work.with_system_reach() as everything:
        person = everything.get_one(Person, statement.person_id)
        store = everything.get_one(Store, statement.store_id)
        return making.facts_of(statement, person, store.name)
