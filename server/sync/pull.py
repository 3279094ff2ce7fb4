"""The pull side: from what a device says it holds to what it must add, change and forget.

All of it reads one snapshot of the database. A scope the device does not hold, or whose cursor has fallen below the pruned
part of the feed, is sent in key order from the start; the delta follows from the position at which that began.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, cast

import msgspec
import sqlalchemy as sa

from contract.directory import SCOPE as DIRECTORY
from contract.sync import SCHEMA, SUM_MODULUS, ScopeCursor, Standing, SyncRequest, scopes_digest
from server.devices.model import Device, DeviceChain
from server.kernel.db import table_of
from server.kernel.feed import SyncChange, SyncFeed, SyncTx
from server.kernel.ledger import was_left_behind
from server.kernel.perform import DeviceFacts
from server.kernel.tree import AuditHead
from server.sync.projections import bodies

_change, _feed, _tx = table_of(SyncChange), table_of(SyncFeed), table_of(SyncTx)
MAX_ROWS = 2_000
PART_WEIGHT = 40  # a part of the list of stores is that many rows' worth of bytes, at some 170 stores
InHand = Mapping[tuple[str, str, str, int], Callable[[], bytes]]


@dataclass(frozen=True)
class Feed:
    """The feed's counter as one snapshot shows it."""

    pos: int
    tag: str
    floor: int
    floor_tag: str
    epoch: str


@dataclass(frozen=True)
class Now:
    """The device and its chain at the moment of the look. `left_behind`: of what the chain holds, not all is performed."""

    facts: DeviceFacts
    forked: bool
    backed_seq: int
    left_behind: bool


@dataclass(frozen=True)
class Look:
    """One look at the feed: its counter, the device's chain, and what moved in some scopes since a position; and the newest
    signed head of the log: its size, root and epoch."""

    feed: Feed
    reference: int
    state: Now
    cursor_tag: str | None
    moved: list[tuple[str, str, str, int, bool]]
    is_cut: bool
    head: tuple[int, bytes, str] | None = None


class MoreToRead(Exception):
    """The answer needs more than the one look that was taken."""


class OnlyTheLook:
    """Stands where a connection would, while an answer is made from one look alone. Most answers can be. Whatever is asked of
    it, be it a session on top of it, needs more."""

    def __getattr__(self, _name: str) -> NoReturn:
        raise MoreToRead


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


_device, _chain = table_of(Device), table_of(DeviceChain)


def tag_after(pos: Any) -> sa.Select[Any]:
    """The tag of the transaction that holds a position."""
    return sa.select(_tx.c.tag).where(_tx.c.pos_end >= pos).order_by(_tx.c.pos_end).limit(1)


_TAG_OF = tag_after(sa.bindparam("pos"))
_MOVED = (
    sa.select(_change.c.scope, _change.c.entity, _change.c.pk, _change.c.pos.label("moved_at"), _change.c.gone)
    .where(_change.c.scope.in_(sa.bindparam("scopes", expanding=True)), _change.c.pos > sa.bindparam("pos"))
    .order_by(_change.c.pos)
    .limit(sa.bindparam("most"))
    .subquery()
)
HEAD = sa.select(AuditHead.size, AuditHead.root, AuditHead.epoch.label("of")).order_by(AuditHead.size.desc()).limit(1).subquery()
# one statement for what nearly every sync needs: where the feed stands, the device's chain, what moved since its cursor
_LOOK = (
    sa.select(
        _feed.c.pos, _feed.c.tag, _feed.c.floor, _feed.c.floor_tag, _feed.c.epoch, _feed.c.reference,
        _TAG_OF.scalar_subquery().label("cursor_tag"),
        _device.c.revoked_at, _device.c.forked_at, _chain.c.head_seq, _chain.c.head_hash, _chain.c.backed_seq,
        was_left_behind(sa.bindparam("device_id")).label("left_behind"),
        _MOVED.c.scope, _MOVED.c.entity, _MOVED.c.pk, _MOVED.c.moved_at, _MOVED.c.gone,
        HEAD.c.size.label("log_size"), HEAD.c.root.label("log_root"), HEAD.c.of.label("log_epoch"),
    )
    .select_from(_feed)
    .join(_device, _device.c.id == sa.bindparam("device_id"))
    .join(_chain, _chain.c.device_id == _device.c.id)
    .outerjoin(_MOVED, sa.true())
    .outerjoin(HEAD, sa.true())
    .where(_feed.c.id == 1)
    .order_by(_MOVED.c.moved_at)
)  # fmt: skip
_ANY_CHANGE = sa.select(_MOVED.c.scope, _MOVED.c.entity, _MOVED.c.pk, _MOVED.c.moved_at, _MOVED.c.gone).order_by(
    _MOVED.c.moved_at
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


def look(connection: sa.Connection, device: DeviceFacts, scopes: set[str], pos: int, budget: int) -> Look | None:
    """The feed, the device's chain and what moved, in one statement; None for a device that is not there."""
    most = rows_for(budget)
    asked = {"device_id": device.device_id, "scopes": sorted(scopes), "pos": pos, "most": most}
    rows = connection.execute(_LOOK, asked).all()
    return look_of(rows, device, most) if rows else None


def look_of(rows: Sequence[Any], device: DeviceFacts, most: int) -> Look:
    """The look in its rows, of which there is one at least."""
    one = rows[0]
    feed = Feed(one.pos, one.tag, one.floor, one.floor_tag, one.epoch)
    moved = [(r.scope, r.entity, r.pk, r.moved_at, r.gone) for r in rows if r.scope is not None]
    facts = replace(device, revoked_at=one.revoked_at, head_seq=one.head_seq, head_hash=bytes(one.head_hash))
    now = Now(facts, one.forked_at is not None, one.backed_seq, one.left_behind)
    head = None if one.log_size is None else (one.log_size, bytes(one.log_root), one.log_epoch)
    return Look(feed, one.reference, now, one.cursor_tag, moved, len(moved) >= most, head)


def rows_for(budget: int) -> int:
    """How many rows an answer of so many bytes may have, at the most."""
    return min(MAX_ROWS, max(8, budget // 300))


def tag_at(connection: sa.Connection, feed: Feed, pos: int) -> str | None:
    """The tag of the transaction that holds a position, or None when this server never had it."""
    if pos == feed.pos:
        return feed.tag
    if pos == feed.floor:
        return feed.floor_tag
    if pos > feed.pos:
        return None
    return connection.execute(_TAG_OF, {"pos": pos}).scalar()


def pull(
    source: sa.Connection | OnlyTheLook, device: DeviceFacts, want: set[str], asked: SyncRequest, seen: Look, in_hand: InHand
) -> Pulled:
    """What the device must learn, change and forget. `seen` was looked at in the same snapshot, with the scopes `want`.

    Raises MoreToRead where `source` is only the look and that is not enough.
    """
    connection = cast(sa.Connection, source)
    feed = seen.feed
    out = Pulled()
    held = _declared(connection, seen, want, asked, out)
    if held is None:
        return out
    out.drop = sorted(held.keys() - want)
    out.granted = sorted(want - held.keys())
    out.holds_exactly = held.keys() == want
    budget = _Budget(asked.budget)
    plan: list[tuple[str, str, str, int]] = []
    touched: set[str] = set()
    steady = {scope: cursor for scope, cursor in held.items() if scope in want and _is_steady(cursor, feed)}
    moved = _delta(connection, seen, steady, asked, budget, plan, touched, out)
    for scope in sorted(want - steady.keys(), key=_first_things_first):
        _snapshot_page(connection, feed, scope, held.get(scope), budget, plan, touched, out)
    _fill(connection, device, plan, in_hand, out)
    _stand(connection, feed, want, steady, moved, out)
    if out.complete:
        # a finished snapshot is always proven; a delta now and then, and everything when the device asks
        due = want if asked.check else (want - steady.keys()) | (touched & want if _is_sampled(asked.nonce) else set())
        if due:
            _sum_up(connection, due, out)
    return out


def _is_sampled(nonce: str) -> bool:
    """One delta in sixteen carries the sums of what it touched; chosen by the device's own random nonce."""
    return hashlib.sha256(nonce.encode()).digest()[0] < 16


def _declared(
    connection: sa.Connection, seen: Look, want: set[str], asked: SyncRequest, out: Pulled
) -> dict[str, ScopeCursor] | None:
    """What the device holds, scope by scope; None when it must say so in the long form first."""
    feed = seen.feed
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
        known = seen.cursor_tag if asked.at is not None and floor_below(feed, pos) else tag_at(connection, feed, pos)
        if pos >= feed.floor and known != tag:
            out.reset = True
            out.declared = None
            return {}
    return held


def floor_below(feed: Feed, pos: int) -> bool:
    """Whether a position lies where the feed still has its transactions, and is not its very end."""
    return feed.floor < pos < feed.pos


def _is_steady(cursor: ScopeCursor, feed: Feed) -> bool:
    return cursor.snap is None and cursor.pos >= feed.floor and cursor.proj == SCHEMA


def _first_things_first(scope: str) -> tuple[int, str]:
    """Clocking in needs the store and the person; results and the company can come after, the list of all stores last."""
    order = {"store": 0, "person": 1, "device": 2, DIRECTORY: 4}
    return order.get(scope.partition(":")[0], 3), scope


class _Budget:
    """How much of the answer is still free: bytes the device asked for, rows we are ready to read."""

    def __init__(self, size: int) -> None:
        self.rows = rows_for(size)


def _delta(
    connection: sa.Connection, seen: Look, steady: dict[str, ScopeCursor], asked: SyncRequest, budget: _Budget,
    plan: list[tuple[str, str, str, int]], touched: set[str], out: Pulled,
) -> int:  # fmt: skip
    """Changes since each steady scope's cursor. Answers the position all of them then stand at."""
    feed = seen.feed
    if not steady:
        return feed.pos
    lowest = min(cursor.pos for cursor in steady.values())
    if lowest >= feed.pos:
        return feed.pos
    if asked.at is not None:
        found, is_cut = seen.moved, seen.is_cut
    else:
        rows = connection.execute(_ANY_CHANGE, {"scopes": sorted(steady), "pos": lowest, "most": budget.rows}).all()
        found, is_cut = [tuple(row) for row in rows], len(rows) >= budget.rows
    for scope, entity, pk, pos, gone in found:
        if pos <= steady[scope].pos:
            continue
        touched.add(scope)
        if gone:
            out.gone.append((scope, entity, pk, pos))
        else:
            plan.append((scope, entity, pk, pos))
    budget.rows -= len(found)
    return found[-1][3] if is_cut else feed.pos


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
    weight = PART_WEIGHT if scope == DIRECTORY else 1
    most = -(-budget.rows // weight)
    found = connection.execute(_PAGE, {"scope": scope, "entity": entity, "pk": pk, "most": most}).all()
    plan.extend((scope, e, p, pos) for e, p, pos in found)
    touched.add(scope)
    full = len(found) >= most
    budget.rows -= len(found) * weight
    snap = f"{found[-1].entity}/{found[-1].pk}" if full else None
    out.cur[scope] = ScopeCursor(pos=start_pos, tag=start_tag, snap=snap, proj=SCHEMA)


def _fill(
    connection: sa.Connection, device: DeviceFacts, plan: list[tuple[str, str, str, int]], in_hand: InHand, out: Pulled
) -> None:
    """The current row of each key. One that this very request wrote at this very position need not be read again."""
    wanted: dict[str, set[str]] = {}
    for key in plan:
        if key not in in_hand:
            wanted.setdefault(key[1], set()).add(key[2])
    found = bodies(connection, wanted, device)
    for scope, entity, pk, pos in plan:
        make = in_hand.get((scope, entity, pk, pos))
        body = make() if make is not None else found.get((entity, pk))
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
