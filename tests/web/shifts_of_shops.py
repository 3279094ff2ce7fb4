"""Shifts in the shops of the pictures: the ready ones, who follows which from tomorrow on, and a change of the rules."""

from __future__ import annotations

import datetime as dt

from contract.ids import derived_id
from contract.shifts import AssignPattern, AssignRules, DefineRules, WorkRules
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.org.model import COMPANY_ID
from server.shifts import presets
from server.shifts.model import RuleSet
from tests.web.company_of_shops import SHOPS, Shops


def rostered(shops: Shops) -> str:
    """Somebody whose two weeks have something to show; all of it is made when first wanted, and leaves today as it was."""
    company = shops.company
    person: str = company.people["刘洋"]
    with reading(company.db, Actor.system()) as session:
        if session.get(RuleSet, derived_id("shops", "rules")) is not None:
            return person
    presets.ensure(company.db, company.now(), company.settings.secret)
    tomorrow = (company.today() + dt.timedelta(days=1)).isoformat()
    stores = [company.stores[shop[0]] for shop in SHOPS[:4]]
    for n, (store, pattern) in enumerate(zip(stores, ("shop", "three-shift", "shop", "three-shift"), strict=True)):
        follows = AssignPattern(assignment_id=derived_id("shops", str(n)), unit_id=store, pattern=pattern, from_day=tomorrow)
        company.must(follows)
    for n, name in enumerate(("刘洋", "陈静", "杨帆")):
        company.must(
            AssignPattern(
                assignment_id=derived_id("shops", name), person_id=company.people[name], pattern="three-shift",
                shifted_by=2 * n, from_day=tomorrow, until=(company.today() + dt.timedelta(days=20 + n)).isoformat(),
            )
        )  # fmt: skip
    office = AssignPattern(assignment_id=derived_id("shops", "all"), unit_id=COMPANY_ID, pattern="office", from_day=tomorrow)
    company.must(office)
    company.must(
        DefineRules(
            rules_id=derived_id("shops", "rules"), code="standard", name_zh="标准工时", name_en="Standard hours",
            from_day=tomorrow, body=WorkRules(grace_in_min=5, overtime_needs_request=True), reason="与工会商定",
        )
    )  # fmt: skip
    company.must(AssignRules(assignment_id=derived_id("shops", "eu"), unit_id=stores[3], rules="eu", from_day=tomorrow))
    return person
