"""Rosters on devices, through the real client's core: what a phone and a tablet hold without signal, what they may not, and what
becomes of what a tablet planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.inbox import ItemRow
from contract.org import ChangeUnit
from contract.roster_people import SetTerms
from contract.rosters import ConfirmShifts, Publish, RosterCellRow, RosterShiftRow, RosterWorkerRow, SeenShift, SetShift
from server.kernel.actors import Actor
from server.kernel.feed import SYNCED, Synced
from server.kernel.perform import reading
from server.rosters import handed, profiles
from server.rosters.handed import keep_handed
from server.rosters.model import RosterCell, RosterShift
from server.shifts import presets
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead


class Shop:
    """Store A with p1 and p2, planned by p3 at its tablet; p1's phone."""

    def __init__(self, folder: Path) -> None:
        every_handler()
        self.company = company = Company(folder / "server").prepare().found(people=4)
        presets.ensure(company.db, company.now(), company.settings.secret)
        profiles.ensure(company.db, company.now(), company.settings.secret)
        self.today = company.today()
        for person in ("p1", "p2"):
            company.post(person, "A", self.today - timedelta(days=3))
        self.boss = company.people["p3"]
        company.must(ChangeUnit(unit_id=company.stores["A"], from_day="2020-01-01", manager_id=self.boss))
        self.phone = new_handset(company, "phone", person="p1")
        self.tablet = new_handset(company, "tablet", store="A")

    def day(self, ahead: int) -> date:
        return self.today + timedelta(days=ahead)

    def shift(self, person: str | None, ahead: int, template: str = "early", **more: Any) -> SetShift:
        values = {"shift_id": new_id(), "store_id": self.company.stores["A"], "day": self.day(ahead).isoformat()}
        person_id = self.company.people[person] if person is not None else None
        return SetShift(**{**values, "person_id": person_id, "template": template, **more})

    def put(self, *args: Any, **more: Any) -> str:
        op = self.shift(*args, **more)
        self.company.must(op)
        return op.shift_id

    def publish(self, first: int, last: int, store: str = "A") -> None:
        days = {"from_day": self.day(first).isoformat(), "to_day": self.day(last).isoformat()}
        self.company.must(Publish(publish_id=new_id(), store_id=self.company.stores[store], override="r", **days))

    def held(self, device: Handset, entity: str, shape: type) -> dict[str, Any]:
        """What a device shows of an entity without asking anybody, by key."""
        rows = device.parts.replica.rows()
        return {pk: msgspec.json.decode(body, type=shape) for (_, kind, pk), (_, body) in rows.items() if kind == entity}

    def plan(self, op: Any, by: str = "p3") -> None:
        """Somebody plans at the tablet after their PIN; it is sent when there is a way."""
        self.tablet.core._keep(op, self.company.people[by], self.tablet.world.clock.read())

    def ended(self, device: Handset) -> list[tuple[str, str | None]]:
        """How the operations of a device ended, as it learnt it."""
        rows = device.parts.replica.rows()
        told = [msgspec.json.decode(body) for (_, kind, _), (_, body) in rows.items() if kind == "op"]
        return [(one["status"], one.get("code")) for one in sorted(told, key=lambda one: one["seq"])]

    def row(self, model_of: type, row_id: str) -> Any:
        with reading(self.company.db, Actor.system()) as session:
            return session.get(model_of, row_id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    for device in (made.phone, made.tablet):
        device.core.close()
    made.company.close()


def test_a_published_shift_is_on_the_phone_without_signal_and_a_change_makes_a_notice(shop: Shop) -> None:
    mine, colleagues = shop.put("p1", 1), shop.put("p2", 1, "late")
    assert shop.phone.sync() and shop.held(shop.phone, "roster_shift", RosterShiftRow) == {}
    shop.publish(1, 3)
    shop.phone.sync()
    held = shop.held(shop.phone, "roster_shift", RosterShiftRow)
    assert {held[mine].person_name, held[colleagues].person_name} == {"李0", "李1"}
    assert (held[mine].name_zh, held[mine].version, held[mine].placed[0].starts_min) == ("早班", 1, 480)
    assert shop.held(shop.phone, "roster_cell", RosterCellRow) == {}, "drafts are the desk's"
    shop.company.must(shop.shift("p1", 1, "late", shift_id=mine, based_on=1))
    shop.publish(1, 3)
    shop.phone.sync()
    assert shop.held(shop.phone, "roster_shift", RosterShiftRow)[mine].name_zh == "晚班"
    told = [item.facts for item in shop.held(shop.phone, "item", ItemRow).values() if item.trigger == "N-11"]
    assert sorted((one["new"], one["changed"]) for one in told) == [(0, 1), (1, 0)]


def test_drafts_that_reach_phones_would_be_found(shop: Shop) -> None:
    """The control: cells that travel with the store's rows."""
    rightly = SYNCED[RosterCell]
    SYNCED[RosterCell] = Synced("roster_cell", lambda row: [f"store:{row.store_id}"])
    try:
        shop.put("p1", 1)
    finally:
        SYNCED[RosterCell] = rightly
    shop.phone.sync()
    assert len(shop.held(shop.phone, "roster_cell", RosterCellRow)) == 1


def test_a_tablet_holds_what_it_judges_by_and_nobodys_wage_or_reason(shop: Shop) -> None:
    terms = SetTerms(
        terms_id=new_id(), person_id=shop.company.people["p2"], from_day="2020-01-01", wage_cents_hour=2_600, protect=["pregnant"]
    )
    shop.company.must(terms)
    shop.put("p1", 1)
    shop.publish(1, 1)
    shop.tablet.sync()
    workers = {row.worker.name: row for row in shop.held(shop.tablet, "roster_worker", RosterWorkerRow).values()}
    assert set(workers) == {"李0", "李1"}
    assert workers["李1"].worker.wage_cents_hour is None and workers["李1"].worker.protect == ["no_night", "no_overtime"]
    assert [one.day for one in workers["李0"].elsewhere] == [shop.day(1).isoformat()]
    kinds = {key[1] for key in shop.tablet.parts.replica.rows()}
    assert {"roster_profile", "roster_kit", "roster_cell", "roster_shift"} <= kinds
    shop.phone.sync()
    assert [row.person_id for row in shop.held(shop.phone, "roster_worker", RosterWorkerRow).values()] == [
        shop.company.people["p1"]
    ]


def test_the_daily_look_changes_nothing_on_a_day_it_has_seen_and_lets_old_shifts_go(shop: Shop) -> None:
    shop.put("p1", 1)
    shop.publish(1, 1)
    company = shop.company
    keep_handed(company.db, company.now())
    assert keep_handed(company.db, company.now()) == 0
    shop.phone.sync()
    assert len(shop.held(shop.phone, "roster_shift", RosterShiftRow)) == 1
    company.pass_ms(37 * 86_400_000)
    assert keep_handed(company.db, company.now()) > 0
    shop.phone.sync()
    assert shop.held(shop.phone, "roster_shift", RosterShiftRow) == {}
    with instead(handed, "_off_devices", lambda *_: None):
        assert keep_handed(company.db, company.now()) == 0


def test_who_moves_to_another_store_takes_nothing_of_the_old_roster_along(shop: Shop) -> None:
    first, later = shop.put("p1", 0, "late"), shop.put("p1", 4)
    shop.publish(0, 6)
    shop.phone.sync()
    assert len(shop.held(shop.phone, "roster_shift", RosterShiftRow)) == 2
    assert shop.company.move("p1", "B", from_day=shop.day(1))
    shop.company.pass_ms(2 * 86_400_000)
    shop.phone.sync()
    shop.phone.sync()
    shop.tablet.sync()
    assert shop.held(shop.phone, "roster_shift", RosterShiftRow) == {}
    assert f"store:{shop.company.stores['A']}" not in shop.phone.parts.replica.cursors()
    assert shop.row(RosterShift, later).person_id is None and shop.row(RosterShift, first).person_id is not None
    here = shop.held(shop.tablet, "roster_shift", RosterShiftRow)
    assert here[later].person_id is None, "the store sees the gap at once"


def test_what_a_tablet_planned_without_signal_counts_and_what_came_too_late_ends_honestly(shop: Shop) -> None:
    cell = shop.put("p1", 2)
    shop.tablet.sync()
    pin = KioskProof(pin=True)
    fresh = shop.shift("p2", 2, "late", kiosk=pin)
    shop.plan(fresh)
    shop.plan(shop.shift("p2", 2, "day", shift_id=fresh.shift_id, based_on=1, kiosk=pin))
    shop.plan(shop.shift("p2", 2, shift_id=cell, based_on=1, kiosk=pin))  # two shifts at once for p2
    shop.company.must(shop.shift("p1", 2, shift_id=cell, based_on=1, comment="HQ was faster"))
    shop.tablet.sync()
    shop.tablet.sync()
    assert shop.ended(shop.tablet) == [("applied", None), ("applied", None), ("rejected", "rosters.changed_meanwhile")]
    assert (shop.row(RosterCell, fresh.shift_id).template, shop.row(RosterCell, fresh.shift_id).version) == ("day", 2)
    shop.plan(shop.shift("p2", 2, shift_id=cell, based_on=2, kiosk=pin))
    shop.plan(shop.shift("p1", 5, kiosk=pin), by="p1")
    shop.tablet.sync()
    shop.tablet.sync()
    assert shop.ended(shop.tablet)[3:] == [("rejected", "rosters.breaks_overlap"), ("rejected", "rosters.not_your_store")]
    held = shop.held(shop.tablet, "roster_cell", RosterCellRow)
    assert held[cell].comment == "HQ was faster" and held[cell].person_id == shop.company.people["p1"]


def test_a_phone_confirms_what_its_person_has_seen(shop: Shop) -> None:
    mine = shop.put("p1", 1)
    shop.publish(1, 1)
    shop.phone.sync()
    version = shop.held(shop.phone, "roster_shift", RosterShiftRow)[mine].version
    seen = ConfirmShifts(shifts=[SeenShift(shift_id=mine, version=version)])
    shop.phone.core._keep(seen, shop.company.people["p1"], shop.phone.world.clock.read())
    shop.phone.sync()
    shop.tablet.sync()
    assert shop.row(RosterShift, mine).confirmed_at is not None
    assert shop.held(shop.tablet, "roster_cell", RosterCellRow)[mine].state == "confirmed"
