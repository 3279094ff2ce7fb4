"""Manager scoring on the wire: score cards, replies, corrections as new facts, appeals, months that open and close.

A card is what one rater says of one person's work of one day. It is never changed: who erred adds a correction, both stay in
the story, and the newest counts. The server signs a receipt for the operation like for any other, the employee's phone holds
the card with digests of what was said (`said`), so a silent edit in the database shows on the phone too.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Code, Day, Id, Note, Reason, Sha256Hex
from contract.quizzes import Number
from contract.wire import Wire, operation

Rater = Literal["manager", "second", "self", "hq"]
MonthText = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$(?!\n)")]
PeriodState = Literal["open", "closed"]
AppealState = Literal["open", "upheld", "dismissed"]


class ScoreMark(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What is entered for one metric: points of 100, a number in the metric's unit, a rubric level's points, or 1 and 0 for yes
    and no. `comment`: about this one alone."""

    metric: Code
    value: Number
    comment: Note = ""


Mark = ScoreMark  # its short name here; quizzes have marks of their own on the wire
Marks = Annotated[list[Mark], Meta(min_length=1, max_length=30)]
ScorePhotos = Annotated[list[Sha256Hex], Meta(max_length=3)]


@operation("scoring.score/1")
class ScoreWork(Wire, frozen=True, kw_only=True):
    """A rater's word on a person's work at a store on a day of the store's calendar. Only for people posted there on that day,
    in a month that is open when it is said. Whether the rater is the first, the second or HQ follows from who they are."""

    card_id: BornId
    person_id: Id
    store_id: Id
    day: Day
    marks: Marks
    comment: Note = ""
    photos: ScorePhotos = []
    kiosk: KioskProof | None = None


@operation("scoring.assess_self/1")
class AssessSelf(Wire, frozen=True, kw_only=True):
    """What one says of one's own month. It stands beside the others and never counts."""

    card_id: BornId
    store_id: Id
    month: MonthText
    marks: Marks
    comment: Note = ""
    kiosk: KioskProof | None = None


@operation("scoring.correct/1")
class CorrectScore(Wire, frozen=True, kw_only=True):
    """The rater (or HQ) says it otherwise: a new fact over `card_id`, the old one stays to be read."""

    correction_id: BornId
    card_id: Id
    marks: Marks
    comment: Note = ""
    reason: Reason
    kiosk: KioskProof | None = None


@operation("scoring.withdraw/1")
class WithdrawScore(Wire, frozen=True, kw_only=True):
    """The card was a mistake (another person, another day) and no longer counts."""

    correction_id: BornId
    card_id: Id
    reason: Reason
    kiosk: KioskProof | None = None


@operation("scoring.reply/1")
class ReplyToScore(Wire, frozen=True, kw_only=True):
    """A word of whom it concerns, or of the rater, under a card."""

    reply_id: BornId
    card_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]*$(?!\n)")]
    kiosk: KioskProof | None = None


@operation("scoring.appeal/1")
class AppealScore(Wire, frozen=True, kw_only=True):
    """Whom it concerns does not agree with a card, or with a month report (then `report_id`). The value stays until decided."""

    appeal_id: BornId
    card_id: Id | None = None
    report_id: Id | None = None
    reason: Reason
    kiosk: KioskProof | None = None


@operation("scoring.answer_appeal/1")
class AnswerScoreAppeal(Wire, frozen=True, kw_only=True):
    """HQ's decision, by nobody who gave the score. Upheld: `marks` are what counts from now on for a card (kept as a correction
    of its own)."""

    appeal_id: Id
    upheld: bool
    text: Reason
    marks: Annotated[list[Mark], Meta(max_length=30)] = []


@operation("scoring.set_period/1")
class SetPeriod(Wire, frozen=True, kw_only=True):
    """Until which day (of the company) a month can be scored and its reports revised; open again only with a reason."""

    month: MonthText
    closes_on: Day
    reason: Reason


class MarkRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A mark as it counts now, and the points it is worth."""

    metric: str
    value: str
    points: str
    comment: str = ""


class ScoreReply(Wire, frozen=True, kw_only=True):
    """A word under a card."""

    id: str
    by_id: str
    by: str
    text: str
    at_ms: int


class ScoreChange(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A later fact over a card: a correction with what counted before, or a withdrawal."""

    id: str
    by_id: str
    by: str
    reason: str
    at_ms: int
    withdrawn: bool = False
    before: list[MarkRow] = []
    comment_before: str = ""


class ScoreAppeal(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An appeal and its answer."""

    id: str
    reason: str
    at_ms: int
    state: AppealState
    answer: str = ""
    answered_by: str = ""
    answered_ms: int | None = None


class ScoreCardRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A card on the phone of whom it concerns and on the tablet of its store. `at_ms`: when the rater said it, by the time that
    counts; `arrived_ms`: when the server heard. `entry`: place of its operation in the log."""

    id: str
    person_id: str
    store_id: str
    day: str
    month: str
    rater: Rater
    rater_id: str
    rater_name: str
    marks: list[MarkRow]
    comment: str = ""
    photos: list[str] = []
    at_ms: int
    arrived_ms: int
    op_id: str = ""
    withdrawn: bool = False
    replies: list[ScoreReply] = []
    changes: list[ScoreChange] = []
    appeals: list[ScoreAppeal] = []
    said: dict[str, str] = {}


class ScoreCardsQuery(Wire, frozen=True, kw_only=True):
    """Cards, the newest said first: of a store, a person, a month, or all that the reader may see."""

    store_id: Id | None = None
    person_id: Id | None = None
    month: MonthText | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class ScoreCardList(Wire, frozen=True, kw_only=True):
    """A page of cards with what was said over them."""

    items: list[ScoreCardRow]
    next_cursor: str | None


class PeriodRow(Wire, frozen=True, kw_only=True):
    """A month that is or was scored: devices judge by it whether a card can still be given."""

    id: str
    month: str
    closes_ms: int
    state: PeriodState


class CompositeLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the working: what was reached of what, which points that is worth, and what it adds. Decimals as text."""

    metric: str
    name_zh: str
    name_en: str
    owner: Literal["hq", "store"]
    kind: Literal["points", "number", "rubric", "yes_no", "milestones"]
    direction: Literal["higher", "lower"]
    unit: str = ""
    weight: str
    counted_weight: str
    target: str | None = None
    actual: str | None = None
    n: int = 0
    points: str | None = None
    adds: str = "0"
    missing: Literal["spread", "zero"] | None = None
    source: str = ""


class ReportDifference(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a revision changed of a line against the one before. `metric` "" is the composite."""

    metric: str
    before: str | None = None
    after: str | None = None


class ScoreReportRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A month report of a person at a store, in its newest revision, with the differences of each. `digest`: SHA-256 of the
    canonical text of this revision, which the server keeps frozen. `composite` absent: too little data, `why` says it."""

    id: str
    person_id: str
    store_id: str
    month: str
    revision: int
    made_ms: int
    scheme_zh: str
    scheme_en: str
    composite: str | None = None
    why: str = ""
    lines: list[CompositeLine]
    differences: list[ReportDifference] = []
    digest: str
    appeals: list[ScoreAppeal] = []
