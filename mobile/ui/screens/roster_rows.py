"""Rows that the pages of the schedule share, and their words: a shift, what a rule says, something of the market."""

from __future__ import annotations

from datetime import date
from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core.views_rosters import Judged, MarketCard, OpenShift, ShiftLine, ShiftWords, SwapChoice
from mobile.ui.say import Say
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.hq_words import chip
from mobile.ui.widgets.surfaces import Card
from mobile.viewmodels.roster_words import card_mark, open_mark, shift_mark

SAYS_MOST = 3
NOTHING: dict[str, Any] = {"chip": "", "chip_icon": "", "chip_tone": "quiet"}


class ShiftRow(MarkedRow):
    """A shift of mine in a list."""


class SwapRow(MarkedRow):
    """What a shift could be swapped for."""


class DealCard(Card):
    """An open shift, an offer, a swap, a loan: what it is, what the rules say, and what can be answered."""

    vm = ObjectProperty(None, allownone=True)
    kind = StringProperty("")
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    more = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    says = StringProperty("")
    says_tone = StringProperty("late")
    ways = StringProperty("")
    yes_words = StringProperty("")
    no_words = StringProperty("")
    undo_words = StringProperty("")
    may_yes = BooleanProperty(True)


for _row in (ShiftRow, SwapRow, DealCard):
    Factory.register(_row.__name__, cls=_row)


def day_words(say: Say, day: str) -> str:
    return say.day(date.fromisoformat(day))


def times(say: Say, line: ShiftLine) -> str:
    """08:00–16:00; of a split shift all stretches."""
    told = "  ".join(say("roster_page.span", **{"from": begins, "to": ends}) for begins, ends in line.spans)
    return f"{told}  {say('roster_page.on_call')}" if line.on_call else told


def details(say: Say, line: ShiftLine) -> str:
    """Store, role, tasks and note, each on a line of its own."""
    role = say("roster_page.role", role=say.both(line.role)) if line.role is not None else ""
    tasks = say("roster_page.tasks", tasks=say("board.join").join(line.tasks)) if line.tasks else ""
    note = say("roster_page.note", note=line.note) if line.note else ""
    return "\n".join(filter(None, (line.store_name, role, tasks, note)))


def shift_row(say: Say, line: ShiftLine, vm: object) -> dict[str, Any]:
    """A shift of mine."""
    return {
        "vm": vm,
        "subject": line.shift_id,
        "words": "  ".join(filter(None, (times(say, line), say.both(line.name)))),
        "sub": details(say, line),
        "more": "",
        "icon_name": "",
        **chip(say, shift_mark(line)),
    }


def colleague_row(say: Say, line: ShiftLine) -> dict[str, Any]:
    """Somebody who works that day."""
    role = say.both(line.role) if line.role is not None else ""
    sub = "  ".join(filter(None, (times(say, line), role)))
    return {"words": line.person_name, "sub": sub, "icon_name": "account_outline", **NOTHING}


def brief(say: Say, words: ShiftWords) -> str:
    """Wed 07-29 07:00–15:00 Yuyuan."""
    facts = {"day": day_words(say, words.day), "from": words.starts, "to": words.ends, "store": words.store_name}
    return say("roster_page.shift_words", **facts)


def says(say: Say, judged: Judged) -> str:
    """What the rules say, the worst first and no more than three; beside what forbids it nothing that merely costs. Where this
    phone does not hold all the rules, that HQ has the last word."""
    forbids = [one for one in judged.says if one.hard]
    told = [say.both(one.sentence) for one in (forbids or judged.says)[:SAYS_MOST]]
    return "\n".join(told if judged.known else [*told, say("roster_page.judged_here")])


def ways(say: Say, judged: Judged) -> str:
    """The ways out of what forbids it."""
    forbids = [one for one in judged.says if one.hard]
    found = [say.both(way) for one in forbids for way in one.ways]
    if forbids and all(one.overridable for one in forbids):
        found.append(say("roster_page.ask_manager"))
    lines = [say("roster_page.way", way=way) for way in dict.fromkeys(found)]
    return "\n".join([say("roster_page.ways"), *lines]) if lines else ""


def open_card(say: Say, shift: OpenShift, vm: object) -> dict[str, Any]:
    """An open shift, to be claimed."""
    line = shift.line
    waits = shift.claim in ("asked", "won")
    return {
        "vm": vm,
        "kind": "open",
        "subject": line.shift_id,
        "words": "  ".join((day_words(say, line.day), times(say, line))),
        "sub": "\n".join(filter(None, (say.both(line.name), details(say, line)))),
        "more": "",
        **chip(say, open_mark(shift)),
        "says": "" if waits else says(say, shift.judged),
        "says_tone": "bad" if shift.judged.forbids else "late" if shift.judged.says else "quiet",
        "ways": "" if waits else ways(say, shift.judged),
        "yes_words": "" if waits else say("roster_page.claim"),
        "may_yes": shift.may_claim,
        "no_words": "",
        "undo_words": "",
    }


def deal_card(say: Say, card: MarketCard, vm: object) -> dict[str, Any]:
    """Something of the market, with the answers it takes."""
    gives = say("roster_page.gives", shift=brief(say, card.gives)) if card.gives is not None else ""
    gets = say("roster_page.gets", shift=brief(say, card.gets)) if card.gets is not None else ""
    one_sided = card.kind in ("claim", "offer", "loan", "absence")
    plain = brief(say, card.gets or card.gives) if one_sided and (card.gets or card.gives) else ""  # type: ignore[arg-type]
    until = say("roster_page.until", at=say.at(card.until)) if card.until is not None and card.may_answer else ""
    reason = say("roster_page.reason", reason=card.reason) if card.reason else ""
    refused = say.said(card.on_its_way.problem) if card.on_its_way is not None and card.on_its_way.problem is not None else ""
    leave = say("roster_page.with_leave") if card.has_leave else ""
    undo = "roster_page.undo_absence" if card.kind == "absence" else "roster_page.undo"
    return {
        "vm": vm,
        "kind": card.kind,
        "subject": card.card_id,
        "words": say(_title(card), who=card.who),
        "sub": plain or "\n".join(filter(None, (gives, gets))),
        "more": "\n".join(filter(None, (card.note, leave, until, reason, refused))),
        **chip(say, card_mark(card)),
        "says": says(say, card.judged) if card.may_answer else "",
        "says_tone": "bad" if card.judged.forbids else "late" if card.judged.says else "quiet",
        "ways": ways(say, card.judged) if card.may_answer else "",
        "yes_words": say("roster_page.agree") if card.may_answer else "",
        "may_yes": not card.judged.forbids,
        "no_words": say("roster_page.decline") if card.may_answer else "",
        "undo_words": say(undo) if card.may_withdraw else "",
    }


def _title(card: MarketCard) -> str:
    if card.kind == "swap":
        what = "swap" if card.gets is not None and card.gives is not None else "give"
        return f"roster_page.card_{what}_by_me" if card.asked_by_me else f"roster_page.card_{what}"
    if card.kind in ("offer", "loan"):
        return f"roster_page.card_{card.kind}" if card.who else f"roster_page.card_{card.kind}_plain"
    return f"roster_page.card_{card.kind}"


def choice_row(say: Say, number: int, choice: SwapChoice, vm: object) -> dict[str, Any]:
    """What my shift could be swapped for, with what the rules say to both."""
    line = choice.line
    if line is None:
        words, sub = say("roster_page.give_to", who=choice.colleague_name), say("roster_page.give_sub")
    else:
        words = say("roster_page.their_shift", who=line.person_name, day=day_words(say, line.day))
        sub = "  ".join(filter(None, (times(say, line), say.both(line.name))))
    sides = [_side(say, "theirs", choice.theirs)] if line is None else [
        _side(say, "mine", choice.mine), _side(say, "theirs", choice.theirs)
    ]  # fmt: skip
    forbidden = {"chip": say("roster_page.not_possible"), "chip_icon": "close", "chip_tone": "bad"}
    return {
        "vm": vm,
        "subject": str(number),
        "words": words,
        "sub": sub,
        "more": "\n".join(sides),
        "icon_name": "",
        **(NOTHING if choice.is_possible else forbidden),
    }


def _side(say: Say, side: str, judged: Judged) -> str:
    if judged.says:
        told = [one for one in judged.says if one.hard] or judged.says
        return "\n".join(say(f"roster_page.{side}_says", said=say.both(one.sentence)) for one in told[:SAYS_MOST])
    return say(f"roster_page.{side}_{'ok' if judged.known else 'unsure'}")
