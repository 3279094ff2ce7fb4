"""`outpost statement`: a signed file is written, and checked by somebody who has the public key and no database."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from server.statements.command import statement_commands
from tests.protocol.test_stranger import HERE, node
from tests.server.statements_of import Signing, signing_in


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signing]:
    found = signing_in(Path(tmp_path_factory.mktemp("files")), worked=True)
    found.all_three()
    yield found
    found.world.close()


def run(signing: Signing | None, *arguments: str, language: str = "en") -> Result:
    def opened() -> Any:
        assert signing is not None, "nobody here has a database"
        return signing.world.app.extensions["outpost"]

    return CliRunner().invoke(statement_commands(opened, lambda: language), list(arguments))  # type: ignore[arg-type, return-value]


def exported(signing: Signing, folder: Path) -> tuple[Path, str]:
    file = folder / "week.json"
    said = run(signing, "export", signing.row().code.lower(), str(file))
    assert said.exit_code == 0, said.output
    return file, said.output.splitlines()[-1]


def test_a_file_is_checked_with_the_key_alone(signed: Signing, tmp_path: Path) -> None:
    file, key = exported(signed, tmp_path)
    said = run(None, "verify", str(file), "--key", key)
    assert said.exit_code == 0, said.output
    assert "Genuine" in said.output and "李伟" in said.output and "45:00" in said.output and "HQ: 赵敏" in said.output
    assert signed.row().code in said.output


def test_a_stranger_with_the_page_and_the_key_alone_says_the_same_of_a_file(signed: Signing, tmp_path: Path) -> None:
    file, key = exported(signed, tmp_path)
    found = by_a_stranger(file, key)
    assert found["says"] == "genuine" and found["text"]["worked_min"] == 2700 and found["digest"] == signed.row().digest
    assert [(side, who, way) for side, who, _, _, way in found["confirmed"]] == [
        ("employee", "李伟", "console"), ("hq", "赵敏", "console"), ("store", "吴芳", "console"),
    ]  # fmt: skip
    file.write_bytes(file.read_bytes().replace(b"2700", b"2760"))
    assert by_a_stranger(file, key)["says"] == "text"


def by_a_stranger(file: Path, key: str) -> dict[str, Any]:
    said = subprocess.run(
        [node(), str(HERE / "stranger_statement.mjs"), str(file), key], capture_output=True, text=True, check=False, timeout=60
    )
    found: dict[str, Any] = json.loads(said.stdout)
    assert (said.returncode == 0) == (found["says"] == "genuine"), said.stderr
    return found


def test_a_changed_file_and_anothers_key_are_found(signed: Signing, tmp_path: Path) -> None:
    file, key = exported(signed, tmp_path)
    forged = tmp_path / "forged.json"
    forged.write_bytes(file.read_bytes().replace(b"2700", b"2760"))
    said = run(None, "verify", str(forged), "--key", key)
    assert said.exit_code == 1 and "NOT genuine" in said.output
    junk = tmp_path / "junk.json"
    junk.write_text("{}", encoding="utf-8")
    assert run(None, "verify", str(junk), "--key", key).exit_code == 1
    assert run(None, "verify", str(file), "--key", "no key").exit_code == 2


def test_the_server_itself_knows_its_own_key_and_speaks_chinese(signed: Signing, tmp_path: Path) -> None:
    file, _ = exported(signed, tmp_path)
    said = run(signed, "verify", str(file), language="zh")
    assert said.exit_code == 0 and "真实" in said.output


def test_a_code_nobody_has_writes_nothing(signed: Signing, tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    assert run(signed, "export", "AAAA-AAAA-AAAA", str(file)).exit_code == 1 and not file.exists()
