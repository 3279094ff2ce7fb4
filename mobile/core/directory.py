"""All stores by name, number and city, to choose one for a form: with no signal, by what somebody types."""

from __future__ import annotations

from typing import Final

from contract.directory import SCOPE, DirectoryRow, Listed
from contract.stores import StoreRow
from mobile.core.local_db import LocalDb, Settings
from mobile.core.replica import Replica
from mobile.core.views_hq import Both, FieldChoice, StoresFound

SHOWN_MOST: Final = 30
RECENT_MOST: Final = 5
_RECENT: Final = "stores_named"  # numbers, the latest first, one a line; what is on a shop's door is no secret


class Directory:
    """The list HQ sends, and before it is here the stores this phone knows anyway."""

    def __init__(self, db: LocalDb, settings: Settings, replica: Replica) -> None:
        self._db, self._settings, self._replica = db, settings, replica

    def find(self, sought: str) -> StoresFound:
        """What fits best, at most thirty, and how many more there are. Nothing sought: those named lately, then where this
        phone's person works, then the others by city."""
        with self._db.read():
            stores = self._stores()
            first = [*self._recent(), *sorted(self._near())]
        words = sought.strip().casefold()
        if words:
            ranked = [(rank, store) for store in stores.values() if (rank := _rank(store, words)) is not None]
            fitting = [store for _, store in sorted(ranked, key=lambda one: (one[0], *_by_place(one[1])))]
        else:
            lately = [stores[number] for number in dict.fromkeys(first) if number in stores]
            fitting = [*lately, *sorted((one for one in stores.values() if one not in lately), key=_by_place)]
        return StoresFound(tuple(_choice(store) for store in fitting[:SHOWN_MOST]), max(0, len(fitting) - SHOWN_MOST))

    def named(self, answer: str) -> FieldChoice | None:
        """The store a form's answer means, by its number or, where this phone holds its row, by its id."""
        with self._db.read():
            row = self._replica.get("store", answer, StoreRow)
            store = self._stores().get(answer if row is None else row.number)
        return None if store is None else FieldChoice(answer, Both(store.name, store.name), _under(store))

    def was_named(self, number: str) -> None:
        """Inside a write: next time it stands in front."""
        lately = [number, *(one for one in self._recent() if one != number)]
        self._settings.put(_RECENT, "\n".join(lately[:RECENT_MOST]))

    def _stores(self) -> dict[str, Listed]:
        """By number."""
        known = {row.number: Listed(row.number, row.name, row.city, "") for row in self._replica.all("store", StoreRow)}
        rows = self._replica.all("directory", DirectoryRow, scope=SCOPE)
        return known | {store.number: store for row in rows for store in row.stores}

    def _near(self) -> list[str]:
        return [row.number for row in self._replica.all("store", StoreRow)]

    def _recent(self) -> list[str]:
        return (self._settings.get(_RECENT) or "").split("\n")


def _rank(store: Listed, words: str) -> int | None:
    """How well a store fits what was typed (smaller is better): its number, the begin of its name or initials, anything."""
    number, name, city = store.number.casefold(), store.name.casefold(), store.city.casefold()
    parts = words.split()
    if number == words:
        return 0
    if number.startswith(words) or name.startswith(words) or store.initials.startswith(words):
        return 1
    if words in name or words in store.initials:
        return 2
    everything = " ".join((number, name, city, store.initials))
    return 3 if all(part in everything for part in parts) else None


def _by_place(store: Listed) -> tuple[str, str, str]:
    return store.city, store.name, store.number


def _choice(store: Listed) -> FieldChoice:
    return FieldChoice(store.number, Both(store.name, store.name), _under(store))


def _under(store: Listed) -> str:
    return " · ".join(filter(None, (store.number, store.city)))
