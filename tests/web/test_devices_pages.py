"""Devices, people, accounts and what needs HQ, through the console."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from server.devices.model import Device, EnrolCode
from server.kernel.actors import Actor
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import HANDLERS, reading, writing
from tests.web.company_of_shops import PASSWORD, SHOPS, Shops
from tests.web.visitor import Visitor, counts, seen


def test_a_code_is_shown_once_with_its_qr_and_its_end(own_shops: Shops, admin: Visitor) -> None:
    form = {"kind": "phone", "person_id": own_shops.company.people["孙丽"], "valid_min": "60"}
    answer = admin.send("/console/devices/new", "/console/devices/new", **form)
    code = re.search(r'id="code"[^>]*>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})<', answer.text)
    assert answer.status_code == 200 and code is not None
    ends = re.search(r'data-expires="(\d+)"', answer.text)
    assert ends is not None and int(ends[1]) == own_shops.company.true_ms + 3_600_000
    assert "<svg" in answer.text and "<path" in answer.text and "style=" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    again = admin.post("/console/devices/new", op_id=admin.op_id, **form)
    assert code[1] in again.text, "the same form gives the same code, not a second one"
    with reading(own_shops.company.db, Actor.system()) as session:
        waiting = session.scalars(sa.select(EnrolCode).where(EnrolCode.used_by.is_(None))).all()
    assert len(waiting) == 1 and code[1].replace("-", "") not in waiting[0].code_hash
    assert code[1] not in admin.get("/console/devices").text


@pytest.mark.parametrize("form", [{"kind": "phone"}, {"kind": "kiosk"}, {"kind": "toaster", "person_id": "x"}, {}])
def test_a_code_for_nobody_is_refused_in_words(admin: Visitor, form: dict[str, str]) -> None:
    answer = admin.send("/console/devices/new", "/console/devices/new", **form)
    assert answer.status_code == 422 and 'role="alert"' in answer.text and 'id="code"' not in answer.text


def test_stores_and_people_are_found_while_typing_and_understood_when_they_come_back(own_shops: Shops, admin: Visitor) -> None:
    found = re.findall(r'<option value="([^"]+)"', admin.get("/console/find/stores?store_id=西湖").text)
    assert found == ["西湖银泰店 · SH-105"]
    assert "孙丽 · E012" in admin.get("/console/find/people?person_id=sunli").text
    assert "孙丽 · E012" in admin.get("/console/find/people?person_id=孙丽 · E012").text
    for typed in ("西湖银泰店 · SH-105", "SH-105", own_shops.company.stores["西湖银泰店"]):
        answer = admin.send("/console/devices/new", "/console/devices/new", kind="kiosk", store_id=typed)
        assert answer.status_code == 200 and "西湖银泰店" in seen(answer), typed
    unknown = admin.send("/console/devices/new", "/console/devices/new", kind="kiosk", store_id="no such store")
    assert unknown.status_code == 422 and "no such store" in unknown.text


def test_a_device_is_renamed_and_revoked_with_a_reason(own_shops: Shops, admin: Visitor) -> None:
    device_id = own_shops.phones["孙丽"].device_id
    path = f"/console/devices/{device_id}"
    assert admin.send(path, f"{path}/name", label="孙丽 新手机").status_code == 303
    assert "孙丽 新手机" in seen(admin.get(path))
    assert admin.send(path, f"{path}/revoke", reason=" ").status_code == 422
    assert admin.send(path, f"{path}/revoke", reason="left in a taxi").status_code == 303
    said = seen(admin.get(path))
    assert "left in a taxi" in said and "not yet confirmed as wiped" in said and "revoked" in said
    with reading(own_shops.company.db, Actor.system()) as session:
        assert session.get_one(Device, device_id).revoked_at is not None
    assert admin.send(path, f"{path}/revoke", reason="again").status_code == 409
    assert device_id not in admin.get("/console/devices").text and device_id in admin.get("/console/devices?show=revoked").text


def test_what_a_tablet_still_holds_of_whom_is_said_until_it_confirms(own_shops: Shops, admin: Visitor) -> None:
    """The tablet hears that somebody left its store; until it says it has forgotten them, HQ sees whose data is out there."""
    company, shop = own_shops.company, SHOPS[1][0]
    kiosk, name = own_shops.kiosks[shop], "李娜"
    answer = kiosk.world.link.through
    kiosk.world.link.through = company.answer
    company.ticks.append(kiosk.world.clock.pass_ms)
    try:
        assert "Nothing: all it should forget" in seen(admin.get(f"/console/devices/{kiosk.device_id}"))
        company.move(name, SHOPS[2][0], from_day=company.today())
        company.pass_ms(60_000)
        for _ in range(6):
            out = kiosk.core.begin_exchange()
            assert out is not None
            heard = company.answer(out.method, out.path, out.body, out.headers)
            if b'"drop"' in heard.body:
                break
            kiosk.core.finish_exchange(out, heard)
            company.pass_ms(60_000)
        said = seen(admin.get("/console/devices"))
        assert f"{kiosk.name} still holds the data of {name}" in said
        assert f"{name}" in seen(admin.get(f"/console/devices/{kiosk.device_id}"))
    finally:
        kiosk.world.link.through = answer
        company.ticks.remove(kiosk.world.clock.pass_ms)


def matter(shops: Shops, status: str, **more: Any) -> str:
    """Change one applied operation of a device into one that did not go well, as a repair of ours would meet it."""
    with writing(shops.company.db, Actor.system(), op_id=new_id(), now=shops.company.now()) as session:
        entry = session.scalars(sa.select(OpLog).where(OpLog.device_id.is_not(None), OpLog.status == "applied")).first()
        assert entry is not None
        entry.status = status
        for name, value in more.items():
            setattr(entry, name, value)
        return entry.op_id


def test_what_needs_hq_is_listed_with_its_reason_and_its_bytes(own_shops: Shops, admin: Visitor) -> None:
    assert "Nothing needs you" in seen(admin.get("/console/operations"))
    refused = matter(own_shops, "rejected", code="people.unknown", facts={"id": "somebody"})
    parked = matter(own_shops, "parked", code="operation.failed_here", trace="abc123")
    with writing(own_shops.company.db, Actor.system(), op_id=new_id(), now=own_shops.company.now()) as session:
        aside = OpQuarantine(
            id=new_id(), device_id=own_shops.phones["孙丽"].device_id, seq=7, raw=b'{"type":"<script>alert(1)</script>"}',
            sig=None, why="sync.chain_forked", received_at=own_shops.company.now(),
        )  # fmt: skip
        session.add(aside)
        aside_id = aside.id
    page = admin.get("/console/operations")
    said = seen(page)
    for words in ("Rejected", "Parked", "Quarantined", "people.unknown", "abc123", "sync.chain_forked", "Perform 1 again"):
        assert words in said, words
    assert "<script>alert" not in page.text
    assert re.search(r'"type": "', admin.get(f"/console/operations/{refused}").text.replace("&#34;", '"'))
    assert "This is final" in seen(admin.get(f"/console/operations/{refused}"))
    assert "After the repair" in seen(admin.get(f"/console/operations/{parked}"))
    assert "<script>alert" not in admin.get(f"/console/operations/{aside_id}").text
    assert admin.get(f"/console/operations/{new_id()}").status_code == 404


def test_a_parked_operation_is_performed_again_after_the_repair(own_shops: Shops, admin: Visitor) -> None:
    from contract.people import SetPin

    with reading(own_shops.company.db, Actor.system()) as session:
        entry = session.scalars(sa.select(OpLog).where(OpLog.type == "people.set_pin/1", OpLog.status == "applied")).first()
    assert entry is not None and SetPin in HANDLERS
    with writing(own_shops.company.db, Actor.system(), op_id=new_id(), now=own_shops.company.now()) as session:
        found = session.get_one(OpLog, entry.op_id)
        found.status, found.code, found.trace = "parked", "operation.failed_here", "abc123"
        person = found.actor_id
        from server.people.model import Person

        session.get_one(Person, person).pin_verifier = None
    auditor = Visitor(own_shops.app).speak("en")
    auditor.sign_in("auditor")
    assert "Perform 1 again" not in seen(auditor.get("/console/operations"))
    assert auditor.post("/console/operations/replay").status_code == 403
    answer = admin.send("/console/operations", "/console/operations/replay")
    assert answer.status_code == 303
    assert "Performed again: 1 applied" in seen(admin.get(answer.headers["Location"]))
    with reading(own_shops.company.db, Actor.system()) as session:
        assert session.get_one(OpLog, entry.op_id).status == "applied"
        assert session.get_one(Person, person).pin_verifier is not None


def test_a_person_is_hired_posted_moved_and_let_go(own_shops: Shops, admin: Visitor) -> None:
    answer = admin.send("/console/people/new", "/console/people/new", name="欧阳锋", number="X-9", home_org="白驼山")
    path = answer.headers["Location"].split("?")[0]
    store = own_shops.company.stores[SHOPS[5][0]]
    today = own_shops.company.today()
    form = {"store_id": store, "starts_on": today.isoformat(), "ends_on": ""}
    assert admin.send(path, f"{path}/postings", **form).status_code == 303
    said = seen(admin.get(path))
    assert SHOPS[5][0] in said and "now" in said
    assert counts(admin.get(f"/console/today/{store}"))["posted"] == 5
    overlapping = admin.send(path, f"{path}/postings", **{**form, "store_id": own_shops.company.stores[SHOPS[6][0]]})
    assert overlapping.status_code == 409 and 'role="alert"' in overlapping.text
    posting = re.search(rf"{path}/postings/([0-9a-f-]+)/end", admin.get(path).text)
    assert posting is not None
    tomorrow = today.replace(day=today.day + 1).isoformat()
    ended = admin.send(path, f"{path}/postings/{posting[1]}/end", ends_on=tomorrow, reason="needed elsewhere")
    assert ended.status_code == 303 and "needed elsewhere" in seen(admin.get(path))
    assert admin.send(path, f"{path}/leave", reason="moves abroad").status_code == 303
    assert "left" in seen(admin.get(path))
    assert "欧阳锋" not in admin.get("/console/people").text and "欧阳锋" in admin.get("/console/people?show=left").text


def test_an_account_is_opened_given_a_role_used_and_closed(own_shops: Shops, admin: Visitor) -> None:
    person = own_shops.company.people["郭晓"]
    form = {"person_id": person, "login": "guo", "password": "purple elephants 77"}
    assert admin.send("/console/accounts", "/console/accounts", **form).status_code == 303
    taken = admin.send("/console/accounts", "/console/accounts", **form)
    assert taken.status_code == 409 and 'role="alert"' in taken.text
    account = re.search(r"/console/accounts/([0-9a-f-]{36})/roles\"[^§]*?g-", admin.get("/console/accounts?q=guo").text)
    assert account is not None
    path = f"/console/accounts/{account[1]}"
    store = own_shops.company.stores[SHOPS[3][0]]
    assert admin.send("/console/accounts", f"{path}/roles", role="store_manager", unit_id=store).status_code == 303
    guo = Visitor(own_shops.app).speak("en")
    assert guo.sign_in("guo", "purple elephants 77").status_code == 303
    assert guo.get(f"/console/today/{store}").status_code == 200
    assert admin.send("/console/accounts", f"{path}/state", what="close", reason="on leave").status_code == 303
    assert guo.get("/console/today").status_code == 303
    assert guo.sign_in("guo", "purple elephants 77").status_code == 401


def test_one_changes_ones_own_password_only_knowing_the_old_one(own_shops: Shops) -> None:
    who = Visitor(own_shops.app).speak("en")
    who.sign_in("auditor")
    new = "orange submarines 42"
    for form in (
        {"old": "wrong", "password": new, "again": new}, {"old": PASSWORD, "password": new, "again": "other"},
        {"old": PASSWORD, "password": "password", "again": "password"}, {"old": PASSWORD, "password": "x", "again": "x"},
    ):  # fmt: skip
        refused = who.send("/console/me", "/console/me/password", **form)
        assert refused.status_code == 422 and 'role="alert"' in refused.text, form
        assert new not in refused.text
    assert who.send("/console/me", "/console/me/password", old=PASSWORD, password=new, again=new).status_code == 303
    assert who.get("/console/me").status_code == 303, "everybody who held the old password is out"
    assert who.sign_in("auditor", PASSWORD).status_code == 401
    assert who.sign_in("auditor", new).status_code == 303
