"""What raters and metrics are like, over some months: read by sets past any scope, because an estimate needs everybody, and
narrowed to the reader's stores before it is told.

The estimate of a large company takes seconds; it is kept for as long as no card came or changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from contract.moments import COMPANY_ZONE, business_date
from contract.score_quality import (
    NoEstimate,
    QualityQuery,
    RaterFlag,
    RaterLine,
    Raters,
    ScoreBeside,
    ScoresBeside,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.queries import company_day
from server.people.model import Person
from server.scoring.card_model import ScoreCard
from server.scoring.quality import flags as judging
from server.scoring.quality.library import available

if TYPE_CHECKING:
    from server.scoring.quality.severity import RaterEstimate, Severity

MONTHS_AT_MOST, MONTHS_ASKED = 12, 3
_card, _person = table_of(ScoreCard), table_of(Person)
_KEPT: dict[tuple[Any, ...], Severity | None] = {}
_KEPT_AT_MOST = 4


@dataclass(frozen=True)
class Window:
    """Whole months, both included, as 2026-04."""

    first: str
    last: str

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the first day that is no longer in it."""
        return date.fromisoformat(f"{self.first}-01"), date.fromisoformat(f"{moved(self.last, 1)}-01")


@dataclass(frozen=True)
class Given:
    """Cards that count, of some months: by managers, second raters and HQ, without what was withdrawn."""

    cards: list[judging.Card]
    metrics: list[list[str]]
    stamp: tuple[Any, ...]

    @property
    def marks(self) -> int:
        """How many marks there are on them."""
        return sum(len(card.points) for card in self.cards)


def moved(month: str, months: int) -> str:
    """A month so many later (minus: earlier)."""
    year, number = divmod(int(month[:4]) * 12 + int(month[5:7]) - 1 + months, 12)
    return f"{year:04d}-{number + 1:02d}"


def window_asked(first: str | None, last: str | None, now: datetime, months: int = MONTHS_ASKED) -> Window:
    """The months asked for; without them the last ones up to this month. Raises Problem when they end before they begin or are
    more than twelve."""
    to_month = last or (moved(first, months - 1) if first else company_day(now).isoformat()[:7])
    from_month = first or moved(to_month, 1 - months)
    if from_month > to_month or moved(from_month, MONTHS_AT_MOST - 1) < to_month:
        raise Problem("scoring.months_wrong", field="to_month", first=from_month, last=to_month, most=MONTHS_AT_MOST)
    return Window(from_month, to_month)


def stores_read(actor: Actor) -> frozenset[str] | None:
    """The stores whose raters and people the reader is told of; None: all."""
    return None if actor.has_everywhere(Permission.READ_QUALITY) else actor.stores_for(Permission.READ_QUALITY)


def given(session: ScopedSession, window: Window) -> Given:
    """All cards that count of these months, whoever asks."""
    asked = (
        sa.select(
            _card.c.rater_id, _card.c.person_id, _card.c.store_id, _card.c.day, _card.c.at, _card.c.marks, _card.c.facts,
            _card.c.id,
        )
        .where(_card.c.month >= window.first, _card.c.month <= window.last, _card.c.rater != "self", ~_card.c.withdrawn)
        .order_by(_card.c.at, _card.c.id)
    )
    cards: list[judging.Card] = []
    metrics: list[list[str]] = []
    facts, newest = 0, ""
    for row in session.connection().execute(asked):
        late = (business_date(row.at, COMPANY_ZONE, day_turns_at_min=0) - row.day).days
        points = [float(mark["points"]) for mark in row.marks]
        cards.append(judging.Card(str(row.rater_id), str(row.person_id), str(row.store_id), row.day, max(0, late), points))
        metrics.append([str(mark["metric"]) for mark in row.marks])
        facts, newest = facts + row.facts, str(row.id)
    stamp = (str(session.connection().engine.url), window, len(cards), facts, newest)
    return Given(cards, metrics, stamp)


def severity_of(found: Given) -> tuple[NoEstimate, Severity | None]:
    """(why not, the estimate)."""
    if not available():
        return "no_library", None
    if found.stamp not in _KEPT:
        from server.scoring.quality.severity import Ratings, estimate

        rows = [
            (card.rater, card.person, metric, point)
            for card, named in zip(found.cards, found.metrics, strict=True)
            for metric, point in zip(named, card.points, strict=True)
        ]
        columns = Ratings(
            [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows]
        )
        while len(_KEPT) >= _KEPT_AT_MOST:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[found.stamp] = estimate(columns)
    told = _KEPT[found.stamp]
    return ("", told) if told is not None else ("too_few", None)


def raters(session: ScopedSession, actor: Actor, asked: QualityQuery, now: datetime) -> Raters:
    """Who scores how, with severity where it can be told and what asks for a second look. Raises Problem."""
    window = window_asked(asked.from_month, asked.to_month, now)
    with whole(session) as everything:
        found = given(everything, window)
        why, estimate = severity_of(found)
        lines = rater_lines(found, estimate)
        shown = _of_stores(found, stores_read(actor), lambda card: card.rater)
        lines = [line for line in lines if shown is None or line.rater_id in shown]
        names = names_of(everything, [line.rater_id for line in lines])
    named = [_named(line, names) for line in lines]
    return Raters(
        from_month=window.first, to_month=window.last, why=why, ratings=found.marks,
        groups=estimate.groups if estimate is not None else 0, items=named,
    )  # fmt: skip


def scores_beside(session: ScopedSession, actor: Actor, asked: QualityQuery, now: datetime) -> ScoresBeside:
    """People's raw means and what they would be had the average rater scored them. Raises Problem."""
    window = window_asked(asked.from_month, asked.to_month, now)
    with whole(session) as everything:
        found = given(everything, window)
        why, estimate = severity_of(found)
        shown = _of_stores(found, stores_read(actor), lambda card: card.person)
        people = [one for one in (estimate.persons if estimate else []) if shown is None or one.person in shown]
        names = names_of(everything, [one.person for one in people])
    items = [
        ScoreBeside(
            person_id=one.person, name=names.get(one.person, ""), n=one.n, raters=one.raters, raw=told(one.raw),
            adjusted=_maybe(one.adjusted), low=_maybe(one.low), high=_maybe(one.high),
        )
        for one in people
    ]  # fmt: skip
    items.sort(key=lambda one: (one.name, one.person_id))
    return ScoresBeside(from_month=window.first, to_month=window.last, why=why, items=items)


def rater_lines(found: Given, estimate: Severity | None) -> list[RaterLine]:
    """All raters, without their names: who is flagged first, then by how severe they are."""
    estimated = {one.rater: one for one in estimate.raters} if estimate is not None else {}
    flagged: dict[str, list[judging.Flag]] = {}
    for flag in judging.flags(found.cards):
        flagged.setdefault(flag.rater, []).append(flag)
    for one in estimated.values():
        severe = judging.severe(one.rater, one.severity, one.low, one.high, one.n)
        if severe is not None:
            flagged.setdefault(one.rater, []).insert(0, severe)
    marks: Counter[str] = Counter()
    sums: dict[str, float] = {}
    people: dict[str, set[str]] = {}
    for card in found.cards:
        marks[card.rater] += len(card.points)
        sums[card.rater] = sums.get(card.rater, 0.0) + sum(card.points)
        people.setdefault(card.rater, set()).add(card.person)
    lines = [
        _line(rater, marks[rater], sums[rater] / (marks[rater] or 1), len(whom), estimated.get(rater), flagged.get(rater, []))
        for rater, whom in people.items()
    ]
    return sorted(lines, key=lambda line: (not line.flags, float(line.severity or "inf"), line.rater_id))


def _line(
    rater: str, n: int, mean: float, people: int, one: RaterEstimate | None, flagged: Sequence[judging.Flag]
) -> RaterLine:  # fmt: skip
    line = RaterLine(
        rater_id=rater, n=n, people=people, raw_mean=told(mean),
        flags=[RaterFlag(kind=flag.kind, figure=told(flag.figure, 2), line=told(flag.line, 2), n=flag.n) for flag in flagged],
    )  # fmt: skip
    if one is None:
        return line
    return RaterLine(
        rater_id=rater, n=n, people=people, raw_mean=line.raw_mean, flags=line.flags, group=one.group + 1,
        severity=_maybe(one.severity), low=_maybe(one.low), high=_maybe(one.high), spread=_maybe(one.spread, 2),
        spread_low=_maybe(one.spread_low, 2), spread_high=_maybe(one.spread_high, 2),
    )  # fmt: skip


def _named(line: RaterLine, names: Mapping[str, str]) -> RaterLine:
    return msgspec.structs.replace(line, name=names.get(line.rater_id, ""))


def _of_stores(found: Given, stores: Collection[str] | None, who: Any) -> set[str] | None:
    return None if stores is None else {who(card) for card in found.cards if card.store in stores}


def names_of(session: ScopedSession, people: Collection[str]) -> dict[str, str]:
    """The names people have today."""
    asked = sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, sorted(people)))
    return {str(row.id): row.name for row in session.connection().execute(asked)}


def told(value: float, places: int = 1) -> str:
    """A figure rounded, as text: 4.3, -0.8, 0."""
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _maybe(value: float | None, places: int = 1) -> str | None:
    return told(value, places) if value is not None else None
