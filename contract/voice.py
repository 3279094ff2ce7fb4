"""Employee voice on the wire: free words to HQ, by name or without one, grouped into themes and counted.

Without a name means: nothing that a reader gets (answer, row, export, log, id, order in time) leads back to the author. Their own
devices alone know which voice is theirs, by a `ticket` that only they hold.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Code, Id, Label, Reason, Sha256Hex, Short
from contract.wire import Wire, operation

VoiceAbout = Literal["work", "training", "pay", "schedule", "manager", "system", "performance", "other"]
Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*$(?!\n)")]
Month = Annotated[str, Meta(min_length=7, max_length=7, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$(?!\n)")]


@operation("voice.say/1", secret_fields=("text",))
class SayVoice(Wire, frozen=True, kw_only=True):
    """Something that HQ should hear. Its text is not written to the operation log. `anonymous`: nobody who reads it learns from
    whom; `answer_key` is the SHA-256 of a secret that stays on the device, by which it finds the answer later."""

    voice_id: BornId
    about: VoiceAbout = "other"
    text: Words
    anonymous: bool = False
    answer_key: Sha256Hex
    kiosk: KioskProof | None = None


@operation("voice.answer/1")
class AnswerVoice(Wire, frozen=True, kw_only=True):
    """HQ's word to whoever said it, and to those who said the same (`theme`)."""

    answer_id: BornId
    voice_id: Id
    text: Words


@operation("voice.set_theme/1")
class SetTheme(Wire, frozen=True, kw_only=True):
    """A theme, and the words that make a text one of it. Counts of months that are not over follow."""

    theme_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    words: Annotated[list[Short], Meta(max_length=200)]


@operation("voice.retire_theme/1")
class RetireTheme(Wire, frozen=True, kw_only=True):
    """It is counted no more."""

    theme_id: Id
    reason: Reason


@operation("voice.sort/1")
class SortVoice(Wire, frozen=True, kw_only=True):
    """A person knows better than the words which themes it is about."""

    voice_id: Id
    themes: Annotated[list[Code], Meta(max_length=20)]


class VoiceRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What one said oneself, with its answers: entity `voice`, in `private:<person>`; an anonymous one is not there: the device
    keeps it by itself and asks for answers by its key."""

    id: str
    about: VoiceAbout
    text: str
    said_ms: int
    answers: list[str] = []


class VoiceQuery(Wire, frozen=True, kw_only=True):
    """Which voices, of a month."""

    month: Month
    theme: Code | None = None
    unit_id: Id | None = None
    words: Short = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class VoiceLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A voice as its reader gets it. Anonymous: no name, no store where fewer than five work there, the month instead of the
    moment, an id that says nothing, an order that is not that of time."""

    id: str
    about: VoiceAbout
    text: str
    month: str
    day: str | None = None
    name: str | None = None
    where: str | None = None
    themes: list[str] = []
    answers: list[str] = []


class VoicePage(Wire, frozen=True, kw_only=True):
    """Some voices."""

    items: list[VoiceLine]
    next_cursor: str | None = None


class ThemeCount(Wire, frozen=True, kw_only=True):
    """How many texts of a month speak of a theme, and how many the month before; a text may count for several."""

    code: str
    name_zh: str
    name_en: str
    count: int
    before: int
    stores: int


class VoiceReportAsk(Wire, frozen=True, kw_only=True):
    """Of which month, below which unit."""

    month: Month
    unit_id: Id | None = None


class VoiceReport(Wire, frozen=True, kw_only=True):
    """The month: texts, those without a theme, themes the most first, words that come up newly."""

    month: str
    texts: int
    anonymous: int
    unsorted: int
    themes: list[ThemeCount]
    fresh_words: list[tuple[str, int]]


class AnswersAsk(Wire, frozen=True, kw_only=True):
    """The secrets a device holds; what they open are the answers to its anonymous voices. Asked without naming a person."""

    secrets: Annotated[list[Annotated[str, Meta(min_length=32, max_length=100)]], Meta(min_length=1, max_length=50)]


class AnswersFound(Wire, frozen=True, kw_only=True):
    """Answers by the SHA-256 of the secret, only those there are."""

    answers: dict[str, list[str]]
