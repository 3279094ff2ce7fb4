"""Computes requirements.lock from pyproject.toml: every platform, exact versions, hashes, no registry named in it.

uv resolves for all platforms and Python versions at once; it is fetched into a throw-away environment, because
only this command needs it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("server", "client", "roster", "statistics", "dev")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="outpost-lock-") as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / "bin"
        subprocess.run([programs / "pip", "install", "--quiet", "--disable-pip-version-check", "uv>=0.9"], check=True)
        command: list[str | Path] = [programs / "uv", "pip", "compile", "pyproject.toml", "--universal"]
        command += ["--python-version", "3.11", "--generate-hashes"]
        for extra in EXTRAS:
            command += ["--extra", extra]
        command += ["--no-header", "--no-annotate", "--no-emit-index-url", "--quiet", "-o", "requirements.lock"]
        subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, check=True)
    print("requirements.lock written; `make check` installs it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
