"""The retail family of `outpost bench roster`: finds files, solves each, has the roster judged by `check_retail.py`, and says
what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from server.solver.check_retail import check
from server.solver.retail import Unreadable, read
from server.solver.retail_best import NoRoster
from server.solver.retail_search import Found, Limit
from server.solver.retail_solve import as_json, solve

SUBFOLDER = "retail"
TELL_EVERY_S = 1.0


def retail_files(folder: Path, names: Sequence[str]) -> list[Path]:
    """`<name>.txt` in the folder or its subfolder `retail`, or a path to a file; no names: all of the subfolder. Raises
    `click.ClickException`."""
    if not names:
        return sorted((folder / SUBFOLDER).glob("*.txt"), key=lambda path: (len(path.name), path.name))
    found = []
    for name in names:
        places = (folder / SUBFOLDER / f"{name}.txt", folder / f"{name}.txt", Path(name))
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise click.ClickException(f"{name} is no file, and not in {folder / SUBFOLDER}")
        found.append(path)
    return found


def retail_solve(path: Path, seconds: float, seed: int, say: Callable[[str], None], stop: Callable[[], bool]) -> dict[str, Any]:
    """One file. `shortfall`: people missing, summed over periods and activities; `objective`: squared surplus; `gap_to_bound`
    only where nobody is missing.
    `covered_cpu_seconds`: when the first roster without a shortfall was there."""
    began = time.monotonic()
    limit = Limit(seconds=seconds, stop=stop)
    trace: list[tuple[float, int, int, int]] = []

    def tell(found: Found, bound: int) -> None:
        if not trace or found.cpu - trace[-1][0] >= TELL_EVERY_S:
            say(f"{path.stem}: {found.cpu:6.1f} CPU-s  missing {found.missing}  surplus {found.surplus}  bound {bound}")
            trace.append((round(found.cpu, 2), found.missing, found.surplus, bound))

    line: dict[str, Any] = {"instance": path.stem, "best_known": None, "gap_to_best": None, "no_roster_because_of": None}
    try:
        text = path.read_text(encoding="utf-8")
        problem = read(text)
        answer = solve(problem, limit, seed, tell)
    except (Unreadable, UnicodeDecodeError, OSError) as bad:
        raise click.ClickException(f"{path.name}: {bad}") from bad
    except NoRoster as nobody:
        line["no_roster_because_of"] = nobody.name
        return (
            line | dict.fromkeys(("objective", "bound", "shortfall", "gap_to_bound", "hard_broken")) | _times(limit, began, False)
        )
    verdict = None if answer.roster is None else check(text, as_json(problem, answer.roster))
    objective = None if verdict is None else verdict.surplus
    covered = verdict is not None and not verdict.missing and not verdict.breaks
    return (
        line
        | {
            "people": len(problem.people),
            "activities": problem.activities,
            "days": problem.days,
            "objective": objective,
            "shortfall": None if verdict is None else verdict.missing,
            "bound": answer.bound,
            "gap_to_bound": None
            if objective is None or not covered
            else round((objective - answer.bound) / max(1, answer.bound), 6),
            "hard_broken": None if verdict is None else len(verdict.breaks),
            "covered_cpu_seconds": _rounded(answer.covered_cpu),
            "found_cpu_seconds": _rounded(answer.found_cpu),
            "steps": answer.steps,
            "trace": trace,
        }
        | _times(limit, began, covered and objective == answer.bound)
    )


def _times(limit: Limit, began: float, proven: bool) -> dict[str, Any]:
    return {"proven": proven, "cpu_seconds": _rounded(limit.cpu()), "wall_seconds": _rounded(time.monotonic() - began)}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def retail_warm_up() -> None:
    """Compile the kernels once, in a process of its own: what a later run finds in the cache folder."""
    from server.solver.seats import spawned

    spawned(_compile_retail).join()


def _compile_retail() -> None:
    cover = "\n".join(f"1,{hour:02}:00-{hour:02}:15,1,1,1" for hour in range(6, 24))
    problem = read(f"SECTION_HORIZON\n1\nSECTION_TASKS\n1\nSECTION_STAFF\nA,360,600\nB,360,600\nSECTION_COVER\n{cover}\n")
    solve(problem, Limit(steps=50), 1, lambda found, bound: None)
