"""Courses and question banks as files: what other programs write is read with a report, and what we write comes back the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.courses import Card, CheckItem, CourseBody, problems_of
from contract.messages import LANGUAGES, catalogue
from contract.quizzes import MOST_OF_A_CHOICE, Choice, PoolDraw, Question, Quiz, Solution
from server.learning.formats import gift_out, markdown_out
from server.learning.formats.build import number_of
from server.learning.formats.gift import read_gift
from server.learning.formats.gift_out import write_gift
from server.learning.formats.markdown import read_markdown
from server.learning.formats.markdown_out import write_markdown
from server.learning.formats.moodle import read_moodle
from server.learning.formats.moodle_out import write_moodle
from server.learning.formats.text import name_of
from server.learning.formats.told import FINDINGS, Taken
from server.learning.formats.zips import zip_of
from tests.support.planted import instead

FILES = Path(__file__).parent / "course_files"
PNG = bytes.fromhex("89504e470d0a1a0a") + b"a picture of ours"


def _codes(taken: Taken) -> set[tuple[str, str]]:
    return {(finding.where, finding.code) for finding in taken.findings}


def _by_key(taken: Taken) -> dict[str, Question]:
    return {question.key: question for question in taken.questions}


def test_every_kind_of_question_of_gift_is_read_and_what_is_not_ours_is_told_by_its_line() -> None:
    taken = read_gift((FILES / "spec.gift").read_bytes(), "en")
    found = _by_key(taken)
    right = {key: question.solution for key, question in found.items()}
    assert " ".join(found) == "hands fridge range when who both blank match unweighted wild q-zh mixed"
    assert right["hands"] == Solution(right=["true"])
    assert (right["fridge"], found["fridge"].en) == (Solution(number="4", tolerance="1"), "How cold is a **fridge** (°C)?")
    assert (right["range"], right["when"]) == (Solution(number="3", tolerance="2"), Solution(number="1998"))
    assert (found["both"].kind, right["both"], found["both"].partial) == ("multiple", Solution(right=["a", "b"]), True)
    assert [one.en for one in found["both"].choices][2:] == ["salt = NaCl", "water {H2O} ~ #1 : a\\b"]
    assert (found["blank"].en, right["blank"]) == ("Wash your hands for _____ seconds.", Solution(texts=["20", "twenty"]))
    assert right["match"] == Solution(pairs={"a": "1", "b": "2"})
    assert [one.en for one in found["match"].others] == ["bottom shelf", "top shelf", "freezer"]
    assert (found["mixed"].zh, found["mixed"].en, found["mixed"].choices[0].zh) == ("洗手", "Washing hands", "是")
    assert (found["hands"].pool, found["q-zh"].pool) == ("food-hygiene", "p819ed55c")
    assert {("story", "not_supported"), ("wild", "wildcard"), ("unweighted", "partly_right"), ("when", "partly_right"),
            ("hands", "feedback_merged"), ("mixed", "other_language"), ("", "not_supported")} <= _codes(taken)  # fmt: skip
    assert next(one.line for one in taken.findings if one.where == "story") == 33
    assert problems_of(CourseBody(title_en="x", quiz=Quiz(questions=taken.questions))) == []


@pytest.mark.parametrize(("length", "told"), [(MOST_OF_A_CHOICE, set()), (MOST_OF_A_CHOICE + 1, {("q", "choice_too_long")})])
def test_a_choice_of_whole_sentences_is_kept_and_a_longer_one_is_named(length: int, told: set[tuple[str, str]]) -> None:
    long = ("先问候，再介绍。" * 50)[:length]
    taken = read_gift(f"::q::怎么做？ {{ ={long} ~ 不理 }}".encode(), "zh")
    assert _codes(taken) == told
    assert [len(one.choices[0].zh) for one in taken.questions] == ([] if told else [length])


def test_every_kind_of_question_of_moodle_is_read_with_its_pictures_and_what_is_not_ours_is_told() -> None:
    taken = read_moodle((FILES / "spec.xml").read_bytes(), "en")
    found = _by_key(taken)
    right = {key: question.solution for key, question in found.items()}
    assert set(found) == {"tf", "several", "allornothing", "t", "s", "n", "m", "o"}
    assert found["tf"].en == "Wash *both* hands & arms?"
    assert found["tf"].picture in taken.pictures
    assert (found["tf"].points, found["tf"].shuffle, found["tf"].why_en) == (2, False, "- both\n- always\n- Yes: Right")
    assert (right["several"], found["several"].partial) == (Solution(right=["a", "b"]), True)
    assert (right["allornothing"], found["allornothing"].partial) == (Solution(right=["a", "b"]), False)
    assert (right["s"], right["n"], found["n"].unit) == (Solution(texts=["Anna"]), Solution(number="63.5", tolerance="0.5"), "°C")
    assert (right["m"], len(found["m"].others)) == (Solution(pairs={"a": "1", "b": "2"}), 3)
    assert (found["o"].kind, right["o"]) == ("order", Solution(right=["a", "b", "c"]))
    assert found["t"].pool == "kitchen"
    assert {("c", "not_supported"), ("e", "not_supported"), ("d", "not_supported"), ("huge", "number_wrong"),
            ("s", "wildcard"), ("s", "case"), ("n", "units"), ("several", "weights"), ("tf", "points_rounded"),
            ("tf", "formatting")} <= _codes(taken)  # fmt: skip


def test_banks_that_other_programs_wrote_are_read() -> None:
    french = read_gift((FILES / "pygiftparser.gift").read_bytes(), "en")
    exported = read_moodle((FILES / "moodlexport.xml").read_bytes(), "en")
    assert [question.kind for question in french.questions] == [
        "single", "multiple", "single", "text", "number", "number", "number", "number", "match", "single",
    ]  # fmt: skip
    assert [(question.kind, question.solution) for question in exported.questions] == [
        ("multiple", Solution(right=["a", "b"])), ("single", Solution(right=["a"])),
    ]  # fmt: skip
    assert [(finding.code, finding.facts) for finding in exported.findings if finding.lost] == [
        ("not_supported", {"kind": "essay"})
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_has_its_sentence(language: str) -> None:
    assert [code for code in FINDINGS if f"course_file.{code}" not in catalogue(language)] == []  # type: ignore[arg-type]


# -- there and back ------------------------------------------------------------------------------------------------------

_words = st.text(st.sampled_from("ab 洗手\n*_~=#{}:\\[]%<>&|-1.()\"'/é`!?"), max_size=30).map(lambda text: text.strip())
_line = _words.map(lambda text: " ".join(text.split()))
_number = st.integers(-(10**6), 10**6).map(lambda thousandths: number_of(str(thousandths / 1000)) or "0")
_both = st.booleans()


def _texts(said: st.SearchStrategy[str], both: bool, *, needed: bool = False) -> st.SearchStrategy[tuple[str, str]]:
    least = said.filter(bool) if needed else said
    return st.tuples(least, least) if both else st.tuples(st.just(""), least)


@st.composite
def questions(draw: st.DrawFn, key: str, pictures: bool = False) -> Question:
    """A question as files hold it: choices named a, b, c; what is right in the order of the choices."""
    both = draw(_both)
    kind = draw(st.sampled_from(["single", "multiple", "order", "match", "number", "text"]))
    count = draw(st.integers(2, 4)) if kind not in ("number", "text") else 0
    choices = [_choice(draw, "abcd"[place], both) for place in range(count)]
    keys = [one.key for one in choices]
    others: list[Choice] = []
    solution = Solution()
    if kind == "single":
        solution = Solution(right=[draw(st.sampled_from(keys))])
    elif kind == "multiple":
        solution = Solution(right=sorted(draw(st.sets(st.sampled_from(keys), min_size=1))))
    elif kind == "order":
        solution = Solution(right=keys)
    elif kind == "match":
        said = draw(st.lists(_line.filter(bool), min_size=count, max_size=count + 2, unique=True))
        others = [Choice(key=str(n), zh=text if both else "", en=text) for n, text in enumerate(said, 1)]
        solution = Solution(pairs={one: str(place) for place, one in enumerate(keys, 1)})
    elif kind == "number":
        solution = Solution(number=draw(_number), tolerance=draw(_number.filter(lambda text: not text.startswith("-"))))
    else:
        plain = _line.filter(lambda text: text and "->" not in text and not text.endswith("\\"))
        solution = Solution(texts=draw(st.lists(plain, min_size=1, max_size=3, unique=True)))
    zh, en = draw(_texts(_words, both, needed=True))
    why_zh, why_en = draw(_texts(_words, both))
    return Question(
        key=key, kind=kind, zh=zh, en=en, why_zh=why_zh, why_en=why_en, choices=choices, others=others, solution=solution,
        points=draw(st.integers(1, 100)), partial=draw(st.booleans()), shuffle=draw(st.booleans()),
        unit=draw(st.sampled_from(["", "kg", "°C", "a b]"])) if kind == "number" else "",
        pool=draw(st.sampled_from([None, "p1", "basics"])), picture=name_of(PNG) if pictures and draw(st.booleans()) else None,
    )  # fmt: skip


def _choice(draw: st.DrawFn, key: str, both: bool) -> Choice:
    zh, en = draw(_texts(_line, both, needed=True))
    return Choice(key=key, zh=zh, en=en)


HARD = Question(
    key="q1", kind="single", zh="", en="[html] a\n{b} ~ %5% <b>", solution=Solution(right=["a"]), points=7, partial=True,
    choices=[Choice(key="a", en="%50%x -> y"), Choice(key="b", en="[plain]\\n")], why_en="= # ::",
)  # fmt: skip


@given(questions("q1"))
@example(HARD)
@settings(max_examples=40, deadline=None)
def test_a_question_written_as_gift_comes_back_the_same(question: Question) -> None:
    raw, told = write_gift([question])
    assert read_gift(raw, "en").questions == [question], told


@given(questions("q1", pictures=True))
@example(HARD)
@settings(max_examples=40, deadline=None)
def test_a_question_written_as_moodle_xml_comes_back_the_same(question: Question) -> None:
    raw, told = write_moodle([question], {name_of(PNG): PNG})
    assert read_moodle(raw, "en").questions == [question], told


def test_marks_that_are_not_escaped_are_found() -> None:
    with instead(gift_out, "escaped", lambda text: text), pytest.raises(AssertionError):
        test_a_question_written_as_gift_comes_back_the_same.hypothesis.inner_test(HARD)  # type: ignore[attr-defined]


TICKS = [CheckItem(key=f"i{n}", zh=f"擦{n}", en="a [x] {b}" if n else "") for n in range(3)]


@st.composite
def courses(draw: st.DrawFn) -> CourseBody:
    """A course as a folder holds it."""
    cards = []
    for number in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["text", "picture", "video", "checklist", "question"]))
        title_zh, title_en = draw(_texts(_line, draw(_both)))
        zh, en = draw(_texts(_words, draw(_both)))
        cards.append(Card(
            key=f"c{number}", kind=kind, title_zh=title_zh, title_en=title_en, zh=zh, en=en,
            picture=name_of(PNG) if kind == "picture" or draw(_both) else None,
            video="https://video.example/a?b=1" if kind == "video" else None,
            items=TICKS if kind == "checklist" else [],
            question=draw(questions("practice", pictures=True)) if kind == "question" else None,
        ))  # fmt: skip
    asked = [draw(questions(f"q{n}")) for n in range(draw(st.integers(0, 3)))]
    quiz = Quiz(
        questions=asked, pass_percent=draw(st.sampled_from([60, 80])), policy=draw(st.sampled_from(["best", "last"])),
        kept_by=draw(st.sampled_from(["device", "server"])), attempts=draw(st.integers(0, 3)), shuffle=draw(st.booleans()),
        draws=[PoolDraw(pool="p1", count=1)] if draw(_both) else [], on_fail=draw(st.sampled_from([None, "more-1"])),
    )  # fmt: skip
    return CourseBody(
        title_zh=draw(_line), title_en=draw(_line), about_zh=draw(_words), about_en="a\\n\nb: c",
        kind=draw(st.sampled_from(["course", "script"])), topic="卫生",
        minutes=draw(st.integers(1, 60)), cards=cards, quiz=quiz if asked else None, next_course="next-1",
    )  # fmt: skip


LOOKS = CourseBody(title_en="x", about_en="a\\n\nb: c", topic="t", next_course="n", cards=[
    Card(key="c0", kind="text", en="---\n[en]\n\\# one\n```gift\n- [ ] no\n<!-- card x -->\nvideo: https://x"),
])  # fmt: skip


@given(courses())
@example(LOOKS)
@settings(max_examples=30, deadline=None)
def test_a_course_written_as_a_folder_of_markdown_comes_back_the_same(body: CourseBody) -> None:
    raw, told = write_markdown(body, "code-1", {name_of(PNG): PNG})
    found = read_markdown(raw, "course.zip", "en")
    assert (found.body, found.code) == (body, "code-1"), told


def test_a_line_that_only_looks_like_a_mark_and_is_not_kept_is_found() -> None:
    with instead(markdown_out, "_kept", lambda text: text.split("\n")), pytest.raises(AssertionError):
        test_a_course_written_as_a_folder_of_markdown_comes_back_the_same.hypothesis.inner_test(LOOKS)  # type: ignore[attr-defined]


def test_a_folder_that_people_wrote_becomes_a_course_in_both_languages() -> None:
    files = {
        "kurs/course.md": b"---\ntitle: Hygiene\ncode: hyg-1\ncolour: red\npass_percent: 80\n---\n",
        "kurs/01-hands.en.md": b"# Hands\nWash **them**.\n\n![a tap](media/tap.png)\n---\n- [ ] soap\n- [x] water\n",
        "kurs/01-hands.zh.md": "# 洗手\n要洗。\n---\n- [ ] 肥皂\n- [ ] 水\n".encode(),
        "kurs/02-film.md": "# A film\nvideo: https://video.example/1\n[zh]\n# 影片\n---\n![](none.png)\ntext\n".encode(),
        "kurs/quiz.gift": b"::a:: Soap? {T}\n",
        "kurs/media/tap.png": PNG,
        "kurs/notes.docx": b"PK",
    }
    found = read_markdown(zip_of(files), "kurs.zip", "en")
    cards = {card.key: card for card in found.body.cards}
    assert (found.code, found.body.title_en, found.body.quiz and found.body.quiz.pass_percent) == ("hyg-1", "Hygiene", 80)
    assert list(cards) == ["01-hands", "01-hands-2", "02-film", "02-film-2"]
    hands = cards["01-hands"]
    assert (hands.title_zh, hands.en, hands.picture) == ("洗手", "Wash **them**.", name_of(PNG))
    assert [(one.zh, one.en) for one in cards["01-hands-2"].items] == [("肥皂", "soap"), ("水", "water")]
    assert (cards["02-film"].kind, cards["02-film"].title_zh) == ("video", "影片")
    told = {(finding.where.removeprefix("kurs/"), finding.code) for finding in found.taken.findings}
    assert {("02-film.md", "picture_missing"), ("course.md", "setting_unknown"), ("notes.docx", "file_ignored")} <= told
    assert problems_of(found.body) == []
