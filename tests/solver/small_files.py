"""Small files of the Curtois & Qu family, drawn at random, and their optimum by trying everything."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from server.solver.check_nrp import judge
from server.solver.nrp import Instance, read


def drawn(seed: int, *, staff: int, days: int, shifts: int) -> str:
    """The text of an instance in which any rule may bind; the same for the same numbers."""
    rng = random.Random(seed)
    names = "EDLN"[:shifts]
    lengths = [rng.choice((480, 480, 600, 240)) for _ in names]
    lines = ["SECTION_HORIZON", str(days), "SECTION_SHIFTS"]
    for i, name in enumerate(names):
        lines.append(f"{name},{lengths[i]},{'|'.join(n for n in names[:i] if rng.random() < 0.8)}")
    lines.append("SECTION_STAFF")
    people = [chr(ord("A") + i) for i in range(staff)]
    for name in people:
        most = (
            "|".join(f"{s}={rng.choice((0, 1, 2, days))}" for s in names[:-1])
            + ("|" if shifts > 1 else "")
            + f"{names[-1]}={days}"
        )
        top = rng.randint(1, days) * max(lengths)
        least = rng.randint(0, max(0, top // 3))
        on = rng.randint(1, 5)
        lines.append(f"{name},{most},{top},{least},{on},{rng.randint(1, min(on, 3))},{rng.randint(1, 3)},{rng.randint(0, 2)}")
    lines.append("SECTION_DAYS_OFF")
    lines += [f"{name},{rng.randrange(days)}" for name in people if rng.random() < 0.4]
    for section in ("SHIFT_ON_REQUESTS", "SHIFT_OFF_REQUESTS"):
        lines.append(f"SECTION_{section}")
        cells = {(rng.choice(people), rng.randrange(days), rng.choice(names)) for _ in range(staff * 2)}
        lines += [f"{p},{d},{s},{rng.randint(1, 3)}" for p, d, s in sorted(cells)]
    lines.append("SECTION_COVER")
    for day in range(days):
        lines += [
            f"{day},{s},{rng.randint(0, max(1, staff // shifts))},{rng.choice((10, 100))},{rng.choice((0, 1))}" for s in names
        ]
    return "\n".join(lines) + "\n"


def all_legal(text: str, instance: Instance, person: int) -> Iterator[tuple[int, ...]]:
    """Every legal roster of one person, by trying all and asking the judge: for each day the shift, or -1."""
    names = [s.name for s in instance.shifts]
    alone = text.split("SECTION_STAFF\n")[0] + "SECTION_STAFF\n"
    member = next(
        line for line in text.splitlines() if line.startswith(f"{instance.staff[person].name},") and line.count(",") == 7
    )
    free = [line for line in text.partition("SECTION_DAYS_OFF\n")[2].partition("SECTION")[0].splitlines() if line[0] == member[0]]
    alone += "\n".join([member, "SECTION_DAYS_OFF", *free, "SECTION_COVER", ""])
    for cells in itertools.product(range(-1, len(names)), repeat=instance.days):
        if not judge(alone, {instance.staff[person].name: [names[s] if s >= 0 else "" for s in cells]}).broken:
            yield cells


def optimum(text: str) -> int | None:
    """The least penalty of a legal roster; None when there is none. Tries all."""
    instance = read(text)
    legal = [list(all_legal(text, instance, person)) for person in range(len(instance.staff))]
    best: int | None = None
    costs = [
        [sum(instance.wishes[p].get((d, s), 0) for d, s in enumerate(cells) if s >= 0) for cells in of]
        for p, of in enumerate(legal)
    ]
    for picks in itertools.product(*(range(len(of)) for of in legal)):
        total = instance.base + sum(costs[p][i] for p, i in enumerate(picks))
        for cover in instance.cover:
            have = sum(legal[p][i][cover.day] == cover.shift for p, i in enumerate(picks))
            total += (cover.need - have) * cover.under if have < cover.need else (have - cover.need) * cover.over
        best = total if best is None or total < best else best
    return best
