"""A company made once; `shops` for looking, `own_shops` with a database of its own for tests that change things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.app import create_app
from tests.support.company import Company
from tests.web.company_of_shops import Shops, working_day
from tests.web.visitor import Visitor


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/web/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("shops"))


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    found = working_day(tmp_path_factory.mktemp("shops"))
    yield found
    found.company.close()


@pytest.fixture
def own_shops(shops: Shops, tmp_path: Path) -> Iterator[Shops]:
    """The same company in a database of this test's own; the devices stay where they were."""
    shops.company.backup(tmp_path / "server.db")
    company = Company(tmp_path, None, shops.company.true_ms, dict(shops.company.people), dict(shops.company.stores))
    app = create_app(company.settings, db=company.db, clock=company.now)
    yield Shops(company, app, shops.kiosks, shops.phones, dict(shops.accounts))
    company.close()


@pytest.fixture
def visitor(shops: Shops) -> Callable[[str], Visitor]:
    """`visitor("hr")` is signed in and reads English; nothing they do may change the company."""

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
