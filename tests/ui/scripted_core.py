"""A core that says what a layout needs to be tried with: long names, every state, every problem. Only for tests of looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mobile.core.views import (
    Enrolment,
    Floor,
    FloorPerson,
    Kept,
    NeedsYou,
    PinAnswer,
    PostingCard,
    Preview,
    PunchLine,
    Said,
    StoreCard,
    StoreCode,
    SyncOutcome,
    SyncState,
    Today,
)
from tests.ui.scripted_cycles import ScriptedCycles
from tests.ui.scripted_desk_roster import ScriptedDeskRoster
from tests.ui.scripted_hearing import ScriptedHearing
from tests.ui.scripted_hours import ScriptedDeskHours, ScriptedHours, ScriptedOwn
from tests.ui.scripted_learner import ScriptedLearner
from tests.ui.scripted_learning import ScriptedDeskTraining, ScriptedLearning
from tests.ui.scripted_office import ScriptedDesk, ScriptedOffice
from tests.ui.scripted_proofs import ScriptedProofs
from tests.ui.scripted_rosters import ScriptedCalendar, ScriptedRoster
from tests.ui.scripted_scores import ScriptedScores

STORE = StoreCard("s1", "肯德基 上海南京东路步行街中心店", "百胜中国", "Asia/Shanghai", "上海市黄浦区南京东路 300 号")
NAMES = (
    "李晓雯",
    "王建国",
    "陈思远",
    "Maria Santos",
    "赵敏",
    "刘洋",
    "孙丽华",
    "James Okafor",
    "Anastasia Konstantinopolskaya-Wrobel",
    "欧阳娜娜",
    "𠮷".replace("𠮷", "喆") + "嘉",
    "周杰",
    "吴昕",
    "郑爽",
)

PREVIEWS = {
    "inside": Preview("inside", 18, 12, 994, "green", ()),
    "uncertain": Preview(
        "uncertain",
        80,
        60,
        310,
        "ask",
        (Said("evidence.place_blurred", {"distance_m": 60, "accuracy_m": 80, "percent": 31}),),
    ),
    "outside": Preview(
        "outside",
        15,
        340,
        0,
        "review",
        (Said("evidence.place_outside", {"distance_m": 340, "accuracy_m": 15, "percent": 0}),),
    ),
    "no_fix": Preview("no_fix", None, None, None, "ask", (Said("place.no_fix", {}),)),
}


def a_line(number: int = 1, **other: Any) -> PunchLine:
    line = PunchLine(
        punch_id=f"p{number}",
        store_id="s1",
        store_name=STORE.name,
        kind="in",
        taken_at_ms=1_780_290_000_000,
        local_time="08:52",
        business_date="2026-06-01",
        grade=None,
        state="kept",
        status="waiting",
        verdict=None,
        reasons=(),
        place="inside",
        distance_m=12,
        accuracy_m=18,
        proof="phone",
    )
    return replace(line, **other)


class ScriptedCore:
    """Answers what it was given; changes what a tap changes."""

    def __init__(self, kind: str = "phone", people: int = 8) -> None:
        self.kind = kind
        self.language = "zh"
        self.changed: Callable[[], None] | None = None
        self.enrolment: Enrolment | None = Enrolment(
            device_id="0197a1c2-3344-7abc-8def-001122334455",
            kind=kind,
            company="远山餐饮集团",
            server_url="https://hr.example.com",
            person_id="e1" if kind == "phone" else None,
            person_name="李晓雯" if kind == "phone" else None,
            store_id="s1" if kind == "kiosk" else None,
            store_name=STORE.name if kind == "kiosk" else None,
        )
        self.posting: PostingCard | None = PostingCard(STORE, "总部 零售运营部", "2026-03-01", "2026-05-31")
        self.next_posting: PostingCard | None = None
        self.lines: tuple[PunchLine, ...] = ()
        self.place = "inside"
        self.locked = False
        presences = ("present", "late", "not_in_yet", "left", "present", "unknown", "not_due", "on_leave")
        since = {"present": "08:52", "late": "09:17", "left": "13:05", "unknown": "09:12"}
        self.people = tuple(
            FloorPerson(
                person_id=f"e{n}",
                name=NAMES[n % len(NAMES)],
                number=f"E{1000 + n}",
                presence=presences[n % 8],
                since=since.get(presences[n % 8]),
                has_pin=n != 3,
                proposed="in",
                shifts=(("09:00", "18:00"),) if n % 4 < 2 else (),
            )
            for n in range(people)
        )
        self.sync = SyncState(
            badge="synced",
            last_synced_ms=1,
            last_synced_local="09:41",
            waiting=0,
            needs_you=(),
            journal_head=128,
            with_hq=128,
            backed_up=120,
            scopes=4,
            rows=236,
            clock_grade="exact",
            free_mb=20_480,
            database_mb=1.4,
            app_version="0.1.0",
            device_id="0197a1c2-3344-7abc-8def-001122334455",
            retry_in_s=None,
        )
        self.office, self.desk = ScriptedOffice(), ScriptedDesk()
        self.proofs = ScriptedProofs(self.desk)
        self.hours, self.desk_hours, self.own = ScriptedHours(), ScriptedDeskHours(), ScriptedOwn()
        self.desk_roster = ScriptedDeskRoster()
        self.roster, self.calendar = ScriptedRoster(), ScriptedCalendar()
        self.learning, self.own_learning, self.desk_training = ScriptedLearner(), ScriptedLearning(), ScriptedDeskTraining()
        self.hearing, self.scores = ScriptedHearing(), ScriptedScores()
        self.cycles = ScriptedCycles()
        self.pin = "481516"
        self.wrong_pins = 0

    is_syncing = False

    def now_ms(self) -> int:
        return 1_780_278_720_000

    def set_language(self, language: str) -> None:
        self.language = language

    def enrol(self, server: str, code: str) -> Enrolment:
        assert self.enrolment is not None
        return self.enrolment

    def today(self) -> Today:
        return Today("李晓雯", self.posting, self.next_posting, "s1" if self.posting else None, "in", self.lines, self.locked)

    def preview(self) -> Preview:
        return PREVIEWS[self.place]

    def punch(self, *, kind: str, person_id: str | None = None, by_pin: bool = False) -> Kept:
        self.lines = (a_line(kind=kind), *self.lines)
        return Kept("p1", kind, "08:52", self.preview())

    def punch_line(self, punch_id: str) -> PunchLine | None:
        return next((line for line in self.lines if line.punch_id == punch_id), None)

    def add_proof(self, punch_id: str, code: str) -> None:
        assert code

    def set_pin(self, pin: str, person_id: str | None = None) -> None:
        self.pin = pin

    def floor(self) -> Floor:
        return Floor(STORE, self.people, self.locked)

    def check_pin(self, person_id: str, pin: str) -> PinAnswer:
        if pin == self.pin:
            return PinAnswer(True, 5, 0)
        self.wrong_pins += 1
        return PinAnswer(False, max(0, 5 - self.wrong_pins), 60 if self.wrong_pins >= 5 else 0)

    def store_code(self) -> StoreCode:
        return StoreCode("482913", "OP1:0197a1c233447abc8def001122334455:59343000:a1b2c3d4e5f60718", 21.0, 30)

    def sync_once(self) -> SyncOutcome:
        return SyncOutcome(True, True, 0, 0, None)

    def sync_state(self) -> SyncState:
        return self.sync

    def acknowledge(self, op_id: str) -> None:
        self.sync = replace(self.sync, needs_you=tuple(n for n in self.sync.needs_you if n.op_id != op_id))

    def offline(self, waiting: int) -> None:
        self.sync = replace(
            self.sync, badge="offline", waiting=waiting, with_hq=128 - waiting, retry_in_s=42.0, clock_grade="unknown"
        )

    def in_need(self) -> None:
        needs = (
            NeedsYou("o1", 127, "attendance.clock_in/1", "rejected", Said("operation.breaks_a_rule", {}), 1),
            NeedsYou("o2", 128, "people.set_pin/1", "held", Said("people.pin_of_another", {}), 1),
        )
        self.sync = replace(self.sync, badge="needs_you", needs_you=needs)


class AtOnce:
    """Answers on the spot: for looks and for view-models, where threads are not the question."""

    def __init__(self, core: Any) -> None:
        self.core = core

    def ask(
        self,
        fn: Callable[[Any], Any],
        then: Callable[[Any], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        try:
            answer = fn(self.core)
        except Exception as error:
            if on_error is None:
                raise
            on_error(error)
        else:
            if then is not None:
                then(answer)


class InMemory:
    """Preferences that last as long as the test."""

    def __init__(self, **kept: Any) -> None:
        self.kept: dict[str, Any] = kept

    def load(self) -> dict[str, Any]:
        return self.kept

    def keep(self, what: dict[str, Any]) -> None:
        self.kept = what
