"""What the board says of one person, from what is known: silence is never absence, and what is written ahead is what will be."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.boards import STATES
from contract.shifts import DutyBreak, DutyRow, DutyWindow
from server.boards import rules
from server.boards.rules import (
    ABSENT_OVER,
    KIOSK_SILENT_AFTER,
    LATE_SYNC_AFTER,
    NOT_HERE,
    Device,
    Devices,
    Fact,
    Graces,
    Known,
    certain,
    course,
    heard,
    kiosk_silent_since,
    minutes_late_synced,
    needs_since,
)
from tests.support.planted import instead

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = 3_600_000
DAY = 24 * HOUR
MIDNIGHT = 1_795_104_000_000  # some midnight; the business day of these tests turns at five
TURN = MIDNIGHT + 5 * HOUR
moments = st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 20, 4), timezones=st.just(UTC))


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


def at(hour: float) -> int:
    """An hour of the day, more than 24: of the next one; less than 0: of the one before."""
    return MIDNIGHT + round(hour * 60) * 60_000


def duty(*windows: tuple[float, float], day: int = 0, kind: str = "fixed", **more: object) -> DutyRow:
    made = [DutyWindow(starts_ms=at(a), ends_ms=at(b), kind=kind, **more) for a, b in windows]  # type: ignore[arg-type]
    begins = TURN + day * DAY
    return DutyRow(person_id="p", day=f"day {day}", zone="UTC", starts_ms=begins, ends_ms=begins + DAY, windows=made)


def person(*punches: tuple[str, float], store: str = "A", **more: object) -> Known:
    facts = [Fact(at(hour), kind, store, f"{kind}{hour}") for kind, hour in punches]
    return Known("A", TURN, ((0, None),), facts, **more)  # type: ignore[arg-type]


def word(known: Known, hour: float) -> str:
    return certain(known, at(hour)).word


# devices


@pytest.mark.parametrize(
    ("last_seen", "since"),
    [
        ([], None),
        ([NOW], None),
        ([ago(minutes=15)], None),
        ([ago(minutes=15, seconds=1)], ago(minutes=15, seconds=1)),
        ([ago(hours=9), ago(minutes=1)], None),
        ([ago(hours=9), ago(hours=2)], ago(hours=2)),
    ],
)
def test_a_store_is_silent_when_none_of_its_tablets_speaks(last_seen: list[datetime], since: datetime | None) -> None:
    assert kiosk_silent_since(last_seen, NOW) == since


@given(st.lists(moments, min_size=1, max_size=4))
def test_one_tablet_that_is_awake_is_enough_whatever_the_others_do(others: list[datetime]) -> None:
    assert kiosk_silent_since([*others, NOW], NOW) is None
    silent = kiosk_silent_since(others, NOW)
    assert silent is None or NOW - silent > KIOSK_SILENT_AFTER


def spoke(hour: float, *, enrolled: float = -99) -> Device:
    return Device(at(enrolled), at(hour), at(hour))


@pytest.mark.parametrize(
    ("said", "kiosks", "phones", "state", "since"),
    [
        ("present", [spoke(9)], [], "present", None),
        ("left", [], [spoke(1)], "left", None),
        ("not_in_yet", [spoke(12)], [], "not_in_yet", None),
        ("not_in_yet", [spoke(12)], [spoke(-40)], "not_in_yet", None),
        ("not_in_yet", [spoke(11)], [spoke(12)], "unknown", at(11)),
        ("not_in_yet", [], [spoke(5)], "not_in_yet", None),
        ("not_in_yet", [], [spoke(4.9)], "unknown", at(4.9)),
        ("not_in_yet", [], [], "not_in_yet", None),
        ("absent", [spoke(12)], [], "absent", None),
        ("absent", [spoke(9.2)], [], "unknown", at(9.2)),  # it told of nine o'clock, and of nothing since twelve past
        ("absent", [spoke(12)], [spoke(8)], "unknown", at(8)),
        ("absent", [spoke(12)], [spoke(9.5)], "absent", None),
        ("absent", [spoke(12), spoke(8)], [], "unknown", at(8)),
        ("absent", [spoke(12)], [spoke(8, enrolled=10)], "absent", None),  # it can hold nothing from before it was enrolled
        ("absent", [], [], "absent", None),
        (ABSENT_OVER, [spoke(9.5)], [], "absent", None),
        (ABSENT_OVER, [spoke(8)], [], "unknown", at(8)),
        ("off", [spoke(1)], [], "off", None),
        ("on_leave", [spoke(1)], [spoke(1)], "on_leave", None),
    ],
)
def test_who_was_not_seen_is_absent_only_when_every_device_that_could_know_has_spoken(
    said: str, kiosks: list[Device], phones: list[Device], state: str, since: int | None
) -> None:
    found = heard(said, Devices(kiosks, phones), needs_ms=at(9), day_starts_ms=TURN, now_ms=at(12))
    assert found == (state, since)


def test_between_the_grace_and_the_next_word_of_a_device_somebody_is_not_in_yet_not_absent() -> None:
    devices = Devices([spoke(9 - 1 / 60)], [])
    assert heard("absent", devices, needs_ms=at(9), day_starts_ms=TURN, now_ms=at(9) + 30_000) == ("not_in_yet", None)


# one day


@pytest.mark.parametrize(
    ("known", "hour", "state"),
    [
        (person(), 12, "not_in_yet"),  # nobody planned anything: the words there have always been
        (person(("in", 9)), 12, "present"),
        (person(("in", 9), ("out", 10)), 12, "left"),
        (person(plan=duty((9, 18))), 8.9, "not_due"),
        (person(plan=duty((9, 18))), 9, "not_in_yet"),
        (person(plan=duty((9, 18))), 9 + 1 / 60, "absent"),
        (person(plan=duty((9, 18)), graces=Graces(grace_in=5)), 9 + 5 / 60, "not_in_yet"),
        (person(plan=duty((9, 18))), 20, ABSENT_OVER),
        (person(("in", 8.9), plan=duty((9, 18))), 10, "present"),
        (person(("in", 9.2), plan=duty((9, 18))), 10, "late"),
        (person(("in", 9.05), plan=duty((9, 18)), graces=Graces(grace_in=5)), 10, "present"),
        (person(("in", 9.2), plan=duty((9, 18), kind="flexible", required_min=480)), 10, "present"),
        (person(("in", 9), ("out", 16), plan=duty((9, 18))), 17, "early"),
        (person(("in", 9), ("out", 18), plan=duty((9, 18))), 19, "left"),
        (person(plan=duty()), 12, "off"),
        (person(plan=duty((9, 18), kind="on_call")), 12, "not_due"),
        (person(plan=duty((18, 24))), 12, "not_due"),  # due only in the evening
        (person(("in", 10), ("out", 14), plan=duty((10, 14), (17, 21))), 15, "left"),  # until the next window
        (person(plan=duty((9, 18)), away=[(at(5), at(29))]), 12, "on_leave"),
        (person(plan=duty((9, 18)), away=[(at(5), at(12))]), 12 + 1 / 60, "absent"),
        (person(("in", 12), plan=duty((9, 18)), away=[(at(5), at(12))]), 13, "present"),
        (person(("in", 9), store="B", plan=duty((9, 18))), 10, "present"),  # a planned day may be spent in several stores
        (person(("in", 9), store="B"), 10, "not_in_yet"),
        (person(plan=None, away=[(at(5), at(29))]), 12, "on_leave"),
    ],
)
def test_the_words_of_a_day(known: Known, hour: float, state: str) -> None:
    assert word(known, hour) == state


@pytest.mark.parametrize(
    ("known", "hour", "state"),
    [
        (person(("in", -2), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 5.5, "present"),  # the day has turned
        (person(("in", -1.5), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 5.5, "late"),
        (person(("in", -2), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 11.9, "present"),  # and nobody closed it
        (person(("in", -2), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 12, "not_due"),  # forgotten by now
        (person(("in", -2), ("out", 6.1), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 7, "not_due"),
        (person(("in", -2), ("out", 6.1), plan_before=duty((-2, 6), day=-1), plan=duty()), 7, "off"),
        (person(("in", -2)), 5.5, "present"),  # nobody planned it, and still they are there
        (person(("in", -16)), 9, "not_in_yet"),  # yesterday's forgotten clock-out makes nobody present
        (person(("in", -2), ("out", 6.1), ("in", 21.9), plan_before=duty((-2, 6), day=-1), plan=duty((22, 30))), 23, "present"),
        (person(("in", 4.5), plan_before=duty(day=-1), plan=duty((5.5, 14))), 6, "present"),  # came before the day turned
        (person(("in", -15), ("out", 18.1), plan_before=duty((-15, -6), day=-1), plan=duty((9, 18))), 19, "left"),
    ],
)
def test_a_night_shift_is_shown_on_past_the_turn_of_the_day_until_it_is_closed(known: Known, hour: float, state: str) -> None:
    assert word(known, hour) == state


def test_a_visitor_stays_a_visitor_and_who_is_neither_posted_nor_seen_is_on_no_list() -> None:
    visiting = person(("in", 9))._replace(posted=())
    assert [word(visiting, hour) for hour in (8, 9)] == [NOT_HERE, "visitor_in"]
    begins = person()._replace(posted=((at(12), at(20)),))
    assert [word(begins, hour) for hour in (11, 12, 20)] == [NOT_HERE, "not_in_yet", NOT_HERE]


def test_lateness_and_early_leaving_are_said_in_minutes() -> None:
    late = certain(person(("in", 9.2), plan=duty((9, 18))), at(10))
    early = certain(person(("in", 9), ("out", 16.5), plan=duty((9, 18))), at(17))
    assert (late.late_min, early.early_min) == (12, 90)


# ahead of time

hours = st.integers(-30 * 4, 40 * 4).map(lambda quarter: quarter / 4)


def draw(seed: int) -> Known:
    """Somebody's day, of any kind."""
    chance = random.Random(seed)

    def windows(day: int) -> DutyRow | None:
        if chance.random() < 0.2:
            return None
        starts = sorted(chance.sample(range(30), 2 * chance.choice((0, 1, 1, 1, 2))))
        pairs = [(24 * day + a, 24 * day + b) for a, b in zip(starts[::2], starts[1::2], strict=True)]
        kind = chance.choice(("fixed", "windows", "flexible", "on_call"))
        core = {}
        if kind == "flexible" and pairs and chance.random() < 0.5:
            core = {"core_starts_ms": at(pairs[0][0] + 0.25), "core_ends_ms": at(pairs[0][1] - 0.25)}
        pauses = []
        if pairs and chance.random() < 0.3:
            pauses = [DutyBreak(kind="automatic", minutes=30, starts_ms=at(pairs[0][0] + 0.5))]
        required = chance.choice((None, 30, 60, 240))
        grace = chance.choice((None, 0, 7))
        return duty(*pairs, day=day, kind=kind, required_min=required, grace_min=grace, breaks=pauses, **core)

    facts, kind = [], chance.choice(("in", "out"))
    for n, minute in enumerate(sorted(chance.sample(range(-20 * 60, 30 * 60), chance.randrange(5)))):
        facts.append(Fact(at(minute / 60) + chance.randrange(60_000), kind, chance.choice("AAAB"), str(n)))
        kind = ("out" if kind == "in" else "in") if chance.random() < 0.9 else kind
    away = [(at(a), at(a + chance.choice((1, 4, 24)))) for a in chance.sample(range(-24, 24), chance.choice((0, 0, 1, 2)))]
    begins = chance.choice((0, 0, at(chance.randrange(-10, 20))))
    posted = () if chance.random() < 0.1 else ((begins, chance.choice((None, None, at(25)))),)
    return Known("A", TURN, posted, facts, windows(0), windows(-1), away, Graces(chance.choice((0, 5)), chance.choice((0, 5))))


def differs(seed: int, minutes: int) -> bool:
    """Whether what was written down at the turn of the day is not what is said at a later minute."""
    known, now = draw(seed), TURN + minutes * 60_000 + seed % 60_000
    stretch = [one for one in course(known, TURN, TURN + DAY) if one.from_ms <= now][-1]
    said = certain(known, now).word
    needs = needs_since(known, now) if said in ("absent", ABSENT_OVER) else None
    return (stretch.word, stretch.needs_ms) != (said, needs)


@given(st.integers(0, 100_000), st.integers(0, 1_439))
@example(3, 300)
def test_what_was_written_down_ahead_is_what_is_said_when_the_time_has_come(seed: int, minutes: int) -> None:
    assert not differs(seed, minutes)


def test_a_moment_that_was_forgotten_when_writing_ahead_is_found() -> None:
    """The control: shifts' own instants left out of those at which a state may change."""
    whole = rules._turns
    with instead(rules, "_turns", lambda known: list(whole(known._replace(plan=None)))):
        assert any(differs(seed, minutes) for seed in range(60) for minutes in (30, 400, 800))


@given(st.integers(0, 100_000), hours)
@example(1, 9.0)
def test_everybody_who_is_posted_is_in_exactly_one_of_the_ten_states(seed: int, hour: float) -> None:
    known = draw(seed)
    said = certain(known, at(hour)).word
    state, _ = heard(said, Devices(), needs_ms=0, day_starts_ms=TURN, now_ms=at(hour))
    assert (state in STATES) == (said != NOT_HERE) and rules.is_posted(known, at(hour)) == (
        said not in (NOT_HERE, "visitor_in", "visitor_out")
    )


@pytest.mark.parametrize(
    ("waited", "minutes"),
    [({"seconds": 0}, None), ({"minutes": 15}, None), ({"minutes": 15, "seconds": 1}, 15),
     ({"hours": 30}, 1_800), ({"minutes": -5}, None)],
)  # fmt: skip
def test_a_late_punch_is_marked_from_a_quarter_of_an_hour_on(waited: dict[str, float], minutes: int | None) -> None:
    assert minutes_late_synced(NOW, NOW + timedelta(**waited)) == minutes
    assert timedelta(minutes=15) == LATE_SYNC_AFTER
