"""The line of news: how long from a commit until each of 200 clients has heard of it, and what an idle one costs the listener.

`python -m benches.hints`: PostgreSQL, the listener as the process it is in service, clients in this one.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benches.machine import cpu_of
from benches.stage import running
from contract.ids import new_id
from server.hints import tickets
from server.kernel.actors import Actor
from server.kernel.clock import utc_now
from server.kernel.db import Database
from server.kernel.feed import mark
from server.kernel.perform import writing
from tests.support import postgres

CLIENTS, RUNS, IDLE_S = 200, 5, 20.0
SECRET = b"bench" * 8


@contextmanager
def listener(url: str) -> Iterator[tuple[int, int]]:
    """The listener's process: (port, pid)."""
    port = postgres.free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "OUTPOST_DATABASE_URL": url, "OUTPOST_DATA_DIR": data, "OUTPOST_SECRET": SECRET.decode()}
        process = subprocess.Popen([sys.executable, "-m", "server.hints", "127.0.0.1", str(port)], env=environment)
        try:
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(10)


async def connected(port: int, topic: str) -> asyncio.StreamReader:
    """One client on the line, past `ready`."""
    token, _ = tickets.make(SECRET, [topic], board=False, since=0, now=utc_now())
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except ConnectionRefusedError:
            await asyncio.sleep(0.1)
    writer.write(f"GET /hints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await heard(reader, b"ready")
    reader.writer = writer  # type: ignore[attr-defined] - the line lives as long as its reader
    return reader


async def heard(reader: asyncio.StreamReader, name: bytes) -> float:
    """When the next event of this name came, by this process's clock."""
    while True:
        line = await reader.readline()
        assert line, "the line ended"
        if line.strip() == b"event: " + name:
            return time.perf_counter()


def moves(db: Database, topics: list[str]) -> float:
    """Something changes for all of them, in one transaction; answers when it was committed."""
    with writing(db, Actor.system(), op_id=new_id(), now=utc_now()) as session:
        for topic in topics:
            mark(session, topic, "item", new_id())
    return time.perf_counter()


async def measure(db: Database, port: int, pid: int) -> None:
    """Prints what was found."""
    listening = psutil.Process(pid)
    await (await connected(port, "private:first")).read(0)
    before = listening.memory_info().rss
    topics = [f"private:{new_id()}" for _ in range(CLIENTS)]
    readers = [await connected(port, topic) for topic in topics]
    await asyncio.sleep(1)
    grown = (listening.memory_info().rss - before) / CLIENTS / 1024
    spent, began = cpu_of([pid]), time.perf_counter()
    await asyncio.sleep(IDLE_S)
    idle = 1000 * (cpu_of([pid]) - spent) / (time.perf_counter() - began)
    medians, slowest = [], 0.0
    for run in range(RUNS + 1):
        waiting = [asyncio.create_task(heard(reader, b"moved")) for reader in readers]
        committed = await asyncio.to_thread(moves, db, topics)
        took = [1000 * (came - committed) for came in await asyncio.gather(*waiting)]
        if run:  # the first is for warming up
            medians.append(statistics.median(took))
            slowest = max(slowest, *took)
        await asyncio.sleep(0.5)
    spread = f"{min(medians):.0f} to {max(medians):.0f}"
    print(f"load {os.getloadavg()[0]:.1f}; {CLIENTS} clients, {RUNS} runs")
    print(f"from commit to heard: median {statistics.median(medians):.0f} ms ({spread}), the slowest {slowest:.0f} ms")
    print(f"an idle client: {grown:.1f} KB of the listener; all of them {idle:.1f} CPU-ms a second; no request")


if __name__ == "__main__":
    with running() as stage, listener(stage.db.url.render_as_string(hide_password=False)) as (port, pid):
        asyncio.run(measure(stage.db, port, pid))
