"""What is half see-through has no smooth edge where something scrolls: Kivy draws that edge outside too (its issue 8782)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2] / "mobile" / "ui"
COLOUR = re.compile(r"\s*(?:rgba|a):\s*(?P<said>.+)")
SMOOTH = re.compile(r"\s*Smooth(?:RoundedRectangle|Ellipse|Rectangle):")
PARTLY = re.compile(r"(?<![\d.])0?\.\d+\s*(?:if|else|\]|\+|$)|self\.glow\]")
# large and alone on their pages, never near an edge of what scrolls
ALLOWED = {("press.kv", ".04 + .08 * self.breath"), ("press.kv", "else .10]"), ("surfaces.kv", "[*self.tint[:3], .14]"),
           ("form.kv", ".14 if self.is_today else 0]")}  # fmt: skip


def half_see_through(name: str, kv: str) -> list[str]:
    """Colours that are never quite there, each with a smooth shape after it."""
    found, colour = [], ""
    for line in kv.splitlines():
        if match := COLOUR.match(line):
            colour = match["said"]
        elif SMOOTH.match(line) and PARTLY.search(colour) and not any(n == name and part in colour for n, part in ALLOWED):
            found.append(f"{name}: {colour}")
    return found


def test_nothing_half_see_through_has_a_smooth_edge() -> None:
    files = sorted(ROOT.rglob("*.kv"))
    assert len(files) > 40
    assert [one for file in files for one in half_see_through(file.name, file.read_text(encoding="utf-8"))] == []


def test_control_one_that_has_is_found() -> None:
    kv = "Color:\n    rgba: [*theme.late[:3], .1 if root.internal else 0]\nSmoothRoundedRectangle:\n    pos: self.pos\n"
    assert half_see_through("rows.kv", kv) and not half_see_through("rows.kv", kv.replace("Smooth", ""))
