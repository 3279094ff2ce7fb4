"""One bad operation, and one that breaks the server, delay nothing else; both are seen where somebody can do something."""

from __future__ import annotations

import re

from contract.ids import new_id
from tests.journeys.conftest import MALL
from tests.journeys.stage import Stage
from tests.mobile.field import fix_at

# What breaks here for one punch only: abs() of the smallest integer overflows inside the database, as a bug would.
POISON = """CREATE TRIGGER poison BEFORE INSERT ON punch WHEN NEW.note = 'poison'
            BEGIN SELECT abs(-9223372036854775807 - 1); END"""


def test_bad_and_poisoned_operations_delay_nothing_and_are_repaired(stage: Stage, shop: dict[str, str]) -> None:
    phone, tablet = stage.phone_of(shop["李伟"]), stage.tablet_of(shop["A"])
    for device in stage.devices:
        device.core.sync_once()
    stage.sql(POISON)
    phone.world.locator.now = fix_at(*MALL)
    first = phone.core.punch(kind="in").punch_id
    refused = phone.core.punch(kind="out", store_id=new_id()).punch_id
    stage.pass_(minutes=1)
    poisoned = phone.core.punch(kind="out", note="poison")
    phone.core.add_proof(poisoned.punch_id)  # waits for what it is about, and for nothing else
    stage.pass_(minutes=1)
    last = phone.core.punch(kind="in").punch_id
    of_another = tablet.core.punch(kind="in", person_id=shop["林静"]).punch_id
    begun = stage.time.true_ms if stage.time else 0
    for device in stage.devices:
        assert device.core.sync_once().complete, "downloads are not held up either"
    hq = stage.desk("chen")
    assert {line["punch"]["id"] for line in hq.get("/api/v1/punches")["punches"]} == {first, last, of_another}
    assert phone.core.sync_state().waiting == 0, "everything was taken in"

    # "needs you", with reasons
    state = phone.core.sync_state()
    assert state.badge == "needs_you"
    assert {(need.seq, need.status, need.said.code) for need in state.needs_you} == {
        (2, "rejected", "stores.unknown"),
        (3, "parked", "operation.failed_here"),
        (4, "held", "operation.waits_for_parked"),
    }
    trace = next(need.said.facts["trace"] for need in state.needs_you if need.status == "parked")
    line = phone.core.punch_line(poisoned.punch_id)
    assert line is not None and line.status == "parked" and line.verdict is None
    assert tablet.core.sync_state().needs_you == ()

    # HQ's list, with the same trace, on the page and on the command line, and in the server's log
    status, page = hq.page("/console/operations")
    assert status == 200
    assert page.count("stores.unknown") == 1 and page.count("operation.failed_here") == 1 and trace in page
    assert "李伟" in page
    listed = stage.outpost("ops", "list")
    assert "1 held, 1 parked, 1 rejected" in listed, listed
    assert trace in (stage.folder / "server.log").read_text(), "the trace leads to what went wrong"
    assert re.search(r"integer overflow", (stage.folder / "server.log").read_text())

    # replaying before the repair changes nothing; afterwards it counts, with the time at which it was made
    assert "parked" in stage.outpost("ops", "replay", "--parked")
    stage.sql("DROP TRIGGER poison")
    stage.pass_(minutes=120)
    assert "2 applied" in stage.outpost("ops", "replay", "--parked")
    phone.core.sync_once()
    line = phone.core.punch_line(poisoned.punch_id)
    assert line is not None and line.status == "applied" and line.state == "with_hq"
    assert abs(line.taken_at_ms - (begun - 60_000)) < 1_000 and line.grade == "exact"
    [left] = phone.core.sync_state().needs_you
    assert left.status == "rejected"
    seen = phone.core.punch_line(refused)
    assert seen is not None and seen.status == "rejected"
    phone.core.acknowledge(left.op_id)
    assert phone.core.sync_state().needs_you == () and phone.core.sync_state().badge != "needs_you"
