"""The console's roster pages: a week planned, judged while it is typed, published; demand, rules, skills; a proposal taken."""

from __future__ import annotations

import datetime as dt
import io
import re

import pytest

from contract.ids import derived_id
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.leave import presets as leave_presets
from server.rosters.model import RosterCell, RosterShift
from server.web import rosters
from tests.web.company_of_shops import Shops
from tests.web.rosters_of_shops import monday, planned_week, proposed
from tests.web.visitor import Visitor


@pytest.fixture
def planner(own_shops: Shops) -> tuple[Visitor, Shops, str, dt.date]:
    store = planned_week(own_shops)
    visitor = Visitor(own_shops.app).speak("en")
    visitor.sign_in("hr")
    return visitor, own_shops, store, monday(own_shops)


def cells(shops: Shops, store: str, day: dt.date) -> list[RosterCell]:
    with reading(shops.company.db, Actor.system()) as session:
        return list(session.query(RosterCell).filter_by(store_id=store, day=day))


def test_a_week_shows_people_days_and_what_the_rules_say(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, _, store, first = planner
    page = visitor.get(f"/console/rosters/{store}?from={first}").text
    assert page.count('class="shift published"') == 17 + 1 and "08:00–16:00" in page
    assert "Half a weekend" in page and "苏婉" in page and 'class="shift draft' in page
    across = visitor.get(f"/console/rosters?from={first}").text
    assert "15 unpublished" in across and "−1:00" in across


def test_what_the_rules_say_is_said_while_it_is_typed_and_nothing_is_kept(
    planner: tuple[Visitor, Shops, str, dt.date],
) -> None:
    visitor, shops, store, first = planner
    visitor.get(f"/console/rosters/{store}/shift?from={first}&day={first}")
    before = len(cells(shops, store, first))
    person = shops.company.people["苏婉"]
    told = visitor.post(f"/console/rosters/{store}/check", day=first.isoformat(), person=person, template="day").text
    assert "Overlap" in told and "Drop one of the two shifts" in told
    fine = visitor.post(
        f"/console/rosters/{store}/check", day=(first + dt.timedelta(days=5)).isoformat(), person=person, template="early",
    ).text  # fmt: skip
    assert "Overlap" not in fine and len(cells(shops, store, first)) == before


def test_a_shift_is_planned_refused_with_its_reason_and_set_aside_with_one(
    planner: tuple[Visitor, Shops, str, dt.date],
) -> None:
    visitor, shops, store, first = planner
    person, day = shops.company.people["李娜"], first + dt.timedelta(days=1)
    visitor.get(f"/console/rosters/{store}/shift?from={first}&day={day}")
    said = {"day": day.isoformat(), "from": first.isoformat()}
    done = visitor.post(f"/console/rosters/{store}/shift", person=person, template="late", **said)
    assert done.status_code == 303 and "done=shift_set" in done.location
    [cell] = [row for row in cells(shops, store, day) if row.person_id == person]
    visitor.get(f"/console/rosters/{store}/shift?from={first}&shift={cell.id}")
    next_day = {"day": (day + dt.timedelta(days=1)).isoformat(), "from": first.isoformat()}
    refused = visitor.post(f"/console/rosters/{store}/shift", person=person, template="early", **next_day)
    assert refused.status_code == 409 and "Rest between shifts" in refused.text and "10 h" in refused.text
    visitor.get(f"/console/rosters/{store}/shift?from={first}&day={next_day['day']}")
    kept = visitor.post(f"/console/rosters/{store}/shift", person=person, template="early", override="盘点", **next_day)
    assert kept.status_code == 303


def test_somebody_who_was_faster_is_said(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, shops, store, first = planner
    shift = derived_id("shops", "cell", "苏婉", "4", "early")
    visitor.get(f"/console/rosters/{store}/shift?from={first}&shift={shift}")
    person, day = shops.company.people["苏婉"], (first + dt.timedelta(days=4)).isoformat()
    form = {"shift": shift, "based_on": "7", "person": person, "template": "early", "day": day}
    refused = visitor.post(f"/console/rosters/{store}/shift", **form)
    assert refused.status_code in (409, 422) and "changed" in refused.text.lower()


def test_a_week_is_published_once_and_copied_onto_the_next(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, shops, store, first = planner
    last = first + dt.timedelta(days=6)
    visitor.get(f"/console/rosters/{store}?from={first}")
    said = {"first": first.isoformat(), "last": last.isoformat(), "from": first.isoformat()}
    done = visitor.post(f"/console/rosters/{store}/publish", override="开业周", **said)
    assert done.status_code == 303 and "roster_published" in done.location, re.findall(r'role="alert".{0,300}', done.text, re.S)
    assert {row.state for row in cells(shops, store, last)} == {"published"}
    visitor.get(done.location)
    onto = (first + dt.timedelta(days=7)).isoformat()
    copied = visitor.post(f"/console/rosters/{store}/copy", onto=onto, with_people="yes", **said)
    assert copied.status_code == 303 and onto in copied.location
    assert cells(shops, store, first + dt.timedelta(days=7))
    with reading(shops.company.db, Actor.system()) as session:
        assert session.query(RosterShift).filter_by(store_id=store, day=last).count() > 0


def test_a_roster_is_a_file_too(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, _, store, first = planner
    file = visitor.get(f"/console/rosters/{store}/file?from={first}&format=csv")
    assert file.mimetype == "text/csv" and "苏婉" in file.text and first.isoformat() in file.text
    book = visitor.get(f"/console/rosters/{store}/file?from={first}&format=xlsx")
    assert book.data[:2] == b"PK"


def test_demand_is_said_and_followed_from_figures(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, _, store, first = planner
    page = visitor.get(f"/console/rosters/{store}/demand?from={first}").text
    assert page.count("08:00–11:00") >= 7
    form = {"day": first.isoformat(), "slot_0_times": "09:00-12:00", "slot_0_at_least": "4", "from": first.isoformat()}
    assert visitor.post(f"/console/rosters/{store}/demand", **form).status_code == 303
    assert "09:00–12:00 <b>4" in visitor.get(f"/console/rosters/{store}/demand?from={first}").text
    wrong = visitor.post(f"/console/rosters/{store}/demand", **{**form, "slot_0_times": "nine to five"})
    assert wrong.status_code == 422 and "nine to five" in wrong.text
    rows = f"store,date,time,footfall\nSH-102,{first},09:00,130\nSH-102,{first},10:00,many\n".encode()
    visitor.get(f"/console/rosters/{store}/demand?from={first}")
    tried = visitor.client.post(
        f"/console/rosters/{store}/demand/figures",
        data={"file": (io.BytesIO(rows), "f.csv"), "step": "try", "form_token": visitor.token, "op_id": visitor.op_id},
    )
    assert tried.status_code == 200 and "1 rows are not" in tried.text


def test_rules_and_skills_are_data_with_versions(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, _, _, first = planner
    page = visitor.get("/console/rosters/profiles?code=cn-2025").text
    fields = dict(re.findall(r'name="([a-z_0-9]+\.[a-z_0-9]+)" value="([^"]*)"', page))
    levels = dict.fromkeys(re.findall(r'<select name="([a-z_]+\.level)"', page), "hard")
    form = {**fields, **levels, "rest_between.min": "600", "code": "own", "name_zh": "本店", "name_en": "Ours",
            "from_day": first.isoformat(), "reason": "店长会议"}  # fmt: skip
    refused = visitor.post("/console/rosters/profiles", **{**form, "rest_between.min": "-5"})
    assert refused.status_code == 422
    skills = visitor.get("/console/rosters/skills?show=ending").text
    assert "白露" in skills and "苏婉" not in skills


def test_a_proposal_is_seen_beside_the_roster_and_taken(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, shops, store, first = planner
    proposal = proposed(shops)
    page = visitor.get(f"/console/rosters/proposals/{proposal}").text
    assert "Checked by every rule" in page and "Below the least" in page
    taken = visitor.post(f"/console/rosters/proposals/{proposal}/take")
    assert taken.status_code == 303 and "proposal_taken" in taken.location
    assert cells(shops, store, first + dt.timedelta(days=7))
    assert proposal in visitor.get(f"/console/rosters/proposals?store={store}").text


def test_a_roster_is_asked_for_in_the_browser_and_a_sick_call_too(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, shops, store, first = planner
    visitor.get(f"/console/rosters/proposals?store={store}")
    asked = visitor.post(
        "/console/rosters/proposals", store=store, from_day=first.isoformat(), days="7", seconds="10", seed="1", keep="published",
        goal_fairness="more",
    )  # fmt: skip
    assert asked.status_code == 303 and "/rosters/proposals/" in asked.location
    assert "Waiting" in visitor.get(asked.location).text
    cancelled = visitor.post(asked.location.split("?")[0] + "/cancel")
    assert cancelled.status_code == 303
    visitor.get(f"/console/rosters/proposals?store={store}")
    day = (first + dt.timedelta(days=1)).isoformat()
    person = shops.company.people["江南"]
    mended = visitor.post("/console/rosters/replans", store=store, person=person, from_day=day, to_day=day, allow="overtime")
    assert mended.status_code == 303
    refused = visitor.post("/console/rosters/proposals", store=store, from_day="soon", days="7", seconds="10", seed="1")
    assert refused.status_code == 422


def test_a_sick_call_opens_shifts_and_who_could_come_is_asked(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, shops, _, first = planner
    leave_presets.ensure(shops.company.db, shops.company.now(), shops.company.settings.secret)
    visitor.get("/console/rosters/market")
    day = (first + dt.timedelta(days=1)).isoformat()
    reported = visitor.post(
        "/console/rosters/market/absence", person=shops.company.people["苏婉"], from_day=day, to_day=day, kind="sick",
        leave="yes",
    )  # fmt: skip
    assert reported.status_code == 303
    page = visitor.get("/console/rosters/market").text
    assert "苏婉" in page and "Who could come" in page and "Leave asked for" in page
    weekend = [(first + dt.timedelta(days=n)).isoformat() for n in (5, 6)]  # no working day: HQ grants no leave for it
    nothing = visitor.post(
        "/console/rosters/market/absence", person=shops.company.people["江南"], from_day=weekend[0], to_day=weekend[1],
        kind="other", leave="yes",
    )  # fmt: skip
    assert nothing.status_code >= 400 and "The absence is kept, but leave was not asked for" in nothing.text
    shift = derived_id("shops", "cell", "苏婉", "1", "early")
    offer = visitor.get(f"/console/rosters/market/{shift}").text
    free = re.findall(r'name="person" value="([0-9a-f-]+)"(?! disabled)', offer)
    assert free and "Of this store" in offer
    until = re.search(r'name="until" required value="([^"]+)"', offer)
    assert until is not None
    asked = visitor.post(f"/console/rosters/market/{shift}/offer", person=free[0], until=until[1])
    assert asked.status_code == 303 and "shift_offered" in asked.location
    assert "Offers" in visitor.get("/console/rosters/market").text
    late = visitor.post(f"/console/rosters/market/{shift}/offer", person=free[0], until="yesterday")
    assert late.status_code == 422


def test_a_number_longer_than_any_is_refused_and_fails_nothing(planner: tuple[Visitor, Shops, str, dt.date]) -> None:
    visitor, _, store, first = planner
    visitor.get(f"/console/rosters/{store}/shift?from={first}&day={first}")
    form = {"day": first.isoformat(), "template": "late", "based_on": "9" * 5_000}
    assert visitor.post(f"/console/rosters/{store}/shift", **form).status_code == 422


def test_a_store_of_many_people_opens_with_a_screen_of_rows_and_sends_for_the_others(
    planner: tuple[Visitor, Shops, str, dt.date], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, _, store, first = planner
    where = f"/console/rosters/{store}?from={first}"
    names = re.findall(r'<tr data-row="([0-9a-f-]{36})">', visitor.get(where).text)
    assert len(names) == 10 and "rows=later" not in visitor.get(where).text, "few people stand in the page at once"
    monkeypatch.setattr(rosters, "FIRST_ROWS", 4)
    monkeypatch.setattr(rosters, "MOST_AT_ONCE", 6)
    page = visitor.get(where).text
    assert re.findall(r'<tr data-row="([0-9a-f-]{36})">', page) == names[:4]
    (later,) = re.findall(r'<tr class="waiting" hx-get="([^"]+)"', page)
    answer = visitor.client.get(later.replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert re.findall(r'<tr data-row="([0-9a-f-]{36})">', answer.text) == names[4:] and "<html" not in answer.text
    (whole,) = re.findall(r'<a class="faint" href="([^"]+)"', page)
    assert re.findall(r'<tr data-row="([0-9a-f-]{36})">', visitor.get(whole.replace("&amp;", "&")).text) == names
