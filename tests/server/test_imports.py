"""Importing lists of stores: a real chain's real list, and what people's files are like."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from contract.datums import Wgs84, to_wgs84
from contract.geo import Fix, fence_kept, place_of
from contract.geodesy import geodesic_m
from contract.ids import new_id
from contract.imports import ImportReport, StoreListTerms
from contract.messages import say
from contract.stores import FenceShape, Point, RedrawFence
from server.imports import rules
from server.imports.service import Server, import_stores
from server.kernel.ledger import OpLog
from server.kernel.problems import Problem
from server.stores import rules as store_rules
from server.stores.model import FenceVersion, Partner, Store
from tests.server.world import SECRET, World
from tests.support.shared_data import shared_data

HEADING = "Store Number,Store Name,Brand,City,Street Address,Timezone,Longitude,Latitude\n"
GOOD = "A-1,静安店,Blue,上海市,南京西路1号,Asia/Shanghai,121.4523,31.2231\n"


def _import(world: World, text: str | bytes, *, run_id: str | None = None, **terms) -> ImportReport:
    raw = text.encode() if isinstance(text, str) else text
    server = Server(world.db, world.admin, world.clock(), SECRET, run_id or new_id())
    return import_stores(server, raw, StoreListTerms(**terms), language="en")


def _counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.same, report.bad


# the real list


def test_the_real_list_of_2734_stores_goes_in_within_a_minute_and_a_second_run_changes_nothing(world: World):
    raw = shared_data("stores", "stores_cn.csv").read_bytes()
    began = time.monotonic()
    trial = _import(world, raw, dry_run=True)
    assert _counts(trial) == (2734, 0, 0, 0)
    assert world.rows(sa.select(sa.func.count(Store.id))) == [0]
    first = _import(world, raw)
    assert _counts(first) == (2734, 0, 0, 0) and first.errors == []
    second = _import(world, raw)
    assert _counts(second) == (0, 0, 2734, 0)
    assert time.monotonic() - began < 60
    assert world.rows(sa.select(sa.func.count(Store.id))) == [2734]
    assert set(world.rows(sa.select(Store.zone).distinct())) == {"Asia/Shanghai", "Asia/Macau"}
    coarse = {warned.code: warned.rows for warned in first.warnings}
    assert coarse == {"stores.coarse": 2734, "stores.datum_assumed": 2734}
    assert all(radius >= 1600 for radius in world.rows(sa.select(Store.radius_m)))
    opened = world.rows(sa.select(sa.func.count(OpLog.op_id)).where(OpLog.type == "stores.open_store/1"))
    assert opened == [2734]


def test_the_real_list_goes_into_postgresql_as_well(postgres_world: World):
    raw = shared_data("stores", "stores_cn.csv").read_bytes()
    assert _counts(_import(postgres_world, raw, datum="gcj02")) == (2734, 0, 0, 0)
    assert postgres_world.rows(sa.select(sa.func.count(FenceVersion.id))) == [2734]


# positions


def test_two_decimals_make_a_fence_that_holds_the_store_wherever_it_is(world: World):
    _import(world, HEADING + GOOD.replace("121.4523,31.2231", "121.45,31.22"), datum="wgs84")
    [store] = world.rows(sa.select(Store))
    fence = fence_kept(store.lat_e7, store.lng_e7, store.radius_m, store.points)
    corner = Fix(lat_e7=round(31.225 * 1e7), lng_e7=round(121.455 * 1e7), accuracy_dm=100, age_ms=0)
    assert place_of(corner, fence).verdict == "inside"
    assert store.entered["exact_to_m"] == 733 and store.radius_m == 1000


@given(st.floats(18, 53), st.floats(74, 134), st.integers(0, 6))
def test_no_rounding_moves_a_position_further_than_we_say(lat: float, lng: float, decimals: int):
    printed = Wgs84(round(lat, decimals), round(lng, decimals))
    claimed = store_rules.exact_to_m(decimals, min(abs(lat), abs(printed.lat)))
    # the ellipsoid's degree is up to half a per cent longer than the sphere's
    assert geodesic_m(Wgs84(lat, lng), printed) <= claimed * 1.006 + 1


def test_zeros_that_a_spreadsheet_dropped_do_not_make_a_position_coarser():
    assert rules.usual_decimals([2, 2, 2, 1, 2, 0]) == 2
    assert rules.decimals_meant(1, 2) == 2 and rules.decimals_meant(0, 2) == 2
    assert rules.decimals_meant(2, 6) == 2 and rules.decimals_meant(5, 6) == 6


def test_a_list_from_a_chinese_map_lands_where_the_stores_are(world: World):
    _import(world, HEADING + GOOD, datum="gcj02")
    [store] = world.rows(sa.select(Store))
    true = to_wgs84("gcj02", 31.2231, 121.4523)
    assert geodesic_m(Wgs84.from_e7(store.lat_e7, store.lng_e7), true) < 0.1
    assert store.entered["center"] == {"lat_e7": 312231000, "lng_e7": 1214523000} and store.datum_entered == "gcj02"
    assert store.entered["datum_stated"] is True


def test_a_list_that_does_not_name_its_map_is_taken_with_the_doubt_written_down(world: World):
    report = _import(world, HEADING + GOOD)
    [store] = world.rows(sa.select(Store))
    assert store.entered["datum_stated"] is False and store.radius_m >= 900
    assert [warned.code for warned in report.warnings] == ["stores.datum_assumed"]


# bad rows among good ones

BAD_ROWS = {
    "A-2,缺经度店,Blue,上海市,x,Asia/Shanghai,,31.2": ("Longitude", "wire.missing"),
    "A-3,字母店,Blue,上海市,x,Asia/Shanghai,abc,31.2": ("Longitude", "imports.not_a_number"),
    "A-4,非数店,Blue,上海市,x,Asia/Shanghai,nan,31.2": ("Longitude", "imports.not_a_number"),
    "A-5,指数店,Blue,上海市,x,Asia/Shanghai,1e2,31.2": ("Longitude", "imports.not_a_number"),
    "A-6,世外店,Blue,上海市,x,Asia/Shanghai,121.4,91.0": ("Latitude", "stores.place_out_of_world"),
    "A-7,无时区店,Blue,上海市,x,Mars/Base,121.4,31.2": ("Timezone", "stores.zone_unknown"),
    "A-8,,Blue,上海市,x,Asia/Shanghai,121.4,31.2": ("Store Name", "wire.out_of_range"),
    "A 9,空格编号,Blue,上海市,x,Asia/Shanghai,121.4,31.2": ("Store Number", "wire.out_of_range"),
    "A-1,重复店,Blue,上海市,x,Asia/Shanghai,121.4,31.2": ("Store Number", "imports.number_twice"),
    "A-10,多列店,Blue,上海市,x,Asia/Shanghai,121.4,31.2,more": ("", "imports.too_many_columns"),
    f"A-11,{'长' * 121},Blue,上海市,x,Asia/Shanghai,121.4,31.2": ("Store Name", "wire.out_of_range"),
}


def test_bad_rows_are_named_one_by_one_and_stop_no_good_row(any_world: World):
    text = HEADING + GOOD + "\n".join(BAD_ROWS) + "\nA-99,末尾店,Blue,上海市,x,Asia/Shanghai,121.4,31.2\n"
    report = _import(any_world, text, datum="wgs84")
    assert _counts(report) == (2, 0, 0, len(BAD_ROWS))
    told = [(error.row, error.column, error.code) for error in report.errors]
    assert told == [(row, *expected) for row, expected in enumerate(BAD_ROWS.values(), 3)]
    assert all(error.message and "{" not in error.message for error in report.errors)
    assert set(any_world.rows(sa.select(Store.number))) == {"A-1", "A-99"}


def test_every_row_error_has_its_sentence_in_both_languages():
    for _, code in BAD_ROWS.values():
        assert say("zh", code) != code and say("en", code) != code and say("zh", code) != say("en", code)


def test_a_row_that_only_the_database_refuses_is_an_error_of_that_row(any_world: World):
    any_world.open_store("别处", "TAKEN")
    any_world.stores.clear()
    text = HEADING + GOOD + "TAKEN,静安二店,Blue,上海市,x,Asia/Shanghai,121.4,31.2\n"
    report = _import(any_world, text, datum="wgs84")
    # the number is known, so the row is a change of that store, not an error; its hand-drawn fence stays
    assert _counts(report) == (1, 1, 0, 0)
    assert "stores.fence_kept" in {warned.code for warned in report.warnings}


# second runs


def test_a_changed_row_changes_its_store_and_no_other(any_world: World):
    other = "A-2,徐汇店,Blue,上海市,肇嘉浜路1号,Asia/Shanghai,121.4411,31.1912\n"
    _import(any_world, HEADING + GOOD + other, datum="wgs84")
    any_world.clock.pass_(days=1)
    report = _import(any_world, HEADING + GOOD.replace("静安店", "静安旗舰店") + other, datum="wgs84")
    assert _counts(report) == (0, 1, 1, 0)
    assert set(any_world.rows(sa.select(Store.name))) == {"静安旗舰店", "徐汇店"}
    assert len(any_world.rows(sa.select(FenceVersion))) == 2  # no fence was drawn anew


def test_a_moved_store_gets_a_new_fence_from_now_on(any_world: World):
    _import(any_world, HEADING + GOOD, datum="wgs84")
    any_world.clock.pass_(days=1)
    assert _counts(_import(any_world, HEADING + GOOD.replace("31.2231", "31.2299"), datum="wgs84")) == (0, 1, 0, 0)
    fences = any_world.rows(sa.select(FenceVersion).order_by(FenceVersion.valid_from))
    assert [fence.lat_e7 for fence in fences] == [312231000, 312299000]
    assert fences[1].valid_from == any_world.clock()
    any_world.clock.pass_(days=1)  # and back again: not the first answer of long ago, but a change
    back = _import(any_world, HEADING + GOOD.replace("静安店", "静安新店"), datum="wgs84")
    assert _counts(back) == (0, 1, 0, 0) and any_world.rows(sa.select(Store.name)) == ["静安新店"]


def test_a_fence_somebody_drew_on_the_map_is_not_overwritten_by_the_list(any_world: World):
    _import(any_world, HEADING + GOOD.replace("121.4523,31.2231", "121.45,31.22"), datum="wgs84")
    [store] = any_world.rows(sa.select(Store))
    any_world.clock.pass_(days=1)
    center = Point(lat_e7=312231000, lng_e7=1214523000)
    any_world.must(RedrawFence(store_id=store.id, fence=FenceShape(datum="wgs84", center=center, radius_m=80)))
    any_world.clock.pass_(days=1)
    assert _counts(_import(any_world, HEADING + GOOD.replace("121.4523,31.2231", "121.45,31.22"), datum="wgs84")) == (0, 0, 1, 0)
    moved = _import(any_world, HEADING + GOOD.replace("121.4523,31.2231", "121.46,31.22"), datum="wgs84")
    assert "stores.fence_kept" in {warned.code for warned in moved.warnings}
    [store] = any_world.rows(sa.select(Store))
    assert store.radius_m == 80 and store.lat_e7 == 312231000


def test_the_same_upload_sent_twice_at_once_is_done_once(any_world: World):
    run_id = new_id()
    first = _import(any_world, HEADING + GOOD, run_id=run_id)
    again = _import(any_world, HEADING + GOOD, run_id=run_id)
    assert _counts(first) == (1, 0, 0, 0) and _counts(again) == (0, 0, 1, 0)
    assert len(any_world.rows(sa.select(Partner).where(Partner.name == "Blue"))) == 1


def test_a_dry_run_writes_nothing_at_all(any_world: World):
    before = any_world.rows(sa.select(sa.func.count(OpLog.op_id)))
    report = _import(any_world, HEADING + GOOD + next(iter(BAD_ROWS)), dry_run=True)
    assert report.dry_run and _counts(report) == (1, 0, 0, 1)
    assert any_world.rows(sa.select(sa.func.count(OpLog.op_id))) == before
    assert any_world.rows(sa.select(Store)) == []


# what files are like


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_spreadsheets_are_read(world: World, encoding: str):
    assert _counts(_import(world, (HEADING + GOOD).encode(encoding))) == (1, 0, 0, 0)
    assert world.rows(sa.select(Store.name)) == ["静安店"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_and_chinese_headings_are_read(world: World, separator: str):
    heading = separator.join(["门店编号", "门店名称", "品牌", "城市", "详细地址", "时区", "经度", "纬度"])
    row = separator.join(["A-1", "静安店", "Blue", "上海市", "南京西路, 1号", "北京时间", "121.4523", "31.2231"])
    assert _counts(_import(world, f"{heading}\r\n{row}\r\n")) == (1, 0, 0, 0)
    [store] = world.rows(sa.select(Store))
    assert (store.address, store.zone) == ("南京西路, 1号", "Asia/Shanghai")


def test_tabs_and_unbreakable_spaces_inside_an_address_become_spaces(world: World):
    _import(world, HEADING + GOOD.replace("南京西路1号", '"南京西路\t1\u00a0号\u3000B1"'))
    assert world.rows(sa.select(Store.address)) == ["南京西路 1 号 B1"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "imports.empty"),
        (b"\n\n", "imports.empty"),
        (HEADING.encode(), "imports.empty"),
        (b"PK\x03\x04rest of a workbook", "imports.unreadable"),
        (b"\x00\x01\x02\xff\xfe\x80", "imports.unreadable"),
        (b"name,city\nx,y\n", "imports.columns_missing"),
        ((HEADING + '"' + "x" * 200_000).encode(), "imports.unreadable"),
        (b"x" * (16 * 1024 * 1024 + 1), "imports.too_large"),
    ],
)
def test_what_is_no_list_is_refused_with_a_reason(world: World, raw: bytes, code: str):
    with pytest.raises(Problem) as refused:
        _import(world, raw)
    assert refused.value.code == code


@given(st.binary(max_size=300))
def test_no_file_breaks_the_importer(raw: bytes):
    from server.imports.sheets import read_sheet
    from server.imports.store_rows import COLUMNS, REQUIRED, listed_stores

    try:
        sheet = read_sheet(HEADING.encode() + raw, COLUMNS, REQUIRED)
    except Problem as refused:
        assert refused.code in ("imports.unreadable", "imports.empty")
        return
    good, bad = listed_stores(sheet, StoreListTerms())
    assert len(good) + len(bad) == len(sheet.rows)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("GMT+08:00 Asia/Beijing", "Asia/Shanghai"),
        ("GMT+08:00 Asia/Macau", "Asia/Macau"),
        ("(UTC+01:00) europe/berlin", "Europe/Berlin"),
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("GMT+08:00", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_the_zone_that_was_meant(said: str, meant: str | None):
    assert store_rules.zone_meant(said) == meant


@given(st.text(max_size=40))
def test_no_cell_we_write_is_a_formula(text: str):
    safe = rules.spreadsheet_safe(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r")) and safe.endswith(text)


def test_only_those_who_may_import_may(world: World):
    lin = world.account(world.hire("林娜"), "lin", "auditor")
    server = Server(world.db, lin, world.clock(), SECRET, new_id())
    with pytest.raises(Problem) as refused:
        import_stores(server, (HEADING + GOOD).encode(), StoreListTerms(), language="zh")
    assert refused.value.code == "access.not_allowed"
    assert world.rows(sa.select(Store)) == []
