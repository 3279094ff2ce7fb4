"""Shops with notices: one that some have read, a draft, one that was withdrawn."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from contract.announcements import NoticeBody, PublishNotice, ReadNotice, SaveNotice, To, WithdrawNotice
from contract.ids import derived_id, new_id
from contract.moments import to_ms
from contract.wire import Wire
from server.announcements import reaching
from server.announcements.model import Announcement, Receipt
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from tests.web.company_of_shops import SHOPS, Shops

POLICY, DRAFT, EVENT = (derived_id("shops", "notice", one) for one in ("policy", "draft", "event"))


def noticed(shops: Shops) -> dict[str, str]:
    """Pages of notices by name; made when first wanted."""
    _make(shops)
    return {
        "announcements": "/console/announcements",
        "announcements-own": "/console/announcements?show=own",
        "announcement": f"/console/announcements/{POLICY}",
        "announcement-draft": f"/console/announcements/{DRAFT}",
        "announcement-new": "/console/announcements/new",
    }


def _make(shops: Shops) -> None:
    company, store = shops.company, shops.company.stores[SHOPS[0][0]]
    with reading(company.db, Actor.system()) as session:
        if session.get(Announcement, POLICY) is not None:
            return
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])

    def does(operation: Wire, who: Actor = boss) -> None:
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    text = "自 **12 月 1 日** 起：\n\n- 进店先与店长确认当日任务\n- 顾客的尺码需求当场登记\n- 有疑问联系人事"
    ends = to_ms(company.now() + timedelta(days=20))
    for notice, body in (
        (POLICY, NoticeBody(
            title_zh="派驻人员新政策", title_en="New policy for dispatched staff", text_zh=text,
            text_en="From **1 December**: confirm the day's tasks with the store manager first.", to=To(posted=True),
            confirm=True, until_ms=ends,
        )),
        (DRAFT, NoticeBody(title_zh="年会时间", title_en="", text_zh="待定", to=To(units=[store]))),
        (EVENT, NoticeBody(title_zh="本店周末活动", text_zh="周六十点，正门集合。", to=To(units=[store]), urgent=True)),
    ):  # fmt: skip
        does(SaveNotice(notice_id=notice, body=body))
    for notice in (POLICY, EVENT):
        does(PublishNotice(notice_id=notice))
        reaching.reach_all(company.db, notice, company.now(), company.settings.secret)
    with reading(company.db, Actor.system()) as session:
        people = list(session.scalars(sa.select(Receipt.person_id).where(Receipt.notice_id == POLICY).order_by(Receipt.id)))
    for number, person in enumerate(people[:-3]):
        does(ReadNotice(notice_id=POLICY, confirmed=number % 4 != 0), Actor.person(person, new_id(), [("employee", None)]))
    does(WithdrawNotice(notice_id=EVENT, reason="时间有变，另行通知"))
