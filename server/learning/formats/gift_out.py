"""Questions written as GIFT. What GIFT has no place for stands in tags of ours beside the question (`// [tag:outpost-…]`), which
Moodle keeps and `gift.read_gift` understands; an order is written as a match of places, so that Moodle can ask it too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from contract.quizzes import Choice, Question, Solution
from server.learning.formats.pools import TOP
from server.learning.formats.text import written
from server.learning.formats.told import Taken

_MARKS = re.compile(r"([\\~=#{}:])")
_LOOKS_LIKE_MORE = re.compile(r"\s*(%|\[(html|markdown|plain|moodle)\])")


def write_gift(questions: Sequence[Question], files: Mapping[str, str] | None = None) -> tuple[bytes, Taken]:
    """(the file, what it could not hold). `files`: names of pictures that stand beside it, by SHA-256."""
    told = Taken()
    blocks: list[str] = []
    pool: str | None = None
    for question in questions:
        if question.solution is None:
            told.find("not_exported", question.key)
            continue
        if question.pool != pool:
            pool = question.pool
            blocks.append(f"$CATEGORY: {TOP}/{pool}" if pool is not None else f"$CATEGORY: {TOP}")
        blocks.append(_block(question, question.solution, files or {}, told))
    return ("\n\n".join(blocks) + "\n").encode(), told


def languages_of(question: Question) -> set[str]:
    """The languages a question is written in."""
    said = [question, *question.choices, *question.others]
    found = {one for one in ("zh", "en") if any(getattr(part, one) for part in said) or getattr(question, f"why_{one}")}
    if is_truth(question) and not question.why_zh + question.why_en:
        found = {one for one in ("zh", "en") if getattr(question, one)}
    return found


def is_truth(question: Question) -> bool:
    """Whether a question is one of true and false, with our words for them."""
    said = [(one.key, one.zh, one.en, one.picture) for one in question.choices]
    return question.kind == "single" and said == [("true", "对", "True", None), ("false", "错", "False", None)]


def tags_of(question: Question, *, gift: bool) -> list[str]:
    """What stands beside a question because the format has no place for it, without `outpost-`."""
    truth = is_truth(question)
    usual = question.kind in ("multiple", "match", "order")
    tags = ["partial" if question.partial else "whole"] if question.partial != usual else []
    if gift and question.points != 1:
        tags.append(f"points-{question.points}")
    if not question.shuffle and not truth and (gift or question.kind not in ("single", "multiple", "match")):
        tags.append("fixed")
    if gift and question.unit:
        tags.append(f"unit-{quote(question.unit, safe='')}")
    return tags


def _block(question: Question, key: Solution, files: Mapping[str, str], told: Taken) -> str:
    tags = tags_of(question, gift=True) + (["order"] if question.kind == "order" else [])
    tags += _pictures(question, files, told)
    languages = languages_of(question)
    if len(languages) == 1 and question.kind != "text":
        told.find("one_language", "", None, said=next(iter(languages)))
    lines = ["// " + " ".join(f"[tag:outpost-{tag}]" for tag in tags)] if tags else []
    text = written(question.zh, question.en, languages, always=True)
    why = written(question.why_zh, question.why_en, languages)
    body = _body(question, key, languages)
    lines.append(f"::{escaped(question.key)}::[markdown]{escaped(text)}{{{body}{'####' + escaped(why) if why else ''}}}")
    return "\n".join(lines)


def _pictures(question: Question, files: Mapping[str, str], told: Taken) -> list[str]:
    wanted = [("", question.picture), *((one.key, one.picture) for one in [*question.choices, *question.others])]
    tags = []
    for key, sha in wanted:
        if sha is not None and sha in files:
            tags.append(f"picture-{key}={files[sha]}")
        elif sha is not None:
            told.find("not_held", question.key, None, what="picture")
    return tags


def escaped(text: str) -> str:
    """A text with GIFT's marks escaped, in one line."""
    return _MARKS.sub(r"\\\1", text).replace("\n", "\\n")


def _answer(text: str) -> str:
    return f"[markdown]{escaped(text)}" if _LOOKS_LIKE_MORE.match(text) else escaped(text)


def _said(choice: Choice, languages: set[str]) -> str:
    return _answer(written(choice.zh, choice.en, languages))


def _body(question: Question, key: Solution, languages: set[str]) -> str:
    choices = {choice.key: _said(choice, languages) for choice in question.choices}
    others = {choice.key: _said(choice, languages) for choice in question.others}
    if question.kind == "single":
        if is_truth(question):
            return "T" if key.right == ["true"] else "F"
        return " ".join(f"{'=' if one in key.right else '~'}{said}" for one, said in choices.items())
    if question.kind == "multiple":
        good, bad = 100 / len(key.right), 100 / max(1, len(choices) - len(key.right))
        weights = {one: f"{good:.5f}" if one in key.right else f"-{bad:.5f}" for one in choices}
        if len(key.right) == 1:  # one right choice with full weight is Moodle's single choice
            weights = {one: "99.9" if one in key.right else "-99.9" for one in choices}
        return " ".join(f"~%{weights[one]}%{said}" for one, said in choices.items())
    if question.kind == "order":
        return " ".join(f"={place} -> {choices[one]}" for place, one in enumerate(key.right, 1))
    if question.kind == "match":
        return " ".join(f"={choices.get(left, '')} -> {others[right]}" for left, right in pairs_of(question, key))
    if question.kind == "number":
        return f"#={key.number}:{key.tolerance}"
    return " ".join(f"={_answer(_literal(text))}" for text in key.texts)


def pairs_of(question: Question, key: Solution) -> list[tuple[str, str]]:
    """(left, right) of a match, in an order from which both sides come out in theirs; left is empty where nothing belongs."""
    waiting = [one.key for one in question.others if one.key not in key.pairs.values()]
    places = {one.key: place for place, one in enumerate(question.others)}
    rows: list[tuple[str, str]] = []
    for choice in question.choices:
        right = key.pairs[choice.key]
        while waiting and places[waiting[0]] < places[right]:
            rows.append(("", waiting.pop(0)))
        rows.append((choice.key, right))
    return [*rows, *(("", one) for one in waiting)]


def _literal(text: str) -> str:
    return text.replace("*", "\\*")
