"""The vectors of quizzes: what attempts with fixed ids ask, in which order, and what answers of every kind earn."""

from __future__ import annotations

from contract.quizzes import Answer, Choice, PoolDraw, Question, Quiz, Solution, ask, mark
from contract.wire import plain
from tools.judging_vectors import Vectors

ATTEMPTS = tuple(f"01936f00-0000-7000-8000-00000000000{n}" for n in range(6))
_FOUR = [Choice(key=key, zh=f"选项 {key}", en=f"Choice {key}") for key in ("a", "b", "c", "d")]
QUIZ = Quiz(
    questions=[
        Question(key="single", kind="single", zh="？", choices=_FOUR, points=2, solution=Solution(right=["c"])),
        Question(
            key="multiple", kind="multiple", zh="？", choices=_FOUR, points=5, partial=True,
            solution=Solution(right=["a", "b", "d"]),
        ),
        Question(key="strict", kind="multiple", zh="？", choices=_FOUR, shuffle=False, solution=Solution(right=["a", "b"])),
        Question(
            key="order", kind="order", zh="？", choices=_FOUR, points=3, partial=True,
            solution=Solution(right=["d", "a", "c", "b"]),
        ),
        Question(
            key="match", kind="match", zh="？", choices=_FOUR[:3], others=_FOUR, points=4, partial=True, pool="long",
            solution=Solution(pairs={"a": "d", "b": "a", "c": "a"}),
        ),
        Question(key="number", kind="number", zh="？", pool="long", solution=Solution(number="12.50", tolerance="0.05")),
        Question(key="text", kind="text", zh="？", pool="long", solution=Solution(texts=["Thank you", "谢谢"])),
    ],
    draws=[PoolDraw(pool="long", count=2)], pass_percent=55, time_limit_s=60,
)  # fmt: skip
ANSWERS: tuple[tuple[int, list[Answer]], ...] = (
    (1_000, []),
    (65_000, [
        Answer(question="single", chosen=["c"]), Answer(question="multiple", chosen=["b", "a", "d"]),
        Answer(question="strict", chosen=["b", "a"]), Answer(question="order", chosen=["d", "a", "c", "b"]),
        Answer(question="match", pairs={"a": "d", "b": "a", "c": "a"}), Answer(question="number", text="12.45"),
        Answer(question="text", text="THANK  you!"),
    ]),
    (65_001, [Answer(question="single", chosen=["c"]), Answer(question="multiple", chosen=["a", "b", "d"])]),
    (2_000, [
        Answer(question="single", chosen=["c", "a"]), Answer(question="multiple", chosen=["a", "c"]),
        Answer(question="strict", chosen=["a"]), Answer(question="order", chosen=["d", "a", "b", "c"]),
        Answer(question="match", pairs={"a": "d", "b": "b"}), Answer(question="number", text="１２，５５"),
        Answer(question="text", text="谢谢。"),
    ]),
    (3_000, [
        Answer(question="multiple", chosen=["a", "b"]), Answer(question="order", chosen=["d", "a"]),
        Answer(question="number", text="12.551"), Answer(question="text", text="thanks"), Answer(question="other", text="x"),
    ]),
    (4_000, [Answer(question="number", text="1e1"), Answer(question="text", text=" Ｔｈａｎｋ\u3000you ")]),
)  # fmt: skip


def quizzes() -> Vectors:
    """Attempts with what they ask and what they earn."""
    out = []
    for attempt_id, (took_ms, answers) in zip(ATTEMPTS, ANSWERS, strict=True):
        asked = [
            {"question": one.question.key, "choices": [c.key for c in one.choices], "others": [c.key for c in one.others]}
            for one in ask(QUIZ, attempt_id)
        ]
        marks = mark(QUIZ, attempt_id, answers, took_ms)
        out.append(
            {"attempt_id": attempt_id, "took_ms": took_ms, "answers": plain(answers), "asked": asked, "marks": plain(marks)}
        )
    return {
        "about": "What attempts ask and what they earn (section 9). Answers to questions that are not asked count nothing",
        "quiz": plain(QUIZ), "attempts": out,
    }  # fmt: skip
