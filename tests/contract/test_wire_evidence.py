"""What a punch may lose on its way and still be a punch; the envelope it comes in; and how deep anything may nest."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.attendance import AddProof, ClockIn, KioskProof
from contract.geo import Fix
from contract.limits import MAX_JSON_DEPTH
from contract.sync import read_signed
from contract.wire import Malformed, decode, decode_operation, too_deep
from tests.support.wire_shapes import nearly_fitting

STORE = "0197a5c0-1111-7222-8333-444455556666"


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode()


def punch(**fields: bytes) -> bytes:
    body = {"store_id": b'"%s"' % STORE.encode(), "kind": b'"in"', **fields}
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in body.items()) + b"}"


BARE = ClockIn(store_id=STORE, kind="in")


def test_a_whole_punch_loses_nothing() -> None:
    raw = punch(fix=b'{"lat_e7":1,"lng_e7":2}', code=b'"123456"', note=b'"hi"')
    read, garbled = decode_operation("attendance.clock_in/1", raw)
    assert garbled == ()
    assert read == ClockIn(store_id=STORE, kind="in", fix=Fix(lat_e7=1, lng_e7=2), code="123456", note="hi")


@pytest.mark.parametrize(
    "fix",
    [b"NaN", b'{"lat_e7":NaN,"lng_e7":2}', b'{"lat_e7":-Infinity,"lng_e7":2}', b'{"lat_e7":1e999,"lng_e7":2}', b"{}", b"[]",
     b'{"lat_e7":%s,"lng_e7":2}' % (b"9" * 30), b'{"lat_e7":%s,"lng_e7":2}' % (b"9" * 5_000), b'{"lat_e7":1.5,"lng_e7":2}',
     b'{"lat_e7":1,"lng_e7":2,"verdict":"green"}', b'{"lat_e7":1,"lng_e7":2,"source":"\\ud800"}', b"[" * 40 + b"]" * 40],
)  # fmt: skip
def test_a_garbled_position_costs_the_position_and_not_the_punch(fix: bytes) -> None:
    assert decode_operation("attendance.clock_in/1", punch(fix=fix)) == (BARE, ("fix",))


def test_what_can_be_read_of_the_evidence_is_kept_beside_what_cannot() -> None:
    raw = punch(code=b"5", kiosk=b'{"pin":true}', note=b'"a\\u0000"', photo=b'"zz"', fix=b"null")
    read, garbled = decode_operation("attendance.clock_in/1", raw)
    assert garbled == ("code", "note", "photo")
    assert read == ClockIn(store_id=STORE, kind="in", kiosk=KioskProof(pin=True))


@pytest.mark.parametrize(
    ("raw", "field", "code"),
    [
        (punch(kind=b'"x"', fix=b"3"), "kind", "wire.not_a_choice"),
        (punch(store_id=b"NaN"), "store_id", "wire.wrong_type"),
        (punch(verdict=b'"green"'), "verdict", "wire.unknown_field"),
        (punch(fix=b"3", verdict=b'"green"'), "verdict", "wire.unknown_field"),
        (b'{"kind":"in","fix":3}', "store_id", "wire.missing"),
        (b"[]", "", "wire.wrong_type"),
        (b"{", "", "wire.not_json"),
        (punch(fix=b"[" * 100_000), "fix", "wire.wrong_type"),
    ],
)
def test_a_punch_that_does_not_say_whose_or_where_is_refused(raw: bytes, field: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_operation("attendance.clock_in/1", raw)
    assert (caught.value.field, caught.value.code) == (field, code)


def test_an_operation_without_evidence_is_all_or_nothing() -> None:
    with pytest.raises(Malformed):
        hired = {"person_id": STORE, "number": "1", "name": "李", "home_org": "x", "mobile": 5}
        decode_operation("people.hire/1", as_json(hired))
    with pytest.raises(KeyError):
        decode_operation("attendance.clock_in/9", punch())


@given(nearly_fitting(AddProof))
def test_salvage_gives_a_proof_or_a_refusal_and_names_only_evidence(body: Any) -> None:
    try:
        read, garbled = decode_operation("attendance.add_proof/1", as_json(body))
    except Malformed as bad:
        identity = {key: value for key, value in body.items() if key not in {"fix", "code"}} if isinstance(body, dict) else body
        with pytest.raises(Malformed):
            decode(as_json(identity), AddProof)
        assert bad.code.startswith("wire.")
        return
    assert isinstance(read, AddProof) and read.punch_id == body["punch_id"]
    for field in garbled:
        assert getattr(read, field) is None and body[field] is not None


# an operation in its envelope


def envelope(at: bytes = b"{}", data: bytes = b"{}", **more: bytes) -> bytes:
    fields = {"v": b"1", "op": b'"%s"' % STORE.encode(), "dev": b'"%s"' % STORE.encode(), "seq": b"1", "type": b'"a.b/1"',
              "actor": b'"%s"' % STORE.encode(), "at": at, "data": data, "schema": b"1", "app": b'"t"', **more}  # fmt: skip
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), value) for name, value in fields.items()) + b"}"


@pytest.mark.parametrize(
    "data", [b'{"a":NaN}', b'{"a":Infinity}', b'{"a":NaN,"b":%s}' % (b"9" * 5_000), b'{"a":NaN,"b":1e999}', b'{"b":1e999}']
)
def test_a_number_that_is_none_costs_its_field_and_not_the_operation(data: bytes) -> None:
    read = read_signed(envelope(data=data))
    assert read.seq == 1 and msgspec.json.decode(bytes(read.at)) == {}


@pytest.mark.parametrize("raw", [b"NaN", b"{NaN", envelope(seq=b"NaN"), envelope(data=b"[" * 100_000 + b"NaN"), b"\xffNaN"])
def test_an_envelope_that_cannot_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_signed(raw)


# depth, before anything is parsed


def test_depth_is_counted_where_brackets_are_structure() -> None:
    assert not too_deep(b"[" * MAX_JSON_DEPTH + b"]" * MAX_JSON_DEPTH)
    assert too_deep(b"[" * (MAX_JSON_DEPTH + 1))
    assert too_deep(b'{"a":' * (MAX_JSON_DEPTH + 1))
    assert not too_deep(b'"' + b"[{" * 500 + b'"')
    assert not too_deep(rb'"\"' + b"[" * 500 + b'"')
    assert too_deep(rb'"\\"' + b"[" * 500)
    assert not too_deep(b"[]" * 500)


@given(st.recursive(st.none() | st.text("[]{}\"\\a", max_size=6), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.text("[{\"\\", max_size=3), inner, max_size=3), max_leaves=20), st.integers(0, 6))  # fmt: skip
def test_depth_is_that_of_the_value(value: Any, limit: int) -> None:
    def depth(of: Any) -> int:
        inner = of.values() if isinstance(of, dict) else of if isinstance(of, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert too_deep(as_json(value), limit) == (depth(value) > limit)


@given(st.binary(max_size=300))
def test_depth_is_answered_for_any_bytes(raw: bytes) -> None:
    deep = too_deep(raw, 3)
    assert not deep or raw.count(b"[") + raw.count(b"{") > 3
