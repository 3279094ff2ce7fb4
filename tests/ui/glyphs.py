"""Which characters a TrueType file can draw, read from its `cmap` table (formats 4 and 12 of the OpenType specification)."""

from __future__ import annotations

import struct
from pathlib import Path

_WINDOWS, _UNICODE = 3, 0


def drawable(font: Path) -> set[int]:
    """The code points that have a glyph of their own."""
    data = font.read_bytes()
    start = _table(data, b"cmap")
    (count,) = struct.unpack_from(">H", data, start + 2)
    found: set[int] = set()
    for index in range(count):
        platform, _encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * index)
        if platform not in (_WINDOWS, _UNICODE):
            continue
        at = start + offset
        (form,) = struct.unpack_from(">H", data, at)
        if form == 4:
            found |= _format_4(data, at)
        elif form == 12:
            found |= _format_12(data, at)
    return found


def _table(data: bytes, name: bytes) -> int:
    (count,) = struct.unpack_from(">H", data, 4)
    for index in range(count):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if tag == name:
            return int(offset)
    raise ValueError(f"no {name!r} table")


def _format_12(data: bytes, at: int) -> set[int]:
    (groups,) = struct.unpack_from(">I", data, at + 12)
    found: set[int] = set()
    for index in range(groups):
        first, last, glyph = struct.unpack_from(">III", data, at + 16 + 12 * index)
        found |= {code for code in range(first, last + 1) if glyph + code - first != 0}
    return found


def _format_4(data: bytes, at: int) -> set[int]:
    (double,) = struct.unpack_from(">H", data, at + 6)
    segments = double // 2
    ends, starts = at + 14, at + 16 + double
    deltas, offsets = starts + double, starts + 2 * double
    found: set[int] = set()
    for index in range(segments):
        last, first, delta, offset = (
            struct.unpack_from(">H", data, base + 2 * index)[0] for base in (ends, starts, deltas, offsets)
        )
        for code in range(first, last + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", data, offsets + 2 * index + offset + 2 * (code - first))
            if (glyph + delta) % 65_536 and (glyph or not offset) and code != 0xFFFF:
                found.add(code)
    return found
