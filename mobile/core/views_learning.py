"""What screens may know of learning: frozen values. Words that HQ wrote are in both languages, times are HH:MM here.

The same values for the phone (`core.learning`), one's own page on the tablet (`core.own_learning`) and the desk
(`core.desk_training`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from contract.courses import CardKind, CourseKind
from contract.growth import ConditionKind, WishFor
from contract.learning import Rating
from contract.quizzes import Answer, GradePolicy, QuestionKind
from contract.training import Gate, OnboardingKind, TaskOrigin
from mobile.core.views_hq import At, Both, OnItsWay

Standing = Literal["new", "begun", "failed", "waiting", "done"]
PictureState = Literal["here", "coming", "unknown"]
Felt = Literal["easy", "fine", "hard"]
NO_WORDS: Final = Both("", "")


@dataclass(frozen=True)
class Picture:
    """A course's picture. coming: this device fetches it when there is a signal; `width` and `height` are known before."""

    sha: str
    width: int
    height: int
    state: PictureState


@dataclass(frozen=True)
class ChoiceCard:
    """Something to choose, put in order, or match. `number`: its place in what was shown, from 1."""

    key: str
    words: Both
    picture: Picture | None = None


@dataclass(frozen=True)
class QuestionCard:
    """A question as it is shown: choices and others in the order of this attempt. `words` is Markdown."""

    key: str
    kind: QuestionKind
    words: Both
    choices: tuple[ChoiceCard, ...] = ()
    others: tuple[ChoiceCard, ...] = ()
    unit: str = ""
    points: int = 1
    picture: Picture | None = None


@dataclass(frozen=True)
class Judgement:
    """How an answer was judged. `right` None: HQ keeps the key, or has not marked it yet. `solution`: what would be right, one
    line each; `why` is Markdown. Both empty where the key stays with HQ."""

    right: bool | None
    earned: int = 0
    of: int = 0
    solution: tuple[Both, ...] = ()
    why: Both = NO_WORDS


@dataclass(frozen=True)
class ReadingCard:
    """A card of a course. `words` is Markdown; `items` to tick off, by key; `answer` and `judgement`: my last practice."""

    key: str
    kind: CardKind
    title: Both
    words: Both
    done: bool
    picture: Picture | None = None
    video: str = ""
    items: tuple[tuple[str, Both], ...] = ()
    question: QuestionCard | None = None
    answer: Answer | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True)
class CourseCard:
    """A course in a list. `held`: it can be opened here (else only my standing in it is left). `why`: the recommendation's
    reason; `gate`: what it means for shifts at `gate_store` while it is not done."""

    course_id: str
    title: Both
    about: Both = NO_WORDS
    kind: CourseKind = "course"
    topic: str = ""
    minutes: int = 0
    cards: int = 0
    has_quiz: bool = False
    held: bool = True
    percent: int = 0
    grade: int | None = None
    standing: Standing = "new"
    due_on: str | None = None
    late: bool = False
    gate: Gate = "none"
    gate_store: str = ""
    origin: TaskOrigin | None = None
    from_name: str = ""
    note: str = ""
    why: Both | None = None
    done_at: At | None = None
    on_its_way: OnItsWay | None = None

    @property
    def is_due(self) -> bool:
        return self.origin is not None and self.standing != "done"


@dataclass(frozen=True)
class CertificateCard:
    """A certificate. `link`: where anybody can check its code; the QR shows it."""

    certificate_id: str
    course_id: str
    title: Both
    person_name: str
    issued: At
    percent: int | None
    code: str
    link: str


@dataclass(frozen=True)
class OnboardingLine:
    """One line of the list at a new store. `missing`: what the record lacks, as keys (group.field)."""

    kind: OnboardingKind
    title: Both
    done: bool
    course_id: str | None = None
    held: bool = False
    done_at: At | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class OnboardingCard:
    """What I need before and at the beginning of work at a store."""

    store_id: str
    store_name: str
    lines: tuple[OnboardingLine, ...]
    gate: Gate
    may_work: bool
    complete: bool
    person_id: str = ""

    @property
    def done(self) -> int:
        return sum(line.done for line in self.lines)


@dataclass(frozen=True)
class LearnHome:
    """The start page of learning: due first (late, then by date), recommended, begun, all others, done.

    `found`: what a search found, None where nothing was sought. `daily_left`: of today's three questions; `running`: the course
    of a quiz that goes on.
    """

    today: str
    due: tuple[CourseCard, ...] = ()
    recommended: tuple[CourseCard, ...] = ()
    begun: tuple[CourseCard, ...] = ()
    library: tuple[CourseCard, ...] = ()
    done: tuple[CourseCard, ...] = ()
    found: tuple[CourseCard, ...] | None = None
    certificates: int = 0
    daily_left: int = 0
    onboarding: tuple[OnboardingCard, ...] = ()
    has_path: bool = False
    running: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.due or self.recommended or self.begun or self.library or self.done)


@dataclass(frozen=True)
class QuizCard:
    """A course's quiz before it is begun. `waits_until`: a new round begins then; `running`: the attempt that goes on;
    `attempts_left` None: as many as one likes."""

    questions: int
    pass_percent: int
    policy: GradePolicy
    time_limit_s: int
    kept_by_hq: bool
    attempts_left: int | None
    may_begin: bool
    waits_until: At | None = None
    running: str = ""
    last: str = ""
    passed: bool = False


@dataclass(frozen=True)
class CoursePage:
    """A course opened. `next_card`: where reading goes on. `may_confirm`: a script whose newest version I have not confirmed."""

    card: CourseCard
    cards: tuple[ReadingCard, ...]
    next_card: str = ""
    quiz: QuizCard | None = None
    may_confirm: bool = False
    confirmed: At | None = None


@dataclass(frozen=True)
class AttemptPage:
    """An attempt that goes on. `left_s` None: no limit. `timed`: "exact" by the monotonic clock; "reckoned" where the device was
    started anew meanwhile and the time is what HQ's clock, or the wall clock, says has passed."""

    attempt_id: str
    course_id: str
    title: Both
    questions: tuple[QuestionCard, ...]
    answers: dict[str, Answer]
    left_s: int | None = None
    timed: Literal["exact", "reckoned"] = "exact"
    kept_by_hq: bool = False


@dataclass(frozen=True)
class ResultLine:
    """One question of an attempt that was handed in."""

    question: QuestionCard
    answer: Answer | None
    judgement: Judgement


@dataclass(frozen=True)
class ResultPage:
    """What an attempt came to. waiting: the exam's key is with HQ, it is marked once synced. `next_at`: from then on it can be
    tried again, None: at once; `next_course`: what is recommended after failing; `certificate`: id of what passing brought."""

    attempt_id: str
    course_id: str
    title: Both
    at: At
    state: Literal["marked", "waiting"]
    percent: int
    passed: bool
    pass_percent: int
    over_time: bool
    grade: int | None
    policy: GradePolicy
    lines: tuple[ResultLine, ...] = ()
    next_at: At | None = None
    may_again: bool = False
    next_course: CourseCard | None = None
    certificate: str = ""
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class DailyQuestion:
    """One of today's three."""

    course_id: str
    title: Both
    question: QuestionCard
    is_new: bool


@dataclass(frozen=True)
class DailyPage:
    """Today's questions that are left, the first first; `done` of at most `most`."""

    questions: tuple[DailyQuestion, ...] = ()
    done: int = 0
    most: int = 3


@dataclass(frozen=True)
class DailyAnswer:
    """How a daily question was answered, and on which day it comes again if it felt like that."""

    question: str
    judgement: Judgement
    rating: Rating
    again_on: str


@dataclass(frozen=True)
class CareerLine:
    """A course or a condition of a stage. `have` and `need` as text: months, percent, a value."""

    kind: ConditionKind
    met: bool
    title: Both
    course_id: str | None = None
    have: str = ""
    need: str = ""


@dataclass(frozen=True)
class StageCard:
    """A stage of my path."""

    key: str
    title: Both
    from_month: int
    to_month: int
    when: Literal["past", "now", "later"]
    lines: tuple[CareerLine, ...] = ()


@dataclass(frozen=True)
class PathChoice:
    """A path one may wish for."""

    path_id: str
    name: Both


@dataclass(frozen=True)
class CareerPage:
    """My path and my wish. Without a path `name` is None. `missing`: what stands between me and the next stage."""

    name: Both | None = None
    month: int = 0
    stages: tuple[StageCard, ...] = ()
    missing: tuple[Both, ...] = ()
    wish: WishFor | None = None
    wish_path: str | None = None
    wish_note: str = ""
    wished: At | None = None
    promoted_on: str | None = None
    paths: tuple[PathChoice, ...] = ()
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class TrainingPerson:
    """Somebody on the desk's board. `reminded`: when they were last told, here or by HQ's row."""

    person_id: str
    name: str
    standing: Standing
    percent: int
    due_on: str | None
    late: bool
    reminded: At | None = None
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class TrainingCourse:
    """A course on the desk's board: `finished` of `of`, and who is missing by name, late ones first."""

    course_id: str
    title: Both
    finished: int
    of: int
    begun: int
    late: int
    people: tuple[TrainingPerson, ...]

    @property
    def missing(self) -> tuple[TrainingPerson, ...]:
        return tuple(one for one in self.people if one.standing != "done")


@dataclass(frozen=True)
class TrainingBoardPage:
    """The store's board and what newcomers still need."""

    day: str
    courses: tuple[TrainingCourse, ...] = ()
    newcomers: tuple[tuple[str, OnboardingCard], ...] = ()
