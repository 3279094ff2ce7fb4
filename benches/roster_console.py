"""A store's month at the console, 40 people and the four weeks of the page: how long the server takes for it, and how long a real
browser until it stands on the screen.

python -m benches.roster_console              Chromium in front of the server over HTTP, SQLite, everything on this machine
python -m benches.roster_console --picture x  the same, and what was drawn as a PNG
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PEOPLE, DAYS, SPAN = 40, 28, "month"
GOAL_MS = 300
# until the frame after the one in which everything is laid out
_DRAWN = "() => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(() => on(performance.now()))))"
# until everybody's row is there too, for which the page sends once its first screen is drawn
_WHOLE = f"""async () => {{
  while (document.querySelectorAll("table[role=grid] tr[data-row]").length <= {PEOPLE}) await new Promise(requestAnimationFrame);
  await new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)));
  return performance.now();
}}"""


def furnish(folder: Path) -> tuple[Any, str, date]:
    """Shops of which the first has 40 people, six days a week for four weeks; the store and the first day."""
    from contract.ids import new_id
    from contract.rosters import SetShift
    from server.rosters import profiles
    from server.shifts import presets
    from tests.web.company_of_shops import SHOPS, empty_company, hire, open_shops, post

    shops = empty_company(folder)
    company = shops.company
    presets.ensure(company.db, company.now(), company.settings.secret)
    profiles.ensure(company.db, company.now(), company.settings.secret)
    open_shops(shops, 1)
    today = company.today()
    first = today + timedelta(days=7 - today.weekday())
    store = company.stores[SHOPS[0][0]]
    for number in range(PEOPLE):
        name = f"员工{number:02d}"
        hire(shops, name, f"E{number:03d}")
        post(shops, name, SHOPS[0][0], today - timedelta(days=30))
        for n in range(DAYS):
            day = first + timedelta(days=n)
            if day.weekday() != number % 7:
                template = ("early", "late")[(number + day.isocalendar().week) % 2]
                company.must(
                    SetShift(
                        shift_id=new_id(), store_id=store, day=day.isoformat(), person_id=company.people[name],
                        template=template, override="盘点",
                    )
                )  # fmt: skip
    return shops, store, first


@contextmanager
def serving(shops: Any) -> Iterator[tuple[str, int]]:
    """The server as it runs for others, in processes of its own; its address and its process group."""
    settings = shops.company.settings
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "OUTPOST_DATA_DIR": str(settings.data_dir), "OUTPOST_DATABASE_URL": settings.database_url,
        "OUTPOST_SECRET": settings.secret.decode(),
    }  # fmt: skip
    command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--hints-port", "0", "--no-worker"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)  # type: ignore[call-overload]
    address = f"http://127.0.0.1:{port}"
    try:
        while not _answers(address):
            time.sleep(0.1)
        yield address, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/console/sign-in", timeout=5).close()  # noqa: S310 - our own
    except OSError:
        return False
    return True


def _cpu_ms(group: int) -> float:
    """What a process group has used so far."""
    ticks = 0
    for found in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = found.read_text().rpartition(")")[2].split()
        except OSError:  # gone meanwhile
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def measured(shops: Any, store: str, first: date, times: int, picture: str | None) -> dict[str, list[float]]:
    """Milliseconds: of the server for the page; in the browser until its first byte, until it is laid out, until its first screen
    is drawn, until all of it is. `bare_drawn_ms`: the baseline, as many squares with the same times in a table without more."""
    from tests.browser.serving import browser, context_for, sign_in

    names = ("server_cpu_ms", "first_byte_ms", "laid_out_ms", "drawn_ms", "whole_ms", "bare_drawn_ms")
    found: dict[str, list[float]] = {name: [] for name in names}
    shops.company.db.dispose()
    with serving(shops) as (address, group), browser() as chromium:
        page = context_for(chromium, address, "zh").new_page()
        sign_in(page, address)
        where = f"{address}/console/rosters/{store}?span={SPAN}&from={first.isoformat()}"
        for _ in range(times):
            began = _cpu_ms(group)
            page.goto(where)
            drawn = page.evaluate(_DRAWN)
            found["server_cpu_ms"].append(_cpu_ms(group) - began)
            timing = page.evaluate("() => performance.getEntriesByType('navigation')[0].toJSON()")
            found["first_byte_ms"].append(timing["responseStart"])
            found["laid_out_ms"].append(timing["domContentLoadedEventEnd"])
            found["drawn_ms"].append(drawn)
            found["whole_ms"].append(page.evaluate(_WHOLE))
            time.sleep(0.3)  # what the page asks for behind it has come
        squares = page.locator("table[role=grid] tbody tr").count()
        assert squares >= PEOPLE, squares
        if picture:
            page.screenshot(path=picture, full_page=True)
        bare = "<!doctype html><table>" + ("<tr>" + "<td>08:00–16:00<br>早班" * (DAYS + 1)) * (PEOPLE + 1) + "</table>"
        page.route("**/bare", lambda route: route.fulfill(body=bare, content_type="text/html; charset=utf-8"))
        for _ in range(times):
            page.goto(f"{address}/bare")
            found["bare_drawn_ms"].append(page.evaluate(_DRAWN))
    return found


def _told(spent: Sequence[float]) -> dict[str, float]:
    return {"first": round(spent[0], 1), "median": round(statistics.median(spent), 1), "most": round(max(spent), 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--picture")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        shops, store, first = furnish(Path(name))
        try:
            found = measured(shops, store, first, asked.times, asked.picture)
        finally:
            shops.company.close()
    told = {what: _told(spent) for what, spent in found.items()}
    print(json.dumps({"people": PEOPLE, "days": DAYS, **told, "goal_ms": GOAL_MS}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
