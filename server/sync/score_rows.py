"""Score cards, month reports and the months they are of, as devices read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.perform import DeviceFacts
from server.scoring.card_rows import cards_by_id, periods_by_id
from server.scoring.report_rows import reports_by_id
from server.sync.registry import Bodies, projects


@projects("score_card")
def cards(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Cards with their stories: on the phone of whom they concern, at the desk of their store."""
    return {row.id: wire.encode(row) for row in cards_by_id(connection, ids)}


@projects("score_period")
def periods(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Until when months are scored."""
    return {row.id: wire.encode(row) for row in periods_by_id(connection, ids)}


@projects("score_report")
def reports(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Month reports in their newest revision: on the phone of whom they concern, at the desk of their store."""
    return {row.id: wire.encode(row) for row in reports_by_id(connection, ids)}
