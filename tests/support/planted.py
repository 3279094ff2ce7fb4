"""Planting a fault: one real function is replaced by a broken one for a while, to see that a test finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Fault = Callable[[], Any]


@contextmanager
def instead(owner: Any, name: str, broken: Any) -> Iterator[None]:
    """`owner.name` is `broken` inside. Fails where there is no such thing: a fault planted in the air finds nothing."""
    held = owner.__dict__[name] if isinstance(owner, type) else getattr(owner, name)
    setattr(owner, name, broken)
    try:
        yield
    finally:
        setattr(owner, name, held)
