"""The judge of forms: what fits, what does not, and in which words it is told."""

from __future__ import annotations

from typing import Any

import pytest

from contract.approvals import FieldKind, FormField
from contract.forms import Choice, Wrong, choices_of, judge_form, read_choice
from contract.refusals import REFUSALS


def field(kind: FieldKind, **more: Any) -> FormField:
    return FormField(key="it", label_zh="它", label_en="It", kind=kind, **more)


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        (field("text"), "because", None),
        (field("text"), "   ", "form.missing"),
        (field("text"), None, "form.missing"),
        (field("text", required=False), None, None),
        (field("text", least=3), "ab", "form.too_short"),
        (field("text", most=3), "abcd", "form.too_long"),
        (field("text"), "x" * 121, "form.too_long"),
        (field("text", most=9_999), "x" * 121, "form.too_long"),
        (field("long_text"), "x" * 1_000, None),
        (field("text"), "a\x00b", "form.not_a_text"),
        (field("text"), 7, "form.not_a_text"),
        (field("number", least=1, most=5), 5, None),
        (field("number", least=1), 0, "form.too_small"),
        (field("number", most=5), 6, "form.too_big"),
        (field("number"), True, "form.not_a_number"),
        (field("number"), "5", "form.not_a_number"),
        (field("number"), 0, None),
        (field("date"), "2026-02-28", None),
        (field("date"), "2026-02-29", "form.not_a_day"),
        (field("date"), "20260228", "form.not_a_day"),
        (field("date"), "tomorrow", "form.not_a_day"),
        (field("choice", choices=["a", "b|乙|B"]), "b", None),
        (field("choice", choices=["a", "b|乙|B"]), "乙", "form.not_a_choice"),
        (field("choice"), "a", "form.not_a_choice"),
        (field("yes_no"), False, None),
        (field("yes_no"), "no", "form.not_yes_or_no"),
        (field("half_day"), "first_half", None),
        (field("half_day"), "noon", "form.not_a_choice"),
        (field("store"), "S-12", None),
        (field("store", choices=["s1|豫园店"]), "S-12", "form.not_a_choice"),
        (field("post", choices=["s1|豫园店"]), "s1", None),
        (field("person"), "x" * 121, "form.too_long"),
        (field("photo"), "ab" * 32, None),
        (field("photo"), "AB" * 32, "form.not_a_photo"),
        (field("photo"), "me.jpg", "form.not_a_photo"),
        (field("photo"), f"{'ab' * 32},{'cd' * 32}", "form.too_many_photos"),
        (field("photo", most=2), f"{'ab' * 32},{'cd' * 32}", None),
        (field("photo", most=2), f"{'ab' * 32},{'ab' * 32}", "form.not_a_photo"),
        (field("photo", most=9), ",".join(f"{n:064x}" for n in range(4)), "form.too_many_photos"),
        (field("photo", required=False), "", None),
    ],
)
def test_an_answer_fits_its_field_or_is_told_why_not(asked: FormField, answer: Any, code: str | None) -> None:
    found = judge_form([asked], {"it": answer})
    assert [wrong.code for wrong in found] == ([] if code is None else [code])
    assert all(wrong.code in REFUSALS for wrong in found)


def test_an_answer_to_no_field_is_not_passed_over() -> None:
    assert judge_form([field("text")], {"it": "yes", "pay": 9}) == [Wrong("pay", "form.unknown_field", {})]


def test_everything_wrong_is_told_at_once_in_the_order_of_the_fields() -> None:
    one, two = field("date"), FormField(key="why", label_zh="理由", label_en="Why", kind="text")
    assert [(wrong.key, wrong.code) for wrong in judge_form([one, two], {})] == [("it", "form.missing"), ("why", "form.missing")]


def test_a_choice_reads_in_both_languages() -> None:
    assert read_choice("annual|年假|Annual leave") == Choice("annual", "年假", "Annual leave")
    assert read_choice("s1|豫园店") == Choice("s1", "豫园店", "豫园店")
    assert choices_of(field("choice", choices=["red"])) == [Choice("red", "red", "red")]
