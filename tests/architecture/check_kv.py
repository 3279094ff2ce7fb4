"""kv is layout and wiring: handlers forward taps to the view-model or move widgets; words come from the catalogues."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.architecture.tree import docstrings, files, parsed, where

TEXTUAL = frozenset(
    {"text", "title", "hint_text", "helper_text", "label", "caption", "headline", "subtitle", "message", "placeholder"}
)
_KNOWS_TOO_MUCH = re.compile(r"\b(app|core)\.")
_LOGIC = (ast.If, ast.For, ast.While, ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.Import, ast.ImportFrom)
_HANZI = re.compile(r"[\u3400-\u9fff]")
# A language is called by its own name whatever the language of the screen.
_SAME_IN_EVERY_LANGUAGE = frozenset({"中文", "English"})


class Line(NamedTuple):
    """One `name: value` of a kv rule."""

    number: int
    name: str
    value: str
    is_handler: bool


def kv_lines(source: str) -> tuple[list[Line], list[str]]:
    """The properties and handlers of a kv file, and its directives."""
    os.environ.setdefault("KIVY_NO_ARGS", "1")
    from kivy.lang.parser import Parser

    directives = re.findall(r"^#:\s*(.+)$", source, re.M)
    # the parser would carry directives out: import modules, load other files
    tree = Parser(content=re.sub(r"^#:", "# ", source, flags=re.M))
    lines: list[Line] = []
    for _, rule in tree.rules:
        lines += _of_rule(rule)
    if tree.root is not None:
        lines += _of_rule(tree.root)
    return lines, directives


def _of_rule(rule: Any) -> Iterator[Line]:
    for handler in rule.handlers:
        yield Line(handler.line + 1, handler.name, str(handler.value).strip(), True)
    for prop in rule.properties.values():
        yield Line(prop.line + 1, prop.name, str(prop.value).strip(), False)
    for canvas in (rule.canvas_root, rule.canvas_before, rule.canvas_after):
        if canvas is not None:
            yield from _of_rule(canvas)
    for child in rule.children:
        yield from _of_rule(child)


def logic_in_kv(root: Path) -> list[str]:
    """Handlers that decide something, and expressions that reach past the screen's state."""
    complaints = []
    for path in files(root, ".kv", "mobile"):
        lines, directives = kv_lines(path.read_text(encoding="utf-8"))
        here = where(root, path)
        for directive in directives:
            if re.match(r"import\s+\w+\s+(mobile\.(core|viewmodels|devices)|contract|sqlite3)\b", directive):
                complaints.append(f"{here} #:{directive}: a screen sees its view-model's state only")
        for line in lines:
            if _KNOWS_TOO_MUCH.search(line.value):
                complaints.append(f"{here}:{line.number} {line.name} reaches for app. or core.")
            elif line.is_handler:
                complaints += [f"{here}:{line.number} {bad}" for bad in _more_than_forwarding(line)]
    return complaints


def _more_than_forwarding(line: Line) -> Iterator[str]:
    try:
        body = ast.parse(line.value).body
    except SyntaxError as bad:
        yield f"{line.name}: {bad.msg}"
        return
    for statement in body:
        if any(isinstance(node, _LOGIC) for node in ast.walk(statement)):
            yield f"{line.name} decides something: that belongs in the view-model"
        elif isinstance(statement, ast.Assign):
            if any(".vm" in ast.unparse(target) for target in statement.targets):
                yield f"{line.name} writes into the view-model: call a tap instead"
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            yield f"{line.name} is neither a call nor a widget's property"
        elif ".vm." in ast.unparse(statement.value.func) and not re.fullmatch(
            r"(root|self)\.vm\.\w+", ast.unparse(statement.value.func)
        ):
            yield f"{line.name} reaches through the view-model: call root.vm.<tap>(...)"


def _literals(expression: str) -> Iterator[str]:
    """Strings shown as they stand: not the arguments of a call, not what is compared or looked up."""
    try:
        tree: ast.AST = ast.parse(expression, mode="eval").body
    except SyntaxError:
        return
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Call):
            waiting.append(node.func)
        elif isinstance(node, ast.IfExp):
            waiting += [node.body, node.orelse]
        elif isinstance(node, ast.FormattedValue):
            waiting.append(node.value)
        elif not isinstance(node, ast.Compare | ast.Subscript):
            waiting += ast.iter_child_nodes(node)


def _is_words(text: str) -> bool:
    bare = re.sub(r"\[/?[a-z_]+(=[^\]]*)?\]", "", text)  # Kivy markup is not words
    bare = re.sub(r"%[-+0-9.]*[sdif]", "", bare)
    return any(c.isalpha() for c in bare) and text not in _SAME_IN_EVERY_LANGUAGE


def _is_chinese(value: object) -> bool:
    return isinstance(value, str) and bool(_HANZI.search(value)) and value not in _SAME_IN_EVERY_LANGUAGE


def untranslated_text(root: Path) -> list[str]:
    """Words written into kv or into a widget instead of the catalogues."""
    complaints = []
    for path in files(root, ".kv", "mobile"):
        for line in kv_lines(path.read_text(encoding="utf-8"))[0]:
            if line.name in TEXTUAL:
                words = [w for w in _literals(line.value) if _is_words(w)]
                complaints += [f"{where(root, path)}:{line.number} {line.name}: {word!r}" for word in words]
    for path in files(root, ".py", "mobile/ui", "mobile/viewmodels"):
        tree = parsed(path)
        spoken = docstrings(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in TEXTUAL and isinstance(node.value, ast.Constant):
                word = node.value.value
                if isinstance(word, str) and _is_words(word) and not re.fullmatch(r"[a-z_]+(\.[a-z_0-9]+)+", word):
                    complaints.append(f"{where(root, path)}:{node.value.lineno} {node.arg}={word!r}")
            elif isinstance(node, ast.Constant) and id(node) not in spoken and _is_chinese(node.value):
                complaints.append(f"{where(root, path)}:{node.lineno} {node.value!r}")
    return complaints
