"""The metrics a company begins with, and schemes it may take: data (presets.toml), made by operations and its own from then on.

Metrics come as drafts: nobody is measured by what nobody chose. A scheme is taken with its metrics, which it activates.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.metrics import ActivateMetric, Channel, DefineMetric, DefineScheme, SetWeights, Weighed
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import perform_many, reading
from server.scoring.model_library import Metric

_LINE = ("metric", "owner", "weight")


class SchemePreset(NamedTuple):
    """A scheme to begin with. `post`: a post's code; else of the stores of a channel."""

    code: str
    name_zh: str
    name_en: str
    post: str | None
    channel: Channel | None
    lines: list[Weighed]


@functools.cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("server.scoring").joinpath("presets.toml").read_text(encoding="utf-8"))


@functools.cache
def metric_presets() -> tuple[DefineMetric, ...]:
    """Every metric of the library, judged like one from the wire."""
    return tuple(msgspec.convert(_metric(one), DefineMetric) for one in _data()["metric"])


def _metric(one: Mapping[str, Any]) -> dict[str, Any]:
    levels = [{"points": points, "text_zh": zh, "text_en": en} for points, zh, en in one.get("levels", [])]
    return {
        "metric_id": derived_id("metric", one["code"]), "code": one["code"], "name_zh": one["name"][0], "name_en": one["name"][1],
        "means_zh": one["means"][0], "means_en": one["means"][1], **one["rule"], "posts": one.get("posts", []), "levels": levels,
    }  # fmt: skip


@functools.cache
def scheme_presets() -> tuple[SchemePreset, ...]:
    """Every scheme to begin with."""
    return tuple(
        SchemePreset(
            code=one["code"], name_zh=one["name"][0], name_en=one["name"][1], post=one.get("post"), channel=one.get("channel"),
            lines=[msgspec.convert(dict(zip(_LINE, line, strict=True)), Weighed) for line in one["lines"]],
        )
        for one in _data()["scheme"]
    )  # fmt: skip


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """Metrics that a new company has none of yet. Asking again changes nothing; what was changed since stays."""
    with reading(db, Actor.system()) as session:
        ids, codes = set(session.scalars(sa.select(Metric.id))), set(session.scalars(sa.select(Metric.code)))
    missing = [one for one in metric_presets() if one.metric_id not in ids and one.code not in codes]
    operations = [(derived_id("ensure", one.metric_id), one) for one in missing]
    for outcome, one in zip(perform_many(db, Actor.system(), operations, now=now, secret=secret), missing, strict=True):
        if outcome.status != "applied":
            raise RuntimeError(f"{one.code}: {outcome.code} {outcome.facts}")


def to_take(session: ScopedSession, preset: SchemePreset, *, post_id: str | None, from_day: str, reason: str) -> list[Wire]:
    """What taking a preset comes to: its metrics activated where they are not, the scheme, its weights from a day on."""
    states = {row.code: (row.id, row.state) for row in session.execute(sa.select(Metric.code, Metric.id, Metric.state))}
    wanted = [line.metric for line in preset.lines]
    scheme_id = derived_id("scheme", preset.code, post_id or preset.channel or "")
    return [
        *_to_activate(wanted, states),
        DefineScheme(
            scheme_id=scheme_id, code=preset.code, name_zh=preset.name_zh, name_en=preset.name_en,
            post_id=post_id, channel=preset.channel,
        ),
        SetWeights(
            version_id=derived_id("scheme weights", scheme_id, from_day), scheme_id=scheme_id, from_day=from_day,
            lines=preset.lines, reason=reason,
        ),
    ]  # fmt: skip


def _to_activate(codes: Collection[str], states: Mapping[str, tuple[str, str]]) -> list[Wire]:
    return [ActivateMetric(metric_id=states[code][0]) for code in codes if code in states and states[code][1] == "draft"]
