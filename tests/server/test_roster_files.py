"""Rosters out of files: both layouts, judged by the same rules as a tap, compared with the draft there is, never half."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.opening import SetOpeningHours
from contract.people import Hire
from contract.roster_files import FiledShift, RosterFileReport, RosterFileTerms, TakeRosterFile
from contract.roster_views import RosterExportQuery
from contract.shifts import Window
from server.imports.roster_lines import MEANINGS, heading_day
from server.imports.rosters import import_roster
from server.imports.service import Server
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.spreadsheet import Sheet, xlsx_bytes
from server.people.model import Person
from server.rosters import filed
from server.rosters.exports import file_of, heads
from tests.server.rosters_of import MONDAY, Desk, day, desk_on_sqlite
from tests.server.world import SECRET
from tests.support.planted import instead

WEEK = [day(n).isoformat() for n in range(7)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = desk_on_sqlite(tmp_path)
    yield found
    found.world.close()


def taken(desk: Desk, raw: str | bytes, who: Actor | None = None, **more: Any) -> RosterFileReport:
    server = Server(desk.world.db, (who or desk.as_wu).at(desk.world.clock()), desk.world.clock(), SECRET, new_id())
    terms = RosterFileTerms(**{"store_id": desk.store, "from_day": MONDAY.isoformat(), **more})
    return import_roster(server, raw.encode() if isinstance(raw, str) else raw, terms, language="en")


def table(*rows: tuple[str, ...], days: list[str] = WEEK) -> str:
    """People down and days across."""
    return "\n".join([",".join(["姓名", *days]), *(",".join(row) for row in rows)])


def planned(desk: Desk) -> dict[tuple[str, str], list[str]]:
    """What is planned and not to be removed: kinds by (name, day)."""
    names = {person: name for name, person in desk.world.people.items()}
    found: dict[tuple[str, str], list[str]] = {}
    for cell in desk.cells():
        if cell.state != "removed":
            found.setdefault((names.get(cell.person_id or "", "open"), cell.day.isoformat()), []).append(cell.template)
    return found


def test_a_table_with_people_down_and_days_across_becomes_the_draft(desk: Desk) -> None:
    report = taken(desk, table(("李伟", "早班", "early", "", "late"), ("王芳", "休", "22:00-06:00"), days=WEEK))
    assert (report.new, report.bad, report.people, report.taken) == (4, 0, 2, True), report.errors
    assert planned(desk) == {
        ("李伟", WEEK[0]): ["early"], ("李伟", WEEK[1]): ["early"], ("李伟", WEEK[3]): ["late"], ("王芳", WEEK[1]): ["night"],
    }  # fmt: skip
    again = taken(desk, table(("李伟", "早班", "early", "", "late"), ("王芳", "休", "22:00-06:00"), days=WEEK))
    assert (again.new, again.changed, again.gone, again.same, again.taken) == (0, 0, 0, 4, False)


def test_a_trial_names_each_change_and_keeps_nothing(desk: Desk) -> None:
    desk.put(desk.li, 0, "early")
    desk.put(desk.li, 1, "early")
    report = taken(desk, table(("李伟", "晚班", "休", "早班")), dry_run=True)
    assert [(one.kind, one.day, one.who) for one in report.changes] == [
        ("changed", WEEK[0], "李伟"), ("gone", WEEK[1], "李伟"), ("new", WEEK[2], "李伟"),
    ]  # fmt: skip
    assert not report.taken and planned(desk) == {("李伟", WEEK[0]): ["early"], ("李伟", WEEK[1]): ["early"]}
    assert taken(desk, table(("李伟", "晚班", "休", "早班")), seen=report.seen).taken
    assert planned(desk) == {("李伟", WEEK[0]): ["late"], ("李伟", WEEK[2]): ["early"]}


def test_who_planned_something_else_since_the_trial_is_not_written_over(desk: Desk) -> None:
    seen = taken(desk, table(("李伟", "晚班")), dry_run=True).seen
    desk.put(desk.li, 0, "early")
    with pytest.raises(Problem) as refused:
        taken(desk, table(("李伟", "晚班")), seen=seen)
    assert refused.value.code == "rosters.draft_moved" and planned(desk) == {("李伟", WEEK[0]): ["early"]}


def test_the_same_words_as_a_tap_and_the_whole_file_or_what_may_be(desk: Desk) -> None:
    """Night 22-06, then early: too little rest. A tap refuses it; so does the file, in the same words."""
    desk.put(desk.li, 0, "night")
    tap = desk.world.do(desk.shift(desk.li, 1, "early"), desk.as_wu)
    body = table(("李伟", "", "early", "", "early"), ("王芳", "early"))
    report = taken(desk, body)
    assert not report.taken and [(one.row, one.column, one.code, one.message) for one in report.errors] == [
        (2, WEEK[1], tap.code, tap.facts["said_en"])
    ]
    assert planned(desk) == {("李伟", WEEK[0]): ["night"]}
    report = taken(desk, body, leave_out_bad=True)
    assert (report.new, report.bad, report.taken) == (2, 1, True)
    assert planned(desk) == {
        ("李伟", WEEK[0]): ["night"], ("李伟", WEEK[3]): ["early"], ("王芳", WEEK[0]): ["early"],
    }  # fmt: skip


def test_days_that_change_places_are_judged_together(desk: Desk) -> None:
    """Five days worked from Monday; the file has five from Tuesday: Saturday beside the others would be more than 40 hours."""
    for at in range(5):
        desk.put(desk.li, at, "early")
    assert desk.refused(desk.li, 5, "early") == "rosters.breaks_weekly_max"
    report = taken(desk, table(("李伟", "休", *["early"] * 5)))
    assert (report.gone, report.new, report.same, report.bad) == (1, 1, 4, 0), report.errors


def test_when_what_goes_is_not_looked_at_the_same_file_is_refused(desk: Desk) -> None:
    """The control."""
    for at in range(5):
        desk.put(desk.li, at, "early")
    with instead(filed.PersonDay, "without", lambda _self: []):
        assert taken(desk, table(("李伟", "休", *["early"] * 5)), dry_run=True).bad > 0


def test_a_shift_while_the_store_is_closed_is_refused_in_the_same_words(desk: Desk) -> None:
    desk.world.must(SetOpeningHours(store_id=desk.store, from_day="2026-01-01", week=[[(540, 1_320)]] * 7))
    windows = [Window(starts_min=1_320, ends_min=1_800)]
    tap = desk.world.do(desk.shift(desk.li, 0, "night", windows=windows), desk.as_wu)
    report = taken(desk, table(("李伟", "night 22:00-6:00")))
    assert tap.code == "rosters.breaks_store_open"
    assert [(one.code, one.message) for one in report.errors] == [(tap.code, tap.facts["said_en"])]


def test_what_goes_out_comes_in_again_and_changes_nothing(desk: Desk) -> None:
    desk.put(desk.li, 0, "early", tasks=["盘点"], comment="带钥匙")
    desk.put(desk.li, 2, "late", windows=[Window(starts_min=840, ends_min=1_260)])
    desk.put(desk.wang, 1, "night")
    desk.put(None, 3, "early")
    desk.put(None, 3, "early")
    kept = desk.put(desk.chen, 4, "early")
    desk.published()
    desk.remove(kept, desk.cell(kept).version)
    for language in ("zh", "en"):
        for form in ("csv", "xlsx"):
            for layout in ("lines", "table"):
                asked = RosterExportQuery(
                    store_id=desk.store, from_day=WEEK[0], to_day=WEEK[6], format=form, language=language, layout=layout,  # type: ignore[arg-type]
                )  # fmt: skip
                with reading(desk.world.db, desk.as_wu.at(desk.world.clock())) as session:
                    raw = file_of(session, asked)[0]
                report = taken(desk, raw, dry_run=True)
                said = (report.new, report.changed, report.gone, report.bad, report.same)
                assert said == (0, 0, 0, 0, 5), (language, form, layout, report.errors, report.changes)


def test_a_file_of_one_week_makes_the_same_roster_in_an_empty_store(desk: Desk) -> None:
    desk.put(desk.li, 0, "early")
    desk.put(desk.wang, 1, "night")
    desk.put(None, 3, "late", role=None)
    asked = RosterExportQuery(store_id=desk.store, from_day=WEEK[0], to_day=WEEK[6], language="zh")
    with reading(desk.world.db, desk.as_wu.at(desk.world.clock())) as session:
        raw = file_of(session, asked)[0]
    before = planned(desk)
    desk.discard()
    assert planned(desk) == {}
    assert taken(desk, raw).new == 3 and planned(desk) == before


def test_a_published_shift_that_the_file_does_not_have_goes_with_the_next_publish(desk: Desk) -> None:
    early = desk.put(desk.li, 0, "early")
    late = desk.put(desk.li, 1, "late")
    desk.published()
    taken(desk, table(("李伟", "休", "early")))
    assert (desk.cell(early).state, desk.cell(late).state, desk.cell(late).template) == ("removed", "changed", "early")
    taken(desk, table(("李伟", "early", "late")))
    assert (desk.cell(early).state, desk.cell(late).state) == ("published", "published"), "as people were told it"
    taken(desk, table(("李伟", "休", "early")))
    desk.published()
    assert desk.worked(desk.li, 0) == "" and desk.worked(desk.li, 1) == "early"


def test_a_workbook_as_stores_keep_it(desk: Desk) -> None:
    """A title, weekdays below the days, numbers of days only, a sum at the side, two shifts in a field."""
    number = desk.world.row(Person, desk.li).number
    lines = [
        ["工号", "姓名", *(str(day(n).day) for n in range(7)), "合计"],
        ["", "", "一", "二", "三", "四", "五", "六", "日"],
        [number, "李伟", "早班", "8:00-12:00 + 13:00-17:00", "休", "", "", "", "", "3"],
        ["", "待认领", "晚班"],
    ]
    report = taken(desk, xlsx_bytes([Sheet("排班", ["静安店 11月排班表"], lines)]))
    assert report.bad == 0 and report.new == 4, report.errors
    found = planned(desk)
    assert found[("李伟", WEEK[0])] == ["early"] and found[("open", WEEK[0])] == ["late"]
    assert len(found[("李伟", WEEK[1])]) == 2


@pytest.mark.parametrize(
    ("rows", "code", "column"),
    [
        ([("李伟", "早早班")], "imports.shift_unknown", WEEK[0]),
        ([("李伟", "25:00-26:00")], "imports.times_unclear", WEEK[0]),
        ([("李伟", "8:00-12:00, 11:00-13:00")], "imports.times_unclear", WEEK[0]),
        ([("谁", "早班")], "imports.name_unknown", "姓名"),
        ([("李伟", "早班"), ("李伟", "晚班")], "imports.person_twice", WEEK[0]),
        ([("李伟", "早" * 300)], "wire.too_long", WEEK[0]),
    ],
)
def test_what_cannot_be_read_is_named_by_line_column_and_reason(
    desk: Desk, rows: list[tuple[str, ...]], code: str, column: str
) -> None:
    report = taken(desk, table(*(tuple(f'"{one}"' for one in row) for row in rows)))
    assert [(one.code, one.column) for one in report.errors] == [(code, column)] and not report.taken
    assert all(one.message for one in report.errors) and planned(desk) == {}


def test_a_line_for_each_shift_with_what_else_it_says(desk: Desk) -> None:
    heading = "Day,From,To,Person,Shift,Tasks,Comment\n"
    body = f"{heading}2026/11/23,08:00,12:00,李伟,early,盘点; 补货,带钥匙\n11月24日,22:00:00,06:00:00,王芳,,,\n"
    report = taken(desk, body)
    assert (report.new, report.bad) == (2, 0), report.errors
    first, second = desk.cells()
    assert (first.template, first.tasks, first.comment) == ("early", ["盘点", "补货"], "带钥匙")
    assert [(one["starts_min"], one["ends_min"]) for one in first.windows] == [(480, 720)]
    assert (second.template, second.windows) == ("night", [])
    assert [one.code for one in report.warnings] == [], "22:00 to 06:00 is exactly the night"
    report = taken(desk, "Day,From,To,Person\n2026-11-25,07:30,15:45,李伟\n")
    assert [(one.code, one.rows, one.first_row) for one in report.warnings] == [("imports.kind_by_times", 1, 2)]


BOTH_PARTS = [("早班", "06:00", "10:00"), ("晚班", "18:00", "22:00")]


@pytest.mark.parametrize(
    "bad", [("李伟", WEEK[0], "nonsense"), ("李伟", "32/13", "late"), ("李伟", "", "晚班"), ("李伟", WEEK[0], "")]
)  # fmt: skip
def test_half_of_a_day_is_never_taken_for_all_of_it(desk: Desk, bad: tuple[str, str, str]) -> None:
    parts = "".join(f"李伟,{WEEK[0]},{kind},{start},{end}\n" for kind, start, end in BOTH_PARTS)
    heading = "name,date,shift,from,to\n"
    assert taken(desk, heading + parts).taken
    before = planned(desk)
    assert sorted(before["李伟", WEEK[0]]) == ["early", "late"]
    first, wang = parts.splitlines()[0], f"王芳,{WEEK[0]},late,,\n"
    report = taken(desk, f"{heading}{first}\n{','.join(bad)},,\n{wang}", leave_out_bad=True)
    assert planned(desk) == {**before, ("王芳", WEEK[0]): ["late"]}
    assert (report.gone, report.changed, report.new, report.bad) == (0, 0, 1, 2)
    assert ("imports.half_a_day", 2, "date") in [(one.code, one.row, one.column) for one in report.errors]
    assert "row 3" in next(one.message for one in report.errors if one.code == "imports.half_a_day")


def test_a_line_of_another_store_holds_nobodys_day(desk: Desk) -> None:
    lines = f"name,store,date,shift\n李伟,,{WEEK[0]},late\n李伟,elsewhere,{WEEK[0]},early\n"
    report = taken(desk, lines, leave_out_bad=True)
    assert (report.new, report.bad, [one.code for one in report.errors]) == (1, 1, ["imports.other_store"])


def test_days_that_are_over_another_store_and_two_of_a_name(desk: Desk) -> None:
    report = taken(desk, table(("李伟", "早班"), days=["2026-11-16"]))
    assert [one.code for one in report.errors] == ["rosters.day_is_over"]
    report = taken(desk, "门店,姓名,2026-11-23\n豫园店,李伟,早班\n")
    assert [one.code for one in report.errors] == ["imports.other_store"]
    twin = new_id()
    desk.world.must(Hire(person_id=twin, number="T9", name="李伟", home_org="总部"))
    assert taken(desk, table(("李伟", "早班"))).new == 1, "of two the one who works here is meant"
    desk.world.post(twin, desk.store)
    report = taken(desk, table(("李伟", "早班", "早班")), dry_run=True)
    assert [one.code for one in report.errors] == ["imports.name_of_several"]


def test_who_does_not_plan_the_store_may_not(desk: Desk) -> None:
    for who in (desk.as_sun, desk.own(desk.li)):
        with pytest.raises(Problem) as refused:
            taken(desk, table(("李伟", "早班")), who)
        assert refused.value.code.startswith("access.")
    op = TakeRosterFile(store_id=desk.store, shifts=[FiledShift(day=WEEK[0], person_id=desk.li, template="early")])
    assert desk.world.do(op, desk.as_sun).code == "access.out_of_scope" and planned(desk) == {}


def test_a_locked_shift_stays_and_says_so(desk: Desk) -> None:
    desk.put(desk.li, 0, "early", locked=True)
    report = taken(desk, table(("李伟", "晚班", "早班")), leave_out_bad=True)
    assert [one.code for one in report.errors] == ["rosters.breaks_locked"] and report.new == 1
    assert planned(desk)[("李伟", WEEK[0])] == ["early"]


def test_the_headings_that_go_out_are_all_understood() -> None:
    for language in ("zh", "en"):
        for heading in heads(language):  # type: ignore[arg-type]
            known = any(heading in words for words in MEANINGS.values())
            assert known or heading in ("工时", "Hours"), heading


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("2026-12-01", "2026-12-01"), ("2026年12月1日 周二", "2026-12-01"), ("12/1", "2026-12-01"), ("12月1日(二)", "2026-12-01"),
        ("1/2", "2027-01-02"), ("30", "2026-11-30"), ("1日", "2026-12-01"), ("Mon 30", "2026-11-30"), ("23", "2026-11-23"),
        ("2026-02-30", None), ("合计", None), ("31", None), ("99", None), ("", None), ("13/45", None),
    ],
)  # fmt: skip
def test_days_above_columns_are_read_as_people_write_them(heading: str, meant: str | None) -> None:
    found = heading_day(heading, MONDAY)
    assert (found.isoformat() if found is not None else None) == meant


def test_a_file_of_nothing_of_too_much_and_of_no_table_is_refused(desk: Desk) -> None:
    wide = table(("李伟", *["早班"] * 50), days=[day(n).isoformat() for n in range(50)])
    for raw, code in (
        ("姓名,2026-11-23\n李伟,\n", "imports.no_shifts"), ("a,b\n1,2\n", "imports.columns_missing"),
        ("姓名,x\n李伟,早班\n", "imports.columns_missing"), (wide, "rosters.too_many_days"),
        ("姓名,11/23,23\n李伟,早班,早班\n", "imports.day_twice"), (b"PK\x03\x04rubbish", "imports.unreadable"),
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            taken(desk, raw)
        assert refused.value.code == code


def test_a_reason_sets_aside_what_a_reason_may_and_is_kept_where_it_did(desk: Desk) -> None:
    desk.put(desk.li, 0, "night")
    body = table(("李伟", "", "early", "", "early"))
    assert [one.facts["overridable"] for one in taken(desk, body, dry_run=True).errors] == [True]
    report = taken(desk, body, override="Stocktaking")
    assert (report.new, report.bad) == (2, 0)
    assert [cell.override for cell in desk.cells()] == [None, "Stocktaking", None]
    report = taken(desk, table(("李伟", "early + early")), override="Stocktaking")
    assert [(one.code, one.facts["overridable"]) for one in report.errors] == [("rosters.breaks_overlap", False)]


def test_one_tap_and_one_file_plan_the_same(desk: Desk) -> None:
    """Whatever a file may plan, taps could have planned it, and the other way round."""
    for kind, at in (("early", 0), ("late", 0), ("night", 0), ("early", 1)):
        tap = desk.world.do(desk.shift(desk.wang, at, kind), desk.as_wu)
        report = taken(desk, table(("李伟", *[""] * at, " + ".join([*planned(desk).get(("李伟", WEEK[at]), []), kind]))))
        assert (tap.code is None) == report.taken, (kind, at, tap.code, report.errors)
