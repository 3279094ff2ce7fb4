"""Words to a ticket that are being written: on the disk at every keystroke, photos and all, each reader's own, gone when sent."""

from __future__ import annotations

import pytest

from contract.feedback import ReplyToTicket, ResolveTicket
from mobile.core.feedback_photos import bare
from mobile.core.papers import Papers
from mobile.core.ticket_words import TicketWords
from mobile.core.views import Refused
from tests.mobile.devices_here import LIN, WEI, Device
from tests.mobile.test_feedback import PIN, a_jpeg, at_store, mine, wei, written
from tests.mobile.tickets_here import TICKET, a_png
from tests.support.planted import instead

__all__ = ["at_store", "wei"]  # fixtures


def what_a_reply_leaves(device: Device) -> list[str]:
    """What is wrong after a reply with a photo was begun, cut off, gone on with and sent."""
    found = []
    words = mine(device).words
    name, plain = words.add_photo(TICKET, a_jpeg())
    words.write(TICKET, "reply", "电源灯不", photos=[name])
    words.write(TICKET, "reply", "电源灯不亮", photos=[name])
    device.restart()
    draft = mine(device).words.begun(TICKET)
    if draft is None or (draft.verb, draft.text, draft.photos) != ("reply", "电源灯不亮", ((name, plain),)):
        return [f"begun: {draft}"]
    mine(device).reply(TICKET, draft.text, photos=[body for _, body in draft.photos])
    if mine(device).words.begun(TICKET) is not None:
        found.append("what was sent is offered again")
    if device.core._parts.db.value("SELECT count(*) FROM paper_photo"):
        found.append("photos of a paper that is gone")
    [said] = written(device, ReplyToTicket)
    if (said.text, said.photos) != ("电源灯不亮", [name]):
        found.append(f"said: {said}")
    page = mine(device).ticket(TICKET)
    if page is None or page.story[-1].photos[0].state != "here":
        found.append("the photo is not shown where it was taken")
    return found


def test_a_reply_with_a_photo_survives_the_app_being_killed_and_is_gone_when_sent(wei: Device) -> None:
    assert what_a_reply_leaves(wei) == []


def test_words_that_outlive_their_sending_are_found(wei: Device) -> None:
    """The control: the paper is not taken away with the reply."""
    with instead(Papers, "drop_words", lambda *_: None):
        assert "what was sent is offered again" in what_a_reply_leaves(wei)


def test_what_is_taken_back_is_gone_with_its_photos(wei: Device) -> None:
    words = mine(wei).words
    name, _ = words.add_photo(TICKET, a_png())
    words.write(TICKET, "reply", "不用了", photos=[name])
    words.write(TICKET, "reply", "不用了")
    draft = words.begun(TICKET)
    assert draft is not None and draft.photos == (), "a photo that is named no more"
    words.throw_away(TICKET)
    assert words.begun(TICKET) is None
    with pytest.raises(Refused, match=r"client\.photo_unreadable"):
        words.add_photo(TICKET, b"<svg onload=alert(1)>")


def test_taking_a_ticket_leaves_what_is_being_written_to_it(at_store: Device) -> None:
    assert at_store.core.desk.open(LIN, PIN).ok
    desk = at_store.core.hearing.desk
    desk.words.write(TICKET, "resolve", "换了保险丝")
    desk.take(TICKET)
    draft = desk.words.begun(TICKET)
    assert draft is not None and (draft.verb, draft.text) == ("resolve", "换了保险丝")
    photo = a_png()
    name, _ = desk.words.add_photo(TICKET, photo)
    desk.resolve(TICKET, "换了保险丝", photos=[photo])
    assert desk.words.begun(TICKET) is None
    [said] = written(at_store, ResolveTicket)
    assert said.photos == [name] and bare(photo) != photo


def whose_words_are_seen(tablet: Device) -> list[str]:
    """On the shared tablet: what the manager writes at the desk and what the author writes on their own page."""
    found = []
    assert tablet.core.desk.open(LIN, PIN).ok
    tablet.core.hearing.desk.words.write(TICKET, "note", "先别告诉他")
    tablet.core.desk.close()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.hearing.desk.words.begun(TICKET)
    assert tablet.core.own.open(WEI, PIN).ok
    if tablet.core.hearing.own.words.begun(TICKET) is not None:
        found.append("the author reads the manager's")
    tablet.core.own.close()
    return found


def test_on_the_shared_tablet_nobody_reads_what_another_is_writing(at_store: Device) -> None:
    assert whose_words_are_seen(at_store) == []


def test_a_paper_that_is_everybodys_is_found(at_store: Device) -> None:
    """The control: papers lie by the ticket alone."""
    kept = Papers.words, Papers.put_words
    with (
        instead(Papers, "words", lambda papers, _owner, ticket: kept[0](papers, "everybody", ticket)),
        instead(Papers, "put_words", lambda papers, _owner, ticket, row: kept[1](papers, "everybody", ticket, row)),
        instead(TicketWords, "_may_act", lambda words: words._who()),
    ):
        assert whose_words_are_seen(at_store) == ["the author reads the manager's"]
