"""A photo laid bare before it is sealed: nothing in it tells where, when, or with which device it was taken.

Only what a decoder needs to draw the picture stays (JPEG: T.81 annex B; PNG: the chunks of ISO/IEC 15948); of EXIF the
orientation alone, written anew. What follows the end of the picture is cut off: phones keep second pictures there, with a
position of their own.
"""

from __future__ import annotations

import struct
from typing import Final

from mobile.core.photos import Photos
from mobile.core.views import Refused

_DRAWN: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"}
)  # chunks of a PNG that say how it looks
_ORIENTATION: Final = 0x0112
_SOI, _EOI, _SOS, _APP0, _APP1, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE


def bare(photo: bytes) -> bytes:
    """The same picture and nothing else. Refused where it is no photo this device can read, or too large for any server."""
    if photo.startswith(b"\x89PNG\r\n\x1a\n"):
        found = _bare_png(photo)
    elif photo.startswith(b"\xff\xd8\xff"):
        found = _bare_jpeg(photo)
    else:
        found = b""
    if not found:
        raise Refused("client.photo_unreadable")
    Photos.name(found)
    return found


def _bare_png(photo: bytes) -> bytes:
    made, place = [photo[:8]], 8
    while place + 12 <= len(photo):
        (length,) = struct.unpack_from(">I", photo, place)
        kind, end = photo[place + 4 : place + 8], place + 12 + length
        if end > len(photo):
            return b""
        if kind in _DRAWN:
            made.append(photo[place:end])
        if kind == b"IEND":
            return b"".join(made)
        place = end
    return b""


def _bare_jpeg(photo: bytes) -> bytes:
    made, place = [b"\xff\xd8"], 2
    turned = 1
    while place + 4 <= len(photo) and photo[place] == 0xFF:
        marker = photo[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        (length,) = struct.unpack_from(">H", photo, place + 2)
        body, end = photo[place + 4 : place + 2 + length], place + 2 + length
        if length < 2 or end > len(photo):
            return b""
        if marker == _SOS:
            head = [_oriented(turned)] if turned != 1 else []
            scans = _scans(photo, place)
            return b"".join([made[0], *head, *made[1:], scans]) if scans else b""
        if marker == _APP1:
            turned = _orientation_of(body) or turned
        elif marker in (_APP0, _APP14) or not (_APP0 <= marker <= 0xEF or marker == _COM):
            made.append(photo[place:end])
        place = end
    return b""


def _scans(photo: bytes, place: int) -> bytes:
    """From the first scan to the end of this picture: tables and scans of a progressive one, no applications' data."""
    made: list[bytes] = []
    while place + 2 <= len(photo) and photo[place] == 0xFF:
        marker = photo[place + 1]
        if marker == _EOI:
            return b"".join([*made, b"\xff\xd9"])
        if place + 4 > len(photo):
            return b""
        (length,) = struct.unpack_from(">H", photo, place + 2)
        end = place + 2 + length
        if marker == _SOS:
            end = _end_of_data(photo, end)
        if length < 2 or end > len(photo):
            return b""
        if not (_APP0 <= marker <= 0xEF or marker == _COM):
            made.append(photo[place:end])
        place = end
    return b""


def _end_of_data(photo: bytes, place: int) -> int:
    """Where entropy-coded data ends: at the first marker that is no stuffed byte and no restart."""
    while (place := photo.find(b"\xff", place)) >= 0 and place + 1 < len(photo):
        after = photo[place + 1]
        if after == 0x00 or 0xD0 <= after <= 0xD7:
            place += 2
        elif after == 0xFF:
            place += 1
        else:
            return place
    return len(photo) + 1


def _orientation_of(body: bytes) -> int:
    """1 to 8 as EXIF counts them; 0 where it does not say."""
    if not body.startswith(b"Exif\0\0") or len(body) < 14:
        return 0
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for n in range(min(count, 200)):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * n)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _oriented(turned: int) -> bytes:
    tiff = b"MM\0\x2a" + struct.pack(">IH", 8, 1) + struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0) + struct.pack(">I", 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
