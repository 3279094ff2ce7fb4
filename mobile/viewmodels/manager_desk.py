"""The manager's area on the shared tablet: a name, a PIN, then today, arrivals, approvals and weeks. And then it forgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mobile.core.views import PinAnswer, Refused, Said
from mobile.core.views_hq import Arrival, Desk, DeskManager, RequestPage
from mobile.viewmodels.cycle_taps import CyclesState
from mobile.viewmodels.desk_cycles import DeskCyclesTaps
from mobile.viewmodels.desk_heard import DeskHeardState, DeskHeardTaps
from mobile.viewmodels.desk_roster import DeskRosterState, DeskRosterTaps
from mobile.viewmodels.desk_scores import DeskScoresState, DeskScoresTaps
from mobile.viewmodels.desk_training import DeskTrainingState, DeskTrainingTaps
from mobile.viewmodels.exceptions import DeskHours, DeskHoursState
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.pin import PIN_DIGITS
from mobile.viewmodels.shared_photos import fetch_pictures
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

Step = Literal["loading", "nobody", "who", "no_pin", "pin", "locked", "open"]
Part = Literal["today", "heard", "roster", "training", "arrivals", "approvals", "weeks", "scores", "cycles"]
Beside = DeskHours | DeskRosterTaps | DeskTrainingTaps | DeskHeardTaps | DeskScoresTaps | DeskCyclesTaps
PARTS: dict[str, Part] = {
    "today": "today", "roster": "roster", "training": "training", "arrivals": "arrivals", "approvals": "approvals",
    "weeks": "weeks", "heard": "heard", "scores": "scores", "cycles": "cycles",
}  # fmt: skip


@dataclass(frozen=True)
class ManagerState:
    """`typed` counts digits; which they are stays out of the state. `arrival_id` and `request` are what lies open, `pictures`
    the photos of it that are here."""

    step: Step = "loading"
    managers: tuple[DeskManager, ...] = ()
    manager: DeskManager | None = None
    typed: int = 0
    locked_s: int = 0
    busy: bool = False
    problem: Said | None = None
    desk: Desk | None = None
    part: Part = "today"
    arrival_id: str | None = None
    request: RequestPage | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    refusing: bool = False
    comment: str = ""
    hours: DeskHoursState = field(default_factory=DeskHoursState)
    roster: DeskRosterState = field(default_factory=DeskRosterState)
    training: DeskTrainingState = field(default_factory=DeskTrainingState)
    heard: DeskHeardState = field(default_factory=DeskHeardState)
    scores: DeskScoresState = field(default_factory=DeskScoresState)
    cycles: CyclesState = field(default_factory=CyclesState)

    @property
    def arrival(self) -> Arrival | None:
        found = () if self.desk is None else self.desk.arrivals
        return next((arrival for arrival in found if arrival.posting_id == self.arrival_id), None)

    @property
    def may_refuse(self) -> bool:
        return bool(self.comment.strip()) and not self.busy


class ManagerViewModel(ViewModel[ManagerState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(ManagerState())
        self._asks, self._timers, self._navigator, self._toasts = asks, timers, navigator, toasts
        self._digits = ""
        self._visit = 0  # answers that come back for somebody who has left are dropped
        self._stop: Callable[[], None] | None = None
        self.hours = DeskHours(self, asks, toasts)
        self.hours.watch(lambda hours: self.show(replace(self.state, hours=hours)))
        self.hours.decide = self._decide_it
        self.roster = DeskRosterTaps(self, toasts)
        self.roster.watch(lambda roster: self.show(replace(self.state, roster=roster)))
        self.training = DeskTrainingTaps(self, toasts)
        self.training.watch(lambda training: self.show(replace(self.state, training=training)))
        self.heard = DeskHeardTaps(self, asks, toasts)
        self.heard.watch(lambda heard: self.show(replace(self.state, heard=heard)))
        self.scores = DeskScoresTaps(self, toasts)
        self.scores.watch(lambda scores: self.show(replace(self.state, scores=scores)))
        self.cycles = DeskCyclesTaps(self, toasts)
        self.cycles.watch(lambda cycles: self.show(replace(self.state, cycles=cycles)))
        self.cycles.evaluate = self._evaluate

    def on_enter(self) -> None:
        self._forget()
        visit = self._visit
        self._asks.ask(
            lambda core: core.desk.managers(), lambda found: self._known(found, visit), lambda e: self._refused(e, visit)
        )

    def on_leave(self) -> None:
        """Whoever comes next needs the PIN."""
        self._forget()
        self._asks.ask(lambda core: core.desk.close())

    def on_news(self) -> None:
        if self.state.step == "open":
            self._look()

    def on_back(self) -> bool:
        """One level up; from the top of the desk back is away from it."""
        state = self.state
        if state.refusing:
            self.show(replace(state, refusing=False, comment="", problem=None))
        elif state.request is not None or state.arrival_id is not None:
            self.show(replace(state, request=None, pictures={}, arrival_id=None, problem=None))
        elif state.part == "cycles":  # they lie behind the scores
            if not self.cycles.on_back():
                self.tap_part("scores")
        else:
            beside = (self.roster, self.training, self.heard, self.scores, self.hours)
            return any(one.on_back() for one in beside)
        return True

    def tap_back(self) -> None:
        if not self.on_back():
            self._navigator.home()

    def tap_done(self) -> None:
        self._navigator.home()

    # PIN

    def tap_manager(self, person_id: str) -> None:
        manager = next((one for one in self.state.managers if one.person_id == person_id), None)
        if manager is not None:
            self._digits = ""
            step: Step = "pin" if manager.has_pin else "no_pin"
            self.show(replace(self.state, step=step, manager=manager, typed=0, problem=None))

    def tap_digit(self, digit: str) -> None:
        if self.state.step != "pin" or self.state.busy or len(self._digits) >= PIN_DIGITS:
            return
        self._digits += digit
        self.show(replace(self.state, typed=len(self._digits), problem=None))
        if len(self._digits) == PIN_DIGITS:
            self._submit()

    def tap_erase(self) -> None:
        self._digits = self._digits[:-1]
        self.show(replace(self.state, typed=len(self._digits)))

    def tap_clear(self) -> None:
        self._digits = ""
        self.show(replace(self.state, typed=0))

    # the desk

    def tap_part(self, part: str) -> None:
        chosen = PARTS.get(part, "today")
        self.hours.close_all()
        self.roster.close()
        self.training.close()
        self.heard.close()
        self.scores.close()
        self.cycles.close()
        fresh = replace(self.state, part=chosen, arrival_id=None, request=None, pictures={})
        self.show(replace(fresh, refusing=False, comment="", problem=None))

    def tap_arrival(self, posting_id: str) -> None:
        self.show(replace(self.state, arrival_id=posting_id, problem=None))

    def tap_tick(self, item_id: str, done: bool) -> None:
        if self.state.busy:
            return
        self._do(lambda core: core.desk.tick(item_id, done), "")

    def tap_request(self, request_id: str) -> None:
        self._ask(lambda core: core.desk.request(request_id), self._on_request)

    def _decide_it(self, request_id: str) -> None:
        self.tap_part("approvals")
        self.tap_request(request_id)

    def _evaluate(self, person_id: str, month: str) -> None:
        self.tap_part("scores")
        self.scores.tap_evaluate(person_id, month)

    def take_photo(self, picture: bytes) -> None:
        """Of the work that is being scored, or for what is being written to a ticket."""
        (self.heard.ticket if self.heard.ticket.state.taking else self.scores).take_photo(picture)

    def no_camera(self) -> None:
        (self.heard.ticket if self.heard.ticket.state.taking else self.scores).no_camera()

    def tap_photo(self, sha: str) -> None:
        """One that is not here is fetched; the desk looks again when it has come."""
        page = self.state.request
        if page is not None:
            request_id = page.card.request_id
            self._ask(lambda core: core.desk.ask_for_photo(request_id, sha), lambda _: self._look())

    def tap_approve(self) -> None:
        self._decide("approve", "")

    def tap_refuse(self) -> None:
        self.show(replace(self.state, refusing=True, comment="", problem=None))

    def type_comment(self, text: str) -> None:
        self.show(replace(self.state, comment=text, problem=None))

    def tap_send_refusal(self) -> None:
        """A refusal without a reason is none."""
        if not self.state.comment.strip():
            self.show(replace(self.state, problem=Said("client.reason_needed", {})))
        else:
            self._decide("refuse", self.state.comment)

    def _decide(self, decision: str, comment: str) -> None:
        page = self.state.request
        if page is None or page.to_decide is None or self.state.busy:
            return
        request_id, step_id = page.card.request_id, page.to_decide.step_id
        self._do(lambda core: core.desk.decide(request_id, step_id, decision, comment), f"requests.kept_{decision}")

    # inside

    def _submit(self) -> None:
        manager, visit, pin = self.state.manager, self._visit, self._digits
        self._digits = ""
        if manager is None:
            return
        self.show(replace(self.state, busy=True))
        self._asks.ask(
            lambda core: core.desk.open(manager.person_id, pin),
            lambda answer: self._judged(answer, visit),
            lambda error: self._refused(error, visit),
        )

    def _judged(self, answer: PinAnswer, visit: int) -> None:
        if visit != self._visit:
            self._asks.ask(lambda core: core.desk.close())
        elif answer.ok:
            self.show(replace(self.state, step="open", busy=False, typed=0, problem=None))
            self._look()
        elif answer.locked_s > 0:
            self.show(replace(self.state, step="locked", busy=False, typed=0, locked_s=answer.locked_s, problem=None))
            self._stop = self._timers.every(1.0, self._locked_tick)
        else:
            problem = Said("kiosk.wrong_pin", {"count": answer.tries_left})
            self.show(replace(self.state, busy=False, typed=0, problem=problem))

    def _locked_tick(self) -> None:
        left_s = self.state.locked_s - 1
        if left_s > 0:
            self.show(replace(self.state, locked_s=left_s))
            return
        self._stop_timer()
        self.show(replace(self.state, step="pin", locked_s=0))

    def _look(self) -> None:
        self._ask(lambda core: core.desk.page(), self._on_desk)
        self.hours.look()
        self.roster.look()
        self.training.look()
        self.heard.look()
        self.scores.look()
        self.cycles.look()
        page = self.state.request
        if page is not None:
            request_id = page.card.request_id
            self._ask(lambda core: core.desk.request(request_id), self._on_request)

    def _do(self, act: Callable[[Any], None], kept: str) -> None:
        self.show(replace(self.state, busy=True, problem=None))

        def done(_: object) -> None:
            self.show(replace(self.state, busy=False, refusing=False, comment=""))
            if kept:
                self._toasts.say(kept, "good")
            self._look()

        self._ask(act, done)

    def ask_here(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """For what belongs to this desk."""
        self._ask(question, then)

    def pin_again(self) -> None:
        """The desk has shut by itself."""
        if self.state.step == "open":
            self.on_enter()

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        """An answer for somebody who has left shows nothing."""
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(question, answered, lambda error: self._refused(error, visit))

    def _known(self, managers: tuple[DeskManager, ...], visit: int) -> None:
        if visit != self._visit:
            return
        step: Step = "who" if managers else "nobody"
        self.show(
            ManagerState(
                step=step, managers=managers, hours=self.hours.state, roster=self.roster.state, training=self.training.state,
                heard=self.heard.state, scores=self.scores.state, cycles=self.cycles.state,
            )
        )
        if len(managers) == 1:
            self.tap_manager(managers[0].person_id)

    def _on_desk(self, desk: Desk) -> None:
        self.show(replace(self.state, desk=desk))

    def _on_request(self, page: RequestPage | None) -> None:
        before = self.state.request
        is_same = page is not None and before is not None and page.card.request_id == before.card.request_id
        self.show(replace(self.state, request=page, pictures=self.state.pictures if is_same else {}))
        fetch_pictures(
            page, self.state.pictures, self._ask, lambda core, request_id, sha: core.desk.photo(request_id, sha), self._pictured
        )

    def _pictured(self, sha: str, data: bytes) -> None:
        page = self.state.request
        if page is not None and any(sha == photo.sha for line in page.answers for photo in line.photos):
            self.show(replace(self.state, pictures={**self.state.pictures, sha: data}))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit != self._visit:
            return
        if error.said.code == "client.pin_needed":  # the desk has shut by itself
            self.on_enter()
        else:
            step: Step = "nobody" if self.state.step == "loading" else self.state.step
            beside: dict[Part, Beside] = {
                "today": self.hours, "weeks": self.hours, "roster": self.roster, "training": self.training,
                "heard": self.heard, "scores": self.scores, "cycles": self.cycles,
            }  # fmt: skip
            inside = beside.get(self.state.part) if step == "open" else None
            self.show(replace(self.state, step=step, busy=False, typed=0, problem=None if inside is not None else error.said))
            if inside is not None:
                inside.refused(error.said)

    def _stop_timer(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _forget(self) -> None:
        self._stop_timer()
        self._digits = ""
        self._visit += 1
        self.hours.forget()
        self.roster.forget()
        self.training.forget()
        self.heard.forget()
        self.scores.forget()
        self.cycles.forget()
        self.show(ManagerState())
