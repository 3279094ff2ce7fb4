"""Roles are data that two people change together; what one process confirms the next request at another one obeys."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract import wire
from contract.ids import new_id
from contract.people import GrantRole, LetGo, OpenAccount, WithdrawRole
from contract.roles import ConfirmRoleChange, FieldRuleBody, ProposeRoleChange, RejectRoleChange, RoleBody
from server.kernel.actors import READY, Actor, Permission
from server.kernel.db import Database
from server.kernel.perform import reading, writing
from server.kernel.reference import Reference
from server.people import queries, rights, roles_queries
from server.people.model import Role, RoleChange
from tests.server.world import PASSWORD, Client, World
from tests.support.company import Company
from tests.support.handset import new_handset
from tests.support.lent_app import lent_app
from tests.support.planted import instead
from tests.web.visitor import Visitor


def body(world: World, role: str) -> RoleBody:
    with world.looking(Actor.system()) as session:
        return roles_queries.body_of(session, roles_queries.role_called(session, role))


def changed(world: World, role: str, *, add: tuple[str, ...] = (), without: tuple[str, ...] = (), **fields: Any) -> RoleBody:
    """The role as it is, with some rights more or less; fields: `home__pay="read"`."""
    now = body(world, role)
    rules = {(rule.relation, rule.field): rule for rule in now.fields}
    for name, mode in fields.items():
        relation, _, field = name.partition("__")
        rules.pop((relation, field), None)
        if mode != "hidden":
            rules[relation, field] = FieldRuleBody(relation=relation, field=field, mode=mode)
    permissions = sorted((set(now.permissions) | set(add)) - set(without))
    return RoleBody(name_zh=now.name_zh, name_en=now.name_en, permissions=permissions, fields=list(rules.values()))


def of_field(field: str, mode: Any) -> FieldRuleBody:
    return FieldRuleBody(relation="home", field=field, mode=mode)


def second_admin(world: World) -> Actor:
    return world.account(world.hire("周敏"), "zhou", "admin")


def propose(role: str, after: RoleBody) -> ProposeRoleChange:
    return ProposeRoleChange(change_id=new_id(), role=role, after=after, reason="按总部要求")


def agreed(world: World, role: str, after: RoleBody, other: Actor) -> None:
    """Proposed by the admin, confirmed by the other."""
    change = propose(role, after)
    world.must(change)
    world.must(ConfirmRoleChange(change_id=change.change_id), other)


def test_the_ready_roles_are_the_declared_ones(any_world: World):
    with any_world.looking(Actor.system()) as session:
        kept = rights.rulebook(session)
        found = session.scalars(sa.select(Role))
        names = {role.key: (role.name_zh, role.name_en, role.is_ready, role.grantable) for role in found}
    assert kept.permissions == READY.permissions
    assert kept.fields == {stand: dict(rule) for stand, rule in READY.fields.items()}
    assert names["store_manager"] == ("店长", "Store manager", True, True) and names["tablet"][3] is False


def test_one_person_alone_changes_nothing(any_world: World):
    change = propose("qa", changed(any_world, "qa", add=("attendance.review",)))
    any_world.must(change)
    assert "attendance.review" not in body(any_world, "qa").permissions
    assert any_world.refusal(ConfirmRoleChange(change_id=change.change_id)) == "people.same_person"
    assert any_world.refusal(RejectRoleChange(change_id=change.change_id, reason="r")) == "people.same_person"
    assert "attendance.review" not in body(any_world, "qa").permissions


def test_a_second_person_confirms_and_both_are_kept(any_world: World):
    zhou = second_admin(any_world)
    before = body(any_world, "qa")
    change = propose("qa", changed(any_world, "qa", add=("attendance.review",), home__mobile="masked"))
    any_world.must(change)
    any_world.clock.pass_(hours=2)
    any_world.must(ConfirmRoleChange(change_id=change.change_id), zhou)
    after = body(any_world, "qa")
    assert "attendance.review" in after.permissions
    assert FieldRuleBody(relation="home", field="mobile", mode="masked") in after.fields
    kept = any_world.row(RoleChange, change.change_id)
    assert (kept.state, kept.proposed_by, kept.decided_by) == ("confirmed", any_world.people["陈思远"], any_world.people["周敏"])
    assert kept.before == wire.plain(before) and kept.after == wire.plain(after) and kept.reason == "按总部要求"
    assert any_world.refusal(ConfirmRoleChange(change_id=change.change_id), zhou) == "people.role_change_decided"


def test_one_person_with_two_accounts_is_still_one(world: World):
    account_id = new_id()
    world.must(OpenAccount(account_id=account_id, person_id=world.people["陈思远"], login="chen2", password=PASSWORD))
    again = Actor.person(world.people["陈思远"], account_id, [("admin", None)])
    change = propose("qa", changed(world, "qa", add=("attendance.review",)))
    world.must(change)
    assert world.refusal(ConfirmRoleChange(change_id=change.change_id), again) == "people.same_person"
    assert world.refusal(ConfirmRoleChange(change_id=change.change_id), Actor.system()) == "access.not_allowed"


def test_the_database_too_knows_that_it_takes_two(any_world: World):
    """The control: somebody who writes past every rule of ours."""
    change = propose("qa", changed(any_world, "qa", add=("attendance.review",)))
    any_world.must(change)
    forged = sa.update(RoleChange).values(state="confirmed", decided_by=any_world.people["陈思远"])
    with pytest.raises(sa.exc.IntegrityError):
        with writing(any_world.db, Actor.system(), op_id=new_id(), now=any_world.clock()) as session:
            session.execute(forged, execution_options={"unledgered": True})
    assert any_world.row(RoleChange, change.change_id).state == "open"


def test_what_is_rejected_stays_in_the_record_and_changes_nothing(world: World):
    zhou = second_admin(world)
    change = propose("qa", changed(world, "qa", add=("attendance.review",)))
    world.must(change)
    world.must(RejectRoleChange(change_id=change.change_id, reason="品质部不复核打卡"), zhou)
    kept = world.row(RoleChange, change.change_id)
    assert (kept.state, kept.decision_reason) == ("rejected", "品质部不复核打卡")
    assert "attendance.review" not in body(world, "qa").permissions
    assert world.refusal(propose("qa", changed(world, "qa", add=("attendance.review",)))) is None, "it may be proposed again"


def test_two_proposals_for_one_role_do_not_wait_side_by_side(any_world: World):
    zhou = second_admin(any_world)
    any_world.must(propose("qa", changed(any_world, "qa", add=("attendance.review",))))
    assert any_world.refusal(propose("qa", changed(any_world, "qa", add=("leave.read",)))) == "people.role_change_open"
    assert any_world.refusal(propose("leader", changed(any_world, "leader", add=("audit.read",))), zhou) is None


def test_a_role_that_has_moved_on_is_not_overwritten(world: World):
    zhou = second_admin(world)
    change = propose("qa", changed(world, "qa", add=("attendance.review",)))
    world.must(change)
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        roles_queries.role_called(session, "qa").name_en = "Quality"
    assert world.refusal(ConfirmRoleChange(change_id=change.change_id), zhou) == "people.role_change_stale"


@pytest.mark.parametrize("kept", ["people.manage_accounts", "people.manage_roles"])
def test_administrators_cannot_lose_what_nobody_could_give_back(world: World, kept: str):
    assert world.refusal(propose("admin", changed(world, "admin", without=(kept,)))) == "people.admin_keeps"


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (RoleBody(name_zh="x", name_en="x", permissions=["pay.double"], fields=[]), "people.right_unknown"),
        (
            RoleBody(name_zh="x", name_en="x", permissions=[], fields=[of_field("iq", "read")]),
            "people.field_unknown",
        ),
        (
            RoleBody(name_zh="x", name_en="x", permissions=[], fields=[of_field("pay", "masked")]),
            "people.field_not_masked",
        ),
        (RoleBody(name_zh=" ", name_en="x", permissions=[], fields=[]), "wire.missing"),
    ],
)
def test_a_role_is_made_of_rights_and_fields_that_exist(world: World, after: RoleBody, code: str):
    assert world.refusal(propose("visitor", after)) == code


def test_a_proposal_that_changes_nothing_is_said_to(world: World):
    assert world.refusal(propose("qa", body(world, "qa"))) == "people.role_unchanged"


def test_a_new_role_is_made_granted_and_obeyed(any_world: World):
    zhou = second_admin(any_world)
    store, other = any_world.open_store("静安店"), any_world.open_store("徐汇店")
    after = RoleBody(
        name_zh="巡店", name_en="Visitor", permissions=["people.read", "self.read"],
        fields=[FieldRuleBody(relation="host_during", field="name", mode="read")],
    )  # fmt: skip
    account_id, person = new_id(), any_world.hire("吴桐")
    any_world.must(OpenAccount(account_id=account_id, person_id=person, login="wu", password=PASSWORD))
    grant = GrantRole(grant_id=new_id(), account_id=account_id, role="store_visitor", unit_id=store)
    assert any_world.refusal(grant) == "people.role_unknown"
    agreed(any_world, "store_visitor", after, zhou)
    any_world.must(grant)
    here, there = any_world.hire("李伟", mobile="13800001111"), any_world.hire("王芳")
    any_world.post(here, store), any_world.post(there, other)
    seen = any_world.client("wu").get("/api/v1/people").json["items"]
    assert {row["id"]: row for row in seen if row["id"] != person} == {here: {"id": here, "name": "李伟"}}


def test_a_list_is_taken_along_as_a_file_only_by_who_may_export(world: World):
    zhou = second_admin(world)
    world.account(world.hire("高明"), "gao", "leader")
    visitor = Visitor(world.app)
    visitor.sign_in("gao", PASSWORD)
    page = "/console/people?format=csv"
    assert visitor.get(page).mimetype == "text/csv" and "format=csv" in visitor.get("/console/people").text
    agreed(world, "leader", changed(world, "leader", without=("exports.run",)), zhou)
    assert visitor.get(page).status_code == 403 and "format=csv" not in visitor.get("/console/people").text


def test_nobody_holds_what_is_a_devices(world: World):
    grant = GrantRole(grant_id=new_id(), account_id=world.accounts["chen"], role="tablet")
    assert world.refusal(grant) == "people.role_unknown"


def another_server(world: World) -> tuple[Database, Client]:
    """A second process over the same database: its own engine, its own memory of reference rows, its own app."""
    db = Database(world.settings.database_url, pool_size=2)
    return db, Client(lent_app(world.settings, db=db, clock=world.clock).test_client())


def allowed_after_confirming(world: World) -> list[int]:
    """What another server answers to a leader before and after a change is confirmed here."""
    zhou = second_admin(world)
    world.account(world.hire("高明"), "gao", "leader")
    db, there = another_server(world)
    there.sign_in("gao")
    met = [there.get("/api/v1/people").status_code, there.get("/api/v1/devices").status_code]
    agreed(world, "leader", changed(world, "leader", without=("devices.read",)), zhou)
    met.append(there.get("/api/v1/devices").status_code)
    agreed(world, "leader", changed(world, "leader", add=("devices.read",)), zhou)
    met.append(there.get("/api/v1/devices").status_code)
    db.dispose()
    return met


def test_what_one_process_confirms_the_next_request_at_another_obeys(any_world: World):
    assert allowed_after_confirming(any_world) == [200, 200, 403, 200]


def test_a_memory_that_never_looks_whether_it_is_still_true_is_found(world: World):
    """The control: a process that keeps the rules it read at first."""
    kept = Reference.at

    def never_again(self: Reference, version: int) -> Any:
        return kept(self, max(self.version, 0) if self.version >= 0 else version)

    with instead(Reference, "at", never_again):
        assert allowed_after_confirming(world) != [200, 200, 403, 200]


def test_field_rules_too_hold_at_the_next_request_elsewhere(any_world: World):
    zhou = second_admin(any_world)
    any_world.account(any_world.hire("高明"), "gao", "leader")
    wei = any_world.hire("李伟", mobile="13812345678")
    db, there = another_server(any_world)
    there.sign_in("gao")
    seen = [there.get(f"/api/v1/people/{wei}").json.get("mobile")]
    for mode in ("masked", "hidden"):
        agreed(any_world, "leader", changed(any_world, "leader", home__mobile=mode), zhou)
        seen.append(there.get(f"/api/v1/people/{wei}").json.get("mobile"))
    db.dispose()
    assert seen == ["13812345678", "138****5678", None]


def test_loading_rights_costs_a_request_no_statement_more(world: World):
    """The grants, and whether what is remembered of roles and units still holds, come with the session itself."""
    world.account(world.hire("林娜"), "lin", "store_manager", world.open_store("静安店"))
    client = world.client("lin")
    client.get("/api/v1/session")
    said: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(re.sub(r"\s+", " ", statement))

    sa.event.listen(world.db.engine, "before_cursor_execute", count)
    answered = client.get("/api/v1/session")
    sa.event.remove(world.db.engine, "before_cursor_execute", count)
    asked = [statement for statement in said if statement.startswith("SELECT")]
    assert answered.status_code == 200 and len(asked) == 1, asked


def test_a_punch_at_a_tablet_asks_nothing_of_roles(quick_folder: Path):
    """A device's operations need no role: what is loaded for people at the console costs a punch no statement."""
    company = Company(quick_folder / "server").prepare().found()
    company.post("p1", "A", company.today() - timedelta(days=3))
    tablet = new_handset(company, "tablet", store="A")
    tablet.sync()
    said: list[str] = []
    sa.event.listen(company.db.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_: said.append(statement))
    assert tablet.punch(person="p1") and tablet.sync()
    tablet.core.close()
    company.close()
    roles = re.compile(r"\b(role|role_permission|field_rule|role_change|web_session)\b")
    assert any("punch" in statement for statement in said) and not [found for found in said if roles.search(found)]


def test_the_last_administrator_stays_one_whatever_roles_there_are(any_world: World):
    """An administrator is whoever holds a role with that right everywhere and without an end, whatever it is called."""
    chen = any_world.people["陈思远"]
    zhou = second_admin(any_world)
    grant = next(row for row in any_world.client("chen").get("/api/v1/session").json["roles"] if row["role"] == "admin")
    any_world.must(LetGo(person_id=any_world.people["周敏"], reason="离职"))
    assert any_world.refusal(LetGo(person_id=chen, reason="r")) == "people.last_admin"
    withdraw = WithdrawRole(grant_id=grant["grant_id"], reason="r")
    assert any_world.refusal(withdraw) == "people.last_admin"
    for_a_while = any_world.hire("吴桐"), new_id()
    any_world.must(OpenAccount(account_id=for_a_while[1], person_id=for_a_while[0], login="wu", password=PASSWORD))
    any_world.must(GrantRole(grant_id=new_id(), account_id=for_a_while[1], role="admin", until="2026-12-01"))
    assert any_world.refusal(withdraw) == "people.last_admin", "one whose grant ends is not one to rely on"
    assert zhou.may(Permission.MANAGE_ROLES)


def test_a_grant_ends_with_its_day(any_world: World):
    person, account_id = any_world.hire("吴桐"), new_id()
    any_world.must(OpenAccount(account_id=account_id, person_id=person, login="wu", password=PASSWORD))
    any_world.must(GrantRole(grant_id=new_id(), account_id=account_id, role="auditor", until="2026-11-21"))
    any_world.clock.pass_(hours=11, minutes=50)
    client = any_world.client("wu")
    assert client.get("/api/v1/people").status_code == 200
    any_world.clock.pass_(minutes=10)
    assert client.get("/api/v1/people").status_code == 403, "midnight in Shanghai: the 21st has begun"
    no_day = GrantRole(grant_id=new_id(), account_id=account_id, role="hr", until="2026-02-30")
    assert any_world.refusal(no_day) == "people.no_such_day"


def test_a_grant_bound_to_a_posting_runs_and_ends_with_it(any_world: World):
    person, account_id = any_world.hire("吴桐"), new_id()
    store = any_world.open_store("静安店")
    posting = any_world.post(person, store, "2026-11-22", "2026-11-24")
    any_world.must(OpenAccount(account_id=account_id, person_id=person, login="wu", password=PASSWORD))
    any_world.must(GrantRole(grant_id=new_id(), account_id=account_id, role="employee"))
    bound = {"grant_id": new_id(), "account_id": account_id, "role": "store_manager", "unit_id": store}
    assert any_world.refusal(GrantRole(**bound, posting_id=new_id())) == "postings.unknown"
    any_world.must(GrantRole(**bound, posting_id=posting))
    met = []
    for _ in range(5):
        met.append(any_world.client("wu").get("/api/v1/people").status_code)
        any_world.clock.pass_(days=1)
    assert met == [403, 403, 200, 200, 403]


def test_who_holds_a_role_over_a_unit_is_the_same_whoever_asks(any_world: World):
    store, other = any_world.open_store("静安店"), any_world.open_store("徐汇店")
    near = any_world.account(any_world.hire("林娜"), "lin", "store_manager", store)
    any_world.account(any_world.hire("赵雷"), "zhao", "store_manager", other)
    hr = any_world.account(any_world.hire("孙莉"), "sun", "hr")
    day = any_world.clock().date()
    for who in (Actor.system(), near, Actor.device(new_id(), None)):
        with reading(any_world.db, who) as session:
            assert queries.holders_of(session, "store_manager", store, day) == [near.person_id]
            assert queries.holders_of(session, "hr", store, day) == [hr.person_id]
            assert queries.holders_of(session, "hr", None, day) == [hr.person_id]
            assert queries.holders_of(session, "qa", store, day) == []


