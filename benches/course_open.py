"""A course of 60 cards with pictures, opened on the phone without signal: from the tap until it stands on the screen.

python -m benches.course_open              the app in a real window (software GL) over the real core, whose link is down
python -m benches.course_open --picture x  the same, and what was drawn as a PNG
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benches.client import display

CARDS, OTHERS, SIZE, PICTURE = 60, 20, (412, 915), (900, 700)
GOAL_MS = 300


def furnish(folder: Path) -> tuple[Any, Any, str]:
    """A phone that holds everything: the course with a picture on every card, and twenty others of twelve cards."""
    from PIL import Image

    from contract.courses import AddMedia, Card
    from server.learning import pictures
    from tests.mobile.field import Field
    from tests.server.courses_of import body, cards, quiz
    from tests.server.training_of import School

    field = Field(folder)
    office, dice = field.office, random.Random(7)
    school = School(folder, world=office)
    shown = []
    for n in range(CARDS):
        raw = io.BytesIO()
        small = Image.frombytes("RGB", (90, 70), dice.randbytes(90 * 70 * 3))
        small.resize(PICTURE, Image.Resampling.BICUBIC).save(raw, "JPEG", quality=90)
        kept = pictures.shrink(raw.getvalue())
        pictures.keep(office.settings.data_dir, kept.sha256, kept.content)
        media: Any = kept.media
        office.must(AddMedia(sha256=kept.sha256, media=media, size=len(kept.content), width=kept.width, height=kept.height))
        words = f"# 第 {n + 1} 步\n先看**图**，再照着做。\n\n- 准备\n- 操作\n- 检查"
        shown.append(Card(key=f"k{n}", kind="picture", title_zh=f"第 {n + 1} 步", zh=words, picture=kept.sha256))
    course = school.publish(body(cards=shown, quiz=quiz(10)))
    for n in range(OTHERS):
        school.publish(body(title_zh=f"课程 {n}", cards=cards(12), quiz=quiz(5)))
    school.pack(course, unit=school.a)
    phone = field.phone_of(school.an)
    for _ in range(60):
        phone.core.sync_once()
        if phone.core._parts.media.waiting() == 0:
            break
    phone.world.link.up = False
    phone.restart()
    return field, phone, course.course_id


def reading(phone: Any, course_id: str, times: int) -> list[float]:
    """Milliseconds in which the core reads the course, the store just opened before the first."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        page = phone.core.learning.course(course_id)
        spent.append((time.perf_counter() - began) * 1000)
    assert page is not None and len(page.cards) == CARDS and all(card.picture.state == "here" for card in page.cards)
    return spent


class Drawn:
    """The app over this very core, in this thread: a tap is answered before the frame that shows it."""

    def __init__(self, core: Any) -> None:
        from kivy.base import EventLoop
        from kivy.core.window import Window

        from mobile.devices.qr import qr_matrix
        from mobile.ui.app import Abilities, OutpostApp
        from mobile.ui.bridge import UiTimers
        from mobile.viewmodels.face import FaceModel
        from tests.ui.scripted_core import AtOnce, InMemory

        Window.size = SIZE
        self.model = FaceModel("phone", AtOnce(core), UiTimers(), InMemory(language="zh"))
        self.app = OutpostApp(self.model, Abilities(qr_matrix, time.time))
        self._loop, self.window = EventLoop, Window
        self.app._run_prepare()
        self.model.start()
        self.model.navigator.go("learn")
        self.still()

    def until(self, true: Callable[[], Any]) -> None:
        until = time.monotonic() + 20
        while not true():
            assert time.monotonic() < until, "it never came"
            self._loop.idle()

    def still(self, frames: int = 30) -> None:
        for _ in range(frames):
            self._loop.idle()

    def course(self, course_id: str) -> tuple[float, float]:
        """Milliseconds from the tap on the course until its cards are drawn; and CPU, drawing in software included."""
        vm, pages = self.model.screens["course"], self.app.shell.pages
        began, worked = time.perf_counter(), time.process_time()
        self.model.screens["learn"].tap_course(course_id)
        self.until(lambda: vm.state.course.page is not None and len(pages["course"].ids.sheet.ids.cards.children) >= 12)
        self._loop.idle()
        return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000

    def card(self, key: str) -> float:
        """Milliseconds from the tap on a card until the frame with its picture is drawn."""
        vm, pages = self.model.screens["course"], self.app.shell.pages
        self.still()
        began = time.perf_counter()
        vm.course.tap_card(key)
        self.until(lambda: pages["course"].ids.sheet.ids.picture.texture is not None)
        self._loop.idle()
        return (time.perf_counter() - began) * 1000

    def back(self) -> None:
        while self.model.navigator.here.screen == "course":
            self.model.screens["course"].tap_back()
        self.still()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--picture")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, display() as screen:
        os.environ |= {"DISPLAY": screen, "KIVY_WINDOW": "sdl2", "KIVY_NO_ARGS": "1", "KIVY_LOG_MODE": "PYTHON"}
        field, phone, course_id = furnish(Path(name))
        try:
            read = reading(phone, course_id, asked.times)
            app = Drawn(phone.core)
            opened, cards = [], []
            for number in range(asked.times):
                opened.append(app.course(course_id))
                cards.append(app.card(f"k{number}"))
                if asked.picture and number == asked.times - 1:
                    app.still()
                    Path(app.window.screenshot(name=asked.picture)).rename(asked.picture)
                app.back()
        finally:
            field.close()
    walls, worked = zip(*opened, strict=True)
    found = {"reading_ms": _told(read), "tap_to_drawn_ms": _told(walls), "cpu_ms": _told(worked), "card_ms": _told(cards)}
    print(json.dumps({"cards": CARDS, **found, "goal_ms": GOAL_MS}))
    return 0


def _told(spent: Sequence[float]) -> dict[str, float]:
    return {"first": round(spent[0], 1), "median": round(statistics.median(spent), 1), "most": round(max(spent), 1)}


if __name__ == "__main__":
    raise SystemExit(main())
