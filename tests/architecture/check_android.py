"""What the phone's code imports must exist for Android: as a recipe, or as a wheel without machine code."""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from tests.architecture.tree import STDLIB, files, imports, where

OURS = frozenset({"contract", "mobile"})
# import name -> recipe, where no installed distribution tells it (they exist on Android only)
ANDROID_ONLY = {"jnius": "pyjnius", "android": "android"}
# Files that never run on a phone: their imports are the desktop's affair.
DESKTOP_ONLY = ("mobile/devices/desktop",)


def recipes() -> frozenset[str]:
    """The names of python-for-android's recipes, as its own folder lists them."""
    package = importlib.util.find_spec("pythonforandroid")
    if package is None or package.origin is None:
        raise RuntimeError("python-for-android is part of the dev extra; `make check` installs it")
    folder = Path(package.origin).parent / "recipes"
    return frozenset(p.name.lower().replace("_", "-") for p in folder.iterdir() if (p / "__init__.py").exists())


def _is_pure(name: str) -> bool:
    try:
        wheel = distribution(name).read_text("WHEEL") or ""
    except PackageNotFoundError:
        return False
    return "py3-none-any" in wheel or "py2.py3-none-any" in wheel


def not_for_android(root: Path) -> list[str]:
    """Imports of mobile/ and contract/ that no Android build could satisfy."""
    known = recipes()
    owners = packages_distributions()
    complaints = []
    for path in files(root, ".py", "contract", "mobile"):
        here = where(root, path)
        if here.startswith(DESKTOP_ONLY):
            continue
        for line, name in imports(root, path):
            top = name.split(".")[0]
            if top in STDLIB | OURS:
                continue
            names = [ANDROID_ONLY[top]] if top in ANDROID_ONLY else owners.get(top, [top])
            if not any(n.lower().replace("_", "-") in known or _is_pure(n) for n in names):
                complaints.append(f"{here}:{line} imports {top}: no recipe and no pure wheel")
    return complaints
