"""Tickets, on one's own phone, on one's own page of the store's tablet, and at its manager's desk: all of it with no signal.

What is being written is on the disk at every keystroke; what is sent is signed at once and shown as it will be. The same commands
for all three; whose they are says `Writer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from contract.approvals import FormField
from contract.attendance import KioskProof
from contract.feedback import (
    AmendTicket,
    CategoryRow,
    CloseTicket,
    FileTicket,
    Form,
    Hop,
    PassOn,
    PauseTicket,
    Priority,
    ReopenTicket,
    ReplyToTicket,
    ResolveTicket,
    ResumeTicket,
    TakeTicket,
    TicketRow,
)
from contract.forms import judge_form, photos_of
from contract.ids import new_id
from contract.stores import StoreRow
from contract.tickets import may, verb_of
from contract.wire import Wire
from mobile.core import feedback_pages
from mobile.core.acts import Acts, born_with
from mobile.core.feedback_pages import category_card
from mobile.core.feedback_photos import bare
from mobile.core.feedback_rows import ACT, Held, TicketBook, Writer, act_of
from mobile.core.papers import ROOM, Papers, TicketPaper
from mobile.core.parts import Parts
from mobile.core.ticket_words import TEXT_MOST, TicketWords
from mobile.core.views import Refused, Said
from mobile.core.views_feedback import FeedbackHome, TicketDraft, TicketPage
from mobile.core.views_hq import Misfit

PHOTOS_MOST: Final = 5


class Feedback:
    """One person's side of tickets. `who` raises Refused where nobody is there: past the lease, behind a PIN."""

    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who
        self.words = TicketWords(acts, who)

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    @property
    def _papers(self) -> Papers:
        return self._parts.drafts.papers

    # looking

    def home(self) -> FeedbackHome:
        """What can be filed, what is being written, and all tickets."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            return feedback_pages.home(who, self._book(), parts.overlay, self._papers.seen(who.owner), self._draft(who))

    def ticket(self, ticket_id: str) -> TicketPage | None:
        """A ticket opened, from now on looked at; None where this device does not hold it."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            book = self._book()
            held = book.tickets(who).get(ticket_id)
            if held is None:
                return None
            mine = frozenset(sha for sha in self._shas(held) if parts.photos.read(sha) is not None)
            page = feedback_pages.page(held, who, book, parts.overlay, parts.media.states(), mine)
            seen = self._papers.seen(who.owner).get(ticket_id, 0)
            moved_ms = max([held.row.moved_ms, *(event.arrived_ms for event in book.events(who, ticket_id).get(ticket_id, ()))])
        if moved_ms > seen:
            with parts.db.write():
                self._papers.see(who.owner, ticket_id, moved_ms)
        return page

    def photo(self, sha: str) -> bytes | None:
        """A photo of a ticket, its own or one that was fetched; None while it is not here."""
        self._who()
        return self._parts.photos.read(sha) or self._parts.media.read(sha)

    def ask_for_photo(self, ticket_id: str, sha: str) -> None:
        """Fetch a photo that the ticket names, as soon as there is a signal."""
        who = self._may_act()
        with self._parts.db.read():
            held = self._book().tickets(who).get(ticket_id)
            names = self._shas(held) if held is not None else set()
            names |= set(held.row.photos_shown.values()) if held is not None else set()
            for event in self._book().events(who, ticket_id).get(ticket_id, ()):
                names |= {*event.photos, *event.photos_shown.values()}
        if sha not in names:
            raise Refused("client.photo_unknown")
        with self._parts.db.write():
            self._parts.media.ask(sha, 0, who.reader.now_ms)
        self._acts.tell()

    # a ticket that is being written

    def begin(self, category: str) -> TicketDraft:
        """A ticket of this kind; what was written for another kind goes with it, but for the answers to that kind's fields."""
        who, kept = self._may_act(), None
        row = self._category(category)
        with self._parts.db.read():
            kept = self._papers.get("ticket", who.owner, TicketPaper)
        if kept is not None and kept.category != category:
            fresh = TicketPaper(
                category=category, text=kept.text, photos=kept.photos, spot=kept.spot, priority=row.priority,
                instead_of=kept.instead_of,
            )  # fmt: skip
            self._put(who, fresh)
        with self._parts.db.read():
            return self._draft(who) or TicketDraft(category_card(row), priority=row.priority)

    def write(
        self, category: str, text: str, *, form: Form | None = None, photos: Sequence[str] = (), spot: str = "",
        priority: Priority = "normal", instead_of: str = "",
    ) -> None:  # fmt: skip
        """Keep it as far as it is written. On the disk when this returns."""
        who = self._may_act()
        paper = TicketPaper(
            category=category, text=text[:TEXT_MOST], form=dict(form or {}), photos=list(photos)[:PHOTOS_MOST], spot=spot[:120],
            priority=priority, instead_of=instead_of,
        )  # fmt: skip
        self._put(who, paper)
        who.stay_open()

    def add_photo(self, photo: bytes) -> tuple[str, bytes]:
        """Keep a photo for the ticket that is being written, laid bare: its name, and it. Refused where it is none."""
        who, plain = self._may_act(), bare(photo)
        self._parts.db.need_space(ROOM + len(plain))
        with self._parts.db.write():
            name = self._papers.add_photo("ticket", who.owner, plain)
        who.stay_open()
        return name, plain

    def throw_away(self) -> None:
        """What was being written is not wanted."""
        who = self._may_act()
        with self._parts.db.write():
            self._papers.drop("ticket", who.owner)

    def judge(self, category: str, form: Form) -> tuple[Misfit, ...]:
        """What does not fit the fields yet, by the judge the server asks too."""
        found = judge_form(self._category(category).fields, form)
        return tuple(Misfit(wrong.key, Said(wrong.code, wrong.facts)) for wrong in found)

    def send(self) -> str:
        """File what is written. On the disk when this returns, with its photos; answers the ticket's id."""
        who = self._may_act()
        with self._parts.db.read():
            paper = self._papers.get("ticket", who.owner, TicketPaper)
            if paper is None or not paper.text.strip():
                raise Refused("client.words_needed")
            category = self._category(paper.category)
            form: Form = {key: answer for key, answer in paper.form.items() if answer not in (None, "")}
            for wrong in judge_form(category.fields, form):
                raise Refused(wrong.code, **wrong.facts)
            named = [*paper.photos, *photos_in(category.fields, form)]
            bodies = {sha: self._papers.photo("ticket", who.owner, sha) for sha in named}
        if None in bodies.values():
            raise Refused("client.photo_unknown")
        store = who.store_id or self._parts.pages.punches_at(who.reader.person_id, who.reader.now_ms)
        act = FileTicket(
            ticket_id=new_id(), category=category.code, store_id=store, text=paper.text.strip(), form=form,
            photos=[*dict.fromkeys(paper.photos)], priority=None if paper.priority == category.priority else paper.priority,
            spot=paper.spot.strip(), fix=None if who.at_tablet else self._acts.last_fix(), kiosk=_proof(who),
        )  # fmt: skip
        known = self._parts.replica.get("store", store, StoreRow) if store is not None else None
        row = TicketRow(
            id=act.ticket_id, number="", category=category.code, category_zh=category.name_zh, category_en=category.name_en,
            icon=category.icon, store_id=store, store_name=known.name if known is not None else "",
            author_id=who.reader.person_id, author_name=who.name, state="open" if category.answered else "closed",
            priority=paper.priority, text=act.text, form=form, labels=category.fields, photos=act.photos, spot=act.spot,
            hops=[Hop(kind="author", name_zh=who.name, name_en=who.name, from_ms=who.reader.now_ms)],
            filed_ms=who.reader.now_ms, arrived_ms=who.reader.now_ms, moved_ms=who.reader.now_ms,
        )  # fmt: skip

        def also(op: str, seq: int) -> None:
            self._parts.overlay.keep(op, ACT, act.ticket_id, who.owner, act_of(act, who, row))
            for body in bodies.values():
                if body is not None:
                    self._parts.photos.keep(body, seq)
            self._papers.see(who.owner, act.ticket_id, who.reader.now_ms)
            self._papers.drop("ticket", who.owner)
            if paper.instead_of:
                self._parts.journal.acknowledge(paper.instead_of)

        room = sum(len(body) for body in bodies.values() if body is not None)
        self._acts.keep(act, who.reader.person_id, ent=act.ticket_id, also=also, room=room)
        self._acts.ports.signals.kept()
        who.stay_open()
        return act.ticket_id

    def again(self, ticket_id: str) -> TicketDraft | None:
        """What HQ refused to take, to be put right and sent again; its photos come with it. Refused while something else is being
        written."""
        who = self._may_act()
        with self._parts.db.read():
            filed = self._book().filed(ticket_id)
            paper = self._papers.get("ticket", who.owner, TicketPaper)
        if filed is None or filed.counts or filed.act.person_id != who.reader.person_id:
            return None
        if paper is not None and paper.instead_of != filed.entry.op and paper.text.strip():
            raise Refused("client.draft_in_the_way")
        said: FileTicket = filed.op
        row = self._category(said.category)
        named = [*said.photos, *photos_in(row.fields, said.form)]
        bodies = {sha: body for sha in named if (body := self._parts.photos.read(sha)) is not None}
        with self._parts.db.write():
            self._papers.put("ticket", who.owner, TicketPaper(
                category=said.category, text=said.text, form=_still_here(row.fields, said.form, bodies),
                photos=[sha for sha in said.photos if sha in bodies], spot=said.spot,
                priority=said.priority or row.priority, instead_of=filed.entry.op,
            ))  # fmt: skip
            for body in bodies.values():
                self._papers.add_photo("ticket", who.owner, body)
        with self._parts.db.read():
            draft = self._draft(who)
            return draft and replace(draft, problem=self._parts.overlay.answer_to(filed.entry))

    # a ticket that is there

    def reply(
        self, ticket_id: str, text: str, *, photos: Sequence[bytes] = (), internal: bool = False, instead_of: str = ""
    ) -> None:
        """A word to it. `internal`: for those who answer only. `instead_of`: the refused word that this one corrects."""
        plain = [bare(photo) for photo in photos]
        names = [self._parts.photos.name(photo) for photo in plain]
        act = ReplyToTicket(
            event_id=new_id(), ticket_id=ticket_id, text=_words(text), photos=names, internal=internal, kiosk=_proof(self._who())
        )
        self._do(ticket_id, act, plain, instead_of)

    def amend(
        self, ticket_id: str, *, text: str | None = None, form: Form | None = None, priority: Priority | None = None
    ) -> None:
        """What it says, otherwise. Whoever changed the same meanwhile is kept beside it."""
        who = self._who()
        with self._parts.db.read():
            held = self._held(ticket_id, who)
        seen = held.row.events - sum(one.counts for one in held.acts)
        act = AmendTicket(
            event_id=new_id(), ticket_id=ticket_id, text=None if text is None else _words(text), form=dict(form or {}),
            priority=priority, base=max(0, seen), kiosk=_proof(who),
        )  # fmt: skip
        self._do(ticket_id, act)

    def pass_on(self, ticket_id: str, desk_id: str, note: str = "") -> None:
        """To another department."""
        self._do(ticket_id, PassOn(
            event_id=new_id(), ticket_id=ticket_id, desk_id=desk_id, note=note.strip(), kiosk=_proof(self._who())
        ))  # fmt: skip

    def take(self, ticket_id: str) -> None:
        """I look after it."""
        who = self._who()
        self._do(ticket_id, TakeTicket(event_id=new_id(), ticket_id=ticket_id, person_id=who.reader.person_id, kiosk=_proof(who)))

    def pause(self, ticket_id: str, reason: str) -> None:
        """Waiting for the customer or the author."""
        act = PauseTicket(event_id=new_id(), ticket_id=ticket_id, reason=_reason(reason), kiosk=_proof(self._who()))
        self._do(ticket_id, act)

    def resume(self, ticket_id: str) -> None:
        self._do(ticket_id, ResumeTicket(event_id=new_id(), ticket_id=ticket_id, kiosk=_proof(self._who())))

    def resolve(self, ticket_id: str, text: str, *, photos: Sequence[bytes] = ()) -> None:
        """It is done, with what was done."""
        plain = [bare(photo) for photo in photos]
        names = [self._parts.photos.name(photo) for photo in plain]
        act = ResolveTicket(event_id=new_id(), ticket_id=ticket_id, text=_words(text), photos=names, kiosk=_proof(self._who()))
        self._do(ticket_id, act, plain)

    def close(self, ticket_id: str, rating: int | None = None, text: str = "") -> None:
        """Done and over; the author gives stars."""
        self._do(ticket_id, CloseTicket(
            event_id=new_id(), ticket_id=ticket_id, rating=rating, text=text.strip(), kiosk=_proof(self._who())
        ))  # fmt: skip

    def reopen(self, ticket_id: str, reason: str) -> None:
        """It is not done after all."""
        act = ReopenTicket(event_id=new_id(), ticket_id=ticket_id, reason=_reason(reason), kiosk=_proof(self._who()))
        self._do(ticket_id, act)

    # inside

    def _do(self, ticket_id: str, act: Wire, photos: Sequence[bytes] = (), instead_of: str = "") -> None:
        who = self._may_act()
        with self._parts.db.read():
            held = self._held(ticket_id, who)
        answers = who.answers or who.reader.person_id in held.row.may_answer
        wrong = may(held.row, who.reader.person_id, answers=answers, verb=verb_of(act, who.reader.person_id))
        if wrong is not None:
            raise Refused(wrong)

        def also(op: str, seq: int) -> None:
            self._parts.overlay.keep(op, ACT, ticket_id, who.owner, act_of(act, who))
            for photo in photos:
                self._parts.photos.keep(photo, seq)
            self._papers.see(who.owner, ticket_id, who.reader.now_ms)
            if not isinstance(act, TakeTicket | ResumeTicket):  # which are done without a word
                self._papers.drop_words(who.owner, ticket_id)
            if instead_of:
                self._parts.journal.acknowledge(instead_of)

        self._acts.keep(act, who.reader.person_id, ent=born_with(ticket_id), also=also, room=sum(map(len, photos)))
        self._acts.ports.signals.kept()
        who.stay_open()

    def _held(self, ticket_id: str, who: Writer) -> Held:
        held = self._book().tickets(who).get(ticket_id)
        if held is None:
            raise Refused("feedback.unknown")
        return held

    def _book(self) -> TicketBook:
        return TicketBook(self._parts.replica, self._parts.overlay)

    def _category(self, code: str) -> CategoryRow:
        row = self._book().category(code)
        if row is None:
            raise Refused("client.kind_unknown")
        return row

    def _draft(self, who: Writer) -> TicketDraft | None:
        """What is being written, unless its kind is gone."""
        paper = self._papers.get("ticket", who.owner, TicketPaper)
        row = self._book().category(paper.category) if paper is not None else None
        if paper is None or row is None:
            return None
        named = photos_in(row.fields, paper.form)
        return TicketDraft(
            category=category_card(row), text=paper.text, answers=tuple(paper.form.items()),
            photos=self._bodies(who, paper.photos), field_photos=self._bodies(who, named), spot=paper.spot,
            priority=paper.priority, instead_of=paper.instead_of,
        )  # fmt: skip

    def _bodies(self, who: Writer, names: Sequence[str]) -> tuple[bytes, ...]:
        found = (self._papers.photo("ticket", who.owner, sha) for sha in names)
        return tuple(body for body in found if body is not None)

    def _put(self, who: Writer, paper: TicketPaper) -> None:
        self._parts.db.need_space(ROOM)
        named = {*paper.photos, *(sha for answer in paper.form.values() for sha in photos_of(answer))}
        with self._parts.db.write():
            self._papers.put("ticket", who.owner, paper)
            self._papers.keep_only("ticket", who.owner, named)

    def _shas(self, held: Held) -> set[str]:
        ours = {sha for one in held.acts for sha in getattr(one.op, "photos", ())}
        return {*held.row.photos, *ours}

    def _may_act(self) -> Writer:
        self._acts.may_act()
        return self._who()


def _proof(who: Writer) -> KioskProof | None:
    return KioskProof(pin=True) if who.at_tablet else None


def _words(text: str) -> str:
    if not text.strip():
        raise Refused("client.words_needed")
    return text.strip()[:TEXT_MOST]


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused("client.reason_needed")
    return text.strip()


def photos_in(fields: Sequence[FormField], form: Form) -> list[str]:
    """What its answers to fields of photos name."""
    return [sha for field in fields if field.kind == "photo" for sha in photos_of(form.get(field.key))]


def _still_here(fields: Sequence[FormField], form: Form, bodies: Mapping[str, bytes]) -> Form:
    """A form without the photos that are no longer here."""
    kept = dict(form)
    for field in fields:
        if field.kind == "photo" and field.key in kept:
            kept[field.key] = ",".join(sha for sha in photos_of(kept[field.key]) if sha in bodies) or None
    return kept
