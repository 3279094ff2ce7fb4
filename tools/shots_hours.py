"""Pictures of the pages of hours: my days, a day with its working, a week to sign, the manager's board, one's own page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

WHO, MANAGER = "刘洋", "冯琳"
PIN = "402817"
MINUTE_MS = 60_000

OpenStudio = Callable[["Handset"], Any]


def furnish(shops: Shops) -> str:
    """Three weeks of hours, a plan from this week on, weeks that are over; a manager with a PIN. Answers the shop."""
    from contract.ids import new_id
    from contract.org import ChangeUnit
    from contract.shifts import AssignPattern
    from server.shifts import presets
    from server.statements.watching import make_what_is_over
    from tests.web.company_of_shops import NAMES, SHOPS, device, hire
    from tests.web.hours_of_shops import worked

    company, today = shops.company, shops.company.today()
    shop: str = SHOPS[NAMES.index(WHO) % len(SHOPS)][0]
    presets.ensure(company.db, company.now(), company.settings.secret)
    since = (today - timedelta(days=3)).isoformat()
    company.must(AssignPattern(assignment_id=new_id(), unit_id=company.stores[shop], pattern="shop", from_day=since))
    hire(shops, MANAGER, "E400", "江南厨务")
    company.must(
        ChangeUnit(unit_id=company.stores[shop], from_day=today.isoformat(), manager_id=company.people[MANAGER])
    )
    worked(shops)
    make_what_is_over(company.outpost)
    phone = device(shops, f"{MANAGER}的手机", person=MANAGER)
    phone.sync()
    phone.core.set_pin(PIN)
    phone.sync()
    shops.phones[WHO].core.start()  # a picture of it may have been taken already
    shops.phones[WHO].core.set_pin(PIN)
    for handset in (shops.phones[WHO], shops.kiosks[shop], shops.phones[WHO]):
        company.pass_ms(MINUTE_MS)
        handset.core.start()
        handset.sync()
    return shop


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    furnish(shops)
    with open_studio(shops.phones[WHO]) as studio:
        studio.on("today")
        studio.until(lambda: studio.vm("today").state.shifts and studio.vm("today").state.week)
        studio.take("today-with-a-shift")
        vm = studio.vm("days")
        studio.model.navigator.go("days")
        studio.until(lambda: vm.state.page)
        month = (studio.handset.company.today() - timedelta(days=3)).isoformat()[:7]
        while vm.state.page.month != month:
            before = vm.state.page.month
            vm.tap_month(-1)
            studio.until(lambda before=before: vm.state.page.month != before)
        studio.take("days")
        told = max(vm.state.page.days, key=lambda card: (len(card.flags), card.worked_min, card.day))
        vm.tap_option(told.day)
        studio.until(lambda: studio.vm("day").state.page)
        studio.take("day")
        studio.app.shell.pages["day"].ids.page.scroll_y = 0
        studio.take("day-below")
        studio.vm("day").tap_appeal()
        studio.take("day-appeal")
        _weeks(studio)


def _weeks(studio: Any) -> None:
    studio.model.navigator.home()
    studio.model.navigator.go("weeks")
    studio.until(lambda: studio.vm("weeks").state.page)
    studio.take("weeks")
    week = studio.vm("week")
    studio.vm("weeks").tap_week(studio.vm("weeks").state.page.mine[0].statement_id)
    studio.until(lambda: week.state.page)
    studio.take("week")
    week.tap_object()
    studio.app.shell.pages["week"].ids.page.scroll_y = 0.2
    studio.take("week-not-agreed")
    week.tap_cancel()
    week.tap_confirm()
    studio.until(lambda: not week.state.page.may_confirm)
    studio.app.shell.pages["week"].ids.page.scroll_y = 1
    studio.take("week-confirmed")


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    kiosk = shops.kiosks[furnish(shops)]
    person_id = shops.company.people[WHO]
    with open_studio(kiosk) as studio:
        studio.on("floor")
        studio.until(lambda: studio.vm("floor").state.floor)
        studio.take("floor-with-shifts")
        desk = studio.vm("manager")
        studio.model.navigator.go("manager")
        studio.until(lambda: desk.state.step == "pin")
        for digit in PIN:
            desk.tap_digit(digit)
        studio.until(lambda: desk.state.hours.board and desk.state.hours.weeks is not None)
        board = desk.state.hours.board
        desk.hours.tap_person((board.to_do or board.lines)[0].person_id)
        studio.take("desk-today")
        desk.hours.tap_vouch()
        studio.take("desk-vouch")
        desk.tap_part("weeks")
        desk.hours.tap_week(desk.state.hours.weeks[0].statement_id)
        studio.until(lambda: desk.state.hours.week.page)
        studio.take("desk-weeks")
        studio.model.navigator.home()
        punch, own = studio.vm("kiosk_punch"), studio.vm("own_page")
        studio.vm("floor").tap_person(person_id)
        studio.until(lambda: punch.state.step == "pin")
        punch.tap_kind("mine")
        studio.take("own-page-pin")
        for digit in PIN:
            punch.tap_digit(digit)
        studio.until(lambda: own.state.page)
        own.tap_week(own.state.page.weeks[0].statement_id)
        studio.until(lambda: own.state.week.page)
        studio.take("own-page")
