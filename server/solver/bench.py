"""`outpost bench roster`: solves public benchmark files within CPU seconds, has each roster judged by code that shares nothing
with the solver, and says how it stands to the best known. `FAMILIES` is the table of file families; each solves its own files."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from server.solver.retail_bench import retail_files, retail_solve, retail_warm_up

DEFAULT_FOLDER = "../shared/data/rostering"

Line = dict[str, Any]
Say = Callable[[str], None]
Solve = Callable[[Path, float, int, Say, Callable[[], bool]], Line]
"""(file, CPU seconds, seed, line of progress, "stop?") -> what is reported. Every family's line has at least: instance,
objective, bound, proven, best_known, gap_to_best, gap_to_bound, hard_broken, cpu_seconds (over all processes), wall_seconds."""


@dataclass(frozen=True, slots=True)
class Family:
    """`files` finds the files of the names asked for (none asked: all there are) in a folder; unknown names raise
    `click.ClickException`."""

    files: Callable[[Path, Sequence[str]], list[Path]]
    solve: Solve
    warm_up: Callable[[], None] = lambda: None


# Best known objective of Instance1 to Instance24: the README beside the public files, and the benchmark's page (2023-01).
NRP_BEST_KNOWN = dict(
    enumerate(
        (607, 828, 1001, 1716, 1143, 1950, 1056, 1300, 439, 4631, 3443, 4040, 1348, 1278, 3829, 3225, 5746, 4459, 3149, 4769,
        21133,
         30241, 17428, 42463), 1,
    )
)  # fmt: skip


def nrp_files(folder: Path, names: Sequence[str]) -> list[Path]:
    """Instance<n>.txt for each number, or files by name."""
    if not names:
        return sorted(folder.glob("Instance*.txt"), key=lambda path: (len(path.name), path.name))
    found = [folder / (f"Instance{name}.txt" if name.isdigit() else name) for name in names]
    for path in found:
        if not path.is_file():
            raise click.ClickException(f"{path.name} is not in {folder}")
    return found


def nrp_solve(path: Path, seconds: float, seed: int, say: Say, stop: Callable[[], bool]) -> Line:
    """One file of Curtois & Qu."""
    from server.solver.nrp import BadFile
    from server.solver.nrp_solve import solve_text
    from server.solver.portfolio import Outcome

    def tell(outcome: Outcome) -> None:
        say(f"{path.stem}: {outcome.cpu:6.1f} CPU-s  best {outcome.objective}  bound {outcome.bound}")

    began = time.monotonic()
    try:
        solved = solve_text(path.read_text(encoding="utf-8"), seconds=seconds, seed=seed, tell=tell, stop=stop)
    except (BadFile, UnicodeDecodeError, OSError) as bad:
        raise click.ClickException(f"{path.name}: {bad}") from bad
    outcome, verdict = solved.outcome, solved.verdict
    number = re.fullmatch(r"Instance(\d+)", path.stem)
    best = NRP_BEST_KNOWN.get(int(number[1])) if number else None
    return {
        "instance": path.stem,
        "objective": verdict.penalty if verdict else None,
        "bound": outcome.bound,
        "proven": bool(verdict and not verdict.broken and outcome.bound is not None and outcome.bound >= verdict.penalty),
        "best_known": best,
        "gap_to_best": _gap(verdict.penalty if verdict else None, best),
        "gap_to_bound": _gap(verdict.penalty if verdict else None, outcome.bound),
        "hard_broken": len(verdict.broken) if verdict else None,
        "parts": dict(verdict.parts) if verdict else None,
        "engine": outcome.engine,
        "no_roster_because_of": outcome.impossible,
        "missing_libraries": outcome.missing,
        "failed": outcome.failed,
        "largest_worker_mib": largest_worker_mib(),
        "cpu_seconds": round(outcome.cpu, 2),
        "wall_seconds": round(time.monotonic() - began, 2),
        "trace": outcome.trace,
    }


def largest_worker_mib() -> int | None:
    """Resident memory of the largest process that this one has waited for; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _gap(objective: int | None, to: int | None) -> float | None:
    """As a share of what it is compared with; of 1 where that is 0."""
    return None if objective is None or to is None else round((objective - to) / max(1, abs(to)), 6)


def nrp_warm_up() -> None:
    """Compile the kernels once, in a process of its own: what a later run finds in the cache folder."""
    from server.solver.seats import spawned

    spawned(_compile_nrp).join()


def _compile_nrp() -> None:
    from server.solver.nrp_pricer import make

    rows = "".join(f"{day},D,1,100,1\n" for day in range(14))
    text = f"SECTION_HORIZON\n14\nSECTION_SHIFTS\nD,480,\nSECTION_STAFF\nA,D=3,4320,960,5,2,2,1\nSECTION_COVER\n{rows}"
    _, pricer = make(text)
    pricer.price([0], [0.0] * 14, [1e18], 2)


FAMILIES: dict[str, Family] = {
    "nrp": Family(nrp_files, nrp_solve, nrp_warm_up),
    "retail": Family(retail_files, retail_solve, retail_warm_up),
}


def run(asked: dict[str, Sequence[str]], folder: Path, seconds: float, seed: int, say: Say, stop: Callable[[], bool]) -> Line:
    """Solve what is asked of each family; an empty list of names means all its files. Raises `click.ClickException`."""
    if not folder.is_dir():
        raise click.ClickException(f"There is no folder {folder}: --folder says where the benchmark files are")
    files = [(family, path) for family, names in asked.items() for path in FAMILIES[family].files(folder, names)]
    if not files:
        raise click.ClickException(f"No benchmark files in {folder}")
    began = time.monotonic()
    for family in dict.fromkeys(family for family, _ in files):
        FAMILIES[family].warm_up()
    warm = round(time.monotonic() - began, 2)
    lines = []
    for family, path in files:
        if stop():
            break
        lines.append({"family": family, **FAMILIES[family].solve(path, seconds, seed, say, stop)})
    gaps = [line["gap_to_best"] for line in lines if line["gap_to_best"] is not None]
    return {
        "seconds": seconds,
        "seed": seed,
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "compiling_wall_seconds": warm,
        "cancelled": stop(),
        "mean_gap_to_best": round(sum(gaps) / len(gaps), 6) if gaps else None,
        "proven": sum(bool(line["proven"]) for line in lines),
        "instances": lines,
    }


@click.group()
def bench() -> None:
    """Measure what the machinery does on public problems."""


@bench.command("roster")
@click.option("--instances", help="Numbers or names of Curtois & Qu files, with commas.")
@click.option("--retail", help="Names (or paths) of retail files, with commas: 1_7_10_1,5_7_10_2.")
@click.option("--folder", default=DEFAULT_FOLDER, show_default=True, help="Where the benchmark files are.")
@click.option("--seconds", default=60.0, show_default=True, help="CPU seconds for each file, over all processes.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON on standard output.")
def bench_roster(instances: str | None, retail: str | None, folder: str, seconds: float, seed: int, as_json: bool) -> None:
    """Rosters of public benchmarks: objective, bound, best known, gap, CPU seconds."""
    from server.solver.portfolio import cancelled_by_signals

    if not 1 <= seconds <= 86_400:
        raise click.ClickException("--seconds is a number from 1 to 86400")
    asked: dict[str, Sequence[str]] = {}
    for family, names in (("nrp", instances), ("retail", retail)):
        if names:
            asked[family] = [name.strip() for name in names.split(",") if name.strip()]
    if not asked:
        asked = dict.fromkeys(FAMILIES, ())
    with cancelled_by_signals() as stop:
        report = run(asked, Path(folder), seconds, seed, lambda line: click.echo(line, err=True), stop)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    for line in report["instances"]:
        click.echo(
            f"{line['family']:8}{line['instance']:14}{line['objective']!s:>8}  bound {line['bound']!s:>8}  best known "
            f"{line['best_known']!s:>8}  gap {_percent(line['gap_to_best'])}  to the bound {_percent(line['gap_to_bound'])}"
            f"  {line['cpu_seconds']:8.1f} CPU-s  {'proven' if line['proven'] else ''}{'  BROKEN' if line['hard_broken'] else ''}"
            f"{'  missing ' + str(line['shortfall']) if line.get('shortfall') else ''}"
        )


def _percent(gap: float | None) -> str:
    return "      -" if gap is None else f"{gap:7.2%}"
