"""`make demo` as somebody meets it: one command, then a browser. And what its API says of itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from contract.boards import STATES
from tests.journeys.stage import Desk, free_port, wait_for
from tests.support.shared_data import ROOT


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=5) as said:
            return bool(said.status == 200)
    except OSError:
        return False


COMMAND = [sys.executable, "-m", "server.cli", "demo"]


def environment_of(folder: Path) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OUTPOST_") and k != "DISPLAY"}
    return environment | {"OUTPOST_DATA_DIR": str(folder), "LC_ALL": "en_US.UTF-8"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(its folder, what the preparation printed)."""
    folder = tmp_path_factory.mktemp("demo")
    environment = environment_of(folder)
    first = subprocess.run([*COMMAND, "--once"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stdout + first.stderr
    return folder, first.stdout


def ask(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(folder / "outpost.db")) as line:
        return line.execute(sql).fetchall()


def test_people_live_until_now_once(prepared: tuple[Path, str]) -> None:
    """What is seen there was done by devices, and a second preparation finds it as it was."""
    folder, said = prepared
    assert "/console" in said
    punches = ask(folder, "SELECT id FROM punch")
    assert len(punches) > 40
    assert ask(folder, "SELECT count(*) FROM op_log WHERE type = 'attendance.clock_in/1'") >= [(len(punches),)]
    [(latest,)] = ask(folder, "SELECT max(received_at) FROM punch")
    assert datetime.fromisoformat(str(latest)).replace(tzinfo=UTC).timestamp() <= time.time()
    assert {verdict for (verdict,) in ask(folder, "SELECT DISTINCT verdict FROM punch")} == {"green", "ask", "review"}
    subprocess.run([*COMMAND, "--once"], cwd=ROOT, env=environment_of(folder), capture_output=True, check=True)
    assert ask(folder, "SELECT id FROM punch") == punches


@pytest.fixture(scope="module")
def demo(prepared: tuple[Path, str]) -> Iterator[tuple[str, str, str]]:
    """(address, what the preparation printed, what the start after it printed)."""
    folder, first = prepared
    port = free_port()
    printed = folder / "printed"
    with printed.open("w") as out:
        server = subprocess.Popen(
            [*COMMAND, "--no-tablet", "--port", str(port)],
            cwd=ROOT, env=environment_of(folder), stdout=out, stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: server.poll() is not None or answers(url), 120)
        assert server.poll() is None, printed.read_text()
        yield url, first, printed.read_text()
    finally:
        server.terminate()
        server.wait(30)


def logins_in(printed: str) -> dict[str, str]:
    """Login and password as a person copies them from the terminal."""
    return dict(re.findall(r"^  (\w+) +([a-z]+(?:-[a-z]+)+-\d+) ", printed, re.MULTILINE))


def test_a_second_start_changes_nothing_and_prints_the_same_logins(demo: tuple[str, str, str]) -> None:
    url, first, second = demo
    assert len(logins_in(first)) >= 4 and logins_in(first) == logins_in(second)
    assert re.search(r"make phone .* code [A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", first)
    assert f"{url}/console" in second and f"{url}/api/docs" in second


ANOTHER_DAY = """
import sys
from datetime import UTC, datetime, timedelta
from server import demo

class Later(datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(days=int(sys.argv[1]))

demo.datetime = Later
settings, company = demo.prepare()
print("founded", *company.codes())
"""


@pytest.mark.parametrize("days", [1, 40])
def test_a_start_on_another_day_goes_on_with_the_same_company(prepared: tuple[Path, str], days: int) -> None:
    folder, _ = prepared
    founding = "type like 'org.%' or type like 'people.%' or type like 'stores.%' or type like 'devices.issue%'"
    counted = f"select type, count(*) from op_log where {founding} group by type"
    before = dict(ask(folder, counted))  # what its server does by itself goes on beside it
    command = [sys.executable, "-c", ANOTHER_DAY, str(days)]
    later = subprocess.run(command, cwd=ROOT, env=environment_of(folder), capture_output=True, text=True, check=False)
    assert later.returncode == 0, later.stderr[-2_000:]
    assert re.search(r"^founded .*[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", later.stdout, re.MULTILINE)
    codes = before["devices.issue_code/1"] + 2
    assert dict(ask(folder, counted)) == {**before, "devices.issue_code/1": codes}, "two codes that are good from then on"


def test_every_printed_login_opens_the_board_and_the_console(demo: tuple[str, str, str]) -> None:
    url, first, _ = demo
    stores = {}
    for login, password in logins_in(first).items():
        desk = Desk(url, login, password)
        board = desk.get("/api/v1/boards/today?limit=200")
        stores[login] = board["totals"]["stores"]
        for row in board["stores"]:
            assert row["posted"] == sum(row[state] for state in STATES), row
        for name in ("posted", "present", "left", "not_in_yet", "unknown"):
            assert sum(row[name] for row in board["stores"]) == board["totals"][name]
        status, page = desk.page("/console/today")
        assert status == 200 and (not board["stores"] or any(row["name"] in page for row in board["stores"]))
    assert stores["lin"] == 1 and stores["chen"] >= 50, "the store manager sees one store, HQ all"
    assert [login for login, seen in stores.items() if not seen] == ["qian"], "a department's head has people, not stores"


def test_the_api_documents_itself_and_swagger_ui_comes_from_here(demo: tuple[str, str, str]) -> None:
    url, _, _ = demo
    with urllib.request.urlopen(f"{url}/api/openapi.json", timeout=30) as said:
        document = json.load(said)
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert {"/api/v1/sync", "/api/v1/boards/today", "/api/v1/imports/stores"} <= set(document["paths"])
    with urllib.request.urlopen(f"{url}/api/docs", timeout=30) as said:
        page, policy = said.read().decode(), said.headers["Content-Security-Policy"]
    assert "swagger-ui" in page and re.search(r"default-src '(none|self)'", policy)
    fetched = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert any("swagger-ui-bundle" in address for address in fetched)
    for address in fetched:
        assert address.startswith("/"), f"{address} would come from elsewhere"
        with urllib.request.urlopen(url + address, timeout=30) as said:
            assert said.status == 200, address


def test_a_demo_prepared_from_nothing_holds_real_stores(demo: tuple[str, str, str], tmp_path: Path) -> None:
    url, first, _ = demo
    login, password = next(iter(logins_in(first).items()))
    stores = Desk(url, login, password).get("/api/v1/stores?limit=200")["items"]
    assert len(stores) >= 50 and len({store["city"] for store in stores}) >= 5
    assert all(-90e7 < store["lat_e7"] < 90e7 and store["zone"].startswith("Asia/") for store in stores)
