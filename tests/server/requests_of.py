"""Requests in tests: asked for by somebody, decided by whoever the flow names, HR naming somebody where it names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from contract.approvals import DecideStep, NameDecider, SubmitRequest
from contract.ids import new_id
from server.approvals.model import Request, RequestStep
from server.kernel.actors import Actor
from server.kernel.perform import Outcome
from server.people.model import Account
from tests.server.world import World


def as_employee(world: World, person_id: str) -> Actor:
    """Somebody signed in with no more than an employee's rights."""
    held = world.rows(sa.select(Account).where(Account.person_id == person_id))
    if held:
        return Actor.person(person_id, held[0].id, [("employee", None)])
    return world.account(person_id, f"e-{person_id[-8:]}", "employee")


def ask(world: World, kind: str, name: str, form: dict[str, Any], *, must: bool = True, warned: Sequence[str] = ()) -> Any:
    """Ask for something; answers the request's id, or with `must` False the outcome."""
    person_id = world.people[name]
    request_id = new_id()
    outcome = world.do(
        SubmitRequest(request_id=request_id, kind=kind, person_id=person_id, form=form, warned=list(warned)),
        as_employee(world, person_id),
    )
    if not must:
        return outcome
    assert outcome.status == "applied", f"{outcome.code} {outcome.facts}"
    return request_id


def open_steps(world: World, request_id: str) -> list[RequestStep]:
    """The steps that can be decided now."""
    found = sa.select(RequestStep).where(RequestStep.request_id == request_id, RequestStep.state == "open")
    return world.rows(found.order_by(RequestStep.turn, RequestStep.key))


def decide_all(world: World, request_id: str, decision: str = "approve", comment: str = "") -> list[Outcome]:
    """Decide step after step until the request has ended."""
    done: list[Outcome] = []
    while steps := open_steps(world, request_id):
        step = steps[0]
        deciders = list(step.deciders)
        if not deciders:
            chosen = world.people["陈思远"]
            world.must(NameDecider(step_id=step.id, person_id=chosen, reason="nobody else is there"))
            deciders = [chosen]
        who = as_employee(world, deciders[0])
        done.append(world.must(DecideStep(step_id=step.id, decision=decision, comment=comment), who))  # type: ignore[arg-type]
    [request] = world.rows(sa.select(Request).where(Request.id == request_id))
    assert request.state in ("approved", "refused"), request.state
    return done
