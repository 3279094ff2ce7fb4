"""The catalogues: complete in both languages, the same facts in both, and every key that code names is there."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.architecture.tree import files, nodes, where

LANGUAGES = ("zh", "en")
_SPEAKERS = frozenset({"say", "tell", "t", "tr", "_say"})
_KEY = re.compile(r"[a-z_0-9]+(\.[a-z_0-9]+)+")


def catalogue(root: Path, language: str) -> dict[str, str]:
    path = root / "contract" / "messages" / f"{language}.toml"
    if not path.exists():
        return {}
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def _flat(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


def _facts(sentence: str) -> set[str]:
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def incomplete_catalogues(root: Path) -> list[str]:
    """Keys that one language lacks, sentences that say nothing, facts that differ, braces that do not close."""
    zh, en = (catalogue(root, language) for language in LANGUAGES)
    complaints = [f"{key} has no {'en' if key in zh else 'zh'} sentence" for key in sorted(zh.keys() ^ en.keys())]
    for key in sorted(zh.keys() & en.keys()):
        try:
            same = _facts(zh[key]) == _facts(en[key])
        except ValueError as bad:
            complaints.append(f"{key}: {bad}")
            continue
        if not same:
            complaints.append(f"{key} tells {sorted(_facts(zh[key]))} in zh and {sorted(_facts(en[key]))} in en")
        complaints += [f"{key} is empty" for sentence in (zh[key], en[key]) if not sentence.strip()]
    return complaints


def unknown_keys(root: Path) -> list[str]:
    """`say("...")` with a key that no catalogue has, in Python, kv and templates."""
    known = set(catalogue(root, "zh")) | set(catalogue(root, "en"))
    complaints = []
    for path in files(root, ".py", "server", "mobile"):
        for node in nodes(path, ast.Call):
            if _is_speaker(node.func):
                for argument in node.args[:2]:
                    key = argument.value if isinstance(argument, ast.Constant) else None
                    if isinstance(key, str) and _KEY.fullmatch(key) and key not in known:
                        complaints.append(f"{where(root, path)}:{node.lineno} {key}")
    in_text = re.compile(r"\b(?:say|tr|t)\(\s*['\"]([a-z_0-9]+(?:\.[a-z_0-9]+)+)['\"]\s*[,)]")
    for path in files(root, ".kv", "mobile") + files(root, ".html", "server"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            complaints += [f"{where(root, path)}:{number} {key}" for key in in_text.findall(line) if key not in known]
    return complaints


def _is_speaker(function: ast.expr) -> bool:
    return (function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")) in _SPEAKERS
