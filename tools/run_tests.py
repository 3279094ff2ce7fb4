"""Lint, types and tests in the order that fails soonest. `--fast` is `make check`; paths narrow a run to themselves.

The suite runs in two parts: what measures time or drives a real window or browser, alone; then what may share the
machine, on two workers (one PostgreSQL each), the long files first (tests/support/groups.py). Every step runs even if one
before it failed, so that one run tells everything; the exit code is the first failure's. The fast part has both workers too,
and the types are looked at meanwhile: what they say is shown when the tests have ended.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q"]
_NOTHING_COLLECTED = 5

LINT = ("lint", [sys.executable, "-m", "ruff", "check", "--quiet", "."])
TYPES = ("types", [sys.executable, "-m", "mypy"])
TWO_WORKERS = ["-n", "2", "--dist", "loadgroup"]
FAST = ("fast tests", [*PYTEST, *TWO_WORKERS, "-m", "fast and not slow", "tests/architecture", "tests/contract", "tests/rules"])
SHARED = ("tests that may share the machine", [*PYTEST, *TWO_WORKERS, "-m", "not alone"])
ALONE = ("tests that need the machine to themselves", [*PYTEST, "-m", "alone"])


def _run(name: str, command: list[str], *, may_be_empty: bool = False) -> int:
    print(f"== {name}", flush=True)
    begun = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code == _NOTHING_COLLECTED and may_be_empty:
        code = 0
    if code != 0:
        # on the other stream: a test run closes with pytest's own line
        print(f"== {name}: FAILED after {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return code


def _fast() -> list[int]:
    """The fast tests, and the types beside them. The codes of both."""
    with subprocess.Popen(TYPES[1], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as types:
        tests = _run(*FAST)
        said, _ = types.communicate()
    print(f"== {TYPES[0]}\n{said}", end="", flush=True)
    if types.returncode != 0:
        print(f"== {TYPES[0]}: FAILED", file=sys.stderr, flush=True)
    return [types.returncode, tests]


def main(arguments: list[str]) -> int:
    if arguments and arguments != ["--fast"]:
        return _run("the tests named", [*PYTEST, *arguments])
    if arguments == ["--fast"]:
        codes = [_run(*LINT), *_fast()]
    else:
        codes = [_run(*LINT), _run(*TYPES), _run(*ALONE, may_be_empty=True)]
        failed = [name for (name, _), code in zip((LINT, TYPES, ALONE), codes, strict=True) if code]
        if failed:
            print(f"== failed so far: {', '.join(failed)}", flush=True)
        codes.append(_run(*SHARED))
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
