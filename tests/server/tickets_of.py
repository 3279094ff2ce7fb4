"""Tickets for tests: two stores with managers, HR's desk and a design desk, and what is filed, said and told there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.desks import DutyTurn, RuleBody, SetDesk, SetRule
from contract.feedback import FileTicket, PassOn, ReplyToTicket, TicketStory
from contract.ids import derived_id, new_id
from contract.org import ChangeUnit
from contract.wire import Wire
from contract.worktime import SetWorkHours, WorkHours, WorkWindow
from server.feedback import desks, service
from server.feedback.model import Ticket, TicketEvent
from server.feedback.queries import story
from server.feedback.routing import GENERAL_DESK
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Outcome
from tests.server.world import SECRET, World

ALWAYS = WorkHours(week=[[WorkWindow(from_min=0, until_min=1_440)]] * 7, follows_calendar=False)
DESIGN, REPAIR = derived_id("desk", "design"), derived_id("desk", "repair")


class Floor:
    """An works at A under Ma, Bo at B under Mb; He answers at HR's desk, De and Di at the design desk, whose hours never end."""

    def __init__(self, folder: Path, world: World | None = None) -> None:
        self.world = world or World.on_sqlite(folder)
        world = self.world
        desks.ensure(world.db, world.clock(), SECRET)
        service.ensure(world.db, world.clock(), SECRET)
        self.a, self.b = world.open_store("甲店"), world.open_store("乙店")
        names = {"an": "安宁", "bo": "白露", "ma": "马超", "mb": "牟冰", "he": "何静", "de": "邓丽", "di": "丁一", "al": "艾伦"}
        self.ids = {login: world.hire(name) for login, name in names.items()}
        world.post(self.ids["an"], self.a)
        world.post(self.ids["bo"], self.b)
        roles: dict[str, tuple[Any, str | None]] = {
            "an": ("employee", None), "bo": ("employee", None), "ma": ("store_manager", self.a),
            "mb": ("store_manager", self.b), "he": ("hr", None), "de": ("employee", None), "di": ("employee", None),
            "al": ("auditor", None),
        }  # fmt: skip
        self.actors: dict[str, Actor] = {
            login: world.account(self.ids[login], login, role, store) for login, (role, store) in roles.items()
        }
        for store, manager in ((self.a, "ma"), (self.b, "mb")):
            world.must(ChangeUnit(unit_id=store, from_day="2026-11-01", manager_id=self.ids[manager]))
        hours = new_id()
        world.must(SetWorkHours(hours_id=hours, name="全天", hours=ALWAYS))
        self.hours = hours
        self.desk(GENERAL_DESK, "HR", ["he"])
        self.desk(DESIGN, "design", ["de", "di"])

    def desk(self, desk_id: str, code: str, people: list[str], turns: list[DutyTurn] | None = None) -> Outcome:
        """A desk with these people."""
        return self.world.must(SetDesk(
            desk_id=desk_id, code=code, name_zh=f"{code}部", name_en=code.title(), hours_id=self.hours,
            people=[self.ids[one] for one in people], turns=turns or [],
        ))  # fmt: skip

    def rule(self, **body: Any) -> None:
        self.world.must(SetRule(rule_id=new_id(), name=new_id()[-6:], position=1, body=RuleBody(**body), reason="r"))

    def file(self, who: str = "an", category: str = "customer", text: str = "客户要 44 码", **more: Any) -> str:
        """A ticket is filed at the console; answers its id."""
        said = FileTicket(**{"ticket_id": new_id(), "category": category, "text": text, "store_id": self.a, **more})
        self.must(said, who)
        return said.ticket_id

    def do(self, op: Wire, who: str) -> Outcome:
        return self.world.do(op, self.actors[who].at(self.world.clock()))

    def must(self, op: Wire, who: str) -> Outcome:
        outcome = self.do(op, who)
        assert outcome.status == "applied", f"{type(op).__name__}: {outcome.code} {outcome.facts}"
        return outcome

    def code(self, op: Wire, who: str) -> str | None:
        return self.do(op, who).code

    def reply(self, ticket: str, who: str, text: str = "好的", **more: Any) -> str:
        said = ReplyToTicket(event_id=new_id(), ticket_id=ticket, text=text, **more)
        self.must(said, who)
        return said.event_id

    def pass_on(self, ticket: str, who: str, desk: str = DESIGN) -> None:
        self.must(PassOn(event_id=new_id(), ticket_id=ticket, desk_id=desk), who)

    def ticket(self, ticket: str) -> Ticket:
        found: Ticket = self.world.row(Ticket, ticket)
        return found

    def events(self, ticket: str) -> list[TicketEvent]:
        return self.world.rows(sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket).order_by(TicketEvent.number))

    def story(self, ticket: str, who: str) -> TicketStory:
        with self.world.looking(self.actors[who]) as session:
            return story(session, ticket)

    def told(self, ticket: str, trigger: str, *, opened: bool = False) -> list[tuple[str, str]]:
        """(who by login, kind) of the items of a trigger about a ticket."""
        names = {person: login for login, person in self.ids.items()}
        asked = sa.select(InboxItem).where(InboxItem.about_id == ticket, InboxItem.trigger == trigger)
        rows = self.world.rows(asked.where(InboxItem.done_at.is_(None)) if opened else asked)
        return sorted((names.get(row.receiver_id, "?"), row.kind) for row in rows)
