"""Requests, steps, items and hand-overs as the rows of a page: words in the reader's language, tones and signs."""

from __future__ import annotations

from typing import Any

from mobile.core.views import Said
from mobile.core.views_hq import Arrival, HandOver, ItemCard, RequestCard, RequestPage, StepCard
from mobile.ui.say import Say
from mobile.viewmodels.request_words import Mark, card_mark, span_said, step_mark, way_mark

ITEM_ICONS = {
    "request": "pencil_outline",
    "leave": "calendar_range",
    "posting": "swap_horizontal",
    "person": "account_outline",
    "role_change": "shield_lock_outline",
    "delegation": "account_group_outline",
    "day": "clock_outline",
    "punch": "clock_outline",
    "appeal": "hand_wave_outline",
    "statement": "check_all",
    "closing": "lock_outline",
    "roster": "calendar_range",
    "shift": "clock_outline",
    "swap": "swap_horizontal",
    "absence": "account_outline",
    "loan": "account_group_outline",
    "recommendation": "school_outline",
    "course": "school_outline",
    "training": "school_outline",
    "ticket": "pencil_outline",
    "voice": "hand_wave_outline",
    "score": "star_outline",
    "score_report": "star_outline",
    "score_appeal": "star_outline",
}
STAGES: dict[str, tuple[str, str]] = {
    "coming": ("brand", "clock_outline"),
    "running": ("good", "check_circle"),
    "over": ("quiet", "history"),
    "called_off": ("quiet", "minus_circle_outline"),
}


def chip(say: Say, mark: Mark) -> dict[str, Any]:
    return {"chip": say.said(mark.said), "chip_icon": mark.icon, "chip_tone": mark.tone}


def stage_chip(say: Say, page: str, stage: str) -> dict[str, Any]:
    tone, icon = STAGES[stage]
    return {"chip": say(f"{page}.stage_{stage}"), "chip_icon": icon, "chip_tone": tone}


def where_it_is(say: Say, card: RequestCard) -> str:
    """At which step, since when."""
    if card.state != "running" or card.step is None:
        return ""
    if card.waiting_ms is None:
        return say("requests.at_step_plain", step=say.both(card.step))
    return say("requests.at_step", step=say.both(card.step), span=say.said(span_said(card.waiting_ms)))


def request_row(say: Say, card: RequestCard, vm: object) -> dict[str, Any]:
    return {
        "vm": vm,
        "subject": card.request_id,
        "words": say.both(card.name),
        "sub": say("requests.of", who=card.person_name, at=say.at(card.submitted)),
        "more": where_it_is(say, card),
        "icon_name": "",
        **chip(say, card_mark(card)),
    }


def item_row(say: Say, card: ItemCard, vm: object) -> dict[str, Any]:
    row = {
        "vm": vm,
        "subject": card.item_id,
        "words": say.told(card.said),
        "sub": say.at(card.born),
        "more": say("inbox_page.due", at=say.at(card.due)) if card.due is not None and card.is_open else "",
        "icon_name": ITEM_ICONS.get(card.about, "bell_outline"),
        "chip": "",
        "chip_icon": "",
        "chip_tone": "quiet",
    }
    if card.settled_here:
        return {**row, "chip": say("inbox_page.settled"), "chip_icon": "cellphone"}
    if card.overdue:
        return {**row, "chip": say("inbox_page.overdue"), "chip_icon": "clock_alert_outline", "chip_tone": "bad"}
    return row


def step_rows(say: Say, page: RequestPage) -> list[dict[str, Any]]:
    """The line: that it was asked comes first, unless a step of the applicant's own says so."""
    rows = [_step_row(say, step) for step in page.steps]
    if not page.steps or page.steps[0].decided_by != page.applicant_name:
        rows.insert(0, _asked_row(say, page))
    for row in rows:
        row["is_last"] = row is rows[-1]
    return rows


def _asked_row(say: Say, page: RequestPage) -> dict[str, Any]:
    way = page.card.on_its_way
    mark = way_mark(way) if way is not None and way.act == "submit" else Mark(Said("requests.step_asked", {}), "good", "check")
    return {
        "words": say("requests.submitted_by", who=page.applicant_name),
        "who": say.at(page.card.submitted),
        "comment": "",
        "way": "",
        **chip(say, mark),
    }


def _step_row(say: Say, step: StepCard) -> dict[str, Any]:
    ours = step.on_its_way
    return {
        "words": say.both(step.title),
        "who": _who(say, step),
        "comment": say("requests.comment", comment=step.comment) if step.comment else "",
        "way": "" if ours is None else say.said(way_mark(ours).said),
        **chip(say, step_mark(step)),
    }


def _who(say: Say, step: StepCard) -> str:
    if step.decided_by:
        if step.for_whom:
            return say("requests.decided_for", who=step.decided_by, whom=step.for_whom, at=say.at(step.decided))
        return say("requests.decided_by", who=step.decided_by, at=say.at(step.decided))
    if step.state != "open":
        return ""
    span = say.said(span_said(step.waiting_ms or 0))
    names = say("requests.names_join").join(step.who)
    waits = say("requests.waits_for", who=names, span=span) if names else say("requests.waits_for_nobody", span=span)
    if step.signatures > 1 and step.signed:
        signed = say("requests.signed", who=say("requests.names_join").join(step.signed), count=step.signatures)
        return f"{waits}\n{signed}"
    return waits


def answer_rows(say: Say, page: RequestPage) -> list[dict[str, Any]]:
    """The form as it was filled in."""
    rows = []
    for line in page.answers:
        text = say.both(line.text)
        if line.kind == "date":
            text = say.iso_day(text)
        elif line.kind == "yes_no":
            text = say("ui.yes" if text == "true" else "ui.no")
        elif line.kind == "half_day":
            text = say(f"requests.half_{text}")
        elif line.kind == "photo":
            text = say("requests.photos", count=text)
        rows.append({"words": say.both(line.label) or say("requests.field_other"), "value": text})
    return rows


def note_rows(say: Say, page: RequestPage) -> list[dict[str, Any]]:
    """What happened beside decisions."""
    return [{"words": say.at(at), "value": say.told(said)} for at, said in page.notes]


def tick_rows(say: Say, arrival: Arrival, vm: object) -> list[dict[str, Any]]:
    return [_tick_row(say, line, vm) for line in arrival.hand_over]


def _tick_row(say: Say, line: HandOver, vm: object) -> dict[str, Any]:
    told = say(f"hand_over.{line.direction}")
    if line.on_its_way is not None:
        sub = say.said(way_mark(line.on_its_way).said)
    elif line.done:
        sub = say("hand_over.done_by", who=line.done_by, at=say.at(line.done_at))
    else:
        sub = "" if line.side_is_ours else say("hand_over.other_side")
    return {
        "vm": vm,
        "item_id": line.item_id,
        "words": say.both(line.title),
        "sub": say("hand_over.told", direction=told, sub=sub) if sub else told,
        "done": line.done,
        "wanted": not line.done,
        "disabled": not line.side_is_ours,
    }


def to_tick(say: Say, arrival: Arrival) -> str:
    return say("hand_over.to_tick", count=arrival.to_tick) if arrival.to_tick else say("hand_over.all_ticked")


def stay_words(say: Say, starts_on: str, last_day: str | None) -> str:
    last = say.iso_day(last_day) if last_day else say("profile_page.open_end")
    return say("ui.days_span", first=say.iso_day(starts_on), last=last)


def arrival_facts(say: Say, arrival: Arrival) -> list[dict[str, Any]]:
    """The arrival card: no pay, ever; the number as HQ masked it."""
    facts = [
        ("number", arrival.number),
        ("home_unit", arrival.home_unit),
        ("home_manager", arrival.home_manager),
        ("post", say.both(arrival.post)),
        ("starts_on", say.iso_day(arrival.starts_on)),
        ("last_day", say.iso_day(arrival.last_day) if arrival.last_day else say("profile_page.open_end")),
        ("masked_id", arrival.masked_id),
        ("courses", "\n".join(_mark(say, mark) for mark in arrival.courses) or say("hand_over.no_courses")),
        ("last_score", _mark(say, arrival.last_score) if arrival.last_score is not None else say("hand_over.no_courses")),
    ]
    return [{"words": say(f"hand_over.{name}"), "value": value} for name, value in facts if value]


def _mark(say: Say, mark: Any) -> str:
    told = f"{say.both(mark.title)} {say.iso_day(mark.day)}"
    return told if mark.tenths is None else f"{told} {say('hand_over.points', points=f'{mark.tenths / 10:g}')}"
