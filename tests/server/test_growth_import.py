"""Values of indicators out of a file: whole or not at all, every bad row named, CSV and XLSX."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from contract.growth_views import ValueQuery
from contract.ids import new_id
from contract.imports import ImportReport, ValueImportTerms
from server.growth import queries
from server.imports import indicators, workbook
from server.imports.indicators import import_values
from server.imports.service import Server
from server.kernel.actors import Actor
from server.kernel.problems import Problem
from server.people.model import Person
from server.stores.model import Store
from tests.server.growth_of import Growing
from tests.server.world import SECRET, World
from tests.support.planted import instead


@pytest.fixture
def shop(world: World) -> Growing:
    made = Growing(world)
    made.indicator()
    return made


def taken(shop: Growing, raw: bytes, who: Actor | None = None, **terms: object) -> ImportReport:
    server = Server(shop.world.db, who or shop.as_qian, shop.world.clock(), SECRET, new_id())
    return import_values(server, raw, ValueImportTerms(**terms), language="zh")  # type: ignore[arg-type]


def number(shop: Growing, person: str) -> str:
    return str(shop.world.row(Person, person).number)


def sheet(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            page.write_datetime(at, column, cell, day) if isinstance(cell, date) else page.write(at, column, cell)
    book.close()
    return out.getvalue()


def lines(shop: Growing) -> list[tuple[str, str, str, str, int | None, str]]:
    with shop.world.looking(shop.as_qian) as session:
        found = queries.values(session, ValueQuery()).items
    return sorted((one.name, one.from_day, one.to_day, one.value, one.n, one.source) for one in found)


def test_a_file_is_tried_taken_and_taken_again_without_a_change(shop: Growing) -> None:
    store = shop.world.row(Store, shop.store).number
    head, mine = "指标,工号,门店,月份,数值,样本数", number(shop, shop.li)
    rows = [head, f"satisfaction,{mine},,2026-10,55.0,12", f"satisfaction,,{store},2026/10,71,"]
    raw = "\n".join(rows).encode("gb18030")
    tried = taken(shop, raw, dry_run=True)
    assert (tried.new, tried.changed, tried.same, tried.bad, tried.encoding) == (2, 0, 0, 0, "gb18030") and lines(shop) == []
    assert taken(shop, raw, source="十月问卷").new == 2
    october = ("2026-10-01", "2026-10-31")
    assert lines(shop) == [("李伟", *october, "55", 12, "十月问卷"), ("静安店", *october, "71", None, "十月问卷")]
    again = taken(shop, raw, source="十月问卷")
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    other = raw.replace(b"55.0", b"65.0")
    assert taken(shop, other, dry_run=True, source="十月问卷").changed == 1
    assert taken(shop, other, dry_run=True).changed == 2, "where it is from is part of what is said"


def test_a_workbook_with_days_and_numbers_of_excel_reads_the_same(shop: Growing) -> None:
    mine = number(shop, shop.li)
    march, april = [date(2026, 3, 1), date(2026, 3, 31)], ["2026-04-01", "2026-04-30"]
    raw = sheet([["Person", "From", "To", "Value", "n"], [mine, *march, 2.5, 200], [mine, *april, 2, 200]])
    assert taken(shop, raw, indicator="satisfaction").new == 2
    read = [("2026-03-01", "2026-03-31", "2.5", 200), ("2026-04-01", "2026-04-30", "2", 200)]
    assert [line[1:5] for line in lines(shop)] == read


def test_every_bad_row_is_named_and_nothing_is_stored(shop: Growing) -> None:
    mine = number(shop, shop.li)
    raw = "\n".join(
        [
            "indicator,person,store,day,value,n",
            f"satisfaction,{mine},,2026-10-01,55,",
            "satisfaction,=cmd|' /C calc'!A0,,2026-10-01,55,",
            f"satisfaction,{mine},,2026-10-02,=1+1,",
            f"satisfaction,{mine},,2026-02-30,55,",
            f"satisfaction,{mine},,2026-10-01,56,",
            f"politeness,{mine},,2026-10-03,55,",
            f"satisfaction,{mine},,2026-10-04,1e9,",
            f"satisfaction,{mine},,2026-10-05,５５,",
            "satisfaction,,,2026-10-06,55,",
            f"satisfaction,{mine},S-9,2026-10-07,55,",
            f"satisfaction,{mine},,2026-10-08,55,-3",
            f"satisfaction,{mine},,2026-10-09,55,,too,many",
            f"satisfaction,{mine},,,55,",
        ]
    ).encode()
    found = taken(shop, raw)
    assert [(one.row, one.code) for one in found.errors] == [
        (3, "imports.person_unknown"), (4, "imports.not_a_number"), (5, "shifts.no_such_day"), (6, "imports.value_twice"),
        (7, "growth.indicator_unknown"), (8, "imports.not_a_number"), (9, "imports.not_a_number"),
        (10, "growth.value_of_nobody"), (11, "imports.store_unknown"), (12, "imports.not_a_number"),
        (13, "imports.too_many_columns"), (14, "shifts.no_such_day"),
    ]  # fmt: skip
    assert found.warnings[0].code == "imports.nothing_taken" and lines(shop) == []
    assert all(one.message and "…" not in one.message for one in found.errors)


def test_what_is_no_list_of_values_is_refused(shop: Growing) -> None:
    wrong = {
        b"person,day\n1,2026-10-01\n": "imports.columns_missing",
        b"value,day\n1,2026-10-01\n": "imports.columns_missing",
        b"person,value,day\n1,2,2026-10-01\n": "imports.columns_missing",
        b"indicator,person,value\nsatisfaction,1,2\n": "imports.columns_missing",
        b"indicator,person,value,day\n": "imports.empty",
        b"indicator,person,value,day\n" + b"a,1,2,2026-10-01\n" * (indicators.MOST_ROWS + 1): "imports.too_many_rows",
        b"PK\x03\x04 this is no workbook": "imports.unreadable",
    }
    for raw, code in wrong.items():
        with pytest.raises(Problem) as refused:
            taken(shop, raw)
        assert refused.value.code == code, raw[:40]
    with pytest.raises(Problem) as refused:
        taken(shop, b"x", who=shop.as_wu)
    assert refused.value.code == "access.not_allowed"


def swollen() -> bytes:
    """A workbook of some kilobytes with sixty megabytes inside."""
    given, out = zipfile.ZipFile(io.BytesIO(sheet([["value"]]))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for part in given.infolist():
            bomb.writestr(part.filename, given.read(part))
        bomb.writestr("xl/media/image1.bin", bytes(60 * 2**20))
    return out.getvalue()


def test_a_workbook_that_swells_is_refused_while_it_is_unpacked(shop: Growing) -> None:
    raw = swollen()
    assert len(raw) < 200_000
    with pytest.raises(Problem) as refused:
        taken(shop, raw)
    assert refused.value.code == "imports.too_large"


def test_a_reader_that_counts_nothing_is_found() -> None:
    """The control: whatever comes is unpacked."""
    with instead(workbook, "MOST_INSIDE", 10**12):
        assert len(workbook.bounded(swollen())) > 60 * 2**20


def cornered() -> bytes:
    """A workbook of five kilobytes with a cell in its first corner and one in its last."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    page.write(0, 0, "value")
    page.write(1_048_575, 16_383, "x")
    book.close()
    return out.getvalue()


def test_two_cells_in_opposite_corners_are_refused_before_a_place_is_kept_for_all_between(shop: Growing) -> None:
    raw = cornered()
    assert len(raw) < 10_000
    with pytest.raises(Problem) as refused:
        taken(shop, raw)
    assert refused.value.code == "imports.too_many_cells"


@pytest.mark.parametrize("part", ["xl/workbook.bin", "content.xml"])
def test_a_book_of_another_kind_is_not_opened(shop: Growing, part: str) -> None:
    out = io.BytesIO(sheet([["value"]]))
    with zipfile.ZipFile(out, "a") as book:
        book.writestr(part, b"")
    with pytest.raises(Problem) as refused:
        taken(shop, out.getvalue())
    assert refused.value.code == "imports.unreadable"


def test_a_reader_that_measures_no_square_is_found() -> None:
    """The control: the file would be handed on, and whoever opens it asks for 16,384 times 1,048,576 places."""
    with instead(workbook, "MOST_CELLS", 10**12):
        assert workbook.bounded(cornered())
    inside = zipfile.ZipFile(io.BytesIO(cornered())).read("xl/worksheets/sheet1.xml")
    assert workbook.square_of(inside) == 16_384 * 1_048_576
