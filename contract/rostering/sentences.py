"""A verdict in words: the same sentence on tablet, phone, console and API, with local times, days and stores' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contract.messages import Language, catalogue, say
from contract.rostering.local_time import MINUTES_A_DAY, ordinal, weekday
from contract.rostering.shapes import Placed, Verdict
from contract.rostering.ways import ways_of

_NAMELESS: Mapping[str, str] = {}


class Told(NamedTuple):
    """What is to be shown of a verdict: the rule's name, what is broken, why there is such a rule, the ways out."""

    name: str
    sentence: str
    why: str
    ways: list[str]


def clock(minute: int) -> str:
    """A minute of a day as a clock shows it, also of the day after: 1,800 is 06:00."""
    hours, minutes = divmod(minute % MINUTES_A_DAY, 60)
    return f"{hours:02d}:{minutes:02d}"


def duration(language: Language, minutes: int) -> str:
    """8 h 15 min."""
    hours, rest = divmod(max(0, minutes), 60)
    kind = "hours_minutes" if hours and rest else "hours" if hours else "minutes"
    return say(language, f"rostering.tell.{kind}", hours=hours, minutes=rest)


def shift_words(language: Language, shift: Placed, stores: Mapping[str, str] = _NAMELESS) -> str:
    """A shift by its weekday, day, times by the clock of its store, and the store's name where it is known."""
    return say(
        language, "rostering.tell.shift", weekday=say(language, f"rostering.weekday.{weekday(ordinal(shift.day))}"),
        day=shift.day[5:], times=f"{clock(shift.starts_min)}–{clock(shift.ends_min)}",
        store=stores.get(shift.store_id, ""),
    ).rstrip()  # fmt: skip


def tell(
    language: Language,
    verdict: Verdict,
    shifts: Mapping[str, Placed],
    *,
    name: str = "",
    stores: Mapping[str, str] = _NAMELESS,
    skills: Mapping[str, str] = _NAMELESS,
) -> Told:
    """A verdict in words. shifts: by id, as far as the reader may see them; name: the person's; stores, skills: names by id and
    code. A shift that is not there is "the shift before"."""
    facts = _facts(language, verdict, stores, skills)
    facts["who"] = name or say(language, "rostering.tell.somebody")
    said = [shifts.get(one) for one in verdict.shifts]
    words = [say(language, "rostering.tell.before") if one is None else shift_words(language, one, stores) for one in said]
    if len(words) == 1 and verdict.rule in ("rest_between", "clopen"):
        words.insert(0, say(language, "rostering.tell.before"))
    facts["first"] = words[0] if words else ""
    facts["second"] = words[-1] if words else ""
    base = f"rostering.rule.{verdict.rule}"
    special = f"{base}.broken_{verdict.facts.get('case', '')}"
    key = special if special in catalogue(language) else f"{base}.broken"
    ways = [say(language, f"rostering.way.{way.key}", **facts) for way in ways_of(verdict)]
    return Told(say(language, f"{base}.name"), say(language, key, **facts), say(language, f"{base}.why"), ways)


def _facts(language: Language, verdict: Verdict, stores: Mapping[str, str], skills: Mapping[str, str]) -> dict[str, object]:
    facts: dict[str, object] = {"over": duration(language, verdict.over)}
    for key, value in verdict.facts.items():
        if key.endswith("_min") and isinstance(value, int):
            facts[key.removesuffix("_min")] = duration(language, value)
        else:
            facts[key] = value
    if f"course_{language}" in facts:
        facts["course"] = facts[f"course_{language}"] or say(language, "rostering.tell.a_course")
    for key, names in (("store", stores), ("skill", skills)):
        if key in facts:
            facts[key] = names.get(str(facts[key]), facts[key])
    return facts
