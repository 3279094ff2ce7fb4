"""What is read of performance cycles over the API: boards with what is overdue, somebody's part with all marks side by side."""

from __future__ import annotations

from contract.cycles import CyclePersonRow, CycleRow, Lack, Side, Stage, StageState
from contract.limits import Id
from contract.wire import Wire


class CycleMarks(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One metric in a month of a cycle, side by side: what the person, the managers (first and second), HQ said, in points of
    100; None where nobody has."""

    month: str
    metric: str
    name_zh: str
    name_en: str
    own: str | None = None
    manager: str | None = None
    hq: str | None = None
    n: int = 0


class StageStanding(Wire, frozen=True, kw_only=True):
    """A stage of a person: where it is, and what it lacks."""

    stage: Stage
    state: StageState
    lacks: list[Lack]


class CyclePersonView(Wire, frozen=True, kw_only=True):
    """All there is of somebody in a cycle."""

    cycle: CycleRow
    person: CyclePersonRow
    stages: list[StageStanding]
    marks: list[CycleMarks]


class CycleAsk(Wire, frozen=True, kw_only=True):
    """Which cycle."""

    cycle_id: Id


class CyclePartAsk(Wire, frozen=True, kw_only=True):
    """Whose part in a cycle."""

    part_id: Id


class Cycles(Wire, frozen=True, kw_only=True):
    """Cycles, the newest first."""

    items: list[CycleRow]


class CycleCount(Wire, frozen=True, kw_only=True):
    """A stage at a store: how many people there are, are done, overdue."""

    stage: Stage
    of: int
    done: int
    overdue: int


class CycleStore(Wire, frozen=True, kw_only=True):
    """A store on the board."""

    store_id: str
    store_name: str
    stages: list[CycleCount]


class CycleOverdue(Wire, frozen=True, kw_only=True):
    """A line of the overdue list: which stage of whom at which store lacks what since when; `side` is who must do it."""

    part_id: str
    person_id: str
    person_name: str
    store_id: str
    store_name: str
    stage: Stage
    lack: Lack
    side: Side
    until: str


class CyclePerson(Wire, frozen=True, kw_only=True):
    """Somebody on the board with the state of each stage, in their order."""

    part_id: str
    person_id: str
    person_name: str
    store_id: str
    states: list[StageState]


class CycleBoard(Wire, frozen=True, kw_only=True):
    """A cycle on a day, as far as one may see: stores by name, what is overdue by store and person, everybody by name."""

    cycle: CycleRow
    day: str
    stores: list[CycleStore]
    overdue: list[CycleOverdue]
    people: list[CyclePerson]


class CyclePartQuery(Wire, frozen=True, kw_only=True):
    """Whose parts: of a person (absent: one's own)."""

    person_id: Id | None = None


class CycleParts(Wire, frozen=True, kw_only=True):
    """Parts in cycles, the newest cycle first."""

    items: list[CyclePersonRow]
