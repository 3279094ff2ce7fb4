"""Moving requests along: steps open and are passed over, people are told, requests end. Everything here works with the
system's reach: a request's effects are the company's, whoever happened to sign last."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from server.approvals import concerned, rules
from server.approvals.events import RequestApproved, RequestRefused, RequestWithdrawn
from server.approvals.model import FlowVersion, Request, RequestNote, RequestParty, RequestStep, Signature
from server.inbox.service import close_items, put_item
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people import queries as people_queries
from server.people.model import Person

OWN_STEP = "applicant"


@contextmanager
def as_system(work: Work) -> Iterator[Work]:
    """The same operation with the system's reach."""
    with work.with_system_reach() as session:
        yield dataclasses.replace(work, session=session, actor=Actor.system())


def lock(session: ScopedSession, request_id: str) -> Request | None:
    """The request, held until the transaction ends: whatever happens to it, happens one after the other."""
    return session.get(Request, request_id, with_for_update=True, populate_existing=True)


def steps_of(session: ScopedSession, request_id: str) -> Sequence[RequestStep]:
    """Its steps in their order, as they are now."""
    asked = sa.select(RequestStep).where(RequestStep.request_id == request_id).order_by(RequestStep.turn, RequestStep.key)
    return session.scalars(asked.execution_options(populate_existing=True)).all()


def note(work: Work, request: Request, step: RequestStep | None, code: str, **facts: Any) -> None:
    """A line of the trail."""
    work.add(
        RequestNote(
            id=new_id(), request_id=request.id, step_id=step.id if step is not None else None, code=code, facts=facts,
            noted_at=work.now,
        )
    )  # fmt: skip


def names(session: ScopedSession, ids: Iterable[str | None]) -> dict[str, str]:
    """Names of people by id."""
    wanted = {person for person in ids if person is not None}
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(wanted)))}


def move_on(work: Work, request: Request, *, trigger: str, decided: RequestStep | None = None) -> None:
    """Open what comes next, or end the request. `trigger`: what those who decide next are told by (N-01 or N-02).

    After a decision (`decided`) the applicant hears where the request now is.
    """
    session = work.session
    codes = [code for code, _ in request.warnings]
    opened: list[RequestStep] = []
    while True:
        session.flush()
        steps = {step.id: step for step in steps_of(session, request.id)}

        def can(step_id: str, steps: dict[str, RequestStep] = steps) -> bool:
            return bool(concerned.who_decides(session, request, steps[step_id], work.now).people)

        facts = [rules.StepFacts(s.id, s.turn, s.state, s.mandatory, s.only_if) for s in steps.values()]
        following = rules.advance(facts, codes, can)
        for step_id, why in following.skips:
            _skip(work, request, steps[step_id], why)
        if following.approved:
            _approve(work, request)
            return
        signed = [_open(work, request, steps[step_id], trigger) for step_id in following.opens]
        opened += [steps[step_id] for step_id, own in zip(following.opens, signed, strict=True) if not own]
        if not any(signed):
            break
    touch(work, request)
    if decided is None or not opened:
        return
    close_items(work, request.id, triggers=["N-02"], kind="notice")  # where it was a step ago is no news any more
    here = {"step_zh": "、".join(s.title_zh for s in opened), "step_en": ", ".join(s.title_en for s in opened)}
    for receiver in {request.applicant_id, request.person_id}:
        put_item(
            work, trigger="N-02", receiver_id=receiver, kind="notice", about="request", about_id=request.id,
            key=decided.id, facts=told(session, request, opened[0]) | here,
        )  # fmt: skip


def _skip(work: Work, request: Request, step: RequestStep, why: str) -> None:
    step.state, step.opened_at, step.decided_at = "skipped", step.opened_at or work.now, work.now
    note(work, request, step, f"skipped_{why}")
    work.session.flush()  # one by one: the database sees to it that the order is kept


def _open(work: Work, request: Request, step: RequestStep, trigger: str) -> bool:
    """Open a step and tell those who may decide it. True where the person signed it by asking."""
    step.state, step.opened_at = "open", work.now
    if step.by == "relation" and step.who == OWN_STEP and request.applicant_id == request.person_id:
        work.session.flush()
        sign(work, request, step, request.person_id, request.person_id, "approve", "")
        work.session.flush()
        return True
    step.due_at = rules.due(work.now, step.deadline_h)
    found = concerned.who_decides(work.session, request, step, work.now)
    _take(work, request, step, found)
    work.session.flush()
    _tell_deciders(work, request, step, trigger, [*found.people, *(pair[0] for pair in found.stand_ins)])
    return False


def sign(work: Work, request: Request, step: RequestStep, signer: str, owner: str, decision: str, comment: str) -> None:
    """Write a signature; the step is decided when a refusal comes or enough have approved."""
    session = work.session
    desk = work.device.store_id if work.device is not None and work.device.kind == "kiosk" else None
    work.add(
        Signature(
            id=new_id(), request_id=request.id, step_id=step.id, signer_id=signer, for_id=owner, decision=decision,
            comment=comment, signed_at=work.now, desk_id=desk,
        )
    )  # fmt: skip
    session.flush()  # before the step: the database counts the signatures of a step that is approved
    signed = session.scalar(sa.select(sa.func.count()).select_from(Signature).where(Signature.step_id == step.id)) or 0
    if decision == "approve" and signed < step.signatures:
        return
    step.state = "approved" if decision == "approve" else "refused"
    step.decided_at, step.decided_by, step.comment = work.now, signer, comment
    step.for_id = owner if owner != signer else None
    step.deciders, step.stand_ins = [], []


def _take(work: Work, request: Request, step: RequestStep, found: concerned.Found) -> None:
    step.deciders, step.stand_ins, step.desk_id = found.people, found.stand_ins, found.desk_id
    if found.from_above:
        said = names(work.session, found.people)
        note(work, request, step, "from_above", who="、".join(said.values()))
    if not found.people:
        note(work, request, step, "nobody")


def refresh(work: Work, request: Request, step: RequestStep) -> bool:
    """Compute anew who may decide an open step. True where that changed; the trail says how, the right people are told."""
    found = concerned.who_decides(work.session, request, step, work.now)
    if (found.people, found.stand_ins) == (step.deciders, step.stand_ins):
        step.desk_id = found.desk_id
        return False
    before = set(step.deciders) | {pair[0] for pair in step.stand_ins}
    after = set(found.people) | {pair[0] for pair in found.stand_ins}
    said = names(work.session, before | after)
    step.round += 1
    if found.people or step.deciders:
        note(
            work, request, step, "deciders_changed", gone="、".join(said.get(p, "?") for p in sorted(before - after)) or "-",
            come="、".join(said.get(p, "?") for p in sorted(after - before)) or "-",
        )  # fmt: skip
    _take(work, request, step, found)
    for person in before - after:
        close_items(work, request.id, receiver_id=person, key=step.id)
    if not found.people and not step.mandatory:
        _skip(work, request, step, "nobody")
        move_on(work, request, trigger="N-02")
        return True
    _tell_deciders(work, request, step, "N-02" if step.turn > 1 else "N-01", sorted(after - before))
    touch(work, request)
    return True


def _tell_deciders(work: Work, request: Request, step: RequestStep, trigger: str, receivers: Iterable[str]) -> None:
    stands_for: dict[str, str] = dict(step.stand_ins)
    said = names(work.session, stands_for.values())
    for receiver in dict.fromkeys(receivers):
        facts = told(work.session, request, step)
        if receiver in stands_for and receiver not in step.deciders:
            facts["for_whom"] = said.get(stands_for[receiver], "")
        put_item(
            work, trigger=trigger, receiver_id=receiver, kind="to_do", about="request", about_id=request.id,
            key=step.id if step.round == 0 else f"{step.id}/{step.round}", facts=facts, due_at=step.due_at,
        )  # fmt: skip
    if not step.deciders:
        for receiver in who_can_name(work, request):
            put_item(
                work, trigger="name_decider", receiver_id=receiver, kind="to_do", about="request", about_id=request.id,
                key=step.id if step.round == 0 else f"{step.id}/{step.round}", facts=told(work.session, request, step),
            )  # fmt: skip


def who_can_name(work: Work, request: Request) -> list[str]:
    """The HR people who are to name a decider where the rule finds nobody: not the person the request is about."""
    unit = request.unit_id or concerned.home_unit(work.session, request.person_id, work.now)
    holders = people_queries.holders_of(work.session, "hr", unit, company_day(work.now))
    return [person for person in holders if person != request.person_id]


def told(session: ScopedSession, request: Request, step: RequestStep) -> dict[str, Any]:
    """What an item says of a request: words only its readers may know anyway."""
    flow = session.get_one(FlowVersion, request.flow_id)
    return {
        "who": names(session, [request.person_id]).get(request.person_id, ""), "number": request.number,
        "kind": request.kind, "kind_zh": flow.name_zh, "kind_en": flow.name_en, "step_id": step.id,
        "step_zh": step.title_zh, "step_en": step.title_en,
    }  # fmt: skip


def touch(work: Work, request: Request) -> None:
    """Whoever holds the request hears of its change: parties and sync scopes follow the steps."""
    session = work.session
    session.flush()
    steps = steps_of(session, request.id)
    running = request.state == "running"
    waits = {p for s in steps if s.state == "open" and running for p in (*s.deciders, *(pair[0] for pair in s.stand_ins))}
    signers = set(session.scalars(sa.select(Signature.signer_id).where(Signature.request_id == request.id)))
    known = {
        party.person_id: party
        for party in session.scalars(sa.select(RequestParty).where(RequestParty.request_id == request.id))
    }  # fmt: skip
    for person in sorted({request.person_id, request.applicant_id, *signers, *waits} - known.keys()):
        known[person] = work.add(RequestParty(id=new_id(), request_id=request.id, person_id=person, waits=False))
    for person, party in known.items():
        party.waits = person in waits
    desks = {step.desk_id for step in steps if step.desk_id is not None and step.state != "waiting"} if running else set()
    request.scopes = sorted([*(f"private:{person}" for person in known), *(f"desk:{store}" for store in desks)])
    request.rev += 1
    session.flush()


def _end(work: Work, request: Request, state: str, reason: str) -> None:
    request.state, request.ended_at, request.reason = state, work.now, reason
    close_items(work, request.id)
    close_items(work, request.id, triggers=["N-02"], kind="notice")
    touch(work, request)


def _approve(work: Work, request: Request) -> None:
    _end(work, request, "approved", "")
    event = RequestApproved(request.id, request.kind, request.person_id, request.applicant_id, dict(request.form))
    tell(work, event)
    steps = steps_of(work.session, request.id)
    for receiver in {request.applicant_id, request.person_id} - event.told:
        put_item(
            work, trigger="approved", receiver_id=receiver, kind="notice", about="request", about_id=request.id,
            facts=told(work.session, request, steps[-1]),
        )  # fmt: skip


def refuse(work: Work, request: Request, step: RequestStep, reason: str) -> None:
    """The request ends with this step; applicant and person hear why (N-03)."""
    _end(work, request, "refused", reason)
    facts = told(work.session, request, step) | {"reason": reason}
    for receiver in {request.applicant_id, request.person_id}:
        put_item(
            work, trigger="N-03", receiver_id=receiver, kind="notice", about="request", about_id=request.id,
            key=step.id, facts=facts,
        )  # fmt: skip
    tell(
        work,
        RequestRefused(request.id, request.kind, request.person_id, request.applicant_id, dict(request.form), reason),
    )  # fmt: skip


def withdraw(work: Work, request: Request, reason: str) -> None:
    """The request ends because nobody wants it any more."""
    _end(work, request, "withdrawn", reason)
    tell(
        work,
        RequestWithdrawn(request.id, request.kind, request.person_id, request.applicant_id, dict(request.form), reason),
    )  # fmt: skip


def watch(work: Work, request_id: str) -> None:
    """Look after one running request: who may decide, and whether somebody must be reminded (N-04)."""
    request = lock(work.session, request_id)
    if request is None:
        raise Problem("approvals.unknown", id=request_id)
    for step in steps_of(work.session, request_id) if request.state == "running" else ():
        if step.state != "open" or refresh(work, request, step):
            continue
        if rules.is_overdue(step.due_at, work.now):
            remind(work, request, step)


def needs_a_look(session: ScopedSession, request: Request, step: RequestStep, now: datetime) -> bool:
    """Whether `watch` would find something to do at an open step."""
    late = rules.is_overdue(step.due_at, now) and step.reminded_at is None
    if late or (rules.is_escalated(step.due_at, now) and step.escalated_at is None):
        return True
    found = concerned.who_decides(session, request, step, now)
    return (found.people, found.stand_ins) != (step.deciders, step.stand_ins)


def remind(work: Work, request: Request, step: RequestStep) -> None:
    """Tell the deciders that they are late, each once; a day later their managers, each once, however often this runs."""
    session = work.session
    facts = told(session, request, step)
    for person in dict.fromkeys([*step.deciders, *(pair[0] for pair in step.stand_ins)]):
        put_item(
            work, trigger="N-04", receiver_id=person, kind="notice", about="request", about_id=request.id,
            key=f"{step.id}/due", facts=facts, due_at=step.due_at,
        )  # fmt: skip
    if step.reminded_at is None:
        step.reminded_at = work.now
        note(work, request, step, "reminded")
        touch(work, request)
    if not rules.is_escalated(step.due_at, work.now):
        return
    if step.escalated_at is None:
        step.escalated_at = work.now
    said = names(session, step.deciders)
    late: dict[str, list[str]] = {}
    for person in step.deciders:
        above = concerned.manager_above(session, person, {request.person_id, *step.deciders}, work.now)
        if above is not None:
            late.setdefault(above, []).append(said.get(person, ""))
    for manager, whom in late.items():
        put_item(
            work, trigger="N-04", receiver_id=manager, kind="to_do", about="request", about_id=request.id,
            key=f"{step.id}/late", facts=facts | {"decider": "、".join(whom)}, due_at=step.due_at,
        )  # fmt: skip
