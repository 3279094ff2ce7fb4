"""Files of hours: their sums are the API's and those of a hand calculation, and names calculate nothing."""

from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.stores import AddPartner
from server.archive.model import Look
from server.kernel import spreadsheet
from server.kernel.spreadsheet import Duration, Sheet, csv_text, xlsx_bytes
from server.timesheets import exports
from tests.server.hours_world import HoursWorld, at_work
from tests.server.world import World
from tests.support.planted import instead

DAYS = ("2026-11-16", "2026-11-17", "2026-11-18")
ASKED = {"from_day": "2026-11-16", "to_day": "2026-11-18"}
ALL = 3 * 540 + 3 * 590 + 300
EVIL = "=HYPERLINK(\"http://x\")"
_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def read_csv(answer: Any) -> list[list[str]]:
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def read_xlsx(raw: bytes) -> dict[str, list[list[str]]]:
    """Sheets by name, cells as what is stored in them. A formula would be a cell with an `f`."""
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        texts = ["".join(t.text or "" for t in si.iter(f"{{{_NS['m']}}}t")) for si in _xml(book, "xl/sharedStrings.xml")]
        names = [sheet.get("name", "") for sheet in _xml(book, "xl/workbook.xml").iter(f"{{{_NS['m']}}}sheet")]
        found = {}
        for number, name in enumerate(names, 1):
            page = _xml(book, f"xl/worksheets/sheet{number}.xml")
            assert not list(page.iter(f"{{{_NS['m']}}}f"))
            rows = []
            for row in page.iter(f"{{{_NS['m']}}}row"):
                cells: list[str] = []
                for cell in row:
                    column = ord(re.sub(r"\d", "", cell.get("r", "A"))[-1]) - 65
                    value = cell.find("m:v", _NS)
                    text = value.text or "" if value is not None else ""
                    cells += [""] * (column - len(cells))
                    cells.append(texts[int(text)] if cell.get("t") == "s" else text)
                rows.append(cells)
            found[name] = rows
    return found


def _xml(book: zipfile.ZipFile, path: str) -> ET.Element:
    return ET.fromstring(book.read(path))


def three_days(hours: HoursWorld) -> HoursWorld:
    """Li 9:00-18:00 on three days; a colleague whose name is a formula 9:10-19:00; both due 9:00-18:00 without a pause."""
    hours.at("2026-11-15 08:00")
    hours.people(EVIL)
    for day in DAYS:
        for name, came, went in (("李伟", "09:00", "18:00"), (EVIL, "09:10", "19:00")):
            hours.shift(name, day, ("09:00", "18:00"))
            hours.punch(name, "in", f"{day} {came}")
            hours.punch(name, "out", f"{day} {went}")
    hours.at("2026-11-19 12:00")
    hours.round()
    return hours


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HoursWorld]:
    """Three days of two people at one partner's store, and one day of a third at stores of two partners."""
    world = World.on_sqlite(Path(tmp_path_factory.mktemp("exports")))
    made = three_days(at_work(world))
    first, world.partner_id = world.partner_id, new_id()
    made.at("2026-11-17 08:00")
    world.must(AddPartner(partner_id=world.partner_id, name="另一家"))
    world.open_store("徐汇店")
    world.partner_id = first
    made.people("赵敏")
    for store, came, went in ((made.store, "09:00", "12:00"), ("徐汇店", "13:00", "15:00")):
        made.punch("赵敏", "in", f"2026-11-18 {came}", store=store)
        made.punch("赵敏", "out", f"2026-11-18 {went}", store=store)
    made.at("2026-11-19 12:00")
    made.round()
    yield made
    world.close()


def test_the_pay_file_sums_to_the_api_and_to_a_hand_calculation(hours: HoursWorld) -> None:
    client = three_days(hours).world.client("chen")
    total = client.get("/api/v1/days/sums", **ASKED).json["total"]
    heads, *rows, last = read_csv(client.get("/api/v1/days/exports", **ASKED, language="en"))
    column = {head: number for number, head in enumerate(heads)}
    # by hand: Li 3 x 540; the other 3 x (530 + 60 overtime), 3 x 10 missing
    wanted = {"Worked": 3 * 540 + 3 * 590, "Regular": 3 * 540 + 3 * 530, "Overtime, working days": 180, "Missing": 30}
    wanted["Due"] = 6 * 540
    fields = {"Worked": "worked_min", "Regular": "regular_min", "Overtime, working days": "overtime_normal_min",
              "Missing": "missing_min", "Due": "due_min"}  # fmt: skip
    for head, field in fields.items():
        assert int(last[column[head]]) == total[field] == wanted[head]
        assert sum(int(row[column[head]]) for row in rows) == total[field]
    assert last[0] == "Total" and len(rows) == 2


def test_a_name_that_is_a_formula_is_text_in_both_files(shop: HoursWorld) -> None:
    client = shop.world.client("chen")
    for kind in ("pay", "days"):
        raw = client.get("/api/v1/days/exports", **ASKED, kind=kind).get_data().decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(raw)) for cell in row]
        assert "'" + EVIL in cells and EVIL not in cells
        sheets = read_xlsx(client.get("/api/v1/days/exports", **ASKED, kind=kind, format="xlsx").get_data())
        assert any(EVIL in row for rows in sheets.values() for row in rows)  # a stored text: read_xlsx found no formula
    with instead(spreadsheet, "is_formula", lambda text: False):
        raw = client.get("/api/v1/days/exports", **ASKED).get_data().decode("utf-8-sig")
        assert EVIL in [cell for row in csv.reader(io.StringIO(raw)) for cell in row]


def test_columns_come_as_they_are_asked_for_in_both_languages_and_units(shop: HoursWorld) -> None:
    client = shop.world.client("chen")
    asked = {**ASKED, "columns": "name,worked_min,number", "language": "zh", "unit": "hours"}
    heads, first, second, third, last = read_csv(client.get("/api/v1/days/exports", **asked))
    assert heads == ["姓名", "实际工时", "工号"]
    assert [first[1], second[1], third[1]] == ["27:00", "29:30", "5:00"]  # 1,620, 1,770 and 300 minutes
    assert last == ["合计", "61:30", ""]
    [sheet] = read_xlsx(client.get("/api/v1/days/exports", **asked, format="xlsx").get_data()).values()
    assert round(float(sheet[-1][1]) * 1_440) == ALL
    assert client.get("/api/v1/days/exports", **{**ASKED, "columns": "salary"}).json["code"] == "wire.invalid"
    assert client.get("/api/v1/days/exports", from_day="2026-01-01", to_day="2026-12-31").json["code"] == "wire.out_of_range"


def test_the_file_of_days_tells_each_day_with_its_store_and_marks(shop: HoursWorld) -> None:
    client = shop.world.client("chen")
    heads, *rows, last = read_csv(client.get("/api/v1/days/exports", **ASKED, kind="days", language="en"))
    assert len(rows) == 7
    late = next(dict(zip(heads, row, strict=True)) for row in rows if row[1].startswith("'="))
    assert (late["Date"], late["State"], late["First in"], late["Last out"]) == (DAYS[0], "Late", "09:10", "19:00")
    assert (late["Store"], late["Late"], late["Marks"]) == (shop.store, "10", "late")
    assert dict(zip(heads, last, strict=True))["Worked"] == str(ALL)


def test_that_somebody_took_hours_along_is_written_down(shop: HoursWorld) -> None:
    client = shop.world.client("chen")
    assert client.get("/api/v1/days/exports", **ASKED).status_code == 200
    looked = {look.person_id for look in shop.world.rows(sa.select(Look)) if look.what == "export"}
    assert {shop.id("李伟"), shop.id(EVIL)} <= looked


def test_a_manager_takes_along_what_was_at_her_store_only(shop: HoursWorld) -> None:
    shop.world.account(shop.id("李伟"), "li", "store_manager", shop.world.stores[shop.store])
    shop.world.account(shop.world.hire("外人"), "wai", "store_manager", shop.world.stores["徐汇店"])
    mine = read_csv(shop.world.client("li").get("/api/v1/days/exports", **ASKED, columns="name,worked_min"))
    theirs = read_csv(shop.world.client("wai").get("/api/v1/days/exports", **ASKED, columns="name,worked_min"))
    assert len(mine) == 5 and ["赵敏", "180"] in mine, "heads, three people, the total"
    assert theirs[1:] == [["赵敏", "120"], ["合计", "120"]], "of a day at two stores her part"


def test_amounts_are_numbers_and_durations_in_a_sheet() -> None:
    sheet = Sheet("A/B:C", ["n", "m", "h"], [["x", 65, Duration(65)], ["", 65, Duration(65)]], total=True)
    assert csv_text(sheet).splitlines()[1] == "x,65,1:05"
    found = read_xlsx(xlsx_bytes([sheet, sheet]))
    assert sorted(found) == ["A B C", "A B C 2"]
    assert round(float(found["A B C"][1][2]) * 1_440) == 65


def test_a_total_that_forgets_a_row_is_found(shop: HoursWorld) -> None:
    client = shop.world.client("chen")
    real = exports._totals
    with instead(exports, "_totals", lambda columns, rows, asked: real(columns, rows[1:], asked)):
        *_, last = read_csv(client.get("/api/v1/days/exports", **ASKED, columns="name,worked_min"))
        assert int(last[1]) != client.get("/api/v1/days/sums", **ASKED).json["total"]["worked_min"]
    *_, last = read_csv(client.get("/api/v1/days/exports", **ASKED, columns="name,worked_min"))
    assert int(last[1]) == client.get("/api/v1/days/sums", **ASKED).json["total"]["worked_min"]
