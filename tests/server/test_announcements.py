"""Notices from HQ and stores: who gets them, who has read and confirmed them, who is reminded, when they begin and end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from contract.announcements import (
    AddNoticeFile,
    DiscardNotice,
    NoticeBody,
    NoticeQuery,
    PublishNotice,
    ReaderQuery,
    SaveNotice,
    To,
    TurnNotices,
    WithdrawNotice,
)
from contract.ids import new_id
from contract.moments import to_ms
from server.announcements import files, queries, reaching
from server.announcements.model import Announcement, Readers, Receipt
from server.kernel.actors import Actor
from server.kernel.problems import Problem
from tests.server.announcements_of import Gazette, gazette_on_sqlite
from tests.server.hostile_pdfs import paper as pdf
from tests.server.world import SECRET
from tests.support.planted import instead

TWENTY = tuple(f"甲{n:02d}" for n in range(19))


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Gazette]:
    made = gazette_on_sqlite(tmp_path)
    yield made
    made.world.close()


def test_17_of_20_have_read_it_the_3_are_named_and_one_tap_reminds_exactly_them(paper: Gazette) -> None:
    people = {"an": paper.an, **paper.staff(paper.a, *TWENTY)}
    notice = paper.send(to=To(units=[paper.a]))
    assert paper.got(notice) == set(people.values()) and len(people) == 20
    for name in ("an", *TWENTY[:16]):
        assert paper.read(name, notice).status == "applied"
    line = paper.line(notice)
    assert (line.of, line.read, line.done) == (20, 17, 17)
    assert paper.missing(notice) == ["甲16", "甲17", "甲18"]
    assert paper.remind("ma", notice).answer == {"reminded": 3}, "her store's people"
    assert sorted(receiver for receiver, _ in paper.told("N-18_remind")) == sorted(people[name] for name in TWENTY[16:])
    assert paper.remind("he", notice).code == "announcements.just_reminded", "nobody is pestered"
    for name in TWENTY[16:]:
        paper.read(name, notice)
    assert paper.remind("he", notice).code == "announcements.nobody_left"
    assert paper.missing(notice) == [] and paper.open_items(people["甲18"]) == []


def test_it_reaches_exactly_those_it_is_for(paper: Gazette) -> None:
    world = paper.world
    office = world.hire("厨甲", home_org="厨房")
    assert paper.got(paper.send(to=To(units=[paper.a]))) == {paper.an}
    assert paper.got(paper.send(to=To(posted=True))) == {paper.an, paper.bo}, "the dispatched"
    everybody = paper.got(paper.send())
    assert {paper.an, paper.bo, paper.ma, office} <= everybody
    assert paper.got(paper.send(to=To(people=[office]))) == {office}
    assert paper.got(paper.send(to=To(units=[paper.a], people=[office]))) == {paper.an, office}
    assert paper.got(paper.send(to=To(posted=False))) == everybody - {paper.an, paper.bo}


def test_each_gets_it_once_whatever_runs_twice(paper: Gazette) -> None:
    notice = paper.send(to=To(units=[paper.a]))
    assert [receiver for receiver, _ in paper.told("N-18")] == [paper.an]
    with instead(reaching, "AT_ONCE", 0):
        large = paper.write(to=To(units=[paper.a]))
        paper.world.must(PublishNotice(notice_id=large), paper.actors["he"])
        assert paper.got(large) == set(), "for many people it is the job's"
        assert [paper.everybody(large) for _ in range(3)] == [1, 0, 0]
    assert paper.everybody(notice) == 0 and len(paper.told("N-18")) == 2
    assert paper.line(notice).of == 1 == paper.line(large).of


def test_a_count_that_looks_at_nobody_is_found(paper: Gazette) -> None:
    notice = paper.send(to=To(units=[paper.a]))
    with instead(reaching, "count", lambda *_args: None):
        paper.read("an", notice)
    assert (paper.line(notice).read, paper.missing(notice)) == (0, []), "what is told and who is named differ"


def test_must_confirm_is_something_to_do_until_it_is_confirmed_and_never_undone(paper: Gazette) -> None:
    notice = paper.send(to=To(units=[paper.a]), confirm=True)
    assert paper.open_items(paper.an) == [("N-18", "to_do")]
    paper.read("an", notice)
    assert paper.open_items(paper.an) == [("N-18", "to_do")], "opening it is not confirming it"
    assert (paper.line(notice).read, paper.line(notice).done, paper.missing(notice)) == (1, 0, ["安宁"])
    paper.world.clock.pass_(hours=2)
    assert paper.read("an", notice, confirmed=True).status == "applied"
    [first] = paper.world.rows(sa.select(Receipt).where(Receipt.notice_id == notice))
    paper.world.clock.pass_(hours=2)
    for said in (True, False):
        paper.read("an", notice, confirmed=said)
    [again] = paper.world.rows(sa.select(Receipt).where(Receipt.notice_id == notice))
    assert (again.read_at, again.confirmed_at) == (first.read_at, first.confirmed_at)
    assert again.confirmed_at is not None and again.read_at is not None and again.confirmed_at > again.read_at
    assert paper.open_items(paper.an) == [] and paper.line(notice).done == 1


def test_it_begins_and_ends_by_the_clock_and_who_comes_later_gets_it(paper: Gazette) -> None:
    now = to_ms(paper.world.clock())
    notice = paper.write(to=To(units=[paper.a]), from_ms=now + 3_600_000, until_ms=now + 86_400_000)
    planned = paper.world.must(PublishNotice(notice_id=notice), paper.actors["he"])
    assert planned.answer == {"people": 1, "state": "planned"} and paper.got(notice) == set()
    paper.later(minutes=30)
    assert paper.line(notice).state == "planned" and paper.told("N-18") == []
    paper.later(minutes=31)
    assert paper.line(notice).state == "published" and paper.got(notice) == {paper.an}
    new = paper.staff(paper.a, "新来")["新来"]
    assert reaching.reach_who_came(paper.world.db, paper.world.clock(), SECRET) == 1
    assert paper.got(notice) == {paper.an, new} and paper.line(notice).of == 2
    paper.read("an", notice)
    paper.later(days=1)
    line = paper.line(notice)
    assert (line.state, line.of, line.read) == ("ended", 2, 1), "what was read stays known"
    assert all(row.over for row in paper.world.rows(sa.select(Receipt))), "and devices need it no more"
    assert paper.open_items(new) == []
    assert paper.remind("he", notice).code == "announcements.over"
    turn = TurnNotices(begin=[notice], end=[notice])
    assert paper.world.refusal(turn, paper.actors["he"]) == "access.not_allowed"
    paper.world.must(turn, Actor.system())
    assert paper.line(notice).state == "ended", "turned twice it is as it was"


def test_one_that_is_withdrawn_says_so_and_asks_for_nothing(paper: Gazette) -> None:
    notice = paper.send(to=To(units=[paper.a]), confirm=True)
    paper.world.must(WithdrawNotice(notice_id=notice, reason="日期写错"), paper.actors["he"])
    line = paper.line(notice, "an", own=True)
    assert (line.state, line.withdrawn_because) == ("withdrawn", "日期写错") and paper.open_items(paper.an) == []
    assert paper.world.refusal(WithdrawNotice(notice_id=notice, reason="r"), paper.actors["he"]) == "announcements.not_out"
    paper.everybody(notice)
    assert paper.got(notice) == {paper.an}


def test_what_is_out_is_changed_no_more_not_even_past_the_operations(paper: Gazette) -> None:
    notice = paper.send(to=To(units=[paper.a]))
    changed = SaveNotice(notice_id=notice, body=NoticeBody(title_zh="别的", text_zh="字"))
    assert paper.world.refusal(changed, paper.actors["he"]) == "announcements.is_out"
    assert paper.world.refusal(DiscardNotice(notice_id=notice), paper.actors["he"]) == "announcements.is_out"
    paper.read("an", notice)
    for said in (
        sa.update(Announcement).values(body={"title_zh": "x"}),
        sa.delete(Announcement),
        sa.delete(Receipt),
        sa.update(Receipt).values(read_at=None),
    ):
        with pytest.raises(sa.exc.IntegrityError), paper.world.db.writing_engine.begin() as connection:
            connection.execute(said)
    assert paper.line(notice).body.title_zh == "总部新政策"


def test_a_manager_writes_to_her_own_store_and_reads_of_it_alone(paper: Gazette) -> None:
    own = paper.send("ma", to=To(units=[paper.a]), title_zh="本店活动")
    assert paper.got(own) == {paper.an}
    for to in (To(), To(units=[paper.b]), To(units=[paper.a, paper.b]), To(posts=[new_id()]), To(people=[paper.bo])):
        notice = paper.write("ma", to=to)
        assert paper.world.refusal(PublishNotice(notice_id=notice), paper.actors["ma"]) == "access.out_of_scope"
        with paper.world.looking(paper.actors["ma"].at(paper.world.clock())) as session:
            with pytest.raises(Problem, match="out_of_scope"):
                queries.preview(session, to)
    both = paper.send(to=To(units=[paper.a, paper.b]))
    assert (paper.line(both).of, paper.line(both, "ma").of, paper.missing(both, "ma")) == (2, 1, ["安宁"])
    withdraw = WithdrawNotice(notice_id=both, reason="r")
    assert paper.world.refusal(withdraw, paper.actors["ma"]) == "access.out_of_scope", "HQ's is not hers to take back"
    only_b = paper.send(to=To(units=[paper.b]))
    withdraw = WithdrawNotice(notice_id=only_b, reason="r")
    assert paper.world.refusal(withdraw, paper.actors["ma"]) == "announcements.unknown"
    with paper.world.looking(paper.actors["ma"].at(paper.world.clock())) as session:
        seen = {line.id for line in queries.notices(session, NoticeQuery(limit=200)).items}
    assert own in seen and both in seen and only_b not in seen


def test_an_employee_sees_what_was_sent_to_them_and_nothing_of_who_has_read_it(paper: Gazette) -> None:
    mine, other = paper.send(to=To(units=[paper.a])), paper.send(to=To(units=[paper.b]))
    with paper.world.looking(paper.actors["an"].at(paper.world.clock())) as session:
        assert [line.id for line in queries.notices(session, NoticeQuery(own=True)).items] == [mine]
        with pytest.raises(Problem, match="not_allowed"):
            queries.notices(session, NoticeQuery())
        with pytest.raises(Problem, match="not_allowed"):
            queries.readers(session, ReaderQuery(notice_id=mine))
        assert session.scalars(sa.select(Readers)).all() == []
    assert paper.read("an", other).code == "announcements.not_yours"
    assert paper.remind("an", mine).code == "access.not_allowed"


def test_a_preview_counts_whom_it_would_reach(paper: Gazette) -> None:
    paper.staff(paper.a, "甲一", "甲二")
    with paper.world.looking(paper.actors["he"].at(paper.world.clock())) as session:
        seen = queries.preview(session, To(units=[paper.a, paper.b]))
    assert (seen.count, [number for _, number in seen.by_unit]) == (4, [3, 1])
    assert seen.names == sorted(["安宁", "白露", "甲一", "甲二"])


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"title_zh": " ", "title_en": ""}, "announcements.empty"),
        ({"text_zh": "", "text_en": " "}, "announcements.empty"),
        ({"to": To(posts=[new_id()])}, "announcements.nobody"),
    ],
)
def test_what_cannot_go_out_is_refused_with_the_reason(paper: Gazette, more: dict[str, object], code: str) -> None:
    notice = paper.write(**more)
    assert paper.world.refusal(PublishNotice(notice_id=notice), paper.actors["he"]) == code


def test_times_that_cannot_be_and_files_nobody_gave_are_refused_by_field(paper: Gazette) -> None:
    now = to_ms(paper.world.clock())
    for body, code, field in (
        (NoticeBody(until_ms=now - 1), "announcements.ends_before", "body.until_ms"),
        (NoticeBody(from_ms=now + 10, until_ms=now + 10), "announcements.ends_before", "body.until_ms"),
        (NoticeBody(to=To(units=[new_id()])), "announcements.unit_unknown", "body.to.units"),
    ):
        outcome = paper.world.do(SaveNotice(notice_id=new_id(), body=body), paper.actors["he"])
        assert (outcome.code, outcome.field) == (code, field)


def test_a_picture_is_kept_bare_and_a_pdf_that_does_things_is_not_kept(paper: Gazette, tmp_path: Path) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    kept = files.taken_in(tmp_path, out.getvalue(), "../../etc/照片.jpg")
    assert (kept.media, kept.name) == ("image/jpeg", "照片.jpg")
    assert b"secret place" not in (files.read(tmp_path, kept.sha256) or b"secret place")
    plain = files.taken_in(tmp_path, pdf(2), "规定.pdf")
    assert (plain.media, plain.page_count, len(plain.pages)) == ("application/pdf", 2, 2)
    for content, code in (
        (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(x)>>>>\n%%EOF", "announcements.file_broken"),
        (b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n", "announcements.file_broken"),
        (b"%PDF-1.7 cut off", "announcements.file_broken"),
        (b"<svg onload=alert(1)>", "announcements.file_kind"),
        (b"\x89PNG\r\n\x1a\n broken", "announcements.file_broken"),
        (b"%PDF-" + b"0" * (files.MOST_BYTES + 1), "announcements.file_large"),
    ):
        with pytest.raises(Problem) as refused:
            files.taken_in(tmp_path, content, "x")
        assert refused.value.code == code
    unknown = SaveNotice(notice_id=new_id(), body=NoticeBody(attachments=[kept]))
    assert paper.world.refusal(unknown, paper.actors["he"]) == "announcements.file_unknown"
    noted = AddNoticeFile(sha256=kept.sha256, name=kept.name, media=kept.media, size=kept.size)
    for _ in range(2):
        paper.world.must(noted, paper.actors["he"])
    paper.world.must(unknown, paper.actors["he"])

