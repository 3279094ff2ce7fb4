"""Pictures of the roster on the tablet's desk: a week, a square, what a rule forbids, publishing, a month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

MANAGER, PIN = "魏然", "402817"
MINUTE_MS = 60_000
OpenStudio = Callable[["Handset"], Any]


def furnish(shops: Shops) -> str:
    """A planned week and a manager with a PIN. Answers the shop."""
    from contract.org import ChangeUnit
    from tests.web.company_of_shops import SHOPS, device, hire
    from tests.web.rosters_of_shops import planned_week

    company, shop = shops.company, SHOPS[1][0]
    store = planned_week(shops)
    hire(shops, MANAGER, "E401", "江南厨务")
    company.must(ChangeUnit(unit_id=store, from_day=company.today().isoformat(), manager_id=company.people[MANAGER]))
    phone = device(shops, f"{MANAGER}的手机", person=MANAGER)
    phone.sync()
    phone.core.set_pin(PIN)
    phone.sync()
    for _ in range(2):
        company.pass_ms(MINUTE_MS)
        shops.kiosks[shop].core.start()
        shops.kiosks[shop].sync()
    return shop


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    with open_studio(shops.kiosks[furnish(shops)]) as studio:
        desk = studio.vm("manager")
        studio.on("floor")
        studio.model.navigator.go("manager")
        studio.until(lambda: desk.state.step == "pin")
        for digit in PIN:
            desk.tap_digit(digit)
        studio.until(lambda: desk.state.roster.week)
        desk.tap_part("roster")
        first = desk.state.roster.week.first
        desk.roster.tap_week(1)
        studio.until(lambda: desk.state.roster.week.first != first)
        studio.take("desk-roster")
        line = next(one for one in desk.state.roster.week.lines if one.person_id and any(one.squares))
        n = next(n for n, square in enumerate(line.squares) if square)
        desk.roster.tap_square(line.person_id, desk.state.roster.week.days[n].day)
        studio.until(lambda: desk.state.roster.page)
        studio.take("desk-roster-square")
        choice = next(one for one in desk.state.roster.page.choices if one.level == "hard")
        desk.roster.tap_choice(choice.template)
        studio.take("desk-roster-broken")
        desk.roster.tap_publish()
        studio.take("desk-roster-publish")
        desk.roster.tap_span("month")
        studio.until(lambda: desk.state.roster.month)
        studio.take("desk-roster-month")


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    """The desk is the tablet's."""
