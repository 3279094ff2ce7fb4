"""Courses for looks and taps: due, begun, done, a quiz of six kinds, results, the daily three; and the store's board."""

from __future__ import annotations

from dataclasses import replace

from contract.quizzes import Answer, QuestionKind
from mobile.core.views import Refused
from mobile.core.views_hq import At, Both, OnItsWay
from mobile.core.views_learning import (
    AttemptPage,
    ChoiceCard,
    CourseCard,
    CoursePage,
    DailyAnswer,
    DailyPage,
    DailyQuestion,
    Felt,
    Judgement,
    LearnHome,
    OnboardingCard,
    OnboardingLine,
    Picture,
    QuestionCard,
    QuizCard,
    ReadingCard,
    ResultLine,
    ResultPage,
    TrainingBoardPage,
    TrainingCourse,
    TrainingPerson,
)

WRITTEN_LEARNING = ("魏然", "南京西路旗舰店", "苏州中心店", "陈嘉怡", "李晓雯", "王子涵", "张伟", "刘思远", "赵敏")
AT = At(1_780_276_320_000, "2026-06-01", "09:12")
SHA = "ab" * 32

SERVICE = CourseCard(
    "k1", Both("客诉处理六步", "Six steps with a complaint"),
    Both("先听完，再**道歉**，再补救。", "Listen, **apologise**, make it good."), topic="service", minutes=4, cards=4,
    has_quiz=True, percent=50, standing="begun", due_on="2026-06-03", origin="manual", from_name="魏然",
)  # fmt: skip
HYGIENE = CourseCard(
    "k2", Both("食品安全与手部卫生", "Food safety and clean hands"), minutes=6, cards=12, has_quiz=True, percent=25,
    standing="failed", due_on="2026-05-28", late=True, gate="block", gate_store="苏州中心店", origin="posting",
)  # fmt: skip
SCRIPT = CourseCard("k3", Both("迎宾标准用语", "How guests are greeted"), kind="script", minutes=2, cards=1, origin="report")
TEA = CourseCard(
    "k4", Both("茶饮制作基础", "Making tea"), minutes=9, cards=8, why=Both("满意度 55，低于 70", "Satisfaction 55, below 70")
)
DONE = CourseCard("k5", Both("收银操作", "At the till"), minutes=5, cards=6, percent=100, grade=92, standing="done", done_at=AT)


def a_question(kind: QuestionKind, key: str = "") -> QuestionCard:
    """One of each of the six kinds."""
    words = {
        "single": Both("客人说饮品**太甜**，您第一句话怎么说？", "A guest says the tea is **too sweet**. What do you say first?"),
        "multiple": Both("哪些情况要立即洗手？", "When are hands washed at once?"),
        "order": Both("洗手的顺序是？", "In which order are hands washed?"),
        "match": Both("每种食品存放在哪里？", "Where is each kind kept?"),
        "number": Both("热饮出品时至少多少度？", "How hot is a hot drink at least?"),
        "text": Both("顾客过敏时先叫谁？", "Who is called first when a guest has an allergy?"),
    }
    choices = {
        "single": ("抱歉，我马上给您换一杯", "I am sorry, I will make you another", "都是这个甜度", "It is always this sweet"),
        "multiple": ("摸过手机以后", "After touching a phone", "开始值班时", "At the start of a shift", "下班以后", "After work"),
        "order": ("打湿双手", "Wet them", "搓洗二十秒", "Rub for 20 seconds", "冲洗擦干", "Rinse and dry"),
        "match": ("鲜牛奶", "Fresh milk", "冷冻水果", "Frozen fruit"),
    }.get(kind, ())
    keys = "abcdef"
    made = tuple(ChoiceCard(keys[n // 2], Both(choices[n], choices[n + 1])) for n in range(0, len(choices), 2))
    others = (ChoiceCard("x", Both("冷藏柜 4 °C", "Fridge, 4 °C")), ChoiceCard("y", Both("冷冻柜 −18 °C", "Freezer, −18 °C")))
    return QuestionCard(
        key or kind, kind, words[kind], made, others if kind == "match" else (), unit="°C" if kind == "number" else ""
    )


KINDS: tuple[QuestionKind, ...] = ("single", "multiple", "order", "match", "number", "text")
GIVEN = {
    "single": Answer(question="single", chosen=["b"]), "multiple": Answer(question="multiple", chosen=["a", "b"]),
    "order": Answer(question="order", chosen=["a", "b", "c"]), "match": Answer(question="match", pairs={"a": "x"}),
    "number": Answer(question="number", text="65"), "text": Answer(question="text"),
}  # fmt: skip
WHY = Both("先道歉，客人的火气就消了一半。", "An apology takes half of the anger away.")
RIGHT = (Both("抱歉，我马上给您换一杯", "I am sorry, I will make you another"),)
SAID = {
    "single": Judgement(False, 0, 100, RIGHT, WHY), "multiple": Judgement(True, 200, 200), "order": Judgement(True, 100, 100),
    "match": Judgement(False, 50, 100, (Both("鲜牛奶 → 冷藏柜 4 °C", "Fresh milk → Fridge, 4 °C"),)),
    "number": Judgement(True, 100, 100), "text": Judgement(False, 0, 100, (Both("店长", "The manager"),)),
}  # fmt: skip


def some_cards() -> tuple[ReadingCard, ...]:
    """Words, a picture, a list to tick off and practice."""
    words = Both(
        "# 先听完\n客人说话时**不打断**，看着对方。\n\n- 点头\n- 记下要点\n\n> 听完再开口",
        "# Listen first\nDo **not** interrupt while a guest speaks.\n\n- nod\n- note what matters\n\n> Speak when they are done",
    )
    return (
        ReadingCard("c1", "text", Both("先听完", "Listen"), words, done=True),
        ReadingCard(
            "c2", "picture", Both("补救的三种办法", "Three ways to make it good"), Both("换、退、送。", "Replace, refund, give."),
            done=True, picture=Picture(SHA, 640, 320, "coming"), video="https://video.example.com/watch/complaint",
        ),
        ReadingCard(
            "c3", "checklist", Both("", ""), Both("交接前检查", "Before you hand over"), done=False,
            items=(("i1", Both("记下经过", "Write down what happened")), ("i2", Both("告诉店长", "Tell the manager"))),
        ),
        ReadingCard("c4", "question", Both("练一练", "Practice"), Both("", ""), done=False, question=a_question("single")),
    )  # fmt: skip


QUIZ = QuizCard(6, 80, "best", 600, kept_by_hq=False, attempts_left=2, may_begin=True, last="t0")


def a_result(*, passed: bool = False, waiting: bool = False) -> ResultPage:
    said = {kind: replace(one, right=None) if waiting else one for kind, one in SAID.items()}
    lines = tuple(ResultLine(a_question(kind), GIVEN.get(kind), said[kind]) for kind in KINDS)
    return ResultPage(
        "t1", "k1", SERVICE.title, AT, "waiting" if waiting else "marked", 92 if passed else 58, passed, 80, over_time=False,
        grade=None if waiting else 92 if passed else 58, policy="best", lines=lines,
        next_at=None if passed or waiting else At(AT.ms + 86_400_000, "2026-06-02", "09:12"), may_again=passed,
        next_course=None if passed or waiting else TEA, certificate="z1" if passed else "",
    )  # fmt: skip


LACKS = ("basics.address", "basics.id_number", "insurance.city", "contract.kind", "documents.health_certificate")


def an_onboarding(person_id: str = "e0", *, complete: bool = False, store: str = "苏州中心店") -> OnboardingCard:
    lines = (
        OnboardingLine("archive", Both("", ""), complete, missing=() if complete else LACKS),
        OnboardingLine("course", HYGIENE.title, complete, "k2", held=True, done_at=AT if complete else None),
        OnboardingLine("exam", HYGIENE.title, complete, "k2", held=True),
        OnboardingLine("first_shift", Both("", ""), complete),
    )
    return OnboardingCard("s2", store, lines, "block", complete, complete, person_id)


class ScriptedLearning:
    """Answers what it was given; does what a tap does."""

    def __init__(self) -> None:
        self.due: tuple[CourseCard, ...] = ()
        self.others: tuple[CourseCard, ...] = ()
        self.finished: tuple[CourseCard, ...] = ()
        self.lists: tuple[OnboardingCard, ...] = ()
        self.running = ""
        self.daily_kinds: tuple[QuestionKind, ...] = ()
        self.cards = some_cards()
        self.quiz: QuizCard | None = QUIZ
        self.asked: tuple[QuestionKind, ...] = KINDS
        self.left_s: int | None = 583
        self.over = False
        self.answers: dict[str, Answer] = {}
        self.handed = a_result()
        self.may_confirm = False
        self.done: list[tuple[object, ...]] = []
        self.problem: Refused | None = None

    def busy(self) -> None:
        """Everything there can be on the page."""
        self.due, self.others, self.finished = (HYGIENE, SERVICE, SCRIPT), (TEA,), (DONE,)
        self.daily_kinds = ("single", "match", "number")

    def home(self, sought: str = "") -> LearnHome:
        return LearnHome(
            "2026-06-01", due=self.due, recommended=tuple(one for one in self.others if one.why is not None), done=self.finished,
            daily_left=len(self.daily_kinds), onboarding=self.lists, running=self.running,
        )  # fmt: skip

    def course(self, course_id: str) -> CoursePage | None:
        found = next((one for one in (SERVICE, HYGIENE, SCRIPT, TEA, DONE) if one.course_id == course_id), None)
        if found is None:
            return None
        is_script = found.kind == "script"
        cards = self.cards[:1] if is_script else self.cards
        following = next((card.key for card in cards if not card.done), cards[0].key)
        quiz = None if is_script or self.quiz is None else replace(self.quiz, running="t1" if self.running else "")
        return CoursePage(found, cards, following, quiz, may_confirm=is_script and self.may_confirm)

    def open_card(self, course_id: str, card: str) -> None:
        self._do("open", course_id, card)

    def finish_card(self, course_id: str, card: str) -> None:
        self._do("finish", course_id, card)
        self.cards = tuple(replace(one, done=one.done or one.key == card) for one in self.cards)

    def practise(self, course_id: str, card: str, answer: Answer) -> Judgement:
        self._do("practise", card, tuple(answer.chosen))
        return SAID["single"]

    def confirm(self, course_id: str) -> None:
        self._do("confirm", course_id)
        self.may_confirm = False

    def begin(self, course_id: str) -> AttemptPage:
        self._do("begin", course_id)
        self.running = course_id
        return self._attempt()

    def attempt(self, attempt_id: str) -> AttemptPage | None:
        return None if self.over else self._attempt()

    def answer(self, attempt_id: str, answer: Answer) -> None:
        if self.over:
            raise Refused("client.attempt_over")
        self._do("answer", answer.question, answer.text or tuple(answer.chosen) or tuple(answer.pairs.items()))
        self.answers[answer.question] = answer

    def hand_in(self, attempt_id: str) -> ResultPage:
        self._do("hand_in", attempt_id)
        self.running, self.over = "", True
        return self.handed

    def result(self, attempt_id: str) -> ResultPage | None:
        return self.handed

    def daily(self) -> DailyPage:
        shown = tuple(DailyQuestion("k1", SERVICE.title, a_question(kind), is_new=True) for kind in self.daily_kinds)
        return DailyPage(shown, 3 - len(shown))

    def daily_answer(self, course_id: str, question: str, answer: Answer) -> DailyAnswer:
        self._do("daily", question)
        return DailyAnswer(question, SAID[question], 3, "2026-06-04")

    def daily_felt(self, felt: Felt) -> None:
        self._do("felt", felt)
        self.daily_kinds = self.daily_kinds[1:]

    def onboarding(self) -> tuple[OnboardingCard, ...]:
        return self.lists

    def picture(self, sha: str) -> bytes | None:
        return None

    def _attempt(self) -> AttemptPage:
        questions = tuple(a_question(kind) for kind in self.asked)
        return AttemptPage("t1", "k1", SERVICE.title, questions, dict(self.answers), self.left_s)

    def _do(self, *what: object) -> None:
        if self.problem is not None:
            raise self.problem
        self.done.append(what)


def a_board() -> TrainingBoardPage:
    """Two courses: one three people have not finished, one that all have."""
    names = ("陈嘉怡", "李晓雯", "王子涵", "张伟", "刘思远", "赵敏", "Anastasia Konstantinopolskaya-Wrobel", "James Okafor")
    kept = OnItsWay("o1", "tell", "kept")
    people = (
        TrainingPerson("e0", names[0], "begun", 40, "2026-05-28", late=True, reminded=AT),
        TrainingPerson("e6", names[6], "failed", 100, "2026-05-28", late=True),
        TrainingPerson("e1", names[1], "new", 0, "2026-06-10", late=False, reminded=AT, on_its_way=kept),
        *(TrainingPerson(f"e{n}", names[n], "done", 100, None, late=False) for n in (2, 3, 4, 5, 7)),
    )
    return TrainingBoardPage(
        "2026-06-01",
        (
            TrainingCourse("k2", HYGIENE.title, 5, 8, 1, 2, people),
            TrainingCourse("k5", DONE.title, 5, 5, 0, 0, people[3:]),
        ),
        (("陈嘉怡", an_onboarding()), ("Anastasia Konstantinopolskaya-Wrobel", an_onboarding("e6", store="南京西路旗舰店"))),
    )


class ScriptedDeskTraining:
    """The store's board; reminding marks who was told."""

    def __init__(self) -> None:
        self.shown = a_board()
        self.reminded: list[str] = []
        self.needs: OnboardingCard | None = None
        self.problem: Refused | None = None

    def board(self) -> TrainingBoardPage:
        return self.shown

    def newcomer(self, person_id: str) -> OnboardingCard | None:
        return self.needs

    def remind(self, course_id: str) -> tuple[str, ...]:
        if self.problem is not None:
            raise self.problem
        self.reminded.append(course_id)
        course = next(one for one in self.shown.courses if one.course_id == course_id)
        return tuple(one.name for one in course.missing)
