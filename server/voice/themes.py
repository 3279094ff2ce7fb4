"""Which themes a text is about, by words: Chinese is taken apart by a tokenizer, and a word counts where it begins and
ends with one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import rjieba

_WORD = re.compile(r"[0-9a-z]+|[\u4e00-\u9fff]+")
_COMMON = (
    "的 了 是 我 你 他 她 它 我们 你们 他们 和 与 在 有 不 没 没有 也 都 很 太 就 要 能 会 可以 希望 觉得 感觉 因为 所以 "
    "但是 如果 这个 那个 一个 什么 怎么 有点 有些 现在 已经 还是 还有 时候 每次 非常 比较 "
    "the and for with not has have too very this that our are was"
)
_NO_THEME = frozenset(_COMMON.split())


def tokens(text: str) -> list[str]:
    """The words of a text, lower case, without signs."""
    found: list[str] = []
    for piece in _WORD.findall(text.lower()):
        found += [piece] if piece.isascii() else rjieba.cut(piece)
    return found


def themes_of(text: str, themes: Mapping[str, Sequence[str]]) -> list[str]:
    """The codes of the themes one of whose words the text has, in the order of `themes`. A word of several parts counts where its
    parts follow each other."""
    told = tokens(text)
    inside = {part for piece in _WORD.findall(text.lower()) if not piece.isascii() for part in rjieba.cut_for_search(piece)}
    return [code for code, words in themes.items() if any(_holds(told, inside, tokens(word)) for word in words)]


def _holds(told: Sequence[str], inside: Collection[str], word: Sequence[str]) -> bool:
    """`inside`: also the words that longer ones are made of (工资 in 工资条)."""
    if not word:
        return False
    if len(word) == 1 and word[0] in inside:
        return True
    joined = "".join(word)
    for start in range(len(told)):
        length, end = 0, start
        while end < len(told) and length < len(joined):
            length += len(told[end])
            end += 1
        if "".join(told[start:end]) == joined:
            return True
    return False


def fresh_words(now: Iterable[str], before: Iterable[str], *, least: int = 3, most: int = 12) -> list[tuple[str, int]]:
    """Words that at least `least` texts of now have and none of before, the most frequent first."""
    counted = Counter(word for text in now for word in set(tokens(text)))
    known = {word for text in before for word in tokens(text)}
    found = [
        (word, count)
        for word, count in counted.items()
        if count >= least and word not in known and word not in _NO_THEME and len(word) > 1 and not word.isdecimal()
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:most]
