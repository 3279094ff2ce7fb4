"""Something that HQ should hear, with what anonymous means in plain words; and one's own voices with their answers."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.ui.say import Say
from mobile.ui.screens import hq_rows
from mobile.ui.screens.page import FacePage
from mobile.viewmodels.request_words import way_mark
from mobile.viewmodels.voice import ABOUTS, VoiceState

assert hq_rows  # its rows are registered by being imported


class VoiceRow(BoxLayout):
    """What one said, and what HQ answered."""

    words = StringProperty("")
    sub = StringProperty("")
    way = StringProperty("")
    answers = StringProperty("")


Factory.register("VoiceRow", cls=VoiceRow)


class VoicePage(FacePage):
    """Kept at every letter; nothing here tells more than was meant."""

    rows = ("hq_rows.kv",)

    def about(self, say: Say, state: VoiceState) -> str:
        return say(f"voice_page.about_{state.draft.about}")

    def abouts(self, say: Say, state: VoiceState) -> list[dict[str, Any]]:
        if not state.choosing:
            return []
        return [{"vm": self.vm, "value": one, "words": say(f"voice_page.about_{one}"), "sub": ""} for one in ABOUTS]

    def hows(self, say: Say) -> list[tuple[str, str]]:
        return [("named", say("voice_page.named")), ("silent", say("voice_page.silent"))]

    def how(self, say: Say, state: VoiceState) -> str:
        return say("voice_page.silent_means" if state.draft.anonymous else "voice_page.named_means")

    def voices(self, say: Say, state: VoiceState) -> list[dict[str, Any]]:
        if state.page is None or state.choosing:
            return []
        return [
            {
                "words": card.text,
                "sub": say("ticket.join").join((
                    say(f"voice_page.about_{card.about}"), say.at(card.said),
                    say("voice_page.silent" if card.anonymous else "voice_page.named"),
                )),
                "way": say.said(way_mark(card.on_its_way).said) if card.on_its_way is not None else "",
                "answers": "\n".join(say("voice_page.answer", text=text) for text in card.answers),
            }
            for card in state.page.voices
        ]  # fmt: skip
