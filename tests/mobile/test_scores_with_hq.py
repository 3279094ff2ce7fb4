"""Scores against the real server: given on the tablet with no signal, read and answered on the phone, refused on both; and a card
that somebody edited in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.metrics import DefineScheme, SetWeights, Weighed
from contract.scoring import SetPeriod
from contract.scoring_turning import TurnPeriods
from mobile.core.score_desk import DeskScores
from mobile.core.views import Refused
from mobile.core.views_scores import CardView
from server.audit.sequencer import catch_up
from server.audit.verify import verify as compared
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.scoring.card_model import ScoreCard, ScoreFact
from tests.mobile.field import Field, Gadget
from tests.server.scores_of import DISH, NEAT, TEAM, Scored
from tests.support.planted import instead

PIN = "591847"
MIN_MS = 60_000


class Shop:
    """Store A with An and her phone, Ma who manages it, its tablet; people are measured half by points, half by teamwork."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.floor = Scored(folder, self.field.office)
        self.world = self.floor.world
        scheme = DefineScheme(scheme_id=new_id(), code="t_all", name_zh="全员", name_en="All", store_id=self.floor.a)
        self.world.must(scheme)
        lines = [Weighed(metric=DISH, owner="store", weight="50"), Weighed(metric=TEAM, owner="store", weight="50")]
        self.world.must(SetWeights(
            version_id=new_id(), scheme_id=scheme.scheme_id, from_day="2026-11-01", lines=lines, reason="r"
        ))  # fmt: skip
        self.world.must(TurnPeriods(), Actor.system())
        self.tablet = self.field.tablet_of(self.floor.a)
        self.phone = self.field.phone_of(self.floor.ids["an"])
        for phone in (self.phone, self.field.phone_of(self.floor.ids["ma"])):
            synced(phone)
            phone.core.set_pin(PIN)
            synced(phone)
        synced(self.tablet, self.tablet)
        assert self.tablet.core.desk.open(self.floor.ids["ma"], PIN).ok

    def give(self, marks: dict[str, str] | None = None, comment: str = "今天很好") -> str:
        desk, an = self.tablet.core.scores.desk, self.floor.ids["an"]
        desk.write(an, marks or {DISH: "90", TEAM: "80"}, comment)
        return desk.give(an)

    def on_phone(self, card_id: str) -> CardView:
        return next(one for one in self.phone.core.scores.mine.page().cards if one.card_id == card_id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_a_score_given_offline_reaches_the_phone_with_its_time_and_author_and_the_reply_the_tablet(shop: Shop) -> None:
    tablet, phone, desk = shop.tablet, shop.phone, shop.tablet.core.scores.desk
    an = shop.floor.ids["an"]
    tablet.world.link.up = False
    assert [(one.name, one.today) for one in desk.board().people] == [("安宁", False)]
    form = desk.form(an)
    assert [one.code for one in form.metrics] == [DISH, TEAM] and form.composite == ""
    desk.write(an, {DISH: "90"}, "今天")
    assert desk.form(an).composite == "90", "half the weight is known"
    [line] = [one for one in desk.form(an).working if one.points]
    assert (line.points, line.weight, line.adds) == ("90", "100", "90"), "and what is shown can be reckoned again"
    tablet.restart()
    desk = tablet.core.scores.desk
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    form = desk.form(an)
    assert ([one.value for one in form.metrics], form.comment) == (["90", ""], "今天"), "what was begun survives"
    said_ms = tablet.core.now_ms()
    card_id = shop.give()
    assert desk.board().people[0].today and desk.board().sent[0].on_its_way is not None
    assert desk.form(an).composite == "85" and desk.form(an).comment == ""
    shop.field.time.true_ms += 47 * MIN_MS
    tablet.world.link.up = True
    synced(tablet, phone)
    card = shop.on_phone(card_id)
    assert (card.said.ms, card.rater, card.rater_name, card.comment) == (said_ms, "manager", "马超", "今天很好")
    assert [(one.metric, one.points) for one in card.marks] == [(DISH, "90"), (TEAM, "80")] and not card.differs
    assert any(item.about_id == card_id for item in phone.core.office.inbox().notices)
    phone.world.link.up = False
    phone.core.scores.mine.reply(card_id, "谢谢")
    assert shop.on_phone(card_id).replies[0].is_mine
    phone.world.link.up = True
    synced(phone, phone, tablet)
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    [sent] = desk.board().sent
    assert [(one.by, one.text) for one in sent.replies] == [("安宁", "谢谢")] and sent.on_its_way is None
    assert len(shop.world.rows(sa.select(ScoreCard))) == len(shop.world.rows(sa.select(ScoreFact))) == 1


def refusal(shop: Shop, person: str, day: str | None = None, marks: dict[str, str] | None = None) -> str:
    desk = shop.tablet.core.scores.desk
    desk.write(person, marks or {DISH: "50"}, "")
    with pytest.raises(Refused) as refused:
        desk.give(person, day)
    return refused.value.said.code


def test_what_may_not_be_said_is_refused_on_the_tablet_with_no_signal(shop: Shop) -> None:
    ids = shop.floor.ids
    shop.tablet.world.link.up = False
    assert refusal(shop, ids["bo"]) == "scoring.not_posted"
    assert refusal(shop, ids["ma"]) == "scoring.not_yourself"
    assert refusal(shop, ids["an"], "2026-11-21") == "scoring.day_ahead"
    assert refusal(shop, ids["an"], "2026-10-31") == "scoring.not_posted"
    assert refusal(shop, ids["an"], marks={DISH: "101"}) == "scoring.value_wrong"
    assert refusal(shop, ids["an"], marks={TEAM: "50"}) == "scoring.value_wrong"
    assert refusal(shop, ids["an"], marks={NEAT: "2"}) == "scoring.value_wrong"
    assert refusal(shop, ids["an"], marks={"nothing": "2"}) == "scoring.metric_unknown"
    shop.tablet.core.desk.close()
    with pytest.raises(Refused, match="pin_needed"):
        shop.tablet.core.scores.desk.give(ids["an"])
    shop.tablet.world.link.up = True
    synced(shop.tablet)
    assert shop.world.rows(sa.select(ScoreCard)) == []


@pytest.mark.parametrize(("who", "day"), [("bo", "2026-11-20"), ("an", "2026-10-31")])
def test_another_stores_person_and_a_day_before_the_posting_are_refused_alike_on_both_sides(
    shop: Shop, who: str, day: str
) -> None:
    desk, person = shop.tablet.core.scores.desk, shop.floor.ids[who]
    desk.write(person, {DISH: "50"}, "")
    with pytest.raises(Refused) as on_tablet:
        desk.give(person, day)
    with instead(DeskScores, "_must_fit", lambda *asked: None):  # a tablet that judges nothing signs it all the same
        card_id = desk.give(person, day)
    synced(shop.tablet)
    assert shop.world.row(ScoreCard, card_id) is None
    assert shop.tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    way = next(one for one in desk.board().sent if one.card_id == card_id).on_its_way
    assert way is not None and way.problem is not None
    assert (way.problem.code, way.problem.facts) == ("scoring.not_posted", {"day": day})
    assert (on_tablet.value.said.code, on_tablet.value.said.facts) == ("scoring.not_posted", {"day": day})


def test_a_closed_month_is_refused_on_the_tablet_and_by_the_server_by_when_it_was_said(shop: Shop) -> None:
    tablet, an = shop.tablet, shop.floor.ids["an"]
    tablet.world.link.up = False
    shop.field.time.true_ms += 20 * 24 * 60 * MIN_MS
    synced_up(tablet)
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    tablet.world.link.up = False
    tablet.core.scores.desk.write(an, {DISH: "70"}, "")
    in_time = tablet.core.scores.desk.give(an, "2026-11-20")
    shop.field.time.true_ms += 24 * 60 * MIN_MS
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    assert refusal(shop, an, "2026-11-20") == "scoring.month_closed"
    synced_up(tablet)
    assert shop.world.row(ScoreCard, in_time) is not None, "said before the close, arrived after it"
    late = shop.floor.score()
    assert shop.floor.code(late, "ma") == "scoring.month_closed"
    shop.world.must(SetPeriod(month="2026-11", closes_on="2026-12-31", reason="晚到"))
    synced_up(tablet)
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    tablet.core.scores.desk.write(an, {DISH: "71"}, "")
    assert tablet.core.scores.desk.give(an, "2026-11-20")


def synced_up(*devices: Gadget) -> None:
    for device in devices:
        device.world.link.up = True
        synced(device)


def test_a_month_that_hq_closed_while_the_tablet_was_away_is_refused_by_the_server(shop: Shop) -> None:
    tablet, desk = shop.tablet, shop.tablet.core.scores.desk
    shop.field.time.true_ms += 11 * 24 * 60 * MIN_MS  # the 1st of December
    synced_up(tablet)
    tablet.world.link.up = False
    shop.world.must(SetPeriod(month="2026-11", closes_on="2026-11-30", reason="r"))
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    desk.write(shop.floor.ids["an"], {DISH: "70"}, "")
    card_id = desk.give(shop.floor.ids["an"], "2026-11-20")
    synced_up(tablet)
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    way = next(one for one in desk.board().sent if one.card_id == card_id).on_its_way
    assert way is not None and way.state == "refused" and way.problem is not None
    assert way.problem.code == "scoring.month_closed" and shop.world.row(ScoreCard, card_id) is None


def test_a_correction_and_an_undo_are_read_as_a_story_on_the_phone(shop: Shop) -> None:
    tablet, phone, desk = shop.tablet, shop.phone, shop.tablet.core.scores.desk
    card_id = shop.give()
    desk.correct(card_id, {DISH: "70"}, "看错了", "误按")
    assert [one.value for one in desk.board().sent[0].marks] == ["70"]
    synced(tablet, phone)
    card = shop.on_phone(card_id)
    assert card.comment == "看错了" and [one.value for one in card.changes[0].before] == ["90", "80"] and not card.differs
    desk.withdraw(card_id, "不是今天")
    with pytest.raises(Refused, match="withdrawn"):
        desk.withdraw(card_id, "again")
    synced(tablet, phone)
    assert shop.on_phone(card_id).withdrawn and not shop.on_phone(card_id).differs
    with pytest.raises(Refused, match="withdrawn"):
        phone.core.scores.mine.appeal(card_id, "r")


def test_an_appeal_and_ones_own_word_go_up_and_stand_beside_the_score(shop: Shop) -> None:
    phone, mine = shop.phone, shop.phone.core.scores.mine
    card_id = shop.give()
    synced(shop.tablet, phone)
    phone.world.link.up = False
    mine.appeal(card_id, "那天我休息")
    with pytest.raises(Refused, match="appeal_open"):
        mine.appeal(card_id, "again")
    assert [one.code for one in mine.page().to_assess] == [DISH, TEAM]
    mine.assess({DISH: "95"}, "自评")
    assert mine.page().assessed is not None and shop.on_phone(card_id).has_open_appeal
    synced_up(phone)
    rows = {row.rater: row for row in shop.world.rows(sa.select(ScoreCard))}
    assert set(rows) == {"manager", "self"} and rows["self"].marks[0]["value"] == "95"
    [appeal] = shop.world.rows(sa.select(ScoreFact))
    assert (appeal.kind, appeal.text) == ("appealed", "那天我休息")


def test_a_colleagues_score_is_on_nobody_elses_phone(shop: Shop) -> None:
    shop.world.post(shop.floor.ids["de"], shop.floor.a)
    other = shop.field.phone_of(shop.floor.ids["de"])
    card_id = shop.give()
    synced(shop.tablet, other, shop.phone)
    assert other.core.scores.mine.page().cards == () and shop.on_phone(card_id)
    with pytest.raises(Refused, match="card_unknown"):
        other.core.scores.mine.reply(card_id, "?")


# -- somebody edits the database -------------------------------------------------------------------------------------------


def edit(shop: Shop, *statements: str) -> None:
    """With the database's own shell, past everything: as somebody with the file would."""
    database = shop.world.db.engine.url.database
    assert database is not None
    with closing(sqlite3.connect(database)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount == 1
        connection.commit()


def verify(shop: Shop) -> list[tuple[str | None, str | None]]:
    """What a comparison of the whole log names: (table, row)."""
    out: Outpost = shop.world.app.extensions["outpost"]
    catch_up(out)
    with shop.world.db.snapshot() as connection:
        return [(one.table, one.row_id) for one in compared(connection, out.signer.public).found]


@pytest.mark.parametrize("statement", [
    "UPDATE score_card SET marks = replace(marks, '\"90\"', '\"20\"')",
    "UPDATE score_card SET comment = '差'",
])  # fmt: skip
def test_a_card_edited_in_the_database_shows_in_verify_and_on_the_phone(shop: Shop, statement: str) -> None:
    card_id = shop.give()
    synced(shop.tablet, shop.phone)
    assert not shop.on_phone(card_id).differs and verify(shop) == []
    edit(shop, statement)
    assert verify(shop) == [("score_card", card_id)]
    shop.tablet.core.scores.desk.reply(card_id, "看一下")  # anything that moves the row brings it to the phone again
    synced(shop.tablet, shop.phone)
    assert shop.on_phone(card_id).differs


def test_a_phone_that_never_saw_the_card_before_finds_it_too_and_so_it_does_when_the_log_was_edited_with_it(shop: Shop) -> None:
    card_id = shop.give()
    synced(shop.tablet)
    edit(shop, "UPDATE score_card SET comment = '差'")
    synced(shop.phone)
    assert shop.on_phone(card_id).differs, "the log of operations says otherwise"
    second = shop.give({DISH: "60"}, "好")
    synced(shop.tablet, shop.phone)
    assert not shop.on_phone(second).differs
    edit(
        shop, f"UPDATE score_card SET comment = '差' WHERE replace(id, '-', '') = '{second.replace('-', '')}'",
        f"UPDATE op_log SET raw = CAST(replace(CAST(raw AS TEXT), '\"好\"', '\"差\"') AS BLOB)"
        f" WHERE type = 'scoring.score/1' AND instr(CAST(raw AS TEXT), '{second}') > 0",
    )  # fmt: skip
    shop.tablet.core.scores.desk.reply(second, "看一下")
    synced(shop.tablet, shop.phone)
    assert shop.on_phone(second).differs, "what the phone saw first says otherwise"
