"""`outpost bench roster --retail`: a file by path or name, the report, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.solver import bench, check_retail, retail_bench
from server.solver.bench import Family, bench_roster
from server.solver.check_retail import Break, Verdict
from server.solver.retail import read
from server.solver.retail_bench import retail_files, retail_solve
from tests.server.retail_world import file_of
from tests.support.planted import instead

EASY = file_of(1, 1, (("ann", 360, 360), ("bo", 360, 375)), {(period, 1): 1 for period in range(24)})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of benchmark files, one of the family; kernels are compiled where they are needed, not in a process before."""
    (tmp_path / "retail").mkdir()
    (tmp_path / "retail" / "easy.txt").write_text(EASY, encoding="utf-8")
    monkeypatch.setitem(bench.FAMILIES, "retail", Family(retail_files, retail_solve))
    return tmp_path


def asked(folder: Path, *names: str) -> Result:
    return CliRunner().invoke(
        bench_roster, ["--retail", ",".join(names), "--folder", str(folder), "--seconds", "20", "--seed", "3", "--json"]
    )


def test_a_file_by_name_and_by_path_is_solved_judged_and_reported(folder: Path) -> None:
    elsewhere = folder / "mine.txt"
    elsewhere.write_text(EASY, encoding="utf-8")
    told = asked(folder, "easy", str(elsewhere))
    assert told.exit_code == 0
    report = json.loads(told.stdout)
    assert [line["instance"] for line in report["instances"]] == ["easy", "mine"]
    for line in report["instances"]:
        assert (line["family"], line["objective"], line["bound"], line["shortfall"]) == ("retail", 24, 24, 0)
        assert (line["proven"], line["hard_broken"], line["gap_to_bound"], line["best_known"]) == (True, 0, 0.0, None)
        assert 0 <= line["covered_cpu_seconds"] <= line["cpu_seconds"] < 20
    assert "easy:" in told.stderr


def test_in_words_the_report_names_objective_bound_and_gap(folder: Path) -> None:
    told = CliRunner().invoke(bench_roster, ["--retail", "easy", "--folder", str(folder), "--seconds", "20"])
    assert "easy" in told.stdout and "24  bound       24" in told.stdout and "proven" in told.stdout


def test_what_the_judge_finds_broken_is_never_reported_as_proven(folder: Path) -> None:
    false = Verdict((Break("rest", "ann", "0 minutes"),), 0, 24)
    with instead(retail_bench, "check", lambda text, roster: false):
        line = json.loads(asked(folder, "easy").stdout)["instances"][0]
    assert (line["hard_broken"], line["proven"], line["gap_to_bound"]) == (1, False, None)


def test_who_cannot_be_planned_is_named_in_the_report(folder: Path) -> None:
    (folder / "retail" / "odd.txt").write_text(file_of(1, 1, (("ann", 660, 700),), {}), encoding="utf-8")
    line = json.loads(asked(folder, "odd").stdout)["instances"][0]
    assert (line["objective"], line["proven"], line["hard_broken"]) == (None, False, None)
    assert line["no_roster_because_of"] == "ann"


@pytest.mark.parametrize(
    ("name", "text", "said"), [("gone", None, "gone is no file"), ("bad", "SECTION_HORIZON\n99\n", "bad.txt")]
)
def test_a_file_that_is_none_ends_the_command_with_a_sentence(folder: Path, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (folder / "retail" / f"{name}.txt").write_text(text, encoding="utf-8")
    told = asked(folder, name)
    assert told.exit_code == 1 and said in told.stderr


def test_without_names_all_files_of_the_subfolder_are_taken_short_names_first(folder: Path) -> None:
    (folder / "retail" / "a_longer_name.txt").write_text(EASY, encoding="utf-8")
    assert [path.stem for path in retail_files(folder, ())] == ["easy", "a_longer_name"]


def test_the_published_files_are_read_alike_by_solver_and_judge() -> None:
    places = Path(bench.DEFAULT_FOLDER) / "retail"
    for path in sorted(places.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        problem, file = read(text), check_retail._parse(text)
        low, high = (sum(pair[k] for row in problem.wanted for pair in row) for k in (0, 1))
        assert (len(problem.people), problem.days, problem.activities) == (len(file.staff), file.days, file.tasks)
        assert (low, high) == (sum(pair[0] for pair in file.cover.values()), sum(pair[1] for pair in file.cover.values()))
    assert read(EASY).activities == check_retail._parse(EASY).tasks == 1
