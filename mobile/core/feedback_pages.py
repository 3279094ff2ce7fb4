"""Pages of tickets out of what the device holds: cards, the hop line with its clocks, the story, what may be done now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from contract.approvals import FormField
from contract.feedback import (
    AmendTicket,
    CategoryRow,
    CloseTicket,
    FileTicket,
    Form,
    PassOn,
    PauseTicket,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketEventKind,
    TicketEventRow,
    TicketRow,
    WatchTicket,
)
from contract.forms import choices_of
from contract.tickets import Verb, may
from mobile.core.feedback_rows import Done, Held, TicketBook, Writer
from mobile.core.overlay import Overlay
from mobile.core.requests import field_card
from mobile.core.views_feedback import (
    CategoryCard,
    EventCard,
    FeedbackHome,
    HopCard,
    TicketCard,
    TicketDraft,
    TicketPage,
)
from mobile.core.views_hq import Act, AnswerLine, At, Both
from mobile.core.views_photos import PhotoCard

VERBS: Final[tuple[Verb, ...]] = (
    "reply", "note", "amend", "pass_on", "take", "pause", "resume", "resolve", "close", "rate", "reopen",
)  # fmt: skip
CLOSED_MOST: Final = 300  # of a list; what is older is at HQ
MIN_MS: Final = 60_000
_KINDS: Final[dict[type, TicketEventKind]] = {
    FileTicket: "filed", ReplyToTicket: "replied", AmendTicket: "amended", PassOn: "passed", TakeTicket: "taken",
    PauseTicket: "paused", ResumeTicket: "resumed", ResolveTicket: "resolved", CloseTicket: "closed", ReopenTicket: "reopened",
    WatchTicket: "watched",
}  # fmt: skip
_AS_IT_IS: Final = frozenset({"date", "yes_no", "half_day"})  # the screen says these in the reader's way


def category_card(row: CategoryRow) -> CategoryCard:
    return CategoryCard(
        code=row.code, name=_both(row.name_zh, row.name_en), hint=_both(row.hint_zh, row.hint_en), icon=row.icon,
        fields=tuple(field_card(field) for field in row.fields), priority=row.priority, answered=row.answered,
    )  # fmt: skip


def home(who: Writer, book: TicketBook, overlay: Overlay, seen: Mapping[str, int], draft: TicketDraft | None) -> FeedbackHome:
    """To do first, then what moved last; of what is over the newest."""
    held = book.tickets(who).values()
    news = [one for one in held if _may_be_news(one.row, seen)]
    stories = book.events(who) if news else {}
    cards = [
        ticket_card(one, who, overlay, unread=_may_be_news(one.row, seen) and _is_news(stories.get(one.row.id, ()), who, seen))
        for one in sorted(held, key=lambda one: (-one.row.moved_ms, one.row.id))
    ]
    return FeedbackHome(
        categories=tuple(category_card(row) for row in book.categories()),
        draft=draft,
        open=tuple(sorted((card for card in cards if card.is_open), key=lambda card: card.due is None)),
        closed=tuple(card for card in cards if not card.is_open)[:CLOSED_MOST],
    )


def ticket_card(held: Held, who: Writer, overlay: Overlay, *, unread: bool = False) -> TicketCard:
    row, reader = held.row, who.reader
    due_ms = row.first_due_ms if row.first_reply_ms is None and row.first_due_ms is not None else row.resolve_due_ms
    last = held.acts[-1] if held.acts else None
    return TicketCard(
        ticket_id=row.id,
        number=row.number,
        name=_both(row.category_zh, row.category_en),
        icon=row.icon,
        text=row.text,
        state=row.state,
        priority=row.priority,
        author=row.author_name,
        is_mine=row.author_id == reader.person_id,
        moved=reader_at(who, max(row.moved_ms, row.filed_ms)),
        where=where_it_is(row),
        store_name=row.store_name,
        holder=row.holder_name,
        unread=unread,
        late=row.late or (row.first_late and row.first_reply_ms is None),
        left_min=None if due_ms is None or row.state not in ("open", "waiting") else (due_ms - reader.now_ms) // MIN_MS,
        by=reader.at(due_ms),
        due=due_of(row, who),
        rating=row.rating,
        on_its_way=None if last is None else overlay.on_its_way(last.entry, act_word(last)),
    )


def due_of(row: TicketRow, who: Writer) -> Verb | None:
    """The one thing that its reader is to do now. A store's manager has nothing to do while a department has it."""
    me = who.reader.person_id
    if row.author_id == me and row.state == "resolved":
        return "rate"
    if row.author_id == me and row.state == "waiting":
        return "reply"
    lies_with_desk = row.desk_id is not None
    if row.state != "open" or not (me in row.may_answer or (who.answers and not lies_with_desk)):
        return None
    if row.first_reply_ms is None and row.author_id != me:
        return "reply"
    if row.holder_id is None:
        return "take"
    return "resolve" if row.holder_id == me else None


def page(
    held: Held, who: Writer, book: TicketBook, overlay: Overlay, media: Mapping[str, bool], mine: frozenset[str]
) -> TicketPage:
    """`media`: what is here (True) or coming; `mine`: photos that this device made."""
    row, me = held.row, who.reader.person_id
    answers = who.answers or me in row.may_answer
    allowed = frozenset(verb for verb in VERBS if not held.is_new and may(row, me, answers=answers, verb=verb) is None)
    category = book.category(row.category)
    labels = row.labels or (category.fields if category is not None else [])

    shown = dict(row.photos_shown)
    for event in book.events(who, row.id).get(row.id, ()):
        shown |= event.photos_shown

    def photos(names: Sequence[str]) -> tuple[PhotoCard, ...]:
        return tuple(photo_card(sha if sha in mine else shown.get(sha, sha), media, mine) for sha in names)

    told = [_told(event, who, labels, photos(event.photos)) for event in book.events(who, row.id).get(row.id, ())]
    replaced = {pk for event in book.events(who, row.id).get(row.id, ()) for pk in event.over}
    told = [replace(event, replaced=event.event_id in replaced) for event in told]
    ours = [_ours(done, who, labels, photos(getattr(done.op, "photos", ())), overlay, book) for done in held.acts]
    return TicketPage(
        card=ticket_card(held, who, overlay),
        text=row.text,
        answers=answer_lines(labels, row.form),
        photos=photos(row.photos),
        spot=row.spot,
        filed=reader_at(who, row.filed_ms),
        hops=hops(row, who),
        story=(*told, *(one for one in ours if one is not None)),
        may=allowed,
        desks=tuple((desk.id, _both(desk.name_zh, desk.name_en)) for desk in book.desks() if desk.id != row.desk_id),
        first_reply_min=row.first_reply_min,
        first_late=row.first_late,
        first_due=who.reader.at(row.first_due_ms if row.first_reply_ms is None else None),
        resolve_due=who.reader.at(row.resolve_due_ms),
        pause_reason=row.pause_reason,
        events=row.events,
        fields=tuple(field_card(field) for field in labels),
        form=tuple(row.form.items()),
    )


def hops(row: TicketRow, who: Writer) -> tuple[HopCard, ...]:
    """Me, then everybody who had it. What HQ has not heard of lies with its author; a hop made here is shown as it will be."""
    author = Both(row.author_name, row.author_name)  # HQ's hops name desks and stores; whose ticket it is stands in the ticket
    found = [
        HopCard(
            hop.kind, author if hop.kind == "author" else _both(hop.name_zh, hop.name_en), reader_at(who, hop.from_ms),
            hop.worked_min, hop.until_ms is None,
        )
        for hop in row.hops
    ]  # fmt: skip
    if not any(hop.kind == "author" for hop in found):
        found.insert(0, HopCard("author", author, reader_at(who, row.filed_ms), None, not found))
    last = next((hop for hop in reversed(found) if hop.is_here), found[-1])  # of a solved ticket HQ has ended the last one
    desk = _both(row.desk_zh, row.desk_en)
    if row.desk_id is not None and row.state != "closed" and (last.kind != "desk" or last.name != desk):
        found = [replace(hop, is_here=False) for hop in found]
        found.append(HopCard("desk", desk, reader_at(who, row.moved_ms), None, is_here=True))
    if row.state == "closed":
        found = [replace(hop, is_here=False) for hop in found]
    return tuple(found)


def photo_card(sha: str, media: Mapping[str, bool], mine: frozenset[str]) -> PhotoCard:
    if sha in mine or media.get(sha):
        return PhotoCard(sha, "here")
    return PhotoCard(sha, "coming" if sha in media else "unasked")


def answer_lines(labels: Sequence[FormField], form: Form) -> tuple[AnswerLine, ...]:
    """The typed fields as they were filled in; photos are shown with the others."""
    fields = {field.key: field for field in labels}
    found = []
    for key in [*(key for key in fields if key in form), *(key for key in form if key not in fields)]:
        raw, field = form[key], fields.get(key)
        if raw in (None, "") or (field is not None and field.kind == "photo"):
            continue
        said = str(raw).lower() if isinstance(raw, bool) else str(raw)
        label = _both(field.label_zh, field.label_en) if field is not None else Both("", "")
        text = Both(said, said)
        if field is not None and field.kind not in _AS_IT_IS:
            chosen = next((choice for choice in choices_of(field) if choice.value == said), None)
            text = text if chosen is None else Both(chosen.zh, chosen.en)
        found.append(AnswerLine(key, label, "text" if field is None else field.kind, text))
    return tuple(found)


def act_word(done: Done) -> Act:
    """What was done, in a word: sent (`tell`) but for the filing itself."""
    return "submit" if isinstance(done.op, FileTicket) else "tell"


def where_it_is(row: TicketRow) -> Both:
    """Who has it now."""
    if row.desk_id is not None:
        return _both(row.desk_zh, row.desk_en)
    here = next((hop for hop in reversed(row.hops) if hop.until_ms is None), None)
    return _both(here.name_zh, here.name_en) if here is not None else Both("", "")


def reader_at(who: Writer, ms: int) -> At:
    found = who.reader.at(ms)
    assert found is not None
    return found


def _told(event: TicketEventRow, who: Writer, labels: Sequence[FormField], photos: tuple[PhotoCard, ...]) -> EventCard:
    return EventCard(
        event_id=event.id, kind=event.kind, by=event.by_name, at=reader_at(who, event.at_ms), text=event.text,
        changes=answer_lines(labels, event.form), photos=photos, internal=event.internal,
        desk=_both(event.desk_zh, event.desk_en), person=event.person_name, priority=event.priority, rating=event.rating,
    )  # fmt: skip


def _ours(
    done: Done, who: Writer, labels: Sequence[FormField], photos: tuple[PhotoCard, ...], overlay: Overlay, book: TicketBook
) -> EventCard | None:
    op = done.op
    if isinstance(op, WatchTicket):
        return None
    desk = next((one for one in book.desks() if one.id == op.desk_id), None) if isinstance(op, PassOn) else None
    text = getattr(op, "text", None) or getattr(op, "reason", None) or getattr(op, "note", None) or ""
    return EventCard(
        event_id=done.event_id, kind=_KINDS[type(op)], by=done.act.name, at=reader_at(who, done.act.at_ms),
        text="" if isinstance(op, FileTicket) else text,
        changes=answer_lines(labels, op.form) if isinstance(op, AmendTicket) else (),
        photos=() if isinstance(op, FileTicket) else photos,
        internal=bool(getattr(op, "internal", False)),
        desk=Both("", "") if desk is None else _both(desk.name_zh, desk.name_en),
        person=done.act.name if isinstance(op, TakeTicket) and op.person_id is not None else "",
        priority=op.priority if isinstance(op, AmendTicket) else None,
        rating=op.rating if isinstance(op, CloseTicket) else None,
        on_its_way=overlay.on_its_way(done.entry, act_word(done)),
    )  # fmt: skip


def _may_be_news(row: TicketRow, seen: Mapping[str, int]) -> bool:
    """It moved since it was looked at; what was over before this device knew of it is none."""
    return row.moved_ms > seen.get(row.id, 0) and (row.id in seen or row.state != "closed")


def _is_news(story: Sequence[TicketEventRow], who: Writer, seen: Mapping[str, int]) -> bool:
    """Whether the last that happened was somebody else's word, not one's own and not the system's routing."""
    loud = [event for event in story if event.kind not in ("filed", "routed", "watched", "unwatched")]
    return bool(loud) and loud[-1].by_id != who.reader.person_id and loud[-1].arrived_ms > seen.get(loud[-1].ticket_id, 0)


def _both(zh: str, en: str) -> Both:
    return Both(zh or en, en or zh)
