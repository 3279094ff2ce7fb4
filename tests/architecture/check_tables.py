"""The list of tables in docs/architecture.md and the tables there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from server.kernel.db import Base
from server.migrate import every_model
from tests.architecture.tree import ROOT

LIST = "docs/architecture.md"
HEAD = "| table | |"


def tables_there_are() -> set[str]:
    """Every table that a migrated database has."""
    every_model()
    return set(Base.metadata.tables)


def list_faults(tables: Iterable[str], root: Path = ROOT) -> list[str]:
    """Tables that the list lacks, names twice, or names though they do not exist; and lines that say nothing."""
    text = (root / LIST).read_text(encoding="utf-8")
    lines = [line.split("|") for line in text[text.index(HEAD) :].splitlines()[2:] if line.startswith("|")]
    named = Counter(name for line in lines for name in re.findall(r"`([a-z_0-9]+)`", line[1]))
    there = set(tables)
    return [
        *(f"{name} is not in {LIST}" for name in sorted(there - named.keys())),
        *(f"{name} is no table" for name in sorted(named.keys() - there)),
        *(f"{name} stands there {count} times" for name, count in sorted(named.items()) if count > 1),
        *(f"nothing is said of {line[1].strip()}" for line in lines if len(line) < 4 or not line[2].strip()),
    ]
