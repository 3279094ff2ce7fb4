"""Which tests stay together on one worker when the suite runs on two: those that share something dear to make.

By folder and file, because xdist's own groups are lost with this pytest: it no longer reads what they write into a test's id
(tests/ground/test_groups.py would see it).
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

# folder or file -> what is made once there
TOGETHER = {
    "tests/ui/": "one Kivy window",
    "tests/web/": "one company of shops",
    "tests/browser/test_accessibility.py": "one browser and what it saw on each page",
    "tests/journeys/test_demo.py": "one demo",
}


def group_of(nodeid: str) -> str:
    """The group a test belongs to; a test without one is its own."""
    return next((group for begins, group in TOGETHER.items() if nodeid.startswith(begins)), nodeid)


class ByGroup(LoadScopeScheduling):
    """Hands tests to workers by `group_of`."""

    def _split_scope(self, nodeid: str) -> Any:
        return group_of(nodeid)
