"""Who I am to the company: both organisations with their managers, my times at stores, and who looked at what is mine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from contract.archive import LookRow
from contract.people import PersonRow
from contract.postings import PostingRow
from contract.stores import StoreRow
from contract.sync import Enrolled
from mobile.core.local_db import LocalDb
from mobile.core.replica import Replica
from mobile.core.requests import Reader, at
from mobile.core.views_hq import Both, LookCard, Profile, Stay

Stage = Literal["coming", "running", "over"]


class ProfileBook:
    def __init__(self, db: LocalDb, replica: Replica) -> None:
        self._db, self._replica = db, replica

    def profile(self, who: Enrolled, reader: Reader) -> Profile:
        with self._db.read():
            person = self._replica.get("person", reader.person_id, PersonRow)
            postings = self._replica.all("posting", PostingRow, scope=f"person:{reader.person_id}")
            stays = [self._stay(row, reader.now_ms) for row in sorted(postings, key=lambda row: (row.starts_ms, row.id))]
        now = next((stay for stay in stays if stay.stage == "running"), None)
        newest = sorted(postings, key=lambda row: row.starts_ms)[-1:] if person is None else []
        return Profile(
            name=(who.person_name or "") if person is None else person.name,
            number="" if person is None else person.number,
            company=who.company,
            home_unit=person.home_org if person is not None else "".join(row.home_org for row in newest),
            home_manager=home_manager_of(person) or (now.home_manager if now is not None else ""),
            now=now,
            others=tuple(stay for stay in reversed(stays) if stay is not now),
        )

    def looks(self, reader: Reader) -> tuple[LookCard, ...]:
        """The newest first."""
        rows = sorted(self._replica.all("look", LookRow, scope=reader.scope), key=lambda row: (-row.last_ms, row.id))
        return tuple(
            LookCard(
                look_id=row.id,
                reader=row.reader,
                roles=tuple(role for role in row.role.split(",") if role),
                what=row.what,
                first=at(row.first_ms, reader.when),
                last=at(row.last_ms, reader.when),
                times=row.times,
                why=row.why,
                fields=tuple(row.fields),
            )
            for row in rows
        )

    def _stay(self, row: PostingRow, now_ms: int) -> Stay:
        store = self._replica.get("store", row.store_id, StoreRow)
        return Stay(
            store_name=row.store_name,
            partner="" if store is None else store.partner,
            home_unit=row.home_org,
            starts_on=row.starts_on,
            last_day=last_day_before(row.ends_on),
            stage=stage_of(row.starts_ms, row.ends_ms, now_ms),
            home_manager=row.home_manager or "",
            host_manager=row.host_manager or "",
            post=None if row.post_zh is None else Both(row.post_zh, row.post_en or row.post_zh),
        )


def home_manager_of(person: PersonRow | None) -> str:
    """The name of the manager at home, where the row tells it."""
    return (getattr(person, "home_manager", None) or "") if person is not None else ""


def last_day_before(ends_on: str | None) -> str | None:
    """People count to the last day worked; rows name the first day not worked."""
    return None if ends_on is None else (date.fromisoformat(ends_on) - timedelta(days=1)).isoformat()


def stage_of(starts_ms: int, ends_ms: int | None, now_ms: int) -> Stage:
    if now_ms < starts_ms:
        return "coming"
    return "running" if ends_ms is None or now_ms < ends_ms else "over"
