"""What is installed is what lies in the tree: catalogues, kv, fonts, templates and migrations come along."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.architecture.tree import ROOT, files, where

PACKAGES = ("contract", "server", "mobile", "simulation", "migrations")


def test_a_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source / name)
    for package in PACKAGES:
        if (ROOT / package).is_dir():
            shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path]
    done = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("outpost-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    wanted = {where(source, path) for path in files(source, "", *PACKAGES) if "build" not in path.parts}
    vendored = {where(source, path) for path in (source / "server/web/static/vendor").rglob("*") if path.is_file()}
    assert sorted((wanted | vendored) - inside) == []
    assert not [name for name in inside if "__pycache__" in name]
    assert "contract/messages/zh.toml" in inside
