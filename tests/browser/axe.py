"""axe-core on a page: what it finds, in words that lead to the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
# What is well stays in the browser, but for its number: on a long list that would be megabytes for each page.
RUN = """async ([where, rules]) => {
  const found = await axe.run(where || document, rules);
  const line = (wrong, node) => `${wrong.id} (${wrong.impact}): ${node.html.slice(0, 200)} ${node.failureSummary.slice(0, 300)}`;
  return {well: found.passes.length, wrong: found.violations.flatMap((wrong) => wrong.nodes.map((node) => line(wrong, node)))};
}"""


def violations(page: Page, inside: str | None = None, *, colours: bool = True) -> list[str]:
    """One line for each thing that is wrong; without colours where they were looked at in another language, for they cost half
    of the time. `evaluate` is not bound by the page's policy, so this needs no hole in it."""
    page.evaluate(SOURCE)
    rules = RULES if colours else {**RULES, "rules": {"color-contrast": {"enabled": False}}}
    found: dict[str, Any] = page.evaluate(RUN, [inside, rules])
    assert found["well"], "axe looked at nothing"
    return list(found["wrong"])
