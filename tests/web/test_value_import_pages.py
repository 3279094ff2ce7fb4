"""A customer's own file of figures at the console: its columns are said, its lines tried, taken, and kept in mind."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from server.growth.model import IndicatorValue
from server.imports.model import ValueImport
from server.people.model import Person
from server.web import course_import, value_import
from tests.server.growth_of import Growing
from tests.server.world import PASSWORD, World
from tests.support.planted import instead
from tests.web.visitor import Visitor, counts, seen

PAGE = "/console/growth/indicators"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Growing]:
    made = Growing(World.on_sqlite(tmp_path))
    made.indicator()
    made.indicator("attach", "连带率", "Attach rate")
    yield made
    made.world.close()


def visitor(shop: Growing, language: str = "en") -> Visitor:
    found = Visitor(shop.world.app).speak(language)
    found.sign_in("qian", PASSWORD)
    return found


def own_file(shop: Growing, *more: str) -> bytes:
    number = shop.world.row(Person, shop.li).number
    return "\n".join(["员工号,备注,统计月份,满意度,连带率", f"{number},=1+1,2026年10月,55,1.8", *more]).encode("gb18030")


def chosen(hr: Visitor, raw: bytes, name: str = "own.csv") -> TestResponse:
    hr.get(PAGE)
    return hr.post("/console/growth/import", op_id=hr.op_id, file=(io.BytesIO(raw), name))


def meant(answer: TestResponse) -> dict[str, str]:
    """What each column's select stands at."""
    found = {}
    for place, options in re.findall(r'<select name="(c\d+)".*?>(.*?)</select>', answer.text, re.DOTALL):
        (found[place],) = re.findall(r'value="([^"]*)" selected', options) or [""]
    return found


def values(shop: Growing) -> list[str]:
    return sorted(shop.world.rows(sa.select(IndicatorValue.value)))


GUESS = {"c0": "person", "c1": "", "c2": "month", "c3": "value:satisfaction", "c4": "value:attach"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_read_tried_taken_and_the_next_one_is_known_by_its_headings(shop: Growing, language: str) -> None:
    hr = visitor(shop, language)
    run = chosen(hr, own_file(shop)).headers["Location"]
    first = hr.get(run)
    assert meant(first) == GUESS and "=1+1" in seen(first) and "2026年10月" in seen(first) and values(shop) == []
    assert "console." not in seen(first) and "imports." not in seen(first)
    tried = hr.send(run, run, **GUESS, source="ERP")
    assert tried.status_code == 303
    shown = hr.get(run)
    assert counts(shown) == {"rows": 1, "new": 1, "changed": 0, "same": 0, "bad": 0} and values(shop) == []
    took = hr.send(run, f"{run}/take")
    assert took.status_code == 303 and values(shop) == ["1.8", "55"]
    assert f'href="{took.headers["Location"]}"' in hr.get(PAGE).text, "a value leads to the run it came with"
    log = seen(hr.get(took.headers["Location"]))
    assert "own.csv" in log and "ERP" in log and "员工号" in log and "console." not in log
    assert ("满意度" if language == "zh" else "Value: Satisfaction") in log
    assert hr.get(run).status_code == 404, "the file is gone"
    assert hr.send(took.headers["Location"], f"{run}/take").headers["Location"] == took.headers["Location"], "tapped twice"
    assert len(shop.world.rows(sa.select(ValueImport.id))) == 1
    again = chosen(hr, own_file(shop)).headers["Location"]
    shown = hr.get(again)
    assert 'value="ERP"' in shown.text and meant(shown) == GUESS
    assert ("导入过" if language == "zh" else "taken before") in seen(shown)
    hr.send(again, again, **GUESS, source="ERP")
    shown = hr.get(again)
    assert counts(shown)["same"] == 1 and "/take" in shown.text and "main-act" not in shown.text.split('id="report"')[1]
    assert "own.csv" in hr.get("/console/growth/imports?format=csv").text


def test_what_was_said_the_last_time_is_offered_even_where_a_guess_would_differ(shop: Growing) -> None:
    hr = visitor(shop)
    run = chosen(hr, own_file(shop)).headers["Location"]
    other = {**GUESS, "c3": "", "c4": "value:satisfaction"}
    hr.send(run, run, **other)
    assert meant(hr.get(run)) == other, "what was chosen stays"
    hr.send(run, f"{run}/take")
    assert values(shop) == ["1.8"]
    assert meant(hr.get(chosen(hr, own_file(shop, "x")).headers["Location"])) == other


def test_bad_lines_are_named_and_left_out_only_when_one_says_so(shop: Growing) -> None:
    hr = visitor(shop)
    run = chosen(hr, own_file(shop, "X-1,,2026-10,1,2", ",,,,", "X-2,,2026-10,,")).headers["Location"]
    hr.send(run, run, **GUESS)
    shown = seen(hr.get(run))
    assert "Nobody has the number X-1" in shown and "leave out 1" in shown
    assert hr.send(run, f"{run}/take").headers["Location"] == f"{run}#report" and values(shop) == []
    took = hr.send(run, f"{run}/take", leave_out="yes")
    assert "1 lines were left out" in seen(hr.get(took.headers["Location"])) and values(shop) == ["1.8", "55"]


def test_columns_that_cannot_be_are_refused_on_the_page_in_its_words(shop: Growing) -> None:
    for language, said, two in (("en", "Person number, Store", "Two columns mean the same (Person number)"),
                                ("zh", "工号, 门店", "两列的含义相同：工号")):  # fmt: skip
        hr = visitor(shop, language)
        run = chosen(hr, own_file(shop)).headers["Location"]
        missing = hr.send(run, run, **{**GUESS, "c0": ""})
        assert missing.status_code == 422 and said in seen(missing) and meant(missing)["c0"] == ""
        twice = hr.send(run, run, **{**GUESS, "c1": "person"})
        assert twice.status_code == 422 and two in seen(twice) and meant(twice)["c1"] == "person"
        assert hr.send(run, run, **{**GUESS, "c0": "value:x" * 40}).status_code == 422
        assert hr.send(run, run, **GUESS, month="spring").status_code == 422
        assert hr.send(run, f"{run}/take").headers["Location"] == run, "nothing was tried yet"
    wrong = chosen(hr, b"")
    assert wrong.status_code == 422 and "没有" in seen(wrong)
    assert chosen(hr, ",".join(["a"] * 100_000).encode() + b"\n1").status_code == 413


def test_a_file_is_whose_it_is_and_gone_after_two_days(shop: Growing) -> None:
    hr = visitor(shop)
    run = chosen(hr, own_file(shop)).headers["Location"]
    admin = Visitor(shop.world.app).speak("en")
    shop.world.account(shop.world.hire("管理员"), "boss", "admin")
    admin.sign_in("boss", PASSWORD)
    admin.get(PAGE)
    assert admin.get(run).status_code == 404 and admin.post(run, **GUESS).status_code == 404
    assert admin.post(f"{run}/take").status_code == 404 and values(shop) == []
    folder = shop.world.settings.data_dir / value_import.FOLDER
    for file in folder.iterdir():
        os.utime(file, (1, 1))
    chosen(hr, own_file(shop))
    assert len(list(folder.iterdir())) == 2 and hr.get(run).status_code == 404


def test_a_page_that_forgets_whose_a_file_is_is_found(shop: Growing) -> None:
    """The control: anybody's file is anybody's."""
    with instead(course_import.Waiting, "about", lambda self, _who: json.loads(self._about.read_text())):
        with pytest.raises(AssertionError):
            test_a_file_is_whose_it_is_and_gone_after_two_days(shop)


def test_a_page_that_takes_what_was_only_to_be_tried_is_found(shop: Growing) -> None:
    """The control: trying takes."""
    inner = value_import._imported
    with instead(value_import, "_imported", lambda who, raw, terms, run: inner(who, raw, {**terms, "dry_run": False}, run)):
        with pytest.raises(AssertionError):
            test_a_file_is_read_tried_taken_and_the_next_one_is_known_by_its_headings(shop, "en")
