"""A week that a shop's manager has planned: drafts, published and confirmed shifts, one that is open, one that breaks a rule."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.proposals import AskProposal
from contract.roster_demand import DefineDemand, DefineDemandRule, Need
from contract.roster_people import DefineSkill, GrantSkill
from contract.rosters import Publish, SetShift
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.rosters import profiles
from server.rosters.people_model import Skill
from server.rosters.proposal_jobs import supervise
from server.rosters.proposal_model import Proposal
from server.shifts import presets
from tests.web.company_of_shops import SHOPS, Shops, hire, post

STAFF = ("苏婉", "江南", "顾北", "叶青", "秦朗", "白露")
AGREED = "开业周，已与本人商定"
SKILLS = (("cashier", "收银", "Cashier"), ("kitchen", "厨房", "Kitchen"), ("barista", "咖啡师", "Barista"))


def monday(shops: Shops) -> dt.date:
    """The first day of the week that is planned: the next one."""
    today = shops.company.today()
    return today + dt.timedelta(days=7 - today.weekday())


def planned_week(shops: Shops) -> str:
    """The store whose next week has something to show; made when first wanted, and leaves today as it was."""
    company, shop = shops.company, SHOPS[1][0]
    store: str = company.stores[shop]
    with reading(company.db, Actor.system()) as session:
        if session.get(Skill, derived_id("shops", "cashier")) is not None:
            return store
    presets.ensure(company.db, company.now(), company.settings.secret)
    profiles.ensure(company.db, company.now(), company.settings.secret)
    first = monday(shops)
    for code, zh, en in SKILLS:
        needs = code == "kitchen"
        company.must(
            DefineSkill(skill_id=derived_id("shops", code), code=code, name_zh=zh, name_en=en, needs_certificate=needs)
        )
    for n, name in enumerate(STAFF):
        hire(shops, name, f"E{800 + n}")
        post(shops, name, shop, first)
        for code, _, _ in SKILLS[: 1 + n % 3]:
            ends = (first + dt.timedelta(days=2 if n == 5 else 200)).isoformat() if code == "kitchen" else None
            company.must(
                GrantSkill(
                    grant_id=derived_id("shops", name, code), person_id=company.people[name], skill=code, from_day="2026-01-01",
                    to_day=ends, certificate="JY-2026-0417" if ends else None,
                )
            )  # fmt: skip
    _demand(shops, store, first)
    _shifts(shops, store, first)
    return store


def _demand(shops: Shops, store: str, first: dt.date) -> None:
    slots = [
        Need(from_min=480, to_min=660, at_least=1, target=2), Need(from_min=660, to_min=840, at_least=2, target=3),
        Need(from_min=840, to_min=1_020, at_least=1, target=2), Need(from_min=1_020, to_min=1_320, at_least=2, target=3),
    ]  # fmt: skip
    shops.company.must(
        DefineDemand(
            demand_id=derived_id("shops", "demand"), store_id=store, weekdays=list(range(7)), from_day=first.isoformat(),
            slots=slots,
        )
    )  # fmt: skip
    shops.company.must(
        DefineDemandRule(
            rule_id=derived_id("shops", "rule"), store_id=store, role="cashier", measure="footfall", per_head=40, at_least=1,
            from_day=first.isoformat(),
        )
    )  # fmt: skip


def _shifts(shops: Shops, store: str, first: dt.date) -> None:
    company = shops.company

    def put(name: str | None, day: int, template: str, *, role: str | None = None, **more: object) -> None:
        company.must(
            SetShift(
                shift_id=derived_id("shops", "cell", name or "open", str(day), template), store_id=store,
                day=(first + dt.timedelta(days=day)).isoformat(), person_id=company.people[name] if name else None,
                template=template, role=role, **more,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    turns = ("early", "late", "early", "late", "day", "split")
    for n, name in enumerate(STAFF):
        for day in range(7):
            if day % 7 not in ((n + 5) % 7, (n + 6) % 7) and day < 4:
                put(name, day, turns[n], override=AGREED)
    put(None, 2, "late", role="cashier")
    company.must(
        Publish(
            publish_id=derived_id("shops", "publish"), store_id=store, from_day=first.isoformat(),
            to_day=(first + dt.timedelta(days=3)).isoformat(), override=AGREED,
        )
    )  # fmt: skip
    for n, name in enumerate(STAFF):
        for day in (4, 5, 6):
            if day not in ((n + 5) % 7, (n + 6) % 7):
                put(name, day, turns[n], role="cashier" if n == 1 else None, override=AGREED)
    put(None, 5, "late", role="barista")


def proposed(shops: Shops) -> str:
    """A proposal for the week after the planned one, computed when first wanted."""
    company, store, proposal_id = shops.company, planned_week(shops), new_id()
    with reading(company.db, Actor.system()) as session:
        there = session.scalar(sa.select(Proposal.id))
    if there is not None:
        return str(there)
    first = monday(shops) + dt.timedelta(days=7)
    ask = AskProposal(
        proposal_id=proposal_id, store_ids=[store], from_day=first.isoformat(), days=7, seconds=3,
        importance={"fairness": "more"},
    )  # fmt: skip
    company.must(ask)
    supervise(shops.app.extensions["outpost"], proposal_id)
    return proposal_id
