"""The store's extra proof as its tablet reads it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.proofs import ExtraRuleRow
from server.attendance.case_model import ExtraRule
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_rule = table_of(ExtraRule)


@projects("extra")
def extra_rules(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """How often a store's tablet asks for one more proof."""
    rows = connection.execute(sa.select(_rule).where(_rule.c.id.in_(_IDS)), {"ids": ids})
    return {
        r.id: wire.encode(ExtraRuleRow(id=r.id, store_id=r.store_id, one_in=r.one_in, photo_days=r.photo_days)) for r in rows
    }
