"""The tree that whoever keeps it cannot bend: third-party vectors, every small tree, and proofs that must not hold."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import merkle
from contract.merkle import (
    EMPTY_ROOT,
    Head,
    NotANote,
    complete,
    consistency_ranges,
    fold,
    full_root,
    hashes_of,
    inclusion_ranges,
    is_consistent,
    is_included,
    key_line,
    key_of_line,
    leaf_hash,
    node_hash,
    open_head,
    open_note,
    root_of,
    sign_head,
    sign_note,
)
from contract.sealing import Signer, b64
from tests.support.planted import instead

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "merkle.json").read_text(encoding="utf-8"))
LEAVES = [leaf_hash(str(n).encode()) for n in range(130)]
SERVER, OTHER = Signer(bytes(range(32))), Signer(bytes(32))
ORIGIN = "outpost.example/log"
# the inputs and roots of Certificate Transparency's reference tree, sizes 0 to 8
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _read(leaves: list[bytes]) -> Any:
    return lambda level, index: full_root(leaves[index << level : (index + 1) << level])


def _raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _inclusion_vectors_missed() -> list[str]:
    return [
        name
        for name, one in VECTORS["inclusion"].items()
        if is_included(
            one["leafIdx"], one["treeSize"], _raw(one["leafHash"]), _raw(one["root"]), [_raw(x) for x in one["proof"] or []]
        )
        == one["wantErr"]
    ]


def _consistency_vectors_missed() -> list[str]:
    return [
        name
        for name, one in VECTORS["consistency"].items()
        if is_consistent(
            one["size1"], one["size2"], _raw(one["root1"]), _raw(one["root2"]), [_raw(x) for x in one["proof"] or []]
        )
        == one["wantErr"]
    ]


def test_hashes_and_roots_are_those_of_certificate_transparency() -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]
    assert EMPTY_ROOT.hex() == ROOTS[0] == root_of([]).hex() == fold([]).hex()
    assert [root_of(leaves[:n]).hex() for n in range(9)] == ROOTS
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


def test_every_vector_of_a_third_party_is_judged_as_they_judge_it() -> None:
    assert (len(VECTORS["inclusion"]), len(VECTORS["consistency"])) == (98, 98)
    assert _inclusion_vectors_missed() == []
    assert _consistency_vectors_missed() == []


def test_the_vectors_find_a_verifier_that_grants_what_follows_from_nothing() -> None:
    honest = merkle.is_consistent

    def grants_from_nothing(first: int, second: int, *rest: Any) -> bool:
        return first == 0 or honest(first, second, *rest)

    with instead(__import__(__name__, fromlist=["is_consistent"]), "is_consistent", grants_from_nothing):
        missed = _consistency_vectors_missed()
    assert missed and all(VECTORS["consistency"][name]["size1"] == 0 for name in missed)


def test_every_leaf_and_every_earlier_size_of_every_small_tree_is_proven() -> None:
    proven = 0
    for size in range(1, 66):
        root, read = root_of(LEAVES[:size]), _read(LEAVES[:size])
        for index in range(size):
            proof = hashes_of(inclusion_ranges(index, size), read)
            assert is_included(index, size, LEAVES[index], root, proof)
            assert not is_included(index, size, LEAVES[index + 1], root, proof)
            proven += 1
        for first in range(1, size + 1):
            proof = hashes_of(consistency_ranges(first, size), read)
            assert is_consistent(first, size, root_of(LEAVES[:first]), root, proof)
            assert not is_consistent(first, size, root_of(LEAVES[1 : first + 1]), root, proof)
            proven += 1
    assert proven == 4_290


@settings(max_examples=200)
@given(st.integers(1, 2**40), st.data())
def test_a_proof_needs_no_more_hashes_than_the_tree_is_high(size: int, data: Any) -> None:
    first = data.draw(st.integers(1, size))
    assert len(consistency_ranges(first, size)) <= size.bit_length() + 1
    assert len(inclusion_ranges(first - 1, size)) <= size.bit_length()
    for begin, end in consistency_ranges(first, size):
        nodes = complete(begin, end)
        assert sum(1 << level for level, _ in nodes) == end - begin
        assert [index << level for level, index in nodes] == sorted(index << level for level, index in nodes)


@settings(max_examples=300)
@given(st.integers(1, 129), st.data())
def test_a_proof_in_which_one_bit_is_wrong_proves_nothing(size: int, data: Any) -> None:
    first = data.draw(st.integers(1, size))
    old, new = root_of(LEAVES[:first]), root_of(LEAVES[:size])
    proof = hashes_of(consistency_ranges(first, size), _read(LEAVES[:size]))
    said = [old, new, *proof]
    place, bit = data.draw(st.integers(0, len(said) - 1)), data.draw(st.integers(0, 255))
    bent = bytearray(said[place])
    bent[bit // 8] ^= 1 << (bit % 8)
    said[place] = bytes(bent)
    assert not is_consistent(first, size, said[0], said[1], said[2:])
    assert not is_consistent(first, size, old, new, [*proof, proof[-1] if proof else old])
    assert not is_consistent(first, size, old, new, [one[:-1] for one in proof]) or not proof
    assert not is_consistent(first, size, old, new, proof[:-1]) or not proof


@settings(max_examples=300)
@given(st.integers(-3, 2**70), st.integers(-3, 2**70), st.lists(st.binary(max_size=40), max_size=70))
def test_what_anybody_may_send_as_a_proof_is_refused_and_never_raises(first: int, second: int, proof: list[bytes]) -> None:
    assert not is_consistent(first, second, LEAVES[0], LEAVES[1], proof)
    assert not is_included(first, second, LEAVES[0], hashlib.sha256(b"another").digest(), proof)


def test_there_is_no_proof_about_what_is_not_there() -> None:
    for first, second in ((0, 5), (6, 5), (-1, 5)):
        with pytest.raises(ValueError, match="nothing to compare"):
            consistency_ranges(first, second)
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            inclusion_ranges(index, size)
    assert consistency_ranges(5, 5) == []


def test_a_head_is_a_checkpoint_that_any_reader_of_that_form_understands() -> None:
    head = Head(ORIGIN, 20_852, root_of(LEAVES), "an-epoch", 1_767_240_000_000)
    note = sign_head(head, SERVER)
    text, _, signature = note.rpartition("\n\n")
    assert text.split("\n")[:3] == [ORIGIN, "20852", b64(head.root)]
    assert signature.startswith(f"\u2014 {ORIGIN} ") and note.endswith("\n")
    assert open_head(note, ORIGIN, SERVER.public) == head
    line = key_line(ORIGIN, SERVER.public)
    assert key_of_line(line) == (ORIGIN, SERVER.public)


def test_the_id_of_a_key_is_the_one_of_the_first_log_that_used_this_form() -> None:
    """The key of sum.golang.org, whose line and id are public."""
    name, public = key_of_line("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
    assert (name, merkle.key_id(name, public).hex()) == ("sum.golang.org", "033de0ae")


def test_signatures_of_witnesses_do_not_stand_in_the_way_of_the_servers_own() -> None:
    head = Head(ORIGIN, 7, root_of(LEAVES[:7]), "e", 5)
    note = sign_head(head, SERVER)
    text = merkle.head_text(head)
    witness = sign_note(text, "witness.example", OTHER).rpartition("\n\n")[2]
    same_name_other_key = sign_note(text, ORIGIN, OTHER).rpartition("\n\n")[2]
    mixed = note.replace("\n\n", "\n\n" + witness + same_name_other_key)
    assert open_head(mixed, ORIGIN, SERVER.public) == head
    assert open_note(mixed, "witness.example", OTHER.public) == text


@pytest.mark.parametrize(
    "bend",
    [
        lambda note: note.replace("\n7\n", "\n8\n"),
        lambda note: note.replace("time 5", "time 6"),
        lambda note: note.replace(ORIGIN, "somebody.else"),
        lambda note: note[:-1],
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("\u2014 ", "- "),
        lambda note: note.rpartition("\n\n")[0] + "\n\n",
        lambda note: note + "not a signature\n",
        lambda note: note[:-3] + "!\n",
        lambda note: note + "\u2014 x " + "A" * 5_000 + "\n",
        lambda note: "",
    ],
)
def test_a_head_that_was_bent_in_any_place_is_refused(bend: Any) -> None:
    note = sign_head(Head(ORIGIN, 7, root_of(LEAVES[:7]), "e", 5), SERVER)
    with pytest.raises(NotANote):
        open_head(bend(note), ORIGIN, SERVER.public)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n7\n{b64(LEAVES[0])}\n",
        f"{ORIGIN}\n07\n{b64(LEAVES[0])}\nepoch e\ntime 5\n",
        f"{ORIGIN}\n-7\n{b64(LEAVES[0])}\nepoch e\ntime 5\n",
        f"{ORIGIN}\n7\n{b64(LEAVES[0][:31])}\nepoch e\ntime 5\n",
        f"{ORIGIN}\n7\n???\nepoch e\ntime 5\n",
        f"{ORIGIN}\n7\n{b64(LEAVES[0])}\nepoch e\ntime soon\n",
        "another.log\n7\n",
        "one line\n",
    ],
)
def test_what_is_signed_and_yet_no_head_is_refused(text: str) -> None:
    note = sign_note(text, ORIGIN, SERVER)
    assert open_note(note, ORIGIN, SERVER.public) == text
    with pytest.raises(NotANote):
        open_head(note, ORIGIN, SERVER.public)


def test_a_head_signed_by_another_key_is_not_the_servers() -> None:
    note = sign_head(Head(ORIGIN, 7, root_of(LEAVES[:7]), "e", 5), OTHER)
    with pytest.raises(NotANote, match="the key we know"):
        open_head(note, ORIGIN, SERVER.public)


@pytest.mark.parametrize("line", ["", "name", "name+12345678+AAAA", f"x{key_line(ORIGIN, SERVER.public)}", "n+1+???"])
def test_a_line_that_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(NotANote):
        key_of_line(line)
    assert key_of_line(key_line(ORIGIN, SERVER.public) + "\n")[0] == ORIGIN
