"""Postings at the console: the list, one posting with its two hand-over lists, what HR changes, a person's way through time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.people import OpenAccount
from server.postings.model import Posting
from tests.server.lent import Cast
from tests.server.world import PASSWORD, World
from tests.web.visitor import Visitor


class Desk:
    """Chen comes to store A on 30 November; another of store B comes too; `wu` manages A, `chen` is the administrator."""

    def __init__(self, folder: Path) -> None:
        self.world = World.on_sqlite(folder)
        self.cast = Cast(self.world)
        self.posting = self.cast.post()
        other, store = self.world.hire("李娜"), self.world.open_store("门店B")
        self.elsewhere = self.world.post(other, store, "2026-11-10")
        account = OpenAccount(account_id=new_id(), person_id=self.cast.wu, login="wu", password=PASSWORD)
        self.world.must(account)

    def visitor(self, login: str) -> Visitor:
        found = Visitor(self.world.app).speak("en")
        assert found.sign_in(login, PASSWORD).status_code == 303
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.world.close()


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return str(answer.get_data(as_text=True))


def test_the_list_shows_what_is_not_over_with_both_sides(desk: Desk) -> None:
    hr = desk.visitor("zhao")
    page = text(hr, "/console/postings")
    assert "陈伟" in page and "李娜" in page and "周师傅" in page and "吴经理" in page
    assert "李娜" not in text(hr, "/console/postings?stage=coming") and "陈伟" not in text(hr, "/console/postings?stage=running")
    assert "陈伟" not in text(hr, "/console/postings?stage=over") and "陈伟" in text(hr, "/console/postings?stage=all")
    assert "李娜" not in text(hr, "/console/postings?open=1") and "陈伟" in text(hr, "/console/postings?q=门店A")
    assert "陈伟" in hr.get("/console/postings?format=csv").get_data(as_text=True)


def test_the_hosts_manager_sees_her_arrival_and_nobody_elses(desk: Desk) -> None:
    wu = desk.visitor("wu")
    page = text(wu, "/console/postings")
    assert "陈伟" in page and "李娜" not in page
    card = text(wu, f"/console/postings/{desk.posting}")
    assert "No courses yet" in card and "Call off" not in card
    assert wu.get(f"/console/postings/{desk.elsewhere}").status_code == 404


def test_she_ticks_her_side_only_and_can_take_it_back(desk: Desk) -> None:
    wu, path = desk.visitor("wu"), f"/console/postings/{desk.posting}"
    page = text(wu, path)
    mine = re.findall(r'name="item_id" value="([0-9a-f-]+)"', page)
    assert len(mine) == 4, "the host's lines of the arrival, not the home's"
    assert wu.send(path, f"{path}/ticks", item_id=mine[0], done="1").status_code == 303
    ticked = text(wu, path)
    assert "Confirmed by 吴经理" in ticked and "1 / 6" in ticked
    assert wu.send(path, f"{path}/ticks", item_id=mine[0], done="0").status_code == 303
    assert "0 / 6" in text(wu, path)


def test_hr_extends_calls_back_and_calls_off(desk: Desk) -> None:
    hr, path = desk.visitor("zhao"), f"/console/postings/{desk.posting}"
    wrong = hr.send(path, f"{path}/changes", what="extend", ends_on="2026-12-01", reason="season")
    assert wrong.status_code in (409, 422) and "later day" in wrong.get_data(as_text=True)
    assert hr.send(path, f"{path}/changes", what="extend", ends_on="2027-02-01", reason="season").status_code == 303
    assert str(desk.world.row(Posting, desk.posting).ends_on) == "2027-02-01"
    running = f"/console/postings/{desk.elsewhere}"
    assert hr.send(running, f"{running}/changes", what="recall", ends_on="", reason="ill").status_code == 303
    assert desk.world.row(Posting, desk.elsewhere).ends_at == desk.world.clock()
    gone = hr.send(path, f"{path}/changes", what="cancel", reason="plan changed")
    assert gone.status_code == 303 and gone.headers["Location"].startswith("/console/postings?")
    assert desk.world.row(Posting, desk.posting) is None


def test_the_way_of_a_person_shows_home_and_store_as_of_a_day(desk: Desk) -> None:
    hr, path = desk.visitor("zhao"), f"/console/people/{desk.cast.chen}/timeline"

    def where(day: str) -> str:
        return text(hr, f"{path}?as_of={day}").split('id="where"')[1].split("</dl>")[0]

    assert "厨房" in where("2026-11-29") and "At home" in where("2026-11-29")
    assert "门店A" in where("2026-12-15") and "吴经理" in where("2026-12-15") and "周师傅" in where("2026-12-15")
    assert "At home" in where("2027-01-01")
    assert "门店A" in text(hr, path) and "Not with the company" in where("2026-01-01")
    assert hr.get(f"/console/people/{new_id()}/timeline").status_code == 404


def test_a_forged_form_changes_nothing(desk: Desk) -> None:
    hr = desk.visitor("zhao")
    path = f"/console/postings/{desk.posting}"
    assert hr.post(f"{path}/changes", token="forged", what="cancel", reason="x").status_code == 403
    assert desk.world.row(Posting, desk.posting) is not None
