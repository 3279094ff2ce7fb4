"""A company made once; `shops` for looking, `own_shops` with a database of its own for tests that change things."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.company import Company
from tests.support.lent_app import lent_app
from tests.web.company_of_shops import Shops, working_day
from tests.web.visitor import Visitor
from tools.shots_console import pages_of

UNSEEN = "unseen.db"


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    found = working_day(tmp_path_factory.mktemp("shops"))
    found.company.backup(found.company.folder / UNSEEN)
    yield found
    found.company.close()


def copied(shops: Shops, folder: Path) -> Shops:
    """As the company was made: looking leaves traces too (who looked at whom)."""
    shutil.copyfile(shops.company.folder / UNSEEN, folder / "server.db")
    company = Company(folder, None, shops.company.true_ms, dict(shops.company.people), dict(shops.company.stores))
    app = lent_app(company.settings, db=company.db, clock=company.now)
    return Shops(company, app, shops.kiosks, shops.phones, dict(shops.accounts))


@pytest.fixture(scope="session")
def dressed(shops: Shops, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """The same company with something to see on every page (cases, appeals, weeks), for those who look at all of them."""
    found = copied(shops, tmp_path_factory.mktemp("dressed"))
    pages_of(found)
    yield found
    found.company.close()


@pytest.fixture
def looker(dressed: Shops) -> Callable[[str], Visitor]:
    """`looker("hr")` is signed in there and reads English."""
    return _signed_in(dressed)


@pytest.fixture
def own_shops(shops: Shops, tmp_path: Path) -> Iterator[Shops]:
    """The same company in a database of this test's own; the devices stay where they were."""
    found = copied(shops, tmp_path)
    yield found
    found.company.close()


@pytest.fixture
def visitor(shops: Shops) -> Callable[[str], Visitor]:
    """`visitor("hr")` is signed in and reads English; nothing they do may change the company."""
    return _signed_in(shops)


def _signed_in(shops: Shops) -> Callable[[str], Visitor]:
    def signed_in(login: str) -> Visitor:
        found = Visitor(shops.app).speak("en")
        assert found.sign_in(login).status_code == 303
        return found

    return signed_in


@pytest.fixture
def admin(own_shops: Shops) -> Visitor:
    """The administrator of a company of this test's own, reading English."""
    found = Visitor(own_shops.app).speak("en")
    assert found.sign_in("admin").status_code == 303
    return found
