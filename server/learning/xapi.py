"""Learning events as xAPI statements (https://github.com/adlnet/xAPI-Spec, 1.0.3), for a learning record store. Pure.

Ids are derived from the event's, so that a statement sent twice is one. People are accounts of this server: their number, never
an address, and their name only where that is set. A key that stays with the server is in no statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from contract.courses import Card, CourseBody
from contract.ids import derived_id
from contract.quizzes import Answer, Mark, Question

_ADL = "http://adlnet.gov/expapi"
VERBS = {
    "initialized": ("开始", f"{_ADL}/verbs/initialized"), "experienced": ("阅读", f"{_ADL}/verbs/experienced"),
    "progressed": ("推进", f"{_ADL}/verbs/progressed"), "answered": ("作答", f"{_ADL}/verbs/answered"),
    "completed": ("完成", f"{_ADL}/verbs/completed"), "passed": ("通过", f"{_ADL}/verbs/passed"),
    "failed": ("未通过", f"{_ADL}/verbs/failed"),
}  # fmt: skip
Verb = Literal["initialized", "experienced", "progressed", "answered", "completed", "passed", "failed"]
_INTERACTIONS = {
    "single": "choice", "multiple": "choice", "order": "sequencing", "match": "matching", "number": "numeric", "text": "fill-in",
}  # fmt: skip
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"


@dataclass(frozen=True)
class Told:
    """Somebody's event, with all that its statements need. `home`: the address that names this server; `name` empty: not told."""

    home: str
    number: str
    name: str
    code: str
    version_id: str
    body: CourseBody
    row_id: str
    at: datetime

    def statement(self, verb: Verb, what: dict[str, Any], *parts: str, **more: Any) -> dict[str, Any]:
        """One statement. `parts` tell statements of the same event apart."""
        zh, address = VERBS[verb]
        actor: dict[str, Any] = {"objectType": "Agent", "account": {"homePage": self.home, "name": self.number}}
        return {
            "id": derived_id("xapi", verb, self.row_id, *parts),
            "actor": actor | ({"name": self.name} if self.name else {}),
            "verb": {"id": address, "display": {"en": verb, "zh": zh}},
            "object": what,
            "timestamp": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "context": {
                "platform": "Outpost", "revision": self.version_id, "contextActivities": {"parent": [self.course()]},
            },
            **more,
        }  # fmt: skip

    def course(self) -> dict[str, Any]:
        """The course as an activity."""
        names = {"zh": self.body.title_zh, "en": self.body.title_en}
        return self._activity("", f"{_ADL}/activities/course", names)

    def card(self, key: str) -> dict[str, Any]:
        """A card as an activity; one that the version does not know has only its key."""
        card = next((one for one in self.body.cards if one.key == key), Card(key=key, kind="text"))
        names = {"zh": card.title_zh, "en": card.title_en}
        return self._activity(f"/cards/{quote(key)}", f"{_ADL}/activities/module", names)

    def question(self, question: Question) -> dict[str, Any]:
        """A question as an interaction, with its choices and without its key."""
        found = self._activity(
            f"/questions/{quote(question.key)}", f"{_ADL}/activities/cmi.interaction", {"zh": question.zh, "en": question.en}
        )
        kind = _INTERACTIONS[question.kind]
        sides = {"choice": ("choices",), "sequencing": ("choices",), "matching": ("source", "target")}.get(kind, ())
        for side, choices in zip(sides, (question.choices, question.others), strict=False):
            found["definition"][side] = [{"id": one.key, **_names("description", one.zh, one.en)} for one in choices]
        found["definition"]["interactionType"] = kind
        return found

    def _activity(self, path: str, kind: str, names: dict[str, str]) -> dict[str, Any]:
        base = f"{self.home.rstrip('/')}/courses/{quote(self.code)}{path}"
        return {"objectType": "Activity", "id": base, "definition": {"type": kind, **_names("name", **names)}}


def _names(field: str, zh: str, en: str) -> dict[str, dict[str, str]]:
    said = {one: text for one, text in (("zh", zh), ("en", en)) if text}
    return {field: said} if said else {}


def response_of(question: Question, answer: Answer) -> str:
    """An answer as the specification writes one."""
    if question.kind == "match":
        return "[,]".join(f"{left}[.]{right}" for left, right in sorted(answer.pairs.items()))
    return answer.text if question.kind in ("number", "text") else "[,]".join(answer.chosen)


def lasted(took_ms: int) -> dict[str, str]:
    """How long it took, as an ISO 8601 duration with hundredths."""
    return {"duration": f"PT{took_ms // 1000}.{took_ms % 1000 // 10:02d}S"} if took_ms else {}


def of_card(
    told: Told, card: str, event: str, answer: Answer | None, took_ms: int, percent: int, *, first: bool
) -> list[dict[str, Any]]:
    """A card was opened, answered or finished. `first`: with it the course was begun."""
    found = [told.statement("initialized", told.course())] if first else []
    asked = next((one.question for one in told.body.cards if one.key == card and one.question is not None), None)
    if event == "opened":
        found.append(told.statement("experienced", told.card(card), **({"result": lasted(took_ms)} if took_ms else {})))
    elif event == "finished":
        result = {"completion": percent == 100, "extensions": {PROGRESS: percent}, **lasted(took_ms)}
        found.append(told.statement("progressed", told.course(), result=result))
    elif asked is not None and answer is not None:
        result = {"response": response_of(asked, answer), **lasted(took_ms)}
        found.append(told.statement("answered", told.question(asked), result=result))
    return found


def of_reading(told: Told) -> list[dict[str, Any]]:
    """A script was read and understood."""
    return [told.statement("experienced", told.course(), result={"completion": True})]


def of_review(told: Told, question: Question, answer: Answer, rating: int, took_ms: int) -> list[dict[str, Any]]:
    """One of the daily questions: what was answered, and how well it was known."""
    result = {"response": response_of(question, answer), "success": rating > 1, **lasted(took_ms)}
    return [told.statement("answered", told.question(question), result=result)]


def of_attempt(
    told: Told, questions: Sequence[Question], answers: Sequence[Answer], marks: Sequence[Mark], *, passed: bool, took_ms: int
) -> list[dict[str, Any]]:
    """An attempt: each answer, then passed or failed with its score."""
    by_key, given = {one.key: one for one in questions}, {one.question: one for one in answers}
    found = []
    for mark in marks:
        answer = given.get(mark.question, Answer(question=mark.question))
        result = {
            "response": response_of(by_key[mark.question], answer),
            "success": mark.right,
            "score": _score(mark.earned, mark.of),
        }
        found.append(told.statement("answered", told.question(by_key[mark.question]), mark.question, result=result))
    earned, of = sum(mark.earned for mark in marks), sum(mark.of for mark in marks)
    result = {"success": passed, "score": _score(earned, of), **lasted(took_ms)}
    return [*found, told.statement("passed" if passed else "failed", told.course(), result=result)]


def of_settled(told: Told) -> list[dict[str, Any]]:
    """A course is done, for good."""
    return [told.statement("completed", told.course(), result={"completion": True})]


def _score(earned: int, of: int) -> dict[str, float]:
    return {"scaled": round(earned / of, 4), "raw": earned / 100, "min": 0, "max": of / 100}
