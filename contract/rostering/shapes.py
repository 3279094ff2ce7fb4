"""The facts a roster's rules look at, and what they say. Instants and wall-clock minutes come ready-made: rules need no zones.

`day` is the business date (ISO) a shift belongs to; `starts_min`/`ends_min` count from the local midnight that begins it, more
than 1,440 is the day after (22:00 to 06:00 is 1,320 to 1,800); `starts_ms`/`ends_ms` are the instants. What elapsed is counted
from instants, so a night of a clock change has seven or nine hours; what the clock says (a night, a weekend) from minutes.
"""

from __future__ import annotations

from typing import Literal

from contract.wire import Wire

Level = Literal["hard", "soft"]
PlacedState = Literal["draft", "published", "confirmed", "changed", "worked", "elsewhere"]
AwayKind = Literal["leave", "unavailable", "undesired", "desired"]
Fact = int | str | list[str]


class Placed(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One shift of one person somewhere. Split shifts are several of a day; `work_min`: what elapses less unpaid pauses.

    `state` elsewhere: of another employer or store that tells only the times. `on_call`: due only when called. `role` is a skill
    it takes, `needs` are further skills and certificates.
    """

    id: str
    person_id: str
    store_id: str
    day: str
    starts_min: int
    ends_min: int
    starts_ms: int
    ends_ms: int
    work_min: int
    role: str = ""
    template: str = ""
    needs: list[str] = []
    on_call: bool = False
    locked: bool = False
    state: PlacedState = "draft"


class Skill(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody is qualified for, from a day to a day (both included; None: open). Certificates run out."""

    code: str
    level: int = 1
    from_day: str | None = None
    to_day: str | None = None


class Stay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """From when to when (exclusive; None: open) somebody may work at a store: a posting, a loan, or their home store."""

    store_id: str
    from_day: str
    until: str | None = None


class Lack(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody still has to do before they work at a store: a course (by id and its titles), or with none their record.

    `blocks`: no shift there before it is done; else it is a warning.
    """

    store_id: str
    course: str = ""
    zh: str = ""
    en: str = ""
    blocks: bool = True


class Away(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of leave that was granted, or of one's availability and wishes. Instants."""

    kind: AwayKind
    starts_ms: int
    ends_ms: int
    label: str = ""


class Past(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What lies before the days looked at and still counts. `last_end_ms`: the end of the last shift; `days_in_row` up to the
    day before the first; minutes worked in the week, month and period that are running; counters of fairness of eight weeks."""

    last_end_ms: int | None = None
    days_in_row: int = 0
    nights_in_row: int = 0
    days_since_rest: int = 0
    week_min: int = 0
    month_overtime_min: int = 0
    period_min: int = 0
    weekends_8w: int = 0
    nights_8w: int = 0
    early_8w: int = 0
    closings_8w: int = 0


class Worker(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One person as the rules see them. Minutes None: the profile's. `protect`: pregnant, nursing, no_night.

    No stay: may work nowhere. `home_store`: the store that is theirs, which is better than another. `lacks`: what stores wait
    for before somebody works there.
    """

    person_id: str
    name: str = ""
    born_on: str | None = None
    skills: list[Skill] = []
    stays: list[Stay] = []
    away: list[Away] = []
    system: Literal["standard", "comprehensive", "flexible", "part_time"] = "standard"
    day_max_min: int | None = None
    week_min_min: int | None = None
    week_max_min: int | None = None
    protect: list[str] = []
    wage_cents_hour: int | None = None
    home_store: str = ""
    past: Past = Past()
    lacks: list[Lack] = []


class RuleSetting(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One rule as data. hard: a roster that breaks it is refused (unless `overridable` and a reason is given); soft: a warning
    of so many points. `params`: minutes, counts, by the rule's own names (rules.CATALOGUE says which)."""

    rule: str
    enabled: bool = True
    hard: bool = False
    overridable: bool = False
    weight: int = 0
    params: dict[str, int] = {}


class Profile(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A set of rules for rosters in force, with its names: Chinese law, EU, or one's own."""

    code: str
    name_zh: str = ""
    name_en: str = ""
    rules: list[RuleSetting] = []


class Verdict(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule says. `facts` fill the sentence (sentences.tell), `ways` are keys of ways out, the cheapest first (ways.WAYS);
    `shifts` are the ids it is about, `day` the day it shows on.

    `about`: what of the line is judged, the same through a change (a day, a week's Monday, a month, a shift's id); `over`: by how
    much it is broken, in the unit of the rule (minutes, days, heads). A change breaks newly what was not there or was less.
    """

    rule: str
    level: Level
    overridable: bool = False
    points: int = 0
    person_id: str = ""
    day: str = ""
    shifts: list[str] = []
    facts: dict[str, Fact] = {}
    ways: list[str] = []
    about: str = ""
    over: int = 0
