"""The tablet looks at a phone's code, or somebody types its eight digits."""

from __future__ import annotations

from mobile.core.proofs import Countersigned
from mobile.ui.say import Say
from mobile.ui.screens.camera import CameraPage
from mobile.viewmodels.proofs import PhoneScanState


class PhoneScanPage(CameraPage):
    """The camera rests as soon as the code is written down, and while somebody types."""

    def on_state(self, _page: object, state: PhoneScanState) -> None:
        if state.step != "looking":
            self.rest()

    def shown(self, state: PhoneScanState) -> str:
        return f"{state.digits[:4]} {state.digits[4:]}".strip()

    def seen_words(self, say: Say, seen: Countersigned | None) -> str:
        if seen is None:
            return ""
        return say("kiosk.seen_name", name=seen.name) if seen.name else say("kiosk.seen")

    def back_in(self, say: Say, state: PhoneScanState) -> str:
        return say("kiosk.back_in", seconds=state.left_s)
