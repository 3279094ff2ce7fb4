"""Sizes, names, and what may not be left lying about."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.tree import CODE, files, nodes, parsed, where

MOST_LINES = 400
EMPTY_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "shared", "lib"})

# written in halves, so that this file does not find itself
LEFT_OVER = re.compile(
    "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImpl" + "emented", "pragma: " + "no cover"])
)
MACHINE_PATH = re.compile("|".join(["/" + r"work/(main|shared)", "/" + "tmp/b/", "/" + "root/", "/" + r"home/\w+/"]))
TEXT = (".py", ".kv", ".md", ".toml", ".html", ".js", ".css", ".lock", ".spec", ".yml", ".json", ".cfg")


def long_files(root: Path, most: int = MOST_LINES) -> list[str]:
    """A longer file has a second job and is split by concept. Migrations are history and are left as they are."""
    complaints = []
    for path in files(root, ".py", *CODE) + files(root, ".kv", *CODE):
        if "migrations" in path.relative_to(root).parts:
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > most:
            complaints.append(f"{where(root, path)} has {lines} lines, more than {most}: it has a second job")
    return complaints


def empty_names(root: Path) -> list[str]:
    """Names that say nothing and attract everything."""
    complaints = []
    for path in files(root, ".py", *CODE, "tests"):
        relative = path.relative_to(root)
        said = {relative.stem, *relative.parent.parts}
        if bad := said & EMPTY_NAMES:
            complaints.append(f"{relative.as_posix()}: the name {', '.join(sorted(bad))} says nothing")
    return complaints


def modules_without_a_word(root: Path) -> list[str]:
    """A module says in its docstring what lives there."""
    return [
        f"{where(root, path)} has no docstring"
        for path in files(root, ".py", "contract", "server", "mobile", "simulation", "tools")
        if path.read_text(encoding="utf-8").strip() and not ast.get_docstring(parsed(path))
    ]


def left_overs(root: Path) -> list[str]:
    """Unfinished work in the code is an issue, not a comment."""
    complaints = []
    for suffix in (".py", ".kv", ".html", ".js"):
        for path in files(root, suffix, *CODE, "tests", "migrations"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if LEFT_OVER.search(line):
                    complaints.append(f"{where(root, path)}:{number} {line.strip()[:80]}")
    return complaints


def swallowed_errors(root: Path) -> list[str]:
    """`except ...: pass` hides what went wrong from everybody."""
    complaints = []
    for path in files(root, ".py", *CODE, "tests", "migrations"):
        for node in nodes(path, ast.ExceptHandler):
            if all(isinstance(s, ast.Pass) for s in node.body):
                complaints.append(f"{where(root, path)}:{node.lineno} swallows an error")
    return complaints


def machine_paths(root: Path) -> list[str]:
    """The path of somebody's machine in the tree works on that machine only."""
    complaints = []
    for suffix in TEXT:
        for path in files(root, suffix):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if MACHINE_PATH.search(line):
                    complaints.append(f"{where(root, path)}:{number} {line.strip()[:80]}")
    return complaints
