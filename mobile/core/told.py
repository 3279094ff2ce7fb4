"""How somebody wants to be told beside their inbox: said on their own phone with no signal, or at the console; of two words the
later one counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, get_args

import msgspec

from contract.channels import Email, ToldRow, WishNotices, wish_fault
from mobile.core.acts import Acts
from mobile.core.sync_status import wall_time
from mobile.core.views import Refused
from mobile.core.views_hq import OnItsWay

WISH: Final = "wish"
_ADDRESS: Final = re.compile(get_args(Email)[1].pattern)  # as HQ judges it


@dataclass(frozen=True)
class ToldPage:
    """What counts, with what was said here laid over it. Quiet hours go by the clock of `wish.zone`: the person's store, where
    they never chose one."""

    wish: ToldRow = field(default_factory=ToldRow)
    on_its_way: OnItsWay | None = None


class Told:
    """Of the phone's own person."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    def page(self) -> ToldPage:
        """Refused past the lease."""
        self._acts.may_look()
        parts, scope = self._acts.parts, f"private:{self._acts.person()}"
        with parts.db.read():
            rows = parts.replica.all(WISH, ToldRow, scope=scope)
            last = next(reversed(parts.overlay.all(WISH, ToldRow)), None)
            way = parts.overlay.on_its_way(last.entry, "tell") if last is not None else None
        found = last.row if last is not None and last.counts else rows[0] if rows else None
        if found is None:
            return ToldPage(ToldRow(zone=wall_time(parts).zone), way)
        return ToldPage(ToldRow(**msgspec.structs.asdict(found)), way)  # what was read may be of a shape that is open to more

    def say(self, wish: ToldRow) -> None:
        """From now on this counts. On the disk when this returns. Refused: quiet hours that are half, an address that is none."""
        self._acts.may_act()
        act = WishNotices(
            language=wish.language, zone=wish.zone, quiet_from_min=wish.quiet_from_min, quiet_until_min=wish.quiet_until_min,
            email=wish.email.strip(), email_groups=wish.email_groups, push_groups=wish.push_groups,
        )  # fmt: skip
        if act.email and not _ADDRESS.match(act.email):
            raise Refused("client.email_wrong")
        fault = wish_fault(act)
        if fault is not None:
            raise Refused(fault[1], field=fault[0], zone=act.zone)
        parts, me = self._acts.parts, self._acts.person()
        row = msgspec.structs.replace(wish, email=act.email)
        self._acts.keep(act, me, also=lambda op, _: parts.overlay.keep(op, WISH, me, f"private:{me}", row))
        self._acts.ports.signals.kept()
