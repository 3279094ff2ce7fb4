"""2,734 real stores of a real chain, by the command line and by the upload: dry run, run, run again."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.journeys.stage import Stage
from tests.support.shared_data import shared_data

STORES = 2_734


def counted(text: str) -> dict[str, int]:
    """The line that sums up: rows, new, changed, unchanged, with errors."""
    line = next(line for line in text.splitlines() if "unchanged" in line)
    numbers = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", line)]
    return dict(zip(("rows", "new", "changed", "same", "bad"), numbers, strict=True))


def test_the_command_line_tries_takes_and_retakes_the_list(stage: Stage) -> None:
    file = shared_data("stores", "stores_cn.csv")
    tried = counted(stage.outpost("import", "stores", file, "--dry-run"))
    assert tried == {"rows": STORES, "new": STORES, "changed": 0, "same": 0, "bad": 0}
    assert stage.sql("SELECT count(*) FROM store") == [(0,)], "a dry run stores nothing"
    assert counted(stage.outpost("import", "stores", file)) == tried
    assert stage.sql("SELECT count(*), count(DISTINCT number) FROM store") == [(STORES, STORES)]
    operations = stage.sql("SELECT count(*) FROM op_log")
    again = counted(stage.outpost("import", "stores", file))
    assert again == {"rows": STORES, "new": 0, "changed": 0, "same": STORES, "bad": 0}
    assert stage.sql("SELECT count(*) FROM op_log") == operations, "the second run performed nothing at all"
    zones = Counter(dict(stage.sql("SELECT zone, count(*) FROM store GROUP BY zone")))
    assert not [zone for zone in zones if "GMT" in zone or zone == "Asia/Beijing"], zones
    assert zones["Asia/Macau"] >= 1 and zones["Asia/Shanghai"] > 2_000
    # two decimals say half a kilometre at best, and nobody said which map: such a fence is wide, and is called coarse
    [(coarse, narrowest)] = stage.sql("SELECT count(*), min(radius_m) FROM fence_version")
    assert coarse == STORES and narrowest >= 500


def test_the_upload_leaves_out_bad_rows_and_takes_the_good_ones(stage: Stage, shop: dict[str, str], tmp_path: Path) -> None:
    lines = shared_data("stores", "stores_cn.csv").read_text(encoding="utf-8").splitlines()
    broken = lines[1].replace("22901-225145", "X-1").replace("116.32,39.9", "196.32,39.9")
    zoneless = lines[2].replace("32320-116537", "X-2").replace("GMT+08:00 Asia/Beijing", "GMT+08:00 Asia/Atlantis")
    sheet = "\n".join([*lines[:41], broken, zoneless, *lines[41:80]]).encode()
    hq = stage.desk("chen")
    for dry, known in (("true", 0), ("false", 0), ("false", 79)):
        status, report = hq.upload("/api/v1/imports/stores", sheet, dry_run=dry)
        assert status == 200, report
        assert (report["rows"], report["bad"], report["new"], report["same"]) == (81, 2, 79 - known, known), report
        assert [error["row"] for error in report["errors"]] == [42, 43]
        assert all(error["message"] and error["column"] for error in report["errors"])
    assert stage.sql("SELECT count(*) FROM store") == [(79 + 2,)]
    assert hq.get("/api/v1/boards/today?limit=200")["totals"]["stores"] == 81
    status, said = stage.desk("lu").upload("/api/v1/imports/stores", sheet)
    assert status == 403, said
