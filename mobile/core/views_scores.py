"""What screens may know of scores: frozen values, the same for the tablet's desk and the phone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.scoring import AppealState, Rater
from mobile.core.views_hq import At, Both, OnItsWay
from mobile.core.views_photos import PhotoCard

MetricKind = Literal["points", "number", "rubric", "yes_no", "milestones"]


@dataclass(frozen=True)
class LevelCard:
    """A level of a rubric: its points, and what one sees when it is met."""

    points: str
    text: Both


@dataclass(frozen=True)
class MetricCard:
    """Something to score by, as it stands on a card that is being filled in. `value` "" is not entered yet."""

    code: str
    name: Both
    means: Both
    kind: MetricKind
    unit: str
    target: str
    levels: tuple[LevelCard, ...]
    weight: str
    value: str = ""


@dataclass(frozen=True)
class MarkCard:
    """A mark that was given."""

    metric: str
    name: Both
    value: str
    points: str
    comment: str
    kind: str = ""
    unit: str = ""


@dataclass(frozen=True)
class WordCard:
    """A word under a card."""

    word_id: str
    by: str
    text: str
    said: At
    is_mine: bool


@dataclass(frozen=True)
class ChangeCard:
    """A correction with what counted before it, or a withdrawal."""

    by: str
    reason: str
    said: At
    withdrawn: bool
    before: tuple[MarkCard, ...]
    comment_before: str


@dataclass(frozen=True)
class AppealCard:
    """An appeal, and what was decided."""

    reason: str
    said: At
    state: AppealState
    answer: str
    answered_by: str


@dataclass(frozen=True)
class CardView:
    """A score card. `differs`: it no longer says what was signed; `may_change`: the reader gave it, and its month is open."""

    card_id: str
    person_id: str
    person: str
    day: str
    month: str
    rater: Rater
    rater_name: str
    marks: tuple[MarkCard, ...]
    comment: str
    said: At
    withdrawn: bool
    replies: tuple[WordCard, ...]
    changes: tuple[ChangeCard, ...]
    appeals: tuple[AppealCard, ...]
    differs: bool = False
    may_change: bool = False
    photos: tuple[PhotoCard, ...] = ()
    on_its_way: OnItsWay | None = None

    @property
    def has_open_appeal(self) -> bool:
        return any(one.state == "open" for one in self.appeals)

    @property
    def about(self) -> Literal["moment", "day", "month"]:
        """What its line in a list names: the moment, where it was said on the very day it is about; else that day, or the month
        of somebody's own word on a month that is over."""
        if self.month != self.day[:7]:
            return "month"
        return "moment" if self.day == self.said.day else "day"


@dataclass(frozen=True)
class ScorePerson:
    """One of the store's people: whether they were scored today, how often this month, whether a card is begun."""

    person_id: str
    name: str
    post: Both
    today: bool
    this_month: int
    begun: bool


@dataclass(frozen=True)
class ScoreBoard:
    """Who can be scored here today, and what was sent, the newest first. `closed`: the month can no longer be scored."""

    day: str
    people: tuple[ScorePerson, ...]
    sent: tuple[CardView, ...]
    closed: bool = False

    @property
    def waiting(self) -> int:
        """People without a score today."""
        return sum(not one.today for one in self.people)


@dataclass(frozen=True)
class Working:
    """A line of a composite: what a metric reached, its points, its weight and what it adds. Texts of decimals; "" is unknown."""

    name: Both
    owner: str
    actual: str
    target: str
    unit: str
    points: str
    weight: str
    adds: str
    n: int = 0
    missing: str = ""


@dataclass(frozen=True)
class ScoreForm:
    """A card that is being filled in, with what the month comes to if it is given so. `composite` "" is too little known.
    `days`: those it may be about, the last first; empty where that is not to be chosen. `photos`: as they were taken."""

    person_id: str
    name: str
    day: str
    metrics: tuple[MetricCard, ...]
    comment: str
    composite: str
    working: tuple[Working, ...]
    cards: tuple[CardView, ...]
    days: tuple[str, ...] = ()
    photos: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class DifferenceCard:
    """What a revision changed; `name` empty is the composite."""

    name: Both
    before: str
    after: str


@dataclass(frozen=True)
class ReportView:
    """A month report in its newest revision."""

    report_id: str
    month: str
    revision: int
    scheme: Both
    composite: str
    why: str
    made: At
    lines: tuple[Working, ...]
    differences: tuple[DifferenceCard, ...]
    digest: str
    appeals: tuple[AppealCard, ...]
    on_its_way: OnItsWay | None = None

    @property
    def has_open_appeal(self) -> bool:
        return any(one.state == "open" for one in self.appeals)


@dataclass(frozen=True)
class MyScoresPage:
    """One's own scores: cards and reports, the newest first; `trend`: (month, composite) of the reports, the oldest first;
    `to_assess`: what one can say of oneself this month, empty where nothing is open."""

    month: str
    cards: tuple[CardView, ...]
    reports: tuple[ReportView, ...]
    trend: tuple[tuple[str, str], ...]
    to_assess: tuple[MetricCard, ...]
    assessed: CardView | None


@dataclass(frozen=True)
class SelfForm:
    """One's own word about a month as far as it is filled in."""

    month: str
    metrics: tuple[MetricCard, ...]
    comment: str
