"""Reading a source tree: which files are ours, what a module imports, and planting small false trees for the tests."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)

ROOT = Path(__file__).resolve().parents[2]
CODE = ("contract", "server", "mobile", "simulation", "tools")
NOT_OURS = frozenset({"__pycache__", "build", "dist", "node_modules", "shots", "var", "demo-data", "vendor"})
STDLIB = frozenset(sys.stdlib_module_names)


def files(root: Path, suffix: str, *tops: str) -> list[Path]:
    """Our files with that suffix below the named folders (all when none is named), in a stable order."""
    starts = [root / top for top in tops] if tops else [root]
    found: list[Path] = []
    for start in starts:
        for folder, folders, names in os.walk(start):
            folders[:] = [f for f in folders if f not in NOT_OURS and not f.startswith(".") and ".egg" not in f]
            found += [Path(folder, name) for name in names if name.endswith(suffix)]
    return sorted(found)


def where(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def parsed(path: Path) -> ast.Module:
    """The syntax tree; kept, because a dozen rules read the same files."""
    return _parsed(path, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, _changed: int) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def nodes(path: Path, *kinds: type[N]) -> Iterator[N]:
    """Every node of these kinds in a file. A file is walked once for all rules: walking costs more than judging."""
    by_kind = _nodes(path, path.stat().st_mtime_ns)
    for kind in kinds:
        yield from by_kind.get(kind, ())  # type: ignore[misc]


@cache
def _nodes(path: Path, changed: int) -> dict[type, list[ast.AST]]:
    found: dict[type, list[ast.AST]] = {}
    for node in ast.walk(_parsed(path, changed)):
        found.setdefault(type(node), []).append(node)
    return found


def imports(root: Path, path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import, also inside functions; relative ones made absolute.

    `from a.b import c` yields `a.b.c`: c may be a module, and a prefix match on `a.b` still holds.
    """
    package = list(path.relative_to(root).parent.parts)
    for node in nodes(path, ast.Import):
        for alias in node.names:
            yield node.lineno, alias.name
    for said in nodes(path, ast.ImportFrom):
        base = package[: len(package) - (said.level - 1)] if said.level else []
        module = ".".join([*base, *([said.module] if said.module else [])])
        for alias in said.names:
            yield said.lineno, f"{module}.{alias.name}" if module else alias.name


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the constants that are docstrings."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def plant(root: Path, sources: dict[str, str]) -> Path:
    """Write a small tree with a fault in it."""
    for name, text in sources.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
