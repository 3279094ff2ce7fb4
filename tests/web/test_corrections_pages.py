"""Corrections, vouching and appeals at the console, and the day around a punch."""

from __future__ import annotations

import re

from contract.moments import to_ms
from server.attendance.correction_model import Appeal, PunchCorrection
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.people.model import Person
from server.stores.model import Store
from tests.web.company_of_shops import Shops
from tests.web.corrections_of_shops import doubtful, spoken
from tests.web.visitor import Visitor, seen


def _all(shops: Shops, model: type) -> list[object]:
    with reading(shops.company.db, Actor.system()) as session:
        return list(session.query(model).all())


def test_the_list_shows_who_said_what_and_what_it_replaces_and_csv_says_the_same(own_shops: Shops, admin: Visitor) -> None:
    spoken(own_shops)
    said = seen(admin.get("/console/corrections"))
    assert said.count("HQ's word") >= 2 and "王伟" in said and "店里的监控看得到" in said
    rows = admin.get("/console/corrections?format=csv").text.splitlines()
    assert len(rows) == 3 and rows[0].startswith("\ufeffPerson,Store")
    assert "No corrections" in seen(admin.get("/console/corrections?source=request"))
    assert "徐浩" not in seen(admin.get("/console/corrections?q=nobody"))


def test_a_correction_is_withdrawn_with_a_reason_and_stays_in_the_list(own_shops: Shops, admin: Visitor) -> None:
    spoken(own_shops)
    text = admin.get("/console/corrections").text
    path = re.findall(r'action="(/console/corrections/[^"]+/withdraw)"', text)[0]
    assert admin.send("/console/corrections", path, reason=" ").status_code == 422
    assert admin.send("/console/corrections", path, reason="the wrong man").status_code == 303
    said = seen(admin.get("/console/corrections"))
    assert "Withdrawn" in said and "the wrong man" in said
    assert seen(admin.get("/console/corrections?show=standing")).count("徐浩") == 1


def test_somebody_is_vouched_for_from_the_form_and_refusals_are_said_beside_it(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops, "徐浩")
    with reading(own_shops.company.db, Actor.system()) as session:
        person, store = session.get_one(Person, punch.person_id), session.get_one(Store, punch.store_id)
        form = {"person_id": f"{person.name} · {person.number}", "store_id": f"{store.name} · {store.number}", "kind": "out",
                "vouched_day": "2026-06-01", "vouched_time": "10:30", "reason": "left with me"}  # fmt: skip
    page = "/console/corrections/new"
    assert "still to come" in seen(admin.send(page, "/console/corrections", **{**form, "vouched_time": "23:30"}))
    assert admin.send(page, "/console/corrections", **{**form, "store_id": "nowhere"}).status_code == 422
    assert admin.send(page, "/console/corrections", **{**form, "store_id": "", "vouched_day": ""}).status_code == 422
    assert _all(own_shops, PunchCorrection) == []
    # the store need not be said: it is where the person is posted that day
    assert admin.send(page, "/console/corrections", **{**form, "store_id": ""}).status_code == 303
    [made] = _all(own_shops, PunchCorrection)
    assert made.store_id == punch.store_id  # type: ignore[attr-defined]
    assert (made.kind, made.source) == ("out", "hq") and to_ms(made.at) % 86_400_000 == (2 * 60 + 30) * 60_000  # type: ignore[attr-defined]


def test_the_case_file_shows_the_whole_day_and_what_replaces_the_punch(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops, "徐浩")
    path = f"/console/punches/{punch.id}"
    before = admin.get(path)
    assert "The day around it" in seen(before) and "Nothing was planned" in seen(before)
    assert 'data-fact="replaced"' not in before.text
    form = {"vouched_day": "2026-06-01", "vouched_time": "08:48", "kind": "in", "reason": "seen at 08:48", "replaces": "1"}
    assert admin.send(path, f"{path}/vouch", **form).status_code == 303
    after = admin.get(path)
    assert 'data-fact="replaced">08:48' in after.text and "seen at 08:48" in seen(after)
    assert "徐浩" not in seen(admin.get("/console/review")), "a punch that somebody stands for waits for nobody"
    assert admin.send(path, f"{path}/vouch", **{**form, "vouched_time": "08:40"}).status_code == 409


def test_an_appeal_is_answered_by_somebody_else_and_the_employee_reads_why(own_shops: Shops, admin: Visitor) -> None:
    appeal_id = spoken(own_shops)
    hr = Visitor(own_shops.app).speak("en")
    hr.sign_in("hr")
    page = f"/console/appeals?appeal={appeal_id}"
    said = seen(admin.get(page))
    assert "刘洋" in said and "店长可以证明" in said and "What it is worth" in said
    path = f"/console/appeals/{appeal_id}/answer"
    assert admin.send(page, path, upheld="yes", answer_decision="accept", reason="").status_code == 422
    assert admin.send(page, path, upheld="yes", answer_decision="accept", reason="the camera").status_code == 303
    [kept] = _all(own_shops, Appeal)
    assert (kept.state, kept.answer) == ("upheld", "the camera")  # type: ignore[attr-defined]
    assert doubtful(own_shops, "刘洋").state == "accepted"
    assert "Upheld" in seen(hr.get("/console/appeals?state=upheld"))
    assert "No appeals" in seen(hr.get("/console/appeals?state=open"))


def test_a_manager_sees_the_appeals_and_corrections_of_her_own_store_only(own_shops: Shops) -> None:
    spoken(own_shops)
    manager = Visitor(own_shops.app).speak("en")
    manager.sign_in("manager")
    assert "No appeals" in seen(manager.get("/console/appeals")) and "No corrections" in seen(manager.get("/console/corrections"))


def test_a_correction_opened_from_a_punch_names_the_punch_it_replaces(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops, "徐浩").id
    page = f"/console/corrections/new?replaces={punch}"
    assert f'href="{page}"' in admin.get(f"/console/punches/{punch}").text
    form = admin.get(page).text
    assert f'name="replaces" value="{punch}"' in form and "Instead of the punch" in form

    def begun(name: str) -> str:
        found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', form)
        assert found is not None
        return found[1]

    names = ("person_id", "store_id", "vouched_day")
    given = {name: begun(name) for name in names} | {"vouched_time": "00:05", "kind": "in", "replaces": punch}
    assert all(begun(name) for name in names)
    assert admin.send(page, "/console/corrections", reason="the clock of the shop", **given).status_code == 303
    assert punch in {row.replaces for row in _all(own_shops, PunchCorrection)}  # type: ignore[attr-defined]


def test_a_store_leads_to_its_corrections(own_shops: Shops, admin: Visitor) -> None:
    spoken(own_shops)
    [first, *_] = _all(own_shops, PunchCorrection)
    store = first.store_id  # type: ignore[attr-defined]
    address = f"/console/corrections?store={store}"
    assert address in admin.get(f"/console/stores/{store}").text and "王伟" in seen(admin.get(address))
