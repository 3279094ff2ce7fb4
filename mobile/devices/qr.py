"""Making a QR: pure Python, the same on every device."""

from __future__ import annotations

import functools

import segno

Matrix = tuple[tuple[bool, ...], ...]


@functools.lru_cache(maxsize=4)
def qr_matrix(text: str) -> Matrix:
    """The modules of a QR without its quiet zone, first row on top."""
    return tuple(tuple(bool(module) for module in row) for row in segno.make(text, error="m", micro=False).matrix)
