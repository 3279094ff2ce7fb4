"""Scores for looks and taps: every kind of metric, every state of a card, a report in its second revision, long words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mobile.core.photos import Photos
from mobile.core.views import Said
from mobile.core.views_hq import At, Both, OnItsWay
from mobile.core.views_photos import PhotoCard
from mobile.core.views_scores import (
    AppealCard,
    CardView,
    ChangeCard,
    DifferenceCard,
    LevelCard,
    MarkCard,
    MetricCard,
    MyScoresPage,
    ReportView,
    ScoreBoard,
    ScoreForm,
    ScorePerson,
    SelfForm,
    WordCard,
    Working,
)
from tests.ui.scripted_office import A_PHOTO

AT = At(1_780_276_320_000, "2026-06-01", "09:12")
DAYS = ("2026-06-01", "2026-05-31", "2026-05-29")
WRITTEN_SCORES = (
    "李晓雯", "魏然", "顾言", "陈思远", "午高峰很稳", "谢谢，明天也一样", "误按", "看错了", "那天我休息", "已核对，改为 85",
    "上午有点忙乱",
)  # fmt: skip
TEA, SMILE = Both("饮品出品质量", "Quality of drinks"), Both("服务态度", "Service")
WAIT, OPEN = Both("出餐等候", "Waiting for food"), Both("按时开档", "Counter opened on time")
LEVELS = tuple(
    LevelCard(points, Both(zh, en))
    for points, zh, en in (
        ("40", "客人等候时没有招呼", "Guests wait without a word"),
        ("80", "微笑问候，目光接触", "Greets with a smile and looks at the guest"),
        ("100", "记得熟客，主动推荐，还会提醒同事补位", "Knows regulars, recommends, and calls a colleague when the line grows"),
    )
)
METRICS = (
    MetricCard("tea", TEA, Both("抽查三杯", "Three cups are tasted"), "points", "", "", (), "50", "90"),
    MetricCard("smile", SMILE, Both("", ""), "rubric", "", "", LEVELS, "30", "80"),
    MetricCard("wait", WAIT, Both("", ""), "number", "s", "40", (), "15"),
    MetricCard("open", OPEN, Both("", ""), "yes_no", "", "", (), "5", "1"),
)
MARKS = (MarkCard("tea", TEA, "90", "90", ""), MarkCard("wait", WAIT, "50", "80", "", "number", "s"),
         MarkCard("open", OPEN, "1", "100", "", "yes_no"))  # fmt: skip
WORKING = (
    Working(TEA, "store", "90", "", "", "90", "52.63", "47.37", 3),
    Working(WAIT, "store", "50", "40", "s", "80", "15.79", "12.63", 1),
    Working(OPEN, "hq", "", "", "", "", "0", "0", 0, "spread"),
)
CARD = CardView(
    "c1", "p1", "李晓雯", "2026-06-01", "2026-06", "manager", "顾言", MARKS, "午高峰很稳", AT, False,
    (WordCard("r1", "李晓雯", "谢谢，明天也一样", AT, True),),
    (ChangeCard("顾言", "误按", AT, False, MARKS[:1], "看错了"),),
    (AppealCard("那天我休息", AT, "upheld", "已核对，改为 85", "陈思远"),), may_change=True,
    photos=(PhotoCard("ab" * 32, "here"), PhotoCard("cd" * 32, "unasked")),
)  # fmt: skip
BARE = replace(CARD, replies=(), changes=(), appeals=(), photos=(), card_id="c2", comment="上午有点忙乱")
WITHDRAWN = replace(BARE, card_id="c3", marks=(), withdrawn=True, changes=(replace(CARD.changes[0], withdrawn=True),))
DIFFERS = replace(BARE, card_id="c4", differs=True)
APPEALED = replace(BARE, card_id="c5", appeals=(replace(CARD.appeals[0], state="open", answer="", answered_by=""),))
REFUSED = replace(
    BARE, card_id="c6", on_its_way=OnItsWay("o1", "tell", "refused", Said("scoring.month_closed", {"month": "2026-05"}))
)
KEPT = replace(BARE, card_id="c7", on_its_way=OnItsWay("o2", "tell", "kept"))
CARDS = (CARD, BARE, WITHDRAWN, DIFFERS, APPEALED, REFUSED, KEPT)
REPORT = ReportView(
    "m1", "2026-05", 2, Both("茶饮门店", "Tea shop"), "83.5", "", AT, WORKING,
    (DifferenceCard(TEA, "80", "90"), DifferenceCard(Both("", ""), "", "83.5")), "ab" * 32, (),
)  # fmt: skip
BARE_REPORT = replace(REPORT, report_id="m2", month="2026-04", composite="", why="too_little", differences=(), revision=1)


class ScriptedDeskScores:
    """The desk's side."""

    def __init__(self) -> None:
        people = (
            ScorePerson("p1", "李晓雯", Both("茶饮师", "Tea maker"), False, 3, True),
            ScorePerson("p2", "魏然", Both("", ""), True, 12, False),
        )
        self.page = ScoreBoard("2026-06-01", people, CARDS)
        self.day = DAYS[0]
        self.photos: dict[str, bytes] = {}
        self.given: list[str] = []
        self.months: list[str | None] = []  # what was written and given is about
        self.written: list[tuple[str, dict[str, str], str]] = []
        self.words: list[tuple[str, str]] = []

    def board(self) -> ScoreBoard:
        return self.page

    def form(self, person_id: str, month: str | None = None) -> ScoreForm:
        days = () if month is not None else DAYS
        photos = tuple(self.photos.values())
        return ScoreForm(
            person_id, "李晓雯", self.day, METRICS, "午高峰很稳", "86.25", WORKING, CARDS, days=days, photos=photos
        )

    def choose_day(self, person_id: str, day: str) -> None:
        self.day = day

    def add_photo(self, person_id: str, photo: bytes, month: str | None = None) -> None:
        self.photos[Photos.name(photo)] = photo

    def drop_photo(self, person_id: str, sha: str, month: str | None = None) -> None:
        del self.photos[sha]

    def photo(self, card_id: str, sha: str) -> bytes | None:
        return A_PHOTO

    def ask_for_photo(self, card_id: str, sha: str) -> None:
        self.words.append((card_id, sha))

    def write(self, person_id: str, marks: Mapping[str, str], comment: str, month: str | None = None) -> None:
        self.months.append(month)
        self.written.append((person_id, dict(marks), comment))

    def give(self, person_id: str, day: str | None = None, month: str | None = None) -> str:
        self.months.append(month)
        self.given.append(person_id)
        return "c1"

    def withdraw(self, card_id: str, reason: str) -> None:
        self.words.append((card_id, reason))

    def correct(self, card_id: str, marks: Mapping[str, str], comment: str, reason: str) -> None:
        self.words.append((card_id, reason))

    def reply(self, card_id: str, text: str) -> None:
        self.words.append((card_id, text))


class ScriptedMyScores:
    """The phone's side."""

    def __init__(self) -> None:
        trend = (("2026-03", "79.5"), ("2026-04", "87.5"), ("2026-05", "83.5"))
        self.shown = MyScoresPage("2026-06", CARDS, (REPORT, BARE_REPORT), trend, METRICS, replace(BARE, rater="self"))
        self.words: list[tuple[str, str]] = []
        self.begun: dict[str, tuple[dict[str, str], str]] = {}

    def page(self) -> MyScoresPage:
        return self.shown

    def photo(self, card_id: str, sha: str) -> bytes | None:
        return A_PHOTO

    def ask_for_photo(self, card_id: str, sha: str) -> None:
        self.words.append((card_id, sha))

    def reply(self, card_id: str, text: str) -> None:
        self.words.append((card_id, text))

    def appeal(self, card_id: str, reason: str) -> None:
        self.words.append((card_id, reason))

    def appeal_report(self, report_id: str, reason: str) -> None:
        self.words.append((report_id, reason))

    def form(self, month: str) -> SelfForm:
        marks, comment = self.begun.get(month, ({}, ""))
        return SelfForm(month, tuple(replace(one, value=marks.get(one.code, "")) for one in METRICS), comment)

    def write(self, month: str, marks: Mapping[str, str], comment: str) -> None:
        self.begun[month] = (dict(marks), comment)

    def assess(self, marks: Mapping[str, str], comment: str, month: str | None = None) -> str:
        self.words.append((",".join(f"{code}={value}" for code, value in marks.items()), comment))
        return "c9"


class ScriptedScores:
    def __init__(self) -> None:
        self.desk, self.mine = ScriptedDeskScores(), ScriptedMyScores()
