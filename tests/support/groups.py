"""Which tests stay together on one worker when the suite runs on two, and which are begun first.

By folder and file, because xdist's own groups are lost with this pytest: it no longer reads what they write into a test's id
(tests/ground/test_groups.py would see it).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

T = TypeVar("T")

# A file's tests stay together: they share what is made once for the file. Folders that share more: what it is.
TOGETHER = {"tests/web/": "one company of shops", "tests/architecture/": "one reading of the tree"}
# What is found on the pages of a face is found once: those who ask stay with that face's walk.
WALKS = ("tests/ui/test_layout.py", "tests/ui/test_words.py")
FACES = ("phone", "kiosk")
# What takes longest is begun first, so that no worker stands idle at the end while the other does it. In this order.
LONG = (
    "tests/chaos/",
    "tests/browser/test_accessibility.py",
    "tests/server/test_bad_input.py",
    "tests/sync/test_model.py",
    "tests/simulation/",
    "tests/web/",
    "tests/server/test_schema_parity.py",
    "tests/journeys/",
    "tests/server/test_matrix",
    "tests/ui/",
    "tests/protocol/test_stranger",
    "tests/server/test_audit.py",
    "tests/sync/",
    "tests/server/test_imports.py",
    "tests/server/test_cli.py",
    "tests/server/test_market_claims.py",
    "tests/server/test_fields.py",
    "tests/architecture/",
    "tests/power/",
    "tests/ground/",
    "tests/solver/",
)


def group_of(nodeid: str) -> str:
    """The group a test belongs to."""
    if nodeid.startswith(WALKS):
        return f"walk of the {next((face for face in FACES if f'[{face}' in nodeid), FACES[0])}"
    return next((group for group in TOGETHER if nodeid.startswith(group)), nodeid.partition("::")[0])


def rank_of(nodeid: str) -> int:
    """What is long ranks first; the rest comes after it in its own order."""
    return next((n for n, begins in enumerate(LONG) if nodeid.startswith(begins)), len(LONG))


def long_ones_first(items: Iterable[T], nodeid_of: Any = lambda item: item.nodeid) -> list[T]:
    """In the order in which workers take them up."""
    return sorted(items, key=lambda item: rank_of(nodeid_of(item)))


class ByGroup(LoadScopeScheduling):
    """Hands tests to workers by `group_of`, in the order in which they were collected: the long ones first."""

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # else the groups of most tests come first, however short those are

    def _split_scope(self, nodeid: str) -> Any:
        return group_of(nodeid)
