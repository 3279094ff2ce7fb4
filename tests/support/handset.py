"""A phone or tablet of a test's company: the real AppCore over a scripted world, and what may happen to its requests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from contract.geo import Fix
from contract.people import SetPin
from mobile.core import sync_run
from mobile.core.app_core import AppCore
from mobile.core.exchange import Outgoing
from mobile.core.ports import Answer, NoSignal
from mobile.core.seals import OWN
from mobile.core.views import Refused
from mobile.devices.fake import FakeClock, FakeWorld
from server.sync import gate
from tests.support.company import PLACES, Company
from tests.support.crashing_db import DeviceDied, Fuse, ServerDied, crashing_connect
from tests.support.planted import instead

FATES = (
    "ok", "lost_request", "lost_reply", "doubled", "delayed", "stray", "truncated", "portal", "device_dies",
    "device_dies_applying", "server_dies_after_intake", "server_dies",
)  # fmt: skip
PORTAL = b"<html><head><title>Welcome</title></head><body>Sign in to use this Wi-Fi</body></html>"


def _die(*_: object, **__: object) -> None:
    raise ServerDied("after intake")


@dataclass
class Made:
    """One journal entry as it was when the app said "kept"."""

    raw: bytes
    true_ms: int
    punch_id: str | None = None
    store: str | None = None
    judged_posted: bool | None = None
    proof_of: str | None = None


@dataclass
class Handset:
    """`made` is the test's own record, by identity and number: what the device has promised to keep."""

    name: str
    kind: Literal["phone", "kiosk"]
    company: Company
    folder: Path
    person: str | None = None
    store: str | None = None
    world: FakeWorld = field(default_factory=FakeWorld)
    made: dict[tuple[str, int], Made] = field(default_factory=dict)
    small_pages: bool = True

    def __post_init__(self) -> None:
        self.fuse = Fuse()
        self.waiting: tuple[Outgoing, Answer | NoSignal] | None = None
        self.strays: list[Outgoing] = []
        self.world.link.through = self.company.answer
        self.company.ticks.append(self.world.clock.pass_ms)
        self.core: AppCore = self.open()

    # life

    def open(self) -> AppCore:
        self.core = AppCore(self.folder, self.world.ports(), self.kind, connect=crashing_connect(self.fuse))
        self.core.start()
        return self.core

    def die(self) -> None:
        """The process is gone, with everything that was only in memory."""
        self.waiting = None
        self.fuse.blown = False
        self.fuse.renew()
        self.core.close()

    def die_and_open(self) -> None:
        self.die()
        self.open()

    def reboot(self) -> None:
        self.die()
        clock = self.world.clock
        clock.boots, clock.booted_ms = clock.boots + 1, clock.true_ms
        self.open()

    def enrol(self) -> Handset:
        code = self.company.code_for(person=self.person, store=self.store)
        self.core.enrol("http://server.test", code)
        return self

    @property
    def device_id(self) -> str:
        return str(self.parts.identity.device_id)

    @property
    def parts(self) -> Any:
        return self.core._parts

    # acts

    def stand_at(self, store: str) -> None:
        lat, lng = PLACES[list(self.company.stores).index(store) % len(PLACES)]
        self.world.locator.now = Fix(lat_e7=lat, lng_e7=lng, accuracy_dm=180, age_ms=1_000)

    def punch(
        self, *, store: str | None = None, person: str | None = None, note: str | None = None, code: str | None = None
    ) -> bool:
        """Whether the app said "kept"; then it is in `made`."""
        where = None if store is None else self.company.stores.get(store, store)
        who = None if person is None else self.company.people[person]
        try:
            kept = self.core.punch(kind="in", store_id=where, person_id=who, note=note, code=code)
        except Refused:
            return False
        made = self.note_made(kept.punch_id)
        made.store = where
        return True

    def add_proof(self, punch_id: str) -> bool:
        try:
            self.core.add_proof(punch_id)
        except Refused:
            return False
        self.note_made().proof_of = punch_id
        return True

    def choose_pin(self, n: int) -> bool:
        """As the app does it, but for the expensive hash: what travels is a verifier of the same shape."""
        parts, verifier = self.parts, f"$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ${'A' * 40}{n}"
        person = self.company.people[self.person or ""]
        try:
            self.core._may_act()
        except Refused:
            return False
        act = SetPin(person_id=person, verifier=verifier)
        clocks = self.world.clock.read()
        self.core._keep(act, person, clocks, also=lambda op, _: parts.pins.keep(person, op, verifier))
        self.note_made()
        return True

    def note_made(self, punch_id: str | None = None) -> Made:
        journal = self.parts.journal
        seq = journal.last_seq
        found = self.parts.db.row("SELECT op, sealed FROM journal WHERE seq = ?", (seq,))
        made = Made(self.parts.keys.unseal(OWN, f"{found[0]}|{seq}", found[1]), self.company.true_ms, punch_id)
        self.made[self.device_id, seq] = made
        return made

    # exchanges

    def begin(self) -> Outgoing | None:
        if self.small_pages:
            run: sync_run.SyncRun = self.parts.run
            run._plan = replace(run._plan, budget=1_000, most_ops=4)
        return self.core.begin_exchange()

    def exchange(self, fate: str = "ok", at: int = 0) -> sync_run.Ended | None:
        """One request and what becomes of it. None where nothing came back to the app."""
        self.deliver()
        out = self.begin()
        if out is None:
            return None
        answer = self._carry(out, fate, at)
        if fate == "delayed":
            self.waiting = (out, answer)
            return None
        if fate == "device_dies":
            self.die_and_open()
            return None
        if fate == "device_dies_applying":
            self.fuse.renew(1 + at)
            try:
                return self.core.finish_exchange(out, answer)
            except DeviceDied:
                self.die_and_open()
                return None
            finally:
                self.fuse.renew()
        return self.core.finish_exchange(out, answer)

    def deliver(self) -> sync_run.Ended | None:
        """The answer that took its time arrives."""
        if self.waiting is None:
            return None
        (out, answer), self.waiting = self.waiting, None
        return self.core.finish_exchange(out, answer)

    def send_strays(self) -> None:
        """Requests that were lost on the way arrive after all. Nobody waits for their answers."""
        strays, self.strays = self.strays, []
        for out in strays:
            self._through(out)

    def sync(self, most: int = 60) -> bool:
        """Exchange until both have said all; True where the last answer completed the view."""
        self.deliver()
        complete = False
        for _ in range(most):
            out = self.begin()
            if out is None:
                return complete
            ended = self.core.finish_exchange(out, self.core.carry(out))
            complete = ended.complete
            if not ended.reached or not self.parts.run.has_more:
                break
        return complete

    def _carry(self, out: Outgoing, fate: str, at: int) -> Answer | NoSignal:
        if fate == "lost_request":
            return NoSignal("lost")
        if fate == "stray":
            self.strays.append(out)
            return NoSignal("late")
        if fate == "portal":
            return Answer(200, PORTAL)
        if fate == "server_dies_after_intake":
            with instead(gate, "perform_fresh", _die), instead(gate, "perform_open", _die):
                return self._through(out)
        if fate == "server_dies":
            self.company.fuse.renew(1 + at)
            answer = self._through(out)
            self.company.fuse.renew()
            return answer
        answer = self._through(out)
        if fate == "lost_reply":
            return NoSignal("lost")
        if fate == "doubled":
            answer = self._through(out)
        if fate == "truncated" and isinstance(answer, Answer):
            return replace(answer, body=answer.body[: len(answer.body) * (at + 1) // 12])
        return answer

    def _through(self, out: Outgoing) -> Answer | NoSignal:
        try:
            return self.company.answer(out.method, out.path, out.body, out.headers)
        except NoSignal as silence:
            return silence

    # many of the same

    def keep_copy(self, to: Path) -> Any:
        self.core.close()
        shutil.copytree(self.folder, to)
        clock = self.world.clock
        secrets = dict(self.world.vault.secrets)
        about = (self.name, self.kind, self.person, self.store, secrets, replace(clock), self.world.hardware)
        self.open()
        return about

    @classmethod
    def from_copy(cls, company: Company, source: Path, folder: Path, about: Any) -> Handset:
        name, kind, person, store, secrets, clock, hardware = about
        shutil.copytree(source, folder)
        world = FakeWorld(clock=replace(clock), hardware=hardware)
        world.vault.secrets = dict(secrets)
        return cls(name, kind, company, folder, person, store, world)


def new_handset(company: Company, name: str, *, person: str | None = None, store: str | None = None) -> Handset:
    """A device fresh from its box, enrolled for the person's phone or the store's tablet."""
    clock = FakeClock(true_ms=company.true_ms, booted_ms=company.true_ms - 3_600_000)
    world = FakeWorld(clock=clock, hardware=f"hardware-{name}")
    kind: Literal["phone", "kiosk"] = "phone" if person else "kiosk"
    handset = Handset(name, kind, company, company.folder / name, person, store, world)
    if store or person:
        handset.stand_at(store or "A")
    return handset.enrol()
