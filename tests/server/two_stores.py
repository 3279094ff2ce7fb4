"""Two stores with a person, a tablet and a punch each, and an account for every column of the rights matrix."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from contract import wire
from contract.ids import new_id
from contract.leave_days import minute_of
from contract.moments import to_ms
from contract.org import DefinePost
from contract.people import GrantRole, OpenAccount
from contract.roles import FieldRuleBody, ProposeRoleChange, RoleBody
from server.audit.sequencer import catch_up as enter_all
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading, writing
from server.leave.model import Leave
from server.org.model import COMPANY_ID
from server.people.model import Account, Grant
from server.postings.model import HandOverItem, Posting
from server.timesheets.recompute import catch_up as compute_days
from server.wiring import every_handler
from tests.server import (
    announcements_in_matrix,
    asked,
    cases_of,
    corrections_of,
    courses_in_matrix,
    cycles_in_matrix,
    feedback_in_matrix,
    growth_in_matrix,
    market_of,
    overtime_of,
    proposals_of,
    reports_in_matrix,
    rosters_of,
    score_cards_in_matrix,
    score_library_in_matrix,
    score_quality_in_matrix,
    shifts_of,
    statements_of,
    training_in_matrix,
)
from tests.server.world import PASSWORD
from tests.support.company import Company
from tests.support.handset import new_handset
from tests.support.lent_app import lent_app

ROLES = {"employee": "employee", "manager": "store_manager", "auditor": "auditor", "hr": "hr", "admin": "admin"}


class TwoStores:
    """`of("A")` names the things of a store; `fill` puts them into a path or a body."""

    def __init__(self, folder: Path) -> None:
        every_handler()
        self.signed_in: dict[str, Any] = {}
        self.vouched = 0
        self.company = company = Company(folder / "server").prepare().found(people=len(ROLES) + 3)
        day = company.today() - timedelta(days=3)
        self.things: dict[str, dict[str, str]] = {}
        self.post_id = new_id()
        company.must(DefinePost(post_id=self.post_id, code="chef", name_zh="门店主厨", name_en="Store chef"))
        for person, store in (("p1", "A"), ("p2", "B")):
            posting = company.post(person, store, day)
            tablet = new_handset(company, f"tablet-{store}", store=store)
            tablet.sync()
            assert tablet.punch(person=person) and tablet.sync()
            punch = next(found for found in company.punches() if found.person_id == company.people[person])
            self.things[store] = {
                "person_id": company.people[person], "store_id": company.stores[store], "posting_id": posting,
                "punch_id": punch.id, "device_id": tablet.device_id,
            }  # fmt: skip
            tablet.core.close()
            corrections_of.plant(company, person, self.things[store])
            shifts_of.plant(company, person)
            self.things[store]["case_id"] = cases_of.plant(company, self.things[store])
            statements_of.plant(company, person, self.things[store])
            rosters_of.plant(company, self.things[store])
            market_of.plant(company, self.things[store])
            proposals_of.plant(company, self.things[store])
            growth_in_matrix.plant(company, self.things[store])
            courses_in_matrix.plant(company, self.things[store])
            training_in_matrix.plant(company, self.things[store])
            announcements_in_matrix.plant(company, self.things[store])
            cycles_in_matrix.plant(company, self.things[store])
            score_library_in_matrix.plant(company, self.things[store])
            reports_in_matrix.plant(company, self.things[store])
            score_quality_in_matrix.plant(company, self.things[store])
            score_cards_in_matrix.plant(company, self.things[store])
            feedback_in_matrix.plant(company, self.things[store])
            away, first = company.today() + timedelta(days=400), minute_of(company.today() + timedelta(days=400))
            with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
                session.add(
                    Leave(
                        id=new_id(), person_id=company.people[person], kind="personal", from_day=away, to_day=away, minutes=480,
                        starts_min=first, ends_min=first + 1440, granted_at=company.now(),
                    )
                )  # fmt: skip
        for n, (login, role) in enumerate({**ROLES, "spare": "employee"}.items()):
            account, person = new_id(), company.people[f"p{n + 3}"]
            company.must(OpenAccount(account_id=account, person_id=person, login=login, password=PASSWORD))
            store = company.stores["A"] if login == "manager" else None
            company.must(GrantRole(grant_id=new_id(), account_id=account, role=role, unit_id=store))  # type: ignore[arg-type]
        asked.publish(company, "card")
        for store in self.things:
            self.things[store]["request_id"] = asked.request_about(company, self.things[store]["person_id"])
            self.things[store]["grant_id"] = overtime_of.plant(company, self.things[store])
        self.app: Flask = lent_app(company.settings, db=company.db, clock=company.now)
        enter_all(self.app.extensions["outpost"])
        compute_days(self.app.extensions["outpost"])

    def of(self, store: str) -> dict[str, str]:
        return self.things[store]

    def account(self, login: str) -> tuple[str, str]:
        """(account, one of its grants)."""
        with reading(self.company.db, Actor.system()) as session:
            account = session.scalars(sa.select(Account).where(Account.login == login)).one()
            grant = session.scalars(sa.select(Grant).where(Grant.account_id == account.id)).first()
            return account.id, grant.id if grant is not None else new_id()

    def future_posting(self) -> str:
        """One that has not begun, of somebody who has no other."""
        with reading(self.company.db, Actor.system()) as session:
            found = session.scalars(sa.select(Posting.id).where(Posting.starts_at > self.company.now())).first()
        return found or self.company.post("p3", "B", self.company.today() + timedelta(days=9))

    def lent(self, store: str) -> Posting:
        """A posting to this store that begins in a year, with its list of what is handed over."""
        person = f"p{len(ROLES) + 3}"  # the one who has no column
        day = self.company.today() + timedelta(days={"A": 400, "B": 600}[store])
        asked = sa.select(Posting).where(Posting.person_id == self.company.people[person], Posting.starts_on == day)
        with reading(self.company.db, Actor.system()) as session:
            found = session.scalars(asked).one_or_none()
        if found is None:
            self.company.post(person, store, day, day + timedelta(days=10))
            return self.lent(store)
        return found

    def item(self, store: str) -> str:
        """What the host says about that posting."""
        asked = sa.select(HandOverItem.id).where(HandOverItem.posting_id == self.lent(store).id, HandOverItem.side == "host")
        with reading(self.company.db, Actor.system()) as session:
            return str(session.scalars(asked).first())

    def minute_to_vouch_for(self) -> int:
        """Another minute of the last hours each time: the same thing is not said twice."""
        self.vouched += 1
        return to_ms(self.company.now()) - (30 + 3 * self.vouched) * 60_000

    def role_change(self, key: str) -> ProposeRoleChange:
        """A proposal for a new role."""
        rule = FieldRuleBody(relation="home", field="name", mode="read")
        after = RoleBody(name_zh="巡店", name_en="Visitor", permissions=["people.read"], fields=[rule])
        return ProposeRoleChange(change_id=new_id(), role=key, after=after, reason="r")

    def proposed(self) -> str:
        """A change of a role that somebody proposed who has no column."""
        change = self.role_change("r" + new_id()[-12:])
        account, _ = self.account("spare")
        by = Actor.person(self.company.people[f"p{len(ROLES) + 3}"], account, [("admin", None)])
        done = perform(self.company.db, by, change, op_id=new_id(), now=self.company.now(), secret=self.company.settings.secret)
        assert done.status == "applied", done
        return change.change_id

    def body(self, endpoint: str, login: str, store: str) -> Any:
        """A body that asks for something that can be done, of this store."""
        mine, fresh = self.of(store), new_id()
        who = login if login in ROLES else "hr"
        # what has to be looked up is looked up for who asks for it: thousands of bodies are asked for
        account, grant = "", ""
        if endpoint in ("accounts/passwords", "grants/withdrawn"):
            account, grant = self.account(who if store == "A" else "auditor" if who != "auditor" else "hr")
        spare = self.account("spare")[0] if endpoint in ("accounts/closed", "accounts/reopened", "grants") else ""
        future = self.future_posting() if endpoint in ("postings/recalled", "postings/cancelled") else ""
        day = self.company.today()
        fence = {"datum": "wgs84", "center": {"lat_e7": 311_774_276, "lng_e7": 1_215_272_106}, "radius_m": 120}
        partner = self.company.store_rows()[0].partner_id if endpoint == "stores" else ""
        bodies: dict[str, Any] = {
            "accounts": {"account_id": fresh, "person_id": mine["person_id"], "login": f"l{fresh[-8:]}", "password": PASSWORD},
            "accounts/closed": {"account_id": spare, "reason": "r"},
            "accounts/passwords": {"account_id": account, "password": PASSWORD},
            "accounts/reopened": {"account_id": spare, "reason": "r"},
            "archive/basics": {"person_id": mine["person_id"], "gender": "other", "reason": "r"},
            "archive/contracts": {"contract_id": fresh, "person_id": mine["person_id"], "kind": "fixed_term",
                                  "from_day": "2026-01-01", "pay_fen": 100},
            "archive/documents": {},
            "archive/documents/withdrawn": {"document_id": fresh, "reason": "r"},
            "archive/insurances": {"insurance_id": fresh, "person_id": mine["person_id"], "city": "c", "from_day": "2026-01-01"},
            "audit/runs": {"run_id": fresh},
            "privacy/erasures": {"erasure_id": fresh, "person_id": mine["person_id"], "reason": "r"},
            "privacy/erasures/confirmed": {"erasure_id": fresh},
            "privacy/erasures/refused": {"erasure_id": fresh, "reason": "r"},
            "devices/codes": {"code_id": fresh, "kind": "kiosk", "store_id": mine["store_id"]},
            "devices/enrol": {"code": "ABCDABCDABCD", "device_id": fresh, "public": "A" * 43 + "=", "proof": "", "hardware": "h"},
            "devices/names": {"device_id": mine["device_id"], "label": "till"},
            "devices/revocations": {"device_id": mine["device_id"], "reason": "r"},
            "grants": {"grant_id": fresh, "account_id": spare, "role": "employee"},
            "grants/withdrawn": {"grant_id": grant, "reason": "r"},
            "leave/adjustments": {"adjustment_id": fresh, "person_id": mine["person_id"], "kind": "annual", "minutes": 60,
                                  "on": day.isoformat(), "reason": "r"},
            "leave/called-off": {"leave_id": fresh, "from_day": day.isoformat(), "reason": "r"},
            "leave/kinds": {"kind_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n", "from_day": "2026-01-01"},
            "rules": {"rules_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n", "from_day": "2026-01-01",
                      "body": {"grace_in_min": 5}, "reason": "r"},
            "rules/assignments": {"assignment_id": fresh, "unit_id": mine["store_id"], "rules": "standard",
                                  "from_day": day.isoformat()},
            "shifts/assignments": {"assignment_id": fresh, "person_id": mine["person_id"], "pattern": "office",
                                   "from_day": (day + timedelta(days=200)).isoformat()},
            "shifts/days": {"person_id": mine["person_id"], "day": (day + timedelta(days=1)).isoformat(),
                            "shifts": [{"template": "late"}]},
            "shifts/patterns": {"pattern_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n",
                                "from_day": "2026-01-01", "starts_on": "2026-01-05", "cycle": ["day", ""]},
            "shifts/templates": {"template_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n", "kind": "fixed",
                                 "from_day": "2026-01-01", "windows": [{"starts_min": 540, "ends_min": 1080}]},
            "operations/adoptions": {"quarantine_id": fresh, "reason": "r"},
            "org/calendar": {"day": "2026-11-28", "kind": "working", "name": "n"},
            "org/headcounts": {"headcount_id": fresh, "unit_id": mine["store_id"], "post_id": self.post_id, "approved": 3,
                               "from_day": "2026-01-01"},
            "org/homes": {"move_id": fresh, "person_id": mine["person_id"], "unit_id": COMPANY_ID, "reason": "r",
                          "from_day": (day + timedelta(days=40)).isoformat()},
            "org/posts": {"post_id": fresh, "code": fresh[-12:], "name_zh": "n", "name_en": "n"},
            "org/units": {"unit_id": fresh, "kind": "region", "name": "r", "parent_id": COMPANY_ID, "from_day": "2026-01-01"},
            "org/units/changes": {"unit_id": mine["store_id"], "from_day": "2026-01-01", "name": "n"},
            "org/units/closed": {"unit_id": mine["store_id"], "from_day": "2026-01-01", "reason": "r"},
            "partners": {"partner_id": fresh, "name": f"P {fresh}"},
            "people": {"person_id": fresh, "number": fresh[-12:], "name": "n", "home_org": "o"},
            "people/departures": {"person_id": mine["person_id"], "reason": "r"},
            "people/pins/cleared": {"person_id": mine["person_id"], "reason": "r"},
            "postings": {"posting_id": fresh, "person_id": self.company.people["p4"], "store_id": mine["store_id"],
                         "starts_on": (day - timedelta(days=200)).isoformat(),
                         "ends_on": (day - timedelta(days=199)).isoformat()},
            "arrivals/ticks": {"item_id": self.item(store)} if endpoint == "arrivals/ticks" else None,
            "postings/checklists": {"direction": "return", "items": []},
            "postings/extended": {"posting_id": self.lent(store).id, "reason": "r",
                                  "ends_on": ((self.lent(store).ends_on or day) + timedelta(days=1)).isoformat()}
                                 if endpoint == "postings/extended" else None,
            "postings/recalled": {"posting_id": future, "reason": "r"},
            "postings/cancelled": {"posting_id": future, "reason": "r"},
            "postings/ended": {"posting_id": mine["posting_id"], "reason": "r",
                               "ends_on": (day + timedelta(days=1)).isoformat()},
            "appeals": {"appeal_id": fresh, "punch_id": mine["punch_id"], "text": "t"},
            "appeals/answers": {"appeal_id": fresh, "upheld": False, "reason": "r"},
            "cases/closed": {"case_id": cases_of.plant(self.company, mine) if endpoint == "cases/closed" else fresh,
                             "finding": "unclear", "reason": "r"},
            "cases/searches": {"month": "2026-01"},
            "stores/extra-proofs": {"store_id": mine["store_id"], "one_in": 20, "reason": "r"},
            "corrections/vouched": {"correction_id": fresh, "person_id": mine["person_id"], "store_id": mine["store_id"],
                                    "kind": "out", "at_ms": self.minute_to_vouch_for(), "reason": "r"},
            "corrections/withdrawn": {"correction_id": fresh, "reason": "r"},
            "overtime/given-up": {"request_id": fresh, "reason": "r"},
            "overtime/withdrawn": {"grant_id": mine["grant_id"], "reason": "r"},
            "punches/reviews/bulk": {"punch_ids": [mine["punch_id"]], "decision": "accept", "reason": "r"},
            "punches/reviews": {"punch_id": mine["punch_id"], "decision": "accept", "reason": "r"},
            "roles/changes": wire.plain(self.role_change("r" + fresh[-12:])),
            "roles/changes/confirmed": {"change_id": self.proposed()} if endpoint == "roles/changes/confirmed" else None,
            "roles/changes/rejected": {"change_id": self.proposed(), "reason": "r"} if endpoint.endswith("rejected") else None,
            "session": {"login": who, "password": PASSWORD},
            **statements_of.bodies(mine, login),
            **market_of.bodies(mine, day, self.company.people["p5"]),
            **rosters_of.bodies(mine, day),
            **proposals_of.bodies(mine, day),
            **growth_in_matrix.bodies(mine, day),
            **courses_in_matrix.bodies(mine),
            **training_in_matrix.bodies(mine),
            **announcements_in_matrix.bodies(mine),
            **cycles_in_matrix.bodies(mine, day),
            **score_library_in_matrix.bodies(self.company, endpoint, mine),
            **reports_in_matrix.bodies(mine),
            **score_cards_in_matrix.bodies(mine),
            **score_quality_in_matrix.bodies(),
            **feedback_in_matrix.bodies(self.company, endpoint, mine),
            "stores": {"store_id": fresh, "number": fresh[-12:], "name": "s", "partner_id": partner, "zone": "Asia/Shanghai",
                       "fence": fence},
            "stores/changes": {"store_id": mine["store_id"], "city": "c"},
            "stores/fences": {"store_id": mine["store_id"], "fence": fence},
            "stores/opening-hours": {"store_id": mine["store_id"], "from_day": "2030-01-07", "week": [[[0, 1440]]] * 7},
            "stores/opening-days": {"store_id": mine["store_id"], "day": "2030-01-09", "hours": [], "note": "n"},
            "rules/simulations": {"rules": "standard", "body": {"grace_in_min": 5}, "from_day": day.isoformat(),
                                  "to_day": day.isoformat()},
            "channels": {"channel_id": fresh, "name": "c", "kind": "webhook", "url": "https://93.184.216.34/x"},
            "channels/tested": {"channel_id": fresh, "test_id": fresh},
            "channels/retired": {"channel_id": fresh, "reason": "r"},
            "deliveries/retried": {"deliveries": [fresh]},
            "deliveries/dropped": {"deliveries": [fresh], "reason": "r"},
            "sync": {},
        }  # fmt: skip
        if endpoint.startswith(("flows", "requests", "delegations", "inbox")):
            somebody = self.company.people[f"p{len(ROLES) + 3}"]
            return asked.body(self.company, endpoint, somebody, self.company.people["p4"])
        return bodies.get(endpoint)
