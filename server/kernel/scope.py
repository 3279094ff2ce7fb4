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

from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem

Visible = Callable[[Actor], sa.ColumnElement[bool] | None]
Covers = Callable[[Actor, Any], bool]


class Rule(NamedTuple):
    """`visible` gives the SQL condition, or None for "all rows"; `covers` the same for one row in memory."""

    visible: Visible
    covers: Covers
    writes: Covers


RULES: dict[type, Rule] = {}
OPEN_TO_ALL: dict[type, str] = {}


def scoped(model: type, *, visible: Visible, covers: Covers, writes: Covers | None = None) -> None:
    """State who sees a row. `writes` is who may change it, where that is not the same people."""
    RULES[model] = Rule(visible, covers, writes or covers)


def open_to_all(model: type, because: str) -> None:
    """A table everybody signed in may read, with the reason said out loud."""
    OPEN_TO_ALL[model] = because


def by_store(model: Any, reads: Permission, writes: Permission, *, column: str = "store_id", own_device: bool = False) -> None:
    """The common rule: a row belongs to one store. With `own_device`, a device may also write rows that name it."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(reads) or actor.device_id is not None:
            return None
        conditions = [getattr(model, column).in_(actor.stores_for(reads))]
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


def _criteria(session: Any) -> list[Any]:
    """What narrows the session's statements to what its actor may see. Made when the first one asks: most punches ask none, and
    to make it costs half a millisecond."""
    known: list[Any] | None = session.info.get("criteria")
    if known is None:
        actor: Actor = session.info["reads_as"]
        rules = {} if actor.is_system else RULES
        conditions = {model: condition for model, rule in rules.items() if (condition := rule.visible(actor)) is not None}
        known = [with_loader_criteria(model, condition, include_aliases=True) for model, condition in conditions.items()]
        session.info["criteria"] = known
    return known


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
    if criteria := _criteria(state.session):
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
