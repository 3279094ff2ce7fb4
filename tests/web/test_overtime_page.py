"""Overtime at the console: what was not granted with its one action, what was granted with its withdrawal, the rule switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.shifts import Allowance, WorkRules
from server.timesheets.overtime_model import OvertimeGrant
from server.web import overtime, requests
from server.web.rule_fields import changes, shown, typed
from tests.server.hours_world import HoursWorld
from tests.server.test_overtime import DAY, _set_up, granted, rules, stays
from tests.server.world import PASSWORD, World
from tests.support.planted import instead
from tests.web.visitor import Visitor


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HoursWorld]:
    """Li stayed 80 minutes, 60 of which were granted in lieu; Wang stayed an hour that nobody granted."""
    made = _set_up(World.on_sqlite(Path(tmp_path_factory.mktemp("overtime"))))
    rules(made, overtime_needs_request=True, allowances=[Allowance(kind="meal", after_min=480, amount=1_500)])
    stays(made)
    stays(made, left="19:00", name="王芳")
    granted(made, compensation="lieu")
    yield made
    made.world.close()


@pytest.fixture
def hq(late: HoursWorld) -> Visitor:
    visitor = Visitor(late.world.app)
    visitor.sign_in("chen", PASSWORD)
    return visitor.speak("zh")


def test_overtime_that_was_not_granted_is_listed_and_asked_for_in_one_step(late: HoursWorld, hq: Visitor) -> None:
    page = hq.get("/console/overtime?month=2026-11&lang=en").get_data(as_text=True)
    assert "1:20" in page and "0:20" in page  # 80 worked beyond, 60 granted, 20 not
    link = f"form.day={DAY}&amp;form.minutes=20"
    assert link in page and f"form.day={DAY}&amp;form.minutes=60" in page
    form = hq.get(f"/console/requests/new?kind=overtime&form.day={DAY}&form.minutes=20").get_data(as_text=True)
    assert f'value="{DAY}"' in form and 'value="20"' in form
    day = hq.get(f"/console/timesheets/{late.id('李伟')}/{DAY}").get_data(as_text=True)
    assert link in day
    assert all(words in day for words in ("批准 60 分钟，调休", "20 分钟未批准", "15.00 CNY"))
    with instead(overtime, "_left", lambda *args: []):
        assert link not in hq.get("/console/overtime?month=2026-11").get_data(as_text=True)


def test_the_list_is_narrowed_and_goes_out_as_a_file(hq: Visitor) -> None:
    assert "form.minutes=60" not in hq.get("/console/overtime?month=2026-11&q=李").get_data(as_text=True)
    assert "form.minutes" not in hq.get("/console/overtime?month=2026-10").get_data(as_text=True)
    file = hq.get("/console/overtime?month=2026-11&format=csv").get_data(as_text=True)
    assert f"{DAY},80,60,20" in file


def test_a_grant_is_withdrawn_with_its_reason_and_stays_to_be_seen(late: HoursWorld, hq: Visitor) -> None:
    [grant] = late.world.rows(sa.select(OvertimeGrant))
    assert hq.post(f"/console/overtime/{grant.id}/withdraw", reason="").status_code == 422
    done = hq.post(f"/console/overtime/{grant.id}/withdraw", reason="批错了人")
    assert done.status_code == 303
    assert "批错了人" in hq.get("/console/overtime?month=2026-11").get_data(as_text=True)


def test_the_rule_editor_writes_the_switch_and_allowances_as_they_are_shown() -> None:
    body = WorkRules(
        overtime_needs_request=True, allowance_currency="EUR",
        allowances=[Allowance(kind="night_shift", after_min=60, amount=2_050), Allowance(kind="travel", after_min=1)],
    )  # fmt: skip
    values = shown(body)
    assert (values["night_shift_amount"], values["travel_after_min"], values["overtime_needs_request"]) == ("20.50", "1", "on")
    made = typed(values)
    assert made["allowances"] == [
        {"kind": "night_shift", "after_min": 60, "amount": 2_050}, {"kind": "travel", "after_min": 1}
    ]  # fmt: skip
    said = {change.name: (change.before, change.after) for change in changes(WorkRules(), body)}
    assert said["night_shift_amount"] == ("", "20.50") and said["overtime_needs_request"] == ("", "on")


def test_the_simulation_on_the_page_tells_what_the_switch_costs(late: HoursWorld, hq: Visitor) -> None:
    given = {**shown(WorkRules()), "code": "standard", "sim_from": DAY, "sim_to": DAY}
    page = hq.post("/console/rules/simulate", **given).get_data(as_text=True)
    # without the switch Li's 80 and Wang's 60 minutes count
    assert "的加班增加" in page and "1:20" in page


def test_what_a_request_granted_is_withdrawn_at_the_request_and_stays_to_be_read(late: HoursWorld, hq: Visitor) -> None:
    request_id = granted(late, minutes=15)
    [grant] = late.world.rows(sa.select(OvertimeGrant).where(OvertimeGrant.request_id == request_id))
    where, act = f"/console/requests/{request_id}", f"/console/overtime/{grant.id}/withdraw"
    assert act in hq.get(where).get_data(as_text=True)
    with instead(requests, "grant_of", lambda *_: None):  # the control: a page that does not look
        assert act not in hq.get(where).get_data(as_text=True)
    answer = hq.post(act, reason="盘点取消", request_id=request_id)
    assert answer.status_code == 303 and answer.headers["Location"].split("?")[0].endswith(where)
    page = hq.get(where).get_data(as_text=True)
    assert act not in page and "盘点取消" in page and "不再计入" not in page
    late.round()
    row = late.day("李伟", DAY)
    assert row is not None and row.granted_min == sum(
        one.minutes for one in late.world.rows(sa.select(OvertimeGrant)) if one.withdrawn_at is None
    )
