"""Everything that is kept about one person, handed out: a ZIP with a JSON file, a page to read, the documents and the photos."""

from __future__ import annotations

import html
import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

from contract.ids import is_id
from contract.messages import Language, say
from contract.moments import to_ms
from server.archive import files
from server.archive.sealing import key_of
from server.kernel import sealed
from server.kernel.http import Outpost
from server.kernel.personal import PERSONAL, WITH_PHOTOS, rows_of

FORMAT = "outpost-own-data-1"


def own_data(found: Outpost, person_id: str, language: Language) -> bytes:
    """The ZIP: `data.json` (every row about the person, values opened), `index.html`, `documents/`, `photos/`."""
    with found.db.snapshot() as connection:
        rows = {name: part for name, part in rows_of(connection, person_id).items() if PERSONAL[name].told}
    key = key_of(found, person_id)
    tables = {name: [_plain(name, row, key, person_id) for row in part] for name, part in rows.items()}
    told = {"format": FORMAT, "made_ms": to_ms(found.clock()), "person_id": person_id, "tables": tables}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1))
        archive.writestr("index.html", _index(tables, language, found.settings.company))
        for row in rows.get("archive_document", []):
            kept = files.read(found.settings.data_dir, row.sha256)
            if kept is not None and key is not None:
                name = f"documents/{row.id}.{row.media.rpartition('/')[2]}"
                archive.writestr(name, sealed.unseal_file(key, person_id, row.id, kept))
        for sha256 in sorted({row.photo for name in WITH_PHOTOS for row in rows.get(name, []) if row.photo}):
            photo = found.settings.data_dir / "blobs" / sha256[:2] / sha256
            if photo.exists():
                archive.writestr(f"photos/{sha256}.jpg", photo.read_bytes())
    return out.getvalue()


def _plain(table: str, row: Any, key: bytes | None, person_id: str) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, value in row._mapping.items():
        if name in PERSONAL[table].secret:
            continue
        if name == "sealed" and key is not None:
            told.update({field: sealed.unseal(key, person_id, field, text) for field, text in value.items()})
        elif name != "sealed":
            told[name] = _json(value)
    return told


def _json(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def _index(tables: dict[str, list[dict[str, Any]]], language: Language, company: str) -> str:
    """The same as a page without scripts: a heading for each group, a table of its rows."""
    parts = []
    for name, rows in tables.items():
        title = say(language, f"own_data.{name}")
        title = name if title.startswith("own_data.") else title
        parts.append(f"<h2>{html.escape(title)} ({len(rows)})</h2>")
        if not rows:
            parts.append(f"<p>{html.escape(say(language, 'own_data.nothing'))}</p>")
            continue
        columns = [column for column in rows[0] if any(row.get(column) not in (None, "", [], {}) for row in rows)]
        head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_text(row.get(column)))}</td>" for column in columns) + "</tr>" for row in rows
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    title = html.escape(say(language, "own_data.title", company=company))
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title><style>'
        "body{font:15px/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;"
        f"padding:.2rem .5rem;text-align:left;vertical-align:top}}</style><h1>{title}</h1>{''.join(parts)}</html>"
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)[:8] + "…" if isinstance(value, str) and is_id(value) else str(value)
