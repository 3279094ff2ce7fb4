"""The phone finds answers to what it said without a name, and no request says who asks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from contract.ids import new_id
from contract.voice import AnswersAsk, AnswerVoice, VoiceQuery
from contract.wire import decode, encode
from mobile.core.exchange import Outgoing
from mobile.core.ports import Answer, NoSignal
from mobile.core.voice_answers import AGAIN_MS, ANSWERS_PATH, DRAWN_MS, EVERY_MS, LOOK_MS
from mobile.core.worker import Worker
from server.voice import queries
from tests.mobile.devices_here import Device
from tests.mobile.field import Gadget
from tests.mobile.test_feedback_with_hq import Counter, counter, synced
from tests.mobile.test_journal import result

assert counter  # a fixture
SAID = "店长总是迟到"
DAY_MS = 24 * 3_600_000
Asking = Callable[[], Outgoing]


def said_to(counter: Counter, text: str = SAID) -> str:
    """An says it without a name; HQ has it."""
    voice_id = counter.phone.core.hearing.voices.say("manager", text, anonymous=True)
    synced(counter.phone, counter.phone)
    return voice_id


def hq_answers(counter: Counter, said: str, words: str) -> None:
    counter.field.time.true_ms += DAY_MS
    floor = counter.floor
    with floor.world.looking(floor.actors["he"].at(floor.world.clock())) as session:
        lines = queries.voices(session, VoiceQuery(month="2026-11")).items
    [line] = [one for one in lines if one.text == said]
    assert line.name is None
    floor.must(AnswerVoice(answer_id=new_id(), voice_id=line.id, text=words), "he")


def asked(device: Gadget | Device) -> Outgoing | None:
    """The next request for answers, once its drawn moment has come."""
    answers = device.core.hearing.answers
    device.world.clock.pass_ms(LOOK_MS + 1)
    answers.next_in_s()
    device.world.clock.pass_ms(DRAWN_MS[1])
    return answers.begin()


def carried(device: Gadget | Device) -> Outgoing:
    out = asked(device)
    assert out is not None
    device.core.hearing.answers.finish(out, device.core.carry(out))
    return out


def test_the_phone_finds_the_answer_and_its_request_says_nothing_of_who_asks(counter: Counter) -> None:
    voice_id, phone = said_to(counter), counter.phone
    hq_answers(counter, SAID, "已与店长谈过")
    heard: list[tuple[str, str, bytes, dict[str, str]]] = []
    through = phone.world.link.through
    assert through is not None

    def listened(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        heard.append((method, path, body, headers))
        return through(method, path, body, headers)

    phone.world.link.through = listened
    carried(phone)
    [card] = phone.core.hearing.voices.home().voices
    assert card.answers == ("已与店长谈过",) and card.anonymous
    [(method, path, body, headers)] = heard
    assert (method, path, headers) == ("POST", ANSWERS_PATH, {"Content-Type": "application/json"})
    assert set(json.loads(body)) == {"secrets"} and len(json.loads(body)["secrets"]) == 1
    enrolment = phone.core.enrolment
    assert enrolment is not None
    told = f"{method} {path} {body.decode()} {headers}"
    for trace in (enrolment.device_id, counter.floor.ids["an"], "安宁", voice_id, SAID, counter.floor.a):
        assert trace not in told
    phone.world.link.through = through
    synced(phone)
    assert "Outpost-Device" in phone.core.begin_exchange().headers, "the control: a sync does say who it is"


def test_two_voices_are_asked_for_apart_so_that_nobody_learns_they_are_of_one_person(counter: Counter) -> None:
    said_to(counter)
    said_to(counter, "库房太冷")
    counter.phone.world.clock.pass_ms(DAY_MS)
    secrets = [decode(carried(counter.phone).body, AnswersAsk).secrets for _ in range(2)]
    assert len(secrets[0]) == len(secrets[1]) == 1 and secrets[0] != secrets[1]
    assert asked(counter.phone) is None, "each once in a while"
    counter.phone.world.clock.pass_ms(EVERY_MS)
    assert asked(counter.phone) is not None


@pytest.fixture
def silent(phone: Device) -> Device:
    """Something was said without a name; HQ has it, a day has passed."""
    phone.set_up()
    phone.core.hearing.voices.say("pay", SAID, anonymous=True)
    phone.core.sync_once()
    phone.server.pages.append({"rows": [result(phone, 1)]})
    phone.core.sync_once()
    phone.world.clock.pass_ms(DAY_MS)
    return phone


def test_nothing_is_asked_before_hq_has_it_nor_before_it_may_have_been_read(phone: Device) -> None:
    phone.set_up()
    assert asked(phone) is None, "nothing was said"
    phone.world.link.up = False
    phone.core.hearing.voices.say("pay", SAID, anonymous=True)
    phone.world.clock.pass_ms(DAY_MS)
    assert asked(phone) is None, "HQ does not have it"
    phone.world.link.up = True
    phone.core.hearing.voices.say("pay", "再说一次", anonymous=True)
    phone.core.sync_once()
    phone.server.pages.append({"rows": [result(phone, 2)]})
    phone.core.sync_once()
    assert asked(phone) is None, "nobody reads it today"


@pytest.mark.parametrize(
    "back", [NoSignal("gone"), Answer(200, b"<html>Welcome to our Wi-Fi</html>"), Answer(429, b"{}"), Answer(500, b"")]
)
def test_silence_or_a_gateway_changes_nothing_and_is_tried_again_later(silent: Device, back: Answer | NoSignal) -> None:
    out = asked(silent)
    assert out is not None and asked(silent) is None, "one at a time"
    due = silent.core.next_sync_in_s()
    silent.core.hearing.answers.finish(out, back)
    assert silent.core.next_sync_in_s() == due, "syncing knows nothing of it"
    assert silent.core.hearing.voices.home().voices[0].answers == ()
    assert silent.core.hearing.answers.next_in_s() == AGAIN_MS / 1000
    silent.world.clock.pass_ms(AGAIN_MS)
    again = asked(silent)
    assert again is not None and again.body == out.body


def test_the_moment_is_drawn_anew_each_time(silent: Device) -> None:
    drawn = set()
    for _ in range(12):
        silent.world.clock.pass_ms(EVERY_MS + LOOK_MS)
        silent.restart()
        drawn.add(silent.core.hearing.answers.next_in_s())
    assert len(drawn) > 6 and all(DRAWN_MS[0] <= 1000 * one <= DRAWN_MS[1] for one in drawn)


def test_the_worker_asks_between_its_exchanges_and_what_it_finds_is_shown(silent: Device) -> None:
    import threading

    found = threading.Event()
    through = silent.world.link.through
    assert through is not None

    def server(method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if path != ANSWERS_PATH:
            return through(method, path, body, headers)
        key = queries.key_of(decode(body, AnswersAsk).secrets[0])
        return Answer(200, encode({"answers": {key: ["已经改了"]}}))

    silent.world.link.through = server
    silent.core.changed = lambda: found.set() if silent.core.hearing.voices.home().voices[0].answers else None
    silent.core.close()
    worker = Worker(silent.core)
    worker.start()
    for _ in range(40):
        silent.world.clock.pass_ms(20_000)
        worker.ask(lambda core: core.now_ms())
        if found.wait(0.1):
            break
    shown: list[tuple[str, ...]] = []
    worker.ask(lambda core: core.hearing.voices.home().voices[0].answers, shown.append)
    worker.stop()
    assert shown == [("已经改了",)]
