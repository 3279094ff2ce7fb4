"""The store's roster on its shared tablet: a week of people and days, judged as one taps, with no signal; behind a PIN.

The rows are the desk's working copy as the server holds it; over them lies what was done here and is not answered yet. What a
shift would break is asked of the one judge with the rows of its person (roster_worker) before anything is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.people import PersonRow
from contract.postings import PostingRow
from contract.roster_demand import DemandRow
from contract.rostering.placing import place
from contract.rostering.rules import judge_line
from contract.rostering.shapes import Stay, Worker
from contract.rosters import (
    Publish,
    RemoveShift,
    RosterCellRow,
    RosterKitRow,
    RosterProfileRow,
    RosterWorkerRow,
    SetShift,
    TemplateOfDay,
)
from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.desk_roster_rows import DeskWeeks, month_of
from mobile.core.overlay import Laid
from mobile.core.parts import Parts
from mobile.core.roster_rows import CELL, KIT, PROFILE, WORKER, RosterRows, RuleSaid, in_words, judge_with, placed_of
from mobile.core.views import Refused
from mobile.core.views_desk_roster import (
    CellPage,
    CellView,
    Choice,
    LineView,
    RosterMonthView,
    RosterWeekView,
)
from mobile.core.views_hq import Both, OnItsWay

DEMAND = "roster_demand"
SET, GONE, PUBLISHED = "cell_set", "cell_gone", "roster_publish"
DAYS: Final = 7


class DeskRoster:
    """Every question and every act needs the PIN that opened the desk; acts are the manager's own, in the store's name."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self._acts, self._desk = acts, desk

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    # looking

    def week(self, first: str | None = None) -> RosterWeekView:
        """The week a day lies in; without one, this week."""
        known, monday = self._read(first)
        days = [(monday + timedelta(days=n)).isoformat() for n in range(DAYS)]
        said = {person: self._said(known, person, days) for person in known.workers}
        people = sorted(known.workers.values(), key=lambda row: row.worker.name)
        there = [row.person_id for row in people if known.is_here(row.person_id, days)]
        lines = [self._line(known, person, days, said.get(person, {})) for person in ["", *there]]
        shown = {cell.id for cell in known.cells if cell.day in days}  # what a pattern says, and other weeks, are not this grid's
        verdicts = {one for by_cell in said.values() for cell_id, some in by_cell.items() if cell_id in shown for one in some}
        return RosterWeekView(
            first=days[0], days=tuple(known.day(day) for day in days), lines=tuple(lines),
            drafts=sum(cell.state not in ("published", "confirmed") for cell in known.cells if cell.day in days),
            hard=sum(one.hard for one in verdicts), soft=sum(not one.hard for one in verdicts),
            publishing=self._publishing(days[0]), today=known.reader.when.day(known.reader.now_ms),
        )  # fmt: skip

    def month(self, day: str | None = None) -> RosterMonthView:
        """The calendar month a day lies in; without one, this month."""
        known, _ = self._read(day)
        return month_of(known, day or known.reader.when.day(known.reader.now_ms))

    def cell(self, person_id: str, day: str) -> CellPage:
        """A square: its shifts, and every kind of shift with what the rules would say of it."""
        known, _ = self._read(day)
        said = self._said(known, person_id, [day]) if person_id else {}
        cells = [self._view(known, cell, said) for cell in known.cells if (cell.person_id or "") == person_id and cell.day == day]
        choices = [self._choice(known, person_id, day, template) for template in known.kit.templates]
        order = {"": 0, "soft": 1, "hard": 2}
        return CellPage(
            day, person_id, known.worker(person_id).name if person_id else "", tuple(cells),
            tuple(sorted(choices, key=lambda one: order[one.level])),
        )  # fmt: skip

    # acts

    def put(self, person_id: str, day: str, template: str, *, override: str = "") -> str:
        """A shift of somebody (or open) on a day. Refused where the rules forbid it; answers its id."""
        known, _ = self._read(day)
        kind = next((one for one in known.kit.templates if one.code == template), None)
        if kind is None:
            raise Refused("shifts.template_unknown", template=template, day=day)
        choice = self._choice(known, person_id, day, kind)
        broken = next((one for one in choice.said if one.hard and not (one.overridable and override)), None)
        if broken is not None:
            raise Refused(f"rosters.breaks_{broken.rule}", said_zh=broken.sentence.zh, said_en=broken.sentence.en)
        act = SetShift(
            shift_id=new_id(), store_id=known.store_id, day=day, person_id=person_id or None, template=template,
            override=override or None, kiosk=KioskProof(pin=True),
        )  # fmt: skip
        self._keep(SET, act.shift_id, act)
        return act.shift_id

    def remove(self, shift_id: str) -> None:
        """A draft goes; what is published is marked and goes with the next publish."""
        cell = next((one for one in self._cells() if one.id == shift_id), None)
        if cell is None:
            raise Refused("rosters.cell_unknown")
        self._keep(GONE, shift_id, RemoveShift(shift_id=shift_id, based_on=cell.version, kiosk=KioskProof(pin=True)))

    def publish(self, first: str, *, override: str = "") -> None:
        """What is planned becomes what people work."""
        known, monday = self._read(first)
        last = (monday + timedelta(days=DAYS - 1)).isoformat()
        today = known.reader.when.day(known.reader.now_ms)
        act = Publish(
            publish_id=new_id(), store_id=known.store_id, from_day=max(monday.isoformat(), today), to_day=last,
            override=override or None, kiosk=KioskProof(pin=True),
        )  # fmt: skip
        self._keep(PUBLISHED, monday.isoformat(), act)

    def _keep(self, entity: str, pk: str, act: SetShift | RemoveShift | Publish) -> None:
        reader, manager = self._desk.reader()
        self._acts.may_act()
        self._acts.keep(
            act, manager.person_id, also=lambda op, _: self._parts.overlay.keep(op, entity, pk, reader.scope, act)
        )
        self._acts.ports.signals.kept()
        self._desk.stay_open()

    # reading

    def _read(self, day: str | None) -> tuple[DeskWeeks, date]:
        reader, _ = self._desk.reader()
        today = reader.when.day(reader.now_ms)
        on = date.fromisoformat(day or today)
        monday = on - timedelta(days=on.weekday())
        with self._parts.db.read():
            replica = self._parts.replica
            workers = {row.person_id: row for row in replica.all(WORKER, RosterWorkerRow, scope=reader.scope)}
            workers = {**self._posted(), **workers}
            kits = replica.all(KIT, RosterKitRow)
            profiles = replica.all(PROFILE, RosterProfileRow)
            store_id = self._parts.identity.need().store_id or ""
            profile_row = next((one for one in profiles if one.store_id == store_id), None)
            zone = profile_row.zone if profile_row is not None else "Asia/Shanghai"
            kit = kits[0] if kits else RosterKitRow(id="")
            cells, laid = self._with_overlay(kit, zone)
            names, opening = RosterRows(replica).store_names(), RosterRows(replica).opening()
            demand = tuple(row for row in replica.all(DEMAND, DemandRow) if row.store_id == store_id)
        return DeskWeeks(
            reader, store_id, zone, tuple(profile_row.versions) if profile_row is not None else (), tuple(cells), laid, workers,
            kit, names, demand, opening,
        ), monday  # fmt: skip

    def _posted(self) -> dict[str, RosterWorkerRow]:
        """Those posted here, by their posting alone: before a store's first roster nobody has sent what they are judged by."""
        store_id = self._parts.identity.need().store_id or ""
        names = {row.id: row.name for row in self._parts.replica.all("person", PersonRow) if row.active}
        found: dict[str, RosterWorkerRow] = {}
        for row in self._parts.replica.all("posting", PostingRow):
            if row.store_id == store_id and row.person_id in names:
                stay = Stay(store_id=store_id, from_day=row.starts_on, until=row.ends_on)
                worker = Worker(person_id=row.person_id, name=names[row.person_id], stays=[stay])
                found[row.person_id] = RosterWorkerRow(
                    id=row.person_id, person_id=row.person_id, from_day=row.starts_on, to_day=row.ends_on or "9999-12-31",
                    worker=worker,
                )  # fmt: skip
        return found

    def _cells(self) -> list[RosterCellRow]:
        return self._with_overlay(RosterKitRow(id=""), "Asia/Shanghai")[0]

    def _with_overlay(self, kit: RosterKitRow, zone: str) -> tuple[list[RosterCellRow], dict[str, OnItsWay]]:
        """The cells as the server holds them, and over them what was done here."""
        reader, _ = self._desk.reader()
        overlay = self._parts.overlay
        cells = {row.id: row for row in self._parts.replica.all(CELL, RosterCellRow, scope=reader.scope)}
        laid: dict[str, OnItsWay] = {}
        templates = {one.code: one for one in kit.templates}
        for pk, made in overlay.latest(SET, SetShift).items():
            if pk in cells:
                continue
            laid[pk] = overlay.on_its_way(made.entry, "plan")
            if made.counts:
                cells[pk] = _drafted(made, templates.get(made.row.template), zone)
        for pk, gone in overlay.latest(GONE, RemoveShift).items():
            there = cells.get(pk)
            if there is None or there.version != gone.row.based_on or not gone.counts:
                continue
            laid[pk] = overlay.on_its_way(gone.entry, "plan")
            if there.published_version is None:
                del cells[pk]
            else:
                cells[pk] = _removed(there)
        return sorted(cells.values(), key=lambda row: (row.day, row.placed[0].starts_ms if row.placed else 0, row.id)), laid

    def _publishing(self, first: str) -> OnItsWay | None:
        """A publish of this week that HQ has not answered, or has refused."""
        made = self._parts.overlay.latest(PUBLISHED, Publish).get(first)
        return self._parts.overlay.on_its_way(made.entry, "publish") if made is not None else None

    # the grid

    def _said(self, known: DeskWeeks, person_id: str, days: Sequence[str]) -> dict[str, tuple[RuleSaid, ...]]:
        """What the rules say of somebody's week, by shift."""
        line = known.line_of(person_id)
        verdicts = judge_line(known.worker(person_id), line, known.profile(days[0]), known.days(days[0], days[-1]))
        found: dict[str, list[RuleSaid]] = {}
        for one in verdicts:
            told = in_words(one, line, name=known.worker(person_id).name, stores=known.names)
            for shift in dict.fromkeys(i.partition("#")[0] for i in one.shifts):
                found.setdefault(shift, []).append(told)
        return {shift: tuple(some) for shift, some in found.items()}

    def _line(
        self, known: DeskWeeks, person_id: str, days: Sequence[str], said: dict[str, tuple[RuleSaid, ...]]
    ) -> LineView:
        mine = [cell for cell in known.cells if (cell.person_id or "") == person_id]
        squares = tuple(tuple(self._view(known, cell, said) for cell in mine if cell.day == day) for day in days)
        planned = sum(w.work_min for cell in mine if cell.day in days and cell.state != "removed" for w in cell.placed)
        worker = known.worker(person_id)
        away = tuple(known.away_on(person_id, day) for day in days) if person_id else ("",) * len(days)
        return LineView(person_id, worker.name if person_id else "", planned, squares, away)

    def _view(self, known: DeskWeeks, cell: RosterCellRow, said: dict[str, tuple[RuleSaid, ...]]) -> CellView:
        mine = said.get(cell.id, ())
        level = "hard" if any(one.hard for one in mine) else "soft" if mine else ""
        return CellView(
            shift_id=cell.id, person_id=cell.person_id or "", day=cell.day, name=Both(cell.name_zh, cell.name_en),
            times=tuple((w.starts_min, w.ends_min) for w in cell.placed), state=cell.state, version=cell.version, level=level,
            role=cell.role or "", locked=cell.locked, template=cell.template, on_its_way=known.laid.get(cell.id), said=mine,
        )  # fmt: skip

    def _choice(self, known: DeskWeeks, person_id: str, day: str, kind: TemplateOfDay) -> Choice:
        windows = place(day, known.zone, kind)
        name, times = Both(kind.name_zh, kind.name_en), tuple((w.starts_min, w.ends_min) for w in windows)
        if not person_id:
            return Choice(kind.code, name, times, ())
        row = RosterCellRow(
            id="wanted", store_id=known.store_id, day=day, person_id=person_id, template=kind.code, placed=windows,
            on_call=kind.kind == "on_call", version=1, state="draft",
        )  # fmt: skip
        line, change = known.line_of(person_id), placed_of(row, person_id, "draft")
        worker = known.worker(person_id)
        broken = judge_with(worker, line, change, (), known.profile(day), known.days(day))
        return Choice(
            kind.code, name, times,
            tuple(in_words(one, [*line, *change], name=worker.name, stores=known.names) for one in broken),
        )  # fmt: skip

def _drafted(made: Laid[SetShift], kind: TemplateOfDay | None, zone: str) -> RosterCellRow:
    """A shift that was put here and that the server has not answered."""
    act = made.row
    return RosterCellRow(
        id=act.shift_id, store_id=act.store_id, day=act.day, person_id=act.person_id, template=act.template,
        name_zh=kind.name_zh if kind is not None else "", name_en=kind.name_en if kind is not None else "",
        placed=place(act.day, zone, kind, act.windows), version=1, state="draft",
    )  # fmt: skip


def _removed(cell: RosterCellRow) -> RosterCellRow:
    return msgspec.structs.replace(cell, state="removed")
