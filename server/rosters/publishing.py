"""What the desk planned becomes what people work: published shifts, planned days, one notice (N-11) for each who is concerned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.messages import LANGUAGES, Language, say
from contract.moments import instant
from contract.rostering.shapes import Verdict
from contract.rosters import Publish
from contract.wire import plain
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.rosters import dayplans
from server.rosters.desk import must_be_days, must_be_store, must_not_be_over, planner_at
from server.rosters.events import RosterPublished
from server.rosters.gathering import Gathered, gather
from server.rosters.model import Publication, RosterCell, RosterShift, RosterStretch
from server.rosters.placing import place, window_id
from server.rosters.queries import cells_of
from server.rosters.rules import Change, Told, changes_by_person, told_of
from server.rosters.verdicts import as_facts, judge_person, refuse_broken
from server.shifts.planner import load_catalogue
from server.shifts.rules.days import Catalogue
from server.stores.model import Store

TRIGGER = "N-11"
_LOCK = 4_100_411  # any number, the same for everybody who publishes


@handles(Publish, needs=Permission.PLAN_SHIFTS)
def publish(work: Work, op: Publish) -> dict[str, Any]:
    """A store's days are published as its desk has them. Answers how many shifts are new, changed and cancelled, for how many
    people, and what the rules say of what was published."""
    who = planner_at(work, op.store_id, op.kiosk)
    first, last = must_be_days(op.from_day, op.to_day)
    with work.with_system_reach() as session:
        one_at_a_time(session)
        store = must_be_store(session, op.store_id)
        must_not_be_over(store, first, work.now, "from_day")
        if session.get(Publication, op.publish_id) is not None:
            raise Problem("operation.already_exists", field="publish_id", id=op.publish_id)
        cells = cells_of(session, store.id, first, last)
        open_ends = [cell for cell in cells if cell.state not in ("published", "confirmed")]
        if not open_ends and not dayplans.anybody_unplanned(session, store.id, first, last):
            raise Problem("rosters.nothing_to_publish", field="from_day")
        g = gather(session, [store.id], first, last)
        verdicts = _about(cells, [v for person in sorted(g.workers) for v in judge_person(g, person, g.profiles[store.id])])
        _refuse_what_nobody_set_aside(work.actor, g, cells, verdicts, op.override)
        changes = put_out(work, session, store, open_ends, g.catalogue)
        session.add(
            Publication(
                id=op.publish_id, store_id=store.id, from_day=first, to_day=last, published_by=who, published_at=work.now,
                override=op.override, note=op.note, new=_count(changes, "new"), changed=_count(changes, "changed"),
                cancelled=_count(changes, "cancelled"),
            )
        )  # fmt: skip
        session.flush()
        dayplans.write(_wide(work, session), first, last, sorted({*g.workers, *changes}))
        notify(_wide(work, session), store, op.publish_id, changes)
    return {
        "new": _count(changes, "new"), "changed": _count(changes, "changed"), "cancelled": _count(changes, "cancelled"),
        "people": len(changes), "verdicts": as_facts(verdicts),
    }  # fmt: skip


def one_at_a_time(session: ScopedSession) -> None:
    """Whoever publishes waits for whoever does so at another store: each is judged with what the other has left."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _wide(work: Work, session: ScopedSession) -> Work:
    """The same work with the reach of the system: who is concerned elsewhere is not for the planner to see."""
    return replace(work, session=session, actor=Actor.system())


def _count(changes: dict[str, Change], what: str) -> int:
    return sum(len(getattr(change, what)) for change in changes.values())


def _about(cells: Iterable[RosterCell], verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that are about these cells: what other stores plan, and what patterns say, is not this desk's to mend."""
    mine = {cell.id for cell in cells if cell.state != "removed"}
    return [verdict for verdict in verdicts if mine & set(verdict.shifts)]


def _refuse_what_nobody_set_aside(
    actor: Actor, g: Gathered, cells: Iterable[RosterCell], verdicts: Sequence[Verdict], reason: str | None
) -> None:
    """A hard rule that may be set aside is by the reason given now, or by the one that was given with one of its cells."""
    aside = {cell.id for cell in cells if cell.override}
    left = [one for one in verdicts if not (one.overridable and aside & set(one.shifts))]
    # what a store asks of people before they work came later than what is published, which stays as it was
    agreed = {cell.id for cell in cells if cell.state in ("published", "confirmed")}
    left = [one for one in left if one.rule != "course_gate" or not agreed.issuperset(one.shifts)]
    refuse_broken(actor, g, left, reason=reason, field="override")


def put_out(
    work: Work, session: ScopedSession, store: Store, cells: Sequence[RosterCell], catalogue: Catalogue | None = None
) -> dict[str, Change]:
    """Make what these cells say what is published: the shifts, the stretches the database compares, the cells' states. Answers
    who is concerned, and how. `session` reaches every row. Planned days and notices are for the caller (settle)."""
    catalogue = catalogue or load_catalogue(session)
    pairs: list[tuple[str, Told | None, Told | None]] = []
    gone: list[RosterCell] = []
    there = _shifts(session, [cell.id for cell in cells if cell.published_version is not None])
    _clear_stretches(session, sorted(there))
    hosted = dayplans.hosted_at(session, store.id, work.now)
    for cell in cells:
        before = cell.published
        if cell.state == "removed":
            pairs.append((cell.id, before, None))
            gone.append(cell)
            continue
        after = told_of(cell)
        pairs.append((cell.id, before, after))
        shift = there.get(cell.id)
        if shift is None:
            shift = RosterShift(id=cell.id, store_id=store.id, confirmed_at=None, offered_until=None)
            session.add(shift)
        elif before != after:
            shift.confirmed_at = shift.offered_until = None
        _fill(session, shift, store, cell, catalogue)
        shift.guest, shift.published_at = dayplans.is_guest(hosted, cell.person_id, cell.day), work.now
        cell.published, cell.published_version = after, cell.version
        cell.state = "confirmed" if shift.confirmed_at is not None else "published"
    for cell in gone:
        if (lost := there.get(cell.id)) is not None:
            session.delete(lost)
    session.flush()
    for cell in gone:
        session.delete(cell)
    changes = changes_by_person(pairs)
    if cells:
        shown = frozenset(shift_id for shift_id, before, after in pairs if after is not None and before != after)
        days, lost_ids = [cell.day for cell in cells], frozenset(cell.id for cell in gone)
        tell(_wide(work, session), RosterPublished(store.id, min(days), max(days), shown, lost_ids, frozenset(changes)))
    return changes


def _shifts(session: ScopedSession, ids: Sequence[str]) -> dict[str, RosterShift]:
    found: dict[str, RosterShift] = {}
    for start in range(0, len(ids), 500):
        rows = session.scalars(sa.select(RosterShift).where(RosterShift.id.in_(ids[start : start + 500])))
        found |= {row.id: row for row in rows}
    return found


def _clear_stretches(session: ScopedSession, shift_ids: Sequence[str]) -> None:
    """All at once before any is written: two people who swap shifts never overlap on the way."""
    for start in range(0, len(shift_ids), 500):
        some = shift_ids[start : start + 500]
        for stretch in session.scalars(sa.select(RosterStretch).where(RosterStretch.shift_id.in_(some))).all():
            session.delete(stretch)
    session.flush()


def _fill(session: ScopedSession, shift: RosterShift, store: Store, cell: RosterCell, catalogue: Catalogue) -> None:
    """A published shift says what its cell says, with its windows as they are now; the database compares its stretches."""
    template = catalogue.template(cell.template, cell.day)
    windows = dayplans.windows_of(cell.windows, template)
    placed = place(cell.day.isoformat(), store.zone, template, windows)
    if not placed:
        raise Problem("rosters.nothing_left", field="from_day", id=cell.id)
    shift.day, shift.person_id, shift.template = cell.day, cell.person_id, cell.template
    shift.name_zh = template.name_zh if template is not None else cell.template
    shift.name_en = template.name_en if template is not None else cell.template
    shift.windows, shift.placed = plain(windows), plain(placed)
    shift.on_call = template is not None and template.kind == "on_call"
    shift.starts_at, shift.ends_at = instant(placed[0].starts_ms), instant(max(one.ends_ms for one in placed))
    shift.role, shift.tasks, shift.note, shift.version = cell.role, cell.tasks, cell.comment, cell.version
    if cell.person_id is not None:
        for number, one in enumerate(placed):
            values = {"shift_id": cell.id, "person_id": cell.person_id, "starts_ms": one.starts_ms, "ends_ms": one.ends_ms}
            session.add(RosterStretch(id=dayplans.stretch_id(window_id(cell.id, number)), **values))


def settle(work: Work, session: ScopedSession, store: Store, key: str, changes: dict[str, Change], days: Iterable[date]) -> None:
    """What follows from `put_out` of some cells by themselves: planned days of those concerned, and their notices. `key`: what it
    happened by; the same key again tells nobody twice."""
    days = sorted(days)
    if days:
        wide = _wide(work, session)
        for day in days:
            dayplans.write(wide, day, day, sorted(changes))
        notify(wide, store, key, changes)


def notify(work: Work, store: Store, key: str, changes: dict[str, Change]) -> None:
    """One notice for each whose shifts are others now, whatever their number (N-11)."""
    items = []
    for person_id, change in sorted(changes.items()):
        facts: dict[str, Any] = {
            "store": store.name, "store_id": store.id, "new": len(change.new), "changed": len(change.changed),
            "cancelled": len(change.cancelled), "from_day": min(change.days), "to_day": max(change.days),
        }  # fmt: skip
        for language in LANGUAGES:
            facts[f"what_{language}"] = _what(language, change)
        items.append(NewItem(TRIGGER, person_id, "notice", "roster", store.id, facts, key))
    put_items(work, items)


def _what(language: Language, change: Change) -> str:
    parts = [(name, len(getattr(change, name))) for name in ("new", "changed", "cancelled")]
    words = [say(language, f"rosters.notice.{name}", count=count) for name, count in parts if count]
    return say(language, "rosters.notice.and").join(words)
