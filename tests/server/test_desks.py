"""Desks, duty turns, rules of routing, and the clocks of tickets: what is due when, who hears of what is late, each once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from contract import worktime
from contract.desks import DutyTurn, RetireDesk, RetireRule, RuleBody, SetDesk, SetRule, TryRule, TurnClocks
from contract.feedback import CloseTicket, PauseTicket, ReopenTicket, ReplyToTicket, ResolveTicket, ResumeTicket, TakeTicket
from contract.ids import new_id
from contract.org import ChangeUnit, SetCalendarDay
from contract.tickets import ON_DEVICES_DAYS
from contract.worktime import SetWorkHours, WorkHours, WorkWindow
from server.feedback.desks_model import RoutingRule
from server.feedback.desks_queries import breaches
from server.feedback.desks_queries import desks as desks_now
from server.feedback.on_duty import calendar_of, on_duty
from server.feedback.routing import GENERAL_DESK, Rule, first_fit
from server.feedback.simulate import try_rule
from server.feedback.turning import turn_what_is_due
from server.inbox.model import InboxItem
from server.kernel.db import table_of
from server.kernel.feed import SyncChange
from server.org.model import COMPANY_ID
from tests.server.tickets_of import DESIGN, REPAIR, Floor
from tests.server.world import SECRET, World
from tests.support.planted import instead

NINE_TO_SIX = WorkHours(week=[[WorkWindow(from_min=540, until_min=1_080)]] * 5 + [[], []])


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """Two stores with their desks, on SQLite; the desks work from nine to six on working days."""
    made = Floor(tmp_path)
    _office(made)
    yield made
    made.world.close()


@pytest.fixture
def any_floor(any_world: World, tmp_path: Path) -> Floor:
    """The same on both databases."""
    made = Floor(tmp_path, any_world)
    _office(made)
    return made


def _office(floor: Floor) -> None:
    floor.world.must(SetWorkHours(hours_id=floor.hours, name="全天", hours=NINE_TO_SIX))
    _at(floor, "2026-11-20 10:30")  # a Friday


def _at(floor: Floor, text: str) -> datetime:
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    floor.world.clock.now = wall.astimezone(UTC)
    return floor.world.clock.now


def _shanghai(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%m-%d %H:%M")


def _turn(floor: Floor) -> int:
    return turn_what_is_due(floor.world.db, floor.world.clock(), SECRET)


def _kinds(floor: Floor, ticket: str) -> list[str]:
    return [one.kind for one in floor.events(ticket)]


# -- where a ticket goes --------------------------------------------------------------------------------------------------------


def _rule(position: int, desk: str, **body: Any) -> Rule:
    return Rule(new_id(), position, RuleBody(desk_id=desk, **body))


def test_the_first_rule_by_position_that_fits_decides_and_else_the_general_desk() -> None:
    shop, region = new_id(), new_id()
    rules = [
        _rule(30, "all"), _rule(10, "repair", categories=["equipment"], also=["repair", "hr"], first_reply_min=30),
        _rule(5, "urgent", priorities=["urgent"], categories=["equipment"]), _rule(20, "region", unit_id=region),
    ]  # fmt: skip

    def goes(category: str, units: set[str], priority: str, some: list[Rule] = rules) -> str:
        return first_fit(some, category, units, priority).desk_id

    assert goes("equipment", {shop}, "normal") == "repair" and goes("equipment", {shop}, "urgent") == "urgent"
    assert goes("customer", {shop, region}, "high") == "region" and goes("customer", {shop}, "high") == "all"
    assert goes("customer", set(), "low", rules[1:]) == GENERAL_DESK
    assert first_fit(rules, "equipment", {shop}, "low")[1:3] == (("hr",), 30), "the desk itself does not hear of it twice"
    assert first_fit(list(reversed(rules)), "equipment", {shop}, "normal").desk_id == "repair", "whatever their order"


def test_what_no_rule_fits_is_at_hr_and_hr_hears_of_it_also_where_its_desk_has_nobody(floor: Floor) -> None:
    floor.world.must(SetDesk(desk_id=GENERAL_DESK, code="HR", name_zh="人事", name_en="HR", hours_id=floor.hours))
    ticket = floor.file()
    assert floor.ticket(ticket).desk_id == GENERAL_DESK
    assert {who for who, _kind in floor.told(ticket, "N-16")} >= {"he", "ma"}


def test_whose_turn_it_is_answers_and_where_no_turn_fits_everybody(floor: Floor) -> None:
    friday = "2026-11-20"
    turn = DutyTurn(person_id=floor.ids["di"], from_day=friday, to_day="2026-11-27", weekdays=[4])
    floor.desk(DESIGN, "design", ["de", "di"], [turn])

    def duty(now: datetime) -> set[str]:
        with floor.world.looking() as session:
            return set(on_duty(session, DESIGN, now))

    assert duty(_at(floor, "2026-11-20 10:00")) == {floor.ids["di"]}
    assert duty(_at(floor, "2026-11-23 10:00")) == {floor.ids["de"], floor.ids["di"]}, "Monday is nobody's turn"
    assert duty(_at(floor, "2026-11-27 23:59")) == {floor.ids["di"]} and len(duty(_at(floor, "2026-11-28 00:00"))) == 2
    with floor.world.looking() as session:
        shown = next(one for one in desks_now(session, floor.world.clock()).items if one.id == DESIGN)
    assert shown.turns == [turn] and not shown.open, "a Saturday"


def test_desks_hours_and_rules_that_cannot_be_are_refused_with_what_is_wrong(floor: Floor) -> None:
    code, week = floor.world.refusal, [[WorkWindow(from_min=60, until_min=120)]] * 7
    hours: dict[str, Any] = {"hours_id": new_id(), "name": "夜"}
    assert code(SetWorkHours(**hours, hours=WorkHours(zone="Mars/Olympus", week=week))) == "feedback.zone_unknown"
    backwards = WorkHours(week=[[WorkWindow(from_min=60, until_min=60)], *week[1:]])
    assert code(SetWorkHours(**hours, hours=backwards)) == "feedback.window_empty"
    assert code(SetWorkHours(hours_id=new_id(), name="全天", hours=NINE_TO_SIX)) == "feedback.name_taken"
    desk: dict[str, Any] = {"desk_id": new_id(), "name_zh": "x", "name_en": "x", "hours_id": floor.hours}
    assert code(SetDesk(**{**desk, "code": "HR"})) == "feedback.code_taken"
    assert code(SetDesk(**{**desk, "code": "x", "hours_id": new_id()})) == "feedback.hours_unknown"
    turn = DutyTurn(person_id=floor.ids["de"], from_day="2026-11-20", to_day="2026-11-19")
    assert code(SetDesk(**{**desk, "code": "x", "turns": [turn]})) == "feedback.not_at_desk"
    with_de = {**desk, "code": "x", "turns": [turn], "people": [floor.ids["de"]]}
    assert code(SetDesk(**with_de)) == "feedback.turn_backwards"
    assert code(RetireDesk(desk_id=GENERAL_DESK, to_desk_id=DESIGN, reason="r")) == "feedback.desk_needed"
    body = RuleBody(desk_id=new_id())
    assert code(SetRule(rule_id=new_id(), name="x", position=1, body=body, reason="r")) == "feedback.desk_unknown"
    assert code(RetireRule(rule_id=new_id(), reason="r")) == "feedback.rule_unknown"
    mine = SetDesk(**{**desk, "code": "x"})
    assert floor.code(mine, "ma") == "access.not_allowed" and code(TurnClocks(), floor.actors["he"]) == "access.not_allowed"


def test_a_desk_that_retires_leaves_its_tickets_and_rules_to_another(floor: Floor) -> None:
    floor.desk(REPAIR, "repair", ["di"])
    floor.rule(categories=["equipment"], desk_id=REPAIR, also=[DESIGN])
    ticket = floor.file(category="equipment")
    assert floor.ticket(ticket).desk_id == REPAIR
    floor.world.must(RetireDesk(desk_id=REPAIR, to_desk_id=DESIGN, reason="merged"))
    assert floor.ticket(ticket).desk_id == DESIGN and "passed" in _kinds(floor, ticket)
    rule = floor.world.rows(sa.select(RoutingRule))[0]
    assert rule.desk_id == DESIGN and rule.body["desk_id"] == DESIGN and not rule.body.get("also")
    assert floor.ticket(floor.file(category="equipment")).desk_id == DESIGN


# -- clocks ---------------------------------------------------------------------------------------------------------------------


def _story_three(floor: Floor) -> str:
    """Sent 10:33, passed on 10:38, answered 10:45, done 10:46."""
    _at(floor, "2026-11-20 10:33")
    ticket = floor.file(text="定制尺寸")
    _at(floor, "2026-11-20 10:38")
    floor.pass_on(ticket, "he")
    _at(floor, "2026-11-20 10:45")
    floor.reply(ticket, "de", "可以做")
    _at(floor, "2026-11-20 10:46")
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="已告知客户"), "de")
    return ticket


def test_a_custom_size_goes_from_hr_to_design_with_both_hops_timed_and_is_answered_after_twelve_minutes(
    floor: Floor,
) -> None:
    found = floor.ticket(_story_three(floor))
    timed = [(hop["kind"], hop["desk_id"], hop["worked_min"]) for hop in found.hops]
    assert timed[-2:] == [("desk", GENERAL_DESK, 10 * 60 + 38 - (10 * 60 + 33)), ("desk", DESIGN, 46 - 38)]
    assert (found.first_reply_min, found.resolve_min, found.is_late) == (12, 13, False)


def test_a_count_that_leaves_out_a_desk_is_found(floor: Floor) -> None:
    from server.feedback import clocks

    real = clocks.stays_of
    with instead(clocks, "stays_of", lambda ticket, hours: real(ticket, hours)[-1:]):
        assert floor.ticket(_story_three(floor)).first_reply_min != 12


def test_targets_run_out_by_the_desks_hours_over_night_weekend_and_a_day_off(floor: Floor) -> None:
    floor.rule(desk_id=DESIGN, first_reply_min=60, resolve_min=600)
    _at(floor, "2026-11-20 17:30")  # Friday: 30 minutes are left of it
    found = floor.ticket(floor.file())
    # 60: 30 on Friday, 30 on Monday; 600: 30 on Friday, 540 on Monday, 30 on Tuesday
    assert (_shanghai(found.first_due_at), _shanghai(found.resolve_due_at)) == ("11-23 09:30", "11-24 09:30")
    floor.world.must(SetCalendarDay(day="2026-11-23", kind="holiday", name="店庆"))
    with floor.world.looking() as session:
        assert calendar_of(session)["2026-11-23"] == "holiday"
    found = floor.ticket(found.id)
    assert (_shanghai(found.first_due_at), _shanghai(found.resolve_due_at)) == ("11-24 09:30", "11-25 09:30")


def test_other_hours_move_what_is_due_of_tickets_that_are_open(floor: Floor) -> None:
    floor.rule(desk_id=DESIGN, first_reply_min=60)
    ticket = floor.file()
    assert _shanghai(floor.ticket(ticket).first_due_at) == "11-20 11:30"
    later = WorkHours(week=[[WorkWindow(from_min=660, until_min=1_080)]] * 7)
    floor.world.must(SetWorkHours(hours_id=floor.hours, name="全天", hours=later))
    assert _shanghai(floor.ticket(ticket).first_due_at) == "11-20 12:00"


def _paused_for_two_hours(floor: Floor) -> str:
    floor.rule(desk_id=DESIGN, first_reply_min=600, resolve_min=240)
    ticket = floor.file()  # 10:30
    _at(floor, "2026-11-20 11:00")
    floor.must(PauseTicket(event_id=new_id(), ticket_id=ticket, reason="客户在想"), "de")
    assert floor.ticket(ticket).resolve_due_at is None, "it stands still"
    _at(floor, "2026-11-20 13:00")
    floor.must(ResumeTicket(event_id=new_id(), ticket_id=ticket), "de")
    return ticket


def test_the_clock_of_the_solution_stands_still_while_the_customer_is_waited_for(floor: Floor) -> None:
    ticket = _paused_for_two_hours(floor)
    assert _shanghai(floor.ticket(ticket).resolve_due_at) == "11-20 16:30"  # 10:30 + 4 h + 2 h
    _at(floor, "2026-11-20 14:00")
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="ok"), "de")
    assert floor.ticket(ticket).resolve_min == 30 + 60


def test_a_clock_that_forgets_the_waiting_is_found(floor: Floor) -> None:
    with instead(worktime, "_merged", lambda _pauses: []):
        assert _shanghai(floor.ticket(_paused_for_two_hours(floor)).resolve_due_at) == "11-20 14:30"


def test_a_reopened_ticket_begins_the_clock_of_its_solution_anew(floor: Floor) -> None:
    floor.rule(desk_id=DESIGN, resolve_min=60)
    ticket = floor.file()
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="ok"), "de")
    _at(floor, "2026-11-20 15:00")
    floor.must(ReopenTicket(event_id=new_id(), ticket_id=ticket, reason="又坏了"), "an")
    assert _shanghai(floor.ticket(ticket).resolve_due_at) == "11-20 16:00"


# -- what is late ---------------------------------------------------------------------------------------------------------------


def test_a_missed_reply_is_told_to_the_desk_its_leader_and_then_up_the_units_each_once(any_floor: Floor) -> None:
    floor = any_floor
    floor.world.must(SetDesk(
        desk_id=DESIGN, code="design", name_zh="d", name_en="d", hours_id=floor.hours, people=[floor.ids["de"]],
        leader_id=floor.ids["di"],
    ))  # fmt: skip
    floor.world.must(ChangeUnit(unit_id=COMPANY_ID, from_day="2026-11-01", manager_id=floor.ids["al"]))
    floor.rule(desk_id=DESIGN, first_reply_min=15, escalate_min=30)
    ticket = floor.file()  # 10:30
    _at(floor, "2026-11-20 10:44")
    assert _turn(floor) == 0
    _at(floor, "2026-11-20 10:45")
    assert (_turn(floor), _turn(floor)) == (1, 0)
    assert floor.told(ticket, "N-17_late") == [("de", "to_do"), ("di", "notice")]
    _at(floor, "2026-11-20 11:14")
    assert _turn(floor) == 0
    _at(floor, "2026-11-20 11:15")
    assert (_turn(floor), _turn(floor)) == (1, 0)
    assert ("ma", "notice") in floor.told(ticket, "N-17_late"), "the store's manager is next above"
    _at(floor, "2026-11-20 11:46")
    _turn(floor)
    assert ("al", "notice") in floor.told(ticket, "N-17_late"), "then who manages the company"
    _at(floor, "2026-11-20 17:00")
    _turn(floor)
    late = [one for one in _kinds(floor, ticket) if one in ("first_reply_late", "late", "escalated")]
    assert late == ["first_reply_late", "escalated", "escalated"] and floor.ticket(ticket).escalated == 2
    floor.reply(ticket, "de")
    assert floor.told(ticket, "N-17_late", opened=True) == [("al", "notice"), ("di", "notice"), ("ma", "notice")]
    assert floor.ticket(ticket).first_late


def test_two_workers_that_turn_at_once_tell_a_miss_once(any_floor: Floor) -> None:
    floor = any_floor
    floor.rule(desk_id=DESIGN, first_reply_min=15, resolve_min=15)
    tickets = [floor.file() for _ in range(3)]
    _at(floor, "2026-11-20 11:00")
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(_turn, floor) for _ in range(4)]:
            one.result()
    for ticket in tickets:
        assert sorted(_kinds(floor, ticket)[2:]) == ["first_reply_late", "late"]
        rows = floor.world.rows(sa.select(InboxItem).where(InboxItem.about_id == ticket, InboxItem.trigger == "N-17_late"))
        assert len(rows) == 4, "two misses, two people at the desk"


def test_a_miss_that_was_not_one_any_more_when_it_was_looked_at_is_not_told(floor: Floor) -> None:
    floor.rule(desk_id=DESIGN, first_reply_min=15)
    ticket = floor.file()
    floor.reply(ticket, "de")
    _at(floor, "2026-11-20 12:00")
    done = floor.world.must(TurnClocks(first_late=[ticket], late=[ticket], escalate=[ticket], close=[ticket]), _system())
    assert "first_reply_late" not in _kinds(floor, ticket) and done.status == "applied"


def _system() -> Any:
    from server.kernel.actors import Actor

    return Actor.system()


def test_what_is_solved_and_closed_by_nobody_closes_by_itself_after_three_days(floor: Floor) -> None:
    ticket = floor.file()
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="ok"), "he")
    floor.world.clock.now += timedelta(days=3, seconds=-1)
    assert _turn(floor) == 0 and floor.ticket(ticket).state == "resolved"
    floor.world.clock.now += timedelta(seconds=1)
    assert (_turn(floor), _turn(floor)) == (1, 0) and floor.ticket(ticket).state == "closed"


def _held(floor: Floor, ticket: str) -> dict[str, list[str]]:
    """Where devices find a ticket and its events, by what they are, as the feed has it."""
    feed = table_of(SyncChange).c
    ids = {str(ticket), *(str(one.id) for one in floor.events(ticket))}
    asked = sa.select(feed.entity, feed.scope).where(feed.pk.in_(ids), feed.gone.is_(False)).order_by(feed.entity, feed.scope)
    found: dict[str, list[str]] = {}
    with floor.world.db.engine.connect() as connection:
        for entity, scope in connection.execute(asked):
            found.setdefault(entity, []).append(scope)
    return found


def test_what_is_closed_leaves_devices_after_a_month_and_comes_back_when_something_happens(any_floor: Floor) -> None:
    floor = any_floor
    ticket = floor.file()
    floor.must(ReplyToTicket(event_id=new_id(), ticket_id=ticket, text="between us", internal=True), "he")
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="ok"), "he")
    floor.must(CloseTicket(event_id=new_id(), ticket_id=ticket, rating=5, text=""), "an")
    held, words = _held(floor, ticket), len(floor.events(ticket))
    assert held["ticket"] and len(held["ticket_event"]) > len(held["ticket"])
    floor.world.clock.now += timedelta(days=ON_DEVICES_DAYS, seconds=-1)
    assert _turn(floor) == 0 and _held(floor, ticket) == held
    floor.world.clock.now += timedelta(seconds=1)
    late = TurnClocks(put_away=[ticket])
    assert (_turn(floor), _turn(floor), _held(floor, ticket)) == (1, 0, {})
    assert floor.world.must(late, _system()).status == "applied" and _held(floor, ticket) == {}
    there = floor.ticket(ticket)
    assert (there.state, there.rating, there.put_away, len(floor.events(ticket))) == ("closed", 5, True, words), "HQ keeps it"
    floor.must(ReopenTicket(event_id=new_id(), ticket_id=ticket, reason="again"), "he")
    back = _held(floor, ticket)
    assert back["ticket"] == held["ticket"] and not floor.ticket(ticket).put_away
    assert set(back["ticket_event"]) == set(held["ticket_event"]) and len(back["ticket_event"]) > len(held["ticket_event"])
    floor.world.must(late, _system())
    assert _held(floor, ticket) == back, "it was reopened meanwhile"


# -- before a rule counts, and what is late now ---------------------------------------------------------------------------------


def test_a_rule_is_tried_on_what_has_been_and_says_what_moves_and_what_more_is_missed(floor: Floor) -> None:
    for minutes in (5, 40):  # answered after 5 and after 40 minutes
        _at(floor, "2026-11-20 10:30")
        ticket = floor.file()
        floor.world.clock.now += timedelta(minutes=minutes)
        floor.reply(ticket, "he")
    floor.file(category="equipment")
    asked = TryRule(rule_id=new_id(), position=1, body=RuleBody(categories=["customer"], desk_id=DESIGN, first_reply_min=30))
    with floor.world.looking(floor.actors["he"]) as session:
        found = try_rule(session, asked, floor.world.clock())
    assert (found.tickets, found.decided, found.breaches_now, found.breaches_then) == (3, 2, 0, 1)
    assert [(one.from_desk_id, one.to_desk_id, one.tickets) for one in found.moved] == [(GENERAL_DESK, DESIGN, 2)]
    assert len(found.examples) == 2 and not floor.world.rows(sa.select(RoutingRule)), "nothing is kept"


def test_the_breach_list_counts_by_desk_and_says_how_soon_people_are_answered(floor: Floor) -> None:
    floor.rule(desk_id=DESIGN, first_reply_min=30)
    for minutes in (4, 10, 20):
        ticket = floor.file()
        floor.world.clock.now += timedelta(minutes=minutes)
        floor.reply(ticket, "de")
        floor.must(TakeTicket(event_id=new_id(), ticket_id=ticket, person_id=floor.ids["de"]), "de")
    floor.file()
    with floor.world.looking(floor.actors["he"]) as session:
        line = breaches(session, floor.world.clock()).items[0]
    assert (line.desk_id, line.open, line.late, line.due_soon, line.unassigned) == (DESIGN, 4, 0, 1, 1)
    assert line.first_reply_median == 10
    floor.world.clock.now += timedelta(minutes=31)
    _turn(floor)
    with floor.world.looking(floor.actors["he"]) as session:
        assert breaches(session, floor.world.clock()).items[0].late == 1
