"""`outpost demo`: a company with real stores on embedded SQLite, made by performing operations, and a server for it.

A second start finds everything there and only starts the server. Passwords are made on this machine and kept beside the
database; nothing that everybody knows protects a demo somebody forgot to stop.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from contract.devices import IssueCode
from contract.ids import derived_id
from contract.imports import StoreListTerms
from contract.moments import business_date
from contract.people import GrantRole, Hire, OpenAccount, Role
from contract.postings import PostEmployee
from contract.wire import Wire
from server import (
    beginnings,
    demo_courses,
    demo_feedback,
    demo_growth,
    demo_notices,
    demo_rosters,
    demo_scores,
    demo_shifts,
    demo_training,
    migrate,
)
from server.demo_office import KITCHEN, Office
from server.imports.service import Server, import_stores
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Outcome, perform, perform_many, reading
from server.people.model import Account, Person
from server.settings import Settings
from server.stores.model import Store
from server.wiring import every_handler

LIST = Path(__file__).parent / "demo_data" / "stores.csv"
PEOPLE, STAFFED_STORES = 120, 24
CODE_LASTS_MIN = 7 * 24 * 60
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡余杜叶程苏魏吕丁任沈姚卢"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅宇轩梓涵子墨欣怡浩然思雨嘉琪俊佳慧雪晨文博雅婷志远建国"
_WORDS = (
    "amber,birch,cedar,copper,crane,delta,ember,falcon,garnet,harbor,indigo,jasper,kettle,lantern,maple,meadow,nickel,orchid,"
)
_WORDS += "pebble,quartz,raven,saffron,teapot,umber,velvet,willow,yonder,zephyr,anchor,basalt,cobalt,drizzle,feather,glacier"


@dataclass(frozen=True)
class Login:
    """Somebody who may sign in to the demo."""

    login: str
    role: Role
    name: str
    about: str


MANAGER = "lin"
PIN = f"pin of {MANAGER}"  # at the tablet of her store; kept beside the passwords
LOGINS = (
    Login("chen", "admin", "陈思远", "HQ: everything"),
    Login("zhou", "hr", "周敏", "HQ: people, stores, postings, devices"),
    Login("lin", "store_manager", "林娜", "manages one store and sees no other"),
    Login("gao", "auditor", "高丽", "HQ: looks, changes nothing"),
    Login("sun", "leader", "孙立", "HQ: signs last"),
    Login("qian", "employee", "钱国强", "head of the kitchen: decides for his department"),
)


class Company:
    """The demo's company. Every id is derived from what it names, so a start that was cut short is simply gone on with."""

    def __init__(self, db: Database, settings: Settings, now: datetime) -> None:
        self.db, self.settings, self.today = db, settings, now
        self._kept = settings.data_dir / "demo-logins.json"
        self.now = self._founding()
        self.passwords: dict[str, str] = json.loads(self._kept.read_text()) if self._kept.exists() else {}

    def _founding(self) -> datetime:
        """When it was first started. What founds it is dated from there: a start on another day would ask for other things under
        the same ids."""
        kept = self.settings.data_dir / "demo-founded.txt"
        if kept.exists():
            return datetime.fromisoformat(kept.read_text())
        at = datetime.fromtimestamp(self._kept.stat().st_mtime, UTC) if self._kept.exists() else self.today
        self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        kept.write_text(at.isoformat())
        return at

    def found(self) -> None:
        """Make what is not there yet."""
        self._keep_passwords()
        self._import_stores()
        stores = self._staffed_stores()
        office = self._office()
        office.divide()
        self._hire_and_post(stores)
        self._open_accounts(stores[0])
        demo_courses.teach(self.db, self.settings.data_dir, derived_id("demo", "staff", "zhou"), self._do_as)
        posted = [derived_id("demo", "person", str(n)) for n in range(PEOPLE) if n % len(stores) == 0]
        office.found(stores, {login.login: derived_id("demo", "staff", login.login) for login in LOGINS}, posted[-2:])
        demo_shifts.plan(self.db, self._do, stores)
        today = business_date(self.now, "Asia/Shanghai", day_turns_at_min=0)
        demo_rosters.plan(self.db, self._do, stores, today)
        demo_training.train(self.db, stores, self.now, today, derived_id("demo", "staff", "zhou"), self._do_as)
        demo_growth.grow(self.db, stores, self.now, today, derived_id("demo", "staff", "zhou"), self._do_as)
        demo_feedback.listen(self.db, stores, self.now, derived_id("demo", "staff", "zhou"), self._do_as)
        demo_notices.tell(self.db, stores, self.now, derived_id("demo", "staff", "zhou"), self._do_as)
        staff = {login.login: derived_id("demo", "staff", login.login) for login in LOGINS}
        demo_scores.score(self.db, self.settings.secret, stores, self.now, today, staff)

    def _office(self) -> Office:
        today = business_date(self.now, "Asia/Shanghai", day_turns_at_min=0)
        return Office(self.db, self.settings.secret, self.now, today, self._do)

    def codes(self) -> tuple[str, str, str, str]:
        """(person's name, code for their phone, store's name, code for its tablet), good for a week from today."""
        store = self._staffed_stores()[0]
        person_id = derived_id("demo", "person", "0")
        with reading(self.db, Actor.system()) as session:
            name = session.get_one(Person, person_id).name
        day = self.today.date().isoformat()
        phone = IssueCode(code_id=derived_id("demo", "phone", day), kind="phone", person_id=person_id, valid_min=CODE_LASTS_MIN)
        tablet = IssueCode(code_id=derived_id("demo", "tablet", day), kind="kiosk", store_id=store.id, valid_min=CODE_LASTS_MIN)
        ids = [derived_id("demo", "issue", code.code_id) for code in (phone, tablet)]
        issued = [self._do(code, op_id, self.today).answer["code"] for code, op_id in zip((phone, tablet), ids, strict=True)]
        return name, issued[0], store.name, issued[1]

    def first_store_number(self) -> str:
        """Of the store whose tablet whoever tries the demo sets up."""
        return self._staffed_stores()[0].number

    def _do(self, operation: Wire, op_id: str, now: datetime | None = None) -> Outcome:
        now = now if now is not None else self.now
        outcome = perform(self.db, Actor.system(), operation, op_id=op_id, now=now, secret=self.settings.secret)
        if outcome.status != "applied":
            raise RuntimeError(f"{type(operation).__name__}: {outcome.code} {outcome.facts}")
        return outcome

    def _do_as(self, person_id: str, operation: Wire, op_id: str) -> Outcome:
        who = Actor.person(person_id, derived_id("demo", "account", "zhou"), [("admin", None)])
        outcome = perform(self.db, who, operation, op_id=op_id, now=self.now, secret=self.settings.secret)
        if outcome.status != "applied":
            raise RuntimeError(f"{type(operation).__name__}: {outcome.code} {outcome.facts}")
        return outcome

    def _do_all(self, operations: list[tuple[str, Wire]]) -> None:
        for outcome in perform_many(self.db, Actor.system(), operations, now=self.now, secret=self.settings.secret):
            if outcome.status != "applied":
                raise RuntimeError(f"{outcome.code} {outcome.facts}")

    def _keep_passwords(self) -> None:
        if self.passwords:
            return
        words = _WORDS.split(",")
        self.passwords = {
            login.login: "-".join([*(secrets.choice(words) for _ in range(3)), str(secrets.randbelow(90) + 10)])
            for login in LOGINS
        }
        self.passwords[PIN] = "".join(secrets.SystemRandom().sample("123456789", 6))
        handle = os.open(self._kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self.passwords, file)

    def _import_stores(self) -> None:
        server = Server(self.db, Actor.system(), self.now, self.settings.secret, derived_id("demo", "import"))
        report = import_stores(server, LIST.read_bytes(), StoreListTerms(), language="en")
        if report.bad:
            raise RuntimeError(f"the demo's own list has bad rows: {report.errors}")

    def _staffed_stores(self) -> list[Store]:
        with reading(self.db, Actor.system()) as session:
            asked = sa.select(Store).order_by(Store.city.desc(), Store.number).limit(STAFFED_STORES)
            return list(session.scalars(asked))

    def _hire_and_post(self, stores: list[Store]) -> None:
        with reading(self.db, Actor.system()) as session:
            if session.get(Person, derived_id("demo", "person", str(PEOPLE - 1))) is not None:
                return
        rng = random.Random(20260901)
        starts = business_date(self.now - timedelta(days=30), "Asia/Shanghai", day_turns_at_min=300)
        hired: list[tuple[str, Wire]] = []
        posted: list[tuple[str, Wire]] = []
        for n in range(PEOPLE):
            name = "李伟" if n == 0 else rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2, 2))))
            person_id = derived_id("demo", "person", str(n))
            person = Hire(
                person_id=person_id,
                number=f"E{n + 1:05d}",
                name=name,
                home_org=rng.choice(("华东区", "华北区", "华南区", "西南区")),
                mobile=f"1{rng.choice('3578')}{rng.randrange(10**9):09d}",
            )
            posting = PostEmployee(
                posting_id=derived_id("demo", "posting", str(n)),
                person_id=person_id,
                store_id=stores[n % len(stores)].id,
                starts_on=starts.isoformat(),
            )
            hired.append((derived_id("demo", "hire", str(n)), person))
            posted.append((derived_id("demo", "post", str(n)), posting))
        self._do_all(hired)
        self._do_all(posted)

    def _open_accounts(self, store: Store) -> None:
        for n, login in enumerate(LOGINS):
            account_id = derived_id("demo", "account", login.login)
            with reading(self.db, Actor.system()) as session:
                if session.get(Account, account_id) is not None:
                    continue
            person_id = derived_id("demo", "staff", login.login)
            home = KITCHEN if login.login == "qian" else "总部"
            self._do(
                Hire(person_id=person_id, number=f"H{n + 1:03d}", name=login.name, home_org=home),
                derived_id("demo", "hire", login.login),
            )
            password = self.passwords[login.login]
            self._do(
                OpenAccount(account_id=account_id, person_id=person_id, login=login.login, password=password),
                derived_id("demo", "open", login.login),
            )
            own_store = store.id if login.role == "store_manager" else None
            self._do(
                GrantRole(
                    grant_id=derived_id("demo", "grant", login.login), account_id=account_id, role=login.role, unit_id=own_store
                ),
                derived_id("demo", "grants", login.login),
            )


def prepare() -> tuple[Settings, Company]:
    """The demo's database, migrated and filled. What the environment already says about it stays."""
    os.environ.setdefault("OUTPOST_DATA_DIR", str(Path("var") / "demo"))
    os.environ.setdefault("OUTPOST_COMPANY", "Outpost Demo")
    settings = Settings.from_environment()
    every_handler()
    db = Database(settings.database_url)
    migrate.upgrade(db)
    beginnings.ensure(db, now=datetime.now(UTC), secret=settings.secret)
    company = Company(db, settings, datetime.now(UTC))
    company.found()
    return settings, company


def show(port: int, *, serve: bool, tablet: bool) -> None:
    """Prepare the demo, say how to get in, and serve it; with `tablet`, a store's tablet in a window beside it."""
    from server.serving import run_server

    settings, company = prepare()
    url = f"http://127.0.0.1:{port}"
    company.db.dispose()
    living = _let_people_live(settings.data_dir, company, url if serve else None)
    _print_how_to_get_in(url, company)
    company.db.dispose()
    if not serve:
        return
    window = _open_tablet(settings.data_dir / "tablet", url) if tablet else None
    try:
        run_server("127.0.0.1", port, workers=1, threads=4, hints_port=port + 1)
    finally:
        for beside in (window, living):
            if beside is not None and beside.poll() is None:
                beside.terminate()


def _let_people_live(data_dir: Path, company: Company, url: str | None) -> subprocess.Popen[str] | None:
    """The first time: some of the people live yesterday and today with simulated phones and tablets, through the real client.

    Where the demo is served (`url`) they go on living beside it; the process that simulates them is answered.
    """
    done = data_dir / "people-have-lived"
    if done.exists():
        return None
    click.echo("Some people live yesterday and today on simulated phones and tablets (about a minute) ...")
    command = [sys.executable, "-m", "simulation", "--demo", "--data-dir", str(data_dir), "--login", LOGINS[0].login]
    command += ["--go-on-at", url] if url else []
    command += ["--spare", "E00001", company.first_store_number()]
    command += ["--chooses-pin", derived_id("demo", "staff", MANAGER)]
    environment = {**os.environ, "OUTPOST_DEMO_PASSWORD": company.passwords[LOGINS[0].login]}
    environment["OUTPOST_DEMO_PIN"] = company.passwords.get(PIN, "")
    living = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert living.stdout is not None
    lived = living.stdout.readline().strip() == "lived"  # or its end, when it could not
    if not lived and living.wait() != 0:
        click.echo("That did not work; the demo starts without punches.", err=True)
        return None
    done.touch()
    return living


def _open_tablet(folder: Path, url: str) -> subprocess.Popen[bytes]:
    """The client is a program of its own: the server knows how to start it and nothing else about it."""
    command = [sys.executable, "-m", "mobile.main", "--face", "kiosk", "--server", url, "--folder", str(folder)]
    return subprocess.Popen(command)


def _print_how_to_get_in(url: str, company: Company) -> None:
    name, phone_code, store, tablet_code = company.codes()
    lines: list[Any] = [
        "",
        f"  Console    {url}/console",
        f"  API        {url}/api/docs",
        "",
        *(f"  {login.login:5} {company.passwords[login.login]:28} {login.about}" for login in LOGINS),
        "",
        f"  make phone  server {url}, code {phone_code}  ({name})",
        f"  make kiosk  server {url}, code {tablet_code}  ({store}; its manager's PIN {company.passwords.get(PIN, '')})",
        "",
    ]
    click.echo("\n".join(lines))
