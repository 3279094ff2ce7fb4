"""Nothing anybody can send makes the server fail: whatever comes, the answer is below 500."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from contract import wire
from contract.limits import MAX_REQUEST_BYTES
from server.kernel.http import answer_problems
from tests.server import bad_bodies as bad
from tests.server.two_stores import TwoStores
from tests.support.handset import Handset, new_handset

# What the database refuses in a sibling session takes the whole transaction back there and then; the outer one finds it gone.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:transaction already deassociated")]
DRAWN_PER_OPERATION = 12
STRINGS_PER_ENDPOINT = 12
# Every door has the same lock: each sees one in so many, each of them is tried at one door in so many. 1 tries all at all.
ONE_IN = 1 if "OUTPOST_ALL_BAD_INPUT" in os.environ else 4

T = TypeVar("T")


def in_turns(what: Sequence[T], nth: int) -> Sequence[T]:
    """What the nth in line is tried with: every fourth, beginning elsewhere each time, so that nothing is left out."""
    return what[nth % ONE_IN :: ONE_IN]


@pytest.fixture(scope="module")
def shops() -> Iterator[TwoStores]:
    folder = Path(tempfile.mkdtemp(prefix="outpost-bad-", dir="/dev/shm" if Path("/dev/shm").exists() else None))
    made = TwoStores(folder)
    yield made
    made.company.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def device(shops: TwoStores) -> Iterator[Handset]:
    made = new_handset(shops.company, "phone-p1", person="p1")
    made.sync()
    yield made
    made.core.close()


@pytest.fixture
def sender(shops: TwoStores, device: Handset) -> bad.Sender:
    return bad.Sender(shops, shops.app, device)


@pytest.fixture
def planted(shops: TwoStores) -> Flask:
    """An app with one endpoint that was written in a hurry."""
    app = Flask("planted")
    answer_problems(app)

    @app.post("/api/v1/session")
    def session() -> dict[str, str]:
        return {"token": "t"}

    @app.post("/api/v1/planted")
    def hurried() -> dict[str, int]:
        from flask import request

        return {"length": len(request.get_json(force=True, silent=True)["note"])}

    return app


def failures_of_files(sender: bad.Sender, app: Flask) -> list[str]:
    found = []
    files = list(bad.json_files().items())
    for nth, (method, path) in enumerate(bad.posts(app)):
        if path == "/api/v1/session" and app.name == "planted":
            continue
        for name, body in in_turns(files, nth):
            status = sender.send(method, path, body)
            if status >= 500:
                found.append(f"{method} {path} {name}: {status}")
    return found


def test_every_way_of_being_json_or_not_is_answered_everywhere(shops: TwoStores, sender: bad.Sender) -> None:
    assert len(bad.json_files()) > 300
    assert failures_of_files(sender, shops.app) == []


def test_an_endpoint_in_a_hurry_is_found_by_the_files(shops: TwoStores, planted: Flask, device: Handset) -> None:
    assert failures_of_files(bad.Sender(shops, planted, device), planted)


@pytest.mark.parametrize("name", sorted(bad.own_bodies()))
def test_bombs_depths_and_broken_letters_are_answered_everywhere(shops: TwoStores, sender: bad.Sender, name: str) -> None:
    body, headers = bad.own_bodies()[name]
    for method, path in in_turns(bad.posts(shops.app), sorted(bad.own_bodies()).index(name)):
        assert sender.send(method, path, body, headers) < 500, f"{method} {path}"


def test_every_field_of_every_operation_may_hold_nonsense(shops: TwoStores, sender: bad.Sender) -> None:
    """Each field in turn, the rest as it should be."""
    tried, nth = 0, 0
    for method, path in bad.posts(shops.app):
        body = bad.body_for(shops, path)
        for at in bad.fields(body):
            for value in in_turns(bad.NASTY, nth := nth + 1):
                tried += 1
                status = sender.send(method, path, bad.as_json(bad.replaced(body, at, value)))
                assert status < 500, f"{method} {path} {'.'.join(at)} = {value!r:.60}: {status}"
    assert tried > 1_000


def test_naughty_strings_in_every_text_of_every_operation(shops: TwoStores, sender: bad.Sender) -> None:
    """The judge sees every string in every text; the server sees each where the judge lets it through, in turns."""
    strings = bad.naughty_strings()
    assert len(strings) > 500
    stored = 0
    for nth, (method, path) in enumerate(bad.posts(shops.app)):
        body = bad.body_for(shops, path)
        shape = next((known.shape for known in wire.OPERATIONS.values() if body and _fits(body, known.shape)), None)
        if shape is None:
            continue
        for n in range(STRINGS_PER_ENDPOINT):
            said = strings[(n + nth * STRINGS_PER_ENDPOINT) % len(strings)]
            body = bad.body_for(shops, path)
            for at in bad.text_fields(body):
                changed = bad.replaced(body, at, said)
                body = changed if _fits(changed, shape) else body
            status = sender.send(method, path, bad.as_json(body))
            assert status < 500, f"{method} {path} {said!r:.60}: {status}"
            stored += status == 201
    assert stored > 50, "hardly any of them got past the door"
    for path in ("/api/v1/people", "/api/v1/stores", "/api/v1/devices", "/api/v1/punches"):
        assert sender.get(path) == 200


def _fits(body: object, shape: type) -> bool:
    try:
        wire.decode(bad.as_json(body), shape)
    except wire.Malformed:
        return False
    return True


def failures_of_drawn(app: Flask, token: str) -> list[str]:
    """What the API's own description lets anybody draw, each operation apart."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    found: list[str] = []
    operations = 0
    for each in schema.get_all_operations():
        operation = each.ok()
        operations += 1

        @settings(
            max_examples=DRAWN_PER_OPERATION, deadline=None, derandomize=True, database=None,
            phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def draw(case: schemathesis.Case) -> None:
            label = case.operation.label
            ends_it = label.startswith("DELETE ") and label.endswith("/session")
            answer = case.call(headers={} if ends_it else {"Authorization": f"Bearer {token}"})
            if answer.status_code >= 500:
                found.append(f"{label}: {answer.status_code} {str(case.body)[:200]}")

        draw()
    assert operations > 0
    return found


def test_nothing_the_description_allows_makes_the_server_fail(shops: TwoStores) -> None:
    token = shops.app.test_client().post("/api/v1/session", json=shops.body("session", "admin", "A")).json["token"]
    assert failures_of_drawn(shops.app, token) == []


def test_an_endpoint_in_a_hurry_is_found_by_drawing(planted: Flask) -> None:
    @planted.get("/api/openapi.json")
    def described() -> dict[str, object]:
        body = {"content": {"application/json": {"schema": {"type": "object"}}}}
        post = {"requestBody": body, "responses": {"200": {"description": "ok"}}}
        return {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/api/v1/planted": {"post": post}}}

    assert failures_of_drawn(planted, "t")


def test_a_body_that_is_too_large_is_said_to_be(sender: bad.Sender) -> None:
    assert sender.send("POST", "/api/v1/sync", b" " * (MAX_REQUEST_BYTES + 1)) == 413
