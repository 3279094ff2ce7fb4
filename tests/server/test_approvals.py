"""Requests: who decides is computed, no step is skipped, every outcome is told to the right person once."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contract.approvals import FormField, NameDecider, PublishFlow, RetireFlow, WithdrawRequest
from contract.ids import new_id
from contract.people import LetGo
from contract.wire import plain
from server.approvals import concerned, service
from server.approvals.chores import look_after_all
from server.approvals.events import RequestChecked
from server.approvals.model import FlowVersion, Request, RequestNote, RequestStep, Signature
from server.approvals.presets import ensure_presets, presets
from server.kernel.actors import Actor
from server.kernel.events import tell as engine_tell
from server.kernel.perform import writing
from tests.server.office import Office, step, transfer_form
from tests.server.world import SECRET
from tests.support.planted import instead


def notes(office: Office, request_id: str) -> list[str]:
    asked = sa.select(RequestNote.code).where(RequestNote.request_id == request_id).order_by(RequestNote.noted_at, RequestNote.id)
    return office.world.rows(asked)


TRANSFER = (("department", "zhou"), ("hr", "zhao"), ("leader", "sun"))


def test_a_transfer_goes_self_department_hr_leader_and_everybody_hears_once(any_office: Office) -> None:
    office = any_office
    request_id = office.ask("transfer", form=transfer_form(office))
    assert {key: found.state for key, found in office.steps(request_id).items()} == {
        "self": "approved", "department": "open", "hr": "waiting", "leader": "waiting", "over": "waiting",
    }  # fmt: skip
    assert office.items("zhou") == [("N-01", "to_do")] and office.items("zhao") == []
    office.approve(request_id, TRANSFER[0])
    assert office.items("zhou") == [] and office.items("zhao") == [("N-02", "to_do")] == office.items("qian")
    assert office.items("chen") == [("N-02", "notice")]
    row = office.row(request_id, "chen")
    assert row is not None and row.shown["store"] == "合作门店A" and row.labels["store"] == ("门店", "Store")
    assert [(one.key, one.state) for one in row.steps][:3] == [("self", "approved"), ("department", "approved"), ("hr", "open")]
    office.approve(request_id, TRANSFER[1])
    assert office.items("qian") == [], "what one of them has decided is no longer the other's to do"
    office.approve(request_id, TRANSFER[2])
    assert office.state(request_id) == "approved" and office.steps(request_id)["over"].state == "skipped"
    trail = [one for one in office.row(request_id, "chen").steps if one.state == "approved"]  # type: ignore[union-attr]
    assert [one.decided_by for one in trail] == ["陈伟", "周强", "赵敏", "孙立"] and all(one.decided_ms for one in trail)


def test_a_step_out_of_its_turn_or_by_the_wrong_person_is_refused(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    assert office.decide(request_id, "hr", "zhao").code == "approvals.not_open"
    assert office.decide(request_id, "department", "zhao").code == "approvals.not_yours"
    assert office.decide(request_id, "department", "chen").code == "approvals.own_request"
    assert office.decide(request_id, "department", "li").code == "approvals.step_unknown"
    assert office.decide(request_id, "department", "wu").code == "approvals.step_unknown"
    assert office.steps(request_id)["department"].state == "open"


def test_a_refusal_says_why_and_the_applicant_reads_it(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.approve(request_id, TRANSFER[0])
    for empty in ("", "   "):
        assert office.decide(request_id, "hr", "zhao", "refuse", empty).code == "approvals.reason_missing"
    assert office.decide(request_id, "hr", "zhao", "refuse", "合同20天后到期").status == "applied"
    assert office.state(request_id) == "refused"
    row = office.row(request_id, "chen")
    assert row is not None and row.reason == "合同20天后到期" and row.steps[2].comment == "合同20天后到期"
    assert office.items("chen") == [("N-03", "notice")], "how far it had come is no news any more"
    assert office.items("zhao") == [] == office.items("qian")
    assert office.decide(request_id, "leader", "sun").code == "approvals.ended"


def test_refusing_without_a_reason_is_422_over_http(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    body = {"step_id": office.steps(request_id)["department"].id, "decision": "refuse"}
    answered = office.world.client("zhou.x").post("/api/v1/requests/decisions", body)
    assert answered.status_code == 422 and answered.json["code"] == "approvals.reason_missing"


def test_a_form_is_judged_field_by_field(office: Office) -> None:
    def refused(**form: object) -> tuple[str | None, str | None]:
        outcome = office.world.do(office.asking("transfer", "chen", transfer_form(office, **form)), office.as_("chen"))
        return outcome.code, outcome.field

    assert refused(reason="") == ("form.missing", "form.reason")
    assert refused(store=new_id()) == ("stores.unknown", "form.store")
    assert refused(post="nobody") == ("approvals.post_unknown", "form.post")
    assert refused(**{"from": "2026-02-30"}) == ("form.not_a_day", "form.from")
    assert refused(extra="x") == ("form.unknown_field", "form.extra")


def test_a_store_is_found_by_its_number_and_a_post_by_its_code(office: Office) -> None:
    post_id = office.post()
    request_id = office.ask("transfer", form=transfer_form(office, store="A001", post="chef"))
    request = office.world.row(Request, request_id)
    assert (request.form["store"], request.form["post"]) == (office.store, post_id)
    assert request.shown["post"] == "门店厨师|Store chef" and request.store_id == office.store


def test_two_signatures_are_two_people(office: Office) -> None:
    office.define("double", step("hr", 1, "role:hr", signatures=2))
    request_id = office.ask("double")
    assert office.decide(request_id, "hr", "zhao").status == "applied"
    assert office.steps(request_id)["hr"].state == "open" and office.state(request_id) == "running"
    assert office.decide(request_id, "hr", "zhao").code == "approvals.already_signed"
    assert office.items("zhao") == [] and office.items("qian") == [("N-01", "to_do")]
    assert office.decide(request_id, "hr", "qian").status == "applied" and office.state(request_id) == "approved"


def test_steps_of_one_order_run_side_by_side(office: Office) -> None:
    office.define("both", step("a", 1, "own_manager"), step("b", 1, "role:hr"), step("c", 2, "role:leader"))
    request_id = office.ask("both")
    assert office.items("zhou") == [("N-01", "to_do")] == office.items("zhao")
    office.approve(request_id, ("b", "qian"))
    assert office.steps(request_id)["c"].state == "waiting" and office.items("zhou") == [("N-01", "to_do")]
    office.approve(request_id, ("a", "zhou"), ("c", "sun"))
    assert office.state(request_id) == "approved"


def test_a_manager_who_asks_for_themselves_is_decided_on_by_the_next_above(office: Office) -> None:
    office.define("plain", step("manager", 1, "own_manager"))
    request_id = office.ask("plain", "zhou")
    assert office.steps(request_id)["manager"].deciders == [office.people["boss"]]
    assert "from_above" in notes(office, request_id)
    assert office.decide(request_id, "manager", "zhou").code == "approvals.own_request"
    office.approve(request_id, ("manager", "boss"))


def test_hr_who_applies_for_another_does_not_decide_it(office: Office) -> None:
    request_id = office.ask("transfer", "zhao", about="chen", form=transfer_form(office))
    assert office.steps(request_id)["self"].state == "open", "the person's own word is still theirs to give"
    office.approve(request_id, ("self", "chen"), ("department", "zhou"))
    assert office.decide(request_id, "hr", "zhao").code == "approvals.own_request"
    office.approve(request_id, ("hr", "qian"))


def test_nobody_asks_for_somebody_they_have_nothing_to_do_with(office: Office) -> None:
    asked = office.asking("transfer", "chen", transfer_form(office))
    assert office.world.refusal(asked, office.as_("li")) == "approvals.not_for_them"
    assert office.world.refusal(asked, office.as_("zhou")) is None, "their manager may"


def test_an_optional_step_nobody_can_decide_is_passed_over_and_says_so(office: Office) -> None:
    office.define("qa", step("qa", 1, "role:qa", mandatory=False), step("hr", 2, "role:hr"))
    request_id = office.ask("qa")
    assert office.steps(request_id)["qa"].state == "skipped" and notes(office, request_id) == ["skipped_nobody"]
    assert office.steps(request_id)["hr"].state == "open"


def test_a_mandatory_step_nobody_can_decide_waits_for_hr_to_name_somebody(office: Office) -> None:
    office.define("qa", step("qa", 1, "role:qa"))
    request_id = office.ask("qa")
    qa = office.steps(request_id)["qa"]
    assert qa.state == "open" and qa.deciders == [] and office.items("zhao") == [("name_decider", "to_do")]

    def name(person: str, by: str = "zhao") -> str | None:
        return office.world.refusal(NameDecider(step_id=qa.id, person_id=office.people[person], reason="代管"), office.as_(by))

    assert name("li", by="zhou") == "access.not_allowed" and name("chen") == "approvals.own_request"
    assert name("li") is None and office.items("zhao") == [] and office.items("li") == [("N-01", "to_do")]
    assert name("zhou") == "approvals.decider_known"
    office.approve(request_id, ("qa", "li"))
    assert office.state(request_id) == "approved"


def test_an_approver_who_leaves_in_mid_flow_is_followed_by_the_next_above(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.world.must(LetGo(person_id=office.people["zhou"], reason="离职"))
    department = office.steps(request_id)["department"]
    assert department.deciders == [office.people["boss"]] and office.items("zhou") == []
    assert office.items("boss") == [("N-02", "to_do")] and "deciders_changed" in notes(office, request_id)
    office.approve(request_id, ("department", "boss"))


def test_a_demoted_approver_cannot_decide_even_before_anybody_has_looked(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.manage(office.kitchen, "li")
    assert office.steps(request_id)["department"].deciders == [office.people["zhou"]], "nobody has looked yet"
    assert office.decide(request_id, "department", "zhou").code == "approvals.not_yours"
    look_after_all(office.world.app.extensions["outpost"])
    assert office.steps(request_id)["department"].deciders == [office.people["li"]]
    assert office.items("zhou") == [] and office.items("li") == [("N-02", "to_do")]
    look_after_all(office.world.app.extensions["outpost"])
    assert office.items("li", open_only=False) == [("N-02", "to_do")], "looked twice, told once"


def test_deciders_that_are_kept_instead_of_computed_are_found(office: Office) -> None:
    """The control: were the step's memory asked, a demoted manager would still decide."""
    request_id = office.ask("transfer", form=transfer_form(office))
    office.manage(office.kitchen, "li")

    def remembered(session: object, request: object, found: RequestStep, now: object) -> concerned.Found:
        return concerned.Found(list(found.deciders), [], False, None)

    with instead(concerned, "who_decides", remembered):
        assert office.decide(request_id, "department", "zhou").status == "applied"


def test_a_person_who_leaves_ends_their_own_request(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    office.world.must(LetGo(person_id=office.people["chen"], reason="离职"))
    assert office.state(request_id) == "withdrawn" and notes(office, request_id) == ["person_left"]
    assert office.items("zhou") == []


def test_only_the_applicant_takes_a_request_back_and_only_while_it_runs(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    back = WithdrawRequest(request_id=request_id, reason="算了")
    assert office.world.refusal(back, office.as_("zhou")) == "approvals.not_applicant"
    assert office.world.refusal(back, office.as_("li")) == "approvals.unknown"
    office.world.must(back, office.as_("chen"))
    assert office.state(request_id) == "withdrawn" and office.items("zhou") == []
    assert office.world.refusal(back, office.as_("chen")) == "approvals.ended"


def test_a_running_request_finishes_on_the_version_it_began_with(office: Office) -> None:
    office.define("card", step("a", 1, "own_manager"), step("b", 2, "role:hr"))
    old = office.ask("card")
    office.define("card", step("only", 1, "role:leader"))
    new = office.ask("card")
    assert set(office.steps(old)) == {"a", "b"} and set(office.steps(new)) == {"only"}
    office.approve(old, ("a", "zhou"), ("b", "zhao"))
    assert office.state(old) == "approved" and office.state(new) == "running"
    versions = office.world.rows(sa.select(FlowVersion.version).where(FlowVersion.kind == "card").order_by(FlowVersion.version))
    assert versions == [1, 2]


def test_a_retired_kind_takes_no_more_requests_and_lets_the_running_ones_finish(office: Office) -> None:
    office.define("card", step("a", 1, "own_manager"))
    running = office.ask("card")
    office.world.must(RetireFlow(kind="card", reason="旧"))
    assert office.world.refusal(office.asking("card", "chen"), office.as_("chen")) == "approvals.retired"
    office.approve(running, ("a", "zhou"))


@pytest.mark.parametrize(
    ("fault", "flow"),
    [
        ("approvals.who_unknown", (step("a", 1, "role:king"),)),
        ("approvals.who_unknown", (step("a", 1, "aunt"),)),
        ("approvals.key_twice", (step("a", 1, "own_manager"), step("a", 2, "role:hr"))),
        ("approvals.store_needed", (step("a", 1, "receiving_manager"),)),
        ("approvals.one_manager", (step("a", 1, "own_manager", signatures=2),)),
        ("approvals.nobody_must_decide", (step("a", 1, "applicant"), step("b", 2, "role:hr", mandatory=False))),
    ],
)
def test_a_flow_that_could_not_work_is_not_published(office: Office, fault: str, flow: tuple[object, ...]) -> None:
    bad = PublishFlow(version_id=new_id(), kind="bad", name_zh="x", name_en="x", fields=[], steps=list(flow))  # type: ignore[arg-type]
    assert office.world.refusal(bad) == fault


def test_only_who_may_publishes_flows(office: Office) -> None:
    flow = PublishFlow(version_id=new_id(), kind="x", name_zh="x", name_en="x", fields=[], steps=[step("a", 1, "role:hr")])
    assert office.world.refusal(flow, office.as_("zhou")) == "access.not_allowed"
    assert office.world.refusal(flow, office.as_("zhao")) is None


def test_the_presets_are_published_once(office: Office) -> None:
    kinds = [flow.kind for flow in presets()]
    office_kinds = ["transfer", "transfer_store", "return", "extension", "recall", "leave", "missed_punch", "overtime"]
    assert kinds == [*office_kinds, "course_review", "training_request"]
    assert ensure_presets(office.world.db, now=office.world.clock(), secret=SECRET) == 0
    assert office.world.rows(sa.select(sa.func.count()).select_from(FlowVersion)) == [len(kinds)]


def test_employees_and_managers_see_only_what_concerns_them(office: Office) -> None:
    request_id = office.ask("transfer", form=transfer_form(office))
    assert {who for who in office.people if request_id in office.seen(who)} == {"chen", "zhou", "zhao", "qian", "sun", "boss"}
    assert office.row(request_id, "li") is None and office.row(request_id, "wu") is None
    assert office.seen("zhou", mine_to_decide=True) == [request_id] and office.seen("zhao", mine_to_decide=True) == []
    assert office.seen("zhao", q="陈伟") == [request_id] == office.seen("zhao", q="chenwei") and office.seen("zhao", q="李") == []


def test_the_receiving_store_decides_its_step(office: Office) -> None:
    request_id = office.ask("transfer_store", form=transfer_form(office))
    store = office.steps(request_id)["store"]
    assert store.deciders == [office.people["wu"]] and store.desk_id == office.store
    assert f"desk:{office.store}" in office.world.row(Request, request_id).scopes
    office.approve(request_id, ("store", "wu"), ("hr", "zhao"))
    assert office.state(request_id) == "approved"
    assert f"desk:{office.store}" not in office.world.row(Request, request_id).scopes


def test_sent_twice_a_request_is_one_and_is_told_once(office: Office) -> None:
    asked, op_id = office.asking("transfer", "chen", transfer_form(office)), new_id()
    for _ in range(2):
        assert office.world.do(asked, office.as_("chen"), op_id).status == "applied"
    assert office.world.refusal(asked, office.as_("chen")) == "operation.already_exists"
    assert office.items("zhou", open_only=False) == [("N-01", "to_do")]


FORCED = [
    sa.update(RequestStep).values(state="approved", decided_at=sa.func.now()),
    sa.update(RequestStep).where(RequestStep.key == "hr").values(state="open", opened_at=sa.func.now()),
    sa.update(RequestStep).where(RequestStep.key == "department").values(state="skipped", decided_at=sa.func.now()),
    sa.update(RequestStep).values(mandatory=False),
    sa.update(RequestStep).values(signatures=1, turn=1),
    sa.delete(RequestStep),
    sa.update(Request).values(state="approved", ended_at=sa.func.now()),
    sa.update(Signature).values(decision="refuse", comment="x"),
    sa.delete(Signature),
    sa.update(FlowVersion).values(steps=[]),
    sa.delete(FlowVersion),
]


@pytest.mark.parametrize("n", range(len(FORCED)))
def test_the_database_itself_lets_no_step_be_skipped(any_office: Office, n: int) -> None:
    """Whoever writes, past all of our code: a step cannot be jumped, a rule or a signature not be rewritten."""
    office = any_office
    request_id = office.ask("transfer", form=transfer_form(office))
    world = office.world
    with pytest.raises(sa.exc.IntegrityError):
        with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
            session.execute(FORCED[n], execution_options={"unledgered": True, "synchronize_session": False})
    assert office.state(request_id) == "running"


def test_a_guard_of_the_database_that_is_gone_is_missed(office: Office) -> None:
    """The control: without its trigger the same statement goes through."""
    request_id = office.ask("transfer", form=transfer_form(office))
    world = office.world
    with world.db.engine.connect() as connection:
        connection.execute(sa.text("DROP TRIGGER request_whole"))
        connection.commit()
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.execute(
            sa.update(Request).values(state="approved", ended_at=world.clock()),
            execution_options={"unledgered": True, "synchronize_session": False},
        )
    assert office.state(request_id) == "approved"


def test_a_step_skipped_by_api_is_not_there_to_be_skipped(office: Office) -> None:
    """Nothing a client can say names a state: the shapes have no such field."""
    request_id = office.ask("transfer", form=transfer_form(office))
    client = office.world.client("zhao.x")
    leader = office.steps(request_id)["leader"]
    for body in ({"step_id": leader.id, "decision": "skip"}, {"step_id": leader.id, "decision": "approve", "state": "approved"}):
        assert client.post("/api/v1/requests/decisions", body).status_code == 422
    answered = client.post("/api/v1/requests/decisions", {"step_id": leader.id, "decision": "approve"})
    assert answered.json["code"] == "approvals.not_open"
    submitted = plain(office.asking("transfer", "chen", transfer_form(office))) | {"steps": [], "state": "approved"}
    assert office.world.client("chen.x").post("/api/v1/requests", submitted).status_code == 422


def test_a_form_field_may_ask_for_anything_typed(office: Office) -> None:
    fields = (
        FormField(key="amount", label_zh="金额", label_en="Amount", kind="number", least=1, most=5_000),
        FormField(key="kind", label_zh="类型", label_en="Kind", kind="choice", choices=["a|办公|Office", "b|差旅|Travel"]),
        FormField(key="who", label_zh="同行", label_en="With", kind="person", required=False),
        FormField(key="paid", label_zh="已付", label_en="Paid", kind="yes_no"),
    )
    office.define("expense", step("a", 1, "own_manager"), step("b", 2, "role:hr"), step("c", 3, "role:leader"), fields=fields)
    request_id = office.ask("expense", form={"amount": 120, "kind": "b", "who": office.people["li"], "paid": False})
    shown = office.world.row(Request, request_id).shown
    assert shown == {"amount": "120", "kind": "差旅|Travel", "who": "李娜", "paid": "否|no"}
    wrong = office.asking("expense", "chen", {"amount": 6_000, "kind": "b", "paid": True})
    outcome = office.world.do(wrong, office.as_("chen"))
    assert (outcome.code, outcome.field, outcome.facts["most"]) == ("form.too_big", "form.amount", 5_000)
    office.approve(request_id, ("a", "zhou"), ("b", "zhao"), ("c", "sun"))
    assert office.items("chen").count(("approved", "notice")) == 1


def test_a_warning_must_have_been_seen_and_brings_the_extra_step(office: Office) -> None:
    def warn(_work: object, event: RequestChecked) -> None:
        event.warnings.append(("over_headcount", {"approved": 3, "filled": 3}))

    told = engine_tell

    def tell(work: object, event: object) -> None:
        warn(work, event) if isinstance(event, RequestChecked) else told(work, event)  # type: ignore[arg-type]

    with instead(service, "tell", tell):
        asked = office.asking("transfer", "chen", transfer_form(office))
        refused = office.world.do(asked, office.as_("chen"))
        assert refused.code == "approvals.warning"
        assert refused.facts["warnings"] == [["over_headcount", {"approved": 3, "filled": 3}]]
        request_id = office.ask("transfer", form=transfer_form(office), warned=["over_headcount"])
        office.approve(request_id, *TRANSFER)
    assert office.state(request_id) == "running" and office.steps(request_id)["over"].state == "open"
    assert office.decide(request_id, "over", "zhao").code == "approvals.own_request", "she has signed this request already"
