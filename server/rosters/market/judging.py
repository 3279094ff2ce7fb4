"""The market's shifts, what they are called, and what the rules say when one changes hands: over the facts of this moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import instant, to_ms
from contract.rostering.shapes import Placed, Stay, Verdict
from contract.rosters import PlacedWindow
from contract.shift_market import ShiftBrief
from contract.wire import plain
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterShift
from server.rosters.placing import placed_of
from server.rosters.verdicts import judge_with
from server.stores.model import Store

_PLACED = list[PlacedWindow]
_A_DAY = timedelta(days=1)


def held_shift(session: ScopedSession, shift_id: str) -> RosterShift:
    """A published shift, held until this is done; a refusal where there is none (any more)."""
    shift = session.get(RosterShift, shift_id, with_for_update=True, populate_existing=True)
    if shift is None:
        raise Problem("market.shift_unknown", field="shift_id", id=shift_id)
    return shift


def as_brief(body: dict[str, Any]) -> ShiftBrief:
    """A shift as it was when it was asked for."""
    return msgspec.convert(body, ShiftBrief)


def not_begun(work: Work, shift: RosterShift) -> None:
    """Refuse what has begun: nobody takes over the past."""
    if shift.starts_at <= work.now:
        raise Problem("market.already_begun", day=shift.day.isoformat())


def brief_of(session: ScopedSession, shift: RosterShift) -> ShiftBrief:
    """Where and when a shift is."""
    store = session.get_one(Store, shift.store_id)
    windows = windows_of(shift)
    return ShiftBrief(
        id=shift.id, store_id=shift.store_id, store_name=store.name, day=shift.day.isoformat(), zone=store.zone,
        starts_ms=to_ms(shift.starts_at), ends_ms=to_ms(shift.ends_at), starts_min=min(one.starts_min for one in windows),
        ends_min=max(one.ends_min for one in windows), template=shift.template, name_zh=shift.name_zh, name_en=shift.name_en,
        role=shift.role or "",
    )  # fmt: skip


def windows_of(shift: RosterShift) -> list[PlacedWindow]:
    """The stretches of a published shift."""
    return msgspec.convert(shift.placed, _PLACED)


def facts_of(brief: ShiftBrief) -> dict[str, str]:
    """A shift in a sentence of an inbox."""
    return {
        "store": brief.store_name, "day": brief.day, "from": clock(brief.starts_min), "to": clock(brief.ends_min),
        "shift_zh": brief.name_zh, "shift_en": brief.name_en,
    }  # fmt: skip


def until_at(asked_ms: int, latest: datetime) -> datetime:
    """Until when an answer is waited for: as asked, at the latest until `latest`. Moments no calendar has are cut too."""
    return instant(max(0, min(asked_ms, to_ms(latest))))


def clock(minute: int) -> str:
    """A minute of a day as a wall clock shows it."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def gathered_for(session: ScopedSession, shifts: Sequence[RosterShift], people: Sequence[str] | None) -> Gathered:
    """What these people are judged by for the weeks of these shifts, at the shifts' stores (None: all who work there)."""
    first, last = min(shift.day for shift in shifts), max(shift.day for shift in shifts)
    monday = first - timedelta(days=first.weekday())
    sunday = last + timedelta(days=6 - last.weekday())
    return gather(session, sorted({shift.store_id for shift in shifts}), monday, sunday, people)


def newly_said(
    known: Gathered, person_id: str, takes: Sequence[RosterShift], gives: Iterable[str] = (), *, lent_to: str | None = None
) -> list[Verdict]:
    """What the rules newly say about somebody who takes these shifts and gives up those (ids).

    `lent_to`: judged as a guest of that store on the days of the shifts, as an accepted loan would make them.
    """
    worker = known.workers.get(person_id)
    if worker is None:
        raise Problem("people.unknown", field="person_id", id=person_id)
    if lent_to is not None:
        guests = [
            Stay(store_id=lent_to, from_day=shift.day.isoformat(), until=(shift.day + _A_DAY).isoformat()) for shift in takes
        ]
        as_guest = msgspec.structs.replace(worker, stays=[*worker.stays, *guests])
        known = replace(known, workers={**known.workers, person_id: as_guest})
    store = takes[0].store_id if takes else next(iter(known.profiles))
    added = [placed for shift in takes for placed in placed_for(shift, person_id)]
    return judge_with(known, person_id, added, gives, known.profiles[store])


def placed_for(shift: RosterShift, person_id: str) -> list[Placed]:
    """A published shift as the rules look at it, were it that person's."""
    return placed_of(
        shift.id, person_id, shift.store_id, shift.day.isoformat(), windows_of(shift), template=shift.template, role=shift.role,
        on_call=shift.on_call, state="published",
    )  # fmt: skip


def as_rows(verdicts: Iterable[Verdict]) -> list[Any]:
    """Verdicts as they are kept beside what was asked for: only what costs something."""
    return [plain(one) for one in verdicts if one.level == "hard" or one.points > 0]


def shifts_on(session: ScopedSession, person_id: str, from_day: date, to_day: date) -> Sequence[RosterShift]:
    """Somebody's published shifts of some days at all stores."""
    asked = sa.select(RosterShift).where(RosterShift.person_id == person_id, RosterShift.day.between(from_day, to_day))
    return session.scalars(asked.order_by(RosterShift.starts_at, RosterShift.id)).all()
