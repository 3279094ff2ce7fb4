"""Courses, tasks and what HQ says of somebody's learning, as rows that a scripted server sends to a device."""

from __future__ import annotations

import hashlib
from typing import Any

from contract.courses import Card, CheckItem, CourseBody, CourseRow, MediaRef
from contract.growth import RecommendationRow
from contract.learning import ProgressRow
from contract.quizzes import Choice, Question, Quiz, Solution
from contract.training import OnboardingItem, OnboardingRow, TaskRow
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import STORE, WEI

TEA, TILL, WORDS, EXAM = (f"01900000-0000-7000-8000-0000000c000{n}" for n in range(1, 5))
V1, V2 = "01900000-0000-7000-8000-0000000d0001", "01900000-0000-7000-8000-0000000d0002"
PICTURE = b"\x89PNG" + bytes(range(256)) * 700  # three pieces
SHA = hashlib.sha256(PICTURE).hexdigest()
ME = f"person:{WEI}"


def single(key: str = "q1", right: str = "a", **more: Any) -> Question:
    choices = [Choice(key="a", zh="热水", en="Hot water"), Choice(key="b", zh="冰水", en="Ice water")]
    return Question(
        key=key, kind="single", zh=f"用什么泡茶？{key}", en=f"Which water for tea? {key}", choices=choices,
        solution=Solution(right=[right]), why_zh="热水出香。", why_en="Heat brings out the scent.", **more,
    )  # fmt: skip


def cards(count: int = 3) -> list[Card]:
    numbers = range(1, count + 1)
    return [Card(key=f"c{n}", kind="text", title_zh=f"第{n}张", zh=f"**要点 {n}**", en=f"**Point {n}**") for n in numbers]


def every_kind() -> list[Question]:
    """One question of each kind, with what is right."""
    ab = [Choice(key="a", zh="甲", en="A"), Choice(key="b", zh="乙", en="B"), Choice(key="c", zh="丙", en="C")]
    xy = [Choice(key="x", zh="一", en="1"), Choice(key="y", zh="二", en="2"), Choice(key="z", zh="三", en="3")]
    pairs, hot = Solution(pairs={"a": "x", "b": "y", "c": "z"}), Solution(number="85", tolerance="2")
    return [
        single("one"),
        Question(key="many", kind="multiple", zh="哪些？", choices=ab, solution=Solution(right=["a", "c"]), partial=True),
        Question(key="row", kind="order", zh="排序", en="In order", choices=ab, solution=Solution(right=["c", "a", "b"])),
        Question(key="pair", kind="match", zh="配对", en="Match", choices=ab, others=xy, solution=pairs),
        Question(key="count", kind="number", zh="几度？", en="How hot?", unit="°C", solution=hot),
        Question(key="word", kind="text", zh="茶名？", en="Which tea?", solution=Solution(texts=["龙井", "Longjing"])),
    ]


def tea(**more: Any) -> CourseRow:
    """Three cards and a quiz of two questions, on the device."""
    body: dict[str, Any] = {
        "title_zh": "泡茶", "title_en": "Making tea", "topic": "产品", "cards": cards(),
        "quiz": Quiz(questions=[single("q1"), single("q2")], pass_percent=60, attempts=2, retake_after_h=24, on_fail="till"),
        **more.pop("body", {}),
    }  # fmt: skip
    row: dict[str, Any] = {"id": TEA, "code": "tea", "version_id": V1, "number": 1, "published_ms": START_MS, **more}
    return CourseRow(body=CourseBody(**body), **row)


def till(**more: Any) -> CourseRow:
    """Two cards, one with a picture, and a practice question; no quiz."""
    made = [
        Card(key="p", kind="picture", title_zh="收银台", picture=SHA),
        Card(key="l", kind="checklist", title_zh="开机", items=[CheckItem(key="i", zh="开钱箱", en="Open the drawer")]),
        Card(key="q", kind="question", question=single("p1")),
    ]
    media = [MediaRef(sha256=SHA, media="image/png", size=len(PICTURE), width=800, height=600)]
    body = CourseBody(title_zh="收银", title_en="The till", cards=made)
    return CourseRow(id=TILL, code="till", version_id=V2, number=1, published_ms=START_MS, body=body, media=media, **more)


def script(version: str = V1, number: int = 1) -> CourseRow:
    body = CourseBody(title_zh="服务用语", title_en="House phrases", kind="script", cards=cards(1))
    return CourseRow(id=WORDS, code="words", version_id=version, number=number, published_ms=START_MS, body=body)


def task(course_id: str = TEA, **more: Any) -> TaskRow:
    row: dict[str, Any] = {
        "id": f"t-{course_id[-4:]}", "person_id": WEI, "person_name": "李伟", "course_id": course_id, "code": "tea",
        "title_zh": "泡茶", "title_en": "Making tea", "origin": "posting", "state": "open", "assigned_ms": START_MS,
        "due_on": "2026-06-03", "store_id": STORE, "gate": "block", **more,
    }  # fmt: skip
    return TaskRow(**row)


def progress(course_id: str = TEA, **more: Any) -> ProgressRow:
    row: dict[str, Any] = {"id": f"{WEI}:{course_id}", "person_id": WEI, "course_id": course_id, "code": "tea", **more}
    return ProgressRow(title_zh="泡茶", title_en="Making tea", **row)


def recommendation(course_id: str = TILL) -> RecommendationRow:
    return RecommendationRow(
        id="r1", person_id=WEI, course_id=course_id, title_zh="收银", title_en="The till", rule="satisfaction", kind="indicator",
        why_zh="满意度 55，低于 60", why_en="Satisfaction 55, below 60", since_ms=START_MS,
    )  # fmt: skip


def onboarding() -> OnboardingRow:
    items = [
        OnboardingItem(kind="archive", done=False, missing=["bank.account"]),
        OnboardingItem(kind="exam", done=False, course_id=TEA, title_zh="泡茶", title_en="Making tea"),
        OnboardingItem(kind="first_shift", done=False),
    ]
    return OnboardingRow(
        id="o1", person_id=WEI, person_name="李伟", store_id=STORE, store_name="豫园店", items=items, gate="block",
        may_work=False, complete=False,
    )  # fmt: skip
