"""Tickets: filed, answered, handed over, solved, rated; each event once, each receiver told once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.desks import RetireCategory, RetireDesk, SetCategory
from contract.feedback import (
    AmendTicket,
    CloseTicket,
    FileTicket,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    WatchTicket,
)
from contract.ids import derived_id, new_id
from contract.wire import Wire
from server import demo_feedback
from server.feedback import reactions
from server.feedback.model import Category, Ticket, TicketEvent
from server.feedback.routing import GENERAL_DESK
from server.feedback.rules import fold
from server.feedback.story import append, said_of
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.stores.model import Store
from tests.server.tickets_of import DESIGN, REPAIR, Floor
from tests.support.planted import instead


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    made = Floor(tmp_path_factory.mktemp("tickets"))
    yield made
    made.world.close()


def test_story_three_a_wish_goes_over_hr_to_design_and_is_answered_after_twelve_minutes(floor: Floor) -> None:
    clock = floor.world.clock
    ticket = floor.file("an", text="客户有特殊需求")
    assert floor.told(ticket, "N-16") == [("he", "to_do"), ("ma", "notice")]
    clock.pass_(minutes=5)
    floor.pass_on(ticket, "he")
    assert floor.told(ticket, "N-17_passed") == [("an", "notice"), ("de", "to_do"), ("di", "to_do")]
    assert floor.told(ticket, "N-16", opened=True) == [("ma", "notice")]
    clock.pass_(minutes=7)
    floor.reply(ticket, "de", "可以定制")
    row = floor.ticket(ticket)
    assert row.first_reply_min == 12
    assert [(hop["kind"], hop["worked_min"]) for hop in row.hops] == [("author", None), ("desk", 5), ("desk", None)]
    assert floor.told(ticket, "N-17") == [("an", "notice"), ("he", "notice")]
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="已下单"), "de")
    assert floor.told(ticket, "N-17_rate", opened=True) == [("an", "to_do")]
    assert floor.told(ticket, "N-17_passed", opened=True) == [("an", "notice")]
    floor.must(CloseTicket(event_id=new_id(), ticket_id=ticket, rating=5), "an")
    row = floor.ticket(ticket)
    assert (row.state, row.rating, row.events) == ("closed", 5, 6)
    assert floor.told(ticket, "N-17_rate", opened=True) == []


def test_a_ticket_is_filed_once_and_routed_to_the_general_desk_where_no_rule_fits(floor: Floor) -> None:
    said = FileTicket(ticket_id=new_id(), category="suggestion", text="多放一个垃圾桶", store_id=floor.a)
    first, op_id = floor.actors["an"], new_id()
    once, again = floor.world.do(said, first, op_id), floor.world.do(said, first, op_id)
    assert (once.status, again.answer) == ("applied", once.answer)
    assert floor.code(said, "an") == "operation.already_exists"
    assert floor.ticket(said.ticket_id).desk_id == GENERAL_DESK
    assert [row.kind for row in floor.events(said.ticket_id)] == ["filed", "routed"]


def test_a_daily_report_is_closed_as_it_comes_and_a_complaint_is_not_told_to_the_store(floor: Floor) -> None:
    report = floor.file("an", "daily_report", "一切正常", form={"customers": 12})
    row = floor.ticket(report)
    assert (row.state, row.desk_id, row.priority) == ("closed", None, "low")
    assert floor.told(report, "N-16") == [("ma", "notice")]
    complaint = floor.file("an", "complaint", "排班不公平")
    assert floor.told(complaint, "N-16") == [("he", "to_do")]


def test_words_are_refused_where_they_do_not_fit_and_the_state_forbids_what_is_over(floor: Floor) -> None:
    def file(**more: object) -> str | None:
        values = {"ticket_id": new_id(), "category": "equipment", "text": "坏了", "store_id": floor.a, **more}
        return floor.code(FileTicket(**values), "an")  # type: ignore[arg-type]

    assert file(category="nothing") == "feedback.category_unknown"
    assert file(form={"colour": "red"}) == "form.unknown_field"
    assert file(form={"stops": 5}) == "form.not_yes_or_no"
    assert file(store_id=new_id()) == "stores.unknown"
    ticket = floor.file("an", "equipment", "蒸汽熨斗坏了")

    def code(shape: type, who: str, **values: object) -> str | None:
        return floor.code(shape(event_id=new_id(), ticket_id=ticket, **values), who)

    assert code(TakeTicket, "bo", person_id=None) == "feedback.unknown"
    assert code(TakeTicket, "an", person_id=floor.ids["an"]) == "feedback.not_yours"
    assert code(PassOn, "he", desk_id=new_id()) == "feedback.desk_unknown"
    assert code(PassOn, "he", desk_id=GENERAL_DESK) == "feedback.at_this_desk"
    assert code(TakeTicket, "he", person_id=floor.ids["bo"]) == "feedback.not_at_desk"
    assert code(ResumeTicket, "he") == "feedback.not_waiting"
    assert code(PauseTicket, "he", reason="等客户") is None
    assert code(PauseTicket, "he", reason="等客户") == "feedback.waiting"
    assert code(ReopenTicket, "an", reason="还没好") == "feedback.not_done"
    assert code(AmendTicket, "an", base=3) == "feedback.nothing_said"
    assert code(ReplyToTicket, "an", text="客户说可以", internal=True) == "feedback.not_yours"
    assert code(ResolveTicket, "he", text="换新") is None
    assert code(ResolveTicket, "he", text="换新") == "feedback.resolved"
    assert code(CloseTicket, "he", rating=5) == "feedback.rating_of_author"
    assert code(CloseTicket, "he") is None
    assert code(PauseTicket, "he", reason="再等等") == code(CloseTicket, "he") == "feedback.closed"
    assert code(CloseTicket, "an", rating=4) is None
    assert code(CloseTicket, "an", rating=5) == "feedback.already_rated"
    assert floor.code(WatchTicket(event_id=new_id(), ticket_id=new_id(), person_id=floor.ids["an"]), "an") == "feedback.unknown"


def test_the_authors_reply_ends_the_waiting_and_a_solution_may_be_opened_again(floor: Floor) -> None:
    ticket = floor.file("an", "equipment", "打印机卡纸")
    floor.must(TakeTicket(event_id=new_id(), ticket_id=ticket, person_id=floor.ids["he"]), "he")
    floor.must(PauseTicket(event_id=new_id(), ticket_id=ticket, reason="请拍型号"), "he")
    assert (floor.ticket(ticket).state, floor.told(ticket, "N-17")) == ("waiting", [("an", "notice")])
    floor.reply(ticket, "an", "型号 X1")
    assert floor.ticket(ticket).state == "open"
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="好了"), "he")
    floor.must(ReopenTicket(event_id=new_id(), ticket_id=ticket, reason="又卡了"), "an")
    row = floor.ticket(ticket)
    assert (row.state, row.resolved_at, row.holder_id) == ("open", None, floor.ids["he"])
    assert ("he", "to_do") in floor.told(ticket, "N-17_passed", opened=True)
    assert floor.told(ticket, "N-17_rate", opened=True) == []


def test_internal_notes_are_told_to_who_answers_and_to_nobody_else(floor: Floor) -> None:
    ticket = floor.file("an")
    floor.pass_on(ticket, "he")
    floor.must(WatchTicket(event_id=new_id(), ticket_id=ticket, person_id=floor.ids["bo"]), "he")
    before = floor.told(ticket, "N-17")
    floor.reply(ticket, "de", "供应商缺货，先别说", internal=True)
    assert [one for one in floor.told(ticket, "N-17") if one not in before] == [("he", "notice")]
    assert "noted" not in [one.kind for one in floor.story(ticket, "an").events]
    assert "noted" in [one.kind for one in floor.story(ticket, "he").events]


def test_a_retired_kind_is_offered_no_more_and_a_retired_desk_hands_on_what_it_has(floor: Floor) -> None:
    kind = SetCategory(category_id=new_id(), code="stock", name_zh="调货", name_en="Stock")
    floor.must(kind, "he")
    assert floor.code(SetCategory(category_id=new_id(), code="stock", name_zh="调货", name_en="S"), "he") == "feedback.code_taken"
    changed = SetCategory(category_id=kind.category_id, code="other", name_zh="调货", name_en="Stock")
    assert floor.code(changed, "he") == "feedback.code_fixed"
    assert floor.code(kind, "ma") == "access.not_allowed"
    floor.must(RetireCategory(category_id=kind.category_id, reason="不用了"), "he")
    said = FileTicket(ticket_id=new_id(), category="stock", text="调两双", store_id=floor.a)
    assert floor.code(said, "an") == "feedback.category_retired"
    floor.desk(REPAIR, "repair", ["di"])
    ticket = floor.file("an", "equipment")
    floor.pass_on(ticket, "he", REPAIR)
    floor.world.must(RetireDesk(desk_id=REPAIR, to_desk_id=DESIGN, reason="合并"))
    assert floor.ticket(ticket).desk_id == DESIGN
    assert ("de", "to_do") in floor.told(ticket, "N-17_passed", opened=True)


def test_who_comes_to_a_desk_finds_its_open_tickets_and_who_leaves_it_does_not(floor: Floor) -> None:
    ticket = floor.file("an")
    floor.pass_on(ticket, "he")
    floor.desk(DESIGN, "design", ["de", "al"])
    row = floor.ticket(ticket)
    assert floor.ids["al"] in row.may_answer and f"private:{floor.ids['al']}" in row.scopes
    assert f"private:{floor.ids['di']}" not in row.scopes
    floor.desk(DESIGN, "design", ["de", "di"])
    assert floor.ids["di"] in floor.ticket(ticket).may_answer


def test_every_ticket_is_what_its_events_make_it(floor: Floor) -> None:
    wrong = []
    rows = floor.world.rows(sa.select(Ticket))
    for row in rows:
        made = fold([said_of(one) for one in floor.events(row.id)])
        if (made.state, made.text, made.form, made.priority, made.desk_id, made.holder_id, made.rating, made.watchers) != (
            row.state, row.text, row.form, row.priority, row.desk_id, row.holder_id, row.rating, row.watchers
        ):  # fmt: skip
            wrong.append(row.number)
    assert len(rows) > 5 and wrong == []


def test_what_was_said_cannot_be_changed_in_the_database(floor: Floor) -> None:
    ticket = floor.file("an")
    refused = []
    for said in (
        "UPDATE ticket_event SET text = 'x'", "UPDATE ticket_event SET number = 99", "UPDATE ticket_event SET by_id = NULL",
        "DELETE FROM ticket_event",
    ):  # fmt: skip
        try:
            with writing(floor.world.db, Actor.system(), op_id=new_id(), now=floor.world.clock()) as session:
                session.connection().execute(sa.text(f"{said} WHERE ticket_id = :id"), {"id": ticket.replace("-", "")})
        except sa.exc.IntegrityError as broken:
            refused.append("is kept" in str(broken))
    assert refused == [True] * 4 and floor.events(ticket)[0].text == "客户要 44 码"


def test_the_systems_own_event_is_added_once(floor: Floor) -> None:
    ticket, key = floor.file("an"), derived_id("late", new_id())
    before = len(floor.events(ticket))

    def late() -> bool:
        from contract.moments import TimeTaken
        from server.kernel.perform import Act, Work

        now = floor.world.clock()
        with writing(floor.world.db, Actor.system(), op_id=new_id(), now=now) as session:
            act = Act(new_id(), None, None, TimeTaken(0, 0, 0, "exact"), now)
            return append(Work(session, Actor.system(), now, act, b"s"), ticket, "late", event_id=key)

    assert (late(), late()) == (True, False)
    assert len(floor.events(ticket)) == before + 1 and floor.ticket(ticket).late


def test_the_ready_kinds_are_made_once_and_stay_as_they_were_changed(floor: Floor) -> None:
    from server.feedback.service import PRESETS, ensure

    codes = {row.code for row in floor.world.rows(sa.select(Category))}
    assert {one.code for one in PRESETS} == {"customer", "equipment", "complaint", "suggestion", "daily_report"} <= codes
    n = len(floor.world.rows(sa.select(TicketEvent)))
    ensure(floor.world.db, floor.world.clock(), b"s")
    assert len(floor.world.rows(sa.select(TicketEvent))) == n


def test_control_without_its_reaction_nobody_hears_of_a_new_ticket(floor: Floor) -> None:
    from server.feedback.events import TicketFiled
    from server.kernel import events

    with instead(events, "REACTIONS", {key: value for key, value in events.REACTIONS.items() if key is not TicketFiled}):
        ticket = floor.file("an")
    assert floor.told(ticket, reactions.NEW) == []


def test_the_demos_tickets_are_made_once_and_stand_at_different_points(floor: Floor, tmp_path: Path) -> None:
    fresh = Floor(tmp_path)
    fresh.world.clock.pass_(hours=1)
    with fresh.world.looking(Actor.system()) as session:
        stores = session.scalars(sa.select(Store).where(Store.id == fresh.a)).all()
        session.expunge_all()

    def do_as(person: str, operation: Wire, op_id: str) -> object:
        outcome = fresh.world.do(operation, Actor.person(person, new_id(), [("admin", None)]), op_id)
        assert outcome.status == "applied", f"{type(operation).__name__}: {outcome.code} {outcome.facts}"
        return outcome

    for _ in range(2):
        demo_feedback.listen(fresh.world.db, stores, fresh.world.clock(), fresh.ids["he"], do_as)
    states = sorted(row.state for row in fresh.world.rows(sa.select(Ticket)))
    fresh.world.close()
    assert states == ["closed", "closed", "open", "open", "open"]
