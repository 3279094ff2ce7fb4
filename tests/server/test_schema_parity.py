"""One judge, three voices: the contract, the API's schemas, and the API's own description accept and refuse the same."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import marshmallow as ma
import msgspec
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from contract import wire
from contract.approvals import SubmitRequest
from contract.archive import BasicsGiven, ContractGiven, InsuranceGiven
from contract.desks import TryRule
from contract.hours import SimulateRules
from contract.people import Credentials
from contract.postings import PostEmployee
from contract.proposals import CheckRoster, ExplainGap, RecommendFor
from contract.rosters import CheckChange
from contract.score_library import TryFormula
from contract.score_reports import TryWeights
from contract.stores import AddPartner, FenceShape, Point
from contract.sync import SyncRequest
from contract.voice import AnswersAsk
from server.app import create_app
from server.kernel.schemas import schema_of
from server.settings import Settings
from server.wiring import every_handler
from tests.support.shape_dice import fitting_bodies, is_same_fault, near_bodies
from tests.support.wire_shapes import every_single_change, shapes_within

every_handler()
# what reaches people through the API alone: operations that only a device or the server itself may say are not in the document
BODIES: list[type] = [
    *(known.shape for known in wire.OPERATIONS.values()), Credentials, SyncRequest, BasicsGiven, ContractGiven, InsuranceGiven,
    SimulateRules, TryRule, AnswersAsk, CheckChange, CheckRoster, ExplainGap, RecommendFor,
    TryFormula, TryWeights,
]  # fmt: skip
DEVICES_OR_THE_SERVER_ONLY = {
    "AddProof", "ClockIn", "KeepNames", "ReportSplitView", "SetPin", "SignIn", "SignOut", "TrySignIn", "NameManagers",
    "TurnDay", "TurnNotices", "TurnTasks", "RefoldTickets", "JudgePhoto", "TurnClocks", "TurnRecommendations", "ForgetPictures",
    "TurnCycles", "TurnPeriods", "MakeScoreReports", "NoteScoreRun", "CycleNotice",
    "WatchRequests", "EndWhatIsOver", "FlagPunches", "CountersignPhone", "ExtraProof",
    # sealed by the server out of what people say, or said by the server itself
    "AddDocument", "AddMedia", "AddNoticeFile", "ForgetOperations", "MakeKey", "NoteLook", "RecordBasics", "RecordContract",
    "RecordInsurance", "RemindContract", "MakeWeek", "WatchWeeks", "NoteImportErrors", "WatchSystem", "TakeValues",
    "TakeRosterFile", "FiledShift",
}  # fmt: skip
FITTING, NEAR = 10, 25  # bodies of each shape


def judged(body: Any, shape: type) -> tuple[str, str] | None:
    """The contract's verdict on the bytes of this body: None, or the field and the code."""
    try:
        wire.decode(json.dumps(body).encode(), shape)
    except wire.Malformed as bad:
        return bad.field, bad.code
    return None


def loaded(body: Any, schema: type[ma.Schema]) -> tuple[str, str] | None:
    """The same of the API's schema."""
    try:
        schema().load(body)
    except ma.ValidationError as refused:
        (field, (code,)) = next(iter(refused.normalized_messages().items()))
        return "" if field == "_schema" else field, code
    return None


@functools.cache
def drawn(shape: type) -> tuple[Any, ...]:
    """Bodies that fit this shape and bodies that nearly do, drawn once for all who judge them."""
    return (*fitting_bodies(shape, FITTING), *near_bodies(shape, NEAR))


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The API's description as anybody gets it."""
    folder = tmp_path_factory.mktemp("described")
    app: Flask = create_app(Settings(database_url=f"sqlite:///{folder}/none.db", data_dir=folder, secret=b"s" * 32, company="O"))
    found: dict[str, Any] = app.test_client().get("/api/openapi.json").json
    return found


# To JSON Schema 2.0 is an integer. Whoever sends one sends a number with a point, and we refuse it as such.
_STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int),
)


def validator_of(document: dict[str, Any], name: str) -> Any:
    return _STRICT({**document, "$ref": f"#/components/schemas/{name}"})


def bodies_in(document: dict[str, Any]) -> Iterator[str]:
    """Names of the components that some endpoint takes as its JSON body."""
    for methods in document["paths"].values():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            reference = content.get("application/json", {}).get("schema", {}).get("$ref")
            if reference:
                yield reference.rpartition("/")[2]


# the schemas


@pytest.mark.parametrize("shape", BODIES, ids=lambda shape: shape.__name__)
def test_the_schema_accepts_and_refuses_what_the_contract_does_with_the_same_field_and_code(shape: type) -> None:
    seen: set[bool] = set()
    for body in drawn(shape):
        verdict = judged(body, shape)
        seen.add(verdict is None)
        assert is_same_fault(loaded(body, schema_of(shape)), verdict)
        if verdict is None:
            assert schema_of(shape)().load(body) == wire.convert(body, shape)
    assert seen == {True, False}, "only one kind of body was ever tried"


def test_a_schema_with_an_opinion_of_its_own_is_found() -> None:
    class Lenient(schema_of(FenceShape)):  # type: ignore[misc]
        """What marshmallow would say by itself: it takes "50" for 50."""

        def load(self, data: Any, **options: Any) -> Any:
            return ma.Schema.load(self, data, **options)

    body = {"datum": "wgs84", "radius_m": True}
    assert judged(body, FenceShape) is not None
    assert loaded(body, Lenient) != judged(body, FenceShape)


# the document


def test_every_operation_people_may_say_is_in_the_document_and_no_other(document: dict[str, Any]) -> None:
    assert {shape.__name__ for shape in BODIES} - DEVICES_OR_THE_SERVER_ONLY == set(bodies_in(document))


class Disagreement(Exception):
    """A body that the description and the judge see differently."""


def disagreement(body: Any, validator: Any, shape: type) -> str | None:
    """What the judge and the description say where they differ; None where they agree."""
    verdict = judged(body, shape)
    if (verdict is None) == validator.is_valid(body):
        return None
    said = [error.message[:200] for error in validator.iter_errors(body)]
    return f"{str(body)[:500]}: the judge {verdict}, the description {said}"


def compare(body: Any, validator: Any, shape: type) -> None:
    if (found := disagreement(body, validator, shape)) is not None:
        raise Disagreement(found)


@pytest.mark.parametrize("shape", [s for s in BODIES if s.__name__ not in DEVICES_OR_THE_SERVER_ONLY], ids=lambda s: s.__name__)
def test_the_description_of_a_body_agrees_with_the_judge(document: dict[str, Any], shape: type) -> None:
    validator = validator_of(document, shape.__name__)
    assert [found for body in drawn(shape) if (found := disagreement(body, validator, shape)) is not None] == []


WHOLE: dict[type, dict[str, Any]] = {
    Point: {"lat_e7": 1, "lng_e7": 2},
    AddPartner: {"partner_id": "0197a5c0-1111-7222-8333-444455556666", "name": "Blue Mountain"},
    FenceShape: {
        "datum": "wgs84", "center": {"lat_e7": 1, "lng_e7": 2}, "radius_m": 50, "points": [{"lat_e7": 1, "lng_e7": 2}] * 2,
        "datum_stated": True, "exact_to_m": 5,
    },
    PostEmployee: {
        "posting_id": "0197a5c0-1111-7222-8333-444455556666", "person_id": "0197a5c0-1111-7222-8333-444455556667",
        "store_id": "0197a5c0-1111-7222-8333-444455556668", "starts_on": "2026-11-01", "ends_on": "2026-12-01",
    },
    SubmitRequest: {
        "request_id": "0197a5c0-1111-7222-8333-444455556666", "person_id": "0197a5c0-1111-7222-8333-444455556667",
        "kind": "leave", "form": {"days": 2, "why": "a wedding"},
    },
}  # fmt: skip


@pytest.mark.parametrize("shape", WHOLE, ids=lambda s: s.__name__)
def test_whatever_single_thing_is_changed_the_description_agrees(document: dict[str, Any], shape: type) -> None:
    validator = validator_of(document, shape.__name__)
    for body in every_single_change(WHOLE[shape]):
        assert disagreement(body, validator, shape) is None


@pytest.mark.parametrize(
    ("component", "field", "forgotten"),
    [
        (FenceShape, "radius_m", "minimum"), (FenceShape, "radius_m", "maximum"), (FenceShape, "datum", "enum"),
        (FenceShape, "points", "maxItems"), (AddPartner, "name", "minLength"), (AddPartner, "name", "maxLength"),
        (AddPartner, "name", "pattern"), (AddPartner, "partner_id", "pattern"), (AddPartner, None, "required"),
        (AddPartner, None, "additionalProperties"), (Point, "lat_e7", "maximum"), (Point, "lat_e7", "minimum"),
        (SubmitRequest, "form", "propertyNames"), (SubmitRequest, "form", "additionalProperties"),
    ],
)  # fmt: skip
def test_a_description_that_forgot_a_constraint_is_found(
    document: dict[str, Any], component: type, field: str | None, forgotten: str
) -> None:
    changed = json.loads(json.dumps(document))
    place = changed["components"]["schemas"][component.__name__]
    del (place if field is None else place["properties"][field])[forgotten]
    validator = validator_of(changed, component.__name__)
    with pytest.raises(Disagreement):
        for body in every_single_change(WHOLE[component]):
            compare(body, validator, component)


def test_every_constraint_of_every_shape_is_in_the_document_word_for_word(document: dict[str, Any]) -> None:
    """Drawing finds what is likely; this finds the rest: each required field, bound, pattern and choice, one by one."""
    compared = 0
    for shape in {inner for body in BODIES for inner in shapes_within(body)}:
        described = document["components"]["schemas"].get(shape.__name__)
        if described is None:
            assert shape.__name__ in DEVICES_OR_THE_SERVER_ONLY | {"Fix", "KioskProof", "SkillTerm"}
            continue
        (_, components) = msgspec.json.schema_components([shape])
        demanded = components[shape.__name__]
        assert set(described.get("required", [])) == set(demanded.get("required", [])), shape.__name__
        assert described["additionalProperties"] is False
        assert described["properties"].keys() == demanded["properties"].keys()
        for name, of in demanded["properties"].items():
            for rule in ("minimum", "maximum", "minLength", "maxLength", "pattern", "enum", "maxItems"):
                wanted = _rule(of, rule)
                assert _rule(described["properties"][name], rule) == wanted, f"{shape.__name__}.{name} {rule}"
                compared += wanted is not None
    assert compared > 100


def _rule(of: dict[str, Any], rule: str) -> Any:
    """A rule of a property; where it may be null, of the part that is not."""
    for part in (of, *of.get("anyOf", ())):
        if rule in part:
            return {choice for choice in part[rule] if choice is not None} if rule == "enum" else part[rule]
    return None


# texts: query strings and forms


class Asked(wire.Wire, frozen=True, kw_only=True):
    """A question as it stands behind a question mark."""

    limit: int = 50
    active: bool | None = None
    q: str = ""


@given(limit=st.integers(-5, 5) | st.just("x"), active=st.sampled_from(["true", "false", "1", "0", "maybe", None]))
def test_numbers_and_booleans_may_be_texts_only_where_everything_is_text(limit: Any, active: str | None) -> None:
    texts = {"limit": str(limit), **({} if active is None else {"active": active})}
    fits = limit != "x" and active != "maybe"
    assert (loaded(texts, schema_of(Asked, from_text=True)) is None) == fits
    assert loaded(texts, schema_of(Asked)) == ("limit", "wire.wrong_type")
