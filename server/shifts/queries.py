"""Questions that hours and boards ask: what somebody is due, and whose hours are made by which rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.shifts import DutyRow, WorkRules
from server.kernel.db import ScopedSession, table_of
from server.org.queries import tree_on
from server.shifts.model import Duty, RuleAssignment, RuleSet
from server.shifts.places import NAMED_AT_MOST, Places, load_places, named
from server.shifts.rules.said import Said, Spoken, chain

STANDARD = "standard"
_duty, _rule_set, _rule_assignment = table_of(Duty), table_of(RuleSet), table_of(RuleAssignment)
_DUTY = msgspec.json.Decoder(DutyRow)


def duties_of(
    session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date
) -> dict[tuple[str, date], DutyRow]:
    """What these people (None: all) are due, by person and day, both days included. Whoever asks gets the same: hours are
    computed of it. Days without any plan are absent; days off have a row without windows."""
    read = reader()
    return {(one, day): read(one, body) for one, day, body in _kept(session, person_ids, from_day, to_day)}


def shared_duties_of(
    session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date
) -> dict[tuple[str, date], DutyRow]:
    """The same without ids and persons: one row for all who share it. For those who look at a whole company."""
    rows = _kept(session, person_ids, from_day, to_day)
    known = {body: _DUTY.decode(body) for body in {body for _, _, body in rows}}
    return {(one, day): known[body] for one, day, body in rows}


def _kept(session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date) -> list[Any]:
    asked = sa.select(_duty.c.person_id, _duty.c.day, _duty.c.body).where(_duty.c.day.between(from_day, to_day))
    rows: Any = session.connection().execute(named(asked, _duty.c.person_id, person_ids)).all()
    if person_ids is None or len(person_ids) <= NAMED_AT_MOST:
        return list(rows)
    wanted = frozenset(person_ids)
    return [row for row in rows if row[0] in wanted]


def reader() -> Callable[[str, str], DutyRow]:
    """fn(person, body) -> the duty. What many people share is decoded once."""
    known: dict[str, DutyRow] = {}

    def read(person_id: str, body: str) -> DutyRow:
        if body not in known:
            known[body] = _DUTY.decode(body)
        duty = known[body]
        return msgspec.structs.replace(duty, id=derived_id("duty", person_id, duty.day), person_id=person_id)

    return read


@dataclass(frozen=True)
class RulesInForce:
    """The rules that make somebody's hours on a day: the set, the day its version counts from, and the rules themselves."""

    code: str
    from_day: date
    body: WorkRules


_NOTHING_SAID = RulesInForce(STANDARD, date(2000, 1, 1), WorkRules())
# after so many people asked about one by one, the places of all are read at once
ONE_BY_ONE = 20


@dataclass
class RulesBook:
    """All rules, and whose they are. Person before nearest unit before company (`rules.said.chain`)."""

    session: ScopedSession
    said: Said
    versions: dict[str, list[RulesInForce]]
    places: Places = field(default_factory=Places)
    _loaded: set[str] | None = field(default_factory=set)
    _known: dict[tuple[str, str | None, str | None, date], RulesInForce] = field(default_factory=dict)

    def of(self, person_id: str, day: date) -> RulesInForce:
        """Whose hours of that day are made by which rules. Without anything said: the standard ones."""
        store_id = home_id = None
        if self.said.units:
            self._load(person_id)
            place = self.places.of(person_id, day)
            store_id, home_id = place if place is not None else (None, None)
        person = person_id if person_id in self.said.people else ""
        key = (person, store_id, home_id, day)
        found = self._known.get(key)
        if found is None:
            units = chain(tree_on(self.session, day).above, store_id, home_id) if self.said.units else ()
            said = self.said.of(person, units, day)
            found = self._known[key] = self.version(said.what or STANDARD if said is not None else STANDARD, day)
        return found

    def version(self, code: str, day: date) -> RulesInForce:
        """The version of a set that counts on a day; the first one before that began."""
        versions = self.versions.get(code) or self.versions.get(STANDARD)
        if not versions:
            return _NOTHING_SAID
        return next((one for one in reversed(versions) if one.from_day <= day), versions[0])

    def prepare(self, person_ids: Sequence[str] | None) -> None:
        """Read at once where these people (None: all) belong, before asking about many of them."""
        if self.said.units:
            self.places = load_places(self.session, person_ids)
            self._loaded = set(person_ids) if person_ids is not None else None

    def _load(self, person_id: str) -> None:
        if self._loaded is None or person_id in self._loaded:
            return
        if len(self._loaded) >= ONE_BY_ONE:
            self.prepare(None)
            return
        mine = load_places(self.session, [person_id])
        self.places.postings.update(mine.postings)
        self.places.homes.update(mine.homes)
        self._loaded.add(person_id)


def rules_book(session: ScopedSession) -> RulesBook:
    """All sets of rules with their versions, and what is said of whose they are. Whoever asks gets the same.

    Good for one transaction: it reads where people belong when they are asked about.
    """
    connection = session.connection()
    versions: dict[str, list[RulesInForce]] = {}
    c = _rule_set.c
    for code, from_day, body in connection.execute(sa.select(c.code, c.from_day, c.body).order_by(c.from_day)):
        versions.setdefault(code, []).append(RulesInForce(code, from_day, msgspec.convert(body, WorkRules)))
    c = _rule_assignment.c
    rows = connection.execute(sa.select(c.person_id, c.unit_id, c.from_day, c.rules).order_by(c.from_day, c.said_at, c.id))
    said = Said()
    for person_id, unit_id, from_day, code in rows:
        said.add(person_id, unit_id, Spoken(from_day, None, code))
    return RulesBook(session, said, versions)
