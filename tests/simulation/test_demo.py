"""`outpost demo`: what is seen there was done by devices, and a second start finds it as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def _demo(folder: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OUTPOST_")}
    environment["OUTPOST_DATA_DIR"] = str(folder)
    command = [sys.executable, "-m", "server.cli", "demo", "--once"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=400).stdout


def _ask(folder: Path, sql: str) -> list[tuple[object, ...]]:
    disk = sqlite3.connect(folder / "outpost.db")
    try:
        return disk.execute(sql).fetchall()
    finally:
        disk.close()


def test_people_live_until_now_once(tmp_path: Path) -> None:
    said = _demo(tmp_path)
    assert "/console" in said
    punches = _ask(tmp_path, "SELECT id FROM punch")
    assert len(punches) > 40
    assert _ask(tmp_path, "SELECT count(*) FROM op_log WHERE type = 'attendance.clock_in/1'") >= [(len(punches),)]
    [(latest,)] = _ask(tmp_path, "SELECT max(received_at) FROM punch")
    assert datetime.fromisoformat(str(latest)).replace(tzinfo=UTC).timestamp() <= time.time()
    verdicts = {verdict for (verdict,) in _ask(tmp_path, "SELECT DISTINCT verdict FROM punch")}
    assert verdicts == {"green", "ask", "review"}
    _demo(tmp_path)
    assert _ask(tmp_path, "SELECT id FROM punch") == punches
