"""Reading a QR with the camera: for enrolment, or as one more proof for a punch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobile.core.views import Said
from mobile.viewmodels.enrol import EnrolViewModel
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.punch_sheet import PunchSheetViewModel
from mobile.viewmodels.viewmodel import ViewModel


@dataclass(frozen=True)
class ScanState:
    looking: bool = False
    purpose: str = "enrol"
    problem: Said | None = None


class ScanViewModel(ViewModel[ScanState]):
    """The camera runs only while this page is in front."""

    def __init__(self, navigator: Navigator, enrol: EnrolViewModel, sheet: PunchSheetViewModel) -> None:
        super().__init__(ScanState())
        self._navigator, self._enrol, self._sheet = navigator, enrol, sheet

    def on_enter(self) -> None:
        self.show(ScanState(looking=True, purpose=self._navigator.here.subject or "enrol"))

    def on_leave(self) -> None:
        self.show(ScanState())

    def on_text(self, text: str) -> None:
        """The camera read something. One text, one use: the page closes before it is used."""
        if not self.state.looking:
            return
        purpose = self.state.purpose
        self.show(replace(self.state, looking=False))
        self._navigator.back()
        if purpose == "enrol":
            self._enrol.take_scan(text)
        else:
            self._sheet.add_proof(text)

    def no_camera(self) -> None:
        self.show(replace(self.state, looking=False, problem=Said("phone.no_camera", {})))

    def tap_back(self) -> None:
        self._navigator.back()
