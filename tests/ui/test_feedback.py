"""Something is said in two taps; the inbox counts alike everywhere and a tick can be taken back; the desk reminds by one tap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mobile.core.views import Said
from mobile.core.views_hq import Inbox, ItemCard
from mobile.viewmodels.inbox import TAKE_BACK_S
from tests.support.planted import instead
from tests.ui.driver import Driver
from tests.ui.looks_hours import _own
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_hearing import AT, FILES, HERE, PAGES, SHEETS

Dressed = Callable[..., tuple[Driver, ScriptedCore]]


def photo_buttons(driver: Driver) -> Iterator[Any]:
    return (widget for widget in driver.walk() if type(widget).__name__ == "PhotoButton" and widget.photo)


def an_item(number: int, about: Any, kind: Any = "notice") -> ItemCard:
    facts = {"kind_zh": "调岗申请", "kind_en": "Transfer", "number": "R-1", "step_zh": "人事", "step_en": "HR", "who": "李"}
    return ItemCard(f"i{number}", kind, Said("inbox.N-02.notice", facts), about, f"n{number}", AT)


def test_two_taps_and_some_words_are_a_ticket_kept_at_every_letter(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    driver.app.model.screens["today"].tap_feedback()
    driver.on("feedback")
    driver.tap(driver.find(lambda w: type(w).__name__ == "KindTile" and w.words == "Customer need", "the kind"))
    driver.on("new_ticket")
    vm = driver.app.model.screens["new_ticket"]
    for text in ("X", "XL"):
        vm.type_answer("~text", text)
    written = [one for one in core.hearing.mine.done if one[0] == "write"]
    assert written == [("write", "customer", "X"), ("write", "customer", "XL")]
    vm.tap_send()
    driver.on("ticket")
    assert ("send",) in core.hearing.mine.done and driver.app.model.navigator.here.subject == "t4"


def test_what_is_marked_as_read_can_be_taken_back_until_it_is_said(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    seen: list[str] = []
    core.office.see = seen.append  # type: ignore[method-assign]
    core.office.items = Inbox((an_item(1, "announcement", "to_do"),), (an_item(2, "ticket"), an_item(3, "announcement")))
    driver.app.model.navigator.switch("inbox")
    driver.on("inbox")
    vm = driver.app.model.screens["inbox"]
    assert [vm.state.count(part) for part in ("all", "to_do", "notices", "tickets")] == [3, 1, 2, 1]
    assert vm.state.count("all") == core.office.items.open, "the same number as everywhere"
    vm.tap_mark("i2")
    assert vm.state.count("all") == 2
    vm.tap_take_back()
    driver.advance(TAKE_BACK_S + 1)
    assert seen == [] and vm.state.count("all") == 3
    vm.tap_mark("i2")
    driver.advance(TAKE_BACK_S + 1)
    assert seen == ["i2"]
    vm.tap_mark("i3")
    driver.app.model.navigator.home()
    assert seen == ["i2", "i3"], "whoever goes away has not taken it back"
    vm.on_enter()
    vm.tap_item("i3")
    assert driver.app.model.navigator.here == replace(driver.app.model.navigator.here, screen="notice", subject="n3")


def test_the_desk_reminds_exactly_those_who_are_missing(dressed: Dressed) -> None:
    driver, _ = dressed("kiosk", language="en")
    driver.app.model.navigator.go("manager")
    vm = driver.app.model.screens["manager"]
    for digit in "481516":
        vm.tap_digit(digit)
    vm.tap_part("heard")
    vm.heard.tap_notice("n1")
    driver.settle()
    assert driver.shows("17 of 20 have confirmed")
    vm.heard.tap_remind()
    driver.settle()
    assert vm.state.heard.told == ("王建国", "陈思远", "李晓雯") and driver.shows("3 will be reminded")


def test_the_inbox_tab_says_how_much_is_open_and_the_sync_tab_that_hq_refused_something(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    tabs = driver.app.shell.tabs
    said = {tab.words: tab for tab in tabs.children}
    assert said["Inbox"].count == "" and not said["Sync"].alert
    core.office.items = Inbox((an_item(1, "announcement", "to_do"),), tuple(an_item(n, "ticket") for n in range(2, 5)))
    core.sync = replace(core.sync, badge="needs_you")
    driver.app.model.on_news()
    driver.settle()
    assert said["Inbox"].count == "4" and said["Sync"].alert and said["Me"].count == ""
    assert driver.find(lambda w: getattr(w, "text", "") == "4", "the number on the tab")
    core.office.items = Inbox((), tuple(an_item(n, "ticket") for n in range(150)))
    driver.app.model.on_news()
    driver.settle()
    assert said["Inbox"].count == "99+"
    core.enrolment = None
    driver.app.model.on_news()
    driver.settle()
    assert said["Inbox"].count == "", "whoever is no longer enrolled has no inbox"


def test_a_tap_on_a_notice_opens_the_notice_and_nothing_besides(dressed: Dressed) -> None:
    driver, _ = dressed("kiosk", language="en")
    vm = driver.app.model.screens["own_page"]
    _own(driver.app.model)
    driver.settle()
    row = driver.find(lambda w: type(w).__name__ == "NoticeRow" and w.subject == "n2", "the notice")
    row.dispatch("on_release")
    driver.settle()
    assert (vm.state.notice_id, vm.state.ticket_id) == ("n2", "") and not vm.state.ticket.unknown
    ticket = driver.find(lambda w: type(w).__name__ == "TicketRow", "a ticket")
    ticket.dispatch("on_release")
    driver.settle()
    assert (vm.state.notice_id, vm.state.ticket_id) == ("", ticket.subject)


def test_the_pages_of_a_pdf_fill_the_window_one_by_one_until_one_goes_back_or_away(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    core.hearing.my_notices.files = (HERE, FILES[0])
    driver.app.model.navigator.go("notice", "n1")
    driver.on("notice")
    button = driver.until(lambda: next(photo_buttons(driver), None), "a page")
    assert driver.shows("price list.pdf") and driver.shows("Pages: 3")
    whole = driver.app.shell.whole
    driver.page().ids.page.scroll_to(button, animate=False)
    driver.advance(0.2)
    driver.tap(button)
    assert whole.parent is driver.app.shell and driver.shows("price list.pdf: page 1 of 3")
    assert whole.ids.picture.photo == SHEETS[PAGES[0].sha] and whole.ids.before.disabled
    lens, stage = whole.ids.lens, whole.ids.stage
    assert [*lens.bbox[0], *lens.bbox[1]] == pytest.approx([*stage.pos, *stage.size]), "all of it is to be seen"
    driver.tap(whole.ids.after)
    driver.tap(whole.ids.after)
    assert driver.shows("price list.pdf: page 3 of 3") and whole.ids.after.disabled
    driver.tap(whole.ids.nearer)
    assert lens.scale == pytest.approx(2.5) and whole.is_near
    (x, y), (width, height) = lens.bbox
    assert x <= stage.x + 1 and y <= stage.y + 1 and x + width >= stage.right - 1 and y + height >= stage.top - 1
    driver.tap(whole.ids.nearer)
    assert [*lens.bbox[0], *lens.bbox[1]] == pytest.approx([*stage.pos, *stage.size]) and not whole.is_near
    driver.press_back()
    assert whole.parent is None and driver.app.model.navigator.here.screen == "notice", "back closes the picture first"
    driver.tap(button)
    driver.app.model.navigator.home()
    driver.advance(0.5)
    assert whole.parent is None and whole.ids.picture.texture is None, "no picture stays when its page is left"


def test_control_a_window_that_keeps_a_picture_over_the_next_page_is_found(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    driver.app.shell.look_closer([("a page", SHEETS[PAGES[0].sha])], 0)
    with instead(type(driver.app.shell.whole), "close", lambda self: False):
        driver.app.model.navigator.go("notice", "n1")
        driver.advance(0.5)
    assert core is not None and driver.app.shell.whole.parent is not None
