"""Row visibility, enforced for every ORM statement by the session itself, and for every write.

A model states its rule once, as SQL for reading and as Python for writing; a test draws actors and rows and demands that
the two agree. A mapped class with neither a rule nor `open_to_all` fails the suite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.sql import visitors

from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.sets import within

Visible = Callable[[Actor], sa.ColumnElement[bool] | None]
Covers = Callable[[Actor, Any], bool]


class Rule(NamedTuple):
    """`visible` gives the SQL condition, or None for "all rows"; `covers` the same for one row in memory."""

    visible: Visible
    covers: Covers
    writes: Covers


RULES: dict[type, Rule] = {}
_RULED: dict[str, list[type]] = {}  # by the name of a table, as far as asked for
OPEN_TO_ALL: dict[type, str] = {}


def scoped(model: type, *, visible: Visible, covers: Covers, writes: Covers | None = None) -> None:
    """State who sees a row. `writes` is who may change it, where that is not the same people."""
    RULES[model] = Rule(visible, covers, writes or covers)
    _RULED.clear()


def open_to_all(model: type, because: str) -> None:
    """A table everybody signed in may read, with the reason said out loud."""
    OPEN_TO_ALL[model] = because


def by_store(model: Any, reads: Permission, writes: Permission, *, column: str = "store_id", own_device: bool = False) -> None:
    """The common rule: a row belongs to one store. With `own_device`, a device may also write rows that name it."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(reads) or actor.device_id is not None:
            return None
        conditions = [within(getattr(model, column), actor.stores_for(reads))]
        if hasattr(model, "person_id") and actor.person_id is not None and actor.may(Permission.READ_SELF):
            conditions.append(model.person_id == actor.person_id)
        return sa.or_(*conditions)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(reads) or actor.device_id is not None:
            return True
        if getattr(row, column) in actor.stores_for(reads):
            return True
        own = getattr(row, "person_id", None)
        return own is not None and own == actor.person_id and actor.may(Permission.READ_SELF)

    def may_write(actor: Actor, row: Any) -> bool:
        if actor.device_id is not None:
            return own_device and row.device_id == actor.device_id
        return actor.has_everywhere(writes) or getattr(row, column) in actor.stores_for(writes)

    scoped(model, visible=visible, covers=covers, writes=may_write)


def only_with(model: type, reads: Permission, writes: Permission, *, devices_write: bool = False) -> None:
    """A table that only people with a company-wide right see at all; devices never do, unless they write there."""

    def sees(actor: Actor) -> bool:
        return actor.has_everywhere(reads) or (devices_write and actor.device_id is not None)

    def may_write(actor: Actor, row: Any) -> bool:
        return actor.has_everywhere(writes) or (devices_write and actor.device_id is not None)

    scoped(
        model,
        visible=lambda actor: None if sees(actor) else sa.false(),
        covers=lambda actor, row: sees(actor),
        writes=may_write,
    )


def bind(session: ScopedSession, actor: Actor) -> None:
    """Tie a session to an actor: once, right after it is made, for its whole life."""
    session.info.update(actor=actor, reads_as=actor)


def _criteria(session: Any, statement: Any) -> list[Any]:
    """What narrows a statement to what the session's actor may see: the conditions of the models that it speaks of, and of those
    that these conditions speak of. Each is made once in a session. To make the conditions of every model, and to hand them all
    to each statement, took a third of a page's time (docs/figures.md)."""
    actor: Actor = session.info["reads_as"]
    if actor.is_system:
        return []
    known: dict[type, _Condition] = session.info.setdefault("criteria", {})
    found: list[Any] = []
    seen: set[str] = set()
    waiting = tables_in(statement)
    while waiting:
        table = waiting.pop()
        seen.add(table)
        for model in _ruled(table):
            if model not in known:
                known[model] = _condition(model, actor)
            if known[model].option is not None:
                found.append(known[model].option)
            waiting |= known[model].speaks_of - seen
    return found


class _Condition(NamedTuple):
    """A model's rule for one actor, ready for statements (None: all rows), and the tables it speaks of itself."""

    option: Any
    speaks_of: set[str]


def _condition(model: type, actor: Actor) -> _Condition:
    condition = RULES[model].visible(actor)
    if condition is None:
        return _Condition(None, set())
    return _Condition(with_loader_criteria(model, condition, include_aliases=True), tables_in(condition))


def tables_in(statement: Any) -> set[str]:
    """The names of all tables that a statement or a condition speaks of, however deep inside."""
    names: set[str] = set()
    for element in visitors.iterate(statement):
        table = element if isinstance(element, sa.Table) else getattr(element, "table", None)
        if isinstance(table, sa.Table):
            names.add(table.name)
    return names


def _ruled(table: str) -> list[type]:
    """The models of a table that have a rule."""
    if table not in _RULED:
        _RULED[table] = [model for model in RULES if sa.inspect(model).local_table.name == table]
    return _RULED[table]


@contextmanager
def whole(session: ScopedSession) -> Iterator[ScopedSession]:
    """A sibling over the same transaction that reads every row: for questions whose answer decides and is not shown.

    Who manages a unit, or whose home is below it, must not depend on who happens to ask. Nothing can be written there.
    """
    if session.new or session.dirty or session.deleted:
        session.flush()
    with ScopedSession(session.connection(), join_transaction_mode="rollback_only") as sibling:
        bind(sibling, Actor.system())
        yield sibling


@event.listens_for(ScopedSession, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    if "actor" not in state.session.info:
        raise RuntimeError("a session without an actor may not query")
    if (state.is_update or state.is_delete) and not state.execution_options.get("unledgered"):
        raise RuntimeError("bulk UPDATE/DELETE skips the ledger and the feed; load the rows, or say unledgered=True")
    if state.is_column_load or state.is_relationship_load:
        return  # the options of the parent statement travel with these
    if criteria := _criteria(state.session, state.statement):
        state.statement = state.statement.options(*criteria)


@event.listens_for(ScopedSession, "before_flush")
def _guard_writes(session: ScopedSession, _context: Any, _instances: Any) -> None:
    if "op_id" not in session.info and (session.new or session.dirty or session.deleted):
        raise RuntimeError("writes happen inside perform() only")
    actor: Actor = session.info["actor"]
    if actor.is_system:
        return
    for row in [*session.new, *session.dirty, *session.deleted]:
        rule = RULES.get(type(row))
        if rule is not None and not rule.writes(actor, row):
            raise Problem("access.out_of_scope", kind=type(row).__tablename__)
