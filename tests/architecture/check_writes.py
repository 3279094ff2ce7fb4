"""Who may end a transaction, and who may go round the session's scope."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.check_imports import AREAS
from tests.architecture.tree import files, parsed, where

ENDS_A_TRANSACTION = frozenset({"commit", "rollback", "begin", "begin_nested"})

# Each with its reason.
MAY_COMMIT = {
    "server/kernel/perform.py": "opens and closes the transaction of every operation",
}

# Areas may not use Core tables or SQL text: the session's scope does not see them.
MAY_USE_CORE: dict[str, str] = {}


def stray_transactions(root: Path, allowed: dict[str, str] | None = None) -> list[str]:
    """Calls of commit, rollback and begin outside the files that may."""
    permitted = MAY_COMMIT if allowed is None else allowed
    complaints: list[str] = []
    for path in files(root, ".py", "server"):
        here = where(root, path)
        if here in permitted:
            continue
        for node in ast.walk(parsed(path)):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ENDS_A_TRANSACTION:
                complaints.append(f"{here}:{called.lineno} calls .{called.attr}(): perform() ends transactions")
    return complaints


def unscoped_reads(root: Path, allowed: dict[str, str] | None = None) -> list[str]:
    """`__table__` and `text()` in an area: rows that no scope rule narrows. A model asks nothing: conditions of its
    indexes may be text."""
    permitted = MAY_USE_CORE if allowed is None else allowed
    complaints: list[str] = []
    for path in files(root, ".py", *(f"server/{area}" for area in AREAS)):
        here = where(root, path)
        if here in permitted:
            continue
        tree = parsed(path)
        texts = _names_of_text(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "__table__":
                complaints.append(f"{here}:{node.lineno} uses __table__: the session's scope does not see it")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in texts and not path.name.endswith("model.py"):
                complaints.append(f"{here}:{node.lineno} uses SQL text: the session's scope does not see it")
    return complaints


def _names_of_text(tree: ast.Module) -> set[str]:
    """How sqlalchemy's text() is called in this module."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "text"}
        elif isinstance(node, ast.Import):
            names |= {f"{a.asname or a.name}.text" for a in node.names if a.name.split(".")[0] == "sqlalchemy"}
    return names
