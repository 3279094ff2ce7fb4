"""Lays out what goes into the Android package: `contract/`, `mobile/` and the `main.py` that python-for-android starts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGE = ROOT / "build" / "android"
MAIN = '''"""What python-for-android starts."""

import sys

from mobile.main import main

sys.exit(main())
'''
# Files whose libraries have no recipe: they serve desks, and nothing imports them on a phone.
DESK_ONLY = ("desktop_qr.py", "fake.py", "buildozer.spec", "__pycache__")


def stage(folder: Path = STAGE) -> Path:
    """A fresh folder with exactly what is packed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in ("contract", "mobile"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns(*DESK_ONLY))
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    return folder


if __name__ == "__main__":
    print(stage())
    sys.exit(0)
