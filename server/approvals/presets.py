"""The flows a new company begins with, as data (presets.toml). They are published where a kind has none. A later version of a
preset (`preset = 2`) is published where the version in force is still an earlier one of ours; what the company has published
or retired itself is its own, and is never looked at again."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
import structlog

from contract.approvals import PublishFlow
from contract.ids import derived_id
from contract.wire import convert
from server.approvals.model import Flow
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import perform, reading

log = structlog.get_logger()


def _version_id(kind: str, number: int) -> str:
    return derived_id("flow", kind, str(number))


def with_numbers() -> list[tuple[int, PublishFlow]]:
    """The flows that come with the product, each with the number of its preset."""
    text = files("server.approvals").joinpath("presets.toml").read_text(encoding="utf-8")
    flows: list[dict[str, Any]] = tomllib.loads(text)["flow"]
    numbered = [(flow.pop("preset", 1), flow) for flow in flows]
    return [
        (number, convert({"version_id": _version_id(flow["kind"], number), **flow}, PublishFlow)) for number, flow in numbered
    ]


def presets() -> list[PublishFlow]:
    """The flows that come with the product."""
    return [flow for _, flow in with_numbers()]


def ensure_presets(db: Database, *, now: datetime, secret: bytes) -> int:
    """Publish those whose kind nobody has defined yet, or has left as ours. Safe at every start, by several workers at once.

    Answers how many were published.
    """
    with reading(db, Actor.system()) as session:
        rows = session.execute(sa.select(Flow.kind, Flow.version_id, Flow.retired_at)).all()
    known = {row.kind: row for row in rows}
    published = 0
    for number, flow in with_numbers():
        there = known.get(flow.kind)
        earlier = {_version_id(flow.kind, before) for before in range(1, number)}
        if there is not None and (there.retired_at is not None or there.version_id not in earlier):
            continue
        op_id = derived_id("publish flow", flow.kind, str(number))
        outcome = perform(db, Actor.system(), flow, op_id=op_id, now=now, secret=secret)
        published += outcome.status == "applied"
        if outcome.status == "rejected":
            log.warning("a flow that comes with the product was not published", kind=flow.kind, code=outcome.code)
    return published
