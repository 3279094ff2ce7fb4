"""Chains and signatures: fixed bytes for strangers, no byte that may change, no signature that counts for something else."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sealing import (
    CHAIN_START,
    Signer,
    anchor_id,
    anchored_ms,
    b64,
    enrol_text,
    head_of,
    is_request_signed,
    is_sealed,
    is_signed,
    next_hash,
    receipt_text,
    unb64,
    wipe_text,
)

SIGNER, OTHER = Signer(bytes(range(32))), Signer(bytes(range(1, 33)))
SECRET, DEVICE, OTHER_DEVICE = b"s" * 32, "0197a5c0-1111-7222-8333-444455556666", "0197a5c0-1111-7222-8333-444455556667"
NOON_MS = 1_767_240_000_000


def test_the_chain_is_what_the_page_says_in_fixed_bytes() -> None:
    first = next_hash(CHAIN_START, b'{"a":1}')
    assert first == hashlib.sha256(bytes(32) + b'{"a":1}').digest()
    assert first.hex() == "b06a229070741292512e8760f470dd7a4c46ccfdf253df781d88dabe58c1ccb1"
    expected = "feedb971202fe613ae7e573375c1622ee902f745413021b156b30adfa4d6228a"
    assert head_of(CHAIN_START, [b'{"a":1}', "李".encode()]).hex() == expected
    assert head_of(first, []) == first


def test_the_signatures_are_the_same_on_every_machine() -> None:
    assert SIGNER.public.hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    expected = "rdpe4ik6u2PiOls7O8FtrfJHO90WPu+hYxoaJHQN6cc/elo9ZhiHWkBZyLylYV2UXuKx4cpzg0VP/vs1hXHOBw=="
    assert SIGNER.seal_op(CHAIN_START) == expected
    expected = "NAvcmrbG78NYhxIIW+jXT7XnwHqZlsqhnxpVVWDIsxx6Y91jTifkYedEjAip75+WyTynyvDvvgpyCvt/cLXGDQ=="
    assert SIGNER.sign_request("POST", "/api/v1/sync", b"{}") == expected


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5), st.data())
def test_any_byte_that_changes_breaks_the_chain_and_the_signature(raws: list[bytes], data: st.DataObject) -> None:
    head = head_of(CHAIN_START, raws)
    sealed = SIGNER.seal_op(head)
    assert is_sealed(SIGNER.public, head, sealed)
    joined = bytearray(b"".join(raws))
    if joined:
        nth = data.draw(st.integers(0, len(joined) - 1))
        joined[nth] ^= data.draw(st.integers(1, 255))
        changed, at = [], 0
        for raw in raws:
            changed.append(bytes(joined[at : at + len(raw)]))
            at += len(raw)
        assert head_of(CHAIN_START, changed) != head
        assert not is_sealed(SIGNER.public, head_of(CHAIN_START, changed), sealed)
    signature = bytearray(unb64(sealed))
    signature[data.draw(st.integers(0, 63))] ^= data.draw(st.integers(1, 255))
    assert not is_sealed(SIGNER.public, head, b64(bytes(signature)))


def test_operations_cannot_change_places_or_be_left_out() -> None:
    raws = [b"one", b"two", b"three"]
    head = head_of(CHAIN_START, raws)
    assert head not in {head_of(CHAIN_START, [b"two", b"one", b"three"]), head_of(CHAIN_START, raws[1:]), head_of(head, raws)}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/api/v1/sync", b"{}"), ("POST", "/api/v1/sync?", b"{}"), ("POST", "/api/v1/sync", b"{} ")],
)
def test_a_request_is_signed_as_a_whole(method: str, path: str, body: bytes) -> None:
    signed = SIGNER.sign_request("POST", "/api/v1/sync", b"{}")
    assert is_request_signed(SIGNER.public, "POST", "/api/v1/sync", b"{}", signed)
    assert not is_request_signed(SIGNER.public, method, path, body, signed)
    assert not is_request_signed(OTHER.public, "POST", "/api/v1/sync", b"{}", signed)


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    head = hashlib.sha256(b"x").digest()
    sealed = SIGNER.seal_op(head)
    asked = SIGNER.sign_request("POST", "/x", b"x")
    said = b64(SIGNER.sign(head))
    enrolled = b64(SIGNER.sign(enrol_text("CODE", DEVICE, SIGNER.public)))
    assert is_signed(SIGNER.public, head, said)
    for other in (asked, said, enrolled):
        assert not is_sealed(SIGNER.public, head, other)
    for other in (sealed, said, enrolled):
        assert not is_request_signed(SIGNER.public, "POST", "/x", b"x", other)
    texts = [
        enrol_text("c", DEVICE, SIGNER.public),
        receipt_text(device_id=DEVICE, epoch="e", server_ms=1, nonce="n", head=1, head_hash="h", backed=0).encode(),
        wipe_text(device_id=DEVICE, server_ms=1, nonce="n").encode(),
    ]
    assert len({text.split(b"\n")[0] for text in texts} | {b"outpost-op-1", b"outpost-request-1"}) == 5


def test_a_receipt_and_a_wipe_name_everything_they_are_about() -> None:
    receipt = {"device_id": DEVICE, "epoch": "e", "server_ms": 1, "nonce": "n", "head": 2, "head_hash": "h", "backed": 3}
    texts = {receipt_text(**receipt)}  # type: ignore[arg-type]
    for name, other in {**dict.fromkeys(("device_id", "epoch", "nonce", "head_hash"), "z"),
                        **dict.fromkeys(("server_ms", "head", "backed"), 9)}.items():  # fmt: skip
        texts.add(receipt_text(**{**receipt, name: other}))  # type: ignore[arg-type]
    assert len(texts) == 8
    assert len({wipe_text(device_id=d, server_ms=ms, nonce=n) for d in "ab" for ms in (1, 2) for n in "xy"}) == 8


@settings(max_examples=200)
@given(st.binary(max_size=40), st.text(max_size=100) | st.binary(max_size=80).map(b64), st.binary(max_size=9))
def test_garbage_is_no_signature_and_never_a_failure(public: bytes, signature: str, message: bytes) -> None:
    assert not is_signed(public, message, signature)
    assert not is_signed(SIGNER.public, message, signature)


@pytest.mark.parametrize("nothing", [None, 5, b"x", "\ud800", "签名", "=", "A" * 87 + "\n", " "])
def test_what_is_no_text_is_no_signature(nothing: object) -> None:
    assert not is_signed(SIGNER.public, b"x", nothing)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["a", "签", "QUI*", "QQ=", "Q Q=", "QUJD\n"])
def test_base64_that_is_none_says_so(text: str) -> None:
    with pytest.raises(ValueError):
        unb64(text)


def test_bytes_come_back_from_base64() -> None:
    assert unb64(b64(bytes(range(256)))) == bytes(range(256))


def test_an_anchor_is_known_again_for_its_own_device_and_server_only() -> None:
    anchor = anchor_id(SECRET, DEVICE, NOON_MS)
    assert anchor == "1767240000000.31b83cfdaaaa1c10"
    assert anchored_ms(SECRET, DEVICE, anchor) == NOON_MS
    assert anchored_ms(SECRET, OTHER_DEVICE, anchor) is None
    assert anchored_ms(b"t" * 32, DEVICE, anchor) is None


@given(st.integers(0, 10**15 - 1), st.integers(-(10**6), 10**6).filter(bool))
def test_nobody_can_move_an_anchor_in_time(server_ms: int, by: int) -> None:
    anchor = anchor_id(SECRET, DEVICE, server_ms)
    assert anchored_ms(SECRET, DEVICE, anchor) == server_ms
    assert anchored_ms(SECRET, DEVICE, f"{server_ms + by}.{anchor.partition('.')[2]}") is None
    assert anchored_ms(SECRET, DEVICE, f"0{anchor}") is None, "one moment has one spelling"


@pytest.mark.parametrize("anchor", ["", ".", "1", "x.y", "-1.0", "１.a", "9" * 5_000 + ".a", "1." + "签" * 16, "1.\ud800", "²."])
def test_what_is_no_anchor_states_no_time(anchor: str) -> None:
    assert anchored_ms(SECRET, DEVICE, anchor) is None
