"""Month reports: story two with its very numbers, one for everybody without typing, revisions of what comes late, frozen text."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.messages import say
from contract.metrics import ActivateMetric, DefineScheme, SetWeights, Weighed
from contract.org import DefinePost
from contract.score_reports import ScoreReportQuery, ScoreReportsQuery, TryWeights
from contract.scoring import AnswerScoreAppeal, AppealScore, CompositeLine, CorrectScore, Mark, ScoreWork
from contract.wire import Wire
from server.growth.model import Indicator
from server.growth.model import IndicatorValue as HeldValue
from server.inbox.model import InboxItem
from server.org.model import Post
from server.postings.model import Posting
from server.scoring import figures as figures_of
from server.scoring import month_end, presets, report_queries
from server.scoring.automatic import AUTOMATIC
from server.scoring.model_library import Metric
from server.scoring.report_model import ScoreReport, ScoreReportRevision, ScoreRun
from server.scoring.report_rows import reports_by_id
from server.sync import projections
from tests.server.growth_of import phone
from tests.server.tickets_of import Floor
from tests.server.world import SECRET, World
from tests.support.planted import instead


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Month(Floor):
    """Floor in March 2027 with the library: An cooks at A by 50/20/30, Bo sells at B by 40/30/15/15."""

    def __init__(self, folder: Path, world: World | None = None) -> None:
        super().__init__(folder, world)
        world = self.world
        world.clock.now = moment("2027-03-01T09:00+08:00")
        presets.ensure(world.db, world.clock(), SECRET)
        self.posts = {code: self._post(code) for code in ("chef", "sales")}
        for login, code in (("an", "chef"), ("bo", "sales")):
            self._give_post(self.ids[login], self.posts[code])
        chef = [("dish_quality", "store", "50"), ("complaint_rate", "store", "20"), ("new_dishes", "hq", "30")]
        sales = [("satisfaction", "store", "40"), ("sales", "hq", "30")]
        sales += [("collection", "hq", "15"), ("efficiency", "store", "15")]
        for code in ("complaints", "dishes", "satisfaction", *(line[0] for line in chef + sales)):
            self.world.must(ActivateMetric(metric_id=derived_id("metric", code)))
        self.scheme = {"chef": self._scheme("chef", chef), "sales": self._scheme("sales", sales)}

    def _post(self, code: str) -> str:
        known = self.world.rows(sa.select(Post).where(Post.code == code))
        if known:
            return str(known[0].id)
        post_id = new_id()
        self.world.must(DefinePost(post_id=post_id, code=code, name_zh=code, name_en=code))
        return post_id

    def _give_post(self, person: str, post: str) -> None:
        """The posting's post, past the operation that would ask for an approval."""
        with self.world.db.engine.begin() as connection:
            connection.execute(sa.update(Posting.__table__).where(Posting.__table__.c.person_id == person).values(post_id=post))

    def _scheme(self, code: str, lines: list[tuple[str, str, str]]) -> str:
        scheme_id = new_id()
        named = {"code": f"t-{code}", "name_zh": "厨师", "name_en": code}
        self.world.must(DefineScheme(scheme_id=scheme_id, post_id=self.posts[code], **named))
        self.world.must(self.weights(scheme_id, lines))
        return scheme_id

    def weights(self, scheme_id: str, lines: list[tuple[str, str, str]], from_day: str = "2027-03-01") -> SetWeights:
        told = [Weighed(metric=metric, owner=owner, weight=weight) for metric, owner, weight in lines]  # type: ignore[arg-type]
        return SetWeights(version_id=new_id(), scheme_id=scheme_id, from_day=from_day, lines=told, reason="r")

    def at(self, text: str) -> None:
        self.world.clock.now = moment(text)

    def card(self, day: str, value: str, *, metric: str = "dish_quality", who: str = "ma", whom: str = "an") -> str:
        """A card given on its day at half past two, as the clock stands then."""
        op = ScoreWork(
            card_id=new_id(), person_id=self.ids[whom], store_id=self.a if whom == "an" else self.b, day=day,
            marks=[Mark(metric=metric, value=value)], comment="很好",
        )  # fmt: skip
        self.must(op, who)
        return op.card_id

    def said(self, indicator: str, value: str, who: str = "an", month: str = "2027-03", last: str = "31", **more: Any) -> None:
        one = IndicatorValue(
            indicator=indicator, person_id=self.ids[who], from_day=f"{month}-01", to_day=f"{month}-{last}", value=value, **more
        )
        self.world.must(RecordValues(batch_id=new_id(), values=[one], source="ERP import"))

    def march(self) -> list[str]:
        """Story two's March; answers the cards."""
        cards = []
        for day, value in (("05", "88"), ("12", "92"), ("19", "90"), ("26", "90")):
            self.at(f"2027-03-{day}T14:30+08:00")
            cards.append(self.card(f"2027-03-{day}", value))
        self.said("complaints", "5")
        self.said("dishes", "200")
        self.said("new_dishes", "3")
        return cards

    @property
    def server(self) -> Any:
        """What the job needs of a running server."""
        return SimpleNamespace(db=self.world.db, clock=self.world.clock, settings=SimpleNamespace(secret=SECRET))

    def night(self, day: str = "2027-04-01") -> None:
        """The job of the night after the month's last day, as the worker does it."""
        self.at(f"{day}T00:20+08:00")
        month_end.turn(self.server, {})

    def report(self, who: str = "an", month: str = "2027-03", revision: int | None = None) -> Any:
        with self.world.looking() as session:
            [line] = report_queries.reports(session, ScoreReportsQuery(month=month, person_id=self.ids[who])).items
            return report_queries.report(session, ScoreReportQuery(report_id=line.id, revision=revision))

    def count(self, model: Any) -> int:
        return len(self.world.rows(sa.select(model)))

    def told(self, who: str, trigger: str) -> list[InboxItem]:
        asked = sa.select(InboxItem).where(InboxItem.receiver_id == self.ids[who], InboxItem.trigger == trigger)
        return self.world.rows(asked)


@pytest.fixture
def month(tmp_path: Path) -> Month:
    return Month(tmp_path)


def adds(lines: list[CompositeLine]) -> list[tuple[str, str | None, str]]:
    return [(line.metric, line.actual, line.adds) for line in lines]


def test_story_two_march_and_april(month: Month) -> None:
    short = [("dish_quality", "store", "50"), ("complaint_rate", "store", "20"), ("new_dishes", "hq", "20")]
    wrong = month.weights(month.scheme["chef"], short, "2027-04-01")
    outcome = month.world.do(wrong)
    assert (outcome.code, outcome.facts["missing"]) == ("scoring.weights_missing", "10")
    month.march()
    month.night()
    page = month.report()
    assert adds(page.row.lines) == [("dish_quality", "90", "45"), ("complaint_rate", "2.5", "16"), ("new_dishes", "3", "22.5")]
    assert (page.row.composite, page.row.revision, [line.n for line in page.row.lines][0]) == ("83.5", 1, 4)
    assert page.row.lines[2].source == "ERP import" and page.row.lines[2].owner == "hq"
    for day in ("09", "16", "23", "29"):
        month.at(f"2027-04-{day}T14:30+08:00")
        month.card(f"2027-04-{day}", "90")
    for code, value in (("complaints", "4"), ("dishes", "200"), ("new_dishes", "3")):
        month.said(code, value, month="2027-04", last="30")
    month.night("2027-05-01")
    april = month.report(month="2027-04")
    assert (april.row.composite, april.row.lines[1].adds) == ("87.5", "20")
    assert [line.composite for line in april.trend] == ["83.5", "87.5"]


def test_the_sales_rep_has_85_5(month: Month) -> None:
    month.at("2027-03-20T14:30+08:00")
    known = {row.code: row.source for row in month.world.rows(sa.select(Metric))}
    for code, value in (("satisfaction", "90"), ("sales", "80"), ("collection", "100"), ("efficiency", "70")):
        if known[code] == "manager":
            month.card("2027-03-20", value, metric=code, who="mb", whom="bo")
        else:
            target = next(row.target for row in month.world.rows(sa.select(Metric).where(Metric.code == code)))
            reached = value if target is None else str(int(target) * int(value) / 100)
            month.said(code, reached, "bo")
    month.night()
    assert [line.points for line in month.report("bo").row.lines] == ["90", "80", "100", "70"]
    assert month.report("bo").row.composite == "85.5"


def test_a_report_for_every_posted_person_and_none_at_the_second_run(month: Month) -> None:
    month.march()
    month.night()
    with month.world.looking() as session:
        posted = {row.person_id for row in figures_of.stays_in(session, "2027-03")}
    assert posted == {month.ids["an"], month.ids["bo"]}
    assert {row.person_id for row in month.world.rows(sa.select(ScoreReport))} == posted
    assert month.report("bo").row.why == "too_little"
    [told] = month.told("bo", "N-21")
    assert say("en", "inbox.N-21.notice", **told.facts).endswith(": Less than half of the weight has figures")
    assert say("zh", "inbox.N-21.notice", **told.facts).endswith("：有数据的权重不足一半")
    month.at("2027-04-01T03:00+08:00")
    assert month_end.due_months(month.server) == [], "once a day"
    month.night("2027-04-02")
    assert (month.count(ScoreReport), month.count(ScoreReportRevision)) == (2, 2)
    runs = [(row.fresh, row.changed, row.same) for row in month.world.rows(
        sa.select(ScoreRun).where(ScoreRun.kind == "reports").order_by(ScoreRun.ran_at)
    )]  # fmt: skip
    assert runs == [(2, 0, 0), (0, 0, 2)]
    assert [len(month.told(who, "N-21")) for who in ("an", "bo")] == [1, 1]
    counts = [[item.facts["count"] for item in month.told(who, "score_reports")] for who in ("ma", "he")]
    assert counts == [[1], [2]], "one line for each manager and for HR, however often the job runs"


def test_a_late_score_makes_revision_two_with_the_difference(month: Month) -> None:
    month.march()
    month.night()
    before = month.report()
    month.at("2027-04-05T10:00+08:00")
    month.card("2027-03-30", "80")
    month.night("2027-04-06")
    page = month.report()
    assert (page.row.revision, page.row.composite, page.because) == (2, "82.5", "late")
    changed = [(one.metric, one.before, one.after) for one in page.row.differences]
    assert changed == [("dish_quality", "90", "88"), ("", "83.5", "82.5")]
    first = month.report(revision=1)
    assert (first.row.digest, first.row.composite, first.row.lines) == (before.row.digest, "83.5", before.row.lines)
    assert len(month.told("an", "N-21")) == 2


def test_after_the_close_only_an_upheld_appeal_moves_a_report_and_says_so(month: Month) -> None:
    cards = month.march()
    month.night()
    month.at("2027-04-11T10:00+08:00")
    late = ScoreWork(card_id=new_id(), person_id=month.ids["an"], store_id=month.a, day="2027-03-30",
                     marks=[Mark(metric="dish_quality", value="10")], comment="")  # fmt: skip
    assert month.code(late, "ma") == "scoring.month_closed"
    month.said("new_dishes", "4")
    month_end.turn(month.server, {})
    assert month.report().row.revision == 1, "a figure after the close changes nothing"
    fixing = CorrectScore(correction_id=new_id(), card_id=cards[0], marks=[Mark(metric="dish_quality", value="20")], reason="r")
    assert month.code(fixing, "ma") == "scoring.month_closed"
    appeal = AppealScore(appeal_id=new_id(), card_id=cards[0], reason="不是我做的菜")
    month.must(appeal, "an")
    marks = [Mark(metric="dish_quality", value="96")]
    month.must(AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=True, text="是的", marks=marks), "he")
    page = month.report()
    assert (page.row.revision, page.because) == (2, "appeal")
    assert page.row.lines[0].actual == "92"


def test_an_appeal_against_the_report_stands_on_it(month: Month) -> None:
    month.march()
    month.night()
    report = month.report().row.id
    appeal = AppealScore(appeal_id=new_id(), report_id=report, reason="新品是四道")
    assert month.code(AppealScore(appeal_id=new_id(), report_id=report, reason="r"), "bo") == "scoring.report_unknown"
    month.must(appeal, "an")
    assert [one.state for one in month.report().row.appeals] == ["open"]
    month.said("new_dishes", "4")
    month.must(AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=True, text="已更正"), "he")
    page = month.report()
    assert (page.row.composite, page.because, [one.state for one in page.row.appeals]) == ("91", "appeal", ["upheld"])


@pytest.mark.parametrize("statement", [
    "update score_report_revision set text = replace(text, '83.5', '99.5')",
    "update score_report_revision set digest = 'x'",
    "delete from score_report_revision",
])  # fmt: skip
def test_the_database_keeps_what_a_report_said(month: Month, statement: str) -> None:
    month.march()
    month.night()
    with pytest.raises(sa.exc.IntegrityError, match="stays as it was made"), month.world.db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def test_the_composite_is_an_indicator_value_and_is_never_read_as_a_figure(month: Month) -> None:
    month.march()
    month.night()
    asked = sa.select(HeldValue).join(Indicator, Indicator.id == HeldValue.indicator_id)
    held = {
        code: month.world.rows(asked.where(Indicator.code == code, HeldValue.person_id == month.ids["an"]))
        for code in ("composite", "dish_quality")
    }
    assert [(row.value, row.source, row.n) for row in held["composite"]] == [("83.5", "scores", 3)]
    assert [(row.value, row.source, row.n) for row in held["dish_quality"]] == [("90", "scores", 4)]


def test_raters_count_alike_however_often_they_score(month: Month) -> None:
    """The control: the plain mean of all marks lets who scores more often weigh more."""
    month.march()
    month.at("2027-03-27T14:30+08:00")
    month.card("2027-03-27", "70", who="he")
    month.night()
    line = month.report().row.lines[0]
    assert (line.actual, line.n) == ("80", 5)
    with instead(figures_of, "_of_raters", lambda by, how: sum((one[2] for marks in by for one in marks), Fraction(0)) / 5):
        month.at("2027-04-03T00:20+08:00")
        month_end.turn(month.server, {})
    assert month.report().row.lines[0].actual == "86"


def test_the_phone_and_the_stores_desk_hold_the_report_and_no_other(month: Month) -> None:
    month.march()
    month.night()
    with month.world.looking() as session:
        rows = month.world.rows(sa.select(ScoreReport).where(ScoreReport.person_id == month.ids["an"]))
        bodies = projections.bodies(session.connection(), {"score_report": {rows[0].id}}, phone(month.ids["an"]))
        assert b'"composite":"83.5"' in bodies["score_report", rows[0].id]
        assert reports_by_id(session.connection(), [rows[0].id])[0].lines[0].points == "90"
    asked = sa.text("select scope from sync_change where entity = 'score_report' and pk = :pk")
    with month.world.db.engine.connect() as connection:
        scopes = {row[0] for row in connection.execute(asked, {"pk": rows[0].id.replace("-", "")})} | {
            row[0] for row in connection.execute(asked, {"pk": rows[0].id})
        }
    assert scopes == {f"private:{month.ids['an']}", f"desk:{month.a}"}


def test_other_weights_are_tried_without_a_word_written(month: Month) -> None:
    month.march()
    month.night()
    lines = [
        Weighed(metric="dish_quality", owner="store", weight="20"), Weighed(metric="complaint_rate", owner="store", weight="20"),
        Weighed(metric="new_dishes", owner="hq", weight="60"),
    ]  # fmt: skip
    asked = TryWeights(scheme_id=month.scheme["chef"], month="2027-03", lines=lines)
    with month.world.looking(month.actors["he"].at(month.world.clock())) as session:
        tried = report_queries.try_weights(session, asked)
    assert (tried.people, tried.up, tried.down) == (1, 0, 1)
    assert [(one.before, one.after, one.moves) for one in tried.items] == [("83.5", "79", "-4.5")]
    assert month.count(ScoreReportRevision) == 2


def test_what_is_known_without_typing_is_recorded_once(month: Month) -> None:
    an = month.ids["an"]
    counts = {"punctuality": 9, "training_participation": 3, "first_reply_in_time": 4, "ticket_rating": 9}
    planted = tuple(one._replace(counts=lambda session, m, one=one: [(an, counts[one.code], 10)]) for one in AUTOMATIC)
    with instead(month_end, "AUTOMATIC", planted):
        month.night()
        month.night("2027-04-02")
    found: list[Wire] = month.world.rows(
        sa.select(HeldValue).where(HeldValue.person_id == an, HeldValue.source.in_(("attendance", "training", "tickets")))
    )
    assert sorted((row.source, row.value, row.n) for row in found) == [  # type: ignore[attr-defined]
        ("attendance", "90", 10), ("tickets", "0.9", 10), ("tickets", "40", 10), ("training", "30", 10),
    ]  # fmt: skip
    runs = month.world.rows(sa.select(ScoreRun).where(ScoreRun.kind == "attendance").order_by(ScoreRun.ran_at))
    assert [(row.fresh, row.changed, row.same) for row in runs] == [(1, 0, 0), (0, 0, 1)]
