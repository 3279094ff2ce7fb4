"""Notices at the console: written, looked at before they go out, sent, read, reminded of, withdrawn."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.server.announcements_of import Gazette, gazette_on_sqlite
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Gazette]:
    made = gazette_on_sqlite(tmp_path)
    yield made
    made.world.close()


def visits(paper: Gazette, login: str) -> Visitor:
    found = Visitor(paper.world.app).speak("zh")
    found.sign_in(login, PASSWORD)
    return found


def written(he: Visitor, **more: Any) -> str:
    """Send the form; answers the address of what came of it."""
    form = {"title_zh": "新政策", "text_zh": "请**细读**", "posted": "", "do": "save", **more}
    answer = he.post("/console/announcements", **form)
    assert answer.status_code == 303, re.findall('<div class=.note bad.*?<.div>', answer.text, re.S)
    return answer.headers["Location"].split("?")[0]


def test_a_notice_is_kept_looked_at_published_read_and_reminded_of(paper: Gazette) -> None:
    he = visits(paper, "he")
    assert "将发给" in he.get("/console/announcements/new").text
    where = written(he, unit=[paper.a], confirm="on")
    draft = he.get(where).text
    assert "将发给 1 人" in draft and "安宁" in draft and "细读" in draft
    notice = where.rsplit("/", 1)[-1]
    assert paper.got(notice) == set()
    assert written(he, unit=[paper.a], confirm="on", notice_id=notice, do="publish") == where
    assert paper.got(notice) == {paper.an}
    page = he.get(where).text
    assert "1 人中 0 人已确认" in page and "<strong>细读</strong>" in page and "提醒未看的 1 人" in page
    an = visits(paper, "an")
    assert "我已阅读并理解" in an.get(where).text and "提醒" not in an.get(where).text
    assert he.post(f"{where}/remind").status_code == 303 and len(paper.told("N-18_remind")) == 1
    assert "一小时内" in he.post(f"{where}/remind").text
    assert an.post(f"{where}/read").status_code == 303 and paper.line(notice).done == 1
    assert "安宁" in he.get(f"{where}?show=all&format=csv").text
    assert he.post(f"{where}/withdraw", reason="改期").status_code == 303
    assert "改期" in an.get(where).text


def test_what_cannot_go_out_is_said_and_what_was_written_is_still_there(paper: Gazette) -> None:
    ma = visits(paper, "ma")
    form = {"title_zh": "越权", "text_zh": "写了很久的正文", "unit": [paper.b], "do": "publish"}
    answer = ma.post("/console/announcements", **form)
    assert answer.status_code == 422 and "写了很久的正文" in answer.text
    nobody = ma.post("/console/announcements", title_zh="x", add_person="谁也不是", do="save")
    assert nobody.status_code == 422
    late = ma.post("/console/announcements", title_zh="x", until="2001-01-01T10:00", do="save")
    assert late.status_code == 422 and "结束时间" in late.text
    odd = ma.post("/console/announcements", title_zh="x", until="nonsense", do="save")
    assert odd.status_code == 422


def test_the_reach_follows_what_is_chosen(paper: Gazette) -> None:
    he = visits(paper, "he")
    assert "安宁" in he.get(f"/console/announcements/audience?unit={paper.a}").text
    both = he.get("/console/announcements/audience?posted=posted").text
    assert "安宁" in both and "白露" in both
    assert "不在" in visits(paper, "ma").get(f"/console/announcements/audience?unit={paper.b}").text


def test_a_picture_comes_along_and_only_readers_of_the_notice_get_it(paper: Gazette) -> None:
    he = visits(paper, "he")
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, "PNG")
    where = written(he, unit=[paper.a], do="publish", file=(io.BytesIO(out.getvalue()), "海报.png"))
    [address] = set(re.findall(r'src="(/console/announcements/[^"]+/files/[0-9a-f]+)"', he.get(where).text))
    assert visits(paper, "an").get(address).mimetype in ("image/png", "image/jpeg")
    assert visits(paper, "bo").get(address).status_code == 404
    bad = he.post("/console/announcements", title_zh="x", do="save", file=(io.BytesIO(b"<svg onload=x>"), "x.png"))
    assert bad.status_code == 422 and "PDF" in bad.text
