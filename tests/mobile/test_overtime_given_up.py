"""Granted overtime from the phone: whoever was granted it can do without it, and everybody concerned hears of it."""

from __future__ import annotations

import json

import pytest

from contract.approvals import TrailNote
from contract.hours import GiveUpOvertime
from contract.wire import decode
from mobile.core import requests
from mobile.core.views import Refused
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import LIN, Device
from tests.mobile.hq_rows import PRIVATE, REQUEST, hq_says, request_row
from tests.mobile.test_office import sent, wei
from tests.support.planted import instead

assert wei  # the phone whose person this is about

GRANTED = {"kind": "overtime", "state": "approved", "steps": [], "form": {"day": "2026-07-02", "minutes": 60}}
GIVEN_UP = TrailNote(at_ms=START_MS, code="overtime_given_up", facts={"who": "李伟", "reason": "不用了"})


def test_overtime_that_was_granted_to_me_can_be_given_up_once_and_goes_to_hq_with_its_reason(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row(**GRANTED)))
    page = wei.core.office.request(REQUEST)
    assert page is not None and page.may_give_up and not page.may_withdraw
    with pytest.raises(Refused, match=r"client\.reason_needed"):
        wei.core.office.give_up(REQUEST, "  ")
    wei.core.office.give_up(REQUEST, "不用了")
    page = wei.core.office.request(REQUEST)
    assert page is not None and not page.may_give_up
    assert page.card.on_its_way is not None and page.card.on_its_way.act == "give_up"
    with pytest.raises(Refused, match=r"client\.not_yours_to_withdraw"):
        wei.core.office.give_up(REQUEST, "again")
    wei.core.sync_once()
    assert decode(json.dumps(sent(wei)[0]["data"]), GiveUpOvertime) == GiveUpOvertime(request_id=REQUEST, reason="不用了")


def test_what_was_given_up_is_shown_as_taken_back_and_may_be_asked_for_again(wei: Device) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row(**GRANTED, notes=[GIVEN_UP])))
    page = wei.core.office.request(REQUEST)
    assert page is not None and page.card.state == "withdrawn" and not page.may_give_up
    reader = wei.core.office._reader()
    book = wei.core.office._parts.requests
    assert book.forms_about("overtime", "2026-07-02", reader) == [], "the day's minutes are open to be asked for"
    with instead(requests, "_ENDED", frozenset()):
        assert book.forms_about("overtime", "2026-07-02", reader) != [], "the control: a phone that does not read the trail"


@pytest.mark.parametrize(
    "row",
    [{"person_id": LIN}, {"state": "running"}, {"state": "refused"}, {"kind": "leave"}, {"notes": [GIVEN_UP]}],
    ids=["of somebody else", "not decided", "refused", "leave", "gone already"],
)
def test_nothing_else_is_offered_to_be_given_up(wei: Device, row: dict[str, object]) -> None:
    hq_says(wei, (PRIVATE, "request", REQUEST, request_row(**{**GRANTED, **row})))
    page = wei.core.office.request(REQUEST)
    assert page is not None and not page.may_give_up
    with pytest.raises(Refused, match=r"client\.not_yours_to_withdraw"):
        wei.core.office.give_up(REQUEST, "because")
