"""What the console says of who could take a shift, of what waits for a word, and of a shift that is refused: whole sentences,
with the shifts, people and stores they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from contract.ids import new_id
from contract.opening import SetOpeningHours
from contract.shift_market import AnswerSwap, AskLoan, AskSwap, ClaimShift
from server.web import roster_market
from tests.server.market_of import MONDAY, Shop, ms, shop_on_sqlite
from tests.server.world import PASSWORD
from tests.support.planted import instead
from tests.web.visitor import Visitor, seen

TUESDAY = MONDAY + timedelta(days=1)
# what a sentence says where nobody told it which shift, person or store it is about
NAMELESS = {
    "en": ("between the shift before", "and the shift before", "somebody would", "somebody has"), "zh": ("之前的班", "这个人"),
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with shop_on_sqlite(tmp_path) as made:
        made.approval(claims="always", swaps="always")
        yield made


def wu(shop: Shop, language: str) -> Visitor:
    found = Visitor(shop.world.app).speak(language)
    found.sign_in("wu", PASSWORD)
    return found


def must_be_whole(page: TestResponse, language: str) -> str:
    """What one reads on a page: no sentence without its shifts and people, no bare id, no code."""
    said = seen(page)
    assert [word for word in NAMELESS[language] if word in said] == []
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", said), said
    assert "rosters.breaks" not in said and "console." not in said
    return said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_who_could_come_is_said_with_the_shifts_that_stand_against_it(shop: Shop, language: str) -> None:
    gap = shop.shift(None, TUESDAY, "early")
    shop.shift(shop.li, MONDAY, "late")  # too little rest
    shop.shift(shop.min, TUESDAY, "day")  # at the same time
    shop.shift(shop.qiang, MONDAY, "late", store=shop.b)
    said = must_be_whole(wu(shop, language).get(f"/console/rosters/market/{gap}"), language)
    assert "14:00–22:00" in said and "08:00–16:00" in said and "门店A" in said
    assert ("需写理由" if language == "zh" else "Only with a reason") in said, "who comes only with a reason is marked"
    assert " 0 m" not in said, "nobody is told how far their own store is"


def test_a_page_that_is_told_the_rules_only_would_be_found(shop: Shop) -> None:
    """The control: the verdicts without the sentences."""
    gap = shop.shift(None, TUESDAY, "early")
    shop.shift(shop.li, MONDAY, "late")
    real = roster_market.said_of
    wordless = instead(roster_market, "said_of", lambda *given, **more: real(*given, **more | {"words": ()}))
    with wordless, pytest.raises(AssertionError):
        must_be_whole(wu(shop, "en").get(f"/console/rosters/market/{gap}"), "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_waits_for_a_word_says_what_it_costs_with_its_shifts(shop: Shop, language: str) -> None:
    gap = shop.shift(None, TUESDAY, "early")
    shop.shift(shop.li, MONDAY, "day")
    shop.must(shop.li, ClaimShift(claim_id=new_id(), shift_id=gap, version=shop.version(gap)))
    mine, theirs = shop.shift(shop.min, TUESDAY + timedelta(days=1), "late"), shop.shift(shop.fang, TUESDAY, "day")
    asked = AskSwap(
        swap_id=new_id(), shift_id=mine, version=shop.version(mine), colleague_id=shop.fang, their_shift_id=theirs,
        their_version=shop.version(theirs), until_ms=ms(shop.world.clock() + timedelta(hours=24)),
    )  # fmt: skip
    shop.must(shop.min, asked)
    shop.must(shop.fang, AnswerSwap(swap_id=asked.swap_id, accept=True))
    far = shop.shift(None, TUESDAY, "late")
    shop.shift(shop.qiang, MONDAY, "early", store=shop.b)
    shop.must(shop.wu, AskLoan(
        loan_id=new_id(), shift_id=far, person_id=shop.qiang, until_ms=ms(shop.world.clock() + timedelta(hours=24)),
    ))  # fmt: skip
    said = must_be_whole(wu(shop, language).get("/console/rosters/market"), language)
    assert "李伟" in said and "张敏" in said and "王芳" in said and "周强" in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_shift_that_is_refused_says_why_with_the_shift_as_it_was_typed(shop: Shop, language: str) -> None:
    shop.shift(shop.li, MONDAY, "late")
    visitor = wu(shop, language)
    visitor.get(f"/console/rosters/{shop.a}/shift?from={MONDAY}&day={TUESDAY}&person={shop.li}")
    form = {"person": shop.li, "day": TUESDAY.isoformat(), "template": "early", "from": MONDAY.isoformat()}
    checked = visitor.post(f"/console/rosters/{shop.a}/check", **form)
    refused = visitor.post(f"/console/rosters/{shop.a}/shift", op_id=visitor.op_id, **form)
    assert checked.status_code == 200 and refused.status_code == 409
    for page in (checked, refused):
        said = must_be_whole(page, language)
        assert "14:00–22:00" in said and "08:00–16:00" in said, said


def test_a_publish_that_is_refused_names_the_shifts(shop: Shop) -> None:
    shop.cell(shop.li, MONDAY, "late")
    shop.world.must(SetOpeningHours(store_id=shop.a, from_day="2026-01-01", week=[[(540, 720)]] * 7))
    visitor = wu(shop, "en")
    visitor.get(f"/console/rosters/{shop.a}?from={MONDAY}")
    days = {"first": MONDAY.isoformat(), "last": (MONDAY + timedelta(days=6)).isoformat(), "from": MONDAY.isoformat()}
    refused = visitor.post(f"/console/rosters/{shop.a}/publish", op_id=visitor.op_id, **days)
    said = must_be_whole(refused, "en")
    assert refused.status_code == 409 and said.count("14:00–22:00 门店A: the store is closed") >= 2, "above the grid and below it"
