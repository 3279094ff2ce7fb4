"""Scoring taken away and brought back under a company that scores: nothing else loses a row, and scoring works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme
from contract.scoring import CorrectScore, Mark
from server import migrate
from server.kernel.db import Base, Database
from server.scoring.card_model import ScoreCard, ScoreFact
from server.scoring.cycle_model import CyclePart
from server.scoring.report_model import ScoreReportRevision
from tests.server.cycles_of import Cycled
from tests.server.scores_of import DISH
from tests.server.test_score_reports import Month
from tests.server.world import World

BEFORE = "0033"  # the last revision without scoring
# moves by itself, or is told of what goes: which rows devices hold, and the rights that scoring brings along and says to the log
ALIVE = {"alembic_version", "sync_change", "sync_feed", "sync_tx", "role_permission", "audit_pending"}
Counts = dict[str, int]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'm.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    found = Database(url)
    migrate.upgrade(found)
    yield found
    found.dispose()


def counted(database: Database) -> Counts:
    with database.engine.connect() as connection:
        names = sorted(set(sa.inspect(connection).get_table_names()) - ALIVE)
        return {name: connection.execute(sa.select(sa.func.count()).select_from(sa.table(name))).scalar_one() for name in names}


def lost(before: Counts, after: Counts) -> set[str]:
    """Tables whose rows are not what they were, but for those that went with scoring."""
    return {name for name, rows in after.items() if rows != before.get(name)}


def scored(world: World, folder: Path) -> Callable[[], None]:
    """A card with a photo, its correction, a cycle with goals that both agreed. Answers how to score again."""
    floor = Cycled(folder, world)
    card = floor.score(photos=["ab" * 32])
    floor.must(card, "ma")
    marks = [Mark(metric=DISH, value="70")]
    floor.must(CorrectScore(correction_id=new_id(), card_id=card.card_id, marks=marks, reason="看错了"), "ma")
    floor.agreed_goals()
    assert len(world.rows(sa.select(ScoreFact))) == 1 and world.rows(sa.select(CyclePart))

    def again() -> None:
        fresh = Cycled.__new__(Cycled)
        fresh.__dict__.update(floor.__dict__)
        fresh.metric(DISH, "points")
        fresh.must(fresh.score(), "ma")
        assert len(world.rows(sa.select(ScoreCard))) == 1, "those of before are gone"

    return again


def reported(world: World, folder: Path) -> Callable[[], None]:
    """Schemes, four cards, a month's reports and a revision because a card came late. Answers how to report again."""
    month = Month(folder, world)
    month.march()
    month.night()
    month.at("2027-04-02T10:00+08:00")
    month.card("2027-03-30", "98")
    month.night("2027-04-02")
    assert max(row.revision for row in world.rows(sa.select(ScoreReportRevision))) == 2

    def again() -> None:
        metric = new_id()
        world.must(DefineMetric(
            metric_id=metric, code="t_dish", name_zh="出品", name_en="Dish", kind="points", source="manager", rhythm="day",
        ))  # fmt: skip
        world.must(ActivateMetric(metric_id=metric))
        scheme = new_id()
        world.must(DefineScheme(scheme_id=scheme, code="t-new", name_zh="厨师", name_en="Chef", post_id=month.posts["chef"]))
        world.must(month.weights(scheme, [("t_dish", "store", "100")]))
        month.at("2027-04-02T15:00+08:00")
        month.card("2027-03-30", "98", metric="t_dish")
        month.night("2027-04-03")
        assert month.report().row.composite == "98"

    return again


@pytest.mark.parametrize("furnish", [scored, reported])
def test_scoring_goes_and_comes_back_and_nothing_else_loses_a_row(
    database: Database, tmp_path: Path, furnish: Callable[[World, Path], Callable[[], None]]
) -> None:
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    again = furnish(world, tmp_path)
    before = counted(database)
    world.db.dispose()
    migrate.downgrade(database, BEFORE)
    gone = before.keys() - counted(database).keys()
    assert {"score_card", "score_report", "score_cycle", "score_review", "score_photo", "metric", "scheme"} <= gone
    now = counted(database)
    assert {name: (before[name], now[name]) for name in lost(before, now)} == {}
    migrate.upgrade(database)
    assert migrate.differences(database) == []
    assert {name for name, rows in counted(database).items() if name in gone and rows} == set()
    assert lost(before, {name: rows for name, rows in counted(database).items() if name not in gone}) == set()
    again()
    world.close()


def test_a_row_lost_on_the_way_is_found(database: Database, tmp_path: Path) -> None:
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    scored(world, tmp_path)
    before = counted(database)
    with database.engine.begin() as connection:
        connection.execute(sa.delete(Base.metadata.tables["inbox_item"]))
    assert lost(before, counted(database)) == {"inbox_item"}
    world.close()
