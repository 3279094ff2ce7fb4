"""The demo's feedback: two more desks with a rule each, and tickets of the first store that are at different points of their way.
All by operations; made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.desks import RuleBody, SetDesk, SetRule
from contract.feedback import CloseTicket, FileTicket, PassOn, ReplyToTicket, ResolveTicket, TakeTicket
from contract.ids import derived_id
from contract.wire import Wire
from server.feedback.desks import OFFICE_HOURS
from server.feedback.desks_model import Desk
from server.feedback.model import Ticket
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import reading
from server.stores.model import Store
from server.training.places import at_work

As = Callable[[str, Wire, str], object]
DESIGN, REPAIR = derived_id("demo", "desk", "design"), derived_id("demo", "desk", "repair")


def listen(db: Database, stores: Sequence[Store], now: datetime, hr_id: str, do_as: As) -> None:
    """Desks, a rule, and five tickets. `do_as(person, operation, op_id)` performs and fails loudly."""
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(Ticket.id).limit(1)).first() is not None or session.get(Desk, GENERAL_DESK) is None:
            return
        people = sorted(at_work(session, now, units=[stores[0].id]))
        desk = session.get_one(Desk, GENERAL_DESK)
        general = SetDesk(
            desk_id=desk.id, code=desk.code, name_zh=desk.name_zh, name_en=desk.name_en, people=[hr_id], hours_id=desk.hours_id,
            leader_id=hr_id,
        )  # fmt: skip
    tell = _Teller(stores[0].id, do_as)
    for one in (general, _desk(DESIGN, "DESIGN", "设计部", "Design", hr_id), _desk(REPAIR, "REPAIR", "维修", "Repair", hr_id)):
        tell.does(hr_id, one, one.code)
    body = RuleBody(categories=["equipment"], desk_id=REPAIR, also=[GENERAL_DESK], first_reply_min=60, resolve_min=960)
    tell.does(hr_id, SetRule(rule_id=derived_id("demo", "rule"), name="设备报修", position=10, body=body, reason="demo"), "rule")
    asked = {"product": "通勤乐福鞋", "wanted": "44"}
    wish = tell.file(people[0], "customer", "客户想要 44 码，店里只到 43 码", "wish", form=asked)
    tell.on(hr_id, wish, PassOn, "passed", desk_id=DESIGN, note="请设计确认能否定制")
    tell.on(hr_id, wish, ReplyToTicket, "reply", text="可以定制，12 天到店")
    iron = tell.file(people[1 % len(people)], "equipment", "蒸汽熨斗不出蒸汽", "iron", spot="后场熨烫台", form={"stops": False})
    tell.on(hr_id, iron, TakeTicket, "taken", person_id=hr_id)
    lamp = tell.file(people[0], "equipment", "橱窗射灯不亮", "lamp", spot="橱窗")
    tell.on(hr_id, lamp, ResolveTicket, "resolved", text="已换灯泡")
    tell.on(people[0], lamp, CloseTicket, "closed", rating=5)
    tell.file(people[-1], "suggestion", "收银台旁放一把给老人坐的椅子", "chair")
    tell.file(people[-1], "daily_report", "上午客流少，下午试穿多", "report", form={"customers": 46})


def _desk(desk_id: str, code: str, name_zh: str, name_en: str, person_id: str) -> SetDesk:
    return SetDesk(
        desk_id=desk_id, code=code, name_zh=name_zh, name_en=name_en, people=[person_id], hours_id=OFFICE_HOURS,
        leader_id=person_id,
    )  # fmt: skip


class _Teller:
    """Says things of one store's tickets, each by an id derived from what it names."""

    def __init__(self, store_id: str, do_as: As) -> None:
        self._store_id, self._do_as = store_id, do_as

    def does(self, who: str, operation: Wire, *name: str) -> None:
        self._do_as(who, operation, derived_id("demo", "feedback", *name))

    def file(self, who: str, category: str, text: str, name: str, **more: Any) -> str:
        ticket = born(name)
        said = FileTicket(ticket_id=ticket, category=category, text=text, store_id=self._store_id, **more)
        self.does(who, said, "file", name)
        return ticket

    def on(self, who: str, ticket: str, shape: type, name: str, **values: Any) -> None:
        self.does(who, shape(event_id=born(ticket, name), ticket_id=ticket, **values), ticket, name)


def born(*what: str) -> str:
    """An id as a device gives birth to one, derived from what it names."""
    found = derived_id("demo", "feedback", *what)
    return f"{found[:14]}7{found[15:]}"
