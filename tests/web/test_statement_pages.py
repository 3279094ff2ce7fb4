"""Weekly statements and months at the console, and the page for whoever holds a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.statement_seal import open_sealed
from server.kernel.tries import TRIES
from server.statements.model import StatementDispute
from server.timesheets.closing_model import MonthClosing
from tests.server.statements_of import WEEK, Signing, signing_in
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    found = signing_in(tmp_path, worked=True)
    yield found
    found.world.close()


def visitor(signing: Signing, login: str) -> Visitor:
    found = Visitor(signing.world.app)
    found.sign_in(f"{login}.x", PASSWORD)
    return found


def ticked(signing: Signing, **changed: str) -> dict[str, str]:
    now = signing.statement()
    given = {"digest": now.digest, "revision": str(now.revision), **changed}
    return {"week": f"{now.id} {given['revision']} {given['digest']}", "shown": WEEK}


def test_many_weeks_are_confirmed_at_once_exactly_as_they_were_shown(signing: Signing):
    hr = visitor(signing, "zhao")
    page = hr.get("/console/statements").get_data(as_text=True)
    now = signing.statement()
    assert f"{now.id} 1 {now.digest}" in page and "45:00" in page and "李伟" in page
    stale = hr.post("/console/statements/confirm", **{**ticked(signing, digest="0" * 64), "side": "hq"})
    assert stale.status_code == 422 and signing.row().confirmed == []
    done = hr.post("/console/statements/confirm", **{**ticked(signing), "side": "hq"})
    assert done.status_code == 303 and [one.side for one in signing.row().confirmed] == ["hq"]
    nothing = hr.post("/console/statements/confirm", side="hq")
    assert nothing.status_code == 422


def test_a_manager_confirms_for_the_store_and_not_for_hq(signing: Signing):
    manager = visitor(signing, "wu")
    assert manager.post("/console/statements/confirm", **{**ticked(signing), "side": "hq"}).status_code == 422
    now = signing.statement()
    one = manager.post(f"/console/statements/{now.id}/confirm", revision="1", digest=now.digest, side="store")
    assert one.status_code == 303 and [said.side for said in signing.row().confirmed] == ["store"]


def test_the_week_shows_its_days_its_evidence_and_who_signed(signing: Signing):
    signing.all_three()
    page = visitor(signing, "sun").get(f"/console/statements/{signing.statement().id}").get_data(as_text=True)
    assert "09:00–18:00" in page and page.count("/console/punches/") >= 10
    assert "吴芳" in page and "赵敏" in page and signing.row().code in page


def test_a_dispute_is_raised_and_settled_at_the_console(signing: Signing):
    now = signing.statement()
    manager, hr = visitor(signing, "wu"), visitor(signing, "zhao")
    raised = manager.post(
        f"/console/statements/{now.id}/dispute", revision="1", reason="周三提前走了", day="2026-11-11"
    )
    assert raised.status_code == 303 and signing.row().state == "disputed"
    (dispute,) = signing.world.rows(sa.select(StatementDispute))
    assert "周三提前走了" in hr.get(f"/console/statements/{now.id}").get_data(as_text=True)
    path = f"/console/statements/{now.id}/disputes/{dispute.id}/settle"
    assert hr.post(path, outcome="stands", reason="").status_code == 422
    assert hr.post(path, outcome="stands", reason="记录清楚").status_code == 303
    assert signing.row().state == "open" and signing.row().disputes[0].outcome == "stands"


def test_paper_and_signed_file_are_handed_out(signing: Signing):
    signing.all_three()
    hr, now = visitor(signing, "zhao"), signing.statement()
    assert hr.get(f"/console/statements/{now.id}/paper").data.startswith(b"%PDF")
    file = hr.get(f"/console/statements/{now.id}/signed").data
    public = signing.world.app.extensions["outpost"].signer.public
    assert open_sealed(file, public).digest == now.digest


def test_the_list_is_exported_with_minutes(signing: Signing):
    told = visitor(signing, "zhao").get("/console/statements?format=csv")
    assert told.status_code == 200 and "2700" in told.get_data(as_text=True)


def test_a_month_is_closed_and_opened_by_two_at_the_console(signing: Signing):
    signing.all_three()
    signing.hours.at("2026-12-02 10:00")
    signing.hours.round()
    zhao, qian = visitor(signing, "zhao"), visitor(signing, "qian")
    assert "2026-11" in zhao.get("/console/months").get_data(as_text=True)
    assert zhao.post("/console/months/close", month="2026-11", reason="").status_code == 422
    assert zhao.post("/console/months/close", month="2026-11", reason="工资").status_code == 303
    (closing,) = signing.world.rows(sa.select(MonthClosing))
    path = f"/console/months/{closing.id}"
    offer = 'action="/console/months/close"'
    assert offer not in zhao.get("/console/months?month=2026-11").get_data(as_text=True), "what is closed is not offered again"
    assert zhao.post(f"{path}/ask", reason="补传").status_code == 303
    offered = 'name="agreed"'
    assert offered not in zhao.get(path).get_data(as_text=True), "it takes another person: who asked is not offered it"
    assert offered in qian.get(path).get_data(as_text=True)
    assert zhao.post(f"{path}/decide", reason="r", agreed="yes").status_code == 403
    assert qian.post(f"{path}/decide", reason="同意", agreed="yes").status_code == 303
    assert signing.world.row(MonthClosing, closing.id).state == "reopened"
    assert offer in zhao.get("/console/months?month=2026-11").get_data(as_text=True)
    page = zhao.get(path).get_data(as_text=True)
    assert "赵敏" in page and "钱进" in page
    deadline = {"remind_days": "1", "due_days": "4", "from_day": "2026-12-07"}
    assert zhao.post("/console/months/deadline", **deadline).status_code == 303


def test_whoever_holds_a_paper_learns_whether_it_is_genuine_and_nothing_more(signing: Signing):
    signing.confirm("li", "employee")
    stranger = Visitor(signing.world.app)
    code = signing.row().code
    found = stranger.get(f"/verify?code={code.lower().replace('-', '+')}")
    assert found.status_code == 303 and found.headers["Location"].endswith(f"/verify/{code}")
    page = stranger.get(f"/verify/{code}").get_data(as_text=True)
    assert "李*" in page and "豫园店" in page and "45:00" in page
    assert "李伟" not in page and signing.people["li"] not in page and signing.statement().id not in page
    assert stranger.get("/verify").status_code == 200
    unknown = stranger.get("/verify/ABCD-ABCD-ABCD").get_data(as_text=True)
    assert "豫园店" not in unknown and "45:00" not in unknown


def test_a_code_of_an_older_revision_says_that_it_was_superseded(signing: Signing):
    code = signing.row().code
    signing.hours.punch("李伟", "in", "2026-11-14 10:00", received="2026-11-17 09:00")
    signing.hours.punch("李伟", "out", "2026-11-14 12:00", received="2026-11-17 09:00")
    signing.hours.at("2026-11-17 09:00")
    signing.hours.round()
    stranger = Visitor(signing.world.app)
    old = stranger.get(f"/verify/{code}").get_data(as_text=True)
    new = stranger.get(f"/verify/{signing.row().code}").get_data(as_text=True)
    assert "45:00" in old and re.search(r"superseded|取代", old)
    assert "47:00" in new and not re.search(r"superseded|取代", new)


def test_codes_cannot_be_tried_one_after_the_other(signing: Signing):
    stranger = Visitor(signing.world.app)
    answers = [stranger.get("/verify/ABCD-ABCD-ABCD").status_code for _ in range(TRIES + 1)]
    assert answers == [200] * TRIES + [429]
    signing.world.clock.pass_(minutes=11)
    assert stranger.get("/verify/ABCD-ABCD-ABCD").status_code == 200
