"""Looks of tickets, notices, voices and the grown inbox, on the phone and on the tablet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mobile.core.views import Said
from mobile.core.views_feedback import TicketDraft, WordsDraft
from mobile.core.views_hq import OnItsWay
from tests.ui.looks import look
from tests.ui.looks_hours import _own
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore
from tests.ui.scripted_hearing import BANNERS, EQUIPMENT, FILES, HERE, OPEN, STORY, ScriptedFeedback
from tests.ui.scripted_office import A_PHOTO


@look("phone")
def _feedback(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("feedback")


@look("phone")
def _feedback_begun(model: Any, core: ScriptedCore) -> None:
    core.hearing.mine.draft = TicketDraft(EQUIPMENT, "蒸汽熨斗不热了，客人在等")
    model.navigator.go("feedback")
    model.screens["feedback"].tap_part("closed")


@look("phone")
def _feedback_empty(model: Any, core: ScriptedCore) -> None:
    core.hearing.mine.categories, core.hearing.mine.open = (), ()
    model.screens["feedback"].tap_part("open")
    model.navigator.go("feedback")


@look("phone")
def _feedback_locked(model: Any, core: ScriptedCore) -> None:
    core.hearing.mine = ScriptedFeedback(locked=True)
    model.navigator.go("feedback")


@look("phone")
def _ticket_being_written(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_ticket", "equipment")
    model.screens["new_ticket"].type_answer("~text", "蒸汽熨斗不热了，客人在等")
    model.screens["new_ticket"].tap_send()


@look("phone")
def _ticket_refused_to_be_corrected(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("new_ticket", "again:t5")


@look("phone")
def _ticket_on_its_way(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "t1")


@look("phone")
def _ticket_to_be_rated(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "t2")
    model.screens["ticket"].tap_ask("rate")
    model.screens["ticket"].tap_star(4)


@look("phone")
def _ticket_refused(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "t5")


@look("phone")
def _ticket_with_a_refused_word(model: Any, core: ScriptedCore) -> None:
    way = OPEN[4].on_its_way
    assert way is not None
    core.hearing.mine.story = (*STORY[:-1], replace(STORY[-1], on_its_way=replace(way, act="tell")))
    model.navigator.go("ticket", "t1")


@look("phone")
def _ticket_unknown(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "none")


@look("phone")
def _ticket_changed(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "t1")
    model.screens["ticket"].tap_ask("amend")


@look("phone")
def _ticket_reply_with_photos(model: Any, core: ScriptedCore) -> None:
    core.hearing.mine.words.papers["t1"] = _begun("reply")
    model.navigator.go("ticket", "t1")


@look("phone")
def _ticket_photo_for_a_reply(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("ticket", "t1")
    vm = model.screens["ticket"]
    vm.tap_ask("reply")
    vm.tap_camera()


@look("phone")
def _notice_to_confirm(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("notice", "n1")


@look("phone")
def _notice_with_pages(model: Any, core: ScriptedCore) -> None:
    core.hearing.my_notices.files = (HERE, FILES[0])
    model.navigator.go("notice", "n1")


@look("phone")
def _notice_confirmed(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("notice", "n3")


@look("phone")
def _notice_withdrawn(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("notice", "n4")


@look("phone")
def _voice(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("voice")
    model.screens["voice"].type_text("库房太冷")
    model.screens["voice"].tap_named("silent")


@look("phone")
def _voice_about(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("voice")
    model.screens["voice"].tap_about()


@look("phone")
def _told(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("told")


@look("phone")
def _told_changed_and_refused(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("told")
    vm = model.screens["told"]
    vm.tap_over("push")
    vm.tap_group("learning")
    vm.type_email("li at example")
    vm.tap_save()


@look("phone")
def _told_said(model: Any, core: ScriptedCore) -> None:
    core.hearing.told.say(core.hearing.told.shown.wish)
    way = OnItsWay("o10", "tell", "refused", Said("channels.quiet_half", {}))
    core.hearing.told.shown = replace(core.hearing.told.shown, on_its_way=way)
    model.navigator.go("told")


@look("phone")
def _told_time(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("told")
    model.screens["told"].tap_from()


def _begun(verb: str) -> WordsDraft:
    """Something that is being said, with a photo; offered again when the ticket is opened."""
    return WordsDraft(verb, "马上来看", photos=(("ab" * 32, A_PHOTO),))


def _heard(model: Any) -> Any:
    vm = _open_desk(model)
    vm.tap_part("heard")
    return vm


@look("kiosk")
def _floor_with_notices(model: Any, core: ScriptedCore) -> None:
    core.hearing.floor.cards = BANNERS
    model.navigator.home()
    model.screens["floor"].on_news()


@look("kiosk")
def _desk_tickets(model: Any, core: ScriptedCore) -> None:
    _heard(model)


@look("kiosk")
def _desk_ticket_open(model: Any, core: ScriptedCore) -> None:
    _heard(model).heard.tap_ticket("t1")


@look("kiosk")
def _desk_ticket_passed_on(model: Any, core: ScriptedCore) -> None:
    vm = _heard(model)
    vm.heard.tap_ticket("t1")
    vm.heard.ticket.tap_ask("pass_on")
    vm.heard.ticket.tap_desk("d1")


@look("kiosk")
def _desk_ticket_solved_with_photos(model: Any, core: ScriptedCore) -> None:
    core.hearing.desk.words.papers["t1"] = _begun("resolve")
    _heard(model).heard.tap_ticket("t1")


@look("kiosk")
def _desk_notice_reminded(model: Any, core: ScriptedCore) -> None:
    vm = _heard(model)
    vm.heard.tap_notice("n1")
    vm.heard.tap_remind()


@look("kiosk")
def _own_ticket(model: Any, core: ScriptedCore) -> None:
    _own(model).tap_ticket("t2")


@look("kiosk")
def _own_notice(model: Any, core: ScriptedCore) -> None:
    _own(model).tap_notice("n1")


@look("kiosk")
def _own_kinds(model: Any, core: ScriptedCore) -> None:
    _own(model).tap_new_ticket()


@look("kiosk")
def _own_ticket_being_written(model: Any, core: ScriptedCore) -> None:
    _own(model).tap_kind("equipment")
