"""Questions about corrections and appeals. Which of them a reader sees is the rule of the model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.attendance import ReviewRow
from contract.corrections import (
    AppealRow,
    AppealsPage,
    AppealsQuery,
    CorrectionRow,
    CorrectionsPage,
    CorrectionsQuery,
    PunchFile,
)
from contract.moments import to_ms
from server.attendance.correction_model import Appeal, PunchCorrection
from server.attendance.correction_rules import Counted, may_answer
from server.attendance.facts_of_days import counted_facts
from server.attendance.model import Punch, PunchReview
from server.attendance.queries import review_row, reviews_of, row_of
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.org.queries import at_home_below, company_day, is_below, manager_of, units_above
from server.org.rules import COMPANY_ZONE
from server.people.model import Account, Person
from server.people.queries import actor_of_account
from server.stores.model import Store

AROUND = timedelta(hours=36)
_person, _store = table_of(Person), table_of(Store)


# -- for judging ---------------------------------------------------------------------------------------------------------


def punches_around(session: ScopedSession, person_id: str, at: datetime) -> list[Counted]:
    """The punches of a person near a moment, as they were made."""
    found = sa.select(Punch.id, Punch.kind, Punch.taken_at).where(
        Punch.person_id == person_id, Punch.taken_at.between(at - AROUND, at + AROUND)
    )
    return [Counted(*row) for row in session.execute(found)]


def counted_around(session: ScopedSession, person_id: str, at: datetime) -> list[Counted]:
    """What counts of a person near a moment."""
    near = timedelta(minutes=2)
    return [Counted(fact.id, fact.kind, fact.at) for fact in counted_facts(session, [person_id], at - near, at + near)]


def standing_for(session: ScopedSession, punch_id: str) -> PunchCorrection | None:
    """The correction that stands for a punch; None where the punch counts itself."""
    found = sa.select(PunchCorrection).where(PunchCorrection.replaces == punch_id, PunchCorrection.withdrawn_at.is_(None))
    return session.scalars(found).one_or_none()


def made_by_request(session: ScopedSession, person_id: str, from_day: date, before: date) -> int:
    """How many corrections of these days somebody was granted on request, without those withdrawn since."""
    asked = sa.select(sa.func.count()).select_from(PunchCorrection).where(
        PunchCorrection.person_id == person_id, PunchCorrection.source == "request", PunchCorrection.withdrawn_at.is_(None),
        PunchCorrection.business_date >= from_day, PunchCorrection.business_date < before,
    )  # fmt: skip
    return session.scalar(asked) or 0


def speaks_at(session: ScopedSession, person_id: str, store_id: str, moment: datetime) -> bool:
    """Whether somebody manages a store, or holds the right to vouch there by any account of theirs. At a moment."""
    if manager_of(session, store_id, company_day(moment)) == person_id:
        return True
    open_accounts = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    for account in session.scalars(open_accounts).all():
        actor = actor_of_account(session, account, moment)
        if actor.has_everywhere(Permission.VOUCH) or store_id in actor.stores_for(Permission.VOUCH):
            return True
    return False


def manager_over(session: ScopedSession, store_id: str, moment: datetime, apart_from: Iterable[str | None]) -> str | None:
    """Who manages a store, else the nearest manager above, without those who may not be asked."""
    day, barred = company_day(moment), set(apart_from)
    chain = (store_id, *units_above(session, store_id, day))
    managers = (manager_of(session, unit_id, day) for unit_id in chain)
    return next((one for one in managers if one is not None and one not in barred), None)


def deciders_of(session: ScopedSession, punch_id: str) -> list[str]:
    """Everybody who has decided on a punch so far, the latest last."""
    found = sa.select(PunchReview.decided_by).where(PunchReview.punch_id == punch_id, PunchReview.decided_by.is_not(None))
    return [one for one in session.scalars(found.order_by(PunchReview.decided_at, PunchReview.id)) if one is not None]


# -- for reading ---------------------------------------------------------------------------------------------------------


def corrections_page(session: ScopedSession, asked: CorrectionsQuery) -> CorrectionsPage:
    """Corrections, the latest first, narrowed by what is asked and by who asks."""
    # whoever may read a correction may read the two names on it
    found = sa.select(PunchCorrection, _person.c.name, _store.c.name)
    found = found.join(_person, _person.c.id == PunchCorrection.person_id)
    found = found.join(_store, _store.c.id == PunchCorrection.store_id)
    for given, condition in (
        (asked.person_id, PunchCorrection.person_id == asked.person_id),
        (asked.store_id, PunchCorrection.store_id == asked.store_id),
        (asked.source, PunchCorrection.source == asked.source),
        (asked.standing, PunchCorrection.withdrawn_at.is_(None)),
    ):
        if given:
            found = found.where(condition)
    if (first := _day(asked.from_day, "from_day")) is not None:
        found = found.where(PunchCorrection.business_date >= first)
    if (last := _day(asked.to_day, "to_day")) is not None:
        found = found.where(PunchCorrection.business_date <= last)
    if asked.unit_id is not None:
        at_home = PunchCorrection.person_id.in_(at_home_below(session, asked.unit_id))
        found = found.where(sa.or_(is_below(session, PunchCorrection.store_id, asked.unit_id), at_home))
    rows, following = page_of(
        session, found, [PunchCorrection.made_at, PunchCorrection.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    said = names_of(session, [row[0].made_by for row in rows])
    items = [correction_row(row[0], person=row[1], store=row[2], made_by_name=said.get(row[0].made_by)) for row in rows]
    return CorrectionsPage(items=items, next_cursor=following)


def corrections_of_punch(session: ScopedSession, punch_id: str) -> list[CorrectionRow]:
    """Every correction that replaces a punch or did, the oldest first."""
    found = sa.select(PunchCorrection).where(PunchCorrection.replaces == punch_id)
    rows = session.scalars(found.order_by(PunchCorrection.made_at, PunchCorrection.id)).all()
    said = names_of(session, [row.made_by for row in rows])
    return [correction_row(row, made_by_name=said.get(row.made_by)) for row in rows]


def corrections_of_day(session: ScopedSession, person_id: str, from_at: datetime, to_at: datetime) -> Sequence[PunchCorrection]:
    """The corrections of a person within these moments, withdrawn ones too."""
    found = sa.select(PunchCorrection).where(
        PunchCorrection.person_id == person_id, PunchCorrection.at >= from_at, PunchCorrection.at < to_at
    )
    return session.scalars(found.order_by(PunchCorrection.at, PunchCorrection.id)).all()


def appeals_page(session: ScopedSession, asked: AppealsQuery) -> AppealsPage:
    """Appeals: the open ones first, of each state the oldest first."""
    found = sa.select(Appeal, _person.c.name, _store.c.name)
    found = found.join(_person, _person.c.id == Appeal.person_id).outerjoin(_store, _store.c.id == Appeal.store_id)
    for given, condition in (
        (asked.person_id, Appeal.person_id == asked.person_id),
        (asked.store_id, Appeal.store_id == asked.store_id),
        (asked.state, Appeal.state == asked.state),
    ):
        if given:
            found = found.where(condition)
    keys = [Appeal.state, Appeal.made_at, Appeal.id]
    rows, following = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor)
    said = names_of(session, [row[0].answered_by for row in rows])
    items = [appeal_row(row[0], person=row[1], store=row[2], answered_by=said.get(row[0].answered_by or "")) for row in rows]
    return AppealsPage(items=items, next_cursor=following)


def appeals_of_punch(session: ScopedSession, punch_id: str) -> list[AppealRow]:
    """Every appeal against a punch, the oldest first."""
    found = sa.select(Appeal).where(Appeal.punch_id == punch_id).order_by(Appeal.made_at, Appeal.id)
    rows = session.scalars(found).all()
    said = names_of(session, [row.answered_by for row in rows])
    return [appeal_row(row, answered_by=said.get(row.answered_by or "")) for row in rows]


def open_appeals(session: ScopedSession) -> int:
    """How many appeals wait within the reader's reach."""
    return session.scalar(sa.select(sa.func.count()).select_from(Appeal).where(Appeal.state == "open")) or 0


def may_not_answer(session: ScopedSession, appeal_id: str, reader_id: str | None) -> str | None:
    """The refusal code where a reader may not answer an appeal; None where they may."""
    appeal = session.get(Appeal, appeal_id)
    if appeal is None:
        return "attendance.appeal_unknown"
    before = [appeal.decided_by, *(deciders_of(session, appeal.punch_id) if appeal.punch_id is not None else ())]
    return may_answer(reader_id, appeal.person_id, before)


def zone_of_appeal(session: ScopedSession, appeal_id: str) -> str:
    """The zone of the store an appeal is about; the company's where it is about none."""
    appeal = session.get(Appeal, appeal_id)
    store = session.get(Store, appeal.store_id) if appeal is not None and appeal.store_id is not None else None
    return store.zone if store is not None else COMPANY_ZONE


def punch_file(session: ScopedSession, punch_id: str) -> PunchFile | None:
    """One punch with all that people said about it; None where it is not within reach."""
    punch = session.get(Punch, punch_id)
    if punch is None:
        return None
    reviews: list[ReviewRow] = [review_row(review) for review in reviews_of(session, punch_id)]
    return PunchFile(
        punch=row_of(punch), reviews=reviews, corrections=corrections_of_punch(session, punch_id),
        appeals=appeals_of_punch(session, punch_id),
    )  # fmt: skip


def names_of(session: ScopedSession, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of those who decided: whoever may read a decision may know whose it is."""
    wanted = {one for one in ids if one is not None}
    if not wanted:
        return {}
    rows = session.connection().execute(sa.select(_person.c.id, _person.c.name).where(_person.c.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def correction_row(
    row: Any, *, person: str | None = None, store: str | None = None, made_by_name: str | None = None
) -> CorrectionRow:
    """A correction as people read it."""
    return CorrectionRow(
        id=row.id, person_id=row.person_id, store_id=row.store_id, kind=row.kind, at_ms=to_ms(row.at),
        business_date=row.business_date.isoformat(), source=row.source, replaces=row.replaces, request_id=row.request_id,
        made_by=row.made_by, made_by_name=made_by_name, made_ms=to_ms(row.made_at), reason=row.reason,
        withdrawn_ms=to_ms(row.withdrawn_at) if row.withdrawn_at is not None else None,
        withdrawn_because=row.withdrawn_because, person_name=person, store_name=store,
    )  # fmt: skip


def appeal_row(
    row: Any, *, person: str | None = None, store: str | None = None, answered_by: str | None = None
) -> AppealRow:
    """An appeal as people read it."""
    return AppealRow(
        id=row.id, person_id=row.person_id, punch_id=row.punch_id, day=row.day.isoformat() if row.day is not None else None,
        store_id=row.store_id, text=row.text, photo=row.photo, made_ms=to_ms(row.made_at), state=row.state, answer=row.answer,
        answered_ms=to_ms(row.answered_at) if row.answered_at is not None else None, answered_by_name=answered_by,
        person_name=person, store_name=store,
    )  # fmt: skip


def _day(text: str | None, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Problem("wire.out_of_range", field=field, want="a day of the calendar") from None
