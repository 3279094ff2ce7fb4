"""The forms of the course editor: a part of a body out of a form, and bodies with a part replaced, moved, copied or taken out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from werkzeug.datastructures import MultiDict

from contract import wire
from contract.courses import Card, CourseBody
from contract.quizzes import Question, Quiz
from server.kernel.problems import Problem

Row = TypeVar("Row", Card, Question)
Form = MultiDict[str, str]
MOST_CHOICES = 12
_NEW_CARD: dict[str, dict[str, Any]] = {"question": {"question": {"key": "practice", "kind": "single", "choices": []}}}
_WHOLE_FIELDS = ("pass_percent", "attempts", "retake_after_h")


def number(said: str, field: str) -> int:
    """A whole number as a form has it. Raises Problem for what is none."""
    tidied = said.strip()
    if not (tidied.isdecimal() and tidied.isascii() and len(tidied) < 7):
        raise Problem("wire.wrong_type", field=field, want="int", got=tidied[:40])
    return int(tidied)


def free_key(prefix: str, taken: Sequence[str]) -> str:
    """A key that is not there yet."""
    count = len(taken) + 1
    while f"{prefix}{count}" in taken:
        count += 1
    return f"{prefix}{count}"


def about_of(form: Form, body: CourseBody, stores: Sequence[str], posts: Sequence[str]) -> CourseBody:
    """The body with what the first part of the editor says."""
    texts = ("title_zh", "title_en", "about_zh", "about_en", "topic")
    values = {name: form.get(name, "").strip() for name in texts}
    changed = {
        **wire.plain(body), **values, "minutes": number(form.get("minutes", ""), "minutes"), "kind": form.get("kind", body.kind),
        "next_course": form.get("next_course", "").strip() or None, "audience": {"stores": list(stores), "posts": list(posts)},
    }  # fmt: skip
    return wire.convert(changed, CourseBody)


def card_of(form: Form, card: Card) -> Card:
    """A card out of its form. Its key and kind stay; its picture is another form's."""
    values: dict[str, Any] = {"key": card.key, "kind": card.kind, "picture": card.picture}
    if "no_picture" in form:
        values["picture"] = None
    for name in ("title_zh", "title_en", "zh", "en"):
        values[name] = form.get(name, "").strip().replace("\r\n", "\n")
    if card.kind == "video":
        values["video"] = form.get("video", "").strip() or None
    if card.kind == "checklist":
        values["items"] = _items(form, card)
    if card.kind == "question" and card.question is not None:
        values["question"] = wire.plain(question_of(form, card.question, "question."))
    return wire.convert(values, Card)


def _items(form: Form, card: Card) -> list[dict[str, str]]:
    keys = [item.key for item in card.items]
    found: list[dict[str, str]] = []
    for zh, en, key in zip(form.getlist("item_zh"), form.getlist("item_en"), form.getlist("item_key"), strict=False):
        if zh.strip() or en.strip():
            own = key if key in keys else free_key("i", [*keys, *(one["key"] for one in found)])
            found.append({"key": own, "zh": zh.strip(), "en": en.strip()})
    return found


def question_of(form: Form, question: Question, prefix: str = "") -> Question:
    """A question out of its form; `prefix` stands before the names of its fields."""
    kind = form.get(f"{prefix}kind", question.kind)
    values: dict[str, Any] = {
        "key": question.key, "kind": kind, "picture": None if f"{prefix}no_picture" in form else question.picture,
        "points": number(form.get(f"{prefix}points", "1"), "points"), "partial": f"{prefix}partial" in form,
        "shuffle": f"{prefix}shuffle" in form, "pool": form.get(f"{prefix}pool", "").strip() or None,
        "unit": form.get(f"{prefix}unit", "").strip(),
    }  # fmt: skip
    for name in ("zh", "en", "why_zh", "why_en"):
        values[name] = form.get(f"{prefix}{name}", "").strip().replace("\r\n", "\n")
    choices, others, solution = _answers(form, prefix, kind, question)
    values |= {"choices": choices, "others": others, "solution": solution}
    return wire.convert(values, Question)


def _answers(form: Form, prefix: str, kind: str, question: Question) -> tuple[list[Any], list[Any], dict[str, Any]]:
    if kind == "number":
        return [], [], {"number": form.get(f"{prefix}number", "").strip() or None,
                        "tolerance": form.get(f"{prefix}tolerance", "").strip() or "0"}  # fmt: skip
    if kind == "text":
        lines = form.get(f"{prefix}texts", "").splitlines()
        return [], [], {"texts": [line.strip() for line in lines if line.strip()]}
    pictures = {one.key: one.picture for one in [*question.choices, *question.others]}
    choices: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    right: list[str] = []
    pairs: dict[str, str] = {}
    for place in range(MOST_CHOICES):
        at = f"{prefix}choice.{place}."
        key = (f"{at}key" in form and form[f"{at}key"].strip()) or f"c{place + 1}"
        zh, en = form.get(f"{at}zh", "").strip(), form.get(f"{at}en", "").strip()
        other_zh, other_en = form.get(f"{at}other_zh", "").strip(), form.get(f"{at}other_en", "").strip()
        if zh or en or pictures.get(key):
            choices.append({"key": key, "zh": zh, "en": en, "picture": pictures.get(key)})
            if f"{at}right" in form or form.get(f"{prefix}right") == key:
                right.append(key)
        if kind == "match" and (other_zh or other_en):
            others.append({"key": f"r{place + 1}", "zh": other_zh, "en": other_en})
            if zh or en:
                pairs[key] = f"r{place + 1}"
    if kind == "match":
        return choices, others, {"pairs": pairs}
    return choices, [], {"right": [one["key"] for one in choices] if kind == "order" else right}


def quiz_of(form: Form, quiz: Quiz) -> Quiz:
    """A quiz's settings out of their form; its questions stay."""
    values: dict[str, Any] = {"policy": form.get("policy", quiz.policy), "kept_by": form.get("kept_by", quiz.kept_by)}
    values |= {name: number(form.get(name, ""), name) for name in _WHOLE_FIELDS}
    values["time_limit_s"] = number(form.get("time_limit_min", ""), "time_limit_min") * 60
    values["shuffle"] = "shuffle" in form
    values["on_fail"] = form.get("on_fail", "").strip() or None
    pools = dict.fromkeys(question.pool for question in quiz.questions if question.pool)
    draws = {pool: form.get(f"draw.{pool}", "").strip() for pool in pools}
    values["draws"] = [{"pool": pool, "count": number(said, "draws")} for pool, said in draws.items() if said]
    return wire.convert({**values, "questions": wire.plain(quiz.questions)}, Quiz)


def with_card(body: CourseBody, card: Card) -> CourseBody:
    """The body with a card as it says now."""
    return msgspec.structs.replace(body, cards=[card if one.key == card.key else one for one in body.cards])


def with_question(body: CourseBody, question: Question) -> CourseBody:
    """The body with a question of its quiz as it says now."""
    quiz = body.quiz
    if quiz is None:
        return body
    rows = [question if one.key == question.key else one for one in quiz.questions]
    return msgspec.structs.replace(body, quiz=msgspec.structs.replace(quiz, questions=rows))


def arranged(body: CourseBody, act: str, what: str, key: str, kind: str) -> tuple[CourseBody, str]:
    """(the body after add, up, down, copy or drop of a card or question, the part to show then)."""
    if what == "card":
        cards, chosen = _arrange(body.cards, act, key, _new_card(body, kind) if act == "add" else None, "k")
        return msgspec.structs.replace(body, cards=cards), f"card:{chosen}" if chosen else "about"
    quiz = body.quiz
    rows = quiz.questions if quiz is not None else []
    born = Question(key=free_key("q", [one.key for one in rows]), kind=_question_kind(kind)) if act == "add" else None
    rows, chosen = _arrange(rows, act, key, born, "q")
    if not rows:
        return msgspec.structs.replace(body, quiz=None), "about"
    changed = msgspec.structs.replace(quiz, questions=rows) if quiz is not None else Quiz(questions=rows)
    return msgspec.structs.replace(body, quiz=changed), f"question:{chosen}" if chosen else "quiz"


def _question_kind(kind: str) -> Any:
    return kind if kind in ("single", "multiple", "order", "match", "number", "text") else "single"


def _new_card(body: CourseBody, kind: str) -> Card:
    values: Mapping[str, Any] = _NEW_CARD.get(kind, {})
    return wire.convert({"key": free_key("k", [one.key for one in body.cards]), "kind": kind, **values}, Card)


def _arrange(rows: Sequence[Row], act: str, key: str, born: Row | None, prefix: str) -> tuple[list[Row], str]:
    found = list(rows)
    if born is not None:
        return [*found, born], born.key
    at = next((place for place, one in enumerate(found) if one.key == key), None)
    if at is None:
        raise Problem("learning.version_unknown", id=key[:40])
    if act == "drop":
        del found[at]
        return found, found[min(at, len(found) - 1)].key if found else ""
    if act == "copy":
        copied = msgspec.structs.replace(found[at], key=free_key(prefix, [one.key for one in found]))
        found.insert(at + 1, copied)
        return found, copied.key
    to = max(0, min(len(found) - 1, at + (-1 if act == "up" else 1)))
    found.insert(to, found.pop(at))
    return found, key
