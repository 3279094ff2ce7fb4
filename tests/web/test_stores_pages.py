"""Stores, fences and lists of them through the console: typed on any map, judged once, imported after a dry run."""

from __future__ import annotations

import io
import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contract.datums import Wgs84, wgs84_from_gcj02
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.stores.model import FenceVersion, Store
from server.web.fences import degrees_e7
from tests.web.company_of_shops import SHOPS, Shops
from tests.web.visitor import Visitor, counts, seen

FORM = {
    "number": "N-1", "name": "新天地店", "partner": "星悦百货", "zone": "Asia/Shanghai", "day_turns": "05:00", "city": "上海",
    "address": "马当路", "datum": "gcj02", "shape": "circle", "lat": "31.220000", "lng": "121.475000", "radius_m": "150",
}  # fmt: skip
LIST = """Store Number,Store Name,Brand,City,Street Address,Timezone,Latitude,Longitude
L-1,一号店,星悦百货,上海,街1号,GMT+08:00 Asia/Beijing,31.23,121.47
L-2,二号店,星悦百货,上海,街2号,GMT+08:00 Asia/Beijing,31.24,121.48
L-3,坏店,星悦百货,上海,街3号,GMT+08:00 Asia/Beijing,91.00,121.48
L-4,<b>三号店</b>,星悦百货,上海,街4号,GMT+08:00 Asia/Beijing,31.25,121.49
"""


def store_of(shops: Shops, number: str) -> Any:
    with reading(shops.company.db, Actor.system()) as session:
        return session.scalars(sa.select(Store).where(Store.number == number)).one_or_none()


def test_a_store_typed_from_a_chinese_map_is_kept_where_it_truly_is(own_shops: Shops, admin: Visitor) -> None:
    answer = admin.send("/console/stores/new", "/console/stores/new", **FORM)
    assert answer.status_code == 303
    store = store_of(own_shops, "N-1")
    from contract.datums import Gcj02

    true = wgs84_from_gcj02(Gcj02(31.22, 121.475))
    assert abs(store.lat_e7 - true.lat_e7) <= 1 and abs(store.lng_e7 - true.lng_e7) <= 1
    assert store.radius_m == 150 and store.datum_entered == "gcj02"
    editor = admin.get(f"/console/stores/{store.id}/fence").text
    assert 'value="31.220000"' in editor and 'value="121.475000"' in editor


def test_a_store_form_sent_twice_opens_one_store(own_shops: Shops, admin: Visitor) -> None:
    admin.get("/console/stores/new")
    places = {admin.post("/console/stores/new", op_id=admin.op_id, **FORM).headers.get("Location") for _ in range(2)}
    assert len(places) == 1 and store_of(own_shops, "N-1") is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [("lat", "91"), ("lat", "north"), ("lat", "NaN"), ("lat", "1e400"), ("lng", ""), ("radius_m", "5"), ("radius_m", "9" * 30),
     ("zone", "Mars/Olympus"), ("number", "SH-101"), ("number", "a b"), ("name", ""), ("day_turns", "25:00"), ("datum", "mars"),
     ("partner", " ")],
)  # fmt: skip
def test_a_store_that_cannot_be_is_refused_in_words_and_nothing_typed_is_lost(
    own_shops: Shops, admin: Visitor, field: str, value: str
) -> None:
    answer = admin.send("/console/stores/new", "/console/stores/new", **{**FORM, field: value})
    assert answer.status_code in (409, 422), field
    assert 'role="alert"' in answer.text and "马当路" in answer.text
    assert store_of(own_shops, "N-1") is None


def test_the_hours_of_a_store_are_shown_changed_and_made_an_exception_of(own_shops: Shops, admin: Visitor) -> None:
    holiday = (own_shops.company.today() + timedelta(days=30)).isoformat()
    path = f"/console/stores/{own_shops.company.stores[SHOPS[0][0]]}"
    assert "always open" in admin.get(path).text or "全天营业" in admin.get(path).text
    week = {f"hours_{n}": "10:00-14:00, 17:00-2:00" for n in range(6)} | {"hours_6": ""}
    assert admin.send(path, f"{path}/opening", from_day="2026-01-01", **week).status_code == 303
    page = admin.get(path).text
    assert page.count("10:00-14:00, 17:00-02:00") >= 6 and ("不营业" in page or "closed" in page)
    wrong = admin.send(path, f"{path}/opening", from_day="2026-01-01", **{**week, "hours_2": "whenever"})
    assert wrong.status_code == 422 and 'role="alert"' in wrong.text and "whenever" in wrong.text
    assert admin.send(path, f"{path}/opening-day", day=holiday, hours_of_day="", note="国庆").status_code == 303
    assert "国庆" in admin.get(path).text
    assert admin.send(path, f"{path}/opening-day", day=holiday, as_usual="1").status_code == 303
    assert "国庆" not in admin.get(path).text
    assert admin.send(path, f"{path}/opening", from_day="2026-01-01", nobody_says="1").status_code == 303
    assert "17:00-02:00" not in admin.get(path).text


def test_a_new_fence_counts_from_now_and_the_old_one_stays(own_shops: Shops, admin: Visitor) -> None:
    store_id = own_shops.company.stores[SHOPS[0][0]]
    path = f"/console/stores/{store_id}/fence"
    corners = "31.2300, 121.4530\n31.2300, 121.4550\n31.2315，121.4550\n31.2315 121.4530"
    answer = admin.send(path, path, datum="wgs84", shape="polygon", points=corners)
    assert answer.status_code == 303
    with reading(own_shops.company.db, Actor.system()) as session:
        fences = session.scalars(
            sa.select(FenceVersion).where(FenceVersion.store_id == store_id).order_by(FenceVersion.valid_from)
        ).all()
    assert [bool(fence.points) for fence in fences] == [False, True] and len(fences[1].points or []) == 4
    assert "4 corners" in seen(admin.get(f"/console/stores/{store_id}"))


@pytest.mark.parametrize(
    ("points", "why"),
    [("31,121\n31.1,121.1\n31,121.1\n31.1,121", "crosses itself"), ("31.0,121.0\n31.1,121.1", "three different corners"),
     ("31.0\n31.1", "cannot be used"), ("30,120\n40,120\n40,130", "100 square kilometres"), ("", "circle or corners")],
)  # fmt: skip
def test_a_drawing_that_is_no_area_says_why(own_shops: Shops, admin: Visitor, points: str, why: str) -> None:
    store_id = own_shops.company.stores[SHOPS[0][0]]
    path = f"/console/stores/{store_id}/fence"
    answer = admin.send(path, path, datum="wgs84", shape="polygon", points=points)
    checked = admin.get("/console/fence-check", query_string={"datum": "wgs84", "shape": "polygon", "points": points})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert checked.status_code == 200 and "data-true" not in checked.text
    if why != "cannot be used":
        assert why in seen(answer) and why in seen(checked)


def test_the_editor_tells_the_true_place_and_the_shift(admin: Visitor) -> None:
    asked = {"datum": "gcj02", "shape": "circle", "lat": "31.2304", "lng": "121.4537", "radius_m": "120"}
    checked = admin.get("/console/fence-check", query_string=asked)
    told = re.search(r"data-true='([^']+)'", checked.text)
    assert told is not None
    true = json.loads(told[1].replace("&#34;", '"'))
    assert abs(Wgs84.from_e7(*true["center"]).lat - 31.2304) > 0.001 and true["radius_m"] == 120
    assert re.search(r"GCJ-02 shows it 4\d\d m away", seen(checked))
    same = admin.get("/console/fence-check", query_string={**asked, "datum": "wgs84"})
    assert "Nothing to convert" in seen(same)


DEGREES = [
    ("31.2304", 312_304_000), (" -0.0000001 ", -1), ("３１．５", 315_000_000), ("121.47°", 1_214_700_000),
    ("31.23040005", 312_304_000),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "e7"), DEGREES)
def test_degrees_are_read_without_a_float_in_between(typed: str, e7: int) -> None:
    assert degrees_e7(typed, "lat") == e7


def test_a_store_is_changed_where_it_is_shown(own_shops: Shops, admin: Visitor) -> None:
    store_id = own_shops.company.stores[SHOPS[0][0]]
    path = f"/console/stores/{store_id}"
    form = {"name": "改名店", "city": "上海", "address": "新址", "zone": "Asia/Shanghai", "day_turns": "04:30"}
    assert admin.send(path, path, **form).status_code == 303
    store = store_of(own_shops, "SH-101")
    assert (store.name, store.address, store.day_turns_at_min) == ("改名店", "新址", 270)


def upload(admin: Visitor, text: str, **form: str) -> Any:
    admin.get("/console/import")
    file = (io.BytesIO(text.encode()), "stores.csv")
    return admin.post("/console/import", op_id=admin.op_id, file=file, datum="unstated", day_turns="05:00", **form)


def finished(admin: Visitor, address: str) -> Any:
    for _ in range(100):
        page = admin.get(address)
        if "every 1s" not in page.text:
            return page
        time.sleep(0.1)
    raise AssertionError("the import did not end")


def test_a_list_is_checked_before_anything_is_written_and_then_imported_once(own_shops: Shops, admin: Visitor) -> None:
    checked = upload(admin, LIST)
    assert checked.status_code == 303
    address = checked.headers["Location"]
    page = admin.get(address)
    assert counts(page) == {"rows": 4, "new": 3, "changed": 0, "same": 0, "bad": 1}
    assert "nothing has been written" in seen(page) and store_of(own_shops, "L-1") is None
    assert re.search(r'scope="row" class="number">4</th>', page.text), "the row is named as people see it in the sheet"
    assert admin.post(f"{address}/run", op_id=admin.op_id).status_code == 303
    done = finished(admin, address)
    assert "The import is done" in seen(done)
    assert store_of(own_shops, "L-1") is not None and store_of(own_shops, "L-3") is None
    assert "<b>三号店" not in admin.get("/console/stores?q=L-4").text
    again = admin.get(upload(admin, LIST).headers["Location"])
    assert counts(again) == {"rows": 4, "new": 0, "changed": 0, "same": 3, "bad": 1}
    assert "There is nothing to change" in seen(again)


def test_an_import_belongs_to_who_uploaded_it(own_shops: Shops, admin: Visitor) -> None:
    address = upload(admin, LIST).headers["Location"]
    hr = Visitor(own_shops.app).speak("en")
    hr.sign_in("hr")
    assert hr.get(address).status_code == 404
    assert hr.post(f"{address}/run").status_code == 404


@pytest.mark.parametrize("text", ["", "no,columns,here\n1,2,3\n", "\x00\x01\x02", "Store Number\n"])
def test_what_is_no_list_is_refused_in_words(admin: Visitor, text: str) -> None:
    answer = upload(admin, text)
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_a_form_without_a_file_is_refused_in_words(admin: Visitor) -> None:
    admin.get("/console/import")
    answer = admin.post("/console/import", op_id=admin.op_id, datum="wgs84")
    assert answer.status_code == 422 and "File" in seen(answer)
