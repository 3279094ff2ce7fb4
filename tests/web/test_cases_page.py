"""Cases at the console: the list with its sentence, one case with its punches, closing it; and the extra proof of a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from server.attendance.case_model import CaseFile, ExtraRule
from server.kernel.jobs import Job
from tests.server.test_cases import device
from tests.server.world import PASSWORD, World
from tests.web.cases_of_shops import found_pair
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.on_sqlite(Path(tmp_path_factory.mktemp("cases")))
    made.open_store("豫园店")
    made.open_store("前门店")
    for name in ("=李伟", "林静", "马经理", "陆经理"):
        made.post(made.hire(name), made.stores["豫园店"])
    for login, name, store in (("ma", "马经理", "豫园店"), ("lu", "陆经理", "前门店"), ("lin", "林静", "豫园店")):
        made.account(made.people[name], login, "store_manager", made.stores[store])
    made.clock.now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    company = SimpleNamespace(db=made.db, now=made.clock)
    people = (made.people["=李伟"], made.people["林静"])
    found_pair(company, people, made.stores["豫园店"], device(made, "tablet", kiosk="豫园店"))
    yield made
    made.close()


def visitor(world: World, login: str) -> Visitor:
    made = Visitor(world.app)
    made.sign_in(login, PASSWORD)
    return made


def case_id(world: World) -> str:
    return str(world.rows(sa.select(CaseFile.id))[0])


def test_the_list_says_what_was_found_and_the_file_calculates_nothing(world: World) -> None:
    page = visitor(world, "chen").get("/console/cases").get_data(as_text=True)
    assert "=李伟" in page and "林静" in page and ("within 20 seconds" in page or "20 秒" in page)
    csv = visitor(world, "chen").get("/console/cases?format=csv").get_data(as_text=True)
    assert "=李伟" in csv and "\n=李伟" not in csv and ",=李伟" not in csv
    assert "=李伟" not in visitor(world, "chen").get("/console/cases?kind=travel").get_data(as_text=True).split("<main")[-1]


def test_a_case_shows_its_punches_what_explains_it_and_its_map(world: World) -> None:
    page = visitor(world, "ma").get(f"/console/cases/{case_id(world)}").get_data(as_text=True)
    assert page.count("/console/punches/") >= 40 and "data-map" in page
    assert "What would explain it" in page or "可能的正常解释" in page


def test_another_store_s_manager_sees_neither_list_nor_case(world: World) -> None:
    assert "=李伟" not in visitor(world, "lu").get("/console/cases").get_data(as_text=True)
    assert visitor(world, "lu").get(f"/console/cases/{case_id(world)}").status_code == 404


def test_a_case_is_closed_with_a_reason_by_somebody_it_is_not_about(world: World) -> None:
    path = f"/console/cases/{case_id(world)}/close"
    closing = {"finding": "explained", "reason": "they share a flat"}
    own = visitor(world, "lin")
    assert 'name="finding"' not in own.get(f"/console/cases/{case_id(world)}").get_data(as_text=True)
    assert own.post(path, **closing).status_code == 403
    ma = visitor(world, "ma")
    assert ma.post(path, finding="guilty", reason="r").status_code == 422
    assert ma.post(path, finding="explained", reason="").status_code == 422
    assert ma.post(path, **closing).status_code == 303
    page = ma.get(f"/console/cases/{case_id(world)}").get_data(as_text=True)
    assert "they share a flat" in page and 'name="finding"' not in page


def test_looking_now_leaves_a_job(world: World) -> None:
    assert visitor(world, "ma").post("/console/cases/search", month="2026-11").status_code == 303
    assert [job.facts for job in world.rows(sa.select(Job).where(Job.kind == "find_cases_of"))] == [{"month": "2026-11"}]


def test_hq_sets_the_extra_proof_of_a_store_and_its_manager_reads_it(world: World) -> None:
    store = world.stores["豫园店"]
    hq = visitor(world, "chen")
    path = f"/console/stores/{store}/extra"
    assert hq.post(path, one_in="20", photo_days="7", reason="three weeks").status_code == 303
    [rule] = world.rows(sa.select(ExtraRule))
    assert (rule.store_id, rule.one_in, rule.photo_days) == (store, 20, 7)
    for wrong in ({"one_in": "1"}, {"one_in": "often"}, {"photo_days": "0"}, {"reason": ""}):
        answer = hq.post(path, **{"one_in": "20", "photo_days": "7", "reason": "r", **wrong})
        assert answer.status_code == 422 and 'role="alert"' in answer.get_data(as_text=True), wrong
    ma = visitor(world, "ma")
    page = ma.get(f"/console/stores/{store}").get_data(as_text=True)
    assert ("One punch in 20" in page or "每 20 次" in page) and path not in page
    assert ma.post(path, one_in="0", photo_days="7", reason="r").status_code == 403
