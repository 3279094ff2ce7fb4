"""Questions written as Moodle XML, as Moodle itself writes them; what it has no place for is a tag of the question."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from contract.quizzes import Choice, Question, Solution
from server.learning.formats.gift_out import is_truth, languages_of, pairs_of, tags_of
from server.learning.formats.pools import TOP
from server.learning.formats.text import picture_kind, written
from server.learning.formats.told import Taken

_NOTHING = Choice(key="nothing")


def write_moodle(questions: Sequence[Question], pictures: Mapping[str, bytes]) -> tuple[bytes, Taken]:
    """(the file, what it could not hold). `pictures`: bytes by SHA-256, written into the file."""
    told = Taken()
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    pool: str | None = None
    for question in questions:
        if question.solution is None:
            told.find("not_exported", question.key)
            continue
        if question.pool != pool:
            pool = question.pool
            category = escape(f"{TOP}/{pool}" if pool is not None else TOP)
            parts.append(f'<question type="category"><category><text>{category}</text></category></question>')
        parts.append(_Written(question, question.solution, pictures, told).xml())
    return "\n".join([*parts, "</quiz>", ""]).encode(), told


class _Written:
    def __init__(self, question: Question, key: Solution, pictures: Mapping[str, bytes], told: Taken) -> None:
        self._question, self._key, self._pictures, self._told = question, key, pictures, told
        self._languages = languages_of(question)
        if len(self._languages) == 1:
            told.find("one_language", "", None, said=next(iter(self._languages)))

    def xml(self) -> str:
        """The question with all that Moodle asks for."""
        one, kind = self._question, self._kind()
        body = _BODIES[one.kind](self) if kind != "truefalse" else self._truth()
        tags = "".join(f"<tag><text>outpost-{escape(tag)}</text></tag>" for tag in tags_of(one, gift=False))
        why = written(one.why_zh, one.why_en, self._languages)
        return "\n".join([
            f'<question type="{kind}">', f"<name><text>{escape(one.key)}</text></name>",
            self._text("questiontext", written(one.zh, one.en, self._languages, always=True), one.picture),
            self._text("generalfeedback", why, None), f"<defaultgrade>{one.points}.0000000</defaultgrade>",
            "<penalty>0.0000000</penalty>", "<hidden>0</hidden>", *body, f"<tags>{tags}</tags>" if tags else "", "</question>",
        ])  # fmt: skip

    def _kind(self) -> str:
        if is_truth(self._question):
            return "truefalse"
        return {"single": "multichoice", "multiple": "multichoice", "order": "ordering", "match": "matching",
                "number": "numerical", "text": "shortanswer"}[self._question.kind]  # fmt: skip

    def _text(self, tag: str, said: str, picture: str | None, attributes: str = "") -> str:
        file = ""
        if picture is not None:
            raw = self._pictures.get(picture)
            if raw is None:
                self._told.find("not_held", self._question.key, None, what="picture")
            else:
                name = f"{picture[:16]}.{picture_kind(raw) or 'png'}"
                said += f'\n\n<img src="@@PLUGINFILE@@/{name}" alt="" />'
                coded = base64.b64encode(raw).decode()
                file = f'<file name={quoteattr(name)} path="/" encoding="base64">{coded}</file>'
        return f'<{tag}{attributes} format="markdown"><text>{_cdata(said)}</text>{file}</{tag}>'

    def _answer(self, choice: Choice, fraction: str) -> str:
        said = written(choice.zh, choice.en, self._languages)
        return self._text("answer", said, choice.picture, f' fraction="{fraction}"')

    def _choices(self) -> list[str]:
        single, right = self._question.kind == "single", self._key.right
        bad = "0" if single else f"-{100 / max(1, len(self._question.choices) - len(right)):.7f}"
        good = "100" if single else f"{100 / max(1, len(right)):.7f}"
        return [
            f"<single>{str(single).lower()}</single>", self._shuffle(), "<answernumbering>none</answernumbering>",
            *(self._answer(one, good if one.key in right else bad) for one in self._question.choices),
        ]  # fmt: skip

    def _shuffle(self) -> str:
        return f"<shuffleanswers>{str(self._question.shuffle).lower()}</shuffleanswers>"

    def _truth(self) -> list[str]:
        worth = {said: 100 if [said] == self._key.right else 0 for said in ("true", "false")}
        plain = 'format="moodle_auto_format"'
        return [f'<answer fraction="{all_of_it}" {plain}><text>{said}</text></answer>' for said, all_of_it in worth.items()]

    def _order(self) -> list[str]:
        by_key = {one.key: one for one in self._question.choices}
        grading = "ABSOLUTE_POSITION" if self._question.partial else "ALL_OR_NOTHING"
        return [
            "<layouttype>VERTICAL</layouttype>", "<selecttype>ALL</selecttype>", "<selectcount>0</selectcount>",
            f"<gradingtype>{grading}</gradingtype>",
            *(self._answer(by_key[key], f"{place}.0000000") for place, key in enumerate(self._key.right, 1)),
        ]  # fmt: skip

    def _match(self) -> list[str]:
        others = {one.key: written(one.zh, one.en, self._languages) for one in self._question.others}
        choices = {one.key: one for one in self._question.choices}
        rows = [(choices.get(left, _NOTHING), others[right]) for left, right in pairs_of(self._question, self._key)]
        if any(one.picture for one in self._question.others):
            self._told.find("not_held", self._question.key, None, what="picture")
        return [self._shuffle(), *(self._pair(one, said) for one, said in rows)]

    def _pair(self, choice: Choice, other: str) -> str:
        text = self._text("subquestion", written(choice.zh, choice.en, self._languages), choice.picture)
        return text.removesuffix("</subquestion>") + f"<answer><text>{_cdata(other)}</text></answer></subquestion>"

    def _number(self) -> list[str]:
        answer = f'<answer fraction="100" format="moodle_auto_format"><text>{self._key.number}</text>'
        unit = f"<units><unit><multiplier>1</multiplier><unit_name>{escape(self._question.unit)}</unit_name></unit></units>"
        return [f"{answer}<tolerance>{self._key.tolerance}</tolerance></answer>", unit if self._question.unit else ""]

    def _short(self) -> list[str]:
        texts = [_cdata(text.replace("*", "\\*")) for text in self._key.texts]
        answers = [f'<answer fraction="100" format="moodle_auto_format"><text>{text}</text></answer>' for text in texts]
        return ["<usecase>0</usecase>", *answers]


_BODIES = {
    "single": _Written._choices, "multiple": _Written._choices, "order": _Written._order, "match": _Written._match,
    "number": _Written._number, "text": _Written._short,
}  # fmt: skip


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
