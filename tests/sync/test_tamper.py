"""Nobody changes a record quietly, not with the database in their hands: every byte of every past operation is guarded."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.cli import main
from server.devices import verify
from server.devices.verify import verify_chain
from tests.support.company import SECRET, Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead

EDITS = 300


@pytest.fixture
def company(quick_folder: Path) -> Iterator[Company]:
    """A phone's chain of thirty punches, handed in in several runs, so with several receipts."""
    made = Company(quick_folder / "server").prepare().found(people=1, stores=1)
    made.post("p1", "A", made.today())
    yield made
    made.close()


@pytest.fixture
def phone(company: Company) -> Iterator[Handset]:
    made = new_handset(company, "phone", person="p1")
    made.sync()
    for n in range(30):
        assert made.punch(note=f"punch {n}")
        company.pass_ms(600_000)
        if n % 4 == 3:
            assert made.sync()
    assert made.sync()
    yield made
    made.core.close()


def found(company: Company, phone: Handset) -> list[verify.Broken]:
    return verify_chain(company.db, phone.device_id, company.outpost.signer.public)


class Superuser:
    """Somebody who owns the file: no trigger, no constraint stops them."""

    def __init__(self, company: Company, phone: Handset) -> None:
        self.company, self.device = company, phone.device_id.replace("-", "")
        self.original = company.folder / "honest.db"
        company.backup(self.original)

    def do(self, sql: str, *values: Any) -> int:
        connection = sqlite3.connect(self.company.file)
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        touched = connection.execute(sql, values).rowcount
        connection.commit()
        connection.close()
        return touched

    def rows(self, sql: str, *values: Any) -> list[Any]:
        connection = sqlite3.connect(self.company.file)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def undo(self) -> None:
        self.company.restore(self.original)


@pytest.fixture
def superuser(company: Company, phone: Handset) -> Superuser:
    return Superuser(company, phone)


def test_an_honest_chain_has_nothing_to_say(company: Company, phone: Handset) -> None:
    assert found(company, phone) == []


def edit(superuser: Superuser, rng: random.Random) -> str:
    """One random act of somebody who wants a punch to read otherwise. Answers what it was."""
    dev = superuser.device
    seq = rng.randrange(1, 31)
    what = rng.choice(["byte", "byte", "byte", "hash", "signature", "remove", "swap", "person", "receipt", "insert", "cut off"])
    if what == "byte":
        [(raw,)] = superuser.rows("SELECT raw FROM op_log WHERE device_id = ? AND seq = ?", dev, seq)
        at, to = rng.randrange(len(raw)), bytes([rng.randrange(256)])
        if raw[at : at + 1] == to:
            to = bytes([(to[0] + 1) % 256])
        superuser.do("UPDATE op_log SET raw = ? WHERE device_id = ? AND seq = ?", raw[:at] + to + raw[at + 1 :], dev, seq)
    elif what == "hash":
        superuser.do("UPDATE op_log SET hash = ? WHERE device_id = ? AND seq = ?", rng.randbytes(32), dev, seq)
    elif what == "signature":
        [(last,)] = superuser.rows("SELECT max(seq) FROM op_log WHERE device_id = ? AND sig IS NOT NULL AND seq <= 32", dev)
        superuser.do("UPDATE op_log SET sig = ? WHERE device_id = ? AND seq = ?", "A" * 86 + "==", dev, last)
    elif what == "remove":
        superuser.do("DELETE FROM op_log WHERE device_id = ? AND seq = ?", dev, seq)
    elif what == "swap":
        other = seq % 30 + 1
        rows = superuser.rows("SELECT seq, raw FROM op_log WHERE device_id = ? AND seq IN (?, ?) ORDER BY seq", dev, seq, other)
        for (to, _), (_, raw) in zip(rows, reversed(rows), strict=True):
            superuser.do("UPDATE op_log SET raw = ? WHERE device_id = ? AND seq = ?", raw, dev, to)
    elif what == "person":
        superuser.do("UPDATE op_log SET actor_id = ? WHERE device_id = ? AND seq = ?", "0" * 32, dev, seq)
    elif what == "receipt":
        changed = superuser.do(
            "UPDATE op_log SET receipt = replace(receipt, 'outpost-receipt-1', 'outpost-receipt-2')"
            " WHERE device_id = ? AND receipt IS NOT NULL", dev,
        )  # fmt: skip
        assert changed > 0
    elif what == "insert":
        superuser.do("UPDATE op_log SET seq = seq + 1000 WHERE device_id = ? AND seq >= ?", dev, seq)
        superuser.do("UPDATE op_log SET seq = seq - 999 WHERE device_id = ? AND seq > 1000", dev)
    else:
        superuser.do("DELETE FROM op_log WHERE device_id = ? AND seq >= ?", dev, seq)
    return f"{what} at {seq}"


def test_any_edit_by_whoever_owns_the_database_is_found(company: Company, phone: Handset, superuser: Superuser) -> None:
    rng = random.Random(7)
    for n in range(EDITS):
        what = edit(superuser, rng)
        assert found(company, phone), f"edit {n}, {what}: nobody noticed"
        superuser.undo()
    assert found(company, phone) == []


def test_every_single_byte_of_an_operation_is_guarded(company: Company, phone: Handset, superuser: Superuser) -> None:
    [(raw,)] = superuser.rows("SELECT raw FROM op_log WHERE device_id = ? AND seq = 5", superuser.device)
    for at in range(0, len(raw), 7):
        superuser.do(
            "UPDATE op_log SET raw = ? WHERE device_id = ? AND seq = 5", raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :],
            superuser.device,
        )  # fmt: skip
        assert found(company, phone), f"byte {at}"


def rewritten(superuser: Superuser, seq: int) -> None:
    """The clever forger: changes an operation and makes all hashes after it fit."""
    dev, head = superuser.device, b""
    for at, raw, digest in superuser.rows("SELECT seq, raw, hash FROM op_log WHERE device_id = ? ORDER BY seq", dev):
        if at < seq:
            head = digest
            continue
        raw = raw.replace(b'"kind":"in"', b'"kind":"ou"') if at == seq else raw
        head = verify.next_hash(head or bytes(32), raw)
        superuser.do("UPDATE op_log SET raw = ?, hash = ? WHERE device_id = ? AND seq = ?", raw, head, dev, at)
    superuser.do("UPDATE device_chain SET head_hash = ? WHERE device_id = ?", head, dev)


def test_a_forger_who_makes_all_hashes_fit_still_has_no_signature(
    company: Company, phone: Handset, superuser: Superuser
) -> None:
    rewritten(superuser, 11)
    said = {broken.what for broken in found(company, phone)}
    assert "bytes_changed" not in said, "the forger was not clever enough for this test"
    assert {"not_signed_by_device", "not_what_was_notarised"} <= said


def test_a_chain_cut_off_with_its_receipts_is_found_by_the_device_at_its_next_sync(
    company: Company, phone: Handset, superuser: Superuser
) -> None:
    """What the database alone cannot show. The device offers again what is missing."""
    dev = superuser.device
    [(head,)] = superuser.rows("SELECT hash FROM op_log WHERE device_id = ? AND seq = 20", dev)
    superuser.do("DELETE FROM op_log WHERE device_id = ? AND seq > 20", dev)
    superuser.do("DELETE FROM punch WHERE op_id NOT IN (SELECT op_id FROM op_log)")
    superuser.do("UPDATE device_chain SET head_seq = 20, head_hash = ? WHERE device_id = ?", head, dev)
    company.restart()
    company.pass_ms(600_000)
    phone.sync()
    assert phone.core.sync_state().waiting == 0
    assert len(company.punches()) == 30
    assert found(company, phone) == []


@pytest.mark.parametrize("lazy", ["is_sealed", "is_signed"])
def test_a_verifier_that_skips_signatures_would_be_fooled(
    company: Company, phone: Handset, superuser: Superuser, lazy: str
) -> None:
    """The control: without either signature the clever forger goes unseen."""
    rewritten(superuser, 11)
    with instead(verify, lazy, lambda *_: True):
        said = {broken.what for broken in found(company, phone)}
    missing = "not_signed_by_device" if lazy == "is_sealed" else None
    assert missing not in said
    with instead(verify, "is_sealed", lambda *_: True), instead(verify, "_stamps", lambda *_: iter(())):
        assert found(company, phone) == []


def test_the_command_line_says_which_device_and_which_operation(
    company: Company, phone: Handset, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTPOST_DATABASE_URL", str(company.url))
    monkeypatch.setenv("OUTPOST_DATA_DIR", str(company.folder))
    monkeypatch.setenv("OUTPOST_SECRET", SECRET.decode())
    honest = CliRunner().invoke(main, ["ops", "verify"])
    assert honest.exit_code == 0 and "1 chains, 30 operations" in honest.output, honest.output
    superuser.do("UPDATE op_log SET raw = ? WHERE device_id = ? AND seq = 9", b"{}", superuser.device)
    broken = CliRunner().invoke(main, ["ops", "verify"])
    assert broken.exit_code == 1 and f"{phone.device_id} 9 bytes_changed" in broken.output, broken.output
