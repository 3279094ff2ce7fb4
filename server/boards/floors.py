"""A store on the board: which stores are asked for, in which order, and what its row says."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.boards import STATES, StoreToday
from contract.moments import to_ms
from server.boards.counting import tablets
from server.boards.gathering import Clock
from server.boards.rules import kiosk_silent_since
from server.devices.model import Device
from server.kernel.db import ScopedSession, table_of
from server.stores.model import Partner, Store

COUNTS = ("posted", *STATES, "visitors", "to_review")
_device = table_of(Device)


@dataclass(frozen=True)
class Wanted:
    """Which stores, and which of them first. `search`: each of its words is in the name, the number, the city or the partner.

    `state`: stores that have somebody in it; `staffed`: that have anything to show. `after` and `limit` cut the page.
    """

    search: str = ""
    city: str = ""
    partner: str = ""
    state: str = ""
    sort: str = "name"
    descending: bool = False
    after: int = 0
    limit: int = 100


@dataclass(frozen=True)
class Within:
    """A unit: the stores below it, and whose home it is or one below it."""

    stores: frozenset[str]
    at_home: Any

    def condition(self, store_column: Any, person_column: Any) -> Any:
        """For rows of these stores and of these people."""
        return sa.or_(store_column.in_(sorted(self.stores)), person_column.in_(self.at_home))


@dataclass(slots=True)
class Floor:
    """One store: its row, its day, its counts; of the page also when its tablets last synced and since when they are silent."""

    store: Any
    clock: Clock
    counts: Mapping[str, int] = field(default_factory=dict)
    posted: int = 0
    to_review: int = 0
    has_kiosk: bool = False
    last_sync: datetime | None = None
    seen: datetime | None = None

    def take(self, counts: Mapping[str, int]) -> None:
        self.counts, self.posted = counts, sum(counts.values()) - counts.get("visitors", 0)

    def count(self, name: str) -> int:
        return self.posted if name == "posted" else self.to_review if name == "to_review" else self.counts.get(name, 0)

    def has(self, state: str) -> bool:
        if state == "staffed":
            return bool(self.posted or self.count("visitors") or self.to_review or self.has_kiosk)
        return not state or self.count(state) > 0

    def silent_since(self, now: datetime) -> datetime | None:
        return kiosk_silent_since([self.seen] if self.seen is not None else [], now)

    def row(self, now: datetime) -> StoreToday:
        """As the board shows it."""
        silent = self.silent_since(now)
        return StoreToday(
            store_id=self.store.id,
            number=self.store.number,
            name=self.store.name,
            city=self.store.city,
            partner=self.store.partner,
            zone=self.store.zone,
            business_date=self.clock.day.isoformat(),
            **{name: self.count(name) for name in COUNTS},
            has_kiosk=self.has_kiosk,
            last_sync_ms=to_ms(self.last_sync) if self.last_sync else None,
            silent_since_ms=to_ms(silent) if silent else None,
        )


STORE = (
    Store.id, Store.number, Store.name, Store.city, Store.zone, Store.day_turns_at_min, Partner.name.label("partner"),
)  # fmt: skip


def in_words(session: ScopedSession, wanted: Wanted) -> list[Any]:
    """The conditions for stores that are searched for."""
    found: list[Any] = []
    if wanted.city:
        found.append(Store.city == wanted.city)
    if wanted.partner:
        found.append(Partner.name == wanted.partner)
    for word in comparable(wanted.search).split():
        texts = (Store.name, Store.number, Store.city, Partner.name)
        found.append(sa.or_(*(comparable_in(session, text).contains(word, autoescape=True) for text in texts)))
    return found


def comparable(text: str) -> str:
    """However it is cased or widened."""
    return unicodedata.normalize("NFKC", text).lower()


def comparable_in(session: ScopedSession, text: Any) -> Any:
    """The same in the database. SQLite lowers ASCII letters only and widens nothing."""
    if session.get_bind().dialect.name != "postgresql":
        return sa.func.lower(text, type_=sa.Text)
    return by_code_point(session, sa.func.lower(sa.func.normalize(text, sa.literal_column("NFKC")), type_=sa.Text))


def by_code_point(session: ScopedSession, text: Any) -> Any:
    """In the order that Python puts texts in."""
    return sa.collate(text, "C") if session.get_bind().dialect.name == "postgresql" else text


def ordered(floors: Iterable[Floor], sort: str, descending: bool) -> list[Floor]:
    """By a count, a word or the last sync; what has none comes last either way."""
    by: Callable[[Floor], Any]
    if sort in COUNTS:
        by = operator.methodcaller("count", sort)
    elif sort == "last_sync_ms":
        by = operator.attrgetter("last_sync")
    else:
        name = sort if sort in ("number", "city", "partner") else "name"
        by = lambda floor: comparable(getattr(floor.store, name))  # noqa: E731
    keyed = [(by(floor), floor.store.number, floor) for floor in floors]
    known = sorted((one for one in keyed if one[0] not in (None, "")), key=lambda one: one[:2], reverse=descending)
    blank = sorted((one for one in keyed if one[0] in (None, "")), key=lambda one: one[1], reverse=descending)
    return [floor for _, _, floor in (*known, *blank)]


def add_kiosks(session: ScopedSession, floors: Mapping[str, Floor]) -> None:
    """What is known of these stores' tablets."""
    found = tablets()
    if len(floors) <= 1_000:
        found = found.where(_device.c.store_id.in_(list(floors)))
    for at_store, last, spoke in session.connection().execute(found):
        if at_store in floors:
            floor = floors[at_store]
            floor.has_kiosk, floor.last_sync, floor.seen = True, last, spoke
