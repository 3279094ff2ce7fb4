"""Checks an exported log with the public key alone. Standard library and `cryptography`; nothing of the server.

    python check_audit.py log.jsonl --key 'outpost-log-...+1a2b3c4d+AQ...' [--note head.txt ...]

The key must come from somewhere else than the file: a device's display, a printed head, a letter. `--note` is a head that you
were given earlier (on paper, by a tablet, by another auditor): the log must contain it.

It believes nothing: every leaf is hashed from its bytes, every root is computed from the leaves, every signature is checked
(RFC 6962, RFC 9162, C2SP tlog-checkpoint and signed-note). Exit code 0: whole. 1: not, and the first line says where.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\u2014 "


class NotWhole(Exception):
    """Where the log is not what was signed."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def read_key(line: str) -> tuple[str, bytes, bytes]:
    """(name, key id, public key) of a line name+hex+base64."""
    name, stated, encoded = line.strip().split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    if len(raw) != 33 or raw[0] != 1:
        raise NotWhole("the key is no Ed25519 key")
    if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != stated:
        raise NotWhole("the key does not fit its own id")
    return name, bytes.fromhex(stated), raw[1:]


def open_note(note: str, name: str, public: bytes) -> list[str]:
    """The lines of a signed text. Raises NotWhole."""
    text, found, signatures = note.rpartition("\n\n")
    text += "\n"
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    for line in signatures.splitlines() if found else []:
        signer, _, encoded = line.removeprefix(DASH).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
            if line.startswith(DASH) and signer == name and raw[:4] == key_id:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], text.encode())
                return text.split("\n")
        except (ValueError, InvalidSignature):
            break
    raise NotWhole(f"a head that {name} has not signed: {note.splitlines()[:2]}")


def read_head(note: str, name: str, public: bytes) -> tuple[int, bytes]:
    lines = open_note(note, name, public)
    if lines[0] != name:
        raise NotWhole("a head of another log")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def roots_of(leaves: Iterable[bytes], sizes: set[int]) -> tuple[int, dict[int, bytes]]:
    """How many leaves there are, and the root wherever it is asked for."""
    stack: list[bytes] = []
    found = {0: hashlib.sha256(b"").digest()}
    size = 0
    for leaf in leaves:
        at, merged = size, leaf
        while at & 1:
            merged = node_hash(stack.pop(), merged)
            at >>= 1
        stack.append(merged)
        size += 1
        if size in sizes:
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = node_hash(left, root)
            found[size] = root
    return size, found


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                read = json.loads(line)
            except ValueError:
                raise NotWhole(f"line {number} is not JSON") from None
            yield read


def leaves_of(file: Path) -> Iterator[bytes]:
    """Leaf hashes in order; each entry says its own number, which must be its place."""
    place = 0
    for line in read_lines(file):
        if line.get("kind") != "leaf":
            continue
        body = base64.b64decode(line["body"], validate=True)
        if line["n"] != place or json.loads(body).get("n") != place:
            raise NotWhole(f"entry {place} is missing or stands elsewhere")
        place += 1
        yield leaf_hash(body)


def check(file: Path, key: str, notes: list[str]) -> str:
    """What was found to be whole, in a sentence. Raises NotWhole."""
    name, _, public = read_key(key)
    heads = [line["note"] for line in read_lines(file) if line.get("kind") == "head"]
    restarts = [line["note"] for line in read_lines(file) if line.get("kind") == "restart"]
    said = [*(read_head(note, name, public) for note in heads)]
    for note in restarts:
        lines = open_note(note, f"{name}/restart", public)
        said.append((int(lines[3]), base64.b64decode(lines[4], validate=True)))
    for note in notes:
        said.append(read_head(note, name, public))
    if not heads:
        raise NotWhole("no head in the file: nothing was signed")
    size, roots = roots_of(leaves_of(file), {size for size, _ in said})
    good = 0
    for stated, root in sorted(said):
        if stated > size:
            raise NotWhole(f"entries {size} to {stated - 1} were signed and are not in the file")
        if roots[stated] != root:
            raise NotWhole(f"one of the entries {good} to {stated - 1} is not what was signed")
        good = stated
    loose = f", the last {size - good} of them not signed yet" if size > good else ""
    return f"{size} entries{loose}, {len(heads)} heads, {len(restarts)} restarts: whole"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", required=True, help="the log's key in one line")
    parser.add_argument("--note", type=Path, action="append", default=[], help="a head you were given earlier")
    asked = parser.parse_args(arguments)
    try:
        sys.stdout.write(check(asked.file, asked.key, [note.read_text(encoding="utf-8") for note in asked.note]) + "\n")
    except (NotWhole, KeyError, ValueError, IndexError) as bad:
        sys.stdout.write(f"NOT WHOLE: {bad}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
