"""Statements for a learning record store: every learning event, each once, after the commit, with the store away or deaf."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.learning import ConfirmReading, RecordCard, RecordReview
from contract.quizzes import Answer, Choice, Question, Quiz, Solution
from server.kernel.jobs import Job, run_due
from server.learning import xapi_sending
from server.learning.xapi import VERBS, Told, response_of
from tests.server.courses_of import RIGHT, WRONG, Academy, body, choice_question, quiz
from tests.support.planted import instead

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Store:
    """A learning record store as the specification has it: a statement it has is not taken twice. It fails as often as told."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.fails = 0
        store = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                store.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                status = store.takes(said)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_said: Any) -> None:
                """A test's store says nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server.server_port}/xapi"
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def takes(self, statements: list[dict[str, Any]]) -> int:
        if self.fails:
            self.fails -= 1
            return 503
        if any(one["id"] in self.taken for one in statements):
            return 409
        self.taken |= {one["id"]: one for one in statements}
        return 200

    def verbs(self) -> list[str]:
        return [one["verb"]["display"]["en"] for one in self.taken.values()]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Academy, Store]]:
    store = Store()
    options = {"lrs_url": store.url, "lrs_key": "key", "lrs_secret": "secret", "lrs_home": "https://hr.example"}
    made = Academy(tmp_path_factory.mktemp("xapi"), **options)
    xapi_sending.connect(made.world.db, made.world.settings)
    yield made, store
    made.world.close()
    store.server.shutdown()
    store.server.server_close()


@pytest.fixture
def store(told: tuple[Academy, Store]) -> Store:
    """The store, with nothing in it."""
    _, found = told
    found.taken, found.asked, found.fails = {}, [], 0
    return found


@pytest.fixture
def academy(told: tuple[Academy, Store]) -> Academy:
    return told[0]


def _work(academy: Academy) -> int:
    world = academy.world
    return run_due(SimpleNamespace(db=world.db, clock=world.clock, settings=world.settings))


def _waiting(academy: Academy) -> list[Job]:
    found: list[Job] = academy.world.rows(sa.select(Job).where(Job.failed_at.is_(None)))
    return found


def _wrong(statement: dict[str, Any]) -> list[str]:
    """What the specification forbids of a statement of ours (xAPI-Data.md 2.4)."""
    wrong = [] if UUID.fullmatch(statement["id"]) else ["id"]
    wrong += [name for name in statement if name not in ("id", "actor", "verb", "object", "result", "context", "timestamp")]
    account = statement["actor"].get("account", {})
    if not urlsplit(account.get("homePage", "")).scheme or not account.get("name") or "mbox" in statement["actor"]:
        wrong.append("actor")
    if statement["verb"]["id"] not in {address for _, address in VERBS.values()}:
        wrong.append("verb")
    if not urlsplit(statement["object"]["id"]).scheme or not urlsplit(statement["object"]["definition"]["type"]).scheme:
        wrong.append("object")
    result = statement.get("result", {})
    if (
        not re.fullmatch(r"PT\d+\.\d\dS", result.get("duration", "PT0.00S"))
        or not -1 <= result.get("score", {}).get("scaled", 0) <= 1
    ):
        wrong.append("result")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", statement["timestamp"]):
        wrong.append("timestamp")
    return wrong + [name for one in _values(statement) for name, value in one.items() if value is None or value in ("", {})]


def _values(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _values(one)


def test_every_learning_event_becomes_a_statement_that_the_specification_allows(academy: Academy, store: Store) -> None:
    course = academy.publish(body(2, quiz=quiz(1)))
    script = academy.publish(body(1, kind="script"))
    academy.read("an", course, "k1", event="opened")
    academy.world.clock.pass_(seconds=5)
    academy.read("an", course, "k1", "k2")
    academy.attempt("an", course, WRONG)
    academy.attempt("an", course, RIGHT)
    confirm = ConfirmReading(confirm_id=new_id(), course_id=script.course_id, version_id=script.version_id)
    academy.world.must(confirm, academy.as_("an"))
    review = RecordReview(
        review_id=new_id(), course_id=course.course_id, version_id=course.version_id, question="q1", answer=RIGHT[0], rating=3
    )
    academy.world.must(review, academy.as_("an"))
    assert store.taken == {}
    _work(academy)
    assert sorted(store.verbs()) == sorted([
        "initialized", "experienced", "progressed", "progressed", "answered", "failed", "answered", "passed", "completed",
        "experienced", "completed", "answered",
    ])  # fmt: skip
    assert {one["id"]: _wrong(one) for one in store.taken.values() if _wrong(one)} == {}
    whole = [one["result"] for one in store.taken.values() if one["verb"]["display"]["en"] == "progressed"]
    assert [(one["completion"], *one["extensions"].values()) for one in whole] == [(False, 50), (True, 100)]
    assert {one["actor"]["account"]["homePage"] for one in store.taken.values()} == {"https://hr.example"}
    assert "安宁" not in json.dumps(list(store.taken.values()), ensure_ascii=False)
    path, headers = store.asked[0]
    assert (path, headers["x-experience-api-version"]) == ("/xapi/statements", "1.0.3")
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"key:secret"


def test_a_store_that_fails_five_times_gets_each_statement_once_on_the_sixth(academy: Academy, store: Store) -> None:
    course = academy.publish(body(1))
    store.fails = 5
    academy.read("an", course, "k1", event="opened")
    tries = []
    for _ in range(8):
        tries.append(_work(academy))
        academy.world.clock.pass_(hours=1)
    assert len(store.asked) == 6 and sum(tries) == 6
    assert sorted(store.verbs()) == ["experienced", "initialized"]
    assert _waiting(academy) == []


def test_what_a_store_has_already_is_not_sent_for_ever(academy: Academy, store: Store) -> None:
    course = academy.publish(body(1))
    academy.read("an", course, "k1", event="opened")
    [job] = _waiting(academy)
    server: Any = SimpleNamespace(db=academy.world.db, settings=academy.world.settings)
    xapi_sending.send_statements(server, job.facts)
    before = dict(store.taken)
    _work(academy)
    assert store.taken == before and len(store.asked) == 2
    assert _waiting(academy) == []


def test_a_store_that_never_answers_leaves_a_dead_letter_that_people_see(academy: Academy, store: Store) -> None:
    course = academy.publish(body(1))
    store.fails = 1_000
    academy.read("an", course, "k1", event="opened")
    for _ in range(25):
        _work(academy)
        academy.world.clock.pass_(hours=2)
    [job] = academy.world.rows(sa.select(Job))
    assert job.failed_at is not None and "503" in job.last_error and job.facts["kind"] == "card"


def test_nothing_is_written_where_no_store_is_set_and_nothing_of_what_is_refused(academy: Academy, tmp_path: Any) -> None:
    course = academy.publish(body(1))
    unknown = RecordCard(event_id=new_id(), course_id=course.course_id, version_id=new_id(), card="k1", event="opened")
    assert academy.world.refusal(unknown, academy.as_("an")) == "learning.version_unknown"
    quiet = Academy(tmp_path)
    xapi_sending.connect(quiet.world.db, quiet.world.settings)
    quiet.read("an", quiet.publish(body(1)), "k1")
    assert _waiting(academy) == [] == _waiting(quiet)
    quiet.world.close()


def test_a_sender_that_tells_before_the_commit_is_found(academy: Academy, store: Store) -> None:
    def at_once(work: Any, kind: str, *, key: str, facts: dict[str, Any]) -> None:
        store.takes([{"id": key}])

    course = academy.publish(body(1))
    with instead(xapi_sending, "ask_for", at_once), pytest.raises(AssertionError):
        academy.read("an", course, "k1", event="opened")
        assert store.taken == {}


def test_a_name_is_told_only_where_it_is_set_and_the_key_of_an_exam_never(academy: Academy) -> None:
    asked = choice_question("q1")
    said = body(1, quiz=Quiz(questions=[asked], kept_by="server"))
    named = Told("https://hr.example/", "E1", "安宁", "C-1", new_id(), said, new_id(), academy.world.clock())
    told = json.dumps(named.statement("answered", named.question(asked)), ensure_ascii=False)
    assert "安宁" in told and "correctResponsesPattern" not in told and "solution" not in told
    assert named.card("gone")["id"] == "https://hr.example/courses/C-1/cards/gone"


def test_answers_are_written_as_the_specification_has_them() -> None:
    two = [Choice(key="a"), Choice(key="b")]
    match = Question(key="m", kind="match", choices=two, others=two, solution=Solution(pairs={"a": "b", "b": "a"}))
    order = Question(key="o", kind="order", choices=two)
    number = Question(key="n", kind="number")
    assert response_of(match, Answer(question="m", pairs={"b": "a", "a": "b"})) == "a[.]b[,]b[.]a"
    assert response_of(order, Answer(question="o", chosen=["b", "a"])) == "b[,]a"
    assert response_of(number, Answer(question="n", text="3.5")) == "3.5"
