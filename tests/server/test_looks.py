"""Who looked at somebody's record, position, photo or documents, and why: written before the answer leaves, never lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.archive import looks, rules
from server.archive.model import Look
from server.inbox.model import InboxItem
from server.kernel.feed import SyncChange
from server.kernel.ledger import OpLog
from tests.server.archive_world import Archive
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def archive(world: World) -> Archive:
    made = Archive(world)
    made.record()
    return made


def seen_by(archive: Archive, **asked: Any) -> list[dict[str, Any]]:
    answered = archive.own.get("/api/v1/me/looks", **asked)
    assert answered.status_code == 200, answered.json
    return list(answered.json["items"])


def test_a_look_at_a_record_tells_its_person_who_in_which_role_and_why(archive: Archive) -> None:
    archive.card(archive.boss)
    archive.world.clock.pass_(minutes=5)
    archive.card(archive.hr, show="pay_fen,id_number", why="income certificate")
    newest, before = seen_by(archive)
    assert (newest["reader"], newest["role"], newest["what"], newest["why"]) == ("周敏", "hr", "value", "income certificate")
    assert newest["fields"] == ["id_number", "pay_fen"]
    assert (before["reader"], before["role"], before["what"]) == ("孙店", "store_manager", "archive")


def test_nobody_is_told_of_their_own_looks_or_of_looks_at_others(archive: Archive) -> None:
    archive.card(archive.own)
    archive.hr.get(f"/api/v1/archive/{archive.boss_id}")
    assert seen_by(archive) == []
    assert len(archive.boss.get("/api/v1/me/looks").json["items"]) == 1


def test_looks_within_a_minute_are_one_row_with_a_count(archive: Archive) -> None:
    for _ in range(3):
        archive.card(archive.boss)
        archive.world.clock.pass_(seconds=40)
    archive.world.clock.pass_(seconds=61)
    archive.card(archive.boss)
    told = seen_by(archive)
    assert [(one.get("times", 1), one["last_ms"] - one["first_ms"]) for one in told] == [(1, 0), (3, 80_000)]
    logged = archive.world.rows(sa.select(OpLog).where(OpLog.type == "privacy.note_look/1"))
    assert len(logged) == 2  # a page that renews itself all day is no flood in the log


def test_another_reason_or_another_thing_is_another_look(archive: Archive) -> None:
    for why in ("payroll", "visa", "payroll"):
        archive.card(archive.hr, show="pay_fen", why=why)
    archive.card(archive.hr)
    assert sorted((one["what"], one.get("why", ""), one.get("times", 1)) for one in seen_by(archive)) == [
        ("archive", "", 1), ("value", "payroll", 2), ("value", "visa", 1),
    ]  # fmt: skip


def test_a_look_that_cannot_be_written_down_is_not_given(archive: Archive) -> None:
    from server.kernel.problems import Problem

    def full(_work: Any, _op: Any) -> None:
        raise Problem("operation.failed_here")

    from server.kernel import perform

    known = perform.HANDLERS[looks.NoteLook]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(perform.HANDLERS, looks.NoteLook, known._replace(run=full))
        refused = archive.hr.get(f"/api/v1/archive/{archive.wei}", show="id_number", why="visa")
    assert refused.status_code == 500 and "310101" not in refused.text
    assert archive.world.rows(sa.select(Look)) == []


def test_a_server_that_answers_without_writing_it_down_is_found(archive: Archive) -> None:
    """The control: the same look with the note left out."""
    from server.archive import api

    with instead(api, "note_look", lambda *_args, **_more: None):
        archive.card(archive.hr, show="id_number", why="visa")
    assert seen_by(archive) == []
    archive.card(archive.hr, show="id_number", why="visa")
    assert len(seen_by(archive)) == 1


def test_a_look_is_in_the_log_and_on_the_way_to_the_persons_own_phone_only(archive: Archive) -> None:
    archive.card(archive.boss)
    logged = archive.world.rows(sa.select(OpLog).where(OpLog.type == "privacy.note_look/1"))
    assert len(logged) == 1 and archive.wei.encode() in bytes(logged[0].raw)
    scopes = archive.world.rows(sa.select(SyncChange.scope).where(SyncChange.entity == "look"))
    assert scopes == [f"private:{archive.wei}"]


def test_a_document_and_ones_data_handed_out_on_ones_behalf_are_looks_too(archive: Archive) -> None:
    document_id = archive.add_document()
    archive.hr.get(f"/api/v1/archive/documents/{document_id}", why="copy for the bank")
    assert archive.hr.get(f"/api/v1/archive/{archive.wei}/data").json["code"] == "privacy.why_needed"
    assert archive.hr.get(f"/api/v1/archive/{archive.wei}/data", why="asked for by phone").status_code == 200
    told = {one["what"]: one for one in seen_by(archive)}
    assert told["document"]["about_id"] == document_id and told["own_data"]["why"] == "asked for by phone"


def test_looks_come_in_pages_that_neither_repeat_nor_skip(archive: Archive) -> None:
    for _ in range(5):
        archive.card(archive.boss)
        archive.world.clock.pass_(minutes=2)
    first = archive.own.get("/api/v1/me/looks", limit=2).json
    second = archive.own.get("/api/v1/me/looks", limit=3, cursor=first["next_cursor"]).json
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert len(set(ids)) == 5 and second["next_cursor"] is None


def test_a_big_export_is_told_to_hr_and_administrators_once(archive: Archive) -> None:
    world = archive.world
    server = world.app.extensions["outpost"]
    people = [world.hire(f"员工{n}") for n in range(3)]
    from server.kernel.actors import Actor

    boss = Actor.person(archive.boss_id, world.accounts["boss"], [("store_manager", archive.store)])
    with instead(looks, "AT_ONCE", 2):
        looks.note_look(server, boss, "export", [*people, archive.wei])
        assert not world.rows(sa.select(InboxItem).where(InboxItem.trigger == "big_export"))
        world.clock.pass_(minutes=2)
        with instead(rules, "BIG_EXPORT", 3):
            for _ in range(2):
                looks.note_look(server, boss, "export", [*people, archive.wei])
    told = world.rows(sa.select(InboxItem).where(InboxItem.trigger == "big_export"))
    assert {one.receiver_id for one in told} == {archive.hr_id, world.people["陈思远"]} and len(told) == 2
    assert told[0].facts == {"who": "孙店", "count": 4}
