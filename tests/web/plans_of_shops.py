"""A planned day in some of the shops: mornings, an evening, a day off, a stand-by; people are late and missing."""

from __future__ import annotations

import datetime as dt

from contract.ids import derived_id
from contract.shifts import DefineTemplate, PlanDay, PlannedShift, ShiftKind, Window
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.shifts.model import ShiftTemplate
from tests.web.company_of_shops import NAMES, SHOPS, Shops

KINDS: tuple[tuple[str, str, str, ShiftKind, int, int], ...] = (
    ("shop-early", "门店早班", "Shop early", "fixed", 510, 1_050),
    ("shop-late", "门店晚班", "Shop late", "fixed", 1_020, 1_320),
    ("shop-call", "门店待命", "Shop stand-by", "on_call", 600, 1_320),
)
# for the four people of a shop, in the order of NAMES; "": off
PLANS = {
    0: ("shop-early", "shop-early", "shop-early", "shop-early"),
    1: ("shop-early", "shop-late", "", "shop-call"),
    4: ("shop-early", "shop-early", "shop-early", "shop-late"),
    6: ("shop-early", "shop-early", "", "shop-early"),
    7: ("shop-early", "shop-early", "shop-early", "shop-early"),
}


def planned(shops: Shops) -> str:
    """The shop whose day has most to tell; it is planned when first wanted."""
    company = shops.company
    store: str = company.stores[SHOPS[1][0]]
    with reading(company.db, Actor.system()) as session:
        if session.get(ShiftTemplate, derived_id("shops", KINDS[0][0])) is not None:
            return store
    since = (company.today() - dt.timedelta(days=20)).isoformat()
    for code, zh, en, kind, starts, ends in KINDS:
        window = Window(starts_min=starts, ends_min=ends)
        template = DefineTemplate(
            template_id=derived_id("shops", code), code=code, name_zh=zh, name_en=en, from_day=since, kind=kind, windows=[window]
        )
        company.must(template)
    for shop, codes in PLANS.items():
        for n, code in enumerate(codes):
            person = company.people[NAMES[shop + n * len(SHOPS)]]
            shifts = [PlannedShift(template=code)] if code else []
            company.must(PlanDay(person_id=person, day=company.today().isoformat(), shifts=shifts))
    return store
