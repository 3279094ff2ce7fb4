"""Preferences as a small file beside the database. Written whole or not at all; a torn one is as good as none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class PreferencesFile:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "preferences.json"

    def load(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def keep(self, what: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(what), encoding="utf-8")
        fresh.replace(self._file)
