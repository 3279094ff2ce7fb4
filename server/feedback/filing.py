"""A ticket is filed: taken, numbered, routed. What comes late, or by what was retired meanwhile, is taken with a mark."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, NamedTuple

from contract.approvals import FormField
from contract.feedback import FileTicket
from contract.forms import judge_form, photos_of
from contract.ids import derived_id
from contract.moments import instant
from contract.wire import convert, plain
from server.feedback.clocks import END_OF_TIME
from server.feedback.events import TicketFiled
from server.feedback.model import FILE, Category, Ticket
from server.feedback.queries import category_called, store_of_id
from server.feedback.routing import route
from server.feedback.story import Told, add
from server.feedback.who import person_here
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.postings.life import with_reach
from server.training.places import at_work

LATE_AFTER = timedelta(hours=24)  # filed so long before it arrived, a ticket is marked
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class _Asked(NamedTuple):
    """What rules of routing look at."""

    category: str
    store_id: str | None
    priority: str


@handles(FileTicket, needs=FILE)
def file_ticket(work: Work, op: FileTicket) -> dict[str, Any]:
    """Somebody says something. Answers its number. From a device it is taken whatever has changed meanwhile; the same once."""
    who = person_here(work, op.kiosk)
    with with_reach(work) as wide:
        session = wide.session
        there = session.get(Ticket, op.ticket_id)
        if there is not None:
            raise Problem("operation.already_exists", field="ticket_id", id=op.ticket_id)
        category = category_called(session, op.category)
        if category is None:
            raise Problem("feedback.category_unknown", field="category", id=op.category)
        filed_at = min(instant(work.act.taken.at_ms), work.now)
        marks = _judged(work, op, category)
        if work.now - filed_at > LATE_AFTER:
            marks.append("late")
        unit_id, store_id = _where(wide, op, who, marks, is_device=work.device is not None)
        priority = op.priority or category.priority
        ticket = wide.add(_ticket(wide, op, category, who, filed_at, marks, unit_id, store_id))
        session.flush()
        photos = list(dict.fromkeys([*op.photos, *_of_form(category, op.form)]))
        told = [Told(
            "filed", op.ticket_id, who, filed_at, op.text, op.form, photos, priority=priority,
            facts={} if category.answered else {"unanswered": True},
        )]  # fmt: skip
        if category.answered:
            to = route(wide, _Asked(category.code, store_id, priority))
            facts = {**to._asdict(), "also": list(to.also)}
            told.append(Told("routed", derived_id("ticket routed", op.ticket_id), desk_id=to.desk_id, facts=facts))
        add(wide, ticket, *told)
        tell(wide, TicketFiled(ticket.id))
        return {"number": ticket.number}


def _judged(work: Work, op: FileTicket, category: Category) -> list[str]:
    """What is marked of a ticket from a device; at the console the same is refused: whoever writes there can put it right."""
    marks = []
    if category.retired_at is not None:
        if work.device is None:
            raise Problem("feedback.category_retired", field="category", category=category.name_zh)
        marks.append("retired")
    wrong = judge_form(convert(category.fields, list[FormField]), op.form)
    if wrong:
        if work.device is None:
            raise Problem(wrong[0].code, field=f"form.{wrong[0].key}", **wrong[0].facts)
        marks.append("form")
    return marks


def _where(wide: Work, op: FileTicket, who: str, marks: list[str], *, is_device: bool) -> tuple[str | None, str | None]:
    """The unit a ticket is about, and the same once more where that is a store: as named, else where the author works."""
    if op.store_id is not None:
        if store_of_id(wide.session, op.store_id) is not None:
            return op.store_id, op.store_id
        if not is_device:
            raise Problem("stores.unknown", field="store_id", id=op.store_id)
        marks.append("store")
    there = at_work(wide.session, wide.now, people=[who]).get(who)
    if there is None:
        return None, None
    return there.unit_id, there.unit_id if store_of_id(wide.session, there.unit_id) is not None else None


def _of_form(category: Category, form: dict[str, Any]) -> list[str]:
    fields = [one for one in convert(category.fields, list[FormField]) if one.kind == "photo"]
    return [photo for one in fields for photo in photos_of(form.get(one.key)) if len(photo) == 64]


def _ticket(
    wide: Work, op: FileTicket, category: Category, who: str, filed_at: Any, marks: list[str], unit_id: str | None,
    store_id: str | None,
) -> Ticket:  # fmt: skip
    """The row before its first event, which fills in the rest."""
    return Ticket(
        id=op.ticket_id, number=_number(op.ticket_id, company_day(wide.now).strftime("%y%m%d")), category_id=category.id,
        category=category.code, category_zh=category.name_zh, category_en=category.name_en, icon=category.icon,
        labels=category.fields, store_sees=category.store_sees, unit_id=unit_id, store_id=store_id, author_id=who,
        spot=op.spot, fix=plain(op.fix) if op.fix is not None else None,
        device_id=wide.device.device_id if wide.device is not None else None, marks=marks, filed_at=filed_at,
        arrived_at=wide.now, state="open", priority=category.priority, text="", form={}, photos=[], desk_id=None,
        holder_id=None, rule_id=None, hops=[], pauses=[], first_target_min=None, resolve_target_min=None, escalate_min=60,
        first_reply_at=None, first_reply_min=None, first_due_at=None, first_late=False, resolve_from=None, resolved_at=None,
        resolve_min=None, resolve_due_at=None, late=False, is_late=False, due_at=END_OF_TIME, escalated=0,
        escalated_at=None, paused_at=None, pause_reason="", rating=None, closed_at=None, events=0, moved_at=wide.now,
        watchers=[], may_answer=[], scopes=[], inner_scopes=[], put_away=False,
    )  # fmt: skip


def _number(ticket_id: str, day: str) -> str:
    """A number people can say: the day, and five letters and digits out of the id."""
    mixed = int.from_bytes(hashlib.sha256(ticket_id.encode()).digest()[:4])
    return f"T{day}-" + "".join(_ALPHABET[mixed >> 5 * n & 31] for n in range(5))
