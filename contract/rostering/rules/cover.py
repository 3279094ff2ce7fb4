"""How many are there of what a store needs: stretch by stretch, by role, as figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from contract.rostering.rules.catalogue import CATALOGUE
from contract.rostering.rules.engine import in_force, verdict_of
from contract.rostering.rules.line import MINUTE_MS, Broken, Facts
from contract.rostering.shapes import Placed, Profile, Verdict
from contract.wire import Wire

ANY_ROLE = ("", "*")


class Need(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """How many of a role a store needs from an instant to another: at least, rather, at most. Role "*": whoever is there.

    Needs of the same store and role add up where they overlap. `target` None: as many as at least; `at_most` None: no matter.
    """

    store_id: str
    day: str
    starts_ms: int
    ends_ms: int
    role: str = "*"
    at_least: int = 0
    target: int | None = None
    at_most: int | None = None
    criticality: int = 1


class Cover(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch in which need and people are the same throughout. Minutes of lack are heads times its length."""

    store_id: str
    role: str
    day: str
    starts_ms: int
    ends_ms: int
    have: int
    at_least: int = 0
    target: int = 0
    at_most: int | None = None
    criticality: int = 1

    @property
    def minutes(self) -> int:
        """How long it is."""
        return (self.ends_ms - self.starts_ms) // MINUTE_MS

    @property
    def lack(self) -> int:
        """Heads short of what must be."""
        return max(0, self.at_least - self.have)

    @property
    def short(self) -> int:
        """Heads short of what should be, beyond those that must."""
        return max(0, self.target - max(self.have, self.at_least))

    @property
    def surplus(self) -> int:
        """Heads beyond what may be; beyond the target where nothing is said."""
        return max(0, self.have - (self.target if self.at_most is None else self.at_most))


def judge_cover(needs: Sequence[Need], placed: Iterable[Placed]) -> list[Cover]:
    """Stretches of every need with the people who are there, by store, role and time. Pure; on-call shifts cover nothing.

    Somebody covers a stretch from their start to their end, pauses included; a shift covers its role's needs and those of "*".
    """
    by_store: dict[str, list[Placed]] = {}
    for shift in placed:
        if not shift.on_call and shift.state != "elsewhere":
            by_store.setdefault(shift.store_id, []).append(shift)
    groups: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        if need.ends_ms > need.starts_ms:
            groups.setdefault((need.store_id, "*" if need.role in ANY_ROLE else need.role), []).append(need)
    found: list[Cover] = []
    for (store, role), wanted in sorted(groups.items()):
        there = [shift for shift in by_store.get(store, ()) if role == "*" or shift.role == role]
        found += _sweep(store, role, wanted, there)
    return found


def _sweep(store: str, role: str, wanted: list[Need], there: list[Placed]) -> list[Cover]:
    changes: dict[int, list[tuple[int, Need | None]]] = {}
    for need in wanted:
        changes.setdefault(need.starts_ms, []).append((1, need))
        changes.setdefault(need.ends_ms, []).append((-1, need))
    for shift in there:
        changes.setdefault(shift.starts_ms, []).append((1, None))
        changes.setdefault(shift.ends_ms, []).append((-1, None))
    found: list[Cover] = []
    live: list[Need] = []
    have = 0
    instants = sorted(changes)
    for at, until in pairwise(instants):
        for sign, told in changes[at]:
            if told is None:
                have += sign
            elif sign > 0:
                live.append(told)
            else:
                live.remove(told)
        if live:
            _append(found, _stretch(store, role, live, have, at, until))
    return found


def _stretch(store: str, role: str, live: list[Need], have: int, at: int, until: int) -> Cover:
    open_ended = any(need.at_most is None for need in live)
    return Cover(
        store_id=store, role=role, day=min(need.day for need in live), starts_ms=at, ends_ms=until, have=have,
        at_least=sum(need.at_least for need in live),
        target=sum(max(need.at_least, need.target or 0) for need in live),
        at_most=None if open_ended else sum(need.at_most or 0 for need in live),
        criticality=max(need.criticality for need in live),
    )  # fmt: skip


def _append(found: list[Cover], stretch: Cover) -> None:
    """Put a stretch at the end, joined to the last where nothing differs but the time."""
    last = found[-1] if found else None
    if last is not None and last.ends_ms == stretch.starts_ms and _figures(last) == _figures(stretch):
        found[-1] = msgspec.structs.replace(last, ends_ms=stretch.ends_ms)
    else:
        found.append(stretch)


def _figures(cover: Cover) -> tuple[object, ...]:
    return cover.day, cover.have, cover.at_least, cover.target, cover.at_most, cover.criticality


def headcount(covers: Iterable[Cover], profile: Profile) -> list[Verdict]:
    """A verdict for each stretch with too few or too many, where the profile looks at it."""
    setting = in_force(profile).get("headcount")
    if setting is None:
        return []
    found = []
    for cover in covers:
        too_many = 0 if cover.at_most is None else cover.surplus
        if not cover.lack and not too_many:
            continue
        facts: Facts = {
            "have": cover.have, "least": cover.at_least, "store": cover.store_id, "role": cover.role,
            "starts_ms": str(cover.starts_ms), "case": "few" if cover.lack else "many",
            "most": cover.at_most if cover.at_most is not None else cover.have,
        }  # fmt: skip
        about = f"{cover.store_id}:{cover.role}:{cover.starts_ms}"
        found.append(verdict_of(setting, Broken(about, cover.day, [], cover.lack or too_many, facts), ""))
    return found


def cover_minutes(covers: Iterable[Cover]) -> dict[str, int]:
    """Head-minutes in all: needed, there, lacking, short of the target, too many."""
    sums = {"needed": 0, "have": 0, "lack": 0, "short": 0, "surplus": 0}
    for cover in covers:
        sums["needed"] += cover.minutes * max(cover.target, cover.at_least)
        sums["have"] += cover.minutes * cover.have
        sums["lack"] += cover.minutes * cover.lack
        sums["short"] += cover.minutes * cover.short
        sums["surplus"] += cover.minutes * cover.surplus
    return sums


def cover_points(covers: Iterable[Cover], weights: Mapping[str, int], slot_min: int = 15) -> dict[str, tuple[int, int]]:
    """What cover costs by goal as (points, head-slots): under_min times criticality, under_target, over_max by the square of the
    heads too many. A slot that is begun counts."""
    found = {"under_min": (0, 0), "under_target": (0, 0), "over_max": (0, 0)}
    for cover in covers:
        slots = -(-cover.minutes // slot_min)
        for name, heads, price in (
            ("under_min", cover.lack, cover.lack * cover.criticality),
            ("under_target", cover.short, cover.short),
            ("over_max", cover.surplus, cover.surplus * cover.surplus),
        ):
            points, count = found[name]
            weight = weights.get(name, CATALOGUE[name].weight)
            found[name] = (points + weight * price * slots, count + heads * slots)
    return found
