"""One walk over every look of a face: what is wrong with it in either language, found once for all tests that ask.

Each look is laid out as it opens, then again after a switch of language on the spot: a page that only measured itself when it
was made is found too. At the usual text the walk opens in Chinese and in light colours, at the largest in English and in dark
ones: colours change no size.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from contract.messages import LANGUAGES
from tests.ui.driver import Driver
from tests.ui.layout import complaints
from tests.ui.looks import each_look
from tests.ui.scripted_core import NAMES, STORE
from tests.ui.scripted_cycles import WRITTEN_CYCLES
from tests.ui.scripted_desk_roster import STAFF
from tests.ui.scripted_hearing import WRITTEN_HEARING
from tests.ui.scripted_hours import WRITTEN_HOURS
from tests.ui.scripted_learning import WRITTEN_LEARNING
from tests.ui.scripted_office import WRITTEN
from tests.ui.scripted_rosters import WRITTEN_ROSTER
from tests.ui.scripted_scores import WRITTEN_SCORES

SCALES = (1.0, 1.6)
_OPENS_AS = {1.0: ("zh", "light"), 1.6: ("en", "dark")}
_HANZI = re.compile(r"[\u3400-\u9fff]")
# What is Chinese on an English page and may be: people, places, what somebody wrote, a language's own name.
_NOT_OURS = {"中文", STORE.name, STORE.partner, "总部", "零售运营部", "远山餐饮集团", "必胜客", "苏州中心店"}
_NOT_OURS |= {*NAMES, *STAFF, *WRITTEN, *WRITTEN_HOURS, *WRITTEN_LEARNING, *WRITTEN_ROSTER, *WRITTEN_HEARING, *WRITTEN_SCORES}
_NOT_OURS |= {*WRITTEN_CYCLES}

Opens = Callable[[str, str, float, str], Driver]  # face, language, text scale, colours


class Findings(NamedTuple):
    """`ill_laid` by language; names that are not drawn in Regular; Chinese words that outlived a switch to English."""

    ill_laid: dict[str, list[str]]
    misdrawn_names: list[str]
    left_words: list[str]
    looks: int


def walker(opens: Opens) -> Callable[[str, float], Findings]:
    """`walk(face, scale)`: each is walked once."""

    @cache
    def walk(face: str, scale: float) -> Findings:
        first, colours = _OPENS_AS[scale]
        other = next(language for language in LANGUAGES if language != first)
        found = Findings({language: [] for language in LANGUAGES}, [], [], 0)
        with uncollected():
            looks = _look_at_all(opens(face, first, scale, colours), found, first, other)
        return found._replace(looks=looks)

    return walk


def _look_at_all(driver: Driver, found: Findings, first: str, other: str) -> int:
    """Fills what is found; how many looks there were."""
    looks = 0
    for look in each_look(driver):
        looks += 1
        for language in (first, other):
            if language != first:
                driver.app.model.preferences.tap_language(language)
                driver.settle()
            found.ill_laid[language] += [f"{look.name}: {line}" for line in complaints(driver)]
            found.misdrawn_names.extend(f"{look.name}: {line}" for line in names_misdrawn(driver))
            if language == "en" and first == "zh":
                found.left_words.extend(f"{look.name}: {text!r}" for text in words_left(driver.texts()))
        driver.app.model.preferences.tap_language(first)
    driver.close()
    return looks


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: a walk makes millions of objects that Kivy keeps, and it took as long as the looks."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def names_misdrawn(driver: Driver) -> list[str]:
    """Rare characters are in Regular alone."""
    names = (*NAMES, *STAFF, STORE.name)
    return [
        f"{type(widget).__name__} {text!r} in {widget.font_name}"
        for widget in driver.walk()
        if any(name in (text := getattr(widget, "text", "")) for name in names) and widget.font_name != "Regular"
    ]


def words_left(texts: list[str]) -> list[str]:
    """What on an English page is still Chinese and is ours."""
    left = []
    for text in texts:
        rest = text
        for name in sorted(_NOT_OURS, key=len, reverse=True):
            rest = rest.replace(name, "")
        if _HANZI.search(rest) and len(rest) > 1:  # one character: an avatar's
            left.append(text)
    return left
