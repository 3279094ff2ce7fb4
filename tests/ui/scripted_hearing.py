"""Tickets, notices and voices for looks and taps: every state, every clock, long words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contract.channels import ToldRow
from mobile.core.photos import Photos
from mobile.core.told import ToldPage
from mobile.core.views import Refused, Said
from mobile.core.views_feedback import (
    BannerCard,
    CategoryCard,
    EventCard,
    FeedbackHome,
    HopCard,
    NoticeCard,
    NoticePage,
    PhotoCard,
    ReadersCard,
    TicketCard,
    TicketDraft,
    TicketPage,
    VoiceCard,
    VoiceDraft,
    VoiceHome,
    WordsDraft,
)
from mobile.core.views_hq import AnswerLine, At, Both, FieldCard, FieldChoice, Misfit, OnItsWay
from mobile.ui.picture import png_of

WRITTEN_HEARING = (
    "蒸汽熨斗不热了，客人在等", "顾客想要 XL 码的雨衣，店里只有 M 码", "今天 42 单，3 件退货", "马上来看", "换了插座还是不行",
    "后场", "李晓雯", "魏然", "顾言", "设计部在改尺码表", "排班太晚才发，周末没法安排", "下月起提前两周发布", "店长总是迟到",
    "日期写错了", "南京西路旗舰店", "库房太冷", "王建国", "陈思远",
)  # fmt: skip
AT = At(1_780_276_320_000, "2026-06-01", "09:12")
LATER = At(1_780_277_040_000, "2026-06-01", "09:24")
SHA = "ab" * 32
EQUIPMENT = CategoryCard(
    "equipment", Both("设备故障", "Equipment"), Both("坏了、要修", "Broken, to be mended"), "equipment",
    (
        FieldCard("asset", Both("哪台设备", "Which equipment"), "choice", True,
                  (FieldChoice("iron", Both("蒸汽熨斗", "Steam iron")), FieldChoice("till", Both("收银机", "Till")))),
        FieldCard("down", Both("完全不能用", "Not usable at all"), "yes_no", False),
    ),
)  # fmt: skip
KINDS = (
    EQUIPMENT,
    CategoryCard("customer", Both("顾客需求", "Customer need"), Both("", ""), "customer"),
    CategoryCard("complaint", Both("顾客投诉", "Complaint"), Both("", ""), "complaint", priority="high"),
    CategoryCard("suggestion", Both("改进建议", "Suggestion"), Both("", ""), "suggestion"),
    CategoryCard("daily", Both("日报", "Daily report"), Both("", ""), "report", answered=False),
    CategoryCard("stock", Both("缺货与调货", "Out of stock"), Both("", ""), "stock"),
    CategoryCard("safety", Both("安全隐患", "Safety"), Both("", ""), "safety", priority="urgent"),
    CategoryCard("other", Both("其他", "Something else"), Both("", ""), "other"),
)


def a_ticket(nth: int = 1, **more: Any) -> TicketCard:
    card = TicketCard(
        f"t{nth}", f"F-2026-{nth:04}", EQUIPMENT.name, "equipment", "蒸汽熨斗不热了，客人在等", "open", "high", "李晓雯", True,
        LATER, Both("门店", "The store"), "南京西路旗舰店",
    )  # fmt: skip
    return replace(card, **more)


OPEN = (
    a_ticket(2, state="resolved", due="rate", unread=True, where=Both("设计部", "Design"), icon="customer", name=KINDS[1].name,
             text="顾客想要 XL 码的雨衣，店里只有 M 码"),
    a_ticket(1, left_min=42),
    a_ticket(3, late=True, left_min=-95, state="open", where=Both("工程部", "Facilities"), unread=True),
    a_ticket(4, state="waiting", on_its_way=OnItsWay("o4", "submit", "kept"), number=""),
    a_ticket(5, on_its_way=OnItsWay("o5", "submit", "refused", Said("feedback.category_retired", {})), number=""),
)  # fmt: skip
CLOSED = (a_ticket(6, state="closed", rating=5, text="今天 42 单，3 件退货", icon="report", name=KINDS[4].name),)
HOPS = (
    HopCard("author", Both("李晓雯", "李晓雯"), AT),
    HopCard("store", Both("南京西路旗舰店", "南京西路旗舰店"), AT, 12),
    HopCard("desk", Both("人事部", "HR"), LATER, 95),
    HopCard("desk", Both("设计部", "Design"), LATER, None, is_here=True),
)
NONE = Both("", "")
STORY = (
    EventCard("e1", "filed", "李晓雯", AT),
    EventCard("e2", "routed", "", AT, desk=Both("门店", "The store")),
    EventCard("e3", "replied", "顾言", LATER, "马上来看", photos=(PhotoCard(SHA, "unasked"),)),
    EventCard("e4", "amended", "李晓雯", LATER, "换了插座还是不行", replaced=True,
              changes=(AnswerLine("asset", Both("哪台设备", "Which equipment"), "choice", Both("收银机", "Till")),)),
    EventCard("e5", "passed", "顾言", LATER, "设计部在改尺码表", desk=Both("设计部", "Design")),
    EventCard("e6", "replied", "李晓雯", LATER, "换了插座还是不行", on_its_way=OnItsWay("o6", "tell", "kept")),
)  # fmt: skip


def a_page(card: TicketCard, *, answers: bool = False) -> TicketPage:
    may = {"reply", "amend"} | ({"note", "pass_on", "take", "pause", "resolve"} if answers else set())
    if card.state == "resolved":
        may |= {"rate", "reopen", "close"}
    if card.on_its_way is not None and card.on_its_way.act == "submit":
        may = set()
    return TicketPage(
        card=card, text=card.text,
        answers=(AnswerLine("asset", Both("哪台设备", "Which equipment"), "choice", Both("蒸汽熨斗", "Steam iron")),),
        photos=(PhotoCard("cd" * 32, "coming"),), spot="后场", filed=AT, hops=HOPS, story=STORY,
        may=frozenset(may), desks=(("d1", Both("设计部", "Design")), ("d2", Both("人事部", "HR"))),
        first_reply_min=12, resolve_due=At(AT.ms, "2026-06-02", "18:00"), events=5,
    )  # fmt: skip


class ScriptedWords:
    """Words to tickets that are being written, by ticket."""

    def __init__(self) -> None:
        self.papers: dict[str, WordsDraft] = {}
        self.taken: dict[str, bytes] = {}

    def begun(self, ticket_id: str) -> WordsDraft | None:
        return self.papers.get(ticket_id)

    def write(self, ticket_id: str, verb: str, text: str, *, photos: Sequence[str] = (), **more: Any) -> None:
        bodies = tuple((name, self.taken[name]) for name in photos)
        self.papers[ticket_id] = WordsDraft(verb, text, photos=bodies, **more)

    def add_photo(self, ticket_id: str, photo: bytes) -> tuple[str, bytes]:
        name = Photos.name(photo)
        self.taken[name] = photo
        return name, photo

    def throw_away(self, ticket_id: str) -> None:
        self.papers.pop(ticket_id, None)


class ScriptedFeedback:
    """Says what it was given; remembers what was done."""

    def __init__(self, *, answers: bool = False, locked: bool = False) -> None:
        self.words = ScriptedWords()
        self.categories, self.open, self.closed = KINDS, OPEN, CLOSED
        self.answers, self.locked = answers, locked
        self.draft: TicketDraft | None = None
        self.done: list[tuple[Any, ...]] = []
        self.story = STORY

    def home(self) -> FeedbackHome:
        if self.locked:
            raise Refused("client.locked")
        return FeedbackHome(self.categories, self.draft, self.open, self.closed)

    def ticket(self, ticket_id: str) -> TicketPage | None:
        card = next((one for one in (*self.open, *self.closed) if one.ticket_id == ticket_id), None)
        return None if card is None else replace(a_page(card, answers=self.answers), story=self.story)

    def photo(self, sha: str) -> bytes | None:
        return None

    def begin(self, category: str) -> TicketDraft:
        card = next(one for one in self.categories if one.code == category)
        return self.draft or TicketDraft(card, priority=card.priority)

    def again(self, ticket_id: str) -> TicketDraft | None:
        return TicketDraft(EQUIPMENT, "蒸汽熨斗不热了，客人在等", instead_of="o5", problem=Said("feedback.category_retired", {}))

    def write(self, category: str, text: str, **more: Any) -> None:
        self.done.append(("write", category, text))

    def judge(self, category: str, form: Any) -> tuple[Misfit, ...]:
        card = next(one for one in self.categories if one.code == category)
        missing = [field for field in card.fields if field.required and field.key not in form]
        return tuple(Misfit(field.key, Said("form.missing", {})) for field in missing)

    def send(self) -> str:
        self.done.append(("send",))
        return "t4"

    def throw_away(self) -> None:
        self.draft = None

    def __getattr__(self, name: str) -> Any:
        """The verbs: what was said is remembered."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **more: self.done.append((name, *args, *more.values()))


def a_notice(number: int = 1, **more: Any) -> NoticeCard:
    card = NoticeCard(f"n{number}", Both("新品周五上市，请先学习", "New tea on Friday, please learn it first"), "魏然", AT)
    return replace(card, **more)


NOTICES = (
    a_notice(1, confirm=True, urgent=True),
    a_notice(2, title=Both("空调检修", "Air conditioning"), is_read=False),
    a_notice(3, title=Both("端午排班", "Holiday roster"), confirm=True, is_read=True, confirmed=LATER),
    a_notice(4, title=Both("旧价目表", "Old prices"), is_read=True, withdrawn=True),
)
BANNERS = (
    BannerCard("n1", NOTICES[0].title, "魏然", confirm=True, urgent=True, of=20, done=17),
    BannerCard("n2", NOTICES[1].title, "顾言", confirm=False, urgent=False, of=20, done=3),
)
TEXT = Both(
    "# 请注意\n周五起有**新品**。\n\n- 先看课程\n- 再试做一杯\n\n> 有问题找店长",
    "# Please note\nFrom Friday there is a **new tea**.\n\n- see the course\n- make one\n\n> Ask your manager",
)
FILES = (PhotoCard(SHA, "unasked", "price list.pdf", "application/pdf", 120_000), PhotoCard("cd" * 32, "coming", "Shelf A.jpg"))
PAGES = tuple(PhotoCard(f"{n:02d}" * 32, "here", "price list.pdf", "image/png", 60_000) for n in range(3))
HERE = PhotoCard(SHA, "here", "price list.pdf", "application/pdf", 180_000, PAGES, 3)


def _page(colour: int) -> bytes:
    """A sheet with lines, as a PNG."""
    line = [0xFF] * 10 + [0x60 + colour] * 50 + [0xFF] * 10
    lines = [bytes(v for dot in (line if y % 6 == 3 else [0xFF] * 70) for v in (dot, dot, 0xFF if y < 9 else dot, 0xFF))
             for y in range(100)]  # fmt: skip
    return png_of(b"".join(lines), 70, 100)


SHEETS = {one.sha: _page(40 * n) for n, one in enumerate(PAGES)}


class ScriptedNotices:
    def __init__(self) -> None:
        self.cards = NOTICES
        self.files = FILES

    def home(self) -> tuple[NoticeCard, ...]:
        return self.cards

    def notice(self, notice_id: str) -> NoticePage | None:
        card = next((one for one in self.cards if one.notice_id == notice_id), None)
        if card is None:
            return None
        return NoticePage(
            replace(card, is_read=True), TEXT, At(AT.ms, "2026-06-30", "18:00"), "日期写错了" if card.withdrawn else "",
            self.files,
        )

    def confirm(self, notice_id: str) -> None:
        self.cards = tuple(replace(one, confirmed=LATER) if one.notice_id == notice_id else one for one in self.cards)

    def ask_for(self, notice_id: str, sha: str) -> None:
        assert notice_id and sha

    def attachment(self, sha: str) -> bytes | None:
        return SHEETS.get(sha)


class ScriptedDeskNotices:
    def __init__(self) -> None:
        self.cards = (
            ReadersCard(NOTICES[0], 20, 17, ("王建国", "陈思远", "李晓雯")),
            ReadersCard(NOTICES[1], 20, 20),
        )

    def board(self) -> tuple[ReadersCard, ...]:
        return self.cards

    def remind(self, notice_id: str) -> tuple[str, ...]:
        card = self.cards[0]
        self.cards = (replace(card, reminded=LATER, on_its_way=OnItsWay("o9", "tell", "kept")), *self.cards[1:])
        return card.rest


class ScriptedFloorNotices:
    def __init__(self) -> None:
        self.cards: tuple[BannerCard, ...] = ()

    def banners(self) -> tuple[BannerCard, ...]:
        return self.cards


class ScriptedVoices:
    def __init__(self) -> None:
        self.draft = VoiceDraft()
        self.said = (
            VoiceCard("v1", "schedule", "排班太晚才发，周末没法安排", AT, False, ("下月起提前两周发布",)),
            VoiceCard("v2", "manager", "店长总是迟到", AT, True, (), OnItsWay("o7", "tell", "kept")),
        )

    def home(self) -> VoiceHome:
        return VoiceHome(self.draft, self.said)

    def write(self, about: Any, text: str, *, anonymous: bool) -> None:
        self.draft = VoiceDraft(about, text, anonymous)

    def say(self, about: Any, text: str, *, anonymous: bool) -> str:
        self.said = (VoiceCard("v3", about, text, LATER, anonymous, (), OnItsWay("o8", "tell", "kept")), *self.said)
        self.draft = VoiceDraft()
        return "v3"


class ScriptedTold:
    def __init__(self) -> None:
        self.shown = ToldPage(ToldRow(language="zh", quiet_from_min=1_320, quiet_until_min=420, email="li@example.com"))

    def page(self) -> ToldPage:
        return self.shown

    def say(self, wish: ToldRow) -> None:
        if "@" not in wish.email and wish.email:
            raise Refused("client.email_wrong")
        self.shown = ToldPage(wish, OnItsWay("o10", "tell", "kept"))


class ScriptedHearing:
    """The phone's, the own page's and the desk's."""

    def __init__(self) -> None:
        self.mine, self.own, self.desk = ScriptedFeedback(), ScriptedFeedback(), ScriptedFeedback(answers=True)
        self.desk.open = (
            a_ticket(1, is_mine=False, due="reply", left_min=8),
            a_ticket(3, is_mine=False, due="take", late=True, left_min=-95),
            a_ticket(7, is_mine=False, due="resolve", holder="顾言"),
            replace(OPEN[1], ticket_id="t8"),
        )
        self.my_notices, self.own_notices, self.desk_notices = ScriptedNotices(), ScriptedNotices(), ScriptedDeskNotices()
        self.voices, self.told, self.floor = ScriptedVoices(), ScriptedTold(), ScriptedFloorNotices()
