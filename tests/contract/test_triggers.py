"""The table of triggers: each row has its words in both languages, and what a locked screen shows is nobody's secret."""

from __future__ import annotations

import functools
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.inbox import sentence_key
from contract.messages import LANGUAGES, catalogue, say
from contract.triggers import BY_KEY, GROUPS, TRIGGERS, Trigger, declared

HOSTILE = {
    "who": "李伟", "name": "周敏", "store": "S0042 静安店", "number": "R-17", "minutes": 90, "amount": "¥12,000", "text": "秘密",
    "person": "王芳", "title": "裁员名单", "by": "陈思远", "reason": "病假", "day": "2026-11-20", "device": "K-7", "kind": "调岗",
}  # fmt: skip


def faults(triggers: tuple[Trigger, ...]) -> Iterator[str]:
    """What a row lacks, or says to those whom it does not concern."""
    for language in LANGUAGES:
        known = catalogue(language)
        for row in triggers:
            keys = [sentence_key(row.key, kind) for kind in row.kinds] + [row.event_key, row.receivers_key, row.lock_key]
            yield from (f"{language}: {key} has no words" for key in keys if key not in known)
            lock = known.get(row.lock_key, "")
            if any(field for _, field, _, _ in string.Formatter().parse(lock)) or any(one.isdigit() for one in lock):
                yield f"{language}: {row.lock_key} says a fact"
            said = say(language, row.lock_key, **HOSTILE)
            yield from (f"{language}: {row.lock_key} says {value}" for value in HOSTILE.values() if str(value) in said)


def test_every_row_has_its_words_and_no_locked_screen_shows_a_fact() -> None:
    assert list(faults(TRIGGERS)) == []


def test_a_row_without_words_is_found() -> None:
    assert len(list(faults((Trigger("N-99", "N-99", "system", ("notice",)),)))) == 2 * 4


def test_keys_are_unique_and_fit_their_column() -> None:
    assert len(BY_KEY) == len(TRIGGERS) and all(len(row.key) <= 20 and row.kinds and row.group in GROUPS for row in TRIGGERS)


def test_numbers_of_the_trades_list_whose_area_exists_are_all_there() -> None:
    there = {row.number for row in TRIGGERS if row.number}
    assert there == {f"N-{n:02}" for n in (*range(1, 23), 39, 40, 41)}


@pytest.mark.parametrize(("key", "kind"), [("N-99", "notice"), ("N-01", "notice"), ("approved", "to_do")])
def test_what_is_not_declared_cannot_be_put(key: str, kind: str) -> None:
    with pytest.raises(LookupError):
        declared(key, kind)


def test_every_sentence_of_an_inbox_belongs_to_a_row() -> None:
    words = {key.removeprefix("inbox.").rpartition(".") for key in catalogue("en") if key.startswith("inbox.")}
    kinds = {(key, kind) for key, _, kind in words if kind in ("to_do", "notice")}
    assert kinds == {(row.key, kind) for row in TRIGGERS for kind in row.kinds}


def test_every_trigger_is_met_in_a_test_of_the_area_that_tells_it() -> None:
    """A row of the table whose event no test makes would be a promise only. Tests of the table itself do not count."""
    assert [row.key for row in TRIGGERS if not spoken_of(row.key)] == []


def test_a_trigger_that_no_test_makes_is_found() -> None:
    assert not spoken_of("N-" + "98")


def spoken_of(key: str) -> list[str]:
    """The files of tests that name a trigger, but for those that walk the table."""
    tests = Path(__file__).parents[1]
    walks = {Path(__file__), *(tests / "server" / name for name in ("test_channels.py", "test_channels_targets.py"))}
    return [path.name for path in sorted(tests.rglob("*.py")) if path not in walks and f'"{key}"' in _text(path)]


@functools.cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
