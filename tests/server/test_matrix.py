"""Every endpoint, for every role, at its own and at another store's things: a declared cell, and this test of it."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from server.app import create_app
from server.kernel import http
from server.kernel.actors import Actor
from server.kernel.perform import reading
from tests.server import (
    announcements_in_matrix,
    courses_in_matrix,
    cycles_in_matrix,
    feedback_in_matrix,
    growth_in_matrix,
    reports_in_matrix,
    rosters_of,
    score_quality_in_matrix,
    training_in_matrix,
)
from tests.server.matrix_cells import CELLS, COLUMNS
from tests.server.two_stores import ROLES, TwoStores
from tests.server.world import PASSWORD, Client
from tests.support.planted import instead
from tests.web.visitor import Visitor

# lists that are empty until something is typed, or until a punch waits for a decision
NOTHING_TO_SHOW = {f"GET /console/{page}" for page in ("review", "find/people", "find/stores", "find/units")}
# files of hours hold names and no ids: tests/server/test_exports.py and test_invoices.py look
NOTHING_TO_SHOW |= {"GET /api/v1/days/exports", "GET /api/v1/invoices/files", "GET /api/v1/rosters/terms"}
# nothing is assigned in these two stores, and courses are for everybody: test_training_assigned.py and test_courses.py look
NOTHING_TO_SHOW |= {"GET /api/v1/training/assignments", "GET /console/courses"}
# titles and counts without ids, and nothing is said in these two stores: test_announcements.py and test_voice.py look
NOTHING_TO_SHOW |= {"GET /console/announcements", "GET /api/v1/voices", "GET /api/v1/voices/report", "GET /console/voices"}
NOTHING_TO_SHOW |= {"GET /console/tickets/counts", "GET /console/tickets/breaches"}  # figures: test_ticket_pages.py looks
# a cycle's board and its parts name the cycle's people, who are none of these two stores': test_cycles.py looks
NOTHING_TO_SHOW |= {"GET /api/v1/scoring/cycles/parts", "GET /api/v1/scoring/cycles/board", "GET /console/cycles/<cycle_id>"}
# what everybody is measured by: no list of it is another store's
NOTHING_TO_SHOW |= {f"GET {where}/{what}" for where in ("/api/v1/scoring", "/console/scores") for what in ("metrics", "schemes")}
ENDS_A_SESSION = {"DELETE /api/v1/session", "POST /console/sign-out", "POST /console/sign-in", "POST /api/v1/accounts/passwords"}
WIRES = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module")
def shops() -> Iterator[TwoStores]:
    folder = Path(tempfile.mkdtemp(prefix="outpost-matrix-", dir="/dev/shm" if Path("/dev/shm").exists() else None))
    made = TwoStores(folder)
    yield made
    made.company.close()
    shutil.rmtree(folder, ignore_errors=True)


def undeclared(app: Flask, cells: dict[str, str]) -> list[str]:
    """What can be asked of this app and has no row in the matrix, or is not declared to the kernel."""
    found = []
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ()) & set(WIRES)
        if not methods:
            methods = set(rule.methods or ()) & {"HEAD"}
        for method in methods:
            if f"{method} {rule}" not in cells or (method, str(rule)) not in http.ENDPOINTS:
                found.append(f"{method} {rule}")
    return sorted(found)


def test_every_endpoint_has_its_row(shops: TwoStores) -> None:
    assert undeclared(shops.app, CELLS) == []
    declared = {f"{method} {rule}" for method, rule in http.ENDPOINTS}
    assert sorted(CELLS.keys() - declared) == [], "rows of endpoints that are not there"
    assert all(len(row) == len(COLUMNS) and set(row) <= set("+sln0") for row in CELLS.values())


def test_an_endpoint_that_nobody_declared_is_found(shops: TwoStores) -> None:
    """The control: a view that somebody added in a hurry."""
    app = create_app(shops.company.settings, db=shops.company.db)
    app.add_url_rule("/api/v1/everything", "everything", lambda: "all of it", methods=["GET"])
    assert undeclared(app, CELLS) == ["GET /api/v1/everything"]


def _visitor(shops: TwoStores, login: str) -> Visitor:
    known = shops.signed_in.get(f"console {login}")
    if known is None:
        known = shops.signed_in[f"console {login}"] = Visitor(shops.app)
        known.sign_in(login, PASSWORD) if login in ROLES else known.get("/console/sign-in")
    return known


def _client(shops: TwoStores, login: str) -> Client:
    known = shops.signed_in.get(f"api {login}")
    if known is None:
        known = shops.signed_in[f"api {login}"] = Client(shops.app.test_client())
        if login in ROLES:
            known.sign_in(login)
    return known


def asked(shops: TwoStores, endpoint: str, column: str) -> Any:
    """The answer to the endpoint's request, by this column's person, about this column's store."""
    if endpoint in ENDS_A_SESSION:
        shops.signed_in.clear()
    try:
        return _asked(shops, endpoint, column)
    finally:
        if endpoint in ENDS_A_SESSION:
            shops.signed_in.clear()


def _asked(shops: TwoStores, endpoint: str, column: str) -> Any:
    method, _, rule = endpoint.partition(" ")
    login, store = ("manager", "B") if column == "manager_elsewhere" else (column, "A")
    things = shops.of(store)
    account, grant = shops.account("spare")
    known = {**things, "account_id": account, "grant_id": grant, "sha256": "0" * 64, "run_id": things["punch_id"],
             "kind": "card", "item_id": things["punch_id"], "delegation_id": things["punch_id"],
             "matter_id": things["punch_id"], "document_id": things["punch_id"],
             "erasure_id": things["punch_id"], "anything": "nowhere", "filename": "nowhere.css",
             "unit_id": things["store_id"], "role": "qa", "change_id": things["punch_id"],
             "shift_id": things["open_shift_id"]}  # fmt: skip
    path = re.sub(r"<(?:path:)?(\w+)>", lambda found: known.get(found[1], things["punch_id"]), rule)
    if rule.startswith("/console"):
        visitor = _visitor(shops, login)
        return visitor.get(path) if method == "GET" else visitor.post(path)
    client = _client(shops, login)
    if rule.endswith("/places"):
        path += "?q=Shanghai"
    if rule.endswith("/leave/balances") and login != "employee":
        path += f"?person_id={things['person_id']}"
    if rule.startswith(("/api/v1/invoices", "/api/v1/days", "/api/v1/overtime")) or rule.endswith("/shifts/duties"):
        path += f"?from_day={shops.company.today() - timedelta(days=1)}&to_day={shops.company.today()}"
    if rule == "/api/v1/requests" and method == "GET":
        path += "?limit=200"  # what this very file hands in must not push the others off the page
    if rule == "/api/v1/market":
        path += f"?from_day={shops.company.today()}&to_day={shops.company.today()}"
    if rule == "/api/v1/market/candidates":
        path += f"?shift_id={things['open_shift_id']}"
    if rule == "/api/v1/rosters/comparison":
        path += f"?left={things['proposal_id']}"
    if rule.startswith("/api/v1/rosters/") and method == "GET":
        path += rosters_of.query(rule, things, shops.company.today())
    if rule.startswith("/api/v1/growth/") and method == "GET":
        path += growth_in_matrix.query(rule, things)
    if rule.startswith(("/api/v1/courses", "/api/v1/learning")) and method == "GET":
        path += courses_in_matrix.query(rule, things)
    if rule.startswith("/api/v1/training/") and method == "GET":
        path += training_in_matrix.query(rule, things)
    if rule.startswith("/api/v1/scoring/cycles") and method == "GET":
        path += cycles_in_matrix.query(rule, things)
    if rule.startswith("/api/v1/scoring/reports") and method == "GET":
        path += reports_in_matrix.query(rule, things)
    if rule.startswith("/api/v1/scoring/quality") and method == "GET":
        path += score_quality_in_matrix.query(rule)
    if method == "GET":
        path += announcements_in_matrix.query(rule, things) + feedback_in_matrix.query(rule, things)
    if rule.endswith("/months/check"):
        path += "?month=2024-02"
    if rule.endswith(("/imports/stores", "/imports/rosters")):
        file: dict[str, Any] = {"file": (io.BytesIO(b"number,name\n1,n\n"), "stores.csv")}
        file |= {"store_id": things["store_id"]} if rule.endswith("/rosters") else {}
        headers = {"Authorization": f"Bearer {client.token}"} if client.token else {}
        return client.flask.post(path, data=file, headers=headers, content_type="multipart/form-data")
    if method == "POST":
        return client.post(path, shops.body(rule.removeprefix("/api/v1/"), login, store))
    return client.flask.open(path, method=method, headers={"Authorization": f"Bearer {client.token}"} if client.token else {})


def met(answer: Any, shops: TwoStores) -> str:
    """Which cell an answer amounts to."""
    status, where = answer.status_code, answer.headers.get("Location", "")
    if status == 401 or (status == 303 and "/console/sign-in" in where):
        return "s"
    if status in (403, 404):
        return "n" if status == 403 else "0"
    assert status < 500, f"{status}: {answer.get_data(as_text=True)[:300]}"
    other = shops.of("B")
    text = answer.get_data().decode(errors="replace")  # a ZIP too may be an answer
    named = any(other[thing] in text for thing in ("person_id", "store_id", "punch_id", "device_id", "posting_id"))
    return "+" if named or status != 200 else "l"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("endpoint", sorted(CELLS))
def test_what_a_role_meets_is_what_its_cell_says(shops: TwoStores, endpoint: str, column: str) -> None:
    want = CELLS[endpoint][COLUMNS.index(column)]
    found = met(asked(shops, endpoint, column), shops)
    assert found == want or (want == "+" and found == "l"), f"{endpoint} for {column}: {found}, declared {want}"


def test_what_is_shown_of_everything_does_name_the_other_store(shops: TwoStores) -> None:
    """So that "without anything of other stores" above is said of lists that could have held it."""
    lists = [endpoint for endpoint, row in CELLS.items() if row[COLUMNS.index("manager_elsewhere")] == "l"]
    silent = [endpoint for endpoint in lists if met(asked(shops, endpoint, "admin"), shops) != "+"]
    assert lists and set(silent) <= NOTHING_TO_SHOW, silent


def test_a_read_that_forgets_whose_it_is_is_found(shops: TwoStores) -> None:
    """The control: one function that opens the session for everybody."""
    endpoint = "GET /api/v1/people/<person_id>"
    assert met(asked(shops, endpoint, "manager_elsewhere"), shops) == "0"
    with instead(http, "reading", lambda db, _who: reading(db, Actor.system())):
        assert met(asked(shops, endpoint, "manager_elsewhere"), shops) == "+"
