"""Tickets on a device with no signal: written crash-safe, sent once, folded over what HQ says, and no more told than meant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from contract.feedback import AmendTicket, CloseTicket, FileTicket, ReplyToTicket
from contract.sync import read_signed
from contract.wire import decode, name_of
from mobile.core import feedback, feedback_rows
from mobile.core.feedback import Feedback
from mobile.core.feedback_photos import bare
from mobile.core.views import Refused
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import AT_THE_STORE, LIN, STORE, WEI, Device
from tests.mobile.hq_rows import COMPANY, DESK, PRIVATE, hq_says, manager_row
from tests.mobile.test_journal import result
from tests.mobile.tickets_here import DESIGN, HR, MIN_MS, TICKET, a_png, category, desk, event, ticket
from tests.support.planted import instead

PIN = "481516"


@pytest.fixture
def wei(phone: Device) -> Device:
    """Two kinds of tickets, two desks, one ticket of Li Wei's. No signal."""
    phone.set_up()
    hq_says(
        phone,
        (COMPANY, "ticket_category", "c1", category()),
        (COMPANY, "ticket_category", "c2", category("daily", position=200)),
        (COMPANY, "ticket_desk", DESIGN, desk(DESIGN, "design", "设计部", "Design")),
        (COMPANY, "ticket_desk", HR, desk(HR, "hr", "人事部", "HR")),
        (PRIVATE, "ticket", TICKET, ticket()),
        (PRIVATE, "ticket_event", event(1, "filed").id, event(1, "filed", by_id=WEI)),
    )
    phone.world.link.up = False
    return phone


def mine(device: Device) -> Feedback:
    return device.core.hearing.mine


def written(device: Device, shape: Any) -> list[Any]:
    """What was signed of a kind, in order."""
    device.world.link.up = True
    device.core.sync_once()
    device.world.link.up = False
    signed = [read_signed(raw) for raw in device.server.ops]
    return [decode(bytes(one.data), shape) for one in signed if one.type == name_of(shape)]


def a_jpeg(turned: int = 6) -> bytes:
    """With a position, a maker and a second picture after its end, as phones make them."""
    picture = Image.new("RGB", (64, 48), (200, 30, 30))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, "SecretPhone"
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 49.44), 3: "E", 4: (121.0, 28.0, 25.32)}
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"by the till", progressive=True)
    return out.getvalue() + out.getvalue()


# writing and sending


def test_kinds_of_tickets_stand_in_hqs_order_with_their_fields(wei: Device) -> None:
    home = mine(wei).home()
    assert [one.code for one in home.categories] == ["equipment", "daily"]
    first = home.categories[0]
    assert [field.key for field in first.fields] == ["asset", "since", "plate"] and first.icon == "equipment"
    assert not home.categories[1].answered and home.draft is None


def test_what_is_written_survives_the_app_being_killed_photos_and_all(wei: Device) -> None:
    mine(wei).begin("equipment")
    name, plain = mine(wei).add_photo(a_jpeg())
    mine(wei).write("equipment", "熨斗不", form={"asset": "iron"}, photos=[name], spot="后场")
    mine(wei).write("equipment", "熨斗不热", form={"asset": "iron"}, photos=[name], spot="后场")
    wei.restart()
    draft = mine(wei).home().draft
    assert draft is not None and (draft.text, draft.spot, draft.answers) == ("熨斗不热", "后场", (("asset", "iron"),))
    assert draft.photos == (plain,)
    moved = mine(wei).begin("daily")
    assert (moved.text, moved.photos, moved.answers) == ("熨斗不热", (plain,), ()), "words go, answers to other fields stay"
    mine(wei).throw_away()
    assert mine(wei).home().draft is None


def test_a_ticket_sent_without_signal_is_shown_at_once_and_arrives_once_after_a_lost_answer(wei: Device) -> None:
    name, _ = mine(wei).add_photo(a_png())
    mine(wei).write("equipment", "熨斗不热", form={"asset": "iron"}, photos=[name], spot="后场", priority="high")
    ticket_id = mine(wei).send()
    home = mine(wei).home()
    [card] = [card for card in home.open if card.ticket_id == ticket_id]
    assert home.draft is None
    assert card.on_its_way is not None and card.on_its_way.state == "kept" and not card.unread and card.due is None
    page = mine(wei).ticket(ticket_id)
    assert page is not None and [hop.kind for hop in page.hops] == ["author"] and page.photos[0].state == "here"
    assert page.answers[0].text.en == "Steam iron" and not page.may, "HQ does not know of it yet"
    wei.restart()
    [act] = written(wei, FileTicket)
    assert (act.ticket_id, act.store_id, act.photos, act.priority, act.spot) == (ticket_id, STORE, [name], "high", "后场")
    [card] = [card for card in mine(wei).home().open if card.ticket_id == ticket_id]
    assert card.on_its_way is not None and card.on_its_way.state == "with_hq"
    assert len(written(wei, FileTicket)) == 1
    wei.world.link.up = True
    hq_says(wei, (PRIVATE, "ticket", ticket_id, ticket(ticket_id, number="F-8", text="熨斗不热", moved_ms=START_MS)))
    found = [card for card in mine(wei).home().open if card.ticket_id == ticket_id]
    assert [card.number for card in found] == ["F-8"], "HQ's row speaks for it, once"


def test_a_daily_report_is_over_as_it_is_sent(wei: Device) -> None:
    mine(wei).write("daily", "今天 42 单")
    ticket_id = mine(wei).send()
    assert [card.ticket_id for card in mine(wei).home().closed] == [ticket_id]


def test_a_ticket_takes_the_position_that_a_punch_found_anyway_and_looks_for_none(wei: Device) -> None:
    looked = wei.world.locator.asked
    mine(wei).write("daily", "一")
    mine(wei).send()
    assert wei.world.locator.asked == looked
    wei.world.locator.now = AT_THE_STORE
    wei.core.punch(kind="in")
    wei.world.clock.pass_ms(2 * MIN_MS)
    mine(wei).write("daily", "二")
    mine(wei).send()
    wei.world.clock.pass_ms(10 * MIN_MS)
    mine(wei).write("daily", "三")
    mine(wei).send()
    first, second, third = written(wei, FileTicket)
    assert first.fix is None and third.fix is None, "none was there, or it is too old"
    assert second.fix is not None and second.fix.lat_e7 == AT_THE_STORE.lat_e7
    assert second.fix.age_ms == (AT_THE_STORE.age_ms or 0) + 2 * MIN_MS


def test_what_does_not_fit_is_told_before_it_is_kept_for_ever(wei: Device) -> None:
    with pytest.raises(Refused, match=r"client\.words_needed"):
        mine(wei).send()
    mine(wei).write("equipment", "  ")
    with pytest.raises(Refused, match=r"client\.words_needed"):
        mine(wei).send()
    mine(wei).write("equipment", "坏了")
    with pytest.raises(Refused, match=r"form\."):
        mine(wei).send()
    assert [misfit.key for misfit in mine(wei).judge("equipment", {})] == ["asset"]
    mine(wei).write("equipment", "坏了", form={"asset": "iron"}, photos=["ab" * 32])
    with pytest.raises(Refused, match=r"client\.photo_unknown"):
        mine(wei).send()
    assert written(wei, FileTicket) == []


def test_what_hq_refused_needs_somebody_and_is_put_right_with_its_photos(wei: Device) -> None:
    name, plain = mine(wei).add_photo(a_png())
    mine(wei).write("equipment", "坏了", form={"asset": "iron"}, photos=[name])
    ticket_id = mine(wei).send()
    wei.world.link.up = True
    wei.core.sync_once()
    wei.server.pages.append({"rows": [result(wei, 1, "rejected", code="feedback.category_retired")]})
    wei.core.sync_once()
    [needs] = wei.core.sync_state().needs_you
    assert (needs.about, needs.said.code) == (ticket_id, "feedback.category_retired")
    [card] = [card for card in mine(wei).home().open if card.ticket_id == ticket_id]
    assert card.on_its_way is not None and card.on_its_way.state == "refused"
    draft = mine(wei).again(ticket_id)
    assert draft is not None and draft.problem is not None and draft.photos == (plain,) and draft.text == "坏了"
    mine(wei).write("equipment", "还是坏", form={"asset": "iron"}, photos=[name], instead_of=draft.instead_of)
    again = mine(wei).send()
    assert not wei.core.sync_state().needs_you
    assert ticket_id not in {one.ticket_id for one in mine(wei).home().open} and again != ticket_id
    assert mine(wei).again(TICKET) is None


# photos


def test_a_photo_is_laid_bare_before_it_is_sealed_and_still_stands_upright(wei: Device) -> None:
    plain = bare(a_jpeg())
    for trace in (b"SecretPhone", b"by the till", b"GPS", b"Exif\0\0II"):
        assert trace not in plain
    assert a_jpeg().count(b"\xff\xd8\xff") == 2 and plain.count(b"\xff\xd8\xff") == 1, "the second picture is gone"
    with Image.open(io.BytesIO(plain)) as shown, Image.open(io.BytesIO(a_jpeg())) as taken:
        assert dict(shown.getexif()) == {0x0112: 6} and shown.getexif().get_ifd(0x8825) == {}
        assert shown.convert("RGB").tobytes() == taken.convert("RGB").tobytes(), "no pixel changed"
    _, kept = mine(wei).add_photo(a_jpeg())
    assert kept == plain
    png = bare(a_png(b"lat 31.23"))
    assert b"lat" not in png and Image.open(io.BytesIO(png)).getpixel((0, 0)) == (1, 2, 3)


def test_the_check_for_positions_finds_one_that_was_left(wei: Device) -> None:
    with instead(feedback, "bare", lambda photo: photo):
        _, kept = mine(wei).add_photo(a_jpeg())
    with Image.open(io.BytesIO(kept)) as shown:
        assert shown.getexif().get_ifd(0x8825), "the planted fault leaves it"


@pytest.mark.parametrize(
    "broken", [b"", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\xff\xffEx", a_jpeg()[:90], a_png()[:60]]
)
def test_what_is_no_photo_is_refused_and_nothing_is_kept(wei: Device, broken: bytes) -> None:
    with pytest.raises(Refused, match=r"client\.photo_"):
        mine(wei).add_photo(broken)
    assert wei.core._parts.db.value("SELECT count(*) FROM paper_photo") == 0


# a ticket that is there


def test_the_hop_line_tells_who_had_it_how_long_and_who_has_it(wei: Device) -> None:
    wei.world.link.up = True
    moved = ticket(
        desk_id=DESIGN, desk_zh="设计部", desk_en="Design",
        hops=[*ticket().hops[:1], ticket().hops[1].__class__(
            kind="store", name_zh="豫园店", name_en="豫园店", from_ms=START_MS - 30 * MIN_MS, until_ms=START_MS - 18 * MIN_MS,
            worked_min=12,
        ), ticket().hops[1].__class__(kind="desk", name_zh="设计部", name_en="Design", from_ms=START_MS - 18 * MIN_MS)],
        first_reply_ms=START_MS - 18 * MIN_MS, first_reply_min=12, first_due_ms=None, moved_ms=START_MS - 18 * MIN_MS,
    )  # fmt: skip
    hq_says(wei, (PRIVATE, "ticket", TICKET, moved))
    page = mine(wei).ticket(TICKET)
    assert page is not None
    assert [(hop.kind, hop.name.en, hop.worked_min, hop.is_here) for hop in page.hops] == [
        ("author", "李伟", None, False), ("store", "豫园店", 12, False), ("desk", "Design", None, True),
    ]  # fmt: skip
    assert (page.first_reply_min, page.card.where.zh) == (12, "设计部")


def test_replies_changes_and_stars_made_here_are_folded_over_hqs_row_in_order(wei: Device) -> None:
    mine(wei).reply(TICKET, "客人在等")
    mine(wei).amend(TICKET, text="熨斗和插座都坏了", priority="urgent")
    page = mine(wei).ticket(TICKET)
    assert page is not None and (page.text, page.card.priority) == ("熨斗和插座都坏了", "urgent")
    assert [(one.kind, one.by) for one in page.story] == [("filed", "林静"), ("replied", "李伟"), ("amended", "李伟")]
    assert all(one.on_its_way is not None for one in page.story[1:])
    [amended] = written(wei, AmendTicket)
    assert amended.base == 2, "what HQ's row had counted, not one's own words"
    wei.world.link.up = True
    hq_says(wei, (PRIVATE, "ticket", TICKET, ticket(state="resolved", resolved_ms=START_MS, first_due_ms=None)))
    assert next(card for card in mine(wei).home().open if card.ticket_id == TICKET).due == "rate"
    wei.world.link.up = False
    mine(wei).close(TICKET, 5, "很快")
    [card] = [card for card in mine(wei).home().closed if card.ticket_id == TICKET]
    assert card.rating == 5
    with pytest.raises(Refused, match=r"feedback\.already_rated"):
        mine(wei).close(TICKET, 1)
    mine(wei).reopen(TICKET, "又坏了")
    assert next(card for card in mine(wei).home().open if card.ticket_id == TICKET).state == "open"
    assert [one.rating for one in written(wei, CloseTicket)] == [5]


def test_a_word_that_hq_has_told_is_not_laid_over_it_a_second_time(wei: Device) -> None:
    mine(wei).reply(TICKET, "客人在等")
    [said] = written(wei, ReplyToTicket)
    wei.world.link.up = True
    told = event(3, "replied", by_id=WEI, by_name="李伟", text="客人在等")
    hq_says(
        wei, (PRIVATE, "ticket", TICKET, ticket(events=3)),
        (PRIVATE, "ticket_event", said.event_id, told.__class__(**{**_fields(told), "id": said.event_id})),
    )  # fmt: skip
    page = mine(wei).ticket(TICKET)
    assert page is not None and [one.text for one in page.story].count("客人在等") == 1 and page.events == 3
    with instead(feedback_rows.TicketBook, "_is_told", lambda self, pk: False):
        twice = mine(wei).ticket(TICKET)
    assert twice is not None and twice.events == 4, "the planted fault counts it twice"


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


def test_two_who_changed_the_same_are_both_readable(wei: Device) -> None:
    wei.world.link.up = True
    first = event(3, "amended", text="熨斗坏了", by_id=WEI)
    second = event(4, "amended", text="插座坏了", over=[first.id])
    hq_says(wei, *((PRIVATE, "ticket_event", one.id, one) for one in (first, second)))
    page = mine(wei).ticket(TICKET)
    assert page is not None
    assert [(one.text, one.replaced) for one in page.story if one.kind == "amended"] == [("熨斗坏了", True), ("插座坏了", False)]


def test_somebody_elses_word_is_unread_until_the_ticket_is_opened_ones_own_never_is(wei: Device) -> None:
    assert mine(wei).home().unread == 0
    mine(wei).ticket(TICKET)
    wei.world.link.up = True
    hq_says(
        wei, (PRIVATE, "ticket", TICKET, ticket(moved_ms=START_MS, events=3)),
        (PRIVATE, "ticket_event", "e3", event(3, "replied", text="马上来", arrived_ms=START_MS)),
    )  # fmt: skip
    assert mine(wei).home().unread == 1
    mine(wei).ticket(TICKET)
    assert mine(wei).home().unread == 0
    hq_says(
        wei, (PRIVATE, "ticket", TICKET, ticket(moved_ms=START_MS + 1, events=4)),
        (PRIVATE, "ticket_event", "e4", event(4, "replied", by_id=WEI, text="好", arrived_ms=START_MS + 1)),
    )  # fmt: skip
    assert mine(wei).home().unread == 0


def test_a_photo_of_somebody_else_is_fetched_when_it_is_asked_for_and_only_if_the_ticket_names_it(wei: Device) -> None:
    import hashlib

    body = a_png() + b"\0" * 70_000
    sha = hashlib.sha256(body).hexdigest()
    wei.world.link.up = True
    hq_says(wei, (PRIVATE, "ticket_event", "e9", event(9, "replied", photos=[sha])))
    wei.server.media[sha] = body
    wei.core.sync_once()
    page = mine(wei).ticket(TICKET)
    assert page is not None and page.story[-1].photos[0].state == "unasked" and mine(wei).photo(sha) is None
    with pytest.raises(Refused, match=r"client\.photo_unknown"):
        mine(wei).ask_for_photo(TICKET, "cd" * 32)
    mine(wei).ask_for_photo(TICKET, sha)
    wei.core.sync_once()
    assert mine(wei).photo(sha) == body
    hq_says(wei)
    assert mine(wei).photo(sha) == body, "the next plan of course pictures leaves it"


def test_past_the_lease_nothing_of_a_ticket_is_shown(wei: Device) -> None:
    wei.world.clock.pass_ms(15 * 86_400_000)
    hearing = wei.core.hearing
    for look in (mine(wei).home, lambda: mine(wei).ticket(TICKET), hearing.my_notices.home, hearing.voices.home):
        with pytest.raises(Refused, match=r"client\.locked"):
            look()
    assert wei.core.enrolment is not None


# the tablet


@pytest.fixture
def at_store(tablet: Device) -> Iterator[Device]:
    """The desk sees Li Wei's ticket and a note that is not for him."""
    from mobile.core.pins import make_verifier
    from tests.mobile.devices_here import person_row

    tablet.set_up()
    pin = make_verifier(PIN)
    hq_says(
        tablet,
        (COMPANY, "ticket_category", "c1", category()),
        (COMPANY, "ticket_desk", DESIGN, desk(DESIGN, "design", "设计部", "Design")),
        (DESK, "manager", LIN, manager_row(pin, id=LIN, name="林静")),
        (f"person:{WEI}", "person", WEI, person_row(WEI, has_pin=True, pin=pin)),
        (DESK, "ticket", TICKET, ticket()),
        (DESK, "ticket_event", event(1, "filed").id, event(1, "filed", by_id=WEI)),
        (DESK, "ticket_event", event(2, "replied").id, event(2, "replied", text="他又弄坏了", internal=True)),
        (DESK, "ticket", "other", ticket("01900000-0000-7000-8000-0000000fe002", author_id=LIN, author_name="林静")),
    )
    tablet.world.link.up = False
    yield tablet


def test_the_desk_has_the_one_thing_to_do_for_each_ticket_and_does_it_under_its_pin(at_store: Device) -> None:
    desk_side = at_store.core.hearing.desk
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk_side.home()
    assert at_store.core.desk.open(LIN, PIN).ok
    [card] = [card for card in desk_side.home().open if card.ticket_id == TICKET]
    assert card.due == "reply" and card.left_min == 10
    assert card.by is not None and card.by.ms == START_MS + 10 * MIN_MS
    desk_side.reply(TICKET, "我来看看")
    desk_side.take(TICKET)
    assert next(card for card in desk_side.home().open if card.ticket_id == TICKET).holder == "林静"
    desk_side.pass_on(TICKET, DESIGN, "要新的")
    page = desk_side.ticket(TICKET)
    assert page is not None and page.hops[-1].name.en == "Design" and page.hops[-1].is_here
    assert [one.kind for one in page.story] == ["filed", "replied", "replied", "taken", "passed"] and page.card.due is None
    [said] = written(at_store, ReplyToTicket)
    assert said.kiosk is not None and said.kiosk.pin
    assert {read_signed(raw).actor for raw in at_store.server.ops if b"feedback.reply" in raw} == {LIN}


def test_ones_own_page_on_the_tablet_shows_ones_own_tickets_and_nothing_internal(at_store: Device) -> None:
    own = at_store.core.hearing.own
    assert at_store.core.own.open(WEI, PIN).ok
    assert [card.ticket_id for card in own.home().open] == [TICKET]
    page = own.ticket(TICKET)
    assert page is not None and all(not one.internal for one in page.story) and "note" not in page.may
    own.write("equipment", "收银机坏了", form={"asset": "till"})
    own.send()
    assert len(own.home().open) == 2
    at_store.core.own.close()
    assert at_store.core.desk.open(LIN, PIN).ok
    assert len(at_store.core.hearing.desk.home().open) == 2, "what HQ has not given to the desk is its author's alone"
    [said] = written(at_store, FileTicket)
    assert said.store_id == STORE and said.kiosk is not None and said.fix is None
