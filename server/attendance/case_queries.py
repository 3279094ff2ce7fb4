"""Questions about cases: the list, one of them with its punches; and the traces the rules look at, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.corrections import CaseRow, CasesPage, CasesQuery
from contract.moments import to_ms
from contract.proofs import ExtraRuleRow
from server.attendance.case_model import CaseFile, CasePerson, ExtraRule
from server.attendance.model import Punch
from server.attendance.rules_cases import Limits, Trace
from server.devices.model import CodeUse
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.scope import whole
from server.people.model import Person
from server.stores.model import Store

PEOPLE_AT_ONCE = 400
_punch, _use, _store = table_of(Punch), table_of(CodeUse), table_of(Store)


# -- for people ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseStory:
    """A case with its punches, oldest first: (punch, person's name, store's name, zone)."""

    row: CaseRow
    store: Store
    punches: Sequence[tuple[Punch, str, str, str]]
    unseen: int  # punches of it that are not within the reader's reach


def cases_page(session: ScopedSession, asked: CasesQuery) -> CasesPage:
    """Cases of the stores within reach, the latest first."""
    found = sa.select(CaseFile)
    if asked.open:
        found = found.where(CaseFile.closed_at.is_(None))
    for given, condition in ((asked.kind, CaseFile.kind == asked.kind), (asked.store_id, CaseFile.store_id == asked.store_id)):
        if given is not None:
            found = found.where(condition)
    if asked.person_id is not None:
        found = found.where(CaseFile.id.in_(sa.select(CasePerson.case_id).where(CasePerson.person_id == asked.person_id)))
    rows, following = page_of(
        session, found, (CaseFile.found_at, CaseFile.id), limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return CasesPage(items=_rows(session, [row[0] for row in rows]), next_cursor=following)


def case_of(session: ScopedSession, case_id: str) -> CaseRow | None:
    """One case; None where it is not within reach."""
    case = session.get(CaseFile, case_id)
    return None if case is None else _rows(session, [case])[0]


def case_story(session: ScopedSession, case_id: str) -> CaseStory | None:
    """One case with the punches of it that are within reach; None where the case is not."""
    case = session.get(CaseFile, case_id)
    store = session.get(Store, case.store_id) if case is not None else None
    if case is None or store is None:
        return None
    wanted = (
        sa.select(Punch, Person.name, Store.name, Store.zone)
        .join(Person, Person.id == Punch.person_id)
        .join(Store, Store.id == Punch.store_id)
        .where(Punch.id.in_(case.punch_ids))
        .order_by(Punch.taken_at, Punch.id)
    )
    punches = [(punch, person, name, zone) for punch, person, name, zone in session.execute(wanted)]
    return CaseStory(_rows(session, [case])[0], store, punches, len(case.punch_ids) - len(punches))


def extra_rule_of(session: ScopedSession, store_id: str) -> ExtraRuleRow | None:
    """The store's extra proof; None where nobody ever set one."""
    rule = session.scalars(sa.select(ExtraRule).where(ExtraRule.store_id == store_id)).one_or_none()
    if rule is None:
        return None
    return ExtraRuleRow(id=rule.id, store_id=rule.store_id, one_in=rule.one_in, photo_days=rule.photo_days)


def people_of(session: ScopedSession, case_id: str) -> set[str]:
    """Everybody a case is about, whoever asks: nobody decides on their own."""
    with whole(session) as everything:
        return set(everything.scalars(sa.select(CasePerson.person_id).where(CasePerson.case_id == case_id)))


def _rows(session: ScopedSession, cases: Sequence[CaseFile]) -> list[CaseRow]:
    # whose case it is, is the case: their names are shown to whoever may read it, wherever they work
    with whole(session) as everything:
        of_case: dict[str, list[tuple[str, str]]] = {case.id: [] for case in cases}
        named = (
            sa.select(CasePerson.case_id, Person.id, Person.name)
            .join(Person, Person.id == CasePerson.person_id)
            .where(CasePerson.case_id.in_(of_case))
        )
        for case_id, person_id, name in everything.execute(named):
            of_case[case_id].append((person_id, name))
        deciders = {case.closed_by for case in cases if case.closed_by}
        by = {row.id: row.name for row in everything.execute(sa.select(Person.id, Person.name).where(Person.id.in_(deciders)))}
        stores = {case.store_id for case in cases}
        at = {row.id: row.name for row in everything.execute(sa.select(Store.id, Store.name).where(Store.id.in_(stores)))}
    return [_row(case, sorted(of_case[case.id], key=lambda p: case.facts["order"].index(p[0])), by, at) for case in cases]


def _row(case: CaseFile, people: Sequence[tuple[str, str]], by: dict[str, str], at: dict[str, str]) -> CaseRow:
    return CaseRow(
        id=case.id, kind=case.kind, store_id=case.store_id, people=[p[0] for p in people],  # type: ignore[arg-type]
        names=[p[1] for p in people], facts={name: fact for name, fact in case.facts.items() if name != "order"},
        punch_ids=list(case.punch_ids), found_ms=to_ms(case.found_at), finding=case.finding, reason=case.reason,
        closed_ms=to_ms(case.closed_at) if case.closed_at is not None else None, period=case.period,
        store_name=at.get(case.store_id, ""), closed_by_name=by.get(case.closed_by or ""),
    )  # fmt: skip


# -- for the rules -------------------------------------------------------------------------------------------------------

_TRACE = (
    _punch.c.id, _punch.c.person_id, _punch.c.store_id, _punch.c.hardware, _punch.c.kind, _punch.c.taken_at,
    _punch.c.taken_low, _punch.c.taken_high, _punch.c.business_date, _punch.c.by_kiosk, _punch.c.lat_e7, _punch.c.lng_e7,
    _punch.c.accuracy_dm, _punch.c.place, _punch.c.distance_m,
)  # fmt: skip


def stores_with_punches(session: Session, first: date, last: date) -> list[str]:
    """Where anybody punched in these days."""
    days = _punch.c.business_date.between(first, last)
    return list(session.connection().scalars(sa.select(_punch.c.store_id).where(days).distinct().order_by(_punch.c.store_id)))


def traces_of_store(session: Session, store_id: str, first: date, last: date) -> list[Trace]:
    """A store's punches of these days in order of time, with the codes they carried."""
    found = (
        sa.select(*_TRACE, _use.c.device_id, _use.c.step)
        .outerjoin(_use, _use.c.op_id == _punch.c.op_id)
        .where(_punch.c.store_id == store_id, _punch.c.business_date.between(first, last))
        .order_by(_punch.c.taken_at, _punch.c.id)
    )
    rows = session.connection().execute(found)
    return [_trace(row, code=(row.device_id, row.step) if row.device_id is not None else None) for row in rows]


def traces_of_shared_phones(session: Session, first: date, last: date) -> Iterator[list[Trace]]:
    """For each phone that more than one person used in these days: its punches in order of time."""
    days = sa.and_(_punch.c.business_date.between(first, last), _punch.c.by_kiosk.is_(False))
    shared = (
        sa.select(_punch.c.hardware)
        .where(days)
        .group_by(_punch.c.hardware)
        .having(sa.func.count(_punch.c.person_id.distinct()) > 1)
        .order_by(_punch.c.hardware)
    )
    for hardware in session.connection().scalars(shared).all():
        used = sa.select(*_TRACE).where(days, _punch.c.hardware == hardware).order_by(_punch.c.taken_at, _punch.c.id)
        yield [_trace(row) for row in session.connection().execute(used)]


def traces_at_one_point(session: Session, first: date, last: date, limits: Limits) -> Iterator[list[Trace]]:
    """For each person with the very same precise position on several days: their punches by phone."""
    days = sa.and_(_punch.c.business_date.between(first, last), _punch.c.by_kiosk.is_(False), _punch.c.place != "no_fix")
    repeated = (
        sa.select(_punch.c.person_id)
        .where(days, _punch.c.lat_e7.is_not(None), _punch.c.accuracy_dm <= round(limits.precise_m * 10))
        .group_by(_punch.c.person_id, _punch.c.lat_e7, _punch.c.lng_e7)
        .having(sa.func.count(_punch.c.business_date.distinct()) >= limits.same_point_days)
    )
    people = sorted(set(session.connection().scalars(repeated)))
    yield from _by_person(session, people, days)


def traces_with_codes_from_afar(session: Session, first: date, last: date, limits: Limits) -> Iterator[list[Trace]]:
    """For each person with good codes outside the fence: those punches. A countersigned one counts like a code."""
    good = ("evidence.code_fresh", "evidence.code_countersigned")
    found = (
        sa.select(*_TRACE, _punch.c.reasons)
        .where(
            _punch.c.business_date.between(first, last), _punch.c.by_kiosk.is_(False), _punch.c.place == "outside",
            _punch.c.distance_m >= limits.far_m,
        )
        .order_by(_punch.c.person_id, _punch.c.taken_at, _punch.c.id)
    )  # fmt: skip
    held: list[Trace] = []
    for row in session.connection().execute(found):
        if not any(reason.get("code") in good for reason in row.reasons):
            continue
        if held and held[-1].person_id != row.person_id:
            yield held
            held = []
        held.append(_trace(row, code=("", 0)))
    if held:
        yield held


def traces_of_people(session: Session, first: date, last: date) -> Iterator[list[Trace]]:
    """Each person's punches that have a place. On a tablet the place is the store's, with the size of its fence as the blur."""
    days = _punch.c.business_date.between(first, last)
    everybody = sorted(session.connection().scalars(sa.select(_punch.c.person_id).where(days).distinct()))
    placed = sa.or_(_punch.c.by_kiosk, sa.and_(_punch.c.place != "no_fix", _punch.c.lat_e7.is_not(None)))
    for at in range(0, len(everybody), PEOPLE_AT_ONCE):
        yield from _by_person(session, everybody[at : at + PEOPLE_AT_ONCE], sa.and_(days, placed), of_store=True)


def _by_person(
    session: Session, people: Sequence[str], which: sa.ColumnElement[bool], *, of_store: bool = False
) -> Iterator[list[Trace]]:
    if not people:
        return
    there = (_store.c.lat_e7.label("store_lat"), _store.c.lng_e7.label("store_lng"), _store.c.radius_m)
    found = (
        sa.select(*_TRACE, *there)
        .join(_store, _store.c.id == _punch.c.store_id)
        .where(_punch.c.person_id.in_(people), which)
        .order_by(_punch.c.person_id, _punch.c.taken_at, _punch.c.id)
    )
    held: list[Trace] = []
    for row in session.connection().execute(found):
        if held and held[-1].person_id != row.person_id:
            yield held
            held = []
        held.append(_trace(row, in_store=row if of_store and row.by_kiosk else None))
    if held:
        yield held


def _trace(row: Any, *, code: tuple[str, int] | None = None, in_store: Any = None) -> Trace:
    position, accuracy_m = None, 0.0
    if in_store is not None:
        position, accuracy_m = (in_store.store_lat, in_store.store_lng), float(max(in_store.radius_m or 0, 200))
    elif row.lat_e7 is not None and row.place != "no_fix":
        position, accuracy_m = (row.lat_e7, row.lng_e7), (row.accuracy_dm or 0) / 10
    sure_m = round((row.distance_m or 0) - 3 * accuracy_m) if row.place == "outside" else 0
    return Trace(
        punch_id=row.id, person_id=row.person_id, store_id=row.store_id, hardware=row.hardware, kind=row.kind,
        at_ms=to_ms(row.taken_at), low_ms=to_ms(row.taken_low), high_ms=to_ms(row.taken_high),
        day=str(row.business_date), by_kiosk=row.by_kiosk, position=position, accuracy_m=accuracy_m, far_m=max(0, sure_m),
        code=code,
    )  # fmt: skip
