"""What may be entered for a metric, what it is worth, and until when a month is open. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from contract.composite import exact, plain, points_of, rounded
from contract.moments import COMPANY_ZONE
from contract.scoring import Mark
from contract.scoring_cards import Wrong, closes_on, judge_value


class MetricFacts(Protocol):
    """What a card must know of a metric."""

    code: Any
    kind: Any
    direction: Any
    target: Any
    levels: Any


def judge_marks(marks: Sequence[Mark], metrics: Mapping[str, MetricFacts]) -> Wrong | None:
    """What is wrong with the first mark that does not fit, by contract.scoring_cards; None: all fit."""
    seen: set[str] = set()
    for mark in marks:
        metric = metrics.get(mark.metric)
        if metric is None:
            return Wrong("scoring.metric_unknown", mark.metric)
        if mark.metric in seen:
            return Wrong("scoring.metric_twice", mark.metric)
        seen.add(mark.metric)
        levels = [one["points"] for one in metric.levels]
        if not judge_value(metric.kind, levels, mark.value):
            return Wrong("scoring.value_wrong", mark.metric)
    return None


def kept(marks: Sequence[Mark], metrics: Mapping[str, MetricFacts]) -> list[dict[str, str]]:
    """Marks as they are kept, each with its points (0 to 100, two decimals, rounded half up)."""
    found = []
    for mark in marks:
        metric, value = metrics[mark.metric], exact(mark.value)
        target = exact(metric.target) if metric.target is not None else None
        worth = points_of(metric.kind, lower=metric.direction == "lower", actual=value, target=target)
        found.append({
            "metric": mark.metric, "value": mark.value, "points": plain(rounded(worth)), "comment": mark.comment,
        })  # fmt: skip
    return found


def month_of(day: date) -> str:
    """The month a day is scored in: 2026-11."""
    return day.isoformat()[:7]


def default_close(month: str) -> date:
    """The last day on which a month can be scored unless HQ says otherwise: the 10th of the next."""
    return date.fromisoformat(closes_on(month))


def end_of(day: date) -> datetime:
    """The first moment after a day of the company's calendar, in UTC."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(COMPANY_ZONE)).astimezone(UTC)
