"""Appeals as this phone knows them: what was made here, and what HQ answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from contract.corrections import Appeal, AppealRow
from contract.ids import new_id
from mobile.core.overlay import Laid, Overlay
from mobile.core.replica import Replica
from mobile.core.requests import Reader, at
from mobile.core.views import Refused
from mobile.core.views_hours import AppealLine

if TYPE_CHECKING:
    from mobile.core.acts import Acts

ENTITY: Final = "appeal"


class AppealBook:
    """The server's rows, and over them what was made here; nothing once the server has a row of it."""

    def __init__(self, replica: Replica, overlay: Overlay) -> None:
        self._replica, self._overlay = replica, overlay

    def lines(self, reader: Reader, *, day: str, punch_ids: frozenset[str]) -> tuple[AppealLine, ...]:
        """About a day or one of its punches, the latest first."""
        laid = self._overlay.latest(ENTITY, AppealKept)
        rows = {row.id: row for row in self._replica.all(ENTITY, AppealRow, scope=reader.scope)}

        def is_about(row: AppealRow) -> bool:
            return row.day == day or row.punch_id in punch_ids

        found = [self._line(row, reader, laid.get(row.id)) for row in rows.values() if is_about(row)]
        found += [self._line(one.row, reader, one) for pk, one in laid.items() if pk not in rows and is_about(one.row)]
        return tuple(sorted(found, key=lambda line: (-line.made.ms, line.appeal_id)))

    def _line(self, row: AppealRow, reader: Reader, ours: Laid[AppealKept] | None) -> AppealLine:
        return AppealLine(
            appeal_id=row.id,
            text=row.text,
            made=at(row.made_ms, reader.when),
            state=row.state,
            answer=row.answer or "",
            answered=reader.at(row.answered_ms),
            on_its_way=None if ours is None else self._overlay.on_its_way(ours.entry, "appeal"),
            has_photo=ours is not None and ours.row.has_photo,
        )


class AppealKept(AppealRow, frozen=True, kw_only=True):
    """How an appeal made here looks until the server has spoken."""

    has_photo: bool = False


def appeal(acts: Acts, *, day: str, text: str, photo: bytes | None, owner: str) -> str:
    """I do not agree with what a day came to. On the disk when it returns; answers the appeal's id. Refused without words."""
    acts.may_act()
    if not text.strip():
        raise Refused("client.reason_needed")
    parts, appeal_id, me = acts.parts, new_id(), acts.person()
    named = None if photo is None else parts.photos.name(photo)
    act = Appeal(appeal_id=appeal_id, day=day, text=text.strip(), photo=named)
    row = AppealKept(
        id=appeal_id, person_id=me, day=day, text=act.text, made_ms=acts.now_ms(), state="open", has_photo=photo is not None
    )

    def also(op: str, seq: int) -> None:
        parts.overlay.keep(op, ENTITY, appeal_id, owner, row)
        if photo is not None:
            parts.photos.keep(photo, seq)

    acts.keep(act, me, ent=appeal_id, also=also, room=0 if photo is None else len(photo))
    acts.ports.signals.kept()
    return appeal_id
