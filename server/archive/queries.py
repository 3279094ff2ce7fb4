"""Questions to the archive, each field answered as its reader may see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.archive import (
    ArchiveCard,
    ArchiveLine,
    ArchivePage,
    ArchiveQuery,
    Completeness,
    ContractCard,
    DocumentCard,
    EndingContract,
    EndingContracts,
    Fed,
    InsuranceCard,
    LookRow,
    LooksPage,
    LooksQuery,
    StayCard,
    Value,
)
from contract.moments import to_ms
from contract.privacy import ErasureRow, Erasures
from server.archive import completeness, rules
from server.archive.events import FEEDS
from server.archive.model import ArchiveState, Basics, Contract, Document, Erasure, Insurance, Look
from server.kernel import sealed
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.fields import FIELDS, FieldView
from server.kernel.paging import containing, page_of
from server.kernel.scope import whole
from server.org.queries import at_home_below, company_day
from server.people.model import Person, PersonStore
from server.people.queries import guests_below
from server.people.readers import readable, views_of, visible_fields
from server.postings.model import Posting
from server.stores.model import Store

BASICS = ("born_on", "gender", "id_number", "address", "emergency_name", "emergency_phone")


class Reading:
    """One person's values as one reader may see them. `key` opens what is sealed; `shown` are those asked to be shown whole."""

    def __init__(self, person_id: str, view: FieldView, key: bytes | None, *, own: bool, shown: Collection[str] = ()) -> None:
        self._person_id, self._view, self._key, self._own, self._shown = person_id, view, key, own, frozenset(shown)

    def value(self, name: str, kept: Mapping[str, str], *, right: str | None = None) -> Value:
        """A sealed field."""
        if name not in kept:
            return self.plain(name, None, right=right or rules.RIGHT_OF[name])
        if self._key is None:
            return Value(state="hidden")
        return self.plain(name, sealed.unseal(self._key, self._person_id, name, kept[name]), right=right or rules.RIGHT_OF[name])

    def plain(self, name: str, value: str | None, *, right: str) -> Value:
        """A field that is not sealed."""
        mode = self._view.mode(right)
        if mode == "hidden":
            return Value(state="hidden")
        if value is None:
            return Value(state="missing")
        if mode == "masked":
            return Value(state="masked", text=str(self._view.show(right, value)))
        if name in rules.COVERED and not self._own and name not in self._shown:
            return Value(state="covered", text=covered(name, value))
        return Value(state="read", text=value)

    def shown(self, right: str, value: Any) -> Any:
        """A field that is absent where it is hidden."""
        return self._view.show(right, value)

    def reads(self, right: str) -> bool:
        """Whether a group may be seen at all."""
        return self._view.mode(right) != "hidden"


def covered(name: str, value: str) -> str:
    """A value under its cover: of an ID number the region and the last four, of everything else nothing."""
    return value[:3] + "*" * 11 + value[-4:] if name == "id_number" and len(value) >= 15 else "******"


def archive_card(
    session: ScopedSession, person: Person, key: bytes | None, now: datetime, *, shown: Collection[str] = ()
) -> ArchiveCard:
    """One record. `session` is the reader's; what it may not reach is not in it."""
    reader: Actor = session.info["actor"]
    own = reader.person_id == person.id
    seen = Reading(person.id, visible_fields(session, reader, person.id), key, own=own, shown=shown)
    basics = session.get(Basics, person.id)
    kept: dict[str, str] = basics.sealed if basics is not None else {}
    known, _ = completeness.known_of(session, [person.id], now)[person.id]
    percent, missing, counted = rules.judge_completeness(known)
    today = company_day(now)
    return ArchiveCard(
        person_id=person.id,
        number=seen.shown("number", person.number),
        name=seen.shown("name", person.name),
        home_org=seen.shown("home_org", person.home_org),
        active=seen.shown("active", person.active),
        hired_ms=seen.shown("hired", to_ms(person.hired_at)),
        mobile=seen.plain("mobile", person.mobile, right="mobile"),
        id_kind=basics.id_kind if basics is not None and seen.reads("id_number") else None,
        basics={name: seen.value(name, kept) for name in BASICS},
        contracts=_contracts(session, person.id, seen, today) if seen.reads("contract") else [],
        insurances=_insurances(session, person.id, seen) if seen.reads("social_insurance") else [],
        documents=_documents(session, person.id) if seen.reads("documents") else [],
        postings=_stays(session, person.id) if seen.reads("postings") else [],
        training=_fed(session, person.id, "training", seen),
        performance=_fed(session, person.id, "performance", seen),
        completeness=Completeness(percent=percent, missing=missing, counted=counted) if seen.reads("active") else None,
        erased=erased(session, person.id),
    )


def erased(session: ScopedSession, person_id: str) -> bool:
    """Whether this person's values were destroyed."""
    found = sa.select(Erasure.id).where(Erasure.person_id == person_id, Erasure.state == "done")
    return session.scalars(found).first() is not None


def _contracts(session: ScopedSession, person_id: str, seen: Reading, today: date) -> list[ContractCard]:
    rows = session.scalars(sa.select(Contract).where(Contract.person_id == person_id).order_by(Contract.from_day.desc()))
    return [
        ContractCard(
            id=row.id, kind=row.kind, from_day=row.from_day.isoformat(), until=row.until.isoformat() if row.until else None,
            pay=seen.value("pay_fen", row.sealed), days_left=(row.until - today).days if row.until is not None else None,
        )
        for row in rows
    ]  # fmt: skip


def _insurances(session: ScopedSession, person_id: str, seen: Reading) -> list[InsuranceCard]:
    rows = session.scalars(sa.select(Insurance).where(Insurance.person_id == person_id).order_by(Insurance.from_day.desc()))
    return [
        InsuranceCard(
            id=row.id, city=row.city, from_day=row.from_day.isoformat(), account=seen.value("account", row.sealed),
            base=seen.value("base_fen", row.sealed),
        )
        for row in rows
    ]  # fmt: skip


def _documents(session: ScopedSession, person_id: str) -> list[DocumentCard]:
    rows = session.scalars(sa.select(Document).where(Document.person_id == person_id).order_by(Document.added_at.desc()))
    return [document_card(row) for row in rows]


def document_card(row: Document) -> DocumentCard:
    """A document without its file."""
    return DocumentCard(
        id=row.id, kind=row.kind, title=row.title, media=row.media, size=row.size,
        issued_on=row.issued_on.isoformat() if row.issued_on else None,
        expires_on=row.expires_on.isoformat() if row.expires_on else None,
        withdrawn_because=row.withdrawn_because, added_ms=to_ms(row.added_at),
    )  # fmt: skip


def _stays(session: ScopedSession, person_id: str) -> list[StayCard]:
    rows = session.execute(
        sa.select(Posting.id, Posting.store_id, Store.name, Posting.starts_on, Posting.ends_on)
        .join(Store, Store.id == Posting.store_id)
        .where(Posting.person_id == person_id)
        .order_by(Posting.starts_at.desc())
    )
    return [
        StayCard(
            id=row.id, store_id=row.store_id, store_name=row.name, starts_on=row.starts_on.isoformat(),
            ends_on=row.ends_on.isoformat() if row.ends_on else None,
        )
        for row in rows
    ]  # fmt: skip


def _fed(session: ScopedSession, person_id: str, group: str, seen: Reading) -> Fed:
    feeder = FEEDS.get(group)
    if feeder is None or not seen.reads(group):
        return Fed(fed=False, items=[])
    return Fed(fed=True, items=feeder(session, person_id))


def archive_page(session: ScopedSession, asked: ArchiveQuery) -> ArchivePage:
    """Records by name."""
    found = _narrowed(session, asked)
    rows, following = page_of(session, found, [Person.name_key, Person.id], limit=asked.limit, cursor=asked.cursor)
    return ArchivePage(items=_lines(session, rows), next_cursor=following)


def archive_lines(
    session: ScopedSession, asked: ArchiveQuery, *, key: str, descending: bool, offset: int, limit: int | None
) -> tuple[list[ArchiveLine], int]:
    """(records in the order of a column, how many there are in all). What the reader may not read sorts last either way."""
    reader: Actor = session.info["actor"]
    found = _narrowed(session, asked)
    total = session.scalar(sa.select(sa.func.count()).select_from(found.with_only_columns(Person.id).subquery())) or 0
    order: Any = {
        "person": Person.name_key,
        "person_number": Person.number,
        "home_org": Person.home_org,
        "mobile": sa.case((readable(reader, "mobile"), Person.mobile), else_=sa.null()),
        "contract_until": sa.case((readable(reader, "contract"), ArchiveState.contract_until), else_=sa.null()),
    }.get(key, sa.func.coalesce(ArchiveState.percent, 0))
    found = found.order_by(order.is_(None), order.desc() if descending else order.asc(), Person.name_key, Person.id)
    return _lines(session, session.execute(found.offset(offset).limit(limit)).all()), total


def _narrowed(session: ScopedSession, asked: ArchiveQuery) -> Any:
    """People with their state. A phone is searched only among those whose phone the reader may read, a contract likewise."""
    reader: Actor = session.info["actor"]
    found = sa.select(Person, ArchiveState).outerjoin(ArchiveState, ArchiveState.person_id == Person.id)
    wanted = asked.q.strip()
    if wanted:
        texts = [containing(Person.name_key, wanted), containing(Person.number, wanted)]
        digits = "".join(letter for letter in wanted if letter.isdigit())
        if len(digits) >= 4:
            bare = sa.func.replace(sa.func.replace(Person.mobile, " ", ""), "-", "")
            texts.append(sa.and_(readable(reader, "mobile"), bare.contains(digits, autoescape=True)))
        found = found.where(sa.or_(*texts))
    if asked.unit_id is not None:
        at_home = sa.and_(Person.id.in_(at_home_below(session, asked.unit_id)), readable(reader, "home_org"))
        found = found.where(sa.or_(at_home, Person.id.in_(guests_below(session, asked.unit_id))))
    if asked.active is not None:  # whose state is not the reader's to know is neither here nor there: in both lists
        found = found.where(sa.or_(Person.active.is_(asked.active), sa.not_(readable(reader, "active"))))
    if asked.below is not None or asked.missing:
        found = found.where(readable(reader, "active"))
    if asked.below is not None:
        found = found.where(sa.func.coalesce(ArchiveState.percent, 0) < asked.below)
    if asked.missing:
        # the list is JSON text in both databases; names are of [a-z_.] and stand in quotes
        found = found.where(sa.cast(ArchiveState.missing, sa.Text).contains(f'"{asked.missing}"', autoescape=True))
    if asked.ends_by is not None:
        ending = ArchiveState.contract_until <= date.fromisoformat(asked.ends_by)
        found = found.where(readable(reader, "contract"), ending)
    if asked.store_id is not None:
        found = found.where(Person.id.in_(sa.select(PersonStore.person_id).where(PersonStore.store_id == asked.store_id)))
    return found


def _lines(session: ScopedSession, rows: Sequence[Any]) -> list[ArchiveLine]:
    reader: Actor = session.info["actor"]
    views = views_of(session, reader, [row[0].id for row in rows])
    return [_line(reader, views[row[0].id], row[0], row[1]) for row in rows]


def _line(reader: Actor, view: FieldView, person: Person, state: ArchiveState | None) -> ArchiveLine:
    seen = Reading(person.id, view, None, own=reader.person_id == person.id)
    until = state.contract_until if state is not None and seen.reads("contract") else None
    missing = state.missing if state is not None else [wanted.name for wanted in rules.WANTED if not wanted.posted]
    return ArchiveLine(
        person_id=person.id, number=seen.shown("number", person.number), name=seen.shown("name", person.name),
        home_org=seen.shown("home_org", person.home_org), active=seen.shown("active", person.active),
        mobile=seen.plain("mobile", person.mobile, right="mobile"),
        percent=(state.percent if state is not None else 0) if seen.reads("active") else None,
        missing=list(missing) if seen.reads("active") else [], contract_until=until.isoformat() if until is not None else None,
    )  # fmt: skip


def exported(
    session: ScopedSession, person_ids: Sequence[str], keys: Mapping[str, bytes], today: date, *, shown: Collection[str] = ()
) -> dict[str, dict[str, Value]]:
    """ID number and pay of several people for a file: some statements for each 500 people, however many there are."""
    reader: Actor = session.info["actor"]
    found: dict[str, dict[str, Value]] = {}
    for start in range(0, len(person_ids), 500):
        ids = list(person_ids[start : start + 500])
        views = views_of(session, reader, ids)
        basics = {row.person_id: row.sealed for row in session.scalars(sa.select(Basics).where(Basics.person_id.in_(ids)))}
        contracts: dict[str, list[Contract]] = {}
        for row in session.scalars(sa.select(Contract).where(Contract.person_id.in_(ids))):
            contracts.setdefault(row.person_id, []).append(row)
        for one in ids:
            seen = Reading(one, views[one], keys.get(one), own=reader.person_id == one, shown=shown)
            counts = completeness.current_contract(contracts.get(one, ()), today) if seen.reads("contract") else None
            found[one] = {
                "id_number": seen.value("id_number", basics.get(one, {})),
                "pay_fen": seen.value("pay_fen", counts.sealed if counts is not None else {}),
            }
    return found


def contracts_ending(session: ScopedSession, today: date, days: int) -> EndingContracts:
    """The contract that counts of each active person, where it ends within `days` or has ended within the last 366."""
    last, first = today + timedelta(days=days), today - timedelta(days=366)
    ending = sa.select(ArchiveState.person_id).where(ArchiveState.contract_until.between(first, last))
    rows = session.execute(
        sa.select(Contract, Person)
        .join(Person, Person.id == Contract.person_id)
        .where(Person.active, Person.id.in_(ending))
        .order_by(Contract.from_day)
    ).all()
    of: dict[str, list[Contract]] = {}
    people = {}
    for contract, person in rows:
        of.setdefault(person.id, []).append(contract)
        people[person.id] = person
    found = []
    for person_id, contracts in of.items():
        now = completeness.current_contract(contracts, today)
        if now is not None and now.until is not None and first <= now.until <= last:
            person = people[person_id]
            found.append(
                EndingContract(
                    contract_id=now.id, person_id=person_id, number=person.number, name=person.name, home_org=person.home_org,
                    kind=now.kind, until=now.until.isoformat(), days_left=(now.until - today).days,
                )
            )  # fmt: skip
    return EndingContracts(items=sorted(found, key=lambda one: (one.until, one.number)))


def looks_page(session: ScopedSession, person_id: str, asked: LooksQuery) -> LooksPage:
    """Who looked at what is this person's, the newest first."""
    found = sa.select(Look).where(Look.person_id == person_id)
    rows, following = page_of(
        session, found, [Look.first_at, Look.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    names = _names(session, {row[0].reader_id for row in rows})
    return LooksPage(items=[look_row(row[0], names.get(row[0].reader_id, "")) for row in rows], next_cursor=following)


def _names(session: ScopedSession, person_ids: set[str]) -> dict[str, str]:
    """Who looked or decided may be told to whom it concerns, also where they could not open that person's card."""
    with whole(session) as everything:
        named = everything.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids)))
        return {row.id: row.name for row in named}


def look_row(row: Any, reader: str) -> LookRow:
    """A look as its person reads it."""
    return LookRow(
        id=row.id, reader=reader, role=row.role, what=row.what, about_id=row.about_id, first_ms=to_ms(row.first_at),
        last_ms=to_ms(row.last_at), times=row.times, why=row.why, fields=list(row.fields),
    )  # fmt: skip


def erasures(session: ScopedSession) -> Erasures:
    """Every proposed erasure, the newest first."""
    rows = session.scalars(sa.select(Erasure).order_by(Erasure.proposed_at.desc(), Erasure.id)).all()
    people = _names(session, {one for row in rows for one in (row.person_id, row.proposed_by, row.decided_by) if one})
    return Erasures(
        items=[
            ErasureRow(
                id=row.id, person_id=row.person_id, name=people.get(row.person_id, ""), reason=row.reason,
                state="proposed" if row.state == "proposed" else "refused" if row.state == "refused" else "done",
                proposed_by=people.get(row.proposed_by, ""), proposed_ms=to_ms(row.proposed_at), from_ms=to_ms(row.from_at),
                decided_by=people.get(row.decided_by or ""), decided_ms=to_ms(row.decided_at) if row.decided_at else None,
            )
            for row in rows
        ]
    )  # fmt: skip


def reads_everything(session: ScopedSession, person_id: str) -> bool:
    """Whether the reader may read every field there is of this person, whole: only then may all of it be handed to them."""
    view = visible_fields(session, session.info["actor"], person_id)
    return all(view.reads(key) for key in FIELDS)


def reads_documents(session: ScopedSession, person_id: str) -> bool:
    """Whether the reader may read this person's documents."""
    return visible_fields(session, session.info["actor"], person_id).reads("documents")
