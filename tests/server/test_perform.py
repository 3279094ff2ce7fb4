"""The one way in: replays, racing copies, batches, reaching beyond one's rights, and what is remembered of a refusal."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.people import ChangePassword, Hire, LetGo
from server.kernel.actors import Actor
from server.kernel.events import reacts_to
from server.kernel.feed import SyncChange
from server.kernel.ledger import History, OpLog
from server.kernel.perform import reading, writing
from server.people.events import PersonLeft
from server.people.model import Account, Person
from tests.server.world import World


def _hire(number: str, name: str = "李伟") -> Hire:
    return Hire(person_id=new_id(), number=number, name=name, home_org="总部")


def test_eight_copies_of_one_operation_at_once_are_one_operation_with_one_answer(any_world: World):
    op_id, hiring = new_id(), _hire("E-1")
    gate, ended = Barrier(8), []

    def send() -> None:
        gate.wait()
        outcome = any_world.do(hiring, op_id=op_id)
        ended.append((outcome.status, outcome.code))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [("applied", None)] * 8
    assert len(any_world.rows(sa.select(Person).where(Person.number == "E-1"))) == 1


def test_a_refusal_is_remembered_and_given_again_even_when_it_would_work_now(any_world: World):
    any_world.must(_hire("E-1"))
    op_id, second = new_id(), _hire("E-1", "林娜")
    assert any_world.do(second, op_id=op_id).code == "people.number_taken"
    again = any_world.do(second, op_id=op_id)
    assert again.code == "people.number_taken" and again.facts == {"number": "E-1"}


def test_the_same_id_with_another_password_is_not_a_replay(world: World):
    any_account = world.accounts["chen"]
    op_id = new_id()
    first = world.do(ChangePassword(account_id=any_account, password="quiet-Orchid-88-window"), op_id=op_id)
    other = world.do(ChangePassword(account_id=any_account, password="loud-Basalt-17-meadow"), op_id=op_id)
    assert (first.status, other.code) == ("applied", "operation.id_reused")


def test_a_batch_with_a_bad_one_does_the_others_and_says_which(any_world: World):
    asked = [(new_id(), _hire(number)) for number in ("B-1", "B-2", "B-1", "B-3")]
    outcomes = any_world.do_many(asked)
    assert [outcome.code for outcome in outcomes] == [None, None, "people.number_taken", None]
    assert len(any_world.rows(sa.select(Person).where(Person.number.like("B-%")))) == 3


def test_a_good_batch_is_one_transaction_with_an_entry_for_each_operation(any_world: World):
    asked = [(new_id(), _hire(f"B-{n}")) for n in range(50)]
    any_world.do_many(asked)
    with reading(any_world.db, Actor.system()) as session:
        entries = session.scalars(sa.select(OpLog).where(OpLog.op_id.in_([op_id for op_id, _ in asked]))).all()
        tags = session.scalars(sa.select(SyncChange.pos).where(SyncChange.entity == "person").order_by(SyncChange.pos)).all()
    assert len(entries) == 50 and {entry.status for entry in entries} == {"applied"}
    assert tags[-50:] == list(range(tags[-50], tags[-50] + 50))


def test_history_names_the_operation_that_changed_the_row_also_inside_a_batch(any_world: World):
    people = [any_world.hire(f"员工{n}") for n in range(3)]
    asked = [(new_id(), LetGo(person_id=person_id, reason="x")) for person_id in people]
    any_world.do_many(asked)
    for (op_id, _), person_id in zip(asked, people, strict=True):
        [change] = any_world.rows(sa.select(History).where(History.row_id == person_id))
        assert change.op_id == op_id and change.before["active"] is True and change.after["active"] is False


def test_a_reaction_that_fails_fails_the_operation_and_takes_the_far_rows_back_too(
    any_world: World, monkeypatch: pytest.MonkeyPatch
):
    from server.kernel import events

    monkeypatch.setattr(events, "REACTIONS", {kind: list(known) for kind, known in events.REACTIONS.items()})

    @reacts_to(PersonLeft)
    def fails(_work: object, _event: PersonLeft) -> None:
        raise RuntimeError("the reaction is broken")

    hr = any_world.account(any_world.hire("周敏"), "zhou", "hr")
    lin = any_world.hire("林娜")
    any_world.account(lin, "lin", "auditor")
    with pytest.raises(RuntimeError):
        any_world.do(LetGo(person_id=lin, reason="x"), hr)
    assert any_world.row(Person, lin).active
    assert any_world.row(Account, any_world.accounts["lin"]).disabled_at is None


def test_a_session_to_look_with_cannot_write(any_world: World):
    wei = any_world.hire("李伟")
    with reading(any_world.db, any_world.admin) as session:
        session.get_one(Person, wei).name = "别人"
        with pytest.raises((RuntimeError, sa.exc.InternalError)):
            session.flush()


def test_bulk_statements_that_would_pass_the_ledger_by_are_stopped(any_world: World):
    with pytest.raises(RuntimeError, match="unledgered"):
        with writing(any_world.db, Actor.system(), op_id=new_id(), now=any_world.clock()) as session:
            session.execute(sa.update(Person).values(active=False))
