"""The device's database: kept means kept, unsafe means refused, damaged means said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mobile.core import local_db
from mobile.core.local_db import LocalDb, Settings, connect_here
from mobile.core.views import Refused
from mobile.devices.fake import FakeSpace
from tests.mobile.devices_here import Device


def open_db(path: Path, connect: local_db.Connect = connect_here) -> LocalDb:
    return LocalDb(path / "outpost.db", FakeSpace(), connect)


def test_a_commit_is_flushed_to_the_disk(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    assert db.value("PRAGMA synchronous") == 2
    assert db.value("PRAGMA journal_mode") == "wal"
    assert db.value("PRAGMA secure_delete") == 1
    db.close()


class Careless(sqlite3.Connection):
    """A database that ignores the wish to flush, as some builds and some settings do."""

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:  # type: ignore[override]
        return super().execute(sql.replace("synchronous = FULL", "synchronous = NORMAL"), *values)  # type: ignore[arg-type]


def test_the_app_refuses_to_start_where_a_commit_would_not_be_flushed(tmp_path: Path) -> None:
    def careless(path: str) -> sqlite3.Connection:
        return sqlite3.connect(path, factory=Careless, isolation_level=None)

    with pytest.raises(Refused) as refused:
        open_db(tmp_path, careless)
    assert refused.value.said.code == "client.store_unsafe"
    assert "synchronous 1" in refused.value.said.facts["found"]


def test_a_damaged_store_is_said_and_not_deleted(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    with db.write():
        db.run_many("INSERT INTO setting VALUES (?, ?)", [(f"n{i}", "v" * 200) for i in range(500)])
    db.empty_log()
    db.close()
    file = tmp_path / "outpost.db"
    whole = bytearray(file.read_bytes())
    for page in range(8, len(whole) // 4096):
        whole[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    file.write_bytes(whole)
    with pytest.raises(Refused) as refused:
        open_db(tmp_path)
    assert refused.value.said.code == "client.store_damaged"
    assert file.read_bytes() == whole


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "outpost.db").write_bytes(b"not a database at all" * 300)
    with pytest.raises(Refused) as refused:
        open_db(tmp_path)
    assert refused.value.said.code == "client.store_damaged"


def test_an_older_app_does_not_touch_a_newer_store(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    with db.write():
        db.run("INSERT INTO migration (version) VALUES (9999)")
    db.close()
    with pytest.raises(Refused) as refused:
        open_db(tmp_path)
    assert (refused.value.said.code, refused.value.said.facts) == ("client.store_newer", {"version": 9999})


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_db(tmp_path).close()
    good = local_db.migrations_here()
    broken = "CREATE TABLE new_one (a INTEGER);\nINSERT INTO new_one VALUES (1);\nINSERT INTO nowhere VALUES (1);\n"
    monkeypatch.setattr(local_db, "migrations_here", lambda: [*good, (9000, broken)])
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_db(tmp_path)
    monkeypatch.setattr(local_db, "migrations_here", lambda: [*good, (9000, broken.replace("nowhere", "new_one"))])
    db = open_db(tmp_path)
    assert db.value("SELECT count(*) FROM new_one") == 2
    db.close()


def test_what_fails_halfway_has_not_happened(tmp_path: Path) -> None:
    db = open_db(tmp_path)
    settings = Settings(db)
    with pytest.raises(RuntimeError):
        with db.write():
            settings.put("language", "en")
            raise RuntimeError("pulled the plug")
    assert settings.get("language") is None
    with pytest.raises(AssertionError):
        settings.put("language", "en")  # outside a transaction nothing is one act
    db.close()


def test_a_punch_on_a_full_device_is_refused_before_anything_says_done(phone: Device) -> None:
    core = phone.set_up()
    phone.world.space.free = local_db.RESERVE_BYTES + 1000
    with pytest.raises(Refused) as refused:
        core.punch(kind="in")
    assert (refused.value.said.code, refused.value.said.facts) == ("client.disk_full", {"free_mb": 5})
    assert phone.world.signals.heard == []
    assert core.sync_state().journal_head == 0 and core.punches() == ()
    phone.world.space.free = 2**30
    core.punch(kind="in")
    assert phone.world.signals.heard == ["kept"]


def test_a_disk_that_fills_up_during_the_write_keeps_nothing_and_says_so(phone: Device) -> None:
    """The free space was enough when we looked; SQLite itself then meets the end of the disk."""
    core = phone.set_up()
    db = core._parts.db
    db._sql.execute(f"PRAGMA max_page_count = {db.value('PRAGMA page_count')}")
    with pytest.raises(Refused) as refused:
        for _ in range(200):
            core.punch(kind="in")
    assert refused.value.said.code == "client.disk_full"
    kept = core.sync_state().journal_head
    assert len(phone.world.signals.heard) == kept == len(core.punches(limit=500))


def test_pages_from_the_server_never_eat_the_room_for_punches(phone: Device) -> None:
    phone.enrol()
    page = phone.first_page()
    page["rows"] = [*page["rows"], ("company", "settings", "s", 90, {"text": "t" * 5000})]
    phone.server.pages.append(page)
    phone.world.space.free = local_db.RESERVE_BYTES * 2
    outcome = phone.core.sync_once()
    assert outcome.problem is not None and outcome.problem.code == "client.disk_full"
    assert phone.core.sync_state().rows == 0
    phone.core.punch(kind="in", store_id=phone.server.store_id or "01900000-0000-7000-8000-00000000005a")
