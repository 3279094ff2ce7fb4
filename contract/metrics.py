"""What people are measured by, on the wire: the library of metrics, and schemes that weigh some of them for a post.

A metric says where its figure comes from and how often; without that it cannot be activated. A scheme's weights count from a
day and sum to 100; which version counted is the one in force on the last day of a month, so that a new quarter's weights never
touch an old report. The figure of a metric that is not scored by hand is an indicator value (contract/growth.py) of its code.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Note, Reason, Short
from contract.quizzes import Number
from contract.wire import Wire, operation

MetricKind = Literal["points", "number", "rubric", "yes_no", "milestones"]
Direction = Literal["higher", "lower"]
MetricSource = Literal["manager", "hq", "import", "attendance", "training", "tickets", "formula"]
Rhythm = Literal["shift", "day", "week", "month", "quarter"]
Gathered = Literal["mean", "sum", "last"]
Owner = Literal["hq", "store"]
WhenMissing = Literal["spread", "zero"]
Channel = Literal["offline", "online"]
Formula = Annotated[str, Meta(max_length=500, pattern=r"^[^\x00]*$(?!\n)")]
Weight = Annotated[str, Meta(min_length=1, max_length=6, pattern=r"^(100|[0-9]{1,2})(\.[0-9]{1,2})?$(?!\n)")]
Points = Annotated[str, Meta(min_length=1, max_length=6, pattern=r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$(?!\n)")]


class RubricLevel(Wire, frozen=True, kw_only=True):
    """A level of a rubric: what one sees when it is met, and its points of 100."""

    points: Points
    text_zh: Label
    text_en: Label


@operation("scoring.define_metric/1")
class DefineMetric(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A metric of the library, or its next form; a draft until activated. `kind` says what is entered: points of 100, a number
    measured against `target`, a rubric's level, yes or no, or how many of `target` milestones. `source` and `rhythm` may be
    missing in a draft only. `formula`: over codes of indicators, for source "formula". `posts`: codes of posts, none: all.
    `core`: no scheme for its posts goes without it."""

    metric_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    means_zh: Note = ""
    means_en: Note = ""
    area: Short = ""
    kind: MetricKind
    direction: Direction = "higher"
    unit: Annotated[str, Meta(max_length=20)] = ""
    target: Number | None = None
    source: MetricSource | None = None
    rhythm: Rhythm | None = None
    gathered: Gathered = "mean"
    formula: Formula = ""
    levels: Annotated[list[RubricLevel], Meta(max_length=11)] = []
    posts: Annotated[list[Code], Meta(max_length=50)] = []
    core: bool = False


@operation("scoring.activate_metric/1")
class ActivateMetric(Wire, frozen=True, kw_only=True):
    """It may be weighed from now on."""

    metric_id: Id


@operation("scoring.retire_metric/1")
class RetireMetric(Wire, frozen=True, kw_only=True):
    """No new scheme takes it; what was measured by it stays."""

    metric_id: Id
    reason: Reason


class Weighed(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A metric in a scheme: whose it is, what it weighs of 100, its target where it is another than the metric's own, and what
    happens in a month without a figure: its weight is spread over the others, or it counts zero."""

    metric: Code
    owner: Owner
    weight: Weight
    target: Number | None = None
    missing: WhenMissing = "spread"


@operation("scoring.define_scheme/1")
class DefineScheme(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Who is measured by one set of weights: a post, people of a channel, of a store, or all. The nearest one counts: store and
    post before store, before post and channel, before post, before channel, before all."""

    scheme_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    post_id: Id | None = None
    store_id: Id | None = None
    channel: Channel | None = None


@operation("scoring.set_weights/1")
class SetWeights(Wire, frozen=True, kw_only=True):
    """A scheme's weights from a day on. They sum to 100, the refusal names what is missing or too much. `because`: for a weight
    that was suggested, by what and from how much data."""

    version_id: Id
    scheme_id: Id
    from_day: Day
    lines: Annotated[list[Weighed], Meta(min_length=1, max_length=30)]
    reason: Reason


@operation("scoring.retire_scheme/1")
class RetireScheme(Wire, frozen=True, kw_only=True):
    """From a day on nobody is measured by it."""

    scheme_id: Id
    until: Day
    reason: Reason


@operation("scoring.set_channel/1")
class SetStoreChannel(Wire, frozen=True, kw_only=True):
    """Where a store sells: a shop people walk into, or online."""

    store_id: Id
    channel: Channel


class MetricRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A metric that devices score by (source "manager" or weighed in a scheme of the store): all a score card shows."""

    id: str
    code: str
    name_zh: str
    name_en: str
    kind: MetricKind
    direction: Direction
    unit: str = ""
    target: str | None = None
    source: MetricSource | None = None
    rhythm: Rhythm | None = None
    means_zh: str = ""
    means_en: str = ""
    gathered: Gathered = "mean"
    levels: list[RubricLevel] = []
    retired: bool = False


class SchemeVersion(Wire, frozen=True, kw_only=True):
    """Weights from a day until the next version's."""

    from_day: str
    lines: list[Weighed]


class SchemeRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A scheme with its versions, the oldest first, as devices hold it."""

    id: str
    code: str
    name_zh: str
    name_en: str
    post_id: str | None = None
    store_id: str | None = None
    channel: Channel | None = None
    versions: list[SchemeVersion] = []
    until: str | None = None


class ChannelRow(Wire, frozen=True, kw_only=True):
    """Where a store sells, as its own devices hold it; a store without one is offline. `id`: the store's."""

    id: str
    channel: Channel
