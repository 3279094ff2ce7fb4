"""`outpost audit` and the checker that needs nothing but the file and the key."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from contract.audit import origin_of
from contract.merkle import Head, key_line, root_of, sign_head
from contract.sealing import Signer
from server.audit.command import audit_commands
from server.kernel.db import table_of
from server.kernel.http import Outpost
from server.people.model import Person
from tests.server.world import World
from tests.support.cooked_books import rewrite_entry
from tests.support.planted import instead
from tools import check_audit


@pytest.fixture
def out(world: World) -> Outpost:
    for name in ("李伟", "林静", "王芳"):
        world.hire(name)
    found: Outpost = world.app.extensions["outpost"]
    return found


def run(out: Outpost, *arguments: str, language: str = "en") -> Result:
    group: click.Group = audit_commands(lambda: out, lambda: language)  # type: ignore[arg-type, return-value]
    return CliRunner().invoke(group, list(arguments))


def exported(out: Outpost, folder: Path) -> tuple[Path, str]:
    file = folder / "log.jsonl"
    said = run(out, "export", str(file))
    assert said.exit_code == 0, said.output
    return file, said.output.splitlines()[-1]


def checked(file: Path, key: str, *more: str) -> tuple[int, str]:
    """In a process of its own, in a folder of its own: nothing of ours is in reach."""
    program = Path(check_audit.__file__)
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(file), "--key", key, *more], capture_output=True, text=True, cwd=file.parent,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def rewritten(file: Path, change: Any) -> Path:
    lines = [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()]
    other = file.with_name("other.jsonl")
    other.write_text("".join(json.dumps(line) + "\n" for line in change(lines)), encoding="ascii")
    return other


def test_verify_says_that_all_is_well_and_ends_with_zero(out: Outpost):
    said = run(out, "verify")
    assert said.exit_code == 0 and "agree" in said.output and origin_of(out.signer.public) in said.output
    assert "一致" in run(out, "verify", language="zh").output


def test_verify_names_what_was_changed_first_and_ends_with_one(out: Outpost, world: World):
    run(out, "verify")
    person = world.people["林静"]
    with world.db.writing_engine.begin() as connection:
        connection.execute(sa.update(table_of(Person)).where(Person.id == person).values(name="somebody else"))
    said = run(out, "verify")
    assert said.exit_code == 1 and f"person {person}" in said.output and "[row_changed]" in said.output


def test_verify_holds_the_log_against_a_head_on_paper(out: Outpost, world: World, tmp_path: Path):
    paper = tmp_path / "head.txt"
    shown = run(out, "head").output
    paper.write_text(shown[: shown.index("\n\n") + 2] + shown[shown.index("\n\n") + 2 :].split("\n")[0] + "\n", encoding="utf-8")
    assert run(out, "verify", "--note", str(paper)).exit_code == 0
    rewrite_entry(world.db, 2)
    said = run(out, "verify", "--note", str(paper))
    assert said.exit_code == 1 and "tree_changed" in said.output


def test_the_head_is_shown_as_text_and_as_a_code_that_can_be_scanned(out: Outpost):
    said = run(out, "head")
    assert said.exit_code == 0 and said.output.startswith(origin_of(out.signer.public)) and "█" in said.output
    assert key_line(origin_of(out.signer.public), out.signer.public) in said.output


def test_a_log_in_which_nothing_was_signed_has_no_head_to_show(out: Outpost):
    from server.audit import sequencer

    with instead(sequencer, "sign_if_due", lambda *_: None):
        said = run(out, "head")
    assert said.exit_code == 1 and "No head" in said.output


def test_a_third_party_checks_the_export_with_the_key_alone(out: Outpost, tmp_path: Path):
    file, key = exported(out, tmp_path)
    code, said = checked(file, key)
    assert code == 0 and said.endswith("whole\n"), said
    text = file.read_text(encoding="ascii")
    assert "\\u674e" not in text  # 李: nobody's name is in it


def _without_entry(lines: list[Any]) -> list[Any]:
    return [line for line in lines if not (line["kind"] == "leaf" and line["n"] == 3)]


def _cut(lines: list[Any]) -> list[Any]:
    return [line for line in lines if not (line["kind"] == "leaf" and line["n"] >= 3)]


def _bent(lines: list[Any]) -> list[Any]:
    return [{**line, "body": lines[5]["body"]} if line.get("n") == 2 else line for line in lines]


def _other_head(lines: list[Any]) -> list[Any]:
    return [{**line, "note": line["note"].replace("\n", "\nx", 1)} if line["kind"] == "head" else line for line in lines]


def _no_head(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line["kind"] != "head"]


@pytest.mark.parametrize("change", [_without_entry, _cut, _bent, _other_head, _no_head])
def test_the_checker_finds_an_export_that_was_changed(out: Outpost, tmp_path: Path, change: Any):
    file, key = exported(out, tmp_path)
    code, said = checked(rewritten(file, change), key)
    assert code == 1 and said.startswith("NOT WHOLE")


def test_the_checker_finds_a_log_that_was_rewritten_and_signed_anew_by_the_head_somebody_kept(
    out: Outpost, world: World, tmp_path: Path
):
    exported(out, tmp_path)
    kept = tmp_path / "kept.txt"
    kept.write_text((out.settings.data_dir / "audit-head.txt").read_text(encoding="utf-8"), encoding="utf-8")
    rewrite_entry(world.db, 2)
    world.clock.pass_(minutes=1)
    file, key = exported(out, tmp_path)
    assert checked(file, key)[0] == 0  # by itself it looks whole: the server signed it
    code, said = checked(file, key, "--note", str(kept))
    assert code == 1 and "is not what was signed" in said


def test_the_checker_takes_no_other_key(out: Outpost, tmp_path: Path):
    file, key = exported(out, tmp_path)
    name = key.split("+")[0]
    assert checked(file, key_line(name, Signer(bytes(32)).public))[0] == 1
    assert checked(file, key.replace("+", "+0", 1))[0] == 1


def test_the_checker_and_the_product_agree_on_every_root() -> None:
    """Two implementations, written apart."""
    leaves = [check_audit.leaf_hash(str(n).encode()) for n in range(70)]
    _, roots = check_audit.roots_of(leaves, set(range(1, 71)))
    assert [roots[n] for n in range(1, 71)] == [root_of(leaves[:n]) for n in range(1, 71)]
    signer = Signer(bytes(32))
    note = sign_head(Head("a.log", 70, roots[70], "e", 1), signer)
    assert check_audit.read_head(note, "a.log", signer.public) == (70, roots[70])
