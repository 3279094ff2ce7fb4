"""Pictures of the pages where a person and HQ have something to say to each other: requests, inbox, leave, profile, the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

SHOP = "陆家嘴正大店"  # where 马超 works
KITCHEN = "海港餐饮"  # where he belongs
HEAD, HR, LEADER, MANAGER, NEWCOMER = "周强", "赵敏", "孙立", "吴芳", "陈伟"
PIN = "402817"
MINUTE_MS = 60_000

OpenStudio = Callable[["Handset"], Any]


def furnish(shops: Shops) -> dict[str, Handset]:
    """Managers of both sides, HR and a leader with phones; requests at every stage; somebody who begins today."""
    import sqlalchemy as sa

    from contract.leave import AdjustBalance
    from contract.org import ChangeUnit
    from server.kernel.actors import Actor
    from server.kernel.perform import reading
    from server.org.model import UnitVersion
    from tests.web.company_of_shops import device, hire, open_account

    company, day = shops.company, shops.company.today().isoformat()
    for n, name in enumerate((HEAD, HR, LEADER, MANAGER, NEWCOMER)):
        hire(shops, name, f"E3{n:02}", KITCHEN)
    for login, name, role in (("hr.zhao", HR, "hr"), ("leader.sun", LEADER, "leader")):
        open_account(shops, login, name, role)  # type: ignore[arg-type]
    with reading(company.db, Actor.system()) as session:
        kitchen = session.scalars(sa.select(UnitVersion.unit_id).where(UnitVersion.name == KITCHEN)).first()
    for unit_id, name in ((kitchen, HEAD), (company.stores[SHOP], MANAGER)):
        assert unit_id is not None
        company.must(ChangeUnit(unit_id=unit_id, from_day=day, manager_id=company.people[name]))
    from contract.ids import new_id

    company.must(
        AdjustBalance(
            adjustment_id=new_id(), person_id=company.people["马超"], kind="lieu", minutes=4 * 480, on=day, reason="加班调休"
        )
    )
    phones = {name: device(shops, f"{name}的手机", person=name) for name in (HEAD, HR, LEADER, MANAGER, NEWCOMER)}
    phones["马超"] = shops.phones["马超"]
    phones["马超"].core.start()  # a picture of it may have been taken already
    phones[MANAGER].core.set_pin(PIN)
    _requests(shops, phones)
    return phones


def _requests(shops: Shops, phones: dict[str, Handset]) -> None:
    company, today = shops.company, shops.company.today()

    def days(n: int) -> str:
        return (today + timedelta(days=n)).isoformat()

    def synced(*names: str) -> None:
        for name in names:
            company.pass_ms(MINUTE_MS)
            phones[name].sync()
            phones[name].sync()

    def approve(name: str, request_id: str, comment: str = "") -> None:
        synced(name)
        page = phones[name].core.office.request(request_id)
        assert page is not None and page.to_decide is not None, (name, page)
        phones[name].core.office.decide(request_id, page.to_decide.step_id, "approve", comment)
        synced(name)

    shop = company.store_rows()
    number = next(row.number for row in shop if row.name == SHOP)
    lent = phones[NEWCOMER].core.office.submit(
        "transfer", {"store": number, "from": days(0), "until": days(92), "reason": "支援旗舰店暑期高峰"}
    )
    synced(NEWCOMER)
    for name in (HEAD, HR, LEADER):
        approve(name, lent)
    leave = phones["马超"].core.office.submit(
        "leave", {"leave_kind": "lieu", "from_day": days(8), "to_day": days(9), "reason": "回家探亲"}
    )
    synced("马超")
    assert leave
    back = phones["马超"].core.office.submit("return", {"on": days(40), "reason": "孩子开学，希望回总部工作"})
    synced("马超")
    approve(HEAD, back, "同意，后厨人手已安排")
    company.pass_ms(130 * MINUTE_MS)
    synced(HEAD, "马超", MANAGER, NEWCOMER)


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    phones = furnish(shops)
    with open_studio(phones["马超"]) as studio:
        studio.on("today")
        studio.until(lambda: studio.vm("today").state.inbox and studio.vm("today").state.request)
        studio.take("today-with-a-request")
        for name in ("inbox", "requests"):
            studio.model.navigator.switch(name)
            studio.until(lambda name=name: studio.vm(name).state.page)
            studio.take(name)
        request = next(card for card in studio.vm("requests").state.page.mine if card.kind == "return")
        studio.vm("requests").tap_request(request.request_id)
        studio.until(lambda: studio.vm("request").state.page)
        studio.take("request")
        _new_request(studio)
        _behind_me(studio, "leave", "privacy")
    with open_studio(phones[NEWCOMER]) as studio:
        studio.on("today")
        _behind_me(studio, "profile")
    with open_studio(phones[HEAD]) as studio:
        studio.on("today")
        studio.model.navigator.switch("inbox")
        studio.until(lambda: studio.vm("inbox").state.page)
        studio.take("inbox-of-a-manager")
        studio.model.navigator.go("hand_overs")
        studio.until(lambda: studio.vm("hand_overs").state.page)
        studio.take("hand-overs")
        _behind_me(studio, "delegation")
    with open_studio(phones[MANAGER]) as studio:
        studio.on("today")
        studio.model.navigator.switch("requests")
        studio.until(lambda: studio.vm("requests").state.page)
        studio.vm("requests").tap_request(studio.vm("requests").state.page.for_me[0].request_id)
        studio.until(lambda: studio.vm("request").state.page)
        studio.take("request-to-decide")
        studio.vm("request").tap_refuse()
        studio.take("request-refusal")


def _behind_me(studio: Any, *names: str) -> None:
    for name in names:
        studio.model.navigator.switch("me")
        studio.model.navigator.go(name)
        studio.until(lambda name=name: _is_there(studio.vm(name).state))
        studio.take(name)


def _is_there(state: Any) -> bool:
    page = state.cards if hasattr(state, "cards") else state.page
    return page is not None


def _new_request(studio: Any) -> None:
    vm = studio.vm("new_request")
    studio.model.navigator.switch("requests")
    studio.model.navigator.go("new_request")
    studio.until(lambda: vm.state.kinds)
    studio.take("new-request")
    vm.tap_kind("transfer")
    studio.until(lambda: vm.state.draft)
    vm.tap_send()
    studio.take("new-request-not-ready")
    vm.tap_pick("from")
    studio.until(lambda: vm.state.picking)
    studio.take("new-request-calendar")
    vm.on_back()
    vm.tap_pick("store")
    studio.until(lambda: vm.state.picking.options)
    studio.take("new-request-stores")
    studio.model.navigator.switch("requests")
    studio.model.navigator.go("new_request", "leave")
    studio.until(lambda: vm.state.draft)
    vm.tap_pick("leave_kind")
    vm.tap_option("lieu")
    vm.tap_pick("from_day")
    studio.until(lambda: vm.state.picking)
    vm.tap_option((studio.handset.company.today() + timedelta(days=3)).isoformat())
    studio.until(lambda: vm.state.cost)
    studio.take("leave-form")


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    furnish(shops)
    kiosk = shops.kiosks[SHOP]
    kiosk.sync()
    with open_studio(kiosk) as studio:
        desk = studio.vm("manager")
        studio.on("floor")
        studio.sync()
        studio.model.navigator.go("manager")
        studio.until(lambda: desk.state.step == "pin")
        studio.take("manager-pin")
        for digit in PIN:
            desk.tap_digit(digit)
        studio.until(lambda: desk.state.desk)
        desk.tap_arrival(desk.state.desk.arrivals[0].posting_id)
        studio.take("desk-arrivals")
        desk.tap_part("approvals")
        desk.tap_request(desk.state.desk.to_decide[0].request_id)
        studio.until(lambda: desk.state.request)
        studio.take("desk-approvals")
        studio.prefer(text_scale="1.6")
        studio.take("desk-approvals-large-text")
