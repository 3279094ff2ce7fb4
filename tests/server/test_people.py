"""Hiring, leaving, accounts, roles and PINs."""

from __future__ import annotations

import sqlalchemy as sa

from contract.ids import new_id
from contract.people import (
    ChangePassword,
    ClearPin,
    CloseAccount,
    GrantRole,
    Hire,
    LetGo,
    OpenAccount,
    PeopleQuery,
    ReopenAccount,
    SetPin,
    WithdrawRole,
)
from server.kernel.actors import Actor
from server.kernel.ledger import History, OpLog
from server.kernel.perform import Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from server.people import queries
from server.people.model import Account, Grant, Person
from server.people.service import set_pin
from server.postings.model import Posting
from tests.server.world import PASSWORD, World

VERIFIER = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$3vJ1cKq0r6m2o0n0xw3m1w"


def _offer_pin(world: World, person_id: str, *, kind: str, device_person: str | None = None, store_id: str | None = None):
    """A PIN as a device brings it; answers the code of the refusal, None when it was taken."""
    from contract.moments import TimeTaken, to_ms

    now_ms = to_ms(world.clock())
    device = DeviceFacts(new_id(), kind, device_person, store_id, "hw", None)
    actor = Actor.device(device.device_id, device_person)
    act = Act(new_id(), None, person_id, TimeTaken(now_ms, now_ms, now_ms, "exact"), world.clock())
    try:
        with writing(world.db, actor, op_id=act.op_id, now=world.clock()) as session:
            set_pin(Work(session, actor, world.clock(), act, b"", device), SetPin(person_id=person_id, verifier=VERIFIER))
    except Problem as problem:
        return problem.code
    return None


def test_somebody_is_found_by_name_by_pinyin_and_by_initials(any_world: World):
    wei = any_world.hire("李伟", "E-1042")
    any_world.hire("王芳", "E-1043")
    for typed in ("李伟", "liwei", "LW", "1042", " 伟 "):
        with any_world.looking() as session:
            found = queries.people_page(session, PeopleQuery(q=typed))
        assert [card.id for card in found.items] == [wei], typed


def test_percent_and_underscore_in_a_search_mean_themselves(any_world: World):
    any_world.hire("李伟")
    for typed in ("%", "_", "l%w", "\\"):
        with any_world.looking() as session:
            assert queries.people_page(session, PeopleQuery(q=typed)).items == [], typed


def test_pages_of_people_hold_everybody_once_while_people_come(any_world: World):
    names = {any_world.hire(f"员工{n:03d}", f"N{n:03d}") for n in range(25)}
    seen: list[str] = []
    cursor = None
    while True:
        with any_world.looking() as session:
            page = queries.people_page(session, PeopleQuery(sort="number", limit=7, cursor=cursor, q="员工"))
        seen += [card.id for card in page.items]
        any_world.hire("员工新来", f"A{len(seen):03d}")  # sorts before the cursor: it may not push anybody twice
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) and set(seen) == names


def test_a_number_is_given_once(any_world: World):
    any_world.hire("李伟", "E-1")
    taken = Hire(person_id=new_id(), number="E-1", name="林娜", home_org="总部")
    assert any_world.refusal(taken) == "people.number_taken"


def test_a_name_of_spaces_is_no_name(world: World):
    assert world.refusal(Hire(person_id=new_id(), number="E-9", name="\u3000 \t", home_org="总部")) == "wire.missing"


def test_hiring_twice_with_one_operation_hires_once(any_world: World):
    op_id, hiring = new_id(), Hire(person_id=new_id(), number="E-7", name="李伟", home_org="总部")
    assert any_world.do(hiring, op_id=op_id).status == "applied"
    assert any_world.do(hiring, op_id=op_id).status == "applied"
    assert len(any_world.rows(sa.select(Person).where(Person.number == "E-7"))) == 1


def test_the_same_operation_id_for_something_else_is_refused(world: World):
    op_id = new_id()
    world.do(Hire(person_id=new_id(), number="E-7", name="李伟", home_org="总部"), op_id=op_id)
    again = world.do(Hire(person_id=new_id(), number="E-8", name="李伟", home_org="总部"), op_id=op_id)
    assert again.code == "operation.id_reused"


def test_common_passwords_and_ones_made_of_the_login_are_refused(world: World):
    wei = world.hire("李伟", "E-1042")
    for weak in ("password1", "12345678", "qwertyuiop", "liwei2026", "１２３４５６７８"):
        opening = OpenAccount(account_id=new_id(), person_id=wei, login="liwei", password=weak)
        assert world.refusal(opening) == "people.weak_password", weak


def test_a_password_is_kept_nowhere_but_as_argon2id(as_shipped: None, world: World):
    world.account(world.hire("李伟"), "wei", "hr")
    with world.looking(Actor.system()) as session:
        logged = b"".join(session.scalars(sa.select(OpLog.raw)))
        history = str(session.scalars(sa.select(History.after)).all())
    assert PASSWORD.encode() not in logged and PASSWORD not in history
    account = world.row(Account, world.accounts["wei"])
    assert account.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_logins_differ_by_more_than_capitals(any_world: World):
    any_world.account(any_world.hire("李伟"), "wei", "hr")
    other = any_world.hire("林娜")
    opening = OpenAccount(account_id=new_id(), person_id=other, login="WEI", password=PASSWORD)
    assert any_world.refusal(opening) == "people.login_taken"


def test_a_role_is_held_once_and_can_be_taken_back(any_world: World):
    any_world.account(any_world.hire("李伟"), "wei", "hr")
    account_id = any_world.accounts["wei"]
    again = GrantRole(grant_id=new_id(), account_id=account_id, role="hr")
    assert any_world.refusal(again) == "operation.already_exists"
    [grant] = any_world.rows(sa.select(Grant).where(Grant.account_id == account_id))
    any_world.must(WithdrawRole(grant_id=grant.id, reason="moved"))
    assert any_world.rows(sa.select(Grant).where(Grant.account_id == account_id)) == []


def test_nobody_can_lock_everybody_out_of_the_accounts(any_world: World):
    chen = any_world.people["陈思远"]
    account_id = any_world.accounts["chen"]
    [grant] = any_world.rows(sa.select(Grant).where(Grant.account_id == account_id))
    for closing in (
        CloseAccount(account_id=account_id, reason="x"),
        LetGo(person_id=chen, reason="x"),
        WithdrawRole(grant_id=grant.id, reason="x"),
    ):
        assert any_world.refusal(closing) == "people.last_admin", closing
    any_world.account(any_world.hire("高丽"), "gao", "admin")
    assert any_world.refusal(CloseAccount(account_id=account_id, reason="second admin is here")) is None


def test_who_leaves_loses_accounts_pin_and_postings_in_one_act(any_world: World):
    hr = any_world.account(any_world.hire("周敏"), "zhou", "hr")
    lin = any_world.hire("林娜")
    store = any_world.open_store("静安店")
    any_world.account(lin, "lin", "store_manager", store)
    running = any_world.post(lin, store, "2026-11-01", "2026-11-30")
    coming = any_world.post(lin, store, "2026-12-10")
    any_world.must(LetGo(person_id=lin, reason="moved away"), hr)  # HR may not manage accounts; leaving closes them all the same
    assert not any_world.row(Person, lin).active
    assert any_world.row(Account, any_world.accounts["lin"]).disabled_at == any_world.clock()
    ended = any_world.row(Posting, running)
    assert ended.ends_on.isoformat() == "2026-11-21" and ended.ended_because == "moved away"
    assert any_world.row(Posting, coming) is None
    assert any_world.refusal(LetGo(person_id=lin, reason="again"), hr) == "people.has_left"
    reopening = ReopenAccount(account_id=any_world.accounts["lin"], reason="mistake")
    assert any_world.refusal(reopening) == "people.has_left"


def test_a_phone_sets_the_pin_of_its_own_person_only(any_world: World):
    wei, lin = any_world.hire("李伟"), any_world.hire("林娜")
    assert _offer_pin(any_world, lin, kind="phone", device_person=wei) == "people.pin_of_another"
    assert any_world.row(Person, lin).pin_verifier is None
    assert _offer_pin(any_world, wei, kind="phone", device_person=wei) is None
    assert any_world.row(Person, wei).pin_verifier == VERIFIER


def test_a_tablet_takes_a_first_pin_from_those_who_work_in_its_store(any_world: World):
    here, elsewhere = any_world.open_store("静安店"), any_world.open_store("徐汇店")
    wei, lin = any_world.hire("李伟"), any_world.hire("林娜")
    any_world.post(wei, here)
    any_world.post(lin, elsewhere)
    assert _offer_pin(any_world, lin, kind="kiosk", store_id=here) == "people.pin_of_another"
    assert _offer_pin(any_world, wei, kind="kiosk", store_id=here) is None
    assert _offer_pin(any_world, wei, kind="kiosk", store_id=here) == "people.pin_already_set"
    any_world.must(ClearPin(person_id=wei, reason="forgotten"))
    assert _offer_pin(any_world, wei, kind="kiosk", store_id=here) is None


def test_an_admin_may_change_a_password_and_its_owner_but_nobody_else(any_world: World):
    wei = any_world.account(any_world.hire("李伟"), "wei", "hr")
    any_world.account(any_world.hire("林娜"), "lin", "hr")
    lins = ChangePassword(account_id=any_world.accounts["lin"], password="quiet-Orchid-88-window")
    assert any_world.refusal(lins, wei) == "people.account_unknown"
    assert any_world.refusal(lins) is None


def test_a_manager_finds_the_people_of_her_store_and_numbers_of_nobody_elses(any_world: World):
    store, other = any_world.open_store("静安店"), any_world.open_store("徐汇店")
    lin = any_world.account(any_world.hire("林娜"), "lin", "store_manager", store)
    wei = any_world.hire("李伟", mobile="13800000000")
    far = any_world.hire("赵强", mobile="13900000000")
    any_world.post(wei, store)
    any_world.post(far, other)
    with any_world.looking(lin) as session:
        seen = queries.people_page(session, PeopleQuery()).items
    assert {card.name for card in seen} == {"林娜", "李伟"}
    assert {card.name: card.mobile for card in seen}["李伟"] == "13800000000", "whom she must be able to call"
    with any_world.looking(lin) as session:
        assert queries.people_page(session, PeopleQuery(q="13900000000")).items == []
    with any_world.looking() as session:
        [card] = queries.people_page(session, PeopleQuery(q="liwei")).items
    assert card.mobile == "13800000000"
