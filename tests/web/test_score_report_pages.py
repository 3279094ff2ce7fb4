"""Month reports at the console and over the API: lists and files, one line by line, its paper, where figures come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contract.ids import new_id
from tests.server.test_score_reports import Month
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor, seen


@pytest.fixture(scope="module")
def month(tmp_path_factory) -> Month:
    """March with a report in two revisions, the second because of a late card."""
    made = Month(Path(tmp_path_factory.mktemp("reports")))
    made.march()
    made.night()
    made.at("2027-04-05T10:00+08:00")
    made.card("2027-03-30", "80")
    made.night("2027-04-06")
    made.at("2027-04-06T09:00+08:00")
    yield made
    made.world.close()


def visitor(month: Month, login: str = "he", language: str = "en") -> Visitor:
    found = Visitor(month.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def test_the_list_says_the_composite_and_why_there_is_none(month: Month) -> None:
    page = seen(visitor(month).get("/console/scores/reports"))
    assert "82.5" in page and "Less than half of the weight has figures" in page and "Mean 82.5 (n = 1), 2 reports" in page
    assert "安宁" in seen(visitor(month).get("/console/scores/reports?q=安宁&state=revised"))
    assert "No such reports" in seen(visitor(month).get("/console/scores/reports?q=nobody"))


def test_a_manager_and_an_employee_see_theirs_alone(month: Month) -> None:
    for login, theirs, not_theirs in (("mb", "白露", "安宁"), ("bo", "白露", "安宁"), ("ma", "安宁", "白露")):
        page = seen(visitor(month, login).get("/console/scores/reports"))
        assert theirs in page and not_theirs not in page, login
    report = month.report().row.id
    assert visitor(month, "mb").get(f"/console/scores/reports/{report}").status_code == 404
    assert visitor(month, "bo").get(f"/console/scores/reports/{report}/paper").status_code == 404


def test_the_files_hold_every_row_and_say_who_took_them(month: Month) -> None:
    hr = visitor(month)
    csv = hr.get("/console/scores/reports?format=csv").get_data(as_text=True)
    assert re.search(r"安宁,甲店,厨师,82\.5,3/3,2,0", csv) and csv.count("\r\n") == 3
    book = hr.get("/console/scores/reports?format=xlsx")
    assert book.status_code == 200 and book.get_data()[:2] == b"PK"


def test_a_report_shows_its_working_its_revisions_and_their_differences(month: Month) -> None:
    report = month.report().row.id
    page = seen(visitor(month).get(f"/console/scores/reports/{report}"))
    for said in ("Dish quality", "lower is better", "2.5%", "ERP import", "came late", "Composite: 83.5 → 82.5", "SHA-256"):
        assert said in page, said
    first = seen(visitor(month, language="zh").get(f"/console/scores/reports/{report}?revision=1"))
    assert "83.5" in first and "这是第 1 版，最新为第 2 版" in first
    assert visitor(month).get(f"/console/scores/reports/{new_id()}").status_code == 404
    assert visitor(month).get(f"/console/scores/reports/{report}?revision=9").status_code == 404


def test_the_paper_is_the_same_for_the_same_revision(month: Month) -> None:
    report = month.report().row.id
    one, two = (visitor(month).get(f"/console/scores/reports/{report}/paper?revision=1").get_data() for _ in range(2))
    assert one[:5] == b"%PDF-" and one == two
    assert one != visitor(month).get(f"/console/scores/reports/{report}/paper").get_data()


def test_where_figures_come_from(month: Month) -> None:
    page = seen(visitor(month).get("/console/scores/data"))
    for said in ("Punctuality", "attendance", "2027-03", "month reports"):
        assert said in page, said
    assert visitor(month, "an").get("/console/scores/data").status_code == 403


def test_the_api_answers_the_same(month: Month) -> None:
    hr = month.world.client("he")
    found = hr.get("/api/v1/scoring/reports", q="安宁").json
    assert [(one["composite"], one["revision"]) for one in found["items"]] == [("82.5", 2)] and found["months"] == ["2027-03"]
    report = found["items"][0]["id"]
    page = hr.get("/api/v1/scoring/reports/one", report_id=report).json
    assert [line["adds"] for line in page["row"]["lines"]] == ["44", "16", "22.5"]
    assert [one["composite"] for one in page["revisions"]] == ["83.5", "82.5"]
    assert hr.get("/api/v1/scoring/reports/one", report_id=new_id()).status_code == 404
    assert hr.get(f"/api/v1/scoring/reports/{report}/paper").get_data()[:5] == b"%PDF-"
    kinds = {one["kind"] for one in hr.get("/api/v1/scoring/runs").json["items"]}
    assert kinds == {"attendance", "training", "tickets", "reports"}
    lines = [{"metric": "dish_quality", "owner": "store", "weight": "100"}]
    tried = hr.post("/api/v1/scoring/simulations", {"scheme_id": month.scheme["chef"], "month": "2027-03", "lines": lines}).json
    assert [(one["before"], one["after"], one["moves"]) for one in tried["items"]] == [("82.5", "88", "5.5")]
    bad = {"scheme_id": month.scheme["chef"], "month": "2027-03", "lines": [{**lines[0], "metric": "nothing"}]}
    assert hr.post("/api/v1/scoring/simulations", bad).json["code"] == "scoring.metric_unknown"
