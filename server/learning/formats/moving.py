"""A body that moves into this server: its pictures get the names under which they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract import wire
from contract.courses import CourseBody


def with_pictures(body: CourseBody, names: Mapping[str, str | None]) -> CourseBody:
    """The body with the names of its pictures as they are kept."""

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: names.get(one, one) if name == "picture" and isinstance(one, str) else renamed(one)
                for name, one in value.items()
            }
        return [renamed(one) for one in value] if isinstance(value, list) else value

    return wire.convert(renamed(wire.plain(body)), CourseBody)
