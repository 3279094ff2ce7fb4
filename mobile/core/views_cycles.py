"""What screens may know of somebody's part in a cycle beside its rows: frozen values, the same for the desk and the phone."""

from __future__ import annotations

from dataclasses import dataclass

from mobile.core.views_hq import At, Both


@dataclass(frozen=True)
class GoalLine:
    """A goal with what measures it and how far it is by the last word. `weight`: of its metric in the scheme that counts; texts
    of decimals, "" where there is none."""

    goal_id: str
    text: str
    metric: Both | None = None
    target: str = ""
    unit: str = ""
    weight: str = ""
    percent: int | None = None
    note: str = ""
    by: str = ""
    said: At | None = None


@dataclass(frozen=True)
class PairedMark:
    """A metric in the month that is evaluated: one's own points, the manager's, HQ's; "" nothing said. `n`: of marks the
    manager's are the mean of."""

    metric: str
    name: Both
    own: str
    manager: str
    hq: str
    n: int = 0


@dataclass(frozen=True)
class CycleDetail:
    """When each side agreed and confirmed, the goals, and the marks side by side."""

    goals: tuple[GoalLine, ...] = ()
    agreed: At | None = None
    agreed_manager: At | None = None
    confirmed: At | None = None
    confirmed_manager: At | None = None
    marks: tuple[PairedMark, ...] = ()
