"""The library of metrics and schemes as they are read over the API, and formulas tried on real figures."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Id, Short
from contract.metrics import Channel, Formula, MetricRow, MetricSource, SchemeRow
from contract.scoring import MonthText
from contract.wire import Wire

MetricState = Literal["draft", "active", "retired"]


class MetricQuery(Wire, frozen=True, kw_only=True):
    """Which metrics. `post`: those of a post (by code), with those of all; `q`: in code, names and meaning."""

    q: Short = ""
    post: Code | None = None
    area: Short = ""
    source: MetricSource | None = None
    state: MetricState | None = None


class LibraryMetric(Wire, frozen=True, kw_only=True):
    """A metric of the library with all that was said of it. `schemes`: codes of those whose newest weights hold it."""

    metric: MetricRow
    state: MetricState
    area: str
    formula: str
    posts: list[str]
    core: bool
    schemes: list[str]
    retired_because: str | None


class LibraryMetrics(Wire, frozen=True, kw_only=True):
    """Metrics by code."""

    items: list[LibraryMetric]


class SaidWeights(Wire, frozen=True, kw_only=True):
    """Why a set of weights was said, and when."""

    id: str
    from_day: str
    reason: str
    set_ms: int


class HeldScheme(Wire, frozen=True, kw_only=True):
    """A scheme with all its weights. `said`: the reason of each, in the order of `scheme.versions`. `core`: codes of metrics that
    no new weights of it go without."""

    scheme: SchemeRow
    whose_zh: str
    whose_en: str
    said: list[SaidWeights]
    core: list[str]


class HeldSchemes(Wire, frozen=True, kw_only=True):
    """Schemes by code, and stores of which somebody has said where they sell."""

    items: list[HeldScheme]
    channels: dict[str, Channel]


class TryFormula(Wire, frozen=True, kw_only=True):
    """A formula to be tried on the figures of a person at a store (or of a store alone) in a month. `unit`: what the result must
    be in."""

    formula: Annotated[Formula, Meta(min_length=1)]
    unit: Annotated[str, Meta(max_length=20)] | None = None
    person_id: Id | None = None
    store_id: Id
    month: MonthText


class TriedFigure(Wire, frozen=True, kw_only=True):
    """A figure that the formula names, as it is known; `value` absent: it is not. Decimals as text."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    value: str | None
    n: int | None
    source: str


class TriedStep(Wire, frozen=True, kw_only=True):
    """A step of the working, in the order it was reckoned. `value` absent: missing, or divided by zero."""

    text: str
    value: str | None


class TriedFormula(Wire, frozen=True, kw_only=True):
    """What it comes to and how. `unit`: of the result."""

    value: str | None
    unit: str
    figures: list[TriedFigure]
    steps: list[TriedStep]
