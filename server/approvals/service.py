"""What can be done to flows, requests and delegations. Who decides is computed here, whatever a client thinks it may."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from contract.approvals import (
    DecideStep,
    Delegate,
    EndDelegation,
    FormField,
    NameDecider,
    PublishFlow,
    RetireFlow,
    StepRule,
    SubmitRequest,
    WatchRequests,
    WithdrawRequest,
)
from contract.forms import photos_of
from contract.ids import derived_id
from contract.moments import instant, to_ms
from contract.people import ROLES
from contract.wire import convert, plain
from server.approvals import chores, concerned, engine, forms, reactions, rules
from server.approvals.events import RequestChecked, RequestSubmitted
from server.approvals.model import Delegation, Flow, FlowVersion, Request, RequestParty, RequestPhoto, RequestStep, Signature
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person, PersonStore

assert chores and reactions  # importing them registers what is done by time, and what follows from people leaving
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def acting(work: Work) -> str:
    """Who acts: the signed-in person, the phone's person, or whoever typed their PIN at a tablet."""
    if work.device is None:
        person = work.actor.person_id
    else:
        person = work.device.person_id if work.device.kind == "phone" else work.act.actor_id
    if person is None:
        raise Problem("access.not_allowed", needs=Permission.SUBMIT_REQUEST.value)
    return person


# -- flows ---------------------------------------------------------------------------------------------------------------


@handles(PublishFlow, needs=Permission.MANAGE_FLOWS)
def publish(work: Work, op: PublishFlow) -> None:
    """The next version of a kind of request. Requests that run keep the version they began with."""
    fault = rules.judge_flow(op.fields, op.steps, ROLES)
    if fault is not None:
        raise Problem(fault.code, field=fault.field)
    with engine.as_system(work) as inner:
        session = inner.session
        if session.get(FlowVersion, op.version_id) is not None:
            raise Problem("operation.already_exists", field="version_id", id=op.version_id)
        flow = session.scalars(sa.select(Flow).where(Flow.kind == op.kind).with_for_update()).one_or_none()
        past = session.scalar(sa.select(sa.func.max(FlowVersion.version)).where(FlowVersion.kind == op.kind)) or 0
        inner.add(
            FlowVersion(
                id=op.version_id, kind=op.kind, version=past + 1, name_zh=op.name_zh, name_en=op.name_en,
                fields=plain(op.fields), steps=plain(op.steps), from_phone=op.from_phone, urgent=op.urgent,
                published_at=work.now, published_by=work.actor.person_id,
            )
        )  # fmt: skip
        session.flush()
        if flow is None:
            inner.add(Flow(id=derived_id("flow", op.kind), kind=op.kind, version_id=op.version_id, retired_at=None))
        else:
            flow.version_id, flow.retired_at = op.version_id, None


@handles(RetireFlow, needs=Permission.MANAGE_FLOWS)
def retire(work: Work, op: RetireFlow) -> None:
    with engine.as_system(work) as inner:
        flow = inner.session.scalars(sa.select(Flow).where(Flow.kind == op.kind).with_for_update()).one_or_none()
        if flow is None:
            raise Problem("approvals.kind_unknown", field="kind", kind=op.kind)
        if flow.retired_at is not None:
            raise Problem("approvals.retired", kind=op.kind)
        flow.retired_at = work.now


# -- requests ------------------------------------------------------------------------------------------------------------


@handles(SubmitRequest, needs=Permission.SUBMIT_REQUEST)
def submit(work: Work, op: SubmitRequest) -> None:
    """Somebody asks. What later areas find wrong refuses it; what they warn of must have been seen."""
    who = acting(work)
    with engine.as_system(work) as inner:
        session = inner.session
        if session.get(Request, op.request_id) is not None:
            raise Problem("operation.already_exists", field="request_id", id=op.request_id)
        version = _version_for(inner, op.kind)
        person: Person = inner.find(Person, op.person_id, "people.unknown")
        if not person.active:
            raise Problem("people.has_left", field="person_id", id=op.person_id)
        _may_ask(work, inner, who, person.id)
        if work.device is not None and not version.from_phone:
            raise Problem("approvals.not_from_phone", kind=op.kind)
        fields = convert(version.fields, list[FormField])
        form, shown = forms.settle(session, fields, op.form)
        today = company_day(work.now)
        event = RequestChecked(op.kind, person.id, form, today, op.request_id, who)
        tell(inner, event)
        unseen = [code for code, _ in event.warnings if code not in op.warned]
        if unseen:
            raise Problem("approvals.warning", field="warned", warning=unseen[0], warnings=[list(one) for one in event.warnings])
        unit = concerned.home_unit(session, person.id, work.now)
        request = Request(
            id=op.request_id, kind=op.kind, flow_id=version.id, number=_number(op.request_id, today.strftime("%y%m%d")),
            person_id=person.id, applicant_id=who, unit_id=unit, store_id=_store_in(fields, form), asked_on=today,
            state="running", form=form, shown=shown, warnings=[list(one) for one in event.warnings], scopes=[], rev=0,
            submitted_at=work.now, ended_at=None, reason="",
        )  # fmt: skip
        inner.add(request)
        session.flush()
        for rule in convert(version.steps, list[StepRule]):
            inner.add(_step(request, rule))
        for field in fields:
            for photo in photos_of(form.get(field.key)) if field.kind == "photo" else ():
                photo_id = derived_id("request photo", request.id, field.key, photo)
                inner.add(RequestPhoto(id=photo_id, request_id=request.id, key=field.key, photo=photo))
        engine.touch(inner, request)
        tell(inner, RequestSubmitted(request.id, request.kind, person.id, form))
        engine.move_on(inner, request, trigger="N-01")


def _version_for(work: Work, kind: str) -> FlowVersion:
    flow = work.session.scalars(sa.select(Flow).where(Flow.kind == kind)).one_or_none()
    if flow is None:
        raise Problem("approvals.kind_unknown", field="kind", kind=kind)
    if flow.retired_at is not None:
        raise Problem("approvals.retired", field="kind", kind=kind)
    return work.session.get_one(FlowVersion, flow.version_id)


def _may_ask(work: Work, inner: Work, who: str, person_id: str) -> None:
    """For oneself; for another who may arrange requests there, or manages them. At a tablet: those it knows."""
    if work.device is not None and work.device.kind == "kiosk":
        known = sa.select(PersonStore.id).where(
            PersonStore.person_id == person_id, PersonStore.store_id == work.device.store_id
        )  # fmt: skip
        if inner.session.execute(known.limit(1)).first() is None:
            raise Problem("approvals.not_for_them", field="person_id", id=person_id)
    if who == person_id or work.actor.has_everywhere(Permission.NAME_DECIDER):
        return
    unit = concerned.home_unit(inner.session, person_id, work.now)
    if unit in work.actor.stores_for(Permission.NAME_DECIDER) or concerned.manages(inner.session, who, person_id, work.now):
        return
    raise Problem("approvals.not_for_them", field="person_id", id=person_id)


def _number(request_id: str, day: str) -> str:
    """A number people can say: the day, and five letters and digits out of the id."""
    mixed = int.from_bytes(hashlib.sha256(request_id.encode()).digest()[:4])
    return f"R{day}-" + "".join(_ALPHABET[mixed >> 5 * n & 31] for n in range(5))


def _store_in(fields: list[FormField], form: dict[str, Any]) -> str | None:
    return next((form[field.key] for field in fields if field.kind == "store" and field.key in form), None)


def _step(request: Request, rule: StepRule) -> RequestStep:
    return RequestStep(
        id=derived_id("step", request.id, rule.key), request_id=request.id, key=rule.key, turn=rule.order,
        title_zh=rule.title_zh, title_en=rule.title_en, by=rule.by, who=rule.who, mandatory=rule.mandatory,
        signatures=rule.signatures, deadline_h=rule.deadline_h, only_if=rule.only_if, state="waiting", deciders=[],
        stand_ins=[], named=[], round=0, desk_id=None, opened_at=None, due_at=None, reminded_at=None, escalated_at=None,
        decided_at=None, decided_by=None, for_id=None, comment="",
    )  # fmt: skip


@handles(DecideStep, needs=Permission.DECIDE_STEP)
def decide(work: Work, op: DecideStep) -> None:
    """One person's word on an open step. The request is held until this transaction ends, so a step is decided once."""
    who = acting(work)
    with engine.as_system(work) as inner:
        session = inner.session
        known = session.get(RequestStep, op.step_id)
        request = engine.lock(session, known.request_id) if known is not None else None
        if known is None or request is None:
            raise Problem("approvals.step_unknown", id=op.step_id)
        session.refresh(known)
        step: RequestStep = known
        _must_concern(inner, work, request, step, who)
        if refused := rules.may_decide(request.state, step.state, op.decision, op.comment):
            raise _too_late(inner, request, step, refused)
        _at_this_desk(work, op, step)
        right = _right(inner, request, step, who)
        engine.sign(inner, request, step, who, right.for_id, op.decision, op.comment.strip())
        if step.state == "open":  # another signature is still needed
            close_items(inner, request.id, receiver_id=who, key=step.id)
            engine.refresh(inner, request, step)
            engine.touch(inner, request)
        elif step.state == "refused":
            engine.refuse(inner, request, step, op.comment.strip())
        else:
            close_items(inner, request.id, key=step.id)
            engine.move_on(inner, request, trigger="N-02", decided=step)


def _right(work: Work, request: Request, step: RequestStep, who: str) -> rules.Right:
    """By whose right somebody signs, computed now: not by what the step knew when it opened."""
    session = work.session
    found = concerned.who_decides(session, request, step, work.now)
    signed = session.execute(sa.select(Signature.signer_id, Signature.for_id).where(Signature.step_id == step.id)).all()
    if any(row.signer_id == who for row in signed):
        raise Problem("approvals.already_signed", id=step.id)
    stand_ins = [(delegate, owner) for delegate, owner in found.stand_ins]
    barred = concerned.barred_from(session, request, step)
    right = rules.right_of(who, found.people, stand_ins, {row.for_id for row in signed}, barred)
    if right is None:
        raise Problem("approvals.own_request" if who in barred else "approvals.not_yours", id=step.id)
    return right


def _must_concern(inner: Work, work: Work, request: Request, step: RequestStep, who: str) -> None:
    """To whom a request is nothing, there is no such step; those concerned learn why they may not decide."""
    session = inner.session
    asked = sa.select(RequestParty.id).where(RequestParty.request_id == request.id, RequestParty.person_id == who)
    units = work.actor.stores_for(Permission.READ_REQUESTS)
    reads = work.actor.has_everywhere(Permission.READ_REQUESTS) or request.unit_id in units
    if reads or session.execute(asked).first() is not None:
        return
    found = concerned.who_decides(session, request, step, inner.now)
    if who not in found.people and all(delegate != who for delegate, _ in found.stand_ins):
        raise Problem("approvals.step_unknown", id=step.id)


def _too_late(work: Work, request: Request, step: RequestStep, code: str) -> Problem:
    """What somebody learns whose decision came too late: what was decided, by whom and when."""
    if code == "approvals.already_decided":
        said = engine.names(work.session, [step.decided_by])
        at = to_ms(step.decided_at) if step.decided_at is not None else 0
        return Problem(code, id=step.id, decision=step.state, by=said.get(step.decided_by or "", ""), at_ms=at)
    if code == "approvals.ended":
        at = to_ms(request.ended_at) if request.ended_at is not None else 0
        return Problem(code, id=step.id, state=request.state, at_ms=at)
    return Problem(code, field="comment" if code == "approvals.reason_missing" else None, id=step.id)


def _at_this_desk(work: Work, op: DecideStep, step: RequestStep) -> None:
    """A store's tablet decides what is its own store's, by somebody whose PIN it checked."""
    device = work.device
    if device is None or device.kind != "kiosk":
        return
    if step.desk_id is None or step.desk_id != device.store_id:
        raise Problem("approvals.not_at_this_desk", id=step.id)
    if op.kiosk is None or not op.kiosk.pin:
        raise Problem("approvals.pin_needed", id=step.id)


@handles(WithdrawRequest, needs=Permission.SUBMIT_REQUEST)
def withdraw(work: Work, op: WithdrawRequest) -> None:
    who = acting(work)
    with engine.as_system(work) as inner:
        request = engine.lock(inner.session, op.request_id)
        if request is None or (request.applicant_id != who and not _reads(work, inner, request, who)):
            raise Problem("approvals.unknown", id=op.request_id)
        if request.applicant_id != who:
            raise Problem("approvals.not_applicant", id=op.request_id)
        if request.state != "running":
            at = to_ms(request.ended_at) if request.ended_at is not None else 0
            raise Problem("approvals.ended", id=op.request_id, state=request.state, at_ms=at)
        engine.withdraw(inner, request, op.reason)


def _reads(work: Work, inner: Work, request: Request, who: str) -> bool:
    asked = sa.select(RequestParty.id).where(RequestParty.request_id == request.id, RequestParty.person_id == who)
    return work.actor.has_everywhere(Permission.READ_REQUESTS) or inner.session.execute(asked).first() is not None


@handles(NameDecider, needs=Permission.NAME_DECIDER)
def name_decider(work: Work, op: NameDecider) -> None:
    """HR names somebody where the rule finds too few: never the person, the applicant, or somebody who has left."""
    with engine.as_system(work) as inner:
        session = inner.session
        known = session.get(RequestStep, op.step_id)
        request = engine.lock(session, known.request_id) if known is not None else None
        if known is None or request is None or not _may_name(work, request):
            raise Problem("approvals.step_unknown", id=op.step_id)
        session.refresh(known)
        step: RequestStep = known
        if step.state != "open" or request.state != "running":
            raise Problem("approvals.not_open", id=op.step_id)
        found = concerned.who_decides(session, request, step, work.now)
        if len(found.people) >= step.signatures:
            raise Problem("approvals.decider_known", id=op.step_id)
        person: Person = inner.find(Person, op.person_id, "people.unknown")
        if not person.active:
            raise Problem("people.has_left", field="person_id", id=person.id)
        if person.id in concerned.barred_from(session, request, step) or person.id in (request.person_id, request.applicant_id):
            raise Problem("approvals.own_request", field="person_id", id=step.id)
        step.named = [*step.named, person.id]
        said = engine.names(session, [person.id])[person.id]
        engine.note(inner, request, step, "named", who=said, reason=op.reason)
        engine.refresh(inner, request, step)
        close_items(inner, request.id, triggers=["name_decider"], key=step.id)


def _may_name(work: Work, request: Request) -> bool:
    everywhere = work.actor.has_everywhere(Permission.NAME_DECIDER)
    return everywhere or request.unit_id in work.actor.stores_for(Permission.NAME_DECIDER)


# -- delegation ----------------------------------------------------------------------------------------------------------


@handles(Delegate, needs=Permission.DECIDE_STEP)
def delegate(work: Work, op: Delegate) -> None:
    """Somebody hands their decisions to another while away; HR may do it for them."""
    who = acting(work)
    if op.person_id != who and not work.actor.has_everywhere(Permission.NAME_DECIDER):
        raise Problem("approvals.not_for_them", field="person_id", id=op.person_id)
    with engine.as_system(work) as inner:
        session = inner.session
        if session.get(Delegation, op.delegation_id) is not None:
            raise Problem("operation.already_exists", field="delegation_id", id=op.delegation_id)
        for name, person_id in (("person_id", op.person_id), ("delegate_id", op.delegate_id)):
            person: Person | None = session.get(Person, person_id)
            if person is None:
                raise Problem("people.unknown", field=name, id=person_id)
            if not person.active:
                raise Problem("people.has_left", field=name, id=person_id)
        if op.person_id == op.delegate_id:
            raise Problem("approvals.to_oneself", field="delegate_id")
        if op.ends_ms <= op.starts_ms or op.ends_ms <= to_ms(work.now):
            raise Problem("approvals.ends_before_start", field="ends_ms")
        inner.add(
            Delegation(
                id=op.delegation_id, person_id=op.person_id, delegate_id=op.delegate_id,
                starts_at=instant(op.starts_ms), ends_at=instant(op.ends_ms),
            )
        )  # fmt: skip
        session.flush()
        said = engine.names(session, [op.person_id])
        put_item(
            inner, trigger="delegated", receiver_id=op.delegate_id, kind="notice", about="delegation",
            about_id=op.delegation_id, facts={"who": said[op.person_id], "starts_ms": op.starts_ms, "ends_ms": op.ends_ms},
        )  # fmt: skip
        reactions.refresh_waiting_for(inner, op.person_id)


@handles(EndDelegation, needs=Permission.DECIDE_STEP)
def end_delegation(work: Work, op: EndDelegation) -> None:
    """It ends now; one that has not begun never was. By whoever gave it, or HR."""
    who = acting(work)
    with engine.as_system(work) as inner:
        given = inner.session.get(Delegation, op.delegation_id, with_for_update=True)
        arranges = work.actor.has_everywhere(Permission.NAME_DECIDER)
        if given is None or (who not in (given.person_id, given.delegate_id) and not arranges):
            raise Problem("approvals.delegation_unknown", id=op.delegation_id)
        if who == given.delegate_id and not arranges:
            raise Problem("approvals.not_for_them", id=op.delegation_id)
        if given.ends_at <= work.now:
            raise Problem("approvals.delegation_over", id=op.delegation_id)
        owner = given.person_id
        if given.starts_at >= work.now:
            inner.session.delete(given)
        else:
            given.ends_at = work.now
        inner.session.flush()
        reactions.refresh_waiting_for(inner, owner)


# -- by time -------------------------------------------------------------------------------------------------------------


@handles(WatchRequests, needs=Permission.MANAGE_FLOWS)
def watch(work: Work, op: WatchRequests) -> None:
    with engine.as_system(work) as inner:
        for request_id in sorted(op.requests):
            engine.watch(inner, request_id)
