"""A company one can look at: shops of three partners with tablets and phones, a working day with its doubts.

Everything in it came in by the product's own doors: operations of HQ, and devices that are the real client core.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from contract.approvals import SubmitRequest
from contract.devices import RenameDevice
from contract.geo import Fix
from contract.ids import new_id
from contract.people import GrantRole, Hire, OpenAccount, Role
from contract.postings import PostEmployee
from contract.stores import AddPartner, FenceShape, OpenStore, Point
from mobile.devices.fake import FakeClock, FakeWorld
from server.approvals.model import Request
from server.approvals.presets import ensure_presets
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset
from tests.support.lent_app import lent_app

PIN = "402817"
PASSWORD = "seven green lanterns"
NOON_MS = 1_780_290_000_000  # 2026-06-01 13:00 in Shanghai
HOUR_MS = 3_600_000

SHOPS = (  # name, partner, city, zone, latitude, longitude, datum, has a tablet
    ("南京西路旗舰店", "星悦百货", "上海", 312_304_000, 1_214_537_000, "gcj02", True),
    ("徐家汇港汇店", "星悦百货", "上海", 311_947_000, 1_214_372_000, "gcj02", True),
    ("陆家嘴正大店", "星悦百货", "上海", 312_389_000, 1_214_996_000, "wgs84", True),
    ("五角场合生汇店", "万禾生活", "上海", 313_012_000, 1_215_143_000, "wgs84", True),
    ("西湖银泰店", "万禾生活", "杭州", 302_453_000, 1_201_653_000, "wgs84", True),
    ("武林广场店", "万禾生活", "杭州", 302_745_000, 1_201_593_000, "bd09", False),
    ("观前街店", "万禾生活", "苏州", 313_129_000, 1_206_276_000, "gcj02", True),
    ("王府井东方店", "Harbour Deli", "北京", 399_093_000, 1_164_104_000, "wgs84", True),
    ("三里屯店", "Harbour Deli", "北京", 399_365_000, 1_164_551_000, "wgs84", False),
    ("Central Harbour Deli", "Harbour Deli", "香港", 222_816_000, 1_141_585_000, "wgs84", True),
)
NAMES = tuple(
    "王伟|李娜|张敏|刘洋|陈静|杨帆|赵磊|黄婷|周杰|吴敏|徐浩|孙丽|马超|朱琳|胡军|郭晓|何平|高翔|林菲|罗强|"  # noqa: SIM905
    "梁爽|宋佳|郑凯|谢雨|韩雪|唐宁|冯刚|于洁|董磊|萧然|程曦|曹阳|袁梦|邓超|许诺|傅颖|沈悦|曾黎|彭宇|吕薇".split("|")
)


@dataclass
class Shops:
    """The company with its web app. `client_of(login)` is a browser that has signed in."""

    company: Company
    app: Flask
    kiosks: dict[str, Handset] = field(default_factory=dict)
    phones: dict[str, Handset] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    has_pin: set[str] = field(default_factory=set)


def place_of(shop: str) -> tuple[int, int]:
    return next((lat, lng) for name, _, _, lat, lng, _, _ in SHOPS if name == shop)


def empty_company(folder: Path, *, at_ms: int = NOON_MS, live: bool = False, url: str | None = None) -> Shops:
    """A server with its tables and one administrator. `live`: the server's clock is the machine's."""
    every_handler()
    company = Company(folder, url, at_ms).prepare()
    found = {"clock": company.now} if not live else {}
    shops = Shops(company, lent_app(company.settings, db=company.db, **found))
    hire(shops, "周总管", "A001", "总部")
    open_account(shops, "admin", "周总管", "admin")
    return shops


def hire(shops: Shops, name: str, number: str, home_org: str = "江南厨务") -> str:
    person_id = shops.company.people[name] = new_id()
    shops.company.must(Hire(person_id=person_id, number=number, name=name, home_org=home_org, mobile="138 0000 0000"))
    return person_id


def open_account(shops: Shops, login: str, person: str, role: Role, shop: str | None = None) -> str:
    company, account_id = shops.company, new_id()
    company.must(
        OpenAccount(account_id=account_id, person_id=company.people[person], login=login, password=PASSWORD)
    )
    store_id = company.stores[shop] if shop else None
    company.must(GrantRole(grant_id=new_id(), account_id=account_id, role=role, unit_id=store_id))
    shops.accounts[login] = account_id
    return account_id


def open_shops(shops: Shops, most: int = len(SHOPS)) -> None:
    company, partners = shops.company, {}
    for n, (name, partner, city, lat, lng, datum, _) in enumerate(SHOPS[:most]):
        if partner not in partners:
            partners[partner] = new_id()
            company.must(AddPartner(partner_id=partners[partner], name=partner))
        store_id = company.stores[name] = new_id()
        middle = Point(lat_e7=lat, lng_e7=lng)
        shape = FenceShape(datum=datum, center=middle, radius_m=120)  # type: ignore[arg-type]
        if n == 2:
            corners = [(-9_000, -9_000), (-9_000, 11_000), (8_000, 12_000), (11_000, -4_000)]
            points = [Point(lat_e7=lat + up, lng_e7=lng + right) for up, right in corners]
            shape = FenceShape(datum="wgs84", points=points)
        zone = "Asia/Hong_Kong" if city == "香港" else "Asia/Shanghai"
        company.must(
            OpenStore(store_id=store_id, number=f"SH-{n + 101}", name=name, partner_id=partners[partner], zone=zone,
                      city=city, address=f"{city}市中心{n + 1}号", fence=shape)
        )  # fmt: skip


def post(shops: Shops, name: str, shop: str, since: dt.date) -> None:
    company = shops.company
    company.must(
        PostEmployee(posting_id=new_id(), person_id=company.people[name], store_id=company.stores[shop],
                     starts_on=since.isoformat())
    )  # fmt: skip


def device(shops: Shops, name: str, *, person: str | None = None, shop: str | None = None) -> Handset:
    """A phone or tablet, enrolled and synced."""
    company = shops.company
    clock = FakeClock(true_ms=company.true_ms, booted_ms=company.true_ms - 2 * HOUR_MS)
    world = FakeWorld(clock=clock, hardware=f"hw-{len(shops.company.ticks):03d}")
    handset = Handset(name, "phone" if person else "kiosk", company, company.folder / name, person, shop, world)
    handset.small_pages = False
    handset.enrol()
    company.must(RenameDevice(device_id=handset.device_id, label=name))
    handset.sync()
    return handset


def stand(
    handset: Handset, lat_e7: int, lng_e7: int, *, accuracy_m: int = 18, mock: bool | None = None, age_ms: int = 900
) -> None:
    handset.world.locator.now = Fix(
        lat_e7=lat_e7, lng_e7=lng_e7, accuracy_dm=accuracy_m * 10, age_ms=age_ms, mock=mock, source="fused"
    )


def true_place(shops: Shops, shop: str) -> tuple[int, int]:
    """Where the shop truly is: its fence was converted."""
    row = next(row for row in shops.company.store_rows() if row.id == shops.company.stores[shop])
    return row.lat_e7, row.lng_e7


def working_day(folder: Path, *, at_ms: int = NOON_MS, live: bool = False, url: str | None = None) -> Shops:
    """Ten shops, forty people, two days of punches, every kind of doubt."""
    shops = empty_company(folder, at_ms=at_ms - 30 * HOUR_MS, live=live, url=url)
    company, dice = shops.company, random.Random(7)
    open_shops(shops)
    since = company.today() - dt.timedelta(days=20)
    staff: dict[str, list[str]] = {}
    for n, name in enumerate(NAMES):
        shop = SHOPS[n % len(SHOPS)][0]
        hire(shops, name, f"E{n + 1:03d}", "江南厨务" if n % 3 else "海港餐饮")
        post(shops, name, shop, since)
        staff.setdefault(shop, []).append(name)
    open_account(shops, "hr", "王伟", "hr")
    open_account(shops, "auditor", "李娜", "auditor")
    open_account(shops, "manager", "张敏", "store_manager", SHOPS[2][0])
    hire(shops, "林远", "E900")
    open_account(shops, "employee", "林远", "employee")
    for name, _, _, _, _, _, has_tablet in SHOPS:
        if has_tablet:
            shops.kiosks[name] = device(shops, f"平板 {name[:4]}", shop=name)
            stand(shops.kiosks[name], *true_place(shops, name), accuracy_m=25)
    for name in ("刘洋", "陈静", "杨帆", "赵磊", "黄婷", "周杰", "吴敏", "徐浩", "孙丽", "马超", "谢雨", "宋佳"):
        shops.phones[name] = device(shops, f"{name}的手机", person=name)
    _yesterday(shops, staff, dice)
    company.pass_ms(at_ms - 5 * HOUR_MS + HOUR_MS // 2 - company.true_ms)
    _today(shops, staff, dice)
    company.pass_ms(at_ms - company.true_ms)
    for shop, kiosk in shops.kiosks.items():
        if shop not in ("观前街店", "西湖银泰店"):
            kiosk.sync()
    return shops


def troubles(shops: Shops) -> None:
    """What HQ must look after: a tablet that was told to forget somebody and fell silent, a punch for a store nobody knows."""
    company, tablet = shops.company, shops.kiosks["Central Harbour Deli"]
    company.move("罗强", "王府井东方店", from_day=company.today())
    for _ in range(6):
        out = tablet.core.begin_exchange()
        assert out is not None
        heard = company.answer(out.method, out.path, out.body, out.headers)
        if b'"drop"' in heard.body:
            break
        tablet.core.finish_exchange(out, heard)
        company.pass_ms(20_000)
    phone = shops.phones["孙丽"]
    phone.core.punch(kind="in", store_id=new_id())
    phone.sync()


def _by_tablet(shops: Shops, shop: str, name: str, kind: str = "in") -> None:
    """By name and PIN; who has none yet chooses one."""
    core, person_id = shops.kiosks[shop].core, shops.company.people[name]
    if name not in shops.has_pin:
        shops.has_pin.add(name)
        core.set_pin(PIN, person_id)
    assert core.check_pin(person_id, PIN).ok
    core.punch(kind=kind, person_id=person_id, by_pin=True)  # type: ignore[arg-type]


def _yesterday(shops: Shops, staff: dict[str, list[str]], dice: random.Random) -> None:
    """Everybody at a shop with a tablet came and left."""
    company = shops.company
    company.pass_ms(3 * HOUR_MS)
    for shop in shops.kiosks:
        for name in staff[shop]:
            company.pass_ms(dice.randrange(20, 90) * 1000)
            _by_tablet(shops, shop, name)
        shops.kiosks[shop].sync()
    company.pass_ms(8 * HOUR_MS)
    for shop in shops.kiosks:
        for name in staff[shop]:
            company.pass_ms(dice.randrange(20, 90) * 1000)
            _by_tablet(shops, shop, name, "out")
        shops.kiosks[shop].sync()


def _today(shops: Shops, staff: dict[str, list[str]], dice: random.Random) -> None:
    """The morning, with what goes wrong on mornings. Two tablets fall silent before most have come."""
    company = shops.company
    for shop, kiosk in shops.kiosks.items():
        kiosk.sync()
        for n, name in enumerate(staff[shop]):
            company.pass_ms(dice.randrange(10, 50) * 1000)
            if name in shops.phones or (shop in ("观前街店", "西湖银泰店") and n) or n == 3:
                continue
            _by_tablet(shops, shop, name)
        kiosk.sync()
    doubts = {
        "刘洋": (0, 0, 18, True), "陈静": (0, 0, 180, None), "杨帆": (36_000, 5_000, 25, None), "赵磊": (1_000, 2_000, 12, None),
        "黄婷": (0, 0, 900, None), "周杰": (400, 0, 9, None), "吴敏": (3_000, 9_000, 40, None), "徐浩": (0, 500, 22, None),
    }  # fmt: skip
    for name, (up, right, accuracy_m, mock) in doubts.items():
        company.pass_ms(dice.randrange(60, 200) * 1000)
        phone = shops.phones[name]
        shop = next(shop for shop, names in staff.items() if name in names)
        lat, lng = true_place(shops, shop)
        stand(phone, lat + up, lng + right, accuracy_m=accuracy_m, mock=mock)
        if name == "徐浩":
            phone.world.clock.wall_off_ms = -2 * HOUR_MS
        if name == "吴敏":
            phone.reboot()
        phone.punch()
        if name not in ("赵磊", "吴敏"):
            phone.sync()
    for name in ("孙丽", "马超"):
        shops.phones[name].sync()
    company.pass_ms(2 * HOUR_MS)
    for name in ("赵磊", "吴敏"):
        shops.phones[name].sync()
    leaving = [name for n, name in enumerate(staff["王府井东方店"]) if name not in shops.phones and n != 3]
    _by_tablet(shops, "王府井东方店", leaving[0], "out")
    shops.kiosks["王府井东方店"].sync()




def asked(shops: Shops) -> str:
    """A missed punch that 刘洋 asks to have entered, made when first wanted; answers the request's id. The flows come with it."""
    company = shops.company
    ensure_presets(company.db, now=company.now(), secret=company.settings.secret)
    with reading(company.db, Actor.system()) as session:
        found: str | None = session.scalars(sa.select(Request.id).where(Request.kind == "missed_punch")).first()
    if found is not None:
        return found
    request_id, person = new_id(), company.people["刘洋"]
    form: dict[str, str | int | bool | None] = {
        "store": next(punch.store_id for punch in company.punches() if punch.person_id == person),
        "day": company.today().isoformat(), "time": "08:15", "kind": "in",
        "reason": "忘记了",
    }  # fmt: skip
    operation = SubmitRequest(request_id=request_id, kind="missed_punch", person_id=person, form=form)
    who = Actor.person(person, new_id(), [("employee", None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done
    return request_id
