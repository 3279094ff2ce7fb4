"""The worker: taps in order, the network beside them, and nothing that can leave an operation unsent."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile.core.ports import Answer
from mobile.core.views import Refused
from mobile.core.worker import Worker
from mobile.devices.fake import Send
from tests.mobile.devices_here import STORE, Device


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Device]:
    made = Device(tmp_path / "phone")
    made.set_up()
    made.core.close()
    yield made


@pytest.fixture
def worker(device: Device) -> Iterator[Worker]:
    made = Worker(device.core)
    made.start()
    yield made
    made.stop()


def answer_of(worker: Worker, fn: Callable[[Any], Any], timeout_s: float = 40.0) -> Any:
    """Ask, and wait for the answer as a screen would be told it."""
    box: queue.Queue[tuple[bool, Any]] = queue.Queue()
    worker.ask(fn, lambda got: box.put((True, got)), lambda bad: box.put((False, bad)))
    good, what = box.get(timeout=timeout_s)
    if not good:
        raise what
    return what


def until(true: Callable[[], bool], timeout_s: float = 40.0) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.01)


def test_a_punch_goes_out_by_itself(device: Device, worker: Worker) -> None:
    kept = answer_of(worker, lambda core: core.punch(kind="in"))
    until(lambda: len(device.server.ops) == 1)
    assert kept.punch_id.encode() in device.server.ops[0]


def test_taps_keep_their_order(device: Device, worker: Worker) -> None:
    order: list[int] = []
    for i in range(50):
        worker.ask(lambda core, i=i: order.append(i))
    answer_of(worker, lambda core: None)
    assert order == list(range(50))


def test_a_tap_does_not_wait_for_a_slow_network(device: Device, worker: Worker) -> None:
    under_way, go_on = threading.Event(), threading.Event()

    def slow(through: Send, *request: Any) -> Answer:
        under_way.set()
        go_on.wait(10)
        return through(*request)

    device.world.link.weather = slow
    answer_of(worker, lambda core: core.punch(kind="in"))
    assert under_way.wait(5)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        answer_of(worker, lambda core: core.punch(kind="in"))
        took.append(time.perf_counter() - began)
    assert device.server.ops == [], "the network is still busy with the first"
    assert sorted(took)[2] < 0.15, took
    go_on.set()
    until(lambda: len(device.server.ops) == 6)


def test_a_refusal_goes_to_whoever_asked_and_the_worker_goes_on(device: Device, worker: Worker) -> None:
    device.world.space.free = 0
    with pytest.raises(Refused, match=r"client\.disk_full"):
        answer_of(worker, lambda core: core.punch(kind="in"))
    with pytest.raises(ZeroDivisionError):
        answer_of(worker, lambda core: 1 // 0)
    worker.ask(lambda core: 1 // 0)  # nobody asked why; it is logged
    device.world.space.free = 2**30
    assert answer_of(worker, lambda core: core.punch(kind="in")).kind == "in"


def test_a_store_that_cannot_be_opened_is_told_to_everybody_who_asks(tmp_path: Path) -> None:
    broken = Device(tmp_path / "phone")
    broken.core.close()
    broken.core._folder.joinpath("outpost.db").write_bytes(b"no database" * 999)
    worker = Worker(broken.core)
    worker.start()
    for _ in range(2):
        with pytest.raises(Refused, match=r"client\.store_damaged"):
            answer_of(worker, lambda core: core.enrolment)
    worker.stop()


def test_a_link_that_breaks_its_promise_does_not_end_syncing(device: Device, worker: Worker) -> None:
    def bug(*_: Any) -> Answer:
        raise ZeroDivisionError("a bug in the link")

    device.world.link.weather = bug
    answer_of(worker, lambda core: core.punch(kind="in"))
    time.sleep(0.1)
    device.world.link.weather = None
    device.world.clock.pass_s(61)
    answer_of(worker, lambda core: core.punch(kind="in"))
    until(lambda: len(device.server.ops) == 2)
    assert [json.loads(raw)["seq"] for raw in device.server.ops] == [1, 2]


def test_a_fault_of_our_own_in_syncing_does_not_stop_taps(
    device: Device, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mobile.core.sync_run import SyncRun

    calls = []

    def bug(*_: object) -> bool:
        calls.append(1)
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(SyncRun, "_take_page", bug)
        answer_of(worker, lambda core: core.punch(kind="in"))
        until(lambda: bool(calls))
        assert answer_of(worker, lambda core: core.sync_state().waiting) == 1
        time.sleep(0.3)
        assert len(calls) < 5, "not in a circle"
    device.world.clock.pass_s(61)
    answer_of(worker, lambda core: core.punch(kind="in"))
    until(lambda: answer_of(worker, lambda core: core.sync_state().waiting) == 0)


def test_stopping_closes_the_store_and_loses_nothing(device: Device) -> None:
    device.world.link.up = False
    worker = Worker(device.core)
    worker.start()
    for _ in range(5):
        worker.ask(lambda core: core.punch(kind="in", store_id=STORE))
    worker.stop()
    core = device.restart()
    assert core.sync_state().waiting == 5
    core.close()
