"""Schemes: whose they are, their weights from a day on, where stores sell; and which scheme measures somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import sqlalchemy as sa

from contract.composite import plain as plain_decimal
from contract.ids import derived_id
from contract.metrics import (
    Channel,
    DefineScheme,
    Owner,
    RetireScheme,
    SchemeRow,
    SchemeVersion,
    SetStoreChannel,
    SetWeights,
    Weighed,
    WhenMissing,
)
from contract.schemes import DEFAULT_CHANNEL, WHOLE, Measured, nearest, weight_sum
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.model import Post
from server.org.queries import company_day
from server.org.rules import day_of
from server.scoring.library import must_manage
from server.scoring.model_library import Metric, Scheme, SchemeLine, SchemeWeights, ScoreChannel
from server.stores.model import Store

MANAGE = Permission.MANAGE_SCORING
LATE_DAYS = 10  # of a month, in which the month before can still get other weights: until then it is not closed


@handles(DefineScheme, needs=MANAGE)
def define_scheme(work: Work, op: DefineScheme) -> None:
    """Whose it is stays with it, and so does its code; said again it gets other names."""
    must_manage(work, "scheme")
    if op.store_id is not None and op.channel is not None:
        raise Problem("scoring.store_has_channel", field="channel")
    row = work.session.get(Scheme, op.scheme_id, with_for_update=True)
    if row is not None:
        _must_be_open(row, work.now.date())
        if row.code != op.code:
            raise Problem("scoring.code_fixed", field="code", fixed=row.code)
        if (row.post_id, row.store_id, row.channel) != (op.post_id, op.store_id, op.channel):
            raise Problem("scoring.whose_fixed", field="post_id", scheme=row.code)
        row.name_zh, row.name_en, row.moved_at, work.wrote = op.name_zh, op.name_en, work.now, True
        return
    if work.session.scalars(sa.select(Scheme.id).where(Scheme.code == op.code)).first() is not None:
        raise Problem("scoring.code_taken", field="code", taken=op.code)
    if op.post_id is not None:
        work.find(Post, op.post_id, "org.post_unknown", field="post_id", id=op.post_id)
    if op.store_id is not None:
        work.find(Store, op.store_id, "stores.unknown", field="store_id", id=op.store_id)
    whose = whose_of(op.post_id, op.store_id, op.channel)
    other = work.session.scalars(sa.select(Scheme).where(Scheme.whose == whose, Scheme.until.is_(None))).first()
    if other is not None:
        raise Problem("scoring.whose_taken", field="post_id", scheme=other.code)
    work.add(
        Scheme(
            id=op.scheme_id, code=op.code, name_zh=op.name_zh, name_en=op.name_en, post_id=op.post_id, store_id=op.store_id,
            channel=op.channel, whose=whose, until=None, retired_because=None, moved_at=work.now,
        )
    )  # fmt: skip


def whose_of(post_id: str | None, store_id: str | None, channel: str | None) -> str:
    """Post, store and channel as one text: who is measured."""
    return "|".join(one or "" for one in (post_id, store_id, channel))


@handles(SetWeights, needs=MANAGE)
def set_weights(work: Work, op: SetWeights) -> None:
    """New weights from a day on; what counted before stays what it was. What is wrong with a line is said before the sum."""
    must_manage(work, "scheme")
    scheme: Scheme = work.find(Scheme, op.scheme_id, "scoring.scheme_unknown", field="scheme_id", id=op.scheme_id)
    day = _day(op.from_day, "from_day")
    _must_be_open(scheme, day)
    metrics = {row.code: row for row in work.session.scalars(sa.select(Metric))}
    judge_lines(op.lines, metrics, None if scheme.post_id is None else work.session.get_one(Post, scheme.post_id).code)
    begun = set(work.session.scalars(sa.select(SchemeWeights.from_day).where(SchemeWeights.scheme_id == scheme.id)))
    if day in begun:
        raise Problem("scoring.weights_that_day", field="from_day", day=op.from_day)
    earliest = earliest_day(company_day(work.now))
    if begun and min(begun) < earliest and day < earliest:
        raise Problem("scoring.weights_too_early", field="from_day", earliest=earliest.isoformat())
    work.add(SchemeWeights(id=op.version_id, scheme_id=scheme.id, from_day=day, reason=op.reason, set_at=work.now))
    work.session.flush()
    for place, line in enumerate(op.lines):
        work.add(
            SchemeLine(
                id=derived_id("scheme_line", op.version_id, line.metric), weights_id=op.version_id,
                metric_id=metrics[line.metric].id, place=place, owner=line.owner, hundredths=int(Decimal(line.weight) * 100),
                target=line.target, missing=line.missing,
            )
        )  # fmt: skip
    scheme.moved_at = work.now


def earliest_day(today: date) -> date:
    """The first day from which weights may be said anew: of this month, or, in its first days, of the month before."""
    first = today.replace(day=1)
    if today.day > LATE_DAYS:
        return first
    return date(first.year - (first.month == 1), 12 if first.month == 1 else first.month - 1, 1)


def judge_lines(lines: Sequence[Weighed], metrics: dict[str, Metric], post: str | None) -> None:
    """Refuse weights that cannot be: metrics that are not there or do not count, twice the same, nothing weighed, a core metric
    left out, a sum that is not 100. `post`: the scheme's post by code; None: of all posts. Raises Problem."""
    seen: set[str] = set()
    for number, line in enumerate(lines):
        at = f"lines.{number}"
        metric = metrics.get(line.metric)
        if metric is None:
            raise Problem("scoring.metric_unknown", field=f"{at}.metric", metric=line.metric)
        if metric.state != "active":
            raise Problem("scoring.metric_inactive", field=f"{at}.metric", metric=line.metric)
        if line.metric in seen:
            raise Problem("scoring.metric_twice", field=f"{at}.metric", metric=line.metric)
        seen.add(line.metric)
        if Decimal(line.weight) == 0:
            raise Problem("scoring.weighs_nothing", field=f"{at}.weight", metric=line.metric)
        if line.target is not None and Decimal(line.target) < 0:
            raise Problem("scoring.target_negative", field=f"{at}.target")
    if left_out := [one for one in core_metrics(metrics.values(), post) if one.code not in seen]:
        raise Problem(
            "scoring.core_missing", field="lines", metrics=",".join(one.code for one in left_out),
            names_zh="、".join(one.name_zh for one in left_out), names_en=", ".join(one.name_en for one in left_out),
        )  # fmt: skip
    must_be_whole(lines)


def must_be_whole(lines: Sequence[Weighed]) -> None:
    """Raises Problem where weights do not sum to 100, with what is missing or too much."""
    total = weight_sum(lines)
    if total < WHOLE:
        raise Problem("scoring.weights_missing", field="lines", missing=plain_decimal(WHOLE - total))
    if total > WHOLE:
        raise Problem("scoring.weights_too_much", field="lines", over=plain_decimal(total - WHOLE))


def core_metrics(metrics: Iterable[Metric], post: str | None) -> list[Metric]:
    """Those that no scheme of this post goes without, by code; a scheme of all posts goes without none."""
    found = (
        one for one in metrics if one.core and one.state == "active" and (not one.posts or post is None or post in one.posts)
    )
    return sorted(found, key=lambda one: one.code)


@handles(RetireScheme, needs=MANAGE)
def retire_scheme(work: Work, op: RetireScheme) -> None:
    """From a day on nobody is measured by it; the next nearest counts then. Months before keep it."""
    must_manage(work, "scheme")
    row: Scheme = work.find(Scheme, op.scheme_id, "scoring.scheme_unknown", field="scheme_id", id=op.scheme_id)
    day = _day(op.until, "until")
    if row.until is not None:
        raise Problem("scoring.scheme_retired", field="scheme_id", scheme=row.code)
    earliest = earliest_day(company_day(work.now))
    if day < earliest:
        raise Problem("scoring.weights_too_early", field="until", earliest=earliest.isoformat())
    row.until, row.retired_because, row.moved_at, work.wrote = day, op.reason, work.now, True


@handles(SetStoreChannel, needs=MANAGE)
def set_channel(work: Work, op: SetStoreChannel) -> None:
    """Where a store sells, as reports made from now on read it."""
    must_manage(work, "score_channel")
    work.find(Store, op.store_id, "stores.unknown", field="store_id", id=op.store_id)
    row = work.session.get(ScoreChannel, op.store_id)
    if row is None:
        work.add(ScoreChannel(id=op.store_id, store_id=op.store_id, channel=op.channel))
        return
    row.channel, work.wrote = op.channel, True


def _must_be_open(row: Scheme, day: date) -> None:
    if row.until is not None and day >= row.until:
        raise Problem("scoring.scheme_retired", field="scheme_id", scheme=row.code)


def _day(text: str, field: str) -> date:
    day = day_of(text)
    if day is None:
        raise Problem("shifts.no_such_day", field=field, day=text)
    return day


# -- who is measured by what --------------------------------------------------------------------------------------------------


def schemes_held(session: ScopedSession) -> list[SchemeRow]:
    """Every scheme with its weights, as devices hold it, by code: a company has some dozens, one look for ten thousand people."""
    return schemes_by_id(session.connection(), None)


def schemes_by_id(connection: sa.Connection, ids: Sequence[str] | None) -> list[SchemeRow]:
    """These schemes (None: all), by code. Schemes are open to all, so a bare connection may read them."""
    scheme, weights, line, metric = (table_of(one) for one in (Scheme, SchemeWeights, SchemeLine, Metric))
    wanted = sa.true() if ids is None else scheme.c.id.in_(list(ids))
    lines: dict[str, list[Weighed]] = {}
    asked = sa.select(line, metric.c.code).join(metric, metric.c.id == line.c.metric_id)
    if ids is not None:
        asked = asked.join(weights, weights.c.id == line.c.weights_id).where(weights.c.scheme_id.in_(list(ids)))
    for row in connection.execute(asked.order_by(line.c.weights_id, line.c.place)):
        lines.setdefault(row.weights_id, []).append(
            Weighed(
                metric=row.code, owner=cast(Owner, row.owner), weight=plain_decimal(Decimal(row.hundredths) / 100),
                target=row.target, missing=cast(WhenMissing, row.missing),
            )
        )  # fmt: skip
    versions: dict[str, list[SchemeVersion]] = {}
    said = sa.select(weights).join(scheme, scheme.c.id == weights.c.scheme_id).where(wanted)
    for row in connection.execute(said.order_by(weights.c.scheme_id, weights.c.from_day)):
        version = SchemeVersion(from_day=row.from_day.isoformat(), lines=lines.get(row.id, []))
        versions.setdefault(row.scheme_id, []).append(version)
    return [
        SchemeRow(
            id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, post_id=row.post_id, store_id=row.store_id,
            channel=row.channel, versions=versions.get(row.id, []), until=row.until.isoformat() if row.until else None,
        )
        for row in connection.execute(sa.select(scheme).where(wanted).order_by(scheme.c.code))
    ]  # fmt: skip


def channels(session: ScopedSession) -> dict[str, Channel]:
    """Where each store sells of which somebody has said it; all others are offline."""
    return {row.store_id: cast(Channel, row.channel) for row in session.scalars(sa.select(ScoreChannel))}


def scheme_for(session: ScopedSession, *, post_id: str | None, store_id: str, day: str) -> Measured | None:
    """What measures who holds a post at a store, by the weights in force on a day (of a month: its last one)."""
    channel = channels(session).get(store_id, DEFAULT_CHANNEL)
    return nearest(schemes_held(session), post_id=post_id, store_id=store_id, channel=channel, day=day)
