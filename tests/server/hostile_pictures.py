"""Pictures that are meant to hurt, each opened in a process of its own memory; run as a program it says what came of each."""

from __future__ import annotations

import io
import json
import re
import resource
import struct
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from server.feedback.photos import draw_anew
from server.kernel.problems import Problem

KIND, BROKEN, LARGE = "feedback.photo_kind", "feedback.photo_broken", "feedback.photo_large"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *, before: bytes = b"", raw: bytes | None = None, colour: int = 2) -> bytes:
    """A PNG whose header says this size, whatever follows. `raw`: what its data inflates to."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    data = zlib.compress(raw if raw is not None else bytes((width * 3 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + head + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def jpeg(width: int = 800, height: int = 600, exif: bytes | None = None) -> bytes:
    out = io.BytesIO()
    drawn = Image.effect_mandelbrot((width, height), (-2, -1.5, 1, 1.5), 40).convert("RGB")
    drawn.save(out, "JPEG", exif=exif or b"")
    return out.getvalue()


def with_position() -> bytes:
    """A picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Maker of phones"
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)}
    return jpeg(exif=exif.tobytes())


def large_jpeg() -> bytes:
    """A real one of 12 million pixels."""
    out = io.BytesIO()
    Image.new("RGB", (4_000, 3_000), "teal").save(out, "JPEG")
    return out.getvalue()


def text_bomb() -> bytes:
    return png(8, 8, before=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(60_000_000), 9)))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "a picture of 10^8 pixels": (lambda: png(10_000, 10_000, raw=b""), LARGE),
    "a header of 4 billion pixels": (lambda: png(65_535, 65_535, raw=b""), LARGE),
    "24 million pixels": (lambda: png(6_000, 4_000, raw=b""), LARGE),
    "12 million pixels": (large_jpeg, None),
    "12 million pixels in a PNG": (lambda: png(4_000, 3_000), None),
    "12 million see-through pixels": (lambda: png(4_000, 3_000, raw=bytes((4_000 * 4 + 1) * 3_000), colour=6), None),
    "a text that inflates to 60 MB": (text_bomb, BROKEN),
    "data that inflates beyond the picture": (lambda: png(8, 8, raw=bytes(60_000_000)), None),
    "data that ends too early": (lambda: png(400, 400, raw=bytes(100)), BROKEN),
    "a zip": (lambda: b"PK\x03\x04" + bytes(400), KIND),
    "an SVG with a script": (lambda: SVG, KIND),
    "a page that says it is a PNG": (lambda: b"<html><script>alert(1)</script>", KIND),
    "a PNG's first bytes and a script": (lambda: b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", BROKEN),
    "a JPEG's first bytes and nothing": (lambda: b"\xff\xd8\xff", BROKEN),
    "half a JPEG": (lambda: jpeg()[:3_000], BROKEN),
    "a picture that is a page too": (lambda: jpeg() + b"<html><script>alert(1)</script></html>", None),
    "a picture that is a zip too": (lambda: jpeg() + b"PK\x03\x04evil.php", None),
    "a picture with a position": (with_position, None),
    "a RIFF that is a sound": (lambda: b"RIFF\x00\x01\x00\x00WAVEfmt " + bytes(100), KIND),
    "a TIFF": (lambda: b"II*\x00" + bytes(400), KIND),
    "a GIF": (lambda: b"GIF89a" + bytes(400), KIND),
    "nothing": (lambda: b"", KIND),
}


def run() -> dict[str, object]:
    """What came of each: (code, seconds of this process's own time), and the most memory that was held, in MB."""
    found: dict[str, object] = {}
    for name, (make, _) in HOSTILE.items():
        raw = make()
        begun = time.process_time()
        try:
            draw_anew(raw)
            code = None
        except Problem as refused:
            code = refused.code
        found[name] = [code, round(time.process_time() - begun, 2), most_mb()]
        del raw
    return {"found": found, "most_mb": most_mb()}


def most_mb() -> int:
    """The most that this program itself ever held; `ru_maxrss` would begin with what its parent held when it was forked."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(re.findall(r"^VmHWM:\s*([0-9]+) kB$", status.read_text(encoding="ascii"), re.MULTILINE)[0]) // 1024


if __name__ == "__main__":
    json.dump(run(), sys.stdout)
