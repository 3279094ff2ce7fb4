"""Tests that share something dear to make run on one worker, and the suite's two workers know which."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.groups import LONG, TOGETHER, WALKS, group_of, long_ones_first

ROOT = Path(__file__).resolve().parents[2]
_RUN_AT = re.compile(r"^\[(gw\d+)\].*PASSED (\S+?)::", re.M)


def _workers(*options: str) -> dict[str, set[str]]:
    """Which workers ran tests of each file of a small run."""
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", *options]
    told = subprocess.run([*command, "tests/contract/test_ids.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found: dict[str, set[str]] = {}
    for worker, file in _RUN_AT.findall(told):
        found.setdefault(file, set()).add(worker)
    return found


def test_what_is_together_runs_on_one_worker_and_would_not_without_being_said() -> None:
    together, apart = _workers("--dist", "loadgroup"), _workers("--dist", "load")
    assert [len(workers) for workers in together.values()] == [1]
    assert [len(workers) for workers in apart.values()] == [2]


def test_every_group_and_every_long_one_names_tests_that_exist() -> None:
    assert all((ROOT / begins).exists() for begins in (*TOGETHER, *WALKS))
    assert [begins for begins in LONG if not list(ROOT.glob(f"{begins}*"))] == []


def test_a_file_stays_together_and_so_do_those_who_ask_for_the_same_walk() -> None:
    assert group_of("tests/ui/test_words.py::test_one[kiosk]") == group_of("tests/ui/test_layout.py::test_two[kiosk-zh-1.0]")
    assert group_of("tests/ui/test_layout.py::test_two[phone-1.0]") != group_of("tests/ui/test_layout.py::test_two[kiosk-1.0]")
    assert group_of("tests/web/test_a.py::test_one") == group_of("tests/web/test_b.py::test_one")
    assert group_of("tests/rules/test_a.py::test_one") == group_of("tests/rules/test_a.py::test_two")
    assert group_of("tests/rules/test_a.py::test_one") != group_of("tests/rules/test_b.py::test_one")


def test_long_ones_are_begun_first_and_the_rest_keeps_its_order() -> None:
    given = ["tests/rules/test_b.py::one", "tests/rules/test_a.py::one", f"{LONG[1]}::two", f"{LONG[0]}::one", f"{LONG[0]}::two"]
    assert long_ones_first(given, str) == [given[3], given[4], given[2], given[0], given[1]]
