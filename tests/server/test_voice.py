"""Employee voice: themes and counts, answers, and what a reader must never find out about who said something without a name."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.voice import (
    AnswersAsk,
    AnswerVoice,
    RetireTheme,
    SayVoice,
    SetTheme,
    SortVoice,
    VoiceLine,
    VoiceQuery,
    VoiceReport,
    VoiceReportAsk,
)
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.problems import Problem
from server.voice import queries, service
from server.voice.model import Voice
from server.voice.themes import fresh_words, themes_of, tokens
from tests.server.training_of import School, school_on_sqlite
from tests.support.planted import instead

MONTH = "2026-11"
TRAINING = (
    "培训太少了", "希望多一些产品培训", "新人培训没人带", "培训时间总在休息日", "线上培训看不懂", "培训内容和门店对不上",
    "Training is too short",
)  # fmt: skip
PAY = ("工资发晚了三天", "加班费没算对", "工资条看不懂", "出差补贴的工资说明不清楚")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = school_on_sqlite(tmp_path)
    yield made
    made.world.close()


def theme(school: School, code: str, zh: str, *words: str) -> str:
    theme_id = new_id()
    said = SetTheme(theme_id=theme_id, code=code, name_zh=zh, name_en=code, words=list(words))
    school.world.must(said, school.actors["he"])
    return theme_id


def secret_of(text: str) -> str:
    return hashlib.sha256(f"secret {text}".encode()).hexdigest()


def says(school: School, who: str, text: str, *, anonymous: bool = False, voice_id: str | None = None) -> Any:
    key = hashlib.sha256(secret_of(text).encode()).hexdigest()
    said = SayVoice(voice_id=voice_id or new_id(), text=text, anonymous=anonymous, answer_key=key)
    return school.world.do(said, school.actors[who])


def read(school: School, who: str = "he", **more: Any) -> list[VoiceLine]:
    with school.world.looking(school.actors[who].at(school.world.clock())) as session:
        return queries.voices(session, VoiceQuery(month=MONTH, **more)).items


def report(school: School, who: str = "he", **more: Any) -> VoiceReport:
    with school.world.looking(school.actors[who].at(school.world.clock())) as session:
        return queries.report(session, VoiceReportAsk(month=MONTH, **more))


def test_seven_texts_on_training_and_four_on_pay_are_counted_as_such(school: School) -> None:
    theme(school, "training", "培训", "培训", "training")
    theme(school, "pay", "薪酬", "工资", "加班费")
    school.staff(school.a, "甲一", "甲二")
    for number, text in enumerate((*TRAINING, *PAY, "空调坏了")):
        assert says(school, ("an", "甲一", "甲二")[number % 3], text).status == "applied"
    found = report(school)
    assert [(one.code, one.count) for one in found.themes] == [("training", 7), ("pay", 4)]
    assert (found.texts, found.unsorted) == (12, 1)
    assert {line.text for line in read(school, theme="pay")} == set(PAY)
    assert read(school, words="空调")[0].themes == []


def test_a_word_counts_where_it_is_a_word(school: School) -> None:
    known = {"pay": ["工资", "pay"], "rest": ["休息日", "day off"]}
    assert tokens("产品培训,PAY 3天") == ["产品", "培训", "pay", "3", "天"]
    assert themes_of("总在休息日加班", known) == ["rest"]
    assert themes_of("I want a day off", known) == ["rest"]
    assert themes_of("payload 太大", known) == [], "payload is not pay"
    assert themes_of("", known) == themes_of("。。。", known) == []
    assert fresh_words(["打印机坏了"] * 3 + ["工资"], ["工资低"] * 5)[0][1] == 3


def test_new_words_of_a_theme_sort_what_there_is_but_not_what_a_person_has_sorted(school: School) -> None:
    theme(school, "pay", "薪酬", "工资")
    says(school, "an", "绩效奖金太少")
    says(school, "an", "绩效面谈没有做")
    [bonus, talk] = sorted(read(school), key=lambda line: "面谈" in line.text)
    assert school.world.must(SortVoice(voice_id=talk.id, themes=[]), school.actors["he"]).status == "applied"
    assert bonus.themes == []
    theme_id = school.world.rows(sa.select(service.Theme.id))[0]
    again = SetTheme(theme_id=theme_id, code="pay", name_zh="薪酬", name_en="pay", words=["工资", "绩效"])
    assert school.world.must(again, school.actors["he"]).answer == {"moved": 1}
    assert {line.text for line in read(school, theme="pay")} == {"绩效奖金太少"}
    school.world.must(RetireTheme(theme_id=theme_id, reason="r"), school.actors["he"])
    assert report(school).themes[0].count == 1, "what was counted stays counted"


def eight(school: School) -> list[str]:
    """Store A with eight people."""
    names = tuple(f"甲{n}" for n in range(7))
    school.staff(school.a, *names)
    return ["an", *names]


def test_a_store_manager_finds_no_way_back_to_who_said_it_without_a_name(school: School) -> None:
    authors = eight(school)
    texts = {f"匿名 {name}": name for name in authors[:4]}
    ids = {}
    for text, name in texts.items():
        ids[text] = new_id()
        assert says(school, name, text, anonymous=True, voice_id=ids[text]).status == "applied"
        school.world.clock.pass_(minutes=7)
    assert read(school, "ma") == read(school) == [], "nobody sees one come"
    school.world.clock.pass_(days=1)
    lines = read(school, "ma")
    assert {line.text for line in lines} == set(texts)
    people = set(school.world.rows(sa.select(service.Voice.person_id)))
    assert people == {None}
    for line in lines:
        assert (line.name, line.day, line.month) == (None, None, MONTH)
        assert line.id not in ids.values() and uuid.UUID(line.id).version == 4, "a version 7 would tell the moment"
    rows = school.world.rows(sa.select(Voice))
    assert {(row.said_at, row.shown_from) for row in rows} == {(None, rows[0].shown_from)}
    scopes = {row.scope for row in school.world.rows(sa.select(SyncChange)) if row.entity == "voice"}
    assert scopes == set(), "no device's pull is moved by it"
    told = school.world.rows(sa.select(InboxItem).where(InboxItem.about == "voice"))
    assert told == []


def test_the_order_of_a_list_is_not_that_of_time(school: School) -> None:
    authors = eight(school)
    for number in range(24):
        says(school, authors[number % 8], f"第{number:02d}", anonymous=True)
        school.world.clock.pass_(minutes=1)
    school.world.clock.pass_(days=1)
    shown = [line.text for line in read(school, "ma")]
    assert sorted(shown) == [f"第{n:02d}" for n in range(24)] and shown != sorted(shown)
    pairs = sum(shown[i] < shown[i + 1] for i in range(23))
    assert 4 <= pairs <= 19, "as many go up as down, but for chance"


def test_a_reader_that_orders_by_arrival_is_found(school: School) -> None:
    """The control for the test above."""
    authors = eight(school)
    with instead(service, "_unlinked", lambda _seal: new_id()):
        for number in range(6):
            says(school, authors[number], f"第{number}", anonymous=True)
    rows = school.world.rows(sa.select(Voice).order_by(Voice.id))
    assert [row.text for row in rows] == [f"第{n}" for n in range(6)], "ids by time would give the order away"
    assert any(uuid.UUID(row.id).version == 7 for row in rows)


def test_where_few_work_the_store_itself_would_be_a_name(school: School) -> None:
    says(school, "an", "两个人的店", anonymous=True)
    school.world.clock.pass_(days=1)
    assert read(school, "ma") == [], "its manager does not get it"
    [line] = read(school)
    assert (line.text, line.where) == ("两个人的店", None)


def test_others_stores_voices_are_not_there_for_a_manager_and_nothing_for_an_employee(school: School) -> None:
    eight(school)
    says(school, "bo", "乙店的事")
    says(school, "an", "甲店的事")
    assert [line.text for line in read(school, "ma")] == ["甲店的事"] and len(read(school)) == 2
    assert report(school, "ma").texts == 1
    for ask in (read, report):
        with pytest.raises(Problem, match="not_allowed"):
            ask(school, "an")
    [mine] = read(school, "ma")
    for said in (AnswerVoice(answer_id=new_id(), voice_id=mine.id, text="t"), SortVoice(voice_id=mine.id, themes=[])):
        assert school.world.refusal(said, school.actors["ma"]) == "access.not_allowed"


def test_an_answer_reaches_who_said_it_by_name_in_the_inbox_and_without_one_by_the_secret(school: School) -> None:
    eight(school)
    says(school, "an", "署名的话")
    says(school, "甲1", "匿名的话", anonymous=True)
    school.world.clock.pass_(days=1)
    lines = {line.text: line.id for line in read(school)}
    for text, voice_id in lines.items():
        said = AnswerVoice(answer_id=new_id(), voice_id=voice_id, text=f"回复{text}")
        school.world.must(said, school.actors["he"])
        assert school.world.refusal(said, school.actors["he"]) == "operation.already_exists"
    assert [(receiver, facts["text"]) for receiver, facts in school.told("voice_answer")] == [(school.an, "署名的话")]
    with school.world.looking(Actor.system()) as session:
        found = queries.answers_for(session, AnswersAsk(secrets=[secret_of("匿名的话"), "0" * 64]))
    assert list(found.answers.values()) == [["回复匿名的话"]]


def test_the_same_voice_sent_twice_is_one_also_without_a_name(school: School) -> None:
    voice_id = new_id()
    for anonymous in (True,):
        says(school, "an", "一次", anonymous=anonymous, voice_id=voice_id)
        says(school, "an", "一次", anonymous=anonymous, voice_id=voice_id)
    assert len(school.world.rows(sa.select(Voice))) == 1


def test_the_database_itself_keeps_no_name_beside_a_voice_without_one(school: School) -> None:
    says(school, "an", "匿名", anonymous=True)
    for values in ({"person_id": school.an}, {"said_at": school.world.clock()}):
        with pytest.raises(sa.exc.IntegrityError), school.world.db.writing_engine.begin() as connection:
            connection.execute(sa.update(Voice).values(**values))
    assert len(school.world.rows(sa.select(Voice))) == 1
