"""What the machine was doing while something was measured: load, and CPU time of whole process trees."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_s(root_pid: int) -> float:
    """CPU seconds of a process and all its descendants, ended children included."""
    children: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        pid = int(entry.name)
        children.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(int(value) for value in fields[11:15]) / _TICK
    total, todo = 0.0, [root_pid]
    while todo:
        pid = todo.pop()
        total += times.get(pid, 0.0)
        todo += children.get(pid, [])
    return total


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds of these processes alone."""
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(value) for value in fields[11:13]) / _TICK
    return total


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def describe() -> str:
    """One line about the machine."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, load {load():.2f}"


def spread(values: Sequence[float]) -> str:
    """median (least to most)."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"
