"""A missing part of the system stops a test run loudly; it never turns into tests that did not run."""

from __future__ import annotations

import pytest

from tools import system_parts as parts


def _without(monkeypatch: pytest.MonkeyPatch, *missing: str) -> None:
    faked = [
        parts.Part(p.name, p.needed_for, (lambda name=p.name: name not in missing), p.apt)  # type: ignore[misc]
        for p in parts.PARTS
    ]
    monkeypatch.setattr(parts, "PARTS", tuple(faked))
    monkeypatch.setattr(parts, "_make_fuse_device", lambda: True)


def test_all_parts_there_is_silence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _without(monkeypatch)
    assert parts.main([]) == 0
    assert capsys.readouterr() == ("", "")


def test_an_ordinary_user_is_told_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _without(monkeypatch, "chromium", "fuse")
    monkeypatch.setattr(parts.os, "geteuid", lambda: 1000)
    assert parts.main([]) == 1
    told = capsys.readouterr().err
    assert "apt-get install -y --no-install-recommends chromium libfuse2 fuse" in told
    assert "xdotool" not in told


def test_root_installs_and_what_stays_missing_still_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    _without(monkeypatch, "xdotool")
    monkeypatch.setattr(parts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(parts.shutil, "which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(parts.subprocess, "run", lambda command, **_more: ran.append(command))
    assert parts.main([]) == 1
    assert [command[1] for command in ran] == ["update", "install"]
    assert ran[1][-1] == "xdotool"


def test_only_the_parts_named_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    _without(monkeypatch, "chromium")
    assert parts.main(["postgresql"]) == 0
    assert parts.main(["no-such-part"]) == 2
