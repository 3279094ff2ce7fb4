"""Markdown of courses as blocks that labels show: kindly read, never loading anything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mobile.viewmodels.prose import Block, Run, blocks_of, plain, runs_of

CARD = """# 洗手

先用**流动的水**
打湿双手。

1. 涂肥皂
2) 搓 20 秒
   - 指缝

> 客人看得见

---
| 步骤 | 秒 |
|---|---|
| 冲洗 | 10 |
"""


def test_headings_lists_and_paragraphs_come_in_their_order() -> None:
    assert blocks_of(CARD) == (
        Block("heading", (Run("洗手"),), depth=1),
        Block("paragraph", (Run("先用"), Run("流动的水", bold=True), Run("打湿双手。"))),
        Block("item", (Run("涂肥皂"),), "1."),
        Block("item", (Run("搓 20 秒"),), "2)"),
        Block("item", (Run("指缝"),), "•", 1),
        Block("quote", (Run("客人看得见"),)),
        Block("paragraph", (Run("步骤  秒"),)),
        Block("paragraph", (Run("冲洗  10"),)),
    )


def test_marks_of_emphasis_links_and_code_become_words() -> None:
    said = runs_of(r"say *please*, [the **menu**](https://a.example/x) `x_y` snake_case_name 2\*3 ![tea](http://t)")
    assert said == (Run("say please, the "), Run("menu", bold=True), Run(" x_y snake_case_name 2*3 tea"))


def test_code_keeps_its_lines_even_where_nobody_closed_it() -> None:
    assert blocks_of("```\na\n  b\n") == (Block("code", (Run("a\n  b\n"),)),)


def test_the_words_alone_have_no_marks() -> None:
    assert plain("## Tea\n* hot **water**") == "Tea\n• hot water"


@given(st.text(alphabet="ab *_#>|\\-1.\n中", max_size=60))
def test_whatever_is_typed_no_letter_of_it_is_lost(text: str) -> None:
    assert [char for char in plain(text) if char in "ab中"] == [char for char in text if char in "ab中"]
