"""Trigger N-10 over the real server: another person, a code used before, a made-up place. Manager and HR hear of each once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from contract.attendance import ReviewPunch
from contract.corrections import FlagPunches
from contract.ids import new_id
from contract.org import ChangeUnit
from contract.sealing import Signer
from server.attendance import suspicions
from server.inbox import service as inbox
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from tests.journeys.conftest import MALL, found_company
from tests.journeys.stage import Stage
from tests.mobile.field import fix_at
from tests.support.planted import instead

TOLD = ("ma", "zhao")


@pytest.fixture
def watched(stage: Stage) -> dict[str, str]:
    """The shop with HR at a desk, and managers whom the company's tree names."""
    office = stage.office
    ids = found_company(office)
    ids["赵敏"] = office.hire("赵敏")
    office.account(ids["赵敏"], "zhao", "hr")
    since = (office.clock() - timedelta(days=1)).date().isoformat()
    for store, manager in (("A", "马经理"), ("B", "陆经理")):
        office.must(ChangeUnit(unit_id=ids[store], from_day=since, manager_id=ids[manager]))
    stage.open_doors()
    return ids


def three_cheats(stage: Stage, shop: dict[str, str]) -> dict[str, str]:
    """Punches by the reason for which somebody has to look; an honest one among them is not named."""
    phones = {name: stage.phone_of(shop[name]) for name in ("李伟", "王芳", "张强")}
    for phone in phones.values():
        phone.core.sync_once()
        phone.world.locator.now = fix_at(*MALL)
    made = {}
    phones["李伟"].world.locator.now = fix_at(*MALL, mock=True)  # a store without a tablet: no more than `ask` by its score
    made["evidence.mock_location"] = phones["李伟"].core.punch(kind="in").punch_id
    in_her_name = phones["王芳"].core.punch(kind="in", person_id=shop["林静"], store_id=shop["A"])
    made["evidence.device_of_another_person"] = in_her_name.punch_id
    for phone in phones.values():
        assert phone.core.sync_once().complete
    stage.pass_(minutes=70)
    tablet = stage.tablet_of(shop["A"])
    tablet.core.sync_once()
    code = tablet.core.store_code().qr
    phones["张强"].core.punch(kind="in", code=code)
    stage.pass_(seconds=12)
    made["evidence.code_reused"] = phones["张强"].core.punch(kind="out", code=code).punch_id
    assert phones["张强"].core.sync_once().complete
    return made


def at_once(stage: Stage, times: int) -> None:
    """The job as so many workers do it in the same moment."""
    signer = Signer(bytes(32))
    out = Outpost(stage.office.settings, stage.office.db, signer, lambda: None, stage.time)  # type: ignore[arg-type]
    workers = [threading.Thread(target=suspicions.flag_suspicious, args=(out, {})) for _ in range(times)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)


def told(stage: Stage, login: str) -> list[str]:
    """The punches an inbox asks somebody to decide on, read over HTTP."""
    items = stage.desk(login).get("/api/v1/inbox?limit=100")["items"]
    return sorted(item["about_id"] for item in items if item["trigger"] == "N-10")


def test_manager_and_hr_are_told_once_of_each_kind_of_suspicion_and_nobody_else(stage: Stage, watched: dict[str, str]) -> None:
    made = three_cheats(stage, watched)
    for _ in range(2):
        at_once(stage, 2)
    for login in TOLD:
        assert told(stage, login) == sorted(made.values()), login
    assert told(stage, "lu") == [], "another store's manager"
    reasons = {
        reason: {one["code"] for one in stage.desk("ma").get(f"/api/v1/punches/{punch_id}")["punch"]["reasons"]}
        for reason, punch_id in made.items()
    }
    assert all(reason in found for reason, found in reasons.items()), reasons
    status, page = stage.desk("ma").page("/console/inbox")
    assert status == 200 and page.count("请审核是否有效") == len(made), "with who, where, when and why, in words"
    decided = ReviewPunch(punch_id=made["evidence.mock_location"], decision="reject", reason="他不在店里")
    stage.desk("ma").do("/api/v1/punches/reviews", decided)
    left = sorted(set(made.values()) - {made["evidence.mock_location"]})
    assert [told(stage, login) for login in TOLD] == [left, left], "what is decided waits for nobody"
    at_once(stage, 2)
    assert [told(stage, login) for login in TOLD] == [left, left]


def test_a_job_that_tells_nobody_or_less_or_again_is_found(stage: Stage, watched: dict[str, str]) -> None:
    """The controls: no receivers; only what scores for review; items that have another name each time."""
    made = three_cheats(stage, watched)
    with instead(suspicions, "_receivers", lambda *_: []):
        at_once(stage, 1)
    assert told(stage, "ma") == []
    with instead(suspicions, "NAMED", ("evidence.nothing",)):
        at_once(stage, 1)
    assert told(stage, "ma") == [made["evidence.device_of_another_person"]]
    at_once(stage, 1)
    assert told(stage, "ma") == sorted(made.values())
    with instead(inbox, "item_id_of", lambda *_: new_id()):
        stage.office.must(FlagPunches(punches=sorted(made.values())), Actor.system())
    assert len(told(stage, "ma")) == 2 * len(made)
