"""`make bench`: measures everything in docs/figures.md on this machine and writes the page's table anew; its words stay.

python -m tools.bench              all of it (about 25 minutes)
python -m tools.bench --quick      one short run of each, written nowhere
python -m tools.bench single empty only these
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from benches import report
from benches.machine import describe, load

PAGE = Path(__file__).resolve().parents[1] / "docs" / "figures.md"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*report.BENCHES, []], help="names of benches; default all")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the page although only some were run")
    wanted = parser.parse_args()
    print(describe(), flush=True)
    if load() > 1.0:
        print(f"the machine is busy (load {load():.1f}): read ratios and CPU time, not rates", flush=True)
    names = wanted.only or list(report.BENCHES)
    rows = report.measure(names, runs=1 if wanted.quick else wanted.runs, quick=wanted.quick)
    text = report.page(rows, describe(), datetime.now(UTC), "python -m tools.bench " + " ".join(wanted.only))
    print(text)
    if wanted.write or not (wanted.quick or wanted.only):
        old = PAGE.read_text(encoding="utf-8")
        words = old[old.index("\n## ") :] if "\n## " in old else ""
        PAGE.write_text(text + words, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
