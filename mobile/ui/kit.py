"""Loads the widget kit: the classes and their kv, once for each process."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder

from mobile.ui.widgets import feedback, field, form, frame, photo, press, prose, qr, quiz, surfaces, words
from mobile.ui.widgets.shadow import shadow

HERE = Path(__file__).parent
KIT = (words, press, surfaces, feedback, field, form, frame, qr, prose, photo, quiz)
FILES = ("text.kv", "press.kv", "surfaces.kv", "form.kv", "prose.kv", "photo.kv", "quiz.kv")


def load_kit() -> None:
    shadow.make()
    for name in FILES:
        load_kv(HERE / "widgets" / name)


def load_kv(path: Path) -> None:
    """A second load would apply every rule twice and double every child."""
    if str(path) not in Builder.files:
        Builder.load_file(str(path))
