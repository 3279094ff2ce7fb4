"""What tickets and rules of recommending were changed by, under a company that has both: nothing else loses a row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.feedback import CloseTicket, ResolveTicket
from contract.ids import new_id
from server import migrate
from server.feedback.model import Ticket, TicketEvent
from server.growth.model import Recommendation, RecommendationRule
from server.kernel.db import Database
from tests.migrations.test_scoring_rows import counted, lost
from tests.server.test_growth_by_tickets import RULE, filed, furnished, who_has
from tests.server.world import World

BEFORE = "0040"  # rules knew no tickets, and tickets stayed on devices for ever


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'm.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres")
    found = Database(url)
    migrate.upgrade(found)
    yield found
    found.dispose()


def test_tickets_and_rules_keep_their_rows_on_the_way_down_and_up(database: Database, tmp_path: Path) -> None:
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    shop = furnished(world)
    course = shop.course("c", "课", "Course")
    shop.ruled("complaints", course, **RULE)
    shop.ruled("failed", course, kind="quiz", quiz_course_id=course)
    filed(shop, 3)
    assert who_has(shop) == ["李伟", "王芳", "陈洁"]
    before = counted(database)
    by_tickets = world.rows(sa.select(RecommendationRule.id).where(RecommendationRule.kind == "tickets"))
    theirs = world.rows(sa.select(Recommendation.id).where(Recommendation.rule_id.in_(by_tickets)))
    assert before["ticket"] == 3 and before["recommendation_rule"] > 1 and len(theirs) == 3
    world.db.dispose()

    migrate.downgrade(database, BEFORE)
    after = counted(database)
    assert {name: (before[name], after[name]) for name in lost(before, after)} == {
        "recommendation": (before["recommendation"], before["recommendation"] - 3),
        "recommendation_rule": (before["recommendation_rule"], before["recommendation_rule"] - 1),
    }
    migrate.upgrade(database)
    assert migrate.differences(database) == [] and lost(after, counted(database)) == set()

    filed(shop)
    ticket = world.rows(sa.select(Ticket).order_by(Ticket.number))[0]
    assert not ticket.put_away and ticket.scopes
    world.must(ResolveTicket(event_id=new_id(), ticket_id=ticket.id, text="ok"))
    world.must(CloseTicket(event_id=new_id(), ticket_id=ticket.id, text=""), shop.own(shop.li))
    assert len(world.rows(sa.select(TicketEvent).where(TicketEvent.ticket_id == ticket.id))) >= 3
    with database.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("update ticket set put_away = true where state <> 'closed'"))
    world.close()


def test_a_step_that_leaves_rows_pointing_at_nothing_is_found_and_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    database = Database(f"sqlite:///{tmp_path / 'm.db'}")
    migrate.upgrade(database)
    world = World.on(database.url.render_as_string(hide_password=False), tmp_path)
    shop = furnished(world)
    filed(shop)
    before = counted(database)
    world.db.dispose()
    drop = op.drop_index

    def and_a_ticket(*said: object, **more: object) -> None:
        drop(*said, **more)  # type: ignore[arg-type]
        op.execute(sa.text("delete from ticket"))

    monkeypatch.setattr(op, "drop_index", and_a_ticket)
    with pytest.raises(RuntimeError, match="not there"):
        migrate.downgrade(database, BEFORE)
    monkeypatch.undo()
    assert migrate.current(database) == migrate.newest() and counted(database) == before
    with database.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("delete from ticket"))
    database.dispose()
    world.close()
