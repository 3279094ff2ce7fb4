"""Where lines end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kivy.core.text import Label as CoreLabel

from mobile.ui.theme import FONTS
from mobile.ui.widgets.wrap import wrapped

assert FONTS.exists()  # importing the theme registers the fonts that text is measured in
SENTENCE = "只有打卡页打开时才读取位置，只有打卡时才保存。其他时间本应用不知道您在哪里。"

SIZES = (14.0, 16.0, 16.96, 17.0, 20.0, 22.4, 25.6)


def natural(text: str, size: float) -> float:
    """How wide a line is that is drawn in one go."""
    return float(CoreLabel(font_size=size, font_name="Medium").get_extents(text)[0])


def _lines(text: str, width: float) -> list[str]:
    return wrapped(text, width, "Regular", 14).split("\n")


@pytest.mark.parametrize("width", range(60, 420, 20))
def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket(width: int) -> None:
    for line in _lines(SENTENCE + "（“见”《手册》）", width):
        assert line[0] not in "，。）”》" and line[-1] not in "（“《"


def test_nothing_is_lost_and_what_fits_is_left_alone() -> None:
    assert "".join(_lines(SENTENCE, 200)) == SENTENCE
    assert _lines(SENTENCE, 2000) == [SENTENCE]


def test_lines_come_out_about_equally_long() -> None:
    lines = _lines(SENTENCE, 300)
    assert len(lines[-1]) >= len(lines[0]) * 0.6


def test_english_breaks_between_words_only() -> None:
    text = "Read the code on the store's tablet, or add a position from near the entrance."
    assert " ".join(_lines(text, 220)) == text


@given(st.text(alphabet="位置不明，。（）ab c\n", max_size=60), st.integers(min_value=20, max_value=300))
def test_only_spaces_at_line_ends_disappear(text: str, width: int) -> None:
    assert [c for c in wrapped(text, width, "Regular", 14) if not c.isspace()] == [c for c in text if not c.isspace()]


@pytest.mark.parametrize("text", ["提醒还没看的 4 人", "提醒未看的 128 人", "剩 12 小时 47 分", "Remind the 4 who have not"])
def test_what_is_as_wide_as_its_words_keeps_them_on_one_line_at_every_size(text: str) -> None:
    lines = {size: len(wrapped(text, natural(text, size) + 2, "Medium", size).split("\n")) for size in SIZES}
    assert lines == dict.fromkeys(SIZES, 1)


def test_control_a_line_measured_by_its_pieces_breaks_where_it_need_not() -> None:
    text, size = "提醒还没看的 4 人", 16.0
    pieces = sum(natural(unit, size) for unit in ("提", "醒", "还", "没", "看", "的", " ", "4", " ", "人"))
    assert pieces > natural(text, size) + 2
