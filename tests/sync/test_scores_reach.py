"""Scores, month reports and parts in cycles: on the phone of whom they concern, at the desk of their store, and nowhere else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract.cycles import STAGES, OpenCycle, StageDays
from contract.ids import new_id
from contract.metrics import ActivateMetric, DefineMetric
from contract.org import ChangeUnit
from contract.score_reports import MakeScoreReports
from contract.scoring import CorrectScore, Mark, ReplyToScore, ScoreWork
from contract.wire import Wire
from server.kernel import feed
from server.kernel.actors import Actor
from server.kernel.perform import perform
from server.scoring.card_model import ScoreCard
from server.scoring.cycle_model import CyclePart
from server.scoring.cycle_turning import keep_cycles
from server.scoring.report_model import ScoreReport
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead
from tests.sync import model_checks as checks

A_DAY_MS = 24 * 3_600_000
ENTITIES = {"score_card", "score_report", "cycle_person"}


@dataclass
class Shops:
    """p1 works at A under p3, p2 at B under p4; each has a phone, each store a tablet."""

    company: Company
    devices: dict[str, Handset]
    card_id: str

    def says(self, who: str, operation: Wire, *roles: tuple[str, str | None]) -> None:
        actor = Actor.person(self.company.people[who], new_id(), list(roles))
        secret = self.company.settings.secret
        done = perform(self.company.db, actor, operation, op_id=new_id(), now=self.company.now(), secret=secret)
        assert done.status == "applied", done

    def syncs(self) -> None:
        for device in self.devices.values():
            assert device.sync()

    def holds(self, name: str) -> set[tuple[str, str]]:
        """What a device holds of scoring: entity and whose."""
        rows = checks.holds(self.devices[name])
        return {(entity, body["person_id"]) for (_, entity, _), body in rows.items() if entity in ENTITIES}

    def of(self, person: str) -> set[tuple[str, str]]:
        return {(entity, self.company.people[person]) for entity in ENTITIES}

    def agree(self) -> None:
        for device in self.devices.values():
            checks.check_converged(self.company, device)
            checks.check_no_leftovers(self.company, device)
            checks.check_sound(device)


def scored(folder: Path) -> Shops:
    """Both are scored by their managers, have a report of last month and a part in a cycle."""
    every_handler()
    company = Company(folder / "server").prepare().found(people=4)
    today = company.today()
    for person, store, manager in (("p1", "A", "p3"), ("p2", "B", "p4")):
        company.post(person, store, today - dt.timedelta(days=60))
        unit = ChangeUnit(unit_id=company.stores[store], from_day=today.isoformat(), manager_id=company.people[manager])
        company.must(unit)
    metric = new_id()
    company.must(DefineMetric(
        metric_id=metric, code="t_dish", name_zh="出品", name_en="Dish", kind="points", source="manager", rhythm="day",
    ))  # fmt: skip
    company.must(ActivateMetric(metric_id=metric))
    devices = {
        "ph1": new_handset(company, "ph1", person="p1"), "ph2": new_handset(company, "ph2", person="p2"),
        "kA": new_handset(company, "kA", store="A"), "kB": new_handset(company, "kB", store="B"),
    }  # fmt: skip
    shops = Shops(company, devices, new_id())
    shops.syncs()
    for person, store, manager, card in (("p1", "A", "p3", shops.card_id), ("p2", "B", "p4", new_id())):
        shops.says(manager, ScoreWork(
            card_id=card, person_id=company.people[person], store_id=company.stores[store], day=today.isoformat(),
            marks=[Mark(metric="t_dish", value="90")], comment="很好",
        ), ("store_manager", company.stores[store]))  # fmt: skip
    last_month = today.replace(day=1) - dt.timedelta(days=1)
    company.must(MakeScoreReports(month=f"{last_month:%Y-%m}", people=[company.people["p1"], company.people["p2"]]))
    days = [StageDays(stage=one, from_day=today.isoformat(), until=(today + dt.timedelta(days=20)).isoformat()) for one in STAGES]
    month = f"{today:%Y-%m}"
    company.must(OpenCycle(cycle_id=new_id(), name_zh="考核", name_en="Cycle", from_month=month, to_month=month, stages=days))
    return shops


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Shops]:
    made = scored(tmp_path)
    yield made
    made.company.close()


def test_they_reach_whom_they_concern_and_the_desk_of_the_store_and_nobody_else(shops: Shops) -> None:
    shops.syncs()
    shops.agree()
    assert shops.holds("ph1") == shops.holds("kA") == shops.of("p1")
    assert shops.holds("ph2") == shops.holds("kB") == shops.of("p2")


def test_later_words_arrive_where_the_card_is(shops: Shops) -> None:
    shops.syncs()
    store = shops.company.stores["A"]
    marks = [Mark(metric="t_dish", value="70")]
    correction = CorrectScore(correction_id=new_id(), card_id=shops.card_id, marks=marks, reason="看错了")
    shops.says("p3", correction, ("store_manager", store))
    shops.says("p1", ReplyToScore(reply_id=new_id(), card_id=shops.card_id, text="谢谢"), ("employee", None))
    shops.syncs()
    shops.agree()
    for name in ("ph1", "kA"):
        [card] = [body for (_, entity, _), body in checks.holds(shops.devices[name]).items() if entity == "score_card"]
        assert [one["value"] for one in card["marks"]] == ["70"] and "谢谢" in str(card)


def test_who_moves_takes_the_part_along_and_leaves_the_card_where_the_work_was(shops: Shops) -> None:
    shops.syncs()
    company = shops.company
    assert company.move("p1", "B", from_day=company.today() + dt.timedelta(days=1))
    company.pass_ms(A_DAY_MS)
    keep_cycles(company.db, company.now(), company.settings.secret)
    shops.syncs()
    shops.agree()
    p1 = company.people["p1"]
    assert shops.holds("kA") == {("score_card", p1), ("score_report", p1)}
    assert shops.holds("kB") == shops.of("p2") | {("cycle_person", p1)}
    assert shops.holds("ph1") == shops.of("p1") and shops.holds("ph2") == shops.of("p2")


@pytest.mark.parametrize("model", [ScoreCard, ScoreReport, CyclePart])
@pytest.mark.parametrize("scopes", ["everybody's phone", "no desk"])
def test_a_row_that_goes_elsewhere_or_not_at_all_is_found(tmp_path: Path, model: type, scopes: str) -> None:
    honest, everybody = feed.SYNCED[model], []  # type: ignore[var-annotated]
    found = Company.found

    def founding(self: Company, **asked: Any) -> Company:
        everybody.extend(found(self, **asked).people.values())
        return self

    def wrong(row: Any) -> list[str]:
        return [f"private:{one}" for one in everybody] if scopes == "everybody's phone" else [f"private:{row.person_id}"]

    with instead(Company, "found", founding), instead(feed, "SYNCED", {**feed.SYNCED, model: honest._replace(scopes=wrong)}):
        shops = scored(tmp_path)
    shops.syncs()
    with pytest.raises(AssertionError, match="I4"):
        shops.agree()
    shops.company.close()
