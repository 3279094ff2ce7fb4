"""Today at the store as its manager sees it on the tablet: everybody in one word, what is not right, and the one act for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.attendance import KioskProof, PunchKind
from contract.corrections import CorrectionRow, Vouch
from contract.day_state import MINUTE_MS, NOW_WORDS
from contract.ids import new_id
from contract.people import PersonRow
from contract.stores import StoreRow
from mobile.core.duties import DutyBook
from mobile.core.local_db import LocalDb
from mobile.core.now import VOUCHED, Here, NowBook
from mobile.core.overlay import Laid, Overlay
from mobile.core.punches import time_of
from mobile.core.replica import Replica
from mobile.core.requests import Reader, at
from mobile.core.views import Refused
from mobile.core.views_hours import BoardLine, BoardPage, Trouble
from mobile.core.views_hq import At

if TYPE_CHECKING:
    from mobile.core.acts import Acts

OVERDUE_MS: Final = 30 * MINUTE_MS  # from the end of a shift until somebody who is still in is asked about
FUTURE_MS: Final = MINUTE_MS
OLDEST_MS: Final = 7 * 86_400_000


class Board:
    """Everybody this tablet holds, read in one go: counts always sum to the headcount."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay, duties: DutyBook, now: NowBook) -> None:
        self._db, self._replica, self._overlay, self._duties, self._now = db, replica, overlay, duties, now

    def page(self, reader: Reader, heard_ms: int) -> BoardPage:
        """Those with something to do first, then by name."""
        with self._db.read():
            vouched = self._overlay.latest(VOUCHED, CorrectionRow)
            people = [row for row in self._replica.all("person", PersonRow) if row.active]
            lines = [self._line(row, reader, heard_ms, vouched) for row in people]
        lines.sort(key=lambda line: (line.trouble is None, line.name, line.person_id))
        counts = tuple((word, sum(line.state == word for line in lines)) for word in NOW_WORDS)
        now = at(reader.now_ms, reader.when)
        return BoardPage(reader.when.day(reader.now_ms), now, tuple(lines), counts)

    def _line(self, row: PersonRow, reader: Reader, heard_ms: int, vouched: dict[str, Laid[CorrectionRow]]) -> BoardLine:
        here = self._now.here(row.id, reader.when, reader.now_ms, heard_ms)
        trouble, kind, moment = _trouble(here, reader)
        ours = [laid for laid in vouched.values() if laid.row.person_id == row.id]
        last = max(ours, key=lambda laid: laid.entry.seq, default=None)
        return BoardLine(
            person_id=row.id,
            name=row.name,
            number=row.number,
            state=here.word,
            since=here.since,
            duty=self._duties.card(here.duty, reader.when, here=reader.scope.removeprefix("desk:")),
            trouble=trouble,
            kind=kind,
            at=moment,
            on_its_way=None if last is None else self._overlay.on_its_way(last.entry, "vouch"),
        )


def _trouble(here: Here, reader: Reader) -> tuple[Trouble | None, PunchKind, At | None]:
    """What is not right, and how the form for it begins. One thing at a time, the most urgent."""
    if here.action.forgotten_ms is not None and here.word in ("not_due", "not_in_yet", "absent", "off", "unknown"):
        return "left_open", "out", at(here.action.forgotten_ms, reader.when)
    first, last = (here.duty.windows[0], here.duty.windows[-1]) if here.duty and here.duty.windows else (None, None)
    if here.word == "absent":
        return "not_here", "in", None if first is None else at(first.starts_ms, reader.when)
    if here.word == "unknown" and here.duty is not None:
        return "unheard", "in", None if first is None else at(first.starts_ms, reader.when)
    if here.word in ("present", "late") and last is not None and reader.now_ms > last.ends_ms + OVERDUE_MS:
        return "not_left", "out", at(last.ends_ms, reader.when)
    return None, "in", None


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
