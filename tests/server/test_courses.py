"""Writing courses: drafts that nobody overwrites, the review flow, what may be published, retiring, who sees which."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa

from contract.approvals import SubmitRequest, WithdrawRequest
from contract.courses import Audience, Card, DiscardCourseDraft, PublishVersion, RetireCourse, SaveDraft, SubmitDraft
from contract.ids import new_id
from server.kernel.actors import Actor
from server.learning import reactions
from server.learning.model import Course, CourseVersion
from tests.server.courses_of import RIGHT, Academy, body, choice_question, for_stores, quiz
from tests.support.planted import instead


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    made = Academy(tmp_path_factory.mktemp("courses"))
    yield made
    made.world.close()


def _version(academy: Academy, draft: SaveDraft) -> CourseVersion:
    found: CourseVersion = academy.world.row(CourseVersion, draft.version_id)
    return found


def _visible(academy: Academy, who: str) -> set[str]:
    with academy.world.looking(academy.as_(who)) as session:
        return set(session.scalars(sa.select(Course.id)))


def test_a_draft_that_another_saved_meanwhile_is_refused_with_both_names(academy: Academy) -> None:
    draft = academy.draft(body(), "he")
    again = msgspec.structs.replace(draft, base=1, body=body(4))
    academy.world.must(again, academy.as_("hu"))
    outcome = academy.world.do(msgspec.structs.replace(draft, base=1, body=body(5)), academy.as_("he"))
    assert outcome.code == "learning.draft_moved" and (outcome.facts["theirs"], outcome.facts["yours"]) == ("胡兰", "何静")
    assert _version(academy, draft).cards == ["k1", "k2", "k3", "k4"] and _version(academy, draft).edit == 2


def test_a_course_has_one_draft_at_a_time_and_one_code(academy: Academy) -> None:
    draft = academy.draft(body(), "he")
    second = msgspec.structs.replace(draft, version_id=new_id())
    outcome = academy.world.do(second, academy.as_("hu"))
    assert outcome.code == "learning.draft_open" and outcome.facts["name"] == "何静"
    assert academy.world.refusal(SaveDraft(course_id=new_id(), version_id=new_id(), code=draft.code, body=body())) == (
        "learning.code_taken"
    )


def test_a_veterans_draft_becomes_a_course_only_after_hq_grants_it(academy: Academy) -> None:
    draft, request_id = academy.draft(body(), "ma"), new_id()
    assert academy.world.refusal(PublishVersion(version_id=draft.version_id, reason="mine"), academy.as_("ma")) == (
        "access.not_allowed"
    )
    academy.world.must(SubmitDraft(version_id=draft.version_id, request_id=request_id), academy.as_("ma"))
    assert _version(academy, draft).state == "in_review" and academy.world.row(Course, draft.course_id).number == 0
    assert academy.world.refusal(msgspec.structs.replace(draft, base=1), academy.as_("ma")) == "learning.in_review"
    assert draft.course_id not in _visible(academy, "an")
    assert academy.decide("he", request_id).status == "applied"
    course = academy.world.row(Course, draft.course_id)
    assert (course.number, course.scopes, _version(academy, draft).state) == (1, ["company"], "published")
    assert draft.course_id in _visible(academy, "an")


def test_a_refused_review_hands_the_draft_back_and_a_withdrawn_one_too(academy: Academy) -> None:
    draft, first, second = academy.draft(body(), "ma"), new_id(), new_id()
    academy.world.must(SubmitDraft(version_id=draft.version_id, request_id=first), academy.as_("ma"))
    assert academy.decide("he", first, "refuse").status == "applied" and _version(academy, draft).state == "refused"
    academy.world.must(msgspec.structs.replace(draft, base=1, body=body(2)), academy.as_("ma"))
    academy.world.must(SubmitDraft(version_id=draft.version_id, request_id=second), academy.as_("ma"))
    academy.world.must(WithdrawRequest(request_id=second, reason="wait"), academy.as_("ma"))
    assert _version(academy, draft).state == "draft"


def test_a_review_that_no_draft_waits_for_cannot_be_asked_for(academy: Academy) -> None:
    asked = SubmitRequest(
        request_id=new_id(), kind="course_review", person_id=academy.an, form={"course": "x", "code": "y", "note": ""}
    )
    assert academy.world.refusal(asked, academy.as_("an")) == "learning.review_from_editor"


def test_the_test_of_the_flow_finds_an_approval_that_publishes_nothing(academy: Academy) -> None:
    with instead(reactions, "publish", lambda work, version_id: None):
        with pytest.raises(AssertionError):
            test_a_veterans_draft_becomes_a_course_only_after_hq_grants_it(academy)
    assert reactions.publish is not None


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (body(0), "learning.nothing_in_it"),
        (body(title_zh="", title_en=" "), "learning.title_needed"),
        (
            body(quiz=quiz().__class__(questions=[msgspec.structs.replace(choice_question(), solution=None)])),
            "learning.solution_wrong",
        ),
        (body(audience=Audience(stores=[new_id()])), "learning.audience_unknown"),
        (body(1, cards=[Card(key="p", kind="picture", picture="0" * 64)]), "learning.picture_unknown"),
    ],
)
def test_what_is_not_fit_is_neither_published_nor_handed_in(academy: Academy, what: object, code: str) -> None:
    draft = academy.draft(what, "he")  # type: ignore[arg-type]
    assert academy.world.refusal(PublishVersion(version_id=draft.version_id, reason="r"), academy.as_("he")) == code
    assert academy.world.refusal(SubmitDraft(version_id=draft.version_id, request_id=new_id()), academy.as_("he")) == code


def test_a_version_that_is_too_large_is_refused(academy: Academy) -> None:
    large = body(cards=[Card(key=f"k{n}", kind="text", zh="字" * 3_990) for n in range(40)])
    said = SaveDraft(course_id=new_id(), version_id=new_id(), code="large", body=large)
    assert academy.world.refusal(said) == "learning.too_large"


def test_what_was_published_is_never_changed_not_even_by_hand(academy: Academy) -> None:
    draft = academy.publish(body())
    assert academy.world.refusal(msgspec.structs.replace(draft, base=1, body=body(9))) == "learning.not_a_draft"
    with academy.world.db.writing_engine.connect() as by_hand, pytest.raises(sa.exc.DatabaseError):
        by_hand.execute(sa.update(CourseVersion).where(CourseVersion.id == draft.version_id).values(body="{}"))
    other = msgspec.structs.replace(draft, version_id=new_id(), code="another-code")
    assert academy.world.refusal(other) == "learning.code_fixed"
    script = msgspec.structs.replace(draft, version_id=new_id(), body=body(kind="script"))
    assert academy.world.refusal(script) == "learning.kind_fixed"


def test_the_next_version_takes_the_place_of_the_last(academy: Academy) -> None:
    first = academy.publish(body())
    second = academy.next_version(first, body(4, title_zh="手冲进阶", audience=for_stores(academy.a)))
    course = academy.world.row(Course, first.course_id)
    assert (course.number, course.title_zh, course.version_id) == (2, "手冲进阶", second.version_id)
    assert course.scopes == [f"store:{academy.a}"] and _version(academy, first).state == "replaced"


def test_a_draft_thrown_away_takes_its_course_along_only_where_it_was_all_there_was(academy: Academy) -> None:
    alone = academy.draft(body(), "he")
    academy.world.must(DiscardCourseDraft(version_id=alone.version_id), academy.as_("he"))
    assert academy.world.row(Course, alone.course_id) is None
    kept = academy.publish(body())
    draft = academy.draft(body(5), course_id=kept.course_id, code=kept.code)
    academy.world.must(DiscardCourseDraft(version_id=draft.version_id))
    assert academy.world.row(Course, kept.course_id).number == 1


def test_a_course_for_one_store_does_not_exist_for_the_other(academy: Academy) -> None:
    here = academy.publish(body(audience=for_stores(academy.a)))
    company = academy.publish(body())
    for who, sees in (("an", True), ("ma", True), ("he", True), ("bo", False), ("mb", False)):
        assert (here.course_id in _visible(academy, who)) is sees and company.course_id in _visible(academy, who), who


def test_only_who_writes_there_sees_versions_with_their_keys(academy: Academy) -> None:
    exam = academy.publish(body(quiz=quiz(kept_by="server"), audience=for_stores(academy.a)))

    def reads(actor: Actor) -> bool:
        with academy.world.looking(actor) as session:
            return session.get(CourseVersion, exam.version_id) is not None

    assert [who for who in ("an", "bo", "ma", "mb", "he") if reads(academy.as_(who))] == ["ma", "he"]


def test_a_retired_course_leaves_devices_and_what_was_done_counts_still(academy: Academy) -> None:
    course = academy.publish(body(2, quiz=quiz()))
    academy.read("an", course, "k1")
    academy.world.must(RetireCourse(course_id=course.course_id, reason="old"))
    assert academy.world.row(Course, course.course_id).scopes == []
    academy.read("an", course, "k2")
    academy.attempt("an", course, RIGHT)
    stands = academy.progress(academy.an, course)
    assert stands is not None and stands.percent == 100 and stands.passed_at is not None
    assert academy.world.refusal(RetireCourse(course_id=course.course_id, reason="again")) == "learning.retired"
    assert academy.world.refusal(msgspec.structs.replace(course, version_id=new_id())) == "learning.retired"
