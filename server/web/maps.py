"""What a map is told: fences and punch points in 1e-7 degrees of WGS-84, and its words. The drawing is map.js's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.archive.looks import note_look
from server.attendance.model import Punch
from server.kernel.http import outpost
from server.web.shell import Look
from server.web.words import at

_IN_WORLD = (900_000_000, 1_800_000_000)


def map_words(look: Look) -> dict[str, str]:
    return {
        "zoomIn": look.t("console.map.zoom_in"),
        "zoomOut": look.t("console.map.zoom_out"),
        "middle": look.t("console.map.middle"),
        "edge": look.t("console.map.edge"),
        "corner": look.t("console.map.corner", n="{n}"),
    }


def fence_facts(row: Any) -> dict[str, Any]:
    """A fence as the map draws it: of a store, or of one of its earlier versions."""
    if row.points:
        return {"points": [[lat, lng] for lat, lng in row.points]}
    return {"center": [row.lat_e7, row.lng_e7], "radius_m": row.radius_m or 1}


def map_facts(
    look: Look, fences: Sequence[Any], punches: Sequence[tuple[Punch, str]], zone: str, about: str | None = None
) -> dict[str, Any]:
    """Fences and the punches that have a place, once it is written down whose places are shown to whom. A claimed place
    outside the world is told in words, not drawn. `about`: the one that is meant; the others are drawn fainter."""
    drawn: list[dict[str, Any]] = []
    told: dict[str, str] = {}
    for punch, person in punches:
        if punch.lat_e7 is None or punch.lng_e7 is None or punch.place == "no_fix":
            continue
        if abs(punch.lat_e7) > _IN_WORLD[0] or abs(punch.lng_e7) > _IN_WORLD[1]:
            continue
        drawn.append(
            {
                "at": [punch.lat_e7, punch.lng_e7],
                "accuracy_m": (punch.accuracy_dm or 0) / 10,
                "verdict": punch.verdict,
                "faint": about is not None and punch.id != about,
                "label": f"{person} · {look.t('console.kind.' + punch.kind)} {at(punch.taken_at, zone)}",
            }
        )
        told[punch.person_id] = punch.id
    if told:
        one = about or (next(iter(told.values())) if len(told) == 1 else None)
        note_look(outpost(), look.actor, "position", list(told), about_id=one)
    return {"fences": [fence_facts(fence) for fence in fences], "punches": drawn, "words": map_words(look)}
