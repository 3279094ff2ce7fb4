"""The judge of one person's line: every rule in force over all their shifts, and what one tap newly breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from contract.rostering.rules import limits_of_hours, places, protection, rests, wishes
from contract.rostering.rules.calendar import Calendar
from contract.rostering.rules.catalogue import CATALOGUE, filled, points_for, setting_of
from contract.rostering.rules.line import Broken, Line
from contract.rostering.shapes import Placed, Profile, RuleSetting, Verdict, Worker
from contract.rostering.ways import keys_for

Judge = Callable[[Line, Mapping[str, int]], Iterator[Broken]]
JUDGES: dict[str, Judge] = {**places.JUDGES, **limits_of_hours.JUDGES, **rests.JUDGES, **protection.JUDGES, **wishes.JUDGES}
ALWAYS = {name: RuleSetting(rule=name, hard=True, weight=rule.weight) for name, rule in CATALOGUE.items() if rule.fixed}
UNLESS_SAID = {"course_due": setting_of("course_due")}


def in_force(profile: Profile) -> dict[str, RuleSetting]:
    """The rules of a profile that are switched on, by name. Two shifts at once, and a store that lets nobody work before a course
    is passed, are refused whatever a profile says; a store's warning counts where a profile does not speak of it."""
    found = {setting.rule: setting for setting in profile.rules if setting.enabled and setting.rule in CATALOGUE}
    said = {setting.rule for setting in profile.rules}
    return {**{name: setting for name, setting in UNLESS_SAID.items() if name not in said}, **found, **ALWAYS}


def judge_line(worker: Worker, placed: Sequence[Placed], profile: Profile, calendar: Calendar) -> list[Verdict]:
    """What a profile's rules say to one person's shifts, over all stores and employers, the past counted in: by day and rule.

    Pure; times are in the facts. Verdicts that show before `calendar.first_day` are left out. Raises ValueError for a day that
    is none.
    """
    line = Line(worker, placed, calendar)
    found = []
    for name, setting in in_force(profile).items():
        judge = JUDGES.get(name)
        if judge is None:
            continue
        for broken in judge(line, filled(setting)):
            if broken.day >= calendar.first_day:
                found.append(verdict_of(setting, broken, worker.person_id))
    found.sort(key=_by_day)
    return found


def _by_day(verdict: Verdict) -> tuple[str, bool, str, str]:
    return verdict.day, verdict.level == "soft", verdict.rule, verdict.about


def verdict_of(setting: RuleSetting, broken: Broken, person_id: str) -> Verdict:
    """What is broken with its level, its price and its ways out."""
    rule = CATALOGUE[setting.rule]
    hard = rule.fixed or setting.hard
    overridable = hard and setting.overridable and not rule.fixed
    ways = keys_for(rule.name, str(broken.facts.get("case", "")), hard=hard, overridable=overridable)
    return Verdict(
        rule=rule.name, level="hard" if hard else "soft", overridable=overridable, points=points_for(setting, broken.over),
        person_id=person_id, day=broken.day, shifts=broken.shifts, facts=dict(broken.facts),
        ways=ways, about=broken.about, over=broken.over,
    )  # fmt: skip


def newly_broken(before: Sequence[Verdict], after: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of `after` that `before` has not, or has less of: about the same, broken by less."""
    known = {(verdict.rule, verdict.about): verdict.over for verdict in before}
    return [verdict for verdict in after if verdict.over > known.get((verdict.rule, verdict.about), 0)]


def judge_change(
    worker: Worker, placed: Sequence[Placed], change: Placed | None, without: Sequence[str], profile: Profile, calendar: Calendar
) -> list[Verdict]:
    """Only what one tap newly breaks, or breaks more than before: the difference of two `judge_line`, and locked cells.

    `change` is the shift as it would be (it takes the place of one with its id), None where there are only shifts to take away:
    `without`, their ids.
    """
    gone = {*without, *((change.id,) if change is not None else ())}
    kept = [shift for shift in placed if shift.id not in gone]
    after = judge_line(worker, [*kept, change] if change is not None else kept, profile, calendar)
    found = newly_broken(judge_line(worker, placed, profile, calendar), after) if after else []
    return _locked(worker, placed, change, gone, profile) + found


def _locked(
    worker: Worker, placed: Sequence[Placed], change: Placed | None, gone: set[str], profile: Profile
) -> list[Verdict]:
    """Shifts that are locked and would go, or be others."""
    setting = in_force(profile).get("locked")
    if setting is None:
        return []
    return [
        verdict_of(setting, Broken(shift.id, shift.day, [shift.id], 1, {}), worker.person_id)
        for shift in placed
        if shift.locked and shift.id in gone and shift != change
    ]
