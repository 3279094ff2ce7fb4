"""Feed equals fetch: who followed every change holds what somebody gets who asks for everything today. Random companies,
random principals; phones and tablets."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.sync import model_checks as checks
from tests.sync.planted_bugs import PLANTED

pytestmark = pytest.mark.slow
COMPANIES, DAYS = 8, 12


def shown(device: Handset) -> dict[Any, Any]:
    """What it holds, but for its own results. A punch made on the device itself does not say so again."""
    rows = {key: body for key, body in checks.holds(device).items() if not key[0].startswith("device:")}
    for (_, entity, _), body in rows.items():
        if entity == "punch":
            body["device_id"] = body.get("device_id") or device.device_id
    return rows


def live(company: Company, devices: list[Handset], rng: random.Random) -> None:
    """Some days of a company: people move, names change, punches are made and decided on; devices sync when they can."""
    people, stores = list(company.people), list(company.stores)
    for _ in range(DAYS):
        for _ in range(rng.randrange(1, 5)):
            person, store, today = rng.choice(people), rng.choice(stores), company.today()
            act = rng.randrange(6)
            if act == 0:
                company.move(person, store, from_day=today + timedelta(days=rng.randrange(-1, 3)))
            elif act == 1:  # planned, told to somebody, called off
                company.move(person, store, from_day=today + timedelta(days=2))
                rng.choice(devices).sync()
                company.call_off(person)
            elif act == 2:
                company.rename_store(store, f"Store {rng.random()}")
            elif act == 3:
                company.edit_person(person, f"李 {rng.random()}")
            else:
                device = rng.choice(devices)
                device.punch(person=None if device.kind == "phone" else person)
            company.pass_ms(rng.randrange(60_000, 4 * 3_600_000))
        if punches := company.punches():
            company.decide(rng.choice(punches).id, rng.choice(["accept", "reject"]))
        for device in devices:
            if rng.random() < 0.5:
                device.sync()
        company.pass_ms(12 * 3_600_000)


def follow_and_fetch(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    company = Company(folder / f"company-{seed}").prepare().found(people=5, stores=3)
    try:
        for person in company.people:
            company.post(person, rng.choice("ABC"), company.today() - timedelta(days=rng.randrange(1, 9)))
        phones = [new_handset(company, f"phone-{person}", person=person) for person in rng.sample(list(company.people), 3)]
        devices = [*phones, *(new_handset(company, f"tablet-{store}", store=store) for store in company.stores)]
        live(company, devices, rng)
        for device in devices:  # all say what they did, then all hear it
            device.sync()
        for device in devices:
            device.sync()
            late = new_handset(company, f"late-{device.name}", person=device.person, store=device.store)
            late.sync()
            assert shown(device) == shown(late), f"{device.name} of company {seed}"
            checks.check_converged(company, late)
            checks.check_sound(device)
            late.core.close()
            device.core.close()
    finally:
        company.close()


@pytest.mark.parametrize("seed", range(COMPANIES))
def test_following_the_feed_ends_where_fetching_everything_begins(quick_folder: Path, seed: int) -> None:
    follow_and_fetch(quick_folder, seed)
    assert list(quick_folder.rglob("outpost.db")), "no device took part"


def test_a_feed_that_forgets_who_left_is_found(quick_folder: Path) -> None:
    """The control."""
    with PLANTED["rows_leave_without_a_mark"](), pytest.raises(AssertionError):
        for seed in range(COMPANIES):
            follow_and_fetch(quick_folder, seed)


def test_a_scope_that_cannot_be_healed_is_not_asked_for_in_a_circle(quick_folder: Path) -> None:
    """The server's own sums are wrong, for a row that left without a mark: the device tries once, says so, and goes on."""
    company = Company(quick_folder / "server").prepare().found(people=1, stores=1)
    company.post("p1", "A", company.today() - timedelta(days=3), company.today() + timedelta(days=1))
    company.post("p1", "A", company.today() + timedelta(days=2))
    with PLANTED["rows_leave_without_a_mark"]():
        assert company.call_off("p1")
    phone = new_handset(company, "phone", person="p1")
    assert phone.core.sync_once().complete
    assert len(phone.world.link.sent) <= 8, "the same scope was asked for again and again"
    assert phone.core.sync_state().healed == 1
    assert phone.punch() and phone.sync() and len(company.punches()) == 1
    phone.core.close()
    company.close()
