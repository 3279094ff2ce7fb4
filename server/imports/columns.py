"""What the columns of somebody's own file mean: guessed by their headings, said by a person, judged before a line is read.

A meaning is one of `MEANINGS`, or `value:CODE` for a column that holds one indicator's values. Columns without a meaning are left
aside. Headings are told apart by name: an empty one is `#3` by its place, the second of two alike has its place behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from contract.imports import ValueImportTerms
from server.imports.rules import columns_meant, plain_heading
from server.kernel.problems import Problem

MEANINGS: Mapping[str, tuple[str, ...]] = {
    "indicator": ("indicator", "指标", "指标代码", "指标名称", "kpi", "metric"),
    "person": (
        "person", "person number", "employee", "number", "工号", "员工编号", "人员", "员工号", "人员编号", "employee number",
        "employee id", "staff number", "staff id",
    ),
    "person_name": ("person name", "name", "姓名", "员工姓名", "人员姓名", "employee name", "staff name"),
    "store": ("store", "store number", "门店", "门店编号", "店号", "门店名称", "店铺", "店名", "store name", "shop"),
    "from": ("from", "from day", "开始日期", "起始日期", "start date"),
    "to": ("to", "to day", "结束日期", "截止日期", "end date"),
    "day": ("day", "date", "日期", "统计日期"),
    "month": ("month", "月份", "月", "统计月份", "所属月份", "period"),
    "value": ("value", "score", "数值", "得分", "值", "分数", "结果", "实际值"),
    "n": ("n", "cases", "样本数", "样本量", "件数", "sample size"),
}  # fmt: skip
VALUE_OF = "value:"
ASIDE = ""
_LEAST_WITHIN = 2  # letters a word has, to be looked for inside a longer heading


def named(heading: Sequence[str]) -> list[str]:
    """The headings with a name of its own for each: what the file says, or the place of what says nothing or the same again."""
    found: list[str] = []
    taken: set[str] = set()
    for place, word in enumerate(heading, 1):
        name = word[:100] or f"#{place}"
        while name in taken:
            name = f"{name} #{place}"
        taken.add(name)
        found.append(name)
    return found


def guessed(headings: Sequence[str], indicators: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """The likely meaning of each heading that has one. `indicators`: by code, the words each goes by. A heading that is one of
    our words is taken before one that has it within; where columns are named after indicators, no other column is the value."""
    found = {heading: meaning for meaning, heading in columns_meant(headings, MEANINGS).items()}
    exact = set(found.values())
    long = {"value", "indicator"} <= exact
    codes = {plain_heading(word): code for code, words in indicators.items() for word in (*words, code) if plain_heading(word)}
    wide: dict[str, str] = {}
    for heading in headings:
        code = _within(plain_heading(heading), codes)
        if not long and heading not in found and code is not None and VALUE_OF + code not in wide.values():
            wide[heading] = VALUE_OF + code
    if wide:
        found = {heading: meaning for heading, meaning in found.items() if meaning not in ("value", "indicator")} | wide
    words = {plain_heading(word): meaning for meaning, known in MEANINGS.items() for word in known}
    for heading in headings:
        meaning = _within(plain_heading(heading), words) if heading not in found else None
        if meaning is not None and meaning not in found.values() and not (wide and meaning in ("value", "indicator")):
            found[heading] = meaning
    return {heading: found[heading] for heading in headings if heading in found}


def _within(heading: str, words: Mapping[str, str]) -> str | None:
    """What the longest of these words means that is the heading, or is within it."""
    long = (word for word in words if len(word) >= _LEAST_WITHIN and not word.isascii())
    fitting = [heading] if heading in words else [word for word in long if word in heading]
    return words[max(fitting, key=len)] if fitting else None


def understood(columns: Mapping[str, str], headings: Collection[str], codes: Collection[str]) -> dict[str, str]:
    """The heading of each meaning, as somebody said it. Raises Problem at a heading that the file has not, at a meaning or an
    indicator that there is not, and where two columns mean the same."""
    found: dict[str, str] = {}
    for heading, meaning in columns.items():
        if heading not in headings:
            known = ", ".join(list(headings)[:30])
            raise Problem("imports.heading_unknown", field="columns", heading=heading[:100], headings=known[:500])
        if meaning == ASIDE:
            continue
        if meaning.startswith(VALUE_OF):
            if meaning.removeprefix(VALUE_OF) not in codes:
                raise Problem("growth.indicator_unknown", field="columns", indicator=meaning.removeprefix(VALUE_OF)[:40])
        elif meaning not in MEANINGS:
            raise Problem(
                "imports.meaning_unknown", field="columns", meaning=meaning[:60], meanings=", ".join((*MEANINGS, VALUE_OF + "…"))
            )
        if meaning in found:
            raise Problem("imports.meaning_twice", field="columns", meaning=meaning, heading=found[meaning], other=heading)
        found[meaning] = heading
    return found


def judge_complete(meanings: Collection[str], terms: ValueImportTerms) -> None:
    """Whether a line can say all it must: of whom, what, when and how much. Raises Problem naming what is missing."""
    wide = any(meaning.startswith(VALUE_OF) for meaning in meanings)
    if wide and {"value", "indicator"} & set(meanings):
        raise Problem("imports.value_both_ways", field="columns")
    if "value" not in meanings and not wide:
        raise Problem("imports.columns_missing", field="file", columns="value")
    if not {"person", "person_name", "store"} & set(meanings):
        raise Problem("imports.columns_missing", field="file", columns="person, store")
    if not wide and "indicator" not in meanings and not terms.indicator:
        raise Problem("imports.columns_missing", field="file", columns="indicator")
    if not ({"day", "month"} & set(meanings) or {"from", "to"} <= set(meanings) or terms.month):
        raise Problem("imports.columns_missing", field="file", columns="from, to / day / month")
