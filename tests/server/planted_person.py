"""A company with somebody whose values are planted, their phone with a punch, HR and an administrator."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from contract.archive import BasicsGiven
from contract.ids import new_id
from contract.people import GrantRole, Hire, LetGo, OpenAccount
from contract.privacy import ErasePerson, ProposeErasure
from server.archive.files import keep
from server.archive.sealing import sealed_basics, sealed_document
from server.attendance.model import Punch
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.jobs import run_due
from server.kernel.perform import Outcome, perform, reading
from server.wiring import every_handler
from tests.server.archive_world import ADDRESS, CONTACT, CONTACT_PHONE, ID_NUMBER
from tests.server.world import PASSWORD, Client
from tests.support.company import SECRET, Company
from tests.support.handset import new_handset
from tests.support.lent_app import lent_app

NAME, NUMBER, MOBILE, NOTE = "欧阳植入名", "PLANTED-0042", "139 1234 7788", "今天地铁十一号线停运"
WHY = "因个人健康原因离开公司"
PLANTED = (NAME, NUMBER, MOBILE, NOTE, WHY, ID_NUMBER, ADDRESS, CONTACT, CONTACT_PHONE)


class Field:
    """A company with somebody whose values are planted, their phone with two punches, HR and an administrator."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        every_handler()
        self.company = Company(folder / "server", url).prepare().found(people=3)
        self.person = self.company.people["p9"] = new_id()
        self.company.must(Hire(person_id=self.person, number=NUMBER, name=NAME, home_org="HQ Kitchen", mobile=MOBILE))
        self.company.post("p9", "A", self.company.today() - timedelta(days=3))
        self.company.post("p1", "A", self.company.today() - timedelta(days=3))
        self.app = lent_app(self.company.settings, db=self.company.db, clock=self.company.now)
        self.server: Outpost = self.app.extensions["outpost"]
        self.actors: dict[str, Actor] = {}
        for n, (login, role) in enumerate((("hr", "hr"), ("admin", "admin"))):
            self.account(self.company.people[f"p{n + 2}"], login, role)
        self.account(self.person, "own", "employee")
        self.phone = new_handset(self.company, "phone", person="p9")
        self.phone.sync()
        self.phone.stand_at("A")
        assert self.phone.punch(store="A", note=NOTE) and self.phone.sync()
        self.record()

    def account(self, person_id: str, login: str, role: str) -> None:
        account_id = new_id()
        self.company.must(OpenAccount(account_id=account_id, person_id=person_id, login=login, password=PASSWORD))
        self.company.must(GrantRole(grant_id=new_id(), account_id=account_id, role=role))
        self.actors[login] = Actor.person(person_id, account_id, [(role, None)])

    def record(self) -> None:
        given = BasicsGiven(
            person_id=self.person, born_on="1990-03-07", gender="male", id_kind="resident_id", id_number=ID_NUMBER,
            address=ADDRESS, emergency_name=CONTACT, emergency_phone=CONTACT_PHONE,
        )  # fmt: skip
        op_id = new_id()
        self.do("hr", sealed_basics(self.server, given, op_id), op_id)
        values = {"person_id": self.person, "document_id": new_id(), "kind": "diploma", "title": NAME, "media": "application/pdf"}
        operation, kept = sealed_document(self.server, values, b"%PDF-1.7 " + NAME.encode() * 20)
        keep(self.company.folder, operation.sha256, kept)
        self.do("hr", operation)

    def do(self, login: str, operation: Any, op_id: str | None = None) -> Outcome:
        now = self.company.now()
        return perform(self.company.db, self.actors[login], operation, op_id=op_id or new_id(), now=now, secret=SECRET)

    def client(self, login: str) -> Client:
        client = Client(self.app.test_client())
        client.sign_in(login)
        return client

    def punch(self) -> Punch:
        return next(one for one in self.company.punches() if one.person_id == self.person)

    def row(self, model: type, key: str) -> Any:
        with reading(self.company.db, Actor.system()) as session:
            return session.get(model, key)

    def pass_days(self, days: int) -> None:
        self.company.pass_ms(days * 86_400_000)

    def leave(self) -> None:
        self.do("hr", LetGo(person_id=self.person, reason=WHY))

    def erase(self) -> str:
        """From the departure to the last byte."""
        self.leave()
        erasure_id = new_id()
        assert self.do("hr", ProposeErasure(erasure_id=erasure_id, person_id=self.person, reason=WHY)).status == "applied"
        self.pass_days(31)
        assert self.do("admin", ErasePerson(erasure_id=erasure_id)).status == "applied"
        run_due(self.server)
        return erasure_id

    def files(self) -> Path:
        return self.company.folder
