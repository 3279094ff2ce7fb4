"""The demo's rosters: a published and a drafted week with demand at two stores, and a third whose people have no weekend to rest
for four weeks. Made by operations, once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from contract.ids import derived_id
from contract.opening import SetOpeningDay, SetOpeningHours
from contract.roster_demand import DefineDemand, DefineDemandRule, Figure, Need, NoteFigures
from contract.roster_people import DefineSkill, GrantSkill, SetTerms
from contract.rosters import CopyDays, FillByPattern, Publish, SetShift
from contract.shifts import Window
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, reading
from server.postings.model import Posting
from server.rosters.model import Publication
from server.stores.model import Store

Do = Callable[[Wire, str], Outcome]
WEEK = timedelta(days=7)
SKILLS = (("till", "收银", "Till"), ("barista", "咖啡师", "Barista"))
# (early, late) or "" for off, Monday to Sunday, by the number of the person in the crew: everybody has two days together
ROTA = (
    ("early", "early", "early", "early", "early", "", ""),
    ("late", "late", "", "", "late", "late", "late"),
    ("", "", "early", "early", "early", "early", "early"),
    ("late", "late", "late", "", "", "early", "early"),
    ("late", "late", "late", "late", "late", "", ""),
)
# how many are needed, from when to when by the clock: at least, rather
ON_WEEKDAYS = ((8, 11, 1, 2), (11, 14, 2, 3), (14, 18, 1, 2), (18, 22, 2, 2))
ON_WEEKENDS = ((8, 10, 1, 2), (10, 20, 2, 3), (20, 22, 2, 2))
OPENING = "开业期，大家商量过"
HOURS = (8 * 60, 22 * 60)
VISITORS = (20, 35, 60, 95, 120, 90, 70, 65, 80, 110, 130, 85, 40, 20)  # by the hour, from 8:00


def plan(db: Database, do: Do, stores: Sequence[Store], today: date) -> None:
    """Rosters of the first three stores from the next Monday on; nothing where that has been done."""
    monday = today + timedelta(days=7 - today.weekday())
    with reading(db, Actor.system()) as session:
        if session.scalar(sa.select(Publication.id).limit(1)) is not None:
            return
        asked = sa.select(Posting.store_id, Posting.person_id).order_by(Posting.starts_on, Posting.id)
        rows = session.execute(asked.where(Posting.store_id.in_([store.id for store in stores[:3]]))).all()
    crews = {store.id: [row.person_id for row in rows if row.store_id == store.id] for store in stores[:3]}
    for code, zh, en in SKILLS:
        skill_id = derived_id("demo", "skill", code)
        do(DefineSkill(skill_id=skill_id, code=code, name_zh=zh, name_en=en), derived_id("demo", "defines", code))
    for store in stores[:3]:
        _know(do, crews[store.id])
        _need(do, store, monday)
        _open(do, store, monday)
    for store in stores[:2]:
        _week(do, store, crews[store.id], monday)
    _no_weekends(do, stores[2], monday)
    # a demo that is made on a Monday has two weekends of the pattern before its week: a free one is missing, with a reason
    do(_publish(stores[1], monday, monday + WEEK, OPENING), derived_id("demo", "publishes", stores[1].id))
    # last, so that it stands: nothing is done twice when a start was cut short before it
    do(_publish(stores[0], monday, monday + WEEK, OPENING), derived_id("demo", "publishes", stores[0].id))


def _know(do: Do, crew: Sequence[str]) -> None:
    for number, person_id in enumerate(crew[: len(ROTA)]):
        code, _, _ = SKILLS[number % len(SKILLS)]
        grant = GrantSkill(
            grant_id=derived_id("demo", "grant", person_id, code), person_id=person_id, skill=code, level=1 + number % 3,
            from_day="2026-01-01",
        )  # fmt: skip
        do(grant, derived_id("demo", "grants", person_id, code))
        terms = SetTerms(
            terms_id=derived_id("demo", "terms", person_id), person_id=person_id, from_day="2026-01-01", week_min_min=2_160,
            week_max_min=2_640, wage_cents_hour=2_400 + 200 * (number % 3),
        )  # fmt: skip
        do(terms, derived_id("demo", "sets", person_id))


def _need(do: Do, store: Store, monday: date) -> None:
    for name, weekdays, hours in (("weekdays", [0, 1, 2, 3, 4], ON_WEEKDAYS), ("weekends", [5, 6], ON_WEEKENDS)):
        slots = [Need(from_min=a * 60, to_min=b * 60, at_least=least, target=rather) for a, b, least, rather in hours]
        op = DefineDemand(
            demand_id=derived_id("demo", "demand", store.id, name), store_id=store.id, weekdays=weekdays,
            from_day=monday.isoformat(), slots=slots,
        )  # fmt: skip
        do(op, derived_id("demo", "needs", store.id, name))
    rule = DefineDemandRule(
        rule_id=derived_id("demo", "rule", store.id), store_id=store.id, role="till", measure="footfall", per_head=60,
        at_least=1, at_most=3, from_day=monday.isoformat(),
    )  # fmt: skip
    do(rule, derived_id("demo", "rules", store.id))
    saturday = (monday + timedelta(days=5)).isoformat()
    figures = [Figure(from_min=(8 + n) * 60, to_min=(9 + n) * 60, amount=amount) for n, amount in enumerate(VISITORS)]
    note = NoteFigures(store_id=store.id, day=saturday, measure="footfall", figures=figures)
    do(note, derived_id("demo", "figures", store.id))


def _open(do: Do, store: Store, monday: date) -> None:
    """From eight to ten; on an evening of the second week stock is taken."""
    hours = SetOpeningHours(store_id=store.id, from_day="2026-01-01", week=[[HOURS] for _ in range(7)])
    do(hours, derived_id("demo", "opens", store.id))
    short = (monday + timedelta(days=9)).isoformat()
    day = SetOpeningDay(store_id=store.id, day=short, hours=[(8 * 60, 21 * 60)], note="盘点")
    do(day, derived_id("demo", "stocktaking", store.id))


def _week(do: Do, store: Store, crew: Sequence[str], monday: date) -> None:
    """A week by the rota with an open shift on Saturday, and the week after it as a draft to work on."""
    for number, person_id in enumerate(crew[: len(ROTA)]):
        for weekday, template in enumerate(ROTA[number]):
            if template:
                _shift(do, store, person_id, monday + timedelta(days=weekday), template)
    saturday = monday + timedelta(days=5)
    _shift(do, store, None, saturday, "day", windows=[Window(starts_min=660, ends_min=1_140)], comment="周末高峰")
    copies = CopyDays(
        store_id=store.id, from_day=monday.isoformat(), to_day=(monday + WEEK - timedelta(days=1)).isoformat(),
        onto_day=(monday + WEEK).isoformat(),
    )  # fmt: skip
    do(copies, derived_id("demo", "copies", store.id))


def _shift(do: Do, store: Store, person_id: str | None, day: date, template: str, **more: object) -> None:
    shift_id = derived_id("demo", "shift", store.id, person_id or "", day.isoformat())
    values = {"shift_id": shift_id, "store_id": store.id, "day": day.isoformat(), "person_id": person_id, "template": template}
    do(SetShift(**{**values, **more}), derived_id("demo", "sets", shift_id))  # type: ignore[arg-type]


def _publish(store: Store, first: date, until: date, override: str | None = None) -> Publish:
    # the id says when it was made; nothing is told by it
    tail = derived_id("demo", "publication", store.id)[15:]
    publish_id = f"01a00000-0000-7{tail[:3]}-8{tail[5:8]}-{tail[9:21]}"
    last = until - timedelta(days=1)
    return Publish(
        publish_id=publish_id, store_id=store.id, from_day=first.isoformat(), to_day=last.isoformat(), override=override
    )


def _no_weekends(do: Do, store: Store, monday: date) -> None:
    """Four weeks by a pattern of six days on and one off, with the day off never both of a weekend."""
    until = monday + 4 * WEEK
    fills = FillByPattern(
        store_id=store.id, from_day=monday.isoformat(), to_day=(until - timedelta(days=1)).isoformat()
    )
    do(fills, derived_id("demo", "fills", store.id))
    do(_publish(store, monday, until, "旺季，店里商量过"), derived_id("demo", "publishes", store.id))
