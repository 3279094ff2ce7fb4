"""Phones and the store's tablet against the real server: a day put right, a week that three sides sign, a manager's word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.corrections import AnswerAppeal
from contract.ids import new_id
from contract.moments import to_ms
from contract.org import ChangeUnit
from contract.shifts import AssignRules, DefineRules, WorkRules
from contract.statements import ConfirmWeek
from mobile.core import statements
from mobile.core.views import Refused, Said
from mobile.core.views_hq import Both
from server.approvals.model import RequestStep
from server.approvals.presets import ensure_presets
from server.attendance.correction_model import PunchCorrection
from server.kernel.ledger import OpLog
from server.sync import day_rows
from tests.mobile.field import Field, Gadget
from tests.server.hours_world import moment
from tests.server.office import DecideStep
from tests.server.statements_of import OVER, WORKED, signing_in
from tests.server.world import SECRET
from tests.support.planted import instead

PIN, HER_PIN, HIS_PIN = "482913", "591847", "736482"


class Shop:
    """`li` and `wang` work at the store that `wu` manages; `zhao` and `qian` are HR."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.field.office.close()
        self.signing = signing_in(folder, worked=False)
        self.field.office, self.signing.world.clock = self.signing.world, self.field.time
        self.hours.__post_init__()  # by this clock
        self.at("2026-11-02 08:00")
        self.hours.people("王芳")
        self.people = {**self.signing.people, "wang": self.field.office.people["王芳"]}

    @property
    def hours(self):  # type: ignore[no-untyped-def]
        return self.signing.hours

    def at(self, text: str) -> None:
        """It is that time at the store, for everybody."""
        self.field.time.true_ms = to_ms(moment(text))
        self.field.office.clock.now = self.field.time()

    def round(self) -> None:
        self.hours.round()

    def phone(self, who: str) -> Gadget:
        device = self.field.phone_of(self.people[who])
        device.core.sync_once()
        return device

    def tablet(self, **pins: str) -> Gadget:
        """The store's, with these people's PINs."""
        device = self.field.tablet_of(self.signing.store)
        device.core.sync_once()
        for who, pin in pins.items():
            phone = self.phone(who)
            phone.core.set_pin(pin)
            synced(phone)
        synced(device)
        return device

    def over(self) -> None:
        """Li Wei worked a week, and it is over."""
        self.signing.work(*WORKED)
        self.at(OVER)
        self.signing.over()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_a_correction_asked_for_on_the_phone_and_approved_shows_in_the_day(shop: Shop) -> None:
    ensure_presets(shop.field.office.db, now=shop.field.time(), secret=SECRET)
    shop.hours.shift("李伟", "2026-11-09", ("09:00", "18:00"))
    shop.hours.punch("李伟", "in", "2026-11-09 09:10")
    shop.at("2026-11-10 10:00")
    shop.hours.device("李伟", heard="2026-11-10 09:00")
    shop.round()
    li = shop.phone("li")
    before = li.core.hours.day("2026-11-09")
    assert before.card.state == "late" and {"assumed_out", "left_open"} & set(before.card.flags)
    assert before.steps and before.may_ask and before.card.duty is not None
    draft = li.core.hours.correction("2026-11-09")
    answers = dict(draft.answers)
    assert (answers["day"], answers["kind"], answers["time"]) == ("2026-11-09", "out", "18:00")
    li.world.link.up = False
    asked = li.core.office.submit("missed_punch", {**answers, "time": "18:30", "reason": "手机没电"})
    assert [card.request_id for card in li.core.hours.day("2026-11-09").asked] == [asked]
    li.world.link.up = True
    synced(li)
    (step,) = shop.field.office.rows(sa.select(RequestStep).where(RequestStep.request_id == asked))
    shop.field.office.must(DecideStep(step_id=step.id, decision="approve"), shop.signing.as_("wu"))
    shop.round()
    synced(li)
    after = li.core.hours.day("2026-11-09")
    [correction] = after.corrections
    assert (correction.kind, correction.at.hhmm, correction.source, correction.withdrawn) == ("out", "18:30", "request", False)
    assert after.spans[-1].ends is not None and after.spans[-1].ends.hhmm == "18:30" and not after.spans[-1].assumed
    assert after.spans[-1].ends_by is not None and after.spans[-1].ends_by.code == "day_page.by_request"
    assert "corrected" in after.card.flags and [card.state for card in after.asked] == ["approved"]


def test_a_day_names_the_rules_it_was_made_by_as_the_company_calls_them(shop: Shop) -> None:
    names = {"code": "our_own", "name_zh": "门店工时", "name_en": "Shop hours"}
    shop.field.office.must(DefineRules(rules_id=new_id(), **names, from_day="2026-11-01", body=WorkRules(), reason="ours"))
    of_li = {"rules": "our_own", "from_day": "2026-11-01", "person_id": shop.people["li"]}
    shop.field.office.must(AssignRules(assignment_id=new_id(), **of_li))
    shop.hours.shift("李伟", "2026-11-09", ("09:00", "18:00"))
    shop.hours.punch("李伟", "in", "2026-11-09 09:00")
    shop.hours.punch("李伟", "out", "2026-11-09 18:00")
    shop.at("2026-11-10 10:00")
    shop.round()
    li = shop.phone("li")
    assert li.core.hours.day("2026-11-09").rules_name == Both("门店工时", "Shop hours")
    with instead(day_rows, "_rule_names", lambda connection: {}):
        other = shop.phone("wang")
        shop.hours.shift("王芳", "2026-11-09", ("09:00", "18:00"))
        shop.round()
        synced(other)
        page = other.core.hours.day("2026-11-09")
    assert page.rules and page.rules_name is None, "the control: an HQ that names nothing"


def test_of_a_day_without_any_punch_one_end_is_offered_after_the_other_and_of_a_day_to_come_none(shop: Shop) -> None:
    ensure_presets(shop.field.office.db, now=shop.field.time(), secret=SECRET)
    for day in ("2026-11-09", "2026-11-11"):
        shop.hours.shift("李伟", day, ("09:00", "18:00"))
    shop.at("2026-11-10 10:00")
    shop.hours.device("李伟", heard="2026-11-10 09:00")
    shop.round()
    li = shop.phone("li")
    assert li.core.hours.day("2026-11-09").card.state == "absent"

    def offered() -> tuple[object, object]:
        answers = dict(li.core.hours.correction("2026-11-09").answers)
        return answers.get("kind"), answers.get("time")

    assert offered() == ("in", "09:00")
    answers = dict(li.core.hours.correction("2026-11-09").answers)
    first = li.core.office.submit("missed_punch", {**answers, "reason": "手机没电"})
    assert offered() == ("out", "18:00")
    synced(li)
    assert offered() == ("out", "18:00")
    li.core.office.withdraw(first)
    synced(li)
    assert offered() == ("in", "09:00"), "what was taken back is missing again"
    to_come = li.core.hours.day("2026-11-11")
    assert to_come.card.duty is not None and not to_come.may_ask, "nobody has missed a punch of tomorrow"


def test_a_punch_made_here_is_shown_as_not_yet_counted_until_the_day_is_worked_out(shop: Shop) -> None:
    shop.at("2026-11-09 09:00")
    li = shop.phone("li")
    kept = li.core.punch(kind="in")
    page = li.core.hours.day("2026-11-09")
    assert [line.punch_id for line in page.fresh] == [kept.punch_id] and page.card.state is None and page.card.fresh == 1
    synced(li)
    assert li.core.hours.day("2026-11-09").card.fresh == 1, "HQ has it, but has not worked the day out"
    shop.round()
    synced(li)
    page = li.core.hours.day("2026-11-09")
    assert page.fresh == () and page.card.state is not None and len(page.spans) == 1


def test_a_week_is_complete_when_phone_tablet_and_hq_have_confirmed_it(shop: Shop) -> None:
    tablet = shop.tablet(wu=HER_PIN)
    shop.over()
    li = shop.phone("li")
    synced(tablet)
    [card] = li.core.hours.weeks()
    assert card.waits_for_me and card.worked_min > 0 and card.store_name == "豫园店"
    page = li.core.hours.week(card.statement_id)
    assert page is not None and len(page.days) == len(WORKED) and page.days[0].spans == (("09:00", "18:00"),)
    li.world.link.up = tablet.world.link.up = False
    li.core.hours.confirm_week(card.statement_id, card.revision)
    assert [one.waits_for_me for one in li.core.hours.weeks()] == [False]
    with pytest.raises(Refused, match=r"client\.week_not_yours"):
        li.core.hours.confirm_week(card.statement_id, card.revision)
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    [theirs] = tablet.core.desk_hours.weeks()
    assert theirs.waits_for_me and theirs.person_name == "李伟"
    tablet.core.desk_hours.confirm_week(theirs.statement_id, theirs.revision)
    tablet.core.desk.close()
    li.world.link.up = tablet.world.link.up = True
    synced(li, tablet, li, tablet)
    assert li.core.sync_state().needs_you == () and tablet.core.sync_state().needs_you == ()
    assert shop.signing.confirm("zhao", "hq").status == "applied"
    synced(li)
    done = li.core.hours.week(card.statement_id)
    assert done is not None and done.card.state == "complete" and not done.may_confirm and done.card.on_its_way is None
    assert [(one.side, one.name, one.way) for one in done.signed] == [
        ("employee", "李伟", "phone"), ("store", "吴芳", "tablet"), ("hq", "赵敏", "console"),
    ]  # fmt: skip


def test_a_late_fact_makes_a_new_revision_with_the_difference_to_be_confirmed_anew(shop: Shop) -> None:
    shop.over()
    li = shop.phone("li")
    [card] = li.core.hours.weeks()
    li.core.hours.confirm_week(card.statement_id, card.revision)
    synced(li, li)
    shop.hours.punch("李伟", "in", "2026-11-14 10:00", received="2026-11-16 09:00")
    shop.hours.punch("李伟", "out", "2026-11-14 12:00", received="2026-11-16 09:00")
    shop.at("2026-11-16 09:30")
    shop.round()
    with pytest.raises(Refused, match=r"client\.week_not_yours"):
        li.core.hours.confirm_week(card.statement_id, 1)
    synced(li)
    with pytest.raises(Refused, match=r"client\.week_changed"):
        li.core.hours.confirm_week(card.statement_id, 1)
    page = li.core.hours.week(card.statement_id)
    assert page is not None and page.card.revision == 2 and page.may_confirm
    changed = {(one.day, one.field): (one.before, one.after) for one in page.changes}
    assert changed["2026-11-14", "worked_min"] == (0, 120) and changed["", "worked_min"][1] - changed["", "worked_min"][0] == 120
    [earlier] = page.earlier
    assert earlier.revision == 1 and [one.name for one in earlier.signed if one.at is not None] == ["李伟"]
    li.core.hours.confirm_week(card.statement_id, 2)
    synced(li, li)
    assert li.core.sync_state().needs_you == ()


def test_a_phone_that_confirms_what_it_has_not_shown_is_refused_by_hq(shop: Shop) -> None:
    """The control of the test before: the naive way, which signs whatever revision stands."""
    shop.over()
    li = shop.phone("li")
    [card] = li.core.hours.weeks()
    with instead(statements, "confirm", _confirm_unseen):
        li.core.hours.confirm_week(card.statement_id, card.revision)
    synced(li, li)
    [need] = li.core.sync_state().needs_you
    assert need.said.code.startswith("statements.") and shop.signing.statement().state == "open"
    [told] = li.core.hours.weeks()
    assert told.waits_for_me and told.on_its_way is not None and told.on_its_way.state == "refused"


def _confirm_unseen(acts, row, side, *, actor, owner, at_tablet=False):  # type: ignore[no-untyped-def]
    act = ConfirmWeek(statement_id=row.statement_id, revision=row.revision, digest="0" * 64, side=side)
    keep = acts.parts.overlay.keep
    acts.keep(act, actor, also=lambda op, _: keep(op, statements.CONFIRMATION, row.statement_id, owner, act))


def test_a_disagreement_from_the_phone_reaches_hq_and_its_end_is_read_on_the_phone(shop: Shop) -> None:
    shop.over()
    li = shop.phone("li")
    [card] = li.core.hours.weeks()
    with pytest.raises(Refused, match=r"client\.reason_needed"):
        li.core.hours.dispute_week(card.statement_id, 1, "  ")
    li.core.hours.dispute_week(card.statement_id, 1, "周三我工作到 20 点", "2026-11-11")
    [kept] = li.core.hours.weeks()
    assert kept.on_its_way is not None and (kept.on_its_way.act, kept.on_its_way.state) == ("dispute", "kept")
    synced(li, li)
    page = li.core.hours.week(card.statement_id)
    assert page is not None and page.card.state == "disputed" and not page.may_confirm
    [objection] = page.objections
    assert (objection.side, objection.day, objection.reason, objection.outcome) == (
        "employee", "2026-11-11", "周三我工作到 20 点", "",
    )  # fmt: skip


def test_the_managers_word_given_offline_at_the_tablet_arrives_and_counts(shop: Shop) -> None:
    shop.hours.shift("李伟", "2026-11-09", ("09:00", "18:00"))
    shop.at("2026-11-09 08:50")
    tablet = shop.tablet(wu=HER_PIN)
    tablet.world.link.up = False
    shop.at("2026-11-09 09:04")
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    board = tablet.core.desk_hours.board()
    [line] = board.to_do
    assert (line.name, line.trouble, line.kind, line.at.hhmm if line.at else "") == ("李伟", "not_here", "in", "09:00")
    assert sum(count for _, count in board.counts) == len(board.lines) == 2
    with pytest.raises(Refused, match=r"client\.reason_needed"):
        tablet.core.desk_hours.vouch(line.person_id, "in", "2026-11-09", "09:00", " ")
    made = tablet.core.desk_hours.vouch(line.person_id, "in", "2026-11-09", "08:58", "平板死机时我在场")
    [vouched] = [one for one in tablet.core.desk_hours.board().lines if one.person_id == line.person_id]
    assert (vouched.state, vouched.since, vouched.trouble) == ("present", "08:58", None)
    assert vouched.on_its_way is not None and vouched.on_its_way.state == "kept"
    tablet.restart()
    tablet.world.link.up = True
    synced(tablet, tablet)
    assert tablet.core.sync_state().needs_you == ()
    (row,) = shop.field.office.rows(sa.select(PunchCorrection))
    assert (row.id, row.source, row.made_by, row.reason) == (made, "vouch", shop.people["wu"], "平板死机时我在场")
    shop.round()
    day = shop.hours.day("李伟", "2026-11-09")
    assert day is not None and day.first_in_ms == to_ms(moment("2026-11-09 08:58")) and day.late_min == 0
    (said,) = shop.field.office.rows(sa.select(OpLog).where(OpLog.type == "attendance.vouch/1"))
    assert said.actor_id == shop.people["wu"] and said.device_id == tablet.core.enrolment.device_id  # type: ignore[union-attr]


def test_nobody_vouches_for_themselves_or_for_tomorrow_or_without_the_pin(shop: Shop) -> None:
    shop.at("2026-11-09 08:50")
    tablet = shop.tablet(wu=HER_PIN)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.desk_hours.vouch(shop.people["li"], "in", "2026-11-09", "08:00", "r")
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    with pytest.raises(Refused, match=r"client\.not_for_yourself"):
        tablet.core.desk_hours.vouch(shop.people["wu"], "in", "2026-11-09", "08:00", "r")
    for day in ("2026-11-10", "2026-10-20"):
        with pytest.raises(Refused, match=r"client\.not_that_time"):
            tablet.core.desk_hours.vouch(shop.people["li"], "in", day, "08:00", "r")
    assert tablet.core.sync_state().waiting == 0


def test_an_appeal_from_the_phone_is_answered_by_another_and_read_there(shop: Shop) -> None:
    shop.hours.shift("李伟", "2026-11-09", ("09:00", "18:00"))
    shop.hours.punch("李伟", "in", "2026-11-09 09:10")
    shop.hours.punch("李伟", "out", "2026-11-09 18:00")
    shop.at("2026-11-10 10:00")
    shop.hours.device("李伟", heard="2026-11-10 09:00")
    shop.round()
    li = shop.phone("li")
    appeal_id = li.core.hours.appeal("2026-11-09", "我九点就到了", photo=b"a photo of the gate")
    [kept] = li.core.hours.day("2026-11-09").appeals
    assert (kept.state, kept.has_photo) == ("open", True) and kept.on_its_way is not None
    synced(li, li)
    assert li.core.sync_state().needs_you == () and li.core.hours.day("2026-11-09").appeals[0].on_its_way is None
    shop.field.office.must(AnswerAppeal(appeal_id=appeal_id, upheld=False, reason="监控显示 09:10"), shop.signing.as_("zhao"))
    synced(li)
    [answered] = li.core.hours.day("2026-11-09").appeals
    assert (answered.state, answered.answer, answered.text) == ("refused", "监控显示 09:10", "我九点就到了")


def test_ones_own_page_on_the_tablet_confirms_ones_own_week_by_pin_and_shows_nobody_elses(shop: Shop) -> None:
    tablet = shop.tablet(li=PIN, wang=HIS_PIN)
    shop.over()
    synced(tablet)
    li, wang = shop.people["li"], shop.people["wang"]
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.own.page()
    assert not tablet.core.own.open(li, HIS_PIN).ok
    assert tablet.core.own.open(li, PIN).ok
    [card] = tablet.core.own.page().weeks
    tablet.core.own.confirm_week(card.statement_id, card.revision)
    tablet.core.own.close()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.own.week(card.statement_id)
    assert tablet.core.own.open(wang, HIS_PIN).ok
    assert tablet.core.own.page().weeks == () and tablet.core.own.week(card.statement_id) is None
    with pytest.raises(Refused, match=r"client\.week_unknown"):
        tablet.core.own.confirm_week(card.statement_id, card.revision)
    shop.field.time.true_ms += 121_000
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.own.page()
    synced(tablet, tablet)
    (said,) = shop.field.office.rows(sa.select(OpLog).where(OpLog.type == "statements.confirm_week/1"))
    assert said.actor_id == li and tablet.core.sync_state().needs_you == ()
    assert [(one.side, one.way) for one in shop.signing.row().confirmed] == [("employee", "tablet")]


@pytest.mark.parametrize("act", ["confirm_week", "dispute_week"])
def test_a_tablet_that_does_not_say_it_checked_the_pin_speaks_for_nobody(shop: Shop, act: str) -> None:
    tablet = shop.tablet(li=PIN)
    shop.over()
    synced(tablet)
    assert tablet.core.own.open(shop.people["li"], PIN).ok
    [card] = tablet.core.own.page().weeks
    with instead(statements, "_pin", lambda at_tablet: None):  # a tablet that lets anybody sign
        more = ("周三不对",) if act == "dispute_week" else ()
        getattr(tablet.core.own, act)(card.statement_id, card.revision, *more)
    synced(tablet, tablet)
    [need] = tablet.core.sync_state().needs_you
    assert need.said.code == "statements.pin_needed"
    assert (shop.signing.row().state, shop.signing.row().confirmed) == ("open", [])


def test_nothing_private_is_on_the_shared_tablet(shop: Shop) -> None:
    shop.hours.shift("李伟", "2026-11-09", ("09:00", "18:00"))
    tablet, li = shop.tablet(wu=HER_PIN), shop.phone("li")
    shop.over()
    synced(li, tablet)
    li.core.hours.appeal("2026-11-09", "一句只给总部看的话")
    synced(li, li, tablet)
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    held = tablet.core._parts.replica.rows()
    assert {scope.split(":")[0] for scope, _, _ in held}.isdisjoint({"private"})
    assert {entity for _, entity, _ in held}.isdisjoint({"day", "appeal"}) and "statement" in {entity for _, entity, _ in held}
    assert all("一句只给总部看的话" not in body.decode() for _, body in held.values())
    assert {scope for scope, entity, _ in held if entity == "statement"} == {f"desk:{shop.signing.store}"}


def test_the_shift_says_what_the_next_punch_is_and_a_forgotten_out_does_not_turn_it_around(shop: Shop) -> None:
    for day in ("2026-11-09", "2026-11-10"):
        shop.hours.shift("李伟", day, ("09:00", "18:00"))
    shop.at("2026-11-09 08:50")
    li = shop.phone("li")
    li.core.punch(kind="in")
    shop.at("2026-11-09 17:30")
    told = li.core.hours.shifts()
    assert li.core.today().proposed == "out" and told.hint_out == Said("phone.hint_early", {"min": 30, "at": "18:00"})
    shop.at("2026-11-10 09:12")
    told = li.core.hours.shifts()
    assert li.core.today().proposed == "in", "yesterday's clock-out was forgotten"
    assert told.hint_in == Said("phone.hint_forgotten", {"at": "08:50", "day": "2026-11-09"})
    assert told.today is not None and told.today.day == "2026-11-10" and new_id()


def test_a_manager_confirms_the_stores_side_on_her_own_phone_and_nobody_else_gets_those_weeks(shop: Shop) -> None:
    shop.over()
    wu, li, wang = (shop.phone(who) for who in ("wu", "li", "wang"))
    assert wu.core.hours.weeks() == () and li.core.hours.store_weeks() == wang.core.hours.store_weeks() == ()
    [card] = wu.core.hours.store_weeks()
    assert card.person_name == "李伟" and card.waits_for_me
    page = wu.core.hours.week(card.statement_id)
    assert page is not None and page.side == "store" and page.may_confirm
    wu.world.link.up = False
    wu.core.hours.confirm_week(card.statement_id, card.revision)
    [told] = wu.core.hours.store_weeks()
    assert not told.waits_for_me and told.on_its_way is not None and told.on_its_way.state == "kept"
    wu.world.link.up = True
    synced(wu, wu)
    assert wu.core.sync_state().needs_you == ()
    assert [(one.side, one.name) for one in shop.signing.row().confirmed] == [("store", "吴芳")]


def test_who_manages_the_store_no_more_lets_its_weeks_go(shop: Shop) -> None:
    shop.over()
    wu = shop.phone("wu")
    assert len(wu.core.hours.store_weeks()) == 1
    today = shop.field.time().date().isoformat()
    shop.field.office.must(ChangeUnit(unit_id=shop.signing.store, from_day=today, manager_id=shop.people["wang"]))
    synced(wu)
    assert wu.core.hours.store_weeks() == () and wu.core.hours.week(shop.signing.statement().id) is None
    assert len(shop.phone("wang").core.hours.store_weeks()) == 1
