"""The sync model: a real server, real client stores, and everything that may go wrong between them, drawn by Hypothesis.

Two phones, two tablets, three people, two stores. After every step the invariants that hold in any trouble are checked; at
the end the trouble stops, everybody syncs, and what must hold at rest is checked (model_checks.py).
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
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
_devices = st.sampled_from(("ph1", "ph1", *DEVICES, "kA"))
_people = st.sampled_from(PEOPLE)


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
    """`runs` counts, for whoever asks whether enough was tried."""

    runs: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        type(self).runs += 1
        template, _ = Template.get()
        self.folder = Path(tempfile.mkdtemp(prefix="outpost-run-", dir=FAST_DISK if FAST_DISK.exists() else None))
        self.company, about = Company.from_copy(template, self.folder / "server")
        self.devices = {one[0]: Handset.from_copy(self.company, template / one[0], self.folder / one[0], one) for one in about}
        self.visible: dict[str, Any] = {name: checks.holds(device) for name, device in self.devices.items()}
        self.backup: Path | None = None
        self.restored = self.unchecked = False

    # the world

    @rule(
        what=st.sampled_from(["minutes", "minutes", "hours", "days", "reboot", "clock", "dies"]),
        name=_devices,
        n=st.integers(1, 9),
    )
    def life_goes_on(self, what: str, name: str, n: int) -> None:
        device = self.devices[name]
        if what == "reboot":
            device.reboot()
        elif what == "dies":
            device.die_and_open()
        elif what == "clock":
            device.world.clock.wall_off_ms = (n - 5) * 30 * 60_000
        else:
            self.company.pass_ms(n * {"minutes": 60_000, "hours": 3_600_000, "days": 8 * 3_600_000}[what])

    # HQ

    @rule(person=_people, store=st.sampled_from("AB"), days=st.sampled_from([-2, 0, 1, 1, 2]))
    def hq_moves(self, person: str, store: str, days: int) -> None:
        """Back-dated, from today, or from a day to come."""
        self.company.move(person, store, from_day=self.company.today() + timedelta(days=days))

    @rule(
        what=st.sampled_from(["card", "card", "name", "fence", "call off", "decide", "decide"]),
        person=_people,
        store=st.sampled_from("AB"),
        n=st.integers(1, 9),
    )
    def hq_edits(self, what: str, person: str, store: str, n: int) -> None:
        if what == "card":
            self.company.edit_person(person, f"李 {n}")
        elif what == "name":
            self.company.rename_store(store, f"Store {store}{n}")
        elif what == "fence":
            self.company.redraw(store, 50 + 10 * n)
        elif what == "call off":
            self.company.call_off(person)
        elif punches := self.company.punches():
            self.company.decide(punches[n % len(punches)].id, ("accept", "correct", "reject")[n % 3])

    @rule(what=st.sampled_from(["prune", "prune", "back up", "restore", "restore", "revoke"]), name=_devices)
    def admin_acts(self, what: str, name: str) -> None:
        if what == "prune":
            prune(self.company.db, self.company.now(), timedelta(milliseconds=-1))
        elif what == "revoke":
            self.company.revoke(self.devices[name].device_id)
        elif what == "back up":
            self.backup = self.folder / "backup.db"
            self.backup.unlink(missing_ok=True)
            self.company.backup(self.backup)
        elif self.backup is not None:
            self.company.restore(self.backup)
            self.restored = True

    # people

    @rule(
        name=_devices,
        who=_people,
        where=st.sampled_from(["", "", "", "A", "B", NO_STORE]),
        poison=st.sampled_from([False] * 5 + [True]),
        lost=st.booleans(),
    )
    def punch(self, name: str, who: str, where: str, poison: bool, lost: bool) -> None:
        device = self.devices[name]
        phone = device.kind == "phone"
        device.punch(person=None if phone else who, store=where or None if phone else None, note="poison" if poison else None)
        if lost:
            self.exchange(name, "lost_reply", 0)

    @rule(name=_devices, n=st.integers(0, 20))
    def add_proof_or_choose_a_pin(self, name: str, n: int) -> None:
        device = self.devices[name]
        made = [one.punch_id for one in device.made.values() if one.punch_id is not None]
        if made and n % 3:
            device.add_proof(made[n % len(made)])
        elif device.kind == "phone":
            device.choose_pin(n % 10)

    @rule(
        name=st.sampled_from(["ph1", "ph2"]),
        what=st.sampled_from(["transfer", "transfer", "reboots", "edited while paging", "called off", "left", "left"]),
        n=st.integers(0, 2),
    )
    def a_story(self, name: str, what: str, n: int) -> None:
        """Things that happen to every company, and that single steps seldom make happen together."""
        device = self.devices[name]
        person = device.person or ""
        if what == "transfer":  # entered while the phone is away; the punch before it belongs to the old store
            device.punch()
            store = "B" if self.company.store_now(person) == "A" else "A"
            self.company.move(person, store, from_day=self.company.today() + timedelta(days=1))
            self.company.pass_ms(24 * 3_600_000)
        elif what == "reboots":  # a punch in a boot that never met the server
            device.reboot()
            self.company.pass_ms(20 * 60_000)
            device.punch()
            device.reboot()
            self.company.pass_ms(90 * 60_000)
        elif what == "called off":  # and forgotten by the feed before the phone is heard of again
            self.company.move(person, "A", from_day=self.company.today() + timedelta(days=2))
            self.sync(name)
            self.company.call_off(person)
            if self.company.true_ms % 2:
                prune(self.company.db, self.company.now(), timedelta(milliseconds=-1))
            self.company.pass_ms(60_001)
        elif what == "left":  # taken in, not performed, and never asked for again
            device.punch()
            self.exchange(name, "server_dies_after_intake", 0)
            if n == 0:
                device.reboot()  # it will say hello before anything else
            else:
                self.admin_acts("back up", name)
                self.sync(name)
                self.admin_acts("restore", name)
                said = [made.punch_id for made in device.made.values() if made.punch_id]
                if said:
                    device.add_proof(said[-1])
        else:
            prune(self.company.db, self.company.now(), timedelta(milliseconds=-1))
            self.exchange(name, "ok", 0)
            self.company.edit_person(person, "李 changed")

    # the network

    @rule(name=_devices, fate=st.sampled_from(FATES), at=st.integers(0, 40))
    def exchange(self, name: str, fate: str, at: int) -> None:
        if self.devices[name].waiting is not None:
            self._ended(name, self.devices[name].deliver(), late=True)
        self._ended(name, self.devices[name].exchange(fate, at))

    @rule(name=_devices, at=st.integers(0, 40))
    def exchange_badly(self, name: str, at: int) -> None:
        self.exchange(name, FATES[1 + at % (len(FATES) - 1)], at)

    @rule(name=_devices)
    def exchange_well(self, name: str) -> None:
        self.exchange(name, "ok", 0)

    @rule(name=_devices)
    def late_things_arrive(self, name: str) -> None:
        self.devices[name].send_strays()
        self._ended(name, self.devices[name].deliver(), late=True)

    @rule(name=_devices)
    def sync(self, name: str) -> None:
        device = self.devices[name]
        complete = device.sync()
        self.visible[name], self.unchecked = checks.holds(device), True
        if complete:
            self._completed(device)

    def _ended(self, name: str, ended: Any, *, late: bool = False) -> None:
        """`late`: the answer was given some steps ago, when the device may have had other scopes."""
        device = self.devices[name]
        held, self.unchecked = checks.holds(device), True
        if ended is not None and ended.complete:
            if not late:
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
        if not hasattr(self, "company") or not self.unchecked:
            return
        self.unchecked = False
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
        for _ in range(2):
            self.company.pass_ms(60_000)
            for device in self.devices.values():
                device.send_strays()
                device.sync()
        self.unchecked = True
        self.nothing_is_lost_doubled_or_healed()
        for device in self.devices.values():
            standing = device.parts.identity.standing
            if not (self.restored and standing == "revoked"):
                # what a wiped device had handed over is gone from it for good; a backup from before then has it not
                checks.check_all_kept(self.company, device)
            checks.check_chain(self.company, device)
            assert standing in ("ok", "revoked"), f"{device.name} is {standing}"
            checks.check_no_leftovers(self.company, device)
            if standing == "ok":
                checks.check_converged(self.company, device)
                checks.check_answered(self.company, device)
