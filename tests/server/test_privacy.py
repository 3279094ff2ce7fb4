"""Taken along, forgotten, reduced with time: one's own data, erasure by two people, and what is left of an old punch."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.archive import LookRow
from contract.ids import new_id
from contract.privacy import ErasePerson, ProposeErasure, RefuseErasure
from server.archive import erasure, forget, rules
from server.archive.model import Erasure, PersonKey
from server.attendance import keeping
from server.audit.sequencer import catch_up
from server.audit.verify import verify
from server.devices.verify import verify_all
from server.kernel import personal
from server.kernel.actors import Actor
from server.kernel.db import Base
from server.kernel.jobs import run_due
from server.kernel.ledger import OpLog
from server.kernel.perform import reading, writing
from server.people.model import Account, Person
from server.wiring import every_handler
from tests.server.archive_world import ID_NUMBER, found_in
from tests.server.planted_person import NAME, NOTE, PLANTED, WHY, Field
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.phone.core.close()
    made.company.close()


def test_ones_own_data_is_all_there_for_machines_and_for_people(field: Field) -> None:
    answered = field.client("own").get("/api/v1/me/data")
    assert answered.status_code == 200
    found = zipfile.ZipFile(io.BytesIO(answered.data))
    told = json.loads(found.read("data.json"))
    tables = told["tables"]
    assert tables["person"][0]["name"] == NAME and tables["archive_basics"][0]["id_number"] == ID_NUMBER
    assert tables["punch"][0]["note"] == NOTE and tables["punch"][0]["lat_e7"] == field.punch().lat_e7
    assert tables["posting"] and tables["account"][0]["login"] == "own" and "password_hash" not in tables["account"][0]
    page = found.read("index.html").decode()
    assert NAME in page and NOTE in page and "<script" not in page
    documents = [name for name in found.namelist() if name.startswith("documents/")]
    assert found.read(documents[0]).startswith(b"%PDF")


def test_nobody_elses_row_is_in_ones_own_data(field: Field) -> None:
    others = {person_id for name, person_id in field.company.people.items() if name != "p9"}
    told = json.loads(zipfile.ZipFile(io.BytesIO(field.client("own").get("/api/v1/me/data").data)).read("data.json"))
    for name, rows in told["tables"].items():
        for row in rows:
            assert row.get("person_id") not in others and (name != "person" or row["id"] == field.person), name


def test_data_on_somebodys_behalf_is_for_those_who_may_read_all_of_it(field: Field) -> None:
    path = f"/api/v1/archive/{field.person}/data"
    assert field.client("hr").get(path, why="asked by letter").status_code == 200
    assert field.client("admin").get(path, why="curious").status_code == 404  # an administrator reads no pay
    assert field.client("own").get(path, why="mine").status_code == 403


def test_an_erased_person_is_in_no_byte_and_what_was_counted_stays(field: Field) -> None:
    made = field.punch()
    before = (made.id, made.taken_at, made.verdict, made.score_db, made.business_date, made.place)
    chains, operations, _ = verify_all(field.company.db, field.server.signer.public)
    field.erase()
    assert found_in(field.files(), *PLANTED) == []
    left = field.punch()
    assert (left.id, left.taken_at, left.verdict, left.score_db, left.business_date, left.place) == before
    assert left.lat_e7 is None and left.note is None
    person = field.row(Person, field.person)
    assert person.name.startswith("#") and person.mobile is None and not person.active
    assert field.row(PersonKey, field.person).wrapped_key is None
    assert field.row(Account, field.actors["own"].account_id or "").login.startswith("erased.")
    assert verify_all(field.company.db, field.server.signer.public) == (chains, operations, {})


def test_an_erased_person_is_in_no_row_of_either_database(tmp_path: Path, upgraded_postgres: str) -> None:
    for url in (None, upgraded_postgres):
        made = Field(tmp_path / ("postgres" if url else "sqlite"), url)
        assert {NAME, NOTE, WHY} & planted_rows(made)
        made.erase()
        keeping.reduce_positions(made.server)
        assert planted_rows(made) == set()
        made.phone.core.close()
        made.company.close()


def test_the_tamper_evident_log_verifies_before_and_after_an_erasure(field: Field) -> None:
    def troubles() -> tuple[list[Any], int]:
        field.company.pass_ms(61_000)
        catch_up(field.server)
        with field.company.db.snapshot() as connection:
            report = verify(connection, field.server.signer.public)
        return list(report.found), report.erased

    assert troubles() == ([], 0)
    field.erase()
    found, erased = troubles()
    assert found == [] and erased >= 5
    assert found_in(field.files(), *PLANTED) == []


def planted_rows(field: Field) -> set[str]:
    """The planted values that stand in any row of any table, as text or inside JSON or bytes."""
    found = set()
    with field.company.db.snapshot() as connection:
        for table in Base.metadata.tables.values():
            for row in connection.execute(sa.select(table)):
                said = " ".join(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in row)
                found |= {value for value in PLANTED if value in said}
    return found


def test_an_erasure_that_leaves_the_log_alone_is_found(field: Field) -> None:
    """The control: rows are emptied, the operations that made them are not."""
    with instead(erasure, "forget", lambda *_args, **_more: None):
        field.erase()
    assert any(NAME in hit for hit in found_in(field.files(), *PLANTED))


def test_an_erasure_that_does_not_write_the_file_anew_is_found(field: Field) -> None:
    """The control: what was made empty lies on in free pages and in the write-ahead file."""
    with instead(erasure, "write_anew", lambda _db: None):
        field.erase()
    assert found_in(field.files(), *PLANTED)


def test_forgetting_again_changes_nothing(field: Field) -> None:
    erasure_id = field.erase()
    with reading(field.company.db, Actor.system()) as session:
        before = session.execute(sa.select(OpLog.op_id, OpLog.erased_at).where(OpLog.erased_at.is_not(None))).all()
    erasure.erase(field.server, field.person, erasure_id=erasure_id)
    with reading(field.company.db, Actor.system()) as session:
        after = session.execute(sa.select(OpLog.op_id, OpLog.erased_at).where(OpLog.erased_at.is_not(None))).all()
    assert after == before and len(before) >= 5


@pytest.mark.parametrize("dies_in", ["forget", "empty", "write_anew"])
def test_a_server_that_dies_in_the_middle_goes_on_where_it_was(field: Field, dies_in: str) -> None:
    def dies(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the power fails")

    with instead(erasure, dies_in, dies):
        erasure_id = field.erase()
    assert field.row(Erasure, erasure_id).state == "confirmed"
    field.company.pass_ms(3_600_000)
    run_due(field.server)
    assert field.row(Erasure, erasure_id).state == "done"
    assert found_in(field.files(), *PLANTED) == []


def test_two_different_people_and_the_waiting_time_are_needed(field: Field) -> None:
    proposal = ProposeErasure(erasure_id=new_id(), person_id=field.person, reason=WHY)
    assert field.do("hr", proposal).code == "privacy.still_here"
    field.leave()
    assert field.do("hr", proposal).status == "applied"
    again = ProposeErasure(erasure_id=new_id(), person_id=field.person, reason=WHY)
    assert field.do("admin", again).code == "privacy.already_proposed"
    confirm = ErasePerson(erasure_id=proposal.erasure_id)
    assert field.do("hr", confirm).code == "privacy.two_people"
    assert field.do("admin", confirm).code == "privacy.too_early"
    field.pass_days(rules.ERASE_AFTER.days)
    assert field.do("hr", confirm).code == "privacy.two_people"
    assert field.do("own", confirm).code == "access.not_allowed"
    assert field.do("admin", confirm).status == "applied"
    assert field.do("admin", confirm).code == "privacy.already_decided"


def test_the_database_itself_asks_for_two_people(field: Field) -> None:
    field.leave()
    proposal = ProposeErasure(erasure_id=new_id(), person_id=field.person, reason=WHY)
    field.do("hr", proposal)
    with pytest.raises(sa.exc.IntegrityError):
        with writing(field.company.db, Actor.system(), op_id=new_id(), now=field.company.now()) as session:
            row = session.get_one(Erasure, proposal.erasure_id)
            row.state, row.decided_by = "confirmed", row.proposed_by


def test_a_refused_proposal_may_be_made_again(field: Field) -> None:
    field.leave()
    first = ProposeErasure(erasure_id=new_id(), person_id=field.person, reason=WHY)
    field.do("hr", first)
    assert field.do("hr", RefuseErasure(erasure_id=first.erasure_id, reason="a dispute")).status == "applied"
    assert field.do("hr", ProposeErasure(erasure_id=new_id(), person_id=field.person, reason=WHY)).status == "applied"
    listed = field.client("hr").get("/api/v1/privacy/erasures").json["items"]
    assert sorted(one["state"] for one in listed) == ["proposed", "refused"]


def test_nothing_new_is_kept_about_somebody_erased(field: Field) -> None:
    field.erase()
    again = field.client("hr").post("/api/v1/archive/basics", {"person_id": field.person, "gender": "male"})
    assert (again.status_code, again.json["code"]) == (409, "privacy.erased")
    card = field.client("hr").get(f"/api/v1/archive/{field.person}").json
    assert card["erased"] and card["basics"]["id_number"]["state"] == "missing"


def test_a_server_restored_from_an_older_backup_forgets_again(field: Field, tmp_path: Path) -> None:
    field.company.backup(tmp_path / "old.db")
    field.erase()
    field.company.restore(tmp_path / "old.db")
    field.server.db = field.company.db
    assert field.row(Person, field.person).name == NAME
    assert erasure.erase_again(field.server) == 1 and erasure.erase_again(field.server) == 0
    assert found_in(field.files(), *PLANTED) == []


def test_the_database_lets_through_no_other_change_of_what_was_taken_in(field: Field) -> None:
    now = field.company.now()
    forgeries: list[dict[str, Any]] = [
        {"raw": b""}, {"erased_at": now}, {"raw": b"{}", "erased_at": now}, {"raw": b"", "erased_at": now, "hash": b"x" * 32},
        {"raw": b"", "erased_at": now, "received_at": now + timedelta(days=1)},
        {"raw": b"", "erased_at": now, "sig": "x"},
    ]  # fmt: skip
    for values in forgeries:
        with pytest.raises(sa.exc.IntegrityError, match="never rewritten"):
            with writing(field.company.db, Actor.system(), op_id=new_id(), now=now) as session:
                session.execute(sa.update(OpLog).values(**values), execution_options={"unledgered": True})
    punch = field.punch()
    forget.forget(field.server, [punch.op_id], because="retention")
    forgotten = field.row(OpLog, punch.op_id)
    assert bytes(forgotten.raw) == b"" and forgotten.erased_at is not None and forgotten.status == "applied"
    for values in ({"erased_at": None}, {"raw": b"back"}, {"erased_at": now + timedelta(days=1)}):
        with pytest.raises(sa.exc.IntegrityError, match="never rewritten"):
            with writing(field.company.db, Actor.system(), op_id=new_id(), now=now) as session:
                mine = sa.update(OpLog).where(OpLog.op_id == punch.op_id).values(**values)
                session.execute(mine, execution_options={"unledgered": True})


def test_a_phone_that_sends_a_forgotten_operation_again_is_known_by_its_chain(field: Field) -> None:
    forget.forget(field.server, [field.punch().op_id], because="retention")
    again: Handset = field.phone
    raws = [made.raw for made in again.made.values()]
    assert raws
    from contract.sync import WireOp
    from server.kernel.intake import _same_as_stored

    with writing(field.company.db, Actor.system(), op_id=new_id(), now=field.company.now()) as session:
        mine = [WireOp(b=raw.decode()) for raw in raws]
        assert _same_as_stored(session, again.device_id, 1, mine)
        other = [WireOp(b=raws[0].decode().replace(NOTE, "another day")), *mine[1:]]
        assert not _same_as_stored(session, again.device_id, 1, other)


def test_who_looked_is_read_on_ones_own_phone_and_on_no_tablet(field: Field) -> None:
    hr = field.client("hr")
    assert hr.get(f"/api/v1/archive/{field.person}", show="id_number", why="卫生许可证").status_code == 200
    assert hr.get(f"/api/v1/punches/{field.punch().id}").status_code == 200
    field.phone.sync()
    seen = {card.what: card for card in field.phone.core.office.looks()}
    assert seen["value"].why == "卫生许可证" and seen["value"].fields == ("id_number",) and seen["value"].roles == ("hr",)
    assert seen["position"].reader == "李1"
    tablet = new_handset(field.company, "tablet", store="A")
    tablet.sync()
    held = tablet.parts.replica.all("look", LookRow)
    tablet.core.close()
    assert not list(held)


# -- every table ---------------------------------------------------------------------------------------------------------------


def unlisted(tables: Any) -> list[str]:
    """Tables that point at a person and are neither in the list of personal tables nor said to hold nothing personal."""
    every_handler()
    return sorted(
        table.name
        for table in tables
        if table.name not in {*(entry.table for entry in personal.PERSONAL.values()), *personal.NOT_PERSONAL}
        and (any(key.target_fullname == "person.id" for key in table.foreign_keys) or "person_id" in table.c)
    )


def test_every_table_with_a_person_in_it_says_what_of_it_is_theirs() -> None:
    assert unlisted(Base.metadata.tables.values()) == []
    for name, entry in personal.PERSONAL.items():
        table = Base.metadata.tables[entry.table]
        assert {*entry.of, *entry.becomes, *entry.secret} <= set(table.c.keys()), name


def test_a_table_that_nobody_thought_of_is_found() -> None:
    stray = sa.Table("stray", sa.MetaData(), sa.Column("id", sa.Uuid), sa.Column("person_id", sa.Uuid))
    assert unlisted([stray]) == ["stray"]
