"""The test database is a real server, empty each time, and goes away with its owner."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.support import postgres as pg
from tests.support.shared_data import ROOT


def test_each_test_gets_an_empty_database_of_its_own(postgres: str, postgres_server: pg.PostgresServer) -> None:
    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE TABLE punch (id int)")
    other = postgres_server.fresh()
    with psycopg.connect(other) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    postgres_server.drop(other)
    assert tables == (0,)


def test_a_template_is_prepared_once_and_copied(postgres_server: pg.PostgresServer) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE seed AS SELECT 7 AS n")

    urls = [postgres_server.copy_of("seeded", prepare) for _ in range(2)]
    assert len(prepared) == 1
    assert len({*urls, *prepared}) == 3
    for url in urls:
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT n FROM seed").fetchone() == (7,)


def test_a_killed_test_run_leaves_no_server_behind() -> None:
    script = (
        "import sys; from tests.support import postgres as pg; s = pg.start(); "
        "print(s.pid, s.folder, flush=True); sys.stdin.read()"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OUTPOST_TEST_DATABASE_URL"}
    owner = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pid, folder = owner.stdout.readline().split()
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 20
    while os.path.exists(f"/proc/{pid}/status") and time.monotonic() < deadline:
        state = Path(f"/proc/{pid}/status").read_text()
        if "State:\tZ" in state:
            break
        time.sleep(0.1)
    else:
        assert not os.path.exists(f"/proc/{pid}/status")
    subprocess.run(["rm", "-rf", folder], check=True)
    owner.stdout.close()
    assert owner.stdin is not None
    owner.stdin.close()


def test_without_any_server_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pg.shutil, "which", lambda _name: None)
    monkeypatch.setattr(pg.Path, "is_dir", lambda _self: False)
    monkeypatch.setattr(pg.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(RuntimeError, match="apt-get install postgresql"):
        pg.binaries()


def test_the_wheel_serves_where_no_distribution_package_is() -> None:
    server = pg.start(fallback_only=True)
    try:
        with psycopg.connect(server.admin_url) as connection:
            told = connection.execute("SHOW server_version_num").fetchone()
        assert told is not None
        assert int(told[0]) >= 160000
    finally:
        server.stop()
    assert server.folder is None
