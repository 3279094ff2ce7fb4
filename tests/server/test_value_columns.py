"""Columns of somebody's own file: guessed, said, refused; wide files; the log; files that mean harm."""

from __future__ import annotations

import csv
import io
import json

import pytest
import sqlalchemy as sa
import xlsxwriter

from contract.ids import new_id
from contract.imports import MAX_COLUMNS, ImportReport, ValueImportTerms
from contract.messages import say
from server.imports import indicators, taking, value_lines
from server.imports.columns import guessed, named
from server.imports.indicators import import_values, table_in
from server.imports.model import ValueImport
from server.imports.service import Server
from server.imports.value_lines import words_of_indicators
from server.kernel.problems import Problem
from server.people.model import Person
from server.stores.model import Store
from tests.server.growth_of import Growing
from tests.server.test_growth_import import lines
from tests.server.world import SECRET, World
from tests.support.planted import instead

OURS = {"工号": "person", "姓名": "person_name", "所属月份": "month", "满意度": "value:satisfaction", "连带率": "value:attach"}


@pytest.fixture
def shop(world: World) -> Growing:
    made = Growing(world)
    made.indicator()
    made.indicator("attach", "连带率", "Attach rate")
    return made


def taken(shop: Growing, raw: bytes, language: str = "zh", **terms: object) -> ImportReport:
    server = Server(shop.world.db, shop.as_qian, shop.world.clock(), SECRET, new_id())
    return import_values(server, raw, ValueImportTerms(**terms), language=language)  # type: ignore[arg-type]


def refused(shop: Growing, raw: bytes, **terms: object) -> Problem:
    with pytest.raises(Problem) as found:
        taken(shop, raw, **terms)
    return found.value


def of(shop: Growing, person: str) -> tuple[str, str]:
    row = shop.world.row(Person, person)
    return str(row.number), str(row.name)


def table(*rows: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def wide(shop: Growing, *more: list[str]) -> str:
    li, wang = of(shop, shop.li), of(shop, shop.wang)
    return table(
        ["工号", "姓名", "备注", "所属月份", "满意度", "连带率"], [*li, "新人", "2026年10月", "55.0", "1.8"],
        [*wang, "", "202610", "61", ""], *more,
    )  # fmt: skip


def guess(shop: Growing, heading: list[str]) -> dict[str, str]:
    with shop.world.looking(shop.as_qian) as session:
        return guessed(named(heading), words_of_indicators(session))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_wide_file_of_a_customer_is_guessed_taken_and_the_second_time_changes_nothing(shop: Growing, encoding: str) -> None:
    raw = wide(shop).encode(encoding)
    heading = table_in(raw)[1]
    assert guess(shop, heading) == OURS
    tried = taken(shop, raw, columns=OURS, dry_run=True)
    assert (tried.rows, tried.new, tried.bad, tried.values) == (2, 2, 0, 3) and lines(shop) == []
    assert taken(shop, raw, columns=OURS, source="ERP", file="十月.csv").new == 2
    october = ("2026-10-01", "2026-10-31")
    assert lines(shop) == [
        ("李伟", *october, "1.8", None, "ERP"), ("李伟", *october, "55", None, "ERP"),
        (of(shop, shop.wang)[1], *october, "61", None, "ERP"),
    ]  # fmt: skip
    shop.world.clock.pass_(minutes=1)
    again = taken(shop, raw, columns=OURS, source="ERP", file="十月.csv")
    assert (again.new, again.changed, again.same, again.values) == (0, 0, 2, 3)
    with shop.world.looking(shop.as_qian) as session:
        second, first = taking.runs(session).items
    assert (first.file, first.source, first.lines, first.new, first.changed, first.same) == ("十月.csv", "ERP", 2, 3, 0, 0)
    assert {one.heading: one.meaning for one in first.columns} == OURS and first.by == of(shop, shop.as_qian.person_id)[1]
    assert (second.new, second.changed, second.same) == (0, 0, 3)


def test_the_same_on_either_database(any_world: World) -> None:
    made = Growing(any_world)
    made.indicator()
    made.indicator("attach", "连带率", "Attach rate")
    test_a_wide_file_of_a_customer_is_guessed_taken_and_the_second_time_changes_nothing(made, "utf-8")
    name, store = of(made, made.li)[1], any_world.row(Store, made.store).name
    raw = table(["姓名", "门店", "日期", "KPI", "值"], [name, store, "2026-11-02", "满意度", "7"]).encode()
    meant = guess(made, ["姓名", "门店", "日期", "KPI", "值"])
    assert len(meant) == 5 and taken(made, raw, columns=meant).new == 1


def test_an_english_workbook_and_a_file_by_name_and_of_one_month_read_too(shop: Growing) -> None:
    heading = ["Staff name", "Store", "Attach rate", "Comment"]
    assert guess(shop, heading) == {"Staff name": "person_name", "Store": "store", "Attach rate": "value:attach"}
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for at, row in enumerate([heading, [of(shop, shop.li)[1], shop.world.row(Store, shop.store).name, 1.85, "=1+1"]]):
        for column, cell in enumerate(row):
            page.write_string(at, column, cell) if isinstance(cell, str) else page.write_number(at, column, cell)
    book.close()
    meant = guess(shop, heading)
    assert refused(shop, out.getvalue(), columns=meant).code == "imports.columns_missing", "no day is said"
    assert taken(shop, out.getvalue(), columns=meant, month="2026-02").new == 1
    assert [line[1:4] for line in lines(shop)] == [("2026-02-01", "2026-02-28", "1.85")]


def test_a_long_file_names_indicators_by_code_or_name(shop: Growing) -> None:
    number, _ = of(shop, shop.li)
    raw = table(
        ["人员", "KPI", "统计日期", "实际值"], [number, "满意度", "2026年3月5日", "55"], [number, "attach", "2026/3/5", "1.5"]
    )
    meant = guess(shop, ["人员", "KPI", "统计日期", "实际值"])
    assert meant == {"人员": "person", "KPI": "indicator", "统计日期": "day", "实际值": "value"}
    assert taken(shop, raw.encode(), columns=meant).values == 2
    assert {line[1] for line in lines(shop)} == {"2026-03-05"}


def test_what_columns_cannot_mean_is_refused_in_both_languages(shop: Growing) -> None:
    raw = wide(shop).encode()
    day = {"所属月份": "month"}
    wrong: list[tuple[dict[str, str], str]] = [
        ({**OURS, "门店": "store"}, "imports.heading_unknown"),
        ({**OURS, "备注": "colour"}, "imports.meaning_unknown"),
        ({**OURS, "备注": "person"}, "imports.meaning_twice"),
        ({**OURS, "备注": "value:politeness"}, "growth.indicator_unknown"),
        ({**OURS, "备注": "indicator"}, "imports.value_both_ways"),
        ({**day, "满意度": "value:satisfaction"}, "imports.columns_missing"),
        ({**day, "工号": "person"}, "imports.columns_missing"),
        ({**day, "工号": "person", "满意度": "value"}, "imports.columns_missing"),
        ({"工号": "person", "满意度": "value:satisfaction"}, "imports.columns_missing"),
    ]
    for meant, code in wrong:
        found = refused(shop, raw, columns=meant)
        assert found.code == code, (meant, found.facts)
        for language in ("zh", "en"):
            said = say(language, found.code, **{"field": "", **found.facts})  # type: ignore[arg-type]
            assert said and "{" not in said and said != found.code
    assert lines(shop) == []


def test_bad_lines_stop_the_file_or_are_left_out_and_each_is_named_by_line_column_and_reason(shop: Growing) -> None:
    number, name = of(shop, shop.chen)
    raw = wide(
        shop, ["X-1", "", "", "2026-10", "70", "2"], [number, "王五", "", "2026-10", "70", "2"],
        [number, name, "", "2026-10", "=1+1", "1,5"], [number, name, "", "十月", "70", "2"], ["", "", "", "2026-10", "1", ""],
        [number, name, "", "2026-10", "", ""], [*of(shop, shop.li), "", "2026-10", "56", ""],
        ["", "无名", "", "2026-10", "1", ""],
    ).encode()  # fmt: skip
    stopped = taken(shop, raw, columns=OURS, source="ERP")
    assert [(one.row, one.column, one.code) for one in stopped.errors] == [
        (4, "工号", "imports.person_unknown"), (5, "姓名", "imports.name_differs"), (6, "满意度", "imports.not_a_number"),
        (6, "连带率", "imports.not_a_number"), (7, "所属月份", "imports.not_a_month"), (8, "工号", "growth.value_of_nobody"),
        (10, "满意度", "imports.value_twice"), (11, "姓名", "imports.name_unknown"),
    ]  # fmt: skip
    assert (stopped.rows, stopped.bad, stopped.new, stopped.same) == (10, 7, 2, 1)
    assert stopped.warnings[0].code == "imports.nothing_taken" and lines(shop) == []
    took = taken(shop, raw, language="en", columns=OURS, leave_out_bad=True, source="ERP")
    assert took.warnings[0].code == "imports.left_out" and len(lines(shop)) == 3
    assert took.errors[0].message == "Nobody has the number X-1"
    with shop.world.looking(shop.as_qian) as session:
        (run,) = taking.runs(session).items
    assert (run.lines, run.left_out, run.new) == (10, 7, 3)


def test_two_people_of_one_name_need_a_number(shop: Growing) -> None:
    other = shop.world.hire(of(shop, shop.li)[1])
    raw = table(["姓名", "月份", "满意度"], [of(shop, other)[1], "2026-10", "70"]).encode()
    meant = {"姓名": "person_name", "月份": "month", "满意度": "value:satisfaction"}
    assert [one.code for one in taken(shop, raw, columns=meant).errors] == ["imports.name_of_several"]


def test_headings_that_are_empty_or_alike_are_told_apart(shop: Growing) -> None:
    assert named(["工号", "", "满意度", "满意度", "#2", ""]) == ["工号", "#2", "满意度", "满意度 #4", "#2 #5", "#6"]
    number, _ = of(shop, shop.li)
    raw = table(["工号", "", "满意度", "满意度"], [number, "2026-10", "1", "70"]).encode()
    assert taken(shop, raw, columns={"工号": "person", "#2": "month", "满意度 #4": "value:satisfaction"}).new == 1
    assert [line[3] for line in lines(shop)] == ["70"]


def test_files_that_mean_harm_are_refused_or_read_as_text(shop: Growing) -> None:
    number, _ = of(shop, shop.li)
    broad = ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1\n"
    assert refused(shop, broad, columns={"c0": "person"}).code == "imports.too_many_headings"
    assert refused(shop, b"a," * MAX_COLUMNS + b"a\n1\n", columns={}).code == "imports.too_many_headings"
    assert refused(shop, b"", columns={}).code == "imports.empty"
    assert refused(shop, b"\xef\xbb\xbf", columns={}).code == "imports.empty"
    assert refused(shop, b"a,b\n" + b"x" * 200_000 + b",1\n", columns={}).code == "imports.unreadable"
    formula = '=HYPERLINK("http://x","工号")'
    raw = table([formula, "月", "v"], [number, "2026-10", "+1"], [f"={number}", "2026-10", "1"]).encode()
    found = taken(shop, raw, columns={formula: "person", "月": "month", "v": "value"}, indicator="satisfaction")
    assert [(one.row, one.column, one.code) for one in found.errors] == [
        (2, "v", "imports.not_a_number"), (3, formula, "imports.person_unknown"),
    ]  # fmt: skip
    many = table(["工号", "月", "a", "b"], *([number, f"2026-{n:02}", "1", "2"] for n in range(1, 13))).encode()
    both = {"工号": "person", "月": "month", "a": "value:satisfaction", "b": "value:attach"}
    assert taken(shop, many, columns=both, dry_run=True).values == 24
    with instead(indicators, "MAX_VALUES", 23):
        assert refused(shop, many, columns=both).code == "imports.too_many_values"


def test_the_api_takes_columns_as_json_and_refuses_what_is_none(shop: Growing) -> None:
    client = shop.world.client("qian")

    def sent(**form: str):
        data = {"file": (io.BytesIO(wide(shop).encode()), "own.csv"), **form}
        return client.flask.post("/api/v1/imports/indicators", data=data, headers=client._headers(None))

    for text in ("{", "[]", '{"工号": 1}', '"x"', '{"工号": "person\\u0000"}', "null"):
        assert 400 <= sent(columns=text).status_code < 500, text
    answer = sent(columns=json.dumps(OURS), source="ERP")
    assert answer.status_code == 200 and answer.json["new"] == 2 and answer.json["columns"][0]["meaning"]
    log = client.get("/api/v1/imports/indicators").json["items"]
    assert [(one["file"], one["source"], one["new"]) for one in log] == [("own.csv", "ERP", 3)]
    assert sent(columns=json.dumps({"nothing": "person"})).json["code"] == "imports.heading_unknown"


def test_a_reader_that_believes_a_name_over_its_number_is_found(shop: Growing) -> None:
    """The control: whoever compares nothing takes the line of another person."""
    with instead(value_lines, "plain_heading", lambda _text: ""):
        with pytest.raises(AssertionError):
            test_bad_lines_stop_the_file_or_are_left_out_and_each_is_named_by_line_column_and_reason(shop)
    assert shop.world.rows(sa.select(ValueImport.id)) == []
