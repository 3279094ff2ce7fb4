"""How long the rules of rosters take: a month of ten thousand people, and one tap into a person's month.

`python -m benches.roster_rules` prints what it measured in CPU time of this process: how busy the machine is does not matter.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

import msgspec

from benches.machine import describe
from contract.rostering.local_time import at_minute, day_of, ordinal
from contract.rostering.presets import CN_2025
from contract.rostering.rules import Calendar, judge_change, judge_line
from contract.rostering.shapes import Away, Past, Placed, Skill, Stay, Worker

FIRST = ordinal("2026-08-01")
DAYS = 31
ZONE = "Asia/Shanghai"
KINDS = ((480, 990), (840, 1_350), (540, 1_050), (1_320, 1_800))  # early, late, day, night; half an hour of pause
OPEN = [[(0, 1_440)]] * 7
CALENDAR = Calendar(
    day_of(FIRST), day_of(FIRST + DAYS - 1), ZONE, open_week={f"s{n}": OPEN for n in range(5)},
    travel_min={(f"s{one}", f"s{two}"): 30 for one in range(5) for two in range(5)},
)  # fmt: skip


def shift(number: int, day: int, kind: int, store: str) -> Placed:
    """A shift of the month."""
    name = day_of(FIRST + day)
    starts, ends = KINDS[kind]
    starts_ms, ends_ms = at_minute(name, starts, ZONE), at_minute(name, ends, ZONE)
    return Placed(
        id=f"{number}-{day}", person_id=f"p{number}", store_id=store, day=name, starts_min=starts, ends_min=ends,
        starts_ms=starts_ms, ends_ms=ends_ms, work_min=(ends_ms - starts_ms) // 60_000 - 30, role="till",
    )  # fmt: skip


def person(number: int, rng: random.Random, *, every_day: bool = False) -> tuple[Worker, list[Placed]]:
    """Somebody with two stays, two skills, wishes, leave and a past, and their month: five or six days of seven, or all."""
    store = f"s{number % 5}"
    worker = Worker(
        person_id=f"p{number}", stays=[Stay(store_id=store, from_day="2026-01-01"), Stay(store_id="s0", from_day="2026-08-10")],
        skills=[Skill(code="till"), Skill(code="food", to_day="2026-08-20")], born_on="1996-02-03", week_min_min=2_000,
        away=[
            Away(kind=kind, starts_ms=at_minute(day, 480, ZONE), ends_ms=at_minute(day, 960, ZONE))
            for kind, day in (
                ("leave", "2026-08-05"), ("unavailable", "2026-08-12"), ("undesired", "2026-08-19"), ("desired", "2026-08-26"),
            )
        ],
        past=Past(last_end_ms=at_minute(day_of(FIRST - 1), 1_080, ZONE), days_in_row=2, week_min=1_440),
    )  # fmt: skip
    worked = [day for day in range(DAYS) if every_day or rng.random() < 0.75]
    return worker, [shift(number, day, rng.choice((0, 0, 1, 2, 2, 3)), store) for day in worked]


def month(people: int) -> tuple[float, int, int]:
    """CPU seconds to judge the month of so many, shifts and verdicts."""
    rng = random.Random(5)
    crowd = [person(number, rng) for number in range(people)]
    begun = time.process_time()
    verdicts = sum(len(judge_line(worker, placed, CN_2025, CALENDAR)) for worker, placed in crowd)
    return time.process_time() - begun, sum(len(placed) for _, placed in crowd), verdicts


def taps(count: int) -> list[float]:
    """CPU milliseconds of each of so many taps into a month in which every day is worked: a shift moved, made, taken away."""
    rng = random.Random(7)
    worker, placed = person(1, rng, every_day=True)
    found = []
    for number in range(count):
        one = placed[number % DAYS]
        moved = shift(1, number % DAYS, number % len(KINDS), one.store_id)
        begun = time.process_time_ns()
        if number % 3 == 0:
            judge_change(worker, placed, moved, (), CN_2025, CALENDAR)
        elif number % 3 == 1:
            judge_change(worker, placed, msgspec.structs.replace(moved, id="new"), (), CN_2025, CALENDAR)
        else:
            judge_change(worker, placed, None, [one.id], CN_2025, CALENDAR)
        found.append((time.process_time_ns() - begun) / 1_000_000)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--taps", type=int, default=1_000)
    wanted = parser.parse_args()
    print(describe())
    month(200)
    seconds, shifts, verdicts = month(wanted.people)
    print(f"{wanted.people} people's month, {shifts} shifts: {seconds:.2f} CPU-s, {verdicts} verdicts")
    taps(100)
    spent = sorted(taps(wanted.taps))
    print(f"one tap into 31 days: median {statistics.median(spent):.2f} ms, p95 {spent[int(len(spent) * 0.95)]:.2f} ms CPU")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
