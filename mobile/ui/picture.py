"""A frame of the camera as a file: PNG with the standard library alone, small enough to keep hundreds of."""

from __future__ import annotations

import struct
import zlib

from contract.limits import MAX_BLOB_BYTES

LONGEST = 480  # pixels of the longer side: a face fills it
EVIDENCE_SIDES = (1280, 640)  # of a photo that must be read


def evidence_of(pixels: bytes, width: int, height: int) -> bytes:
    """RGBA pixels as a PNG that can be read and that HQ takes: half the size where the whole is too large."""
    made = (png_of(pixels, width, height, longest) for longest in EVIDENCE_SIDES)
    return next((one for one in made if len(one) <= MAX_BLOB_BYTES), b"")


def png_of(pixels: bytes, width: int, height: int, longest: int = LONGEST) -> bytes:
    """RGBA pixels, row by row, as a PNG whose longer side is at most `longest`."""
    every = max(1, -(-max(width, height) // longest))
    columns, lines = range(0, width, every), range(0, height, every)
    rows = []
    for line in lines:
        start = line * width * 4
        row = pixels[start : start + width * 4]
        line_of = bytearray(3 * len(columns))
        for colour in range(3):
            line_of[colour::3] = row[colour :: 4 * every]
        rows.append(b"\0" + line_of)
    head = struct.pack(">IIBBBBB", len(columns), len(lines), 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(rows), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
