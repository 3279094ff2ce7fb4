"""Cycles for tests: November of the two stores, five stages from the 18th of November to the 10th of December."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.cycle_views import CycleBoard, CyclePersonView
from contract.cycles import (
    STAGES,
    AgreeGoals,
    ConfirmInterview,
    Goal,
    OpenCycle,
    PlanAction,
    RecordInterview,
    SetGoals,
    SetPlan,
    StageDays,
)
from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from contract.scoring import AssessSelf, Mark
from contract.wire import Wire
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from server.scoring.cycle_parts import part_id_of
from server.scoring.cycle_queries import board, part
from server.scoring.cycle_turning import keep_cycles
from tests.server.scores_of import DISH, Scored
from tests.server.world import SECRET

DAYS = (("11-18", "11-22"), ("11-23", "11-27"), ("11-28", "12-02"), ("12-01", "12-05"), ("12-06", "12-10"))
PIN = KioskProof(pin=True)


def five(*days: tuple[str, str]) -> list[StageDays]:
    """The five stages, by month and day of 2026."""
    return [
        StageDays(stage=stage, from_day=f"2026-{a}", until=f"2026-{b}")
        for stage, (a, b) in zip(STAGES, days or DAYS, strict=True)
    ]


class Cycled(Scored):
    """An and Ana work at A under Ma, Bo at B under Mb; He is HR. A cycle over November runs for all of them."""

    def __init__(self, folder: Any, world: Any = None, *, opened: bool = True) -> None:
        super().__init__(folder, world)
        self.ids["ana"] = self.world.hire("安娜")
        self.world.post(self.ids["ana"], self.a)
        self.actors["ana"] = self.world.account(self.ids["ana"], "ana", "employee")
        self.cycle = self.opens() if opened else ""

    def opens(self, **more: Any) -> str:
        """HR opens a cycle; answers its id."""
        said = self.opening(**more)
        self.must(said, "he")
        return said.cycle_id

    def opening(self, **more: Any) -> OpenCycle:
        """A cycle that can be opened, but for what is said otherwise."""
        return OpenCycle(**{
            "cycle_id": new_id(), "name_zh": "十一月考核", "name_en": "November", "from_month": "2026-11",
            "to_month": "2026-11", "stages": five(), **more,
        })  # fmt: skip

    def part_of(self, who: str) -> str:
        return part_id_of(self.cycle, self.ids[who])

    def goals(self, whose: str = "an", *, revision: int = 0, **more: Any) -> SetGoals:
        """Two goals: one that a metric measures, one in words."""
        goals = [Goal(id=new_id(), text="出品稳定", metric=DISH, target="90"), Goal(id=new_id(), text="带一名新人")]
        return SetGoals(**{"part_id": self.part_of(whose), "revision": revision, "goals": goals, **more})

    def agreed_goals(self, whose: str = "an", by: str = "ma") -> SetGoals:
        """The manager sets goals, the person agrees."""
        said = self.goals(whose)
        self.must(said, by)
        self.must(AgreeGoals(part_id=said.part_id, revision=1), whose)
        return said

    def note(self, whose: str = "an", **more: Any) -> RecordInterview:
        held = self.world.clock().date().isoformat()
        return RecordInterview(**{"part_id": self.part_of(whose), "held_on": held, "note": "表现稳定，需提高速度", **more})

    def confirms(self, who: str, whose: str = "an", revision: int = 1) -> ConfirmInterview:
        return ConfirmInterview(part_id=self.part_of(whose), revision=revision)

    def plan(self, whose: str = "an", **more: Any) -> SetPlan:
        action = PlanAction(**{"id": new_id(), "text": "每天练习摆盘", "due_on": "2026-12-31", **more})
        return SetPlan(part_id=self.part_of(whose), actions=[action])

    def assess(self, who: str = "an", value: str = "80", **more: Any) -> AssessSelf:
        marks = [Mark(metric=DISH, value=value)]
        return AssessSelf(**{"card_id": new_id(), "store_id": self.a, "month": "2026-11", "marks": marks, **more})

    # time and what is seen

    def until(self, day: str) -> None:
        """The days go by up to this one (of 2026), each with its turn."""
        while self.world.clock().date().isoformat() < f"2026-{day}":
            self.world.clock.pass_(days=1)
            self.turn()

    def turn(self) -> int:
        return keep_cycles(self.world.db, self.world.clock(), SECRET)

    def seen(self, whose: str = "an", who: str = "he") -> CyclePersonView:
        with self.world.looking(self.actors[who].at(self.world.clock())) as session:
            return part(session, self.part_of(whose), self.world.clock())

    def board(self, who: str = "he") -> CycleBoard:
        with self.world.looking(self.actors[who].at(self.world.clock())) as session:
            return board(session, self.cycle, self.world.clock())

    def open_items(self, trigger: str) -> list[str]:
        """Who still has an item of a trigger, by login."""
        logins = {person: login for login, person in self.ids.items()}
        asked = sa.select(InboxItem).where(InboxItem.trigger == trigger, InboxItem.done_at.is_(None))
        return sorted(logins[row.receiver_id] for row in self.world.rows(asked))

    def heard(self, trigger: str) -> list[tuple[str, dict[str, Any]]]:
        """Whom a trigger has told, by login, and with what."""
        logins = {person: login for login, person in self.ids.items()}
        asked = sa.select(InboxItem).where(InboxItem.trigger == trigger).order_by(InboxItem.born_at, InboxItem.id)
        return [(logins[row.receiver_id], row.facts) for row in self.world.rows(asked)]

    def at(self, device: DeviceFacts, who: str | None, op: Wire) -> Any:
        """What a device gets for an operation of whoever uses it: its answer, or the code of a refusal."""
        op_id, now = new_id(), self.world.clock()
        typed = self.ids[who] if who is not None else None
        act = Act(op_id, None, typed, TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact"), now)
        actor = Actor.device(device.device_id, device.person_id)
        try:
            with writing(self.world.db, actor, op_id=op_id, now=now) as session:
                return HANDLERS[type(op)].run(Work(session, actor, now, act, SECRET, device), op)
        except Problem as refused:
            return refused.code

    def tablet(self, store: str) -> DeviceFacts:
        return DeviceFacts(new_id(), "kiosk", None, store, "hardware", None)

    def phone(self, who: str) -> DeviceFacts:
        return DeviceFacts(new_id(), "phone", self.ids[who], None, "hardware", None)
