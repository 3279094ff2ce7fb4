"""Notices and voices on a device with no signal: read once, confirmed once, told to those who are missing; a silent voice."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from contract.announcements import Attachment, FilePage, ReadNotice, RemindReaders
from contract.sync import read_signed
from contract.voice import SayVoice, VoiceRow
from contract.wire import name_of
from mobile.core.pins import make_verifier
from mobile.core.views import Refused
from mobile.core.views_photos import PhotoCard
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import LIN, WEI, Device, person_row
from tests.mobile.hq_rows import DESK, PRIVATE, WU, hq_says, manager_row
from tests.mobile.test_feedback import written
from tests.mobile.test_journal import result
from tests.mobile.tickets_here import MIN_MS, NOTICE, notice, readers, receipt

PIN = "481516"
OTHER = NOTICE[:-1] + "2"


@pytest.fixture
def wei(phone: Device) -> Device:
    """One notice to be confirmed, one to be read, both synced. No signal."""
    phone.set_up()
    hq_says(
        phone,
        (f"notice:{NOTICE}", "announcement", NOTICE, notice(confirm=True)),
        (f"notice:{OTHER}", "announcement", OTHER, notice(OTHER, title_en="", text_zh="只有中文", text_en="")),
        (f"person:{WEI}", "announcement_receipt", "r1", receipt()),
        (f"person:{WEI}", "announcement_receipt", "r2", receipt(OTHER)),
    )
    phone.world.link.up = False
    return phone


def test_a_notice_is_read_offline_and_said_to_be_read_once(wei: Device) -> None:
    notices = wei.core.hearing.my_notices
    assert [(card.to_confirm, card.is_read) for card in notices.home()] == [(True, False), (False, False)]
    for _ in range(3):
        page = notices.notice(OTHER)
    assert page is not None and page.card.is_read and page.card.title.en == "新品周五上市" and page.text.en == "只有中文"
    assert [(act.notice_id, act.confirmed) for act in written(wei, ReadNotice)] == [(OTHER, False)]


def test_what_must_be_confirmed_is_confirmed_once_and_over_all_devices(wei: Device) -> None:
    notices = wei.core.hearing.my_notices
    assert notices.notice(NOTICE) is not None
    notices.confirm(NOTICE)
    with pytest.raises(Refused, match=r"client\.nothing_to_confirm"):
        notices.confirm(NOTICE)
    page = notices.notice(NOTICE)
    assert page is not None and page.card.confirmed is not None and page.card.is_done
    assert [act.confirmed for act in written(wei, ReadNotice)] == [False, True]
    wei.world.link.up = True
    hq_says(wei, (f"person:{WEI}", "announcement_receipt", "r2", receipt(OTHER, read_ms=START_MS)))
    notices.notice(OTHER)
    assert len(written(wei, ReadNotice)) == 2, "what was read elsewhere is not said again here"


def test_a_withdrawn_or_ended_notice_is_only_there_for_who_has_read_it(wei: Device) -> None:
    notices = wei.core.hearing.my_notices
    notices.notice(OTHER)
    wei.world.link.up = True
    gone = {"withdrawn_ms": START_MS, "withdrawn_because": "日期有误"}
    hq_says(
        wei, (f"notice:{NOTICE}", "announcement", NOTICE, notice(confirm=True, **gone)),
        (f"notice:{OTHER}", "announcement", OTHER, notice(OTHER, **gone)),
    )  # fmt: skip
    [card] = notices.home()
    assert card.notice_id == OTHER and card.withdrawn and not card.to_confirm
    hq_says(wei, (f"notice:{OTHER}", "announcement", OTHER, notice(OTHER, until_ms=START_MS + MIN_MS)))
    assert len(notices.home()) == 1
    wei.world.clock.pass_ms(2 * MIN_MS)
    assert notices.home() == () and notices.notice(OTHER) is None


def test_an_attachment_is_fetched_when_it_is_asked_for_and_read_offline_from_then_on(wei: Device) -> None:
    body = b"%PDF-1.7 " + b"x" * 100_000
    sha = hashlib.sha256(body).hexdigest()
    notices = wei.core.hearing.my_notices
    wei.world.link.up = True
    file = Attachment(sha256=sha, name="price list.pdf", media="application/pdf", size=len(body))
    hq_says(wei, (f"notice:{OTHER}", "announcement", OTHER, notice(OTHER, attachments=[file])))
    wei.server.media[sha] = body
    wei.core.sync_once()
    page = notices.notice(OTHER)
    assert page is not None and page.attachments[0].state == "unasked" and not wei.server.pieces
    notices.ask_for(OTHER, sha)
    wei.core.sync_once()
    wei.world.link.up = False
    assert notices.attachment(sha) == body
    with pytest.raises(Refused, match=r"client\.photo_unknown"):
        notices.ask_for(OTHER, "ab" * 32)


def test_a_pdf_is_fetched_and_shown_by_its_pages(wei: Device) -> None:
    sheets = [bytes([n]) * 70_000 for n in range(3)]
    shas = [hashlib.sha256(one).hexdigest() for one in sheets]
    pages = [FilePage(sha256=sha, media="image/png", size=70_000, width=1_080, height=1_528) for sha in shas]
    file = Attachment(sha256="ef" * 32, name="价格表.pdf", media="application/pdf", size=9_000, pages=pages, page_count=5)
    notices = wei.core.hearing.my_notices
    wei.world.link.up = True
    hq_says(wei, (f"notice:{OTHER}", "announcement", OTHER, notice(OTHER, attachments=[file])))
    wei.server.media.update(zip(shas[:2], sheets, strict=False))
    wei.core.sync_once()

    def card() -> PhotoCard:
        page = notices.notice(OTHER)
        assert page is not None
        [found] = page.attachments
        return found

    assert (card().state, card().size, card().page_count) == ("unasked", 210_000, 5)
    notices.ask_for(OTHER, file.sha256)
    assert card().state == "coming"
    wei.core.sync_once()
    assert [one.state for one in card().pages] == ["here", "here", "unasked"], "HQ did not have it; it may be asked for again"
    assert card().state == "unasked"
    wei.server.media[shas[2]] = sheets[2]
    notices.ask_for(OTHER, file.sha256)
    wei.core.sync_once()
    wei.world.link.up = False
    assert card().state == "here" and [notices.attachment(sha) for sha in shas] == sheets
    assert notices.attachment(file.sha256) is None, "the PDF itself is of no use here"


def test_the_desk_tells_exactly_those_who_are_missing_once_an_hour(tablet: Device) -> None:
    tablet.set_up()
    hq_says(
        tablet,
        (DESK, "manager", WU, manager_row(make_verifier(PIN))),
        (f"notice:{NOTICE}", "announcement", NOTICE, notice(confirm=True)),
        (DESK, "announcement_readers", "rd1", readers(rest=["林静", "李伟", "孙丽"], rest_ids=[LIN, WEI, WU])),
    )
    tablet.world.link.up = False
    desk = tablet.core.hearing.desk_notices
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.board()
    assert tablet.core.desk.open(WU, PIN).ok
    [card] = desk.board()
    assert (card.done, card.of, card.rest, card.reminded) == (17, 20, ("林静", "李伟", "孙丽"), None)
    assert desk.remind(NOTICE) == ("林静", "李伟", "孙丽")
    with pytest.raises(Refused, match=r"client\.reminded_lately"):
        desk.remind(NOTICE)
    tablet.world.clock.pass_ms(61 * MIN_MS)
    assert tablet.core.desk.open(WU, PIN).ok
    desk.remind(NOTICE)
    said = written(tablet, RemindReaders)
    assert [(one.notice_id, one.kiosk.pin) for one in said] == [(NOTICE, True)] * 2


def test_somebody_confirms_on_the_tablet_after_their_pin_and_nobody_else_for_them(tablet: Device) -> None:
    tablet.set_up()
    hq_says(
        tablet,
        (f"person:{WEI}", "person", WEI, person_row(WEI, has_pin=True, pin=make_verifier(PIN))),
        (f"notice:{NOTICE}", "announcement", NOTICE, notice(confirm=True)),
        (f"person:{WEI}", "announcement_receipt", "r1", receipt()),
        (f"person:{LIN}", "announcement_receipt", "r2", receipt(person_id=LIN)),
    )
    tablet.world.link.up = False
    own = tablet.core.hearing.own_notices
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        own.home()
    assert tablet.core.own.open(WEI, PIN).ok
    own.confirm(NOTICE)
    assert not own.home()[0].to_confirm
    [said] = written(tablet, ReadNotice)
    assert said.confirmed and said.kiosk is not None
    assert {read_signed(raw).actor for raw in tablet.server.ops if b"announcements.read" in raw} == {WEI}


def test_the_start_page_of_the_tablet_shows_what_most_people_here_are_to_read_and_nobody_s_name(tablet: Device) -> None:
    tablet.set_up()
    few = OTHER[:-1] + "3"
    rows = {
        NOTICE: notice(confirm=True, until_ms=START_MS + 60 * MIN_MS), OTHER: notice(OTHER, urgent=True),
        few: notice(few, title_zh="只给李伟的话"),
    }  # fmt: skip
    hq_says(
        tablet,
        *((f"person:{one}", "person", one, person_row(one)) for one in (WEI, LIN, WU)),
        *((f"notice:{pk}", "announcement", pk, row) for pk, row in rows.items()),
        (DESK, "announcement_readers", "rd1", readers(of=3, done=1, rest=["林静", "李伟"], rest_ids=[LIN, WEI])),
        (DESK, "announcement_readers", "rd2", readers(id="rd2", notice_id=OTHER, of=2, done=0, rest=["林静"], rest_ids=[LIN])),
        (DESK, "announcement_readers", "rd3", readers(id="rd3", notice_id=few, of=1, done=0, rest=["李伟"], rest_ids=[WEI])),
    )
    tablet.world.link.up = False
    floor = tablet.core.hearing.floor
    first, second = floor.banners()
    assert (first.notice_id, first.urgent, first.done, first.of) == (OTHER, True, 0, 2)
    assert (second.notice_id, second.confirm, second.done, second.of) == (NOTICE, True, 1, 3)
    assert not any(word in repr(floor.banners()) for word in ("林静", "李伟", "周五**")), "no names, no text, nothing of a few"
    tablet.world.clock.pass_ms(61 * MIN_MS)
    assert [card.notice_id for card in floor.banners()] == [OTHER], "what is over is not shown"
    tablet.world.link.up = True
    hq_says(tablet, (DESK, "announcement_readers", "rd2", readers(id="rd2", notice_id=OTHER, of=2, done=2)))
    assert floor.banners() == (), "all have read it"


# voice


def test_a_voice_by_name_waits_for_hqs_row_and_is_there_once(wei: Device) -> None:
    voices = wei.core.hearing.voices
    voices.write("schedule", "排班太", anonymous=False)
    wei.restart()
    voices = wei.core.hearing.voices
    assert (voices.home().draft.text, voices.home().draft.about) == ("排班太", "schedule")
    voice_id = voices.say("schedule", "排班太晚发", anonymous=False)
    assert voices.home().draft.text == "" and [one.voice_id for one in voices.home().voices] == [voice_id]
    assert len(written(wei, SayVoice)) == 1
    wei.world.link.up = True
    row = VoiceRow(id=voice_id, about="schedule", text="排班太晚发", said_ms=START_MS, answers=["下月起提前两周"])
    hq_says(wei, (PRIVATE, "voice", voice_id, row))
    [card] = voices.home().voices
    assert card.answers == ("下月起提前两周",)


def test_a_voice_without_a_name_is_known_to_this_device_alone(wei: Device) -> None:
    voices = wei.core.hearing.voices
    voice_id = voices.say("manager", "店长总是迟到", anonymous=True)
    [said] = written(wei, SayVoice)
    kept = wei.core._parts.drafts.papers.voices(PRIVATE)[0]
    assert said.anonymous and said.answer_key == hashlib.sha256(kept.secret.encode()).hexdigest()
    assert all(kept.secret.encode() not in raw for raw in wei.server.ops), "the secret never leaves"
    for table in ("own_voice", "overlay", "journal", "paper"):
        for row in wei.core._parts.db.rows(f"SELECT * FROM {table}"):
            assert all("店长总是迟到".encode() not in _bytes(value) for value in row), "sealed where it lies"
    [card] = voices.home().voices
    assert (card.voice_id, card.anonymous, card.on_its_way and card.on_its_way.state) == (voice_id, True, "with_hq")
    wei.world.link.up = True
    wei.server.pages.append({"rows": [result(wei, 1)]})
    wei.core.sync_once()
    assert voices.home().voices[0].on_its_way is None
    wei.restart()
    assert wei.core.hearing.voices.home().voices[0].text == "店长总是迟到"


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_no_voice_is_said_without_words(wei: Device) -> None:
    with pytest.raises(Refused, match=r"client\.words_needed"):
        wei.core.hearing.voices.say("other", "  ", anonymous=True)
    assert name_of(SayVoice) not in b"".join(wei.server.ops).decode()
