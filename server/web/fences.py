"""A store's fence: the editor, and the answer to "where is this really, and can it be a fence?".

The browser draws what was typed; what it means in WGS-84 and whether it can be used is judged here, by the contract.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, make_response, render_template, request

from contract import wire
from contract.datums import Wgs84, from_wgs84
from contract.fences import Circle, FenceRefused, fence_drawn, middle_of
from contract.geodesy import distance_m
from contract.stores import FenceShape, RedrawFence
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.stores import queries
from server.web.maps import map_words
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show

DATUMS = ("wgs84", "gcj02", "bd09")
_CORNER = re.compile(r"[,;，；\s]+")


def degrees_e7(text: str, name: str) -> int:
    """Typed degrees as 1e-7 degrees, without a float in between. Full-width digits and a comma after are forgiven."""
    clean = text.strip().translate(str.maketrans("０１２３４５６７８９．－", "0123456789.-")).rstrip(",，°")
    try:
        value = Decimal(clean)
    except InvalidOperation:
        raise Problem("wire.invalid", field=name) from None
    if not value.is_finite() or abs(value) > 180:
        raise Problem("wire.out_of_range", field=name, want="-180 ... 180")
    return int((value * 10_000_000).to_integral_value())


def fence_of_form(given: Mapping[str, str]) -> FenceShape:
    """What was drawn or typed. Raises Problem or Malformed with the field."""
    shape: dict[str, Any] = {"datum": given.get("datum", "")}
    if given.get("shape") == "polygon":
        lines = [line for line in given.get("points", "").splitlines() if line.strip()]
        corners = [[part for part in _CORNER.split(line.strip()) if part] for line in lines]
        if any(len(corner) < 2 for corner in corners):
            raise Problem("wire.invalid", field="points")
        shape["points"] = [
            {"lat_e7": degrees_e7(corner[0], "points"), "lng_e7": degrees_e7(corner[1], "points")} for corner in corners
        ]
    else:
        shape["center"] = {
            "lat_e7": degrees_e7(given.get("lat", ""), "lat"),
            "lng_e7": degrees_e7(given.get("lng", ""), "lng"),
        }
        radius = given.get("radius_m", "").strip()
        if not radius.isdecimal():
            raise Problem("wire.invalid", field="radius_m")
        shape["radius_m"] = int(radius[:9])
    return wire.convert(shape, FenceShape)


def fence_form(row: Any) -> dict[str, Any]:
    """The editor's first values: what was entered last time, in the datum it was entered in."""
    given = request.form
    if given:
        return {name: given.get(name, "") for name in ("datum", "shape", "lat", "lng", "radius_m", "points")}
    if row is None:
        return {"datum": "wgs84", "shape": "circle", "lat": "", "lng": "", "radius_m": "100", "points": ""}
    datum = row.datum_entered
    points = [_shown(datum, lat, lng) for lat, lng in row.points or ()]
    lat, lng = _shown(datum, row.lat_e7, row.lng_e7)
    return {
        "datum": datum,
        "shape": "polygon" if points else "circle",
        "lat": f"{lat:.6f}",
        "lng": f"{lng:.6f}",
        "radius_m": str(row.radius_m or 100),
        "points": "\n".join(f"{lat:.6f}, {lng:.6f}" for lat, lng in points),
    }


def _shown(datum: str, lat_e7: int, lng_e7: int) -> tuple[float, float]:
    """A kept place on the map it was copied from."""
    return from_wgs84(datum, Wgs84.from_e7(lat_e7, lng_e7))


@page("/stores/<store_id>/fence", needs=Permission.MANAGE_STORES)
def fence(look: Look, store_id: str) -> Response:
    return _fence(look, store_id, None)


def _fence(look: Look, store_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    store = queries.one_store(look.session, store_id)
    if store is None:
        raise Problem("stores.unknown", id=store_id)
    return show(
        "fence.html", look, status=status, store=store, fence=fence_form(store), problem=problem, section="console.stores",
        map={"words": map_words(look)},
    )  # fmt: skip


@action("/stores/<store_id>/fence", needs=Permission.MANAGE_STORES)
def redraw_fence(who: Actor, store_id: str) -> Response:
    try:
        shape = fence_of_form(request.form)
        perform_form(who, RedrawFence(store_id=store_id, fence=shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _fence(look, store_id, fence_sentence(look, wrong), form_status(wrong))
    return done("console.store", "fence", store_id=store_id)


def fence_sentence(look: Look, wrong: Problem | wire.Malformed) -> tuple[str, str]:
    """What is wrong with a fence, in words: its problems are keys of sentences."""
    problems = wrong.facts.get("problems")
    if isinstance(problems, list):
        return "fence", " ".join(look.t(str(key)) + "." for key in problems)
    return sentence_of(wrong)


@page("/fence-check", needs=Permission.MANAGE_STORES)
def fence_check(look: Look) -> Response:
    """Where the drawn fence truly is, how far its map had moved it, how large it is; or why it cannot be one."""
    try:
        shape = fence_of_form(request.args)
        drawn = fence_drawn(
            shape.datum,
            center=(shape.center.lat_e7, shape.center.lng_e7) if shape.center else None,
            radius_m=shape.radius_m,
            points=[(point.lat_e7, point.lng_e7) for point in shape.points] if shape.points else None,
        )
    except FenceRefused as refused:
        return _checked(problem=" ".join(look.t(key) + "." for key in refused.problems))
    except (Problem, wire.Malformed) as wrong:
        return _checked(problem=sentence_of(wrong)[1])
    middle = middle_of(drawn)
    first = shape.center or (shape.points or [])[0]
    typed = Wgs84.from_e7(first.lat_e7, first.lng_e7)
    true_first = drawn.center if isinstance(drawn, Circle) else drawn.points[0]
    if isinstance(drawn, Circle):
        area_m2 = math.pi * drawn.radius_m**2
        truth = {"center": [middle.lat_e7, middle.lng_e7], "radius_m": drawn.radius_m}
    else:
        area_m2 = _area_m2([(point.lat, point.lng) for point in drawn.points], middle)
        truth = {"points": [[point.lat_e7, point.lng_e7] for point in drawn.points]}
    return _checked(
        middle=middle, moved_m=distance_m(typed, true_first), area_m2=area_m2, datum=shape.datum, truth=truth,
        exact=shape.datum != "wgs84",
    )  # fmt: skip


def _area_m2(points: list[tuple[float, float]], middle: Wgs84) -> float:
    """For the eye: flat, around the middle."""
    scale = math.cos(math.radians(middle.lat))
    flat = [(111_320 * (lat - middle.lat), 111_320 * scale * (lng - middle.lng)) for lat, lng in points]
    return abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(flat, flat[1:] + flat[:1], strict=True))) / 2


def _checked(**values: Any) -> Response:
    return make_response(render_template("console/fence_check.html", **{"problem": None, **values}))


