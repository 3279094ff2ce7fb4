"""What the start pages show: the phone's day, the tablet's floor. Read in one go, so that no page mixes two states."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from contract.people import PersonRow
from contract.postings import PostingRow
from contract.stores import StoreRow
from contract.sync import Enrolled
from mobile.core.local_db import LocalDb
from mobile.core.now import Here, NowBook
from mobile.core.pins import Pins
from mobile.core.punches import Punches, StoreTime, time_of
from mobile.core.replica import Replica
from mobile.core.views import Floor, FloorPerson, PostingCard, PunchLine, StoreCard, Today

OPEN_MOST_MS: Final = 16 * 3600 * 1000  # an interval open longer than this is a forgotten "out", not a shift


class Pages:
    def __init__(self, db: LocalDb, replica: Replica, punches: Punches, pins: Pins, now: NowBook) -> None:
        self._db, self._replica, self._punches, self._pins, self._now = db, replica, punches, pins, now

    def postings(self, person_id: str, now_ms: int) -> tuple[PostingRow | None, PostingRow | None]:
        """(where the person works now, where next)."""
        rows = sorted(
            (row for row in self._replica.all("posting", PostingRow) if row.person_id == person_id),
            key=lambda row: (row.starts_ms, row.id),
        )
        now = [row for row in rows if row.starts_ms <= now_ms and (row.ends_ms is None or now_ms < row.ends_ms)]
        later = [row for row in rows if row.starts_ms > now_ms]
        return (now[-1] if now else None), (later[0] if later else None)

    def punches_at(self, person_id: str, now_ms: int) -> str | None:
        """The store a punch belongs to: of the posting now, else of the one nearest in time. A posting that HQ has not
        prolonged yet is no reason to refuse somebody who stands in the store; what it is worth is another question."""
        rows = [row for row in self._replica.all("posting", PostingRow) if row.person_id == person_id]
        now, _ = self.postings(person_id, now_ms)
        if now is not None or not rows:
            return None if now is None else now.store_id
        return min(rows, key=lambda row: min(abs(row.starts_ms - now_ms), abs((row.ends_ms or now_ms) - now_ms))).store_id

    def today(self, who: Enrolled, now_ms: int, *, locked: bool) -> Today:
        """Past the lease only what the person made here is shown, and the big button still works."""
        person_id = who.person_id or ""
        with self._db.read():
            now, later = self.postings(person_id, now_ms)
            lines = self._punches.lines(person_id, 50)
            store_id = self.punches_at(person_id, now_ms)
            store = None if store_id is None else self._replica.get("store", store_id, StoreRow)
            when = time_of(store)
            day = when.day(now_ms)
            shown = tuple(
                line
                for line in lines
                if (line.business_date == day or line is open_interval(lines, now_ms))
                and not (locked and line.verdict is not None)
            )
            return Today(
                person_name=who.person_name or "",
                posting=None if now is None or locked else self._posting_card(now),
                next_posting=None if later is None or locked else self._posting_card(later),
                store_id=store_id,
                proposed=self._now.action(person_id, now_ms).kind,
                punches=shown,
                locked=locked,
                zone=when.zone,
            )

    def floor(self, who: Enrolled, now_ms: int, *, locked: bool, heard_ms: int) -> Floor:
        """Past the lease the names stay, so that nobody is kept from punching; everything else about people goes."""
        store_id = who.store_id or ""
        with self._db.read():
            store = self._replica.get("store", store_id, StoreRow)
            when = time_of(store)
            people = []
            for row in self._replica.all("person", PersonRow):
                if row.active:
                    here = self._now.here(row.id, when, now_ms, heard_ms)
                    people.append(self._floor_person(row, here, when, locked=locked))
            card = StoreCard(store_id, who.store_name or "", "", when.zone, "") if store is None else _card(store)
            return Floor(store=card, people=tuple(sorted(people, key=lambda one: (one.name, one.person_id))), locked=locked)

    def _floor_person(self, row: PersonRow, here: Here, when: StoreTime, *, locked: bool) -> FloorPerson:
        windows = here.duty.windows if here.duty is not None and not locked else []
        return FloorPerson(
            person_id=row.id,
            name=row.name,
            number="" if locked else row.number,
            presence="unknown" if locked else here.word,
            since=None if locked else here.since,
            has_pin=self.verifier(row.id) is not None,
            proposed=here.action.kind,
            shifts=tuple((when.hhmm(window.starts_ms), when.hhmm(window.ends_ms)) for window in windows),
        )

    def person(self, person_id: str) -> PersonRow | None:
        return self._replica.get("person", person_id, PersonRow)

    def verifier(self, person_id: str) -> str | None:
        """What a PIN is checked against: one made here until the server has answered it, then the server's row."""
        made = self._pins.made_here(person_id, unless_final=True)
        if made is not None:
            return made
        row = self.person(person_id)
        if row is not None and row.pin is not None:
            return row.pin
        return self._pins.made_here(person_id, unless_final=False)

    def _posting_card(self, row: PostingRow) -> PostingCard:
        store = self._replica.get("store", row.store_id, StoreRow)
        card = StoreCard(row.store_id, row.store_name, "", time_of(None).zone, "") if store is None else _card(store)
        last = None if row.ends_on is None else (date.fromisoformat(row.ends_on) - timedelta(days=1)).isoformat()
        return PostingCard(store=card, home_org=row.home_org, starts_on=row.starts_on, last_day=last)


def open_interval(lines: tuple[PunchLine, ...], now_ms: int) -> PunchLine | None:
    """The "in" that has no "out" yet. Refused punches and those HQ does not count open nothing."""
    last = next((line for line in lines if line.status != "rejected" and line.decided != "rejected"), None)
    if last is None or last.kind == "out" or now_ms - last.taken_at_ms > OPEN_MOST_MS:
        return None
    return last


def _card(row: StoreRow) -> StoreCard:
    return StoreCard(row.id, row.name, row.partner, time_of(row).zone, row.address)
