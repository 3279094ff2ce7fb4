"""A score card on the store's tablet, with a year of cards beside it: from the tap until it is on disk, and the touches it takes.

python -m benches.score_card       200 cards through the device's core (WAL, synchronous=FULL), one of five metrics by touches

The touches go through Kivy's own layout and touch dispatch in a window that draws nothing, over the real core, whose link is
down; the time of the app is between a touch and its answer on the page, without drawing.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

PEOPLE, DAYS, SPEED, SAFE, PIN = 12, 260, "t_speed", "t_safe", "591847"
GOAL_MS = 150


def furnish(folder: Path) -> tuple[Any, Any, str]:
    """A store with twelve people and its tablet, which holds a year of their cards; five metrics; answers whom to score."""
    from contract.ids import new_id
    from contract.metrics import DefineScheme, SetWeights, Weighed
    from contract.scoring import ScoreCardRow
    from contract.scoring_turning import TurnPeriods
    from server.kernel.actors import Actor
    from tests.mobile.field import Field
    from tests.server.scores_of import DISH, NEAT, TEAM, Scored

    field = Field(folder)
    floor = Scored(folder, field.office)
    world = floor.world
    floor.metric(SPEED, "points")
    floor.metric(SAFE, "yes_no")
    scheme = DefineScheme(scheme_id=new_id(), code="t_all", name_zh="全员", name_en="All", store_id=floor.a)
    world.must(scheme)
    lines = [Weighed(metric=code, owner="store", weight="20") for code in (DISH, TEAM, NEAT, SPEED, SAFE)]
    world.must(SetWeights(
        version_id=new_id(), scheme_id=scheme.scheme_id, from_day="2026-11-01", lines=lines, reason="r"
    ))  # fmt: skip
    world.must(TurnPeriods(), Actor.system())
    people = [floor.ids["an"], *(world.hire(f"同事{number}") for number in range(PEOPLE - 1))]
    for person in people[1:]:
        world.post(person, floor.a)
    _year(field, floor, people)
    tablet, phone = field.tablet_of(floor.a), field.phone_of(floor.ids["ma"])
    phone.core.sync_once()
    phone.core.set_pin(PIN)
    phone.core.sync_once()
    for _ in range(200):
        if tablet.core.sync_once().complete:
            break
    tablet.world.link.up = False
    assert tablet.core.desk.open(floor.ids["ma"], PIN).ok
    held = len(tablet.core._parts.replica.all("score_card", ScoreCardRow))
    assert held == PEOPLE * DAYS, held
    return field, tablet, people[0]


def _year(field: Any, floor: Any, people: list[str]) -> None:
    from contract.ids import new_id
    from server.kernel.actors import Actor
    from server.kernel.perform import writing
    from server.scoring.card_model import ScoreCard

    marks = [
        {"metric": code, "value": value, "points": points, "comment": ""}
        for code, value, points in (("t_dish", "90", "90"), ("t_team", "80", "80"), ("t_neat", "1", "100"), (SPEED, "70", "70"))
    ]
    last = date(2026, 11, 19)
    for back in range(DAYS):
        day = last - timedelta(days=back)
        at = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
        with writing(floor.world.db, Actor.system(), op_id=new_id(), now=field.time()) as session:
            session.add_all([
                ScoreCard(
                    id=new_id(), person_id=person, store_id=floor.a, day=day, month=f"{day:%Y-%m}", rater="manager",
                    rater_id=floor.ids["ma"], given=marks, comment="午高峰很稳", photos=[], at=at, arrived_at=at, op_id=new_id(),
                    marks=marks, withdrawn=False, facts=0,
                )
                for person in people
            ])  # fmt: skip


def tap_to_kept(tablet: Any, whom: str, times: int) -> dict[str, float]:
    """Milliseconds from the call behind the button until the card is on disk."""
    desk, spent = tablet.core.scores.desk, []
    for _ in range(times + 5):
        desk.write(whom, {"t_dish": "90", "t_team": "80", "t_neat": "1", SPEED: "70", SAFE: "1"}, "今天很好")
        began = time.perf_counter()
        desk.give(whom)
        spent.append((time.perf_counter() - began) * 1_000)
    return _told(spent[5:])


def touched_to_kept(tablet: Any, whom: str, times: int) -> dict[str, float]:
    """Milliseconds until one touch of a card that is being filled in is on disk."""
    desk, spent = tablet.core.scores.desk, []
    for number in range(times):
        began = time.perf_counter()
        desk.write(whom, {"t_dish": str(number % 100)}, "")
        spent.append((time.perf_counter() - began) * 1_000)
    desk.throw_away(whom)
    return _told(spent)


def _told(spent: list[float]) -> dict[str, float]:
    ordered = sorted(spent)
    p95 = ordered[math.ceil(len(ordered) * 0.95) - 1]
    return {"median": round(statistics.median(spent), 2), "p95": round(p95, 2), "most": round(ordered[-1], 2)}


def open_desk(tablet: Any) -> tuple[Any, Any]:
    """The tablet's face over its core, at the desk's scores; answers its driver and the desk."""
    from tests.ui import driver

    size = driver.SIZES["kiosk"]  # its window is there before anything else of Kivy is imported
    from mobile.devices.qr import qr_matrix
    from mobile.ui.app import Abilities, OutpostApp
    from mobile.ui.bridge import UiTimers
    from mobile.viewmodels.face import FaceModel
    from tests.ui.scripted_core import AtOnce, InMemory

    model = FaceModel("kiosk", AtOnce(tablet.core), UiTimers(), InMemory(language="zh"))
    face = driver.Driver(OutpostApp(model, Abilities(qr_matrix, time.time)), size)
    desk = model.screens["manager"]
    model.start()
    face.settle()
    model.navigator.go("manager")
    face.until(lambda: desk.state.step == "pin", "the PIN is asked for")
    for digit in PIN:
        desk.tap_digit(digit)
    face.until(lambda: desk.state.scores.board, "the desk is open")
    desk.tap_part("scores")
    face.settle()
    return face, desk


def by_touches(tablet: Any) -> dict[str, Any]:
    """One card of five metrics with a ready phrase, from the list of people until it is given."""
    face, desk = open_desk(tablet)
    from tests.ui.hand import GOAL_S, Hand, score

    hand = Hand(face)
    before = len(desk.state.scores.board.sent)
    whom = desk.state.scores.board.people[0].person_id  # whoever is not scored yet stands first
    wanted = {"t_dish": "90", SPEED: "80", "t_team": "80", "t_neat": "1", SAFE: "1"}
    score(hand, desk, whom, list(wanted.items()), "提交评分")
    assert len(tablet.core.scores.desk.board().sent) >= before
    person_s = hand.person_s(len(wanted))
    found = {
        "touches": hand.touches, "swipes": hand.swipes, "app_s": round(hand.app_s, 2),
        "slowest_touch_ms": round(max(hand.spent), 1), "person_s": round(person_s, 1),
        "together_s": round(person_s + hand.app_s, 1), "goal_s": GOAL_S,
    }  # fmt: skip
    face.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        field, tablet, whom = furnish(Path(name))
        try:
            touched, kept = touched_to_kept(tablet, whom, asked.times), tap_to_kept(tablet, whom, asked.times)
            card = by_touches(tablet)
        finally:
            field.close()
    print(json.dumps({
        "cards": PEOPLE * DAYS, "touch_to_kept_ms": touched, "tap_to_kept_ms": kept, "goal_ms": GOAL_MS, "card": card,
    }))  # fmt: skip
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
