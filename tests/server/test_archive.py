"""The archive: fed, sealed, complete or not, each field for whom it is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.archive import RecordBasics
from contract.ids import new_id
from server.archive import api, completeness, events, reminders, sealing
from server.archive.model import ArchiveState, Basics, Document, PersonKey
from server.inbox.model import InboxItem
from server.kernel import sealed
from server.kernel.ledger import History, OpLog
from tests.server.archive_world import (
    ACCOUNT,
    ADDRESS,
    ID_NUMBER,
    PAY_FEN,
    SEALED,
    Archive,
    back_up,
    basics,
    contract,
    found_in,
    insurance,
)
from tests.server.world import SECRET, World
from tests.support.planted import instead


@pytest.fixture
def archive(world: World) -> Archive:
    return Archive(world)


def test_what_is_sensitive_lies_nowhere_as_text(archive: Archive, capfd: pytest.CaptureFixture[str]) -> None:
    archive.record()
    archive.hr.post("/api/v1/archive/basics", basics(archive.wei, address="上海市长宁区", reason="moved"))
    archive.add_document(b"%PDF-1.7 " + ID_NUMBER.encode() * 9)
    archive.card(show="id_number,pay_fen", why="payroll")
    wrong = archive.hr.post("/api/v1/archive/basics", basics(archive.wei, id_number=ID_NUMBER[:-1] + "5", reason="typo"))
    assert wrong.status_code == 422 and ID_NUMBER[:-1] not in wrong.text
    back_up(archive.world)
    folder = archive.world.settings.data_dir
    assert found_in(folder, *SEALED, ID_NUMBER[:-1] + "5") == []
    said = "".join(capfd.readouterr())
    assert not [value for value in SEALED if value in said]
    history = archive.world.rows(sa.select(History))
    assert any(row.table_name == "archive_basics" for row in history)
    assert not [value for row in history for value in SEALED if value in f"{row.before}{row.after}"]


def test_a_value_that_is_not_sealed_is_found_in_the_file(archive: Archive) -> None:
    """The control: the naive way, which writes the value down as it came."""
    with instead(sealed, "seal", lambda key, person_id, field, value, *, op_id: "s1." + value.encode().hex()):
        answered = archive.hr.post("/api/v1/archive/basics", basics(archive.wei))
    assert answered.status_code == 422  # the handler does not take what is not sealed ...
    assert found_in(archive.world.settings.data_dir, ID_NUMBER)  # ... and the log of that refusal already holds it


def test_a_store_manager_reads_neither_pay_nor_a_whole_id_number(archive: Archive) -> None:
    archive.record()
    card = archive.card(archive.boss, show="id_number,pay_fen,account", why="curious")
    assert card["basics"]["id_number"] == {"state": "masked", "text": "310***********8811"}
    assert card["contracts"] == [] and card["insurances"] == [] and card["documents"] == []
    text = archive.boss.get(f"/api/v1/archive/{archive.wei}").text
    assert not [value for value in SEALED if value in text]


def test_another_stores_manager_is_told_of_nobody(archive: Archive) -> None:
    archive.record()
    assert archive.stranger.get(f"/api/v1/archive/{archive.wei}").status_code == 404
    assert archive.wei not in archive.stranger.get("/api/v1/archive").text


def test_hr_reads_a_covered_value_only_after_saying_why(archive: Archive) -> None:
    archive.record()
    card = archive.card()
    assert card["basics"]["id_number"]["state"] == "covered" and ID_NUMBER not in str(card)
    assert card["contracts"][0]["pay"] == {"state": "covered", "text": "******"}
    refused = archive.hr.get(f"/api/v1/archive/{archive.wei}", show="id_number")
    assert (refused.status_code, refused.json["code"]) == (422, "privacy.why_needed")
    shown = archive.card(show="id_number,pay_fen,account", why="social insurance")
    assert shown["basics"]["id_number"] == {"state": "read", "text": ID_NUMBER}
    assert shown["contracts"][0]["pay"]["text"] == str(PAY_FEN)
    assert shown["insurances"][0]["account"]["text"] == ACCOUNT


def test_people_read_their_own_record_whole(archive: Archive) -> None:
    archive.record()
    card = archive.card(archive.own)
    assert card["basics"]["id_number"]["text"] == ID_NUMBER and card["contracts"][0]["pay"]["text"] == str(PAY_FEN)
    assert archive.own.get(f"/api/v1/archive/{archive.hr_id}").status_code == 404


def test_a_record_without_a_contract_term_names_it(archive: Archive) -> None:
    archive.record()
    archive.hr.post("/api/v1/archive/contracts", contract(archive.wei, from_day="2026-06-01", until=None))
    told = archive.card()["completeness"]
    assert told["percent"] < 100 and "contract.until" in told["missing"]


def test_a_full_record_is_complete_until_a_document_expires(archive: Archive) -> None:
    archive.record()
    for kind in ("id_copy", "contract"):
        archive.add_document(kind=kind)
    archive.add_document(kind="health_certificate", expires_on="2026-12-01")
    assert archive.card()["completeness"] == {"percent": 100, "missing": [], "counted": 16}
    archive.world.clock.pass_(days=20)
    archive.hr.sign_in("hr")
    assert archive.card()["completeness"]["missing"] == ["documents.health_certificate"]
    kept = archive.world.row(ArchiveState, archive.wei)
    assert kept.percent == 100  # lists say what was judged last ...
    completeness.look_through(archive.world.app.extensions["outpost"])
    assert archive.world.row(ArchiveState, archive.wei).percent == 93  # ... and the daily work judges anew


def test_groups_that_nobody_feeds_say_so_and_are_never_made_up(archive: Archive) -> None:
    assert archive.card()["performance"] == {"fed": False, "items": []}
    assert archive.card()["training"] == {"fed": True, "items": []}  # learning does, and nothing has been learnt
    with instead(events, "FEEDS", events.FEEDS), pytest.MonkeyPatch.context() as patch:
        patch.setitem(events.FEEDS, "training", lambda session, person_id: [{"course": "拿铁拉花", "score": 92}])
        assert archive.card()["training"] == {"fed": True, "items": [{"course": "拿铁拉花", "score": 92}]}
    assert archive.card()["postings"][0]["store_name"] == "静安店"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id_number": "310101199003078815"}, "archive.id_number_checksum"),
        ({"born_on": "1990-03-08"}, "archive.id_number_birth"),
        ({"gender": "female"}, "archive.id_number_gender"),
        ({"id_kind": "passport"}, "archive.id_number_invalid"),
        ({"id_kind": None}, "wire.missing"),
        ({"born_on": "1990-02-30"}, "wire.out_of_range"),
        ({"born_on": "2030-01-01", "id_number": None}, "archive.birth_day_impossible"),
    ],
)
def test_basics_that_cannot_be_are_refused_with_the_field(archive: Archive, change: dict[str, Any], code: str) -> None:
    answered = archive.hr.post("/api/v1/archive/basics", basics(archive.wei, **change))
    assert answered.status_code == 422 and answered.json["code"] == code
    assert archive.world.row(Basics, archive.wei) is None


def test_the_same_id_number_in_two_records_is_found_without_reading_it(archive: Archive) -> None:
    archive.record()
    second = archive.hr.post("/api/v1/archive/basics", basics(archive.boss_id, id_number=f" {ID_NUMBER}".strip()))
    assert (second.status_code, second.json["code"]) == (409, "archive.id_number_taken")
    assert second.json["facts"]["id"] == archive.wei
    kept = archive.world.row(Basics, archive.wei).id_fingerprint
    assert kept != sealed.fingerprint(b"another secret of thirty-two bytes..", "resident_id", ID_NUMBER)


def test_the_database_itself_refuses_the_same_number_twice(archive: Archive) -> None:
    archive.record()
    from server.archive import service

    with instead(service, "_must_be_one_person", lambda *_: None):
        second = archive.hr.post("/api/v1/archive/basics", basics(archive.boss_id))
    assert second.json["code"] == "operation.breaks_a_rule" and archive.world.row(Basics, archive.boss_id) is None


def test_a_change_says_why_and_what_is_only_added_need_not(archive: Archive) -> None:
    first = {"person_id": archive.wei, "gender": "male"}
    assert archive.hr.post("/api/v1/archive/basics", first).status_code == 201
    assert archive.hr.post("/api/v1/archive/basics", {"person_id": archive.wei, "address": ADDRESS}).status_code == 201
    silent = archive.hr.post("/api/v1/archive/basics", {"person_id": archive.wei, "address": ""})
    assert silent.json["code"] == "archive.reason_needed"
    said = archive.hr.post("/api/v1/archive/basics", {"person_id": archive.wei, "address": "", "reason": "wrong person"})
    assert said.status_code == 201 and archive.card()["basics"]["address"]["state"] == "missing"
    assert archive.card()["basics"]["gender"]["text"] == "male"


def test_a_contract_is_corrected_with_a_reason_and_both_stay_visible(archive: Archive) -> None:
    body = contract(archive.wei)
    archive.hr.post("/api/v1/archive/contracts", body)
    assert archive.hr.post("/api/v1/archive/contracts", {**body, "until": "2029-01-01"}).json["code"] == "archive.reason_needed"
    assert archive.hr.post("/api/v1/archive/contracts", {**body, "until": "2029-01-01", "reason": "typo"}).status_code == 201
    assert [one["until"] for one in archive.card()["contracts"]] == ["2029-01-01"]
    past = archive.world.rows(sa.select(History).where(History.row_id == body["contract_id"]))
    assert past[0].before["until"] == "2028-01-01"
    assert archive.hr.post("/api/v1/archive/contracts", contract(archive.wei, until="2026-01-01")).json["code"] == (
        "archive.ends_before_start"
    )


def test_the_same_request_sent_twice_is_one_operation(archive: Archive) -> None:
    key = {"Idempotency-Key": new_id()}
    answers = [archive.hr.post("/api/v1/archive/basics", basics(archive.wei), headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    other = archive.hr.post("/api/v1/archive/basics", basics(archive.wei, address="x"), headers=key)
    assert other.json["code"] == "operation.id_reused"
    assert len(archive.world.rows(sa.select(OpLog).where(OpLog.type == "archive.record_basics/1"))) == 1


def test_ciphertext_of_another_person_or_field_is_not_taken(archive: Archive) -> None:
    archive.record()
    mine = archive.world.row(Basics, archive.wei).sealed
    theirs = {"gender": mine["gender"]}
    archive.hr.post("/api/v1/archive/basics", {"person_id": archive.boss_id, "gender": "female"})
    moved = RecordBasics(person_id=archive.boss_id, sealed=theirs, reason="r")  # type: ignore[arg-type]
    swapped = RecordBasics(person_id=archive.wei, sealed={"address": mine["gender"]}, reason="r")
    assert archive.world.refusal(moved) == "archive.not_sealed" == archive.world.refusal(swapped)


def test_without_the_secret_the_database_tells_nothing(archive: Archive) -> None:
    archive.record()
    wrapped = archive.world.row(PersonKey, archive.wei).wrapped_key
    text = archive.world.row(Basics, archive.wei).sealed["id_number"]
    assert sealed.unseal(sealed.unwrapped(SECRET, archive.wei, wrapped), archive.wei, "id_number", text) == ID_NUMBER
    with pytest.raises(sealed.Unreadable):
        sealed.unwrapped(SECRET + b"!", archive.wei, wrapped)
    with pytest.raises(sealed.Unreadable):
        sealed.unwrapped(SECRET, archive.boss_id, wrapped)


def test_a_document_comes_back_as_it_was_given_and_lies_sealed(archive: Archive) -> None:
    content = b"%PDF-1.7 " + b"a planted sentence " * 50
    document_id = archive.add_document(content)
    path = f"/api/v1/archive/documents/{document_id}"
    assert archive.hr.get(path).json["code"] == "privacy.why_needed"
    assert archive.hr.get(path, why="visa").data == content
    assert archive.own.get(path).data == content
    assert archive.boss.get(path, why="curious").status_code == 404
    assert found_in(archive.world.settings.data_dir, "a planted sentence") == []
    kept = archive.world.row(Document, document_id)
    assert (archive.world.settings.data_dir / "documents" / kept.sha256[:2] / kept.sha256).stat().st_size > len(content)


def test_only_what_people_can_look_at_is_kept_as_a_document(archive: Archive) -> None:
    import io

    for content, code in ((b"MZ\x90 a program", "archive.file_kind"), (b"", "wire.missing"), (b"<html>", "archive.file_kind")):
        values = {"document_id": new_id(), "person_id": archive.wei, "kind": "other", "title": "t"}
        answered = archive.hr.flask.post(
            "/api/v1/archive/documents", data={**values, "file": (io.BytesIO(content), "a")}, headers=archive.hr._headers(None)
        )
        assert answered.status_code == 422 and answered.json["code"] == code
    with instead(api, "MOST_BYTES", 10):
        big = {"document_id": new_id(), "person_id": archive.wei, "kind": "other", "title": "t"}
        data = {**big, "file": (io.BytesIO(b"%PDF-1.7 and more"), "a")}
        answered = archive.hr.flask.post("/api/v1/archive/documents", data=data, headers=archive.hr._headers(None))
        assert answered.status_code == 413


def test_a_document_is_withdrawn_once_and_keeps_its_reason(archive: Archive) -> None:
    document_id = archive.add_document()
    body = {"document_id": document_id, "reason": "of somebody else"}
    assert archive.hr.post("/api/v1/archive/documents/withdrawn", body).status_code == 201
    assert archive.hr.post("/api/v1/archive/documents/withdrawn", body).json["code"] == "archive.document_withdrawn"
    assert archive.card()["documents"][0]["withdrawn_because"] == "of somebody else"
    assert "documents.id_copy" in archive.card()["completeness"]["missing"]


@pytest.mark.parametrize("asked", ["李伟", "liwei", "lw", "P0101", "138 0013", "8001"])
def test_a_record_is_found_by_name_pinyin_initials_number_and_phone(archive: Archive, asked: str) -> None:
    found = archive.hr.get("/api/v1/archive", q=asked).json["items"]
    assert archive.wei in [line["person_id"] for line in found]


def test_a_phone_is_not_searched_by_who_may_not_read_it(archive: Archive) -> None:
    auditor = archive.world.hire("钱审")
    archive.world.account(auditor, "auditor", "auditor")
    client = archive.world.client("auditor")
    assert client.get("/api/v1/archive", q="80013800").json["items"] == []
    line = next(one for one in client.get("/api/v1/archive").json["items"] if one["person_id"] == archive.wei)
    assert line["mobile"]["state"] == "masked" and "0013" not in line["mobile"]["text"]


def test_records_are_narrowed_by_completeness_and_by_what_is_missing(archive: Archive) -> None:
    archive.record()

    def ids(**asked: Any) -> list[str]:
        return [line["person_id"] for line in archive.hr.get("/api/v1/archive", **asked).json["items"]]

    assert archive.wei not in ids(below=50) and archive.boss_id in ids(below=50) and archive.wei in ids(below=100)
    assert ids(missing="documents.id_copy") == [archive.wei]
    assert ids(store_id=archive.store) == [archive.wei]
    one = archive.hr.get("/api/v1/archive", limit=1).json
    two = archive.hr.get("/api/v1/archive", limit=1, cursor=one["next_cursor"]).json
    assert one["items"][0]["person_id"] != two["items"][0]["person_id"]


def items_of(world: World, receiver_id: str) -> list[Any]:
    return world.rows(sa.select(InboxItem).where(InboxItem.receiver_id == receiver_id, InboxItem.trigger == "N-07"))


def test_a_contract_that_ends_is_one_item_for_hr_at_each_threshold(archive: Archive) -> None:
    server = archive.world.app.extensions["outpost"]
    body = contract(archive.wei, until="2027-01-15")  # 56 days from the world's noon
    archive.hr.post("/api/v1/archive/contracts", body)
    for _ in range(3):
        reminders.remind_of_contracts(server)
    assert [(one.about_id, one.facts["days"]) for one in items_of(archive.world, archive.hr_id)] == [(archive.wei, 60)]
    assert not items_of(archive.world, archive.boss_id) and not items_of(archive.world, archive.wei)
    archive.world.clock.pass_(days=30)
    archive.hr.sign_in("hr")
    for _ in range(2):
        reminders.remind_of_contracts(server)
    told = items_of(archive.world, archive.hr_id)
    assert sorted(one.facts["days"] for one in told) == [30, 60] and sum(one.done_at is None for one in told) == 1
    listed = archive.hr.get("/api/v1/archive/contracts", days=60).json["items"]
    assert [(one["contract_id"], one["days_left"]) for one in listed] == [(body["contract_id"], 26)]
    archive.hr.post("/api/v1/archive/contracts", {**body, "until": "2029-01-15", "reason": "renewed"})
    assert all(one.done_at is not None for one in items_of(archive.world, archive.hr_id))
    assert archive.hr.get("/api/v1/archive/contracts").json["items"] == []


def test_a_reminder_that_forgets_what_it_told_is_found(archive: Archive) -> None:
    """The control: with a new operation id each time, HR is told at every run."""
    server = archive.world.app.extensions["outpost"]
    archive.hr.post("/api/v1/archive/contracts", contract(archive.wei, until="2027-01-15"))
    with instead(reminders, "derived_id", lambda *_: new_id()), instead(reminders, "put_item", _put_anew):
        for _ in range(2):
            reminders.remind_of_contracts(server)
    assert len(items_of(archive.world, archive.hr_id)) == 2


def _put_anew(work: Any, **item: Any) -> str:
    from server.inbox.service import put_item

    return put_item(work, **{**item, "key": new_id()})


def test_only_the_server_makes_keys_and_reminds(archive: Archive) -> None:
    from contract.archive import MakeKey, RemindContract

    for operation in (MakeKey(person_id=archive.wei), RemindContract(contract_id=new_id(), step=30, until="2027-01-01")):
        assert archive.world.refusal(operation) == "access.not_allowed"


def test_the_archive_stands_on_both_databases(any_world: World, tmp_path: Path) -> None:
    archive = Archive(any_world)
    archive.record()
    archive.add_document()
    card = archive.card(show="id_number", why="both")
    assert card["basics"]["id_number"]["text"] == ID_NUMBER and card["completeness"]["percent"] > 80
    assert archive.hr.get("/api/v1/archive", missing="documents.contract").json["items"][0]["person_id"] == archive.wei
    assert archive.hr.post("/api/v1/archive/insurances", insurance(archive.wei, city="苏州")).status_code == 201
    assert sealing.key_of(any_world.app.extensions["outpost"], archive.wei) is not None
