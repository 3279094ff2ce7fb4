"""A version that is only beginning may be said again: what it was stays in its history, and no final day changes by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.shifts import DefinePattern, DefineRules, DefineTemplate, Window, WorkRules
from server.kernel.actors import Actor
from server.kernel.events import REACTIONS
from server.kernel.ledger import History
from server.kernel.perform import writing
from server.org.model import COMPANY_ID
from server.shifts import presets, versions
from server.shifts.events import RulesChanged, VersionReplaced
from server.shifts.model import RuleSet, ShiftPattern, ShiftTemplate
from server.timesheets.closing_model import MonthClosing
from tests.server.world import NOON, SECRET, World
from tests.support.planted import instead

TODAY = "2026-11-20"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


def _template(starts_min: int, **more: Any) -> DefineTemplate:
    values = {"template_id": new_id(), "code": "dusk", "from_day": TODAY, **more}
    windows = [Window(starts_min=starts_min, ends_min=1_320)]
    return DefineTemplate(name_zh="傍晚班", name_en="Dusk", kind="fixed", windows=windows, **values)


def _starts(world: World) -> list[tuple[date, int]]:
    rows = world.rows(sa.select(ShiftTemplate).where(ShiftTemplate.code == "dusk").order_by(ShiftTemplate.from_day))
    return [(row.from_day, row.windows[0]["starts_min"]) for row in rows]


def test_a_typo_in_a_shift_is_corrected_on_its_first_day_and_stays_in_its_history(world: World) -> None:
    first, again = _template(900), _template(960)
    world.must(first)
    world.must(again)
    assert _starts(world) == [(date(2026, 11, 20), 960)] and world.row(ShiftTemplate, first.template_id) is not None
    told = sa.select(History).where(History.table_name == "shift_template", History.row_id == first.template_id)
    assert 900 in [row.before["windows"][0]["starts_min"] for row in world.rows(told) if row.before and "windows" in row.before]
    world.clock.pass_(days=1)
    assert world.refusal(_template(1_000)) == "operation.already_exists"
    world.must(_template(1_000, from_day="2026-11-21"))
    assert [starts for _, starts in _starts(world)] == [960, 1_000]


def test_the_same_operation_sent_twice_is_no_correction(world: World) -> None:
    first = _template(900)
    world.must(first)
    assert world.refusal(first) == "operation.already_exists" and _starts(world) == [(date(2026, 11, 20), 900)]


def test_a_cycle_and_a_set_of_rules_are_said_again_too_and_whoever_keeps_hours_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.must(_template(900))
    for cycle in (["dusk", ""], ["dusk", "dusk", ""]):
        world.must(
            DefinePattern(
                pattern_id=new_id(), code="dusks", name_zh="傍晚", name_en="Dusks", from_day=TODAY, starts_on=TODAY, cycle=cycle
            )
        )  # fmt: skip
    [pattern] = world.rows(sa.select(ShiftPattern).where(ShiftPattern.code == "dusks"))
    assert pattern.cycle == ["dusk", "dusk", ""]
    heard: list[RulesChanged] = []
    monkeypatch.setitem(REACTIONS, RulesChanged, [lambda _work, event: heard.append(event)])
    for grace in (3, 5):
        body = WorkRules(grace_in_min=grace)
        world.must(
            DefineRules(rules_id=new_id(), code="mild", name_zh="宽", name_en="Mild", from_day=TODAY, body=body, reason="r")
        )
    [rules] = world.rows(sa.select(RuleSet).where(RuleSet.code == "mild"))
    assert rules.body["grace_in_min"] == 5 and heard == [RulesChanged(None, date(2026, 11, 20))] * 2


def _close(world: World) -> None:
    """The month was closed before it was over."""
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        session.add(
            MonthClosing(
                id=new_id(), month="2026-11", unit_id=COMPANY_ID, covers_all=True, from_day=date(2026, 11, 1),
                to_day=date(2026, 11, 30), revision=1, state="closed", people=0, found={}, closed_by=new_id(),
                closed_at=world.clock(), reason="r",
            )
        )  # fmt: skip


def test_no_version_is_said_again_where_its_days_are_final(world: World) -> None:
    world.must(_template(900))
    _close(world)
    assert world.refusal(_template(960)) == "statements.month_closed"
    assert _starts(world) == [(date(2026, 11, 20), 900)]


def test_a_version_said_again_behind_the_back_of_a_closed_month_is_found(world: World) -> None:
    with instead(versions, "tell", lambda _work, event: event), pytest.raises(AssertionError):
        test_no_version_is_said_again_where_its_days_are_final(world)
    assert VersionReplaced in REACTIONS


def test_a_company_that_calls_a_later_shift_of_its_own_day_starts_all_the_same(tmp_path: Path) -> None:
    world = World.on_sqlite(tmp_path)
    with writing(world.db, Actor.system(), op_id=new_id(), now=world.clock()) as session:
        for model in (ShiftPattern, ShiftTemplate):
            session.connection().execute(sa.delete(model.__table__))  # type: ignore[arg-type]
    later = msgspec.structs.replace(_template(540), code="day", from_day="2026-12-01")
    world.must(later)
    for _ in range(2):
        presets.ensure(world.db, NOON, SECRET)
    days = world.rows(sa.select(ShiftTemplate).where(ShiftTemplate.code == "day"))
    codes = {row.code for row in world.rows(sa.select(ShiftPattern))}
    assert [row.from_day for row in days] == [date(2026, 12, 1)] and codes == {"three-shift"}
    world.close()
