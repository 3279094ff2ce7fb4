"""Pictures for courses: judged before they are opened, made small, and without what a camera writes beside them."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from contract.courses import AddMedia, Card, ForgetPictures
from server.kernel.actors import Actor
from server.kernel.problems import Problem
from server.learning import pictures, tidying
from server.learning.model import Media
from tests.server.courses_of import Academy, body
from tests.server.world import SECRET
from tests.support.planted import instead


def photo(width: int = 3_000, height: int = 2_000, kind: str = "JPEG", **more: object) -> bytes:
    """A picture as a phone takes it: lying on its side, with its maker and a position."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Maker of phones"
    exif.get_ifd(0x8825)[1] = "N"
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, kind, exif=exif, **more)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A small PNG of side × side pixels: of 10,000, 100 million."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    lines = zlib.compressobj(9)
    data = b"".join(lines.compress(bytes(side * 3 + 1)) for _ in range(side)) + lines.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def code_of(content: bytes) -> str:
    try:
        pictures.shrink(content)
    except Problem as refused:
        return refused.code
    return "kept"


def test_a_photo_is_shrunk_turned_upright_and_bare() -> None:
    small = pictures.shrink(photo())
    with Image.open(io.BytesIO(small.content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (1_067, 1_600), {})
    assert b"Maker" in photo() and b"Maker" not in small.content and len(small.content) < 400_000
    assert pictures.shrink(photo()).sha256 == small.sha256


def test_what_is_see_through_stays_so_and_webp_becomes_what_every_phone_shows() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (200, 100), (255, 0, 0, 90)).save(out, "PNG")
    clear, web = pictures.shrink(out.getvalue()), pictures.shrink(photo(800, 600, "WEBP"))
    with Image.open(io.BytesIO(clear.content)) as kept:
        assert kept.mode == "RGBA" and clear.media == "image/png" and web.media == "image/jpeg"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "learning.picture_kind"),
        (b"<svg onload='alert(1)'/>", "learning.picture_kind"),
        (b"GIF89a" + bytes(50), "learning.picture_kind"),
        (b"\xff\xd8\xff" + bytes(100), "learning.picture_broken"),
        (photo()[:5_000], "learning.picture_broken"),
        (b"\xff\xd8\xff" + bytes(pictures.MOST_UPLOAD_BYTES), "blob.too_large"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(content: bytes, code: str) -> None:
    assert code_of(content) == code


def test_a_hundred_million_pixels_are_refused_from_the_header_alone() -> None:
    """In a process of its own: what it needs at most is less than 300 MB, and less than 2 s of a processor."""
    program = (
        "import re, sys, time\n"
        "from server.learning import pictures\n"
        "from server.kernel.problems import Problem\n"
        "content = sys.stdin.buffer.read()\n"
        "begun = time.process_time()\n"
        "try:\n    pictures.shrink(content)\n    code = 'kept'\n"
        "except Problem as refused:\n    code = refused.code\n"
        "most = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())\n"
        "print(code, time.process_time() - begun, int(most[1]) // 1024)\n"
    )
    content = bomb(10_000)
    said = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True, check=True, timeout=60)
    code, seconds, megabytes = said.stdout.split()
    assert (code, len(content) < 1_000_000) == (b"learning.picture_large", True)
    assert float(seconds) < 2 and int(megabytes) < 300


def test_without_the_limit_the_bomb_would_go_off() -> None:
    with instead(pictures, "MOST_PIXELS", 30_000_000):
        assert code_of(bomb(5_000)) == "kept"
    assert code_of(bomb(5_000)) == "learning.picture_large"


@pytest.fixture
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Academy]:
    made = Academy(tmp_path_factory.mktemp("pictures"))
    yield made
    made.world.close()


def test_a_picture_is_uploaded_once_and_read_by_who_may_see_its_course(academy: Academy) -> None:
    author, reader = academy.world.client("ma"), academy.world.client("an")

    def upload() -> dict[str, object]:
        said = author.flask.post(
            "/api/v1/courses/media", data={"file": (io.BytesIO(photo()), "IMG_1.jpg")},
            headers={"Authorization": f"Bearer {author.token}"}, content_type="multipart/form-data",
        )  # fmt: skip
        assert said.status_code == 201, said.json
        return dict(said.json)

    ref, again = upload(), upload()
    assert ref == again and len(academy.world.rows(sa.select(Media))) == 1
    path = f"/api/v1/courses/media/{ref['sha256']}"
    assert author.get(path).status_code == 200 and reader.get(path).status_code == 404
    academy.publish(body(cards=[Card(key="p", kind="picture", picture=str(ref["sha256"]))]))
    shown = reader.get(path)
    assert shown.status_code == 200 and shown.mimetype == "image/jpeg" and "sandbox" in shown.headers["Content-Security-Policy"]


def test_pictures_that_no_version_names_are_forgotten_after_a_while_and_all_others_stay(academy: Academy) -> None:
    world = academy.world
    folder = world.settings.data_dir
    shown, replaced, drafted, taken_out = (_kept(academy, color) for color in ("red", "green", "blue", "white"))
    first = academy.publish(body(cards=[Card(key="p", kind="picture", title_zh="图", picture=replaced)]))
    academy.next_version(first, body(cards=[Card(key="p", kind="picture", title_zh="图", picture=shown)]))
    academy.draft(body(cards=[Card(key="p", kind="picture", title_zh="图", picture=drafted)]))

    def held() -> set[str]:
        return {row.sha256 for row in world.rows(sa.select(Media)) if pictures.read(folder, row.sha256) is not None}

    def forget(after_days: int) -> int:
        return tidying.forget_unused(world.db, folder, world.clock() + timedelta(days=after_days), SECRET)

    assert forget(29) == 0 and held() == {shown, replaced, drafted, taken_out}
    again = world.clock() + timedelta(days=20)
    os.utime(pictures.path_of(folder, taken_out), (again.timestamp(),) * 2)
    assert forget(40) == 0, "it was put in again ten days ago"
    with instead(tidying, "_named", lambda _: set()), instead(tidying, "perform", lambda *_, **__: pytest.fail("it would go")):
        with pytest.raises(pytest.fail.Exception, match="it would go"):
            forget(60)
    assert forget(60) == 1 and held() == {shown, replaced, drafted}
    assert forget(90) == 0 and not pictures.path_of(folder, taken_out).exists()
    gone = ForgetPictures(pictures=[shown])
    assert world.refusal(gone, academy.actors["he"]) == "access.not_allowed"
    assert world.must(gone, Actor.system()).answer["forgotten"] == [], "named meanwhile, it stays"


def _kept(academy: Academy, color: str) -> str:
    """A picture, uploaded today."""
    raw = io.BytesIO()
    Image.new("RGB", (60, 40), color).save(raw, "PNG")
    small, world = pictures.shrink(raw.getvalue()), academy.world
    pictures.keep(world.settings.data_dir, small.sha256, small.content)
    now = world.clock().timestamp()
    os.utime(pictures.path_of(world.settings.data_dir, small.sha256), (now, now))
    world.must(AddMedia(sha256=small.sha256, media="image/png", size=len(small.content), width=60, height=40))
    return small.sha256
