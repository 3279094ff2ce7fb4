"""axe-core on a page: what it finds, in words that lead to the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}}


def violations(page: Page, inside: str | None = None) -> list[str]:
    """One line for each thing that is wrong. `evaluate` is not bound by the page's policy, so this needs no hole in it."""
    page.evaluate(SOURCE)
    found: dict[str, Any] = page.evaluate("([where, rules]) => axe.run(where || document, rules)", [inside, RULES])
    assert found["passes"], "axe looked at nothing"
    return [
        f"{wrong['id']} ({wrong['impact']}): {node['html'][:200]} {node['failureSummary'][:300]}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]
