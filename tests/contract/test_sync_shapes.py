"""What both sides compute of the feed: shares of a checksum and the digest of a set of scopes, in fixed values for strangers."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import new_id
from contract.limits import MAX_OPS_PER_REQUEST
from contract.sync import SUM_MODULUS, SyncRequest, mix, scopes_digest
from contract.wire import Malformed, convert, plain

PUNCH = "0197a5c0-1111-7222-8333-444455556666"


def test_a_rows_share_is_what_the_page_says_in_a_fixed_value() -> None:
    by_hand = int(hashlib.sha256(f"punch|{PUNCH}|42".encode()).hexdigest()[:12], 16)
    assert mix("punch", PUNCH, 42) == by_hand == 63441442604097
    assert mix("person", "李", 1) == 138478684249728


@given(st.text(max_size=9), st.text(max_size=9), st.integers(0, 2**62))
def test_a_share_fits_whatever_reads_it_and_a_sum_of_many_fits_a_column(entity: str, pk: str, pos: int) -> None:
    share = mix(entity, pk, pos)
    assert 0 <= share < 2**48
    assert share * 32_000 < SUM_MODULUS == 2**63


def test_another_row_entity_or_position_has_another_share() -> None:
    shares = [mix(entity, pk, pos) for entity in ("punch", "store") for pk in "abc" for pos in range(50)]
    assert len(set(shares)) == len(shares)


def test_the_digest_of_scopes_is_of_the_set_in_a_fixed_value() -> None:
    by_hand = hashlib.sha256(b"company\nperson:a\nstore:b\n").hexdigest()
    assert scopes_digest(["store:b", "company", "person:a"]) == by_hand
    assert scopes_digest({"company"}) == "a3ca4c7828987e0c22911f4d19a4ae6ad7893a20727c35e81e46a0531b98dbe2"
    assert scopes_digest([]) == hashlib.sha256(b"").hexdigest()


@given(st.sets(st.text("abc:", min_size=1, max_size=4), max_size=5), st.sets(st.text("abc:", min_size=1, max_size=4), max_size=5))
def test_two_sets_of_scopes_have_one_digest_only_where_they_are_the_same(one: set[str], other: set[str]) -> None:
    assert (scopes_digest(one) == scopes_digest(other)) == (one == other)
    assert scopes_digest(sorted(one, reverse=True)) == scopes_digest(frozenset(one))


REQUEST = {
    "nonce": "12345678", "dev": PUNCH, "app": "t", "journal": {"head": 0, "hash": "0" * 64},
    "clock": {"wall": 1, "boot": 1, "bid": "b"},
}  # fmt: skip


def test_a_request_says_the_protocol_it_speaks_and_no_more_than_a_batch() -> None:
    read = convert(REQUEST, SyncRequest)
    assert (read.proto, read.schema, read.ops, read.check) == (1, 1, [], False)
    assert convert(plain(read), SyncRequest) == read
    most = {**REQUEST, "ops": [{"b": new_id()}] * MAX_OPS_PER_REQUEST}
    assert len(convert(most, SyncRequest).ops) == MAX_OPS_PER_REQUEST


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ops": [{"b": ""}] * (MAX_OPS_PER_REQUEST + 1)}, "ops"), ({"proto": 2}, "proto"), ({"nonce": "1234567"}, "nonce"),
        ({"nonce": "12345678\n"}, "nonce"), ({"budget": 999}, "budget"), ({"have": {"x": {"pos": 0, "tag": ""}}}, "have"),
        ({"have": {"company": {"pos": -1, "tag": ""}}}, "have[...].pos"), ({"verdict": "green"}, "verdict"),
        ({"journal": {"head": -1, "hash": "0" * 64}}, "journal.head"),
        ({"journal": {"head": 0, "hash": "0" * 63}}, "journal.hash"),
    ],
)  # fmt: skip
def test_what_no_request_says_is_refused_by_name(more: dict[str, object], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        convert({**REQUEST, **more}, SyncRequest)
    assert caught.value.field == field
