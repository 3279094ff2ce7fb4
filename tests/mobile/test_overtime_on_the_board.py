"""Overtime on the tablet's board of today: worked beyond the plan and granted by nobody stands there with the act for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.approvals import DecideStep
from contract.hours import WithdrawOvertime
from mobile.core import board
from mobile.core.views_hours import BoardLine
from server.approvals.model import RequestStep
from server.approvals.presets import ensure_presets
from server.timesheets.overtime_model import OvertimeGrant
from tests.mobile.field import Gadget
from tests.mobile.test_hours_with_hq import HER_PIN, Shop, shop, synced
from tests.server.world import SECRET
from tests.support.planted import instead

assert shop
DAY = "2026-11-09"


def _at_work(shop: Shop) -> Gadget:
    """Li Wei was due until six, came in time, and the manager sits at the tablet."""
    ensure_presets(shop.field.office.db, now=shop.field.time(), secret=SECRET)
    shop.hours.shift("李伟", DAY, ("09:00", "18:00"))
    shop.at(f"{DAY} 08:50")
    tablet = shop.tablet(wu=HER_PIN)
    shop.hours.punch("李伟", "in", f"{DAY} 08:55")
    return tablet


def _line(shop: Shop, tablet: Gadget, at: str) -> BoardLine:
    shop.at(at)
    synced(tablet)
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    page = tablet.core.desk_hours.board()
    assert sum(count for _, count in page.counts) == len(page.lines)
    return next(line for line in page.lines if line.name == "李伟")


def _asked(shop: Shop, **more: Any) -> str:
    li = shop.phone("li")
    form = {"day": DAY, "compensation": "pay", "reason": "盘点", **more}
    request_id = li.core.office.submit("overtime", form)
    synced(li)
    return request_id


def _approved(shop: Shop, request_id: str, *logins: str) -> None:
    for login in logins:
        wanted = sa.select(RequestStep).where(RequestStep.request_id == request_id, RequestStep.state == "open")
        [step] = shop.field.office.rows(wanted)
        shop.field.office.must(DecideStep(step_id=step.id, decision="approve"), shop.signing.as_(login))


def _told(line: BoardLine) -> tuple[str | None, str, int]:
    return line.trouble, line.at.hhmm if line.at is not None else "", line.over_min


def test_who_worked_on_after_the_shift_without_a_grant_stands_there_with_how_long(shop: Shop) -> None:
    tablet = _at_work(shop)
    assert _told(_line(shop, tablet, f"{DAY} 18:20"))[0] is None
    assert _told(_line(shop, tablet, f"{DAY} 18:40")) == ("not_left", "18:00", 0), "perhaps only the punch is missing"
    shop.hours.punch("李伟", "out", f"{DAY} 19:15")
    line = _line(shop, tablet, f"{DAY} 19:20")
    assert (_told(line), line.state, line.request_id) == (("overtime", "18:00", 75), "left", "")


def test_a_request_that_waits_at_this_desk_is_the_act_and_its_grant_ends_the_trouble(shop: Shop) -> None:
    tablet = _at_work(shop)
    shop.hours.punch("李伟", "out", f"{DAY} 19:15")
    shop.at(f"{DAY} 19:20")
    request_id = _asked(shop, minutes=75)
    line = _line(shop, tablet, f"{DAY} 19:21")
    assert (line.trouble, line.request_id) == ("overtime", request_id)
    page = tablet.core.desk.request(request_id)
    assert page is not None and page.to_decide is not None
    tablet.core.desk.decide(request_id, page.to_decide.step_id, "approve")
    synced(tablet, tablet)
    assert _line(shop, tablet, f"{DAY} 19:23").trouble is None, "it lies with HR now"
    _approved(shop, request_id, "zhao")
    assert _line(shop, tablet, f"{DAY} 19:25").trouble is None
    [grant] = shop.field.office.rows(sa.select(OvertimeGrant))
    shop.field.office.must(WithdrawOvertime(grant_id=grant.id, reason="盘点取消"), shop.signing.as_("zhao"))
    assert _told(_line(shop, tablet, f"{DAY} 19:27")) == ("overtime", "18:00", 75)


def test_who_was_granted_overtime_is_not_taken_for_somebody_who_forgot_to_clock_out(shop: Shop) -> None:
    tablet = _at_work(shop)
    _approved(shop, _asked(shop, from_time="18:00", to_time="20:00"), "wu", "zhao")
    assert _told(_line(shop, tablet, f"{DAY} 19:50"))[0] is None
    assert _told(_line(shop, tablet, f"{DAY} 20:40")) == ("not_left", "20:00", 0)
    shop.at(f"{DAY} 19:50")

    def nothing_granted(here: Any, _grants: Any, reader: Any) -> Any:
        return beyond(here, [], reader)

    beyond = board._beyond
    with instead(board, "_beyond", nothing_granted):
        assert _line(shop, tablet, f"{DAY} 20:45").at.hhmm == "18:00", "the control: who does not read grants"  # type: ignore[union-attr]


def test_more_than_was_granted_is_what_stands_there(shop: Shop) -> None:
    tablet = _at_work(shop)
    _approved(shop, _asked(shop, minutes=60), "wu", "zhao")
    shop.hours.punch("李伟", "out", f"{DAY} 19:20")
    assert _line(shop, tablet, f"{DAY} 19:25").trouble is None, "twenty minutes are not half an hour"
    shop.hours.punch("李伟", "in", f"{DAY} 19:30")
    shop.hours.punch("李伟", "out", f"{DAY} 20:00")
    assert _told(_line(shop, tablet, f"{DAY} 20:05")) == ("overtime", "18:00", 50)


def test_a_day_off_that_was_worked_is_beyond_the_plan_and_a_day_nobody_planned_is_not(shop: Shop) -> None:
    shop.hours.shift("李伟", DAY)
    shop.at(f"{DAY} 08:50")
    tablet = shop.tablet(wu=HER_PIN)
    shop.hours.punch("李伟", "in", f"{DAY} 10:00")
    shop.hours.punch("王芳", "in", f"{DAY} 10:00")
    assert _told(_line(shop, tablet, f"{DAY} 10:20"))[0] is None
    line = _line(shop, tablet, f"{DAY} 11:10")
    assert (_told(line), line.state) == (("overtime", "", 70), "present")
    assert [one.name for one in tablet.core.desk_hours.board().to_do] == ["李伟"]
