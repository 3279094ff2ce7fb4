"""Computing proposals: a process of its own for each, watched by a thread of this server, never in a request.

Whoever computes says every few seconds that it does (`alive_until`). When the server is killed the process ends with it,
its best so far is in the row, and after a minute another takes it up. A process that dies is started once more; then the
proposal has failed, and its best so far stays to be taken.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
import sqlalchemy as sa
import structlog

from contract import wire
from contract.ids import derived_id, new_id
from contract.proposals import PersonFigures, ProgressPoint, ProposedShift
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.local_time import at_minute, ordinal
from contract.rostering.problem import MadeShift, RosterAnswer, RosterProblem
from contract.rostering.shapes import Placed
from server.kernel.actors import Actor
from server.kernel.jobs import does
from server.kernel.perform import reading, writing
from server.rosters.problem import Asked, build, versions_of
from server.rosters.proposal_figures import figures_of
from server.rosters.proposal_model import Proposal, ProposalRun
from server.rosters.proposal_replan import alternatives_of, replan_of

log = structlog.get_logger()
SOLVE = "solve_roster"
LEASE = timedelta(seconds=60)
RENEW_S, LOOK_S = 10.0, 1.0
MOST_TRIES = 2
MOST_POINTS = 200  # of a curve of progress
AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
COMMAND = (sys.executable, "-m", "server.solver.worker")
_lock = threading.Lock()


@does(SOLVE)
def solve_soon(server: Any, facts: dict[str, Any]) -> None:
    """Somebody asked: begin, unless enough are running."""
    start_waiting(server)


@does("watch_proposals", every=lambda _server: timedelta(minutes=1))
def watch_proposals(server: Any, facts: dict[str, Any]) -> None:
    """What was left behind by a server that is gone is taken up again."""
    start_waiting(server)


def start_waiting(server: Any) -> int:
    """Start threads for what waits, as many as may run at once. Answers how many were started."""
    started = 0
    with _lock:
        threads: list[threading.Thread] = server.notes.setdefault("solvers", [])
        threads[:] = [thread for thread in threads if thread.is_alive()]
        for proposal_id in _waiting(server)[: max(0, AT_ONCE - len(threads))]:
            thread = threading.Thread(target=_one_after_another, args=(server, proposal_id), name="solver", daemon=True)
            threads.append(thread)
            thread.start()
            started += 1
    return started


def _one_after_another(server: Any, proposal_id: str) -> None:
    """This one, and then whatever still waits."""
    waiting: list[str] = [proposal_id]
    while waiting:
        try:
            supervise(server, waiting[0])
        except Exception:
            log.error("a proposal could not be computed", proposal=waiting[0], error=traceback.format_exc())
            return
        waiting = _waiting(server)[:1]


def _waiting(server: Any) -> list[str]:
    run = ProposalRun
    gone = sa.and_(run.state == "running", run.alive_until < server.clock())
    asked = sa.select(run.id).join(Proposal, Proposal.id == run.id).where(sa.or_(run.state == "waiting", gone))
    with reading(server.db, Actor.system()) as session:
        return list(session.scalars(asked.order_by(Proposal.asked_at).limit(20)))


def supervise(server: Any, proposal_id: str, command: tuple[str, ...] = COMMAND) -> bool:
    """Compute one proposal to its end, here. False: somebody else has it, or it is over."""
    asked = _claim(server, proposal_id)
    if asked is None:
        return False
    try:
        with reading(server.db, Actor.system()) as session:
            problem, g = build(session, asked)
            seen = versions_of(g.cells)
    except Exception:
        _change(server, proposal_id, lambda run: _end(run, "failed", server.clock(), code="proposals.solver_failed"))
        raise
    facts = read_problem(problem)
    watch = Watch(server, proposal_id, problem, facts, tuple(asked.store_ids))
    _change(server, proposal_id, lambda run: watch.note_start(run, seen))
    watch.run(command)
    return True


def _claim(server: Any, proposal_id: str) -> Asked | None:
    """Take it for a minute; what is asked of it."""
    now = server.clock()
    with writing(server.db, Actor.system(), op_id=new_id(), now=now) as session:
        run = session.get(ProposalRun, proposal_id, with_for_update=True)
        proposal = session.get(Proposal, proposal_id)
        if run is None or proposal is None or run.ended_at is not None:
            return None
        if run.state == "running" and run.alive_until is not None and run.alive_until >= now:
            return None
        if proposal.cancelled_at is not None:
            _end(run, "cancelled", now)
            return None
        if run.tries >= MOST_TRIES:
            _end(run, "failed", now, code="proposals.solver_failed")
            return None
        run.state, run.tries, run.alive_until = "running", run.tries + 1, now + LEASE
        run.started_at = run.started_at or now
        return Asked(
            problem_id=proposal.id, store_ids=proposal.store_ids, from_day=proposal.from_day, days=proposal.days,
            seconds=proposal.seconds, seed=proposal.seed,
            importance=cast(Any, proposal.importance), keep=cast(Any, proposal.keep),
            replan=replan_of(session, proposal),
        )  # fmt: skip


def _change(server: Any, proposal_id: str, change: Callable[[ProposalRun], None]) -> None:
    with writing(server.db, Actor.system(), op_id=new_id(), now=server.clock()) as session:
        run = session.get(ProposalRun, proposal_id, with_for_update=True)
        if run is not None:
            change(run)


def _end(run: ProposalRun, state: str, now: datetime, *, code: str | None = None, facts: dict[str, Any] | None = None) -> None:
    run.state, run.ended_at, run.alive_until = state, now, None
    run.code, run.facts = code, facts or {}


class Watch:
    """One process and what it says."""

    def __init__(
        self, server: Any, proposal_id: str, problem: RosterProblem, facts: Facts, stores: tuple[str, ...]
    ) -> None:
        self.server, self.id, self.problem, self.facts, self.stores = server, proposal_id, problem, facts, stores
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        self.answer: RosterAnswer | None = None

    def note_start(self, run: ProposalRun, seen: dict[str, int]) -> None:
        """What it begins with: which cells, and what the roster is worth now."""
        run.seen, run.progress = seen, []
        if not self.facts.errors:
            figures, people = figures_of(self.facts, self.facts.placed, self.stores, len(self.facts.open_shifts))
            run.result = {**run.result, "now": wire.plain(figures), "people_now": nameless(people)}

    def run(self, command: tuple[str, ...]) -> None:
        """Until the process has ended, one way or another."""
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        threading.Thread(target=self._feed, args=(process,), daemon=True).start()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        try:
            self._listen(process)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        self._finish()

    def _feed(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        try:
            process.stdin.write(wire.encode(self.problem))
            process.stdin.close()
        except OSError:
            log.info("a solver did not read its problem to the end", proposal=self.id)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        since = told = 0.0
        asked_to_stop = False
        while True:
            try:
                line = self.lines.get(timeout=LOOK_S)
            except queue.Empty:
                since += LOOK_S
                if not asked_to_stop and self._is_cancelled():
                    asked_to_stop = True
                    process.terminate()
                if since - told >= RENEW_S:
                    told = since
                    _change(self.server, self.id, self._renew)
                continue
            if line is None:
                return
            said = json.loads(line)
            if "answer" in said:
                self.answer = wire.convert(said["answer"], RosterAnswer)
            elif "progress" in said:
                _change(self.server, self.id, lambda run, said=said: self._progress(run, said["progress"]))  # type: ignore[misc]
                if not asked_to_stop and self._is_cancelled():
                    asked_to_stop = True
                    process.terminate()

    def _is_cancelled(self) -> bool:
        with reading(self.server.db, Actor.system()) as session:
            return session.scalar(sa.select(Proposal.cancelled_at).where(Proposal.id == self.id)) is not None

    def _renew(self, run: ProposalRun) -> None:
        run.alive_until = self.server.clock() + LEASE

    def _progress(self, run: ProposalRun, said: dict[str, Any]) -> None:
        self._renew(run)
        point = ProgressPoint(cpu_ms=said["cpu_ms"], phase=said["phase"], best=said["best"], bound=said["bound"])
        run.cpu_ms, run.best, run.bound = point.cpu_ms, point.best, point.bound
        run.progress = [*run.progress, wire.plain(point)][-MOST_POINTS:]
        made = wire.convert(said["assignments"], list[MadeShift])
        run.result = {**run.result, "shifts": wire.plain(self.shifts_of(made))}

    def _finish(self) -> None:
        answer = self.answer
        if answer is None:
            _change(self.server, self.id, self._died)
            return
        _change(self.server, self.id, lambda run: self._answered(run, answer))

    def _died(self, run: ProposalRun) -> None:
        if run.tries < MOST_TRIES:
            run.state, run.alive_until = "waiting", None
        else:
            _end(run, "failed", self.server.clock(), code="proposals.solver_failed")

    def _answered(self, run: ProposalRun, answer: RosterAnswer) -> None:
        now = self.server.clock()
        run.engine, run.cpu_ms, run.checked = answer.engine, int(answer.seconds * 1000), answer.checked
        run.best, run.bound, run.problem_hash = answer.objective, answer.bound, answer.problem_hash
        if answer.status in ("invalid_input", "infeasible"):
            first: dict[str, Any] = answer.errors[0] if answer.errors else {"code": "proposals.solver_failed", "facts": {}}
            _end(run, "refused", now, code=first["code"], facts={**first["facts"], "field": first.get("field", "")})
            return
        placed = placed_of(self.facts, answer.assignments)
        figures, people = figures_of(self.facts, placed, self.stores)
        run.result = {
            **run.result, "shifts": wire.plain(self.shifts_of(answer.assignments)), "gaps": wire.plain(answer.gaps),
            "score": wire.plain(answer.score), "then": wire.plain(figures), "people_then": nameless(people),
            **alternatives_of(self.problem, answer),
        }  # fmt: skip
        _end(run, "cancelled" if answer.status == "cancelled" else "done", now)

    def shifts_of(self, made: list[MadeShift]) -> list[ProposedShift]:
        """What is offered, by day; shifts of other stores left out."""
        given = {one.id: one for one in self.problem.assignments}
        found = []
        for number, one in enumerate(made):
            if one.store not in self.stores:
                continue
            before = given.get(one.id or "")
            day = one.start[:10]
            starts = _minute(one.start, day)
            found.append(
                ProposedShift(
                    id=one.id or derived_id("proposed", self.id, one.employee or "", one.start, str(number)), store_id=one.store,
                    day=day, person_id=one.employee, starts_min=starts, ends_min=_minute(one.end, day),
                    template=one.template or "", role=one.segments[0].role if one.segments else "", kept=before is not None,
                )
            )  # fmt: skip
        return found


def nameless(people: list[PersonFigures]) -> Any:
    """As it is kept: names are looked up when it is read, so that they are forgotten with the person."""
    return wire.plain([msgspec.structs.replace(one, name="") for one in people])


def _minute(text: str, day: str) -> int:
    return (ordinal(text[:10]) - ordinal(day)) * 1_440 + int(text[11:13]) * 60 + int(text[14:16])


def placed_of(facts: Facts, made: list[MadeShift]) -> dict[str, list[Placed]]:
    """An answer's shifts as the rules see them, with those before and after the days that were planned."""
    first, last = facts.calendar.first_day, facts.calendar.last_day
    found = {person: [one for one in line if not first <= one.day <= last] for person, line in facts.placed.items()}
    for number, one in enumerate(made):
        if one.employee is None or one.employee not in found:
            continue
        zone, day = facts.zones[one.store], one.start[:10]
        starts, ends = _minute(one.start, day), _minute(one.end, day)
        starts_ms, ends_ms = at_minute(day, starts, zone), at_minute(day, ends, zone)
        found[one.employee].append(
            Placed(
                id=one.id or f"new:{number}", person_id=one.employee, store_id=one.store, day=day, starts_min=starts,
                ends_min=ends, starts_ms=starts_ms, ends_ms=ends_ms, work_min=(ends_ms - starts_ms) // 60_000 - one.break_min,
                role=one.segments[0].role if one.segments else "", template=one.template or "",
                state="published" if one.pinned else "draft",
            )
        )  # fmt: skip
    return found
