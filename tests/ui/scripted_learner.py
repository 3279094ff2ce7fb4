"""One's own learning on the phone for looks and taps: beside courses the library, certificates, the path and the wish."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace

from contract.growth import WishFor
from mobile.core.views import Refused
from mobile.core.views_hq import At, Both, OnItsWay
from mobile.core.views_learning import (
    CareerLine,
    CareerPage,
    CertificateCard,
    CourseCard,
    CoursePage,
    LearnHome,
    PathChoice,
    StageCard,
)
from tests.ui.scripted_learning import AT, DONE, HYGIENE, ScriptedLearning

BASICS = CourseCard("k6", Both("新员工入门", "First days at work"), minutes=12, cards=20, percent=35, standing="begun")
WINE = CourseCard("k7", Both("葡萄酒与餐食搭配", "Which wine goes with which dish"), minutes=15, cards=24, has_quiz=True)
EXAM = CourseCard("k8", Both("门店安全考试", "Safety exam"), minutes=20, has_quiz=True, standing="waiting", percent=0)
CERTIFICATES = (
    CertificateCard("z1", "k5", DONE.title, "李晓雯", AT, 92, "OC-7K3M-9Q2X-4TRP", "https://hq.example.com/verify/OC-7K3M-9Q2X-4TRP"),
    CertificateCard(
        "z2", "k6", BASICS.title, "李晓雯", At(AT.ms - 86_400_000 * 40, "2026-04-22", "18:05"), None, "OC-2B8W-6HND-3VKC",
        "https://hq.example.com/verify/OC-2B8W-6HND-3VKC",
    ),
)  # fmt: skip
STAGES = (
    StageCard(
        "s1", Both("上手期", "Settling in"), 1, 3, "past",
        (CareerLine("months", True, Both("", ""), have="3", need="3"), CareerLine("course", True, BASICS.title, "k6")),
    ),
    StageCard(
        "s2", Both("独立期", "On one's own"), 4, 9, "now",
        (
            CareerLine("months", False, Both("", ""), have="2", need="6"),
            CareerLine("exam", False, HYGIENE.title, "k2", have="58", need="80"),
            CareerLine("indicator", False, Both("顾客满意度", "Guests' satisfaction"), have="72", need="85"),
        ),
    ),
    StageCard("s3", Both("储备店长", "Deputy manager"), 10, 18, "later", (CareerLine("course", False, WINE.title, "k7"),)),
)  # fmt: skip
PATHS = (PathChoice("p1", Both("门店管理", "Store management")), PathChoice("p2", Both("区域管理", "Region management")))


def _png(width: int = 64, height: int = 32) -> bytes:
    """A small picture, drawn here."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + b"".join(bytes((40 + x * 3, 140, 120)) for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(line * height)) + chunk(b"IEND", b"")


A_PICTURE = _png()


class ScriptedLearner(ScriptedLearning):
    """The phone's person."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: tuple[CourseCard, ...] = ()
        self.library: tuple[CourseCard, ...] = ()
        self.held: tuple[CertificateCard, ...] = ()
        self.career = CareerPage(paths=PATHS)
        self.locked: Refused | None = None
        self.drawn: bytes | None = None

    def busy(self) -> None:
        super().busy()
        self.begun, self.library, self.held = (BASICS, EXAM), (WINE,), CERTIFICATES
        self.on_a_path()

    def on_a_path(self) -> None:
        self.career = CareerPage(
            Both("门店管理", "Store management"), 5, STAGES,
            (Both("满 6 个月", "6 months in the stage"), HYGIENE.title, Both("顾客满意度", "Guests' satisfaction")),
            "promotion", "p1", "", AT, paths=PATHS,
        )  # fmt: skip

    def home(self, sought: str = "") -> LearnHome:
        if self.locked is not None:
            raise self.locked
        shown = super().home()
        shown = replace(
            shown, begun=self.begun, library=self.library, certificates=len(self.held), has_path=self.career.name is not None
        )
        if not sought.strip():
            return shown
        every = (*shown.due, *shown.recommended, *shown.begun, *shown.library, *shown.done)
        words = sought.strip().casefold()
        return replace(shown, found=tuple(one for one in every if words in f"{one.title.zh} {one.title.en}".casefold()))

    def course(self, course_id: str) -> CoursePage | None:
        page = super().course(course_id)
        if page is None or self.drawn is None:
            return page
        cards = [
            replace(one, picture=replace(one.picture, state="here")) if one.picture is not None else one for one in page.cards
        ]
        return replace(page, cards=tuple(cards))

    def picture(self, sha: str) -> bytes | None:
        return self.drawn

    def certificates(self) -> tuple[CertificateCard, ...]:
        if self.locked is not None:
            raise self.locked
        return self.held

    def path(self) -> CareerPage:
        if self.locked is not None:
            raise self.locked
        return self.career

    def say_wish(self, wish: WishFor, path_id: str | None = None, note: str = "") -> None:
        self._do("wish", wish, path_id, note)
        self.career = replace(
            self.career, wish=wish, wish_path=path_id, wish_note=note, wished=AT, on_its_way=OnItsWay("o9", "submit", "kept")
        )
