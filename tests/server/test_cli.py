"""The command line and the demo, as somebody at a terminal meets them."""

from __future__ import annotations

import csv
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from server import migrate
from server.cli import main
from server.demo import LOGINS
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.jobs import CHORES
from server.kernel.ledger import OpLog
from server.kernel.perform import reading
from server.people.model import Person
from server.postings.model import Posting
from server.scoring.card_model import ScoreFact
from server.scoring.cycle_model import Cycle
from server.scoring.report_model import ScoreReport
from server.stores.model import Store
from tests.support.shared_data import ROOT

HEADING = "number,name,brand,zone,lng,lat\n"


@pytest.fixture
def outpost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The command line on a folder of its own."""
    for name, value in {
        "OUTPOST_DATA_DIR": str(tmp_path),
        "OUTPOST_DATABASE_URL": f"sqlite:///{tmp_path / 'o.db'}",
        "OUTPOST_SECRET": "a secret for this test only, long enough",
        "LC_ALL": "en_US.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], **options)

    return run


def _rows(folder: Path, statement: Any, name: str = "o.db") -> list[Any]:
    db = Database(f"sqlite:///{folder / name}")
    with reading(db, Actor.system()) as session:
        found = list(session.scalars(statement))
    db.dispose()
    return found


def test_nothing_works_on_a_database_of_another_release_and_the_message_says_what_to_do(outpost, tmp_path: Path):
    file = tmp_path / "s.csv"
    file.write_text(HEADING + "A-1,Jing'an,Blue,Asia/Shanghai,121.45,31.22\n")
    refused = outpost("import", "stores", file)
    assert refused.exit_code == 1 and "outpost migrate" in refused.output
    assert migrate.newest() in outpost("migrate").output
    assert outpost("import", "stores", file).exit_code == 0


def test_a_list_is_tried_taken_and_its_errors_written_where_no_spreadsheet_runs_them(outpost, tmp_path: Path):
    outpost("migrate")
    file, errors = tmp_path / "s.csv", tmp_path / "errors.csv"
    file.write_text(HEADING + "A-1,Jing'an,Blue,Asia/Shanghai,121.4512,31.2231\nA-2,Bad,Blue,Asia/Shanghai,=1+1,31.2\n")
    tried = outpost("import", "stores", file, "--datum", "gcj02", "--dry-run")
    assert tried.exit_code == 1 and "1 new" in tried.output and "Nothing was stored" in tried.output
    assert _rows(tmp_path, sa.select(Store)) == []
    taken = outpost("import", "stores", file, "--datum", "gcj02", "--errors", errors)
    assert "1 new" in taken.output and "Row 3, lng" in taken.output
    assert [store.number for store in _rows(tmp_path, sa.select(Store))] == ["A-1"]
    [_, row] = list(csv.reader(errors.read_text(encoding="utf-8-sig").splitlines()))
    assert row[0] == "3" and row[3].startswith("'=1+1")
    assert "1 unchanged" in outpost("import", "stores", file, "--datum", "gcj02").output


def test_the_first_admin_of_a_new_installation_is_made_here(outpost, tmp_path: Path):
    outpost("migrate")
    arguments = ("people", "account", "--number", "0001", "--login", "chen", "--password", "quiet-Orchid-88-window")
    assert "--name" in outpost(*arguments).output
    assert outpost(*arguments, "--name", "陈思远").exit_code == 0
    again = outpost(*arguments)
    assert again.exit_code == 1 and "people.login_taken" in again.output
    weak = outpost("people", "account", "--number", "0001", "--login", "chen2", "--password", "password")
    assert "people.weak_password" in weak.output
    logged = b"".join(_rows(tmp_path, sa.select(OpLog.raw)))
    assert b"quiet-Orchid" not in logged


def test_codes_for_devices_are_made_by_number(outpost, tmp_path: Path):
    outpost("migrate")
    outpost("people", "account", "--number", "0001", "--login", "chen", "--name", "陈", "--password", "quiet-Orchid-88-window")
    code = outpost("devices", "code", "--person", "0001").output
    assert re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4} +OUTPOST1:", code)
    assert "stores.unknown" in outpost("devices", "code", "--store", "nowhere").output
    assert outpost("devices", "code").exit_code == 2


def test_backup_and_restore_from_the_terminal(outpost, tmp_path: Path):
    outpost("migrate")
    assert outpost("restore", "--yes").exit_code == 1
    file = tmp_path / "s.csv"
    file.write_text(HEADING + "A-1,Jing'an,Blue,Asia/Shanghai,121.45,31.22\n")
    outpost("import", "stores", file)
    assert outpost("backup").exit_code == 0
    file.write_text(HEADING + "A-2,Xuhui,Blue,Asia/Shanghai,121.45,31.22\n")
    outpost("import", "stores", file)
    assert len(_rows(tmp_path, sa.select(Store))) == 2
    assert outpost("restore", input="n\n").exit_code == 1 and len(_rows(tmp_path, sa.select(Store))) == 2
    assert outpost("restore", "--yes").exit_code == 0
    assert [store.number for store in _rows(tmp_path, sa.select(Store))] == ["A-1"]


def test_due_work_is_done_on_demand_and_the_list_of_troubles_is_empty(outpost, tmp_path: Path):
    outpost("migrate")
    timed = sum(chore.every is not None for chore in CHORES.values())
    assert timed > 3 and f"{timed} done" in outpost("worker", "--once").output
    assert len(list((tmp_path / "backups").glob("*.db"))) == 1
    assert "nothing" in outpost("ops", "list").output
    assert "nothing was parked" in outpost("ops", "replay", "--parked").output


def _without_the_days_people_live(folder: Path) -> None:
    """They take a minute and have tests of their own."""
    (folder / "people-have-lived").touch()


def test_a_demo_cut_short_is_gone_on_with_and_a_second_start_changes_nothing(outpost, tmp_path: Path):
    _without_the_days_people_live(tmp_path)
    first = outpost("demo", "--once")
    assert first.exit_code == 0, first.output
    operations = len(_rows(tmp_path, sa.select(OpLog.op_id)))
    second = outpost("demo", "--once")
    assert second.output == first.output
    assert len(_rows(tmp_path, sa.select(OpLog.op_id))) == operations
    assert len(_rows(tmp_path, sa.select(Posting))) == 121 and len(_rows(tmp_path, sa.select(Store))) == 59
    assert len(_rows(tmp_path, sa.select(Person))) == 129
    _is_scored(tmp_path)
    assert (tmp_path / "demo-logins.json").stat().st_mode & 0o077 == 0


def _is_scored(folder: Path) -> None:
    """Reports of the first store's crew by 50/20/30, one of them revised; an appeal waits, a cycle is open. On a 31st nobody was
    posted in the month before."""
    begun, today = _rows(folder, sa.select(Posting.starts_on))[0], datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if begun >= today.replace(day=1):
        return
    reports = _rows(folder, sa.select(ScoreReport).where(ScoreReport.hundredths.is_not(None)))
    assert len(reports) == 5 and sorted(one.revision for one in reports) == [1, 1, 1, 1, 2]
    assert {(one.known, one.measured) for one in reports} == {(3, 3)}
    assert sorted(_rows(folder, sa.select(ScoreFact.kind))) == ["appealed", "replied", "replied"]
    assert len(_rows(folder, sa.select(Cycle))) == 1


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_demo_serves_and_its_printed_logins_work(outpost, tmp_path: Path):
    _without_the_days_people_live(tmp_path)
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "demo", "--no-tablet", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=5) as answered:
                    assert json.load(answered)["openapi"].startswith("3.1")
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, server.communicate()[0]
                time.sleep(0.3)
        kept = json.loads((tmp_path / "demo-logins.json").read_text())
        logins = {login.login: kept[login.login] for login in LOGINS}
        for login, password in logins.items():
            body = json.dumps({"login": login, "password": password}).encode()
            asked = urllib.request.Request(f"{url}/api/v1/session", body, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=20) as answered:
                assert json.load(answered)["me"]["roles"], login
    finally:
        server.terminate()
        printed = server.communicate(timeout=30)[0]
    assert len(kept) == len(LOGINS) + 1 and all(secret in printed for secret in kept.values())
    assert f"{url}/console" in printed
