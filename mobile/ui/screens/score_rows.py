"""Parts of score cards that the tablet's desk and the phone both show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.views_scores import AppealCard, CardView, MarkCard, MetricCard, Working
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.widgets.press import Row
from mobile.viewmodels.request_words import way_mark

assert hq_rows  # its rows are registered by being imported
TREND_MONTHS = 12
QUICK_POINTS = ("60", "70", "80", "90", "100")
TILES_MOST = 5  # levels of a rubric beside each other: more would leave no room for their words


class LevelRow(Row):
    """A level of a rubric: what one sees when it is met. A tap chooses it."""

    vm = ObjectProperty(None, allownone=True)
    code = StringProperty("")
    value = StringProperty("")
    words = StringProperty("")
    chosen = BooleanProperty(False)


class LevelTile(Row):
    """The same beside its neighbours, where there is room for all of them in one line."""

    vm = ObjectProperty(None, allownone=True)
    code = StringProperty("")
    value = StringProperty("")
    words = StringProperty("")
    chosen = BooleanProperty(False)


class MetricToEnter(BoxLayout):
    """Something to score by, with the way it is entered: `control` is levels, tiles, points, choice or typed."""

    vm = ObjectProperty(None, allownone=True)
    code = StringProperty("")
    control = StringProperty("typed")
    words = StringProperty("")
    sub = StringProperty("")
    hint = StringProperty("")
    value = StringProperty("")
    options = ListProperty([])
    levels = ListProperty([])


class ScoreMetric(MetricToEnter):
    """In a column, as a phone has room."""


class WideMetric(MetricToEnter):
    """The name beside what is entered: a card of five lies on a tablet without a swipe."""


class ScoreWord(BoxLayout):
    """A word, a change or an appeal under a card."""

    words = StringProperty("")
    sub = StringProperty("")
    tone = StringProperty("quiet")


class ScoreCardRow(MarkedRow):
    """A card in a list."""

    chosen = BooleanProperty(False)


class PersonToScore(Row):
    """One of the store's people, on one line: of a store of twelve most are seen at once."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    chosen = BooleanProperty(False)


class ReportRow(MarkedRow):
    """A month report in a list."""


class TrendRow(BoxLayout):
    """A month's composite as a bar of 100; `here` is the month that lies open."""

    words = StringProperty("")
    value = StringProperty("")
    share = NumericProperty(0.0)
    here = BooleanProperty(False)


class PhraseRow(Row):
    """A ready phrase."""

    vm = ObjectProperty(None, allownone=True)
    words = StringProperty("")


for _part in (
    LevelRow, LevelTile, ScoreMetric, WideMetric, ScoreWord, ScoreCardRow, PersonToScore, ReportRow, TrendRow, PhraseRow,
):  # fmt: skip
    Factory.register(_part.__name__, cls=_part)


def metric_rows(
    say: Say, vm: Any, metrics: Sequence[MetricCard], values: Mapping[str, str], *, wide: bool = False
) -> list[dict[str, Any]]:
    """What is entered, metric by metric. `wide`: for a WideMetric, where what each one means stands elsewhere."""
    return [_metric(say, vm, one, values.get(one.code, ""), wide) for one in metrics]


def meaning_facts(say: Say, metrics: Sequence[MetricCard]) -> list[dict[str, Any]]:
    """What is looked at, of those metrics that say so."""
    return [{"words": say.both(one.name), "value": say.both(one.means)} for one in metrics if say.both(one.means)]


def _metric(say: Say, vm: Any, one: MetricCard, value: str, wide: bool) -> dict[str, Any]:
    options: list[tuple[str, str]] = []
    control = "typed"
    if one.kind == "rubric":
        control = "tiles" if wide and len(one.levels) <= TILES_MOST else "levels"
    elif one.kind == "yes_no":
        control, options = "choice", [("1", say("scores.yes")), ("0", say("scores.no"))]
    elif one.kind == "points":
        control, options = "points", [(points, points) for points in QUICK_POINTS]
    weight = say("scores.weight", weight=one.weight) if one.weight else ""
    target = say("scores.target", target=one.target, unit=unit_words(say, one.unit)) if one.target and control == "typed" else ""
    return {
        "vm": vm, "code": one.code, "control": control, "words": say.both(one.name),
        "sub": say("ticket.join").join(part for part in (weight, target, "" if wide else say.both(one.means)) if part),
        "hint": say("scores.points_hint") if one.unit in ("", "points") else one.unit, "value": value, "options": options,
        "levels": [
            {
                "vm": vm, "code": one.code, "value": level.points, "chosen": level.points == value,
                "words": say.both(level.text) if control == "tiles"
                else say("scores.level", points=level.points, text=say.both(level.text)),
            }
            for level in one.levels
        ] if control in ("levels", "tiles") else [],
    }  # fmt: skip


def unit_words(say: Say, unit: str) -> str:
    """A unit as it stands behind its number: points in the reader's language, Latin ones after a space."""
    if unit == "points":
        return say("scores.unit_points")
    return f" {unit}" if unit and unit[0].isascii() else unit


def mark_facts(say: Say, card: CardView | None) -> list[dict[str, Any]]:
    """The marks of a card; of what was withdrawn those that counted."""
    if card is None:
        return []
    marks = card.marks or (card.changes[-1].before if card.changes else ())
    return [{"words": say.both(one.name), "value": mark_words(say, one)} for one in marks]


def mark_words(say: Say, one: MarkCard) -> str:
    """A mark as people say it, with what was said about it alone."""
    if one.kind == "yes_no":
        told = say("scores.yes" if one.points != "0" else "scores.no")
    elif one.value == one.points or not one.points:
        told = say("scores.mark", points=one.value)
    else:
        told = say("scores.mark_of", value=one.value, unit=unit_words(say, one.unit), points=one.points)
    return say("scores.mark_with", mark=told, comment=one.comment) if one.comment else told


def when_of(say: Say, card: CardView) -> str:
    """What a card in a list is about, in words."""
    return {"moment": say.at(card.said), "day": say.iso_day(card.day), "month": card.month}[card.about]


def card_row(say: Say, vm: Any, card: CardView, chosen: str, *, by: str) -> dict[str, Any]:
    """A card in a list, with the one thing that is to be known of it."""
    chip: tuple[str, str, str] = ("", "", "quiet")
    if card.differs:
        chip = (say("scores.differs"), "alert_circle_outline", "bad")
    elif card.on_its_way is not None:
        mark = way_mark(card.on_its_way)
        chip = (say.said(mark.said), mark.icon, mark.tone)
    elif card.withdrawn:
        chip = (say("scores.withdrawn"), "minus_circle_outline", "quiet")
    elif card.has_open_appeal:
        chip = (say("scores.appeal_open"), "hand_wave_outline", "late")
    elif card.replies and not card.replies[-1].is_mine:
        chip = (say("scores.replied"), "pencil_outline", "brand")
    marks = say("board.join").join(f"{say.both(one.name)} {one.points}" for one in card.marks[:3])
    return {
        "vm": vm, "subject": card.card_id, "words": by, "sub": marks or say("scores.withdrawn"),
        "more": card.comment, "icon_name": "star_outline", "chip": chip[0], "chip_icon": chip[1], "chip_tone": chip[2],
        "chosen": card.card_id == chosen,
    }  # fmt: skip


def story_rows(say: Say, card: CardView | None) -> list[dict[str, Any]]:
    """Everything said after a card was given, in its order of kind: changes, replies, appeals."""
    if card is None:
        return []
    rows = []
    for change in card.changes:
        key = "scores.change_withdrawn" if change.withdrawn else "scores.change_corrected"
        before = say("board.join").join(f"{say.both(one.name)} {one.value}" for one in change.before)
        rows.append({
            "words": say(key, by=change.by, before=before), "sub": say("scores.said", text=change.reason, at=say.at(change.said)),
            "tone": "late",
        })  # fmt: skip
    for word in card.replies:
        rows.append({"words": word.text, "sub": say("scores.by_at", by=word.by, at=say.at(word.said)), "tone": "brand"})
    return rows + appeal_rows(say, card.appeals)


def appeal_rows(say: Say, appeals: Sequence[AppealCard]) -> list[dict[str, Any]]:
    """Appeals with what was decided."""
    rows = []
    for one in appeals:
        rows.append({
            "words": say("scores.appealed", text=one.reason), "tone": "late",
            "sub": say("ticket.join").join((say(f"scores.appeal_{one.state}"), say.at(one.said))),
        })  # fmt: skip
        if one.answer:
            rows.append({"words": one.answer, "sub": one.answered_by, "tone": "good" if one.state == "upheld" else "quiet"})
    return rows


def trend_rows(trend: Sequence[tuple[str, str]], here: str = "") -> list[dict[str, Any]]:
    """The composites of the months, the oldest first; nothing where there is no second to compare with."""
    months = [(month, value) for month, value in trend if not here or month <= here][-TREND_MONTHS:]
    if len(months) < 2:
        return []
    return [
        {"words": month, "value": value, "share": max(0.0, min(1.0, float(value) / 100)), "here": month == here}
        for month, value in months
    ]  # fmt: skip


def working_facts(say: Say, lines: Sequence[Working]) -> list[dict[str, Any]]:
    """A composite line by line: what was reached of what, its points, its weight, and what it adds."""
    found = []
    for one in lines:
        if one.missing:
            told = say(f"scores.missing_{one.missing}")
        elif not one.points:
            told = say("scores.missing_spread")
        else:
            key = "scores.working_of" if one.target else "scores.working"
            key = "scores.working_plain" if one.actual == one.points and not one.target else key
            reached = {"actual": one.actual, "target": one.target, "unit": unit_words(say, one.unit)}
            told = say(key, **reached, points=one.points, weight=one.weight, adds=one.adds)
        found.append({"words": say.both(one.name), "value": told})
    return found
