"""Issue 4, works when 5, over the real server: a week signed by three and then hit by a late offline punch becomes revision 2
with the difference and new signatures; revision 1 stays verifiable. A locked month refuses changes but by the two-person way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from contract.statement_seal import open_sealed
from server.attendance.model import Punch
from server.timesheets.model import LateChange
from tests.mobile.field import Field, Gadget
from tests.server.hours_world import moment
from tests.server.statements_of import WORKED, Signing, signing_in
from tests.server.world import Client

PIN = "591847"


class Week:
    """Li's own phone, the store's tablet where Wu types her PIN, and HR at the API; the clock is everybody's."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.field.office.close()
        self.signing = signing_in(folder, worked=False)
        self.field.office, self.signing.world.clock = self.signing.world, self.field.time
        self.signing.hours.__post_init__()  # by this clock
        self.at("2026-11-09 08:00")
        self.tablet = self.field.tablet_of(self.signing.store)
        self.phone = self.field.phone_of(self.signing.people["li"])
        hers = self.field.phone_of(self.signing.people["wu"])
        synced(self.tablet, self.phone, hers)
        hers.core.set_pin(PIN)
        synced(hers, hers, self.tablet)
        self.signing.work(*WORKED)

    def at(self, text: str) -> None:
        self.field.time.true_ms = to_ms(moment(text))
        self.field.office.clock.now = self.field.time()

    def over(self, text: str) -> None:
        self.at(text)
        self.signing.over(text)
        self.at(text)

    def three_sign(self, hr: Client) -> None:
        """By the phone's key, by the PIN at the tablet's desk, by HR's account: each exactly what it was shown."""
        synced(self.phone, self.tablet)
        now = self.signing.statement()
        self.phone.core.hours.confirm_week(now.id, now.revision)
        assert self.tablet.core.desk.open(self.signing.people["wu"], PIN).ok
        self.tablet.core.desk_hours.confirm_week(now.id, now.revision)
        self.tablet.core.desk.close()
        synced(self.phone, self.tablet)
        said = {"statement_id": now.id, "revision": now.revision, "digest": now.digest, "side": "hq"}
        assert hr.post("/api/v1/statements/confirmations", said).status_code == 201


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


@pytest.fixture
def week(tmp_path: Path) -> Iterator[Week]:
    made = Week(tmp_path)
    yield made
    made.field.close()


def offline_saturday(week: Week) -> None:
    """He works two hours in a basement; nothing reaches anybody."""
    week.phone.world.link.up = False
    week.at("2026-11-14 10:00")
    week.phone.core.punch(kind="in")
    week.at("2026-11-14 12:00")
    week.phone.core.punch(kind="out")


def words(pdf: bytes) -> str:
    found: str = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return found


def api(signing: Signing, login: str) -> Client:
    return signing.world.client(f"{login}.x")


def test_a_week_signed_by_three_and_hit_by_a_late_offline_punch_becomes_revision_2(week: Week) -> None:
    signing = week.signing
    second_phone = week.field.phone_of(signing.people["li"])  # his other phone, with signal
    offline_saturday(week)
    week.over("2026-11-16 08:00")
    synced(second_phone)
    week.phone, basement = second_phone, week.phone
    hr = api(signing, "zhao")
    week.three_sign(hr)
    first = signing.row()
    assert first.state == "complete" and first.text is not None and first.text.worked_min == 2700
    paper, file = (hr.get(f"/api/v1/statements/{first.statement_id}/{kind}").data for kind in ("paper", "signed"))
    week.at("2026-11-17 09:00")
    basement.world.link.up = True
    synced(basement, basement)
    assert len(signing.world.rows(sa.select(Punch).where(Punch.received_at >= moment("2026-11-17 08:00")))) == 2
    signing.hours.round()
    week.at("2026-11-17 09:10")
    hr.sign_in("zhao.x")  # a day later

    told = hr.get(f"/api/v1/statements/{first.statement_id}").json
    second, before = told["revisions"]
    assert (second["revision"], second["state"], second.get("confirmed", [])) == (2, "open", [])
    assert second["text"]["previous"] == first.digest and second["text"]["worked_min"] == 2820
    changed = {(one["day"], one["field"]): (one["before"], one["after"]) for one in told["differences"][0]}
    assert changed["2026-11-14", "worked_min"] == (0, 120) and {day for day, _ in changed} == {"2026-11-14"}
    assert before["state"] == "superseded" and len(before["confirmed"]) == 3 and before["digest"] == first.digest

    # revision 1 stays verifiable: its code, its file, its paper
    stranger = signing.world.app.test_client()
    assert "45:00" in stranger.get(f"/verify/{first.code}").get_data(as_text=True)
    public = signing.world.app.extensions["outpost"].signer.public
    opened = open_sealed(file, public)
    assert opened.digest == first.digest and {side for side, *_ in opened.confirmed} == {"employee", "store", "hq"}
    again = hr.get(f"/api/v1/statements/{first.statement_id}/signed", revision=1).data
    assert open_sealed(again, public) == opened
    old = words(hr.get(f"/api/v1/statements/{first.statement_id}/paper", revision=1).data)
    assert first.code in old and first.code in words(paper) and "45:00" in old

    # the old signature does not count for the new text; three new ones do
    stale = {"statement_id": first.statement_id, "revision": 1, "digest": first.digest, "side": "hq"}
    assert hr.post("/api/v1/statements/confirmations", stale).json["code"] == "statements.not_the_newest"
    week.three_sign(hr)
    assert signing.row().state == "complete" and signing.row().revision == 2 and len(signing.row(1).confirmed) == 3


def test_a_locked_month_keeps_the_late_punch_waiting_until_two_people_have_opened_it(week: Week) -> None:
    signing = week.signing
    offline_saturday(week)
    basement = week.phone
    week.phone = week.field.phone_of(signing.people["li"])
    week.over("2026-11-16 08:00")
    zhao, qian = api(signing, "zhao"), api(signing, "qian")
    week.three_sign(zhao)
    week.at("2026-12-02 09:00")
    signing.hours.round()
    zhao.sign_in("zhao.x")
    qian.sign_in("qian.x")
    closing_id = new_id()
    closed = zhao.post("/api/v1/months", {"closing_id": closing_id, "month": "2026-11", "reason": "工资", "override": True})
    assert closed.status_code == 201, closed.json
    basement.world.link.up = True
    synced(basement, basement)
    signing.hours.round()
    assert signing.row().revision == 1 and signing.row().state == "complete"
    assert [(one.worked_before, one.worked_after) for one in signing.world.rows(sa.select(LateChange))] == [(0, 120)]
    opening = {"closing_id": closing_id, "reason": "离线手机"}
    assert zhao.post("/api/v1/months/reopenings", opening).status_code == 201
    agreeing = {**opening, "agreed": True}
    assert zhao.post("/api/v1/months/reopenings/decided", agreeing).json["code"] == "statements.second_person"
    assert qian.post("/api/v1/months/reopenings/decided", agreeing).status_code == 201
    signing.hours.round()
    assert signing.row().revision == 2 and signing.row().text is not None and signing.row().text.worked_min == 2820
