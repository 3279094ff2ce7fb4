"""The inbox: each matter once, read by nobody but its receiver, closed by being done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.inbox import InboxQuery, SeeItem, facts_in, sentence_key
from contract.messages import say
from contract.moments import TimeTaken, to_ms
from server.inbox import service
from server.inbox.model import InboxItem
from server.inbox.queries import inbox_page
from server.kernel.actors import Actor
from server.kernel.perform import Act, Work, writing
from tests.server.world import SECRET, World
from tests.support.planted import instead


def putting(world: World, receiver_id: str, about_id: str, *, key: str = "", kind: Any = "to_do") -> None:
    """What a job does: put an item, in a transaction of its own."""
    now = world.clock()
    op_id, ms = new_id(), to_ms(now)
    with writing(world.db, Actor.system(), op_id=op_id, now=now) as session:
        work = Work(session, Actor.system(), now, Act(op_id, None, None, TimeTaken(ms, ms, ms, "exact"), now), SECRET)
        service.put_item(
            work, trigger="N-02", receiver_id=receiver_id, kind=kind, about="request", about_id=about_id, key=key,
            facts={"who": "李伟", "kind_zh": "调岗申请", "kind_en": "Transfer", "number": "R-1", "step_zh": "人事审批",
                   "step_en": "HR approval"},
        )  # fmt: skip


def items(world: World) -> list[InboxItem]:
    return world.rows(sa.select(InboxItem).order_by(InboxItem.born_at, InboxItem.id))


@pytest.fixture
def reader(world: World) -> tuple[str, Actor]:
    person = world.hire("周敏")
    return person, world.account(person, "zhou", "employee")


def test_a_job_that_runs_twice_makes_one_item(world: World, reader: tuple[str, Actor]) -> None:
    about = new_id()
    putting(world, reader[0], about)
    putting(world, reader[0], about)
    assert len(items(world)) == 1
    putting(world, reader[0], about, key="the next step")
    assert len(items(world)) == 2


def test_workers_that_put_the_same_at_once_make_one_item(any_world: World) -> None:
    person, about = any_world.hire("周敏"), new_id()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: putting(any_world, person, about), range(12)))
    assert len(items(any_world)) == 1


def test_an_id_that_forgets_its_matter_is_found(world: World, reader: tuple[str, Actor]) -> None:
    """The control: were the id fresh each time, the second run of a job would be heard."""
    about = new_id()
    with instead(service, "item_id_of", lambda *_: new_id()):
        putting(world, reader[0], about)
        putting(world, reader[0], about)
    assert len(items(world)) == 2


def test_a_notice_is_done_by_being_read_and_a_to_do_is_not(world: World, reader: tuple[str, Actor]) -> None:
    putting(world, reader[0], new_id())
    putting(world, reader[0], new_id(), kind="notice")
    for item in items(world):
        world.must(SeeItem(item_id=item.id), reader[1])
    assert {item.kind: item.done_at is not None for item in items(world)} == {"to_do": False, "notice": True}
    assert all(item.seen_at is not None for item in items(world))


def test_nobody_reads_another_persons_inbox(world: World, reader: tuple[str, Actor]) -> None:
    putting(world, reader[0], new_id())
    (item,) = items(world)
    with world.looking(reader[1]) as session:
        assert inbox_page(session, InboxQuery()).open == 1
    with world.looking() as session:
        assert inbox_page(session, InboxQuery()).items == []
    assert world.refusal(SeeItem(item_id=item.id)) == "inbox.unknown"


def test_the_inbox_answers_over_http(world: World, reader: tuple[str, Actor]) -> None:
    putting(world, reader[0], new_id(), kind="notice")
    client = world.client("zhou")
    page = client.get("/api/v1/inbox").json
    assert page["open"] == 1 and page["items"][0]["trigger"] == "N-02"
    assert client.post("/api/v1/inbox/seen", {"item_id": page["items"][0]["id"]}).status_code == 201
    assert client.get("/api/v1/inbox").json["items"] == [] and len(client.get("/api/v1/inbox", open="false").json["items"]) == 1


def sentences() -> Iterator[tuple[str, str, str]]:
    facts = {"kind_zh": "调岗申请", "kind_en": "Transfer", "step_zh": "人事审批", "step_en": "HR approval", "number": "R-1"}
    for language in ("zh", "en"):
        yield language, say(language, sentence_key("N-02", "notice"), **facts_in(facts, language)), language


def test_an_item_reads_in_the_readers_language() -> None:
    said = {language: text for language, text, _ in sentences()}
    assert "人事审批" in said["zh"] and "HR approval" in said["en"] and "…" not in said["zh"] + said["en"]
