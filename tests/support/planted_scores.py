"""A company of scores made from known truths: what raters are severe by, what metrics tell, what drives sales. Seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from server.scoring.quality.flags import Card
from server.scoring.quality.metrics import Figures
from server.scoring.quality.severity import Ratings

SCORED = ("dish_quality", "satisfaction", "hygiene", "teamwork")


@dataclass
class Planted:
    """`generous`: what each rater really gives more (minus: less). `able`: what each person's work is really worth."""

    ratings: Ratings
    generous: dict[str, float]
    able: dict[str, float]
    group: dict[str, int] = field(default_factory=dict)


def scores(
    seed: int, *, raters: int = 30, people_each: int = 12, cards: int = 3, moved: float = 0.3, rater_sd: float = 2.0,
    person_sd: float = 5.0, pair_sd: float = 1.5, rest_sd: float = 4.0, lenient: float | None = None, islands: int = 1,
) -> Planted:  # fmt: skip
    """Each rater has a store with people; a share of them (`moved`) was at the next store before and has marks from its rater
    too. `lenient`: rater 0 gives so many points more than usual. `islands`: people move within so many sets of stores only."""
    rng = random.Random(seed)
    generous = {f"r{number:03d}": rng.gauss(0, rater_sd) for number in range(raters)}
    if lenient is not None:
        generous["r000"] = lenient
    hard = {metric: rng.gauss(0, 3) for metric in SCORED}
    able: dict[str, float] = {}
    rows: list[tuple[str, str, str, float]] = []
    size = raters // islands
    for home in range(raters):
        island = min(home // size, islands - 1)
        first, last = island * size, raters if island == islands - 1 else (island + 1) * size
        for number in range(people_each):
            person = f"p{home:03d}-{number:02d}"
            able[person] = rng.gauss(75, person_sd)
            at = [home]
            if rng.random() < moved:
                at.append(first + (home - first + 1) % (last - first))
            for store in at:
                rater, felt = f"r{store:03d}", rng.gauss(0, pair_sd)
                for _ in range(cards):
                    for metric in SCORED:
                        said = able[person] + generous[rater] + hard[metric] + felt + rng.gauss(0, rest_sd)
                        rows.append((rater, person, metric, said))
    columns = list(zip(*rows, strict=True))
    group = {f"r{number:03d}": min(number // size, islands - 1) for number in range(raters)}
    return Planted(Ratings(columns[0], columns[1], columns[2], columns[3]), generous, able, group)


FLAT, TWINS, DRIVES = "attendance", ("efficiency", "response_time"), "dish_quality"
MEASURED = (FLAT, "complaints", DRIVES, "hygiene", "satisfaction", "teamwork", *TWINS)


def figures(seed: int, *, people: int = 240, months: int = 3, drives: float = 0.5, alike: float = 0.95) -> list[Figures]:
    """Points of eight metrics by person and month: everybody has 100 of one, two are the same but for noise (r = `alike`), one
    goes with the outcome (r = `drives`), and the rest are what they are. Months differ for all, which is nobody's doing."""
    rng = random.Random(seed)
    found = []
    for month in range(months):
        season = {metric: rng.gauss(0, 4) for metric in (*MEASURED, "outcome")}
        for person in range(people):
            drawn = {metric: rng.gauss(0, 1) for metric in MEASURED}
            drawn[TWINS[1]] = alike * drawn[TWINS[0]] + (1 - alike**2) ** 0.5 * drawn[TWINS[1]]
            sales = drives * drawn[DRIVES] + (1 - drives**2) ** 0.5 * rng.gauss(0, 1)
            points = {metric: 75 + 6 * one + season[metric] for metric, one in drawn.items()}
            points[FLAT] = 100.0
            found.append(Figures(f"p{person:04d}", f"2026-{month + 1:02d}", points, 1000 + 200 * sales + 50 * season["outcome"]))
    return found


def cards(seed: int, *, raters: int = 30, people: int = 6, days: int = 14) -> list[Card]:
    """A month of honest raters: cards on days at random, said the same day or soon after, four marks in steps of five points."""
    rng = random.Random(seed)
    found = []
    for rater in range(raters):
        for person in range(people):
            for day in rng.sample(range(1, 31), days // 2):
                marks = [float(5 * round(rng.gauss(15, 2))) for _ in SCORED]
                late = rng.choices((0, 1, 2, 3, 5), (60, 20, 10, 5, 5))[0]
                found.append(Card(f"r{rater:03d}", f"p{rater}-{person}", f"s{rater}", date(2026, 4, day), late, marks))
    return found
