"""Many at once on one step, and every order of everything: one decision, and never a transition that may not be."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contract.approvals import DecideStep, Delegate, WithdrawRequest
from contract.ids import new_id
from contract.moments import to_ms
from contract.people import LetGo
from server.approvals import engine
from server.approvals import rules as approval_rules
from server.approvals.chores import look_after_all
from server.approvals.model import Request, RequestStep, Signature
from server.kernel.perform import Outcome
from tests.server.office import Office, office_on_sqlite, step, transfer_form
from tests.support.planted import instead

CLIENTS = 100


def test_a_hundred_clients_on_one_step_make_one_decision(any_office: Office) -> None:
    office = any_office
    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, ("department", "zhou"))
    hr = office.steps(request_id)["hr"]
    actors = [office.as_("zhao"), office.as_("qian")]

    def decide(n: int) -> Outcome:
        decision: Any = ("approve", "refuse")[n % 3 == 0]
        return office.world.do(DecideStep(step_id=hr.id, decision=decision, comment=f"by {n}"), actors[n % 2])

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(decide, range(CLIENTS)))
    assert [one.status for one in outcomes].count("applied") == 1
    assert {one.code for one in outcomes if one.status != "applied"} <= {"approvals.already_decided", "approvals.ended"}
    signed = office.world.rows(sa.select(Signature).where(Signature.step_id == hr.id))
    assert len(signed) == 1
    (late, *_) = [one for one in outcomes if one.code == "approvals.already_decided"] or [None]
    assert late is None or (late.facts["by"] in ("赵敏", "钱进") and late.facts["at_ms"] == to_ms(office.world.clock()))
    told = [item for who in ("chen", "sun") for item in office.items(who)]
    assert len(told) == len(set(told)), "nobody was told twice"


def test_a_hundred_signatures_of_two_people_are_two(any_office: Office) -> None:
    office = any_office
    office.define("double", step("hr", 1, "role:hr", signatures=2))
    request_id = office.ask("double")
    hr = office.steps(request_id)["hr"]
    actors = [office.as_("zhao"), office.as_("qian")]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(
            pool.map(lambda n: office.world.do(DecideStep(step_id=hr.id, decision="approve"), actors[n % 2]), range(CLIENTS))
        )
    assert [one.status for one in outcomes].count("applied") == 2 and office.state(request_id) == "approved"


KEYS = ("self", "department", "a", "b", "double", "extra", "last")
WHO = ("chen", "zhou", "zhao", "qian", "sun", "wu", "li", "boss")
DECISIONS = ("approve", "approve", "approve", "refuse")
MODEL_TURN = {"self": 1, "department": 2, "a": 3, "b": 3, "double": 4, "extra": 5, "last": 6}


class EveryOrder(RuleBasedStateMachine):
    """A flow with everything in it, driven by anybody in any order through the real perform. What must hold is said by facts
    of the rows, not by the engine's own rules."""

    office: Office
    request_id: str
    last: dict[str, str]

    @initialize()
    def begin(self) -> None:
        self.office = office = office_on_sqlite(Path(mkdtemp(prefix="outpost-orders-")))
        office.define(
            "all", step("self", 1, "applicant"), step("department", 2, "own_manager"), step("a", 3, "role:hr"),
            step("b", 3, "role:leader"), step("double", 4, "role:hr", signatures=2),
            step("extra", 5, "role:qa", mandatory=False), step("last", 6, "role:leader", deadline_h=5),
        )  # fmt: skip
        self.request_id = office.ask("all")
        self.last = {}

    @rule(key=st.sampled_from(KEYS), who=st.sampled_from(WHO), decision=st.sampled_from(DECISIONS))
    def somebody_decides(self, key: str, who: str, decision: str) -> None:
        self.office.decide(self.request_id, key, who, decision, "因为" if decision == "refuse" else "")

    @rule(who=st.sampled_from(WHO))
    def somebody_takes_it_back(self, who: str) -> None:
        if who == "chen":
            return  # it would end nearly every run at once: tested elsewhere
        outcome = self.office.world.do(WithdrawRequest(request_id=self.request_id), self.office.as_(who))
        assert outcome.status == "rejected"

    @rule(person=st.sampled_from(WHO[1:]), delegate=st.sampled_from(WHO))
    def somebody_is_away(self, person: str, delegate: str) -> None:
        now_ms, people = to_ms(self.office.world.clock()), self.office.people
        given = Delegate(
            delegation_id=new_id(), person_id=people[person], delegate_id=people[delegate], starts_ms=now_ms,
            ends_ms=now_ms + 7_200_000,
        )  # fmt: skip
        self.office.world.do(given, self.office.as_(person))

    @rule(who=st.sampled_from(("zhou", "wu")))
    def the_kitchen_gets_another_head(self, who: str) -> None:
        self.office.manage(self.office.kitchen, who)

    @rule()
    def somebody_leaves(self) -> None:
        self.office.world.do(LetGo(person_id=self.office.people["li"], reason="离职"))

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.office.world.clock.pass_(hours=hours)
        look_after_all(self.office.world.app.extensions["outpost"])

    @invariant()
    def no_transition_was_illegal(self) -> None:
        if getattr(self, "office", None) is None:
            return
        request = self.office.world.row(Request, self.request_id)
        steps = self.office.steps(self.request_id)
        CHECK(self.office, request, steps)
        for key, before in self.last.items():
            now = steps[key].state
            assert now == before or before in ("waiting", "open"), f"{key} was {before} and is {now}"
        self.last = {key: found.state for key, found in steps.items()}

    def teardown(self) -> None:
        if getattr(self, "office", None) is not None:
            self.office.world.close()


def check_rows(office: Office, request: Request, steps: dict[str, RequestStep]) -> None:
    """What must hold of a request and its steps at any moment."""
    for key, found in steps.items():
        if found.state != "waiting":
            earlier = [one.state for other, one in steps.items() if MODEL_TURN[other] < MODEL_TURN[key]]
            assert set(earlier) <= {"approved", "skipped"}, f"{key} is {found.state} before its turn: {earlier}"
        assert found.state != "skipped" or not found.mandatory, f"{key} must not be skipped"
        signed = office.world.rows(sa.select(Signature).where(Signature.step_id == found.id))
        people = {one.signer_id for one in signed}
        assert len(people) == len(signed) <= found.signatures
        assert found.state != "approved" or len([one for one in signed if one.decision == "approve"]) == found.signatures
        assert key == "self" or request.person_id not in people, "nobody decides about themselves"
    states = {found.state for found in steps.values()}
    assert request.state != "approved" or states <= {"approved", "skipped"}
    assert request.state != "refused" or "refused" in states
    assert request.state != "running" or ("open" in states and "refused" not in states)


CHECK = check_rows
_RUNS = {"max_examples": 8, "stateful_step_count": 25, "deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
def test_no_order_of_anything_makes_an_illegal_transition() -> None:
    checked: list[str] = []

    def counted(office: Office, request: Request, steps: dict[str, RequestStep]) -> None:
        check_rows(office, request, steps)
        checked.append(request.state)

    with instead(sys.modules[__name__], "CHECK", counted):
        run_state_machine_as_test(EveryOrder, settings=settings(**_RUNS))  # type: ignore[arg-type]
    assert len(checked) >= 50, "the machine looked at hardly anything"


@pytest.mark.slow
def test_a_naive_engine_is_caught_by_the_same_machine() -> None:
    """The control: one that lets whoever asks sign, in any order, is found, by the machine or by the database before it."""
    naive = approval_rules.Right

    def anybody(person_id: str, *_: Any) -> Any:
        return naive(person_id)

    machine = EveryOrder()
    with instead(approval_rules, "right_of", anybody), pytest.raises(AssertionError, match="about themselves"):
        machine.begin()
        for key in KEYS:
            machine.somebody_decides(key, "chen", "approve")
            machine.no_transition_was_illegal()
    machine.teardown()


# The database refuses in a sibling session, which takes the whole transaction back there and then; the outer one finds it gone.
@pytest.mark.filterwarnings("ignore:transaction already deassociated")
def test_an_engine_that_opens_everything_at_once_is_stopped_by_the_database(office: Office) -> None:
    """The control: with naive rules the request is refused by the database, not half done."""

    def all_at_once(steps: Any, *_: Any) -> approval_rules.Advance:
        return approval_rules.Advance([one.id for one in steps if one.state == "waiting"], [], False)

    with instead(engine.rules, "advance", all_at_once):
        refused = office.world.do(office.asking("transfer", "chen", transfer_form(office)), office.as_("chen"))
    assert refused.code == "operation.breaks_a_rule"
