"""Chains, seals and signed texts: against values worked out by hand and against a third party's vectors."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sealing import (
    CHAIN_START,
    Signer,
    anchor_id,
    anchored_ms,
    b64,
    head_of,
    is_request_signed,
    is_sealed,
    is_signed,
    next_hash,
    unb64,
)
from tests.support.shared_data import shared_data

SIGNER = Signer(bytes(range(32)))


def test_a_chain_is_sha256_over_the_hash_before_and_the_bytes() -> None:
    first = hashlib.sha256(bytes(32) + b"one").digest()
    assert next_hash(CHAIN_START, b"one") == first
    assert head_of(CHAIN_START, [b"one", b"two"]) == hashlib.sha256(first + b"two").digest()
    assert head_of(CHAIN_START, []) == CHAIN_START


@given(st.lists(st.binary(max_size=40), min_size=2, max_size=8), st.data())
def test_any_other_history_has_another_head(raws: list[bytes], data: st.DataObject) -> None:
    head = head_of(CHAIN_START, raws)
    at = data.draw(st.integers(0, len(raws) - 1))
    assert head_of(CHAIN_START, raws[:at] + raws[at + 1 :]) != head
    assert head_of(CHAIN_START, [*raws[:at], raws[at] + b"!", *raws[at + 1 :]]) != head
    turned = list(reversed(raws))
    assert turned == raws or head_of(CHAIN_START, turned) != head


def test_a_signature_for_one_purpose_is_never_one_for_another() -> None:
    digest = hashlib.sha256(b"x").digest()
    seal = SIGNER.seal_op(digest)
    assert is_sealed(SIGNER.public, digest, seal)
    assert not is_signed(SIGNER.public, digest, seal)
    assert not is_request_signed(SIGNER.public, "POST", "/api/v1/sync", digest, seal)
    asked = SIGNER.sign_request("POST", "/api/v1/sync", b"{}")
    assert is_request_signed(SIGNER.public, "POST", "/api/v1/sync", b"{}", asked)
    for method, path, body in (("PUT", "/api/v1/sync", b"{}"), ("POST", "/api/v1/syn", b"{}"), ("POST", "/api/v1/sync", b"{} ")):
        assert not is_request_signed(SIGNER.public, method, path, body, asked)


def test_ed25519_is_judged_as_wycheproof_judges_it() -> None:
    """C2SP Wycheproof (Apache-2.0): forged, malleable and truncated signatures among good ones."""
    judged = 0
    for group in json.loads(shared_data("vectors", "wycheproof_ed25519.json").read_text())["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            judged += 1
            found = is_signed(public, bytes.fromhex(case["msg"]), b64(bytes.fromhex(case["sig"])))
            assert found == (case["result"] == "valid"), f"case {case['tcId']}: {case['comment']}"
    assert judged > 100


@pytest.mark.parametrize("junk", ["", "x", "====", "李", "A" * 87, " " + "A" * 86, "A" * 10_000])
def test_what_is_no_signature_is_no_error_either(junk: str) -> None:
    assert not is_signed(SIGNER.public, b"m", junk)
    assert not is_signed(b"short", b"m", junk)


@given(st.binary(max_size=60))
def test_base64_comes_back(raw: bytes) -> None:
    assert unb64(b64(raw)) == raw


@given(st.integers(0, 10**15 - 1), st.text(max_size=20), st.text(max_size=40))
def test_an_anchor_is_known_again_and_nothing_else_is(server_ms: int, device_id: str, junk: str) -> None:
    made = anchor_id(b"secret", device_id, server_ms)
    assert anchored_ms(b"secret", device_id, made) == server_ms
    assert anchored_ms(b"another", device_id, made) is None
    assert anchored_ms(b"secret", device_id + "x", made) is None
    assert anchored_ms(b"secret", device_id, made[:-1]) is None
    assert junk == made or anchored_ms(b"secret", device_id, junk) is None
