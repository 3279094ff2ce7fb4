"""A frame of the camera as a file: PNG with the standard library alone, small enough to keep hundreds of."""

from __future__ import annotations

import struct
import zlib

LONGEST = 480  # pixels of the longer side: a face fills it


def png_of(pixels: bytes, width: int, height: int) -> bytes:
    """RGBA pixels, row by row, as a PNG whose longer side is at most `LONGEST`."""
    every = max(1, -(-max(width, height) // LONGEST))
    columns, lines = range(0, width, every), range(0, height, every)
    rows = []
    for line in lines:
        start = line * width * 4
        row = pixels[start : start + width * 4]
        rows.append(b"\0" + b"".join(row[4 * at : 4 * at + 3] for at in columns))
    head = struct.pack(">IIBBBBB", len(columns), len(lines), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
