"""What the rules of rosters are: sets of them, settings that can be meant, points, cover, fairness, and verdicts in words."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contract.messages import LANGUAGES, catalogue
from contract.refusals import REFUSALS
from contract.rostering.presets import CN_2025, EU_2003, PRESETS, SOURCES, source_of
from contract.rostering.rules import (
    CATALOGUE,
    Calendar,
    Load,
    Need,
    Points,
    cover,
    cover_minutes,
    cover_points,
    engine,
    fairness_of,
    filled,
    headcount,
    in_force,
    judge_change,
    judge_cover,
    judge_line,
    load_of,
    points_of,
    setting_of,
    spread_of,
    wrong_settings,
)
from contract.rostering.rules import settings as setting_rules
from contract.rostering.sentences import clock, duration, shift_words, tell
from contract.rostering.shapes import Away, Past, Placed, Profile, RuleSetting, Stay, Worker
from contract.rostering.ways import WAYS, keys_for
from tests.rules.test_roster_properties import shift_on
from tests.support.planted import instead
from tests.support.roster_cases import cases

pytestmark = pytest.mark.fast
FAST = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
MONDAY = "2026-07-27"
CALENDAR = Calendar(MONDAY, "2026-08-09")
JUDGED = sorted({*engine.JUDGES, "locked", "headcount"})
MINUTES = {rule.name for rule in CATALOGUE.values() if rule.per == 15}


def at(day: int, starts: int, ends: int, name: str = "", **more: Any) -> Placed:
    """A shift of a day of the week of 27 July, in Shanghai."""
    from datetime import date

    placed = shift_on(date(2026, 7, 27), day, (starts, ends), name or f"s{day}", **more)
    return msgspec.structs.replace(placed, starts_ms=placed.starts_ms - 6 * 3_600_000, ends_ms=placed.ends_ms - 6 * 3_600_000)


def worker(**more: Any) -> Worker:
    return Worker(**{"person_id": "p", "stays": [Stay(store_id="A", from_day="2000-01-01")], **more})


def profile(*rules: RuleSetting) -> Profile:
    return Profile(code="own", rules=list(rules))


# sets of rules


@pytest.mark.parametrize("code", sorted(PRESETS))
def test_a_preset_can_be_in_force_has_two_names_and_each_rule_once(code: str) -> None:
    preset = PRESETS[code]
    assert wrong_settings(preset.rules) == []
    assert preset.name_zh and preset.name_en and preset.code == code
    assert len({setting.rule for setting in preset.rules}) == len(preset.rules)
    assert {"overlap", "skill_required", "dispatch_window", "approved_leave"} <= set(in_force(preset))


@pytest.mark.parametrize("code", sorted(SOURCES))
def test_what_the_law_says_is_hard_and_set_aside_by_nobody_but_hours_that_people_agree_on(code: str) -> None:
    rules = in_force(PRESETS[code])
    for name in SOURCES[code]:
        agreed = (code, name) == ("cn-2025", "weekly_max")
        assert rules[name].hard, name
        assert rules[name].overridable == agreed, name
        assert source_of(code, name)
    assert source_of(code, "clopen") == ""


def test_the_presets_have_the_numbers_of_their_laws() -> None:
    china, europe = in_force(CN_2025), in_force(EU_2003)
    assert (filled(china["daily_max"])["max"], filled(china["daily_max"])["overtime"]) == (8 * 60, 3 * 60)
    assert filled(china["weekly_max"])["max"] == 40 * 60
    assert filled(china["overtime_month_max"])["max"] == 36 * 60
    assert filled(china["weekly_rest"])["min"] == 24 * 60
    assert filled(china["rest_between"])["min"] == 11 * 60 and china["rest_between"].overridable
    assert filled(europe["rest_between"])["min"] == 11 * 60 and not europe["rest_between"].overridable
    assert filled(europe["weekly_rest"])["min"] == (24 + 11) * 60
    assert filled(europe["weekly_max"])["max"] == 48 * 60
    assert filled(europe["night_max"])["max"] == 8 * 60
    assert filled(in_force(PRESETS["cn-comprehensive-quarter"])["cycle_max"])["standard"] == 62 * 8 * 60
    assert filled(in_force(PRESETS["cn-comprehensive"])["cycle_max"])["standard"] == 248 * 8 * 60 // 12


def test_no_set_of_rules_allows_two_shifts_at_once() -> None:
    off = profile(msgspec.structs.replace(setting_of("overlap"), enabled=False, hard=False, overridable=True))
    (verdict,) = judge_line(worker(), [at(0, 540, 900, "a"), at(0, 840, 1_020, "b")], off, CALENDAR)
    assert (verdict.rule, verdict.level, verdict.overridable) == ("overlap", "hard", False)


WRONG: dict[str, list[RuleSetting]] = {
    "rostering.rule_unknown": [RuleSetting(rule="nothing")],
    "rostering.rule_twice": [setting_of("clopen"), setting_of("clopen")],
    "rostering.rule_fixed": [msgspec.structs.replace(setting_of("overlap"), overridable=True)],
    "rostering.rule_never_hard": [msgspec.structs.replace(setting_of("fair_hours"), hard=True)],
    "rostering.param_unknown": [RuleSetting(rule="clopen", params={"min": 1})],
    "rostering.param_out_of_range": [RuleSetting(rule="rest_between", params={"min": -1})],
    "rostering.weight_out_of_range": [RuleSetting(rule="clopen", weight=10**9)],
    "rostering.rules_contradict": [setting_of("shift_length", min=600, max=240)],
}


@pytest.mark.parametrize("code", sorted(WRONG))
def test_a_set_of_rules_that_cannot_be_meant_is_refused_with_its_code(code: str) -> None:
    found = wrong_settings(WRONG[code])
    assert [wrong.code for wrong in found] == [code]
    assert code in REFUSALS and found[0].field


@pytest.mark.parametrize(
    "rules",
    [
        [setting_of("weekends", free=5, weeks=4)],
        [setting_of("cycle_max", months=5)],
        [setting_of("minor_rules", least_age=20, adult_age=18)],
        [setting_of("part_time_max", day=2_000, week=1_440)],
        [setting_of("break_rule", after=360, after_2=300, min_2=45)],
        [setting_of("shift_length", min=720, max=900), setting_of("daily_max", max=480, overtime=60)],
        [setting_of("shift_length", min=600, max=900), setting_of("rest_between", min=2_400)],
    ],
)
def test_numbers_that_contradict_each_other_are_found(rules: list[RuleSetting]) -> None:
    assert [wrong.code for wrong in wrong_settings(rules)] == ["rostering.rules_contradict"]
    with instead(setting_rules, "_between", lambda params: iter(())):
        assert wrong_settings(rules) == []


def test_a_rule_that_is_switched_off_contradicts_nothing_and_says_nothing() -> None:
    off = msgspec.structs.replace(setting_of("shift_length", min=600, max=240), enabled=False)
    assert wrong_settings([off]) == []
    assert judge_line(worker(), [at(0, 540, 550)], profile(off), CALENDAR) == []


# levels, prices, taps


def test_a_soft_rule_warns_and_costs_its_weight_for_each_begun_quarter_of_an_hour() -> None:
    away = [Away(kind="undesired", starts_ms=at(0, 540, 571).starts_ms, ends_ms=at(0, 540, 571).ends_ms)]
    (verdict,) = judge_line(worker(away=away), [at(0, 480, 960)], profile(setting_of("undesired")), CALENDAR)
    assert (verdict.level, verdict.over, verdict.points, verdict.overridable) == ("soft", 31, 3 * 20, False)
    assert verdict.ways[-1] == "accept"


def test_a_hard_rule_that_may_be_set_aside_says_so_and_a_law_does_not() -> None:
    placed = [at(0, 840, 1_320), at(1, 480, 960)]  # 22:00 to 08:00 is ten hours
    (house,) = judge_line(worker(), placed, profile(setting_of("rest_between")), CALENDAR)
    (law,) = judge_line(worker(), placed, profile(in_force(EU_2003)["rest_between"]), CALENDAR)
    assert (house.level, house.overridable, house.ways[-1]) == ("hard", True, "override")
    assert (law.level, law.overridable, "override" in law.ways) == ("hard", False, False)


def test_a_locked_shift_is_not_moved_nor_taken_away() -> None:
    rules = profile(setting_of("locked"))
    kept = at(0, 540, 1_020, "a", locked=True)
    moved = judge_change(worker(), [kept], at(0, 600, 1_080, "a"), (), rules, CALENDAR)
    gone = judge_change(worker(), [kept], None, ["a"], rules, CALENDAR)
    same = judge_change(worker(), [kept], kept, (), rules, CALENDAR)
    assert [[verdict.rule for verdict in found] for found in (moved, gone, same)] == [["locked"], ["locked"], []]
    assert judge_change(worker(), [kept], None, ["a"], profile(setting_of("clopen")), CALENDAR) == []


def test_taking_a_shift_away_is_never_blamed_for_what_was_broken() -> None:
    placed = [at(day, 540, 1_020) for day in range(9)]
    rules = profile(setting_of("consecutive_days_max"))
    assert len(judge_line(worker(), placed, rules, CALENDAR)) == 3
    assert judge_change(worker(), placed, None, ["s0"], rules, CALENDAR) == []


def test_points_add_up_what_soft_rules_cost_and_wishes_earn() -> None:
    wish = Away(kind="desired", starts_ms=at(0, 540, 600).starts_ms, ends_ms=at(0, 540, 600).ends_ms)
    rules = profile(setting_of("desired"), setting_of("home_store"), setting_of("overtime"), setting_of("cost"),
                    setting_of("rest_between"), setting_of("clopen"))  # fmt: skip
    placed = [at(0, 540, 1_080), at(1, 120, 600)]
    found = {one.rule: (one.points, one.count) for one in points_of(worker(away=[wish], home_store="A", wage_cents_hour=3_000),
                                                                   placed, rules, CALENDAR)}  # fmt: skip
    # one hour wished for: 4 * -10; 17 h at home: 68 * -5; 540 - 480 = 60 of overtime: 4 * 30; 17 h at 30: 510; clopen once 80
    assert found == {"desired": (-40, 1), "home_store": (-340, 2), "overtime": (120, 1), "cost": (510, 1), "clopen": (80, 1)}


def test_a_tap_into_a_month_of_31_days_takes_milliseconds() -> None:
    placed = [at(day, 540, 1_020) for day in range(31)]
    spent = []
    for _ in range(5):
        begun = time.process_time_ns()
        judge_change(worker(), placed, at(9, 600, 1_080, "new"), (), CN_2025, Calendar(MONDAY, "2026-08-26"))
        spent.append(time.process_time_ns() - begun)
    assert sorted(spent)[2] < 20_000_000


# fairness


def test_fairness_is_the_square_of_how_far_somebody_is_from_the_mean() -> None:
    loads = [Load(person_id="a", weekends=5), Load(person_id="b", weekends=1), Load(person_id="c", weekends=0)]
    found = {one.person_id: one.points for one in fairness_of(loads, profile(setting_of("fair_weekends")))}
    # mean 2: (5 - 2)^2 * 60 = 540, (1 - 2)^2 * 60 = 60, (0 - 2)^2 * 60 = 240
    assert found == {"a": 540, "b": 60, "c": 240}
    assert spread_of(loads)["weekends"] == (0, 5)
    assert fairness_of([], profile(setting_of("fair_weekends"))) == []


def test_a_load_is_what_was_before_and_what_is_planned() -> None:
    past = Past(weekends_8w=3, nights_8w=2, early_8w=1, closings_8w=4)
    placed = [at(0, 420, 900), at(2, 1_320, 1_800), at(5, 840, 1_320), at(-7, 420, 900, "old")]
    load = load_of(worker(past=past), placed, CALENDAR)
    # early: 07:00 of day 0; night: day 2; closings: 22:00 of day 5 and the night's 30:00; weekend: day 5
    assert load == Load(person_id="p", minutes=3 * 480, weekends=4, nights=3, early=2, closings=6)


# cover


def test_cover_is_told_stretch_by_stretch() -> None:
    need = Need(store_id="A", day=MONDAY, starts_ms=at(0, 540, 720).starts_ms, ends_ms=at(0, 540, 720).ends_ms, role="till",
                at_least=1, target=2, at_most=2, criticality=3)  # fmt: skip
    placed = [at(0, 600, 900, name, role="till") for name in "abc"] + [at(0, 540, 900, "d", role="food")]
    first, second = judge_cover([need], placed)
    assert (first.minutes, first.have, first.lack, first.short, first.surplus) == (60, 0, 1, 1, 0)
    assert (second.minutes, second.have, second.lack, second.short, second.surplus) == (120, 3, 0, 0, 1)
    assert cover_minutes([first, second]) == {"needed": 360, "have": 360, "lack": 60, "short": 60, "surplus": 120}
    # under_min 1 * 3 * 1,000 and under_target 1 * 100 for 4 quarters; over_max 1^2 * 1 for 8
    assert cover_points([first, second], {}) == {"under_min": (12_000, 4), "under_target": (400, 4), "over_max": (8, 8)}
    few, many = headcount([first, second], profile(setting_of("headcount")))
    assert (few.facts["case"], few.over, many.facts["case"], many.over) == ("few", 1, "many", 1)
    assert headcount([first, second], profile()) == []


BEGINS, LASTS = st.integers(0, 20), st.integers(1, 8)
NEEDS = st.lists(st.tuples(BEGINS, LASTS, st.sampled_from(("*", "till", "")), st.integers(0, 3)), max_size=5)
SHIFTS = st.lists(st.tuples(BEGINS, LASTS, st.sampled_from(("", "till", "food")), st.booleans()), max_size=6)


@FAST
@example([(0, 4, "till", 1), (2, 4, "*", 1)], [(1, 3, "till", False), (1, 9, "food", False)])
@example([(0, 4, "till", 2)], [(0, 4, "till", False)])
@given(NEEDS, SHIFTS)
def test_cover_is_what_counting_every_minute_comes_to(said: Any, worked: Any) -> None:
    needs = [
        Need(store_id="A", day=MONDAY, starts_ms=begins * 900_000, ends_ms=(begins + lasts) * 900_000, role=role, at_least=least)
        for begins, lasts, role, least in said
    ]
    placed = [
        Placed(id=f"s{number}", person_id="p", store_id="A", day=MONDAY, starts_min=begins * 15, ends_min=(begins + lasts) * 15,
               starts_ms=begins * 900_000, ends_ms=(begins + lasts) * 900_000, work_min=lasts * 15, role=role, on_call=on_call)
        for number, (begins, lasts, role, on_call) in enumerate(worked)
    ]  # fmt: skip
    lack = short = 0
    for minute in range(30 * 15):
        for asked in ("*", "till"):
            live = [need for need in needs if need.starts_ms <= minute * 60_000 < need.ends_ms and (need.role or "*") == asked]
            have = sum(
                shift.starts_ms <= minute * 60_000 < shift.ends_ms and not shift.on_call and asked in ("*", shift.role)
                for shift in placed
            )
            if live:
                lack += max(0, sum(need.at_least for need in live) - have)
                short += sum(need.at_least for need in live)
    found = judge_cover(needs, placed)
    assert (cover_minutes(found)["lack"], cover_minutes(found)["needed"]) == (lack, short)


def test_people_who_are_counted_twice_are_found() -> None:
    real = cover._sweep

    def by_twice_as_many(store: str, role: str, wanted: list[Need], there: list[Placed]) -> Any:
        return real(store, role, wanted, there * 2)

    with instead(cover, "_sweep", by_twice_as_many), pytest.raises((AssertionError, ExceptionGroup)):
        test_cover_is_what_counting_every_minute_comes_to()
    assert cover._sweep is real


# words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_name_and_a_reason_and_every_break_and_way_out_its_sentence(language: Any) -> None:
    words = catalogue(language)
    for rule in CATALOGUE:
        assert words[f"rostering.rule.{rule}.name"] and words[f"rostering.rule.{rule}.why"]
    for rule in JUDGED:
        assert any(key.startswith(f"rostering.rule.{rule}.broken") for key in words), rule
        assert WAYS[rule], rule
    for key, ways in WAYS.items():
        for way in keys_for(key.partition(":")[0], key.partition(":")[2], hard=True, overridable=True):
            assert f"rostering.way.{way}" in words
        by_minutes = {*MINUTES, "rest_between", "clopen", "minor_rules:overtime", "minor_rules:rest"}
        assert key in by_minutes or not any("{over}" in words[f"rostering.way.{way}"] for way in ways), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_of_the_table_is_told_without_a_gap(language: Any) -> None:
    told = 0
    for case in cases():
        shifts = {shift.id: shift for shift in case.placed}
        for verdict in case.judged():
            words = tell(language, verdict, shifts, name="张敏", stores={"A": "豫园店", "B": "徐汇店", "C": "静安店"})
            text = " ".join([words.name, words.sentence, words.why, *words.ways])
            assert "…" not in text and "{" not in text and "rostering." not in text, text
            told += 1
    assert told > 90


def test_a_break_is_told_in_the_words_of_the_trade() -> None:
    placed = [at(1, 840, 1_365, "a"), at(2, 420, 900, "b")]
    (verdict,) = judge_line(worker(), placed, profile(setting_of("rest_between")), CALENDAR)
    shifts, stores = {shift.id: shift for shift in placed}, {"A": "Yuyuan"}
    english = tell("en", verdict, shifts, name="Zhang Min", stores=stores)
    assert english.sentence == (
        "8 h 15 min of rest between Tue 07-28 14:00–22:45 Yuyuan and Wed 07-29 07:00–15:00 Yuyuan; it takes 11 h"
    )
    assert english.ways[0] == "Start 2 h 45 min later"
    chinese = tell("zh", verdict, shifts, stores={"A": "豫园店"})
    assert chinese.sentence == "周二 07-28 14:00–22:45 豫园店 到 周三 07-29 07:00–15:00 豫园店 只休息 8小时15分，至少要 11小时"


def test_a_shift_that_lies_in_the_past_is_told_as_such() -> None:
    past = Past(last_end_ms=at(0, 540, 541).starts_ms - 600 * 60_000)
    (verdict,) = judge_line(worker(past=past), [at(0, 540, 1_020)], profile(setting_of("rest_between")), CALENDAR)
    told = tell("en", verdict, {"s0": at(0, 540, 1_020)})
    assert told.sentence == "10 h of rest between the shift before and Mon 07-27 09:00–17:00; it takes 11 h"
    assert tell("en", verdict, {}).sentence == "10 h of rest between the shift before and the shift before; it takes 11 h"


def test_times_and_lengths_are_written_as_clocks_and_people_write_them() -> None:
    assert [clock(minute) for minute in (0, 1_365, 1_440, 1_800)] == ["00:00", "22:45", "00:00", "06:00"]
    assert [duration("en", minutes) for minutes in (0, 45, 60, 495)] == ["0 min", "45 min", "1 h", "8 h 15 min"]
    assert shift_words("zh", at(0, 1_320, 1_800)) == "周一 07-27 22:00–06:00"


def test_points_of_a_line_are_never_of_hard_rules() -> None:
    placed = [at(0, 840, 1_320), at(1, 480, 960)]
    found = points_of(worker(), placed, profile(setting_of("rest_between")), CALENDAR)
    assert found == []
    soft = msgspec.structs.replace(setting_of("rest_between"), hard=False)
    assert points_of(worker(), placed, profile(soft), CALENDAR) == [
        Points(rule="rest_between", tier=1, points=4 * 300, count=1, person_id="p")
    ]
