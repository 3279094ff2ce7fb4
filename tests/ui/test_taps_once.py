"""One tap does one thing: kv adds the rules of a row to those of the rows it is made from; only one of them may answer a tap."""

from __future__ import annotations

import ast
import re
from pathlib import Path

UI = Path(__file__).resolve().parents[2] / "mobile" / "ui"
RULE = re.compile(r"^<(-?)([\w, ]+)(?:@\w+)?>:")


def answered_twice(python: list[str], kv: list[str]) -> list[str]:
    """Rows whose tap is answered by their own rule and by that of one they are made from."""
    bases: dict[str, list[str]] = {}
    for source in python:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
    answers: set[str] = set()
    for text in kv:
        here: list[str] = []
        for line in text.splitlines():
            rule = RULE.match(line)
            if rule is not None:
                here = [name.strip() for name in rule[2].split(",")]
            elif line.startswith("    on_release:"):
                answers.update(here)

    def above(name: str) -> set[str]:
        return {one for base in bases.get(name, ()) for one in {base, *above(base)}}

    return sorted(name for name in answers if above(name) & answers)


def test_no_row_answers_a_tap_twice() -> None:
    python = [path.read_text("utf-8") for path in UI.rglob("*.py")]
    kv = [path.read_text("utf-8") for path in UI.rglob("*.kv")]
    assert answered_twice(python, kv) == []


def test_the_search_finds_a_row_that_does() -> None:
    python = ["class Line(Row): ...", "class Named(Line): ...", "class Far(Named): ..."]
    kv = ["<Line>:\n    on_release: root.vm.tap_a()\n", "<Far>:\n    height: 3\n    on_release: root.vm.tap_b()\n"]
    assert answered_twice(python, kv) == ["Far"]
