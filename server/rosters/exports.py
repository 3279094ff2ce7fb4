"""A store's roster as a file: a line for each shift, or a table as it hangs on the wall. As the desk has it."""

from __future__ import annotations

from contract.messages import Language, say
from contract.roster_views import GridQuery, RosterExportQuery
from contract.rostering.sentences import clock
from contract.rosters import RosterCellRow
from server.kernel.db import ScopedSession
from server.kernel.spreadsheet import Cell, Duration, Sheet, csv_text, xlsx_bytes
from server.rosters.grid import grid

HEADS = ("day", "from", "to", "person", "number", "shift", "role", "hours", "status", "tasks", "comment")


def sheet_of(session: ScopedSession, asked: RosterExportQuery) -> tuple[Sheet, list[str]]:
    """The table and whom it names. Raises Problem for whoever does not read shifts there."""
    found = grid(session, GridQuery(store_id=asked.store_id, from_day=asked.from_day, to_day=asked.to_day))
    people = {one.person_id: one for one in found.people}
    cells = sorted(found.cells, key=lambda cell: (cell.day, _starts(cell), cell.person_id or "~", cell.id))
    rows: list[list[Cell]] = []
    for cell in cells:
        person = people.get(cell.person_id or "")
        name = person.name if person is not None else say(asked.language, "rosters.export.open")
        rows.append(
            [
                cell.day, _clocks(cell, "starts_min"), _clocks(cell, "ends_min"), name,
                person.number if person is not None else "", cell.name_zh if asked.language == "zh" else cell.name_en,
                cell.role or "", Duration(sum(one.work_min for one in cell.placed)),
                say(asked.language, f"rosters.export.state.{cell.state}"), "; ".join(cell.tasks), cell.comment or "",
            ]
        )  # fmt: skip
    title = f"{found.store_name} {asked.from_day}"
    return Sheet(title, heads(asked.language), rows), sorted({cell.person_id for cell in cells if cell.person_id is not None})


def table_of(session: ScopedSession, asked: RosterExportQuery) -> tuple[Sheet, list[str]]:
    """People down and days across, each field with the names of its shifts and their times where they are not the kind's own;
    open shifts in a line of theirs. Whoever may work there has a line, so that the table can be filled in."""
    found = grid(session, GridQuery(store_id=asked.store_id, from_day=asked.from_day, to_day=asked.to_day))
    days = [one.day for one in found.days]
    fields: dict[tuple[str, str], list[str]] = {}
    for cell in sorted(found.cells, key=lambda cell: (_starts(cell), cell.id)):
        if cell.state != "removed":
            fields.setdefault((cell.person_id or "", cell.day), []).append(_field(cell, asked.language))
    lines = [(one.person_id, one.number, one.name) for one in found.people]
    lines.append(("", "", say(asked.language, "rosters.export.open")))
    rows: list[list[Cell]] = [
        [number, name, *(" + ".join(fields.get((person_id, day), ())) for day in days)] for person_id, number, name in lines
    ]
    title = f"{found.store_name} {asked.from_day}"
    heading = [say(asked.language, f"rosters.export.{name}") for name in ("number", "person")]
    return Sheet(title, [*heading, *days], rows), sorted(one.person_id for one in found.people)


def _field(cell: RosterCellRow, language: Language) -> str:
    name = (cell.name_zh if language == "zh" else cell.name_en) or cell.template
    times = ", ".join(f"{clock(one.starts_min)}-{clock(one.ends_min)}" for one in cell.windows)
    return f"{name} {times}" if times else name


def heads(language: Language) -> list[str]:
    """The headings in a language."""
    return [say(language, f"rosters.export.{name}") for name in HEADS]


def _starts(cell: RosterCellRow) -> int:
    return cell.placed[0].starts_min if cell.placed else 0


def _clocks(cell: RosterCellRow, end: str) -> str:
    """Beginnings or ends by the clock; of a split shift each, by comma."""
    return ", ".join(clock(getattr(one, end)) for one in cell.placed)


def file_of(session: ScopedSession, asked: RosterExportQuery) -> tuple[bytes, str, list[str]]:
    """The file, its media type, and whom it names."""
    sheet, people = table_of(session, asked) if asked.layout == "table" else sheet_of(session, asked)
    if asked.format == "xlsx":
        return xlsx_bytes([sheet]), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", people
    return csv_text(sheet).encode("utf-8"), "text/csv; charset=utf-8", people
