"""My days as this phone knows them: what HQ computed, with its working, and what was made here and is not counted yet."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contract.corrections import CorrectionRow
from contract.day_state import state_now
from contract.hours import DayRow, DaySpan
from contract.shifts import DutyRow
from contract.stores import StoreRow
from mobile.core.appeals import AppealBook
from mobile.core.duties import DutyBook
from mobile.core.local_db import LocalDb
from mobile.core.punches import Punches, StoreTime, time_of
from mobile.core.replica import Replica
from mobile.core.requests import Reader, RequestBook, at
from mobile.core.views import PunchLine, Said
from mobile.core.views_hours import CorrectionLine, DayCard, DayPage, MonthPage, MonthSums, SpanLine
from mobile.core.views_hq import Both

MISSED_PUNCH: Final = "missed_punch"  # the kind of request that asks for a correction
OVERTIME: Final = "overtime"  # the kind of request that asks for overtime, also afterwards
PUNCHES_MOST: Final = 400
AMOUNTS: Final = (
    "due_min",
    "regular_min",
    "overtime_normal_min",
    "overtime_weekend_min",
    "overtime_holiday_min",
    "break_min",
    "not_counted_min",
    "late_min",
    "early_min",
    "missing_min",
    "forgiven_min",
    "rounded_min",
    "leave_min",
    "night_min",
    "on_call_min",
    "granted_min",
    "not_granted_min",
    "in_lieu_min",
)


@dataclass(frozen=True)
class _Known:
    """What this phone holds of the person's days, read in one go."""

    rows: dict[str, DayRow]
    duties: dict[str, DutyRow]
    fresh: dict[str, tuple[PunchLine, ...]]


class DayBook:
    """Reads in one go, so that no page mixes two states."""

    def __init__(
        self,
        db: LocalDb,
        replica: Replica,
        punches: Punches,
        duties: DutyBook,
        requests: RequestBook,
        appeals: AppealBook,
    ) -> None:
        self._db, self._replica, self._punches = db, replica, punches
        self._duties, self._requests, self._appeals = duties, requests, appeals

    def month(self, month: str, today: str, reader: Reader, weeks_due: int) -> MonthPage:
        """Every day of a month (YYYY-MM), and what those computed come to."""
        with self._db.read():
            known = self._known(reader)
            year, number = int(month[:4]), int(month[5:])
            last = calendar.monthrange(year, number)[1]
            days = tuple(self._card(date(year, number, n).isoformat(), known, reader) for n in range(1, last + 1))
            rows = [row for day, row in known.rows.items() if day.startswith(f"{month}-")]
        return MonthPage(month, today, days, _sums(rows), weeks_due)

    def day(self, day: str, reader: Reader) -> DayPage:
        """One day with its working; of a day nobody computed, what is planned and what was made here."""
        with self._db.read():
            known = self._known(reader)
            row = known.rows.get(day)
            ids = frozenset() if row is None else frozenset(counted(row))
            page = DayPage(
                card=self._card(day, known, reader),
                amounts=() if row is None else tuple((name, getattr(row, name)) for name in AMOUNTS if getattr(row, name)),
                spans=() if row is None else tuple(self._span(span, reader) for span in row.spans),
                steps=() if row is None else tuple(step_said(step.code, step.facts, reader.when) for step in row.steps),
                fresh=known.fresh.get(day, ()),
                corrections=self._corrections(day, reader),
                asked=tuple(card for kind in (MISSED_PUNCH, OVERTIME) for card in self._requests.about_day(kind, day, reader)),
                appeals=self._appeals.lines(reader, day=day, punch_ids=ids),
                silent_since=None if row is None else reader.at(row.silent_since_ms),
                rules="" if row is None else row.rules,
                rules_name=Both(row.rules_zh, row.rules_en) if row is not None and row.rules_zh else None,
                may_ask=not _is_final(row) and day <= reader.when.day(reader.now_ms) and self._may_ask(MISSED_PUNCH),
                may_ask_overtime=row is not None and not _is_final(row) and row.not_granted_min > 0 and self._may_ask(OVERTIME),
                may_appeal=row is not None,
            )
        return page

    def answers(self, day: str, reader: Reader) -> dict[str, str]:
        """What a form for a correction of that day begins with: what is missing, at the time it was due."""
        known = self._known(reader)
        row, duty = known.rows.get(day), known.duties.get(day)
        found = {"day": day}
        kind = _missing(row, {str(form.get("kind")) for form in self._requests.forms_about(MISSED_PUNCH, day, reader)})
        if kind:
            found["kind"] = kind
        if duty is not None and duty.windows and kind:
            ends = kind == "out"
            moment = max(w.ends_ms for w in duty.windows) if ends else min(w.starts_ms for w in duty.windows)
            found["time"] = reader.when.hhmm(moment)
        store = (row.store_id if row is not None else None) or next(
            (window.store_id for window in (duty.windows if duty is not None else ()) if window.store_id), None
        )
        if store:
            found["store"] = store
        return found

    def overtime_answers(self, day: str, reader: Reader) -> dict[str, str | int]:
        """What a form for overtime of that day begins with: what was worked and not granted."""
        row = self._known(reader).rows.get(day)
        return {"day": day} if row is None or not row.not_granted_min else {"day": day, "minutes": row.not_granted_min}

    def _may_ask(self, kind: str) -> bool:
        flow = self._requests.flow(kind)
        return flow is not None and flow.from_phone and not flow.retired

    def _known(self, reader: Reader) -> _Known:
        rows = {row.day: row for row in self._replica.all("day", DayRow, scope=reader.scope)}
        fresh: dict[str, tuple[PunchLine, ...]] = {}
        for line in self._punches.lines(reader.person_id, PUNCHES_MOST):
            row = rows.get(line.business_date)
            refused = line.status == "rejected" or line.decided == "rejected"
            if not refused and (row is None or line.punch_id not in counted(row)):
                fresh[line.business_date] = (line, *fresh.get(line.business_date, ()))
        return _Known(rows, self._duties.rows(reader.person_id), fresh)

    def _card(self, day: str, known: _Known, reader: Reader) -> DayCard:
        row, duty = known.rows.get(day), self._duties.card(known.duties.get(day), reader.when)
        fresh = len(known.fresh.get(day, ()))
        holiday, begun = _holiday(row, known.duties.get(day)), _has_begun(known.duties.get(day), reader)
        awaited = begun and not fresh and (row is None or row.state == "not_due") and day == reader.when.day(reader.now_ms)
        if row is None:
            return DayCard(day, None, fresh=fresh, duty=duty, holiday=holiday, awaited=awaited)
        state = None if begun and row.state == "not_due" else row.state  # true when HQ said it, and no longer
        return DayCard(day, state, tuple(row.flags), row.worked_min, row.due_min, fresh, duty, holiday, awaited)

    def _span(self, span: DaySpan, reader: Reader) -> SpanLine:
        store = self._replica.get("store", span.store_id, StoreRow)
        when = reader.when if store is None else time_of(store)
        return SpanLine(
            starts=at(span.in_ms, when),
            ends=None if span.out_ms is None else at(span.out_ms, when),
            store_name="" if store is None else store.name,
            minutes=span.minutes,
            assumed=span.assumed,
            starts_by=self._source(span.in_id),
            ends_by=self._source(span.out_id),
        )

    def _source(self, fact_id: str | None) -> Said | None:
        """What says so: a punch of the phone or of a tablet, or a correction and whose."""
        if fact_id is None:
            return None
        line = self._punches.line(fact_id)
        if line is not None:
            return Said(f"day_page.by_{line.proof}", {})
        row = self._replica.get("correction", fact_id, CorrectionRow)
        return None if row is None else Said(f"day_page.by_{row.source}", {"who": row.made_by_name or ""})

    def _corrections(self, day: str, reader: Reader) -> tuple[CorrectionLine, ...]:
        rows = [row for row in self._replica.all("correction", CorrectionRow) if row.person_id == reader.person_id]
        mine = sorted({row.id: row for row in rows if row.business_date == day}.values(), key=lambda row: (row.at_ms, row.id))
        return tuple(
            CorrectionLine(
                row.id,
                row.kind,
                at(row.at_ms, reader.when),
                row.source,
                row.made_by_name or "",
                row.reason,
                row.withdrawn_ms is not None,
            )
            for row in mine
        )


def counted(row: DayRow) -> set[str]:
    """The punches and corrections a day was made of."""
    found = {one for span in row.spans for one in (span.in_id, span.out_id) if one is not None}
    return found | {str(step.facts["punch_id"]) for step in row.steps if "punch_id" in step.facts}


def step_said(code: str, facts: Mapping[str, Any], when: StoreTime) -> Said:
    """A line of the working; instants as the clock on the wall showed them."""
    told = {name: when.hhmm(value) if name.endswith("_ms") and isinstance(value, int) else value for name, value in facts.items()}
    return Said(f"hours.step.{code}", told)


def _holiday(row: DayRow | None, duty: DutyRow | None) -> Both | None:
    """What the calendar calls a day on which nobody works: by its working, else by what was planned for it. The days around a
    public holiday have its name too; plain weekends have none."""
    told: Mapping[str, Any] = {}
    if row is not None:
        told = next((step.facts for step in row.steps if step.code in ("day_holiday", "day_weekend")), told)
    elif duty is not None and duty.day_kind != "working":
        told = {"holiday_zh": duty.holiday_zh, "holiday_en": duty.holiday_en}
    name = Both(str(told.get("holiday_zh", "")), str(told.get("holiday_en", "")))
    return name if name.zh or name.en else None


def _has_begun(duty: DutyRow | None, reader: Reader) -> bool:
    """Whether somebody is due by now."""
    return duty is not None and state_now(duty, now_ms=reader.now_ms).word in ("not_in_yet", "late", "absent")


def _missing(row: DayRow | None, asked: set[str]) -> str:
    """What there was no punch for and nobody asked for yet: "in", "out", or nothing that this phone could tell."""
    if row is None:
        return ""
    lacks = ["in"] if "missing_in" in row.flags else []
    if {"left_open", "assumed_out"} & set(row.flags):
        lacks.append("out")
    if row.state == "absent":
        lacks = ["in", "out"]
    return next((kind for kind in lacks if kind not in asked), "")


def _sums(rows: list[DayRow]) -> MonthSums:
    return MonthSums(
        days_worked=sum(row.worked_min > 0 for row in rows),
        worked_min=sum(row.worked_min for row in rows),
        overtime_min=sum(row.overtime_normal_min + row.overtime_weekend_min + row.overtime_holiday_min for row in rows),
        late=sum(row.late_min > 0 for row in rows),
        early=sum(row.early_min > 0 for row in rows),
        absent=sum(row.state == "absent" for row in rows),
        leave_min=sum(row.leave_min for row in rows),
        final=sum(_is_final(row) for row in rows),
    )


def _is_final(row: DayRow | None) -> bool:
    """Whether the day's month is closed: HQ takes no more word on it."""
    return row is not None and "locked" in row.flags
