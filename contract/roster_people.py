"""What rosters know of people and by which rules they are judged: skills with certificates, terms, profiles of rules."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Reason, Short
from contract.rostering.shapes import RuleSetting
from contract.wire import Wire, operation

Level = Annotated[int, Meta(ge=1, le=5)]
Protection = Literal["pregnant", "nursing", "no_night"]
System = Literal["standard", "comprehensive", "flexible", "part_time"]
WeekMinutes = Annotated[int, Meta(ge=0, le=10_080)]


@operation("rosters.define_skill/1")
class DefineSkill(Wire, frozen=True, kw_only=True):
    """Something a shift may need somebody for; said again it gets other names."""

    skill_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    needs_certificate: bool = False


@operation("rosters.grant_skill/1")
class GrantSkill(Wire, frozen=True, kw_only=True):
    """Somebody is qualified from a day on, until the certificate's last day (included) or for good."""

    grant_id: Id
    person_id: Id
    skill: Code
    level: Level = 1
    from_day: Day
    to_day: Day | None = None
    certificate: Short | None = None


@operation("rosters.withdraw_skill/1")
class WithdrawSkill(Wire, frozen=True, kw_only=True):
    """From a day on somebody is no longer qualified."""

    grant_id: Id
    from_day: Day
    reason: Reason


@operation("rosters.set_terms/1")
class SetTerms(Wire, frozen=True, kw_only=True):
    """What somebody's contract says for rosters from a day on; minutes absent: as the profile has it. The wage is pay: who may
    not read pay gets it as null. `born_on`: of somebody under age, for whom the rules of minors count."""

    terms_id: Id
    person_id: Id
    from_day: Day
    system: System = "standard"
    day_max_min: Annotated[int, Meta(ge=1, le=1_440)] | None = None
    week_min_min: WeekMinutes | None = None
    week_max_min: WeekMinutes | None = None
    protect: Annotated[list[Protection], Meta(max_length=3)] = []
    wage_cents_hour: Annotated[int, Meta(ge=0, le=100_000_000)] | None = None
    born_on: Day | None = None


@operation("rosters.define_profile/1")
class DefineProfile(Wire, frozen=True, kw_only=True):
    """A set of rules for rosters, or its next version from a day on."""

    profile_id: Id
    code: Code
    name_zh: Label
    name_en: Label
    from_day: Day
    rules: Annotated[list[RuleSetting], Meta(max_length=100)]
    reason: Reason


@operation("rosters.assign_profile/1")
class AssignProfile(Wire, frozen=True, kw_only=True):
    """Whose rosters a profile judges from a day on: a unit's and all below, or (absent) the company's. The nearest counts."""

    assignment_id: Id
    unit_id: Id | None = None
    profile: Code
    from_day: Day


class SkillRow(Wire, frozen=True, kw_only=True):
    """A skill with how many people have it today."""

    id: str
    code: str
    name_zh: str
    name_en: str
    needs_certificate: bool
    people: int


class Skills(Wire, frozen=True, kw_only=True):
    """All skills."""

    items: list[SkillRow]


class SkillGrantRow(Wire, frozen=True, kw_only=True):
    """A qualification of somebody. `until`: the last day it counts."""

    id: str
    person_id: str
    name: str
    skill: str
    name_zh: str
    name_en: str
    level: int
    from_day: str
    to_day: str | None
    certificate: str | None
    withdrawn_from: str | None
    reason: str | None


class SkillGrantQuery(Wire, frozen=True, kw_only=True):
    """Who has which skill. `ends_by`: certificates that end by that day."""

    person_id: Id | None = None
    store_id: Id | None = None
    skill: Code | None = None
    ends_by: Day | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 200
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class SkillGrants(Wire, frozen=True, kw_only=True):
    """Qualifications, by person."""

    items: list[SkillGrantRow]
    next_cursor: str | None = None


class TermsRow(Wire, frozen=True, kw_only=True):
    """What somebody's contract says from a day on. `wage_cents_hour` and `born_on` are null for whoever may not read them."""

    id: str
    person_id: str
    from_day: str
    system: str
    day_max_min: int | None
    week_min_min: int | None
    week_max_min: int | None
    protect: list[str]
    wage_cents_hour: int | None
    born_on: str | None


class TermsQuery(Wire, frozen=True, kw_only=True):
    """Whose terms."""

    person_id: Id


class TermsPage(Wire, frozen=True, kw_only=True):
    """The terms of somebody, what counts from later days first."""

    items: list[TermsRow]


class ProfileRow(Wire, frozen=True, kw_only=True):
    """A version of a profile."""

    id: str
    code: str
    name_zh: str
    name_en: str
    from_day: str
    rules: list[RuleSetting]
    reason: str


class ProfileUseRow(Wire, frozen=True, kw_only=True):
    """Whose rosters a profile judges from a day on; without a unit: the company's."""

    id: str
    unit_id: str | None
    name: str
    profile: str
    from_day: str


class Profiles(Wire, frozen=True, kw_only=True):
    """All profiles with their versions, and where which counts."""

    items: list[ProfileRow]
    uses: list[ProfileUseRow]
