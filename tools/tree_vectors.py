"""The vectors of HQ's log: heads, announcements, and what a device must make of them."""

from __future__ import annotations

from typing import Any

from contract.audit import Judged, Restart, judge, origin_of, sign_restart
from contract.merkle import Head, consistency_ranges, full_root, hashes_of, leaf_hash, open_head, root_of, sign_head
from contract.sealing import Signer, b64
from contract.sync import TreeSaid
from contract.wire import plain
from tools.judging_vectors import NOON_MS, Vectors, seed_of

SERVER, STRANGER = Signer(seed_of("server")), Signer(seed_of("phone"))
ORIGIN = origin_of(SERVER.public)
LEAVES = [leaf_hash(f"entry {n}".encode()) for n in range(300)]
OTHERS = [*LEAVES[:40], leaf_hash(b"rewritten"), *LEAVES[41:]]
FIRST, SECOND, THIRD = "epoch-1", "epoch-2", "epoch-3"


def _head(size: int, *, leaves: list[bytes] = LEAVES, epoch: str = FIRST, signer: Signer = SERVER, ms: int = NOON_MS) -> str:
    return sign_head(Head(ORIGIN, size, root_of(leaves[:size]), epoch, ms), signer)


def _proof(first: int, second: int, leaves: list[bytes] = LEAVES) -> list[str]:
    found = hashes_of(consistency_ranges(first, second), lambda n, at: full_root(leaves[at << n : (at + 1) << n]))
    return [b64(one) for one in found]


def _restart(size: int, was: str = FIRST, now: str = SECOND, *, leaves: list[bytes] = LEAVES, signer: Signer = SERVER) -> str:
    return sign_restart(Restart(ORIGIN, was, now, size, root_of(leaves[:size]), NOON_MS), signer)


def _case(why: str, held: str | None, epoch: str, note: str, proof: list[str], *restarts: str) -> dict[str, Any]:
    said = TreeSaid(note=note, proof=proof, restarts=list(restarts))
    before = None if held is None else open_head(held, ORIGIN, SERVER.public)
    found: Judged = judge(before, said, SERVER.public, epoch)
    return {
        "why": why, "held": held, "epoch": epoch, "tree": plain(said), "keep": found.head is not None, "code": found.code,
        "lost": found.lost,
    }  # fmt: skip


def tree() -> Vectors:
    later = "more lines\nthat a later release may add\n"
    text = _head(7).rpartition("\n\n")[0] + "\n"
    longer = sign_head(Head(ORIGIN, 7, root_of(LEAVES[:7]), FIRST, NOON_MS), SERVER)
    cosigned = longer + "\u2014 witness.example " + b64(bytes(76)) + "\n"
    cases = [
        _case("the first head", None, FIRST, _head(7), []),
        _case("it grew", _head(7), FIRST, _head(300), _proof(7, 300)),
        _case("it grew from a full tree", _head(256), FIRST, _head(300), _proof(256, 300)),
        _case("by one", _head(1), FIRST, _head(2), _proof(1, 2)),
        _case("signed again a minute later", _head(7), FIRST, _head(7, ms=NOON_MS + 60_000), []),
        _case("with the signature of a witness beside it", _head(7), FIRST, cosigned, []),
        _case("an entry was rewritten", _head(100), FIRST, _head(300, leaves=OTHERS), _proof(100, 300, OTHERS)),
        _case("the proof is of the old tree", _head(100), FIRST, _head(300, leaves=OTHERS), _proof(100, 300)),
        _case("the same size, another root", _head(100), FIRST, _head(100, leaves=OTHERS), []),
        _case("no proof", _head(7), FIRST, _head(300), []),
        _case("one hash too many", _head(7), FIRST, _head(300), [*_proof(7, 300), b64(LEAVES[0])]),
        _case("cut", _head(300), FIRST, _head(256), []),
        _case("signed by somebody else", _head(7), FIRST, _head(300, signer=STRANGER), _proof(7, 300)),
        _case("changed after signing", _head(7), FIRST, _head(300).replace("\n300\n", "\n301\n"), _proof(7, 300)),
        _case("not a note", _head(7), FIRST, text + later, []),
        _case("another epoch, and nothing announced", _head(7), SECOND, _head(300, epoch=SECOND), _proof(7, 300)),
        _case("the note is of another epoch than the answer", _head(7), SECOND, _head(300), _proof(7, 300)),
        _case("restored, nothing lost", _head(7), SECOND, _head(300, epoch=SECOND), _proof(7, 300), _restart(100)),
        _case("restored, entries lost", _head(200), SECOND, _head(300, leaves=OTHERS, epoch=SECOND),
              _proof(30, 300, OTHERS), _restart(30)),
        _case("restored to nothing", _head(7), SECOND, _head(30, leaves=OTHERS, epoch=SECOND), [], _restart(0)),
        _case("restored twice", _head(200), THIRD, _head(300, leaves=OTHERS, epoch=THIRD), _proof(30, 300, OTHERS),
              _restart(100), _restart(30, SECOND, THIRD)),
        _case("restored, and more changed than the backup explains", _head(60), SECOND, _head(300, leaves=OTHERS, epoch=SECOND),
              _proof(60, 300, OTHERS), _restart(100)),
        _case("an announcement for another epoch", _head(200), SECOND, _head(300, epoch=SECOND), _proof(30, 300),
              _restart(30, THIRD, SECOND)),
        _case("an announcement by somebody else", _head(200), SECOND, _head(300, epoch=SECOND), _proof(30, 300),
              _restart(30, signer=STRANGER)),
        _case("announcements without end", _head(200), SECOND, _head(300, epoch=SECOND), _proof(30, 300), *[_restart(30)] * 9),
    ]  # fmt: skip
    return {
        "about": "Heads of HQ's log (section 8.1): which one a device keeps",
        "server_key_b64": b64(SERVER.public),
        "origin": ORIGIN,
        "leaves": [{"bytes_hex": f"entry {n}".encode().hex(), "hash_hex": LEAVES[n].hex()} for n in (0, 1)],
        "cases": cases,
    }
