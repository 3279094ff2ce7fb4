"""Corrections are facts beside the punches: asked for or vouched for, withdrawn and still seen. No punch is changed by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract import wire
from contract.attendance import KioskProof, ReviewPunch
from contract.corrections import CorrectionRow, CorrectionsQuery, ReviewPunches, WithdrawCorrection
from contract.ids import derived_id, new_id
from contract.moments import to_ms
from contract.postings import EndPosting
from contract.shifts import AssignRules, DefineRules, WorkRules
from server.approvals import presets
from server.approvals.model import Flow, FlowVersion
from server.attendance import corrections as service
from server.attendance import corrections_queries as queries
from server.attendance import suspicions
from server.attendance.correction_model import PunchCorrection
from server.attendance.facts_of_days import counted_facts
from server.attendance.model import Punch, PunchReview
from server.kernel.actors import Actor
from server.kernel.perform import DeviceFacts, writing
from server.sync.projections import PROJECTIONS
from tests.server import corrections_of
from tests.server.corrections_of import Counter, counter_on_sqlite, form, shanghai
from tests.server.requests_of import ask, decide_all
from tests.server.world import NOON, SECRET, World
from tests.support.planted import instead


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = counter_on_sqlite(tmp_path)
    yield made
    made.world.close()


def _asked(counter: Counter, *, must: bool = True, **answers: Any) -> Any:
    return ask(counter.world, "missed_punch", "李伟", form(store=answers.pop("store", counter.store), **answers), must=must)


def _corrected(counter: Counter, **answers: Any) -> PunchCorrection:
    decide_all(counter.world, _asked(counter, **answers))
    return counter.corrections()[-1]


# -- asked for and approved ----------------------------------------------------------------------------------------------


def test_a_missed_punch_counts_once_its_request_is_approved_and_not_before(counter: Counter) -> None:
    request = _asked(counter, clock="09:00", day=19)
    assert counter.counted() == []
    decide_all(counter.world, request)
    assert counter.counted() == [("19 09:00", "in", "request")]
    [made] = counter.corrections()
    assert (made.request_id, made.made_by, made.reason) == (request, counter.wu, "the tablet was down")
    assert made.business_date.isoformat() == "2026-11-19"


def test_a_correction_changes_the_time_not_only_the_status(counter: Counter) -> None:
    """field.md, pain 15: systems that mark a punch "corrected" and go on counting the old minute."""
    punch_id = counter.punch("09:12", day=19)
    made = _corrected(counter, clock="08:58", day=19, replaces="09:12")
    assert made.replaces == punch_id and counter.counted() == [("19 08:58", "in", "request")]
    kept = counter.row(Punch, punch_id)
    assert (kept.taken_at, kept.kind, kept.state) == (shanghai("09:12", 19), "in", "counted"), "the punch stays as it was made"


def test_a_correction_that_overwrites_the_punch_is_found(counter: Counter) -> None:
    """The control: the naive way, which loses what the device said."""

    def overwrite(work: Any, _id: str, _person: str, meant: Any, **_more: Any) -> None:
        with work.with_system_reach() as session:
            session.get_one(Punch, meant.replaces).taken_at = meant.at

    punch_id = counter.punch("09:12", day=19)
    with instead(service, "_make", overwrite):
        decide_all(counter.world, _asked(counter, clock="08:58", day=19, replaces="09:12"))
    assert [row[0] for row in counter.counted()] == ["19 08:58"], "hours look right"
    assert counter.row(Punch, punch_id).taken_at != shanghai("09:12", 19) and counter.corrections() == []


def test_both_facts_are_seen_in_the_api(counter: Counter) -> None:
    punch_id = counter.punch("09:12", day=19)
    made = _corrected(counter, clock="08:58", day=19, replaces="09:12")
    client = counter.world.client("zhao")
    told = client.get(f"/api/v1/punches/{punch_id}").json
    assert told["punch"]["taken_ms"] == to_ms(shanghai("09:12", 19))
    assert [(row["id"], row["at_ms"]) for row in told["corrections"]] == [(made.id, to_ms(shanghai("08:58", 19)))]
    listed = client.get("/api/v1/corrections", person_id=counter.li, from_day="2026-11-19", to_day="2026-11-19").json["items"]
    assert [(row["id"], row["replaces"], row["made_by_name"]) for row in listed] == [(made.id, punch_id, "吴经理")]
    assert client.get("/api/v1/corrections", from_day="2026-11-20").json["items"] == []


@pytest.mark.parametrize(
    ("answers", "code", "field"),
    [
        ({"clock": "12:30", "day": 20}, "attendance.time_in_future", "form.time"),
        ({"clock": "25:00"}, "attendance.no_such_time", "form.time"),
        ({"clock": "09:00", "day": 1, "store": "other"}, "attendance.not_posted_there", "form.store"),
        ({"clock": "09:00", "replaces": "09:12"}, "attendance.no_such_punch", "form.replaces"),
        ({"clock": "09:00", "replaces": "noon!"}, "attendance.no_such_time", "form.replaces"),
    ],
)
def test_what_cannot_be_corrected_is_refused_when_it_is_asked_for(
    counter: Counter, answers: dict[str, Any], code: str, field: str
) -> None:
    if "store" in answers:
        answers = {**answers, "store": counter.other}
    outcome = _asked(counter, must=False, **answers)
    assert (outcome.code, outcome.field) == (code, field)


def test_what_counts_already_is_not_said_twice(counter: Counter) -> None:
    counter.punch("09:00", day=19)
    assert _asked(counter, must=False, clock="09:00", day=19).code == "attendance.already_there"
    assert _asked(counter, must=False, clock="09:00", day=19, kind="out").status == "applied"


def test_a_night_shifts_end_belongs_to_the_day_it_began_on(counter: Counter) -> None:
    made = _corrected(counter, clock="03:30", day=20, kind="out")
    assert (made.at, made.business_date.isoformat()) == (shanghai("03:30", 20), "2026-11-19")


def _rules(counter: Counter, **body: Any) -> None:
    counter.world.must(
        DefineRules(
            rules_id=new_id(), code="ours", name_zh="本店", name_en="Ours", from_day="2026-01-01", body=WorkRules(**body),
            reason="r",
        )
    )  # fmt: skip
    assign = AssignRules(assignment_id=new_id(), rules="ours", person_id=counter.li, from_day="2026-01-01")
    counter.world.must(assign)


def test_the_corrections_of_a_month_are_limited_by_the_rules(counter: Counter) -> None:
    _rules(counter, corrections_a_month=2)
    _corrected(counter, clock="09:00", day=17)
    _asked(counter, clock="09:00", day=18)  # still running: it counts too
    refused = _asked(counter, must=False, clock="09:00", day=19)
    assert refused.code == "attendance.too_many_corrections" and refused.facts["limit"] == 2
    counter.world.must(WithdrawCorrection(correction_id=counter.corrections()[0].id, reason="a mistake"))
    assert _asked(counter, must=False, clock="09:00", day=19).status == "applied", "what was withdrawn is given back"


def test_nobody_corrects_what_is_older_than_the_rules_allow(counter: Counter) -> None:
    _rules(counter, correctable_days=3)
    assert _asked(counter, must=False, clock="09:00", day=16).code == "attendance.too_long_ago"
    assert _asked(counter, must=False, clock="09:00", day=17).status == "applied"


def test_a_request_that_is_refused_or_overtaken_changes_nothing(counter: Counter) -> None:
    counter.punch("09:12", day=19)
    first, second = (_asked(counter, clock=clock, day=19, replaces="09:12") for clock in ("08:55", "08:58"))
    decide_all(counter.world, _asked(counter, clock="18:00", day=19, kind="out"), "refuse", "not seen")
    decide_all(counter.world, first)
    with pytest.raises(AssertionError, match="already_replaced"):
        decide_all(counter.world, second)
    assert counter.counted() == [("19 08:55", "in", "request")]


def test_the_form_knows_the_wrong_punch_where_the_company_left_the_flow_as_it_came(tmp_path: Path) -> None:
    world = World.on_sqlite(tmp_path)
    [(_, newest)] = [pair for pair in presets.with_numbers() if pair[1].kind == "missed_punch"]
    first_fields = [one for one in newest.fields if one.key not in ("replaces", "evidence")]
    before = msgspec.structs.replace(newest, version_id=derived_id("flow", "missed_punch", "1"), fields=first_fields)

    def fields() -> list[str]:
        [flow] = world.rows(sa.select(Flow).where(Flow.kind == "missed_punch"))
        return [field["key"] for field in world.row(FlowVersion, flow.version_id).fields]

    with instead(presets, "with_numbers", lambda: [(1, before)]):  # the release before
        assert presets.ensure_presets(world.db, now=NOON, secret=SECRET) == 1
    assert "replaces" not in fields()
    presets.ensure_presets(world.db, now=NOON, secret=SECRET)
    assert {"replaces", "evidence"} <= set(fields()) and presets.ensure_presets(world.db, now=NOON, secret=SECRET) == 0
    world.must(msgspec.structs.replace(before, version_id=new_id()))  # the company's own
    presets.ensure_presets(world.db, now=NOON, secret=SECRET)
    assert "replaces" not in fields()
    world.close()


# -- vouched for ---------------------------------------------------------------------------------------------------------


def test_the_stores_manager_vouches_and_her_word_counts_with_her_name(counter: Counter) -> None:
    op = counter.vouch("11:00")
    counter.world.must(op, counter.as_wu)
    made = counter.row(PunchCorrection, op.correction_id)
    assert (made.source, made.made_by, counter.counted()) == ("vouch", counter.wu, [("20 11:00", "out", "vouch")])
    counter.world.must(counter.vouch("10:00"), counter.as_zhao)
    assert [row[2] for row in counter.counted()] == ["hq", "vouch"]


def test_who_may_not_vouch_is_told_why(counter: Counter) -> None:
    refusal = counter.world.refusal
    assert refusal(counter.vouch(), counter.as_sun) == "attendance.not_your_store"
    assert refusal(counter.vouch(store_id=counter.other), counter.as_sun) == "attendance.not_posted_there"
    assert refusal(counter.vouch(), counter.as_li) == "access.not_allowed"
    own = counter.vouch(person_id=counter.wu)
    counter.world.post(counter.wu, counter.store)
    assert refusal(own, counter.as_wu) == "attendance.own_vouch"
    assert refusal(counter.vouch("12:30"), counter.as_wu) == "attendance.time_in_future"
    assert refusal(counter.vouch("09:00", day=1, person_id=counter.wang), counter.as_wu) == "attendance.not_posted_there"
    assert counter.corrections() == []


def test_the_database_too_knows_that_nobody_vouches_for_themselves(counter: Counter) -> None:
    with pytest.raises(sa.exc.IntegrityError), writing(counter.world.db, Actor.system(), op_id=new_id(), now=NOON) as session:
        session.add(_bare(counter, made_by=counter.li))
        session.flush()
    assert counter.corrections() == []


def _bare(counter: Counter, **more: Any) -> PunchCorrection:
    values = {
        "id": new_id(), "person_id": counter.li, "store_id": counter.store, "kind": "in", "at": NOON,
        "business_date": NOON.date(), "source": "hq", "made_by": counter.zhao, "made_at": NOON, "reason": "r",
    }  # fmt: skip
    return PunchCorrection(**{**values, **more})


def test_what_a_correction_says_is_never_rewritten(counter: Counter) -> None:
    op = counter.vouch()
    counter.world.must(op, counter.as_wu)
    with (
        pytest.raises(sa.exc.IntegrityError, match="never rewritten"),
        writing(counter.world.db, Actor.system(), op_id=new_id(), now=NOON) as session,
    ):
        session.get_one(PunchCorrection, op.correction_id).at = shanghai("08:00")
        session.flush()
    assert counter.counted() == [("20 11:00", "out", "vouch")]


def test_a_host_vouches_no_more_once_the_posting_is_over_and_hq_still_may(counter: Counter) -> None:
    end = EndPosting(posting_id=counter.posting, ends_on="2026-11-20", reason="back")
    counter.world.clock.now = shanghai("12:00", 19)
    counter.world.must(end)
    counter.world.clock.now = NOON
    late = counter.vouch("18:00", day=19)
    assert counter.world.refusal(late, counter.as_wu) == "attendance.posting_over"
    counter.world.must(counter.vouch("18:00", day=19), counter.as_zhao)
    assert counter.counted() == [("19 18:00", "out", "hq")]


def test_a_punch_is_replaced_by_one_correction_at_a_time(counter: Counter) -> None:
    punch_id = counter.punch("09:12")
    first = counter.vouch("09:00", kind="in", replaces=punch_id)
    counter.world.must(first, counter.as_wu)
    second = counter.vouch("08:50", kind="in", replaces=punch_id)
    assert counter.world.refusal(second, counter.as_wu) == "attendance.already_replaced"
    with pytest.raises(sa.exc.IntegrityError), writing(counter.world.db, Actor.system(), op_id=new_id(), now=NOON) as session:
        session.add(_bare(counter, replaces=punch_id))
        session.flush()
    others = counter.punch("09:12", person=counter.wang)
    assert counter.world.refusal(counter.vouch("08:40", replaces=others), counter.as_wu) == "attendance.punch_unknown"
    assert counter.counted() == [("20 09:00", "in", "vouch")]


def test_at_the_stores_tablet_her_pin_is_needed_and_it_speaks_for_its_own_store_only(counter: Counter) -> None:
    pin = KioskProof(pin=True)
    at_desk = {"kind": "kiosk", "actor": counter.wu, "home": counter.store}
    assert counter.by_device(counter.vouch("11:00"), **at_desk) == "attendance.pin_needed"
    op = counter.vouch("11:00", kiosk=pin)
    assert counter.by_device(op, **{**at_desk, "home": counter.other}) == "attendance.not_your_store"
    assert counter.by_device(op, **{**at_desk, "actor": counter.sun}) == "attendance.not_your_store"
    assert counter.by_device(op, **{**at_desk, "actor": counter.li}) == "attendance.own_vouch"
    assert counter.by_device(op, **at_desk) is None
    [made] = counter.corrections()
    assert (made.source, made.made_by) == ("vouch", counter.wu)


def test_what_was_said_at_the_tablet_counts_from_when_it_was_said(counter: Counter) -> None:
    """Her word of yesterday, while the posting still ran, that the tablet hands in today."""
    counter.world.clock.now = shanghai("12:00", 19)
    counter.world.must(EndPosting(posting_id=counter.posting, ends_on="2026-11-20", reason="back"))
    counter.world.clock.now = NOON
    op = counter.vouch("18:00", day=19, kiosk=KioskProof(pin=True))
    desk = {"kind": "kiosk", "actor": counter.wu, "home": counter.store}
    assert counter.by_device(op, **desk) == "attendance.posting_over"
    assert counter.by_device(op, **desk, at=shanghai("17:00", 19)) == "attendance.time_in_future"
    assert counter.by_device(op, **desk, at=shanghai("18:30", 19)) is None


def test_a_shared_tablet_learns_that_something_counts_and_not_why(counter: Counter) -> None:
    op = counter.vouch("11:00")
    counter.world.must(op, counter.as_wu)
    read = {}
    for kind, home in (("phone", counter.li), ("kiosk", None)):
        device = DeviceFacts(new_id(), kind, home, counter.store if home is None else None, "h", None)
        with counter.world.db.snapshot() as connection:
            body = PROJECTIONS["correction"](connection, [op.correction_id], device)[op.correction_id]
        read[kind] = wire.decode(body, CorrectionRow)
    assert (read["phone"].reason, read["phone"].made_by_name) == ("I saw it", "吴经理")
    bare = read["kiosk"]
    assert (bare.reason, bare.made_by, bare.made_by_name) == ("", None, None) and bare.at_ms == op.at_ms


# -- withdrawn -----------------------------------------------------------------------------------------------------------


def test_a_withdrawn_correction_counts_no_more_and_is_still_seen(counter: Counter) -> None:
    punch_id = counter.punch("09:12")
    op = counter.vouch("09:00", kind="in", replaces=punch_id)
    counter.world.must(op, counter.as_wu)
    counter.world.must(WithdrawCorrection(correction_id=op.correction_id, reason="wrong day"), counter.as_wu)
    assert counter.counted() == [("20 09:12", "in", "punch")], "the punch counts again"
    with counter.world.looking(counter.as_li) as session:
        [row] = queries.corrections_page(session, CorrectionsQuery()).items
        assert queries.corrections_page(session, CorrectionsQuery(standing=True)).items == []
    assert row.withdrawn_because == "wrong day" and row.replaces == punch_id
    again = WithdrawCorrection(correction_id=op.correction_id, reason="r")
    assert counter.world.refusal(again, counter.as_wu) == "attendance.already_withdrawn"


def test_a_correction_is_withdrawn_by_hq_or_who_made_it_and_by_nobody_else(counter: Counter) -> None:
    op = counter.vouch()
    counter.world.must(op, counter.as_zhao)
    withdraw = WithdrawCorrection(correction_id=op.correction_id, reason="r")
    assert counter.world.refusal(withdraw, counter.as_sun) == "attendance.correction_unknown"
    assert counter.world.refusal(withdraw, counter.as_wu) == "attendance.not_your_correction"
    counter.world.must(withdraw, counter.as_qian)
    assert counter.counted() == [] and counter.corrections()[0].withdrawn_by == counter.qian


# -- what counts ---------------------------------------------------------------------------------------------------------


def test_what_counts_is_what_was_decided_last(counter: Counter) -> None:
    punch_id, corrected = counter.punch("09:00"), to_ms(shanghai("08:45"))
    decide = {"punch_id": punch_id, "reason": "r"}
    counter.world.must(ReviewPunch(decision="correct", corrected_ms=corrected, corrected_kind="out", **decide), counter.as_wu)
    assert counter.counted() == [("20 08:45", "out", "punch")]
    counter.world.must(ReviewPunch(decision="reject", **decide), counter.as_wu)
    assert counter.counted() == []
    counter.world.must(ReviewPunch(decision="accept", **decide), counter.as_wu)
    assert counter.counted() == [("20 09:00", "in", "punch")]


def test_everybodys_facts_take_two_statements_and_a_stretch_has_an_open_end(counter: Counter) -> None:
    counter.punch("09:00"), counter.punch("10:00"), counter.punch("09:30", person=counter.wang)
    counter.world.must(counter.vouch("11:00"), counter.as_wu)
    statements: list[str] = []
    with counter.world.looking(Actor.system()) as session:
        sa.event.listen(counter.world.db.reading_engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
        everybody = counted_facts(session, None, shanghai("09:00"), shanghai("11:00"))
        found = counted_facts(session, [counter.li, counter.wang, counter.li], shanghai("09:00"), shanghai("11:00"))
    assert sorted(fact.id for fact in everybody) == sorted(fact.id for fact in found) and len(found) == 3
    assert len([text for text in statements if text.lstrip().startswith("SELECT")]) == 4


# -- several at once, and what waits -------------------------------------------------------------------------------------


def test_several_punches_are_decided_at_once_each_with_its_own_fact(counter: Counter) -> None:
    ids = [counter.punch(clock, verdict="review") for clock in ("08:00", "09:00", "10:00")]
    counter.world.must(ReviewPunches(punch_ids=[*ids, ids[0]], decision="reject", reason="away"), counter.as_wu)
    assert {counter.row(Punch, one).state for one in ids} == {"rejected"} and counter.counted() == []
    assert len(counter.world.rows(sa.select(PunchReview))) == 3


def test_where_one_of_several_cannot_be_decided_none_is(counter: Counter) -> None:
    mine, hers = counter.punch("08:00"), counter.punch("09:00", person=counter.wang)
    own, unknown = counter.punch("09:30", person=counter.wu), "attendance.punch_unknown"
    for other, code in ((hers, unknown), (own, "attendance.own_punch"), (new_id(), unknown)):
        op = ReviewPunches(punch_ids=[mine, other], decision="accept", reason="known")
        assert counter.world.refusal(op, counter.as_wu) == code
    assert counter.row(Punch, mine).state == "counted" and counter.world.rows(sa.select(PunchReview)) == []


def test_a_suspicious_punch_is_told_to_its_manager_and_hr_once_and_closes_when_decided(counter: Counter) -> None:
    """Trigger N-10."""
    punch_id = counter.punch("09:00", verdict="review")
    with instead(corrections_of, "SUSPECT", "evidence.place_unlikely"):
        counter.punch("09:05", verdict="ask")
    counter.punch("09:10")
    for _ in range(2):
        suspicions.flag_suspicious(counter.out, {})
    assert counter.open_items("N-10") == sorted([counter.wu, counter.zhao, counter.qian])
    item = counter.items("N-10")[0]
    assert item.about_id == punch_id and item.due_at == shanghai("33:00") and item.facts["at"] == "11-20 09:00"
    assert item.facts["reason_en"] and item.facts["reason_zh"] != item.facts["reason_en"]
    counter.world.must(ReviewPunch(punch_id=punch_id, decision="accept", reason="seen"), counter.as_wu)
    suspicions.flag_suspicious(counter.out, {})
    assert counter.open_items("N-10") == [] and len(counter.items("N-10")) == 3


def test_what_is_no_longer_suspicious_leaves_the_inbox_by_itself(counter: Counter) -> None:
    better, replaced = counter.punch("09:00", verdict="review"), counter.punch("09:30", verdict="review")
    suspicions.flag_suspicious(counter.out, {})
    assert len(counter.open_items("N-10")) == 6
    with writing(counter.world.db, Actor.system(), op_id=new_id(), now=NOON) as session:
        session.get_one(Punch, better).verdict = "green"  # one more proof
    counter.world.must(counter.vouch("09:20", kind="in", replaces=replaced), counter.as_wu)
    assert len(counter.open_items("N-10")) == 3, "replaced: at once"
    suspicions.flag_suspicious(counter.out, {})
    assert counter.open_items("N-10") == []


def test_telling_that_forgets_whom_it_told_is_found(counter: Counter) -> None:
    """The control: items with an id of their own."""
    from server.inbox import service as inbox

    counter.punch("09:00", verdict="review")
    suspicions.flag_suspicious(counter.out, {})
    with instead(inbox, "item_id_of", lambda *_: new_id()):
        counter.world.must(suspicions.FlagPunches(punches=[counter.items("N-10")[0].about_id]), Actor.system())
    assert len(counter.items("N-10")) == 6
