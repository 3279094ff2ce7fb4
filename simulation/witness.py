"""What truly happened: somebody who saw each person tap, where they stood, and what the app said to them.

The witness never tells a device or the server anything. The oracle lays its book beside what they hold at the end.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Act:
    """One tap on the punch button. `cheat` names the class of a planted cheat; `punch_id` is what the app called it."""

    person_id: str
    store_id: str
    kind: str
    true_ms: int
    cause: str
    gadget: str
    cheat: str | None = None
    punch_id: str | None = None
    refused: str | None = None


@dataclass
class Witness:
    """The book."""

    acts: list[Act] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def saw(self, what: str) -> None:
        """Something that happened to a device or the server, for the table's last lines."""
        self.seen[what] += 1
