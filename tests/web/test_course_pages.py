"""Courses in the console: found, written part by part without overwriting anybody, imported, published, exported."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contract.courses import CourseBody, SubmitDraft
from contract.ids import new_id
from contract.quizzes import Choice, Question, Quiz, Solution
from server.learning.formats.markdown import read_markdown
from server.learning.model import CourseVersion
from server.learning.standing import body_of
from server.web import course_forms, course_words, requests
from server.web.course_words import changes_of, safely
from tests.server.courses_of import Academy, body, choice_question, quiz
from tests.server.world import PASSWORD
from tests.support.planted import instead
from tests.web.visitor import Visitor

BANK = Path(__file__).parents[1] / "server" / "course_files" / "spec.gift"


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    made = Academy(tmp_path_factory.mktemp("course-pages"))
    yield made
    made.world.close()


@pytest.fixture(scope="module")
def he(academy: Academy) -> Visitor:
    visitor = Visitor(academy.world.app)
    visitor.sign_in("he", PASSWORD)
    return visitor.speak("en")


class Draft:
    """A draft in the editor."""

    def __init__(self, academy: Academy, he: Visitor, said: CourseBody) -> None:
        self.academy, self.he = academy, he
        self.draft = academy.draft(said, "he")
        self.path = f"/console/courses/versions/{self.draft.version_id}"

    @property
    def row(self) -> CourseVersion:
        found: CourseVersion = self.academy.world.row(CourseVersion, self.draft.version_id)
        return found

    @property
    def body(self) -> CourseBody:
        return body_of(self.row.body)

    def send(self, what: str, part: str = "about", base: int | None = None, **form: Any) -> Any:
        """Open the editor and send one of its forms."""
        self.he.get(f"{self.path}/edit?part={part}")
        values = {"op_id": self.he.op_id, "part": part, "base": self.row.edit if base is None else base, **form}
        return self.he.post(f"{self.path}/{what}", **values)


def test_a_course_is_found_by_its_words_and_what_is_not_there_is_said(academy: Academy, he: Visitor) -> None:
    academy.publish(body(2, title_en="Latte art", topic="Skills"), code="latte-1")
    assert "Latte art" in he.get("/console/courses?q=latte").text
    empty = he.get("/console/courses?q=zeppelin").text
    assert "Latte art" not in empty and "No course fits" in empty
    assert "Latte art" in he.get("/console/courses?state=published&topic=Skills&kind=course").text
    assert "Latte art" not in he.get("/console/courses?state=draft").text
    assert "latte-1" in he.get("/console/courses?format=csv&cols=code").text


def test_a_part_is_saved_and_what_another_wrote_meanwhile_is_not_overwritten(academy: Academy, he: Visitor) -> None:
    draft = Draft(academy, he, body(2))
    assert draft.send("part", "card:k1", zh="第一", en="first").status_code == 303
    late = draft.send("part", "card:k1", base=1, zh="晚了", en="late")
    assert late.status_code == 409 and "saved this draft after you opened it" in late.text and "late" in late.text
    assert (draft.body.cards[0].zh, draft.row.edit) == ("第一", 2)


def test_what_is_typed_is_kept_by_itself_with_the_phone_beside_it(academy: Academy, he: Visitor) -> None:
    draft = Draft(academy, he, body(1))
    answer = draft.send("part", "card:k1", headers={"HX-Request": "true"}, zh="**粗** <script>x</script>", en="b")
    assert draft.row.edit == 2 and 'name="base" value="2"' in answer.text
    assert "<strong>粗</strong>" in answer.text and "<script>" not in answer.text
    again = re.search(r'form="part-form" name="op_id" value="([0-9a-f-]+)"', answer.text)
    assert again is not None and again[1] != he.op_id


def test_cards_are_added_moved_copied_and_taken_out_by_buttons(academy: Academy, he: Visitor) -> None:
    draft = Draft(academy, he, body(3))
    for act in ("down:k1", "copy:k3", "drop:k2"):
        assert draft.send("arrange?what=card", act=act).status_code == 303
    assert [card.key for card in draft.body.cards] == ["k1", "k3", "k4"]
    draft.send("arrange?what=card", act="add", kind="checklist")
    draft.send("arrange?what=question", act="add", kind="match")
    assert draft.body.cards[-1].kind == "checklist" and draft.body.quiz is not None
    shown = he.get(f"{draft.path}/edit?part=card:{draft.body.cards[-1].key}").text
    assert 'aria-label="Move up' in shown and "This card is empty" in shown
    draft.send("part", f"card:{draft.body.cards[-1].key}", item_zh=["擦", ""], item_en=["wipe", ""], item_key=["", ""])
    assert [(item.zh, item.en) for item in draft.body.cards[-1].items] == [("擦", "wipe")]


QUESTIONS = {
    "single": ({"choice.0.zh": "a", "choice.1.zh": "b", "right": "c2"}, Solution(right=["c2"])),
    "multiple": ({"choice.0.zh": "a", "choice.1.zh": "b", "choice.0.right": "yes", "choice.1.right": "yes"},
                 Solution(right=["c1", "c2"])),
    "order": ({"choice.0.zh": "a", "choice.1.zh": "b"}, Solution(right=["c1", "c2"])),
    "match": ({"choice.0.zh": "a", "choice.0.other_zh": "1", "choice.1.zh": "b", "choice.1.other_zh": "2",
               "choice.2.other_zh": "3"}, Solution(pairs={"c1": "r1", "c2": "r2"})),
    "number": ({"number": "3.5", "tolerance": "0.5", "unit": "kg"}, Solution(number="3.5", tolerance="0.5")),
    "text": ({"texts": "yes\n\n yep "}, Solution(texts=["yes", "yep"])),
}  # fmt: skip


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_of_every_kind_is_written_in_its_form_and_comes_back_in_it(academy: Academy, he: Visitor, kind: str) -> None:
    given, solution = QUESTIONS[kind]
    draft = Draft(academy, he, body(1, quiz=quiz()))
    form = {**given, "kind": kind, "zh": "问？", "points": "2", "pool": "p1", "why_zh": "因为"}
    assert draft.send("part", "question:q1", **form).status_code == 303
    assert draft.body.quiz is not None
    [question] = draft.body.quiz.questions
    assert (question.kind, question.solution, question.points, question.pool) == (kind, solution, 2, "p1")
    shown = he.get(f"{draft.path}/edit?part=question:q1").text
    assert all(f'value="{said}"' in shown or said in shown for said in given.values() if len(said) > 2 and "\n" not in said)


def test_the_rest_of_a_course_is_set_and_a_wrong_number_is_said_beside_its_field(academy: Academy, he: Visitor) -> None:
    draft = Draft(academy, he, body(1, quiz=quiz()))
    settings = {"pass_percent": "80", "attempts": "2", "retake_after_h": "24", "time_limit_min": "10", "policy": "last",
                "kept_by": "server", "shuffle": "yes"}  # fmt: skip
    assert draft.send("part", "quiz", **settings).status_code == 303
    about = {"code": draft.draft.code, "minutes": "7", "kind": "course", "title_zh": "新", "add_store": "S0001"}
    assert draft.send("part", "about", **about).status_code == 303
    said = draft.body
    assert said.quiz is not None and (said.quiz.pass_percent, said.quiz.time_limit_s, said.quiz.kept_by) == (80, 600, "server")
    assert (said.minutes, said.audience.stores) == (7, [academy.a])
    wrong = draft.send("part", "about", **{**about, "minutes": "ten"})
    assert wrong.status_code == 422 and 'aria-invalid="true"' in wrong.text and draft.body.minutes == 7


def test_a_picture_is_added_to_a_card_and_shown(academy: Academy, he: Visitor) -> None:
    draft = Draft(academy, he, body(1))
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    assert draft.send("picture", "card:k1", file=(io.BytesIO(out.getvalue()), "x.png")).status_code == 303
    sha = draft.body.cards[0].picture
    assert sha is not None and he.get(f"/console/courses/media/{sha}").mimetype == "image/png"
    assert draft.send("picture", "card:k1", file=(io.BytesIO(b"not a picture"), "x.png")).status_code == 422


def test_a_draft_is_reviewed_published_told_in_words_and_retired(academy: Academy, he: Visitor) -> None:
    old = academy.publish(body(2, quiz=quiz()), code="told-1")
    page = f"/console/courses/{old.course_id}"
    he.get(page)
    edit = he.post(f"{page}/draft", op_id=he.op_id).headers["Location"]
    he.get(edit)
    path = edit.removesuffix("/edit")
    changed = he.post(f"{path}/part", op_id=he.op_id, part="card:k1", base="1", zh="别的", en="else")
    assert changed.status_code == 303
    told = he.get(page).text
    assert "Card changed" in told and "要点 1" in told and "别的" in told
    he.get(edit)
    assert he.post(f"{path}/publish", op_id=he.op_id, reason="better").status_code == 303
    assert "Version 2" in he.get(page).text
    he.get(page)
    assert he.post(f"{page}/retire", op_id=he.op_id, reason="old").status_code == 303
    assert "Retired" in he.get(page).text


def test_a_veterans_draft_is_handed_in_and_may_not_be_published_by_them(academy: Academy) -> None:
    ma = Visitor(academy.world.app)
    ma.sign_in("ma", PASSWORD)
    ma.speak("en")
    draft = Draft(academy, ma, body(1))
    mine = academy.draft(body(1), "ma")
    path = f"/console/courses/versions/{mine.version_id}"
    assert "Publish without review" not in ma.get(f"{path}/edit").text and draft.he is ma
    assert ma.post(f"{path}/publish", op_id=ma.op_id, reason="x").status_code == 403
    ma.get(f"{path}/edit")
    assert ma.post(f"{path}/submit", op_id=ma.op_id, note="please").status_code == 303
    assert "It is being reviewed" in ma.get(f"/console/courses/{mine.course_id}").text


def test_who_decides_on_a_course_sees_inside_the_request_what_it_changes(academy: Academy, he: Visitor) -> None:
    first = academy.draft(body(1), "ma", code="seen-1")
    asked = SubmitDraft(version_id=first.version_id, request_id=new_id())
    academy.world.must(asked, academy.actors["ma"])
    page = f"/console/requests/{asked.request_id}"
    told = he.get(page).text
    assert "What this course says" in told and "New card: 第1课" in told and "要点 1" in told
    assert academy.decide("hu", asked.request_id).status == "applied"
    again = academy.draft(body(2), "ma", code="seen-1", course_id=first.course_id)
    more = SubmitDraft(version_id=again.version_id, request_id=new_id())
    academy.world.must(more, academy.actors["ma"])
    told = he.get(f"/console/requests/{more.request_id}").text
    assert "What this version changes" in told and "New card: 第2课" in told and "New card: 第1课" not in told
    assert academy.decide("hu", more.request_id).status == "applied"
    assert "New card: 第2课" in he.get(f"/console/requests/{more.request_id}").text, "also when it is decided"
    with instead(requests, "review_of", lambda *_: None):
        assert "New card" not in he.get(page).text, "the planted fault is seen"


def test_who_has_confirmed_a_script_and_who_has_not_stands_on_its_page(academy: Academy, he: Visitor) -> None:
    script = academy.publish(body(1, kind="script"))
    shown = he.get(f"/console/courses/{script.course_id}").text
    assert "安宁" in shown and "Not yet" in shown and "0 of" in shown
    at_a = he.get(f"/console/courses/{script.course_id}?store={academy.a}").text
    assert "安宁" in at_a and "白露" in shown and "白露" not in at_a and "乙店" in at_a


def test_a_bank_of_questions_is_shown_with_its_report_and_becomes_a_draft_once(academy: Academy, he: Visitor) -> None:
    he.get("/console/courses/import")
    sent = {"format": "gift", "language": "en", "into": "", "file": (io.BytesIO(BANK.read_bytes()), "bank.gift")}
    run = he.post("/console/courses/import", **sent).headers["Location"]
    shown = he.get(run).text
    assert "Several answers" in shown and "A kind of question that there is not here" in shown and "line 33" in shown
    form = {"op_id": he.op_id, "code": "bank-1", "title_zh": "", "title_en": "Bank"}
    edit = he.post(f"{run}/take", **form).headers["Location"]
    assert "hands" in he.get(edit).text and he.get(run).status_code == 404
    draft = Draft(academy, he, body(1, quiz=Quiz(questions=[choice_question("who")])))
    he.get(f"/console/courses/import?into={draft.draft.version_id}")
    sent = {**sent, "into": draft.draft.version_id, "file": (io.BytesIO(BANK.read_bytes()), "bank.gift")}
    run = he.post("/console/courses/import", **sent).headers["Location"]
    he.get(run)
    assert he.post(f"{run}/take", op_id=he.op_id).status_code == 303
    assert draft.body.quiz is not None
    keys = [question.key for question in draft.body.quiz.questions]
    assert len(keys) == 13 and keys[0] == "who" and "who-2" in keys


def test_a_hostile_file_is_refused_on_the_page(academy: Academy, he: Visitor) -> None:
    he.get("/console/courses/import")
    bomb = b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>'
    refused = he.post("/console/courses/import", format="moodle", file=(io.BytesIO(bomb), "x.xml"))
    assert refused.status_code == 422 and "it was not imported" in refused.text


def test_a_course_is_exported_and_reads_back_as_it_was(academy: Academy, he: Visitor) -> None:
    said = body(3, quiz=quiz(2), topic="t")
    course = academy.publish(said)
    path = f"/console/courses/versions/{course.version_id}/export"
    found = read_markdown(he.get(f"{path}?format=markdown").data, "x.zip", "zh")
    assert found.body == said and found.code == course.code
    assert he.get(f"{path}?format=gift").text.startswith("::q1::") and "<quiz>" in he.get(f"{path}?format=moodle").text
    assert he.get(f"{path}?format=pdf").status_code == 422


def test_markdown_never_becomes_html_of_the_authors() -> None:
    hostile = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](https://e.example/p.png) <b>b</b> **ok**"
    shown = str(safely(hostile))
    assert "<strong>ok</strong>" in shown and not re.search(r"<(img|a|b|script)\b", shown)
    with instead(course_words.nh3, "clean", lambda text, **_: text):
        with instead(course_words, "_markdown", lambda text: text), pytest.raises(AssertionError):
            assert "<img" not in str(safely(hostile))


def test_what_changed_is_told_in_words_and_a_blind_comparison_is_found() -> None:
    match = Question(key="m", kind="match", zh="旧", choices=[Choice(key="a")], others=[Choice(key="b")])
    old = body(2, quiz=Quiz(questions=[match]))
    new = body(3, topic="x", quiz=Quiz(questions=[choice_question()], pass_percent=90))
    told = [change.what for change in changes_of(old, new, "zh")]
    assert told == ["field", "card_added", "quiz_field", "question_removed", "question_added"]
    with instead(course_words, "_of_rows", lambda *_: []), pytest.raises(AssertionError):
        assert "card_added" in [change.what for change in changes_of(old, new, "zh")]


def test_a_number_of_a_form_is_whole_or_refused() -> None:
    assert course_forms.number(" 12 ", "minutes") == 12
    with pytest.raises(Exception, match="wrong_type"):
        course_forms.number("1e3", "minutes")
