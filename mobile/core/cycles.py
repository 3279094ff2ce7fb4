"""Performance cycles with no signal: on the phone of whom they concern, and at the manager's desk on the tablet.

What may not be said is refused here already: before a stage opens, in a closed cycle, the manager's part by the person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.attendance import KioskProof
from contract.cycles import (
    AgreeGoals,
    ConfirmInterview,
    CyclePersonRow,
    CycleRow,
    Goal,
    Lack,
    PlanAction,
    RecordInterview,
    SetGoals,
    SetPlan,
    Side,
    Stage,
    StageState,
    TickPlan,
    TrackGoal,
    lacks,
    standing_of,
    state_of,
)
from contract.ids import new_id
from contract.wire import Wire
from mobile.core.acts import Acts, born_with
from mobile.core.cycle_rows import ACT, act_of, cycles, parts_of
from mobile.core.cycle_scores import CycleScores, evaluated_month
from mobile.core.desk import ManagerDesk
from mobile.core.feedback_rows import Writer
from mobile.core.papers import ROOM, CyclePaper
from mobile.core.score_rows import ScoreBook
from mobile.core.views import Refused
from mobile.core.views_cycles import CycleDetail
from mobile.core.views_hq import OnItsWay
from mobile.core.writers import desk_writer, phone_writer

PROOF: Final = KioskProof(pin=True)
NOTE_MOST, WORD_MOST = 4_000, 500


@dataclass(frozen=True)
class StageView:
    """A stage of somebody: its days, where it is, what it lacks."""

    stage: Stage
    from_day: str
    until: str
    state: StageState
    lacks: tuple[Lack, ...]


@dataclass(frozen=True)
class CyclePage:
    """Somebody's part in a cycle as it stands here. `side`: whose words are said here; `today`: the store's day; `month`: the one
    that is evaluated."""

    cycle: CycleRow
    part: CyclePersonRow
    side: Side
    today: str
    stages: tuple[StageView, ...]
    on_its_way: OnItsWay | None = None
    month: str = ""
    detail: CycleDetail = field(default_factory=CycleDetail)

    def stage(self, stage: Stage) -> StageView:
        return next(one for one in self.stages if one.stage == stage)

    def may(self, stage: Stage) -> bool:
        """Whether a word of this stage is taken now."""
        return self.cycle.state == "open" and self.stage(stage).from_day <= self.today


class CycleWords:
    """One side's words in cycles. `who` raises Refused past the lease, or while the desk is shut."""

    def __init__(self, acts: Acts, who: Callable[[], Writer], side: Side) -> None:
        self._acts, self._who, self._side = acts, who, side

    def pages(self) -> tuple[CyclePage, ...]:
        """On a phone one's own parts, at the desk everybody's of the store; of the newest cycle first, then by name."""
        who, parts = self._who(), self._acts.parts
        today = who.reader.when.day(who.reader.now_ms)
        with parts.db.read():
            known, scores = cycles(parts.replica), CycleScores(ScoreBook(parts.replica, parts.overlay), who)
            found = [
                _page(known[row.cycle_id], row, self._side, today, scores,
                      parts.overlay.on_its_way(laid.entry, "tell") if laid is not None else None)
                for row, laid in parts_of(parts.replica, parts.overlay, who).values()
                if row.cycle_id in known and self._concerns(row, who)
            ]  # fmt: skip
        found.sort(key=lambda one: (one.part.person_name, one.part.id))
        return tuple(sorted(found, key=lambda one: (one.cycle.state == "open", one.cycle.to_month, one.cycle.id), reverse=True))

    def _concerns(self, row: CyclePersonRow, who: Writer) -> bool:
        return (row.person_id == who.reader.person_id) == (self._side == "person")

    # what is being written

    def paper(self, part_id: str, what: str) -> CyclePaper | None:
        """What was begun here and not sent. `what`: goals, note, plan, or `track|` and a goal."""
        who = self._who()
        with self._acts.parts.db.read():
            return self._acts.parts.drafts.papers.cycle(who.owner, part_id, what)

    def write(self, part_id: str, what: str, paper: CyclePaper) -> None:
        """Keep it as far as it is written. On the disk when this returns."""
        self._acts.may_act()
        who, parts = self._who(), self._acts.parts
        parts.db.need_space(ROOM)
        with parts.db.write():
            parts.drafts.papers.put_cycle(who.owner, part_id, what, paper)
        who.stay_open()

    # words

    def set_goals(self, part_id: str, goals: Sequence[Goal]) -> None:
        """The goals from now on; the other side has yet to agree."""
        page = self._may(part_id, "goals")
        kept = [one for one in goals if one.text.strip()]
        if not kept:
            raise Refused("client.words_needed")
        op = SetGoals(part_id=part_id, revision=page.part.goals.revision, goals=kept, kiosk=self._proof)
        self._keep(page, op, "goals")

    def agree(self, part_id: str) -> None:
        """To the goals as they stand here."""
        page = self._may(part_id, "goals")
        if not page.part.goals.revision:
            raise Refused("cycles.goal_unknown")
        self._keep(page, AgreeGoals(part_id=part_id, revision=page.part.goals.revision, kiosk=self._proof))

    def track(self, part_id: str, goal_id: str, percent: int | None, note: str) -> None:
        """How far a goal is."""
        page = self._may(part_id, "tracking")
        if percent is None and not note.strip():
            raise Refused("cycles.nothing_said")
        self._keep(page, TrackGoal(
            track_id=new_id(), part_id=part_id, goal_id=goal_id, percent=percent, note=note.strip()[:WORD_MOST],
            kiosk=self._proof,
        ), f"track|{goal_id}")  # fmt: skip

    def confirm(self, part_id: str) -> None:
        """The interview's note as it stands here."""
        page = self._may(part_id, "interview")
        if not page.part.interview.revision:
            raise Refused("cycles.no_note")
        self._keep(page, ConfirmInterview(part_id=part_id, revision=page.part.interview.revision, kiosk=self._proof))

    def record(self, part_id: str, note: str, held_on: str | None = None) -> None:
        """The note of the talk, held today unless another day is said. The manager's alone."""
        page = self._managers(part_id)
        if not note.strip():
            raise Refused("client.words_needed")
        if held_on is not None and held_on > page.today:
            raise Refused("cycles.held_ahead")
        self._keep(page, RecordInterview(
            part_id=part_id, held_on=held_on or page.today, note=note.strip()[:NOTE_MOST], kiosk=self._proof
        ), "note")  # fmt: skip

    def plan(self, part_id: str, actions: Sequence[PlanAction]) -> None:
        """The improvement plan from now on. The manager's alone."""
        page = self._managers(part_id)
        kept = [one for one in actions if one.text.strip()]
        self._keep(page, SetPlan(part_id=part_id, actions=kept, kiosk=self._proof), "plan")

    def tick(self, part_id: str, action_id: str, *, done: bool = True) -> None:
        """An action is done, or not after all; also after the cycle."""
        self._acts.may_act()
        page = self._page(part_id)
        if all(one.id != action_id for one in page.part.plan):
            raise Refused("cycles.action_unknown")
        self._keep(page, TickPlan(part_id=part_id, action_id=action_id, done=done, kiosk=self._proof))

    @property
    def _proof(self) -> KioskProof | None:
        return PROOF if self._side == "manager" else None

    def _page(self, part_id: str) -> CyclePage:
        found = next((one for one in self.pages() if one.part.id == part_id), None)
        if found is None:
            raise Refused("cycles.part_unknown")
        return found

    def _may(self, part_id: str, stage: Stage) -> CyclePage:
        self._acts.may_act()
        page = self._page(part_id)
        if page.cycle.state == "closed":
            raise Refused("cycles.closed")
        if not page.may(stage):
            raise Refused("cycles.not_yet", from_day=page.stage(stage).from_day)
        return page

    def _managers(self, part_id: str) -> CyclePage:
        if self._side != "manager":
            raise Refused("cycles.manager_only")
        return self._may(part_id, "interview")

    def _keep(self, page: CyclePage, op: Wire, written: str | None = None) -> None:
        who, parts = self._who(), self._acts.parts
        act = act_of(op, who, self._side)

        def also(op_id: str, _: int) -> None:
            parts.overlay.keep(op_id, ACT, page.part.id, who.owner, act)
            if written is not None:
                parts.drafts.papers.drop_cycle(who.owner, page.part.id, written)

        self._acts.keep(op, who.reader.person_id, ent=born_with(page.part.id), also=also)
        self._acts.ports.signals.kept()
        who.stay_open()


def _page(
    cycle: CycleRow, told: CyclePersonRow, side: Side, today: str, scores: CycleScores, way: OnItsWay | None
) -> CyclePage:
    row, month = scores.laid_over(told, cycle), evaluated_month(cycle, today)
    known = standing_of(cycle, row, today[:7])
    stages = []
    for days in cycle.stages:
        missing = lacks(days.stage, known)
        stages.append(StageView(days.stage, days.from_day, days.until, state_of(days, missing, today), tuple(missing)))
    return CyclePage(cycle, row, side, today, tuple(stages), way, month, scores.detail(row, month))


class Cycles:
    """`desk` behind the manager's PIN on the tablet, `mine` on a phone."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self.desk = CycleWords(acts, lambda: desk_writer(acts, desk), "manager")
        self.mine = CycleWords(acts, lambda: phone_writer(acts), "person")
