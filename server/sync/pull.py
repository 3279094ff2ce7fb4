"""The pull side: from what a device says it holds to what it must add, change and forget.

All of it reads one snapshot of the database. A scope the device does not hold, or whose cursor has fallen below the pruned
part of the feed, is sent in key order from the start; the delta follows from the position at which that began.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from contract.sync import SCHEMA, SUM_MODULUS, ScopeCursor, Standing, SyncRequest, scopes_digest
from server.kernel.db import table_of
from server.kernel.feed import SyncChange, SyncFeed, SyncTx
from server.kernel.perform import DeviceFacts
from server.sync.projections import bodies

_change, _feed, _tx = table_of(SyncChange), table_of(SyncFeed), table_of(SyncTx)
MAX_ROWS = 2_000
ROW_OVERHEAD = 60


@dataclass(frozen=True)
class Feed:
    """The feed's counter as one snapshot shows it."""

    pos: int
    tag: str
    floor: int
    floor_tag: str
    epoch: str


@dataclass
class Pulled:
    """What the answer carries, before it is put in its envelope."""

    reset: bool = False
    need_have: bool = False
    drop: list[str] = field(default_factory=list)
    clear: list[str] = field(default_factory=list)
    rows: list[tuple[str, str, str, int, msgspec.Raw]] = field(default_factory=list)
    gone: list[tuple[str, str, str, int]] = field(default_factory=list)
    at: Standing | None = None
    cur: dict[str, ScopeCursor] = field(default_factory=dict)
    sums: dict[str, tuple[int, int]] = field(default_factory=dict)
    complete: bool = False
    granted: list[str] = field(default_factory=list)
    holds_exactly: bool = False
    declared: set[str] | None = None


_READ_FEED = sa.select(_feed.c.pos, _feed.c.tag, _feed.c.floor, _feed.c.floor_tag, _feed.c.epoch)
_TAG_OF = sa.select(_tx.c.tag).where(_tx.c.pos_end >= sa.bindparam("pos")).order_by(_tx.c.pos_end).limit(1)
_ANY_CHANGE = (
    sa.select(_change.c.scope, _change.c.entity, _change.c.pk, _change.c.pos, _change.c.gone)
    .where(_change.c.scope.in_(sa.bindparam("scopes", expanding=True)), _change.c.pos > sa.bindparam("pos"))
    .order_by(_change.c.pos)
    .limit(sa.bindparam("most"))
)
_PAGE = (
    sa.select(_change.c.entity, _change.c.pk, _change.c.pos)
    .where(
        _change.c.scope == sa.bindparam("scope"),
        _change.c.gone.is_(False),
        sa.tuple_(_change.c.entity, _change.c.pk) > sa.tuple_(sa.bindparam("entity"), sa.bindparam("pk")),
    )
    .order_by(_change.c.entity, _change.c.pk)
    .limit(sa.bindparam("most"))
)
_SUMS = (
    sa.select(_change.c.scope, sa.func.count(), sa.func.sum(_change.c.mix))
    .where(_change.c.scope.in_(sa.bindparam("scopes", expanding=True)), _change.c.gone.is_(False))
    .group_by(_change.c.scope)
)


def read_feed(connection: sa.Connection) -> Feed:
    return Feed(*connection.execute(_READ_FEED).one())


def tag_at(connection: sa.Connection, feed: Feed, pos: int) -> str | None:
    """The tag of the transaction that holds a position, or None when this server never had it."""
    if pos == feed.pos:
        return feed.tag
    if pos == feed.floor:
        return feed.floor_tag
    if pos > feed.pos:
        return None
    return connection.execute(_TAG_OF, {"pos": pos}).scalar()


def pull(connection: sa.Connection, device: DeviceFacts, want: set[str], asked: SyncRequest) -> Pulled:
    """What the device must learn, change and forget."""
    feed = read_feed(connection)
    out = Pulled()
    held = _declared(connection, feed, want, asked, out)
    if held is None:
        return out
    out.drop = sorted(held.keys() - want)
    out.granted = sorted(want - held.keys())
    out.holds_exactly = held.keys() == want
    budget = _Budget(asked.budget)
    plan: list[tuple[str, str, str, int]] = []
    touched: set[str] = set()
    steady = {scope: cursor for scope, cursor in held.items() if scope in want and _is_steady(cursor, feed)}
    moved = _delta(connection, feed, steady, budget, plan, touched, out)
    for scope in sorted(want - steady.keys(), key=_first_things_first):
        _snapshot_page(connection, feed, scope, held.get(scope), budget, plan, touched, out)
    _fill(connection, device, plan, out)
    _stand(connection, feed, want, steady, moved, out)
    if out.complete and (touched or out.drop or asked.check):
        _sum_up(connection, want if asked.check else touched & want, out)
    return out


def _declared(
    connection: sa.Connection, feed: Feed, want: set[str], asked: SyncRequest, out: Pulled
) -> dict[str, ScopeCursor] | None:
    """What the device holds, scope by scope; None when it must say so in the long form first."""
    if asked.epoch is not None and asked.epoch != feed.epoch:
        out.reset = True
        return {}
    if asked.have is not None:
        held = dict(asked.have)
    elif asked.at is not None:
        if asked.at.scopes != scopes_digest(want):
            out.need_have = True
            return None
        cursor = ScopeCursor(pos=asked.at.pos, tag=asked.at.tag, proj=asked.at.proj)
        held = dict.fromkeys(want, cursor)
    else:
        held = {}
    out.declared = set(held)
    for pos, tag in {(cursor.pos, cursor.tag) for cursor in held.values()}:
        # below the floor nothing can be compared; such a scope is sent anew below
        if pos >= feed.floor and tag_at(connection, feed, pos) != tag:
            out.reset = True
            out.declared = None
            return {}
    return held


def _is_steady(cursor: ScopeCursor, feed: Feed) -> bool:
    return cursor.snap is None and cursor.pos >= feed.floor and cursor.proj == SCHEMA


def _first_things_first(scope: str) -> tuple[int, str]:
    """Clocking in needs the store and the person; results and the company can come after."""
    order = {"store": 0, "person": 1, "device": 2}
    return order.get(scope.partition(":")[0], 3), scope


class _Budget:
    """How much of the answer is still free: bytes the device asked for, rows we are ready to read."""

    def __init__(self, size: int) -> None:
        self.rows = min(MAX_ROWS, max(8, size // 300))


def _delta(
    connection: sa.Connection, feed: Feed, steady: dict[str, ScopeCursor], budget: _Budget,
    plan: list[tuple[str, str, str, int]], touched: set[str], out: Pulled,
) -> int:  # fmt: skip
    """Changes since each steady scope's cursor. Answers the position all of them then stand at."""
    if not steady:
        return feed.pos
    lowest = min(cursor.pos for cursor in steady.values())
    if lowest >= feed.pos:
        return feed.pos
    found = connection.execute(
        _ANY_CHANGE, {"scopes": sorted(steady), "pos": lowest, "most": budget.rows}
    ).all()
    for scope, entity, pk, pos, gone in found:
        if pos <= steady[scope].pos:
            continue
        touched.add(scope)
        if gone:
            out.gone.append((scope, entity, pk, pos))
        else:
            plan.append((scope, entity, pk, pos))
    full = len(found) >= budget.rows
    budget.rows -= len(found)
    return found[-1].pos if full else feed.pos


def _snapshot_page(
    connection: sa.Connection, feed: Feed, scope: str, cursor: ScopeCursor | None, budget: _Budget,
    plan: list[tuple[str, str, str, int]], touched: set[str], out: Pulled,
) -> None:  # fmt: skip
    """The next page of a scope in key order. Its delta will start where the snapshot began."""
    resumed = cursor is not None and cursor.snap is not None and cursor.pos >= feed.floor and cursor.proj == SCHEMA
    if resumed:
        assert cursor is not None and cursor.snap is not None
        start_pos, start_tag = cursor.pos, cursor.tag
        entity, _, pk = cursor.snap.partition("/")
    else:
        start_pos, start_tag, entity, pk = feed.pos, feed.tag, "", ""
        if budget.rows > 0:
            out.clear.append(scope)
    if budget.rows <= 0:
        if resumed:
            assert cursor is not None
            out.cur[scope] = cursor
        return
    found = connection.execute(_PAGE, {"scope": scope, "entity": entity, "pk": pk, "most": budget.rows}).all()
    plan.extend((scope, e, p, pos) for e, p, pos in found)
    touched.add(scope)
    full = len(found) >= budget.rows
    budget.rows -= len(found)
    snap = f"{found[-1].entity}/{found[-1].pk}" if full else None
    out.cur[scope] = ScopeCursor(pos=start_pos, tag=start_tag, snap=snap, proj=SCHEMA)


def _fill(connection: sa.Connection, device: DeviceFacts, plan: list[tuple[str, str, str, int]], out: Pulled) -> None:
    wanted: dict[str, set[str]] = {}
    for _, entity, pk, _ in plan:
        wanted.setdefault(entity, set()).add(pk)
    found = bodies(connection, wanted, device)
    for scope, entity, pk, pos in plan:
        body = found.get((entity, pk))
        if body is None:
            out.gone.append((scope, entity, pk, pos))
        else:
            out.rows.append((scope, entity, pk, pos, msgspec.Raw(body)))


def _stand(
    connection: sa.Connection, feed: Feed, want: set[str], steady: dict[str, ScopeCursor], moved: int, out: Pulled
) -> None:
    """Where the device stands after this answer: in one word when all scopes are complete at the same place."""
    delta_complete = moved == feed.pos
    snapshots_complete = all(cursor.snap is None for cursor in out.cur.values())
    begun = steady.keys() | out.cur.keys()
    out.complete = (
        delta_complete and snapshots_complete and begun == want
        and all(cursor.pos == feed.pos for cursor in out.cur.values())
    )  # fmt: skip
    if out.complete:
        out.cur = {}
        out.at = Standing(pos=feed.pos, tag=feed.tag, scopes=scopes_digest(want), proj=SCHEMA)
        return
    tag = tag_at(connection, feed, moved)
    for scope, cursor in steady.items():
        ahead = cursor.pos >= moved or tag is None
        out.cur[scope] = cursor if ahead else ScopeCursor(pos=moved, tag=tag or "", proj=SCHEMA)


def _sum_up(connection: sa.Connection, scopes: set[str], out: Pulled) -> None:
    found = {scope: (n, int(total) % SUM_MODULUS) for scope, n, total in connection.execute(_SUMS, {"scopes": sorted(scopes)})}
    out.sums = {scope: found.get(scope, (0, 0)) for scope in sorted(scopes)}
