"""Work for later: done if and only if the operation commits, by one worker, again after a death, with growing pauses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from server.kernel import jobs
from server.kernel.actors import Actor
from server.kernel.jobs import Job, Worker, ask_for, claim_one, does, plan_timed_work, run_due
from server.kernel.perform import Act, Work, writing
from server.kernel.problems import Problem
from tests.server.world import World


@pytest.fixture
def chores(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A registry of this test's own."""
    own: dict[str, Any] = {}
    monkeypatch.setattr(jobs, "CHORES", own)
    yield own


def _ask(world: World, kind: str, *, key: str | None = None, refused: bool = False, **facts: Any) -> None:
    now_ms = to_ms(world.clock())
    act = Act(new_id(), None, None, TimeTaken(now_ms, now_ms, now_ms, "exact"), world.clock())
    with writing(world.db, Actor.system(), op_id=act.op_id, now=world.clock()) as session:
        ask_for(Work(session, Actor.system(), world.clock(), act, b""), kind, key=key, facts=facts)
        if refused:
            raise Problem("operation.stale")


def _server(world: World) -> Any:
    return SimpleNamespace(db=world.db, clock=world.clock)


def test_a_job_is_done_once_with_its_facts(any_world: World, chores: dict[str, Any]):
    done: list[dict[str, Any]] = []
    does("mail")(lambda _server, facts: done.append(facts))
    _ask(any_world, "mail", to="lin")
    assert run_due(_server(any_world)) == 1 and run_due(_server(any_world)) == 0
    assert done == [{"to": "lin"}] and any_world.rows(sa.select(Job)) == []


def test_a_refused_operation_leaves_no_job_behind(any_world: World, chores: dict[str, Any]):
    with pytest.raises(Problem):
        _ask(any_world, "mail", refused=True)
    assert any_world.rows(sa.select(Job)) == []


def test_the_same_key_asks_once(any_world: World, chores: dict[str, Any]):
    _ask(any_world, "mail", key="2026-11-20")
    _ask(any_world, "mail", key="2026-11-20")
    assert len(any_world.rows(sa.select(Job))) == 1


def test_a_dead_worker_delays_a_job_and_does_not_lose_it(any_world: World, chores: dict[str, Any]):
    done: list[int] = []
    does("mail")(lambda _server, facts: done.append(1))
    _ask(any_world, "mail")
    assert claim_one(any_world.db, any_world.clock()) is not None  # and then the worker's machine loses power
    assert run_due(_server(any_world)) == 0
    any_world.clock.pass_(minutes=11)
    assert run_due(_server(any_world)) == 1 and done == [1]


def test_a_worker_that_was_slow_does_not_finish_what_another_has_taken_over(any_world: World, chores: dict[str, Any]):
    def slow(server: Any, _facts: dict[str, Any]) -> None:
        any_world.clock.pass_(minutes=11)
        assert claim_one(server.db, any_world.clock()) is not None  # the other worker has it now

    does("mail")(slow)
    _ask(any_world, "mail")
    run_due(_server(any_world), limit=1)
    assert len(any_world.rows(sa.select(Job))) == 1


def test_eight_workers_do_forty_jobs_forty_times(any_world: World, chores: dict[str, Any]):
    done: list[int] = []
    does("mail")(lambda _server, facts: done.append(facts["n"]))
    for n in range(40):
        _ask(any_world, "mail", n=n)
    gate = Barrier(8)

    def work() -> None:
        gate.wait()
        while run_due(_server(any_world)):
            continue

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(40))


def test_a_job_that_fails_is_tried_again_with_growing_pauses_and_in_the_end_left_to_people(
    any_world: World, chores: dict[str, Any]
):
    def broken(_server: Any, _facts: dict[str, Any]) -> None:
        raise ValueError("the mail server is away")

    does("mail")(broken)
    _ask(any_world, "mail")
    pauses = []
    for _ in range(jobs.MAX_TRIES):
        assert run_due(_server(any_world)) == 1
        [job] = any_world.rows(sa.select(Job))
        pauses.append((job.due_at - any_world.clock()).total_seconds())
        assert "the mail server is away" in job.last_error
        any_world.clock.now = job.due_at
    assert pauses[:4] == [5, 10, 20, 40] and max(pauses) == jobs.LONGEST_PAUSE_S
    assert job.failed_at is not None and run_due(_server(any_world)) == 0


def test_a_failing_job_delays_no_other(any_world: World, chores: dict[str, Any]):
    done: list[int] = []
    does("good")(lambda _server, _facts: done.append(1))
    _ask(any_world, "nobody knows how")
    _ask(any_world, "good")
    assert run_due(_server(any_world)) == 2 and done == [1]


def test_timed_work_comes_back_and_times_that_passed_while_nobody_worked_are_not_made_up_for(
    any_world: World, chores: dict[str, Any]
):
    done: list[int] = []
    does("nightly", every=lambda _server: timedelta(days=1))(lambda _server, _facts: done.append(1))
    for _ in range(3):  # every worker plans; there is one row
        plan_timed_work(_server(any_world))
    assert run_due(_server(any_world)) == 1 and run_due(_server(any_world)) == 0
    any_world.clock.pass_(days=1)
    assert run_due(_server(any_world)) == 1
    any_world.clock.pass_(days=9)
    assert run_due(_server(any_world)) == 1 and len(done) == 3
    assert len(any_world.rows(sa.select(Job))) == 1


def test_the_thread_in_the_server_does_what_is_due_and_stops_when_told(world: World, chores: dict[str, Any]):
    done = Barrier(2, timeout=60)
    does("mail")(lambda _server, _facts: done.wait() and None)
    _ask(world, "mail")
    worker = Worker(_server(world), pause_s=0.01)
    worker.start()
    done.wait()
    worker.stop()
    assert not worker.is_alive()
