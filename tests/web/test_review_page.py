"""Decisions: two facts kept and both shown, several at once, decided anew, never on one's own."""

from __future__ import annotations

import re
from typing import Any

from contract.messages import say
from contract.moments import to_ms
from server.attendance.review_queries import punch_story
from server.kernel.actors import Actor
from server.kernel.perform import reading
from tests.web.company_of_shops import Shops
from tests.web.visitor import Visitor, seen


def doubtful(shops: Shops, name: str | None = None) -> Any:
    person = shops.company.people.get(name or "")
    found = [p for p in shops.company.punches() if p.verdict != "green" and (name is None or p.person_id == person)]
    return found[-1]


def again(shops: Shops, punch_id: str) -> Any:
    return next(p for p in shops.company.punches() if p.id == punch_id)


def test_the_queue_holds_every_doubtful_punch_and_no_other(own_shops: Shops, admin: Visitor) -> None:
    text = admin.get("/console/review").text
    listed = set(re.findall(r'name="punch" value="([0-9a-f-]{36})"', text))
    assert listed == {p.id for p in own_shops.company.punches() if p.verdict != "green"}


def test_the_queue_narrows_by_store_verdict_and_reason(own_shops: Shops, admin: Visitor) -> None:
    everything = own_shops.company.punches()
    mock = admin.get("/console/review?reason=evidence.mock_location").text
    assert re.findall(r'name="punch" value="([^"]+)"', mock) == [doubtful(own_shops, "刘洋").id]
    review = set(re.findall(r'name="punch" value="([^"]+)"', admin.get("/console/review?verdict=review").text))
    assert review == {p.id for p in everything if p.verdict == "review"}
    store = doubtful(own_shops, "徐浩").store_id
    there = set(re.findall(r'name="punch" value="([^"]+)"', admin.get(f"/console/review?store={store}").text))
    assert there == {p.id for p in everything if p.verdict != "green" and p.store_id == store}


def test_the_evidence_shows_claimed_and_judged_time_place_device_and_every_reason(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops, "徐浩")
    said = seen(admin.get(f"/console/punches/{punch.id}"))
    assert "wall clock showed 2026-06-01 07:" in said and "1 h 59 min slow" in said
    assert f"{punch.taken_at.hour + 8:02d}:{punch.taken_at.minute:02d}" in said and "anchored to ours" in said
    assert "100.0 % likely inside" in said and "徐浩的手机" in said
    for reason in punch.reasons:
        assert say("en", reason["code"], **reason["facts"]) in said
    points = [int(reason["points_db"]) for reason in punch.reasons]
    assert 20 + sum(points) == punch.score_db and f"= {punch.score_db}" in said
    assert re.search(r"number \d+ in the device's signed chain", said) and re.search(r"receipt up to \d+", said)


def test_who_may_not_see_operations_sees_no_chain(own_shops: Shops) -> None:
    manager = Visitor(own_shops.app).speak("en")
    manager.sign_in("manager")
    own_store = own_shops.company.stores["陆家嘴正大店"]
    punch = next(p for p in own_shops.company.punches() if p.store_id == own_store)
    said = seen(manager.get(f"/console/punches/{punch.id}"))
    assert "signed chain" not in said and "What it is worth" in said


def test_a_correction_keeps_the_punch_as_made_and_shows_both(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops, "徐浩")
    path = f"/console/punches/{punch.id}"
    answer = admin.send(
        path, f"{path}/decision", decision="correct", corrected_day="2026-06-01", corrected_time="08:45", corrected_kind="in",
        reason="camera shows 08:45",
    )  # fmt: skip
    assert answer.status_code == 303
    kept = again(own_shops, punch.id)
    assert kept.taken_at == punch.taken_at and kept.state == "corrected"
    assert to_ms(kept.decided_taken_at) % 86_400_000 == 45 * 60_000
    page = admin.get(path)
    made, decided = (re.search(rf'data-fact="{fact}">([^<]+)', page.text) for fact in ("made", "decided"))
    assert made is not None and decided is not None
    assert made[1].startswith("09:02") and decided[1].startswith("08:45")
    assert "Corrected by 周总管" in seen(page) and "camera shows 08:45" in seen(page)


def test_a_decision_can_be_taken_anew_and_both_stay_on_record(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops)
    path = f"/console/punches/{punch.id}"
    admin.send(path, f"{path}/decision", decision="reject", reason="was not there")
    answer = admin.send(path, f"{path}/decision", decision="accept", reason="he was, I asked")
    assert answer.status_code == 303
    assert again(own_shops, punch.id).state == "accepted"
    said = seen(admin.get(path))
    assert "Rejected by 周总管" in said and "Accepted by 周总管" in said and "was not there" in said
    with reading(own_shops.company.db, Actor.system()) as session:
        story = punch_story(session, punch.id)
        assert story is not None and [review.decision for review in story.reviews] == ["reject", "accept"]


def test_a_form_sent_twice_decides_once(own_shops: Shops, admin: Visitor) -> None:
    punch = doubtful(own_shops)
    path = f"/console/punches/{punch.id}"
    admin.get(path)
    for _ in range(3):
        answer = admin.post(f"{path}/decision", op_id=admin.op_id, decision="accept", reason="fine")
        assert answer.status_code == 303
    with reading(own_shops.company.db, Actor.system()) as session:
        story = punch_story(session, punch.id)
        assert story is not None and len(story.reviews) == 1


def test_a_decision_without_a_reason_or_a_correction_without_a_time_is_refused_in_words(
    own_shops: Shops, admin: Visitor
) -> None:
    punch = doubtful(own_shops)
    path = f"/console/punches/{punch.id}"
    for form in (
        {"decision": "accept", "reason": " "},
        {"decision": "correct", "reason": "x", "corrected_day": "2026-06-01", "corrected_time": ""},
        {"decision": "correct", "reason": "x", "corrected_day": "2026-06-31", "corrected_time": "08:00"},
        {"decision": "correct", "reason": "x", "corrected_day": "2026-06-02", "corrected_time": "23:00"},
        {"decision": "burn", "reason": "x"},
    ):
        answer = admin.send(path, f"{path}/decision", **form)
        assert answer.status_code in (400, 422), form
        assert 'role="alert"' in answer.text
    assert again(own_shops, punch.id).state == "counted"


def test_several_are_decided_at_once_and_the_queue_is_empty(own_shops: Shops, admin: Visitor) -> None:
    waiting = [p.id for p in own_shops.company.punches() if p.verdict != "green"]
    admin.get("/console/review")
    form = {"op_id": admin.op_id, "punch": waiting, "decision": "accept", "reason": "all known to me", "next": "/console/review"}
    answer = admin.post("/console/review/decisions", **form)
    assert "done=several_accept" in answer.headers["Location"]
    assert {again(own_shops, punch_id).state for punch_id in waiting} == {"accepted"}
    assert "Nothing to review" in seen(admin.get("/console/review"))
    assert len(re.findall('class="row-link"', admin.get("/console/review?show=decided").text)) >= len(waiting)


def test_what_was_decided_together_is_undone_by_deciding_again(own_shops: Shops, admin: Visitor) -> None:
    some = [p.id for p in own_shops.company.punches() if p.verdict != "green"][:2]
    for decision in ("reject", "accept"):
        page = "/console/review" if decision == "reject" else "/console/review?show=decided"
        text = admin.get(page).text
        assert all(f'name="punch" value="{punch_id}"' in text for punch_id in some)
        form = {"op_id": admin.op_id, "punch": some, "decision": decision, "reason": "r"}
        assert admin.post("/console/review/decisions", **form).status_code == 303
    assert {again(own_shops, punch_id).state for punch_id in some} == {"accepted"}


def test_where_one_of_several_cannot_be_decided_none_is_and_why_is_said(own_shops: Shops) -> None:
    hr = Visitor(own_shops.app).speak("en")
    hr.sign_in("hr")
    own = next(p for p in own_shops.company.punches() if p.person_id == own_shops.company.people["王伟"])
    other = doubtful(own_shops, "徐浩")
    hr.get("/console/review")
    answer = hr.post("/console/review/decisions", punch=[other.id, own.id], decision="accept", reason="me too", op_id=hr.op_id)
    assert answer.status_code == 403 and "Nobody decides on their own punch" in seen(answer)
    assert again(own_shops, other.id).state == "counted"


def test_the_queue_narrows_by_unit_and_by_how_long_somebody_waits(own_shops: Shops, admin: Visitor) -> None:
    def listed(query: str) -> set[str]:
        return set(re.findall(r'name="punch" value="([^"]+)"', admin.get(f"/console/review?{query}").text))

    everything, store = listed(""), doubtful(own_shops, "徐浩").store_id
    here = {p.id for p in own_shops.company.punches() if p.id in everything and p.store_id == store}
    assert here and here <= listed(f"unit={store}") and listed(f"unit={store}") != everything
    assert listed("age=late") | listed("age=new") == everything and not listed("age=late") & listed("age=new")
    assert listed("age=week") == set()


def test_nobody_decides_on_their_own_punch(own_shops: Shops) -> None:
    hr = Visitor(own_shops.app).speak("en")
    hr.sign_in("hr")
    own = next(p for p in own_shops.company.punches() if p.person_id == own_shops.company.people["王伟"])
    page = hr.get(f"/console/punches/{own.id}")
    assert "This is your own punch" in seen(page) and 'name="decision"' not in page.text
    answer = hr.post(f"/console/punches/{own.id}/decision", decision="accept", reason="me")
    assert answer.status_code == 403
    assert again(own_shops, own.id).state == "counted"


def test_an_auditor_sees_the_evidence_and_decides_nothing(own_shops: Shops) -> None:
    auditor = Visitor(own_shops.app).speak("en")
    auditor.sign_in("auditor")
    punch = doubtful(own_shops, "徐浩")
    page = auditor.get(f"/console/punches/{punch.id}")
    assert "Evidence, step by step" in seen(page) and 'name="decision"' not in page.text
