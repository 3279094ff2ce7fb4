"""A shop for the stories: four people posted to store A, one to store B, a manager of each and an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.journeys.stage import Stage
from tests.server.world import World

MALL = (31.2304, 121.4737)
LAKE = (30.25, 120.16)
PEOPLE_OF_A = ("李伟", "林静", "王芳", "张强")


def found_company(office: World) -> dict[str, str]:
    """Ids by name: stores A and B, people, their postings; logins chen (admin), ma (store A), lu (store B)."""
    since = (office.clock() - timedelta(days=20)).date().isoformat()
    ids = {
        "A": office.open_store("豫园店", "SH-1", lat=MALL[0], lng=MALL[1]),
        "B": office.open_store("西湖店", "HZ-1", lat=LAKE[0], lng=LAKE[1]),
    }
    for name in (*PEOPLE_OF_A, "吴敏"):
        ids[name] = office.hire(name)
        ids[f"posting of {name}"] = office.post(ids[name], ids["B" if name == "吴敏" else "A"], since)
    for login, name, store in (("ma", "马经理", "A"), ("lu", "陆经理", "B")):
        ids[name] = office.hire(name)
        office.account(ids[name], login, "store_manager", ids[store])
    return ids


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The company is founded when the story says so; then `open_doors`."""
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shop(stage: Stage) -> dict[str, str]:
    """The company with its server running."""
    ids = found_company(stage.office)
    stage.open_doors()
    return ids
