"""What one test run lays down no other run removes, and it leaves nothing behind but what failed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.shared_data import ROOT

_RUN = """
import os, sys, tempfile
from tests.support.own_folder import OwnFolder
mine = OwnFolder()
os.makedirs(mine.path / "pytest-of-me" / "pytest-0")
tempfile.mkdtemp()
mine.keep = sys.argv[1] == "failed"
if os.fork() == 0:
    sys.exit()
os.wait()
print(mine.path, len(os.listdir(mine.path)))
"""


def _after(outcome: str, folder: Path) -> tuple[Path, list[str]]:
    """The folder of a run that ended so, and what is left of it."""
    ran = subprocess.run(
        [sys.executable, "-c", _RUN, outcome], cwd=ROOT, env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    own, found = ran.stdout.split()
    assert found == "2", "a child that was forked off took it away"
    return Path(own), [each.name for each in Path(own).iterdir()] if Path(own).exists() else []


def test_a_run_has_a_folder_of_its_own_and_leaves_what_failed(tmp_path: Path) -> None:
    good, left_of_good = _after("passed", tmp_path)
    bad, left_of_bad = _after("failed", tmp_path)
    assert good.parent == bad.parent == tmp_path and good != bad
    assert not good.exists() and left_of_good == []
    assert left_of_bad == ["pytest-of-me"]


def test_this_run_is_in_such_a_folder(tmp_path: Path) -> None:
    own = Path(tempfile.gettempdir())
    assert own.name.startswith("outpost-tests-") and os.environ["TMPDIR"] == str(own)
    assert tmp_path.resolve().is_relative_to(own.resolve())
