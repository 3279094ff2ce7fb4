"""The archive, who looked, and erasure in the console: covered until somebody says why, and everything said is seen."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from contract.archive import BasicsGiven, ContractGiven
from contract.ids import new_id
from contract.people import GrantRole, LetGo, OpenAccount
from server.archive.model import Basics, Document, Erasure, Look
from server.archive.sealing import sealed_basics, sealed_contract
from server.attendance.model import Punch
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading, writing
from tests.server.archive_world import ADDRESS, CONTACT, CONTACT_PHONE, ID_NUMBER
from tests.support.company import SECRET
from tests.web.company_of_shops import PASSWORD, Shops
from tests.web.visitor import Visitor, seen

WHO = "刘洋"
FORM = {
    "born_on": "1990-03-07", "gender": "male", "id_kind": "resident_id", "id_number": ID_NUMBER, "address": ADDRESS,
    "emergency_name": CONTACT, "emergency_phone": CONTACT_PHONE,
}  # fmt: skip


def rows(shops: Shops, model: Any) -> list[Any]:
    with reading(shops.company.db, Actor.system()) as session:
        return list(session.scalars(sa.select(model)))


def signed_in(shops: Shops, login: str, language: str = "en") -> Visitor:
    found = Visitor(shops.app).speak(language)
    assert found.sign_in(login).status_code == 303
    return found


@pytest.fixture
def person_id(own_shops: Shops) -> str:
    return own_shops.company.people[WHO]


@pytest.fixture
def hr(own_shops: Shops) -> Visitor:
    return signed_in(own_shops, "hr")


def fill(shops: Shops, person_id: str) -> None:
    """What HR once wrote down."""
    server = shops.app.extensions["outpost"]
    given = BasicsGiven(person_id=person_id, **FORM)  # type: ignore[arg-type]
    contract = ContractGiven(
        contract_id=new_id(), person_id=person_id, kind="fixed_term", from_day="2026-01-01", until="2030-01-01", pay_fen=1_234_56
    )
    for build, what in ((sealed_basics, given), (sealed_contract, contract)):
        op_id = new_id()
        operation = build(server, what, op_id)  # type: ignore[operator]
        done = perform(shops.company.db, Actor.system(), operation, op_id=op_id, now=shops.company.now(), secret=SECRET)
        assert done.status == "applied", done


def test_the_form_of_the_basics_is_kept_sealed_and_shown_covered(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    path = f"/console/archive/{person_id}"
    answer = hr.send(path, f"{path}/basics", **FORM)
    assert answer.status_code == 303, seen(answer)
    shown = seen(hr.get(path))
    assert ADDRESS in shown and ID_NUMBER not in shown and f"{ID_NUMBER[:3]}***********{ID_NUMBER[-4:]}" in shown
    assert ID_NUMBER not in str(rows(own_shops, Basics)[0].sealed)


def test_a_covered_value_is_shown_once_to_who_says_why(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    fill(own_shops, person_id)
    path = f"/console/archive/{person_id}"
    silent = hr.send(path, f"{path}/show", field="id_number", why=" ", tab="basic")
    assert silent.status_code == 422 and 'role="alert"' in silent.text and ID_NUMBER not in silent.text
    told = hr.send(path, f"{path}/show", field="id_number", why="opening a bank account", tab="basic")
    assert told.status_code == 200 and ID_NUMBER in seen(told)
    assert ID_NUMBER not in hr.get(path).text
    pay = hr.send(path, f"{path}/show", field="pay_fen", why="payroll", tab="contract")
    assert "1,234.56" in seen(pay) and "1,234.56" not in hr.get(f"{path}?tab=contract").text
    noted = {(one.what, one.why, tuple(one.fields)) for one in rows(own_shops, Look)}
    assert ("value", "opening a bank account", ("id_number",)) in noted and ("archive", "", ()) in noted


def test_a_store_manager_sees_no_pay_and_a_masked_number_on_every_tab(own_shops: Shops, person_id: str) -> None:
    fill(own_shops, person_id)
    boss = signed_in(own_shops, "manager")
    path = f"/console/archive/{person_id}"
    pages = [boss.get(f"{path}?tab={tab}") for tab in ("basic", "contract", "insurance", "documents", "postings")]
    assert {one.status_code for one in pages} <= {200, 404}
    for page in pages:
        assert ID_NUMBER not in page.text and "123456" not in page.text and "1,234.56" not in page.text
    asked = boss.send(path, f"{path}/show", field="id_number", why="curious", tab="basic")
    assert ID_NUMBER not in asked.text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id_number": "310101199003078816"}, "last character"), ({"born_on": "1991-03-07"}, "another birth day"),
        ({"id_number": "x y"}, ""), ({"emergency_phone": "call me"}, ""),
    ],
)  # fmt: skip
def test_basics_that_cannot_be_say_why_and_nothing_typed_is_lost(
    own_shops: Shops, hr: Visitor, person_id: str, change: dict[str, str], why: str
) -> None:
    path = f"/console/archive/{person_id}"
    answer = hr.send(path, f"{path}/basics", **{**FORM, **change})
    assert answer.status_code == 422 and 'role="alert"' in answer.text and why in seen(answer) and ADDRESS in answer.text
    assert rows(own_shops, Basics) == []


def test_missing_fields_are_named_and_lead_to_their_form(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    fill(own_shops, person_id)
    text = hr.get(f"/console/archive/{person_id}").text
    assert re.search(r"Record \d+ % complete", seen(hr.get(f"/console/archive/{person_id}")))
    assert f'href="/console/archive/{person_id}?tab=insurance#f-account"' in text
    assert f'href="/console/archive/{person_id}?tab=documents#f-health_certificate"' in text
    assert "tab=basic#f-born_on" not in text


def test_a_contract_is_written_down_and_corrected(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    path = f"/console/archive/{person_id}"
    page = f"{path}?tab=contract"
    first = {"kind": "fixed_term", "from_day": "2026-01-01", "until": "2026-12-31", "pay_fen": "8,500.50"}
    first["contract_id"] = new_id()
    assert hr.send(page, f"{path}/contracts", **first).status_code == 303
    again = hr.send(page, f"{path}/contracts", **{**first, "until": "2027-12-31"})
    assert again.status_code == 422 and "say why" in seen(again)
    assert hr.send(page, f"{path}/contracts", **{**first, "until": "2027-12-31", "reason": "typo"}).status_code == 303
    wrong = hr.send(page, f"{path}/contracts", **{**first, "pay_fen": "a lot", "contract_id": new_id()})
    assert wrong.status_code == 422
    shown = seen(hr.send(path, f"{path}/show", field="pay_fen", why="payroll", tab="contract"))
    assert "8,500.50" in shown and "Fixed term" in shown


def test_a_document_is_kept_opened_for_a_reason_and_withdrawn(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    path, document_id = f"/console/archive/{person_id}", new_id()
    hr.get(f"{path}?tab=documents")
    file = (io.BytesIO(b"%PDF-1.7 diploma"), "d.pdf")
    upload: dict[str, Any] = {"document_id": document_id, "kind": "diploma", "title": "本科学历", "file": file}
    assert hr.post(f"{path}/documents", op_id=hr.op_id, **upload).status_code == 303
    assert hr.send(f"{path}?tab=documents", f"{path}/documents/{document_id}", why="").status_code == 422
    opened = hr.send(f"{path}?tab=documents", f"{path}/documents/{document_id}", why="equivalence check")
    assert opened.data == b"%PDF-1.7 diploma" and "attachment" in opened.headers["Content-Disposition"]
    assert hr.send(f"{path}?tab=documents", f"{path}/documents/{document_id}/withdraw", reason="forged").status_code == 303
    assert "withdrawn: forged" in seen(hr.get(f"{path}?tab=documents"))
    assert rows(own_shops, Document)[0].withdrawn_because == "forged"
    program = {**upload, "document_id": new_id(), "file": (io.BytesIO(b"MZ"), "d.exe")}
    hr.get(f"{path}?tab=documents")
    assert hr.post(f"{path}/documents", op_id=hr.op_id, **program).status_code == 422


def test_the_list_is_searched_by_pinyin_and_narrowed_by_what_is_missing(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    fill(own_shops, person_id)
    assert WHO in seen(hr.get("/console/archive?q=liuyang"))
    assert WHO not in seen(hr.get("/console/archive?missing=basics.address")).split("Contract until")[-1]
    assert WHO in seen(hr.get("/console/archive?missing=insurance.account"))
    assert hr.get("/console/archive?missing=%27%3B--").status_code == 200


def test_an_export_has_whole_values_only_with_a_reason_and_is_a_look_at_each(
    own_shops: Shops, hr: Visitor, person_id: str
) -> None:
    fill(own_shops, person_id)
    plain = hr.get("/console/archive?format=csv&q=liuyang").text
    assert ID_NUMBER not in plain and "123456" not in plain and WHO in plain
    assert hr.get("/console/archive?format=csv&whole=1").status_code == 422
    whole = hr.get("/console/archive?format=csv&whole=1&why=audit&q=liuyang").text
    line = next(row for row in csv.reader(io.StringIO(whole.lstrip("\ufeff"))) if row[0] == WHO)
    assert ID_NUMBER in line and "123456" in line
    boss = signed_in(own_shops, "manager")
    theirs = boss.get("/console/archive?format=csv&whole=1&why=curious").text
    assert ID_NUMBER not in theirs and "123456" not in theirs
    noted = [one for one in rows(own_shops, Look) if one.what == "export" and one.person_id == person_id]
    assert {(one.why, tuple(one.fields)) for one in noted} >= {("", ()), ("audit", ("id_number", "pay_fen"))}


def test_a_formula_in_an_export_stays_text(own_shops: Shops, hr: Visitor) -> None:
    from contract.people import Hire

    evil = Hire(person_id=new_id(), number="EVIL-1", name='=HYPERLINK("http://x")', home_org="总部")
    perform(own_shops.company.db, Actor.system(), evil, op_id=new_id(), now=own_shops.company.now(), secret=SECRET)
    cells = [cell for row in csv.reader(io.StringIO(hr.get("/console/archive?format=csv").text)) for cell in row]
    assert any(cell.startswith("'=HYPERLINK") for cell in cells)
    assert not any(cell.lstrip("\ufeff").startswith(("=", "+", "@")) for cell in cells)


def test_people_see_who_looked_and_take_their_data_along(own_shops: Shops, hr: Visitor, person_id: str) -> None:
    fill(own_shops, person_id)
    own = _account(own_shops, person_id)
    assert "Nobody has looked" in seen(own.get("/console/me/privacy"))
    path = f"/console/archive/{person_id}"
    hr.send(path, f"{path}/show", field="id_number", why="<b>visa</b>", tab="basic")
    page = own.get("/console/me/privacy")
    assert "<b>visa</b>" in seen(page) and "<b>visa" not in page.text and "Whole values" in seen(page)
    assert "Who looked at my data" in seen(own.get("/console/me"))
    taken = own.get("/console/me/data")
    assert zipfile.ZipFile(io.BytesIO(taken.data)).namelist()[:2] == ["data.json", "index.html"]
    assert own.get(f"/console/archive/{person_id}").status_code == 403


def _account(shops: Shops, person_id: str, role: str = "employee") -> Visitor:
    account_id, login = new_id(), f"u{person_id[-10:]}"
    for operation in (
        OpenAccount(account_id=account_id, person_id=person_id, login=login, password=PASSWORD),
        GrantRole(grant_id=new_id(), account_id=account_id, role=role),
    ):
        done = perform(shops.company.db, Actor.system(), operation, op_id=new_id(), now=shops.company.now(), secret=SECRET)
        assert done.status == "applied", done
    return signed_in(shops, login)


def test_looking_at_a_punch_on_the_map_is_told_to_its_person(own_shops: Shops, hr: Visitor) -> None:
    hr_id = own_shops.company.people["王伟"]
    punch = next(one for one in own_shops.company.punches() if one.lat_e7 is not None and one.person_id != hr_id)
    assert hr.get(f"/console/punches/{punch.id}").status_code == 200
    noted = [one for one in rows(own_shops, Look) if one.person_id == punch.person_id]
    assert [(one.what, one.about_id) for one in noted] == [("position", punch.id)]


def test_the_photo_of_a_punch_is_a_look_of_its_own(own_shops: Shops, hr: Visitor) -> None:
    photo, hr_id = "cd" * 32, own_shops.company.people["王伟"]
    file = own_shops.company.folder / "blobs" / "cd" / photo
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xd8\xff a face")
    punch = next(one for one in own_shops.company.punches() if one.person_id != hr_id)
    with writing(own_shops.company.db, Actor.system(), op_id=new_id(), now=own_shops.company.now()) as session:
        session.get_one(Punch, punch.id).photo = photo
    story = hr.get(f"/console/punches/{punch.id}")
    assert f"/console/punches/{punch.id}/photo" in story.text and "<img" not in story.text.split("<main", 1)[1]
    assert hr.get(f"/console/punches/{punch.id}/photo").data == file.read_bytes()
    assert "photo" in {one.what for one in rows(own_shops, Look) if one.about_id == punch.id}
    assert signed_in(own_shops, "employee").get(f"/console/punches/{punch.id}/photo").status_code == 403


def exported(shops: Shops) -> int:
    return sum(one.times for one in rows(shops, Look) if one.what == "export")


def test_every_list_of_people_that_is_taken_along_is_told_to_them(own_shops: Shops, hr: Visitor) -> None:
    for path in ("/console/people", "/console/punches"):
        before = exported(own_shops)
        assert hr.get(path).status_code == 200 and exported(own_shops) == before
        assert hr.get(f"{path}?format=csv").status_code == 200 and exported(own_shops) > before, path


def test_an_erasure_is_proposed_on_the_record_and_waits_for_another_person(
    own_shops: Shops, hr: Visitor, person_id: str
) -> None:
    left = LetGo(person_id=person_id, reason="r")
    perform(own_shops.company.db, Actor.system(), left, op_id=new_id(), now=own_shops.company.now(), secret=SECRET)
    path = f"/console/archive/{person_id}"
    assert hr.send(path, f"{path}/erase", reason="asked for it", erasure_id=new_id()).status_code == 303
    erasure = rows(own_shops, Erasure)[0]
    own_try = hr.send("/console/erasures", f"/console/erasures/{erasure.id}/confirm")
    assert own_try.status_code == 403 and 'role="alert"' in own_try.text
    admin = signed_in(own_shops, "admin")
    early = admin.send("/console/erasures", f"/console/erasures/{erasure.id}/confirm")
    assert early.status_code == 409 and "settled first" in seen(early)
    assert admin.send("/console/erasures", f"/console/erasures/{erasure.id}/refuse", reason="a dispute").status_code == 303
    assert rows(own_shops, Erasure)[0].state == "refused"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("tab", ["basic", "contract", "insurance", "documents", "postings", "training", "performance", "looks"])
def test_every_tab_is_drawn_in_both_languages(own_shops: Shops, person_id: str, tab: str, language: str) -> None:
    fill(own_shops, person_id)
    answer = signed_in(own_shops, "hr", language).get(f"/console/archive/{person_id}?tab={tab}")
    assert answer.status_code == 200
    assert not re.search(r"console\.[a-z_]+\.[a-z_.]+", answer.text.split("<main", 1)[1]), "a key without a sentence"
