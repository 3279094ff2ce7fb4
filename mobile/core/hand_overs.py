"""Hand-over lists: who comes to a store or leaves it, what both sides tick, and what was ticked here and is on its way."""

from __future__ import annotations

from contract.postings import ArrivalRow, ChecklistItem, TickItem
from mobile.core.local_db import LocalDb
from mobile.core.overlay import Laid, Overlay
from mobile.core.profile import last_day_before, stage_of
from mobile.core.replica import Replica
from mobile.core.requests import Reader
from mobile.core.views_hq import Arrival, Both, HandOver, Mark


class HandOverBook:
    """Arrivals in a scope, with what was ticked here laid over."""

    def __init__(self, db: LocalDb, replica: Replica, overlay: Overlay) -> None:
        self._db, self._replica, self._overlay = db, replica, overlay

    def arrivals(self, reader: Reader, *, at_desk: bool) -> tuple[Arrival, ...]:
        """Who comes next first, then who is there, then who left. At a store's desk the host's lines are ours; elsewhere
        those of the side whose manager the reader is."""
        with self._db.read():
            ticks = self._overlay.latest("tick", TickItem)
            rows = self._replica.all("arrival", ArrivalRow, scope=reader.scope)
            found = [self._arrival(row, reader, ticks, _sides(row, reader, at_desk=at_desk)) for row in rows]
        order = {"coming": 0, "running": 1, "over": 2}
        return tuple(sorted(found, key=lambda one: (order[one.stage], one.starts_on, one.posting_id)))

    def line(self, item_id: str, reader: Reader, *, at_desk: bool) -> ChecklistItem | None:
        """A line that the reader's side may tick."""
        for row in self._replica.all("arrival", ArrivalRow, scope=reader.scope):
            for item in row.items:
                if item.id == item_id and item.side in _sides(row, reader, at_desk=at_desk):
                    return item
        return None

    def _arrival(self, row: ArrivalRow, reader: Reader, ticks: dict[str, Laid[TickItem]], sides: frozenset[str]) -> Arrival:
        score = row.last_score
        return Arrival(
            posting_id=row.id,
            person_name=row.person_name,
            number=row.person_number,
            home_unit=row.home_unit,
            home_manager=row.home_manager or "",
            post=None if row.post_zh is None else Both(row.post_zh, row.post_en or row.post_zh),
            starts_on=row.starts_on,
            last_day=last_day_before(row.ends_on),
            stage=stage_of(row.starts_ms, row.ends_ms, reader.now_ms),
            masked_id=row.id_number or "",
            courses=tuple(
                Mark(Both(one.title_zh, one.title_en), one.finished_on, None if one.points is None else one.points * 10)
                for one in row.courses
            ),
            last_score=None if score is None else Mark(Both(score.title_zh, score.title_en), score.scored_on, score.tenths),
            hand_over=tuple(self._line(item, reader, ticks, sides) for item in row.items),
            person_id=row.person_id,
        )

    def _line(self, item: ChecklistItem, reader: Reader, ticks: dict[str, Laid[TickItem]], sides: frozenset[str]) -> HandOver:
        ours = ticks.get(item.id)
        done = item.done_ms is not None
        if ours is not None and ours.counts:
            done = ours.row.done
        return HandOver(
            item_id=item.id,
            direction=item.direction,
            title=Both(item.title_zh, item.title_en),
            side_is_ours=item.side in sides,
            done=done,
            done_by=(item.done_by or "") if done else "",
            done_at=reader.at(item.done_ms) if done else None,
            on_its_way=None if ours is None else self._overlay.on_its_way(ours.entry, "tick"),
        )


def _sides(row: ArrivalRow, reader: Reader, *, at_desk: bool) -> frozenset[str]:
    if at_desk:
        return frozenset({"host"})
    sides = {"home": row.home_manager_id, "host": row.host_manager_id}
    return frozenset(side for side, manager in sides.items() if manager == reader.person_id)
