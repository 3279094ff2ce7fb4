"""What somebody needs before and at the beginning of work at a store, line by line: on their own page and at the desk."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core.views_learning import OnboardingCard, OnboardingLine
from mobile.ui.say import Say
from mobile.ui.widgets.press import Row

FEW = 4  # of what a record lacks


class OnboardingRow(Row):
    """A line of the list. A course that is here can be opened from it."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    done = BooleanProperty(False)
    opens = BooleanProperty(False)


Factory.register("OnboardingRow", cls=OnboardingRow)


def onboarding_rows(say: Say, card: OnboardingCard | None, vm: object | None) -> list[dict[str, Any]]:
    """Without a `vm` nothing can be opened: at the desk one only looks."""
    return [_row(say, line, vm) for line in card.lines] if card is not None else []


def _row(say: Say, line: OnboardingLine, vm: object | None) -> dict[str, Any]:
    opens = vm is not None and line.held and not line.done and line.course_id is not None
    return {
        "vm": vm,
        "subject": line.course_id or "",
        "words": say(f"newcomers.{line.kind}", title=say.both(line.title)),
        "sub": "" if line.done else missing_words(say, line),
        "done": line.done,
        "opens": opens,
        "disabled": not opens,
    }


def missing_words(say: Say, line: OnboardingLine) -> str:
    """What the record lacks, in the words of the record where it has them: the first few, and how many more."""
    known = ((key, f"console.archive.wanted.{key}") for key in line.missing)
    names = [say(said) if say.knows(said) else key for key, said in known]
    what = say("board.join").join(names[:FEW])
    if len(names) > FEW:
        return say("newcomers.missing_more", what=what, count=len(names))
    return say("newcomers.missing", what=what) if names else ""


def missing_titles(say: Say, card: OnboardingCard) -> str:
    """What is missing, by name."""
    names = [say(f"newcomers.{line.kind}", title=say.both(line.title)) for line in card.lines if not line.done]
    return say("board.join").join(names)


def onboarding_mark(say: Say, card: OnboardingCard | None, part: str) -> str:
    """How far it is, and whether work waits for it."""
    if card is None:
        return "quiet" if part == "chip_tone" else ""
    told = say("newcomers.done_of", n=card.done, of=len(card.lines))
    if card.complete:
        return {"chip": told, "chip_icon": "check_circle", "chip_tone": "good"}[part]
    key, tone = ("newcomers.may_work", "late") if card.may_work else ("newcomers.may_not_work", "bad")
    return {"chip": say("newcomers.mark", done=told, work=say(key)), "chip_icon": "alert_circle_outline", "chip_tone": tone}[part]
