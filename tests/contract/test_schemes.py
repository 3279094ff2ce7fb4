"""Which scheme is nearest, and which of its versions counts: the same answer on tablet and server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.metrics import Channel, SchemeRow, SchemeVersion, Weighed
from contract.schemes import last_day, nearest, version_on

LINES = [Weighed(metric="a", owner="store", weight="100")]
POST, STORE = "post", "store"
KINDS: list[tuple[str, dict[str, str]]] = [
    ("store and post", {"store_id": STORE, "post_id": POST}),
    ("store", {"store_id": STORE}),
    ("post and channel", {"post_id": POST, "channel": "online"}),
    ("post", {"post_id": POST}),
    ("channel", {"channel": "online"}),
    ("all", {}),
]


def scheme(code: str, *days: str, until: str | None = None, **whose: str) -> SchemeRow:
    versions = [SchemeVersion(from_day=day, lines=LINES) for day in days or ("2026-01-01",)]
    return SchemeRow(id=code, code=code, name_zh=code, name_en=code, versions=versions, until=until, **whose)  # type: ignore[arg-type]


def code_of(schemes: list[SchemeRow], channel: Channel = "online", day: str = "2026-03-31") -> str | None:
    found = nearest(schemes, post_id=POST, store_id=STORE, channel=channel, day=day)
    return found.scheme.code if found is not None else None


@given(st.lists(st.sampled_from(KINDS), unique_by=lambda one: one[0]), st.randoms())
def test_the_nearest_counts_whatever_the_order(kinds: list[tuple[str, dict[str, str]]], shuffled):
    schemes = [scheme(name, **whose) for name, whose in kinds]
    shuffled.shuffle(schemes)
    order = [name for name, _ in KINDS]
    expected = min((name for name, _ in kinds), key=order.index, default=None)
    assert code_of(schemes) == expected


def test_schemes_of_others_never_count():
    others = [scheme("other post", post_id="x"), scheme("other store", store_id="x"), scheme("offline", channel="offline")]
    assert code_of(others) is None
    assert code_of(others, "offline") == "offline"


def test_a_scheme_without_weights_in_force_leaves_it_to_the_next():
    later = scheme("post", "2026-04-01", post_id=POST)
    ended = scheme("store", until="2026-03-31", store_id=STORE)
    assert code_of([later, ended, scheme("all")]) == "all"
    assert code_of([later, ended, scheme("all")], day="2026-04-30") == "post"
    assert code_of([ended], day="2026-03-30") == "store"


@pytest.mark.parametrize(("day", "expected"), [("2025-12-31", None), ("2026-09-30", "2026-01-01"), ("2026-10-31", "2026-10-01")])
def test_weights_of_the_fourth_quarter_count_in_the_fourth_quarter_only(day: str, expected: str | None):
    found = version_on(scheme("q", "2026-10-01", "2026-01-01"), day)
    assert (found.from_day if found is not None else None) == expected


def test_the_last_day_decides():
    assert [last_day(one) for one in ("2026-02", "2028-02", "2026-12")] == ["2026-02-28", "2028-02-29", "2026-12-31"]
