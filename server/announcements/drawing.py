"""Draws the pages of a PDF, in a process that may use little: PDFs come from outside, and a renderer is a large thing to trust.

A program of its own (`python -I drawing.py MOST SIDE FONTS`), so that nothing of the server is in its memory: the PDF in by
standard input; out come frames, each four unsigned 32-bit numbers (big endian) and a picture, PNG or JPEG: pages of the whole
file, width, height, bytes.

FONTS is a folder of fonts for what a PDF names and does not bring along, as many Chinese ones do: without one that knows the
signs they would be left out without a word.

It stops by itself after `SPENT_S` of work; the kernel stops it soon after. Exit 3: cannot be opened, 4: wants a password.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import resource
import struct
import sys
import time

from PIL import Image

SPENT_S, KILLED_S = 1.5, 2  # seconds of CPU
MEMORY = 300 * 1024 * 1024  # bytes of address space, the program and its libraries included
SHORT_SIDE = 1_080  # pixels: what an old phone shows across
FEW_COLOURS = 4_096
BROKEN, LOCKED = 3, 4
HEAD = struct.Struct(">IIII")


def limited() -> None:
    """From here on no more memory and time than this."""
    with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (KILLED_S, KILLED_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def use_fonts(folder: str) -> None:
    """Begin anew, with the fonts of this folder and none of the system's: a page looks the same wherever it is drawn."""
    import pypdfium2.raw as pdfium

    pdfium.FPDF_DestroyLibrary()
    letters = ctypes.POINTER(ctypes.c_char)
    paths = (letters * 2)(ctypes.cast(ctypes.create_string_buffer(os.fsencode(folder)), letters), None)
    config = pdfium.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=paths, m_pIsolate=None, m_v8EmbedderSlot=0)
    pdfium.FPDF_InitLibraryWithConfig(config)


def draw(content: bytes, most: int, side: int, fonts: str) -> int:
    """Write the first `most` pages to standard output, none longer than `side` pixels. Answers the exit code."""
    import pypdfium2  # after the limits: its memory is counted too

    use_fonts(fonts)
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as wrong:
        return LOCKED if "password" in str(wrong).lower() else BROKEN
    count = len(document)
    for number in range(min(count, most)):
        if time.process_time() > SPENT_S:
            break
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            return BROKEN
        short, long = sorted(page.get_size())
        if short <= 0:
            return BROKEN
        picture = page.render(scale=min(SHORT_SIDE / short, side / long)).to_pil().convert("RGB")
        said = _written(picture)
        sys.stdout.buffer.write(HEAD.pack(count, picture.width, picture.height, len(said)) + said)
        sys.stdout.buffer.flush()
        page.close()
    return 0 if count else BROKEN


def _written(picture: Image.Image) -> bytes:
    """Letters and lines have few colours: as a PNG of 64 they are sharp and an eighth of the size (a page full of words 60 KB
    instead of 490). Photographs are JPEGs."""
    out = io.BytesIO()
    if picture.getcolors(FEW_COLOURS) is not None:
        picture.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    else:
        picture.save(out, "JPEG", quality=75, optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    limited()
    sys.exit(draw(sys.stdin.buffer.read(), int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
