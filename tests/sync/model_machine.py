"""The sync model: a real server, real client stores, and everything that may go wrong between them, drawn by Hypothesis.

Two phones, two tablets, three people, two stores. After every step the invariants that hold in any trouble are checked; at
the end the trouble stops, everybody syncs, and what must hold at rest is checked (model_checks.py).
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.attendance import ClockIn
from mobile.core.views import Refused
from server.kernel.perform import HANDLERS, Work
from server.kernel.prune import prune
from tests.support.company import Company
from tests.support.handset import FATES, Handset, new_handset
from tests.sync import model_checks as checks

FAST_DISK = Path("/dev/shm")
NO_STORE = "0190dead-0000-7000-8000-000000000000"
DEVICES = ("ph1", "ph2", "kA", "kB")
PEOPLE = ("p1", "p2", "p3")
_devices = st.sampled_from(DEVICES)


class OutOfTime(Exception):
    """A planted fault was not found in the time it has."""


@contextlib.contextmanager
def poisonable() -> Iterator[None]:
    """A clock-in whose note says so meets a bug in our code."""
    handler = HANDLERS[ClockIn]

    def run(work: Work, op: Any) -> Any:
        if op.note == "poison":
            raise RuntimeError("a bug in the handler")
        return handler.run(work, op)

    HANDLERS[ClockIn] = handler._replace(run=run)
    try:
        yield
    finally:
        HANDLERS[ClockIn] = handler


class Template:
    """The company as it is when a run begins, made once for each process: copying files is faster than founding."""

    _made: ClassVar[tuple[Path, Any] | None] = None

    @classmethod
    def get(cls) -> tuple[Path, Any]:
        if cls._made is None:
            folder = Path(tempfile.mkdtemp(prefix="outpost-model-", dir=FAST_DISK if FAST_DISK.exists() else None))
            company = Company(folder / "first").prepare().found()
            day = company.today()
            for person, store in (("p1", "A"), ("p2", "A"), ("p3", "B")):
                for n in range(40, 30, -1):  # enough of a past that a person's scope is several pages long
                    company.post(person, "B", day - timedelta(days=n), day - timedelta(days=n - 1))
                company.post(person, store, day - timedelta(days=20))
            devices = [
                new_handset(company, "ph1", person="p1"),
                new_handset(company, "ph2", person="p2"),
                new_handset(company, "kA", store="A"),
                new_handset(company, "kB", store="B"),
            ]
            about = []
            for device in devices:
                device.sync()
                about.append(device.keep_copy(folder / "copy" / device.name))
            company.keep_copy(folder / "copy", about)
            for device in devices:
                device.core.close()
            company.close()
            cls._made = folder / "copy", folder
        return cls._made

    @classmethod
    def forget(cls) -> None:
        if cls._made is not None:
            shutil.rmtree(cls._made[1], ignore_errors=True)
            cls._made = None


class SyncModel(RuleBasedStateMachine):
    """`ends_at`: a moment on the monotonic clock after which the search for a planted fault is given up."""

    ends_at: ClassVar[float | None] = None

    @initialize()
    def begin(self) -> None:
        if self.ends_at is not None and time.monotonic() > self.ends_at:
            raise OutOfTime
        template, _ = Template.get()
        self.folder = Path(tempfile.mkdtemp(prefix="outpost-run-", dir=FAST_DISK if FAST_DISK.exists() else None))
        self.company, about = Company.from_copy(template, self.folder / "server")
        self.devices = {
            one[0]: Handset.from_copy(self.company, template / one[0], self.folder / one[0], one) for one in about
        }
        self.visible: dict[str, Any] = {name: checks.holds(device) for name, device in self.devices.items()}
        self.backup: tuple[Path, int] | None = None
        self.restored = False

    # the world

    @rule(minutes=st.sampled_from([1, 1, 10, 10, 240, 1_440, 3 * 1_440]))
    def time_passes(self, minutes: int) -> None:
        self.company.pass_ms(minutes * 60_000)

    @rule(name=_devices)
    def reboot(self, name: str) -> None:
        self.devices[name].reboot()

    @rule(name=_devices, minutes=st.sampled_from([-120, -15, 0, 90]))
    def set_the_wall_clock(self, name: str, minutes: int) -> None:
        self.devices[name].world.clock.wall_off_ms = minutes * 60_000

    @rule(name=_devices)
    def device_dies(self, name: str) -> None:
        self.devices[name].die_and_open()

    # HQ

    @rule(person=st.sampled_from(PEOPLE), store=st.sampled_from("AB"), days=st.sampled_from([-2, -1, 0, 0, 1, 2]))
    def move(self, person: str, store: str, days: int) -> None:
        """Back-dated, from today, or from a day to come."""
        self.company.move(person, store, from_day=self.company.today() + timedelta(days=days))

    @rule(store=st.sampled_from("AB"), n=st.integers(1, 9))
    def rename_store(self, store: str, n: int) -> None:
        self.company.rename_store(store, f"Store {store}{n}")

    @rule(person=st.sampled_from(PEOPLE), n=st.integers(1, 9))
    def edit_person(self, person: str, n: int) -> None:
        self.company.edit_person(person, f"李 {n}")

    @rule(store=st.sampled_from("AB"), radius_m=st.sampled_from([50, 100, 200]))
    def redraw_fence(self, store: str, radius_m: int) -> None:
        self.company.redraw(store, radius_m)

    @rule(name=_devices)
    def revoke(self, name: str) -> None:
        self.company.revoke(self.devices[name].device_id)

    @rule(keep_minutes=st.sampled_from([0, 0, 60]))
    def prune_the_feed(self, keep_minutes: int) -> None:
        prune(self.company.db, self.company.now(), timedelta(minutes=keep_minutes) - timedelta(milliseconds=1))

    @rule()
    def back_up(self) -> None:
        to = self.folder / "backup.db"
        to.unlink(missing_ok=True)
        self.company.backup(to)
        self.backup = to, self.company.true_ms

    @rule()
    def restore(self) -> None:
        if self.backup is not None:
            self.company.restore(self.backup[0])
            self.restored = True

    @rule(person=st.sampled_from(PEOPLE))
    def call_off_what_has_not_begun(self, person: str) -> None:
        self.company.call_off(person)

    # people

    @rule(
        name=_devices,
        who=st.sampled_from(PEOPLE),
        where=st.sampled_from(["", "", "", "A", "B", NO_STORE]),
        poison=st.sampled_from([False] * 5 + [True]),
    )
    def punch(self, name: str, who: str, where: str, poison: bool) -> None:
        device = self.devices[name]
        phone = device.kind == "phone"
        device.punch(
            person=None if phone else who,
            store=where or None if phone else None,
            note="poison" if poison else None,
        )

    # the network

    @rule(name=_devices, fate=st.sampled_from(FATES), at=st.integers(0, 40))
    def exchange(self, name: str, fate: str, at: int) -> None:
        self._ended(name, self.devices[name].exchange(fate, at))

    @rule(name=_devices)
    def exchange_well(self, name: str) -> None:
        self._ended(name, self.devices[name].exchange())

    @rule(name=_devices)
    def answer_arrives(self, name: str) -> None:
        self._ended(name, self.devices[name].deliver())

    @rule(name=_devices)
    def strays_arrive(self, name: str) -> None:
        self.devices[name].send_strays()

    @rule(name=_devices)
    def sync(self, name: str) -> None:
        device = self.devices[name]
        complete = device.sync()
        self.visible[name] = checks.holds(device)
        if complete:
            self._completed(device)

    def _ended(self, name: str, ended: Any) -> None:
        device = self.devices[name]
        held = checks.holds(device)
        if ended is not None and ended.complete:
            self._completed(device)
        elif ended is None and held != self.visible[name]:
            pass  # it died: whether before or after the commit, it is one of the two; convergence is judged at rest
        elif device.parts.identity.standing == "ok":
            assert held == self.visible[name], f"I14 {name}: half a view was shown"
        self.visible[name] = held

    def _completed(self, device: Handset) -> None:
        if device.parts.identity.standing == "ok":
            checks.check_no_leftovers(self.company, device)

    # always

    @invariant()
    def nothing_is_lost_doubled_or_healed(self) -> None:
        if not hasattr(self, "company"):
            return
        checks.check_once(self.company)
        checks.check_times(self.company, list(self.devices.values()))
        for device in self.devices.values():
            checks.check_sound(device)
            if not self.restored:
                checks.check_acknowledged_is_kept(self.company, device)

    # at rest

    def teardown(self) -> None:
        if not hasattr(self, "company"):
            return
        try:
            self._come_to_rest()
        finally:
            for device in self.devices.values():
                with contextlib.suppress(Refused):
                    device.core.close()
            self.company.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _come_to_rest(self) -> None:
        for _ in range(3):
            self.company.pass_ms(60_000)
            for device in self.devices.values():
                device.send_strays()
                device.sync()
        self.nothing_is_lost_doubled_or_healed()
        for device in self.devices.values():
            standing = device.parts.identity.standing
            checks.check_all_kept(self.company, device)
            checks.check_chain(self.company, device)
            assert standing in ("ok", "revoked"), f"{device.name} is {standing}"
            checks.check_no_leftovers(self.company, device)
            if standing == "ok":
                checks.check_converged(self.company, device)
                checks.check_answered(self.company, device)
