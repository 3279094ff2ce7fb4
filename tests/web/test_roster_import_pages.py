"""A roster out of a file at the console: what it would change is seen first; taken whole, in part, or with a reason."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.server.rosters_of import MONDAY, Desk, day, desk_on_sqlite
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor, counts, seen

HEAD = ",".join(["姓名", *(day(n).isoformat() for n in range(7))])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = desk_on_sqlite(tmp_path)
    yield found
    found.world.close()


def visitor(desk: Desk, language: str = "en", login: str = "wu") -> Visitor:
    found = Visitor(desk.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def chosen(who: Visitor, desk: Desk, *lines: str, name: str = "roster.csv") -> TestResponse:
    page = f"/console/rosters/{desk.store}/import?from={MONDAY}"
    who.get(page)
    raw = "\n".join([HEAD, *lines]).encode("gb18030")
    form = {"file": (io.BytesIO(raw), name), "from": str(MONDAY)}
    return who.post(f"/console/rosters/{desk.store}/import", op_id=who.op_id, **form)


def hidden(page: TestResponse) -> str:
    return page.text.partition('name="seen" value="')[2].partition('"')[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_looked_at_and_becomes_drafts(desk: Desk, language: str) -> None:
    wu = visitor(desk, language)
    grid = wu.get(f"/console/rosters/{desk.store}?from={MONDAY}")
    assert f"/console/rosters/{desk.store}/import?" in grid.text
    desk.put(desk.li, 1, "late")
    run = chosen(wu, desk, "李伟,早班,休,8:00-13:00", "王芳,,晚班").headers["Location"]
    page = wu.get(run)
    said = counts(page)
    assert (said["new"], said["changed"], said["gone"], said["same"], said["bad"]) == (3, 0, 1, 0, 0)
    assert "李伟" in seen(page) and "08:00-13:00" in seen(page) and "roster.csv" in seen(page)
    assert "console." not in seen(page) and "imports." not in seen(page) and len(desk.cells()) == 1
    took = wu.send(run, f"{run}/take", seen=hidden(page))
    assert took.status_code == 303 and f"from={MONDAY}" in took.headers["Location"]
    made = [(cell.person_id == desk.li, cell.template) for cell in desk.cells()]
    assert made == [(True, "early"), (False, "late"), (True, "early")]
    assert wu.get(run).status_code == 404, "the file is gone with its run"


def test_what_may_not_be_is_said_in_the_rules_words_and_left_out_or_set_aside(desk: Desk) -> None:
    wu = visitor(desk)
    desk.put(desk.li, 0, "night")
    run = chosen(wu, desk, "李伟,,早班,,早班").headers["Location"]
    page = wu.get(run)
    assert counts(page)["bad"] == 1 and "of rest" in seen(page) and "Plan with this reason" in seen(page)
    without = wu.send(run, f"{run}/take", seen=hidden(page))
    assert without.status_code == 422 and len(desk.cells()) == 1 and "Nothing was stored" in seen(without)
    took = wu.send(run, f"{run}/take", seen=hidden(page), leave_out="yes")
    assert took.status_code == 303 and len(desk.cells()) == 2
    run = chosen(wu, desk, "李伟,,早班").headers["Location"]
    took = wu.send(run, f"{run}/take", seen=hidden(wu.get(run)), override="Stocktaking")
    assert took.status_code == 303 and [cell.override for cell in desk.cells()] == [None, "Stocktaking", None]


def test_a_draft_that_moved_meanwhile_is_shown_anew(desk: Desk) -> None:
    wu = visitor(desk)
    run = chosen(wu, desk, "李伟,早班").headers["Location"]
    before = hidden(wu.get(run))
    desk.put(desk.li, 0, "late")
    page = wu.send(run, f"{run}/take", seen=before)
    assert page.status_code == 409 and counts(page)["changed"] == 1 and "changed meanwhile" in seen(page)
    assert [cell.template for cell in desk.cells()] == ["late"]
    assert wu.send(run, f"{run}/take", seen=hidden(page)).status_code == 303
    assert [cell.template for cell in desk.cells()] == ["early"]


def test_a_file_that_is_none_keeps_the_form_and_says_why(desk: Desk) -> None:
    wu = visitor(desk)
    answer = chosen(wu, desk, "李伟,")
    assert answer.status_code == 422 and "names no shift" in seen(answer) and 'type="file"' in answer.text
    assert wu.send(f"/console/rosters/{desk.store}/import", f"/console/rosters/{desk.store}/import").status_code == 422


def test_nobody_sees_the_file_of_another_or_of_another_store(desk: Desk) -> None:
    wu, qian, sun = visitor(desk), visitor(desk, login="qian"), visitor(desk, login="sun")
    run = chosen(wu, desk, "李伟,早班").headers["Location"]
    assert qian.get(run).status_code == 404 and sun.get(run).status_code in (403, 404)
    assert sun.get(f"/console/rosters/{desk.store}/import").status_code in (403, 404)
    assert wu.get(run.replace(desk.store, desk.other)).status_code in (403, 404)


def test_a_name_that_is_a_formula_or_markup_is_only_shown(desk: Desk) -> None:
    wu = visitor(desk)
    run = chosen(wu, desk, "=HYPERLINK(1),早班", "<script>alert(1)</script>,早班", "李伟,早班").headers["Location"]
    page = wu.get(run)
    assert "<script>alert" not in page.text and "=HYPERLINK(1)" in seen(page) and counts(page)["bad"] == 2
