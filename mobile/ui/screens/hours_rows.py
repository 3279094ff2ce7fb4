"""Rows that the pages of hours share, and their words: a shift, a stretch of presence, a week, a sum, a line of the working."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from contract.statements import Side
from mobile.core.views import FloorPerson
from mobile.core.views_hours import Changed, DutyCard, Objection, ShiftCard, Signed, WeekCard, WeekDay, WeekPage
from mobile.ui.say import Say
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.hq_words import chip
from mobile.ui.widgets.press import Row
from mobile.viewmodels.hours_words import DAY_STATES, minutes_said, week_mark

SIDE_ICONS: dict[Side, str] = {"employee": "account_outline", "store": "store_outline", "hq": "domain"}
OUTCOMES = {"": ("late", "progress_clock"), "stands": ("quiet", "check"), "corrected": ("good", "check_circle")}


class WeekRow(MarkedRow):
    """A week in a list."""

    chosen = BooleanProperty(False)


class BoardRow(MarkedRow):
    """Somebody on the manager's board."""

    chosen = BooleanProperty(False)


class WeekDayRow(Row):
    """A day of a statement: when, how long, what it was. It can be pointed at while somebody words a disagreement."""

    vm = ObjectProperty(None, allownone=True)
    day = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    amount = StringProperty("")
    icon_name = StringProperty("")
    tone = StringProperty("quiet")
    chosen = BooleanProperty(False)
    can_choose = BooleanProperty(False)


class SumRow(BoxLayout):
    """A name and an amount on one line."""

    words = StringProperty("")
    value = StringProperty("")


class LineRow(BoxLayout):
    """A sentence of a list, with what stands under it."""

    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    tone = StringProperty("quiet")


for _row in (WeekRow, BoardRow, WeekDayRow, SumRow, LineRow):
    Factory.register(_row.__name__, cls=_row)


def amount(say: Say, minutes: int) -> str:
    return say.said(minutes_said(minutes))


def shift_words(say: Say, person: FloorPerson) -> str:
    """Today's shifts of somebody on the tablet's start page."""
    return " ".join(say("phone.shift_line_plain", from_at=begins, to_at=ends) for begins, ends in person.shifts)


def shift_line(say: Say, shift: ShiftCard, at_store: str = "") -> str:
    """When and where; not where it is said already (`at_store`)."""
    key = "phone.shift_line" if shift.store_name and shift.store_name != at_store else "phone.shift_line_plain"
    words = say(key, from_at=shift.starts.hhmm, to_at=shift.ends.hhmm, store=shift.store_name)
    return f"{words} {say('phone.on_call')}" if shift.kind == "on_call" else words


def duty_words(say: Say, duty: DutyCard | None, at_store: str = "") -> str:
    """What is due on a day, one shift a line; off by which holiday."""
    if duty is None:
        return say("phone.shift_none")
    if duty.is_off:
        return say("phone.shift_off_holiday", holiday=say.both(duty.holiday)) if duty.holiday else say("phone.shift_off")
    return "\n".join(shift_line(say, shift, at_store) for shift in duty.shifts)


def next_words(say: Say, duty: DutyCard | None, at_store: str = "") -> str:
    if duty is None or duty.is_off:
        return ""
    day = say.day(date.fromisoformat(duty.day))
    return say("phone.shift_next", day=day, shift=shift_line(say, duty.shifts[0], at_store))


def counts_words(say: Say, counts: Iterable[tuple[str, int]], total: int) -> str:
    """ "8 people: 5 in, 2 late, 1 on leave". What nobody is is not told."""
    told = [say(f"board.count_{word}", count=count) for word, count in counts if count]
    join = say("board.join")
    return join.join([say("board.total", count=total), *told])


# weeks


def week_words(say: Say, card: WeekCard) -> str:
    return say("week_page.week", number=int(card.week[-2:]))


def week_span(say: Say, card: WeekCard) -> str:
    return say("ui.days_span", first=say.iso_day(card.from_day), last=say.iso_day(card.to_day))


def week_row(say: Say, card: WeekCard, vm: object, *, names_person: bool = False) -> dict[str, Any]:
    who = card.person_name if names_person else card.store_name
    return {
        "vm": vm,
        "subject": card.statement_id,
        "words": who if names_person else week_words(say, card),
        "sub": "\n".join((week_words(say, card) if names_person else who, week_span(say, card))),
        "more": "\n".join(filter(None, (_so_much(say, card), _by_when(say, card)))),
        "icon_name": "",
        **chip(say, week_mark(card)),
    }


def _so_much(say: Say, card: WeekCard) -> str:
    revision = say("week_page.revision", revision=card.revision) if card.revision > 1 else ""
    worked = say("week_page.worked", amount=amount(say, card.worked_min))
    return say("board.join").join(filter(None, (worked, revision)))


def _by_when(say: Say, card: WeekCard) -> str:
    """Only to whom it waits for."""
    if not card.waits_for_me or card.due_day is None:
        return ""
    return say("week_page.overdue" if card.overdue else "week_page.due", day=say.day(date.fromisoformat(card.due_day)))


def week_days(say: Say, page: WeekPage | None, vm: object, *, objecting: bool, chosen: str) -> list[dict[str, Any]]:
    return [_week_day(say, day, vm, objecting=objecting, chosen=chosen) for day in page.days] if page is not None else []


def _week_day(say: Say, day: WeekDay, vm: object, *, objecting: bool, chosen: str) -> dict[str, Any]:
    tone, icon = DAY_STATES.get(day.state, ("quiet", "circle_outline"))
    key = f"hours_page.state_{day.state}"
    spans = " ".join(say("day_page.span", from_at=begins, to_at=ends) for begins, ends in day.spans)
    more = [say("week_page.overtime", amount=amount(say, day.overtime_min))] if day.overtime_min else []
    more += [say("week_page.leave", amount=amount(say, day.leave_min))] if day.leave_min else []
    told = say(key) if say.knows(key) else day.state
    return {
        "vm": vm,
        "day": day.day,
        "words": say.day(date.fromisoformat(day.day)),
        "sub": "\n".join(filter(None, (told, spans, " ".join(more)))),
        "amount": amount(say, day.worked_min) if day.worked_min else say("week_page.day_none"),
        "icon_name": "check_circle" if objecting and day.day == chosen else icon,
        "tone": "brand" if objecting and day.day == chosen else tone,
        "chosen": objecting and day.day == chosen,
        "can_choose": objecting,
    }


def week_sums(say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
    if page is None:
        return []
    named = (
        ("day_page.worked_min", page.card.worked_min),
        ("day_page.overtime_min", page.overtime_min),
        ("day_page.leave_min", page.leave_min),
        ("day_page.night_min", page.night_min),
    )
    return [{"words": say(key), "value": amount(say, minutes)} for key, minutes in named if minutes or key.endswith("worked_min")]


def signed_rows(say: Say, signed: tuple[Signed, ...]) -> list[dict[str, Any]]:
    """Three sides, each with who and when, or that nobody has yet."""
    return [_signed(say, one) for one in signed]


def _signed(say: Say, one: Signed) -> dict[str, Any]:
    done = one.at is not None
    who = _who_signed(say, one) if done else say("week_page.not_signed")
    return {
        "words": say(f"week_page.side_{one.side}"),
        "sub": who,
        "icon_name": "check_circle" if done else SIDE_ICONS[one.side],
        "tone": "good" if done else "quiet",
    }


def _who_signed(say: Say, one: Signed) -> str:
    at = say.at(one.at)
    if not one.way:
        return say("week_page.signed_by", who=one.name, at=at)
    return say("week_page.signed_by_way", who=one.name, at=at, way=say(f"statement.way.{one.way}"))


def change_rows(say: Say, changes: tuple[Changed, ...]) -> list[dict[str, Any]]:
    return [_change(say, one) for one in changes]


def _change(say: Say, one: Changed) -> dict[str, Any]:
    day = say.day(date.fromisoformat(one.day)) if one.day else say("week_page.change_week")
    field = f"day_page.{one.field}"
    return {
        "words": say("week_page.change_of", day=day, field=say(field) if say.knows(field) else one.field),
        "sub": say("week_page.change", before=amount(say, one.before), after=amount(say, one.after)),
        "icon_name": "history",
        "tone": "late",
    }


def objection_rows(say: Say, objections: tuple[Objection, ...]) -> list[dict[str, Any]]:
    return [_objection(say, one) for one in objections]


def _objection(say: Say, one: Objection) -> dict[str, Any]:
    tone, icon = OUTCOMES.get(one.outcome, OUTCOMES[""])
    about = say("week_page.object_day", day=say.iso_day(one.day)) if one.day else say("week_page.object_week")
    end = say(f"week_page.objection_{one.outcome or 'open'}")
    answer = say("day_page.answer", answer=one.answer) if one.answer else ""
    side = say("week_page.objection_of", side=say(f"week_page.side_{one.side}"), at=say.at(one.made))
    return {
        "words": one.reason,
        "sub": "\n".join(filter(None, (about, side, end, answer))),
        "icon_name": icon,
        "tone": tone,
    }


def earlier_rows(say: Say, page: WeekPage | None) -> list[dict[str, Any]]:
    found = page.earlier if page is not None else ()
    return [
        {
            "words": say("week_page.revision", revision=one.revision),
            "sub": " ".join(
                (
                    say("week_page.worked", amount=amount(say, one.worked_min)),
                    say("week_page.earlier_signed", count=sum(side.at is not None for side in one.signed)),
                )
            ),
            "icon_name": "history",
            "tone": "quiet",
        }
        for one in found
    ]
