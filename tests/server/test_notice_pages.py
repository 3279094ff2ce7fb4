"""A notice's PDF: its pages are drawn for devices, hostile ones within bounds, and nobody else says what they are."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from contract.announcements import AddNoticeFile, FilePage, NoticeBody, PublishNotice, SaveNotice, To
from contract.ids import new_id
from contract.refusals import REFUSALS
from server.announcements import drawing, files, pages
from server.announcements.model import Announcement
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.sync.announcement_rows import attached
from tests.server.announcements_of import Gazette, gazette_on_sqlite
from tests.server.hostile_pdfs import BROKEN, HOSTILE, LOCKED, inflates, one_page, paper, picture_of, stream
from tests.support.planted import instead

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gazette(tmp_path: Path) -> Iterator[Gazette]:
    made = gazette_on_sqlite(tmp_path)
    yield made
    made.world.close()


def test_hostile_pdfs_are_refused_or_drawn_within_two_seconds_and_300_mb() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.server.hostile_pdfs"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    said = json.loads(done.stdout.splitlines()[-1])
    assert {name: one[0] for name, one in said["found"].items()} == {name: code for name, (_, code, _) in HOSTILE.items()}
    assert [name for name, one in said["found"].items() if one[1] < HOSTILE[name][2]] == []
    assert [(name, one[3]) for name, one in said["found"].items() if one[3] > 2.1] == []
    assert said["most_mb"] < 300
    assert {BROKEN, LOCKED} <= set(REFUSALS)


def test_control_a_program_that_knows_no_limit_is_found(tmp_path: Path) -> None:
    loose = Path(drawing.__file__).read_text(encoding="utf-8").replace("    limited()\n", "")
    (tmp_path / "drawing.py").write_text(loose, encoding="utf-8")
    large = inflates(1_200_000)  # 350 MB, and nine seconds of work
    assert pages.drawn(large) == ([], 0)
    with instead(pages, "drawing", SimpleNamespace(**{**vars(drawing), "__file__": str(tmp_path / "drawing.py")})):
        assert len(pages.drawn(large).pages) == 1


def test_a_pdf_that_is_cut_off_while_it_is_drawn_keeps_the_pages_before() -> None:
    whole = pages.drawn(paper(2))
    frame = drawing.HEAD.pack(2, 3, 4, 5) + b"\x89PNG!"
    assert (len(whole.pages), whole.count) == (2, 2)
    assert pages._frames(frame + frame[:-1]) == ([pages.Page(b"\x89PNG!", 3, 4)], 2)


def test_words_are_sharp_and_small_and_photographs_are_jpegs(tmp_path: Path) -> None:
    kept = files.taken_in(tmp_path, paper(2), "价格表.pdf")
    assert (kept.media, kept.page_count, [page.media for page in kept.pages]) == ("application/pdf", 2, ["image/png"] * 2)
    for page in kept.pages:
        content = files.read(tmp_path, page.sha256)
        assert content is not None and len(content) == page.size < 150_000
        assert Image.open(io.BytesIO(content)).size == (page.width, page.height) == (1_080, 1_528)
    [grey] = files.taken_in(tmp_path, picture_of(100), "x.pdf").pages
    assert (grey.width, grey.height) == (1_080, 1_529)
    noise = Image.effect_noise((900, 900), 90)
    head = b"/Type/XObject/Subtype/Image/Width 900/Height 900/ColorSpace/DeviceRGB/BitsPerComponent 8"
    loud = stream(Image.merge("RGB", (noise, noise.rotate(90), noise.rotate(180))).tobytes(), head)
    photo = one_page(stream(b"595 0 0 842 0 0 cm /I Do"), resources=b"/XObject<</I 5 0 R>>", more=(loud,))
    [page] = files.taken_in(tmp_path, photo, "photo.pdf").pages
    assert page.media == "image/jpeg" and files.read(tmp_path, page.sha256)[:3] == b"\xff\xd8\xff"  # type: ignore[index]
    with pytest.raises(Problem) as refused:
        files.taken_in(tmp_path, paper(1, password="secret"), "x.pdf")
    assert (refused.value.code, refused.value.field) == (LOCKED, "file")


def test_chinese_that_a_pdf_names_no_font_file_for_is_drawn_and_not_left_out(tmp_path: Path) -> None:
    def ink(words: str) -> int:
        out = io.BytesIO()
        made = canvas.Canvas(out, pagesize=(300, 300))
        made.setFont("STSong-Light", 24)
        made.drawString(20, 150, words)
        made.save()
        [page] = pages.drawn(out.getvalue()).pages
        return sum(Image.open(io.BytesIO(page.content)).convert("L").histogram()[:128])

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    with_fonts = ink("价格表")
    assert with_fonts > 1_000
    with instead(pages, "FONTS", tmp_path):
        assert ink("价格表") < with_fonts / 10, "control: without a font that knows them they are left out"


def test_what_a_notice_says_its_pages_are_is_what_the_server_drew(gazette: Gazette, tmp_path: Path) -> None:
    world, he = gazette.world, gazette.actors["he"]
    kept = files.taken_in(tmp_path, paper(1), "价格表.pdf")
    world.must(AddNoticeFile(
        sha256=kept.sha256, name=kept.name, media=kept.media, size=kept.size, pages=kept.pages, page_count=1,
    ), he)  # fmt: skip
    lie = replace(kept, pages=[FilePage(sha256="ab" * 32, media="image/png", size=9, width=9, height=9)], page_count=7)
    notice_id = new_id()
    body = NoticeBody(title_zh="价格", text_zh="见附件", to=To(people=[gazette.an]), attachments=[lie])
    world.must(SaveNotice(notice_id=notice_id, body=body), he)
    with reading(world.db, he) as session:
        row = session.get(Announcement, notice_id)
        assert row is not None and row.body["attachments"][0]["pages"][0]["sha256"] == kept.pages[0].sha256
        assert row.body["attachments"][0]["page_count"] == 1
    world.must(PublishNotice(notice_id=notice_id), he)
    with world.db.glance() as connection:
        found = [attached(connection, [notice_id], sha) for sha in (kept.sha256, kept.pages[0].sha256, "ab" * 32)]
    assert found == ["application/pdf", "image/png", None]
