"""Small instances of the retail family for tests: demand drawn at random, or by what is asked for."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

PEOPLE = (("ann", 720, 2400), ("bo", 1080, 2400), ("cy", 360, 1200))


def file_of(
    days: int, tasks: int, staff: Sequence[tuple[str, int, int]], wanted: Mapping[tuple[int, int], int], slack: int = 0
) -> str:
    """The file of an instance; `wanted`: people by (period from 06:00 of day 1, task from 1), 0 where absent; `slack`: by how
    much the maximum lies above."""
    lines = ["# made for a test", "SECTION_HORIZON", str(days), "", "SECTION_TASKS", str(tasks), "SECTION_STAFF"]
    lines += [f"{name},{least},{most}" for name, least, most in staff]
    lines.append("SECTION_COVER")
    for period in range(days * 96):
        for task in range(1, tasks + 1):
            heads = wanted.get((period, task), 0)
            lines.append(f"{_time(period)},{task},{heads},{heads + slack}")
    return "\n".join(lines) + "\n"


def drawn(seed: int, days: int, tasks: int, staff: Sequence[tuple[str, int, int]], heads: Sequence[int] = (0, 1, 1)) -> str:
    """An instance with demand that changes every hour or two."""
    rng = random.Random(seed)
    wanted = {}
    for task in range(1, tasks + 1):
        period = 0
        while period < days * 96:
            many = rng.choice(heads)
            for _ in range(rng.choice((4, 6, 8))):
                wanted[period, task] = many
                period += 1
    return file_of(days, tasks, staff, wanted)


def _time(period: int) -> str:
    since, until = (period + 24) * 15, (period + 25) * 15
    day, since = divmod(since, 1440)
    until %= 1440
    return f"{day + 1},{since // 60:02}:{since % 60:02}-{until // 60:02}:{until % 60:02}"
