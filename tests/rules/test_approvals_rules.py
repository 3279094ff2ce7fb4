"""The rules of requests: the order of steps, who may sign, deadlines, what a flow may say. Facts in, judgments out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.approvals import FormField, StepRule
from server.approvals import rules
from server.approvals.presets import presets
from server.approvals.rules import Advance, Deciders, Right, StepFacts

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
ROLES = ("employee", "hr", "leader", "qa")


def yes(_step_id: str) -> bool:
    return True


def no(_step_id: str) -> bool:
    return False


def facts(*steps: tuple[str, int, str], **more: Any) -> list[StepFacts]:
    return [StepFacts(step_id, turn, state, **more) for step_id, turn, state in steps]


def test_the_first_order_opens_whole_and_the_next_waits() -> None:
    steps = facts(("a", 1, "waiting"), ("b", 1, "waiting"), ("c", 2, "waiting"))
    assert rules.advance(steps, (), yes) == Advance(["a", "b"], [], False)


def test_the_next_order_opens_when_all_of_one_are_done() -> None:
    assert rules.advance(facts(("a", 1, "approved"), ("b", 1, "open"), ("c", 2, "waiting")), (), yes) == Advance([], [], False)
    assert rules.advance(facts(("a", 1, "approved"), ("b", 1, "approved"), ("c", 2, "waiting")), (), yes).opens == ["c"]


def test_a_refused_step_opens_nothing_more() -> None:
    assert rules.advance(facts(("a", 1, "refused"), ("b", 2, "waiting")), (), yes) == Advance([], [], False)


def test_an_extra_step_takes_place_only_with_its_warning() -> None:
    steps = [StepFacts("a", 1, "approved"), StepFacts("over", 2, "waiting", only_if="over_headcount")]
    assert rules.advance(steps, (), yes) == Advance([], [("over", "not_needed")], True)
    assert rules.advance(steps, ("over_headcount",), yes) == Advance(["over"], [], False)


def test_only_an_optional_step_is_passed_over_when_nobody_can_decide_it() -> None:
    optional = [StepFacts("qa", 1, "waiting", mandatory=False), StepFacts("hr", 2, "waiting")]
    assert rules.advance(optional, (), no) == Advance(["hr"], [("qa", "nobody")], False)
    assert rules.advance([StepFacts("qa", 1, "waiting")], (), no) == Advance(["qa"], [], False), "it waits for a name"


states = st.sampled_from(("waiting", "open", "approved", "refused", "skipped"))
drawn = st.lists(st.tuples(st.integers(1, 4), states, st.booleans(), st.sampled_from((None, "x"))), min_size=1, max_size=7)


@given(drawn=drawn, warned=st.booleans(), can=st.booleans())
def test_whatever_the_states_nothing_opens_before_its_turn_and_nothing_mandatory_is_skipped(
    drawn: list[tuple[int, str, bool, str | None]], warned: bool, can: bool
) -> None:
    steps = [StepFacts(str(n), turn, state, must, only) for n, (turn, state, must, only) in enumerate(drawn)]
    found = rules.advance(steps, ("x",) if warned else (), lambda _: can)
    known = {step.id: step for step in steps}
    skipped = {step_id for step_id, _ in found.skips}
    for step_id in [*found.opens, *skipped]:
        assert known[step_id].state == "waiting"
        before = [step for step in steps if step.turn < known[step_id].turn]
        assert all(step.state in rules.DONE or step.id in skipped for step in before)
    assert all(not known[step_id].mandatory or known[step_id].only_if is not None for step_id in skipped)
    assert found.approved == all(step.state in rules.DONE or step.id in skipped for step in steps)
    assert not (found.approved and found.opens)


def test_steps_are_the_same_in_whatever_order_they_are_given() -> None:
    steps = facts(("a", 1, "approved"), ("b", 2, "waiting"), ("c", 2, "waiting"), ("d", 3, "waiting"))
    found = {tuple(sorted(rules.advance(list(order), (), yes).opens)) for order in permutations(steps)}
    assert found == {("b", "c")}


@pytest.mark.parametrize(
    ("named", "barred", "above", "must_go_up", "want"),
    [
        (["m"], set(), ["n"], True, Deciders(["m"])),
        (["m"], {"m"}, ["m", "n"], True, Deciders(["n"], from_above=True)),
        ([None], set(), [None, "n"], True, Deciders(["n"], from_above=True)),
        ([], set(), ["n"], False, Deciders([])),
        (["h1", "h2"], {"h1"}, ["n"], False, Deciders(["h2"])),
        (["h1"], {"h1"}, ["n"], False, Deciders(["n"], from_above=True)),
        (["m"], {"m", "n"}, ["n"], True, Deciders([])),
        (["h", "h"], set(), [], False, Deciders(["h"])),
    ],
)
def test_who_decides(
    named: list[str | None], barred: set[str], above: list[str | None], must_go_up: bool, want: Deciders
) -> None:  # fmt: skip
    assert rules.deciders(named, barred, above, must_go_up=must_go_up) == want


@given(
    holders=st.lists(st.sampled_from("abc"), max_size=3),
    pairs=st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abcd"))),
    used=st.sets(st.sampled_from("abc")), barred=st.sets(st.sampled_from("abcd")), who=st.sampled_from("abcd"),
)  # fmt: skip
def test_a_right_is_ones_own_or_of_a_holder_one_stands_in_for_and_is_used_once(
    holders: list[str], pairs: list[tuple[str, str]], used: set[str], barred: set[str], who: str
) -> None:
    right = rules.right_of(who, holders, pairs, used, barred)
    if right is None:
        own = who in holders and who not in used
        lent = any(delegate == who and owner in holders and owner not in used for delegate, owner in pairs)
        assert who in barred or not (own or lent)
    else:
        assert who not in barred and right.for_id in holders and right.for_id not in used
        assert right.for_id == who or (who, right.for_id) in pairs


def test_ones_own_right_comes_before_a_lent_one() -> None:
    assert rules.right_of("a", ["a", "b"], [("a", "b")], set(), set()) == Right("a")
    assert rules.right_of("a", ["a", "b"], [("a", "b")], {"a"}, set()) == Right("b")


@pytest.mark.parametrize(
    ("request_state", "step_state", "decision", "comment", "want"),
    [
        ("running", "open", "approve", "", None),
        ("running", "open", "refuse", "why", None),
        ("running", "open", "refuse", " \n", "approvals.reason_missing"),
        ("running", "waiting", "approve", "", "approvals.not_open"),
        ("running", "approved", "refuse", "x", "approvals.already_decided"),
        ("running", "skipped", "approve", "", "approvals.already_decided"),
        ("withdrawn", "open", "approve", "", "approvals.ended"),
    ],
)
def test_whether_a_decision_can_be_taken(
    request_state: str, step_state: str, decision: str, comment: str, want: str | None
) -> None:  # fmt: skip
    assert rules.may_decide(request_state, step_state, decision, comment) == want


def test_a_deadline_is_plain_hours_and_the_manager_hears_a_day_later() -> None:
    due = rules.due(NOON, 48)
    assert due == NOON + timedelta(hours=48) and rules.due(NOON, None) is None
    assert due is not None
    assert not rules.is_overdue(due, due - timedelta(seconds=1)) and rules.is_overdue(due, due)
    assert not rules.is_escalated(due, due + timedelta(hours=23)) and rules.is_escalated(due, due + timedelta(hours=24))
    assert not rules.is_overdue(None, NOON) and not rules.is_escalated(None, NOON)


def made(**more: Any) -> StepRule:
    values = {"key": "a", "order": 1, "title_zh": "t", "title_en": "t", "by": "role", "who": "hr", **more}
    return StepRule(**values)


def asked(**more: Any) -> FormField:
    return FormField(**{"key": "k", "label_zh": "l", "label_en": "l", "kind": "text", **more})


@pytest.mark.parametrize(
    ("fields", "steps", "want"),
    [
        ([], [made()], None),
        ([asked(), asked()], [made()], ("fields[1].key", "approvals.key_twice")),
        ([asked(kind="choice")], [made()], ("fields[0].choices", "approvals.choices_missing")),
        ([asked(least=5, most=2)], [made()], ("fields[0].most", "approvals.bounds_crossed")),
        ([], [made(), made()], ("steps[1].key", "approvals.key_twice")),
        ([], [made(who="king")], ("steps[0].who", "approvals.who_unknown")),
        ([], [made(by="relation", who="hr")], ("steps[0].who", "approvals.who_unknown")),
        ([], [made(by="relation", who="own_manager", signatures=2)], ("steps[0].signatures", "approvals.one_manager")),
        ([], [made(by="relation", who="receiving_manager")], ("steps[0].who", "approvals.store_needed")),
        ([asked(kind="store", required=False)], [made(by="relation", who="receiving_manager")],
         ("steps[0].who", "approvals.store_needed")),
        ([asked(kind="store")], [made(by="relation", who="receiving_manager")], None),
        ([], [made(mandatory=False)], ("steps", "approvals.nobody_must_decide")),
        ([], [made(by="relation", who="applicant")], ("steps", "approvals.nobody_must_decide")),
        ([], [made(only_if="over_headcount")], ("steps", "approvals.nobody_must_decide")),
    ],
)  # fmt: skip
def test_what_a_flow_may_say(fields: list[FormField], steps: list[StepRule], want: tuple[str, str] | None) -> None:
    assert rules.judge_flow(fields, steps, ROLES) == want


def test_every_preset_may_be_published() -> None:
    found = {flow.kind: rules.judge_flow(flow.fields, flow.steps, ROLES) for flow in presets()}
    assert len(found) == 10 and set(found.values()) == {None}


def test_a_rule_that_opens_the_next_order_too_early_is_found() -> None:
    """The control: with one step of an order still open a hasty rule would open the next."""

    def hasty(steps: list[StepFacts]) -> list[str]:
        first = min(step.turn for step in steps if step.state == "waiting")
        return [step.id for step in steps if step.turn == first and step.state == "waiting"]

    steps = facts(("a", 1, "approved"), ("b", 1, "open"), ("c", 2, "waiting"))
    assert hasty(steps) == ["c"] and rules.advance(steps, (), yes).opens == []
