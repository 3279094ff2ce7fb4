"""Appeals: the employee does not agree, somebody else than before looks again, and what they say is one more fact."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.attendance import ReviewPunch
from contract.corrections import AnswerAppeal, AppealsQuery
from contract.ids import new_id
from contract.moments import to_ms
from server.attendance import appeals as service
from server.attendance import corrections_queries as queries
from server.attendance import keeping
from server.attendance.correction_model import Appeal
from server.attendance.model import Punch, PunchReview
from server.kernel.actors import Actor
from server.kernel.perform import writing
from server.kernel.personal import rows_of
from tests.server.corrections_of import Counter, counter_on_sqlite, shanghai
from tests.server.world import NOON
from tests.support.planted import instead


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = counter_on_sqlite(tmp_path)
    yield made
    made.world.close()


def _rejected(counter: Counter, clock: str = "09:00", by: Actor | None = None) -> str:
    """A punch of Li Wei's that Wu has rejected."""
    punch_id = counter.punch(clock, verdict="review")
    counter.world.must(ReviewPunch(punch_id=punch_id, decision="reject", reason="not seen"), by or counter.as_wu)
    return punch_id


def _answer(appeal_id: str, upheld: bool = True, **more: object) -> AnswerAppeal:
    decision = {"decision": "accept"} if upheld else {}
    return AnswerAppeal(**{"appeal_id": appeal_id, "upheld": upheld, "reason": "the camera shows it", **decision, **more})  # type: ignore[arg-type]


def test_an_appeal_that_is_upheld_decides_anew_and_both_decisions_stay(counter: Counter) -> None:
    punch_id = _rejected(counter)
    op = counter.appeal(punch_id)
    counter.world.must(op, counter.as_li)
    assert counter.counted() == []
    counter.world.must(_answer(op.appeal_id), counter.as_zhao)
    assert counter.counted() == [("20 09:00", "in", "punch")]
    reviews = counter.world.rows(sa.select(PunchReview).where(PunchReview.punch_id == punch_id).order_by(PunchReview.decision))
    assert [(review.decision, review.decided_by) for review in reviews] == [("accept", counter.zhao), ("reject", counter.wu)]
    made = counter.row(Appeal, op.appeal_id)
    assert (made.state, made.answered_by, made.answer) == ("upheld", counter.zhao, "the camera shows it")


def test_an_upheld_appeal_may_set_another_time(counter: Counter) -> None:
    op = counter.appeal(_rejected(counter))
    counter.world.must(op, counter.as_li)
    answer = _answer(op.appeal_id, decision="correct", corrected_ms=to_ms(shanghai("08:50")))
    assert counter.world.refusal(_answer(op.appeal_id, decision="correct"), counter.as_zhao) == "attendance.time_needed"
    assert counter.world.refusal(_answer(op.appeal_id, decision=None), counter.as_zhao) == "attendance.decision_needed"
    counter.world.must(answer, counter.as_zhao)
    assert counter.counted() == [("20 08:50", "in", "punch")]


def test_a_refused_appeal_leaves_the_decision_as_it_was(counter: Counter) -> None:
    punch_id = _rejected(counter)
    op = counter.appeal(punch_id)
    counter.world.must(op, counter.as_li)
    counter.world.must(_answer(op.appeal_id, upheld=False), counter.as_qian)
    assert counter.row(Punch, punch_id).state == "rejected" and counter.row(Appeal, op.appeal_id).state == "refused"


def test_somebody_else_than_who_decided_and_than_the_employee_answers(counter: Counter) -> None:
    op = counter.appeal(_rejected(counter))
    counter.world.must(op, counter.as_li)
    assert counter.world.refusal(_answer(op.appeal_id), counter.as_wu) == "attendance.same_decider"
    assert counter.world.refusal(_answer(op.appeal_id), counter.as_sun) == "attendance.appeal_unknown"
    assert counter.world.refusal(_answer(op.appeal_id), counter.as_li) == "access.not_allowed"
    as_hr = Actor.person(counter.li, new_id(), [("hr", None)])
    assert counter.world.refusal(_answer(op.appeal_id), as_hr) == "attendance.own_appeal"
    assert counter.row(Appeal, op.appeal_id).state == "open"


def test_who_decided_meanwhile_does_not_answer_either(counter: Counter) -> None:
    punch_id = _rejected(counter)
    op = counter.appeal(punch_id)
    counter.world.must(op, counter.as_li)
    counter.world.must(ReviewPunch(punch_id=punch_id, decision="reject", reason="asked again"), counter.as_zhao)
    assert counter.world.refusal(_answer(op.appeal_id), counter.as_zhao) == "attendance.same_decider"
    assert counter.world.do(_answer(op.appeal_id), counter.as_qian).status == "applied"


def test_an_answer_by_the_same_decider_is_refused_by_the_database_too(counter: Counter) -> None:
    """The control: the rule forgotten."""
    op = counter.appeal(_rejected(counter))
    counter.world.must(op, counter.as_li)
    with instead(service.rules, "may_answer", lambda *_: None):
        assert counter.world.refusal(_answer(op.appeal_id), counter.as_wu) == "operation.breaks_a_rule"
    assert counter.row(Appeal, op.appeal_id).state == "open"


def test_what_can_be_appealed_against(counter: Counter) -> None:
    undecided, decided = counter.punch("08:00", verdict="ask"), _rejected(counter)
    hers = counter.punch("09:00", person=counter.wang)
    refusal = counter.world.refusal
    assert refusal(counter.appeal(undecided), counter.as_li) == "attendance.not_decided"
    assert refusal(counter.appeal(hers), counter.as_li) == "attendance.punch_unknown"
    assert refusal(counter.appeal(None), counter.as_li) == "attendance.appeal_about_one_thing"
    assert refusal(counter.appeal(decided, day="2026-11-20"), counter.as_li) == "attendance.appeal_about_one_thing"
    assert refusal(counter.appeal(day="2026-11-21"), counter.as_li) == "attendance.time_in_future"
    assert refusal(counter.appeal(day="2026-02-30"), counter.as_li) == "wire.invalid"
    assert counter.world.rows(sa.select(Appeal)) == []


def test_one_appeal_can_be_open_about_each_thing_and_another_follows_the_answer(counter: Counter) -> None:
    punch_id = _rejected(counter)
    first = counter.appeal(punch_id)
    counter.world.must(first, counter.as_li)
    assert counter.world.refusal(counter.appeal(punch_id), counter.as_li) == "attendance.appeal_open"
    assert counter.world.refusal(counter.appeal(day="2026-11-20"), counter.as_li) is None, "the day is another thing"
    with pytest.raises(sa.exc.IntegrityError), writing(counter.world.db, Actor.system(), op_id=new_id(), now=NOON) as session:
        session.add(Appeal(id=new_id(), person_id=counter.li, punch_id=punch_id, text="t", made_at=NOON, state="open"))
        session.flush()
    counter.world.must(_answer(first.appeal_id, upheld=False), counter.as_zhao)
    assert counter.world.refusal(counter.appeal(punch_id), counter.as_li) is None


@pytest.mark.parametrize("order", list(itertools.permutations(["appeal", "uphold", "refuse"])), ids="-".join)
def test_in_whatever_order_things_are_said_an_appeal_is_answered_once(counter: Counter, order: tuple[str, ...]) -> None:
    punch_id = _rejected(counter)
    op = counter.appeal(punch_id)
    said: list[str | None] = []
    for word in order:
        if word == "appeal":
            said.append(counter.world.refusal(op, counter.as_li))
        else:
            said.append(counter.world.refusal(_answer(op.appeal_id, upheld=word == "uphold"), counter.as_zhao))
    begun = order.index("appeal")
    assert said[:begun] == ["attendance.appeal_unknown"] * begun and said[begun] is None
    assert said[begun + 1 :] == [None, "attendance.appeal_answered"][: 2 - begun]
    state = counter.row(Appeal, op.appeal_id).state
    assert state == ("open" if begun == 2 else {"uphold": "upheld", "refuse": "refused"}[order[begun + 1]])
    assert counter.row(Punch, punch_id).state == ("accepted" if state == "upheld" else "rejected")


def test_whoever_looks_again_is_told_once_and_the_employee_hears_the_answer(counter: Counter) -> None:
    op = counter.appeal(_rejected(counter))
    counter.world.must(op, counter.as_li)
    assert counter.open_items("appeal") == sorted([counter.zhao, counter.qian]), "not Wu, who decided"
    counter.world.must(_answer(op.appeal_id), counter.as_zhao)
    assert counter.open_items("appeal") == [] and len(counter.items("appeal")) == 2
    [told] = counter.items("appeal_answered")
    assert told.receiver_id == counter.li and told.facts["reason"] == "the camera shows it"
    assert told.facts["answer_zh"] != told.facts["answer_en"] and "11-20 09:00" in told.facts["what_en"]


def test_a_day_that_was_appealed_is_answered_in_words(counter: Counter) -> None:
    op = counter.appeal(day="2026-11-19", photo="ab" * 32)
    counter.world.must(op, counter.as_li)
    assert counter.open_items("appeal") == sorted([counter.wu, counter.zhao, counter.qian])
    counter.world.must(_answer(op.appeal_id, decision=None), counter.as_wu)
    assert counter.row(Appeal, op.appeal_id).state == "upheld" and counter.world.rows(sa.select(PunchReview)) == []


def test_appeals_are_read_by_who_made_them_and_who_decides_there(counter: Counter) -> None:
    op = counter.appeal(_rejected(counter))
    counter.world.must(op, counter.as_li)
    seen = {}
    for name, who in (("li", counter.as_li), ("wu", counter.as_wu), ("sun", counter.as_sun), ("zhao", counter.as_zhao)):
        with counter.world.looking(who) as session:
            seen[name] = [row.id for row in queries.appeals_page(session, AppealsQuery(state="open")).items]
    assert seen == {"li": [op.appeal_id], "wu": [op.appeal_id], "sun": [], "zhao": [op.appeal_id]}


def test_the_photo_of_an_appeal_goes_when_its_time_is_over_and_is_part_of_ones_own_data(counter: Counter) -> None:
    photo = "ab" * 32
    file = counter.world.settings.data_dir / "blobs" / "ab" / photo
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"jpeg")
    op = counter.appeal(day="2026-11-19", photo=photo)
    counter.world.must(op, counter.as_li)
    with counter.world.db.snapshot() as connection:
        assert [row.photo for row in rows_of(connection, counter.li)["appeal"]] == [photo]
    counter.world.clock.pass_(days=179)
    assert keeping.remove_old_photos(counter.out) == 0 and file.exists()
    counter.world.clock.pass_(days=2)
    assert keeping.remove_old_photos(counter.out) == 1 and not file.exists()
    assert counter.row(Appeal, op.appeal_id).photo is None
