"""Sentences for codes and screen keys, one catalogue per language. A test keeps the two complete and alike."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@functools.cache
def catalogue(language: Language) -> dict[str, str]:
    """Every sentence of a language by its dotted key."""
    text = files("contract.messages").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), ""))


def _flat(table: Mapping[str, object], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key}.")
        else:
            rows.append((prefix + key, str(value)))
    return rows


def say(language: Language, key: str, **facts: object) -> str:
    """The sentence for a key with its facts. A key nobody translated is shown as itself, so that it is seen."""
    sentence = catalogue(language).get(key)
    if sentence is None:
        return key
    try:
        return sentence.format_map(_Facts(facts, language))
    except (IndexError, ValueError):
        return sentence


class _Facts(dict[str, object]):
    """A fact that differs by language is given as `said_zh`, `said_en` and read as `said`. One nobody gave is shown as a gap, not
    as a name in braces."""

    def __init__(self, facts: Mapping[str, object], language: Language) -> None:
        super().__init__(facts)
        self.language = language

    def __missing__(self, key: str) -> object:
        return self.get(f"{key}_{self.language}", "…")
