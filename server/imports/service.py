"""Importing a list of stores: every row that can be a store becomes an operation, through the same door as everything else.

A second run of the same list changes nothing; a row that differs changes its store; a fence that somebody drew on the map
since is left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from contract import wire
from contract.ids import derived_id
from contract.imports import MAX_ERRORS_SHOWN, ImportReport, ImportWarning, RowError, StoreListTerms
from contract.messages import Language, say
from contract.stores import AddPartner, ChangeStore, FenceShape, OpenStore, RedrawFence
from server.imports.noting import note_errors
from server.imports.sheets import read_sheet
from server.imports.store_rows import COLUMNS, REQUIRED, ListedStore, Warned, listed_stores, partner_id_of
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import Outcome, perform_many, reading
from server.stores import queries, rules
from server.stores.model import FenceVersion, Partner, Store

AT_ONCE = 200


@dataclass(frozen=True)
class Server:
    """What an import needs of the server it works on. `run_id` makes the operations of one run: the same run again, sent
    twice by a nervous hand, is the same operations."""

    db: Database
    actor: Actor
    now: datetime
    secret: bytes
    run_id: str


@dataclass(frozen=True)
class Planned:
    """What one row asks for: nothing when the store is as the list says."""

    listed: ListedStore
    kind: str
    operations: tuple[wire.Wire, ...]
    warnings: tuple[Warned, ...]


def import_stores(
    server: Server, raw: bytes, terms: StoreListTerms, *, language: Language, progress: Callable[[int, int], None] | None = None
) -> ImportReport:
    """Take a list of stores, or with `dry_run` only say what would become of it. Raises Problem when it is no list at all."""
    server.actor.must(Permission.IMPORT)
    sheet = read_sheet(raw, COLUMNS, REQUIRED)
    good, bad = listed_stores(sheet, terms)
    planned = list(_plan(server, good))
    errors = [
        _row_error(row.number, sheet.columns, refused.column, refused.code, refused.facts, language) for row, refused in bad
    ]
    kinds = Counter(plan.kind for plan in planned)
    if not terms.dry_run:
        _add_partners(server, planned)
        for plan, outcome in _performed(server, planned, progress):
            if outcome.status != "applied":
                kinds[plan.kind] -= 1
                code = outcome.code or "operation.failed_here"
                errors.append(_row_error(plan.listed.row, sheet.columns, outcome.field or "", code, outcome.facts, language))
        note_errors(server.db, "stores", raw, rows=len(sheet.rows), errors=len(errors), now=server.now, secret=server.secret)
    errors.sort(key=lambda error: error.row)
    return ImportReport(
        dry_run=terms.dry_run,
        encoding=sheet.encoding,
        rows=len(sheet.rows),
        new=kinds["new"],
        changed=kinds["changed"],
        same=kinds["same"],
        bad=len(sheet.rows) - kinds["new"] - kinds["changed"] - kinds["same"],
        errors=errors[:MAX_ERRORS_SHOWN],
        warnings=_warnings(planned, language),
    )


def _plan(server: Server, good: list[ListedStore]) -> Iterator[Planned]:
    with reading(server.db, server.actor) as session:
        known = queries.stores_by_number(session, [listed.store.number for listed in good])
        partners = {partner.name: partner.id for partner in session.scalars(sa.select(Partner))}
        drawn = _fences_entered(session, list(known.values()))
    for listed in good:
        partner_id = partners.get(listed.partner, listed.store.partner_id)
        store = known.get(listed.store.number)
        if store is None:
            opened = wire.convert({**wire.plain(listed.store), "partner_id": partner_id}, OpenStore)
            yield Planned(listed, "new", (opened,), listed.warnings)
            continue
        operations, kept_fence = _changes(store, listed, drawn.get(store.id, []))
        warnings = (*listed.warnings, Warned("stores.fence_kept")) if kept_fence else listed.warnings
        yield Planned(listed, "changed" if operations else "same", tuple(operations), warnings)


def _fences_entered(session: ScopedSession, stores: list[Store]) -> dict[str, list[dict[str, Any]]]:
    """What was entered for every fence of these stores, the latest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    ids = [store.id for store in stores]
    for start in range(0, len(ids), 500):
        asked = (
            sa.select(FenceVersion.store_id, FenceVersion.entered)
            .where(FenceVersion.store_id.in_(ids[start : start + 500]))
            .order_by(FenceVersion.valid_from.desc())
        )
        for store_id, entered in session.execute(asked):
            found.setdefault(store_id, []).append(entered)
    return found


def _changes(store: Store, listed: ListedStore, entered: list[dict[str, Any]]) -> tuple[list[wire.Wire], bool]:
    """The operations that make the store what the list says, and whether a fence drawn by hand was left alone."""
    wanted = listed.store
    fields = {
        name: value
        for name, value in (
            ("name", rules.tidy(wanted.name)),
            ("zone", wanted.zone),
            ("day_turns_at_min", wanted.day_turns_at_min),
            ("city", rules.tidy(wanted.city)),
            ("address", rules.tidy(wanted.address)),
        )
        if getattr(store, name) != value
    }
    operations: list[wire.Wire] = []
    if fields:
        operations.append(wire.convert({"store_id": store.id, **fields}, ChangeStore))
    shape = _entered_as(wanted.fence)
    if shape in entered:
        return operations, False
    if entered and "exact_to_m" not in entered[0]:  # the one in force was drawn on a map
        return operations, True
    operations.append(RedrawFence(store_id=store.id, fence=wanted.fence))
    return operations, False


def _entered_as(shape: FenceShape) -> dict[str, Any]:
    return {key: value for key, value in wire.plain(shape).items() if value is not None}


def _add_partners(server: Server, planned: list[Planned]) -> None:
    opening = (operation for plan in planned for operation in plan.operations)
    wanted = {operation.partner_id for operation in opening if isinstance(operation, OpenStore)}
    names = {plan.listed.partner for plan in planned if partner_id_of(plan.listed.partner) in wanted}
    asked: list[tuple[str, wire.Wire]] = [
        (derived_id("import", server.run_id, "partner", name), AddPartner(partner_id=partner_id_of(name), name=name))
        for name in sorted(names)
    ]
    if asked:
        perform_many(server.db, server.actor, asked, now=server.now, secret=server.secret)


def _performed(
    server: Server, planned: list[Planned], progress: Callable[[int, int], None] | None
) -> Iterator[tuple[Planned, Outcome]]:
    """Each row with how it ended: the first of its operations that was refused, else the last."""
    busy = iter([plan for plan in planned if plan.operations])
    total, done = sum(1 for plan in planned if plan.operations), 0
    while some := list(islice(busy, AT_ONCE)):
        asked = [
            (derived_id("import", server.run_id, str(n), plan.listed.store.number), operation)
            for plan in some
            for n, operation in enumerate(plan.operations)
        ]
        outcomes = iter(perform_many(server.db, server.actor, asked, now=server.now, secret=server.secret))
        for plan in some:
            ended = list(islice(outcomes, len(plan.operations)))
            yield plan, next((outcome for outcome in ended if outcome.status != "applied"), ended[-1])
        done += len(some)
        if progress is not None:
            progress(done, total)


def _row_error(row: int, columns: dict[str, str], column: str, code: str, facts: dict[str, Any], language: Language) -> RowError:
    said = columns.get(column, column)
    sentence = say(language, code, **{**facts, "field": said})
    return RowError(row=row, column=said, code=code, facts=facts, message=sentence)


def _warnings(planned: list[Planned], language: Language) -> list[ImportWarning]:
    first: dict[str, tuple[int, Warned]] = {}
    counted: Counter[str] = Counter()
    for plan in planned:
        for warned in plan.warnings:
            counted[warned.code] += 1
            first.setdefault(warned.code, (plan.listed.row, warned))
    return [
        ImportWarning(
            code=code,
            rows=counted[code],
            first_row=row,
            facts=warned.facts,
            message=say(language, code, **warned.facts),
        )
        for code, (row, warned) in first.items()
    ]
