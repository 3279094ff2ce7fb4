"""Identities: one spelling, made where the thing is made, and the same for the same parts where several must agree."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import derived_id, is_id, new_id
from contract.limits import BornId, Id
from contract.wire import Malformed, convert


def test_a_fresh_id_is_a_uuid_7_that_the_wire_takes_and_nobody_has_had() -> None:
    made = [new_id() for _ in range(2_000)]
    assert len(set(made)) == len(made)
    for one in made[:50]:
        assert uuid.UUID(one).version == 7
        assert is_id(one) and convert(one, BornId) == one


@pytest.mark.parametrize(
    "text",
    ["", "x", "0197A5C0-1111-7222-8333-444455556666", "0197a5c0111172228333444455556666",
     "{0197a5c0-1111-7222-8333-444455556666}",
     "0197a5c0-1111-7222-8333-444455556666\n", "urn:uuid:0197a5c0-1111-7222-8333-444455556666", None, 5, "\ud800"],
)  # fmt: skip
def test_an_id_has_one_spelling(text: object) -> None:
    assert not is_id(text)  # type: ignore[arg-type]


@given(st.text(max_size=40) | st.uuids().map(str) | st.uuids().map(lambda known: known.hex))
def test_the_wire_and_the_paths_agree_on_what_is_an_id(text: str) -> None:
    try:
        fits = bool(convert(text, Id))
    except Malformed:
        fits = False
    assert is_id(text) == fits


def test_derived_ids_are_the_same_everywhere_and_apart_from_born_ones() -> None:
    assert derived_id("test", "partner") == derived_id("test", "partner")
    assert derived_id("a", "b") == "f04cdced-9736-869d-a610-3f08a4daaf8c"
    assert len({derived_id("a", "b"), derived_id("ab"), derived_id("b", "a"), derived_id("a", "b", "")}) == 4
    assert uuid.UUID(derived_id("a")).version == 8 and is_id(derived_id("a"))
    with pytest.raises(Malformed):
        convert(derived_id("a"), BornId)
