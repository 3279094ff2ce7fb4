"""The log of everything that was done: entered once and in order, whatever dies; and whoever changes the past is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.attendance import ReviewPunch
from contract.audit import VerifyLog, open_restart, origin_of
from contract.ids import new_id
from contract.merkle import is_included, open_head, root_of
from contract.people import GrantRole
from server.audit import leaves, sequencer
from server.audit.heads import HeadFile
from server.audit.model import AuditRun
from server.audit.sequencer import catch_up, enter
from server.audit.verify import Report, Verification, verify
from server.audit.watched import NOT_WATCHED
from server.kernel.db import Base, table_of
from server.kernel.feed import SyncFeed
from server.kernel.http import Outpost
from server.kernel.jobs import run_due
from server.kernel.ledger import History, OpLog
from server.kernel.perform import perform
from server.kernel.tree import AuditHead, AuditLeaf, AuditRestart, AuditTree, Tree
from server.kernel.witness import WATCHED, AuditPending
from server.people.model import Person
from tests.mobile.field import Field, fix_at
from tests.server.world import SECRET, World
from tests.support.planted import instead
from tests.support.superuser import Superuser

_leaf, _pending = table_of(AuditLeaf), table_of(AuditPending)


def out_of(world: World) -> Outpost:
    found: Outpost = world.app.extensions["outpost"]
    return found


def compared(world: World, *notes: str) -> Report:
    with world.db.snapshot() as connection:
        return verify(connection, out_of(world).signer.public, notes=notes)


def entries(world: World) -> list[leaves.Leaf]:
    with world.db.snapshot() as connection:
        found = [leaves.read_leaf(bytes(body)) for body in connection.scalars(sa.select(_leaf.c.body).order_by(_leaf.c.idx))]
    assert all(found)
    return [leaf for leaf in found if leaf is not None]


@contextmanager
def superuser(world: World) -> Iterator[sa.Connection]:
    """Everything is allowed, triggers and keys are off, and nothing stays."""
    engine = sa.create_engine(world.db.url)
    with engine.connect() as connection:
        if world.db.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.commit()
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.rollback()
    engine.dispose()


@contextmanager
def unguarded_copy(field: Field) -> Iterator[sa.Connection]:
    """A copy of the database without the guards that live in it."""
    engine = sa.create_engine(f"sqlite:///{field.backup()}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.commit()
        for trigger in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        for index in connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")).all():
            connection.exec_driver_sql(f"DROP INDEX {index}")
        connection.commit()
        yield connection
        connection.rollback()
    engine.dispose()


# entering


def test_every_operation_is_entered_once_with_the_rows_it_wrote(any_world: World):
    catch_up(out_of(any_world))
    before = len(entries(any_world))
    person = any_world.hire("李伟")
    assert any_world.refusal(GrantRole(grant_id=new_id(), account_id=new_id(), role="hr")) is not None
    assert compared(any_world).waiting > 0
    catch_up(out_of(any_world))
    hired, refused = entries(any_world)[before:]
    assert (hired.type, hired.status, refused.status) == ("people.hire/1", "applied", "rejected")
    assert ("person", person) in {(table, key) for table, key, _ in hired.rows}
    assert refused.code and [table for table, _, _ in refused.rows] == ["op_log"]
    report = compared(any_world)
    assert report.is_clean and report.waiting == 0 and report.size == before + 2


def test_what_was_there_before_the_log_is_in_it(any_world: World):
    """The world's own beginnings were made before anything was entered."""
    catch_up(out_of(any_world))
    known = {leaf.op for leaf in entries(any_world) if leaf.kind == "op"}
    assert known == {row.op_id for row in any_world.rows(sa.select(OpLog))}
    vouched = {(table, key) for leaf in entries(any_world) for table, key, _ in leaf.rows}
    assert {("person", row.id) for row in any_world.rows(sa.select(Person))} <= vouched


def test_every_table_is_watched_or_says_why_not():
    assert set(WATCHED) | set(NOT_WATCHED) == set(Base.metadata.tables)
    assert not set(WATCHED) & set(NOT_WATCHED) and all(NOT_WATCHED.values())


def test_a_crash_between_the_operation_and_its_entry_loses_nothing(any_world: World):
    catch_up(out_of(any_world))
    person = any_world.hire("李伟")

    def dies(*_: Any) -> None:
        raise MemoryError("killed here")

    for place in ("_store", "sign_if_due"):
        any_world.clock.pass_(seconds=30)
        with instead(sequencer, place, dies), pytest.raises(MemoryError):
            catch_up(out_of(any_world))
        assert compared(any_world).is_clean
    catch_up(out_of(any_world))
    made = [leaf for leaf in entries(any_world) if ("person", person) in {(t, k) for t, k, _ in leaf.rows}]
    assert len(made) == 1 and compared(any_world).is_clean and compared(any_world).waiting == 0


def test_an_operation_that_is_rolled_back_leaves_no_note(any_world: World):
    catch_up(out_of(any_world))

    def breaks(*_: Any) -> None:
        raise ArithmeticError("a bug")

    with instead(any_world, "clock", any_world.clock), pytest.raises(ArithmeticError):
        from server.kernel import perform as kernel

        with instead(kernel, "stamp", breaks):
            any_world.hire("李伟")
    assert any_world.rows(sa.select(AuditPending)) == [] and compared(any_world).is_clean


def test_two_sequencers_at_once_enter_everything_once(any_world: World):
    for n in range(60):
        any_world.hire(f"P{n}")
    failed: list[BaseException] = []

    def at_it() -> None:
        try:
            for _ in range(40):
                enter(any_world.db, out_of(any_world).signer, any_world.clock())
        except BaseException as bad:
            failed.append(bad)

    with instead(sequencer, "MOST_OPS", 5):
        threads = [threading.Thread(target=at_it) for _ in range(3)]
        for thread in threads:
            thread.start()
        any_world.hire("while they are at it")
        for thread in threads:
            thread.join()
        catch_up(out_of(any_world))
    assert failed == []
    ops = [leaf.op for leaf in entries(any_world) if leaf.kind == "op"]
    assert len(ops) == len(set(ops)) and [leaf.n for leaf in entries(any_world)] == list(range(len(entries(any_world))))
    assert compared(any_world).is_clean


def test_while_one_sequencer_holds_the_tree_another_goes_away_and_operations_go_on(postgres_world: World):
    catch_up(out_of(postgres_world))
    postgres_world.hire("李伟")
    with postgres_world.db.writing_engine.begin() as connection:
        connection.execute(sa.select(table_of(AuditTree)).with_for_update())
        assert enter(postgres_world.db, out_of(postgres_world).signer, postgres_world.clock()).notes == 0
        postgres_world.hire("林静")
    assert catch_up(out_of(postgres_world)) == 2 and compared(postgres_world).is_clean


def test_tiles_give_every_root_and_every_proof_that_the_leaves_give(world: World):
    for n in range(320):
        world.hire(f"P{n}")
    catch_up(out_of(world))
    with world.db.snapshot() as connection:
        hashes = [bytes(one) for one in connection.scalars(sa.select(_leaf.c.hash).order_by(_leaf.c.idx))]
        tree = Tree(connection)
        assert len(hashes) > 300
        for size in (1, 2, 255, 256, 257, len(hashes)):
            assert tree.root(size) == root_of(hashes[:size])
        root = tree.root(len(hashes))
        for index in (0, 1, 255, 256, len(hashes) - 1):
            assert is_included(index, len(hashes), hashes[index], root, tree.inclusion(index, len(hashes)))


# heads


def test_heads_are_signed_often_kept_and_never_older_than_a_minute(any_world: World):
    out = out_of(any_world)
    for _ in range(10):
        any_world.clock.pass_(seconds=13)
        any_world.hire(f"at {any_world.clock()}")
        catch_up(out)
        newest = max(row.made_at for row in any_world.rows(sa.select(AuditHead)))
        assert (any_world.clock() - newest).total_seconds() < 60
    kept = any_world.rows(sa.select(AuditHead).order_by(AuditHead.size))
    assert len(kept) >= 5
    for row in kept:
        head = open_head(row.note, origin_of(out.signer.public), out.signer.public)
        assert (head.size, head.root) == (row.size, bytes(row.root))
    any_world.clock.pass_(minutes=5)
    assert sequencer.is_due(out)
    catch_up(out)
    assert max(row.made_at for row in any_world.rows(sa.select(AuditHead))) == any_world.clock()
    assert not sequencer.is_due(out)


def test_a_restored_server_announces_from_where_its_log_goes_on(any_world: World):
    out = out_of(any_world)
    catch_up(out)
    size = len(entries(any_world))
    with any_world.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(SyncFeed)).values(epoch="another"))
    any_world.hire("李伟")
    catch_up(out)
    [row] = any_world.rows(sa.select(AuditRestart))
    said = open_restart(row.note, origin_of(out.signer.public), out.signer.public)
    assert (said.size, said.to_epoch, row.lost) == (size, "another", None)
    assert entries(any_world)[size].kind == "restart" and compared(any_world).is_clean


# comparing


def test_a_correction_is_a_new_fact_and_both_values_stay(field: Field):
    office = field.office
    punch = _a_day_of_work(field)
    report = compared(office)
    assert report.is_clean and report.heads > 0 and report.waiting == 0
    [change] = [row for row in office.rows(sa.select(History)) if row.table_name == "punch" and row.row_id == punch]
    assert change.before["state"] == "counted" and change.after["state"] == "corrected"


def test_changing_one_score_decision_or_punch_in_the_table_names_the_entry(field: Field):
    office = field.office
    punch = _a_day_of_work(field)
    for column, value in (("score_db", 99), ("verdict", "review"), ("decided_kind", "out"), ("person_id", new_id())):
        with superuser(office) as connection:
            connection.execute(sa.text(f"UPDATE punch SET {column} = :value WHERE id = :id"), {"value": value, "id": _raw(punch)})
            found = verify(connection, out_of(office).signer.public).found
        assert [(one.what, one.table, one.row_id) for one in found] == [("row_changed", "punch", punch)]
        assert found[0].leaf is not None and found[0].op_id is not None
    assert compared(office).is_clean


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def _raw(id_: str) -> str:
    return id_.replace("-", "")


def _a_day_of_work(field: Field) -> str:
    """Two devices, punches, a review, an account: something of everything. Answers the corrected punch."""
    office = field.office
    store = office.open_store("静安店")
    people = [office.hire(name) for name in ("李伟", "林静", "王芳")]
    for person in people:
        office.post(person, store)
    manager = office.account(people[2], "wang", "store_manager", store)
    phones = [field.phone_of(person) for person in people[:2]]
    punches = []
    for hour in range(3):
        field.time.true_ms += 3_600_000
        for phone in phones:
            phone.world.locator.now = fix_at(31.2304, 121.4737)
            punches.append(phone.core.punch(kind="in" if hour % 2 == 0 else "out", store_id=store))
            phone.core.sync_once()
        catch_up(out_of(office))
    punch = punches[0].punch_id
    corrected = ReviewPunch(punch_id=punch, decision="correct", corrected_ms=field.time.true_ms - 7_200_000, reason="forgot")
    office.must(corrected, manager)
    field.time.true_ms += 60_000
    catch_up(out_of(office))
    return str(punch)


def test_a_thousand_random_edits_with_every_right_are_found_and_named(field: Field):
    _a_day_of_work(field)
    office = field.office
    out = out_of(office)
    note = HeadFile(out.settings.data_dir).read()
    assert note is not None and compared(office, note).is_clean
    missed = []
    with unguarded_copy(field) as connection:
        edits = Superuser(connection, seed=20_261_121)
        for n in range(1_000):
            inner = connection.begin_nested()
            edit = edits.edit()
            report = verify(connection, out.signer.public, notes=[note])
            if not edit.is_named_in(report):
                missed.append((n, edit.what, report.found[:3]))
            inner.rollback()
    assert missed == []
    assert compared(office, note).is_clean


def test_a_verifier_that_believes_the_stored_hashes_misses_most_of_them(field: Field):
    """The control: what is found is found because it is computed from the rows and bytes, not read from beside them."""
    _a_day_of_work(field)
    office = field.office
    public = out_of(office).signer.public
    missed = 0
    with unguarded_copy(field) as connection:
        edits = Superuser(connection, seed=7)
        for _ in range(40):
            inner = connection.begin_nested()
            edit = edits.change()
            with instead(Verification, "_row", lambda *_: None), instead(Verification, "_rows", lambda *_: None):
                missed += not edit.is_named_in(verify(connection, public))
            inner.rollback()
    assert missed == 40


def test_a_database_put_back_to_an_older_copy_is_named_by_the_head_in_the_data_folder(field: Field):
    _a_day_of_work(field)
    older = field.backup()
    field.time.true_ms += 60_000
    field.office.hire("and one more")
    catch_up(out_of(field.office))
    note = HeadFile(field.office.settings.data_dir).read()
    field.restore(older)
    assert compared(field.office).is_clean  # from inside it looks whole
    found = compared(field.office, note or "").found
    assert [one.what for one in found] == ["log_cut"]


def test_a_declared_restore_is_not_held_against_the_log(field: Field):
    _a_day_of_work(field)
    older = field.backup()
    field.time.true_ms += 60_000
    field.office.hire("and one more")
    catch_up(out_of(field.office))
    file = HeadFile(field.office.settings.data_dir)
    lost = file.read() or ""
    field.restore(older)
    with field.office.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(SyncFeed)).values(epoch="declared"))
    catch_up(out_of(field.office))
    assert compared(field.office, lost).is_clean and file.read() != lost
    [row] = field.office.rows(sa.select(AuditRestart))
    assert row.lost == lost


def test_a_comparison_asked_for_in_the_console_runs_as_a_job_and_is_kept(any_world: World):
    catch_up(out_of(any_world))
    run_id = new_id()
    any_world.must(VerifyLog(run_id=run_id))
    assert any_world.row(AuditRun, run_id).state == "waiting"
    run_due(out_of(any_world))
    done = any_world.row(AuditRun, run_id)
    assert (done.state, done.result["found"]) == ("clean", []) and done.done == done.total > 0
    with any_world.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(Person)).values(name="somebody else"))
    again = new_id()
    any_world.must(VerifyLog(run_id=again))
    run_due(out_of(any_world))
    broken = any_world.row(AuditRun, again)
    assert broken.state == "broken" and broken.result["found"][0]["table"] == "person"


def test_a_punch_path_that_forgets_to_note_its_rows_is_found(field: Field):
    """The control of everything above: rows that were written and not noted are rows that nobody wrote."""
    from server.kernel import perform as kernel
    from server.kernel import witness

    with instead(kernel, "note_row", lambda *_: None), instead(witness, "note_row", lambda *_: None):
        _a_day_of_work(field)
    found = {(one.what, one.table) for one in compared(field.office).found}
    assert ("row_unknown", "punch") in found


def test_forgetting_an_operation_drops_its_salt_and_the_tree_stays(any_world: World):
    from contract.privacy import ForgetOperations
    from server.kernel.actors import Actor

    out = out_of(any_world)
    catch_up(out)
    op_id = new_id()
    from contract.people import Hire

    hire = Hire(person_id=new_id(), number="X1", name="to be forgotten", home_org="总部")
    perform(any_world.db, any_world.admin, hire, op_id=op_id, now=any_world.clock(), secret=SECRET)
    any_world.clock.pass_(minutes=1)
    catch_up(out)
    size = len(entries(any_world))
    with any_world.db.snapshot() as connection:
        root = Tree(connection).root(size)
    any_world.must(ForgetOperations(op_ids=[op_id], because="erasure"), Actor.system())
    any_world.clock.pass_(minutes=1)
    catch_up(out)
    report = compared(any_world)
    assert report.is_clean and report.erased == 1
    with any_world.db.snapshot() as connection:
        assert Tree(connection).root(size) == root
        assert connection.scalar(sa.select(_leaf.c.salt).where(_leaf.c.op_id == op_id, _leaf.c.idx < size)) is None
    with superuser(any_world) as connection:  # and whoever drops a salt to hide something has no erasure to show
        connection.execute(sa.update(_leaf).where(_leaf.c.idx == 1).values(salt=None))
        assert [one.what for one in verify(connection, out.signer.public).found] == ["salt_missing"]
