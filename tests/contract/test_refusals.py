"""Every refusal the product can utter is data: it is listed, has a status, and a sentence in each language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.messages import LANGUAGES, catalogue, say
from contract.refusals import FINAL, REFUSALS
from server.kernel.problems import Problem

ROOT = Path(__file__).parents[2]
SAYS = {"Problem": 0, "Malformed": 1, "problem_response": 0}  # where the code stands among the arguments


def codes_in(tree: ast.AST) -> Iterator[str]:
    """Codes given to Problem or Malformed as text, also where one of two is chosen on the spot."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        at = SAYS.get(name)
        if at is not None and len(node.args) > at:
            for part in ast.walk(node.args[at]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                    yield part.value


def raised() -> dict[str, str]:
    found: dict[str, str] = {}
    for package in ("server", "contract"):
        for file in sorted((ROOT / package).rglob("*.py")):
            source = file.read_text(encoding="utf-8")
            for code in codes_in(ast.parse(source)) if any(said in source for said in SAYS) else ():
                found.setdefault(code, str(file.relative_to(ROOT)))
    return found


def test_every_code_that_is_raised_anywhere_is_listed() -> None:
    found = raised()
    assert len(found) > 40, "the search found hardly anything"
    assert {code: where for code, where in found.items() if code not in REFUSALS} == {}


def test_the_search_sees_a_code_however_it_is_given() -> None:
    tree = ast.parse("raise Problem('a.b', x='c.d')\nproblems.Problem('e.f' if y else 'g.h')\nraise Malformed('field.x', 'i.j')")
    assert set(codes_in(tree)) == {"a.b", "e.f", "g.h", "i.j"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_sentence_of_its_own_in_each_language(language: str) -> None:
    sentences = catalogue(language)  # type: ignore[arg-type]
    assert [code for code in REFUSALS if not sentences.get(code, "").strip()] == []
    assert say(language, "wire.missing", field="name") != "wire.missing"  # type: ignore[arg-type]


def test_the_languages_name_the_same_facts() -> None:
    import string

    def facts(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    for code in REFUSALS:
        zh, en = catalogue("zh")[code], catalogue("en")[code]
        assert facts(zh) == facts(en), code


def test_a_code_nobody_listed_cannot_be_raised() -> None:
    with pytest.raises(RuntimeError, match="is not in"):
        Problem("people.no_such_code")
    assert Problem("people.unknown", id="x").http == 404


def test_statuses_are_refusals_and_what_may_be_tried_again_says_so() -> None:
    for code, refusal in REFUSALS.items():
        area, dot, what = code.partition(".")
        assert area.isidentifier() and dot and what.isidentifier(), code
        assert 400 <= refusal.http < 600, code
        assert refusal.may_retry or refusal.http not in {429, 500, 503}, code
    assert {"applied", "merged", "rejected"} == FINAL
