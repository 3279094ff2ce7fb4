"""Desk queues of a company with 100,000 tickets: how long each filter takes, asked over the API with all scope rules on.

Tickets go in by sets through the product's own tables, without their stories; what is asked goes through the whole server.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benches import org_lists
from benches.machine import cpu_s
from benches.org_lists import NOW, SECRET, Asked
from contract.desks import SetDesk
from contract.ids import derived_id, new_id
from contract.moments import to_ms
from contract.people import GrantRole, Hire, OpenAccount
from server.app import create_app
from server.feedback import desks, service
from server.feedback.clocks import END_OF_TIME
from server.feedback.model import Category, Ticket, TicketStop, TicketWatcher, TicketWords
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, table_of
from server.kernel.perform import reading
from server.people.model import Person
from server.settings import Settings
from server.stores.model import Store

DESKS = ("repair", "design", "stock", "quality")
_WORDS = ("客户需要换大码", "蒸汽熨斗坏了", "打印机卡纸", "灯不亮", "收银机死机", "想要定制", "投诉态度", "调货两双")


def build(db: Database, *, tickets: int = 100_000) -> str:
    """The company of org_lists, smaller, with so many tickets; answers the region that the regional manager leads."""
    region = org_lists.build(db, people=2_000, stores=200)
    desks.ensure(db, NOW, SECRET)
    service.ensure(db, NOW, SECRET)
    answering = new_id()
    org_lists._do(
        db,
        Hire(person_id=answering, number="desk", name="林修", home_org="总部"),
        OpenAccount(account_id=(account := new_id()), person_id=answering, login="desk", password=org_lists.PASSWORD),
        GrantRole(grant_id=new_id(), account_id=account, role="employee"),
        *(
            SetDesk(desk_id=derived_id("bench desk", code), code=code, name_zh=code, name_en=code, hours_id=desks.OFFICE_HOURS,
                    people=[answering] if code == "repair" else [])
            for code in DESKS
        ),
    )  # fmt: skip
    _crowd(db, answering, tickets)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return region


def _crowd(db: Database, answering: str, tickets: int) -> None:
    chance = random.Random(20261120)
    with reading(db, Actor.system()) as session:
        people, stores = list(session.scalars(sa.select(Person.id))), list(session.scalars(sa.select(Store.id)))
        kinds = list(session.scalars(sa.select(Category)))
    at_desks = [derived_id("bench desk", code) for code in DESKS]
    rows: dict[type[Base], list[dict[str, Any]]] = {model: [] for model in (Ticket, TicketStop, TicketWatcher, TicketWords)}
    for n in range(tickets):
        ticket = _ticket(chance, n, people, stores, kinds, at_desks, answering)
        rows[Ticket].append(ticket)
        words = f"{ticket['number']} {ticket['category_zh']} {ticket['text']}".lower()
        rows[TicketWords].append({"id": ticket["id"], "words": words})
        if n % 3 == 0 and ticket["desk_id"] is not None:
            other = chance.choice([one for one in at_desks if one != ticket["desk_id"]])
            rows[TicketStop].append({"id": new_id(), "ticket_id": ticket["id"], "desk_id": other})
        if n % 20 == 0:
            rows[TicketWatcher].append({"id": new_id(), "ticket_id": ticket["id"], "person_id": chance.choice(people)})
    with db.writing_engine.begin() as connection:
        for model, some in rows.items():
            for start in range(0, len(some), 5_000):
                insert_many(connection, table_of(model), some[start : start + 5_000])


def _ticket(
    chance: random.Random, n: int, people: list[str], stores: list[str], kinds: list[Category], at_desks: list[str],
    answering: str,
) -> dict[str, Any]:  # fmt: skip
    kind, store = chance.choice(kinds), chance.choice(stores)
    filed = NOW - timedelta(minutes=chance.uniform(1, 60 * 24 * 300))
    state = chance.choices(["closed", "resolved", "open", "waiting"], [85, 4, 9, 2])[0] if kind.answered else "closed"
    desk = chance.choices(at_desks, [5, 2, 2, 1])[0] if kind.answered else None
    is_late = kind.answered and chance.random() < 0.05
    due = filed + timedelta(days=2) if state == "open" and kind.answered else None
    done = filed + timedelta(hours=chance.uniform(1, 90))
    names = {"kind": "desk", "desk_id": desk, "name_zh": "维修", "name_en": "Repair"}
    hop = {**names, "from_ms": to_ms(filed), "until_ms": None, "worked_min": None}
    return {
        "id": new_id(), "number": f"T261120-{n:05X}", "category_id": kind.id, "category": kind.code, "category_zh": kind.name_zh,
        "category_en": kind.name_en, "icon": kind.icon, "labels": kind.fields, "store_sees": kind.store_sees, "unit_id": store,
        "store_id": store, "author_id": chance.choice(people), "spot": "", "fix": None, "device_id": None, "marks": [],
        "filed_at": filed, "arrived_at": filed, "state": state, "priority": chance.choice(["low", "normal", "high", "urgent"]),
        "text": "，".join(chance.choices(_WORDS, k=4)) + f" {chance.randrange(10**6)}", "form": {}, "photos": [], "desk_id": desk,
        "holder_id": answering if chance.random() < 0.1 else None, "rule_id": None, "hops": [hop], "pauses": [],
        "first_target_min": 60, "resolve_target_min": 960, "escalate_min": 60, "first_reply_at": filed, "first_reply_min": 5,
        "first_due_at": None, "first_late": False, "resolve_from": filed,
        "resolved_at": done if state in ("closed", "resolved") else None, "resolve_min": None, "resolve_due_at": due,
        "late": is_late, "is_late": is_late, "due_at": due or END_OF_TIME, "escalated": 0, "escalated_at": None,
        "paused_at": filed if state == "waiting" else None, "pause_reason": "",
        "rating": chance.choice([None, 3, 4, 5]) if state == "closed" else None, "closed_at": done if state == "closed" else None,
        "events": 6, "moved_at": done, "watchers": [], "may_answer": [answering], "scopes": [], "inner_scopes": [],
    }  # fmt: skip


def questions(region: str, store: str) -> dict[str, str]:
    """What is asked, by a name for the page."""
    repair = derived_id("bench desk", "repair")
    asked = {
        "all": "", "to answer": "view=to_answer", "mine": "view=mine", "late": "view=late", "waiting": "view=waiting",
        "unassigned": "view=unassigned", "unrated": "view=unrated", "by due": "sort=due&open=true", "open": "open=true",
        "by filing": "sort=filed", "a state": "state=resolved", "a kind": "category=equipment", "a priority": "priority=urgent",
        "a store": f"store_id={store}", "a region": f"unit_id={region}", "a desk": f"desk_id={repair}",
        "open at a desk, urgent": f"desk_id={repair}&open=true&priority=urgent", "common words": "words=熨斗",
        "words of one": "words=T261120-0BEEF", "words of none": "words=nothing-at-all",
        "words, kind, open": "words=打印机&category=equipment&open=true",
        "three days": "from_ms=1763200000000&until_ms=1763460000000",
    }  # fmt: skip
    return {what: f"/api/v1/tickets?{query}" for what, query in asked.items()}


def measure(db: Database, db_pid: int, folder: Path, region: str, *, times: int = 30) -> Iterator[Asked]:
    """Each question, by HR, by somebody of a desk with half of them, and by a regional manager."""
    settings = Settings(database_url=db.url.render_as_string(hide_password=False), data_dir=folder, secret=SECRET)
    app = create_app(settings, db=db, clock=lambda: NOW)
    with reading(db, Actor.system()) as session:
        store = session.scalars(sa.select(Store.id).order_by(Store.number)).first() or ""
    for login in ("hr", "desk", "region"):
        client = app.test_client()
        body = {"login": login, "password": org_lists.PASSWORD}
        token = client.post("/api/v1/session", json=body).get_json()["token"]
        for what, path in questions(region, store).items():
            for _ in range(2):
                org_lists._ask(client, path, token)
            app_before, db_before = time.process_time(), cpu_s(db_pid)
            took = [org_lists._ask(client, path, token) for _ in range(times)]
            app_s, db_s = time.process_time() - app_before, cpu_s(db_pid) - db_before
            yield Asked(what, login, took, app_s * 1_000 / times, db_s * 1_000 / times)
