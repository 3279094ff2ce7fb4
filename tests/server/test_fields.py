"""Which fields of a person who may read: every role, every way of standing to a person, every field, out of the rule data.

One reader is given each role over each part of the company in turn. What the rules say must come is looked for in the answers;
what they say must not is hunted in every answer there is: API, pages, CSV, search, the rows of a tablet, the log, the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.org import AddUnit
from contract.people import ROLES, GrantRole, OpenAccount, WithdrawRole
from server.kernel import fields, http
from server.kernel.actors import READY, Actor, Permission, Rulebook
from server.kernel.feed import SyncChange
from server.kernel.fields import FIELDS, RELATIONS, FieldView, view_of
from server.kernel.perform import DeviceFacts, reading
from server.org.model import COMPANY_ID
from server.org.queries import company_day, unit_called
from server.people import readers
from server.people.model import Person
from server.people.queries import LEAST_DIGITS
from server.sync.projections import bodies
from server.sync.scopes import scopes_of
from tests.server.world import PASSWORD, World
from tests.support.planted import instead
from tests.web.visitor import Visitor

# what a card in a list calls a field
CARD = {"number": "number", "name": "name", "home_org": "home_org", "active": "active", "has_pin": "has_pin",
        "hired": "hired_ms", "mobile": "mobile"}  # fmt: skip
RECORD = {field: key for field, key in CARD.items() if field not in ("has_pin", "mobile")}
WHEN = {"soon": "host_before", "here": "host_during", "gone": "host_after"}
SCOPES = ("everywhere", "home", "host", "elsewhere")
SEALED = ("id_number", "pay", "birth", "contact", "social_insurance")
PAGES = re.compile(r"<(?:path:)?(\w+)>")


@dataclass
class Subject:
    """Somebody with a secret in every field: no two people share one, and no text contains one by chance."""

    person_id: str
    posting_id: str
    secrets: dict[str, tuple[str, ...]]


def checked(seventeen: str) -> str:
    """A resident's ID number with its last character, by GB 11643-1999: weights of 2^(17-i) mod 11."""
    return seventeen + "10X98765432"[sum(int(digit) * pow(2, 17 - n, 11) for n, digit in enumerate(seventeen)) % 11]


class Company:
    """A department, a region with store A, store B beside it; three people of the department: soon, here and gone from A."""

    def __init__(self, folder: Path) -> None:
        self.world = world = World.on_sqlite(folder)
        self.hr = world.client("chen")
        self.a, self.b = world.open_store("静安店", parent_id=self._region()), world.open_store("徐汇店")
        days = {"soon": ("2026-11-28", "2026-12-28"), "here": ("2026-11-01", "2026-12-28"), "gone": ("2026-10-01", "2026-11-01")}
        self.subjects = {when: self._subject(n, *days[when]) for n, when in enumerate(WHEN)}
        with world.looking(Actor.system()) as session:
            unit = unit_called(session, "后厨部", company_day(world.clock()))
            assert unit is not None
            self.home = unit.unit_id
        self.reader, self.account_id = world.hire("阅读者"), new_id()
        world.must(OpenAccount(account_id=self.account_id, person_id=self.reader, login="reader", password=PASSWORD))
        world.must(GrantRole(grant_id=new_id(), account_id=self.account_id, role="employee"))
        self.client = world.client("reader")
        self.visitor = Visitor(world.app)
        self.visitor.sign_in("reader", PASSWORD)

    def _region(self) -> str:
        self.region = new_id()
        unit = AddUnit(unit_id=self.region, kind="region", name="华东", parent_id=COMPANY_ID, from_day="2026-01-01")
        self.world.must(unit)
        return self.region

    def _subject(self, n: int, starts_on: str, ends_on: str) -> Subject:
        world = self.world
        mobile, id_number = f"1391234567{n}", checked(f"3101041990030{n + 1}{n}23")
        person = world.hire(f"对象{n}", home_org="后厨部", mobile=mobile)
        told: dict[str, dict[str, Any]] = {
            "basics": {"born_on": f"1990-03-0{n + 1}", "id_kind": "resident_id", "id_number": id_number,
                       "address": f"愚园路{n}99弄", "emergency_phone": f"1370000777{n}"},
            "contracts": {"contract_id": new_id(), "kind": "fixed_term", "from_day": "2026-01-01", "until": "2028-01-01",
                          "pay_fen": 887_766_50 + n},
            "insurances": {"insurance_id": new_id(), "city": "上海", "from_day": "2026-01-01", "account": f"SI9988776{n}"},
        }  # fmt: skip
        for what, body in told.items():
            answered = self.hr.post(f"/api/v1/archive/{what}", {"person_id": person, **body})
            assert answered.status_code == 201, answered.get_data(as_text=True)
        secrets = {
            "mobile": (mobile,),
            "id_number": (id_number,),
            "birth": (f"1990-03-0{n + 1}",),
            "contact": (f"愚园路{n}99弄", f"1370000777{n}"),
            "pay": (f"8877665{n}", f"887766.5{n}", f"887,766.5{n}"),
            "social_insurance": (f"SI9988776{n}",),
        }
        return Subject(person, world.post(person, self.a, starts_on, ends_on), secrets)

    def over(self, scope: str, role: str) -> str | None:
        """The unit a role is given over so that its holder stands so to the three people."""
        if scope == "host":
            return self.region if role == "region_manager" else self.a
        return {"everywhere": None, "home": self.home, "elsewhere": self.b}[scope]

    def holding(self, role: str, scope: str) -> _Holding:
        return _Holding(self, role, self.over(scope, role))


class _Holding:
    """The reader holds a role for a while, beside being an employee."""

    def __init__(self, company: Company, role: str, unit_id: str | None) -> None:
        self._company, self._role, self._unit = company, role, unit_id

    def __enter__(self) -> None:
        self._grant: str | None = None
        if (self._role, self._unit) != ("employee", None):
            self._grant = new_id()
            grant = GrantRole(grant_id=self._grant, account_id=self._company.account_id, role=self._role, unit_id=self._unit)
            self._company.world.must(grant)

    def __exit__(self, *_: object) -> None:
        if self._grant is not None:
            self._company.world.must(WithdrawRole(grant_id=self._grant, reason="r"))


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("fields"))
    yield made
    made.world.close()


def declared(role: str, scope: str, when: str) -> FieldView:
    """What the rules say somebody reads who holds this role over that part of the company."""
    relation: Any = {"everywhere": "home", "home": "home", "host": WHEN[when], "elsewhere": None}[scope]
    return view_of(READY.fields, [(role, relation)] if relation is not None else [])


def exists(role: str, scope: str) -> bool:
    """Whether the three people are there at all for such a reader."""
    return scope != "elsewhere" and Permission.READ_PEOPLE in READY.permissions[role]


def wrong_cards(company: Company, role: str, scope: str) -> list[str]:
    """Fields of the cards in list and by themselves that are shown otherwise than the rules say."""
    wrong = []
    with company.holding(role, scope):
        listed = company.client.get("/api/v1/people", q="对象")
        items = {row["id"]: row for row in listed.json["items"]} if listed.status_code == 200 else {}
        for when, subject in company.subjects.items():
            alone = company.client.get(f"/api/v1/people/{subject.person_id}")
            if not exists(role, scope):
                if alone.status_code not in (403, 404) or subject.person_id in items:
                    wrong.append(f"{when} exists")
                continue
            person = company.world.row(Person, subject.person_id)
            true = {"number": person.number, "name": person.name, "home_org": "后厨部", "active": True, "has_pin": False,
                    "hired": int(person.hired_at.timestamp() * 1000), "mobile": person.mobile}  # fmt: skip
            view = declared(role, scope, when)
            record = company.client.get(f"/api/v1/archive/{subject.person_id}").json
            if ("completeness" in record) != view.reads("active"):
                wrong.append(f"{when}: completeness in the archive")
            for card, known in ((alone.json, CARD), (items.get(subject.person_id, {}), CARD), (record, RECORD)):
                for field, key in known.items():
                    want = view.show(field, true[field])
                    if (key in card) != (want is not None) or card.get(key) != want:
                        wrong.append(f"{when}.{field}: {card.get(key)!r}, declared {view.mode(field)}")
    return wrong


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", ROLES)
def test_a_card_shows_each_field_as_the_rules_of_the_role_say(company: Company, role: str, scope: str):
    assert wrong_cards(company, role, scope) == []


def test_a_view_that_forgets_the_dates_is_found(company: Company):
    """The control: whoever was ever a guest is one for good."""
    assert wrong_cards(company, "store_manager", "host") == []
    with instead(readers, "host_relation", lambda _now, _from, _until: "host_during"):
        found = wrong_cards(company, "store_manager", "host")
    assert any(line.startswith("gone.mobile") for line in found) and any(line.startswith("soon.mobile") for line in found)


def test_every_field_has_a_word_in_every_ready_role_or_is_hidden_there(company: Company):
    """No rule names a field, a relation or a mask that is not there; HR and the person read all that is kept."""
    for (role, relation), rules in READY.fields.items():
        assert relation in RELATIONS and set(rules) <= set(FIELDS), (role, relation)
        assert all(FIELDS[key].mask is not None for key, mode in rules.items() if mode == "masked"), (role, relation)
    assert all(view_of(READY.fields, [stand]).reads(key) for stand in (("hr", "home"), ("employee", "self")) for key in FIELDS)
    for role in set(ROLES) - {"hr"}:
        views = [view_of(READY.fields, [(role, relation)]) for relation in RELATIONS if relation != "self"]
        assert all(view.mode("pay") == "hidden" and not view.reads("id_number") for view in views), role


# -- hunting what must not come ---------------------------------------------------------------------------------------------


def text_of(answer: Any) -> str:
    """What an answer says; of a ZIP what lies in it."""
    data: bytes = answer.get_data()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"\n".join(packed.read(name) for name in packed.namelist())
    return data.decode(errors="replace")


def answers(company: Company) -> Iterator[tuple[str, str]]:
    """(where, text) of every answer the reader can get by asking: each GET there is, about each of the three people."""
    for method, rule in sorted(http.ENDPOINTS):
        if method != "GET" or "<path:" in rule or "static" in rule:
            continue
        names = set(PAGES.findall(rule))
        about = company.subjects.values() if names & {"person_id", "posting_id"} else list(company.subjects.values())[:1]
        for subject in about:
            known = {"person_id": subject.person_id, "posting_id": subject.posting_id, "store_id": company.a,
                     "unit_id": company.home}  # fmt: skip
            path = PAGES.sub(lambda found, known=known: known.get(found[1], new_id()), rule)  # type: ignore[misc]
            if rule.startswith("/console"):
                tail = "?format=csv&show=all&" + "&".join(f"cols={key}" for key in ("mobile", "hired", "home_org"))
                for address in (path,) if names else (path, path + tail):
                    yield address, text_of(company.visitor.get(address))
            else:
                yield path, text_of(company.client.get(path))


def leaks(company: Company, role: str, scope: str, found: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> list[str]:
    """Secrets in these answers that the rules keep from this reader."""
    kept = []
    for where, text in found:
        for when, subject in company.subjects.items():
            view = declared(role, scope, when)
            for field, secrets in subject.secrets.items():
                if not view.reads(field):
                    kept += [f"{field} of {when} in {where}" for secret in secrets if secret in text]
    return kept


READERS = [("employee", "everywhere"), ("store_manager", "host"), ("store_manager", "elsewhere"), ("department_head", "home"),
           ("region_manager", "host"), ("qa", "everywhere"), ("leader", "everywhere"), ("auditor", "everywhere"),
           ("admin", "everywhere")]  # fmt: skip


@pytest.mark.parametrize(("role", "scope"), READERS)
def test_no_answer_at_all_holds_what_the_role_may_not_read(company: Company, role: str, scope: str):
    with company.holding(role, scope):
        heard = list(answers(company))
        for subject in company.subjects.values():
            asked = {"show": "id_number,pay_fen,address,born_on", "why": "想知道"}
            shown = company.client.get(f"/api/v1/archive/{subject.person_id}", **asked)
            heard.append(("asked to be shown", shown.get_data(as_text=True)))
    assert len(heard) > 40 and leaks(company, role, scope, heard) == []


def test_hr_is_shown_what_others_are_not_so_there_is_something_to_find(company: Company):
    """The control: the same secrets, looked for in what HR reads, are there."""
    subject = company.subjects["here"]
    with company.holding("hr", "everywhere"):
        asked = {"show": "id_number,pay_fen,address,born_on", "why": "核对合同"}
        text = company.client.get(f"/api/v1/archive/{subject.person_id}", **asked).get_data(as_text=True)
    seen = {field for field, secrets in subject.secrets.items() if any(secret in text for secret in secrets)}
    assert {"id_number", "pay", "birth", "contact", "mobile"} <= seen
    assert {line.split(" of ")[0] for line in leaks(company, "store_manager", "host", [("x", text)])} >= {"id_number", "pay"}


def test_a_store_manager_sees_the_id_number_masked_and_of_the_one_who_left_not_at_all(company: Company):
    texts = {}
    with company.holding("store_manager", "host"):
        for when, subject in company.subjects.items():
            found = company.client.get(f"/api/v1/archive/{subject.person_id}").json["basics"]["id_number"]
            texts[when] = (found["state"], found.get("text", ""))
    whole = {when: subject.secrets["id_number"][0] for when, subject in company.subjects.items()}
    masked = {when: ("masked", f"310***********{whole[when][-4:]}") for when in ("soon", "here")}
    assert texts == {**masked, "gone": ("hidden", "")}


def finds(company: Company, wanted: str) -> set[str]:
    """When-names of those whom any search of the console or the API finds by this text."""
    heard = [
        company.client.get("/api/v1/people", q=wanted).get_data(as_text=True),
        company.client.get("/api/v1/archive", q=wanted).get_data(as_text=True),
        company.visitor.get(f"/console/find/people?q={wanted}").get_data(as_text=True),
        company.visitor.get(f"/console/people?q={wanted}&show=all").get_data(as_text=True),
    ]
    numbers = {when: company.world.row(Person, subject.person_id).number for when, subject in company.subjects.items()}
    ids = {when: subject.person_id for when, subject in company.subjects.items()}
    return {when for when in WHEN if any(numbers[when] in text or ids[when] in text for text in heard)}


@pytest.mark.parametrize(("role", "scope"), [*READERS, ("hr", "everywhere")])
def test_a_search_finds_nobody_by_what_the_reader_may_not_read(company: Company, role: str, scope: str):
    with company.holding(role, scope):
        for when, subject in company.subjects.items():
            may = exists(role, scope) and declared(role, scope, when).reads("mobile")
            assert (when in finds(company, subject.secrets["mobile"][0])) == may, (role, when)
            part = subject.secrets["mobile"][0][:LEAST_DIGITS]
            assert when not in finds(company, part) or may, (role, when)


@pytest.mark.parametrize("role", ["store_manager", "hr"])
def test_no_search_at_all_looks_into_what_is_sealed(company: Company, role: str):
    with company.holding(role, "host" if role == "store_manager" else "everywhere"):
        secrets = [secret for field in SEALED for secret in company.subjects["here"].secrets[field]]
        assert not [secret for secret in secrets if finds(company, secret)]


def test_a_search_that_looks_into_hidden_numbers_is_found(company: Company):
    """The control: the condition forgotten."""
    from server.people import queries

    gone = company.subjects["gone"].secrets["mobile"][0]
    with company.holding("store_manager", "host"):
        assert "gone" not in finds(company, gone)
        with instead(queries, "readable", lambda _reader, _key: sa.true()):
            assert "gone" in finds(company, gone)


def test_a_stores_tablet_holds_no_secret_of_those_it_knows(company: Company):
    """Every row the feed has for the scopes of a tablet of store A, as it would be sent."""
    tablet = DeviceFacts(device_id=new_id(), kind="kiosk", person_id=None, store_id=company.a, hardware="h", revoked_at=None)
    with reading(company.world.db, Actor.system()) as session:
        connection = session.connection()
        scopes = scopes_of(connection, tablet, company.world.clock())
        wanted: dict[str, set[str]] = {}
        for row in session.execute(sa.select(SyncChange.entity, SyncChange.pk).where(SyncChange.scope.in_(scopes))):
            wanted.setdefault(row.entity, set()).add(row.pk)
        sent = b"\n".join(bodies(connection, wanted, tablet).values()).decode()
    here = company.subjects["here"]
    assert company.world.row(Person, here.person_id).number in sent, "it does know who works there"
    assert not [field for subject in company.subjects.values() for field, secrets in subject.secrets.items()
                if any(secret in sent for secret in secrets)]  # fmt: skip
    shown = set(view_of(READY.fields, [("tablet", "host_during")])._modes)
    assert {"number", "name", "home_org", "active", "has_pin"} <= shown and not shown & {"mobile", "pay", "id_number"}


def test_the_database_file_holds_no_sealed_value_as_text(company: Company):
    file = Path(str(company.world.db.url.database))
    data = b"".join(part.read_bytes() for part in (file, file.with_name(file.name + "-wal")) if part.exists())
    held = [field for subject in company.subjects.values() for field in SEALED for secret in subject.secrets[field]
            if len(secret) > 8 and secret.encode() in data]  # fmt: skip
    assert company.subjects["here"].secrets["mobile"][0].encode() in data, "the control: a number that is not sealed"
    assert held == []


def test_the_log_says_nothing_of_them(company: Company, capfd: pytest.CaptureFixture[str]):
    subject = company.subjects["here"]
    capfd.readouterr()
    refused = {"person_id": subject.person_id, "id_number": subject.secrets["id_number"][0], "born_on": "1990-02-31"}
    company.hr.post("/api/v1/archive/basics", refused)
    with company.holding("store_manager", "host"):
        for wanted in ("id_number", "mobile"):
            company.client.get("/api/v1/people", q=subject.secrets[wanted][0])
    said = "".join(capfd.readouterr())
    assert not [field for field, secrets in subject.secrets.items() if any(secret in said for secret in secrets)]


# -- the rule in SQL and the rule in Python -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_what_sql_calls_readable_is_what_the_view_reads(company: Company, role: str, scope: str):
    world = company.world
    over = {company.region, company.a} if role == "region_manager" and scope == "host" else company.over(scope, role)
    held = [(role, frozenset(over) if isinstance(over, set) else over)] if role != "nobody" else []
    actor = Actor.person(company.reader, company.account_id, held, now=world.clock())
    everybody = world.rows(sa.select(Person.id))
    with world.looking(Actor.system()) as session:
        views = readers.views_of(session, actor, everybody)
        for key in FIELDS:
            seen = set(session.scalars(sa.select(Person.id).where(readers.readable(actor, key))))
            assert seen == {person for person in everybody if views[person].reads(key)}, (role, scope, key)


def test_devices_read_what_their_person_or_their_store_may(company: Company):
    world, here = company.world, company.subjects["here"].person_id
    phone, tablet = Actor.device(new_id(), here), Actor.device(new_id(), None)
    with world.looking(Actor.system()) as session:
        assert readers.visible_fields(session, phone, here).reads("pay")
        assert not readers.visible_fields(session, phone, company.reader).reads("pay")
        assert readers.visible_fields(session, tablet, here).mode("mobile") == "hidden"
        for actor in (phone, tablet):
            for key in ("pay", "name", "has_pin"):
                seen = set(session.scalars(sa.select(Person.id).where(readers.readable(actor, key))))
                views = readers.views_of(session, actor, [here, company.reader])
                assert {p for p in (here, company.reader) if views[p].reads(key)} == seen & {here, company.reader}


# -- small rules --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "whole", "shown"),
    [
        (fields.mask_id_number, "310104199003071234", "310***********1234"),
        (fields.mask_id_number, "G1234567", "********"),
        (fields.mask_ends, "13812345678", "138****5678"),
        (fields.mask_ends, "62581234", "********"),
    ],
)
def test_masks_leave_just_enough_to_tell_one_from_another(mask: Any, whole: str, shown: str):
    assert mask(whole) == shown and len(mask(whole)) == len(whole)


def test_the_most_that_any_way_of_standing_allows_counts_and_no_more():
    book = Rulebook({}, {("a", "home"): {"mobile": "masked", "pay": "masked"}, ("b", "host_during"): {"mobile": "read"}})
    both = view_of(book.fields, [("a", "home"), ("b", "host_during")])
    assert both.show("mobile", "13812345678") == "13812345678"
    assert view_of(book.fields, [("a", "home")]).show("mobile", "13812345678") == "138****5678"
    assert both.mode("pay") == "hidden", "a field without a mask cannot be masked, so it is hidden"
    assert both.body({"mobile": "13812345678", "pay": 5}) == {"mobile": "13812345678"}


def test_a_field_nobody_declared_does_not_slip_through():
    with pytest.raises(KeyError):
        view_of(READY.fields, [("hr", "home")]).show("shoe_size", 43)
