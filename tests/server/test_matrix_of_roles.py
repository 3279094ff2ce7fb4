"""Every ready role at every endpoint, at its own and another part's things, before, during and after a posting.

The seven columns of matrix_cells.py are written by hand. What the other roles meet follows from the declarations: whoever lacks
the right an endpoint names is refused; whoever has it meets what a store's manager meets over a unit, and an auditor
everywhere. Where a handler judges further, the cell is written here with its reason.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.org import AddUnit, ChangeUnit
from contract.people import GrantRole, Hire, OpenAccount
from server.kernel import http
from server.kernel.actors import OWN, READY, Permission
from server.org.model import COMPANY_ID
from tests.server import test_matrix
from tests.server.matrix_cells import CELLS, COLUMNS
from tests.server.test_matrix import met
from tests.server.two_stores import ROLES, TwoStores
from tests.server.world import PASSWORD
from tests.support.planted import instead

OVER_A_UNIT = ("department_head", "region_manager")
EVERYWHERE = ("qa", "leader")
# (endpoint, role): the cell, and why it is not what follows from the declarations by themselves
EXCEPTIONS: dict[tuple[str, str], tuple[str, str]] = {
    **{
        ("POST /api/v1/accounts/passwords", role): ("0", "it is somebody else's account")
        for role in (*OVER_A_UNIT, *EVERYWHERE)
    },
    **{("POST /api/v1/delegations/ended", role): ("0", "only the two whom it concerns know of it") for role in OVER_A_UNIT},
    **{("POST /api/v1/arrivals/ticks", role): ("0", "a host's line is ticked by the host") for role in OVER_A_UNIT},
    ("GET /api/v1/invoices/files", "qa"): ("n", "quality exports what it reads, and reads no weeks"),
}
# the same, of what they may look at
OF_THEIR_PART: dict[tuple[str, str], tuple[str, str]] = {
    **{
        ("POST /api/v1/statements/confirmations", role): ("n", "what is asked here speaks for HQ, and they are not")
        for role in OVER_A_UNIT
    },
    ("POST /api/v1/market/absences", "department_head"): ("0", "who plans nobody's shifts reports nobody else away"),
    ("POST /api/v1/statements/disputes", "department_head"): ("n", "the store's side is for who decides on its punches"),
}


class MoreRoles(TwoStores):
    """The two stores and an account for each further role; a region above store A; somebody soon at A, somebody gone from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        company, day = self.company, self.company.today()
        region = new_id()
        company.must(AddUnit(unit_id=region, kind="region", name="华东", parent_id=COMPANY_ID, from_day="2020-01-01"))
        company.must(ChangeUnit(unit_id=company.stores["A"], from_day=day.isoformat(), parent_id=region))
        over = {"department_head": company.stores["A"], "region_manager": region, "qa": None, "leader": None}
        for role, unit in over.items():
            account, person = new_id(), self._hire(f"持{role}")
            company.must(OpenAccount(account_id=account, person_id=company.people[person], login=role, password=PASSWORD))
            company.must(GrantRole(grant_id=new_id(), account_id=account, role=role, unit_id=unit))
        for when, days in {"soon": (20, 40), "gone": (-40, -20)}.items():
            name = self._hire(f"{when} there")
            posting = company.post(name, "A", day + timedelta(days=days[0]), day + timedelta(days=days[1]))
            self.things[when] = {**self.things["A"], "person_id": company.people[name], "posting_id": posting}

    def _hire(self, name: str) -> str:
        person = self.company.people[name] = new_id()
        self.company.must(Hire(person_id=person, number=f"M{len(self.company.people)}", name=name, home_org="HQ Kitchen"))
        return name


@pytest.fixture(scope="module")
def shops() -> Iterator[MoreRoles]:
    folder = Path(tempfile.mkdtemp(prefix="outpost-roles-", dir="/dev/shm" if Path("/dev/shm").exists() else None))
    made = MoreRoles(folder)
    yield made
    made.company.close()
    shutil.rmtree(folder, ignore_errors=True)


def declared(endpoint: str, role: str, part: str) -> str:
    """What this role meets, out of the declarations."""
    if (endpoint, role) in EXCEPTIONS:
        return EXCEPTIONS[endpoint, role][0]
    if (endpoint, role) in OF_THEIR_PART and part != "B":
        return OF_THEIR_PART[endpoint, role][0]
    method, _, rule = endpoint.partition(" ")
    needs = http.ENDPOINTS[method, rule].needs
    if not isinstance(needs, Permission):
        return CELLS[endpoint][COLUMNS.index("employee" if needs == "signed_in" else "manager")]
    if needs not in READY.permissions[role]:
        return "n"
    column = like(role, part, needs, rule)
    assert needs in READY.permissions[{"manager": "store_manager", "manager_elsewhere": "store_manager"}.get(column, column)]
    return CELLS[endpoint][COLUMNS.index(column)]


def like(role: str, part: str, needs: Permission, rule: str) -> str:
    """The written column whose holder stands to things as this role does."""
    if role in OVER_A_UNIT:
        return "manager" if part != "B" else "manager_elsewhere"
    own_only = (
        *("/requests", "/statements", "/api/v1/learning", "/certificates", "/cycles"),
        *("/scoring/reports", "/scores/reports", "/scores/cards"),
    )
    if needs in OWN and role == "qa" and any(part in rule for part in own_only):
        return "employee"  # quality reads no requests of others, and no weeks
    return "auditor" if needs in READY.permissions["auditor"] else "admin"


def asked(shops: MoreRoles, endpoint: str, login: str, part: str) -> Any:
    """The answer to the endpoint's request about a part's things, by whoever has this login."""
    with instead(test_matrix, "ROLES", {**ROLES, **{role: role for role in (*OVER_A_UNIT, *EVERYWHERE)}}):
        with instead(shops, "of", lambda _store: shops.things[part]):
            return test_matrix.asked(shops, endpoint, login)


def wrong(shops: MoreRoles, role: str, part: str, endpoints: list[str]) -> list[str]:
    """Endpoints where the role meets something else than is declared."""
    found = []
    for endpoint in endpoints:
        want = declared(endpoint, role, part)
        got = met(asked(shops, endpoint, role, part), shops)
        if got != want and not (want == "+" and got == "l"):
            found.append(f"{endpoint}: {got}, declared {want}")
    return found


@pytest.mark.parametrize("part", ["A", "B"])
@pytest.mark.parametrize("role", [*OVER_A_UNIT, *EVERYWHERE])
def test_each_role_meets_at_every_endpoint_what_follows_from_the_declarations(shops: MoreRoles, role: str, part: str) -> None:
    found = wrong(shops, role, part, sorted(CELLS))
    assert not found, "\n".join(found)


ABOUT_SOMEBODY = sorted(
    endpoint for endpoint in CELLS if endpoint.startswith("GET ") and re.search("<(person_id|posting_id)>", endpoint)
)
# a posting that was over when it was written down was never announced: it has no card
NO_CARD = {"GET /console/postings/<posting_id>", "GET /api/v1/arrivals/<posting_id>"}


@pytest.mark.parametrize("part", ["soon", "gone"])
@pytest.mark.parametrize("role", ["manager", *OVER_A_UNIT, *EVERYWHERE])
def test_before_and_after_the_posting_the_record_is_there_and_the_fields_tell_how_much(
    shops: MoreRoles, role: str, part: str
) -> None:
    endpoints = [endpoint for endpoint in ABOUT_SOMEBODY if part != "gone" or endpoint not in NO_CARD]
    assert len(endpoints) >= 4
    if role == "manager":
        cells = {endpoint: CELLS[endpoint][COLUMNS.index("manager")] for endpoint in endpoints}
        found = {endpoint: met(asked(shops, endpoint, role, part), shops) for endpoint in endpoints}
        assert {endpoint: "+" if cell == "l" else cell for endpoint, cell in found.items()} == cells
    else:
        assert wrong(shops, role, part, endpoints) == []


def test_a_role_that_may_less_than_is_declared_is_found(shops: MoreRoles) -> None:
    """The control: quality is declared to manage accounts, and the server does not know of it."""
    endpoint = "GET /api/v1/accounts"
    assert wrong(shops, "qa", "A", [endpoint]) == []
    more = {**READY.permissions, "qa": READY.permissions["qa"] | {Permission.MANAGE_ACCOUNTS}}
    with instead(sys.modules[__name__], "READY", replace(READY, permissions=more)):
        assert wrong(shops, "qa", "A", [endpoint]) == [f"{endpoint}: n, declared +"]
