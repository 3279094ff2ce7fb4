"""Cells and published shifts as devices and the API read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from contract.moments import to_ms
from contract.rosters import CellState, PlacedWindow, RosterCellRow, RosterShiftRow
from contract.shifts import Window
from server.rosters.placing import place
from server.rosters.rules import body_of
from server.shifts.rules.days import Catalogue

_WINDOWS, _PLACED = list[Window], list[PlacedWindow]


def cell_row(row: Any, catalogue: Catalogue, zone: str) -> RosterCellRow:
    """A cell with its windows ready-made by its store's clock."""
    template = catalogue.template(row.template, row.day)
    windows = msgspec.convert(row.windows, _WINDOWS)
    return RosterCellRow(
        id=row.id, store_id=row.store_id, day=row.day.isoformat(), person_id=row.person_id, template=row.template,
        name_zh=template.name_zh if template is not None else "", name_en=template.name_en if template is not None else "",
        windows=windows, placed=place(row.day.isoformat(), zone, template, windows),
        on_call=template is not None and template.kind == "on_call", role=row.role, tasks=row.tasks, comment=row.comment,
        locked=row.locked, version=row.version, state=cast(CellState, row.state), published_version=row.published_version,
        published=body_of(row.published) if row.state in ("changed", "removed") else None,
    )  # fmt: skip


def shift_row(
    row: Any, *, store_name: str = "", person_name: str = "", roles: Mapping[str, tuple[str, str]] | None = None
) -> RosterShiftRow:
    """A published shift with the names people know."""
    role_zh, role_en = (roles or {}).get(row.role or "", ("", ""))
    return RosterShiftRow(
        id=row.id, store_id=row.store_id, store_name=store_name, day=row.day.isoformat(), person_id=row.person_id,
        person_name=person_name, template=row.template, name_zh=row.name_zh, name_en=row.name_en,
        placed=msgspec.convert(row.placed, _PLACED), on_call=row.on_call, role=row.role, role_zh=role_zh, role_en=role_en,
        tasks=row.tasks, note=row.note, version=row.version, published_ms=to_ms(row.published_at),
        confirmed_ms=to_ms(row.confirmed_at) if row.confirmed_at is not None else None,
        offered_until_ms=to_ms(row.offered_until) if row.offered_until is not None else None,
    )  # fmt: skip
