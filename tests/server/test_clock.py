"""The server's time: the machine's, unless a setting made for simulations names a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.kernel.clock import clock_from
from server.settings import Settings


def test_without_the_setting_it_is_the_machines_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OUTPOST_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("OUTPOST_CLOCK_FILE", raising=False)
    settings = Settings.from_environment()
    assert settings.clock_file is None
    assert abs(clock_from(settings.clock_file)() - datetime.now(UTC)) < timedelta(seconds=5)


def test_with_it_time_is_what_the_file_says_and_nothing_is_written_late(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "clock"
    file.write_text("01780243200000\n")
    monkeypatch.setenv("OUTPOST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OUTPOST_CLOCK_FILE", str(file))
    settings = Settings.from_environment()
    clock = clock_from(settings.clock_file)
    said = capsys.readouterr()
    assert "TEST CLOCK" in said.out + said.err
    assert clock() == datetime(2026, 5, 31, 16, tzinfo=UTC)
    file.write_text("01780243201500\n")
    assert clock() == datetime(2026, 5, 31, 16, 0, 1, 500_000, tzinfo=UTC)
    assert settings.seen_flush_s == 0.0


def test_a_file_that_says_no_time_is_never_replaced_by_a_guess(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        clock_from(tmp_path / "nowhere")
    empty = tmp_path / "empty"
    empty.write_text("soon")
    with pytest.raises(ValueError):
        clock_from(empty)
