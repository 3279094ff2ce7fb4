"""A course in a list, in words: what it is called, until when, how far one is, what waits for it."""

from __future__ import annotations

from typing import Any

from mobile.core.views_learning import CourseCard
from mobile.ui.say import Say

STANDINGS = {
    "new": ("quiet", "circle_outline"), "begun": ("brand", "progress_clock"), "failed": ("late", "refresh"),
    "waiting": ("quiet", "timer_sand"), "done": ("good", "check_circle"),
}  # fmt: skip


def course_row(say: Say, card: CourseCard, vm: object, chosen: str = "") -> dict[str, Any]:
    """A course as a list shows it."""
    why = say.both(card.why)
    return {
        "vm": vm, "subject": card.course_id, "words": say.both(card.title), "sub": due_words(say, card) or size_words(say, card),
        "more": why or gate_words(say, card), "share": card.percent / 100, "chosen": card.course_id == chosen,
        **standing(say, card),
    }  # fmt: skip


def standing(say: Say, card: CourseCard) -> dict[str, str]:
    """How far somebody is, in colour, icon and word; what is late is said first."""
    tone, icon = STANDINGS[card.standing]
    words = say(f"lesson.standing_{card.standing}", percent=card.percent, grade=card.grade if card.grade is not None else 100)
    if card.standing == "begun" and card.percent == 100 and card.has_quiz:
        words = say("lesson.standing_read")  # what is left is said: 100 % on a course that is due reads like a mistake
    if card.late and card.standing != "done":
        tone, icon, words = "bad", "clock_alert_outline", say("lesson.late", words=words)
    return {"chip": words, "chip_icon": icon, "chip_tone": tone}


def due_words(say: Say, card: CourseCard) -> str:
    """By when, and from whom."""
    if card.standing == "done" or card.origin is None:
        return ""
    told = [say("lesson.due", day=say.iso_day(card.due_on))] if card.due_on else []
    told += [say("lesson.from", name=card.from_name)] if card.from_name else [say(f"lesson.origin_{card.origin}")]
    told += [card.note] if card.note else []
    return say("board.join").join(told)


def size_words(say: Say, card: CourseCard) -> str:
    """How long it takes and how many cards there are."""
    told = [say("lesson.minutes", count=card.minutes)] if card.minutes else []
    told += [say("lesson.cards", count=card.cards)] if card.cards else []
    told += [say("lesson.with_quiz")] if card.has_quiz else []
    return say("board.join").join(told)


def gate_words(say: Say, card: CourseCard) -> str:
    """What it means for shifts while it is not done."""
    if card.gate == "none" or card.standing == "done":
        return ""
    return say(f"lesson.gate_{card.gate}", store=card.gate_store)
