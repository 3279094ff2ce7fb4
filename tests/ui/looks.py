"""Every page of both faces in every state that looks different, over a core that says what the state needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from mobile.core.ports import NoSignal
from mobile.core.views import PinAnswer, PostingCard, Refused, Said
from mobile.viewmodels.face import StartingState
from mobile.viewmodels.navigator import Route
from tests.ui.driver import Driver
from tests.ui.scripted_core import NAMES, PREVIEWS, STORE, ScriptedCore, a_line


class Look(NamedTuple):
    """`arrange(model, core)` brings the page to the front in that state."""

    face: str
    name: str
    arrange: Callable[[Any, ScriptedCore], None]


LOOKS: list[Look] = []


def look(face: str) -> Callable[[Callable[[Any, ScriptedCore], None]], Callable[[Any, ScriptedCore], None]]:
    def keep(arrange: Callable[[Any, ScriptedCore], None]) -> Callable[[Any, ScriptedCore], None]:
        LOOKS.append(Look(face, arrange.__name__.strip("_"), arrange))
        return arrange

    return keep


def looks(face: str) -> list[Look]:
    return [one for one in LOOKS if one.face == face]


def each_look(driver: Driver, chosen: Collection[str] = ()) -> Iterator[Look]:
    """One app shown in every look, one after another; before each it is as if nothing had happened."""
    model = driver.app.model
    at_first = {name: vm.state for name, vm in model.screens.items()}
    for look in looks(model.face):
        if chosen and look.name not in chosen:
            continue
        model.toasts.clear()
        model.navigator.show(Route())
        for name, vm in model.screens.items():
            vm.show(at_first[name])
        core = model._asks.core = ScriptedCore(model.face)
        if model.idle is not None:  # a tablet's idle minute would end in the middle of one look or another
            model.idle.touched()
        model.navigator.home()
        driver.settle()
        look.arrange(model, core)
        driver.settle()
        yield look


def _type(vm: Any, digits: str) -> None:
    for digit in digits:
        vm.tap_digit(digit)


@look("phone")
def _today_at_the_start(model: Any, core: ScriptedCore) -> None:
    model.navigator.home()


@look("phone")
def _today_offline_and_uncertain(model: Any, core: ScriptedCore) -> None:
    core.lines = (a_line(1, kind="out", local_time="13:05"), a_line(2, verdict="green", state="backed_up"))
    core.place = "uncertain"
    core.offline(3)
    core.next_posting = PostingCard(replace(STORE, name="必胜客 苏州中心店"), "总部", "2026-06-01", None)
    model.navigator.home()
    model.on_news()
    model.screens["today"].tap_look_again()


@look("phone")
def _today_far_outside_and_needed(model: Any, core: ScriptedCore) -> None:
    core.place = "outside"
    core.in_need()
    core.lines = (a_line(1, verdict="ask", state="with_hq"), a_line(2, verdict="review", state="with_hq"))
    model.on_news()
    model.screens["today"].tap_look_again()


@look("phone")
def _today_posted_nowhere(model: Any, core: ScriptedCore) -> None:
    core.posting = None
    model.on_news()


@look("phone")
def _today_locked(model: Any, core: ScriptedCore) -> None:
    core.locked = True
    model.on_news()


@look("phone")
def _today_disk_full(model: Any, core: ScriptedCore) -> None:
    def refuse(**_: Any) -> Any:
        raise Refused("client.disk_full", free_mb=3)

    core.punch = refuse  # type: ignore[method-assign]
    model.screens["today"].tap_punch()


@look("phone")
def _punch_just_kept(model: Any, core: ScriptedCore) -> None:
    core.place = "no_fix"
    model.screens["today"].tap_punch()


@look("phone")
def _punch_that_asks(model: Any, core: ScriptedCore) -> None:
    reasons = (*PREVIEWS["uncertain"].reasons, Said("evidence.code_missing", {}))
    core.lines = (a_line(1, state="with_hq", verdict="ask", grade="bounded", place="uncertain", accuracy_m=80, reasons=reasons),)
    model.navigator.go("punch", "p1")


@look("phone")
def _punch_decided(model: Any, core: ScriptedCore) -> None:
    core.lines = (a_line(1, state="backed_up", verdict="review", decided="rejected", grade="unverified", place="no_fix"),)
    model.navigator.go("punch", "p1")


@look("phone")
def _punch_code_pad(model: Any, core: ScriptedCore) -> None:
    _punch_that_asks(model, core)
    model.screens["punch"].tap_type_code()
    _type(model.screens["punch"], "482")


@look("phone")
def _punch_code_unreadable(model: Any, core: ScriptedCore) -> None:
    _punch_that_asks(model, core)
    model.screens["punch"].add_proof("not a code")


@look("phone")
def _sync_all_well(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("sync")


@look("phone")
def _sync_waiting(model: Any, core: ScriptedCore) -> None:
    core.offline(12)
    model.navigator.switch("sync")


@look("phone")
def _sync_needs_you(model: Any, core: ScriptedCore) -> None:
    core.in_need()
    model.navigator.switch("sync")


@look("phone")
def _sync_revoked(model: Any, core: ScriptedCore) -> None:
    core.sync = replace(core.sync, badge="revoked", last_synced_local=None)
    model.navigator.switch("sync")


@look("phone")
def _sync_to_be_set_up_again(model: Any, core: ScriptedCore) -> None:
    core.sync = replace(core.sync, badge="needs_you", standing="unknown", waiting=12, with_hq=0, backed_up=0)
    model.navigator.switch("sync")


@look("phone")
def _me(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("me")


@look("phone")
def _pin_first(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("pin")
    _type(model.screens["pin"], "48")


@look("phone")
def _pin_too_easy(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("pin")
    _type(model.screens["pin"], "123456")


@look("phone")
def _enrol_empty(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("enrol")
    model.screens["enrol"].tap_other_server()


@look("phone")
def _enrol_without_signal(model: Any, core: ScriptedCore) -> None:
    def silent(*_: Any) -> Any:
        raise NoSignal("none")

    core.enrol = silent  # type: ignore[method-assign]
    model.navigator.switch("enrol")
    model.screens["enrol"].type_code("K7QF-2M9D")
    model.screens["enrol"].tap_enrol()


@look("phone")
def _enrol_who_you_are(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("enrol")
    model.screens["enrol"].type_code("K7QF-2M9D")
    model.screens["enrol"].tap_enrol()


@look("phone")
def _scan_without_a_camera(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("scan", "enrol")


@look("phone")
def _starting_refused(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("starting")
    model.starting.show(StartingState(Said("client.store_unsafe", {"found": "synchronous=1"})))


@look("phone")
def _a_toast(model: Any, core: ScriptedCore) -> None:
    model.toasts.say("phone.proof_kept", "good")


@look("kiosk")
def _floor(model: Any, core: ScriptedCore) -> None:
    model.navigator.home()


@look("kiosk")
def _floor_of_many(model: Any, core: ScriptedCore) -> None:
    core.people = tuple(
        replace(core.people[n % 8], person_id=f"x{n}", name=NAMES[n % len(NAMES)], number=f"E{n:04}") for n in range(26)
    )
    core.offline(3)
    model.on_news()


@look("kiosk")
def _floor_nobody_found(model: Any, core: ScriptedCore) -> None:
    _floor_of_many(model, core)
    model.screens["floor"].type_search("nobody")


@look("kiosk")
def _floor_empty_and_locked(model: Any, core: ScriptedCore) -> None:
    def refuse() -> Any:
        raise Refused("client.clock_unproven")

    core.people, core.locked = (), True
    core.store_code = refuse  # type: ignore[method-assign]
    core.in_need()
    model.screens["floor"].on_leave()
    model.screens["floor"].on_enter()


@look("kiosk")
def _pin_pad(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("kiosk_punch", "e0")
    _type(model.screens["kiosk_punch"], "481")


@look("kiosk")
def _pin_wrong(model: Any, core: ScriptedCore) -> None:
    core.people = (replace(core.people[0], name=NAMES[8]), *core.people[1:])
    model.navigator.go("kiosk_punch", "e0")
    _type(model.screens["kiosk_punch"], "111112")


@look("kiosk")
def _pin_locked(model: Any, core: ScriptedCore) -> None:
    core.check_pin = lambda *_: PinAnswer(False, 0, 60)  # type: ignore[method-assign]
    model.navigator.go("kiosk_punch", "e0")
    _type(model.screens["kiosk_punch"], "111112")


@look("kiosk")
def _no_pin_yet(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("kiosk_punch", "e3")


@look("kiosk")
def _choosing_a_pin(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("pin", "e3")


@look("kiosk")
def _result(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("kiosk_punch", "e0")
    _type(model.screens["kiosk_punch"], "481516")


@look("kiosk")
def _result_to_be_looked_at(model: Any, core: ScriptedCore) -> None:
    core.place = "outside"
    core.people = (replace(core.people[0], name=NAMES[8]), *core.people[1:])
    _result(model, core)


@look("kiosk")
def _device(model: Any, core: ScriptedCore) -> None:
    model.navigator.go("device")


@look("kiosk")
def _device_needs_you(model: Any, core: ScriptedCore) -> None:
    core.in_need()
    model.navigator.go("device")


@look("kiosk")
def _enrolling(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("enrol")


@look("kiosk")
def _enrolled_for(model: Any, core: ScriptedCore) -> None:
    model.navigator.switch("enrol")
    model.screens["enrol"].type_code("K7QF-2M9D")
    model.screens["enrol"].tap_enrol()


from tests.ui import (  # noqa: E402 - their looks are registered with these
    looks_cycles,
    looks_desk_roster,
    looks_feedback,
    looks_hours,
    looks_hq,
    looks_learner,
    looks_learning,
    looks_proofs,
    looks_rosters,
    looks_scores,
)

assert looks_feedback and looks_scores and looks_hq and looks_hours and looks_proofs and looks_desk_roster and looks_rosters
assert looks_learning and looks_learner and looks_cycles
