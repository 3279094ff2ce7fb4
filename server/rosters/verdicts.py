"""What the rules say of a change and of a whole roster, and what of it is told to whom.

One judge (contract.rostering.rules) for API, console, devices, imports and the market. A hard rule refuses with its own code,
`rosters.breaks_<rule>`; one that may be set aside does not where a reason is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NoReturn

import msgspec

from contract.messages import LANGUAGES, Language, say
from contract.rostering.rules import CATALOGUE, in_force, judge_line, newly_broken
from contract.rostering.rules.engine import verdict_of
from contract.rostering.rules.line import Broken
from contract.rostering.sentences import Told, tell
from contract.rostering.shapes import Placed, Profile, Verdict
from contract.rosters import Said
from contract.wire import plain
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.rosters.gathering import Gathered
from server.rosters.placing import cell_of

BY_PATTERN = "duty:"  # how ids of what the pattern says begin (gathering.py)
MOST_TOLD = 30  # verdicts that one refusal names
REFUSED = "rosters.breaks_"  # and the rule: how its code begins
_RANK = {rule: rank for rank, rule in enumerate(CATALOGUE)}


def judge_person(g: Gathered, person_id: str, profile: Profile) -> list[Verdict]:
    """What the rules say of somebody's shifts as they are gathered."""
    worker = g.workers.get(person_id)
    if worker is None:
        return []
    return [of_cells(one) for one in judge_line(worker, g.placed.get(person_id, ()), profile, g.calendar)]


def judge_with(
    g: Gathered, person_id: str, change: Sequence[Placed], without: Iterable[str], profile: Profile
) -> list[Verdict]:
    """What one change newly breaks of somebody's line, or breaks more: with these windows, without those of these cells."""
    worker = g.workers.get(person_id)
    if worker is None:
        return []
    before = g.placed.get(person_id, [])
    gone = {*without, *(cell_of(one.id) for one in change), *_replaced(before, change)}
    after = [*(one for one in before if cell_of(one.id) not in gone), *change]
    found = newly_broken(
        judge_line(worker, before, profile, g.calendar), judge_line(worker, after, profile, g.calendar)
    )
    return [of_cells(one) for one in found]


def _replaced(before: Iterable[Placed], change: Sequence[Placed]) -> set[str]:
    """The duties by pattern that stand aside: with its first shift the store's desk begins to plan that week."""
    weeks = {(one.store_id, date.fromisoformat(one.day).isocalendar()[:2]) for one in change}
    return {
        cell_of(one.id)
        for one in before
        if one.id.startswith(BY_PATTERN) and (one.store_id, date.fromisoformat(one.day).isocalendar()[:2]) in weeks
    }


def locked_verdict(profile: Profile, person_id: str, cell_id: str, day: str) -> Verdict | None:
    """That a locked cell is touched; None where the profile does not mind."""
    setting = in_force(profile).get("locked")
    return None if setting is None else verdict_of(setting, Broken(cell_id, day, [cell_id], 1, {}), person_id)


def of_cells(verdict: Verdict) -> Verdict:
    """The same about cells instead of their windows."""
    return msgspec.structs.replace(verdict, shifts=list(dict.fromkeys(cell_of(one) for one in verdict.shifts)))


def hard(verdicts: Iterable[Verdict], *, reason: str | None) -> list[Verdict]:
    """Those that refuse: hard, and not set aside by a reason."""
    return [one for one in verdicts if one.level == "hard" and not (one.overridable and reason)]


def ranked(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """In the order in which they are told: what may never be set aside, then as the catalogue has them."""
    return sorted(verdicts, key=lambda one: (one.overridable, _RANK[one.rule]))


def refuse_broken(
    actor: Actor, g: Gathered, verdicts: Sequence[Verdict], *, reason: str | None, field: str, change: Sequence[Placed] = ()
) -> None:
    """Raise the refusal of what is broken, by its first rule: what may never be set aside comes first, then as the catalogue has
    them. Nothing where all is well or set aside. `change`: what is not among the facts yet."""
    broken = ranked(hard(verdicts, reason=reason))
    if broken:
        _refuse(actor, g, broken, field, change)


def _refuse(actor: Actor, g: Gathered, broken: Sequence[Verdict], field: str, change: Sequence[Placed]) -> NoReturn:
    first = broken[0]
    told = {f"said_{language}": sentence(language, actor, g, first, change).sentence for language in LANGUAGES}
    raise Problem(
        REFUSED + first.rule, field=field, rule=first.rule, person_id=first.person_id, day=first.day,
        shifts=list(first.shifts), overridable=all(one.overridable for one in broken), count=len(broken),
        verdicts=[plain(one) for one in broken[:MOST_TOLD]], **told,
    )  # fmt: skip


def sentence(language: Language, actor: Actor, g: Gathered, verdict: Verdict, change: Sequence[Placed] = ()) -> Told:
    """A verdict in words for a reader: a store they may not see is another store, and only its times are told. Where their own
    published shifts are they know."""
    shifts = {cell_of(one.id): one for one in (*reversed(g.placed.get(verdict.person_id, ())), *reversed(change))}
    worker = g.workers.get(verdict.person_id)
    hidden = hidden_stores(actor, g)
    if verdict.person_id == actor.person_id:
        hidden -= {one.store_id for one in g.placed.get(verdict.person_id, ()) if one.state != "draft"}
    names = {store: name for store, (_, name) in g.names.items()}
    names |= dict.fromkeys(hidden, say(language, "rosters.another_store"))
    skills = {code: both[LANGUAGES.index(language)] for code, both in g.skills.items()}
    return tell(language, verdict, shifts, name=worker.name if worker is not None else "", stores=names, skills=skills)


def in_words(actor: Actor, g: Gathered, verdicts: Iterable[Verdict], change: Sequence[Placed] = ()) -> list[Said]:
    """Each verdict in both languages, for a reader."""
    told = (tuple(sentence(language, actor, g, one, change).sentence for language in ("zh", "en")) for one in verdicts)
    return [Said(zh=zh, en=en) for zh, en in told]


def hidden_stores(actor: Actor, g: Gathered) -> set[str]:
    """The stores among these facts whose shifts a reader may not see; what is planned for is theirs to see."""
    if actor.has_everywhere(Permission.READ_SHIFTS) and actor.device_id is None:
        return set()
    return set(g.names) - set(g.stores) - actor.stores_for(Permission.READ_SHIFTS)


def as_facts(verdicts: Iterable[Verdict]) -> list[Mapping[str, Any]]:
    """Verdicts as an operation's answer keeps them."""
    return [plain(one) for one in list(verdicts)[:MOST_TOLD]]
