"""What we take from others: every package pinned with a hash, every vendored file as its list says."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT, plant

VENDOR = Path("server/web/static/vendor")
EXTRAS_IN_LOCK = ("server", "client", "roster", "statistics", "dev")


def locked(root: Path) -> dict[str, tuple[str, bool]]:
    """Package -> version and whether it has a hash."""
    text = (root / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
    found: dict[str, tuple[str, bool]] = {}
    for line in lines:
        name, version = re.split(r"[\s;]", line, maxsplit=1)[0].split("==")
        found[canonicalize_name(name)] = (version, "--hash=sha256:" in line)
    return found


def stale_lock(root: Path) -> list[str]:
    """What pyproject.toml asks for and the lock does not give."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = list(project["dependencies"])
    for extra in EXTRAS_IN_LOCK:
        asked += project["optional-dependencies"].get(extra, [])
    have = locked(root)
    complaints = [f"{name} has no hash" for name, (_, hashed) in have.items() if not hashed]
    for wanted in map(Requirement, asked):
        name = canonicalize_name(wanted.name)
        if name not in have:
            complaints.append(f"{name} is not locked: make lock")
        elif have[name][0] not in wanted.specifier:
            complaints.append(f"{name} is locked at {have[name][0]}, asked for {wanted.specifier}: make lock")
    if re.search(r"https?://|--(extra-)?index-url|--find-links", (root / "requirements.lock").read_text()):
        complaints.append("the lock names a registry")
    return complaints


def changed_vendored_files(folder: Path) -> list[str]:
    """Files that differ from VENDOR.md's sums, are missing, or are not in it."""
    list_of_sums = (folder / "VENDOR.md").read_text()
    listed = {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  \./(.+)$", list_of_sums, re.M)}
    present = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "VENDOR.md"}
    complaints = [f"{name} is not in VENDOR.md" for name in sorted(present.keys() - listed.keys())]
    complaints += [f"{name} is missing" for name in sorted(listed.keys() - present.keys())]
    for name in sorted(listed.keys() & present.keys()):
        if hashlib.sha256(present[name].read_bytes()).hexdigest() != listed[name]:
            complaints.append(f"{name} was changed")
    return complaints


def test_the_lock_is_whole_hashed_and_fits_the_project() -> None:
    assert stale_lock(ROOT) == []


def test_vendored_files_are_as_they_came() -> None:
    assert changed_vendored_files(ROOT / VENDOR) == []


PROJECT = '[project]\ndependencies = ["flask>=3"]\n[project.optional-dependencies]\nserver = []\n'


@pytest.mark.parametrize(
    "lock",
    [
        "",
        "flask==2.9 --hash=sha256:00\n",
        "flask==3.1\n",
        "--index-url https://packages.invalid/simple\nflask==3.1 --hash=sha256:00\n",
    ],
)
def test_a_planted_fault_in_the_lock_is_found(tmp_path: Path, lock: str) -> None:
    plant(tmp_path, {"pyproject.toml": PROJECT, "requirements.lock": lock})
    assert len(stale_lock(tmp_path)) == 1


def test_a_planted_change_in_a_vendored_file_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"a.js": "1", "b.js": "2", "VENDOR.md": f"{hashlib.sha256(b'0').hexdigest()}  ./a.js\n"})
    assert changed_vendored_files(tmp_path) == ["b.js is not in VENDOR.md", "a.js was changed"]
