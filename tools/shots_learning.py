"""Pictures of learning on the tablet: one's own courses, a card, a quiz and its result; the desk's training board, a newcomer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contract.courses import CourseBody
    from contract.wire import Wire
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

MANAGER, NEWCOMER, LEARNER = "顾言", "温宁", "梁爽"
STAFF = ("王伟", "徐浩", LEARNER, "程曦")
PIN = "402817"
MINUTE_MS = 60_000
OpenStudio = Callable[["Handset"], Any]


def complaint() -> CourseBody:
    """Four cards and a quiz of three questions."""
    from contract.courses import Card, CheckItem, CourseBody
    from contract.quizzes import Choice, Question, Quiz, Solution

    calm = [
        Choice(key="sorry", zh="抱歉，我马上给您换一杯", en="I am sorry, I will make you another"),
        Choice(key="usual", zh="这款都是这个甜度", en="It is always this sweet"),
        Choice(key="boss", zh="请等店长来", en="Please wait for the manager"),
    ]
    steps = [
        Choice(key="listen", zh="听完", en="Listen"), Choice(key="sorry", zh="道歉", en="Apologise"),
        Choice(key="mend", zh="补救", en="Make it good"), Choice(key="note", zh="记录", en="Write it down"),
    ]  # fmt: skip
    first = Question(
        key="first", kind="single", choices=calm, solution=Solution(right=["sorry"]),
        zh="客人说饮品**太甜**，您第一句话怎么说？", en="A guest says the drink is **too sweet**. What do you say first?",
        why_zh="先道歉，客人的火气就消了一半。", why_en="An apology takes half of the anger away.",
    )  # fmt: skip
    order = Question(
        key="order", kind="order", zh="处理客诉的顺序是？", en="In which order is a complaint handled?", choices=steps,
        solution=Solution(right=["listen", "sorry", "mend", "note"]), partial=True,
    )  # fmt: skip
    minutes = Question(
        key="minutes", kind="number", zh="客诉要在几分钟内回应？", en="Within how many minutes is a complaint answered?",
        unit="min", solution=Solution(number="3"),
    )  # fmt: skip
    words = "客人说话时**不打断**，看着对方。\n\n- 点头，让客人知道您在听\n- 记下时间、饮品和经过\n\n> 听完再开口"
    words_en = "Do **not** interrupt while a guest speaks.\n\n- nod, so that they know you listen\n- note what happened"
    return CourseBody(
        title_zh="客诉处理四步", title_en="Four steps with a complaint", about_zh="先听完，再**道歉**，再补救。",
        about_en="Listen, **apologise**, make it good.", topic="服务", minutes=4,
        cards=[
            Card(key="listen", kind="text", title_zh="先听完", title_en="Listen first", zh=words, en=words_en),
            Card(key="mend", kind="text", title_zh="补救的三种办法", title_en="Three ways to make it good",
                 zh="1. 重做一杯\n2. 退款\n3. 送一份小食", en="1. Make another\n2. Refund\n3. Offer a snack"),
            Card(key="before", kind="checklist", title_zh="交接前检查", title_en="Before you hand over",
                 items=[CheckItem(key="a", zh="写下经过", en="What happened is written down"),
                        CheckItem(key="b", zh="告诉店长", en="The manager knows")]),
            Card(key="try", kind="question", question=first),
        ],
        quiz=Quiz(questions=[first, order, minutes], pass_percent=80, time_limit_s=600, attempts=2),
    )  # fmt: skip


def hygiene() -> CourseBody:
    """Two cards that everybody at the shop must know."""
    from contract.courses import Card, CourseBody

    return CourseBody(
        title_zh="食品安全与手部卫生", title_en="Food safety and clean hands", minutes=3,
        cards=[
            Card(key="when", kind="text", title_zh="什么时候洗手", title_en="When hands are washed",
                 zh="开始值班、摸过手机以后。", en="At the start of a shift, after touching a phone."),
            Card(key="how", kind="text", title_zh="怎么洗", title_en="How", zh="搓洗二十秒。", en="Rub for twenty seconds."),
        ],
    )  # fmt: skip


def furnish(shops: Shops) -> Handset:
    """Courses that are due, some finished; a manager with a PIN; somebody who began yesterday. Answers the shop's tablet."""
    from datetime import timedelta

    from contract.ids import new_id
    from contract.org import ChangeUnit
    from contract.training import PackCourse, SetPack
    from server.training.turning import keep_lists
    from tests.web.company_of_shops import SHOPS, device, hire, post

    company, shop = shops.company, SHOPS[0][0]
    store, kiosk, today = company.stores[shop], shops.kiosks[shop], company.today()
    hire(shops, MANAGER, "E402", "江南厨务")
    hire(shops, NEWCOMER, "E403", "江南厨务")
    post(shops, NEWCOMER, shop, today - timedelta(days=1))
    company.must(ChangeUnit(unit_id=store, from_day=today.isoformat(), manager_id=company.people[MANAGER]))
    service, hands = _published(shops, "service-complaint", complaint()), _published(shops, "hands", hygiene())
    _given(shops, service, store, (today + timedelta(days=2)).isoformat())
    _given(shops, hands, store, (today + timedelta(days=5)).isoformat())
    pack = [PackCourse(course_id=hands, due_days=3)]
    _must(shops, SetPack(pack_id=new_id(), unit_id=store, courses=pack, gate="block", reason="新店标准"))
    keep_lists(company.db, company.now(), company.settings.secret)
    phone = device(shops, f"{MANAGER}的手机", person=MANAGER)
    phone.sync()
    phone.core.set_pin(PIN)
    phone.sync()
    _synced(shops, kiosk)
    for name, cards in ((STAFF[0], ("when", "how")), (STAFF[1], ("when",)), (STAFF[3], ("when", "how"))):
        assert kiosk.core.own.open(company.people[name], PIN).ok
        for card in cards:
            kiosk.core.own_learning.finish_card(hands, card)
    kiosk.core.own.close()
    _synced(shops, kiosk)
    return kiosk


def _published(shops: Shops, code: str, body: CourseBody) -> str:
    from contract.courses import PublishVersion, SaveDraft
    from contract.ids import new_id

    said = SaveDraft(course_id=new_id(), version_id=new_id(), code=code, body=body)
    _must(shops, said)
    _must(shops, PublishVersion(version_id=said.version_id, reason="首发"))
    return said.course_id


def _must(shops: Shops, said: Wire) -> None:
    """By the administrator: courses have authors."""
    from contract.ids import new_id
    from server.kernel.actors import Actor
    from server.kernel.perform import perform

    company = shops.company
    admin = Actor.person(company.people["周总管"], shops.accounts["admin"], [("admin", None)])
    outcome = perform(company.db, admin, said, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert outcome.status == "applied", outcome


def _given(shops: Shops, course_id: str, store_id: str, due_on: str) -> None:
    from contract.ids import new_id
    from contract.training import AssignCourse

    _must(shops, AssignCourse(assignment_id=new_id(), course_id=course_id, to="store", to_id=store_id, due_on=due_on))


def _synced(shops: Shops, handset: Handset) -> None:
    handset.core.start()
    for _ in range(2):
        shops.company.pass_ms(MINUTE_MS)
        handset.sync()


def kiosk_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    kiosk = furnish(shops)
    with open_studio(kiosk) as studio:
        studio.on("floor")
        _own(studio, shops)
        _desk(studio, shops)


def _own(studio: Any, shops: Shops) -> None:
    punch, own = studio.vm("kiosk_punch"), studio.vm("own_page")
    studio.until(lambda: studio.vm("floor").state.floor)
    studio.vm("floor").tap_person(shops.company.people[LEARNER])
    studio.until(lambda: punch.state.step == "pin")
    punch.tap_kind("mine")
    for digit in PIN:
        punch.tap_digit(digit)
    studio.until(lambda: own.state.learn and own.state.learn.due)
    course = next(one for one in own.state.learn.due if one.has_quiz)
    own.tap_course(course.course_id)
    studio.until(lambda: own.state.course.page)
    studio.take("own-course")
    own.course.tap_start()
    studio.take("own-card")
    own.course.tap_card("try")
    own.course.tap_choice("usual")
    own.course.tap_check()
    studio.until(lambda: own.state.course.judgement)
    studio.take("own-practice")
    own.course.on_back()
    own.course.tap_quiz()
    studio.until(lambda: own.state.course.attempt)
    keys = [one.key for one in own.state.course.attempt.questions]
    for _ in range(keys.index("order")):
        own.course.tap_next()
    own.course.tap_choice("listen")
    own.course.tap_choice("sorry")
    studio.take("own-quiz")
    own.course.tap_hand_in()
    own.course.tap_hand_in()
    studio.until(lambda: own.state.course.result)
    studio.take("own-result")
    studio.model.navigator.home()


def _desk(studio: Any, shops: Shops) -> None:
    desk = studio.vm("manager")
    studio.model.navigator.go("manager")
    studio.until(lambda: desk.state.step == "pin")
    for digit in PIN:
        desk.tap_digit(digit)
    studio.until(lambda: desk.state.training.board)
    desk.tap_part("training")
    course = max(desk.state.training.board.courses, key=lambda one: one.finished)
    desk.training.tap_course(course.course_id)
    studio.take("desk-training")
    desk.training.tap_remind()
    studio.until(lambda: desk.state.training.told)
    studio.take("desk-training-reminded")
    desk.training.tap_newcomer(shops.company.people[NEWCOMER])
    studio.take("desk-newcomer")
    studio.model.navigator.home()


def phone_pictures(shops: Shops, open_studio: OpenStudio) -> None:
    from tools import shots_learner

    shots_learner.phone_pictures(shops, open_studio)
