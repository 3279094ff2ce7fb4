"""One day with its working: when, which punch, which rule, and what came of what was asked about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from mobile.core.views_hours import AppealLine, CorrectionLine, SpanLine
from mobile.ui.say import Say
from mobile.ui.screens import hours_rows, today
from mobile.ui.screens.evidence import EvidencePage
from mobile.ui.screens.hours_rows import amount, duty_words
from mobile.ui.screens.hq_words import chip, request_row
from mobile.ui.screens.punch_words import line_row
from mobile.viewmodels.day_page import DayState
from mobile.viewmodels.hours_words import day_mark
from mobile.viewmodels.request_words import way_mark

assert hours_rows and today  # their rows are registered by being imported

FLAG_TONES = {"corrected": "brand", "locked": "quiet", "synced_later": "quiet", "elsewhere": "quiet", "not_planned": "quiet"}
FLAG_ICONS = {"corrected": "pencil_outline", "locked": "lock_outline", "synced_later": "cloud_check_outline"}
SAID_ALREADY = {"late", "early"}  # the day's own word says these where it is one of them
APPEALS = {"open": ("late", "progress_clock"), "upheld": ("good", "check_circle"), "refused": ("quiet", "minus_circle_outline")}


class DayPage(EvidencePage):
    """What HQ has worked out, and what this phone knows and HQ has not counted yet, told apart."""

    rows = ("hq_rows.kv", "hours_rows.kv", "today_rows.kv", "evidence.kv")

    def title(self, say: Say, state: DayState) -> str:
        return say.day(date.fromisoformat(state.page.card.day)) if state.page is not None else say("hours_page.title")

    def has(self, state: DayState, what: str) -> bool:
        return state.page is not None and bool(getattr(state.page, what))

    def mark(self, say: Say, state: DayState, part: str) -> str:
        if state.page is None:
            return "quiet" if part == "chip_tone" else ""
        return str(chip(say, day_mark(state.page.card))[part])

    def worked(self, say: Say, state: DayState) -> str:
        page = state.page
        if page is None or page.card.state is None:
            return ""
        return say("day_page.worked", amount=amount(say, page.card.worked_min))

    def duty(self, say: Say, state: DayState) -> str:
        if state.page is None:
            return ""
        card = state.page.card
        if card.duty is None and card.due_min:  # older than the plans that phones keep
            return say("day_page.due", amount=amount(say, card.due_min))
        return duty_words(say, card.duty)

    def flags(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        if state.page is None:
            return []
        card = state.page.card
        return [
            {
                "words": say(f"hours_page.flag_{flag}"),
                "icon_name": FLAG_ICONS.get(flag, "alert_circle_outline"),
                "tone": FLAG_TONES.get(flag, "late"),
            }
            for flag in card.flags
            if not (flag in SAID_ALREADY and card.state == flag)
        ]

    def silent(self, say: Say, state: DayState) -> str:
        if state.page is None or state.page.silent_since is None:
            return ""
        return say("day_page.silent", at=say.at(state.page.silent_since))

    def fresh(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        return [line_row(say, line, self.vm) for line in state.page.fresh] if state.page is not None else []

    def spans(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        return [self._span(say, span) for span in state.page.spans] if state.page is not None else []

    def steps(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        """The sentences of the working; one this release does not know yet is left out, its amounts stand below."""
        found = state.page.steps if state.page is not None else ()
        return [{"words": say.said(step)} for step in found if say.knows(step.code)]

    def rules(self, say: Say, state: DayState) -> str:
        """As the company calls them; where HQ has not said so yet, by the name every company begins with, else by code."""
        if state.page is None or not state.page.rules:
            return ""
        if state.page.rules_name is not None:
            return say("day_page.rules", rules=say.both(state.page.rules_name))
        name = f"hours.set.{state.page.rules}"
        return say("day_page.rules", rules=say(name) if say.knows(name) else state.page.rules)

    def amounts(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        found = state.page.amounts if state.page is not None else ()
        return [{"words": say(f"day_page.{name}"), "value": amount(say, minutes)} for name, minutes in found]

    def corrections(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        return [self._correction(say, line) for line in state.page.corrections] if state.page is not None else []

    def photos(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        if state.photo is None:
            return []
        words = say("requests.photo_n", n=1)
        return [{"vm": self.vm, "photo": state.photo, "name": "", "words": words, "drop": say("requests.drop_photo")}]

    def asked(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        return [request_row(say, card, self.vm) for card in state.page.asked] if state.page is not None else []

    def appeals(self, say: Say, state: DayState) -> list[dict[str, Any]]:
        return [self._appeal(say, line) for line in state.page.appeals] if state.page is not None else []

    def _span(self, say: Say, span: SpanLine) -> dict[str, Any]:
        if span.ends is None:
            when = say("day_page.span_open", from_at=span.starts.hhmm)
        else:
            when = say("day_page.span", from_at=span.starts.hhmm, to_at=span.ends.hhmm)
        by, to = say.said(span.starts_by), say.said(span.ends_by)
        source = say("day_page.by_both", first=by, last=to) if by and to and by != to else by or to
        told = (
            span.store_name,
            "" if span.ends is None else amount(say, span.minutes),
            source,
            say("day_page.assumed") if span.assumed else "",
        )
        return {
            "words": when,
            "sub": "\n".join(filter(None, told)),
            "icon_name": "alert_circle_outline" if span.assumed else "clock_outline",
            "tone": "late" if span.assumed else "good",
        }

    def _correction(self, say: Say, line: CorrectionLine) -> dict[str, Any]:
        source = say(f"day_page.by_{line.source}")
        who = say("day_page.correction_by", source=source, who=line.by) if line.by else source
        counts = say("day_page.withdrawn" if line.withdrawn else "day_page.counts")
        return {
            "words": say(f"day_page.correction_{line.kind}", at=line.at.hhmm),
            "sub": "\n".join(filter(None, (who, line.reason, counts))),
            "icon_name": "minus_circle_outline" if line.withdrawn else "pencil_outline",
            "tone": "quiet" if line.withdrawn else "brand",
        }

    def _appeal(self, say: Say, line: AppealLine) -> dict[str, Any]:
        tone, icon = APPEALS[line.state]
        way = "" if line.on_its_way is None else say.said(way_mark(line.on_its_way).said)
        problem = "" if line.on_its_way is None else say.said(line.on_its_way.problem)
        answer = say("day_page.answer", answer=line.answer) if line.answer else ""
        photo = say("day_page.with_photo") if line.has_photo else ""
        told = (say.at(line.made), photo, way or say(f"day_page.appeal_{line.state}"), problem, answer)
        return {"words": line.text, "sub": "\n".join(filter(None, told)), "icon_name": icon, "tone": tone}
