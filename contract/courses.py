"""Courses on the wire: what they consist of, who may take them, how they are written, reviewed and published.

A course is a row of versions. Cards keep their keys from version to version, so that what somebody has read stays read.
Scripts (standard phrases, rules of the house) are courses of kind `script`, whose reading is confirmed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import BornId, Code, Id, Note, Reason, Sha256Hex, Short
from contract.quizzes import Key, Question, Quiz, Written
from contract.wire import Wire, operation

CardKind = Literal["text", "picture", "video", "checklist", "question"]
CourseKind = Literal["course", "script"]
VersionState = Literal["draft", "in_review", "published", "refused", "replaced"]
VideoLink = Annotated[str, Meta(max_length=500, pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s\x00]*)?$(?!\n)")]
MAX_MEDIA_BYTES = 2 * 1024 * 1024
MAX_COURSE_BYTES = 400 * 1024  # one version, without media


class CheckItem(Wire, frozen=True, kw_only=True):
    """A line to tick off."""

    key: Key
    zh: Short = ""
    en: Short = ""


class Card(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One card. `zh` and `en` are Markdown without HTML; `picture` names its bytes by SHA-256; a question card is for practice
    and is never graded."""

    key: Key
    kind: CardKind
    title_zh: Short = ""
    title_en: Short = ""
    zh: Written = ""
    en: Written = ""
    picture: Sha256Hex | None = None
    video: VideoLink | None = None
    items: Annotated[list[CheckItem], Meta(max_length=30)] = []
    question: Question | None = None


class Audience(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Whom a course is for: everybody, where both are empty; else who works at one of these stores, or has one of these posts."""

    stores: Annotated[list[Id], Meta(max_length=2_000)] = []
    posts: Annotated[list[Id], Meta(max_length=200)] = []


class CourseBody(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What one version says. A language that is not written is shown in the other. `minutes`: how long it takes."""

    title_zh: Short = ""
    title_en: Short = ""
    about_zh: Note = ""
    about_en: Note = ""
    kind: CourseKind = "course"
    topic: Short = ""
    minutes: Annotated[int, Meta(ge=1, le=600)] = 3
    cards: Annotated[list[Card], Meta(max_length=300)] = []
    quiz: Quiz | None = None
    audience: Audience = Audience()
    next_course: Code | None = None


@operation("learning.save_draft/1")
class SaveDraft(Wire, frozen=True, kw_only=True):
    """A draft of a course (its first or its next version), or what the draft says now. `base`: the draft's edit that was seen;
    another's edit since then is refused with both names, never overwritten."""

    course_id: BornId
    version_id: BornId
    code: Code
    body: CourseBody
    base: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    note: Note = ""


@operation("learning.submit_draft/1")
class SubmitDraft(Wire, frozen=True, kw_only=True):
    """The author hands a draft in: a request of the flow `course_review` runs, and publishes it once granted."""

    version_id: Id
    request_id: BornId
    note: Note = ""


@operation("learning.discard_draft/1")
class DiscardCourseDraft(Wire, frozen=True, kw_only=True):
    """A draft is thrown away; published versions stay."""

    version_id: Id


@operation("learning.publish_version/1")
class PublishVersion(Wire, frozen=True, kw_only=True):
    """HQ publishes a draft without a review, from now on."""

    version_id: Id
    reason: Reason


@operation("learning.retire_course/1")
class RetireCourse(Wire, frozen=True, kw_only=True):
    """Nobody begins it any more; what was done of it stays done, and open tasks for it end."""

    course_id: Id
    reason: Reason


@operation("learning.add_media/1")
class AddMedia(Wire, frozen=True, kw_only=True):
    """A picture for courses. The bytes came with the request that performs this, shrunk, without position or maker."""

    sha256: Sha256Hex
    media: Literal["image/jpeg", "image/png"]
    size: Annotated[int, Meta(ge=1, le=MAX_MEDIA_BYTES)]
    width: Annotated[int, Meta(ge=1, le=20_000)]
    height: Annotated[int, Meta(ge=1, le=20_000)]
    name: Short = ""


@operation("learning.forget_pictures/1")
class ForgetPictures(Wire, frozen=True, kw_only=True):
    """The system's day: pictures of long ago that no version of any course names are forgotten. One that is named stays."""

    pictures: Annotated[list[Sha256Hex], Meta(max_length=200)]


# -- what is read ---------------------------------------------------------------------------------------------------------


class MediaRef(Wire, frozen=True, kw_only=True):
    """A picture that a course shows, with its size, so that room is known before it is fetched."""

    sha256: str
    media: str
    size: int
    width: int
    height: int


class CourseRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A published course on devices: entity `course`; in `company`, or `store:<id>` / `post:<id>` of its audience.

    `body` is the newest published version, its quiz without keys where the server keeps them, its audience empty. `earlier`: the
    card keys of each earlier published version, so that progress in one of them is counted (`contract.learning.percent_done`).
    `initials`: of the Chinese title in pinyin, as people type them; devices have no table of pinyin. Empty where there is none.
    """

    id: str
    code: str
    version_id: str
    number: int
    published_ms: int
    body: CourseBody
    media: list[MediaRef] = []
    earlier: list[list[str]] = []
    initials: str = ""


class CourseLine(Wire, frozen=True, kw_only=True):
    """A course in the console's library. `draft_id`: the version being written."""

    id: str
    code: str
    title_zh: str
    title_en: str
    kind: str
    topic: str
    minutes: int
    cards: int
    questions: int
    state: Literal["draft", "in_review", "published", "retired"]
    number: int
    published_ms: int | None
    draft_id: str | None
    author: str
    stores: int
    posts: int
    finished: int
    begun: int


class CourseQuery(Wire, frozen=True, kw_only=True):
    """Which courses: `q` finds titles, topics, codes, words of cards in both languages, and titles by pinyin initials."""

    q: Short = ""
    state: Literal["draft", "in_review", "published", "retired"] | None = None
    kind: CourseKind | None = None
    topic: Short = ""
    store_id: Id | None = None
    post_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class CoursePage(Wire, frozen=True, kw_only=True):
    """Some courses by title, and where the next page begins."""

    items: list[CourseLine]
    next_cursor: str | None = None


class BodyProblem(Wire, frozen=True, kw_only=True):
    """Something that stands in the way of publishing: where in the body (dotted) and a refusal code."""

    field: str
    code: str


class VersionCard(Wire, frozen=True, kw_only=True):
    """One version of a course, whole, for whoever may write or review it."""

    id: str
    course_id: str
    code: str
    number: int | None
    state: VersionState
    edit: int
    body: CourseBody
    media: list[MediaRef]
    author: str
    saved_ms: int
    published_ms: int | None
    request_id: str | None
    note: str
    problems: list[BodyProblem]


class Versions(Wire, frozen=True, kw_only=True):
    """All versions of a course, the newest first."""

    items: list[VersionCard]


class ReadingQuery(Wire, frozen=True, kw_only=True):
    """Who has confirmed reading a script: of its newest version."""

    course_id: Id
    store_id: Id | None = None


class ReaderLine(Wire, frozen=True, kw_only=True):
    """Somebody of a script's audience; `confirmed_ms` null: not yet."""

    person_id: str
    name: str
    confirmed_ms: int | None


class Readers(Wire, frozen=True, kw_only=True):
    """Who has confirmed and who has not, by name."""

    confirmed: int
    of: int
    items: list[ReaderLine]


def problems_of(body: CourseBody) -> list[BodyProblem]:
    """What stands in the way of publishing: a title in no language, keys that repeat, questions that cannot be answered,
    pools that hold too few. The same list in the editor while one types and at the server when it is published."""
    found: list[BodyProblem] = []
    if not (body.title_zh.strip() or body.title_en.strip()):
        found.append(BodyProblem(field="title_zh", code="learning.title_needed"))
    if not body.cards and body.quiz is None:
        found.append(BodyProblem(field="cards", code="learning.nothing_in_it"))
    _repeated(found, "cards", [card.key for card in body.cards])
    for number, card in enumerate(body.cards):
        found += _of_card(f"cards.{number}", card)
    if body.quiz is not None:
        found += _of_quiz(body.quiz)
    return found


def _repeated(found: list[BodyProblem], field: str, keys: list[str]) -> None:
    if len(set(keys)) != len(keys):
        found.append(BodyProblem(field=field, code="learning.key_twice"))


def _of_card(at: str, card: Card) -> list[BodyProblem]:
    lacks = {
        "text": not (card.zh.strip() or card.en.strip()),
        "picture": card.picture is None,
        "video": card.video is None,
        "checklist": not card.items,
        "question": card.question is None,
    }
    found = [BodyProblem(field=at, code="learning.card_empty")] if lacks[card.kind] else []
    _repeated(found, f"{at}.items", [item.key for item in card.items])
    if card.question is not None:
        found += of_question(f"{at}.question", card.question)
    return found


def _of_quiz(quiz: Quiz) -> list[BodyProblem]:
    found: list[BodyProblem] = []
    _repeated(found, "quiz.questions", [question.key for question in quiz.questions])
    for number, question in enumerate(quiz.questions):
        found += of_question(f"quiz.questions.{number}", question)
    _repeated(found, "quiz.draws", [draw.pool for draw in quiz.draws])
    for number, draw in enumerate(quiz.draws):
        if draw.count > sum(question.pool == draw.pool for question in quiz.questions):
            found.append(BodyProblem(field=f"quiz.draws.{number}", code="learning.pool_too_small"))
    return found


def of_question(at: str, question: Question) -> list[BodyProblem]:
    """What is wrong with one question. Its solution must be there: authors always have it."""
    found: list[BodyProblem] = []
    key, choices, others = question.solution, [one.key for one in question.choices], [one.key for one in question.others]
    _repeated(found, f"{at}.choices", choices)
    _repeated(found, f"{at}.others", others)
    if not (question.zh.strip() or question.en.strip() or question.picture):
        found.append(BodyProblem(field=at, code="learning.question_empty"))
    good = key is not None and {
        "single": len(choices) >= 2 and len(key.right) == 1 and key.right[0] in choices,
        "multiple": len(choices) >= 2 and 1 <= len(key.right) == len(set(key.right)) and set(key.right) <= set(choices),
        "order": len(choices) >= 2 and sorted(key.right) == sorted(choices),
        "match": len(choices) >= 2 and set(key.pairs) == set(choices) and set(key.pairs.values()) <= set(others),
        "number": key.number is not None and not key.tolerance.startswith("-"),
        "text": any(text.strip() for text in key.texts),
    }[question.kind]
    if not good:
        found.append(BodyProblem(field=f"{at}.solution", code="learning.solution_wrong"))
    return found

