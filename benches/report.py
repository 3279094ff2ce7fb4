"""Runs the benches, each with a warm-up and several runs, and writes what they found beside what was promised."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benches import (
    audit_log,
    board,
    client,
    effective_postings,
    feed_cost,
    filler,
    first_sync,
    fleet,
    late_punch,
    month_close,
    org_lists,
    sync_load,
    tickets,
)
from benches.machine import load, spread
from benches.stage import Stage, pgbench_rate, running
from benches.sync_load import Figure
from server import migrate
from server.kernel.db import Database
from server.timesheets.month import recompute_month


@dataclass(frozen=True)
class Row:
    """One line of the page: what was measured, median (least to most), the goal, and whether it was met."""

    what: str
    measured: str
    goal: str
    met: bool | None
    load: float


@dataclass(frozen=True)
class Wanted:
    """How long and how often."""

    runs: int
    seconds: float


def _many(stage: Stage, wanted: Wanted, run: Callable[[], Figure]) -> list[Figure]:
    run()  # warm-up
    return [run() for _ in range(wanted.runs)]


def _values(figures: list[Figure], pick: Callable[[Figure], float]) -> list[float]:
    return [pick(figure) for figure in figures]


def _at_least(what: str, values: list[float], goal: float, unit: str) -> Row:
    return Row(what, f"{spread(values)} {unit}", f">= {goal:g} {unit}", statistics.median(values) >= goal, load())


def _at_most(what: str, values: list[float], goal: float, unit: str) -> Row:
    return Row(what, f"{spread(values)} {unit}", f"<= {goal:g} {unit}", statistics.median(values) <= goal, load())


def _single(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    yardstick = [pgbench_rate(stage.postgres, 64, 4) for _ in range(min(3, wanted.runs))]
    figures = _many(stage, wanted, lambda: sync_load.single_punches(stage, seconds=wanted.seconds))
    yield Row(
        "pgbench, one prepared single-row insert per transaction, 64 clients",
        f"{spread(yardstick)} /s",
        "yardstick",
        None,
        load(),
    )
    rates = _values(figures, lambda f: f.per_s)
    yield _at_least("one signed punch per request, 64 devices", rates, 800, "/s")
    base = statistics.median(yardstick)
    yield _at_least("... as a share of pgbench", [rate / base for rate in rates], 0.04, "")
    yield _at_most("... CPU, app and database", _values(figures, lambda f: f.app_ms + f.db_ms), 2.0, "ms")
    yield Row(
        "... of it app / database",
        f"{spread(_values(figures, lambda f: f.app_ms))} / {spread(_values(figures, lambda f: f.db_ms))} ms",
        "",
        None,
        load(),
    )
    yield _at_most("... p99", _values(figures, lambda f: f.result.percentile_ms(99)), 250, "ms")


def _batch(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    figures = _many(stage, wanted, lambda: sync_load.batches(stage, seconds=wanted.seconds))
    yield _at_least("50 operations per request, 16 tablets, applied", _values(figures, lambda f: f.per_s), 4_000, "/s")
    yield _at_most("... CPU per operation, app and database", _values(figures, lambda f: f.app_ms + f.db_ms), 0.5, "ms")


def _flood(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    runs = [sync_load.flood(stage, tablets=500 if wanted.runs > 1 else 100) for _ in range(min(3, wanted.runs))]
    yield _at_most("500 tablets with 90 queued operations each, drained", [f.result.wall_s for f, _ in runs], 30, "s")
    yield _at_most("... lost", [float(lost) for _, lost in runs], 0, "operations")


def _empty(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    found = [sync_load.empty_syncs(stage, seconds=wanted.seconds) for _ in range(wanted.runs + 1)][1:]
    figures = [figure for figure, _, _ in found]
    yield _at_least("empty sync, 32 devices", _values(figures, lambda f: f.per_s), 1_500, "/s")
    yield _at_most("... CPU, app and database", _values(figures, lambda f: f.app_ms + f.db_ms), 2.0, "ms")
    calm = [sync_load.empty_syncs(stage, devices=4, seconds=2.0)[0] for _ in range(wanted.runs)]
    yield _at_most("... p95 with 4 devices at a time", _values(calm, lambda f: f.result.percentile_ms(95)), 20, "ms")
    yield _at_most("... asked, with headers, before gzip", [float(asked) for _, asked, _ in found], 1_024, "bytes")
    yield _at_most("... answered, before gzip", [float(answered) for _, _, answered in found], 1_024, "bytes")


def _first(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    device = first_sync.prepare(stage)
    first_sync.run(stage, device)
    found = [first_sync.run(stage, device) for _ in range(wanted.runs)]
    yield _at_most("a tablet's first sync, 45 scopes and 5,000 rows", [one.seconds for one in found], 2.0, "s")
    yield _at_most("... on the wire", [one.wire_bytes / 1000 for one in found], 200, "KB")


def _feed(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    pairs = [feed_cost.overhead(stage.db, times=200) for _ in range(wanted.runs)]
    yield _at_most("what the feed adds to a single-row transaction", [(b / a - 1) * 100 for a, b in pairs], 25, "%")


def _audit(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    pid = stage.postgres.pid or 0
    for what, operate in (
        ("an operation from the console", audit_log.from_the_console(stage.db)),
        ("a punch that comes alone, without its request", audit_log.punches(stage.db, 1, requests=100)),
        ("a punch in a batch of fifty", audit_log.punches(stage.db, 50, requests=16)),
    ):
        costs = [audit_log.appending(stage.db, pid, operate, rounds=3) for _ in range(wanted.runs)]
        shares = [cost.share for cost in costs]
        yield _at_most(f"what noting and entering adds to {what}, CPU of app and database", shares, 5, "%")
        off, on = spread([cost.off_ms for cost in costs]), spread([cost.on_ms for cost in costs])
        told = spread([cost.told_ms for cost in costs])
        yield Row("... with the log off / on / on and its followers told", f"{off} / {on} / {told} ms", "", None, load())
    rates = [audit_log.comparing(stage.db) for _ in range(wanted.runs)]
    yield Row("... entries and rows compared by `outpost audit verify`", f"{spread(rates)} /s", "", None, load())
    with audit_log.large_tree(stage.db, 1_000_000):
        proofs = [sorted(audit_log.proofs(stage.db, 1_000_000)) for _ in range(wanted.runs)]
    slow = [run[int(len(run) * 0.95)] for run in proofs]
    yield _at_most("consistency proof in a log of 1,000,000 entries, p95", slow, 5, "ms")


def _midnight(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    effective_postings.midnight(stage.db, postings=100)
    spent = [effective_postings.midnight(stage.db) for _ in range(wanted.runs)]
    yield _at_most("1,000 postings begin at midnight: everybody told, duties changed", spent, 10, "s")


def _grown(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    """The same with tables that hold a hundred times as many rows: latency may grow by a fifth."""
    small = 3_000
    store = fleet.build(stage.db, kiosks=1, people_per_kiosk=30).devices[0]
    filler.punches(stage.db, store, small, seed=1)
    before = _latency(stage, wanted)
    crowd = fleet.build(stage.db, kiosks=100, people_per_kiosk=30).devices
    for seed, device in enumerate(crowd):
        filler.punches(stage.db, device, small - small // 100, seed=seed)
    with stage.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    after = _latency(stage, wanted)
    for name in ("punch", "empty sync"):
        ratios = [late / early for early, late in zip(sorted(before[name]), sorted(after[name]), strict=True)]
        yield _at_most(f"median latency of a {name} with 300,000 punches in the tables, against 3,000", ratios, 1.2, "times")


def _latency(stage: Stage, wanted: Wanted) -> dict[str, list[float]]:
    sync_load.single_punches(stage, devices=4, seconds=1.0)
    runs = range(wanted.runs)
    return {
        "punch": [sync_load.single_punches(stage, devices=4, seconds=3.0).result.percentile_ms(50) for _ in runs],
        "empty sync": [sync_load.empty_syncs(stage, devices=4, seconds=2.0)[0].result.percentile_ms(50) for _ in runs],
    }  # fmt: skip


def _client(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    with client.enrolled_phone(stage) as (folder, ports):
        started = [client.start_to_usable(folder) for _ in range(wanted.runs + 1)][1:]
        taps = [sorted(client.tap_to_kept(folder, ports, times=100)) for _ in range(wanted.runs)]
    yield _at_most("phone, start to usable (software GL)", [one.usable_s for one in started], 2.5, "s")
    yield _at_most("phone, resident memory after the start", [one.memory_mb for one in started], 200, "MB")
    yield _at_most("phone, tap to kept with fsync, p95", [run[int(len(run) * 0.95)] for run in taps], 150, "ms")


def _lists(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    region = org_lists.build(stage.db)
    with tempfile.TemporaryDirectory() as folder:
        for asked in org_lists.measure(stage.db, stage.postgres.pid or 0, Path(folder), region, times=10 * wanted.runs):
            who = "HR" if asked.who == "hr" else "a regional manager"
            cpu = f"CPU {asked.app_ms:.3g} ms app, {asked.db_ms:.3g} ms database"
            yield _at_most(f"{asked.what}, asked by {who}, {cpu}, p95 of {len(asked.took_ms)}", [asked.p95_ms], 100, "ms")


def _tickets(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    """Every filter of a desk's queue, the slowest by name."""
    region = tickets.build(stage.db, tickets=100_000 if wanted.runs > 1 else 20_000)
    who = {"hr": "HR", "desk": "somebody of a desk with half of them", "region": "a regional manager"}
    with tempfile.TemporaryDirectory() as folder:
        asked = list(tickets.measure(stage.db, stage.postgres.pid or 0, Path(folder), region, times=10 * wanted.runs))
    for login, name in who.items():
        slow = max((one for one in asked if one.who == login), key=lambda one: one.p95_ms)
        cpu = f"CPU {slow.app_ms:.3g} ms app, {slow.db_ms:.3g} ms database"
        what = f"100,000 tickets, any of {len(asked) // 3} filters, asked by {name}; the slowest: {slow.what}, {cpu}, p95"
        yield _at_most(what, [slow.p95_ms], 150, "ms")


def _hours(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    """A month of everybody from cold, and one late punch in it and in a company of a tenth, in turns: whatever else the machine
    does, it does to both."""
    most = 10_000 if wanted.runs > 1 else 1_000
    small = Database(stage.postgres.fresh("few"))
    migrate.upgrade(small)
    few = month_close.company(small, people=most // 10, stores=most // 200, seed=1)
    recompute_month(small, month_close.MONTH, None, month_close.NOW, month_close.SECRET)
    everybody = month_close.company(stage.db, people=most, stores=most // 20, seed=2)
    spent = month_close.close(stage.db, stage.postgres.pid or 0)
    what = f"month close from cold: {most:,} people, {spent.days:,} days, {2 * spent.days:,} punches, 2 processes"
    yield _at_most(what, [spent.wall_s], 60, "s")
    yield Row("... CPU, app / database", f"{spent.app_s:.1f} / {spent.db_s:.1f} s", "", None, load())
    plain = month_close.one_by_one(stage.db, everybody[:20])
    each, plainly = spent.app_s / spent.days * 1000, plain.app_s / plain.days * 1000
    yield Row("... CPU of the app for a day, together / one by one", f"{each:.2f} / {plainly:.2f} ms", "", None, load())
    turns = [
        tuple(late_punch.late_punches(db, people, times=30, seed=run) for db, people in ((small, few), (stage.db, everybody)))
        for run in range(wanted.runs)
    ]
    small.dispose()
    slow = [after.took_ms[int(len(after.took_ms) * 0.95)] for _, after in turns]
    yield _at_most("one late punch, from its mark to the days written anew, p95", slow, 50, "ms")
    yield Row("... median", f"{spread([statistics.median(after.took_ms) for _, after in turns])} ms", "", None, load())
    cpu = " / ".join(spread([getattr(after, name) for _, after in turns]) for name in ("app_ms", "db_ms"))
    yield Row(f"... CPU, app / database, of {turns[0][1].statements:.0f} statements", f"{cpu} ms", "", None, load())
    ratios = [statistics.median(after.took_ms) / statistics.median(before.took_ms) for before, after in turns]
    yield _at_most("... median with ten times the people and days", ratios, 1.2, "times")
    ratios = [after.cpu_ms / before.cpu_ms for before, after in turns]
    yield _at_most("... CPU with ten times the people and days", ratios, 1.2, "times")


def _board(stage: Stage, wanted: Wanted) -> Iterator[Row]:
    """The today board of 10,000 people in 500 stores, then beside it one with ten times the punches, then 20,000 people in 1,000
    stores beside 200,000 in 10,000: two companies asked in turns, for whatever else the machine does, it does to both."""
    pid, times, turns = stage.postgres.pid or 0, 10 * wanted.runs, max(5, wanted.runs)
    small = Database(stage.postgres.fresh("few"))
    migrate.upgrade(small)
    for db in (small, stage.db):
        board.crowd(db, people=10_000, stores=500, seed=1, past_days=1)
    yield Row("writing the day of 10,000 people down ahead of time", f"{board.make_rows(stage.db):.1f} s", "", None, load())
    board.make_rows(small)
    naive = board.look(small, pid, "board", times=2, naive=True)
    yield Row("the board of 500 stores, looking at everybody one by one", _looked(naive), "baseline", None, load())
    looked = board.look(small, pid, "board", times=times)
    yield Row("the board of 500 stores / 10,000 people, HQ's first page", _looked(looked), "", None, load())
    yield _at_most("... p95", [looked.percentile(0.95)], 100, "ms")
    yield Row("... one store's page with names", _looked(board.look(small, pid, "store", times=times)), "", None, load())
    board.older_punches(stage.db, 10)
    yield from _grown_by("with ten times the punches", [_in_turns(small, stage.db, pid, times) for _ in range(turns)])
    board.clone(small, 2)
    board.clone(stage.db, 20)
    looked = board.look(small, pid, "board", times=times)
    yield Row("the board of 1,000 stores / 20,000 people, HQ's first page", _looked(looked), "", None, load())
    looked = board.look(stage.db, pid, "board", times=times)
    yield Row("the board of 10,000 stores / 200,000 people, HQ's first page", _looked(looked), "", None, load())
    yield _at_most("... p95", [looked.percentile(0.95)], 300, "ms")
    yield from _grown_by("with ten times the stores and people", [_in_turns(small, stage.db, pid, times) for _ in range(turns)])
    small.dispose()
    spent = f"{board.round_ms(stage.db, pid):.3g} CPU-ms"
    yield Row("... what the worker spends on asking the devices once", spent, "", None, load())


def _in_turns(small: Database, large: Database, pid: int, times: int) -> dict[str, tuple[board.Looked, board.Looked]]:
    return {
        what: (board.look(small, pid, what, times=times), board.look(large, pid, what, times=times))
        for what in ("board", "store")
    }


def _grown_by(how: str, turns: list[dict[str, tuple[board.Looked, board.Looked]]]) -> Iterator[Row]:
    for what, name in (("board", "the board"), ("store", "one store's page")):
        ratios = [after.percentile(0.5) / before.percentile(0.5) for before, after in (turn[what] for turn in turns)]
        yield _at_most(f"... median of {name} {how}", ratios, 1.2, "times")
        cpu = [after.cpu_ms / before.cpu_ms for before, after in (turn[what] for turn in turns)]
        yield _at_most(f"... CPU of {name} {how}", cpu, 1.2, "times")


def _looked(one: board.Looked) -> str:
    wall = f"p50 {one.percentile(0.5):.3g} ms, p95 {one.percentile(0.95):.3g} ms"
    return f"{wall}, CPU {one.app_ms:.3g} ms app, {one.db_ms:.3g} ms database"


BENCHES: dict[str, Callable[[Stage, Wanted], Iterator[Row]]] = {
    "single": _single,
    "batch": _batch,
    "flood": _flood,
    "empty": _empty,
    "first": _first,
    "feed": _feed,
    "audit": _audit,
    "client": _client,
    "grown": _grown,
    "midnight": _midnight,
    "lists": _lists,
    "tickets": _tickets,
    "board": _board,
    "hours": _hours,
}


def measure(names: list[str], *, runs: int, quick: bool) -> list[Row]:
    """Run the named benches, each on a stage of its own, and print each line as it comes."""
    wanted = Wanted(runs, 2.0 if quick else 6.0)
    rows = []
    for name in names:
        with running() as stage:
            for row in BENCHES[name](stage, wanted):
                mark = "" if row.met is None else " met" if row.met else " NOT MET"
                print(f"{row.what}: {row.measured} (goal {row.goal}){mark}", flush=True)
                rows.append(row)
    return rows


def page(rows: list[Row], machine: str, at: datetime, command: str) -> str:
    """The page of figures."""
    lines = [
        "# Figures",
        "",
        f"Measured {at:%Y-%m-%d %H:%M} UTC by `{command.strip()}` on {machine}.",
        "PostgreSQL with fsync and synchronous commit, the server (`outpost serve`, 2 processes), the load generator and its",
        "request signing all on the same two cores. Each line: a warm-up, then the median of the runs (least to most). CPU",
        "time is of the whole process trees of the app and of PostgreSQL, without the load generator.",
        "",
        "| what | measured | goal | met | load |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        met = "" if row.met is None else "yes" if row.met else "**no**"
        lines.append(f"| {row.what} | {row.measured} | {row.goal} | {met} | {row.load:.1f} |")
    return "\n".join([*lines, ""])
