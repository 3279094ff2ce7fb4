"""A desktop behind the ports, and the service that syncs while no app is open."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from mobile.background import LOOK_EVERY_S, run_service, sync_if_free
from mobile.core.store_lock import StoreLock
from mobile.devices.desktop import DesktopLocator, FolderVault, desktop_ports
from tests.mobile.devices_here import Device


def test_secrets_are_for_their_owner_only_and_survive(tmp_path: Path) -> None:
    vault = FolderVault(tmp_path / "vault")
    assert vault.load("seed") is None
    vault.keep("seed", b"\x00" * 32)
    vault.keep("seed", b"\x01" * 32)
    [file] = (tmp_path / "vault").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert FolderVault(tmp_path / "vault").load("seed") == b"\x01" * 32
    vault.forget("seed")
    vault.forget("seed")
    assert vault.load("seed") is None


def test_the_clocks_of_a_desktop_go_forward_and_name_their_boot(tmp_path: Path) -> None:
    ports = desktop_ports(tmp_path)
    one, other = ports.clock.read(), ports.clock.read()
    assert other.boot_ms >= one.boot_ms > 0 and one.boot_id == other.boot_id != ""
    assert abs(one.tz_min) <= 14 * 60


def test_two_demo_devices_on_one_desk_are_two_devices(tmp_path: Path) -> None:
    one, other = desktop_ports(tmp_path / "a"), desktop_ports(tmp_path / "b")
    assert one.hardware != other.hardware == desktop_ports(tmp_path / "b").hardware
    assert re.fullmatch(r"[A-Za-z0-9._:-]+", one.hardware)


@pytest.mark.parametrize("text", ["", "here", "1,2", "1,2,3,4"])
def test_a_desktop_without_a_position_has_no_fix(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTPOST_POSITION", text)
    assert DesktopLocator().fix() is None


def test_a_desktop_can_be_put_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTPOST_POSITION", "31.2304, 121.4737, 18")
    fix = DesktopLocator().fix()
    assert fix is not None and (fix.lat_e7, fix.accuracy_dm, fix.source) == (312_304_000, 180, "desktop")


def test_only_one_of_app_and_service_works_on_the_store(tmp_path: Path) -> None:
    with StoreLock(tmp_path) as app:
        assert app.is_ours
        other = StoreLock(tmp_path)
        assert not other.take()
    assert other.take()
    other.give_back()


def test_a_killed_app_does_not_keep_the_lock(tmp_path: Path) -> None:
    words = "import sys,pathlib;from mobile.core.store_lock import StoreLock;"
    words += "l=StoreLock(pathlib.Path(sys.argv[1]));print(l.take(),flush=True);sys.stdin.read()"
    child = subprocess.Popen(
        [sys.executable, "-c", words, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline().strip() == "True"
    lock = StoreLock(tmp_path)
    assert not lock.take()
    child.kill()
    child.wait()
    child.stdout.close()
    child.stdin.close()
    assert lock.take()
    lock.give_back()


def test_the_service_sends_what_waits_and_steps_aside_for_the_app(phone: Device) -> None:
    core = phone.set_up()
    phone.world.link.up = False
    core.punch()
    core.close()
    phone.world.link.up = True
    with StoreLock(phone.folder):
        assert sync_if_free(phone.folder, phone.world.ports(), "phone") == LOOK_EVERY_S
    assert phone.server.ops == []
    rests: list[float] = []
    run_service(phone.folder, phone.world.ports(), "phone", rest=rests.append, goes_on=lambda: len(rests) < 2)
    assert len(phone.server.ops) == 1 and all(rest >= LOOK_EVERY_S for rest in rests)
