"""Weekly statements as this device knows them: what waits for one side, what was confirmed here, and what a revision changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from contract.attendance import KioskProof
from contract.ids import new_id
from contract.statements import ConfirmWeek, DisputeRow, DisputeWeek, Side, StatementRow, StatementText
from contract.stores import StoreRow
from mobile.core.local_db import LocalDb
from mobile.core.overlay import Laid, Overlay
from mobile.core.replica import Replica
from mobile.core.requests import Reader, at
from mobile.core.views import Refused
from mobile.core.views_hours import Changed, Earlier, Objection, Signed, WeekCard, WeekDay, WeekPage
from mobile.core.views_hq import OnItsWay

if TYPE_CHECKING:
    from mobile.core.acts import Acts

SIDES: Final[tuple[Side, ...]] = ("employee", "store", "hq")
CONFIRMATION, DISPUTE = "confirmation", "dispute"
_SUMS: Final = ("worked_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "leave_min")

Whose = Callable[[StatementRow], bool]


class StatementBook:
    """The statements of a scope, with what was done here laid over. The newest revision of a week speaks for it."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay) -> None:
        self._db, self._replica, self._overlay = db, replica, overlay

    def cards(self, reader: Reader, side: Side, whose: Whose) -> tuple[WeekCard, ...]:
        """What waits for this side first, of that what is overdue, then the latest week first."""
        with self._db.read():
            laid = self._laid()
            cards = [self._card(found[0], reader, side, laid) for found in self._weeks(reader.scope, whose)]
        return tuple(
            sorted(cards, key=lambda card: (not card.waits_for_me, not card.overdue, _down(card.week), card.person_name))
        )

    def page(self, statement_id: str, reader: Reader, side: Side, whose: Whose) -> WeekPage | None:
        with self._db.read():
            laid = self._laid()
            for revisions in self._weeks(reader.scope, whose):
                if statement_of(revisions[0]) == statement_id:
                    return self._page(revisions, reader, side, laid)
        return None

    def to_sign(self, statement_id: str, revision: int, reader: Reader, side: Side, whose: Whose) -> StatementRow:
        """The revision that was seen, if it still stands and this side may speak. Nobody signs what they have not seen."""
        with self._db.read():
            laid = self._laid()
            for revisions in self._weeks(reader.scope, whose):
                row = revisions[0]
                if statement_of(row) != statement_id:
                    continue
                if row.revision != revision:
                    raise Refused("client.week_changed")
                if not self._card(row, reader, side, laid).waits_for_me:
                    raise Refused("client.week_not_yours")
                return row
        raise Refused("client.week_unknown")

    def _weeks(self, scope: str, whose: Whose) -> list[list[StatementRow]]:
        """All revisions of each week, the newest first."""
        found: dict[str, list[StatementRow]] = {}
        for row in self._replica.all("statement", StatementRow, scope=scope):
            if whose(row):
                found.setdefault(statement_of(row), []).append(row)
        return [sorted(rows, key=lambda row: -row.revision) for rows in found.values()]

    def _card(self, row: StatementRow, reader: Reader, side: Side, laid: _Laid) -> WeekCard:
        way = self._on_its_way(row, laid)
        store = self._replica.get("store", row.store_id, StoreRow)
        return WeekCard(
            statement_id=statement_of(row),
            week=row.week,
            from_day=row.from_day,
            to_day=row.to_day,
            revision=row.revision,
            state=row.state,
            store_name=row.text.store_name if row.text is not None else "" if store is None else store.name,
            person_name="" if row.text is None else row.text.person_name,
            worked_min=0 if row.text is None else row.text.worked_min,
            confirmed=tuple(one for one in SIDES if any(told.side == one for told in row.confirmed)),
            waits_for_me=_may_speak(row, side, way) and not (side == "store" and row.person_id == reader.person_id),
            closed=row.closed,
            due_day=row.due_day,
            overdue=_is_overdue(row, reader),
            on_its_way=way,
        )

    def _page(self, revisions: list[StatementRow], reader: Reader, side: Side, laid: _Laid) -> WeekPage:
        row, before = revisions[0], revisions[1] if len(revisions) > 1 else None
        card = self._card(row, reader, side, laid)
        text = row.text
        return WeekPage(
            card=card,
            days=() if text is None else tuple(_day(text, n, reader) for n in range(len(text.days))),
            overtime_min=0 if text is None else _overtime(text),
            leave_min=0 if text is None else text.leave_min,
            night_min=0 if text is None else text.night_min,
            signed=_signed(row, reader),
            objections=tuple(_objection(told, reader) for told in row.disputes),
            changes=() if text is None or before is None or before.text is None else changes(before.text, text),
            earlier=tuple(
                Earlier(one.revision, 0 if one.text is None else one.text.worked_min, _signed(one, reader))
                for one in revisions[1:]
            ),
            code=row.code,
            may_confirm=card.waits_for_me,
            may_object=card.waits_for_me,
            side=side,
        )

    def _on_its_way(self, row: StatementRow, laid: _Laid) -> OnItsWay | None:
        """The last thing done here about this revision; what was said of an earlier one is no word on this."""
        pk = statement_of(row)
        found: list[tuple[int, OnItsWay]] = []
        said = laid.confirmations.get(pk)
        if said is not None and said.row.revision == row.revision:
            found.append((said.entry.seq, self._overlay.on_its_way(said.entry, "confirm")))
        against = laid.disputes.get(pk)
        if against is not None and against.row.revision == row.revision:
            found.append((against.entry.seq, self._overlay.on_its_way(against.entry, "dispute")))
        return max(found, key=lambda one: one[0])[1] if found else None

    def _laid(self) -> _Laid:
        return _Laid(self._overlay.latest(CONFIRMATION, ConfirmWeek), self._overlay.latest(DISPUTE, DisputeWeek))


class _Laid:
    def __init__(self, confirmations: dict[str, Laid[ConfirmWeek]], disputes: dict[str, Laid[DisputeWeek]]) -> None:
        self.confirmations, self.disputes = confirmations, disputes


def confirm(acts: Acts, row: StatementRow, side: Side, *, actor: str, owner: str, at_tablet: bool = False) -> None:
    """This side confirms what it has seen: the revision and the digest of its text. On the disk when it returns.
    `at_tablet`: their PIN opened the page on a tablet that others use too."""
    acts.may_act()
    pk = statement_of(row)
    act = ConfirmWeek(statement_id=pk, revision=row.revision, digest=row.digest, side=side, kiosk=_pin(at_tablet))
    acts.keep(act, actor, also=lambda op, _: acts.parts.overlay.keep(op, CONFIRMATION, pk, owner, act))
    acts.ports.signals.kept()


def dispute(
    acts: Acts, row: StatementRow, *, day: str | None, reason: str, actor: str, owner: str, at_tablet: bool = False
) -> None:
    """This side does not agree, with a day or the whole week, and says why. Refused("client.reason_needed") without."""
    acts.may_act()
    if not reason.strip():
        raise Refused("client.reason_needed")
    pk, dispute_id = statement_of(row), new_id()
    act = DisputeWeek(
        dispute_id=dispute_id,
        statement_id=pk,
        revision=row.revision,
        day=day or None,
        reason=reason.strip(),
        kiosk=_pin(at_tablet),
    )
    acts.keep(act, actor, ent=dispute_id, also=lambda op, _: acts.parts.overlay.keep(op, DISPUTE, pk, owner, act))
    acts.ports.signals.kept()


def _pin(at_tablet: bool) -> KioskProof | None:
    return KioskProof(pin=True) if at_tablet else None


def statement_of(row: StatementRow) -> str:
    """The statement a revision belongs to."""
    return row.statement_id or row.id


def changes(before: StatementText, after: StatementText) -> tuple[Changed, ...]:
    """What differs, day by day, and the sum of the week."""
    found, was = [], {day.day: day for day in before.days}
    for day in after.days:
        old = was.get(day.day)
        for field in _SUMS:
            then, now = 0 if old is None else getattr(old, field), getattr(day, field)
            if then != now:
                found.append(Changed(day.day, field, then, now))
    if before.worked_min != after.worked_min:
        found.append(Changed("", "worked_min", before.worked_min, after.worked_min))
    return tuple(found)


def _is_overdue(row: StatementRow, reader: Reader) -> bool:
    """By this device's own day: HQ says until when, and sends nothing when that has passed."""
    return row.state == "open" and row.due_day is not None and row.due_day < reader.when.day(reader.now_ms)


def _may_speak(row: StatementRow, side: Side, way: OnItsWay | None) -> bool:
    """Nobody says a thing twice, nor while their first word is on its way, nor of what cannot be read any more."""
    if row.text is None or row.state != "open" or any(told.side == side for told in row.confirmed):
        return False
    return way is None or way.state == "refused"


def _signed(row: StatementRow, reader: Reader) -> tuple[Signed, ...]:
    told = {one.side: one for one in row.confirmed}
    return tuple(
        Signed(side, told[side].name, at(told[side].confirmed_ms, reader.when), told[side].way or "")
        if side in told
        else Signed(side)
        for side in SIDES
    )


def _objection(row: DisputeRow, reader: Reader) -> Objection:
    return Objection(
        row.side, row.day or "", row.reason, at(row.made_ms, reader.when), row.outcome or "", row.settled_reason or ""
    )


def _day(text: StatementText, n: int, reader: Reader) -> WeekDay:
    day = text.days[n]
    overtime = day.overtime_normal_min + day.overtime_weekend_min + day.overtime_holiday_min
    spans = tuple((reader.when.hhmm(begins), reader.when.hhmm(ends)) for begins, ends in day.spans)
    return WeekDay(day.day, day.state, day.worked_min, overtime, day.leave_min, spans)


def _overtime(text: StatementText) -> int:
    return text.overtime_normal_min + text.overtime_weekend_min + text.overtime_holiday_min


def _down(week: str) -> tuple[int, int]:
    """Weeks as `2026-W47`, the latest first."""
    year, number = week.split("-W")
    return -int(year), -int(number)
