"""The published vectors: made again from the code they are the same, and whoever computes them finds a flipped byte."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from contract import wire
from contract.evidence import PunchFacts
from contract.sealing import CHAIN_START, is_request_signed, is_sealed, next_hash, unb64
from contract.sync import SignedOperation, SyncRequest, SyncResponse
from mobile.core.pins import is_pin, make_verifier
from mobile.core.views import Refused
from tests.protocol.test_stranger import HERE, node
from tools import make_vectors

FOLDER = make_vectors.FOLDER


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def checked_by_the_stranger(folder: Path, *only: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node(), str(HERE / "stranger_vectors.mjs"), str(folder), *only], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("name", sorted(make_vectors.FILES))
def test_a_published_vector_is_what_the_code_makes_today(name: str) -> None:
    """Where this fails the wire has changed: say so in the page, then `python -m tools.make_vectors`."""
    assert (FOLDER / name).read_text(encoding="utf-8") == make_vectors.text_of(make_vectors.FILES[name]())


def test_every_file_there_is_made_by_the_tool_and_named_in_the_page() -> None:
    page = (FOLDER.parent / "protocol.md").read_text(encoding="utf-8")
    assert {file.name for file in FOLDER.iterdir()} == set(make_vectors.FILES)
    named = set(re.findall(r"\(vectors/([a-z_]+\.json)\)", page))
    assert named == set(make_vectors.FILES)


def test_a_stranger_computes_all_of_them() -> None:
    said = checked_by_the_stranger(FOLDER)
    assert said.returncode == 0, said.stderr
    assert set(said.stdout.split()) == set(make_vectors.FILES)


def _flip(value: Any, path: list[Any]) -> None:
    """Change one thing a little: a digit, a letter, a number."""
    *way, last = path
    for step in way:
        value = value[step]
    old = value[last]
    if isinstance(old, bool):
        value[last] = not old
    elif isinstance(old, int):
        value[last] = old + 3
    else:
        value[last] = ("B" if old[0] == "A" else "A") + old[1:] if old[0].isupper() else ("8" if old[0] == "9" else "9") + old[1:]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("keys.json", ["keys", 1, "public_b64"]),
        ("keys.json", ["enrolment", "proof_b64"]),
        ("keys.json", ["enrolment", "code"]),
        ("chain.json", ["ops", 2, "hash_hex"]),
        ("chain.json", ["ops", 3, "s"]),
        ("requests.json", ["requests", 0, "signature_b64"]),
        ("requests.json", ["requests", 2, "body_b64"]),
        ("receipts.json", ["receipts", 1, "head"]),
        ("receipts.json", ["receipts", 2, "good"]),
        ("receipts.json", ["wipe", "server_ms"]),
        ("tree.json", ["leaves", 1, "hash_hex"]),
        ("tree.json", ["cases", 1, "tree", "proof", 2]),
        ("tree.json", ["cases", 2, "keep"]),
        ("tree.json", ["cases", 18, "lost"]),
        ("store_codes.json", ["codes", 3, "digits"]),
        ("store_codes.json", ["codes", 4, "step"]),
        ("sums.json", ["scopes", 2, "sum", 1]),
        ("sums.json", ["mixes", 0, "rv"]),
        ("scopes.json", ["digests", 2, "digest"]),
        ("times.json", ["times", 0, "at_ms"]),
        ("times.json", ["times", 7, "received_ms"]),
        ("times.json", ["business_dates", 1, "business_date"]),
        ("places.json", ["places", 4, "place", "p_inside_pm"]),
        ("places.json", ["places", 12, "place", "distance_m"]),
        ("evidence.json", ["cases", 5, "score_db"]),
        ("datums.json", ["pairs", 0, "gcj02", 0]),
        ("pins.json", ["verifiers", 0, "salt_hex"]),
        ("statements.json", ["revisions", 0, "text", "days", 0, "night_min"]),
        ("statements.json", ["revisions", 0, "canonical"]),
        ("statements.json", ["revisions", 0, "code"]),
        ("statements.json", ["revisions", 0, "confirmed", 1, 4]),
        ("statements.json", ["revisions", 1, "text", "previous"]),
        ("statements.json", ["server_key_b64"]),
        ("statements.json", ["typed", 0, "typed"]),
        ("statements.json", ["judged", 3, "says"]),
        ("quizzes.json", ["attempts", 1, "attempt_id"]),
        ("quizzes.json", ["attempts", 3, "answers", 3, "chosen", 0]),
        ("quizzes.json", ["attempts", 1, "took_ms"]),
        ("quizzes.json", ["attempts", 3, "marks", "marks", 0, "earned"]),
        ("learning.json", ["progress", 2, "percent"]),
        ("learning.json", ["careers", 1, "month"]),
        ("learning.json", ["careers", 1, "stages", 0, "items", 1, "met"]),
        ("exchanges.json", ["exchanges", 2, "request", "headers", "Outpost-Signature"]),
    ],
)
def test_a_flipped_byte_is_found(name: str, path: list[Any], tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "vectors")
    file = tmp_path / "vectors" / name
    vectors = json.loads(file.read_text(encoding="utf-8"))
    if name == "datums.json":
        vectors["pairs"][0]["gcj02"][0] += 2e-7
    else:
        _flip(vectors, path)
    file.write_text(json.dumps(vectors), encoding="utf-8")
    assert checked_by_the_stranger(tmp_path / "vectors", name).returncode == 1


def test_a_receipt_changed_anywhere_in_a_recorded_answer_is_found(tmp_path: Path) -> None:
    vectors = read("exchanges.json")
    answer = vectors["exchanges"][3]["answer"]
    said = json.loads(answer["body"])
    said["receipt"]["text"] = said["receipt"]["text"].replace("\n3\n", "\n4\n")
    answer["body"] = json.dumps(said)
    (tmp_path / "exchanges.json").write_text(json.dumps(vectors), encoding="utf-8")
    assert checked_by_the_stranger(tmp_path, "exchanges.json").returncode == 1


def test_the_recorded_exchanges_pass_the_judge_of_both_sides() -> None:
    """Requests decode as the server reads them, answers as our own client does; every operation in them is one."""
    vectors = read("exchanges.json")
    seen = 0
    for one in vectors["exchanges"]:
        request, answer = one["request"], one["answer"]
        if request["path"] != "/api/v1/sync" or answer["status"] != 200:
            continue
        asked = wire.decode(request["body"], SyncRequest)
        wire.decode(answer["body"], SyncResponse)
        for op in asked.ops:
            signed = wire.decode(op.b, SignedOperation)
            _, garbled = wire.decode_operation(signed.type, bytes(signed.data))
            assert not garbled
            seen += 1
    assert seen >= 10


def test_the_chain_holds_for_our_own_reader() -> None:
    vectors, digest = read("chain.json"), CHAIN_START
    for op in vectors["ops"]:
        digest = next_hash(digest, op["b"].encode())
        assert is_sealed(unb64(vectors["public_b64"]), digest, op["s"])
    for request in read("requests.json")["requests"]:
        body = unb64(request["body_b64"])
        public = unb64(vectors["public_b64"])
        assert is_request_signed(public, request["method"], request["path"], body, request["signature_b64"])


def test_pin_verifiers_are_what_a_kiosk_checks_against() -> None:
    for known in read("pins.json")["verifiers"]:
        assert is_pin(known["verifier"], known["pin"])
        assert not is_pin(known["verifier"], "999990")
        assert PasswordHasher().verify(known["verifier"], known["pin"])
    for pin in read("pins.json")["refused"]:
        with pytest.raises(Refused):
            make_verifier(pin)


def test_every_fact_that_is_judged_is_in_the_evidence_vectors() -> None:
    for case in read("evidence.json")["cases"]:
        assert set(case["facts"]) == set(PunchFacts.__dataclass_fields__)
