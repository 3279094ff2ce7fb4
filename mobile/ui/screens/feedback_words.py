"""Tickets as the rows of a page: words in the reader's language, tones and signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mobile.core.views_feedback import EventCard, HopCard, NoticeCard, TicketCard, TicketPage
from mobile.core.views_hq import AnswerLine
from mobile.core.views_photos import PhotoCard
from mobile.ui.say import Say
from mobile.viewmodels.request_words import MINUTE_MS, span_said, way_mark

ICONS = {
    "equipment": "cog_outline", "customer": "account_outline", "complaint": "alert_circle_outline", "suggestion": "star_outline",
    "report": "pencil_outline", "stock": "database_outline", "safety": "shield_check_outline", "other": "help_circle_outline",
}  # fmt: skip
STATES = {
    "open": ("brand", "progress_clock"), "waiting": ("leave", "timer_sand"), "resolved": ("good", "check_circle_outline"),
    "closed": ("quiet", "check_all"),
}  # fmt: skip
DUE_ICONS = {"rate": "star_outline", "reply": "pencil_outline", "take": "account_outline", "resolve": "check_circle_outline"}
SOON_MIN = 60
HOPS = {"author": "account_outline", "store": "store_outline", "desk": "account_group_outline"}


def span(say: Say, minutes: int) -> str:
    return say.said(span_said(abs(minutes) * MINUTE_MS))


def ticket_mark(say: Say, card: TicketCard) -> dict[str, Any]:
    """What was done here speaks first, then what is to be done, then what is late, then how it stands."""
    way = card.on_its_way
    if way is not None and (way.state != "with_hq" or way.act == "submit"):
        mark = way_mark(way)
        return {"chip": say.said(mark.said), "chip_icon": mark.icon, "chip_tone": mark.tone}
    if card.due is not None:
        tone = "bad" if card.late or (card.left_min is not None and card.left_min < 0) else "brand"
        return {"chip": say(f"ticket.due_{card.due}"), "chip_icon": DUE_ICONS.get(card.due, "check"), "chip_tone": tone}
    if card.late and card.state != "closed":
        return {"chip": say("ticket.late"), "chip_icon": "clock_alert_outline", "chip_tone": "bad"}
    tone, icon = STATES[card.state]
    words = say("ticket.rated", stars=card.rating) if card.rating is not None else say(f"ticket.state_{card.state}")
    return {"chip": words, "chip_icon": "star" if card.rating is not None else icon, "chip_tone": tone}


def clock_words(say: Say, card: TicketCard) -> str:
    """How long until a target runs out, or since it has. Where that is hours the moment: they are mostly not working time."""
    if card.left_min is None:
        return ""
    if card.left_min > SOON_MIN and card.by is not None:
        return say("ticket.reply_by", at=say.at(card.by))
    return say("ticket.left" if card.left_min >= 0 else "ticket.over", span=span(say, card.left_min))


def ticket_row(say: Say, card: TicketCard, vm: object, chosen: str = "") -> dict[str, Any]:
    told = [say.both(card.name), card.number, say.both(card.where)]
    sub = say("ticket.join").join(part for part in told if part)
    clock = clock_words(say, card)
    return {
        "vm": vm, "subject": card.ticket_id, "words": card.text, "sub": sub,
        "more": say("ticket.join").join(part for part in (say.at(card.moved), clock) if part),
        "icon_name": ICONS[card.icon], "unread": card.unread, "chosen": card.ticket_id == chosen, **ticket_mark(say, card),
    }  # fmt: skip


def hop_rows(say: Say, hops: tuple[HopCard, ...]) -> list[dict[str, Any]]:
    """Me, the store, each department: since when, and the working time it lay there."""
    return [
        {
            "words": say.both(hop.name), "icon_name": HOPS[hop.kind], "is_here": hop.is_here, "is_last": hop is hops[-1],
            "sub": say("ticket.worked", span=span(say, hop.worked_min)) if hop.worked_min is not None
            else say("ticket.since", at=say.at(hop.since)) if hop.is_here else say.at(hop.since),
        }
        for hop in hops
    ]  # fmt: skip


def fact_rows(say: Say, page: TicketPage) -> list[dict[str, Any]]:
    told = [
        ("number", page.card.number), ("author", "" if page.card.is_mine else page.card.author),
        ("store", page.card.store_name), ("spot", page.spot), ("filed", say.at(page.filed)),
        ("priority", say(f"feedback_page.priority_{page.card.priority}")), ("holder", page.card.holder),
        ("first_reply", _first_reply(say, page)), ("resolve_due", say.at(page.resolve_due)),
        ("pause_reason", page.pause_reason),
    ]  # fmt: skip
    rows = [{"words": say(f"ticket.{name}"), "value": value} for name, value in told if value]
    return [*rows, *({"words": say.both(line.label), "value": answer_words(say, line)} for line in page.answers)]


def _first_reply(say: Say, page: TicketPage) -> str:
    if page.first_reply_min is not None:
        key = "ticket.replied_late" if page.first_late else "ticket.replied_in"
        return say(key, span=span(say, page.first_reply_min))
    return say("ticket.reply_by", at=say.at(page.first_due)) if page.first_due is not None else ""


def answer_words(say: Say, line: AnswerLine) -> str:
    text = say.both(line.text)
    if line.kind == "date":
        return say.iso_day(text)
    if line.kind == "yes_no":
        return say("ui.yes" if text == "true" else "ui.no")
    return say(f"requests.half_{text}") if line.kind == "half_day" else text


def story_rows(say: Say, page: TicketPage, pictures: Mapping[str, bytes], vm: object) -> list[dict[str, Any]]:
    return [_event(say, event, pictures, vm) for event in page.story if event.kind not in ("watched", "unwatched")]


def _event(say: Say, event: EventCard, pictures: Mapping[str, bytes], vm: object) -> dict[str, Any]:
    facts = {"who": event.by, "desk": say.both(event.desk), "person": event.person, "stars": event.rating or 0}
    key = "noted" if event.internal else "rated" if event.kind == "closed" and event.rating is not None else event.kind
    if not event.by and key in ("closed", "passed"):
        key = f"{key}_by_itself"
    changes = [f"{say.both(line.label)}: {answer_words(say, line)}" for line in event.changes]
    if event.priority is not None:
        changes.append(f"{say('ticket.priority')}: {say(f'feedback_page.priority_{event.priority}')}")
    if event.replaced:
        changes.append(say("ticket.replaced"))
    way = event.on_its_way
    mark = way_mark(way) if way is not None else None
    told = say.said(mark.said) if mark is not None else ""
    if way is not None and way.problem is not None:
        told = say("ticket.refused", why=say.said(way.problem))
    return {
        "words": say(f"ticket.did_{key}", **facts), "at": say.at(event.at), "text": event.text, "more": "\n".join(changes),
        "internal": event.internal, "way": told, "way_tone": mark.tone if mark is not None else "quiet",
        "photos": photo_rows(say, event.photos, pictures, vm),
    }  # fmt: skip


def photo_rows(say: Say, photos: tuple[PhotoCard, ...], pictures: Mapping[str, bytes], vm: object) -> list[dict[str, Any]]:
    """Photos and pages that are here, and a way to those that are not."""
    names = [photo.name or say("requests.photo_n", n=n) for n, photo in enumerate(photos, 1)]
    return [_photo_row(say, photo, name, pictures, vm) for photo, name in zip(photos, names, strict=True)]


def _photo_row(say: Say, photo: PhotoCard, name: str, pictures: Mapping[str, bytes], vm: object) -> dict[str, Any]:
    here = [(number, pictures[one.sha]) for number, one in enumerate(photo.pages or (photo,), 1) if one.sha in pictures]
    cover = here[0][1] if here and here[0][0] == 1 else b""
    if photo.pages:
        shown = [(say("notice_page.page_of", name=name, n=number, all=photo.page_count), data) for number, data in here]
    else:
        shown = [(name, data) for _, data in here]
    return {
        "vm": vm, "sha": photo.sha, "photo": cover, "words": name, "sub": photo_state(say, photo),
        "may_ask": photo.state in ("unasked", "missing"), "shown": shown, "named": bool(cover and photo.pages),
    }  # fmt: skip


def photo_state(say: Say, photo: PhotoCard) -> str:
    """How far it is here; of a PDF how many pages it has."""
    if photo.pages and photo.state == "unasked":
        return say("notice_page.pages_unasked", count=len(photo.pages), mega=f"{photo.size / 1_000_000:.1f}")
    if photo.pages and photo.state == "coming":
        here = sum(one.state == "here" for one in photo.pages)
        return say("notice_page.pages_coming", here=here, count=len(photo.pages))
    if photo.pages:
        some = "pages_some" if photo.page_count > len(photo.pages) else "pages_here"
        return say(f"notice_page.{some}", count=len(photo.pages), all=photo.page_count)
    if photo.media == "application/pdf" and photo.state == "here":
        return say("notice_page.pdf_here")
    return "" if photo.state == "here" else say(f"ticket.photo_{photo.state}")


def notice_row(say: Say, card: NoticeCard, vm: object, chosen: str = "") -> dict[str, Any]:
    if card.withdrawn:
        mark = ("notice_page.withdrawn", "minus_circle_outline", "quiet")
    elif card.to_confirm:
        mark = ("notice_page.to_confirm", "alert_outline", "late")
    elif card.confirmed is not None:
        mark = ("notice_page.confirmed", "check_all", "good")
    else:
        mark = ("notice_page.read", "check", "quiet") if card.is_read else ("notice_page.unread", "bell_outline", "brand")
    return {
        "vm": vm, "subject": card.notice_id, "words": say.both(card.title),
        "sub": say("notice_page.by", who=card.by, at=say.at(card.published)), "more": "",
        "icon_name": "alert_outline" if card.urgent else "bell_outline", "unread": not card.is_done,
        "chosen": card.notice_id == chosen, "chip": say(mark[0]), "chip_icon": mark[1], "chip_tone": mark[2],
    }  # fmt: skip
