"""What the pages show: sums that hold, silence called unknown, names that cannot act, views that can be shared."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest

from contract import wire
from contract.boards import STATES
from contract.messages import catalogue
from server.web.tables import csv_cell
from tests.web.company_of_shops import SHOPS, Shops, empty_company, hire
from tests.web.visitor import Visitor, counts, seen
from tools.shots_console import pages_of

NAUGHTY = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'; drop table person; --",
    "{{ 7 * 7 }}{% raw %}",
    "=HYPERLINK(\"https://elsewhere.example\")",
    "\u202eabc\u200b田中さん👩‍🍳",
    "${jndi:ldap://x}",
]


def rows_of(answer_text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer_text.removeprefix("\ufeff"))))


def test_the_headline_counts_sum_to_the_posted(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    totals = counts(visitor("admin").get("/console/today"))
    assert totals["posted"] == 40
    assert totals["posted"] == sum(totals.get(state, 0) for state in STATES)
    assert min(totals["present"], totals["left"], totals["not_in_yet"], totals["unknown"]) > 0


@pytest.mark.parametrize("filters", ["city=上海", "partner=Harbour+Deli", "state=unknown", "q=西湖", "state=all"])
def test_the_counts_sum_under_every_filter(visitor: Callable[[str], Visitor], filters: str) -> None:
    everything, part = counts(visitor("admin").get("/console/today")), counts(visitor("admin").get(f"/console/today?{filters}"))
    assert part["posted"] == sum(part.get(state, 0) for state in STATES)
    assert 0 < part["posted"] <= everything["posted"]


def test_a_store_page_has_the_same_counts_as_its_line(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    admin = visitor("admin")
    for name, _, _, _, _, _, _ in SHOPS:
        line = counts(admin.get(f"/console/today?q={name}&state=all"))
        there = counts(admin.get(f"/console/today/{shops.company.stores[name]}"))
        assert line == there, name


def test_a_silent_tablet_makes_people_unknown_and_says_since_when(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    said = seen(visitor("admin").get("/console/today?q=观前街"))
    found = re.search(r"(\d+) unknown \(tablet silent since (\d\d:\d\d)\)", said)
    assert found is not None and int(found[1]) >= 2
    store = seen(visitor("admin").get(f"/console/today/{shops.company.stores['观前街店']}"))
    assert f"silent since {found[2]}" in store and "Silence is not absence" in store


def test_a_punch_that_waited_offline_is_marked_as_late_synced(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    assert "synced 2 h" in seen(visitor("admin").get(f"/console/today/{shops.company.stores['观前街店']}"))


def test_the_table_sorts_by_each_column_both_ways_and_unknown_columns_do_not_break_it(
    shops: Shops, visitor: Callable[[str], Visitor]
) -> None:
    admin = visitor("admin")
    for column in ("posted", "present", "not_in_yet", "unknown", "to_review"):
        exports = [admin.get(f"/console/today?sort={way}{column}&cols={column}&format=csv").text for way in ("", "-")]
        up, down = ([int(row[1]) for row in rows_of(text)[1:]] for text in exports)
        assert up == sorted(up) and down == sorted(down, reverse=True), column
    assert admin.get("/console/today?sort=nothing&page=x&cols=bad").status_code == 200
    assert 'aria-sort="descending"' in admin.get("/console/today?sort=-posted").text


def test_a_view_is_in_its_address(visitor: Callable[[str], Visitor]) -> None:
    text = visitor("admin").get("/console/today?q=店&city=上海&sort=-unknown&cols=store&cols=unknown").text
    export = re.search(r'href="([^"]+)" data-csv', text)
    assert export is not None
    for part in ("q=", "city=", "sort=-unknown", "cols=store", "format=csv"):
        assert part in export[1]
    assert text.count("<th scope=\"col\"") == 2


def test_lists_come_in_pages(tmp_path_factory: pytest.TempPathFactory) -> None:
    shops = empty_company(tmp_path_factory.mktemp("many"))
    for n in range(120):
        hire(shops, f"Person {n:03d}", f"P{n:03d}")
    admin = Visitor(shops.app).speak("en")
    admin.sign_in("admin")
    names = [re.findall(r"Person \d{3}", admin.get(f"/console/people?page={page}").text) for page in (1, 2, 3)]
    assert [len(set(found)) for found in names] == [50, 50, 20]
    assert len(set().union(*names)) == 120
    assert len(rows_of(admin.get("/console/people?format=csv").text)) == 122
    shops.company.close()


def test_empty_pages_say_what_to_do_next(tmp_path_factory: pytest.TempPathFactory) -> None:
    shops = empty_company(tmp_path_factory.mktemp("empty"))
    admin = Visitor(shops.app).speak("en")
    admin.sign_in("admin")
    assert "Import a list of stores" in seen(admin.get("/console/today"))
    assert "Nothing to review" in seen(admin.get("/console/review"))
    assert "No stores yet" in seen(admin.get("/console/stores"))
    assert "Issue an enrolment code" in seen(admin.get("/console/devices"))
    assert "Nothing needs you" in seen(admin.get("/console/operations"))
    assert "Nothing matches" in seen(admin.get("/console/punches"))
    shops.company.close()


OPERATION_NAMES = {name.split("/")[0] for name in wire.OPERATIONS}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_shows_a_key_instead_of_a_sentence(dressed: Shops, looker: Callable[[str], Visitor], language: str) -> None:
    admin = looker("admin").speak(language)
    known = {key.split(".")[0] for key in catalogue("en")}
    for name, path in pages_of(dressed).items():
        said = seen(admin.get(path))
        raw = [word for word in re.findall(r"\b[a-z]+(?:\.[a-z_0-9]+){1,3}\b", said) if word.split(".")[0] in known - {"people"}]
        # a record's history says what was done in words, and under them the operation's name for whoever checks the log
        raw = [word for word in raw if word not in OPERATION_NAMES or f"{word}/" not in said]
        assert not [word for word in raw if not word.endswith((".json", ".clock_in", ".set_pin"))], (name, raw)
        if language == "en" and name in ("today", "review", "stores", "devices", "operations", "import", "code-new", "me"):
            text = re.sub("|".join([*(shop[0] for shop in SHOPS), "中文"]), "", said)
            names = _names(dressed)
            chinese = set(re.findall(r"[\u4e00-\u9fff]+", text)) - names
            assert not {word for word in chinese if not any(word in known_name for known_name in names)}, (name, chinese)


def _names(shops: Shops) -> set[str]:
    places = {city for _, _, city, *_ in SHOPS} | {partner for _, partner, *_ in SHOPS}
    addresses = {f"{city}市中心{n}号" for city in places for n in range(12)}
    devices = {handset.name for handset in [*shops.kiosks.values(), *shops.phones.values()]}
    return set(shops.company.people) | places | addresses | devices | {"江南厨务", "海港餐饮", "总部"}


def test_the_language_switches_on_the_page_one_is_on(visitor: Callable[[str], Visitor]) -> None:
    who = visitor("hr")
    assert "Needs HQ" in who.get("/console/stores").text
    answer = who.post("/console/language", language="zh", next="/console/stores?q=x")
    assert answer.headers["Location"] == "/console/stores?q=x"
    page = who.get("/console/stores")
    assert 'lang="zh-CN"' in page.text and "待总部处理" in page.text
    who.post("/console/language", language="xx")
    assert 'lang="zh-CN"' in who.get("/console/stores").text


def test_hostile_names_are_text_everywhere(own_shops: Shops, admin: Visitor) -> None:
    for n, name in enumerate(NAUGHTY):
        hire(own_shops, name, f"N{n}", home_org=name)
    listing = admin.get("/console/people").text
    assert "<script>alert(1)</script>" not in listing and "<img src=x" not in listing
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in listing
    assert "{{ 7 * 7 }}" in listing
    for name in NAUGHTY:
        person = own_shops.company.people[name]
        for path in (f"people/{person}", f"devices/new?person={person}", "accounts", "people/new"):
            answer = admin.get(f"/console/{path}")
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text and "<img src=x" not in answer.text, (path, name)


@pytest.mark.parametrize("query", ["\x00", "%", "_", "'", "\"", "<script>", "𝕒" * 200, "\\", "a" * 5000, "\ud83d"])
def test_no_search_breaks_a_page(visitor: Callable[[str], Visitor], query: str) -> None:
    admin = visitor("admin")
    asked = {"q": query.encode("utf-8", "surrogatepass")}
    for path in ("today", "punches", "stores", "people", "devices", "operations", "accounts"):
        answer = admin.get(f"/console/{path}", query_string=asked)
        assert answer.status_code == 200, (path, query[:10])
        assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "path", ["punches?from=x&to=2026-99-99", "review?store=x&verdict=y&reason=z&punch=w", "today?page=-5", "today/not-an-id"]
)
def test_no_question_in_the_address_breaks_a_page(visitor: Callable[[str], Visitor], path: str) -> None:
    assert visitor("admin").get(f"/console/{path}").status_code in (200, 404)


def test_what_a_spreadsheet_would_run_is_text_in_the_export(own_shops: Shops, admin: Visitor) -> None:
    for n, name in enumerate(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', ' =1', '＝1', 'plain', '"quoted", with comma']):
        hire(own_shops, name, f"F{n}")
    cells = [cell for row in rows_of(admin.get("/console/people?format=csv").text)[1:] for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@", "＝"))]
    assert "'=1+1" in cells and "plain" in cells and '"quoted", with comma' in cells


@pytest.mark.parametrize("cell", ["=1", "\t=1", "\r=1", "\u00a0=1", "\ufeff@x", "-2+3", "＋1", "\n=1"])
def test_every_way_to_begin_a_formula_is_neutralised(cell: str) -> None:
    assert csv_cell(cell) == "'" + cell
    assert csv_cell("x" + cell) == "x" + cell
    assert csv_cell(-5) == "-5"


def test_exports_hold_every_row_and_say_the_zone(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    answer = visitor("admin").get("/console/punches?format=csv&from=2026-05-01")
    rows = rows_of(answer.text)
    assert len(rows) == len(shops.company.punches()) + 1
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="outpost-punches-')
    time = rows[0].index("Time")
    assert all(row[time].endswith("+08:00") for row in rows[1:])


def test_what_is_not_there_is_a_page_that_leads_back(visitor: Callable[[str], Visitor]) -> None:
    answer = visitor("admin").get("/console/nowhere/at/all")
    assert answer.status_code == 404
    assert "Nothing here" in seen(answer) and 'href="/console/"' in answer.text


def test_a_bug_is_a_page_with_a_trace_and_no_innards(shops: Shops, visitor: Callable[[str], Visitor]) -> None:
    admin = visitor("admin")
    views = shops.app.view_functions
    kept = views["console.people"]

    def broken() -> None:
        raise RuntimeError("secret innards")

    views["console.people"] = broken
    try:
        answer = admin.get("/console/people")
    finally:
        views["console.people"] = kept
    assert answer.status_code == 500
    assert re.search(r"Trace [0-9a-f]{12}", seen(answer)) and "innards" not in answer.text


def test_htmx_gets_the_part_without_the_frame(visitor: Callable[[str], Visitor]) -> None:
    admin = visitor("admin")
    part = admin.get("/console/today", headers={"HX-Request": "true"}).text
    assert "<html" not in part and 'id="list"' in part and len(part) < len(admin.get("/console/today").text)
