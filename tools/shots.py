"""Pictures of every screen of every face, zh and en, from a working day of a real server, into docs/screens/."""

from __future__ import annotations

import subprocess
import sys

PARTS = (("tools.shots_client", "phone"), ("tools.shots_client", "kiosk"), ("tools.shots_console",))


def main() -> int:
    """Each in a process of its own: Kivy has one window in a process, and its size is fixed."""
    return max(subprocess.run([sys.executable, "-m", *part], check=False).returncode for part in PARTS)


if __name__ == "__main__":
    sys.exit(main())
