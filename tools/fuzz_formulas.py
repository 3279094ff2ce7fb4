"""Formulas fuzzed: made at random, by mutating good ones and by nesting, read, judged, computed, written and read again.

    python -m tools.fuzz_formulas --inputs 100000 --seed 1

Every text must end in a tree or in a refusal that is declared, within a time limit; nothing else may be raised. A tree written
and read again is the same tree, and computing it raises nothing. Exit code 1 with the text that broke it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

from contract.refusals import REFUSALS
from server.scoring.expressions.computing import compute
from server.scoring.expressions.judging import judge
from server.scoring.expressions.reading import read
from server.scoring.expressions.tree import Tree, WrongFormula, written
from server.scoring.expressions.units import unit_of

SLOWEST_S = 0.25  # of a processor for one text: hundreds of times what the longest takes
GOOD = (
    "complaints / dishes",
    "share(complaints, dishes)",
    "if(orders >= 20, share(on_time, orders), 0)",
    "round(0.5 * [new-dishes] + 0.5 * dishes, 2)",
    "max(0, min(100, 100 - 2 * abs(sales - 40000) / 400))",
    "mean(sum(complaints, dishes), -orders) / (1 + 2.75)",
)
PIECES = (
    *"+-*/(),<>=![]., \t\n", "<=", ">=", "!=", "if(", "min(", "max(", "sum(", "mean(", "round(", "abs(", "share(", "complaints",
    "dishes", "[new-dishes]", "sales", "0", "1", "0.000001", "999999999999999", "1e9", "0x10", "__import__('os')", "a.__class__",
    "lambda", "import", "（", "，", "×", "÷", "\x00", "\ud800", "𝟙", "é", "'", '"', "\\", "{", "}", ";", "%", "^", "**", "//",
    "and", "or",
)  # fmt: skip
UNITS = {
    "complaints": unit_of(""), "dishes": unit_of(""), "orders": unit_of(""), "on_time": unit_of(""), "new-dishes": unit_of(""),
    "sales": unit_of("CNY"),
}  # fmt: skip
FIGURES = {
    "complaints": Fraction(5), "dishes": Fraction(200), "orders": None, "on_time": Fraction(0), "new-dishes": Fraction(-3, 7),
    "sales": Fraction(10**15, 3),
}  # fmt: skip


class Broken(NamedTuple):
    """A text that broke a promise, and which."""

    text: str
    why: str


def texts(seed: int) -> Iterator[str]:
    """Endless texts: of pieces, of good formulas that were changed, and of one thing nested in itself."""
    chance = random.Random(seed)
    while True:
        kind = chance.randrange(4)
        if kind == 0:
            yield "".join(chance.choices(PIECES, k=chance.randrange(1, 40)))
        elif kind == 1:
            yield "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(0x11_0000)))) for _ in range(20))
        elif kind == 2:
            yield _changed(chance.choice(GOOD), chance)
        else:
            yield _nested(chance)


def _changed(text: str, chance: random.Random) -> str:
    for _ in range(chance.randrange(1, 4)):
        place = chance.randrange(len(text) + 1)
        what = chance.randrange(3)
        if what == 0:
            text = text[:place] + chance.choice(PIECES) + text[place:]
        elif what == 1:
            text = text[:place] + text[place + chance.randrange(1, 5) :]
        else:
            text = text[:place] + text[chance.randrange(len(text) + 1) :][:60] + text[place:]
    return text


def _nested(chance: random.Random) -> str:
    deep = chance.choice((1, 5, 23, 24, 25, 26, 60, 120, 240))
    opens, closes = chance.choice(
        (("(", ")"), ("-", ""), ("abs(", ")"), ("1+(", ")"), ("if(1<2,", ",0)"), ("1/", ""), ("2*", ""))
    )
    return opens * deep + "dishes" + closes * chance.choice((deep, deep, deep - 1))


def promise_broken(text: str, reading: Callable[[str], Tree] = read) -> str | None:
    """What this text broke; None: it was read or refused as it must be. `reading`: the reader that is tried."""
    begun = time.thread_time()
    try:
        tree = reading(text)
        if read(written(tree)) != tree:
            return f"written and read again it is another: {written(tree)!r}"
        compute(tree, FIGURES, [])
        judge(tree, UNITS)
    except WrongFormula as wrong:
        if wrong.code not in REFUSALS:
            return f"{wrong.code} is no declared refusal"
        if not 1 <= wrong.at <= len(text) + 1:
            return f"place {wrong.at} is not in the text"
    except Exception as escaped:
        return f"{type(escaped).__name__}: {str(escaped)[:200]}"
    took = time.thread_time() - begun
    return f"it took {took:.3f} s" if took > SLOWEST_S else None


def fuzz(inputs: int, seed: int, reading: Callable[[str], Tree] = read) -> Broken | None:
    """The first of so many texts that breaks a promise."""
    for _, text in zip(range(inputs), texts(seed), strict=False):
        if (why := promise_broken(text, reading)) is not None:
            return Broken(text, why)
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    begun = time.perf_counter()
    broken = fuzz(asked.inputs, asked.seed)
    if broken is not None:
        print(f"broken by {broken.text!r}: {broken.why}")
        return 1
    print(f"{asked.inputs} texts in {time.perf_counter() - begun:.1f} s, no promise broken (seed {asked.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
