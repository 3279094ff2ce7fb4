"""A world with channels: its server may send to loopback, somebody puts items, time is moved by its clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from contract.channels import SetChannel, WishNotices
from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from server.inbox.channels_model import Delivery
from server.inbox.sending import Lanes
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.keys import server_signer
from server.kernel.perform import Act, Work, writing
from tests.server.world import SECRET, World

LOOPBACK = "127.0.0.0/8"
FACTS = {"who": "李伟", "kind_zh": "调岗申请", "kind_en": "Transfer", "number": "R-17", "step_zh": "人事审批", "step_en": "HR"}


def server_of(world: World, *, allowed: str = LOOPBACK, **options: Any) -> Outpost:
    """The running server of this world, as its sender sees it."""
    settings = replace(world.settings, private_targets=allowed, public_url="https://outpost.example", **options)
    return Outpost(settings, world.db, server_signer(SECRET), lambda: None, world.clock)


def put(world: World, *receivers: str, kind: Any = "to_do", trigger: str = "N-02", urgent: bool = False, about: str = "") -> str:
    """An item for each, of one matter, as a chore puts it. Answers the matter."""
    now, op_id, about = world.clock(), new_id(), about or new_id()
    ms = to_ms(now)
    with writing(world.db, Actor.system(), op_id=op_id, now=now) as session:
        work = Work(session, Actor.system(), now, Act(op_id, None, None, TimeTaken(ms, ms, ms, "exact"), now), SECRET)
        items = [NewItem(trigger, one, kind, "request", about, FACTS, urgent=urgent) for one in receivers]
        put_items(work, items)
    return about


def channel(world: World, kind: Any, url: str, *groups: Any, **more: Any) -> str:
    """A channel for these groups, approvals if none are said; answers its id."""
    channel_id = new_id()
    world.must(SetChannel(channel_id=channel_id, name=f"{kind} {channel_id[-4:]}", kind=kind, url=url,
                          groups=list(groups) or ["approvals"], **more))  # fmt: skip
    return channel_id


def wishing(world: World, name: str, login: str, email: str = "", **more: Any) -> tuple[str, Actor]:
    """Somebody who wants to be told; answers their id and who they are."""
    person = world.hire(name)
    who = world.account(person, login, "employee")
    world.must(WishNotices(language=more.pop("language", "zh"), email=email, **more), who)
    return person, who


def send(server: Outpost) -> None:
    """One look of a sender, until all it began has ended."""
    lanes = Lanes(server)
    lanes.start()
    lanes.wait()


def states(world: World) -> dict[str, int]:
    """How many messages are in which state."""
    found: dict[str, int] = {}
    for row in world.rows(sa.select(Delivery)):
        found[row.state] = found.get(row.state, 0) + 1
    return found
