"""HQ's desks as a layout needs to be tried with: long names, every state of a request, every kind of field. Only for looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contract.approvals import FormField
from contract.forms import judge_form
from mobile.core.views import PinAnswer, Refused, Said
from mobile.core.views_hq import (
    Answer,
    AnswerLine,
    Arrival,
    At,
    BalanceCard,
    Both,
    Colleague,
    DelegationCard,
    Desk,
    DeskManager,
    Draft,
    FieldCard,
    FieldChoice,
    FlowCard,
    HandOver,
    Inbox,
    ItemCard,
    LeaveCard,
    LeaveCost,
    LeavePage,
    LookCard,
    Mark,
    Misfit,
    OnItsWay,
    Profile,
    RequestCard,
    RequestPage,
    Requests,
    Stay,
    StepCard,
    StoresFound,
)
from mobile.core.views_photos import PhotoCard
from mobile.ui.picture import png_of

MORNING, NOON = At(1_780_278_720_000, "2026-06-01", "09:52"), At(1_780_290_000_000, "2026-06-01", "13:00")
HOUR_MS = 3_600_000
LONG_NAME = "Anastasia Konstantinopolskaya-Wrobel"
STORE_NAME = "肯德基 上海南京东路步行街中心店"
TRANSFER, LEAVE = Both("调岗申请", "Transfer to a store"), Both("请假申请", "Leave")
DEPARTMENT, HR, LEADER = (
    Both("部门审批", "Department approval"),
    Both("人事部审批", "HR approval"),
    Both("领导签批", "Leader's signature"),
)
ANNUAL, SICK = Both("年休假", "Annual leave"), Both("病假", "Sick leave")
GOING_WELL, TOO_SHORT = "同意，接任者已安排", "合同还有 20 天到期，请先续签合同再申请调岗"
WHY_LOOKED = "核对 5 月 28 日的打卡"
# what people are called and what they wrote, which is in no catalogue and in one language
WRITTEN = ("周", "赵敏", "吴昕", "周杰", GOING_WELL, TOO_SHORT, WHY_LOOKED, "合同到期")
KEPT = OnItsWay("o1", "submit", "kept")
A_PHOTO = png_of(bytes((90, 140, 110, 255)) * 64 * 36, 64, 36)
SHARED = (PhotoCard("ab" * 32, "here"), PhotoCard("cd" * 32, "unasked"))  # of a request: one is here
NOT_TAKEN = OnItsWay("o1", "submit", "refused", Said("postings.overlaps", {"starts_on": "2026-07-01", "ends_on": "2026-09-01"}))


def fetched(page: RequestPage, sha: str) -> RequestPage:
    """The page once the photo that was asked for has come."""
    here = {photo: replace(photo, state="here") for line in page.answers for photo in line.photos if photo.sha == sha}
    answers = (replace(line, photos=tuple(here.get(photo, photo) for photo in line.photos)) for line in page.answers)
    return replace(page, answers=tuple(answers))


def a_card(request_id: str = "r1", **more: Any) -> RequestCard:
    card = RequestCard(
        request_id=request_id,
        kind="transfer",
        name=TRANSFER,
        person_name="李晓雯",
        state="running",
        submitted=MORNING,
        step=HR,
        waiting_ms=2 * HOUR_MS + 600_000,
    )
    return replace(card, **more)


def a_page(card: RequestCard | None = None, **more: Any) -> RequestPage:
    """Its department has approved, HR has it in hand, the leader comes after."""
    steps = (
        StepCard("s1", DEPARTMENT, "approved", 1, opened=MORNING, decided=NOON, decided_by="周", comment=GOING_WELL),
        StepCard("s2", HR, "open", 2, who=("赵敏", LONG_NAME), opened=MORNING, waiting_ms=130 * 60_000),
        StepCard("s3", LEADER, "waiting", 3),
    )
    page = RequestPage(
        card=card or a_card(),
        number="R-2026-000123",
        applicant_name="李晓雯",
        answers=(
            AnswerLine("store", Both("门店", "Store"), "store", Both(STORE_NAME, STORE_NAME)),
            AnswerLine("from", Both("开始日期", "First day"), "date", Both("2026-07-01", "2026-07-01")),
            AnswerLine("part", Both("半天", "Part of the day"), "half_day", Both("first_half", "first_half")),
            AnswerLine("ok", Both("愿意轮班", "Shifts"), "yes_no", Both("true", "true")),
            AnswerLine("evidence", Both("照片证明", "Photo as evidence"), "photo", Both("2", "2"), SHARED),
        ),
        warnings=(),
        steps=steps,
        ended=None,
        reason="",
        notes=(),
        may_withdraw=True,
        to_decide=None,
    )
    return replace(page, **more)


def refused_page() -> RequestPage:
    steps = (
        StepCard("s1", DEPARTMENT, "approved", 1, decided=NOON, decided_by="周", for_whom=LONG_NAME),
        StepCard("s2", HR, "refused", 2, decided=NOON, decided_by="赵敏", comment=TOO_SHORT),
        StepCard("s3", LEADER, "skipped", 3),
    )
    card = a_card(state="refused", step=None, waiting_ms=None)
    return a_page(card, steps=steps, ended=NOON, reason=TOO_SHORT, may_withdraw=False)


def to_decide_page() -> RequestPage:
    page = a_page(a_card("r2", person_name=LONG_NAME, is_mine=False, waits_for_me=True), may_withdraw=False)
    return replace(page, applicant_name=LONG_NAME, to_decide=page.steps[1])


FIELDS = (
    FieldCard("store", Both("门店", "Store"), "store", True, (FieldChoice("s1", Both(STORE_NAME, STORE_NAME)),), is_open=True),
    FieldCard("from", Both("开始日期", "First day"), "date", True),
    FieldCard("hours", Both("每周小时数", "Hours a week"), "number", True, least=1, most=60),
    FieldCard("shifts", Both("愿意轮班", "Shifts are fine"), "yes_no", True),
    FieldCard("part", Both("半天", "Part of the day"), "half_day", False),
    FieldCard("reason", Both("原因", "Reason"), "long_text", True, least=2),
    FieldCard("evidence", Both("照片证明", "Photo as evidence"), "photo", False, most=2),
)
LEAVE_FIELDS = (
    FieldCard(
        "leave_kind",
        Both("假别", "Kind of leave"),
        "leave_kind",
        True,
        (FieldChoice("annual", ANNUAL), FieldChoice("sick", SICK)),
    ),
    FieldCard("from_day", Both("开始日期", "First day"), "date", True),
    FieldCard("to_day", Both("结束日期", "Last day"), "date", True),
    FieldCard("part", Both("半天", "Part of the day"), "half_day", False),
)
FLOWS = (
    FlowCard("transfer", TRANSFER, FIELDS, (DEPARTMENT, HR, LEADER)),
    FlowCard("leave", LEAVE, LEAVE_FIELDS, (Both("店长/主管审批", "Manager's approval"), HR)),
    FlowCard("recall", Both("紧急召回", "Urgent recall"), FIELDS, (DEPARTMENT, HR), urgent=True),
)


def item(number: int, kind: Any = "notice", **more: Any) -> ItemCard:
    facts = {
        "who": LONG_NAME,
        "kind_zh": "调岗申请",
        "kind_en": "Transfer",
        "number": "R-2026-000123",
        "step_zh": "人事部审批",
        "step_en": "HR approval",
    }
    card = ItemCard(f"i{number}", kind, Said(f"inbox.N-02.{kind}", facts), "request", "r1", MORNING)
    return replace(card, **more)


def arrival(number: int = 1, **more: Any) -> Arrival:
    found = Arrival(
        posting_id=f"a{number}",
        person_name="陈思远" if number == 1 else LONG_NAME,
        number=f"E{1000 + number}",
        home_unit="总部 零售运营部",
        home_manager="周杰",
        post=Both("店厨", "Store chef"),
        starts_on="2026-06-02",
        last_day="2026-08-31",
        stage="coming",
        masked_id="3101**********1234",
        courses=(),
        last_score=None,
        hand_over=(
            HandOver("h1", "arrival", Both("交接钥匙和更衣柜", "Keys and locker handed over"), True, False, "", None),
            HandOver("h2", "arrival", Both("原岗位工作已交接", "Work at home handed over"), False, True, "周杰", NOON),
            HandOver(
                "h3",
                "arrival",
                Both("介绍店内安全须知", "Safety rules explained"),
                True,
                True,
                "吴昕",
                NOON,
                OnItsWay("o2", "tick", "kept"),
            ),
        ),
    )
    return replace(found, **more)


class ScriptedOffice:
    """Answers what it was given."""

    def __init__(self) -> None:
        self.kinds = FLOWS
        self.pages = {"r1": a_page(), "r2": to_decide_page(), "r3": refused_page()}
        self.found = Requests((), (), ())
        self.items = Inbox()
        self.again: Draft | None = None
        self.left = LeavePage((), (), (), True)
        self.seen_by: tuple[LookCard, ...] = ()
        self.known: tuple[Colleague, ...] = ()
        self.arranged: tuple[DelegationCard, ...] = ()
        self.arriving: tuple[Arrival, ...] = ()
        self.is_locked = False
        self.submitted: list[tuple[str, dict[str, Answer]]] = []
        self.photos: tuple[bytes, ...] = ()
        self.given_up: list[tuple[str, str]] = []

    def busy(self) -> None:
        """Something of everything."""
        self.found = Requests(
            (a_card("r2", person_name=LONG_NAME, is_mine=False, waits_for_me=True),),
            (
                a_card(),
                a_card("r4", on_its_way=KEPT, step=None),
                a_card("r3", state="refused", step=None),
                a_card("r5", on_its_way=NOT_TAKEN),
            ),
            (a_card("r6", person_name="王建国", state="approved", step=None, is_mine=False),),
        )
        self.items = Inbox(
            (item(1, "to_do", due=NOON, overdue=True), item(2, "to_do")),
            (item(3),),
            (item(4, is_open=False), item(5, "to_do", settled_here=True)),
        )
        balances = (
            BalanceCard("annual", ANNUAL, False, 10 * 480, 2 * 480, 720, 3_120, 480, "2026-06-01"),
            BalanceCard("sick", SICK, True, 0, 0, 0, 0, 480, "2026-06-01"),
        )
        granted = (
            LeaveCard("l1", ANNUAL, "2026-08-03", "2026-08-05", None, None, 1_440, "coming"),
            LeaveCard("l2", SICK, "2026-05-12", "2026-05-12", 720, None, 240, "over"),
            LeaveCard("l3", None, "2026-04-01", "2026-04-03", None, None, None, "called_off", "2026-04-01"),
        )
        self.left = LeavePage(balances, (a_card("r7", name=LEAVE, kind="leave"),), granted, True)
        self.seen_by = (
            LookCard("k1", "赵敏", ("hr",), "position", MORNING, NOON, 3, WHY_LOOKED, ()),
            LookCard("k2", LONG_NAME, ("store_manager",), "archive", NOON, NOON, 1, "", ()),
        )
        self.known = (Colleague("e1", "周杰"), Colleague("e2", LONG_NAME))
        self.arranged = (
            DelegationCard("d1", "周杰", MORNING, NOON, "running"),
            DelegationCard("d2", LONG_NAME, MORNING, NOON, "coming", True, OnItsWay("o3", "delegate", "kept")),
        )
        self.arriving = (arrival(1), arrival(2, stage="running"))

    def _look(self) -> None:
        if self.is_locked:
            raise Refused("client.locked")

    def flows(self) -> tuple[FlowCard, ...]:
        return self.kinds

    def requests(self) -> Requests:
        self._look()
        return self.found

    def request(self, request_id: str) -> RequestPage | None:
        return self.pages.get(request_id)

    def photo(self, request_id: str, sha: str) -> bytes | None:
        return A_PHOTO

    def ask_for_photo(self, request_id: str, sha: str) -> None:
        self.pages[request_id] = fetched(self.pages[request_id], sha)

    def draft(self, kind: str) -> Draft:
        return Draft(next(flow for flow in self.kinds if flow.kind == kind))

    def find_stores(self, sought: str) -> StoresFound:
        stores = (
            FieldChoice("s1", Both(STORE_NAME, STORE_NAME), "22901-225145 · Shanghai"),
            FieldChoice("A002", Both("苏州中心店", "苏州中心店"), "A002 · Suzhou"),
        )
        words = sought.strip().casefold()
        found = tuple(one for one in stores if words in f"{one.words.zh} {one.sub}".casefold())
        return StoresFound(found, 0 if words else 28)

    def draft_again(self, request_id: str) -> Draft | None:
        return self.again

    def judge(self, kind: str, form: Mapping[str, Answer]) -> tuple[Misfit, ...]:
        fields = [
            FormField(key=f.key, label_zh="x", label_en="x", kind=f.kind, required=f.required, least=f.least, most=f.most)
            for f in self.draft(kind).flow.fields
        ]
        return tuple(Misfit(wrong.key, Said(wrong.code, wrong.facts)) for wrong in judge_form(fields, form))

    def submit(
        self, kind: str, form: Mapping[str, Answer], *, warned: Any = (), instead_of: str | None = None, photos: Any = ()
    ) -> str:
        self.submitted.append((kind, dict(form)))
        self.photos = tuple(photos)
        self.pages["r9"] = a_page(a_card("r9", on_its_way=KEPT, step=None))
        return "r9"

    def decide(self, request_id: str, step_id: str, decision: str, comment: str = "") -> None:
        self.pages[request_id] = replace(self.pages[request_id], to_decide=None)

    def withdraw(self, request_id: str, reason: str = "") -> None:
        self.pages[request_id] = replace(self.pages[request_id], may_withdraw=False)

    def give_up(self, request_id: str, reason: str) -> None:
        self.given_up.append((request_id, reason))
        self.pages[request_id] = replace(self.pages[request_id], may_give_up=False)

    def inbox(self) -> Inbox:
        self._look()
        return self.items

    def see(self, item_id: str) -> None:
        assert item_id

    def leave(self) -> LeavePage:
        return self.left

    def leave_cost(self, form: Mapping[str, Answer]) -> LeaveCost | None:
        return LeaveCost(960, 480, 3_120, 2_160) if form.get("to_day") else None

    def profile(self) -> Profile:
        now = Stay(
            STORE_NAME,
            "百胜中国",
            "总部 零售运营部",
            "2026-03-01",
            "2026-05-31",
            "running",
            "周杰",
            LONG_NAME,
            Both("店厨", "Store chef"),
        )
        later = replace(now, store_name="必胜客 苏州中心店", stage="coming", last_day=None)
        return Profile("李晓雯", "E1001", "远山餐饮集团", "总部 零售运营部", "周杰", now, (later, replace(now, stage="over")))

    def looks(self) -> tuple[LookCard, ...]:
        return self.seen_by

    def today_here(self) -> str:
        return "2026-06-01"

    def hand_overs(self) -> tuple[Arrival, ...]:
        return self.arriving

    def tick(self, item_id: str, done: bool = True, note: str = "") -> None:
        assert item_id

    def colleagues(self) -> tuple[Colleague, ...]:
        return self.known

    def delegations(self) -> tuple[DelegationCard, ...]:
        return self.arranged


FORM_LEAVE = {"leave_kind": "annual", "from_day": "2026-06-05", "to_day": "2026-06-08"}


class ScriptedDesk:
    """The manager's area of a tablet."""

    pin = "481516"

    def __init__(self) -> None:
        self.who: tuple[DeskManager, ...] = (DeskManager("m1", "吴昕", True),)
        self.arriving: tuple[Arrival, ...] = (arrival(1), arrival(2, stage="running", courses=COURSES, last_score=SCORE))
        self.waiting: tuple[RequestCard, ...] = (a_card("r2", person_name=LONG_NAME, is_mine=False, waits_for_me=True),)
        self.wrong = 0
        self.shut = 0
        self.came: set[str] = set()

    def managers(self) -> tuple[DeskManager, ...]:
        return self.who

    def open(self, person_id: str, pin: str) -> PinAnswer:
        if pin == self.pin:
            return PinAnswer(True, 5, 0)
        self.wrong += 1
        return PinAnswer(False, max(0, 5 - self.wrong), 60 if self.wrong >= 5 else 0)

    def close(self) -> None:
        self.shut += 1

    def page(self) -> Desk:
        return Desk(
            self.who[0],
            self.arriving,
            self.waiting,
            (a_card("r3", person_name="王建国", is_mine=False, state="approved", step=None),),
        )

    def request(self, request_id: str) -> RequestPage | None:
        page = to_decide_page() if request_id == "r2" else refused_page()
        for sha in self.came:
            page = fetched(page, sha)
        return page

    def photo(self, request_id: str, sha: str) -> bytes | None:
        return A_PHOTO

    def ask_for_photo(self, request_id: str, sha: str) -> None:
        self.came.add(sha)

    def decide(self, request_id: str, step_id: str, decision: str, comment: str = "") -> None:
        self.waiting = ()

    def tick(self, item_id: str, done: bool = True, note: str = "") -> None:
        assert item_id


COURSES = (
    Mark(Both("食品安全基础", "Food safety basics"), "2026-04-02", 920),
    Mark(Both("产品知识", "Product knowledge"), "2026-05-11", None),
)
SCORE = Mark(Both("五月评分", "May score"), "2026-05-31", 905)
