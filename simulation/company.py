"""A company comes into being by operations: stores are opened, people hired and posted, tablets put up, phones handed out."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

from contract.devices import IssueCode
from contract.ids import new_id
from contract.people import GrantRole, Hire, OpenAccount
from contract.postings import PostEmployee
from contract.stores import AddPartner, OpenStore, RedrawFence
from simulation.clocks import MINUTE, TZ_MIN
from simulation.gadgets import Gadget
from simulation.ground import somewhere_around
from simulation.hq import Hq
from simulation.places import Site, read_stores, sites_from
from simulation.world import Person, World, minutes

PEOPLE_PER_STORE: Final = 8
TABLET_SHARE: Final = 0.6
DEAF_TABLET: Final = 0.4
_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅宇轩梓涵子墨欣怡浩然思雨嘉琪"


@dataclass(frozen=True)
class Founded:
    """Who may read everything and change nothing: the oracle's login."""

    login: str
    password: str


def day_of(ms: int) -> str:
    """The calendar day in Shanghai."""
    return (datetime.fromtimestamp(ms / 1000, UTC) + timedelta(minutes=TZ_MIN)).date().isoformat()


def found_company(world: World, people: int, stores_file: Path | None) -> Founded:
    """Everything HQ does before the first day. The true time passes over it, some hours."""
    hq, rng = world.hq, world.rng
    world.sites = _open_stores(hq, people, stores_file, rng)
    today = day_of(world.time.now_ms)
    for n in range(people):
        _hire(world, n, today)
    founded = _appoint_auditor(hq)
    enrol_everybody(world)
    return founded


def enrol_everybody(world: World) -> None:
    """Tablets and phones are enrolled, PINs chosen; then the tablets hear of them, before the doors open."""
    for site in world.sites:
        if site.tablet is not None:
            enrol(world, site.tablet, store_id=site.id)
    for person in world.people:
        enrol(world, person.phone, person_id=person.id)
        world.time.pass_ms(minutes(world.rng, 0.05, 0.3))
        person.phone.running().set_pin(person.pin)
        person.phone.sync()
    calm, world.calm = world.calm, True
    world.time.pass_ms(30 * MINUTE)
    for site in world.sites:
        if site.tablet is not None:
            site.tablet.sync()
    world.calm = calm


def enrol(world: World, gadget: Gadget, *, person_id: str | None = None, store_id: str | None = None) -> None:
    """HQ issues a code, the device enrols with it."""
    kind: Literal["phone", "kiosk"] = "phone" if person_id is not None else "kiosk"
    issued = world.hq.do(
        "/api/v1/devices/codes",
        IssueCode(code_id=new_id(), kind=kind, person_id=person_id, store_id=store_id, valid_min=600),
    )
    calm, world.calm = world.calm, True  # HQ sees to it that there is a network for this
    gadget.device_id = gadget.running().enrol(world.url, issued["code"]).device_id
    gadget.sync()
    world.calm = calm


def _open_stores(hq: Hq, people: int, stores_file: Path | None, rng: random.Random) -> list[Site]:
    rows = read_stores(stores_file)
    sites = sites_from(rows, max(4, people // PEOPLE_PER_STORE), rng)
    partners = {row["name"]: row["id"] for row in hq.read("/api/v1/partners")["items"]}
    owner = {row["Store Number"]: f"{row['Brand']} ({row['Ownership Type']})" for row in rows}
    for site in sites:
        name = owner[site.number]
        if name not in partners:
            partners[name] = new_id()
            hq.do("/api/v1/partners", AddPartner(partner_id=partners[name], name=name))
        _open(hq, site, site.opened(partners[name], rng))
    return sites


def _open(hq: Hq, site: Site, operation: OpenStore) -> None:
    """A new store; where HQ has it already (an import, an earlier run), its fence is drawn anew at the place people stand."""
    known = [row for row in hq.read("/api/v1/stores", q=site.number)["items"] if row["number"] == site.number]
    if not known:
        hq.do("/api/v1/stores", operation)
        return
    site.id = known[0]["id"]
    hq.do("/api/v1/stores/fences", RedrawFence(store_id=site.id, fence=operation.fence))


def _hire(world: World, n: int, today: str) -> None:
    rng = random.Random(f"{world.rng.random()} person {n}")
    site = world.sites[n % len(world.sites)]
    if site.tablet is None and n < len(world.sites) and (n % 2 == 0 or rng.random() < TABLET_SHARE - 0.4):
        give_tablet(world, site, rng)
    name = rng.choice(_SURNAMES) + "".join(rng.choices(_GIVEN, k=rng.choice((1, 2, 2))))
    person = settle_in(world, n, person_id=new_id(), number=f"{world.tag}-{n + 1:04d}", name=name, site=site, rng=rng)
    world.hq.do("/api/v1/people", Hire(person_id=person.id, number=person.number, name=name, home_org="HQ Kitchen"))
    world.hq.do(
        "/api/v1/postings",
        PostEmployee(posting_id=new_id(), person_id=person.id, store_id=site.id, starts_on=today),
    )


def give_tablet(world: World, site: Site, rng: random.Random) -> None:
    """A tablet for the store; in some basements without any network of its own."""
    world.put_up_tablet(site)
    site.is_deaf = site.ground.name == "basement" and rng.random() < DEAF_TABLET


def settle_in(world: World, n: int, *, person_id: str, number: str, name: str, site: Site, rng: random.Random) -> Person:
    """A person of flesh and blood for HQ's card: a home, a phone, a habit of punching."""
    habit: Literal["phone", "code", "tablet"] = "phone"
    if site.tablet is not None:
        habit = rng.choices(("tablet", "code", "phone"), (0.45, 0.4, 0.15))[0]
    home = somewhere_around(rng, site.centre, 6_000, 15_000)
    person = Person(person_id, number, name, home, site, _pin(rng), habit, rng, late=rng.random() < 0.3)
    person.phone = world.hand_out_phone(person, name=f"phone-{n + 1:04d}")
    world.people.append(person)
    return person


def _pin(rng: random.Random) -> str:
    while True:
        pin = "".join(rng.choices("0123456789", k=6))
        if len({(int(b) - int(a)) % 10 for a, b in pairwise(pin)}) > 1:
            return pin


def _appoint_auditor(hq: Hq) -> Founded:
    login, password = f"auditor-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    person_id, account_id = new_id(), new_id()
    number = f"AUD-{secrets.token_hex(4)}"
    hq.do("/api/v1/people", Hire(person_id=person_id, number=number, name="Simulation Auditor", home_org="HQ"))
    hq.do("/api/v1/accounts", OpenAccount(account_id=account_id, person_id=person_id, login=login, password=password))
    hq.do("/api/v1/grants", GrantRole(grant_id=new_id(), account_id=account_id, role="auditor"))
    return Founded(login, password)
