"""The same company on PostgreSQL: every page opens, the counts sum, a decision is kept, troubles are listed."""

from __future__ import annotations

from pathlib import Path

from contract.boards import STATES
from tests.web.company_of_shops import troubles, working_day
from tests.web.visitor import Visitor, counts, seen
from tools.shots_console import pages_of


def test_the_console_is_the_same_on_postgresql(upgraded_postgres: str, tmp_path: Path) -> None:
    shops = working_day(tmp_path, url=upgraded_postgres)
    troubles(shops)
    admin = Visitor(shops.app).speak("en")
    assert admin.sign_in("admin").status_code == 303
    for name, path in pages_of(shops).items():
        assert admin.get(path).status_code == (404 if name == "not-found" else 200), name
    totals = counts(admin.get("/console/today"))
    assert totals["posted"] == sum(totals.get(state, 0) for state in STATES) == 40
    listed = "review?show=decided", "punches?q=liuyang&format=csv", "stores?fence=coarse", "people?show=all", "devices?show=all"
    for path in listed:
        assert admin.get(f"/console/{path}").status_code == 200, path
    assert "still holds the data of 罗强" in seen(admin.get("/console/devices"))
    assert "stores.unknown" in seen(admin.get("/console/operations"))
    punch = next(p for p in shops.company.punches() if p.verdict == "review")
    path = f"/console/punches/{punch.id}"
    assert admin.send(path, f"{path}/decision", decision="reject", reason="mock location").status_code == 303
    assert "Rejected by" in seen(admin.get(path))
    assert "mock location" in seen(admin.get("/console/review?show=decided"))
    shops.company.close()
