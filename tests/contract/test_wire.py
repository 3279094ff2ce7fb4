"""The one judge of what crosses the wire: what fits comes through whole, what does not is refused with the field and the reason,
and nothing anybody can send makes the judge fail."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import (
    alarms,
    announcements,
    approvals,
    archive,
    attendance,
    audit,
    boards,
    channels,
    corrections,
    courses,
    cycle_views,
    cycles,
    desk,
    desks,
    devices,
    directory,
    feedback,
    growth,
    growth_views,
    hours,
    imports,
    inbox,
    invoices,
    learning,
    leave,
    metrics,
    opening,
    org,
    people,
    postings,
    privacy,
    proofs,
    proposals,
    quizzes,
    roles,
    roster_demand,
    roster_files,
    roster_people,
    roster_views,
    rosters,
    score_library,
    score_quality,
    score_reports,
    scoring,
    scoring_turning,
    shift_market,
    shifts,
    statements,
    stores,
    sync,
    training,
    voice,
    wire,
    worktime,
)  # fmt: skip
from contract.attendance import ClockIn
from contract.limits import Base64, BornId, Code, Day, Id, Label, Sha256Hex, Zone
from contract.people import Hire, OpenAccount
from contract.rostering import problem as roster_problem
from contract.rostering import shapes as roster_shapes
from contract.rostering.rules import cover as roster_cover
from contract.rostering.rules import points as roster_points
from contract.stores import AddPartner, FenceShape, Point
from contract.sync import Scope, ScopeCursor, SignedOperation
from contract.wire import Malformed, Wire, decode, encode, plain
from tests.support.shape_dice import fitting_bodies, is_same_fault, near_bodies, shortest

STORE = "0197a5c0-1111-7222-8333-444455556666"
AREAS = (
    alarms, announcements, approvals, archive, attendance, audit, boards, channels, corrections, courses, cycle_views,
    cycles, desk, desks, devices, directory, feedback, growth, growth_views, hours, imports, inbox, invoices, learning,
    leave, metrics, opening, org, people, postings, privacy, proofs, proposals, quizzes, roles, roster_demand,
    roster_files, roster_people, roster_views, rosters, score_quality, score_reports, scoring, shift_market, shifts,
    statements, stores, sync, training, voice, worktime, roster_problem, roster_shapes, roster_cover, roster_points,
    score_library, scoring_turning,
) # fmt: skip
SHAPES = sorted(
    {
        thing
        for area in AREAS
        for thing in vars(area).values()
        if isinstance(thing, type) and issubclass(thing, Wire) and thing is not Wire
    },
    key=lambda shape: f"{shape.__module__}.{shape.__name__}",
)
BODIES = 25  # of each shape


class Mixed(Wire, frozen=True, kw_only=True):
    """One of everything a shape may have."""

    have: dict[Scope, ScopeCursor] = {}
    pair: tuple[int, int] = (1, 2)
    number: Literal[1, 2] = 1
    points: Annotated[list[Point], msgspec.Meta(max_length=2)] = []
    center: Point | None = None
    sure: bool = True


def refused(raw: bytes | str, shape: Any) -> tuple[str, str, dict[str, Any]]:
    with pytest.raises(Malformed) as caught:
        decode(raw, shape)
    return caught.value.field, caught.value.code, caught.value.facts


HOLDS_BYTES = {SignedOperation, sync.SyncResponse}  # parts that are read later, by whom they concern


# by name of a field, what may be left out because it is what is meant then
DEFAULTS: dict[str, list[Any]] = {}
for _shape in SHAPES:
    for _field in msgspec.structs.fields(_shape):
        if _field.default is not msgspec.NODEFAULT:
            DEFAULTS.setdefault(_field.encode_name, []).append(_field.default)


def says_the_same(sent: Any, written: Any) -> bool:
    """Whether all that was sent is still there; what is empty or its default may be absent."""
    if isinstance(sent, dict) and isinstance(written, dict):
        return all(
            says_the_same(value, written[key])
            if key in written
            else value in (None, "", [], {}, False, 0, *DEFAULTS.get(key, ()))
            for key, value in sent.items()
        )
    if isinstance(sent, list) and isinstance(written, list):
        return len(sent) == len(written) and all(map(says_the_same, sent, written))
    return type(sent) is type(written) and bool(sent == written)


def as_json(body: Any) -> bytes:
    return json.dumps(body).encode()


# what fits


def comes_back(body: Any, shape: Any, judge: Any = decode) -> bool:
    """Whether what was sent is still there when it has been read, written, and read again."""
    try:
        read = judge(as_json(body), shape)
    except Malformed:
        return False
    written = encode(read)
    again = decode(written, shape)
    if encode(again) != written or not says_the_same(body, json.loads(written)):
        return False
    return shape in HOLDS_BYTES or bool(again == read == wire.convert(plain(read), shape))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_comes_back_as_it_was_sent(shape: type) -> None:
    assert shortest(body for body in fitting_bodies(shape, BODIES) if not comes_back(body, shape)) is None


def _forgets_zero_and_no(raw: bytes, shape: Any) -> Any:
    body = json.loads(raw)
    return decode(as_json({key: value for key, value in body.items() if key in ("lat_e7", "lng_e7") or value}), shape)


def _stops_short_of_the_bound(raw: bytes, shape: Any) -> Any:
    if b"900000000" in raw:
        raise Malformed("lat_e7", "wire.out_of_range")
    return decode(raw, shape)


def _leaves_out_what_need_not_be_there(raw: bytes, shape: Any) -> Any:
    body = json.loads(raw)
    return decode(as_json({key: value for key, value in body.items() if key in ("partner_id", "name", "datum")}), shape)


@pytest.mark.parametrize(
    ("shape", "judge"),
    [(Mixed, _forgets_zero_and_no), (FenceShape, _leaves_out_what_need_not_be_there), (Point, _stops_short_of_the_bound)],
)
def test_a_judge_that_loses_something_is_found(shape: type, judge: Any) -> None:
    assert any(not comes_back(body, shape, judge) for body in fitting_bodies(shape, BODIES * 10))


def test_every_operation_is_among_the_shapes_and_knows_its_name() -> None:
    assert len(wire.OPERATIONS) > 25
    for name, known in wire.OPERATIONS.items():
        assert known.shape in SHAPES
        assert wire.name_of(known.shape) == name == wire.known_operation(known.shape).name
        area, _, verb = name.partition(".")
        assert area.isidentifier() and verb.rpartition("/")[2].isdigit()


def test_evidence_and_secrets_are_fields_that_exist_and_evidence_is_never_required() -> None:
    for known in wire.OPERATIONS.values():
        fields = {field.encode_name: field for field in msgspec.structs.fields(known.shape)}
        assert known.evidence_fields | known.secret_fields <= fields.keys()
        assert not known.evidence_fields & known.secret_fields
        for name in known.evidence_fields:
            assert not fields[name].required, f"{known.name} cannot do without {name}"


def test_whatever_could_open_a_door_is_a_secret_field() -> None:
    named = {(known.name, field) for known in wire.OPERATIONS.values() for field in known.secret_fields}
    open_doors = {
        (known.name, field)
        for known in wire.OPERATIONS.values()
        for field in known.shape.__struct_fields__
        if field in {"password", "token", "token_hash", "pin", "secret"}
    } | {("devices.enrol/1", "code"), ("voice.say/1", "text")}
    # where messages go: who knows the address can send there, or read what is sent
    open_doors |= {("inbox.set_channel/1", "url"), *(("inbox.subscribe/1", one) for one in ("endpoint", "p256dh", "auth"))}
    assert named == open_doors


def test_one_name_belongs_to_one_shape() -> None:
    with pytest.raises(RuntimeError, match="two operations"):

        @wire.operation("people.hire/1")
        class Other(Wire, frozen=True, kw_only=True):
            """Not the hire that is known."""

    assert wire.OPERATIONS["people.hire/1"].shape is Hire


# what does not: the field, the code, the facts. msgspec says it in sentences; every one is held here


POINT = {"lat_e7": 1, "lng_e7": 2}


@pytest.mark.parametrize(
    ("body", "shape", "field", "code", "facts"),
    [
        ({}, Point, "lat_e7", "wire.missing", {}),
        ({"points": [{"lat_e7": 1}]}, Mixed, "points[0].lng_e7", "wire.missing", {}),
        ({"have": {"abc": {"tag": ""}}}, Mixed, "have[...].pos", "wire.missing", {}),
        ({**POINT, "x": 1}, Point, "x", "wire.unknown_field", {}),
        ({"points": [POINT, {**POINT, "z": 1}]}, Mixed, "points[1].z", "wire.unknown_field", {}),
        ({"center": {**POINT, "z": 1}}, Mixed, "center.z", "wire.unknown_field", {}),
        ([], Point, "", "wire.wrong_type", {"want": "object", "got": "array"}),
        (None, Point, "", "wire.wrong_type", {"want": "object", "got": "null"}),
        ({**POINT, "lat_e7": "1"}, Point, "lat_e7", "wire.wrong_type", {"want": "int", "got": "str"}),
        ({**POINT, "lat_e7": 1.5}, Point, "lat_e7", "wire.wrong_type", {"want": "int", "got": "float"}),
        ({**POINT, "lat_e7": 1.0}, Point, "lat_e7", "wire.wrong_type", {"want": "int", "got": "float"}),
        ({**POINT, "lat_e7": True}, Point, "lat_e7", "wire.wrong_type", {"want": "int", "got": "bool"}),
        ({"sure": 1}, Mixed, "sure", "wire.wrong_type", {"want": "bool", "got": "int"}),
        ({"center": 3}, Mixed, "center", "wire.wrong_type", {"want": "object | null", "got": "int"}),
        ({"pair": [1, "a"]}, Mixed, "pair[1]", "wire.wrong_type", {"want": "int", "got": "str"}),
        ({"datum": 1}, FenceShape, "datum", "wire.wrong_type", {"want": "str", "got": "int"}),
        ({"datum": "x"}, FenceShape, "datum", "wire.not_a_choice", {"got": "'x'"}),
        ({"number": 3}, Mixed, "number", "wire.not_a_choice", {"got": "3"}),
        ({**POINT, "lat_e7": 900_000_001}, Point, "lat_e7", "wire.out_of_range", {"want": "int"}),
        ({**POINT, "lat_e7": -900_000_001}, Point, "lat_e7", "wire.out_of_range", {"want": "int"}),
        ({**POINT, "lat_e7": 2**64}, Point, "lat_e7", "wire.out_of_range", {"want": "int"}),
        ({"datum": "wgs84", "radius_m": 19}, FenceShape, "radius_m", "wire.out_of_range", {"want": "int"}),
        ({"points": [POINT] * 3}, Mixed, "points", "wire.out_of_range", {"want": "array"}),
        ({"pair": [1]}, Mixed, "pair", "wire.out_of_range", {"want": "array"}),
        ({"have": {"a": {"pos": 1, "tag": ""}}}, Mixed, "have", "wire.out_of_range", {"want": "str"}),
        ({"partner_id": STORE, "name": ""}, AddPartner, "name", "wire.out_of_range", {"want": "str"}),
        ({"partner_id": STORE, "name": "店" * 121}, AddPartner, "name", "wire.out_of_range", {"want": "str"}),
        ({"partner_id": STORE, "name": "a\x00"}, AddPartner, "name", "wire.out_of_range", {"want": "str"}),
        ({"partner_id": STORE.upper(), "name": "a"}, AddPartner, "partner_id", "wire.out_of_range", {"want": "str"}),
    ],
)
def test_a_refusal_says_which_field_and_why_for_bytes_and_for_values(
    body: Any, shape: type, field: str, code: str, facts: dict[str, Any]
) -> None:
    assert refused(as_json(body), shape) == (field, code, facts)
    with pytest.raises(Malformed) as caught:
        wire.convert(body, shape)
    assert (caught.value.field, caught.value.code, caught.value.facts) == (field, code, facts)


@pytest.mark.parametrize(
    "raw",
    [b"", b" ", b"{", b'{"lat_e7":1,"lng_e7":2} x', b"\xff", b'{"lat_e7":NaN,"lng_e7":2}', b'{"lat_e7":01,"lng_e7":2}',
     b"\xef\xbb\xbf{}", "{".encode("utf-16")],
)  # fmt: skip
def test_what_is_no_json_is_said_to_be_none(raw: bytes) -> None:
    assert refused(raw, Point) == ("", "wire.not_json", {})


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5_000, b"-" + b"9" * 5_000])
def test_a_number_without_end_is_out_of_range_and_names_its_field(number: bytes) -> None:
    field, code, _ = refused(b'{"lat_e7":%s,"lng_e7":2}' % number, Point)
    assert (field, code) == ("lat_e7", "wire.out_of_range")


@pytest.mark.parametrize(
    "said", ["Object contains unknown field `zz`", "Expected `int`, got `str` - at `$.other`", "x\ny", "` - at `$.other`"]
)
def test_what_somebody_sent_is_never_taken_for_the_judges_own_words(said: str) -> None:
    field, code, facts = refused(as_json({"datum": said}), FenceShape)
    assert (field, code) == ("datum", "wire.not_a_choice")
    assert facts.keys() == {"got"}


def test_a_refusal_never_carries_more_than_a_line_of_what_was_sent() -> None:
    field, _, facts = refused(as_json({"datum": "x" * 60_000}), FenceShape)
    assert field == "datum" and len(str(facts["got"])) <= 200
    field, code, _ = refused(as_json({"datum": "wgs84", "y" * 60_000: 1}), FenceShape)
    assert code == "wire.unknown_field" and len(field) <= 200


def test_brackets_without_end_are_too_deep_and_not_a_failure() -> None:
    assert refused(b"[" * 100_000, Any)[1] == "wire.too_deep"
    nested: Any = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(Malformed) as caught:
        wire.convert(nested, Any)
    assert caught.value.code in {"wire.too_deep", "wire.invalid"}


@pytest.mark.parametrize("body", [{"datum": "\ud800"}, {"\ud800": 1}, {"datum": "wgs84", "\udfff": 1}, "\ud800", ["\udc00"]])
def test_half_a_letter_is_a_refusal_whichever_way_it_comes(body: Any) -> None:
    assert refused(json.dumps(body).encode(), FenceShape)[1] in {"wire.not_json", "wire.wrong_type"}
    with pytest.raises(Malformed):
        wire.convert(body, FenceShape)
    with pytest.raises(Malformed):
        decode(json.dumps(body, ensure_ascii=False), FenceShape)


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        (Id, STORE), (BornId, STORE), (Code, "S-0001"), (Sha256Hex, "0" * 64), (Base64, "QUJD"), (Day, "2026-11-21"),
        (Zone, "Asia/Shanghai"), (Hire, None), (OpenAccount, None),
    ],
)  # fmt: skip
def test_patterns_hold_to_the_last_character(kind: Any, fits: str | None) -> None:
    """A dollar sign matches before a last line feed too: an id with one would be another row's key and look the same."""
    if fits is None:
        base = {
            Hire: {"person_id": STORE, "number": "1", "name": "李", "home_org": "总部", "mobile": "12"},
            OpenAccount: {"account_id": STORE, "person_id": STORE, "login": "wei", "password": "x" * 8},
        }[kind]
        for field in set(base) & {"mobile", "login", "number", "person_id"}:
            assert refused(as_json({**base, field: base[field] + "\n"}), kind)[0] == field
        return
    assert decode(as_json(fits), kind) == fits
    for wrong in (fits + "\n", fits[:-1] + "\n", "\n" + fits, fits + "\x00", fits + " "):
        assert refused(as_json(wrong), kind)[1] == "wire.out_of_range"


def test_a_day_is_written_in_the_digits_that_everybodys_pattern_means() -> None:
    """In Python `\\d` is any script's digit, in JavaScript and in the API's document it is not."""
    assert refused(as_json("２０２６-11-21"), Day)[1] == "wire.out_of_range"
    assert refused(as_json("٢٠٢٦-11-21"), Day)[1] == "wire.out_of_range"


def test_a_name_may_be_anything_a_database_can_keep() -> None:
    for name in ("李伟", "O'Brien", "🐼", "a\nb", "\u202e", "x" * 120):
        assert decode(as_json(name), Label) == name


def verdict(judge: Any, what: Any, shape: type) -> tuple[tuple[str, str] | None, Any]:
    try:
        return None, judge(what, shape)
    except Malformed as bad:
        return (bad.field, bad.code), None


def test_bytes_and_values_are_judged_alike() -> None:
    for shape in SHAPES:
        if shape not in HOLDS_BYTES:
            for body in near_bodies(shape, 3):
                of_bytes, read = verdict(decode, as_json(body), shape)
                of_values, converted = verdict(wire.convert, body, shape)
                assert is_same_fault(of_bytes, of_values) and read == converted, (shape, body)


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(max_size=60), st.sampled_from([Point, FenceShape, Mixed, SignedOperation, ClockIn]))
def test_no_bytes_make_the_judge_fail(raw: bytes | str, shape: type) -> None:
    try:
        decode(raw, shape)
    except Malformed as bad:
        assert bad.code.startswith("wire.")
