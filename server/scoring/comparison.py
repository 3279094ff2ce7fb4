"""The same metric across stores, channels and posts: people's means grouped by the database, small groups hidden.

A person counts once in each group, with the mean of their figures of these months. Read past the reader's scope, for what is told
is no person's; a reader of some stores is told of those.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.score_quality import CompareLine, CompareQuery, ScoreComparison
from server.growth.model import Indicator, IndicatorValue
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.model import HomeStay, Post
from server.postings.model import Posting
from server.scoring.model_library import ScoreChannel
from server.scoring.quality.groups import LEAST_PEOPLE, Group, hidden, together, told
from server.scoring.quality_queries import Window, stores_read, window_asked
from server.scoring.quality_queries import told as as_text
from server.stores.model import Store

COMPOSITE = "composite"
CHANNELS = {"offline": ("线下", "Offline"), "online": ("线上", "Online")}
_value, _indicator, _store = table_of(IndicatorValue), table_of(Indicator), table_of(Store)
_channel, _post = table_of(ScoreChannel), table_of(Post)
_posting, _home = table_of(Posting), table_of(HomeStay)
_Names = Mapping[str, tuple[str, str]]


def comparison(session: ScopedSession, actor: Actor, asked: CompareQuery, now: datetime) -> ScoreComparison:
    """All groups, the best first. Raises Problem for an indicator that is none, and for months that are none. Before the first
    composite there is nothing to compare, and that is no mistake."""
    with whole(session) as everything:
        found = everything.connection().execute(
            sa.select(_indicator.c.id, _indicator.c.unit, _indicator.c.better).where(_indicator.c.code == asked.indicator)
        ).first()  # fmt: skip
        if found is None and asked.indicator != COMPOSITE:
            raise Problem("growth.indicator_unknown", field="indicator", indicator=asked.indicator)
        indicator_id = str(found.id) if found is not None else None
        window = _window(everything, indicator_id, asked, now)
        stores = stores_read(actor)
        groups: dict[str, Group] = {}
        names: _Names = {}
        inside: Mapping[str, str] = {}
        if indicator_id is not None:
            groups, names, inside = _GROUPED[asked.by](everything, indicator_id, window, stores)
    better = found.better if found is not None else "higher"
    lines = _lines(groups, names, inside, better)
    every = together(groups)
    enough = every.n >= LEAST_PEOPLE
    return ScoreComparison(
        indicator=asked.indicator, unit=found.unit if found is not None else "", better=better, by=asked.by,
        from_month=window.first, to_month=window.last, items=lines, n=every.n if enough else None,
        mean=as_text(every.mean) if enough else None,
    )  # fmt: skip


def _window(session: ScopedSession, indicator_id: str | None, asked: CompareQuery, now: datetime) -> Window:
    """The months asked for, else the newest with a figure."""
    if asked.from_month is None and asked.to_month is None and indicator_id is not None:
        newest: date | None = session.connection().scalar(
            sa.select(sa.func.max(_value.c.to_day)).where(_value.c.indicator_id == indicator_id, _value.c.person_id.is_not(None))
        )
        if newest is not None:
            return Window(f"{newest:%Y-%m}", f"{newest:%Y-%m}")
    return window_asked(asked.from_month, asked.to_month, now, months=1)


def _lines(groups: Mapping[str, Group], names: _Names, inside: Mapping[str, str], better: str) -> list[CompareLine]:
    """The best mean first; what is hidden last, by name."""
    small = hidden({key: one.n for key, one in groups.items()}, inside or None)
    best_first = better == "higher"
    shown = sorted((key for key in groups if key not in small), key=lambda key: (groups[key].mean, key), reverse=best_first)
    lines = []
    for key in [*shown, *sorted(small, key=lambda key: (names.get(key, ("", "")), key))]:
        name_zh, name_en = names.get(key, ("", ""))
        line = CompareLine(group_id=key, name_zh=name_zh, name_en=name_en, channel=inside.get(key, ""))
        if key not in small:
            one = told(groups[key])
            line = msgspec.structs.replace(
                line, n=one.n, mean=as_text(one.mean), low=as_text(one.low) if one.low is not None else None,
                high=as_text(one.high) if one.high is not None else None,
            )  # fmt: skip
        lines.append(line)
    return lines


def _people(indicator_id: str, window: Window, stores: Collection[str] | None, *by: Any) -> sa.Subquery:
    """The mean of each person's figures, by what else is named. Figures of no store (of people at HQ, or told without one) belong
    to no group of stores, and only who reads every store is told of them."""
    first, end = window.days
    asked = (
        sa.select(_value.c.person_id, *by, sa.func.avg(sa.cast(_value.c.value, sa.Double)).label("mean"))
        .where(
            _value.c.indicator_id == indicator_id, _value.c.to_day >= first, _value.c.to_day < end, _value.c.from_day >= first,
            _value.c.person_id.is_not(None),
        )
        .group_by(_value.c.person_id, *by)
    )  # fmt: skip
    if by:
        asked = asked.where(_value.c.store_id.is_not(None))
    if stores is not None:
        asked = asked.where(within(_value.c.store_id, stores))
    return asked.subquery()


def _counted(session: ScopedSession, people: sa.Subquery, key: Any) -> dict[str, Group]:
    asked = sa.select(
        key.label("key"), sa.func.count().label("n"), sa.func.avg(people.c.mean).label("mean"),
        sa.func.sum(people.c.mean * people.c.mean).label("squares"),
    ).group_by(key)  # fmt: skip
    return {str(row.key): Group(row.n, row.mean, row.squares) for row in session.connection().execute(asked)}


def _channels(session: ScopedSession) -> dict[str, str]:
    """Stores that somebody said a channel of; all others are offline."""
    asked = sa.select(_channel.c.store_id, _channel.c.channel)
    return {str(row.store_id): row.channel for row in session.connection().execute(asked)}


def _by_store(
    session: ScopedSession, indicator_id: str, window: Window, stores: Collection[str] | None
) -> tuple[dict[str, Group], _Names, Mapping[str, str]]:
    people = _people(indicator_id, window, stores, _value.c.store_id)
    groups = _counted(session, people, people.c.store_id)
    rows = session.connection().execute(sa.select(_store.c.id, _store.c.name).where(within(_store.c.id, sorted(groups))))
    said = _channels(session)
    return groups, {str(row.id): (row.name, row.name) for row in rows}, {key: said.get(key, "offline") for key in groups}


def _by_channel(
    session: ScopedSession, indicator_id: str, window: Window, stores: Collection[str] | None
) -> tuple[dict[str, Group], _Names, Mapping[str, str]]:
    """Somebody at stores of both channels counts once in each."""
    people = _people(indicator_id, window, stores, _value.c.store_id)
    channel = sa.func.coalesce(_channel.c.channel, "offline")
    of_channel = (
        sa.select(people.c.person_id, channel.label("channel"), sa.func.avg(people.c.mean).label("mean"))
        .outerjoin(_channel, _channel.c.store_id == people.c.store_id)
        .group_by(people.c.person_id, channel)
        .subquery()
    )
    return _counted(session, of_channel, of_channel.c.channel), CHANNELS, {}


def _by_post(
    session: ScopedSession, indicator_id: str, window: Window, stores: Collection[str] | None
) -> tuple[dict[str, Group], _Names, Mapping[str, str]]:
    """By the post somebody had on the last of the days: a posting's before that of their home."""
    people = _people(indicator_id, window, stores)
    held = _posts_on(window.days[1] - timedelta(days=1))
    joined = sa.outerjoin(people, held, held.c.person_id == people.c.person_id)
    of_post = sa.select(held.c.post_id, people.c.mean).select_from(joined).subquery()
    groups = _counted(session, of_post, of_post.c.post_id)
    groups = {"" if post == "None" else post: one for post, one in groups.items()}
    rows = session.connection().execute(sa.select(_post.c.id, _post.c.name_zh, _post.c.name_en))
    names = {str(row.id): (row.name_zh, row.name_en or row.name_zh) for row in rows}
    return groups, {**names, "": ("没有岗位", "No post")}, {}


def _posts_on(day: date) -> sa.Subquery:
    """person, post: one for everybody who had one on that day."""
    parts = []
    for rank, table, first, until in (
        (0, _posting, _posting.c.starts_on, _posting.c.ends_on),
        (1, _home, _home.c.from_day, _home.c.until),
    ):
        had = sa.select(table.c.person_id, table.c.post_id, first.label("first"), sa.literal(rank).label("rank"))
        parts.append(had.where(table.c.post_id.is_not(None), first <= day, sa.or_(until.is_(None), until > day)))
    every = sa.union_all(*parts).subquery()
    newest = (every.c.rank, every.c.first.desc(), every.c.post_id)
    order = sa.func.row_number().over(partition_by=every.c.person_id, order_by=newest)
    ranked = sa.select(every.c.person_id, every.c.post_id, order.label("place")).subquery()
    return sa.select(ranked.c.person_id, ranked.c.post_id).where(ranked.c.place == 1).subquery()


_GROUPED = {"store": _by_store, "channel": _by_channel, "post": _by_post}
