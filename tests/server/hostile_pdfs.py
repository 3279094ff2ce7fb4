"""PDFs that are meant to hurt, each drawn as an uploaded one is; run as a program it says what came of each."""

from __future__ import annotations

import io
import json
import resource
import sys
import zlib
from collections.abc import Callable

from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from server.announcements.pages import drawn
from server.kernel.problems import Problem

BROKEN, LOCKED = "announcements.file_broken", "announcements.file_locked"


def paper(pages: int = 1, *, password: str = "", colour: float = 0.0) -> bytes:
    """An honest PDF: so many pages full of words."""
    out = io.BytesIO()
    locked = StandardEncryption(password, ownerPassword="of the owner") if password else None
    made = canvas.Canvas(out, pagesize=A4, encrypt=locked)
    for number in range(pages):
        made.setFillColorRGB(colour, 0, 0)
        for line in range(50):
            made.drawString(40, 800 - line * 15, f"page {number + 1}, line {line}: " + "the price of a tin of paint " * 3)
        made.showPage()
    made.save()
    return out.getvalue()


def raw(objects: list[bytes], root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with the table that finds them."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, table))
    return out.getvalue()


def stream(body: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n" % (len(body), more) + body + b"\nendstream"


def one_page(content: bytes, *, box: bytes = b"0 0 595 842", resources: bytes = b"", more: tuple[bytes, ...] = ()) -> bytes:
    """One page that draws `content`; further objects are numbered from 5."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[" + box + b"]/Contents 4 0 R/Resources<<" + resources + b">>>>"
    return raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, content, *more])


def inflates(lines: int = 15_000_000) -> bytes:
    """A few KB that become many MB of drawing: 14 bytes a line, of which a renderer makes 270."""
    return one_page(stream(zlib.compress(b"0 0 m 9 9 l S " * lines, 9), b"/Filter/FlateDecode"))


def within_within() -> bytes:
    """Forms that draw ten of the next, nine deep: a thousand million."""
    forms = [
        stream(b"/F Do " * 10, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F %d 0 R>>>>" % (6 + n))
        for n in range(9)
    ]
    last = stream(b"0 0 9 9 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]")
    return one_page(stream(b"/F Do"), resources=b"/XObject<</F 5 0 R>>", more=(*forms, last))


def picture_of(side: int) -> bytes:
    """A page with a grey picture of side x side pixels, which are all the same and so weigh little."""
    head = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode"
    packed = zlib.compressobj(9)
    body = b"".join(packed.compress(bytes(side)) for _ in range(side)) + packed.flush()
    made = stream(body, head % (side, side))
    return one_page(stream(b"595 0 0 842 0 0 cm /I Do"), resources=b"/XObject<</I 5 0 R>>", more=(made,))


def same_page_often(times: int) -> bytes:
    kids = b" ".join([b"3 0 R"] * times)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    tree = b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % times
    return raw([b"<</Type/Catalog/Pages 2 0 R>>", tree, page, stream(b"9 9 m 99 99 l S")])


def tree_in_a_ring() -> bytes:
    return raw([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 5/Parent 2 0 R>>"])


# What it is: (its bytes, the refusal or None, how many pages at least are drawn of one that is taken)
HOSTILE: dict[str, tuple[Callable[[], bytes], str | None, int]] = {
    "an honest one": (lambda: paper(3), None, 3),
    "a hundred pages": (lambda: paper(100), None, 3),
    "one that wants a password": (lambda: paper(1, password="secret"), LOCKED, 0),
    "200 MB of drawing in 200 KB": (inflates, None, 0),
    "forms within forms": (within_within, None, 0),
    "a picture of 10^8 pixels": (lambda: picture_of(10_000), None, 0),
    "a picture of 9 * 10^8 pixels": (lambda: picture_of(30_000), None, 0),
    "a page of 200 inches": (lambda: one_page(stream(b"0 0 9 9 re f"), box=b"0 0 14400 14400"), None, 1),
    "a page of a million miles": (lambda: one_page(stream(b"0 0 9 9 re f"), box=b"0 0 1e14 1e14"), None, 0),
    "a page like a thread": (lambda: one_page(stream(b"0 0 9 9 re f"), box=b"0 0 1 14400"), None, 0),
    "a page of no size": (lambda: one_page(stream(b""), box=b"0 0 0 0"), None, 0),
    "a hundred thousand pages": (lambda: same_page_often(100_000), None, 10),
    "a tree in a ring": (tree_in_a_ring, BROKEN, 0),
    "a head and nothing": (lambda: b"%PDF-1.7\n%%EOF\n", BROKEN, 0),
    "half of one": (lambda: paper(3)[:2_000] + b"\n%%EOF\n", BROKEN, 0),
    "one that is a page of the web too": (lambda: paper(1) + b"<html><script>alert(1)</script></html>", None, 1),
}


def run() -> dict[str, object]:
    """What came of each: (refusal, pages drawn, pages of it, CPU seconds of the process that drew it)."""
    found: dict[str, object] = {}
    for name, (make, _, _) in HOSTILE.items():
        made, before = make(), spent()
        try:
            out = drawn(made)
            found[name] = [None, len(out.pages), out.count, round(spent() - before, 2)]
        except Problem as refused:
            found[name] = [refused.code, 0, 0, round(spent() - before, 2)]
    return {"found": found, "most_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}


def spent() -> float:
    """CPU seconds of the processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    json.dump(run(), sys.stdout)
