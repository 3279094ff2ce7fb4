"""Courses in the console: Markdown made safe for a page, titles, and what changed from one version to the next, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import mistune
import nh3
from markupsafe import Markup

from contract import wire
from contract.courses import Card, CourseBody
from contract.messages import Language
from contract.quizzes import Question, Quiz

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "code", "pre", "blockquote", "h1", "h2", "h3", "h4", "hr", "del"}
_markdown: Callable[[str], Any] = mistune.create_markdown(escape=True, hard_wrap=True)
_FIELDS = ("title_zh", "title_en", "about_zh", "about_en", "topic", "minutes", "next_course")
_QUIZ_FIELDS = ("pass_percent", "policy", "kept_by", "shuffle", "time_limit_s", "attempts", "retake_after_h", "on_fail")


class Change(NamedTuple):
    """One line of what changed: `what` is a key below console.courses.change, `of` names the card or question."""

    what: str
    of: str = ""
    before: str = ""
    after: str = ""


def safely(text: str) -> Markup:
    """Markdown as HTML of a few harmless marks: no pictures from elsewhere, no links, no HTML of the author's."""
    return Markup(nh3.clean(str(_markdown(text)), tags=_TAGS, attributes={}))  # noqa: S704 - nh3 leaves these tags, bare


def in_words(zh: str, en: str, language: Language) -> str:
    """A text in the reader's language, else in the other."""
    return (zh or en) if language == "zh" else (en or zh)


def name_of_card(card: Card, language: Language) -> str:
    """What a card is called in a list: its title, else its first words, else its key."""
    title = in_words(card.title_zh, card.title_en, language)
    asked = card.question
    text = in_words(card.zh, card.en, language) or (in_words(asked.zh, asked.en, language) if asked is not None else "")
    return title or text.strip().split("\n")[0][:60] or card.key


def changes_of(old: CourseBody | None, new: CourseBody, language: Language) -> list[Change]:
    """What a version says that the one before did not; nothing for the first one."""
    if old is None:
        return []
    found = [
        Change("field", name, str(getattr(old, name) or ""), str(getattr(new, name) or ""))
        for name in _FIELDS
        if getattr(old, name) != getattr(new, name)
    ]
    if old.audience != new.audience:
        found.append(Change("audience", "", *(f"{len(one.audience.stores)} / {len(one.audience.posts)}" for one in (old, new))))
    found += _of_rows("card", old.cards, new.cards, lambda card: name_of_card(card, language))
    return found + list(_of_quiz(old.quiz, new.quiz, language))


def _of_quiz(old: Quiz | None, new: Quiz | None, language: Language) -> Iterator[Change]:
    if old is None or new is None:
        if old is not new:
            yield Change("quiz_added" if old is None else "quiz_removed")
        return
    for name in _QUIZ_FIELDS:
        if getattr(old, name) != getattr(new, name):
            yield Change("quiz_field", name, str(getattr(old, name)), str(getattr(new, name)))
    if old.draws != new.draws:
        said = (", ".join(f"{one.pool} {one.count}" for one in quiz.draws) for quiz in (old, new))
        yield Change("quiz_field", "draws", *said)
    yield from _of_rows("question", old.questions, new.questions, lambda one: in_words(one.zh, one.en, language)[:60] or one.key)


def _of_rows(what: str, old: Sequence[Any], new: Sequence[Any], name: Callable[[Any], str]) -> list[Change]:
    before, after = {row.key: row for row in old}, {row.key: row for row in new}
    found = [Change(f"{what}_removed", name(row)) for key, row in before.items() if key not in after]
    found += [Change(f"{what}_added", name(row), "", row.zh or row.en) for key, row in after.items() if key not in before]
    for key, row in after.items():
        if key in before and before[key] != row:
            parts = wire.plain(before[key]), wire.plain(row)
            texts = [next(((str(one.get(part, "")), str(two.get(part, ""))) for part in ("zh", "en", "title_zh", "title_en")
                           if one.get(part) != two.get(part)), ("", "")) for one, two in [parts]]  # fmt: skip
            found.append(Change(f"{what}_changed", name(row), *texts[0]))
    stay_before, stay_after = [key for key in before if key in after], [key for key in after if key in before]
    if stay_before != stay_after:
        found.append(Change(f"{what}s_moved"))
    return found


def practised(question: Question, language: Language) -> list[tuple[str, bool]]:
    """A question's choices as the preview shows them: (text, right)."""
    key = question.solution
    right = set(key.right) if key is not None and question.kind in ("single", "multiple") else set()
    return [(in_words(one.zh, one.en, language), one.key in right) for one in question.choices]
