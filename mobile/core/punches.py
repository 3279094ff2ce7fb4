"""A person's punches as this device knows them: the server's rows, and over them what was made here and is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contract.attendance import PunchRow
from contract.moments import COMPANY_ZONE, business_date, instant, to_ms
from contract.stores import StoreRow
from contract.sync import OpResult
from mobile.core.answers import answer_to
from mobile.core.identity import Identity
from mobile.core.journal import Entry, Journal
from mobile.core.local_db import LocalDb
from mobile.core.overlay import Overlay
from mobile.core.replica import Replica, read_row
from mobile.core.seals import OWN, ScopeKeys
from mobile.core.views import Preview, PunchLine, PunchState, Said

DEFAULT_TURN_MIN: Final = 300


@dataclass(frozen=True)
class StoreTime:
    """How a store counts its days."""

    zone: str = COMPANY_ZONE
    day_turns_at_min: int = DEFAULT_TURN_MIN

    def local(self, ms: int) -> datetime:
        return instant(ms).astimezone(ZoneInfo(self.zone))

    def hhmm(self, ms: int) -> str:
        return self.local(ms).strftime("%H:%M")

    def day(self, ms: int) -> str:
        return business_date(instant(ms), self.zone, day_turns_at_min=self.day_turns_at_min).isoformat()

    def midnight_ms(self, day: str, *, days: int = 0) -> int:
        """When a day of the calendar begins here, or the one so many days later."""
        begins = datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), ZoneInfo(self.zone))
        return to_ms(begins)


def time_of(store: StoreRow | None) -> StoreTime:
    """Unknown zones cannot come from our server, but a row must never stop a punch."""
    if store is None:
        return StoreTime()
    try:
        ZoneInfo(store.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return StoreTime(day_turns_at_min=store.day_turns_at_min)
    return StoreTime(store.zone, store.day_turns_at_min)


class Punches:
    def __init__(
        self, db: LocalDb, keys: ScopeKeys, identity: Identity, journal: Journal, replica: Replica, overlay: Overlay
    ) -> None:
        self._db, self._keys, self._identity = db, keys, identity
        self._journal, self._replica, self._overlay = journal, replica, overlay

    def keep(self, op: str, row: PunchRow) -> None:
        """Inside the write of its operation: how the punch looks until the server has spoken."""
        self._overlay.keep(op, "punch", row.id, f"person:{row.person_id}", row)

    def lines(self, person_id: str, limit: int = 50) -> tuple[PunchLine, ...]:
        """Newest first."""
        with self._db.read():
            rows = {row.id: row for row in self._replica.all("punch", PunchRow, scope=f"person:{person_id}")}
            ours = self._overlaid(f"person:{person_id}")
            merged = ours | rows
            ordered = sorted(merged.values(), key=lambda row: (_moment(row), row.id), reverse=True)[:limit]
            return tuple(self._line(row, from_server=row.id in rows) for row in ordered)

    def line(self, punch_id: str) -> PunchLine | None:
        with self._db.read():
            row = self._replica.get("punch", punch_id, PunchRow)
            if row is not None:
                return self._line(row, from_server=True)
            found = self._db.row("SELECT op, sealed FROM overlay WHERE entity = 'punch' AND pk = ?", (punch_id,))
            if found is None:
                return None
            kept = read_row(self._keys.unseal(OWN, f"{found[0]}|punch|{punch_id}", found[1]), PunchRow)
            return None if kept is None else self._line(kept, from_server=False)

    def row(self, punch_id: str) -> PunchRow | None:
        """The server's row of a punch, else what this device made."""
        row = self._replica.get("punch", punch_id, PunchRow)
        if row is not None:
            return row
        found = self._db.row("SELECT op, sealed FROM overlay WHERE entity = 'punch' AND pk = ?", (punch_id,))
        return None if found is None else read_row(self._keys.unseal(OWN, f"{found[0]}|punch|{punch_id}", found[1]), PunchRow)

    def _overlaid(self, owner: str) -> dict[str, PunchRow]:
        found = self._db.rows("SELECT op, pk, sealed FROM overlay WHERE entity = 'punch' AND owner = ?", (owner,))
        rows = (read_row(self._keys.unseal(OWN, f"{op}|punch|{pk}", sealed), PunchRow) for op, pk, sealed in found)
        return {row.id: row for row in rows if row is not None}

    def _line(self, row: PunchRow, *, from_server: bool) -> PunchLine:
        store = self._replica.get("store", row.store_id, StoreRow)
        when = time_of(store)
        entry = next(iter(self._journal.entries_of(row.id)), None)
        said = self._answer_to(entry)
        moment = _moment(row)
        reasons = tuple(_said(reason) for reason in row.reasons) if from_server else ()
        if said is not None and said.code is not None:
            reasons = (Said(said.code, dict(said.facts)), *reasons)
        return PunchLine(
            punch_id=row.id,
            store_id=row.store_id,
            store_name="" if store is None else store.name,
            kind=_kind(row.decided_kind or row.kind),
            taken_at_ms=moment,
            local_time=when.hhmm(moment),
            business_date=row.business_date,
            grade=_grade(row.grade) if from_server else None,
            state=self._state(entry, row),
            status=_status(entry, self._journal.with_hq, from_server=from_server),
            verdict=_verdict(row.verdict) if from_server else None,
            reasons=reasons,
            place=row.place,
            distance_m=row.distance_m,
            accuracy_m=row.accuracy_m,
            proof="kiosk_pin" if row.by_kiosk else "phone_code" if _has_code(row) else "phone",
            decided=row.state if row.decided_ms is not None or row.state in _DECIDED else None,
        )

    def _answer_to(self, entry: Entry | None) -> OpResult | None:
        if entry is None or entry.status not in ("rejected", "held", "parked"):
            return None
        return answer_to(self._replica, self._journal.device_id, entry)

    def _state(self, entry: Entry | None, row: PunchRow) -> PunchState:
        if entry is None:  # forgotten here, which happens only when backed up; or made by another device
            return "backed_up" if row.device_id in (None, self._identity.device_id) else "with_hq"
        if entry.seq <= min(self._journal.backed_up, self._journal.with_hq):
            return "backed_up"
        return "with_hq" if entry.seq <= self._journal.with_hq else "kept"


_DECIDED: Final = frozenset({"accepted", "corrected", "rejected"})


def kept_row(
    *,
    punch_id: str,
    person_id: str,
    store_id: str,
    kind: Literal["in", "out"],
    at_ms: int,
    when: StoreTime,
    preview: Preview,
    by_kiosk: bool,
    device_id: str,
    code_given: bool,
) -> PunchRow:
    """How a punch made just now looks before the server has seen it: its place and time by our own reckoning."""
    return PunchRow(
        id=punch_id,
        person_id=person_id,
        store_id=store_id,
        kind=kind,
        taken_ms=at_ms,
        low_ms=at_ms,
        high_ms=at_ms,
        grade="unverified",
        received_ms=at_ms,
        business_date=when.day(at_ms),
        place=preview.place,
        distance_m=preview.distance_m,
        accuracy_m=preview.accuracy_m,
        verdict=preview.verdict,
        score_db=0,
        reasons=[{"code": "client.code_given"}] if code_given else [],
        state="kept",
        by_kiosk=by_kiosk,
        device_id=device_id,
    )


def _moment(row: PunchRow) -> int:
    return row.taken_ms if row.decided_ms is None else row.decided_ms


def _status(entry: Entry | None, with_hq: int, *, from_server: bool) -> str:
    if entry is None or (from_server and entry.status is None):
        return "applied"
    if entry.status is not None:
        return entry.status
    return "received" if entry.seq <= with_hq else "kept"


def _has_code(row: PunchRow) -> bool:
    codes = {str(reason.get("code", "")) for reason in row.reasons}
    return bool(codes & {"evidence.code_fresh", "evidence.code_countersigned", "client.code_given"})


def _said(reason: dict[str, object]) -> Said:
    facts = reason.get("facts")
    return Said(str(reason.get("code", "")), dict(facts) if isinstance(facts, dict) else {})


def _kind(text: str) -> Literal["in", "out"]:
    return "out" if text == "out" else "in"


def _grade(text: str) -> Literal["exact", "bounded", "unverified"]:
    return cast('Literal["exact", "bounded", "unverified"]', text) if text in ("exact", "bounded") else "unverified"


def _verdict(text: str) -> Literal["green", "ask", "review"] | None:
    return cast('Literal["green", "ask", "review"]', text) if text in ("green", "ask", "review") else None
