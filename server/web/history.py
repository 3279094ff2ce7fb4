"""The history of one record, for the pages that show it: who, what it was before and after, why, from which device or account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contract.audit import Alarm, TrailRow
from server.audit import queries
from server.kernel.actors import Permission
from server.web.shell import Look, blueprint

_REASONS = ("reason", "because", "note", "why")
# What the server keeps for its own use: who is sent a row, and how often it changed. The log has them; people need not.
_INNER = frozenset({"rev", "scopes"})


@blueprint.app_template_global("history_of")
def history_of(
    look: Look, table: str, row_id: str, *, limit: int = 20, made_at: datetime | None = None
) -> list[dict[str, Any]] | None:
    """Lines for `console/history.html`, the newest first; None for whoever may not read the log.

    What a line shows was masked by the audit area already: secrets, sealed values and contact details are never in it.
    """
    if not look.actor.has_everywhere(Permission.READ_AUDIT):
        return None
    return [_line(row) for row in queries.history_of(look.session, table, row_id, limit=limit, made_at=made_at)]


@blueprint.app_template_global("log_reports_of")
def log_reports_of(look: Look, device_id: str) -> list[Alarm]:
    """What a device reported of the log: heads that did not continue the one it holds, and what a restart cost."""
    return queries.alarms(look.session, device_id=device_id, limit=5) if look.actor.has_everywhere(Permission.READ_AUDIT) else []


def _line(row: TrailRow) -> dict[str, Any]:
    fields: dict[str, tuple[Any, Any]] = {}
    for change in row.changes:
        before, after = change.before or {}, change.after or {}
        fields.update({name: (before.get(name), after.get(name)) for name in {**before, **after} if name not in _INNER})
    said = row.said or {}
    why = next((said[name] for name in _REASONS if isinstance(said.get(name), str) and said[name]), None)
    return {"row": row, "fields": sorted(fields.items()), "why": why}
