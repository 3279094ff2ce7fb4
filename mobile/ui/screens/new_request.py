"""Asking for something: the kinds, the form, the calendar or list of one line, and what HQ warned of."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory

from contract.forms import most_photos, photos_of
from mobile.core.photos import Photos
from mobile.core.views_hq import FieldCard
from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.evidence import EvidencePage
from mobile.ui.widgets.surfaces import Note
from mobile.viewmodels.new_request import NewRequestState
from mobile.viewmodels.picking import Picking, picks_from_list
from mobile.viewmodels.request_words import amount_said

assert hq_rows  # its rows are registered by being imported


class WarningNote(Note):
    """Something HQ wants the applicant to have seen."""


Factory.register("WarningNote", cls=WarningNote)
HALVES = ("whole", "first_half", "second_half")


def month_title(say: Say, picking: Picking | None) -> str:
    if picking is None or picking.what != "day":
        return ""
    return say("ui.month_title", year=picking.month[:4], month=say(f"ui.month_{int(picking.month[5:])}"))


def weekdays(say: Say) -> list[str]:
    return [say(f"ui.week_{n}") for n in range(1, 8)]


class NewRequestPage(EvidencePage):
    """One thing at a time: the kind, the form, and for a day or a long list a page of its own."""

    rows = ("hq_rows.kv", "evidence.kv")
    after_key = "requests.no_way_back"  # what happens with it once it is sent

    def title(self, say: Say, state: NewRequestState) -> str:
        if state.picking is not None:
            field = next((field for field in state.fields if field.key == state.picking.key), None)
            return say.both(field.label) if field is not None else ""
        return say.both(state.draft.flow.name) if state.draft is not None else say("requests.new")

    def shows(self, state: NewRequestState, part: str) -> bool:
        """Which of the page's parts is up."""
        if state.picking is not None:
            return part == state.picking.what
        return part == state.step

    def kinds(self, say: Say, state: NewRequestState) -> list[dict[str, Any]]:
        return [
            {
                "vm": self.vm,
                "subject": flow.kind,
                "words": say.both(flow.name),
                "sub": say("requests.goes_to", way=" → ".join(say.both(step) for step in flow.way)) if flow.way else "",
                "icon_name": "alert_outline" if flow.urgent else "pencil_outline",
            }
            for flow in state.kinds
        ]

    def lines(self, say: Say, state: NewRequestState) -> list[dict[str, Any]]:
        return [self._line(say, state, field) for field in state.fields]

    def _line(self, say: Say, state: NewRequestState, field: FieldCard) -> dict[str, Any]:
        answer, label = state.form.get(field.key), say.both(field.label)
        line: dict[str, Any] = {
            "vm": self.vm,
            "key": field.key,
            "words": label if field.required else say("requests.optional", label=label),
            "problem": say.said(state.misfit(field.key)),
            "typed": "",
            "value": "",
            "hint": "",
            "icon_name": "",
            "options": [],
        }
        if field.kind == "yes_no":
            value = "" if answer is None else "yes" if answer else "no"
            return {**line, "control": "open", "value": value, "options": [("yes", say("ui.yes")), ("no", say("ui.no"))]}
        if field.kind == "half_day":
            return {**line, "control": "open", "value": str(answer or ""), "options": self._halves(say)}
        if field.kind == "date":
            return {
                **line,
                "control": "pick",
                "value": say.iso_day(str(answer or "")),
                "hint": say("requests.choose_day"),
                "icon_name": "calendar_range",
            }
        if field.kind == "photo":
            count = len(photos_of(answer))
            return {**line, "control": "pick", "value": say("requests.photos", count=count) if count else "",
                    "hint": say("requests.choose_photo"), "icon_name": "camera"}  # fmt: skip
        if picks_from_list(field):
            return {**line, "control": "pick", "value": self._chosen(say, field, answer), "hint": say("requests.choose"),
                    "icon_name": "chevron_right"}  # fmt: skip
        control = "area" if field.kind == "long_text" else "typed"
        return {**line, "control": control, "typed": "" if answer is None else str(answer)}

    def _halves(self, say: Say) -> list[tuple[str, str]]:
        return [(half, say(f"requests.half_{half}")) for half in HALVES]

    def _chosen(self, say: Say, field: FieldCard, answer: Any) -> str:
        if answer is None:
            return ""
        return next((say.both(choice.words) for choice in field.choices if choice.value == answer), str(answer))

    def cost(self, say: Say, state: NewRequestState) -> str:
        cost = state.cost
        return say("leave_page.cost", amount=say.said(amount_said(cost.minutes, cost.day_min))) if cost is not None else ""

    def cost_left(self, say: Say, state: NewRequestState) -> str:
        """What would be left, live; more than that is told plainly."""
        cost = state.cost
        if cost is None:
            return ""
        if cost.left_after is None:
            return say("leave_page.cost_note")
        key = "leave_page.cost_too_much" if cost.left_after < 0 else "leave_page.cost_left"
        left = say(key, amount=say.said(amount_said(abs(cost.left_after), cost.day_min)))
        return f"{left}\n{say('leave_page.cost_note')}"

    def cost_tone(self, state: NewRequestState) -> str:
        cost = state.cost
        return "bad" if cost is not None and cost.left_after is not None and cost.left_after < 0 else "leave"

    def options(self, say: Say, state: NewRequestState) -> list[dict[str, Any]]:
        found = state.picking.found if state.picking is not None else ()
        return [{"vm": self.vm, "value": one.value, "words": say.both(one.words), "sub": one.sub} for one in found]

    def more(self, say: Say, state: NewRequestState) -> str:
        """What does not fit on the page: a few letters narrow it down."""
        count = state.picking.more if state.picking is not None else 0
        return say("requests.more_stores", count=count) if count else ""

    def month(self, say: Say, state: NewRequestState) -> str:
        return month_title(say, state.picking)

    def weekdays(self, say: Say) -> list[str]:
        return weekdays(say)

    def days(self, state: NewRequestState) -> list[Any]:
        return list(state.picking.days) if state.picking is not None else []

    def may_search(self, state: NewRequestState) -> bool:
        return state.picking is not None and state.picking.may_search

    def search_hint(self, say: Say, state: NewRequestState) -> str:
        if state.picking is None:
            return ""
        if state.picking.is_asked:
            return say("requests.find_store")
        return say("requests.type_time" if state.picking.is_clock else "requests.type_or_find")

    def sought(self, state: NewRequestState) -> str:
        return state.picking.sought if state.picking is not None else ""

    def typed(self, state: NewRequestState) -> str:
        return state.picking.typed if state.picking is not None else ""

    def photos(self, say: Say, state: NewRequestState) -> list[dict[str, Any]]:
        """Those of the field that is open, each with a way to take it away again."""
        if state.picking is None or not state.taking:
            return []
        here = {Photos.name(photo): photo for photo in state.photos}
        named = [name for name in photos_of(state.form.get(state.picking.key)) if name in here]
        return [
            {"vm": self.vm, "photo": here[name], "name": name, "words": say("requests.photo_n", n=n + 1),
             "drop": say("requests.drop_photo")}
            for n, name in enumerate(named)
        ]  # fmt: skip

    def photos_told(self, say: Say, state: NewRequestState) -> str:
        field = next((one for one in state.fields if state.picking is not None and one.key == state.picking.key), None)
        most = most_photos(field.most) if field is not None else 0
        return say("requests.photos_how", most=most)

    def is_full(self, state: NewRequestState) -> bool:
        return state.picking is not None and state.taking and self.vm.is_full(state.picking.key)

    def may_leave_empty(self, state: NewRequestState) -> bool:
        picking = state.picking
        return picking is not None and any(field.key == picking.key and not field.required for field in state.fields)

    def warnings(self, say: Say, state: NewRequestState) -> list[dict[str, Any]]:
        told = state.draft.warnings if state.draft is not None else ()
        return [
            {"words": self._warning(say, said.code, said.facts), "next_step": "", "tone": "late", "icon_name": "alert_outline"}
            for said in told
        ]

    def _warning(self, say: Say, code: str, facts: dict[str, Any]) -> str:
        key = f"approvals.warned.{code}"
        return say(key, **facts) if say.knows(key) else say("approvals.warning")
