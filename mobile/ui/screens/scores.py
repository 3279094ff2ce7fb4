"""My scores: the newest card at once with its comment, my answer, my own word, and month reports with their working."""

from __future__ import annotations

from typing import Any

from mobile.core.views_scores import CardView, ReportView
from mobile.ui.say import Say
from mobile.ui.screens import evidence, feedback_rows, score_rows
from mobile.ui.screens.feedback_words import photo_rows
from mobile.ui.screens.page import FacePage
from mobile.ui.screens.score_rows import (
    appeal_rows,
    card_row,
    mark_facts,
    metric_rows,
    story_rows,
    trend_rows,
    when_of,
    working_facts,
)
from mobile.viewmodels.scores import ScoresState

assert score_rows and evidence and feedback_rows  # their rows are registered by being imported
LISTED = 40


class ScoresPage(FacePage):
    """A list, or what lies open of it."""

    rows = ("hq_rows.kv", "evidence.kv", "feedback_rows.kv", "score_rows.kv")

    def is_list(self, state: ScoresState) -> bool:
        return state.page is not None and state.card is None and state.report is None and state.mode != "assess"

    def is_empty(self, state: ScoresState) -> bool:
        return self.is_list(state) and state.page is not None and not (state.page.cards or state.page.reports)

    def cards(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        if not self.is_list(state) or state.page is None:
            return []
        return [
            card_row(say, self.vm, one, "", by=say("scores.by_at", by=one.rater_name, at=when_of(say, one)))
            for one in state.page.cards[:LISTED]
        ]

    def reports(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        if not self.is_list(state) or state.page is None:
            return []
        return [
            {
                "vm": self.vm, "subject": one.report_id, "words": say("scores_page.report", month=one.month),
                "sub": self._total(say, one), "icon_name": "check_all",
                "chip": say("scores.appeal_open") if one.has_open_appeal else "", "chip_icon": "hand_wave_outline",
                "chip_tone": "late",
            }
            for one in state.page.reports
        ]  # fmt: skip

    def trend(self, state: ScoresState) -> list[dict[str, Any]]:
        """The composites of the months, as far as the report that lies open."""
        if state.page is None or not (self.is_list(state) or state.report is not None):
            return []
        return trend_rows(state.page.trend, state.report.month if state.report is not None else "")

    def may_assess(self, state: ScoresState) -> bool:
        return self.is_list(state) and state.page is not None and bool(state.page.to_assess)

    def assessed(self, say: Say, state: ScoresState) -> str:
        """What one said of oneself this month already."""
        card = state.page.assessed if state.page is not None else None
        if card is None or not self.is_list(state):
            return ""
        marks = say("board.join").join(f"{say.both(one.name)} {one.points}" for one in card.marks)
        return say("scores_page.assessed", marks=marks)

    # what lies open

    def title(self, say: Say, state: ScoresState) -> str:
        if state.mode == "assess":
            return say("scores_page.assess")
        if state.report is not None:
            return say("scores_page.report", month=state.report.month)
        return say("scores_page.title")

    def card_head(self, say: Say, state: ScoresState) -> str:
        card = state.card
        return say("scores.by_at", by=card.rater_name, at=say.at(card.said)) if card is not None else ""

    def card_sub(self, say: Say, state: ScoresState) -> str:
        return say(f"scores.rater_{state.card.rater}") if state.card is not None else ""

    def comment(self, state: ScoresState) -> str:
        return state.card.comment if state.card is not None else ""

    def differs(self, state: ScoresState) -> bool:
        return state.card is not None and state.card.differs

    def marks(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        return mark_facts(say, state.card)

    def photos(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        return photo_rows(say, state.card.photos, state.pictures, self.vm) if state.card is not None else []

    def story(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        if state.report is not None:
            return appeal_rows(say, state.report.appeals)
        return story_rows(say, state.card)

    def report_total(self, say: Say, state: ScoresState) -> str:
        return self._total(say, state.report) if state.report is not None else ""

    def report_sub(self, say: Say, state: ScoresState) -> str:
        report = state.report
        if report is None:
            return ""
        return say("scores_page.revision", scheme=say.both(report.scheme), revision=report.revision, at=say.at(report.made))

    def working(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        return working_facts(say, state.report.lines) if state.report is not None else []

    def differences(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        """What the newest revision changed."""
        if state.report is None:
            return []
        return [
            {
                "words": say.both(one.name) or say("scores_page.whole"),
                "value": f"{one.before or say('scores.none')} → {one.after or say('scores.none')}",
            }
            for one in state.report.differences
        ]

    def digest(self, say: Say, state: ScoresState) -> str:
        return say("scores_page.digest", digest=state.report.digest[:16]) if state.report is not None else ""

    def own_metrics(self, say: Say, state: ScoresState) -> list[dict[str, Any]]:
        if state.page is None or state.mode != "assess":
            return []
        return metric_rows(say, self.vm, state.page.to_assess, state.values)

    def may_reply(self, state: ScoresState) -> bool:
        return state.card is not None and not state.mode

    def may_appeal(self, state: ScoresState) -> bool:
        about: CardView | ReportView | None = state.card or state.report
        if about is None or state.mode or about.has_open_appeal:
            return False
        return not (isinstance(about, CardView) and about.withdrawn)

    def mode_words(self, say: Say, state: ScoresState) -> str:
        return say(f"scores_page.words_{state.mode}") if state.mode else ""

    def _total(self, say: Say, report: ReportView) -> str:
        if report.composite:
            return say("scores.composite", value=report.composite)
        return say("scores.no_scheme") if report.why == "no_scheme" else say("scores.too_little")
