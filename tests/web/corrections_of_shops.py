"""What people say beside the punches of the shops: a manager's word, HQ's, a decision that somebody appeals against."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.attendance import ReviewPunch
from contract.corrections import Appeal, Vouch
from contract.ids import new_id
from contract.moments import to_ms
from contract.wire import Wire
from server.attendance.correction_model import Appeal as AppealMade
from server.attendance.model import Punch
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from tests.web.company_of_shops import Shops

MINUTE_MS = 60_000


def _by(shops: Shops, name: str, role: str, operation: Wire) -> None:
    company = shops.company
    who = Actor.person(company.people[name], new_id(), [(role, None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def spoken(shops: Shops) -> str:
    """HR vouches for 徐浩, instead of his doubtful punch and beside it; somebody rejects one of 刘洋's, who does not agree.

    Made when first wanted; answers the appeal's id.
    """
    company = shops.company
    with reading(company.db, Actor.system()) as session:
        known = session.scalars(sa.select(AppealMade.id)).first()
    if known is not None:
        return known
    late, rejected = doubtful(shops, "徐浩"), doubtful(shops, "刘洋")
    said: dict[str, Any] = {"person_id": late.person_id, "store_id": late.store_id}
    at_ms = to_ms(late.taken_at)
    for kind, minutes, replaces in (("in", -14, late.id), ("out", 60, None)):
        said |= {"correction_id": new_id(), "kind": kind, "at_ms": at_ms + minutes * MINUTE_MS, "replaces": replaces}
        _by(shops, "王伟", "hr", Vouch(reason="店里的监控看得到", **said))
    _by(shops, "李娜", "hr", ReviewPunch(punch_id=rejected.id, decision="reject", reason="当时不在店里"))
    appeal = Appeal(appeal_id=new_id(), punch_id=rejected.id, text="我 9 点就在店里了，店长可以证明，手机定位一直不准。")
    _by(shops, "刘洋", "employee", appeal)
    return appeal.appeal_id


def doubtful(shops: Shops, name: str) -> Punch:
    """The latest doubtful punch of somebody."""
    person = shops.company.people[name]
    return [punch for punch in shops.company.punches() if punch.verdict != "green" and punch.person_id == person][-1]
