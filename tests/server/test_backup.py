"""Backups: complete while writers go on, the watermark the phones' third tick shows, and coming back from one."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from server.backup import BackupFailed, backups, make_backup, restore
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.feed import SyncFeed
from server.kernel.perform import reading, writing
from server.people.model import Person
from tests.server.world import World


def _device(world: World, *, head: int) -> str:
    device_id, person_id = new_id(), world.hire(f"员工{head}")
    moment = world.clock()
    with writing(world.db, Actor.system(), op_id=device_id, now=moment) as session:
        session.add(
            Device(
                id=device_id, kind="phone", label="", person_id=person_id, alg="ed25519", public=b"k" * 32, hardware="hw",
                enrolled_at=moment, enrolled_with=new_id(), app="t",
            )
        )  # fmt: skip
        session.flush()
        session.add(DeviceChain(device_id=device_id, head_seq=head, head_hash=bytes(32), reported_head=head, backed_seq=0))
    return device_id


def _move_head(world: World, device_id: str, head: int) -> None:
    with writing(world.db, Actor.system(), op_id=device_id, now=world.clock()) as session:
        session.get_one(DeviceChain, device_id).head_seq = head


@pytest.fixture(autouse=True)
def _postgres_tools_on_the_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "any_world" in request.fixturenames:
        from tests.support.postgres import binaries

        monkeypatch.setenv("PATH", f"{binaries()}{os.pathsep}{os.environ['PATH']}")


def test_after_a_backup_each_device_is_told_what_is_safe_and_nothing_that_came_later(any_world: World, tmp_path: Path):
    early, idle = _device(any_world, head=7), _device(any_world, head=0)
    make_backup(any_world.db, tmp_path / "b", any_world.clock())
    _move_head(any_world, early, 9)
    assert any_world.row(DeviceChain, early).backed_seq == 7
    assert any_world.row(DeviceChain, idle).backed_seq == 0


def test_a_backup_that_failed_tells_nobody_anything(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    device = _device(world, head=7)
    (tmp_path / "b").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        make_backup(world.db, tmp_path / "b", world.clock())
    assert world.row(DeviceChain, device).backed_seq == 0


def test_what_came_before_the_backup_comes_back_and_devices_see_a_new_epoch(any_world: World, tmp_path: Path):
    wei = any_world.hire("李伟")
    made = make_backup(any_world.db, tmp_path / "b", any_world.clock())
    lin = any_world.hire("林娜")
    epoch = any_world.rows(sa.select(SyncFeed.epoch))
    restore(any_world.db, made.file)
    assert any_world.row(Person, wei) is not None and any_world.row(Person, lin) is None
    assert any_world.rows(sa.select(SyncFeed.epoch)) != epoch
    any_world.hire("新人")  # and work goes on
    assert len(any_world.rows(sa.select(Person).where(Person.name == "新人"))) == 1


def test_a_backup_taken_under_fire_is_sound_and_holds_all_that_was_durable_before(world: World, tmp_path: Path):
    stop, hired = Event(), []

    def hire() -> None:
        while not stop.is_set():
            hired.append(world.hire(f"员工{len(hired)}", f"F{len(hired):05d}"))

    thread = Thread(target=hire)
    thread.start()
    try:
        while len(hired) < 20:
            stop.wait(0.01)
        before = list(hired)
        made = make_backup(world.db, tmp_path / "b", world.clock())
    finally:
        stop.set()
        thread.join()
    copy = Database(f"sqlite:///{made.file}")
    with reading(copy, Actor.system()) as session:
        held = set(session.scalars(sa.select(Person.id)))
    copy.dispose()
    assert set(before) <= held


def test_a_damaged_file_does_not_replace_the_database(world: World, tmp_path: Path):
    wei = world.hire("李伟")
    made = make_backup(world.db, tmp_path / "b", world.clock())
    raw = bytearray(made.file.read_bytes())
    raw[8192 : len(raw) - 4096] = bytes(len(raw) - 4096 - 8192)
    broken = tmp_path / "broken.db"
    broken.write_bytes(raw)
    (tmp_path / "text.db").write_text("not a database at all, but long enough to look at" * 100)
    for file in (broken, tmp_path / "text.db", tmp_path / "missing.db"):
        with pytest.raises(BackupFailed):
            restore(world.db, file)
    assert world.row(Person, wei) is not None


def test_old_backups_are_thinned_out_to_one_a_day(world: World, tmp_path: Path):
    folder = tmp_path / "b"
    for _ in range(40):
        make_backup(world.db, folder, world.clock())
        world.clock.pass_(hours=6)
    kept = backups(folder)
    assert len(kept) < 25 and kept[0].name > kept[-1].name
    assert len({file.name.split("-")[1][:8] for file in kept}) == 10  # a day each for all ten days


def test_a_backup_is_readable_by_its_owner_only(world: World, tmp_path: Path):
    made = make_backup(world.db, tmp_path / "b", world.clock())
    assert made.file.stat().st_mode & 0o077 == 0
    assert sqlite3.connect(made.file).execute("PRAGMA integrity_check").fetchone() == ("ok",)
