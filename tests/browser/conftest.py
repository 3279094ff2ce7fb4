"""One company, one server and one Chromium for all browser tests; every test brings its own browsing context."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.serving import browser, served
from tests.web.company_of_shops import NOON_MS, Shops, working_day

# What only looks at pages, however long a page takes. It shares the machine, on one worker with its one browser.
_TIMELESS = {"test_accessibility.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.journey)
            if item.path.name not in _TIMELESS:
                item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def noon() -> int:
    return NOON_MS


@pytest.fixture(scope="session")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    found = working_day(tmp_path_factory.mktemp("shops"))
    yield found
    found.company.close()


@pytest.fixture(scope="session")
def address(shops: Shops) -> Iterator[str]:
    with served(shops.app) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found
