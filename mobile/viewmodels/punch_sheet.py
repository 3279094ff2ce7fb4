"""One punch: when, where, what kind of proof, how far it has come, and what would help it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contract.store_code import DIGITS, TypedCode, read_code
from mobile.core.views import Kept, Preview, PunchLine, Refused, Said
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.place_words import what_weighs
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel, unless_refused


@dataclass(frozen=True)
class PunchSheetState:
    line: PunchLine | None = None
    just_kept: bool = False
    preview: Preview | None = None
    asks_code: bool = False
    digits: str = ""
    busy: bool = False
    proof_sent: bool = False
    problem: Said | None = None
    can_scan: bool = False
    questions: int = 0

    @property
    def offers_daily(self) -> bool:
        """Right after coming in, if any of today's three questions are left."""
        return self.just_kept and self.questions > 0 and self.line is not None and self.line.kind == "in" and not self.asks_code

    @property
    def may_add_proof(self) -> bool:
        """Proof helps a punch that is not green, once, and only while nobody has decided."""
        line = self.line
        if line is None or line.decided is not None or self.proof_sent:
            return False
        expected = line.verdict or (self.preview.verdict if self.preview else None)
        return expected in ("ask", "review") or (expected is None and line.place != "inside")

    @property
    def may_show_code(self) -> bool:
        """Right after a punch, and as long as more proof would help it: the tablet can vouch for the phone."""
        return self.line is not None and (self.just_kept or self.may_add_proof)

    @property
    def reasons(self) -> tuple[Said, ...]:
        """What weighs on it: the judge's reasons once there are any, until then what the preview said."""
        if self.line is None or self.line.verdict == "green":
            return ()
        if self.line.verdict is not None or self.line.reasons:
            return what_weighs(self.line.reasons)
        return what_weighs(self.preview.reasons)[:1] if self.preview and self.preview.verdict != "green" else ()


class PunchSheetViewModel(ViewModel[PunchSheetState]):
    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts, can_scan: bool = False) -> None:
        super().__init__(PunchSheetState(can_scan=can_scan))
        self._asks, self._navigator, self._toasts = asks, navigator, toasts
        self._kept: Kept | None = None

    def on_enter(self) -> None:
        kept, punch_id = self._kept, self._navigator.here.subject
        preview = kept.preview if kept is not None and kept.punch_id == punch_id else None
        self.show(PunchSheetState(can_scan=self.state.can_scan, just_kept=preview is not None, preview=preview))
        self.on_news()
        if preview is not None:
            self._asks.ask(lambda core: core.learning.home().daily_left, self._on_questions, unless_refused)

    def just_kept(self, kept: Kept) -> None:
        """The punch this sheet will open for, with what the device thinks of it."""
        self._kept = kept

    def on_leave(self) -> None:
        self.show(PunchSheetState(can_scan=self.state.can_scan))

    def on_news(self) -> None:
        punch_id = self._navigator.here.subject
        if punch_id is not None:
            self._asks.ask(lambda core: core.punch_line(punch_id), self._on_line, unless_refused)

    def tap_done(self) -> None:
        self._navigator.home()

    def tap_back(self) -> None:
        self._navigator.back()

    def tap_type_code(self) -> None:
        self.show(replace(self.state, asks_code=True, digits="", problem=None))

    def tap_show_code(self) -> None:
        self._navigator.go("phone_code", self._navigator.here.subject)

    def tap_daily(self) -> None:
        self._navigator.go("daily")

    def tap_scan(self) -> None:
        self._navigator.go("scan", "proof")

    def tap_digit(self, digit: str) -> None:
        if len(self.state.digits) < DIGITS and not self.state.busy:
            self.show(replace(self.state, digits=self.state.digits + digit, problem=None))
            if len(self.state.digits) == DIGITS:
                self.add_proof(self.state.digits)

    def tap_erase(self) -> None:
        self.show(replace(self.state, digits=self.state.digits[:-1]))

    def tap_clear(self) -> None:
        self.show(replace(self.state, digits=""))

    def tap_close_pad(self) -> None:
        self.show(replace(self.state, asks_code=False, digits=""))

    def add_proof(self, code: str) -> None:
        """Six digits or a QR's text. What it is worth only the server can say; that it was read is kept at once."""
        line = self.state.line
        seen = read_code(code)
        if line is None or seen is None:
            self.show(replace(self.state, digits="", problem=Said("phone.code_unreadable", {})))
            return
        text = seen.digits if isinstance(seen, TypedCode) else code.strip()
        punch_id = line.punch_id
        self.show(replace(self.state, busy=True))
        self._asks.ask(lambda core: core.add_proof(punch_id, text), self._proof_kept, self._refused)

    def _on_line(self, line: PunchLine | None) -> None:
        if line is not None and line.punch_id == self._navigator.here.subject:
            self.show(replace(self.state, line=line))

    def _on_questions(self, left: int) -> None:
        if self.state.just_kept:
            self.show(replace(self.state, questions=left))

    def _proof_kept(self, _: object) -> None:
        self.show(replace(self.state, busy=False, asks_code=False, digits="", proof_sent=True))
        self._toasts.say("phone.proof_kept", "good")
        self.on_news()

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, digits="", problem=error.said))
