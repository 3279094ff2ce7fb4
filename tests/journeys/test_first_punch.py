"""The main line: no signal, two taps, the app dies, the phone starts again, the signal comes back, HQ sees it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.devices import IssueCode
from contract.ids import new_id
from server.devices.service import code_of
from tests.journeys.conftest import MALL, found_company
from tests.journeys.stage import Stage, free_port, wait_for
from tests.server.world import SECRET
from tests.support.shared_data import ROOT

pytestmark = pytest.mark.alone  # its seconds are counted

TWO_HOURS_MS = 7_200_000


class Air:
    """A wire between the phone and the server that can be cut: then nobody listens, and what is open falls silent."""

    def __init__(self, to_port: int) -> None:
        self.port, self._to = free_port(), to_port
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.mend()

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for line in self._open:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := one.recv(65_536):
                other.sendall(said)
        for line in (one, other):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


class PhoneProcess:
    """The phone app in a process that can be killed."""

    def __init__(self, folder: Path, wall_off_ms: int) -> None:
        self._folder = folder
        lat, lng = MALL
        self._environment = {
            **os.environ,
            "OUTPOST_STORY_WALL_OFF_MS": str(wall_off_ms),
            "OUTPOST_POSITION": f"{lat},{lng},18",
        }
        self.start()

    def start(self) -> None:
        self._app = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.phone_process", str(self._folder)],
            cwd=ROOT, env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def kill(self) -> None:
        """kill -9: nothing is put away."""
        self._app.kill()
        self._app.wait()

    def tap(self, *command: str) -> Any:
        assert self._app.stdin is not None and self._app.stdout is not None
        self._app.stdin.write(json.dumps(command) + "\n")
        self._app.stdin.flush()
        assert select.select([self._app.stdout], [], [], 60)[0], f"the app does not answer to {command}"
        said = json.loads(self._app.stdout.readline())
        assert "error" not in said, said
        return said

    def line(self, punch_id: str) -> Any:
        return next(line for line in self.tap("look")["punches"] if line["punch_id"] == punch_id)


@pytest.fixture
def today(tmp_path: Path) -> Iterator[Stage]:
    """A company that lives by the machine's clock."""
    made = Stage(tmp_path, told_time=False)
    yield made
    made.close()


def test_a_punch_without_signal_survives_the_app_and_reaches_hqs_board_with_its_true_time(today: Stage, tmp_path: Path) -> None:
    ids = found_company(today.office)
    code_id = new_id()
    today.office.must(IssueCode(code_id=code_id, kind="phone", person_id=ids["李伟"]))
    today.open_doors()
    air = Air(today.port)
    hq, manager = today.desk("chen"), today.desk("ma")
    phone = PhoneProcess(tmp_path / "phone", wall_off_ms=-TWO_HOURS_MS)
    try:
        assert phone.tap("enrol", f"http://127.0.0.1:{air.port}", code_of(SECRET, code_id))["person_name"] == "李伟"
        wait_for(lambda: phone.tap("look")["store"] == ids["A"], 30)
        before = board_of(manager, ids["A"])
        assert before["state"] in ("not_in_yet", "unknown") and before["punch_id"] is None

        air.cut()
        made_ms = time.time_ns() // 1_000_000
        kept = phone.tap("punch")
        assert kept["kind"] == "in" and kept["preview"]["place"] == "inside"
        phone.kill()  # at once: "kept" has been said, so it must be on the disk
        phone.start()
        assert phone.line(kept["punch_id"])["state"] == "kept"
        time.sleep(2)  # it tries, and nobody answers
        assert phone.tap("look")["badge"] == "offline"
        assert board_of(hq, ids["A"])["punch_id"] is None, "HQ cannot know yet"

        air.mend()
        wait_for(lambda: phone.line(kept["punch_id"])["state"] == "with_hq", 75)  # by itself: nobody taps anything
        seen, waited = wait_for(lambda: board_of(hq, ids["A"])["punch_id"] and board_of(hq, ids["A"]), 5)
        assert waited < 5 and seen["punch_id"] == kept["punch_id"] and seen["state"] == "present"
        assert abs(seen["since_ms"] - made_ms) < 2_000, "the true time, not the phone's wall clock"
        shown, page = manager.page(f"/console/today/{ids['A']}")
        row = re.search(r"李伟.*?</tr>", page, re.DOTALL)
        assert shown == 200 and row, page[:2000]
        assert time.strftime("%H:%M", time.gmtime(made_ms / 1000 + 8 * 3600)) in row[0], "in the store's own time"

        [punch] = [line["punch"] for line in hq.get("/api/v1/punches")["punches"]]
        assert punch["grade"] == "exact" and punch["low_ms"] - 50 <= made_ms + 500 and punch["high_ms"] + 50 >= made_ms
        assert punch["place"] == "inside" and punch["store_id"] == ids["A"] and punch["person_id"] == ids["李伟"]
        assert "evidence.clock_off" in [reason["code"] for reason in punch["reasons"]], "a clock set back is said"

        assert "1 devices" in today.outpost("backup")
        phone.kill()
        phone.start()
        wait_for(lambda: phone.line(kept["punch_id"])["state"] == "backed_up", 60)
        assert today.sql("SELECT count(*) FROM punch") == [(1,)]
    finally:
        phone.kill()
        air.cut()


def board_of(desk: Any, store_id: str) -> Any:
    """What the board says of Li Wei."""
    people = desk.get(f"/api/v1/boards/today/{store_id}")["people"]
    return next(person for person in people if person["name"] == "李伟")
