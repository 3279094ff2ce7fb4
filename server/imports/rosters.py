"""Importing a roster: one operation for the whole file, or none where something of it cannot be and may not be left out.

A trial compares and judges as the run does and names each change beforehand. Who planned something else meanwhile is not written
over: a run that somebody looked at says which draft they saw.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from contract.ids import derived_id
from contract.imports import MAX_ERRORS_SHOWN, ColumnMeant, ImportWarning, RowError
from contract.messages import Language, say
from contract.opening import said_hours
from contract.roster_files import (
    MOST_CHANGES_SHOWN,
    FiledChange,
    RosterFileReport,
    RosterFileTerms,
    Says,
    TakeRosterFile,
)
from contract.rosters import MOST_SHIFTS
from server.imports.columns import named
from server.imports.roster_lines import DAY_OF, MEANINGS, SAYS, Filed, Known, heading_day, read_row, spoken_of, words_of
from server.imports.rules import columns_meant, plain_heading
from server.imports.service import Server
from server.imports.sheets import RawTable, Sheet, read_table, sheet_of
from server.imports.value_lines import Refused
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.rosters.cells import Wanted
from server.rosters.desk import must_be_day, must_be_store
from server.rosters.filed import Compared, PersonDay, compare
from server.rosters.gathering import gather
from server.rosters.model import RosterCell
from server.rosters.people_model import Skill
from server.rosters.verdicts import sentence
from server.shifts.planner import load_catalogue
from server.stores.model import Store

MOST_ROWS = 5_000
_TITLES = 5  # lines above a heading
_PIECE = 500  # a database takes only so many texts at once


@dataclass
class _Read:
    """What the lines of a file come to."""

    sheet: Sheet
    meant: dict[str, str]
    filed: list[Filed] = field(default_factory=list)
    errors: list[tuple[int, str, str, dict[str, object]]] = field(default_factory=list)  # row, column, code, facts

    def heading(self, column: str) -> str:
        return self.meant.get(column, column)

    def says(self) -> list[Says]:
        return [word for name, word in SAYS.items() if name in self.meant]


def import_roster(server: Server, raw: bytes, terms: RosterFileTerms, *, language: Language) -> RosterFileReport:
    """Take a roster, or with `dry_run` only say what would become of it. Raises Problem where it is none, or where nothing of it
    can be read; for whoever does not plan the store it is as if there were none."""
    server.actor.must(Permission.PLAN_SHIFTS)
    plans = Permission.PLAN_SHIFTS
    if not server.actor.has_everywhere(plans) and terms.store_id not in server.actor.stores_for(plans):
        raise Problem("access.out_of_scope", kind="roster_cell")
    table = read_table(raw, workbooks=True)
    if len(table.records) > MOST_ROWS:
        raise Problem("imports.too_many_rows", field="file", limit=MOST_ROWS)
    with reading(server.db, server.actor) as session:
        store = must_be_store(session, terms.store_id)
        near = must_be_day(terms.from_day, "from_day") if terms.from_day is not None else company_day(server.now)
        read = _read(session, store, table, near)
        if not read.filed:
            if read.errors:
                return _nothing(read, terms, language)
            raise Problem("imports.no_shifts", field="file")
        if len(read.filed) > MOST_SHIFTS:
            raise Problem("rosters.too_many_shifts", field="file", most=MOST_SHIFTS)
        op = TakeRosterFile(
            store_id=store.id, shifts=[one.shift for one in read.filed], says=read.says(), leave_out_broken=terms.leave_out_bad,
            override=terms.override, seen=terms.seen, file=terms.file, sha256=hashlib.sha256(raw).hexdigest(),
        )  # fmt: skip
        op_id = derived_id("import", server.run_id, "op")
        found = compare(session, op, server.now, op_id)
        errors = [_error(one, read, language) for one in read.errors]
        errors += [one for day in found.left_out() for one in _left_out(server, day, found, read, language)]
        changes = _changes(found, language)
    bad = len(read.errors) + len(found.left_out())
    if terms.seen is not None and terms.seen != found.seen:
        raise Problem("rosters.draft_moved", field="file")
    taking = not terms.dry_run and (terms.leave_out_bad or not bad) and bool(found.taken())
    if taking:
        outcome = perform(server.db, server.actor, op, op_id=op_id, now=server.now, secret=server.secret)
        if outcome.status != "applied":
            raise Problem(outcome.code or "operation.failed_here", **outcome.facts)
    return _report(read, found, terms, errors, changes, bad, taking, language)


def _report(
    read: _Read, found: Compared, terms: RosterFileTerms, errors: list[RowError], changes: list[FiledChange], bad: int,
    taken: bool, language: Language,
) -> RosterFileReport:  # fmt: skip
    counted, warnings = found.counted(), []
    near = [one.row for one in read.filed if one.nearest]
    if near:
        warnings.append(ImportWarning(
            code="imports.kind_by_times", rows=len(near), first_row=min(near), message=say(language, "imports.kind_by_times")
        ))  # fmt: skip
    if bad and not terms.dry_run:
        code = "imports.left_out" if terms.leave_out_bad else "imports.nothing_taken"
        first = min((one.row for one in errors), default=1)
        warnings.append(ImportWarning(code=code, rows=bad, first_row=first, message=say(language, code)))
    errors.sort(key=lambda one: one.row)
    return RosterFileReport(
        dry_run=terms.dry_run, taken=taken, encoding=read.sheet.encoding, rows=len(read.sheet.rows),
        from_day=min(one.shift.day for one in read.filed), to_day=max(one.shift.day for one in read.filed),
        people=len({one.shift.person_id for one in read.filed} - {None}), new=counted["new"], changed=counted["changed"],
        gone=counted["gone"], same=counted["same"], bad=bad, errors=errors[:MAX_ERRORS_SHOWN], warnings=warnings,
        changes=changes[:MOST_CHANGES_SHOWN], seen=found.seen,
        columns=[ColumnMeant(heading=heading, meaning=meaning) for meaning, heading in read.meant.items()],
    )  # fmt: skip


def _nothing(read: _Read, terms: RosterFileTerms, language: Language) -> RosterFileReport:
    """The report of a file of which no line can be read."""
    errors = sorted((_error(one, read, language) for one in read.errors), key=lambda one: one.row)
    return RosterFileReport(
        dry_run=terms.dry_run, taken=False, encoding=read.sheet.encoding, rows=len(read.sheet.rows), from_day="", to_day="",
        people=0, new=0, changed=0, gone=0, same=0, bad=len(read.errors), errors=errors[:MAX_ERRORS_SHOWN], warnings=[],
        changes=[], seen="", columns=[ColumnMeant(heading=heading, meaning=meaning) for meaning, heading in read.meant.items()],
    )  # fmt: skip


def _read(session: ScopedSession, store: Store, table: RawTable, near: date) -> _Read:
    table = _below_title(table)
    headings = named(table.heading)
    meant = columns_meant(headings, MEANINGS)
    days = {heading: heading_day(heading, near) for heading in headings if heading not in meant.values()}
    across = {DAY_OF + day.isoformat(): heading for heading, day in days.items() if day is not None}
    if "day" in meant:
        across = {}
    if across and len(across) < sum(day is not None for day in days.values()):
        raise Problem("imports.day_twice", field="file")
    if across:
        meant = {name: said for name, said in meant.items() if name in ("number", "person", "store")} | across
    if not {"number", "person"} & meant.keys():
        raise Problem("imports.columns_missing", field="file", columns=f"{MEANINGS['number'][0]} / {MEANINGS['number'][1]}")
    if not across and not ("day" in meant and ("shift" in meant or {"from", "to"} <= meant.keys())):
        wanted = ("day", "shift")
        raise Problem("imports.columns_missing", field="file", columns=", ".join(" / ".join(MEANINGS[one][:2]) for one in wanted))
    read = _Read(sheet_of(table, headings, meant), meant)
    known = _known(session, store, read.sheet, near)
    first_row: dict[tuple[str, str], int] = {}
    unread: dict[tuple[str, str | None], int] = {}
    for row in read.sheet.rows:
        filed, wrong = read_row(row, known, near)
        for one in filed:
            key = one.shift.person_id or "", one.shift.day
            other = first_row.setdefault(key, row.number)
            if across and other != row.number and one.shift.person_id is not None:
                wrong.append(Refused("imports.person_twice", one.column, first_row=other))
        read.errors += [(row.number, one.column, one.code, dict(one.facts)) for one in wrong]
        read.filed += [one for one in filed if not any(said.column == one.column for said in wrong)]
        if wrong and not across:
            for of in spoken_of(row, known, near):
                unread.setdefault(of, row.number)
    _leave_half_days(read, unread)
    return read


def _leave_half_days(read: _Read, unread: Mapping[tuple[str, str | None], int]) -> None:
    """Lines of a day of which another line cannot be read go with it: what a file says of a day counts as all of the day, and
    half of it would take the other shift away. `unread`: the first such line, by person and day, or by person where a line's day
    cannot be read."""
    whole = []
    for one in read.filed:
        person_id = one.shift.person_id or ""
        other = unread.get((person_id, one.shift.day), unread.get((person_id, None)))
        if other is None:
            whole.append(one)
        else:
            read.errors.append((one.row, "day", "imports.half_a_day", {"other_row": other}))
    read.filed = whole


def _below_title(table: RawTable) -> RawTable:
    """The table without lines above its heading: most stores write whose roster it is on top."""
    rows = [(1, table.heading), *table.records[:_TITLES]]
    for at, (_, cells) in enumerate(rows):
        if {"number", "person"} & columns_meant([cell.strip() for cell in cells], MEANINGS).keys():
            return RawTable(table.encoding, [cell.strip() for cell in cells], table.records[at:])
    return table


def _known(session: ScopedSession, store: Store, sheet: Sheet, near: date) -> Known:
    """Whom and what the lines may name. Of people with one name those of the store come first."""
    g = gather(session, [store.id], near, near)
    known = Known(frozenset((store.number, store.name)), load_catalogue(session))
    known.templates = words_of(known.catalogue)
    for code, zh, en in session.execute(sa.select(Skill.code, Skill.name_zh, Skill.name_en)):
        known.roles |= {plain_heading(zh): code, plain_heading(en): code, plain_heading(code): code}
    here: dict[str, list[str]] = {}
    for person_id, worker in g.workers.items():
        known.people[g.numbers.get(person_id, "")] = person_id, worker.name
        here.setdefault(worker.name, []).append(person_id)
    for column, name in ((Person.number, "number"), (Person.name, "person")):
        said = sorted({row.values[name] for row in sheet.rows if row.values.get(name)})
        for start in range(0, len(said), _PIECE):
            asked = sa.select(Person.id, Person.number, Person.name).where(column.in_(said[start : start + _PIECE]))
            for person_id, number, called in session.execute(asked.order_by(Person.id)):
                known.people.setdefault(number, (person_id, called))
                if name == "person":
                    known.named.setdefault(called, []).append(person_id)
    known.named |= here
    return known


def _error(one: tuple[int, str, str, dict[str, object]], read: _Read, language: Language) -> RowError:
    row, column, code, facts = one
    said = read.heading(column)
    return RowError(row=row, column=said, code=code, facts=facts, message=say(language, code, **{**facts, "field": said}))


def _left_out(server: Server, day: PersonDay, found: Compared, read: _Read, language: Language) -> list[RowError]:
    """Why somebody's day stays as it was: in the words in which the grid, a claim and the API refuse it."""
    first = read.filed[day.at[0]]
    column = read.heading(first.column)
    if day.refused is not None:
        facts = {name: value for name, value in day.refused.facts.items() if name not in ("field", "code")}
        message = say(language, day.refused.code, **{**facts, "field": column})
        return [RowError(row=first.row, column=column, code=day.refused.code, facts=facts, message=message)]
    told = sentence(language, server.actor, found.facts, day.broken[0], day.placed())
    verdict = day.broken[0]
    overridable = all(one.overridable for one in day.broken)
    facts = {"rule": verdict.rule, "person_id": verdict.person_id, "day": verdict.day, "overridable": overridable}
    return [RowError(row=first.row, column=column, code=f"rosters.breaks_{verdict.rule}", facts=facts, message=told.sentence)]


def _changes(found: Compared, language: Language) -> list[FiledChange]:
    changes: list[FiledChange] = []
    for one in found.taken():
        worker = found.facts.workers.get(one.person_id or "")
        who = worker.name if worker is not None else say(language, "rosters.export.open")
        day = one.day.isoformat()
        for cell, _, want in one.turned:
            becomes = _of_want(want, language)
            changes.append(FiledChange(day=day, who=who, was=_of_cell(found, cell, language), becomes=becomes, kind="changed"))
        changes += [FiledChange(day=day, who=who, becomes=_of_want(want, language), kind="new") for _, want in one.fresh]
        changes += [FiledChange(day=day, who=who, was=_of_cell(found, cell, language), kind="gone") for cell in one.gone]
    return changes


def _of_want(want: Wanted, language: Language) -> str:
    name = want.template.name_zh if language == "zh" else want.template.name_en
    hours = [(one.starts_min, one.ends_min) for one in want.windows or want.template.windows]
    return f"{name} {said_hours(hours)}"


def _of_cell(found: Compared, cell: RosterCell, language: Language) -> str:
    template = found.facts.catalogue.template(cell.template, cell.day)
    name = cell.template if template is None else template.name_zh if language == "zh" else template.name_en
    hours = [(one.starts_min, one.ends_min) for one in found.facts.windows_of(cell)]
    return f"{name} {said_hours(hours)}"
