"""The kinds of leave a company in China begins with: defined by operations, to be changed by HR like any other version.

Annual leave: 职工带薪年休假条例 article 3. Marriage, bereavement and sick leave are unlimited here, since provinces differ: what
is granted is decided by the flow, and recorded.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract.ids import derived_id
from contract.leave import DefineLeaveKind, ServiceStep
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import perform, reading
from server.leave.model import LeaveKind

_FROM = "2000-01-01"
_ANNUAL = [ServiceStep(years=1, days=5), ServiceStep(years=10, days=10), ServiceStep(years=20, days=15)]


def _kind(code: str, name_zh: str, name_en: str, **rule: object) -> DefineLeaveKind:
    values = {"paid": True, **rule}
    return DefineLeaveKind(
        kind_id=derived_id("leave_kind", code, _FROM), code=code, name_zh=name_zh, name_en=name_en, from_day=_FROM,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


PRESETS: tuple[DefineLeaveKind, ...] = (
    _kind("annual", "年休假", "Annual leave", accrual="by_service", steps=_ANNUAL, carry_over_days=5),
    _kind("lieu", "调休", "Time off in lieu", accrual="yearly", days_a_year=0, carry_over_days=366, smallest_min=60),
    _kind("personal", "事假", "Personal leave", paid=False, smallest_min=60),
    _kind("sick", "病假", "Sick leave", needs_document=True, is_sensitive=True),
    _kind("marriage", "婚假", "Marriage leave", needs_document=True, smallest_min=480),
    _kind("maternity", "产假", "Maternity leave", needs_document=True, is_sensitive=True, smallest_min=480),
    _kind("paternity", "陪产假", "Paternity leave", needs_document=True, smallest_min=480),
    _kind("bereavement", "丧假", "Bereavement leave", smallest_min=480),
)


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """Define what a new company has none of yet. Asking again changes nothing; what HR changed since stays."""
    with reading(db, Actor.system()) as session:
        known = set(session.scalars(sa.select(LeaveKind.code).distinct()))
    for kind in PRESETS:
        if kind.code not in known:
            outcome = perform(db, Actor.system(), kind, op_id=derived_id("ensure", kind.kind_id), now=now, secret=secret)
            if outcome.status != "applied":
                raise RuntimeError(f"{kind.code}: {outcome.code} {outcome.facts}")
