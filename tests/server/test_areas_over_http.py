"""People, stores, postings and imports as an HTTP client meets them."""

from __future__ import annotations

import io
import json

from contract.ids import new_id
from contract.stores import FenceShape, OpenStore, Point, RedrawFence
from contract.wire import plain
from server.stores.geocoding import NoLookup, NominatimLookup, geocoder
from tests.server.world import World


def _store(world: World, **more) -> dict:
    center = Point(lat_e7=312304000, lng_e7=1214737000)
    fence = FenceShape(datum="gcj02", center=center, radius_m=100)
    fields = {"store_id": new_id(), "number": "N-1", "name": "静安店", "partner_id": world.partner_id, "zone": "Asia/Shanghai"}
    return plain(OpenStore(fence=fence, **{**fields, **more}))


def test_a_store_opened_over_http_is_read_back_in_wgs84_with_what_was_typed(any_world: World):
    client = any_world.client("chen")
    body = _store(any_world)
    assert client.post("/api/v1/stores", body).status_code == 201
    store = client.get(f"/api/v1/stores/{body['store_id']}").json
    assert store["datum_entered"] == "gcj02" and store["partner"] == "Blue Mountain Coffee" and not store["coarse"]
    assert 200 < abs(store["lng_e7"] - 1214737000) / 1e7 * 95_000 < 700  # Shanghai's offset between the two maps
    [fence] = client.get(f"/api/v1/stores/{body['store_id']}/fences").json["items"]
    assert fence["entered"]["center"] == {"lat_e7": 312304000, "lng_e7": 1214737000}


def test_the_same_idempotency_key_gives_the_first_answer(any_world: World):
    client = any_world.client("chen")
    key, body = new_id(), _store(any_world)
    first = client.post("/api/v1/stores", body, headers={"Idempotency-Key": key})
    again = client.post("/api/v1/stores", body, headers={"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (201, 201) and first.json == again.json
    other = client.post("/api/v1/stores", _store(any_world, number="N-2"), headers={"Idempotency-Key": key})
    assert other.json["code"] == "operation.id_reused"


def test_places_that_are_not_on_the_map_named_are_refused(any_world: World):
    client = any_world.client("chen")
    body = _store(any_world)
    body["fence"]["center"] = {"lat_e7": 525200000, "lng_e7": 134000000}  # Berlin, on a Chinese map
    assert client.post("/api/v1/stores", body).json["code"] == "stores.place_out_of_world"
    body["fence"]["center"] = {"lat_e7": 910000000, "lng_e7": 134000000}
    assert client.post("/api/v1/stores", body).json["code"] == "wire.out_of_range"
    body["fence"] = {"datum": "wgs84", "points": [{"lat_e7": 0, "lng_e7": 0}] * 3}
    refused = client.post("/api/v1/stores", body).json
    assert refused["code"] == "stores.fence_invalid" and refused["facts"]["problems"]


def test_every_way_of_writing_a_list_request_wrongly_is_a_reason_and_not_a_crash(world: World):
    client = world.client("chen")
    for path in ("people", "stores", "postings", "accounts"):
        for query in (
            {"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"sort": "bogus"}, {"cursor": "!!!"},
            {"cursor": "WyJhIl0"}, {"cursor": "W1tdLFtdXQ"}, {"nonsense": "1"}, {"q": "x" * 300},
        ):  # fmt: skip
            answered = client.get(f"/api/v1/{path}", **query)
            assert answered.status_code == 422, (path, query, answered.get_data(as_text=True))
            assert answered.json["code"].startswith("wire."), (path, query, answered.json)
        assert client.get(f"/api/v1/{path}", limit="200").status_code == 200


def test_a_store_of_somebody_else_is_not_there(any_world: World):
    mine, other = any_world.open_store("甲店"), any_world.open_store("乙店")
    any_world.account(any_world.hire("林娜"), "lin", "store_manager", mine)
    lin = any_world.client("lin")
    assert [store["name"] for store in lin.get("/api/v1/stores").json["items"]] == ["甲店"]
    assert lin.get(f"/api/v1/stores/{mine}").status_code == 200
    for path in (f"/api/v1/stores/{other}", f"/api/v1/stores/{other}/fences", f"/api/v1/stores/{new_id()}"):
        assert lin.get(path).status_code == 404, path
    redrawn = RedrawFence(store_id=mine, fence=FenceShape(datum="wgs84", center=Point(lat_e7=0, lng_e7=0), radius_m=5000))
    assert lin.post("/api/v1/stores/fences", redrawn).status_code == 403


def test_coarse_fences_can_be_listed_so_that_somebody_draws_them(any_world: World):
    client = any_world.client("chen")
    any_world.open_store("精确店")
    body = _store(any_world, number="N-9")
    body["fence"] |= {"exact_to_m": 733, "radius_m": 1000}
    client.post("/api/v1/stores", body)
    listed = {flag: [s["number"] for s in client.get("/api/v1/stores", coarse=flag).json["items"]] for flag in ("true", "false")}
    assert listed == {"true": ["N-9"], "false": ["S0001"]}


def test_a_list_is_uploaded_tried_first_and_then_taken(any_world: World):
    client = any_world.client("chen")
    text = "编号,名称,品牌,经度,纬度,时区\nA-1,静安店,Blue,121.4523,31.2231,GMT+08:00 Asia/Beijing\n"
    text += "A-2,坏行,Blue,x,31.2,Asia/Shanghai\n"

    def upload(**form: str):
        data = {**form, "file": (io.BytesIO(text.encode("gb18030")), "stores.csv")}
        return client.flask.post(
            "/api/v1/imports/stores",
            data=data,
            headers={"Authorization": f"Bearer {client.token}", "Accept-Language": "zh"},
        )

    trial = upload(dry_run="true", datum="gcj02")
    assert trial.status_code == 200 and trial.json["new"] == 1 and client.get("/api/v1/stores").json["items"] == []
    taken = upload(dry_run="false", datum="gcj02").json
    assert (taken["new"], taken["bad"], taken["encoding"]) == (1, 1, "gb18030")
    assert taken["errors"][0]["row"] == 3 and taken["errors"][0]["column"] == "经度"
    assert taken["errors"][0]["message"] == "x 不是数字"
    assert [store["name"] for store in client.get("/api/v1/stores").json["items"]] == ["静安店"]
    assert upload(datum="mercator").status_code == 422
    assert upload(radius_m="5").status_code == 422
    missing = client.flask.post("/api/v1/imports/stores", headers={"Authorization": f"Bearer {client.token}"})
    assert missing.json["code"] == "wire.missing"


def test_nobody_is_asked_for_an_address_unless_the_server_is_told_to(world: World):
    found = world.client("chen").get("/api/v1/places", q="南京西路").json
    assert found == {"enabled": False, "items": []}
    assert isinstance(geocoder("off"), NoLookup) and isinstance(geocoder("nominatim:maps.example"), NominatimLookup)


def test_the_api_document_is_valid_openapi_and_names_every_write(world: World):
    from openapi_spec_validator import validate

    document = json.loads(world.client().get("/api/openapi.json").get_data())
    validate(document)
    post = document["paths"]["/api/v1/people"]["post"]
    assert "429" in post["responses"] and "409" in post["responses"]
    assert document["paths"]["/api/v1/imports/stores"]["post"]["requestBody"]["content"]["multipart/form-data"]
