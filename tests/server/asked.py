"""Requests for the rights matrix: fresh ones for what ends them, one of each store's person to look at."""

from __future__ import annotations

from typing import Any

from contract.approvals import Delegate, PublishFlow, StepRule, SubmitRequest
from contract.ids import derived_id, new_id
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import perform
from tests.support.company import Company

HR_STEP = StepRule(key="hr", order=1, title_zh="人事审批", title_en="HR", by="role", who="hr")


def publish(company: Company, kind: str) -> str:
    """A flow of one step, decided by HR."""
    company.must(PublishFlow(version_id=new_id(), kind=kind, name_zh="证件", name_en="Card", fields=[], steps=[HR_STEP]))
    return kind


def request_about(company: Company, person_id: str, kind: str = "card") -> str:
    """The person's own request, which HR must decide."""
    request_id = new_id()
    _by(company, person_id, SubmitRequest(request_id=request_id, kind=kind, person_id=person_id, form={}))
    return request_id


def _by(company: Company, person_id: str, operation: Wire) -> None:
    who = Actor.person(person_id, new_id(), [("employee", None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def body(company: Company, endpoint: str, spare: str, person_id: str) -> Any:
    """What can be asked of requests: about somebody without a column (`spare`), made fresh for each asking."""
    fresh, delegation_id, now_ms = new_id(), new_id(), company.true_ms
    over_ms = now_ms + 9_000_000
    request_id = request_about(company, spare) if endpoint.startswith("requests/") else new_id()
    step_id = derived_id("step", request_id, "hr")
    if endpoint == "delegations/ended":
        given = Delegate(
            delegation_id=delegation_id, person_id=spare, delegate_id=person_id, starts_ms=now_ms, ends_ms=over_ms
        )  # fmt: skip
        _by(company, spare, given)
    bodies: dict[str, Any] = {
        "flows": {"version_id": fresh, "kind": fresh, "name_zh": "n", "name_en": "n", "fields": [],
                  "steps": [{"key": "a", "order": 1, "title_zh": "t", "title_en": "t", "by": "role", "who": "hr"}]},
        "flows/retired": {"kind": publish(company, fresh[-12:]) if endpoint == "flows/retired" else "", "reason": "r"},
        "requests": {"request_id": fresh, "kind": "card", "person_id": spare, "form": {}},
        "requests/decisions": {"step_id": step_id, "decision": "approve"},
        "requests/withdrawals": {"request_id": request_id, "reason": "r"},
        "requests/deciders": {"step_id": step_id, "person_id": person_id, "reason": "r"},
        "delegations": {"delegation_id": fresh, "person_id": spare, "delegate_id": company.people["p4"],
                        "starts_ms": now_ms, "ends_ms": over_ms},
        "delegations/ended": {"delegation_id": delegation_id},
        "inbox/seen": {"item_id": fresh},
        "inbox/unseen": {"item_id": fresh},
        "inbox/wish": {"language": "zh", "email": "a@b.example"},
        "inbox/browsers": {
            "endpoint": "https://93.184.216.34/push", "auth": "AAECAwQFBgcICQoLDA0ODw",
            "p256dh": "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
        },
        "inbox/browsers/removed": {"subscription_id": fresh},
    }  # fmt: skip
    return bodies[endpoint]
