"""What the start pages say: where, since when, what is proposed, in which language."""

from __future__ import annotations

from typing import Any

import pytest

from contract.attendance import PunchRow
from contract.geo import Fix
from contract.moments import COMPANY_ZONE
from contract.store_code import code_for, qr_text, step_of
from mobile.core.views import Refused
from tests.mobile.devices_here import AT_THE_STORE, DAY_MS, LIN, STORE, WEI, Device, posting_row, store_row

HOUR_MS = 3_600_000


ANOTHER_DEVICE = "01a0e000-0000-7000-8000-00000000abcd"  # absent would mean: this very device


def punch_row(device: Device, punch_id: str, kind: str, at_ms: int, person_id: str = WEI, **more: Any) -> PunchRow:
    """A punch as the server sends it."""
    row: dict[str, Any] = {
        "id": punch_id,
        "person_id": person_id,
        "store_id": STORE,
        "kind": kind,
        "taken_ms": at_ms,
        "low_ms": at_ms,
        "high_ms": at_ms,
        "grade": "exact",
        "received_ms": at_ms,
        "business_date": "2026-06-01",
        "place": "inside",
        "distance_m": 12,
        "accuracy_m": 18,
        "verdict": "green",
        "score_db": 30,
        "reasons": [{"code": "evidence.place_sure", "points_db": 6, "facts": {"percent": 99}}],
        "state": "counted",
        **more,
    }
    return PunchRow(**{"device_id": ANOTHER_DEVICE, **row})


def test_in_then_out_then_in_is_proposed(phone: Device) -> None:
    core = phone.set_up()
    seen = []
    for _ in range(3):
        seen.append(core.today().proposed)
        core.punch()
        phone.world.clock.pass_ms(HOUR_MS)
    assert seen == ["in", "out", "in"]


def test_a_forgotten_out_of_yesterday_is_not_todays_open_interval(phone: Device) -> None:
    core = phone.set_up()
    core.punch(kind="in")
    phone.world.clock.pass_ms(8 * HOUR_MS)
    assert core.today().proposed == "out"
    phone.world.clock.pass_ms(10 * HOUR_MS)
    assert core.today().proposed == "in"


def test_a_night_shift_over_the_turn_of_the_day_is_still_open(phone: Device) -> None:
    """In at 22:00, and at 06:00, when the business day has turned, the way out is proposed."""
    core = phone.set_up()
    phone.world.clock.pass_ms(9 * HOUR_MS)
    core.punch(kind="in")
    phone.world.clock.pass_ms(8 * HOUR_MS)
    today = core.today()
    assert today.proposed == "out" and [line.local_time for line in today.punches] == ["22:00"]


def test_times_and_dates_are_the_stores_wherever_the_phone_thinks_it_is(phone: Device) -> None:
    core = phone.set_up()
    phone.server.pages.append({"rows": [(f"store:{STORE}", "store", STORE, 150, store_row(zone="Asia/Urumqi"))]})
    core.sync_once()
    phone.world.clock.tz_min = -300
    kept = core.punch()
    line = core.punch_line(kept.punch_id)
    assert kept.local_time == "11:00"
    assert line is not None and (line.local_time, line.business_date) == ("11:00", "2026-06-01")


def test_a_punch_before_the_day_turns_belongs_to_the_day_before(phone: Device) -> None:
    core = phone.set_up()
    phone.world.clock.pass_ms(13 * HOUR_MS + 10 * 60_000)
    line = core.punch_line(core.punch().punch_id)
    assert line is not None and (line.local_time, line.business_date) == ("02:10", "2026-06-01")


def test_the_clock_shown_is_the_servers_when_the_wall_clock_is_wrong(phone: Device) -> None:
    core = phone.set_up()
    phone.world.clock.wall_off_ms = -2 * HOUR_MS
    kept = core.punch()
    assert kept.local_time == "13:00"
    assert "evidence.clock_off" in [said.code for said in kept.preview.reasons]


def test_a_store_whose_zone_nobody_knows_stops_nothing(phone: Device) -> None:
    core = phone.set_up()
    row = store_row(zone="Mars/Olympus")
    phone.server.pages.append({"rows": [(f"store:{STORE}", "store", STORE, 150, row)]})
    core.sync_once()
    assert core.punch().local_time == "13:00"


def test_the_preview_changes_with_the_place_and_asks_the_receiver_once(phone: Device) -> None:
    core = phone.set_up()
    seen = []
    for fix in (AT_THE_STORE, dataclasses_replace(AT_THE_STORE, accuracy_dm=3000), far(340), None):
        phone.world.locator.now = fix
        before = phone.world.locator.asked
        preview = core.preview()
        assert phone.world.locator.asked == before + 1
        seen.append(preview.place)
    assert seen == ["inside", "uncertain", "outside", "no_fix"]


def dataclasses_replace(fix: Fix, **more: Any) -> Fix:
    import msgspec

    return msgspec.structs.replace(fix, **more)


def far(metres: int) -> Fix:
    return dataclasses_replace(AT_THE_STORE, lat_e7=AT_THE_STORE.lat_e7 + metres * 90, accuracy_dm=120)


def test_travel_faster_than_a_train_is_seen_before_the_server_sees_it(phone: Device) -> None:
    core = phone.set_up()
    phone.world.locator.now = AT_THE_STORE
    core.punch()
    phone.world.clock.pass_ms(600_000)
    phone.world.locator.now = dataclasses_replace(AT_THE_STORE, lat_e7=399_000_000, lng_e7=1_163_000_000)
    assert "evidence.travel_impossible" in [said.code for said in core.preview().reasons]


def test_a_code_that_is_none_does_not_help(phone: Device) -> None:
    core = phone.set_up()
    assert "evidence.code_fresh" in [said.code for said in core.preview(code="483 920").reasons]
    assert "evidence.code_invalid" in [said.code for said in core.preview(code="hello").reasons]


def test_nobody_is_kept_from_punching_because_hq_has_not_prolonged_the_posting(phone: Device) -> None:
    core = phone.set_up()
    phone.world.clock.pass_ms(31 * DAY_MS)
    core.sync_once()
    today = core.today()
    assert today.posting is None and today.store_id == STORE
    kept = core.punch()
    assert kept.preview.verdict == "review"
    assert "evidence.not_posted_here" in [said.code for said in kept.preview.reasons]


def test_the_next_posting_is_told_ahead(phone: Device) -> None:
    core = phone.set_up()
    coming = posting_row(
        id="01900000-0000-7000-8000-0000000000ff",
        store_id="01900000-0000-7000-8000-00000000005b",
        store_name="西湖店",
        starts_ms=phone.world.clock.true_ms + 2 * DAY_MS,
        starts_on="2026-06-03",
        ends_on=None,
        ends_ms=None,
    )
    phone.server.pages.append({"rows": [(f"person:{WEI}", "posting", coming.id, 150, coming)]})
    core.sync_once()
    following = core.today().next_posting
    assert following is not None
    assert (following.store.name, following.starts_on, following.last_day) == ("西湖店", "2026-06-03", None)


def test_a_new_phone_without_rows_says_so_instead_of_failing(phone: Device) -> None:
    core = phone.enrol()
    today = core.today()
    assert today.store_id is None and today.posting is None and not today.locked
    with pytest.raises(Refused, match=r"client\.no_store"):
        core.punch()


def test_before_enrolment_nothing_personal_is_asked_of_the_core(phone: Device) -> None:
    for ask in (phone.core.today, phone.core.floor, phone.core.punch, phone.core.store_code):
        with pytest.raises(Refused):
            ask()
    assert phone.core.sync_state().badge == "never"


def test_the_floor_shows_who_is_here_since_when_and_what_it_does_not_know(tablet: Device) -> None:
    core = tablet.set_up()
    at = tablet.world.clock.true_ms - 4 * HOUR_MS
    row = punch_row(tablet, "01900000-0000-7000-8000-00000000c001", "in", at)
    tablet.server.pages.append({"rows": [(f"person:{WEI}", "punch", row.id, 130, row)]})
    core.sync_once()
    people = {one.person_id: one for one in core.floor().people}
    assert (people[WEI].presence, people[WEI].since, people[WEI].proposed) == ("present", "09:00", "out")
    assert (people[LIN].presence, people[LIN].since, people[LIN].proposed) == ("not_in_yet", None, "in")
    core.punch(kind="out", person_id=WEI)
    people = {one.person_id: one for one in core.floor().people}
    assert (people[WEI].presence, people[WEI].since) == ("left", "13:00")
    tablet.world.link.up = False
    tablet.world.clock.pass_ms(DAY_MS)
    assert {one.presence for one in core.floor().people} == {"unknown"}, "no word from HQ today: unknown is not absent"


def test_a_punch_hq_does_not_count_leaves_nobody_in_the_store(tablet: Device) -> None:
    core = tablet.set_up()
    at = tablet.world.clock.true_ms - HOUR_MS
    row = punch_row(tablet, "01900000-0000-7000-8000-00000000c001", "in", at, state="rejected")
    tablet.server.pages.append({"rows": [(f"person:{WEI}", "punch", row.id, 130, row)]})
    core.sync_once()
    assert {one.person_id: one.presence for one in core.floor().people}[WEI] == "not_in_yet"


def test_a_stranger_cannot_be_punched_at_the_tablet(tablet: Device) -> None:
    core = tablet.set_up()
    with pytest.raises(Refused, match=r"client\.person_unknown"):
        core.punch(kind="in", person_id="01900000-0000-7000-8000-00000000dead")
    with pytest.raises(Refused, match=r"client\.person_unknown"):
        core.punch(kind="in")


def test_the_tablets_code_is_the_one_the_server_knows(tablet: Device) -> None:
    core = tablet.set_up()
    device = tablet.server.device_id
    step = step_of(tablet.world.clock.true_ms)
    shown = core.store_code()
    assert shown.digits == code_for(b"c" * 32, device, step) and shown.qr == qr_text(b"c" * 32, device, step)
    assert 0 < shown.left_s <= 30 and shown.step_s == 30
    tablet.world.clock.pass_s(shown.left_s)
    assert core.store_code().digits == code_for(b"c" * 32, device, step + 1)


def test_a_tablet_that_has_met_no_server_since_it_was_switched_on_shows_no_code(tablet: Device) -> None:
    core = tablet.set_up()
    tablet.world.clock.reboot()
    core = tablet.restart()
    with pytest.raises(Refused, match=r"client\.clock_unproven"):
        core.store_code()
    assert core.sync_state().clock_grade == "unknown"
    core.sync_once()
    assert core.store_code().digits and core.sync_state().clock_grade == "exact"


def test_the_code_follows_the_servers_clock_not_the_wall_clock(tablet: Device) -> None:
    core = tablet.set_up()
    right = core.store_code().digits
    tablet.world.clock.wall_off_ms = 5 * HOUR_MS
    assert core.store_code().digits == right


def test_the_language_is_remembered(phone: Device) -> None:
    assert phone.core.language == "zh"
    phone.core.set_language("en")
    assert phone.restart().language == "en"


def test_screens_hear_of_what_changed(phone: Device) -> None:
    heard = []
    core = phone.set_up()
    core.changed = lambda: heard.append(core.sync_state().waiting)
    core.punch()
    core.sync_once()
    assert heard[0] == 1 and heard[-1] == 0


def test_more_proof_goes_out_as_an_act_of_its_own(phone: Device) -> None:
    core = phone.set_up()
    kept = core.punch()
    core.add_proof(kept.punch_id, "483920")
    core.sync_once()
    assert len(phone.server.ops) == 2
    assert b'"attendance.add_proof/1"' in phone.server.ops[1] and kept.punch_id.encode() in phone.server.ops[1]
    with pytest.raises(Refused, match=r"attendance\.punch_unknown"):
        core.add_proof("01900000-0000-7000-8000-00000000dead", "483920")


def test_the_page_of_punches_merges_what_was_made_here_with_what_hq_says(phone: Device) -> None:
    core = phone.set_up()
    at = phone.world.clock.true_ms
    old = punch_row(phone, "01900000-0000-7000-8000-00000000c001", "in", at - 5 * HOUR_MS)
    phone.server.pages.append({"rows": [(f"person:{WEI}", "punch", old.id, 130, old)]})
    core.sync_once()
    kept = core.punch(kind="out", code="483920")
    lines = core.punches()
    assert [line.punch_id for line in lines] == [kept.punch_id, old.id]
    assert [line.verdict for line in lines] == [None, "green"]
    assert [line.state for line in lines] == ["kept", "with_hq"]
    assert lines[0].proof == "phone_code" and lines[1].reasons[0].facts == {"percent": 99}
    assert len(core.punches(limit=1)) == 1


def test_a_phone_tells_its_stores_time_and_the_companys_where_it_knows_no_store(phone: Device) -> None:
    core = phone.set_up()
    phone.server.pages.append({"rows": [(f"store:{STORE}", "store", STORE, 70, store_row(zone="Asia/Urumqi"))]})
    core.sync_once()
    assert core.today().zone == "Asia/Urumqi"
    phone.server.scopes.discard(f"store:{STORE}")
    phone.server.pages.append({"drop": [f"store:{STORE}"]})
    core.sync_once()
    assert core.today().zone == COMPANY_ZONE
