"""Rosters that the machine proposes: asked for as a job, watched while they get better, compared, taken into the draft.

A proposal never changes a roster by itself. It is computed in a process of its own; its row tells how far it is, and keeps the
best so far. What it offers was judged by the same rules as the grid. All amounts are integers: minutes, points, cents, permille.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import BornId, Day, Id, Millis
from contract.rostering.problem import Candidate, Gap, LocalTime, Ref, RosterProblem, ScoreLine
from contract.rostering.shapes import Verdict
from contract.wire import Wire, operation

ProposalKind = Literal["roster", "replan"]
ProposalState = Literal["waiting", "running", "done", "cancelled", "failed", "refused"]
# what a manager weighs. cover: enough people; wishes: who would rather or rather not; fairness: weekends, nights and early starts
# over months; cost: wages and overtime; stability: what is there stays; hours: what contracts promise; ease: no close after open,
# no single days off, starts that do not jump
Goal = Literal["cover", "wishes", "fairness", "cost", "stability", "hours", "ease"]
Importance = Literal["off", "less", "normal", "more"]
# published: what is published or locked stays, drafts may go; locked: only locked shifts stay; all: only gaps are filled
Keep = Literal["published", "locked", "all"]
Lever = Literal["overtime", "call_in", "other_stores"]
Seconds = Annotated[int, Meta(ge=1, le=900, description="CPU seconds")]
Span = Annotated[int, Meta(ge=1, le=42, description="days")]


@operation("proposals.ask/1")
class AskProposal(Wire, frozen=True, kw_only=True):
    """Have a roster made for stores and days. Goals not named weigh as usual. The same facts and seed give the same roster."""

    proposal_id: BornId
    store_ids: Annotated[list[Id], Meta(min_length=1, max_length=20)]
    from_day: Day
    days: Span
    seconds: Seconds = 30
    seed: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    importance: dict[Goal, Importance] = {}
    keep: Keep = "published"


@operation("proposals.cancel/1")
class CancelProposal(Wire, frozen=True, kw_only=True):
    """Stop computing. The best so far stays and may be taken."""

    proposal_id: Id


@operation("proposals.take/1")
class TakeProposal(Wire, frozen=True, kw_only=True):
    """Write a proposal into the drafts: all of it, or some of its days and stores. Nothing is published by that.

    Shifts that somebody changed since it was asked for are left as they are and named, unless `over_changes`.
    """

    proposal_id: Id
    days: Annotated[list[Day], Meta(max_length=42)] = []
    store_ids: Annotated[list[Id], Meta(max_length=20)] = []
    over_changes: bool = False


@operation("proposals.ask_replan/1")
class AskReplan(Wire, frozen=True, kw_only=True):
    """Mend a roster with the fewest changes: `person_id` falls out from a day to a day (both included), or more are needed.

    Nothing that begins before `freeze_until_ms` (when it is asked for, if absent) changes, but what falls out lasts beyond it:
    the rest of a shift that has begun can still be taken over. `window_days`: how many days from `from_day` on may change at all.
    """

    proposal_id: BornId
    store_id: Id
    event: Literal["sick", "no_show", "extra_demand", "store_closed", "dispatch_ended"] = "sick"
    person_id: Id | None = None
    from_day: Day
    to_day: Day
    freeze_until_ms: Millis | None = None
    window_days: Annotated[int, Meta(ge=1, le=28)] = 7
    allow: Annotated[list[Lever], Meta(max_length=3)] = []
    alternatives: Annotated[int, Meta(ge=1, le=5)] = 5
    seconds: Seconds = 5


@operation("proposals.take_alternative/1")
class TakeAlternative(Wire, frozen=True, kw_only=True):
    """Write one way of mending into the drafts. Refused as a whole when a shift it speaks of was changed since."""

    proposal_id: Id
    alternative: Annotated[int, Meta(ge=1, le=10)]


class ProposalQuery(Wire, frozen=True, kw_only=True):
    """Proposals the reader may see, the newest first."""

    store_id: Id | None = None
    kind: ProposalKind | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class ProgressPoint(Wire, frozen=True, kw_only=True):
    """The best so far after so many CPU milliseconds. Points; less is better. `bound`: no roster is below it."""

    cpu_ms: int
    phase: str = ""
    best: int | None = None
    bound: int | None = None


class Spread(Wire, frozen=True, kw_only=True):
    """How something is shared among the people, the eight weeks before counted in: least, most, and the mean in hundredths."""

    least: int = 0
    most: int = 0
    mean_100: int = 0


class RosterFigures(Wire, frozen=True, kw_only=True):
    """What a roster is worth, in a manager's figures. Minutes are of heads: two people too many for half an hour are 60.

    `short_min`: below what is needed at least; `lack_min`: below what is wanted (short included); `surplus_min`: above what is
    wanted. `cost_cents`: absent for readers who may not see pay. `hard` and `soft`: how many rules are broken, by name.
    """

    shifts: int = 0
    open_shifts: int = 0
    people: int = 0
    work_min: int = 0
    short_min: int = 0
    lack_min: int = 0
    surplus_min: int = 0
    overtime_min: int = 0
    cost_cents: int | None = None
    wishes_kept: int = 0
    wishes_against: int = 0
    hard: dict[str, int] = {}
    soft: dict[str, int] = {}
    points: int = 0
    weekends: Spread = Spread()
    nights: Spread = Spread()
    early: Spread = Spread()
    closings: Spread = Spread()


class PersonFigures(Wire, frozen=True, kw_only=True):
    """One person in a roster; counters with the eight weeks before."""

    person_id: str
    name: str
    work_min: int = 0
    shifts: int = 0
    days_off: int = 0
    weekends: int = 0
    nights: int = 0
    early: int = 0
    closings: int = 0
    wishes_kept: int = 0
    wishes_against: int = 0


class ProposedShift(Wire, frozen=True, kw_only=True):
    """A shift of a proposal. `kept`: it stood there before; `moved`: it stood there with other times or another person."""

    id: str
    store_id: str
    day: str
    person_id: str | None
    starts_min: int
    ends_min: int
    template: str
    role: str = ""
    kept: bool = False
    moved: bool = False


class ProposalChange(Wire, frozen=True, kw_only=True):
    """One changed shift of an alternative: whose it was and whose it is now (absent: open), and the hours of notice."""

    shift_id: str
    store_id: str
    day: str
    starts_min: int
    ends_min: int
    was_person_id: str | None = None
    person_id: str | None = None
    notice_h: int = 0


class ProposalAlternative(Wire, frozen=True, kw_only=True):
    """One way of mending: whom it disturbs, what stays short, and which caps it goes beyond (rule names; none: within all)."""

    alternative: int
    changes: list[ProposalChange]
    people: int
    short_min: int = 0
    points: int = 0
    beyond: list[str] = []


class PersonChoice(Wire, frozen=True, kw_only=True):
    """Somebody who could take the shift from a time to a time (by the store's clock), the best first; or the rule that forbids
    it, with its numbers."""

    person_id: str
    name: str
    rule: str | None = None
    value: int | None = None
    need: int | None = None
    points: int = 0
    beyond: list[str] = []
    distance_m: int | None = None
    from_time: str | None = None
    to_time: str | None = None


class ProposalRow(Wire, frozen=True, kw_only=True):
    """A proposal as a line of a list, and while it is computed. `gap_permille`: how far the best is from the proven bound.

    `code` and `facts` say why it was refused or failed. `changed_since`: shifts that people changed after it was asked for.
    """

    id: str
    kind: ProposalKind
    state: ProposalState
    store_ids: list[str]
    from_day: str
    days: int
    seconds: int
    seed: int
    importance: dict[str, str]
    keep: Keep
    asked_by: str | None
    asked_at_ms: int
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    taken_at_ms: int | None = None
    cancelling: bool = False
    engine: str = ""
    cpu_ms: int = 0
    best: int | None = None
    bound: int | None = None
    gap_permille: int | None = None
    checked: bool = False
    problem_hash: str = ""
    code: str | None = None
    facts: dict[str, Any] = {}


class ProposalPage(Wire, frozen=True, kw_only=True):
    """The newest proposals."""

    proposals: list[ProposalRow]


class ProposalDetail(Wire, frozen=True, kw_only=True):
    """A proposal with all it offers. `now`: the roster as it stood when it was asked for; `then`: with the proposal."""

    proposal: ProposalRow
    progress: list[ProgressPoint] = []
    shifts: list[ProposedShift] = []
    gaps: list[Gap] = []
    score: list[ScoreLine] = []
    now: RosterFigures | None = None
    then: RosterFigures | None = None
    people_now: list[PersonFigures] = []
    people_then: list[PersonFigures] = []
    alternatives: list[ProposalAlternative] = []
    within: list[PersonChoice] = []
    beyond: list[PersonChoice] = []
    changed_since: list[str] = []


class CompareQuery(Wire, frozen=True, kw_only=True):
    """Two rosters of the same stores and days. `right` absent: the roster as it stands now in the drafts."""

    left: Id
    right: Id | None = None


class ShiftDifference(Wire, frozen=True, kw_only=True):
    """Where two rosters differ for one person and day: the times on either side ("" is off)."""

    person_id: str | None
    name: str
    day: str
    left: str
    right: str


class Comparison(Wire, frozen=True, kw_only=True):
    """Two rosters side by side: figures, people, and what differs. `left_id`/`right_id` absent: as it stands now."""

    left_id: str | None
    right_id: str | None
    left: RosterFigures
    right: RosterFigures
    left_people: list[PersonFigures]
    right_people: list[PersonFigures]
    differences: list[ShiftDifference]


class CheckRoster(Wire, frozen=True, kw_only=True):
    """Judge a roster: that of a problem, or of a store's drafts from a day on."""

    problem: RosterProblem | None = None
    store_id: Id | None = None
    from_day: Day | None = None
    days: Span = 7


class RosterCheck(Wire, frozen=True, kw_only=True):
    """What the rules say, and what it is worth."""

    verdicts: list[Verdict]
    gaps: list[Gap]
    score: list[ScoreLine]
    figures: RosterFigures


class ExplainGap(Wire, frozen=True, kw_only=True):
    """Why can nobody cover this stretch? Of a problem, or of a store's drafts. `from_time` and `to_time` by the store's clock."""

    problem: RosterProblem | None = None
    store_id: Ref
    role: str = ""
    from_time: LocalTime
    to_time: LocalTime


class RecommendFor(Wire, frozen=True, kw_only=True):
    """Who should take this shift? `shift_id`: an open or held shift of the problem or the store's drafts; or give its times."""

    problem: RosterProblem | None = None
    store_id: Ref
    role: str = ""
    from_time: LocalTime
    to_time: LocalTime
    shift_id: str | None = None


class GapExplained(Wire, frozen=True, kw_only=True):
    """The stretch with its reasons; `chain`: two people who could move so that it works, if there are such."""

    gap: Gap
    chain: list[ProposalChange] = []


class Recommended(Wire, frozen=True, kw_only=True):
    """People in the order in which they should be asked; who may not, with the reason, after them."""

    candidates: list[Candidate]
