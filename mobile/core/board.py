"""Today at the store as its manager sees it on the tablet: everybody in one word, what is not right, and the one act for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from contract.approvals import RequestRow
from contract.attendance import KioskProof, PunchKind
from contract.corrections import CorrectionRow, Vouch
from contract.day_state import MINUTE_MS, NOW_WORDS, minute_of
from contract.hours import GrantedOvertime
from contract.ids import new_id
from contract.people import PersonRow
from contract.stores import StoreRow
from mobile.core.duties import DutyBook
from mobile.core.local_db import LocalDb
from mobile.core.now import VOUCHED, Here, NowBook
from mobile.core.overlay import Laid, Overlay
from mobile.core.punches import time_of
from mobile.core.replica import Replica
from mobile.core.requests import OVERTIME, Reader, at
from mobile.core.views import Refused
from mobile.core.views_hours import BoardLine, BoardPage, Trouble
from mobile.core.views_hq import At

if TYPE_CHECKING:
    from mobile.core.acts import Acts

OVERDUE_MS: Final = 30 * MINUTE_MS  # from the end of a shift until somebody who is still in is asked about
FUTURE_MS: Final = MINUTE_MS
OLDEST_MS: Final = 7 * 86_400_000


class _Wrong(NamedTuple):
    """What is not right, and how the form for it begins."""

    trouble: Trouble | None = None
    kind: PunchKind = "in"
    at: At | None = None
    over_min: int = 0


class _Beyond(NamedTuple):
    """Worked beyond the plan of a day: how long, how much of it was granted, and until when the grant lets somebody stay."""

    minutes: int
    granted: int
    until_ms: int | None


class Board:
    """Everybody this tablet holds, read in one go: counts always sum to the headcount."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay, duties: DutyBook, now: NowBook) -> None:
        self._db, self._replica, self._overlay, self._duties, self._now = db, replica, overlay, duties, now

    def page(self, reader: Reader, heard_ms: int) -> BoardPage:
        """Those with something to do first, then by name."""
        with self._db.read():
            vouched = self._overlay.latest(VOUCHED, CorrectionRow)
            people = [row for row in self._replica.all("person", PersonRow) if row.active]
            rows = self._replica.all("request", RequestRow, scope=reader.scope)
            asked = {(row.person_id, row.form.get("day")): row for row in rows if row.kind == OVERTIME and row.state == "running"}
            lines = [self._line(row, reader, heard_ms, vouched, asked) for row in people]
        lines.sort(key=lambda line: (line.trouble is None, line.name, line.person_id))
        counts = tuple((word, sum(line.state == word for line in lines)) for word in NOW_WORDS)
        now = at(reader.now_ms, reader.when)
        return BoardPage(reader.when.day(reader.now_ms), now, tuple(lines), counts)

    def _line(
        self, row: PersonRow, reader: Reader, heard_ms: int, vouched: dict[str, Laid[CorrectionRow]],
        asked: dict[tuple[str, object], RequestRow],
    ) -> BoardLine:  # fmt: skip
        here = self._now.here(row.id, reader.when, reader.now_ms, heard_ms)
        grants = self._replica.all("overtime", GrantedOvertime, scope=f"person:{row.id}")
        beyond = _beyond(here, [grant for grant in grants if grant.day == here.day and not grant.withdrawn], reader)
        wrong = _wrong(here, beyond, reader)
        request = asked.get((row.id, here.day)) if wrong.trouble == "overtime" else None
        if request is not None and not _waits_for(request, reader):
            wrong = _Wrong()  # it is asked for, and lies with somebody else: nothing is to be done here
        ours = [laid for laid in vouched.values() if laid.row.person_id == row.id]
        last = max(ours, key=lambda laid: laid.entry.seq, default=None)
        return BoardLine(
            person_id=row.id,
            name=row.name,
            number=row.number,
            state=here.word,
            since=here.since,
            duty=self._duties.card(here.duty, reader.when, here=reader.scope.removeprefix("desk:")),
            trouble=wrong.trouble,
            kind=wrong.kind,
            at=wrong.at,
            over_min=wrong.over_min,
            request_id=request.id if request is not None and wrong.trouble == "overtime" else "",
            on_its_way=None if last is None else self._overlay.on_its_way(last.entry, "vouch"),
        )


def _wrong(here: Here, beyond: _Beyond, reader: Reader) -> _Wrong:
    """One thing at a time, the most urgent."""
    if here.action.forgotten_ms is not None and here.word in ("not_due", "not_in_yet", "absent", "off", "unknown"):
        return _Wrong("left_open", "out", at(here.action.forgotten_ms, reader.when))
    first, last = (here.duty.windows[0], here.duty.windows[-1]) if here.duty and here.duty.windows else (None, None)
    if here.word == "absent":
        return _Wrong("not_here", "in", None if first is None else at(first.starts_ms, reader.when))
    if here.word == "unknown" and here.duty is not None:
        return _Wrong("unheard", "in", None if first is None else at(first.starts_ms, reader.when))
    is_here = here.open_id is not None
    if is_here and last is not None:
        until_ms = max(last.ends_ms, beyond.until_ms or 0)
        if reader.now_ms > until_ms + OVERDUE_MS:
            return _Wrong("not_left", "out", at(until_ms, reader.when))
    over = beyond.minutes - beyond.granted
    if over * MINUTE_MS >= OVERDUE_MS and (last is None or not is_here):
        return _Wrong("overtime", "out", None if last is None else at(last.ends_ms, reader.when), over)
    return _Wrong()


def _beyond(here: Here, grants: list[GrantedOvertime], reader: Reader) -> _Beyond:
    """What was worked after the last window of the day, or at all on a day off; nothing where nobody planned anything. What was
    worked before the shift is none (`WorkRules.counts_before_shift` is HQ's to know)."""
    if here.duty is None:
        return _Beyond(0, 0, None)
    planned = [window for window in here.duty.windows if window.kind != "on_call"]
    ends_ms = max((window.ends_ms for window in planned), default=None)
    worked, came_ms = 0, None
    for fact in here.facts:
        if fact.day != here.day:
            continue
        if fact.kind == "out" and came_ms is not None:
            worked += _minutes_after(ends_ms, came_ms, fact.at_ms)
        came_ms = (came_ms if came_ms is not None else fact.at_ms) if fact.kind == "in" else None
    if came_ms is not None and here.open_id is not None:
        worked += _minutes_after(ends_ms, came_ms, reader.now_ms)
    granted = sum(grant.minutes for grant in grants)
    midnight_ms = reader.when.midnight_ms(here.day)
    until = [midnight_ms + grant.to_min * MINUTE_MS for grant in grants if grant.to_min is not None]
    if ends_ms is not None:
        until.append(ends_ms + granted * MINUTE_MS)
    return _Beyond(worked, granted, max(until, default=None))


def _minutes_after(ends_ms: int | None, from_ms: int, to_ms: int) -> int:
    begins = from_ms if ends_ms is None else max(from_ms, ends_ms)
    return max(0, minute_of(to_ms) - minute_of(begins))


def _waits_for(row: RequestRow, reader: Reader) -> bool:
    """Whether the reader may decide it at this desk."""
    desk = reader.scope.removeprefix("desk:")
    return any(
        step.state == "open" and step.desk_id == desk and any(person == reader.person_id for person, _ in step.deciders)
        for step in row.steps
    )


def vouch(
    acts: Acts, *, person_id: str, store_id: str, kind: PunchKind, at_ms: int, reason: str, actor: str, name: str
) -> str:
    """The manager says that somebody came or left. Kept with her name at once, HQ's later; answers the correction's id.
    Refused without a reason, about herself, and about what has not been yet or is long over."""
    acts.may_act()
    if not reason.strip():
        raise Refused("client.reason_needed")
    if person_id == actor:
        raise Refused("client.not_for_yourself")
    now_ms = acts.now_ms()
    if at_ms > now_ms + FUTURE_MS or at_ms < now_ms - OLDEST_MS:
        raise Refused("client.not_that_time")
    parts, correction_id = acts.parts, new_id()
    act = Vouch(
        correction_id=correction_id,
        person_id=person_id,
        store_id=store_id,
        kind=kind,
        at_ms=at_ms,
        kiosk=KioskProof(pin=True),
        reason=reason.strip(),
    )
    row = CorrectionRow(
        id=correction_id,
        person_id=person_id,
        store_id=store_id,
        kind=kind,
        at_ms=at_ms,
        business_date=time_of(parts.replica.get("store", store_id, StoreRow)).day(at_ms),
        source="vouch",
        made_by=actor,
        made_by_name=name,
        made_ms=now_ms,
        reason=act.reason,
    )
    acts.keep(
        act,
        actor,
        ent=correction_id,
        also=lambda op, _: parts.overlay.keep(op, VOUCHED, correction_id, f"person:{person_id}", row),
    )
    acts.ports.signals.kept()
    return correction_id
