"""Tests that share something dear to make run on one worker, and the suite's two workers know which."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.groups import TOGETHER, group_of

ROOT = Path(__file__).resolve().parents[2]
_RUN_AT = re.compile(r"^\[(gw\d+)\].*PASSED (\S+?)::", re.M)


def _workers(*options: str) -> dict[str, set[str]]:
    """Which workers ran tests of each file of a small run."""
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", "-k", "icon or glyph or drawn_in_the_weight", *options]
    told = subprocess.run([*command, "tests/ui/test_words.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found: dict[str, set[str]] = {}
    for worker, file in _RUN_AT.findall(told):
        found.setdefault(file, set()).add(worker)
    return found


def test_what_is_together_runs_on_one_worker_and_would_not_without_being_said() -> None:
    together, apart = _workers("--dist", "loadgroup"), _workers("--dist", "load")
    assert [len(workers) for workers in together.values()] == [1]
    assert [len(workers) for workers in apart.values()] == [2]


def test_every_group_names_tests_that_exist() -> None:
    assert all((ROOT / begins).exists() for begins in TOGETHER)
    assert group_of("tests/ui/test_words.py::test_one") == group_of("tests/ui/test_layout.py::test_two")
    assert group_of("tests/rules/test_a.py::test_one") != group_of("tests/rules/test_a.py::test_two")
