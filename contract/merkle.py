"""The tree over everything that was ever done, and how a stranger checks it without trusting whoever keeps it.

    leaf(d) = SHA-256(0x00 || d)          node(l, r) = SHA-256(0x01 || l || r)          RFC 6962 2.1
    a proof is checked as in RFC 9162 2.1.3.2 (a leaf is in a tree) and 2.1.4.2 (a tree is the beginning of a later one)

A head is a C2SP checkpoint (https://c2sp.org/tlog-checkpoint): origin, size and root as text, signed as a C2SP note
(https://c2sp.org/signed-note). Two lines of our own follow the root: in which history of the server it was made, and when.

Only hashlib and `cryptography`: the phone, the server and an auditor's laptop run the same lines.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from contract.sealing import Signer, b64, is_signed

HASH_BYTES = 32
MAX_PROOF = 64  # no tree of less than 2**63 leaves needs more
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = tuple[int, int]
"""(level, index): the complete subtree over the leaves index << level up to, not including, (index + 1) << level."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over subtrees that stand side by side, the largest first (as `complete` gives them). Empty: the empty tree."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


def full_root(hashes: Sequence[bytes]) -> bytes:
    """The root over 1, 2, 4, 8 ... hashes of one level."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def complete(begin: int, end: int) -> list[Node]:
    """The complete subtrees that together are the leaves from `begin` up to, not including, `end`, from the left.

    `begin` is a multiple of the largest power of two below the length, as in every range that a proof asks for.
    """
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def _split(size: int) -> int:
    """The largest power of two below `size`, which is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that leaf `index` is in the tree of `size`, nearest first.

    RFC 9162 2.1.3.1. Raises ValueError when the leaf is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    found = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that the tree of `first` leaves is the beginning of that of `second`.

    RFC 9162 2.1.4.1. Empty when both are the same. Raises ValueError when `first` is 0 or beyond `second`.
    """
    if not 0 < first <= second:
        raise ValueError("nothing to compare")
    found: list[tuple[int, int]] = []
    begin, end, is_whole = 0, second, True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin, is_whole = middle, False
    if not is_whole:
        found.append((begin, end))
    return found[::-1]


def hashes_of(ranges: Iterable[tuple[int, int]], read: Callable[[int, int], bytes]) -> list[bytes]:
    """The proof over these ranges; `read(level, index)` gives the hash of a complete subtree."""
    return [fold([read(level, index) for level, index in complete(begin, end)]) for begin, end in ranges]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in one pass."""
    stack: list[bytes] = []
    for n, found in enumerate(leaves):
        while n & 1:
            found = node_hash(stack.pop(), found)
            n >>= 1
        stack.append(found)
    return fold(stack)


def _are_hashes(*hashes: bytes) -> bool:
    return all(len(one) == HASH_BYTES for one in hashes)


def is_included(index: int, size: int, leaf: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the leaf with hash `leaf` is number `index` in the tree. RFC 9162 2.1.3.2. Never raises."""
    if not 0 <= index < size or len(proof) > MAX_PROOF or not _are_hashes(leaf, root, *proof):
        return False
    fn, sn, found = index, size - 1, leaf
    for one in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(one, found)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the first tree is the beginning of the second. RFC 9162 2.1.4.2. Never raises.

    From nothing (first = 0) nothing can be proven: that is refused, not granted.
    """
    if not 0 < first <= second or len(proof) > MAX_PROOF:
        return False
    if first == second:
        return not proof and first_root == second_root
    if not proof or not _are_hashes(first_root, second_root, *proof):
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for one in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = node_hash(one, old), node_hash(one, new)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, one)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == first_root and new == second_root


# -- signed notes ----------------------------------------------------------------------------------------------------------

_DASH = "\u2014 "
_ED25519 = b"\x01"
MAX_NOTE = 4_000


class NotANote(ValueError):
    """The text is not a checkpoint in the form of C2SP, or nobody we know has signed it."""


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key: SHA-256(name || LF || 0x01 || public), the beginning."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def key_line(name: str, public: bytes) -> str:
    """The public key in one line, as C2SP's tools read it: name+hex of its id+base64."""
    return f"{name}+{key_id(name, public).hex()}+{b64(_ED25519 + public)}"


def key_of_line(line: str) -> tuple[str, bytes]:
    """(name, public key) out of such a line. Raises NotANote."""
    name, _, rest = line.strip().partition("+")
    stated, _, encoded = rest.partition("+")
    raw = _unbase64(encoded)
    if len(raw) != 33 or raw[:1] != _ED25519 or key_id(name, raw[1:]).hex() != stated:
        raise NotANote("not a key")
    return name, raw[1:]


def sign_note(text: str, name: str, signer: Signer) -> str:
    """The note: `text`, which ends in a line feed, and a signature line."""
    return f"{text}\n{_DASH}{name} {b64(key_id(name, signer.public) + signer.sign(text.encode()))}\n"


def open_note(note: str, name: str, public: bytes) -> str:
    """The text that `name` has signed. Signatures of others are passed over. Raises NotANote."""
    text, found, lines = note.rpartition("\n\n")
    if len(note) > MAX_NOTE or not found or not lines.endswith("\n"):
        raise NotANote("no signature lines")
    text += "\n"
    ours = []
    for line in lines.removesuffix("\n").split("\n"):
        signed_by, space, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not space:
            raise NotANote("a line that is no signature")
        raw = _unbase64(encoded)
        if signed_by == name and raw[:4] == key_id(name, public):
            ours.append(b64(raw[4:]))
    if not ours or not all(is_signed(public, text.encode(), signature) for signature in ours):
        raise NotANote("not signed by the key we know")
    return text


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotANote("not base64") from None


class Head(NamedTuple):
    """How the tree stood: its size and root, in which history of the server (`epoch`), and when (ms since 1970)."""

    origin: str
    size: int
    root: bytes
    epoch: str
    at_ms: int


def head_text(head: Head) -> str:
    """The text of a checkpoint. The last two lines are ours; C2SP's readers pass over them."""
    return f"{head.origin}\n{head.size}\n{b64(head.root)}\nepoch {head.epoch}\ntime {head.at_ms}\n"


def sign_head(head: Head, signer: Signer) -> str:
    """The signed checkpoint."""
    return sign_note(head_text(head), head.origin, signer)


def open_head(note: str, origin: str, public: bytes) -> Head:
    """The head in a signed checkpoint of this origin. Raises NotANote."""
    return read_head(open_note(note, origin, public), origin)


def read_head(text: str, origin: str) -> Head:
    """The head in a checkpoint's text. Raises NotANote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[0] != origin or lines[-1] != "":
        raise NotANote("not a checkpoint of ours")
    ours = dict(line.split(" ", 1) for line in lines[3:-1] if " " in line)
    root = _unbase64(lines[2])
    if len(root) != HASH_BYTES or not _is_number(lines[1]) or not _is_number(ours.get("time", "")) or "epoch" not in ours:
        raise NotANote("not a checkpoint of ours")
    return Head(lines[0], int(lines[1]), root, ours["epoch"], int(ours["time"]))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19 and (text == "0" or text[0] != "0")
