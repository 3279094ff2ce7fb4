"""docs/architecture.md says what is where in the database: of every table, and of none that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_tables import HEAD, LIST, list_faults, tables_there_are
from tests.architecture.tree import plant


def test_every_table_stands_in_the_list_once_and_says_what_it_holds() -> None:
    there = tables_there_are()
    assert {"op_log", "score_card", "audit_tile"} <= there
    assert list_faults(there) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("| `punch` | punches |", "store is not in"),
        ("| `punch`, `store`, `shop` | punches and stores |", "shop is no table"),
        ("| `punch`, `store` | both |\n| `store` | again |", "store stands there 2 times"),
        ("| `punch`, `store` | |", "nothing is said of"),
    ],
)
def test_a_list_with_a_planted_fault_is_found_out(tmp_path: Path, line: str, fault: str) -> None:
    plant(tmp_path, {LIST: f"# x\n\n{HEAD}\n| --- | --- |\n{line}\n"})
    [found] = list_faults({"punch", "store"}, tmp_path)
    assert fault in found
