"""The flows a new company begins with, as data (presets.toml). They are published as version 1 where a kind has none; from
then on they are the company's own, and nothing here is looked at again."""

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


def presets() -> list[PublishFlow]:
    """The flows that come with the product."""
    text = files("server.approvals").joinpath("presets.toml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = tomllib.loads(text)["flow"]
    return [convert({"version_id": derived_id("flow", one["kind"], "1"), **one}, PublishFlow) for one in found]


def ensure_presets(db: Database, *, now: datetime, secret: bytes) -> int:
    """Publish those whose kind nobody has defined yet. Safe to do at every start, by several workers at once.

    Answers how many were published.
    """
    with reading(db, Actor.system()) as session:
        known = set(session.scalars(sa.select(Flow.kind)))
    published = 0
    for flow in presets():
        if flow.kind in known:
            continue
        op_id = derived_id("publish flow", flow.kind, "1")
        outcome = perform(db, Actor.system(), flow, op_id=op_id, now=now, secret=secret)
        published += outcome.status == "applied"
        if outcome.status == "rejected":
            log.warning("a flow that comes with the product was not published", kind=flow.kind, code=outcome.code)
    return published
