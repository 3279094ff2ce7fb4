"""A phone is lost. HQ revokes it: what it did before counts after a look, what somebody does with it later never does."""

from __future__ import annotations

from contract.devices import Revoke
from contract.sync import SignedOperation
from contract.wire import decode
from mobile.core.ports import NoSignal
from tests.journeys.conftest import MALL
from tests.journeys.stage import Stage
from tests.mobile.field import Gadget, fix_at


def test_a_lost_phone_hands_in_its_work_and_nothing_done_later_counts_by_itself(stage: Stage, shop: dict[str, str]) -> None:
    phone, hq = stage.phone_of(shop["李伟"]), stage.desk("chen")
    phone.core.sync_once()
    device_id = phone.core._parts.identity.device_id
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    stage.pass_(minutes=30)
    earlier = phone.core.punch(kind="in").punch_id
    stage.pass_(minutes=120)
    hq.do("/api/v1/devices/revocations", Revoke(device_id=device_id, reason="left in a taxi"))
    stage.pass_(minutes=120)
    later = phone.core.punch(kind="out").punch_id
    phone.core.set_pin("918273")  # the thief would like to be Li Wei at the tablet, too
    sent_while_lost = [decode(bytes(raw), SignedOperation).op for raw in _journal(phone)]
    assert len(sent_while_lost) == 3

    phone.world.link.up = True
    for _ in range(3):
        phone.core.sync_once()

    punches = {line["punch"]["id"]: line["punch"] for line in hq.get("/api/v1/punches")["punches"]}
    assert punches[earlier]["verdict"] == "review", "kept, for a person to look at"
    assert "evidence.device_revoked" in [reason["code"] for reason in punches[earlier]["reasons"]]
    assert punches[later]["verdict"] == "review", "what the thief did is kept as well, and never green"
    assert stage.sql("SELECT count(*) FROM person WHERE pin_verifier IS NOT NULL") == [(0,)], "but nobody gets a PIN that way"
    # nothing is thrown away: HQ has the bytes, and sees what was refused and why
    kept = [row[0].decode() for row in stage.sql("SELECT raw FROM op_log UNION ALL SELECT raw FROM op_quarantine")]
    assert all(any(op in raw for raw in kept) for op in sent_while_lost)
    status, page = hq.page("/console/operations")
    assert status == 200 and "people.set_pin" in page and "device.revoked" in page and "李伟" in page
    status, page = hq.page("/console/review")
    assert status == 200 and earlier in page and later in page
    # the phone has forgotten everything, and says so
    state = phone.core.sync_state()
    assert phone.core.enrolment is None and state.rows == 0 and phone.core._parts.keys.scopes() == set()
    status, page = hq.page(f"/console/devices/{device_id}")
    assert status == 200 and "left in a taxi" in page
    assert stage.sql(
        "SELECT count(*) FROM device_scope WHERE device_id = ? AND confirmed_at IS NULL", device_id.replace("-", "")
    ) == [(0,)], "the wipe is confirmed"


def _journal(phone: Gadget) -> list[bytes]:
    parts = phone.core._parts
    rows = parts.db.rows("SELECT seq, op, sealed FROM journal ORDER BY seq")
    return [parts.keys.unseal("own:journal", f"{op}|{seq}", sealed) for seq, op, sealed in rows]


def test_a_request_recorded_before_the_revocation_gets_no_rows_after_it(stage: Stage, shop: dict[str, str]) -> None:
    """Somebody who taped a request and plays it again is answered with the order to forget, and with nothing else."""
    phone, hq = stage.phone_of(shop["李伟"]), stage.desk("chen")
    taped = []

    def tape(through, *request):  # type: ignore[no-untyped-def]
        taped.append((through, request))
        return through(*request)

    phone.world.link.weather = tape
    phone.core.sync_once()
    hq.do("/api/v1/devices/revocations", Revoke(device_id=phone.core._parts.identity.device_id, reason="stolen"))
    for through, request in taped:
        try:
            answer = through(*request)
        except NoSignal:
            continue
        said = decode(answer.body, dict)
        assert answer.status == 200 and "wipe" in said and not said.get("rows"), said


def test_a_pin_chosen_before_the_phone_was_revoked_is_the_persons_own(stage: Stage, shop: dict[str, str]) -> None:
    phone, hq = stage.phone_of(shop["李伟"]), stage.desk("chen")
    phone.core.sync_once()
    phone.world.link.up = False
    stage.pass_(minutes=10)
    phone.core.set_pin("482913")
    stage.pass_(minutes=10)
    hq.do("/api/v1/devices/revocations", Revoke(device_id=phone.core._parts.identity.device_id, reason="old phone"))
    stage.pass_(minutes=10)
    phone.world.link.up = True
    phone.core.sync_once()
    assert stage.sql("SELECT count(*) FROM person WHERE pin_verifier IS NOT NULL") == [(1,)]
