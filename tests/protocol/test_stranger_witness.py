"""The stranger's device as a witness of HQ's log, over real HTTP."""

from __future__ import annotations

import sqlalchemy as sa

from server.audit.model import AuditAlarm
from server.audit.sequencer import catch_up
from server.kernel.db import table_of
from server.kernel.feed import SyncFeed
from tests.protocol.test_stranger import Field, field
from tests.support.cooked_books import rewrite_entry

assert field  # the fixture


def _goes_on(field: Field) -> None:
    field.pass_ms(61_000)
    field.punch()
    field.phone.sync()
    catch_up(field.live.app.extensions["outpost"])
    field.phone.sync()


def _alarms(field: Field) -> list[str]:
    return [row.code for row in field.live.rows(sa.select(AuditAlarm.code))]


def test_a_device_from_the_page_follows_the_log_and_reports_a_rewritten_one_once(field: Field) -> None:
    _goes_on(field)
    first = field.phone.ask("report")["log"]
    _goes_on(field)
    second = field.phone.ask("report")["log"]
    assert 0 < first["size"] < second["size"] and second["alarms"] == []
    rewrite_entry(field.live.db, 2)
    _goes_on(field)
    _goes_on(field)
    assert field.phone.ask("report")["log"] == {"size": second["size"], "alarms": ["audit.split_view"]}
    assert _alarms(field) == ["audit.split_view"]


def test_a_device_from_the_page_follows_an_announced_restart(field: Field) -> None:
    _goes_on(field)
    before = field.phone.ask("report")["log"]["size"]
    with field.live.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(SyncFeed)).values(epoch="another"))
    _goes_on(field)
    assert field.phone.ask("report")["log"]["size"] > before
    assert _alarms(field) == []
