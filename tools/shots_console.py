"""Pictures of every page of the console: zh and en, desk and pocket, light and dark, into docs/screens/console-*.png."""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from contract.ids import derived_id
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.postings.model import Posting
from tests.browser.serving import browser, context_for, served, sign_in
from tests.web.cards_of_shops import carded
from tests.web.cases_of_shops import found_pair
from tests.web.company_of_shops import NOON_MS, SHOPS, Shops, asked, troubles, working_day
from tests.web.corrections_of_shops import spoken
from tests.web.courses_of_shops import written
from tests.web.cycles_of_shops import in_a_cycle
from tests.web.growth_of_shops import grown
from tests.web.hours_of_shops import worked
from tests.web.notices_of_shops import noticed
from tests.web.plans_of_shops import planned
from tests.web.reports_of_shops import reported
from tests.web.rosters_of_shops import monday, planned_week, proposed
from tests.web.score_library_of_shops import scored_by
from tests.web.scores_of_shops import scored_fairly
from tests.web.shifts_of_shops import rostered
from tests.web.tickets_of_shops import DESIGN, SHOP_HOURS, ticketed
from tests.web.training_of_shops import taught
from tests.web.voices_of_shops import heard
from tests.web.weeks_to_show import signed_week

SCREENS = Path(__file__).resolve().parents[1] / "docs" / "screens"


def pages_of(shops: Shops) -> dict[str, str]:
    """Every page by its name in the pictures, without what only exists after an action."""
    company = shops.company
    doubtful = next(p for p in company.punches() if p.verdict != "green")
    shop, bare = company.stores[SHOPS[0][0]], company.stores[SHOPS[4][0]]
    kiosk = shops.kiosks[SHOPS[0][0]].device_id
    return {
        "today": "/console/today",
        "notifications": "/console/notifications",
        "trigger": "/console/notifications/triggers/N-01",
        "channels": "/console/notifications/channels",
        "deliveries": "/console/notifications/deliveries?state=all",
        "told": "/console/told",
        "store-today": f"/console/today/{shop}",
        "store-silent": f"/console/today/{bare}",
        "store-planned": f"/console/today/{planned(shops)}",
        "review": "/console/review",
        "punch": f"/console/punches/{doubtful.id}",
        "punches": "/console/punches",
        "cases": "/console/cases",
        "case": f"/console/cases/{case_of(shops)}",
        "appeals": f"/console/appeals?appeal={spoken(shops)}",
        "corrections": "/console/corrections",
        "correction-new": "/console/corrections/new",
        "correction-of-punch": f"/console/corrections/new?replaces={doubtful.id}",
        "stores": "/console/stores",
        "store": f"/console/stores/{shop}",
        "fence": f"/console/stores/{shop}/fence",
        "store-new": "/console/stores/new",
        "import": "/console/import",
        "people": "/console/people",
        "person": f"/console/people/{company.people['刘洋']}",
        "person-new": "/console/people/new",
        "devices": "/console/devices",
        "device": f"/console/devices/{kiosk}",
        "code-new": "/console/devices/new",
        "requests": "/console/requests",
        "request": f"/console/requests/{asked(shops)}",
        "request-new": "/console/requests/new?kind=transfer",
        "inbox": "/console/inbox",
        "flows": "/console/flows",
        "flow": "/console/flows/transfer",
        "flow-new": "/console/flows/new",
        "flow-edit": "/console/flows/transfer/edit",
        "timeline": f"/console/people/{company.people['刘洋']}/timeline",
        "postings": "/console/postings",
        "posting": f"/console/postings/{posting_of(shops, '刘洋')}",
        "archive": "/console/archive",
        "archive-person": f"/console/archive/{company.people['刘洋']}",
        "erasures": "/console/erasures",
        "timesheets": "/console/timesheets?month=" + worked(shops)[1][:7],
        "overtime": "/console/overtime?month=" + worked(shops)[1][:7],
        "timesheet-day": "/console/timesheets/" + "/".join(worked(shops)),
        "leave": "/console/leave",
        **written(shops),
        "training": "/console/training",
        "training-board": f"/console/training/stores/{taught(shops)}",
        "training-assignments": "/console/training/assignments",
        "training-packs": "/console/training/packs",
        "training-onboarding": "/console/training/onboarding",
        "leave-kinds": "/console/leave/kinds?kind=annual",
        "shifts": "/console/shifts",
        "shift-templates": "/console/shifts/templates?template=flex",
        "shift-patterns": "/console/shifts/patterns?pattern=three-shift",
        "shift-assign": "/console/shifts/assign",
        "shift-day": f"/console/shifts/day?person={rostered(shops)}",
        "shift-assignment": f"/console/shifts/assignments/{derived_id('shops', '刘洋')}",
        **rosters_of(shops),
        **grown(shops),
        **tickets_of(shops),
        **noticed(shops),
        **in_a_cycle(shops),
        **scored_fairly(shops),
        **scored_by(shops),
        **reported(shops),
        **carded(shops),
        "voices": f"/console/voices?month={heard(shops)}",
        "rules": "/console/rules",
        "rules-edit": "/console/rules/edit?rules=standard",
        "leave-of": f"/console/leave/people/{company.people['刘洋']}",
        **weeks_of(shops),
        "org": "/console/org",
        "org-new": "/console/org/new",
        "org-posts": "/console/org/posts",
        "org-unit": f"/console/org/units/{shop}",
        "calendar": "/console/calendar",
        "roles": "/console/roles",
        "role": "/console/roles/store_manager",
        "audit": "/console/audit",
        "audit-operations": "/console/audit/operations",
        "me-privacy": "/console/me/privacy",
        "operations": "/console/operations",
        "accounts": "/console/accounts",
        "me": "/console/me",
        "not-found": "/console/nowhere",
        "api": "/api/docs",
    }


def rosters_of(shops: Shops) -> dict[str, str]:
    """A planned week from all sides."""
    store, first = planned_week(shops), monday(shops).isoformat()
    return {
        "rosters": f"/console/rosters?from={first}",
        "roster": f"/console/rosters/{store}?from={first}",
        "roster-month": f"/console/rosters/{store}?from={first}&span=month",
        "roster-import": f"/console/rosters/{store}/import?from={first}",
        "roster-shift": f"/console/rosters/{store}/shift?from={first}&day={first}&person={shops.company.people['苏婉']}",
        "roster-coverage": f"/console/rosters/{store}/coverage?from={first}&day={first}",
        "roster-demand": f"/console/rosters/{store}/demand?from={first}",
        "roster-fairness": f"/console/rosters/fairness?to={first}",
        "roster-profiles": "/console/rosters/profiles",
        "roster-skills": "/console/rosters/skills",
        "roster-market": "/console/rosters/market",
        "roster-candidates": f"/console/rosters/market/{derived_id('shops', 'cell', 'open', '2', 'late')}",
        "proposals": f"/console/rosters/proposals?store={store}&from={first}",
        "proposal": f"/console/rosters/proposals/{proposed(shops)}",
    }


def tickets_of(shops: Shops) -> dict[str, str]:
    """Tickets with a story, and how they are arranged."""
    story = ticketed(shops)
    rule = derived_id("shops", "rule", "设备报修")
    return {
        "tickets": "/console/tickets?view=all",
        "tickets-none": "/console/tickets?view=unrated",
        "ticket": f"/console/tickets/{story}",
        "ticket-new": "/console/tickets/new",
        "ticket-new-form": "/console/tickets/new?category=equipment",
        "ticket-breaches": "/console/tickets/breaches",
        "ticket-desks": f"/console/tickets/desks?desk={DESIGN}",
        "ticket-hours": f"/console/tickets/desks?hours={SHOP_HOURS}",
        "ticket-rules": f"/console/tickets/rules?rule={rule}",
        "ticket-kinds": "/console/tickets/kinds",
    }


def case_of(shops: Shops) -> str:
    """The id of a case about two people of the first store."""
    people = (shops.company.people["刘洋"], shops.company.people["徐浩"])
    return found_pair(shops.company, people, shops.company.stores[SHOPS[0][0]], shops.kiosks[SHOPS[0][0]].device_id)


def _today(shops: Shops) -> str:
    return str(shops.company.today().isoformat())


def weeks_of(shops: Shops) -> dict[str, str]:
    """The pages of weekly statements and months, with a week that was worked, signed by some and disputed by one."""
    found = signed_week(shops.company, "刘洋", SHOPS[0][0])
    return {
        "statements": "/console/statements",
        "statement": f"/console/statements/{found.statement_id}",
        "months": f"/console/months?month={found.month}",
        "month": f"/console/months/{found.closing_id}",
        "verify": f"/verify/{found.code}",
    }


def posting_of(shops: Shops, name: str) -> str:
    """The id of somebody's first posting."""
    with reading(shops.company.db, Actor.system()) as session:
        found = sa.select(Posting.id).where(Posting.person_id == shops.company.people[name]).order_by(Posting.starts_at)
        return session.scalars(found.limit(1)).one()


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")


OWN_ROSTER = ("苏婉,早班,早班,休,晚班,晚班", "江南,,晚班 14:00-20:00,早班,,休", "谁也不是,早班", "待认领,,,晚班")
LIST = """Store Number,Store Name,Brand,City,Street Address,Timezone,Latitude,Longitude
B-201,静安嘉里店,星悦百货,上海,南京西路1515号,GMT+08:00 Asia/Beijing,31.22,121.45
B-202,环贸广场店,星悦百货,上海,淮海中路999号,GMT+08:00 Asia/Beijing,31.21,121.46
B-203,坐标有误店,星悦百货,上海,某路1号,GMT+08:00 Asia/Beijing,91.00,121.46
"""


FIGURES = """姓名,所属月份,顾客满意度,投诉率,备注
刘洋,2026年10月,72.5,1.2,
陈静,2026年10月,68,0.9,新人
杨帆,2026年10月,81,,
钱一,2026年10月,77,1.1,外包
苏婉,2026年10月,七十,1.4,
"""


def keep(page: Page, name: str, suffix: str, *, whole: bool = True) -> None:
    """One picture, with no more colours than the page needs: a quarter of the bytes."""
    path = SCREENS / f"console-{name}-{suffix}.png"
    page.screenshot(path=path, full_page=whole)
    picture = Image.open(path).convert("RGB")
    picture.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def shoot(context: BrowserContext, address: str, shops: Shops, suffix: str, only: set[str]) -> None:
    page = context.new_page()
    if not only or "sign-in" in only:
        page.goto(f"{address}/console/sign-in")
        settle(page)
        keep(page, "sign-in", suffix)
    sign_in(page, address)
    for name, path in pages_of(shops).items():
        if only and name not in only:
            continue
        page.goto(address + path)
        settle(page)
        keep(page, name, suffix, whole=name != "api")
    if not only or "code" in only:
        page.goto(f"{address}/console/devices/new?person={shops.company.people['孙丽']}")
        page.click("button.main-act:visible")
        page.wait_for_selector("#code")
        settle(page)
        keep(page, "code", suffix)
    if not only or "rules-answer" in only:
        page.goto(f"{address}/console/rules/edit?rules=standard")
        for field, value in (("grace_in_min", "15"), ("sim_from", page.input_value("[name=sim_to]")), ("sim_to", _today(shops))):
            page.fill(f"[name={field}]", value)
        page.click("button[formaction]")
        page.wait_for_selector("#answer")
        settle(page)
        keep(page, "rules-answer", suffix)
    if not only or "operation" in only:
        page.goto(f"{address}/console/operations")
        page.locator("a.row-link").first.click()
        settle(page)
        keep(page, "operation", suffix)
    if not only or "import-run" in only:
        page.goto(f"{address}/console/import")
        page.set_input_files("[name=file]", {"name": "stores.csv", "mimeType": "text/csv", "buffer": LIST.encode()})
        page.click("button.main-act:visible")
        page.wait_for_url("**/console/import/*")
        settle(page)
        keep(page, "import-run", suffix)
    if not only or "value-import" in only:
        page.goto(f"{address}/console/growth/indicators")
        page.set_input_files("[name=file]", {"name": "十月.csv", "mimeType": "text/csv", "buffer": FIGURES.encode()})
        page.click("#import button")
        page.wait_for_url("**/console/growth/import/*")
        settle(page)
        keep(page, "value-import", suffix)
        page.fill("[name=source]", "ERP")
        page.click("main form button.main-act")
        page.wait_for_selector("#report")
        settle(page)
        page.evaluate("window.scrollTo(0, 0)")
        keep(page, "value-import-tried", suffix)
    if not only or "roster-import-run" in only:
        page.goto(address + rosters_of(shops)["roster-import"])
        first = monday(shops)
        heads = ",".join((first + timedelta(days=at)).isoformat() for at in range(7))
        body = "\n".join(["姓名," + heads, *OWN_ROSTER])
        page.set_input_files("[name=file]", {"name": "门店排班.csv", "mimeType": "text/csv", "buffer": body.encode()})
        page.click("main form button.main-act")
        page.wait_for_url("**/import/*")
        settle(page)
        keep(page, "roster-import-run", suffix)
    page.close()


def main(arguments: list[str]) -> int:
    """Arguments narrow the run: names of pages, and of variants such as zh-1440."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    variants = {f"{language}-{width}": (language, width == 390, False) for language in ("zh", "en") for width in (1440, 390)}
    variants["zh-1440-dark"] = ("zh", False, True)
    chosen = [name for name in variants if name in arguments] or list(variants)
    only = {argument for argument in arguments if argument not in variants}
    with tempfile.TemporaryDirectory() as folder:
        shops = working_day(Path(folder))
        troubles(shops)
        with served(shops.app) as address, browser() as chromium:
            for suffix in chosen:
                language, small, dark = variants[suffix]
                context = context_for(chromium, address, language, small=small, dark=dark, at_ms=NOON_MS)
                shoot(context, address, shops, suffix, only)
                context.close()
                print(f"console {suffix}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
