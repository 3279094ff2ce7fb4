"""`outpost bench roster` as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from server.cli import main
from server.solver import check_nrp
from tests.solver.small_files import drawn
from tests.support.planted import instead
from tests.support.shared_data import shared_data


def typed(*words: str) -> Result:
    return CliRunner().invoke(main, ["bench", "roster", *words])


def test_a_folder_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    said = typed("--folder", str(tmp_path / "nowhere"))
    assert said.exit_code == 1
    assert "There is no folder" in said.output and "--folder" in said.output


def test_a_file_that_is_not_there_or_is_broken_is_named(tmp_path: Path) -> None:
    assert "Instance7.txt is not in" in typed("--folder", str(tmp_path), "--instances", "7").output
    (tmp_path / "Instance7.txt").write_text("SECTION_HORIZON\nmany\n", encoding="utf-8")
    said = typed("--folder", str(tmp_path), "--instances", "7")
    assert said.exit_code == 1 and "Instance7.txt" in said.output


def test_a_roster_the_judge_refuses_is_never_called_proven(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(drawn(6, staff=3, days=6, shifts=1), encoding="utf-8")

    def strict(*told: object) -> list[check_nrp.Broken]:
        return [check_nrp.Broken("weekends", "A", None, "planted")]

    good = json.loads(typed("--folder", str(tmp_path), "--instances", "mine.txt", "--seconds", "20", "--json").stdout)
    with instead(check_nrp, "_runs", strict):
        bad = json.loads(typed("--folder", str(tmp_path), "--instances", "mine.txt", "--seconds", "20", "--json").stdout)
    assert (good["instances"][0]["hard_broken"], good["instances"][0]["proven"]) == (0, True)
    assert (bad["instances"][0]["hard_broken"], bad["instances"][0]["proven"]) == (3, False)
    assert good["instances"][0]["best_known"] is None


def test_the_first_four_public_files_are_proven_within_the_limit() -> None:
    folder = shared_data("rostering")
    report = json.loads(typed("--folder", str(folder), "--instances", "1,2,3,4", "--seconds", "60", "--json").stdout)
    lines = report["instances"]
    assert [(line["objective"], line["bound"], line["proven"]) for line in lines] == [
        (607, 607, True),
        (828, 828, True),
        (1001, 1001, True),
        (1716, 1716, True),
    ]
    assert [line["gap_to_best"] for line in lines] == [0, 0, 0, 0] and report["proven"] == 4
    assert all(line["hard_broken"] == 0 and line["cpu_seconds"] <= 60 for line in lines)
