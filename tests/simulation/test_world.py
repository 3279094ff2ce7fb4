"""The made-up world keeps what it promises: positions err as published, clocks are wrong as told, the network lies."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from contract.datums import Wgs84
from contract.geo import distance_m
from mobile.core.ports import Answer, NoSignal
from simulation.agenda import Agenda
from simulation.clocks import HOUR, MIDNIGHT_MS, DeviceClock, ServerClock, TrueTime
from simulation.gadgets import Killed, _Mortal
from simulation.ground import GROUNDS, fix_at
from simulation.places import read_stores, sites_from
from simulation.weather import Weather

HERE = Wgs84(31.2304, 121.4737)


@pytest.mark.parametrize(
    ("name", "low_m", "high_m"), [("street", 3, 6), ("canyon", 12, 22), ("mall", 28, 60), ("basement", 60, 250)]
)
def test_receivers_err_as_published(name: str, low_m: float, high_m: float) -> None:
    rng = random.Random(5)
    fixes = [fix_at(rng, GROUNDS[name], HERE) for _ in range(4_000)]  # type: ignore[index]
    errors = [distance_m(HERE, Wgs84.from_e7(fix.lat_e7, fix.lng_e7)) for fix in fixes if fix is not None]
    assert low_m <= median(errors) <= high_m
    assert len(errors) / len(fixes) == pytest.approx(1 - GROUNDS[name].no_fix, abs=0.03)  # type: ignore[index]


def test_a_reboot_begins_a_new_boot_and_leaves_the_wall_clock_wrong() -> None:
    time = TrueTime(MIDNIGHT_MS)
    clock = DeviceClock(time, drift_ppm=40, wall_off_ms=-2 * HOUR)
    before = clock.read()
    time.pass_ms(HOUR)
    clock.reboot()
    after = clock.read()
    assert after.boot_id != before.boot_id
    assert after.boot_ms < before.boot_ms
    assert after.wall_ms == time.now_ms - 2 * HOUR


def test_the_servers_clock_file_always_holds_a_whole_number(tmp_path: Path) -> None:
    clock = ServerClock(tmp_path / "clock")
    for ms in (0, MIDNIGHT_MS, 17):
        clock.show(ms)
        assert int((tmp_path / "clock").read_text()) == ms
    clock.close()


def test_events_happen_in_the_order_of_their_time_and_time_never_goes_back() -> None:
    agenda = Agenda(TrueTime(1_000))
    seen: list[tuple[str, int]] = []
    agenda.at(5_000, lambda: seen.append(("late", agenda.time.now_ms)))
    agenda.at(2_000, lambda: (seen.append(("slow", agenda.time.now_ms)), agenda.time.pass_ms(4_000)))  # type: ignore[func-returns-value]
    agenda.live_until(10_000)
    assert seen == [("slow", 2_000), ("late", 6_000)]
    assert agenda.time.now_ms == 10_000


class _Server:
    def __init__(self) -> None:
        self.got: list[bytes] = []

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        self.got.append(body)
        return Answer(200, b"answer to " + body)


def test_the_network_does_each_of_its_tricks_and_a_delayed_request_still_arrives() -> None:
    time, server = TrueTime(0), _Server()
    agenda = Agenda(time)
    weather = Weather(time, server, random.Random(3), agenda.after)
    heard: Counter[str] = Counter()
    for n in range(600):
        body = b"%d" % n
        try:
            answer = weather.carry("POST", "/", body, {}, 25.0, 0.9)
            heard["whole" if answer.body == b"answer to " + body else "not ours"] += 1
        except NoSignal:
            heard["silence"] += 1
    agenda.live_until(time.now_ms + HOUR)
    troubles = weather.traffic.troubles
    assert set(troubles) == {
        "request lost", "answer lost", "request doubled", "request delayed", "answer truncated", "captive portal",
    }  # fmt: skip
    arrived = Counter(server.got)
    assert sum(n == 2 for n in arrived.values()) == troubles["request doubled"]
    assert 600 - len(arrived) == troubles["request lost"] + troubles["captive portal"]
    assert heard["silence"] == troubles["request lost"] + troubles["answer lost"] + troubles["request delayed"]
    assert heard["not ours"] == troubles["captive portal"] + troubles["answer truncated"]


def test_no_signal_is_no_request() -> None:
    time, server = TrueTime(0), _Server()
    with pytest.raises(NoSignal):
        Weather(time, server, random.Random(3), Agenda(time).after).carry("POST", "/", b"", {}, 25.0, 1.0)
    assert server.got == []


def test_a_killed_app_loses_what_was_not_committed(tmp_path: Path) -> None:
    file = tmp_path / "app.db"
    app = sqlite3.connect(file, isolation_level=None, factory=_Mortal)
    app.execute("CREATE TABLE t (n)")
    app.fuse = 2
    app.execute("BEGIN")
    app.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(Killed):
        app.execute("COMMIT")
    app.close()
    again = sqlite3.connect(file)
    assert again.execute("SELECT count(*) FROM t").fetchone() == (0,)
    again.close()


def test_stores_are_real_ones_on_every_kind_of_ground_and_fences_come_from_several_maps() -> None:
    rng = random.Random(1)
    sites = sites_from(read_stores(None), 25, rng)
    assert {site.ground.name for site in sites} == set(GROUNDS)
    assert len({site.number for site in sites}) == 25
    assert {site.zone for site in sites} <= {"Asia/Shanghai", "Asia/Macau"}
    opened = [site.opened("p", rng) for site in sites]
    assert {store.fence.datum for store in opened} == {"wgs84", "gcj02", "bd09"}


def test_the_same_seed_chooses_the_same_world() -> None:
    one, other = (sites_from(read_stores(None), 10, random.Random(4)) for _ in range(2))
    assert [(s.number, s.centre, s.ground.name) for s in one] == [(s.number, s.centre, s.ground.name) for s in other]
