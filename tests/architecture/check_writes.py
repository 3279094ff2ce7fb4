"""Who may end a transaction, and who may go round the session's scope."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.check_imports import AREAS
from tests.architecture.tree import files, nodes, where

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
        for node in nodes(path, ast.Call):
            called = node.func
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
        texts = _names_of_text(path)
        for node in nodes(path, ast.Attribute):
            if node.attr == "__table__":
                complaints.append(f"{here}:{node.lineno} uses __table__: the session's scope does not see it")
        for call in nodes(path, ast.Call) if texts and not path.name.endswith("model.py") else ():
            if ast.unparse(call.func) in texts:
                complaints.append(f"{here}:{call.lineno} uses SQL text: the session's scope does not see it")
    return complaints


def _names_of_text(path: Path) -> set[str]:
    """How sqlalchemy's text() is called in this module."""
    names: set[str] = set()
    for node in nodes(path, ast.ImportFrom):
        if (node.module or "").startswith("sqlalchemy"):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "text"}
    for whole in nodes(path, ast.Import):
        names |= {f"{a.asname or a.name}.text" for a in whole.names if a.name.split(".")[0] == "sqlalchemy"}
    return names
