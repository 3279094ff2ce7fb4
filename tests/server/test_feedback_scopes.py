"""Who sees which ticket: attacked through the API, lists, searches and stories; and two people who write without signal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from contract.feedback import AmendTicket, TicketQuery, WatchTicket
from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from contract.wire import Wire
from server.feedback import rules
from server.feedback.model import Ticket, TicketEvent
from server.feedback.queries import tickets_page
from server.kernel.actors import Actor
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from server.kernel.scope import RULES
from tests.server.tickets_of import DESIGN, Floor
from tests.support.planted import instead

EVERYBODY = ("an", "bo", "ma", "mb", "he", "de", "di", "al")


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    made = Floor(tmp_path_factory.mktemp("tickets-scopes"))
    yield made
    made.world.close()


@pytest.fixture(scope="module")
def tickets(floor: Floor) -> dict[str, str]:
    """A wish that went to design with a note, a complaint with a note, a thing at B that nobody else reads."""
    wish, complaint = floor.file("an", text="要定制"), floor.file("an", "complaint", "加班不记")
    other = floor.file("bo", "equipment", "灯坏了", store_id=floor.b)
    floor.pass_on(wish, "he")
    floor.reply(wish, "de", "SECRET-NOTE", internal=True)
    floor.reply(complaint, "he", "SECRET-NOTE", internal=True)
    return {"wish": wish, "complaint": complaint, "other": other}


def seen(floor: Floor, who: str, **asked: Any) -> set[str]:
    with floor.world.looking(floor.actors[who]) as session:
        return {row.id for row in tickets_page(session, TicketQuery(limit=200, **asked)).items}


def readers(floor: Floor, ticket: str) -> list[str]:
    return [who for who in EVERYBODY if ticket in seen(floor, who)]


def test_each_sees_what_concerns_them_and_nothing_else(floor: Floor, tickets: dict[str, str]) -> None:
    assert readers(floor, tickets["wish"]) == ["an", "ma", "he", "de", "di", "al"]
    assert readers(floor, tickets["complaint"]) == ["an", "he"]
    assert readers(floor, tickets["other"]) == ["bo", "mb", "he", "al"]
    for who in EVERYBODY:
        assert seen(floor, who, words="加班") == (seen(floor, who) & {tickets["complaint"]})
        for name, ticket in tickets.items():
            if ticket not in seen(floor, who):
                with pytest.raises(Problem, match="unknown"):
                    floor.story(ticket, who)
                assert floor.code(WatchTicket(event_id=new_id(), ticket_id=ticket, person_id=floor.ids[who]), who) == (
                    "feedback.unknown"
                ), (who, name)


def test_no_answer_shows_internal_words_to_the_author_or_to_a_mere_watcher(floor: Floor, tickets: dict[str, str]) -> None:
    floor.must(WatchTicket(event_id=new_id(), ticket_id=tickets["wish"], person_id=floor.ids["bo"]), "he")
    read = {who: "SECRET-NOTE" in str(floor.story(tickets["wish"], who)) for who in (*EVERYBODY[:3], "he", "de", "di", "al")}
    assert read == {"an": False, "bo": False, "ma": True, "he": True, "de": True, "di": True, "al": False}
    assert "SECRET-NOTE" not in str(floor.story(tickets["complaint"], "an"))
    for who in ("an", "bo", "al"):
        client = floor.world.client(who)
        for path, key, value in (("", "limit", "200"), ("", "words", "SECRET"), ("/story", "ticket_id", tickets["wish"])):
            answered = client.get(f"/api/v1/tickets{path}", None, **{key: value})
            assert answered.status_code == 200 and "SECRET-NOTE" not in answered.get_data(as_text=True)
    told = floor.world.client("an").get("/api/v1/inbox", open="false").get_data(as_text=True)
    assert "SECRET-NOTE" not in told and tickets["wish"] in told
    who_writes_for_himself = floor.file("he", text="我自己的")
    floor.pass_on(who_writes_for_himself, "he")
    floor.reply(who_writes_for_himself, "de", "SECRET-NOTE", internal=True)
    assert "SECRET-NOTE" not in str(floor.story(who_writes_for_himself, "he"))


def test_control_a_rule_that_shows_notes_to_everybody_is_found(floor: Floor, tickets: dict[str, str]) -> None:
    open_rule = RULES[TicketEvent]._replace(visible=lambda actor: None)
    with _with_rule(open_rule):
        assert "SECRET-NOTE" in str(floor.story(tickets["wish"], "an"))


class _with_rule:
    def __init__(self, rule: Any) -> None:
        self.rule, self.was = rule, RULES[TicketEvent]

    def __enter__(self) -> None:
        RULES[TicketEvent] = self.rule

    def __exit__(self, *_: object) -> None:
        RULES[TicketEvent] = self.was


def test_what_is_read_and_what_may_be_read_agree_for_every_actor_and_row(floor: Floor, tickets: dict[str, str]) -> None:
    compared = 0
    for shape in (Ticket, TicketEvent):
        every = {row.id for row in floor.world.rows(sa.select(shape))}
        for who in EVERYBODY:
            with floor.world.looking(floor.actors[who]) as session:
                may = {row.id for row in session.scalars(sa.select(shape))}
            with floor.world.looking(Actor.system()) as session:
                rows = [session.get(shape, one) for one in every]
                assert may == {row.id for row in rows if RULES[shape].covers(floor.actors[who], row)}, (shape, who)
                compared += len(rows)
    assert compared > 100


def test_filters_narrow_and_pages_neither_repeat_nor_skip(floor: Floor, tickets: dict[str, str]) -> None:
    for n in range(7):
        floor.world.clock.pass_(minutes=1)
        floor.file("an", "suggestion", f"建议 {n}", priority="urgent" if n % 2 else "low")
    assert seen(floor, "he", priority="urgent") < seen(floor, "he", category="suggestion")
    assert seen(floor, "he", view="mine") <= seen(floor, "he", author_id=floor.ids["he"])
    assert tickets["wish"] in seen(floor, "de", view="to_answer") and tickets["wish"] not in seen(floor, "he", view="to_answer")
    assert seen(floor, "he", store_id=floor.b) == {tickets["other"]} == seen(floor, "he", unit_id=floor.b)
    assert seen(floor, "he", desk_id=DESIGN, open=True) >= {tickets["wish"]}
    with floor.world.looking(floor.actors["he"]) as session:
        whole = tickets_page(session, TicketQuery(limit=200))
        got, cursor = [], None
        while True:
            page = tickets_page(session, TicketQuery(limit=3, cursor=cursor))
            got += [row.id for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert got == [row.id for row in whole.items] and page.count == whole.count == len(got)


# -- two people without signal --------------------------------------------------------------------------------------------------

BASE = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # an hour before the first of them reaches the server
TEXT = st.sampled_from(["甲", "乙", "丙"])
AMENDED = st.builds(
    lambda who, minute, text, priority, waits: (who, minute, text, priority, waits),
    st.sampled_from(["an", "de"]), st.integers(1, 9), st.none() | TEXT, st.none() | st.sampled_from(["low", "urgent"]),
    st.none() | st.booleans(),
).filter(lambda one: any(part is not None for part in one[2:]))  # fmt: skip


def arrive(floor: Floor, op: Wire, who: str, made: datetime) -> Any:
    """An operation of somebody's phone that was made then and arrives now."""
    now = floor.world.clock.pass_(seconds=1)
    at = to_ms(made)
    with writing(floor.world.db, Actor.device(new_id(), floor.ids[who]), op_id=new_id(), now=now) as session:
        act = Act(new_id(), None, floor.ids[who], TimeTaken(at, at, at, "exact"), now)
        phone = DeviceFacts(new_id(), "phone", floor.ids[who], None, "h", None)
        work = Work(session, Actor.device(phone.device_id, floor.ids[who]), now, act, b"s", phone)
        return HANDLERS[type(op)].run(work, op)


def told_in_order(floor: Floor, said: list[tuple[Any, ...]], order: list[int]) -> Any:
    ticket = floor.file("an", text="原话", form={"waits": False})
    floor.pass_on(ticket, "he")
    ids = [f"0192f000-0000-7000-8000-{n:012d}" for n in range(len(said))]
    for n in order:
        who, minute, text, priority, waits = said[n]
        op = AmendTicket(
            event_id=ids[n][:24] + new_id()[24:], ticket_id=ticket, text=text, priority=priority, base=3,
            form={} if waits is None else {"waits": waits},
        )  # fmt: skip
        arrive(floor, op, who, BASE + timedelta(minutes=minute))
    row = floor.ticket(ticket)
    events = [one for one in floor.events(ticket) if one.kind == "amended"]
    assert len(events) == len(said) == len({one.id for one in events})
    assert [one.number for one in floor.events(ticket)] == list(range(1, row.events + 1))
    return row.text, row.priority, row.form, sorted((one.by_id, one.text, str(one.priority), str(one.form)) for one in events)


@given(st.lists(AMENDED, min_size=2, max_size=4, unique_by=lambda one: one[1]), st.randoms(use_true_random=False))
@example([("an", 1, "甲", None, None), ("de", 2, "乙", None, None)], Random(0))
@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_whichever_phone_finds_signal_first_the_ticket_says_the_same(floor: Floor, said: list[Any], random: Any) -> None:
    order = list(range(len(said)))
    random.shuffle(order)
    assert told_in_order(floor, said, order) == told_in_order(floor, said, order[::-1])


def test_control_a_fold_by_arrival_would_be_found(floor: Floor) -> None:
    said = [("an", 1, "甲", None, None), ("de", 2, "乙", None, None)]

    def by_arrival(ticket: Any, events: Any) -> None:
        for one in events:
            ticket.text = one.text or ticket.text

    with instead(rules, "_say", by_arrival):
        assert told_in_order(floor, said, [0, 1])[0] != told_in_order(floor, said, [1, 0])[0]


def test_who_was_overtaken_is_told_and_both_words_stay(floor: Floor) -> None:
    ticket = floor.file("an", text="原话")
    floor.pass_on(ticket, "he")
    first, second = new_id(), new_id()
    floor.must(AmendTicket(event_id=first, ticket_id=ticket, text="甲", base=3), "an")
    done = floor.must(AmendTicket(event_id=second, ticket_id=ticket, text="乙", base=3), "de")
    assert done.answer == {"over": [first]}
    events = {one.id: one for one in floor.events(ticket)}
    assert (events[first].text, events[second].text, events[second].over) == ("甲", "乙", [first])
    assert ("an", "notice") in floor.told(ticket, "N-17")
    seen_it = AmendTicket(event_id=new_id(), ticket_id=ticket, text="丙", base=5)
    assert floor.must(seen_it, "an").answer == {"over": []}
    assert floor.ticket(ticket).text == "丙"
