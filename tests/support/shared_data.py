"""The project's shared folder (real stores, third-party vectors) lies beside the repository, not in it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
_told: set[str] = set()


def shared_data(*parts: str) -> Path:
    """`shared_data("stores", "stores_cn.csv")`. Where it is absent the test says so and is skipped; the only skip."""
    path = SHARED.joinpath("data", *parts)
    if path.exists():
        return path
    line = f"shared data absent: ../shared/data/{'/'.join(parts)}"
    if line not in _told:
        _told.add(line)
        print(line)
    pytest.skip(line)
