"""Chen of HQ's kitchen, lent to store A: the people, places and moments of most tests of postings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.org import ChangeUnit
from contract.people import GrantRole, OpenAccount
from contract.postings import PostEmployee
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.events import REACTIONS
from server.org.queries import home_of
from server.postings.turning import turn_what_is_due
from tests.server.world import NOON, PASSWORD, SECRET, World

MIDNIGHT = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)  # the store's 30 November begins at 05:00 in Shanghai


class Cast:
    """Chen of the kitchen, lent to store A; Zhou heads the kitchen, Wu manages A, Zhao is HR."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.zhou, self.wu, self.zhao = (
            world.hire(name, home_org=home) for name, home in (("周师傅", "厨房"), ("吴经理", "合作门店"), ("赵敏", "人事部"))
        )
        self.chen = world.hire("陈伟", home_org="厨房")
        self.store = world.open_store("门店A")
        with world.looking(Actor.system()) as session:
            home = home_of(session, self.chen, NOON.date())
        assert home is not None
        self.kitchen = home.unit_id
        self.manage(self.kitchen, self.zhou)
        self.manage(self.store, self.wu)
        account = new_id()
        world.must(OpenAccount(account_id=account, person_id=self.zhao, login="zhao", password=PASSWORD))
        world.must(GrantRole(grant_id=new_id(), account_id=account, role="hr"))
        self.everybody = {self.chen, self.zhou, self.wu, self.zhao}

    def manage(self, unit: str, person: str) -> None:
        self.world.must(ChangeUnit(unit_id=unit, from_day=NOON.date().isoformat(), manager_id=person))

    def post(self, starts_on: str = "2026-11-30", ends_on: str | None = "2027-01-01", **more: Any) -> str:
        posting_id = new_id()
        self.world.must(
            PostEmployee(
                posting_id=posting_id, person_id=self.chen, store_id=self.store, starts_on=starts_on, ends_on=ends_on, **more
            )
        )
        return posting_id

    def turn(self) -> int:
        return turn_what_is_due(self.world.db, self.world.clock(), SECRET)

    def told(self, trigger: str, posting_id: str) -> list[str]:
        """Who got an item of this kind about the posting, as often as they did."""
        return self.world.rows(
            sa.select(InboxItem.receiver_id).where(InboxItem.trigger == trigger, InboxItem.about_id == posting_id)
        )

    def open_to_dos(self, posting_id: str) -> list[Any]:
        found = sa.select(InboxItem).where(
            InboxItem.about_id == posting_id, InboxItem.kind == "to_do", InboxItem.done_at.is_(None)
        )
        return self.world.rows(found)


@contextmanager
def listening(*kinds: type) -> Iterator[list[Any]]:
    """What was told of these kinds meanwhile."""
    heard: list[Any] = []

    def hear(_work: Any, event: Any) -> None:
        heard.append(event)

    for kind in kinds:
        REACTIONS.setdefault(kind, []).append(hear)
    try:
        yield heard
    finally:
        for kind in kinds:
            REACTIONS[kind].remove(hear)


def as_role(person: str, role: str, unit: str | None) -> Actor:
    """Somebody at the console who holds a role over a unit, or everywhere."""
    return Actor.person(person, new_id(), [(role, unit)])
