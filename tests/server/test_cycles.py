"""Performance cycles: five stages by their days, goals both agree to, marks side by side, the interview both confirm, the plan,
the overdue list by store and person, and what is told of it all, each once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract.cycles import AgreeGoals, CloseCycle, ConfirmInterview, MoveCycle, SetPlan, TickPlan, TrackGoal, TurnCycles
from contract.ids import new_id
from contract.scoring import Mark, WithdrawScore
from server.inbox.service import NewItem
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.scoring import cycle_notices, cycle_sides
from tests.server.cycles_of import PIN, Cycled, five
from tests.server.scores_of import DISH
from tests.support.planted import instead


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Cycled]:
    made = Cycled(tmp_path)
    yield made
    made.world.close()


def states(floor: Cycled, whose: str = "an") -> list[str]:
    return [one.state for one in floor.seen(whose).stages]


def lacking(floor: Cycled, stage: int, whose: str = "an") -> list[str]:
    return list(floor.seen(whose).stages[stage].lacks)


def test_a_cycle_opens_its_five_stages_by_date_and_everybody_takes_part_at_once(floor: Cycled) -> None:
    assert [one.person_name for one in floor.board().people] == ["安娜", "安宁", "白露"]
    assert states(floor) == ["running", "ahead", "ahead", "ahead", "ahead"]
    floor.agreed_goals()
    assert states(floor)[0] == "done"
    floor.until("11-25")
    assert states(floor)[:3] == ["done", "running", "ahead"] and states(floor, "ana")[0] == "overdue"
    floor.until("12-01")
    assert states(floor)[1:] == ["overdue", "running", "running", "ahead"]


def test_goals_are_agreed_by_both_and_set_anew_need_both_again(floor: Cycled) -> None:
    said = floor.goals()
    assert floor.must(said, "ma").answer == {"revision": 1}
    assert lacking(floor, 0) == ["agree_person"], "who sets them agrees"
    assert floor.code(floor.goals(), "an") == "cycles.goals_changed", "she has not seen the manager's"
    floor.must(AgreeGoals(part_id=said.part_id, revision=1), "an")
    assert floor.do(AgreeGoals(part_id=said.part_id, revision=1), "an").answer == "merged"
    assert lacking(floor, 0) == []
    floor.must(floor.goals(revision=1), "an")
    assert lacking(floor, 0) == ["agree_manager"]
    assert floor.code(AgreeGoals(part_id=said.part_id, revision=1), "ma") == "cycles.goals_changed", "not to what is no more"
    floor.must(AgreeGoals(part_id=said.part_id, revision=2), "ma")
    assert lacking(floor, 0) == [] and floor.seen().person.goals.manager == "马超"


def test_each_goal_is_tracked_by_words_that_add_up(floor: Cycled) -> None:
    said = floor.agreed_goals()
    first, second = said.goals
    track = TrackGoal(track_id=new_id(), part_id=said.part_id, goal_id=first.id, percent=40, note="进步明显")
    assert floor.code(track, "an") == "cycles.not_yet"
    floor.until("11-23")
    floor.must(track, "an")
    assert lacking(floor, 1) == ["track"]
    floor.must(TrackGoal(track_id=new_id(), part_id=said.part_id, goal_id=second.id, note="已开始带"), "ma")
    assert lacking(floor, 1) == []
    assert [(one.by, one.percent, one.note) for one in floor.seen().person.tracks] == [
        ("安宁", 40, "进步明显"), ("马超", None, "已开始带"),
    ]  # fmt: skip
    assert floor.code(TrackGoal(track_id=new_id(), part_id=said.part_id, goal_id=first.id), "an") == "cycles.nothing_said"
    lost = TrackGoal(track_id=new_id(), part_id=said.part_id, goal_id=new_id(), percent=1)
    assert floor.code(lost, "an") == "cycles.goal_unknown"
    assert floor.code(track, "an") == "operation.already_exists"


def test_a_self_assessment_stands_beside_the_managers_score_and_hqs_and_counts_for_none_of_them(floor: Cycled) -> None:
    floor.until("12-01")
    assert lacking(floor, 3) == ["self", "manager"]
    floor.must(floor.assess(value="70"), "an")
    assert lacking(floor, 3) == ["manager"]
    floor.must(floor.score(), "ma")
    floor.must(floor.score(marks=[Mark(metric=DISH, value="80")]), "ma")
    assert lacking(floor, 3) == [] and lacking(floor, 2) == []
    floor.must(floor.score(marks=[Mark(metric=DISH, value="60")]), "he")
    [mark] = [one for one in floor.seen().marks if one.metric == DISH]
    assert (mark.own, mark.manager, mark.hq, mark.n) == ("70", "85", "60", 2)
    assert floor.seen(who="an").marks == floor.seen(who="ma").marks, "both sides see the same"


def test_a_withdrawn_card_no_longer_counts_as_scored(floor: Cycled) -> None:
    floor.until("12-01")
    card = floor.score()
    floor.must(card, "ma")
    assert floor.seen().person.scored == ["2026-11"]
    floor.must(WithdrawScore(correction_id=new_id(), card_id=card.card_id, reason="错人"), "ma")
    assert floor.seen().person.scored == [] and "months" in lacking(floor, 2)


def test_the_interview_note_needs_both_confirmations_of_the_note_as_it_stands(floor: Cycled) -> None:
    floor.until("12-06")
    assert floor.code(floor.confirms("an"), "an") == "cycles.no_note"
    assert floor.code(floor.note(), "an") == "cycles.manager_only"
    assert floor.code(floor.note(held_on="2026-12-30"), "ma") == "cycles.held_ahead"
    floor.must(floor.note(), "ma")
    assert lacking(floor, 4) == ["confirm_person", "confirm_manager", "plan"]
    assert [who for who, _ in floor.heard("N-22_talk")] == ["an"]
    floor.must(floor.confirms("ma"), "ma")
    assert lacking(floor, 4) == ["confirm_person", "plan"], "one alone is not enough"
    floor.must(floor.confirms("an"), "an")
    assert lacking(floor, 4) == ["plan"]
    floor.must(floor.note(note="改写后的记录"), "ma")
    assert lacking(floor, 4) == ["confirm_person", "confirm_manager", "plan"], "what was confirmed is not what stands there now"
    assert floor.code(floor.confirms("an"), "an") == "cycles.note_changed"
    for who in ("an", "ma"):
        floor.must(floor.confirms(who, revision=2), who)
    floor.must(floor.plan(), "ma")
    assert states(floor)[4] == "done"


def test_the_plan_is_ticked_by_either_side_and_ticks_stay_when_it_is_set_anew(floor: Cycled) -> None:
    floor.until("12-06")
    said = floor.plan()
    assert floor.code(said, "an") == "cycles.manager_only"
    floor.must(said, "ma")
    [action] = said.actions
    floor.must(TickPlan(part_id=said.part_id, action_id=action.id), "an")
    assert floor.do(TickPlan(part_id=said.part_id, action_id=action.id), "ma").answer == "merged"
    more = SetPlan(part_id=said.part_id, actions=[action, *floor.plan().actions])
    floor.must(more, "ma")
    assert [(one.done_by, one.done_ms is None) for one in floor.seen().person.plan] == [("安宁", False), ("", True)]
    floor.must(CloseCycle(cycle_id=floor.cycle, reason="结束"), "he")
    floor.must(TickPlan(part_id=said.part_id, action_id=more.actions[1].id), "an")
    assert floor.code(floor.plan(), "ma") == "cycles.closed", "ticked after the cycle, not written anew"
    unknown = floor.plan(course_id=new_id())
    assert floor.code(TickPlan(part_id=said.part_id, action_id=new_id()), "an") == "cycles.action_unknown"
    assert floor.code(unknown, "ma") == "cycles.closed"


def test_the_overdue_list_names_store_and_person_and_who_must_do_it(floor: Cycled) -> None:
    floor.agreed_goals()
    floor.until("11-23")
    found = [(one.store_name, one.person_name, one.stage, one.lack, one.side, one.until) for one in floor.board().overdue]
    assert found == [
        ("乙店", "白露", "goals", "goals", "manager", "2026-11-22"),
        ("甲店", "安娜", "goals", "goals", "manager", "2026-11-22"),
    ]  # fmt: skip
    assert {one.store_name for one in floor.board("ma").overdue} == {"甲店"}, "a manager sees their own store"
    [goals] = [one.stages[0] for one in floor.board().stores if one.store_name == "甲店"]
    assert (goals.of, goals.done, goals.overdue) == (2, 1, 1)
    floor.must(CloseCycle(cycle_id=floor.cycle, reason="提前结束"), "he")
    assert floor.board().overdue == []


def test_each_is_told_that_a_stage_opens_ends_soon_is_over_and_the_job_twice_tells_once(floor: Cycled) -> None:
    floor.turn()
    floor.turn()
    assert sorted(who for who, _ in floor.heard("N-22")) == ["an", "ana", "bo"]
    assert floor.heard("N-22_late") == [] and floor.heard("N-22_near") == [], "goals are the manager's to begin with"
    team = [(who, facts["store"], facts["missing_en"]) for who, facts in floor.heard("N-22_team")]
    assert ("ma", "甲店", "2 without goals") in team and ("mb", "乙店", "1 without goals") in team
    floor.must(floor.goals(), "ma")
    floor.until("11-25")
    late = floor.heard("N-22_late")
    assert [(who, facts["missing_en"]) for who, facts in late] == [("an", "agree to the goals")]
    assert len([1 for who, facts in floor.heard("N-22_team") if who == "ma" and facts["what_en"] == "is overdue"]) == 1
    before = {key: len(floor.heard(key)) for key in ("N-22", "N-22_near", "N-22_late", "N-22_team")}
    floor.turn()
    floor.world.must(TurnCycles(notices=[]), Actor.system())
    assert before == {key: len(floor.heard(key)) for key in before}
    with instead(cycle_notices, "NewItem", lambda *given: NewItem(*given[:6], new_id())):
        floor.until("11-26")
    assert before != {key: len(floor.heard(key)) for key in before}, "the planted fault is seen"


def test_nobody_is_asked_how_far_goals_are_that_nobody_has_set(floor: Cycled) -> None:
    """An has goals, Ana and Bo have none: their managers were told of that, and nobody asks them for progress."""
    floor.agreed_goals()

    def told() -> tuple[list[str], list[tuple[str, str]]]:
        mine = {who for key in ("N-22", "N-22_near", "N-22_late") for who, facts in floor.heard(key)
                if facts["stage_en"] == "Tracking"}  # fmt: skip
        team = {(who, facts["missing_en"]) for who, facts in floor.heard("N-22_team") if facts["stage_en"] == "Tracking"}
        return sorted(mine), sorted(team)

    floor.until("11-27")
    assert told() == (["an"], [("ma", "1 without progress on a goal")])
    with instead(cycle_notices, "asked", lambda missing, goals: missing):
        floor.until("11-28")
    assert told()[0] == ["an", "ana", "bo"], "the planted fault is seen"


def test_a_manager_reads_3_staff_not_scored(floor: Cycled) -> None:
    floor.ids["three"] = floor.world.hire("第三人")
    floor.world.post(floor.ids["three"], floor.a)
    floor.until("12-03")
    said = [facts["missing_en"] for who, facts in floor.heard("N-22_team") if who == "ma" and facts["stage_en"] == "Figures"]
    assert said and set(said) == {"3 staff not scored"}
    floor.must(floor.score(), "ma")
    floor.until("12-06")
    told = [facts for who, facts in floor.heard("N-22_team") if who == "ma" and facts["stage_en"] == "Evaluation"]
    assert told[-1]["missing_en"] == "3 have not assessed themselves; 2 staff not scored"


def test_what_was_done_is_not_asked_of_anybody_any_more(floor: Cycled) -> None:
    floor.must(floor.goals(), "ma")
    floor.until("11-23")
    assert floor.open_items("N-22_late") == ["an"]
    floor.must(AgreeGoals(part_id=floor.part_of("an"), revision=1), "an")
    assert floor.open_items("N-22_late") == []


def test_who_comes_takes_part_who_goes_does_not_and_the_part_follows_to_the_next_store(floor: Cycled) -> None:
    assert floor.turn() == 0, "again it is none"
    floor.ids["neu"] = floor.world.hire("新人")
    floor.world.post(floor.ids["neu"], floor.b, "2026-11-20", "2026-11-22")
    assert floor.turn() == 1
    assert [one.stages[0].of for one in floor.board().stores] == [2, 2]
    assert "新人" in [one.person_name for one in floor.board("mb").people]
    floor.world.post(floor.ids["neu"], floor.a, "2026-11-22")
    floor.until("11-22")
    assert "新人" in [one.person_name for one in floor.board("ma").people]
    assert "新人" not in [one.person_name for one in floor.board("mb").people]


def test_only_the_person_and_the_manager_of_their_store_speak_in_a_part(floor: Cycled) -> None:
    said = floor.goals()
    assert floor.code(said, "bo") == "cycles.part_unknown" and floor.code(said, "mb") == "cycles.part_unknown"
    assert floor.code(said, "ana") == "cycles.part_unknown", "a colleague does not even see it"
    assert floor.code(said, "al") == "cycles.not_yours", "who only reads does not speak"
    proven = msgspec.structs.replace(said, kiosk=PIN)
    assert floor.at(floor.tablet(floor.a), "ma", said) == "cycles.pin_needed"
    assert floor.at(floor.tablet(floor.b), "ma", proven) == "cycles.not_yours", "another store's tablet"
    for nobody in ("mb", "ana", None):
        assert floor.at(floor.tablet(floor.a), nobody, proven) == "cycles.not_yours"
    assert floor.at(floor.phone("ana"), None, said) == "cycles.not_yours"
    with instead(cycle_sides, "leads_at", lambda *_: True):
        assert isinstance(floor.at(floor.tablet(floor.a), "ana", proven), dict), "the planted fault is seen"
    assert floor.at(floor.tablet(floor.a), "ma", msgspec.structs.replace(proven, revision=1)) == {"revision": 2}
    assert floor.at(floor.phone("an"), None, AgreeGoals(part_id=said.part_id, revision=2)) == "applied"


def test_a_part_is_on_the_own_phone_and_the_desk_of_the_store_and_nowhere_else(floor: Cycled) -> None:
    rows = floor.world.rows(sa.select(SyncChange).where(SyncChange.pk == floor.part_of("an")))
    assert {row.scope for row in rows if not row.gone} == {f"private:{floor.ids['an']}", f"desk:{floor.a}"}


def test_bad_cycles_are_refused_by_name(floor: Cycled) -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        ({"to_month": "2026-10"}, "cycles.months_order"),
        ({"to_month": "2028-10"}, "cycles.months_many"),
        ({"stages": [*five()[1:], five()[0]]}, "cycles.stages_order"),
        ({"posts": [new_id()]}, "org.post_unknown"),
        ({"stores": [new_id()]}, "stores.unknown"),
    ]
    for more, code in bad:
        assert floor.code(floor.opening(**more), "he") == code
    assert floor.code(floor.opening(cycle_id=floor.cycle), "he") == "operation.already_exists"
    assert floor.code(floor.opening(), "ma") == "access.not_allowed"
    lost = MoveCycle(cycle_id=new_id(), stages=five(), reason="r")
    assert floor.code(lost, "he") == "cycles.unknown"
    twice = floor.goals()
    assert floor.code(msgspec.structs.replace(twice, goals=twice.goals[:1] * 2), "ma") == "cycles.named_twice"
    unmeasured = msgspec.structs.replace(twice, goals=[msgspec.structs.replace(twice.goals[0], metric="no_such")])
    assert floor.code(unmeasured, "ma") == "scoring.metric_unknown"
    assert floor.code(ConfirmInterview(part_id=new_id(), revision=1), "an") == "cycles.part_unknown"
    outcome = floor.do(TurnCycles(notices=[]), "he")
    assert outcome.code == "access.not_allowed"


def test_a_cycle_is_for_the_posts_and_stores_it_names_and_moves_its_days(tmp_path: Path) -> None:
    floor = Cycled(tmp_path, opened=False)
    floor.cycle = floor.opens(stores=[floor.b])
    assert [one.person_name for one in floor.board().people] == ["白露"]
    moved = five(("11-25", "11-26"), ("11-26", "11-27"), *[("11-28", "12-02"), ("12-01", "12-05"), ("12-06", "12-10")])
    floor.must(MoveCycle(cycle_id=floor.cycle, stages=moved, reason="盘点"), "he")
    assert floor.code(floor.goals("bo"), "mb") == "cycles.not_yet"
    floor.world.close()
