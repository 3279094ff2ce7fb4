"""Learning on a device with no signal: progress that only adds up, attempts that outlive the app, marks at once, three a day."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from contract.learning import AttemptRow, ConfirmReading, RecallRow, RecordCard, RecordReview, Review, SubmitAttempt
from contract.quizzes import Answer, Attempted, Quiz, mark, without_keys
from contract.sync import read_signed
from contract.wire import decode, name_of
from mobile.core import attempts as attempts_of
from mobile.core import learning_rows
from mobile.core.learning import Learning
from mobile.core.views import Refused
from mobile.devices.fake import START_MS
from tests.mobile.courses_here import (
    ME,
    TEA,
    TILL,
    V1,
    V2,
    WORDS,
    every_kind,
    onboarding,
    progress,
    recommendation,
    script,
    single,
    task,
    tea,
    till,
)
from tests.mobile.devices_here import STORE, WEI, Device
from tests.mobile.hq_rows import hq_says
from tests.support.planted import instead

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
RIGHT, WRONG = Answer(question="", chosen=["a"]), Answer(question="", chosen=["b"])


@pytest.fixture
def wei(phone: Device) -> Device:
    """Tea is due and gates work, the till is recommended, a script is there to be read. No signal."""
    phone.set_up()
    hq_says(
        phone,
        ("company", "course", TEA, tea()),
        ("company", "course", TILL, till()),
        (f"store:{STORE}", "course", WORDS, script()),
        (ME, "training_task", "t1", task()),
        (ME, "recommendation", "r1", recommendation()),
        (ME, "onboarding", "o1", onboarding()),
    )
    phone.world.link.up = False
    return phone


def learning(device: Device) -> Learning:
    return device.core.learning


def answers(*keys: str, chosen: str = "a") -> list[Answer]:
    return [Answer(question=key, chosen=[chosen]) for key in keys]


def take(device: Device, *given: Answer) -> Any:
    """A whole attempt at tea."""
    page = learning(device).begin(TEA)
    for answer in given:
        learning(device).answer(page.attempt_id, answer)
    return learning(device).hand_in(page.attempt_id)


def written(device: Device, shape: Any) -> list[Any]:
    """What was signed of a kind, in order."""
    device.world.link.up = True
    device.core.sync_once()
    device.world.link.up = False
    signed = [read_signed(raw) for raw in device.server.ops]
    return [decode(bytes(one.data), shape) for one in signed if one.type == name_of(shape)]


# the home of learning


def test_what_is_due_comes_first_with_its_date_and_gate_then_what_is_recommended_with_its_reason(wei: Device) -> None:
    home = learning(wei).home()
    [due] = home.due
    assert (due.course_id, due.due_on, due.gate, due.gate_store, due.origin) == (TEA, "2026-06-03", "block", "豫园店", "posting")
    assert [(one.course_id, one.why.zh if one.why else "") for one in home.recommended] == [(TILL, "满意度 55，低于 60")]
    assert [one.course_id for one in home.library] == [WORDS] and not home.done and not home.begun
    [line] = [line for line in home.onboarding[0].lines if line.kind == "exam"]
    assert line.held and not line.done and home.onboarding[0].gate == "block"


def test_a_search_finds_titles_and_words_of_cards_in_both_languages(wei: Device) -> None:
    def found(words: str) -> list[str]:
        return [one.course_id for one in learning(wei).home(words).found or ()]

    assert found("泡茶") == [TEA, TILL], "titles first, then questions of cards"
    assert found("making TEA") == [TEA]
    assert found("drawer") == [TILL], "words of a checklist"
    assert set(found("point 1")) == {TEA, WORDS} and found("no such thing") == []
    assert learning(wei).home("  ").found is None


def test_a_search_finds_a_course_by_the_initials_that_its_row_carries(wei: Device) -> None:
    assert learning(wei).home("pc").found == (), "a device has no table of pinyin"
    wei.world.link.up = True
    words = replace(script(), initials="fwyy")
    hq_says(wei, ("company", "course", TEA, tea(initials="pc")), (f"store:{STORE}", "course", WORDS, words))
    wei.world.link.up = False
    assert [one.course_id for one in learning(wei).home("PC").found or ()] == [TEA]
    assert [one.course_id for one in learning(wei).home("fwyy point").found or ()] == [WORDS], "beside words of its cards"


def test_past_the_lease_nothing_of_learning_is_shown(wei: Device) -> None:
    wei.world.clock.pass_ms(15 * DAY_MS)
    for look in (learning(wei).home, lambda: learning(wei).course(TEA), learning(wei).daily, learning(wei).certificates):
        with pytest.raises(Refused, match=r"client\.locked"):
            look()
    assert wei.core.enrolment is not None


# progress


def test_cards_read_here_and_cards_read_elsewhere_are_one_progress_that_never_falls(wei: Device) -> None:
    learning(wei).open_card(TEA, "c2")
    learning(wei).finish_card(TEA, "c2")
    page = learning(wei).course(TEA)
    assert page is not None and (page.card.percent, page.card.standing, page.next_card) == (33, "begun", "c1")
    wei.world.link.up = True
    hq_says(wei, (ME, "course_progress", "p1", progress(done=["c1"], percent=33, begun_ms=START_MS)))
    page = learning(wei).course(TEA)
    assert page is not None and page.card.percent == 67 and [card.done for card in page.cards] == [True, True, False]
    hq_says(
        wei, ("company", "course", TEA, tea(body={"cards": tea().body.cards[2:]}, version_id=V2, earlier=[["c1", "c2", "c3"]]))
    )
    page = learning(wei).course(TEA)
    assert page is not None and page.card.percent == 67, "a new version lowers nothing"


def test_a_progress_that_forgot_what_was_read_here_would_be_noticed(wei: Device) -> None:
    learning(wei).finish_card(TEA, "c2")
    with instead(learning_rows, "percent_done", lambda done, versions: 0):
        page = learning(wei).course(TEA)
    assert page is not None and page.card.percent == 0, "the planted fault forgets"
    page = learning(wei).course(TEA)
    assert page is not None and page.card.percent == 33


def test_a_card_read_twice_is_written_down_once(wei: Device) -> None:
    for _ in range(3):
        learning(wei).open_card(TEA, "c1")
        learning(wei).finish_card(TEA, "c1")
    said = [(one.card, one.event) for one in written(wei, RecordCard)]
    assert said == [("c1", "opened"), ("c1", "finished")]


def test_a_course_without_a_quiz_is_done_with_its_last_card_and_practice_is_judged_at_once(wei: Device) -> None:
    learning(wei).finish_card(TILL, "p")
    learning(wei).finish_card(TILL, "l")
    wrong = learning(wei).practise(TILL, "q", WRONG)
    assert wrong.right is False and [one.en for one in wrong.solution] == ["Hot water"] and wrong.why.zh == "热水出香。"
    page = learning(wei).course(TILL)
    assert page is not None and page.card.standing == "done" and page.cards[2].judgement == wrong
    assert [one.course_id for one in learning(wei).home().done] == [TILL] and learning(wei).home().recommended == ()


def test_reading_is_confirmed_for_the_version_that_was_read_and_asked_again_for_a_new_one(wei: Device) -> None:
    learning(wei).confirm(WORDS)
    page = learning(wei).course(WORDS)
    assert page is not None and not page.may_confirm and page.card.standing == "done"
    with pytest.raises(Refused, match=r"client\.nothing_to_confirm"):
        learning(wei).confirm(WORDS)
    assert [one.version_id for one in written(wei, ConfirmReading)] == [V1]
    wei.world.link.up = True
    hq_says(wei, (f"store:{STORE}", "course", WORDS, script(V2, 2)))
    page = learning(wei).course(WORDS)
    assert page is not None and page.may_confirm


# attempts


@pytest.mark.parametrize("kind", [question.kind for question in every_kind()])
def test_every_kind_of_question_is_marked_here_as_the_contract_marks_it(phone: Device, kind: str) -> None:
    phone.set_up()
    quiz = Quiz(questions=[one for one in every_kind() if one.kind == kind])
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": quiz})))
    right = {
        "one": Answer(question="one", chosen=["a"]),
        "many": Answer(question="many", chosen=["c", "a"]),
        "row": Answer(question="row", chosen=["c", "a", "b"]),
        "pair": Answer(question="pair", pairs={"a": "x", "b": "y", "c": "z"}),
        "count": Answer(question="count", text="84.5"),
        "word": Answer(question="word", text=" longjing. "),
    }[quiz.questions[0].key]
    result = take(phone, right)
    assert result.passed and result.percent == 100 and result.lines[0].judgement.right
    again = learning(phone).begin(TEA)
    nothing = learning(phone).hand_in(again.attempt_id)
    assert nothing.percent == 0 and nothing.lines[0].judgement.right is False and nothing.lines[0].judgement.solution
    marked = mark(quiz, result.attempt_id, [right], 0)
    assert marked.percent == result.percent


def test_an_attempt_goes_on_after_the_app_died_with_its_answers_and_the_time_that_passed(phone: Device) -> None:
    phone.set_up()
    quiz = Quiz(questions=[single("q1"), single("q2")], time_limit_s=600)
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": quiz})))
    phone.world.link.up = False
    page = learning(phone).begin(TEA)
    order = [one.key for one in page.questions]
    learning(phone).answer(page.attempt_id, Answer(question="q1", chosen=["b"]))
    phone.world.clock.pass_s(100)
    phone.restart()
    phone.world.clock.wall_off_ms = -5 * HOUR_MS  # somebody turns the clock on the wall back
    phone.world.clock.pass_s(100)
    again = learning(phone).begin(TEA)
    assert again.attempt_id == page.attempt_id and [one.key for one in again.questions] == order
    assert again.left_s == 400 and again.timed == "exact" and again.answers["q1"].chosen == ["b"]
    learning(phone).answer(page.attempt_id, Answer(question="q1", chosen=["a"]))
    assert learning(phone).hand_in(page.attempt_id).percent == 50


def test_after_a_reboot_the_time_is_reckoned_and_the_page_says_so(phone: Device) -> None:
    phone.set_up()
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": Quiz(questions=[single("q1")], time_limit_s=600)})))
    page = learning(phone).begin(TEA)
    phone.world.clock.pass_s(60)
    learning(phone).answer(page.attempt_id, Answer(question="q1", chosen=["a"]))
    phone.world.link.up = False
    phone.world.clock.reboot(off_ms=120_000)
    phone.restart()
    again = learning(phone).attempt(page.attempt_id)
    assert again is not None and again.timed == "reckoned" and again.left_s == 600 - 60 - 120
    phone.world.clock.wall_off_ms = -10 * HOUR_MS  # a clock set back gives no time back that was counted
    again = learning(phone).attempt(page.attempt_id)
    assert again is not None and again.left_s == 540


def test_when_the_time_is_over_the_attempt_is_handed_in_by_itself_with_what_was_answered(phone: Device) -> None:
    phone.set_up()
    quiz = Quiz(questions=[single("q1"), single("q2")], time_limit_s=300, pass_percent=50)
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": quiz})))
    phone.world.link.up = False
    page = learning(phone).begin(TEA)
    learning(phone).answer(page.attempt_id, Answer(question="q1", chosen=["a"]))
    phone.world.clock.pass_s(301)
    with pytest.raises(Refused, match=r"client\.attempt_over"):
        learning(phone).answer(page.attempt_id, Answer(question="q2", chosen=["a"]))
    assert learning(phone).attempt(page.attempt_id) is None
    result = learning(phone).result(page.attempt_id)
    assert result is not None and (result.percent, result.passed, result.over_time) == (50, True, False)
    [said] = written(phone, SubmitAttempt)
    assert (said.handed_in, said.took_ms, [one.question for one in said.answers]) == ("time_over", 300_000, ["q1"])


def test_a_clock_that_forgot_the_time_of_a_dead_app_would_be_noticed(phone: Device) -> None:
    phone.set_up()
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": Quiz(questions=[single("q1")], time_limit_s=300)})))
    page = learning(phone).begin(TEA)
    phone.world.clock.pass_s(301)
    with instead(attempts_of.Running, "at", lambda self, clocks, now_ms: self):
        assert learning(phone).attempt(page.attempt_id) is not None, "the planted fault gives time for nothing"
    assert learning(phone).attempt(page.attempt_id) is None


def test_failing_expels_nobody_it_says_when_the_next_round_begins_and_what_to_take_first(wei: Device) -> None:
    first = take(wei, *answers("q1", "q2", chosen="b"))
    assert not first.passed and first.may_again and first.next_at is None
    assert first.next_course is not None and first.next_course.course_id == TILL
    second = take(wei, *answers("q1", chosen="b"))
    assert not second.may_again and second.next_at is not None and second.next_at.ms == second.at.ms + 24 * HOUR_MS
    with pytest.raises(Refused, match=r"client\.attempt_waits"):
        learning(wei).begin(TEA)
    page = learning(wei).course(TEA)
    assert page is not None and page.quiz is not None and page.quiz.attempts_left == 0 and page.card.standing == "failed"
    wei.world.clock.pass_ms(24 * HOUR_MS)
    third = take(wei, *answers("q1", "q2"))
    assert third.passed and third.grade == 100 and third.next_course is None
    assert [one.course_id for one in learning(wei).home().done] == [TEA] and learning(wei).home().due == ()


def test_an_exam_whose_key_stays_with_hq_says_that_it_is_marked_once_synced(phone: Device) -> None:
    phone.set_up()
    exam = Quiz(questions=[single("q1"), single("q2")], kept_by="server", pass_percent=50)
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": without_keys(exam)})))
    phone.world.link.up = False
    result = take(phone, *answers("q1", "q2"))
    assert result.state == "waiting" and all(line.judgement.right is None for line in result.lines)
    assert result.on_its_way is not None and learning(phone).course(TEA).card.standing == "waiting"  # type: ignore[union-attr]
    phone.world.link.up = True
    marks = mark(exam, result.attempt_id, answers("q1", "q2"), 0)
    row = AttemptRow(
        id=result.attempt_id, person_id=WEI, course_id=TEA, version_id=V1, at_ms=START_MS, took_ms=0, state="marked",
        marks=marks.marks, percent=100, passed=True,
    )  # fmt: skip
    attempted = Attempted(attempt_id=result.attempt_id, at_ms=START_MS, percent=100, passed=True)
    hq_says(
        phone,
        (ME, "quiz_attempt", result.attempt_id, row),
        (ME, "course_progress", "p1", progress(attempts=[attempted], passed_ms=START_MS, grade=100)),
    )
    told = learning(phone).result(result.attempt_id)
    assert told is not None and told.passed and all(line.judgement.right and not line.judgement.solution for line in told.lines)


def test_a_newer_version_changes_nothing_of_an_attempt_that_goes_on(wei: Device) -> None:
    page = learning(wei).begin(TEA)
    wei.world.link.up = True
    hq_says(wei, ("company", "course", TEA, tea(body={"quiz": Quiz(questions=[single("other")])}, version_id=V2, number=2)))
    again = learning(wei).attempt(page.attempt_id)
    assert again is not None and {one.key for one in again.questions} == {"q1", "q2"}
    assert learning(wei).hand_in(page.attempt_id).lines and written(wei, SubmitAttempt)[0].version_id == V1


# the daily three


def test_three_questions_a_day_and_no_more_of_courses_begun(wei: Device) -> None:
    assert learning(wei).daily().questions == (), "nothing has been begun"
    learning(wei).open_card(TEA, "c1")
    learning(wei).open_card(TILL, "p")
    page = learning(wei).daily()
    assert [(one.course_id, one.question.key) for one in page.questions] == [(TEA, "q1"), (TEA, "q2"), (TILL, "p1")]
    for one in page.questions:
        wei.world.clock.pass_s(5)
        said = learning(wei).daily_answer(one.course_id, one.question.key, RIGHT)
        assert said.judgement.right and said.again_on > "2026-06-01"
        learning(wei).daily_felt("fine")
    assert learning(wei).daily() == type(page)((), 3, 3)
    wei.world.clock.pass_ms(DAY_MS)
    assert learning(wei).daily().questions == (), "good ones come back later than tomorrow"
    wei.world.clock.pass_ms(2 * DAY_MS)
    assert len(learning(wei).daily().questions) == 3


def test_what_was_wrong_comes_back_sooner_than_what_was_easy(wei: Device) -> None:
    learning(wei).open_card(TEA, "c1")
    wrong = learning(wei).daily_answer(TEA, "q1", WRONG)
    learning(wei).daily_felt("easy")
    right = learning(wei).daily_answer(TEA, "q2", RIGHT)
    learning(wei).daily_felt("easy")
    said = written(wei, RecordReview)
    assert [one.rating for one in said] == [1, 4] and wrong.again_on < "2026-06-04" and right.again_on > wrong.again_on


def test_a_daily_answer_nobody_rated_is_kept_all_the_same(wei: Device) -> None:
    learning(wei).open_card(TEA, "c1")
    learning(wei).daily_answer(TEA, "q1", RIGHT)
    wei.restart()
    assert learning(wei).daily().done == 1
    assert [one.rating for one in written(wei, RecordReview)] == [3]


def test_reviews_of_another_device_count_towards_today_and_towards_what_is_due(wei: Device) -> None:
    learning(wei).open_card(TEA, "c1")
    wei.world.link.up = True
    early = [Review(at_ms=START_MS - 9 * DAY_MS, rating=3, id="r1")]
    today = [Review(at_ms=START_MS, rating=3, id="r2")]
    hq_says(
        wei,
        (ME, "recall", "k1", RecallRow(id="k1", person_id=WEI, course_id=TEA, question="q2", reviews=early)),
        (ME, "recall", "k2", RecallRow(id="k2", person_id=WEI, course_id=TEA, question="q1", reviews=today)),
    )
    page = learning(wei).daily()
    assert page.done == 1 and [one.question.key for one in page.questions] == ["q2"] and not page.questions[0].is_new


def test_questions_of_an_exam_whose_key_stays_with_hq_never_come_back_daily(phone: Device) -> None:
    phone.set_up()
    exam = without_keys(Quiz(questions=[single("q1")], kept_by="server"))
    hq_says(phone, ("company", "course", TEA, tea(body={"quiz": exam})))
    learning(phone).open_card(TEA, "c1")
    assert learning(phone).daily().questions == ()
