"""Sets of rules to begin with: Chinese law with standard or comprehensive hours, the EU's, and the house's alone.

What is law is not overridable here; where the law lets people agree (overtime, longer days) it is, with a reason. A company's
lawyer signs its own set off: these are data, copied and changed like any other.

cn-2025: 劳动法 art. 36 and 国务院关于职工工作时间的规定 art. 3 (8 hours a day, 40 a week), art. 38 with
劳办发〔1994〕289 号 (a rest of 24 hours without interruption each week), art. 41 (overtime by agreement, at most 3 hours
a day and 36 a month), art. 15, 58-65 and 女职工劳动保护特别规定 art. 6, 9 (whom the law protects), 劳动合同法 art. 68
(part time: 4 hours a day on average, 24 a week). There is no daily rest in the law: 11 hours are the house's.
cn-comprehensive, cn-comprehensive-quarter: 综合计算工时制, 劳部发〔1994〕503 号 art. 5; a month's standard is a twelfth of 248
days of 8 hours (人社部发〔2025〕2 号), a quarter's 62 days; on average at most 36 hours of overtime a month; at heavy work
no more than 11 hours a day and a day of rest each week (劳部发〔1997〕271 号 art. 7).
eu-2003: Directive 2003/88/EC art. 3 (11 hours of daily rest), art. 4 (a break beyond 6 hours), art. 5 (24 hours a week on top of
those 11: 35), art. 6 (48 hours a week on average; over 4 weeks here, the longest stretch allowed is 4 months), art. 8 (nights of
8 hours); Directive 94/33/EC art. 8-10 for the young (8 hours, 40 a week, 12 hours of rest, nothing from 22 to 6).
plain: no law, only that nobody is in two places and what a shop would want.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from contract.rostering.rules.catalogue import setting_of
from contract.rostering.shapes import Profile, RuleSetting

_WHERE = tuple(
    setting_of(name)
    for name in ("overlap", "skill_required", "dispatch_window", "approved_leave", "unavailable", "course_due")
)
_HOUSE = (
    setting_of("store_open"), setting_of("travel_time"), setting_of("locked"), setting_of("headcount"), setting_of("undesired"),
    setting_of("desired"), setting_of("contract_min_hours"), setting_of("clopen"), setting_of("split_weekend"),
    setting_of("single_day_off"), setting_of("start_jitter"), setting_of("home_store"), setting_of("fair_weekends"),
    setting_of("fair_nights"), setting_of("fair_early"), setting_of("fair_closings"), setting_of("fair_hours"),
    setting_of("under_min"), setting_of("under_target"), setting_of("over_max"), setting_of("changed_published"),
    setting_of("overtime"), setting_of("cost"),
)  # fmt: skip
_HABITS = (
    setting_of("consecutive_days_max"), setting_of("weekends"), setting_of("nights_in_row_max"), setting_of("shift_length"),
)  # fmt: skip
_CN_PROTECTED = (setting_of("protected_no_night"), setting_of("protected_no_overtime"), setting_of("minor_rules"))


def _law(setting: RuleSetting) -> RuleSetting:
    """A rule of the law: hard, and nobody sets it aside."""
    return msgspec.structs.replace(setting, hard=True, overridable=False)


CN_2025 = Profile(
    code="cn-2025", name_zh="中国标准工时", name_en="China, standard hours",
    rules=[
        *_WHERE, setting_of("daily_max"), setting_of("rest_between"), setting_of("weekly_rest"), setting_of("weekly_max"),
        setting_of("overtime_month_max"), setting_of("cycle_max"), setting_of("part_time_max"), *_HABITS,
        setting_of("break_rule"), *_CN_PROTECTED, *_HOUSE,
    ],
)  # fmt: skip


def _comprehensive(code: str, name_zh: str, name_en: str, *, months: int, standard: int) -> Profile:
    return Profile(
        code=code, name_zh=name_zh, name_en=name_en,
        rules=[
            *_WHERE, setting_of("daily_max", max=660, overtime=0), setting_of("rest_between"), setting_of("weekly_rest"),
            setting_of("cycle_max", months=months, standard=standard, overtime=2_160 * months, everybody=1),
            setting_of("part_time_max"), setting_of("consecutive_days_max"), setting_of("weekends"),
            setting_of("nights_in_row_max"), setting_of("shift_length", max=720), setting_of("break_rule"),
            *_CN_PROTECTED, *_HOUSE,
        ],
    )  # fmt: skip


CN_COMPREHENSIVE = _comprehensive(
    "cn-comprehensive", "中国综合工时（按月）", "China, comprehensive hours by month", months=1, standard=9_920
)  # fmt: skip
CN_COMPREHENSIVE_QUARTER = _comprehensive(
    "cn-comprehensive-quarter", "中国综合工时（按季）", "China, comprehensive hours by quarter", months=3, standard=29_760
)  # fmt: skip
EU_2003 = Profile(
    code="eu-2003", name_zh="欧盟工时指令", name_en="EU Working Time Directive",
    rules=[
        *_WHERE, _law(setting_of("rest_between")), setting_of("weekly_rest", min=2_100),
        _law(setting_of("weekly_max", max=2_880, weeks=4, standard_only=0)), setting_of("night_max"), *_HABITS,
        _law(setting_of("break_rule")), setting_of("protected_no_night"),
        setting_of("minor_rules", least_age=15, rest=720), *_HOUSE,
    ],
)  # fmt: skip
PLAIN = Profile(
    code="plain", name_zh="只有本店规则", name_en="House rules only",
    rules=[*_WHERE, setting_of("rest_between"), *_HABITS, *_HOUSE],
)  # fmt: skip

PRESETS: Mapping[str, Profile] = {
    profile.code: profile for profile in (CN_2025, CN_COMPREHENSIVE, CN_COMPREHENSIVE_QUARTER, EU_2003, PLAIN)
}  # fmt: skip
# which law a rule of a preset is of; what is not named is the house's
SOURCES: Mapping[str, Mapping[str, str]] = {
    "cn-2025": {
        "daily_max": "劳动法 art. 36, 41", "weekly_max": "劳动法 art. 36; 国务院关于职工工作时间的规定 art. 3",
        "weekly_rest": "劳动法 art. 38",
        "overtime_month_max": "劳动法 art. 41", "cycle_max": "劳部发〔1994〕503 号 art. 5", "part_time_max": "劳动合同法 art. 68",
        "protected_no_night": "女职工劳动保护特别规定 art. 6, 9", "protected_no_overtime": "女职工劳动保护特别规定 art. 6, 9",
        "minor_rules": "劳动法 art. 15, 58, 64, 65",
    },
    "cn-comprehensive": {
        "daily_max": "劳部发〔1997〕271 号 art. 7", "weekly_rest": "劳动法 art. 38", "cycle_max": "劳部发〔1994〕503 号 art. 5",
        "part_time_max": "劳动合同法 art. 68", "protected_no_night": "女职工劳动保护特别规定 art. 6, 9",
        "protected_no_overtime": "女职工劳动保护特别规定 art. 6, 9", "minor_rules": "劳动法 art. 15, 58, 64, 65",
    },
    "eu-2003": {
        "rest_between": "2003/88/EC art. 3", "weekly_rest": "2003/88/EC art. 5", "weekly_max": "2003/88/EC art. 6, 16",
        "night_max": "2003/88/EC art. 8", "break_rule": "2003/88/EC art. 4", "protected_no_night": "92/85/EEC art. 7",
        "minor_rules": "94/33/EC art. 8-10",
    },
}  # fmt: skip


def source_of(profile_code: str, rule: str) -> str:
    """The law a rule of a preset is of, "" for one of the house; quarters are like months."""
    return SOURCES.get(profile_code.removesuffix("-quarter"), {}).get(rule, "")
