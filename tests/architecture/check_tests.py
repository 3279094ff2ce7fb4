"""Tests that cannot fail, that never run, or that are skipped."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.tree import files, nodes, parsed, where

# A call whose name holds one of these fails by itself.
JUDGES = ("raises", "assert", "expect", "check", "must", "run_state_machine")
_MAY_SKIP = "tests/support/shared_data.py"
_SKIPS = ("pytest.skip", "pytest.xfail", "pytest.importorskip", "pytest.mark.skip", "pytest.mark.skipif")
_SKIP_WORDS = (*_SKIPS, "pytest.mark.xfail", "unittest.skip")
_LAST_WORDS = frozenset(word.rpartition(".")[2] for word in _SKIP_WORDS)


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


def tests_that_cannot_fail(root: Path) -> list[str]:
    """A test function with nothing in it that judges."""
    complaints = []
    for path in files(root, ".py", "tests"):
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef):
            if _is_test(node) and not any(_judges(inner) for inner in ast.walk(node)):
                complaints.append(f"{where(root, path)}:{node.lineno} {node.name} asserts nothing")  # type: ignore[attr-defined]
    return complaints


def _judges(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not isinstance(node.test, ast.Constant)
    return isinstance(node, ast.Call) and any(word in ast.unparse(node.func) for word in JUDGES)


def tests_that_never_run(root: Path) -> list[str]:
    """Test functions in a file or class pytest does not look at, or hidden by a later one of the same name."""
    complaints = []
    for path in files(root, ".py", "tests"):
        here = where(root, path)
        tree = parsed(path)
        collected = path.name.startswith("test_")
        complaints += _in_scope(here, tree.body, collected)
        has_any = any(map(_is_test, nodes(path, ast.FunctionDef, ast.AsyncFunctionDef))) or any(
            isinstance(node, ast.Assign | ast.ClassDef) and "Test" in ast.unparse(node).splitlines()[0]
            for node in tree.body
        )
        if collected and not has_any:
            complaints.append(f"{here} is named like a test and holds none")
    return complaints


def _in_scope(here: str, body: list[ast.stmt], collected: bool) -> list[str]:
    complaints = []
    seen: dict[str, int] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            if any("fixture" in ast.unparse(d) for d in node.decorator_list):
                continue
            if not collected:
                complaints.append(f"{here}:{node.lineno} {node.name} is never collected")
            if node.name in seen:
                complaints.append(f"{here}:{seen[node.name]} {node.name} is hidden by the one in line {node.lineno}")
            seen[node.name] = node.lineno
        elif isinstance(node, ast.ClassDef):
            takes_part = collected and (node.name.startswith("Test") or bool(node.bases))
            complaints += _in_scope(here, node.body, takes_part)
    return complaints


def skipped_tests(root: Path) -> list[str]:
    """A skip that always happens is a missing test. Only the shared data folder may be absent."""
    complaints = []
    for path in files(root, ".py", "tests"):
        here = where(root, path)
        if here == _MAY_SKIP:
            continue
        for node in nodes(path, ast.Attribute):
            if node.attr in _LAST_WORDS and ast.unparse(node) in _SKIP_WORDS:
                complaints.append(f"{here}:{node.lineno} {ast.unparse(node)}")
    return complaints
