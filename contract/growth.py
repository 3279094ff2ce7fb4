"""Growth on the wire: indicators, recommendations with their reasons, what training changed, career paths and wishes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import BornId, Code, Day, Id, Label, Note, Reason, Short
from contract.quizzes import Number, Percent
from contract.wire import Wire, operation

Better = Literal["higher", "lower"]
RuleKind = Literal["post", "indicator", "quiz", "tickets"]
WishFor = Literal["promotion", "other_post", "other_store", "stay"]
ConditionKind = Literal["months", "course", "exam", "indicator"]


@operation("growth.define_indicator/1")
class DefineIndicator(Wire, frozen=True, kw_only=True):
    """Something that is measured of people or stores: satisfaction, complaint rate, a score. Said again it gets other names."""

    indicator_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    unit: Annotated[str, Meta(max_length=20)] = ""
    better: Better = "higher"


class IndicatorValue(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A value of one person (or, without one, of a store) over days, both included. `n`: out of how many cases, where known."""

    indicator: Code
    person_id: Id | None = None
    store_id: Id | None = None
    from_day: Day
    to_day: Day
    value: Number
    n: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None


@operation("growth.record_values/1")
class RecordValues(Wire, frozen=True, kw_only=True):
    """Values from a file or another system, all or nothing. The same indicator, whom and days said again is replaced."""

    batch_id: BornId
    values: Annotated[list[IndicatorValue], Meta(min_length=1, max_length=5_000)]
    source: Short = ""


class RuleWhen(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """When a course is recommended. post: to who has it; indicator: to whose newest value is below or above a line (a store's
    value counts for all who work there); quiz: to who did not pass a course's quiz (`percent_below`: or scored less); tickets: to
    all who work at a store where at least so many tickets of a kind were filed within so many days."""

    kind: RuleKind
    post_id: Id | None = None
    indicator: Code | None = None
    below: Number | None = None
    above: Number | None = None
    quiz_course_id: Id | None = None
    percent_below: Percent | None = None
    category: Code | None = None
    at_least: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    days: Annotated[int, Meta(ge=1, le=366)] | None = None


@operation("growth.set_rule/1")
class SetRecommendation(Wire, frozen=True, kw_only=True):
    """A rule that recommends a course, or its next form. `why_*` may name {value}, {line}, {indicator}, {percent}, {quiz},
    {post}, {category}, {n}, {days}, {store}; empty: the product's own sentence. Inactive: it recommends nothing, and what it
    recommended is gone."""

    rule_id: Id
    code: Code
    when: RuleWhen
    course_id: Id
    why_zh: Short = ""
    why_en: Short = ""
    active: bool = True


@operation("growth.turn_recommendations/1")
class TurnRecommendations(Wire, frozen=True, kw_only=True):
    """The system looks who should be recommended what, for these people."""

    people: Annotated[list[Id], Meta(min_length=1, max_length=500)]


class PathCondition(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a stage asks for: months in it, a course finished, an exam passed with at least `percent`, an indicator's newest value
    at least (or, where lower is better, at most) `line`."""

    kind: ConditionKind
    months: Annotated[int, Meta(ge=0, le=120)] | None = None
    course_id: Id | None = None
    percent: Percent | None = None
    indicator: Code | None = None
    line: Number | None = None


class PathStage(Wire, frozen=True, kw_only=True):
    """A stage by months since the path was joined: from `from_month` (1 is the first) to `to_month`, both included."""

    key: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$(?!\n)")]
    title_zh: Label
    title_en: Label
    from_month: Annotated[int, Meta(ge=1, le=120)]
    to_month: Annotated[int, Meta(ge=1, le=120)]
    courses: Annotated[list[Id], Meta(max_length=50)] = []
    conditions: Annotated[list[PathCondition], Meta(max_length=30)] = []


@operation("growth.define_path/1")
class DefinePath(Wire, frozen=True, kw_only=True):
    """A career path, or its next form: sales, store manager, region manager, with its month stages."""

    path_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    target_post_id: Id | None = None
    stages: Annotated[list[PathStage], Meta(min_length=1, max_length=20)]
    reason: Reason


@operation("growth.join_path/1")
class JoinPath(Wire, frozen=True, kw_only=True):
    """Somebody follows a path from a day on; one at a time."""

    member_id: BornId
    person_id: Id
    path_id: Id
    from_day: Day


@operation("growth.leave_path/1")
class LeavePath(Wire, frozen=True, kw_only=True):
    """Somebody follows it no more from a day on."""

    member_id: Id
    until: Day
    reason: Reason


@operation("growth.say_wish/1")
class SayWish(Wire, frozen=True, kw_only=True):
    """What I would like to become; the newest word counts. Seen by who manages the person and by HR."""

    wish_id: BornId
    wish: WishFor
    path_id: Id | None = None
    note: Note = ""


@operation("growth.record_promotion/1")
class RecordPromotion(Wire, frozen=True, kw_only=True):
    """Somebody was promoted: what was missing at that moment is kept with it."""

    promotion_id: BornId
    person_id: Id
    path_id: Id
    from_day: Day
    reason: Reason


# -- rows on devices ------------------------------------------------------------------------------------------------------


class RecommendationRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A course that is recommended to somebody, and why: entity `recommendation`, in `person:<person>`. Gone once it is passed
    (or finished, without a quiz), once the rule does not hold any more. `why_*` are whole sentences."""

    id: str
    person_id: str
    course_id: str
    title_zh: str
    title_en: str
    rule: str
    kind: RuleKind
    why_zh: str
    why_en: str
    since_ms: int


class CareerItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A course or a condition of a stage: met or not, with what is there and what is asked for."""

    kind: ConditionKind
    met: bool
    course_id: str | None = None
    title_zh: str = ""
    title_en: str = ""
    have: str = ""
    need: str = ""


class CareerStage(Wire, frozen=True, kw_only=True):
    """A stage as it stands: past, now, or to come."""

    key: str
    title_zh: str
    title_en: str
    from_month: int
    to_month: int
    when: Literal["past", "now", "later"]
    items: list[CareerItem]


class CareerRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody's path: entity `career`, in `person:<person>`. `month`: the one they are in, counted from 1. Without a path: only
    the wish. `missing`: titles of what stands between them and the next stage, of this stage and those before."""

    id: str
    person_id: str
    path_id: str | None = None
    name_zh: str = ""
    name_en: str = ""
    month: int = 0
    stages: list[CareerStage] = []
    missing_zh: list[str] = []
    missing_en: list[str] = []
    wish: WishFor | None = None
    wish_note: str = ""
    wished_ms: int | None = None
    promoted_on: str | None = None


class PathRow(Wire, frozen=True, kw_only=True):
    """A path one may follow: entity `career_path`, in `company`."""

    id: str
    code: str
    name_zh: str
    name_en: str
    target_post_id: str | None
    stages: list[PathStage]
