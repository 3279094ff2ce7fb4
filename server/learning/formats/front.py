"""What `course.md` says about a course: lines `name: value` between two lines of dashes."""

from __future__ import annotations

import re

from contract.courses import CourseBody
from contract.messages import Language
from contract.quizzes import Quiz
from server.learning.formats.told import Taken

_TEXTS = ("title_zh", "title_en", "about_zh", "about_en", "kind", "topic", "next_course")
_QUIZ_TEXTS = ("policy", "kept_by", "on_fail")
_QUIZ_NUMBERS = ("pass_percent", "time_limit_s", "attempts", "retake_after_h")
_LINE = re.compile(r"([a-z_]{2,30}):(?: (.*))?")
_DRAW = re.compile(r"([a-z0-9_-]{1,40})=([0-9]{1,3})")
_ESCAPED = re.compile(r"\\[n\\]")
_MEANS = {"\\n": "\n", "\\\\": "\\"}
_WHOLE = re.compile(r"[0-9]{1,6}")


def front_matter(text: str) -> tuple[dict[str, str], str, int]:
    """(what it says, the rest, the number of the rest's first line)."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, text, 1
    said: dict[str, str] = {}
    for number, line in enumerate(lines[1:200], 1):
        if line.rstrip() == "---":
            return said, "\n".join(lines[number + 1 :]), number + 2
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            return {}, text, 1  # a line of dashes at the beginning and no front matter
        said[match.group(1)] = _ESCAPED.sub(lambda one: _MEANS[one.group()], (match.group(2) or "").strip())
    return {}, text, 1


def course_values(said: dict[str, str], language: Language, taken: Taken, where: str) -> tuple[dict[str, object], str | None]:
    """(values of a CourseBody, with `quiz` for its settings; the course's code). What is not known is told."""
    values: dict[str, object] = {}
    quiz: dict[str, object] = {}
    for name, value in said.items():
        if name in ("title", "about"):
            values.setdefault(f"{name}_{language}", value)
        elif name in _TEXTS:
            values[name] = value
        elif name == "minutes" and _WHOLE.fullmatch(value):
            values[name] = int(value)
        elif name in _QUIZ_TEXTS:
            quiz[name] = value
        elif name in _QUIZ_NUMBERS and _WHOLE.fullmatch(value):
            quiz[name] = int(value)
        elif name == "shuffle" and value in ("yes", "no"):
            quiz[name] = value == "yes"
        elif name == "draws":
            quiz[name] = [{"pool": pool, "count": int(count)} for pool, count in _DRAW.findall(value)]
        elif name != "code":
            taken.find("setting_unknown", where, None, name=name)
    if quiz:
        values["quiz"] = quiz
    return values, said.get("code") or None


def front_of(body: CourseBody, code: str) -> str:
    """The front matter of a course, with what is not as it would be anyway."""
    lines = [("code", code), *((name, str(getattr(body, name) or "")) for name in _TEXTS)]
    lines.append(("minutes", str(body.minutes)))
    quiz = body.quiz
    if quiz is not None:
        usual = Quiz(questions=quiz.questions)
        for name in (*_QUIZ_TEXTS, *_QUIZ_NUMBERS):
            if getattr(quiz, name) != getattr(usual, name):
                lines.append((name, str(getattr(quiz, name))))
        lines.append(("shuffle", "yes" if quiz.shuffle else "no"))
        lines.append(("draws", " ".join(f"{draw.pool}={draw.count}" for draw in quiz.draws)))
    written = (f"{name}: {value.replace(chr(92), chr(92) * 2).replace(chr(10), chr(92) + 'n')}" for name, value in lines if value)
    return "\n".join(["---", *written, "---", ""])
