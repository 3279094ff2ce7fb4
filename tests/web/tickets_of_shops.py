"""Shops with tickets in every state: desks with hours and turns, rules, a story with hops, one that waits, one with stars."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contract.desks import DutyTurn, RuleBody, SetDesk, SetRule
from contract.feedback import (
    AmendTicket,
    CloseTicket,
    FileTicket,
    PassOn,
    PauseTicket,
    ReplyToTicket,
    ResolveTicket,
    TakeTicket,
    WatchTicket,
)
from contract.ids import derived_id, new_id
from contract.wire import Wire
from contract.worktime import SetWorkHours, WorkHours, WorkWindow
from server.feedback import desks, service
from server.feedback.desks_model import Desk
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from tests.web.company_of_shops import SHOPS, Shops

SHOP_HOURS = derived_id("shops", "desk hours")
DESIGN, REPAIR = derived_id("shops", "desk", "design"), derived_id("shops", "desk", "repair")
HOP_TICKET = derived_id("shops", "ticket", "size")


def ticketed(shops: Shops) -> str:
    """The ticket with the longest story; all is made when first wanted."""
    company = shops.company
    with reading(company.db, Actor.system()) as session:
        if session.get(Desk, DESIGN) is not None:
            return HOP_TICKET
    desks.ensure(company.db, company.now(), company.settings.secret)
    service.ensure(company.db, company.now(), company.settings.secret)
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])
    staff = ["刘洋", "徐浩", "陈静"]
    who = {name: Actor.person(company.people[name], new_id(), [("employee", None)]) for name in staff}

    passed = iter((*[40] * 9, 33, 31, 28, 25, 24, 21, 15, 12, 9))  # how many minutes ago each was done; what follows, just now

    def does(operation: Wire, actor: Actor = boss) -> None:
        now = company.now() - timedelta(minutes=next(passed, 5))
        done = perform(company.db, actor, operation, op_id=new_id(), now=now, secret=company.settings.secret)
        assert done.status == "applied", done

    always = [[WorkWindow(from_min=9 * 60, until_min=12 * 60), WorkWindow(from_min=13 * 60, until_min=22 * 60)]] * 7
    does(SetWorkHours(hours_id=SHOP_HOURS, name="营业时间", hours=WorkHours(week=always, follows_calendar=False)))
    today = company.today().isoformat()
    turn = DutyTurn(person_id=company.people["陈静"], from_day=today, to_day=today)
    people = {"DESIGN": [company.people["陈静"], company.people["周总管"]], "REPAIR": [company.people["徐浩"]]}
    does(SetDesk(
        desk_id=DESIGN, code="DESIGN", name_zh="设计部", name_en="Design", people=people["DESIGN"], turns=[turn],
        hours_id=SHOP_HOURS, leader_id=company.people["周总管"],
    ))  # fmt: skip
    does(SetDesk(
        desk_id=REPAIR, code="REPAIR", name_zh="维修部", name_en="Repair", people=people["REPAIR"], hours_id=SHOP_HOURS
    ))  # fmt: skip
    for position, name, kinds, desk, soon, solve in (
        (10, "设备报修", ["equipment"], REPAIR, 30, 1440), (20, "客户需求", ["customer"], GENERAL_DESK, 15, 240),
    ):  # fmt: skip
        body = RuleBody(categories=kinds, desk_id=desk, first_reply_min=soon, resolve_min=solve, escalate_min=60)
        does(SetRule(rule_id=derived_id("shops", "rule", name), name=name, position=position, body=body, reason="opening"))
    store = company.stores[SHOPS[0][0]]

    def files(key: str, category: str, text: str, **more: Any) -> str:
        ticket_id = derived_id("shops", "ticket", key)
        does(FileTicket(ticket_id=ticket_id, category=category, store_id=store, text=text, **more), who["刘洋"])
        return ticket_id

    first = files("size", "customer", "客户想要定制尺寸 52 的礼服，明天下午来取", priority="high", spot="收银台")
    does(ReplyToTicket(event_id=new_id(), ticket_id=first, text="已收到，转设计部确认面料"))
    does(PassOn(event_id=new_id(), ticket_id=first, desk_id=DESIGN, note="请确认 52 码是否可做"))
    does(TakeTicket(event_id=new_id(), ticket_id=first, person_id=company.people["陈静"]), who["陈静"])
    does(ReplyToTicket(event_id=new_id(), ticket_id=first, text="供应商有库存，成本价勿外传", internal=True), who["陈静"])
    does(ReplyToTicket(event_id=new_id(), ticket_id=first, text="可以做，明天 15:00 前送到门店"), who["陈静"])
    does(AmendTicket(event_id=new_id(), ticket_id=first, text="客户想要定制尺寸 54 的礼服，明天下午来取", base=3), who["刘洋"])
    does(AmendTicket(event_id=new_id(), ticket_id=first, text="客户想要定制尺寸 52 加长的礼服", base=3), who["陈静"])
    does(WatchTicket(event_id=new_id(), ticket_id=first, person_id=company.people["周总管"]))
    files("iron", "equipment", "蒸汽熨斗坏了，无法加热", priority="urgent")
    waits = files("lamp", "equipment", "试衣间灯管闪烁")
    does(PauseTicket(event_id=new_id(), ticket_id=waits, reason="等供应商送灯管"))
    closed = files("idea", "suggestion", "建议在入口加一面镜子")
    does(ResolveTicket(event_id=new_id(), ticket_id=closed, text="已安排下周安装"))
    does(CloseTicket(event_id=new_id(), ticket_id=closed, rating=5, text="谢谢"), who["刘洋"])
    return HOP_TICKET
