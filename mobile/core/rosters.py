"""Rosters as this phone knows them: my published shifts, my colleagues', open ones, and what the rules say with no signal.

The server's rows, and over them what was done here and is not answered yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from contract.rostering.local_time import day_of, monday_of, ordinal
from contract.rostering.sentences import clock
from contract.rostering.shapes import Placed, Verdict, Worker
from contract.rosters import RosterShiftRow, RosterWorkerRow, SeenShift
from contract.shift_market import ClaimRow, WithdrawClaim
from mobile.core.local_db import LocalDb, Settings
from mobile.core.overlay import Laid, Overlay
from mobile.core.replica import Replica
from mobile.core.requests import Reader
from mobile.core.roster_rows import UNKNOWN_RULES, RosterRows, cell_of, in_words, judge_with, placed_of, week_of
from mobile.core.views_hq import Both, OnItsWay
from mobile.core.views_rosters import Judged, OpenShift, RosterDay, RosterWeek, ShiftLine, ShiftState, SwapChoice

CONFIRMED, CLAIM, CLAIM_BACK = "shift_confirmed", "shift_claim", "claim_back"
REMEMBERED: Final = "shifts_confirmed"  # a setting: which version of which shift was confirmed here
LIVE_CLAIMS: Final = ("asked", "won")
# of the ways out of a broken rule, those that somebody has who is no manager
OWN_WAYS: Final = frozenset({"give_one", "drop_one", "renew_skill", "ask_leave", "free_day", "free_weekend", "other_day"})


@dataclass(frozen=True)
class Known:
    """What this phone holds of rosters at a moment, read in one go."""

    reader: Reader
    today: str
    rows: dict[str, RosterShiftRow]
    names: dict[str, str]
    worker: RosterWorkerRow | None
    confirmed: dict[str, Laid[SeenShift]]
    remembered: dict[str, int]
    claims: dict[str, ClaimRow]
    claimed: dict[str, Laid[ClaimRow]]
    claims_back: dict[str, Laid[WithdrawClaim]]
    line: list[Placed] = field(default_factory=list)

    def is_mine(self, row: RosterShiftRow) -> bool:
        return row.person_id == self.reader.person_id


class RosterBook:
    """Reads in one go, so that no page mixes two states."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay, settings: Settings) -> None:
        self.db, self.replica, self.overlay, self._settings = db, replica, overlay, settings
        self.rows = RosterRows(replica)

    # a week

    def week(self, day: str | None, reader: Reader, waiting: int) -> RosterWeek:
        """The week a day lies in; without one, this week."""
        with self.db.read():
            known = self.known(reader)
        monday = monday_of(ordinal(day or known.today))
        days = tuple(self._day(day_of(monday + n), known) for n in range(7))
        due = sorted({row.day for row in self.to_confirm(known)})
        other = [one for one in due if not monday <= ordinal(one) < monday + 7]
        return RosterWeek(
            monday=day_of(monday),
            today=known.today,
            days=days,
            to_confirm=len(self.to_confirm(known, day_of(monday))),
            next_week=other[0] if other else "",
            waiting=waiting,
            open_shifts=sum(is_to_come(row, known) for row in known.rows.values() if row.person_id is None),
            planned_min=sum(line.work_min for one in days for line in one.mine),
        )

    def to_confirm(self, known: Known, monday: str | None = None) -> list[RosterShiftRow]:
        """My shifts to come that nobody has confirmed, here or at HQ: all, or those of a week."""
        found = [row for row in known.rows.values() if known.is_mine(row) and is_to_come(row, known)]
        if monday is not None:
            found = [row for row in found if 0 <= ordinal(row.day) - ordinal(monday) < 7]
        return sorted((row for row in found if self._state(row, known) in ("new", "changed")), key=_in_order)

    def _day(self, day: str, known: Known) -> RosterDay:
        rows = sorted((row for row in known.rows.values() if row.day == day), key=_in_order)
        lines = [self.shift_line(row, known) for row in rows]
        return RosterDay(
            day=day,
            mine=tuple(line for line in lines if line.is_mine),
            others=tuple(line for line in lines if line.state == "theirs"),
            open_shifts=sum(line.state == "open" and not line.over for line in lines),
        )

    # one shift

    def shift_line(self, row: RosterShiftRow, known: Known) -> ShiftLine:
        """A shift as pages show it."""
        ours = known.confirmed.get(row.id)
        is_ours = ours is not None and known.is_mine(row) and ours.row.version == row.version
        return ShiftLine(
            shift_id=row.id,
            version=row.version,
            day=row.day,
            store_id=row.store_id,
            store_name=known.names.get(row.store_id, row.store_name),
            spans=tuple((clock(one.starts_min), clock(one.ends_min)) for one in row.placed),
            name=Both(row.name_zh, row.name_en),
            state=self._state(row, known),
            role=Both(row.role_zh, row.role_en) if row.role_zh or row.role_en else None,
            tasks=tuple(row.tasks),
            note=row.note or "",
            person_id=row.person_id or "",
            person_name=row.person_name,
            on_call=row.on_call,
            work_min=sum(one.work_min for one in row.placed),
            begun=bool(row.placed) and row.placed[0].starts_ms <= known.reader.now_ms,
            over=bool(row.placed) and row.placed[-1].ends_ms <= known.reader.now_ms,
            on_its_way=self.overlay.on_its_way(ours.entry, "confirm") if ours is not None and is_ours else None,
        )

    def _state(self, row: RosterShiftRow, known: Known) -> ShiftState:
        if row.person_id is None:
            return "open"
        if not known.is_mine(row):
            return "theirs"
        ours = known.confirmed.get(row.id)
        if row.confirmed_ms is not None or (ours is not None and ours.counts and ours.row.version == row.version):
            return "confirmed"
        return "changed" if known.remembered.get(row.id, row.version) < row.version else "new"

    # what the rules say

    def judge(self, known: Known, takes: Sequence[RosterShiftRow], gives: Sequence[str] = ()) -> Judged:
        """What the rules newly say to me if I take these shifts and no longer have those, in the words of the server."""
        me, held = known.reader.person_id, known.worker
        is_within = held is not None and all(held.from_day <= row.day <= held.to_day for row in takes)
        return self._judge(me, held, known.line, takes, gives, known, is_within)

    def judge_colleague(self, person_id: str, known: Known, takes: Sequence[RosterShiftRow], gives: Sequence[str] = ()) -> Judged:
        """The same to a colleague, of whom this phone knows the shifts at its own stores and seldom more."""
        held = self.rows.worker(person_id)
        theirs = [row for row in known.rows.values() if row.person_id == person_id]
        line = [one for row in theirs for one in placed_of(row, person_id)]
        if held is not None:
            line = _together(held.elsewhere, line)
        return self._judge(person_id, held, line, takes, gives, known, held is not None)

    def _judge(
        self,
        person_id: str,
        held: RosterWorkerRow | None,
        line: list[Placed],
        takes: Sequence[RosterShiftRow],
        gives: Sequence[str],
        known: Known,
        is_known: bool,
    ) -> Judged:
        """Of whom no facts are here only two shifts at once can be judged: every other rule would judge what is not known."""
        if not takes:
            return Judged((), is_known)
        worker = held.worker if held is not None else Worker(person_id=person_id)
        profile = self.rows.profile(takes[0].store_id, takes[0].day) if held is not None else None
        change = [one for row in takes for one in placed_of(row, person_id)]
        days = sorted(row.day for row in takes)
        found = judge_with(worker, line, change, gives, profile or UNKNOWN_RULES, week_of(days[0], days[-1], self.rows.opening()))
        return self.told(found, [*line, *change], worker.name, known, is_known and profile is not None)

    def told(self, verdicts: Iterable[Verdict], line: list[Placed], name: str, known: Known, is_known: bool) -> Judged:
        """Verdicts in words; what costs nothing is not worth a word."""
        roles = {row.role: Both(row.role_zh, row.role_en) for row in known.rows.values() if row.role}
        worth = [
            msgspec.structs.replace(one, ways=[way for way in one.ways if way in OWN_WAYS])
            for one in verdicts
            if one.level == "hard" or one.points > 0
        ]
        return Judged(tuple(in_words(one, line, name=name, stores=known.names, skills=roles) for one in worth), is_known)

    # open shifts

    def open_shifts(self, known: Known) -> tuple[OpenShift, ...]:
        """Those to come, the next first, each with what the rules say about my taking it."""
        rows = [row for row in known.rows.values() if row.person_id is None and is_to_come(row, known)]
        return tuple(self.open_shift(row, known) for row in sorted(rows, key=_in_order))

    def open_shift(self, row: RosterShiftRow, known: Known) -> OpenShift:
        """An open shift for me: what stands in the way, how my claim stands."""
        others = replace(known, line=[one for one in known.line if cell_of(one.id) != row.id])
        judged = self.judge(others, [row])
        claim, way = self.claim_on(row.id, known)
        may = is_to_come(row, known) and claim != "asked" and not judged.forbids
        return OpenShift(self.shift_line(row, known), judged, claim, may, way)

    def claim_on(self, shift_id: str, known: Known) -> tuple[str, OnItsWay | None]:
        """How my last claim of a shift stands, and how far it or my taking it back has come."""
        mine = known.claims | {pk: one.row for pk, one in known.claimed.items() if pk not in known.claims}
        found = [row for row in mine.values() if row.shift.id == shift_id]
        if not found:
            return "", None
        last = max(found, key=lambda row: row.asked_ms)
        return self.claim_state(last, known), self.claim_way(last.id, known)

    def claim_state(self, row: ClaimRow, known: Known) -> str:
        """As the server has it, with what was done here."""
        back, made = known.claims_back.get(row.id), known.claimed.get(row.id)
        if back is not None and back.counts:
            return "withdrawn"
        return "refused" if made is not None and not made.counts else row.state

    def claim_way(self, claim_id: str, known: Known) -> OnItsWay | None:
        back, made = known.claims_back.get(claim_id), known.claimed.get(claim_id)
        if back is not None:
            return self.overlay.on_its_way(back.entry, "withdraw")
        return None if made is None else self.overlay.on_its_way(made.entry, "claim")

    # swaps

    def choices(self, row: RosterShiftRow, monday: str, known: Known) -> tuple[SwapChoice, ...]:
        """Whom my shift could go to: without one of theirs in return, or for one of theirs of a week."""
        first = ordinal(monday)
        found: list[SwapChoice] = []
        colleagues = {
            one.person_id: one.person_name
            for one in known.rows.values()
            if one.person_id is not None and not known.is_mine(one) and one.store_id == row.store_id
        }
        mine = self.judge(known, [], [row.id])
        for person_id, name in sorted(colleagues.items(), key=lambda one: one[1]):
            found.append(SwapChoice(person_id, name, None, mine, self.judge_colleague(person_id, known, [row])))
        rows = [one for one in known.rows.values() if one.person_id in colleagues and 0 <= ordinal(one.day) - first < 7]
        for one in sorted(rows, key=_in_order):
            if not is_to_come(one, known, begun=False):
                continue
            person_id = one.person_id or ""
            theirs = self.judge_colleague(person_id, known, [row], [one.id])
            mine_then = self.judge(known, [one], [row.id])
            found.append(SwapChoice(person_id, one.person_name, self.shift_line(one, known), mine_then, theirs))
        return tuple(found)

    # reading

    def known(self, reader: Reader) -> Known:
        """Inside a read."""
        claims = {row.id: row for row in self.replica.all(CLAIM, ClaimRow, scope=reader.scope)}
        known = Known(
            reader=reader,
            today=reader.when.day(reader.now_ms),
            rows=self.rows.shifts(),
            names=self.rows.store_names(),
            worker=self.rows.worker(reader.person_id, reader.scope),
            confirmed=self.overlay.latest(CONFIRMED, SeenShift),
            remembered=self.remembered(),
            claims=claims,
            claimed=self.overlay.latest(CLAIM, ClaimRow),
            claims_back=self.overlay.latest(CLAIM_BACK, WithdrawClaim),
        )
        return replace(known, line=self._line(known))

    def remembered(self) -> dict[str, int]:
        """Which version of which shift was confirmed here."""
        found: dict[str, int] = json.loads(self._settings.get(REMEMBERED) or "{}")
        return found

    def remember(self, versions: dict[str, int], known: Known) -> None:
        """Inside a write. Shifts that left this phone are forgotten."""
        kept = {pk: version for pk, version in (known.remembered | versions).items() if pk in known.rows}
        self._settings.put(REMEMBERED, json.dumps(kept, sort_keys=True))

    def _line(self, known: Known) -> list[Placed]:
        """All my shifts: what HQ judges by, what was published since, and what I have claimed here."""
        me = known.reader.person_id
        live = {
            one.row.shift.id
            for pk, one in known.claimed.items()
            if one.counts and pk not in known.claims and not (pk in known.claims_back and known.claims_back[pk].counts)
        }
        live |= {row.shift.id for row in known.claims.values() if self.claim_state(row, known) in LIVE_CLAIMS}
        mine = [row for row in known.rows.values() if known.is_mine(row) or (row.person_id is None and row.id in live)]
        placed = [one for row in sorted(mine, key=_in_order) for one in placed_of(row, me)]
        return _together(known.worker.elsewhere, placed) if known.worker is not None else placed


def is_to_come(row: RosterShiftRow, known: Known, *, begun: bool = True) -> bool:
    """Not over; with `begun` False, not begun either."""
    if not row.placed:
        return False
    return (row.placed[-1].ends_ms if begun else row.placed[0].starts_ms) > known.reader.now_ms


def _together(held: Sequence[Placed], published: Sequence[Placed]) -> list[Placed]:
    """What HQ judges by, and of what is published the shifts that are not among it."""
    cells = {cell_of(one.id) for one in held}
    return [*held, *(one for one in published if cell_of(one.id) not in cells)]


def _in_order(row: RosterShiftRow) -> tuple[str, int, str, str]:
    return row.day, row.placed[0].starts_ms if row.placed else 0, row.person_name, row.id
