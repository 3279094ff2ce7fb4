"""Questions about stores and their fences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from contract.moments import to_ms
from contract.stores import FenceRow, Fences, PartnerRow, Partners, StoreRow, StoresPage, StoresQuery
from server.kernel.db import ScopedSession
from server.kernel.paging import containing, page_of
from server.kernel.sets import within
from server.org.queries import is_below
from server.stores import rules
from server.stores.model import FenceVersion, Partner, Store


def partner_by_name(session: ScopedSession, name: str) -> Partner | None:
    return session.scalars(sa.select(Partner).where(Partner.name == name)).one_or_none()


def partners(session: ScopedSession) -> Partners:
    """All partner companies by name."""
    found = session.scalars(sa.select(Partner).order_by(Partner.name, Partner.id))
    return Partners(items=[PartnerRow(id=partner.id, name=partner.name) for partner in found])


def store_by_number(session: ScopedSession, number: str) -> Store | None:
    return session.scalars(sa.select(Store).where(Store.number == number)).one_or_none()


def stores_by_number(session: ScopedSession, numbers: Sequence[str]) -> dict[str, Store]:
    """Those of the stores that are known, by number. Asked in pieces: a database takes only so many values at once."""
    found: dict[str, Store] = {}
    for start in range(0, len(numbers), 500):
        some = sa.select(Store).where(Store.number.in_(numbers[start : start + 500]))
        found.update((store.number, store) for store in session.scalars(some))
    return found


def latest_fence(session: ScopedSession, store_id: str) -> FenceVersion | None:
    """The fence drawn last."""
    found = sa.select(FenceVersion).where(FenceVersion.store_id == store_id).order_by(FenceVersion.valid_from.desc())
    return session.scalars(found.limit(1)).first()


def fence_at(session: ScopedSession, store_id: str, moment: datetime) -> FenceVersion | None:
    """The fence in force at a moment."""
    found = (
        sa.select(FenceVersion)
        .where(FenceVersion.store_id == store_id, FenceVersion.valid_from <= moment)
        .order_by(FenceVersion.valid_from.desc())
    )
    return session.scalars(found.limit(1)).first()


def fences(session: ScopedSession, store_id: str) -> Fences:
    """Every fence a store has had, the one in force first."""
    found = sa.select(FenceVersion).where(FenceVersion.store_id == store_id).order_by(FenceVersion.valid_from.desc())
    return Fences(
        items=[
            FenceRow(
                valid_from_ms=to_ms(fence.valid_from),
                lat_e7=fence.lat_e7,
                lng_e7=fence.lng_e7,
                radius_m=fence.radius_m,
                points=[(lat, lng) for lat, lng in fence.points] if fence.points else None,
                datum_entered=fence.datum_entered,
                entered=fence.entered,
            )
            for fence in session.scalars(found)
        ]
    )


def stores_page(session: ScopedSession, asked: StoresQuery) -> StoresPage:
    """Stores by name, number or city, narrowed by what is asked and by who asks."""
    found = sa.select(Store, Partner.name).join(Partner, Partner.id == Store.partner_id)
    if asked.q.strip():
        wanted = asked.q.strip()
        columns = (Store.name, Store.number, Store.city, Store.address)
        found = found.where(sa.or_(*(containing(column, wanted) for column in columns)))
    if asked.city:
        found = found.where(Store.city == asked.city)
    if asked.partner_id is not None:
        found = found.where(Store.partner_id == asked.partner_id)
    if asked.unit_id is not None:
        found = found.where(is_below(session, Store.id, asked.unit_id))
    if asked.coarse is not None:
        stated = Store.entered["datum_stated"].as_boolean()
        exact_to = Store.entered["exact_to_m"].as_integer()
        coarse = sa.or_(
            sa.func.coalesce(stated, sa.true()).is_(sa.false()),
            sa.func.coalesce(exact_to, 0) >= rules.COARSE_FROM_M,
        )
        found = found.where(coarse if asked.coarse else sa.not_(coarse))
    sort = {"name": Store.name, "number": Store.number, "city": Store.city}[asked.sort]
    rows, following = page_of(session, found, [sort, Store.id], limit=asked.limit, cursor=asked.cursor)
    return StoresPage(items=[store_row(row[0], row[1]) for row in rows], next_cursor=following)


def store_row(store: Store, partner_name: str) -> StoreRow:
    """A store as devices and the API read it."""
    return StoreRow(
        id=store.id,
        number=store.number,
        name=store.name,
        partner=partner_name,
        zone=store.zone,
        day_turns_at_min=store.day_turns_at_min,
        city=store.city,
        address=store.address,
        lat_e7=store.lat_e7,
        lng_e7=store.lng_e7,
        radius_m=store.radius_m,
        points=[(lat, lng) for lat, lng in store.points] if store.points else None,
        datum_entered=store.datum_entered,
        has_kiosk=store.has_kiosk,
        coarse=rules.is_coarse(
            exact_to=store.entered.get("exact_to_m"), datum_stated=bool(store.entered.get("datum_stated", True))
        ),
    )


def seen_of(session: ScopedSession, store_ids: Iterable[str]) -> set[str]:
    """Which of these stores the reader may know of; others are only names where they work with somebody's people."""
    return set(session.scalars(sa.select(Store.id).where(within(Store.id, sorted(set(store_ids))))))


def one_store(session: ScopedSession, store_id: str) -> StoreRow | None:
    """One store, if the reader may know of it."""
    asked = sa.select(Store, Partner.name).join(Partner, Partner.id == Store.partner_id).where(Store.id == store_id)
    found = session.execute(asked).one_or_none()
    return store_row(found[0], found[1]) if found is not None else None
