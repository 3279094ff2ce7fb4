"""Files are small, named for what they hold, finished, and free of anybody's machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import check_files as check
from tests.architecture.tree import ROOT, plant

RULES = [
    check.long_files,
    check.empty_names,
    check.modules_without_a_word,
    check.left_overs,
    check.swallowed_errors,
    check.machine_paths,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(
    ("rule", "file", "source"),
    [
        (check.long_files, "server/app.py", "x = 1\n" * 401),
        (check.long_files, "mobile/ui/kit.kv", "# line\n" * 401),
        (check.empty_names, "server/people/utils.py", ""),
        (check.empty_names, "mobile/common/text.py", ""),
        (check.modules_without_a_word, "server/app.py", "x = 1\n"),
        (check.left_overs, "server/app.py", "# TO" + "DO later\n"),
        (check.left_overs, "mobile/ui/kit.kv", "# FIX" + "ME\n"),
        (check.swallowed_errors, "server/app.py", "try:\n    f()\nexcept ValueError:\n    pass\n"),
        (check.machine_paths, "docs/protocol.md", "see /" + "work/shared/design\n"),
        (check.machine_paths, "server/settings.py", "HOME = '/" + "home/li/data'\n"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, rule: Callable[[Path], list[str]], file: str, source: str) -> None:
    plant(tmp_path, {file: source})
    assert len(rule(tmp_path)) == 1


def test_four_hundred_lines_are_allowed(tmp_path: Path) -> None:
    plant(tmp_path, {"server/app.py": "x = 1\n" * 400})
    assert check.long_files(tmp_path) == []
