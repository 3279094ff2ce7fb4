"""Nothing is lost and nothing doubled: lost replies, repeated requests, a server that dies and one that comes back older."""

from __future__ import annotations

import uuid
from typing import Any

from mobile.core.ports import Answer, NoSignal
from mobile.core.views import SyncState
from tests.journeys.conftest import MALL
from tests.journeys.stage import Stage
from tests.mobile.field import Gadget, fix_at


def ids_with_hq(stage: Stage) -> list[str]:
    return sorted(str(uuid.UUID(row[0])) for row in stage.sql("SELECT id FROM punch"))


def settled(device: Gadget) -> SyncState:
    """Exchange until nothing waits."""
    for _ in range(6):
        device.core.sync_once()
    return device.core.sync_state()


WEATHERS = {"李伟": "asked three times", "林静": "replies lost", "王芳": "replies cut short", "张强": "captive portal"}


def test_whatever_the_network_does_to_a_request_each_punch_arrives_once(stage: Stage, shop: dict[str, str]) -> None:
    made: list[str] = []
    for name, weather in WEATHERS.items():
        phone = stage.phone_of(shop[name])
        phone.core.sync_once()
        phone.world.locator.now = fix_at(*MALL)
        for n in range(5):
            stage.pass_(minutes=3)
            made.append(phone.core.punch(kind="in" if n % 2 == 0 else "out").punch_id)
        spoilt: list[str] = []

        def bad(through: Any, *request: Any, weather: str = weather, spoilt: list[str] = spoilt) -> Answer:
            if len(spoilt) == 4:
                return through(*request)  # type: ignore[no-any-return]
            spoilt.append(weather)
            if weather == "captive portal":
                return Answer(200, b"<html><title>Sign in to the mall's Wi-Fi</title></html>")
            answer: Answer = through(*request)
            if weather == "asked three times":
                through(*request)
                return through(*request)  # type: ignore[no-any-return]
            if weather == "replies cut short":
                return Answer(answer.status, answer.body[: len(answer.body) // 2])
            raise NoSignal("the reply was lost")

        phone.world.link.weather = bad
        for _ in range(6):
            stage.pass_(minutes=10)
            reached = phone.core.sync_once().reached
            if not reached:  # whatever HQ may have by now, nobody has said so
                assert {line.state for line in phone.core.punches()} == {"kept"}, weather
        assert len(spoilt) == 4
        assert settled(phone).waiting == 0
        assert [line.state for line in phone.core.punches()] == ["with_hq"] * 5, weather
    assert ids_with_hq(stage) == sorted(made)
    assert stage.sql("SELECT count(*) FROM op_log WHERE device_id IS NOT NULL AND status <> 'applied'") == [(0,)]


def test_a_server_killed_while_it_answers_loses_and_doubles_nothing(stage: Stage, shop: dict[str, str]) -> None:
    phone, tablet = stage.phone_of(shop["李伟"]), stage.tablet_of(shop["A"])
    for device in stage.devices:
        device.core.sync_once()
    made = []
    for _ in range(3):
        stage.pass_(minutes=5)
        made += [phone.core.punch().punch_id, tablet.core.punch(person_id=shop["林静"]).punch_id]

        def dies_after_hearing(through: Any, *request: Any) -> Answer:
            through(*request)
            stage.close_doors(with_a_crash=True)
            raise NoSignal("gone")

        phone.world.link.weather = dies_after_hearing
        assert not phone.core.sync_once().reached
        phone.world.link.weather = None
        stage.open_doors()
        stage.pass_(minutes=5)
        for device in stage.devices:
            settled(device)
    assert ids_with_hq(stage) == sorted(made)


def test_a_server_restored_from_last_nights_backup_gets_back_what_came_after_it(stage: Stage, shop: dict[str, str]) -> None:
    phone, tablet, other = stage.phone_of(shop["李伟"]), stage.tablet_of(shop["A"]), stage.phone_of(shop["吴敏"])
    for device in stage.devices:
        device.core.sync_once()
    before = [phone.core.punch(kind="in").punch_id, other.core.punch(kind="in").punch_id]
    for device in stage.devices:
        device.core.sync_once()
    stage.outpost("backup")
    stage.pass_(minutes=600)
    after = [phone.core.punch(kind="out").punch_id, other.core.punch(kind="out").punch_id]
    after += [tablet.core.punch(kind="in", person_id=shop[name]).punch_id for name in ("林静", "王芳")]
    for device in stage.devices:
        device.core.sync_once()
    assert ids_with_hq(stage) == sorted(before + after)

    stage.close_doors(with_a_crash=True)
    assert "in place" in stage.outpost("restore", "--yes")
    assert ids_with_hq(stage) == sorted(before), "the control: the backup itself does not hold them"
    stage.open_doors()
    stage.pass_(minutes=30)
    unsent = phone.core.punch(kind="in").punch_id
    for device in stage.devices:
        state = settled(device)
        assert state.standing == "ok" and state.waiting == 0 and not state.needs_you
    assert ids_with_hq(stage) == sorted([*before, *after, unsent])
    [times] = stage.sql("SELECT count(*), count(DISTINCT op_id), sum(grade = 'exact') FROM punch")
    assert times[0] == times[1] == times[2] == 7
