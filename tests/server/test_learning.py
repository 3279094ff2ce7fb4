"""What people do with courses: it adds up in any order, counts by its own version, and is never taken back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
import sqlalchemy as sa

from contract.courses import CourseQuery, ReadingQuery
from contract.ids import new_id
from contract.learning import ConfirmReading, RecordReview
from contract.quizzes import Answer, Attempted
from server.kernel import scope
from server.kernel.actors import Actor
from server.learning import certificates, queries, reading, record, rows, standing
from server.learning.model import Attempt, CardEvent, Certificate, Course, CourseAudience, CourseVersion, Progress, Recall
from server.learning.rules import Confirmed, Finished, Published, standing_of
from server.org.queries import company_day
from tests.server.courses_of import RIGHT, WRONG, Academy, body, cards, for_stores, quiz
from tests.support.planted import instead


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    made = Academy(tmp_path_factory.mktemp("learning"))
    yield made
    made.world.close()


def test_cards_read_add_up_and_the_last_one_finishes_the_course_once(academy: Academy) -> None:
    course = academy.publish(body(3))
    academy.read("an", course, "k1", "k2", "k1")
    stands = academy.progress(academy.an, course)
    assert stands is not None and (stands.percent, stands.done, stands.finished_at) == (67, ["k1", "k2"], None)
    academy.read("an", course, "k3", "k3")
    stands = academy.progress(academy.an, course)
    assert stands is not None and stands.percent == 100 and stands.finished_at == stands.settled_at is not None
    assert len(academy.world.rows(sa.select(Certificate.id).where(Certificate.course_id == course.course_id))) == 1
    assert len(academy.world.rows(sa.select(CardEvent.id).where(CardEvent.course_id == course.course_id))) == 5


def test_a_new_version_never_takes_anything_back(academy: Academy) -> None:
    course = academy.publish(body(2))
    academy.read("an", course, "k1", "k2")
    second = academy.next_version(course, body(10))
    stands = academy.progress(academy.an, course)
    assert stands is not None and stands.percent == 100 and stands.settled_at is not None
    academy.read("bo", course, "k1")  # of the version that was replaced
    academy.read("bo", second, "k3")
    stands = academy.progress(academy.bo, course)
    assert stands is not None and (stands.percent, stands.done) == (50, ["k1", "k3"])


def test_a_version_that_asks_less_finishes_who_has_read_enough(academy: Academy) -> None:
    course = academy.publish(body(4, quiz=quiz()))
    academy.read("an", course, "k1", "k2")
    academy.world.clock.pass_(minutes=5)
    academy.next_version(course, body(2))
    stands = academy.progress(academy.an, course)
    assert stands is not None and stands.percent == 100
    assert stands.finished_at == stands.settled_at == academy.world.clock()


def test_an_attempt_is_marked_here_and_passes_once_for_good(academy: Academy) -> None:
    course = academy.publish(body(1, quiz=quiz(pass_percent=60, policy="last")))
    first = academy.attempt("an", course, WRONG)
    assert first.answer == {"percent": 0, "grade": 0, "passed": False}
    with academy.world.db.snapshot() as connection:
        assert queries.standings(connection, [academy.an], [course.course_id])[academy.an, course.course_id].failed
    academy.attempt("an", course, RIGHT)
    academy.attempt("an", course, WRONG)
    stands = academy.progress(academy.an, course)
    assert stands is not None and (stands.grade, len(stands.attempts), stands.failed) == (0, 3, False)
    [certificate] = academy.world.rows(sa.select(Certificate).where(Certificate.course_id == course.course_id))
    assert certificate.percent == 100 and stands.passed_at == stands.settled_at == certificate.issued_at


def test_an_attempt_counts_by_the_version_it_was_made_in(academy: Academy) -> None:
    old = academy.publish(body(1, quiz=quiz()))
    harder = academy.next_version(old, body(1, quiz=quiz(4, pass_percent=100)))
    assert academy.attempt("an", old, RIGHT).answer["passed"] is True
    assert academy.attempt("bo", harder, RIGHT).answer == {"percent": 0, "grade": 25, "passed": False}


def test_over_time_cannot_pass_and_early_attempts_are_kept_and_count(academy: Academy) -> None:
    course = academy.publish(body(1, quiz=quiz(time_limit_s=60, attempts=1, retake_after_h=24)))
    late = academy.attempt("an", course, RIGHT, took_ms=66_000, handed_in="time_over")
    assert late.answer == {"percent": 0, "grade": 100, "passed": False}
    academy.world.clock.pass_(hours=2)
    early = academy.attempt("an", course, RIGHT)
    assert early.answer["passed"] is True
    found = academy.world.rows(sa.select(Attempt).where(Attempt.course_id == course.course_id).order_by(Attempt.at))
    assert [(one.over_time, one.early, one.passed) for one in found] == [(True, False, False), (False, True, True)]


def test_a_script_is_confirmed_version_by_version_and_named_who_has_not(academy: Academy) -> None:
    script = academy.publish(body(1, kind="script", audience=for_stores(academy.a)))

    def confirmed(who: str) -> tuple[int, int, list[bool]]:
        with academy.world.looking(academy.as_(who)) as session:
            found = reading.readers_of(session, ReadingQuery(course_id=script.course_id))
        return found.confirmed, found.of, [one.confirmed_ms is not None for one in found.items]

    said = ConfirmReading(confirm_id=new_id(), course_id=script.course_id, version_id=script.version_id)
    assert confirmed("ma") == (0, 1, [False])
    academy.world.must(said, academy.as_("an"))
    stands = academy.progress(academy.an, script)
    assert stands is not None and stands.settled_at is not None and confirmed("ma") == (1, 1, [True])
    assert academy.world.rows(sa.select(Certificate).where(Certificate.course_id == script.course_id)) == []
    academy.next_version(script, body(1, kind="script", audience=for_stores(academy.a)))
    assert confirmed("he") == (0, 1, [False])  # the newest is to be read anew; what was settled stays
    course = academy.publish(body())
    said = ConfirmReading(confirm_id=new_id(), course_id=course.course_id, version_id=course.version_id)
    assert academy.world.refusal(said, academy.as_("an")) == "learning.not_a_script"


def test_reviews_are_kept_by_question_and_are_no_progress(academy: Academy) -> None:
    course = academy.publish(body(1, quiz=quiz()))
    for rating in (3, 1):
        said = RecordReview(
            review_id=new_id(), course_id=course.course_id, version_id=course.version_id, question="q1",
            answer=Answer(question="q1", chosen=["a"]), rating=rating,
        )  # fmt: skip
        academy.world.must(said, academy.as_("an"))
    [recall] = academy.world.rows(sa.select(Recall).where(Recall.course_id == course.course_id))
    with academy.world.db.snapshot() as connection:
        row = rows.recall_rows(connection, [recall.id])[recall.id]
    assert sorted(one.rating for one in row.reviews) == [1, 3] and academy.progress(academy.an, course) is None


def test_what_is_said_of_an_unknown_version_is_refused_with_its_reason(academy: Academy) -> None:
    course, draft = academy.publish(body()), academy.draft(body())
    for version_id, course_id, code in (
        (new_id(), course.course_id, "learning.version_unknown"),
        (draft.version_id, draft.course_id, "learning.version_unknown"),
        (course.version_id, new_id(), "learning.course_unknown"),
    ):
        said = msgspec.structs.replace(course, version_id=version_id, course_id=course_id)
        with pytest.raises(AssertionError, match=code):
            academy.read("an", said, "k1")
    assert academy.progress(academy.an, course) is None


def test_learning_is_read_by_oneself_and_by_who_leads_there(academy: Academy) -> None:
    academy.read("an", academy.publish(body(1)), "k1")

    def reads(who: str) -> bool:
        try:
            with academy.world.looking(academy.as_(who)) as session:
                return bool(reading.learner(session, academy.an).certificates)
        except Exception as refused:
            assert getattr(refused, "code", "") == "people.unknown"
            return False

    assert [who for who in ("an", "bo", "ma", "mb", "he") if reads(who)] == ["an", "ma", "he"]


def test_courses_are_found_by_words_in_both_languages_and_by_initials(academy: Academy) -> None:
    course = academy.publish(body(1, title_zh="拿铁拉花", title_en="Latte Art", cards=[*cards(1), *cards(1, 77)]))

    def finds(words: str) -> bool:
        with academy.world.looking(academy.as_("an")) as session:
            return course.course_id in {one.id for one in reading.courses_page(session, CourseQuery(q=words)).items}

    assert [words for words in ("拉花", "latte ART", "ntlh", "要点 77", "Point 77", course.code) if not finds(words)] == []
    assert not finds("卡布奇诺")


def test_whom_a_course_is_for_follows_the_postings_of_the_day(academy: Academy) -> None:
    here = academy.publish(body(audience=for_stores(academy.a)))
    everybody = academy.publish(body())
    today = company_day(academy.world.clock())
    with academy.world.db.snapshot() as connection:
        assert queries.audience_of(connection, here.course_id, today) == {academy.an}
        assert {academy.an, academy.bo} <= queries.audience_of(connection, everybody.course_id, today)
        assert queries.is_for(connection, here.course_id, academy.an, today)
        assert not queries.is_for(connection, here.course_id, academy.an, today - timedelta(days=300))


def test_a_certificate_is_verified_by_anybody_and_forged_codes_are_not(academy: Academy) -> None:
    academy.read("an", academy.publish(body(1, title_zh="食品安全")), "k1")
    [row] = academy.world.rows(sa.select(Certificate).where(Certificate.title_zh == "食品安全"))
    stranger = academy.world.client()
    found = stranger.get(f"/api/v1/certificates/verified/{row.code}")
    assert found.status_code == 200 and found.json["title_zh"] == "食品安全" and found.json["name"] == "安*"
    page = stranger.get(f"/verify/{row.code}").get_data(as_text=True)
    assert "食品安全" in page and "安宁" not in page
    assert stranger.get("/api/v1/certificates/verified/ABCD-ABCD-ABCD").status_code == 404
    own = academy.world.client("an").get(f"/api/v1/certificates/{row.id}/paper")
    assert own.status_code == 200 and own.data.startswith(b"%PDF-")
    assert academy.world.client("bo").get(f"/api/v1/certificates/{row.id}/paper").status_code == 404


# -- the rule ------------------------------------------------------------------------------------------------------------

V1 = Published("v1", 1, 100, ("a", "b"), False)
V2 = Published("v2", 2, 500, ("a", "b", "c"), True)


@pytest.mark.parametrize(
    ("versions", "finished", "passed", "percent", "settled"),
    [
        ([V1], [Finished("a", 1, 200), Finished("b", 1, 300)], None, 100, 300),
        ([V1], [Finished("a", 1, 50), Finished("b", 1, 60)], None, 100, 100),  # never before it was published
        ([V1, V2], [Finished("a", 2, 600), Finished("b", 2, 700)], None, 100, None),  # who reads it with a quiz passes the quiz
        ([V1, V2], [Finished("a", 1, 300), Finished("b", 2, 700)], None, 100, None),
        ([V1, V2], [Finished("a", 1, 600), Finished("b", 1, 700)], None, 100, 700),  # read offline in the version before
        ([V2], [Finished(card, 2, 600) for card in "abc"], None, 100, None),
        ([V2], [], 900, 0, 900),
    ],
)  # fmt: skip
def test_a_course_is_settled_as_its_versions_ask(
    versions: list[Published], finished: list[Finished], passed: int | None, percent: int, settled: int | None
) -> None:
    attempts = [] if passed is None else [Attempted(attempt_id="x", at_ms=passed, percent=80, passed=True)]
    for order in itertools.permutations(finished):
        stands = standing_of("course", versions, begun_ms=1, finished=order, confirmed=[], attempts=attempts, policy="best")
        assert (stands.percent, stands.settled_ms) == (percent, settled)


def test_of_several_confirmations_the_newest_version_counts_and_the_first_word(academy: Academy) -> None:
    said = [Confirmed("v1", 1, 10), Confirmed("v2", 2, 40), Confirmed("v2", 2, 30)]
    stands = standing_of("script", [V1], begun_ms=1, finished=[], confirmed=said, attempts=[], policy="best")
    assert (stands.confirmed_version_id, stands.confirmed_ms, stands.settled_ms) == ("v2", 30, 10)


def test_a_server_that_forgets_certificates_is_found(academy: Academy) -> None:
    with instead(standing, "issue", lambda *_: None):
        with pytest.raises(AssertionError):
            test_cards_read_add_up_and_the_last_one_finishes_the_course_once(academy)
    assert certificates.issue is standing.issue


def test_the_record_at_hq_says_what_was_learnt(academy: Academy) -> None:
    academy.read("bo", academy.publish(body(1, title_zh="开店流程", title_en="Opening")), "k1")
    with academy.world.looking(academy.as_("he")) as session:
        said = record.training_of(session, academy.bo)
    assert said[0] == {
        "course": "开店流程", "course_en": "Opening", "percent": 100,
        "finished_on": company_day(academy.world.clock()).isoformat(),
    }  # fmt: skip
    with academy.world.looking(academy.as_("ma")) as session:
        assert record.training_of(session, academy.bo) == []  # he works at another store


def test_what_the_database_shows_of_courses_and_learning_is_what_the_rule_covers(academy: Academy) -> None:
    course = academy.publish(body(1, quiz=quiz(), audience=for_stores(academy.b)))
    academy.attempt("bo", course, RIGHT)
    academy.draft(body(), "ma")
    models = (Course, CourseVersion, CourseAudience, CardEvent, Attempt, Progress, Certificate, Recall)
    seen: dict[str, int] = {}
    for who in ("an", "bo", "ma", "mb", "he"):
        actor = academy.as_(who).at(academy.world.clock())
        for model in models:
            with academy.world.looking(actor) as session:
                shown = set(session.scalars(sa.select(model.id)))
            with academy.world.looking(Actor.system()) as session:
                rule = scope.RULES[model]
                covered = {row.id for row in session.scalars(sa.select(model)) if rule.covers(actor, row)}
            assert shown == covered, (who, model.__name__)
            seen[who] = seen.get(who, 0) + len(shown)
    assert 0 < seen["an"] < seen["he"] and 0 < seen["mb"] < seen["he"]
