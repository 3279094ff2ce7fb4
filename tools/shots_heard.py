"""Pictures of tickets and the inbox on devices: what can be said, a ticket with its way, an answer with a photo; the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

AUTHOR = "刘洋"
OpenStudio = Callable[["Handset"], Any]
WIDE, HIGH = 320, 240


def a_photo() -> bytes:
    """A shelf that nobody has filled: what a camera would give, drawn."""
    from mobile.ui.picture import png_of

    rows = bytearray()
    for y in range(HIGH):
        for x in range(WIDE):
            board = y % 80 > 70
            box = 20 < x % 100 < 84 and 24 < y % 80 <= 70 and (x // 100 + y // 80) % 3
            rows += bytes((120, 84, 52, 255) if board else (196, 160, 92, 255) if box else (226, 230, 226, 255))
    return png_of(bytes(rows), WIDE, HIGH)


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    from tests.web.tickets_of_shops import HOP_TICKET, ticketed

    ticketed(shops)
    phone = shops.phones[AUTHOR]
    phone.sync()
    with open_studio(phone) as studio:
        studio.on("today")
        studio.sync()
        feedback, ticket = studio.vm("feedback"), studio.vm("ticket")
        studio.model.navigator.go("feedback")
        studio.until(lambda: feedback.state.page)
        studio.take("feedback")
        studio.model.navigator.go("new_ticket", "equipment")
        form = studio.vm("new_ticket")
        studio.until(lambda: form.state.draft)
        form.type_answer("~text", "蒸汽熨斗不热" if studio.language == "zh" else "The steam iron stays cold")
        studio.take("new-ticket")
        studio.model.navigator.home()
        studio.model.navigator.go("ticket", HOP_TICKET)
        studio.until(lambda: ticket.state.page)
        studio.take("ticket")
        _begin(studio, lambda core: core.hearing.mine.words, HOP_TICKET)
        ticket.open(HOP_TICKET)
        studio.until(lambda: ticket.state.photos)
        studio.take("ticket-answer")
        studio.model.navigator.home()
        studio.model.navigator.switch("inbox")
        studio.until(lambda: studio.vm("inbox").state.page)
        studio.take("inbox-of-tickets")


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    from tests.web.tickets_of_shops import ticketed
    from tools.shots_learning import PIN, furnish

    kiosk = furnish(shops)
    ticketed(shops)
    kiosk.sync()
    with open_studio(kiosk) as studio:
        studio.on("floor")
        desk = studio.vm("manager")
        studio.model.navigator.go("manager")
        studio.until(lambda: desk.state.step == "pin")
        for digit in PIN:
            desk.tap_digit(digit)
        studio.until(lambda: desk.state.heard.home)
        desk.tap_part("heard")
        studio.take("desk-tickets")
        found = desk.state.heard.home.open
        if found:
            desk.heard.tap_ticket(found[0].ticket_id)
            studio.until(lambda: desk.heard.ticket.state.page)
            studio.take("desk-ticket")
            _begin(studio, lambda core: core.hearing.desk.words, found[0].ticket_id)
            desk.heard.tap_ticket(found[0].ticket_id)
            studio.until(lambda: desk.heard.ticket.state.photos)
            studio.take("desk-ticket-answer")
        studio.model.navigator.home()


def _begin(studio: Any, words: Callable[[Any], Any], ticket_id: str) -> None:
    """A word with a photo, that is not sent yet: offered again when the ticket is opened."""
    text = "找到了，请看照片" if studio.language == "zh" else "Found it, see the photo"

    def write(core: Any) -> None:
        name, _ = words(core).add_photo(ticket_id, a_photo())
        words(core).write(ticket_id, "reply", text, photos=[name])

    studio.ask(write)
