"""Fifty things done in flight mode, the app killed in between, the network cut twice in the middle of handing them in."""

from __future__ import annotations

import random
from typing import Any

from contract.ids import new_id
from mobile.core.ports import Answer, NoSignal
from tests.journeys.conftest import MALL, PEOPLE_OF_A
from tests.journeys.stage import Stage
from tests.mobile.field import fix_at

PINS = ("482913", "591847", "736482", "826405")


def test_fifty_mixed_actions_arrive_once_in_order_and_with_their_own_times(stage: Stage, shop: dict[str, str]) -> None:
    tablet, rng = stage.tablet_of(shop["A"]), random.Random(64)
    tablet.core.sync_once()
    tablet.world.link.up = False
    tablet.world.locator.now = fix_at(*MALL)
    people = [shop[name] for name in PEOPLE_OF_A]
    done: list[str] = []
    times: dict[str, int] = {}
    nowhere = ""
    for n in range(50):
        stage.pass_(minutes=rng.uniform(0.1, 9))
        person = people[n % 4]
        if n == 25:
            tablet.restart()  # the app is killed
        if n < 4:
            tablet.core.set_pin(PINS[n], person)
            done.append("people.set_pin/1")
        elif n == 30:  # a store that HQ has closed meanwhile, or never had
            nowhere = tablet.core.punch(kind="in", person_id=person, store_id=new_id()).punch_id
            done.append("attendance.clock_in/1")
        elif n % 7 == 6:
            tablet.core.add_proof(next(reversed(times)), code=tablet.core.store_code().digits)
            done.append("attendance.add_proof/1")
        else:
            by_pin = tablet.core.check_pin(person, PINS[n % 4]).ok
            photo, kind = b"\xff\xd8" + bytes(n), "in" if rng.random() < 0.5 else "out"
            kept = tablet.core.punch(kind=kind, person_id=person, by_pin=by_pin, photo=photo)  # type: ignore[arg-type]
            times[kept.punch_id] = stage.pass_()
            done.append("attendance.clock_in/1")
    assert len(done) == 50 and tablet.core.sync_state().journal_head == 50

    cuts = iter(["before it arrives", "before it is answered"])

    def cut(through: Any, *request: Any) -> Answer:
        where = next(cuts, None) if request[1] == "/api/v1/sync" and len(request[2]) > 5_000 else None
        if where == "before it arrives":
            raise NoSignal("cut")
        answer: Answer = through(*request)
        if where is not None:
            raise NoSignal("cut")
        return answer

    tablet.world.link.up, tablet.world.link.weather = True, cut
    for _ in range(5):
        stage.pass_(minutes=10)
        tablet.core.sync_once()
    assert next(cuts, None) is None, "both cuts happened"
    state = tablet.core.sync_state()
    assert (state.waiting, state.with_hq, state.photos) == (0, 50, 0)
    assert [row[0] for row in stage.sql("SELECT type FROM op_log WHERE device_id IS NOT NULL ORDER BY seq")] == done
    assert stage.sql("SELECT count(*), count(DISTINCT op_id) FROM op_log WHERE device_id IS NOT NULL") == [(50, 50)]

    hq = stage.desk("chen")
    punches = {line["punch"]["id"]: line["punch"] for line in hq.get("/api/v1/punches?limit=200")["punches"]}
    assert set(punches) == set(times) and nowhere not in punches
    for punch_id, punch in punches.items():
        assert abs(punch["taken_ms"] - times[punch_id]) < 1_000 and punch["grade"] == "exact"
    # the conflict is shown on both sides
    assert [(need.status, need.said.code) for need in state.needs_you][0] == ("rejected", "stores.unknown")
    assert "stores.unknown" in hq.page("/console/operations")[1]
    blobs = [file for file in (stage.folder / "blobs").rglob("*") if file.is_file()]
    assert len(blobs) == len(punches), "every photo is there"
