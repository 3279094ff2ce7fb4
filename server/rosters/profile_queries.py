"""By which rules a store's rosters are judged on a day: the nearest unit's word, then the company's, then Chinese law."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.rostering.presets import PRESETS
from contract.rostering.shapes import Profile, RuleSetting
from server.kernel.db import ScopedSession, table_of
from server.org.queries import tree_on
from server.rosters.people_model import ProfileUse, RosterProfile

BEGINNING = "cn-2025"
_use, _profile = table_of(ProfileUse), table_of(RosterProfile)
_RULES = list[RuleSetting]


@dataclass
class ProfileBook:
    """Which profile counts where, and from when."""

    session: ScopedSession
    uses: list[Any]
    _rows: dict[str, list[Any]] = field(default_factory=dict)
    _known: dict[tuple[str, date], Profile] = field(default_factory=dict)

    def code_of(self, store_id: str, day: date) -> str:
        """The code of the profile that counts for a store on a day."""
        if not self.uses:
            return BEGINNING
        nearest = (store_id, *tree_on(self.session, day).above(store_id), None)
        for unit_id in nearest:
            said = [use for use in self.uses if use.unit_id == unit_id and use.from_day <= day]
            if said:
                return str(max(said, key=lambda use: (use.from_day, use.said_at)).profile)
        return BEGINNING

    def of(self, store_id: str, day: date) -> Profile:
        """The rules that count for a store on a day. Raises LookupError where a profile is said that there is not."""
        return self.version(self.code_of(store_id, day), day)

    def version(self, code: str, day: date) -> Profile:
        """A profile's version on a day; before its first one that one. Raises LookupError for a code that nobody knows."""
        rows = self.versions(code)
        row = next((one for one in reversed(rows) if one.from_day <= day), rows[0] if rows else None)
        if row is None:
            if code not in PRESETS:
                raise LookupError(code)
            return PRESETS[code]
        key = (row.code, row.from_day)
        if key not in self._known:
            self._known[key] = Profile(
                code=row.code, name_zh=row.name_zh, name_en=row.name_en, rules=msgspec.convert(row.rules, _RULES)
            )
        return self._known[key]

    def versions(self, code: str) -> Sequence[Any]:
        """The versions of a profile, the earliest first."""
        if code not in self._rows:
            asked = sa.select(_profile).where(_profile.c.code == code).order_by(_profile.c.from_day)
            self._rows[code] = list(self.session.connection().execute(asked))
        return self._rows[code]

    def changes(self, store_id: str, from_day: date, to_day: date) -> list[tuple[date, Profile]]:
        """What counts one after the other from a day to a day, the earliest first."""
        days = {from_day} | {use.from_day for use in self.uses if from_day < use.from_day <= to_day}
        for code in {self.code_of(store_id, day) for day in days}:
            days |= {row.from_day for row in self.versions(code) if from_day < row.from_day <= to_day}
        found: list[tuple[date, Profile]] = []
        for day in sorted(days):
            profile = self.of(store_id, day)
            if not found or found[-1][1] != profile:
                found.append((day, profile))
        return found


def profile_book(session: ScopedSession) -> ProfileBook:
    """Everything that is said of profiles. Good for one transaction."""
    return ProfileBook(session, list(session.connection().execute(sa.select(_use).order_by(_use.c.from_day, _use.c.said_at))))


def profiles_of(session: ScopedSession, store_ids: Iterable[str], day: date) -> dict[str, Profile]:
    """The rules that count for each of these stores on a day."""
    book = profile_book(session)
    return {store_id: book.of(store_id, day) for store_id in store_ids}
