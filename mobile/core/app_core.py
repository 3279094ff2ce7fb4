"""Everything the app can do, without a screen. Used from one thread; what it answers are frozen values (views.py)."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from contract.attendance import AddProof, ClockIn, KioskProof
from contract.evidence import KioskStep
from contract.ids import new_id
from contract.people import SetPin
from contract.store_code import STEP_MS, code_for, qr_text, step_of
from contract.stores import StoreRow
from contract.sync import Enrolled
from contract.wire import Wire
from mobile.core.acts import Acts
from mobile.core.calendar_feed import CalendarFeed
from mobile.core.cycles import Cycles
from mobile.core.desk import ManagerDesk
from mobile.core.desk_roster import DeskRoster
from mobile.core.desk_training import DeskTraining
from mobile.core.exchange import Outgoing
from mobile.core.hearing import Hearing
from mobile.core.kiosk_hours import DeskHours, OwnPage
from mobile.core.learning import Learning
from mobile.core.local_db import Connect, connect_here
from mobile.core.my_hours import MyHours
from mobile.core.my_roster import MyRoster
from mobile.core.office import Office
from mobile.core.parts import Kind, Parts
from mobile.core.pins import make_verifier
from mobile.core.ports import Answer, Clocks, NoSignal, Ports
from mobile.core.proofs import Proofs
from mobile.core.punches import kept_row, time_of
from mobile.core.scores import Scores
from mobile.core.sync_run import Ended
from mobile.core.sync_status import sync_state_of
from mobile.core.taking import phone_learner
from mobile.core.views import (
    Enrolment,
    Floor,
    Kept,
    PinAnswer,
    Preview,
    PunchLine,
    Refused,
    Said,
    StoreCode,
    SyncOutcome,
    SyncState,
    Today,
)
from mobile.core.worth import CLOCK_IN, preview_of, travel_since

Language = Literal["zh", "en"]

_EXCHANGES_MOST: Final = 200


class AppCore:
    """The phone or the tablet, without its screen."""

    def __init__(
        self, folder: Path, ports: Ports, kind: Kind, *, connect: Connect = connect_here, rng: random.Random | None = None
    ) -> None:
        self._folder, self._ports, self._kind, self._connect = folder, ports, kind, connect
        self._rng = rng or random.Random()
        self._open: Parts | None = None
        self.changed: Callable[[], None] | None = None
        self._acts = Acts(ports, lambda: self._parts, self._tell)
        self.office, self.desk = Office(self._acts), ManagerDesk(self._acts)
        self.hours, self.desk_hours = MyHours(self._acts, self.office), DeskHours(self._acts, self.desk)
        self.own, self.roster = OwnPage(self._acts), MyRoster(self._acts, self.office)
        self.desk_roster = DeskRoster(self._acts, self.desk)
        self.calendar = CalendarFeed(self._acts)
        self.proofs = Proofs(self._acts, self.desk)
        self.learning = Learning(self._acts, lambda: phone_learner(self._acts))
        self.own_learning = Learning(self._acts, self.own.learner)
        self.desk_training = DeskTraining(self._acts, self.desk)
        self.hearing = Hearing(self._acts, self.own, self.desk)
        self.scores = Scores(self._acts, self.desk)
        self.cycles = Cycles(self._acts, self.desk)

    # life

    def start(self) -> None:
        """Open the store and see that it is safe. Raises Refused where it is not."""
        if self._open is None:
            self._open = Parts(self._folder / "outpost.db", self._ports, self._kind, self._connect, self._rng)

    def close(self) -> None:
        if self._open is not None:
            self._open.db.close()
            self._open = None

    def pulse(self) -> None:
        """This device is still running: noted once a minute, so that a restart without signal leaves little open."""
        parts, clocks = self._parts, self._ports.clock.read()
        if parts.run.anchors.is_news(clocks):
            with parts.db.write():
                parts.run.anchors.seen(clocks)

    @property
    def _parts(self) -> Parts:
        if self._open is None:
            raise Refused("client.not_started")
        return self._open

    @property
    def enrolment(self) -> Enrolment | None:
        identity = self._parts.identity
        return None if identity.standing == "revoked" else identity.enrolment

    def enrol(self, server_url: str, code: str) -> Enrolment:
        """Become a device of this server. Safe to repeat after a lost answer. Raises Refused or NoSignal."""
        parts = self._parts
        if parts.identity.standing == "ok":
            raise Refused("client.already_enrolled")
        asked = self._ports.clock.read()
        who = parts.identity.ask_to_enrol(server_url, code)
        parts.begin_anew(who, server_url, asked, self._ports.clock.read())
        self._tell()
        enrolment = parts.identity.enrolment
        assert enrolment is not None
        return enrolment

    # language

    @property
    def language(self) -> Language:
        return "en" if self._parts.settings.get("language") == "en" else "zh"

    def set_language(self, language: Language) -> None:
        with self._parts.db.write():
            self._parts.settings.put("language", language)
        self._tell()

    # pages

    def today(self) -> Today:
        parts, clocks = self._parts, self._ports.clock.read()
        return parts.pages.today(parts.identity.need(), parts.run.anchors.now_ms(clocks), locked=parts.run.lease.is_over(clocks))

    def floor(self) -> Floor:
        parts, clocks = self._parts, self._ports.clock.read()
        return parts.pages.floor(
            parts.identity.need(),
            parts.run.anchors.now_ms(clocks),
            locked=parts.run.lease.is_over(clocks),
            heard_ms=parts.settings.number("last_synced_ms"),
        )

    def punches(self, person_id: str | None = None, limit: int = 50) -> tuple[PunchLine, ...]:
        return self._parts.punches.lines(self._person(person_id), limit)

    def punch_line(self, punch_id: str) -> PunchLine | None:
        return self._parts.punches.line(punch_id)

    def sync_state(self) -> SyncState:
        return sync_state_of(self._parts, self._ports)

    # punching

    def preview(self, store_id: str | None = None, code: str | None = None) -> Preview:
        """What a punch would be worth now. Reads the locator once."""
        who = self._parts.identity.need()
        clocks = self._ports.clock.read()
        return self._preview(self._store(store_id, who.person_id, clocks), clocks, self._acts.fix(), code, "none")

    def punch(
        self,
        *,
        kind: Literal["in", "out"] | None = None,
        store_id: str | None = None,
        person_id: str | None = None,
        code: str | None = None,
        by_pin: bool = False,
        note: str | None = None,
        photo: bytes | None = None,
    ) -> Kept:
        """Keep a punch. It is on the disk when this returns. Raises Refused before anything has said "done"."""
        parts, clocks = self._parts, self._ports.clock.read()
        who = self._may_act()
        person = self._person(person_id)
        if who.kind == "kiosk":
            if parts.pages.person(person) is None:
                raise Refused("client.person_unknown")
            if by_pin:
                self._acts.use_pin(person, clocks)
        store = self._store(store_id, person, clocks)
        fix = self._acts.fix()
        step: KioskStep = "none"
        if who.kind == "kiosk" and by_pin:
            step = "pin" if photo is None else "pin_and_photo"
        now_ms = parts.run.anchors.now_ms(clocks)
        preview = self._preview(store, clocks, fix, code, step, person=person)
        kind = kind or parts.now.action(person, now_ms).kind
        act = ClockIn(
            store_id=store,
            kind=kind,
            fix=fix,
            code=None if code is None else code.strip()[:120],
            kiosk=KioskProof(pin=by_pin, photo=photo is not None) if who.kind == "kiosk" else None,
            photo=None if photo is None else parts.photos.name(photo),
            note=note or None,
        )
        when = time_of(parts.replica.get("store", store, StoreRow))
        punch_id = new_id()
        row = kept_row(
            punch_id=punch_id,
            person_id=person,
            store_id=store,
            kind=kind,
            at_ms=now_ms,
            when=when,
            preview=preview,
            by_kiosk=who.kind == "kiosk",
            device_id=who.device_id,
            code_given=code is not None,
        )

        places: list[int] = []

        def also(op: str, seq: int) -> None:
            parts.punches.keep(op, row)
            places.append(seq)
            if photo is not None:
                parts.photos.keep(photo, seq)

        self._keep(act, person, clocks, ent=punch_id, also=also, room=0 if photo is None else len(photo))
        self._ports.signals.kept()
        extra = self.proofs.drawn(punch_id, person, places[0], clocks)
        return Kept(punch_id=punch_id, kind=kind, local_time=when.hhmm(now_ms), preview=preview, extra=extra)

    def add_proof(self, punch_id: str, code: str | None = None) -> None:
        """One more proof for a punch that asked for it: the store's code if given, and where the phone is now."""
        row = self._parts.punches.row(punch_id)
        if row is None:
            raise Refused("attendance.punch_unknown")
        self._may_act()
        proof = AddProof(
            punch_id=punch_id,
            fix=self._acts.fix(),
            code=None if code is None else code.strip()[:120],
        )
        self._keep(proof, row.person_id, self._ports.clock.read())
        self._ports.signals.kept()

    # PIN and store code

    def set_pin(self, pin: str, person_id: str | None = None) -> None:
        """A new PIN. Checked here from now on; HQ and the store's other tablets learn it with the next sync."""
        parts, who = self._parts, self._may_act()
        person = self._person(person_id)
        if who.kind == "kiosk" and parts.pages.verifier(person) is not None:
            self._acts.use_pin(person, self._ports.clock.read())
        verifier = make_verifier(pin)
        self._keep(
            SetPin(person_id=person, verifier=verifier),
            person,
            self._ports.clock.read(),
            also=lambda op, _: parts.pins.keep(person, op, verifier),
        )

    def check_pin(self, person_id: str, pin: str) -> PinAnswer:
        """Judge a PIN, with no signal. Raises Refused("client.no_pin") where the person has none here."""
        return self._acts.check_pin(person_id, pin, self._parts.pages.verifier(person_id))

    def store_code(self) -> StoreCode:
        """The code to show now. None is shown while this boot has met no server: its clock would prove nothing."""
        parts = self._parts
        key = parts.identity.code_key
        if key is None:
            raise Refused("client.no_code_key")
        now_ms = parts.run.anchors.server_ms(self._ports.clock.read())
        if now_ms is None:
            raise Refused("client.clock_unproven")
        step, device = step_of(now_ms), parts.identity.device_id
        left_ms = (step + 1) * STEP_MS - now_ms
        return StoreCode(
            digits=code_for(key, device, step),
            qr=qr_text(key, device, step),
            left_s=left_ms / 1000,
            step_s=STEP_MS // 1000,
        )

    # sync

    def sync_once(self) -> SyncOutcome:
        """Exchange with the server until both have said all they have, or there is no signal. Never raises NoSignal."""
        if self._parts.run.is_under_way:
            return SyncOutcome(False, False, 0, 0, Said("client.sync_running", {}))
        sent = rows = 0
        ended = Ended(False)
        for _ in range(_EXCHANGES_MOST):
            out = self.begin_exchange()
            if out is None:
                break
            ended = self.finish_exchange(out, self.carry(out))
            sent, rows = sent + ended.sent, rows + ended.rows
            if not ended.reached or not self._parts.run.has_more:
                break
        return SyncOutcome(reached=ended.reached, complete=ended.complete, sent=sent, received_rows=rows, problem=ended.problem)

    def begin_exchange(self) -> Outgoing | None:
        """The next request, for a worker that sends it on another thread; None while one is on its way."""
        self.proofs.forget_old()
        self.learning.hand_in_overdue()
        return self._parts.run.begin()

    def carry(self, out: Outgoing) -> Answer | NoSignal:
        """Let the link send it. Touches nothing but the link: may run on any thread."""
        try:
            return self._ports.link.send(out.method, out.path, out.body, out.headers, out.timeout_s)
        except NoSignal as silence:
            return silence

    def finish_exchange(self, out: Outgoing, answer: Answer | NoSignal) -> Ended:
        """Take the answer in."""
        ended = self._parts.run.finish(out, answer)
        self._tell()
        return ended

    @property
    def is_syncing(self) -> bool:
        """A request is on its way."""
        return self._parts.run.is_under_way

    def now_ms(self) -> int:
        """The best estimate of true time: what a clock on the wall should show, even where the device's is set wrong."""
        return self._parts.run.anchors.now_ms(self._ports.clock.read())

    def next_sync_in_s(self) -> float:
        """When the next try is due; 0 is now."""
        return self._parts.run.next_in_ms() / 1000

    def set_awake(self, awake: bool) -> None:
        """The app came to the front, or went to the back: in the back it asks less often."""
        self._parts.run.set_awake(awake)

    def news(self, *, came: bool = False) -> tuple[str, dict[str, str]] | None:
        """Where to listen for news and with what (SyncRun.listens); with `came`, some came and a sync is due."""
        if came:
            self._parts.run.heard()
        return self._parts.run.listens()

    def acknowledge(self, op_id: str) -> None:
        """The person has seen a refused operation."""
        with self._parts.db.write():
            self._parts.journal.acknowledge(op_id)
        self._tell()

    # inside

    def _keep(self, act: Wire, actor: str, clocks: Clocks, **more: Any) -> None:
        self._acts.keep(act, actor, clocks, **more)

    def _may_act(self) -> Enrolled:
        return self._acts.may_act()

    def _person(self, person_id: str | None) -> str:
        return self._acts.person(person_id)

    def _store(self, store_id: str | None, person_id: str | None, clocks: Clocks) -> str:
        who = self._parts.identity.need()
        found = store_id or who.store_id
        if found is None and person_id is not None:
            found = self._parts.pages.punches_at(person_id, self._parts.run.anchors.now_ms(clocks))
        if found is None:
            raise Refused("client.no_store")
        return found

    def _preview(
        self, store_id: str, clocks: Clocks, fix: Any, code: str | None, kiosk: KioskStep, *, person: str | None = None
    ) -> Preview:
        parts = self._parts
        who = parts.identity.need()
        now_ms = parts.run.anchors.now_ms(clocks)
        by_phone = who.kind == "phone"
        posting, _ = parts.pages.postings(person or who.person_id or "", now_ms)
        last = parts.journal.last_of(CLOCK_IN) if by_phone else None
        return preview_of(
            store=parts.replica.get("store", store_id, StoreRow),
            fix=fix,
            clocks=clocks,
            server_ms=parts.run.anchors.server_ms(clocks),
            by_phone=by_phone,
            posted_here=not by_phone or (posting is not None and posting.store_id == store_id),
            code=code,
            kiosk=kiosk,
            travel=travel_since(last, fix, clocks, parts.run.anchors),
        )

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed()
