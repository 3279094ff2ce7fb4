"""Pictures of courses on a device: in pieces, whatever becomes of the signal, only what is theirs, never at the cost of room."""

from __future__ import annotations

import hashlib

import pytest

from contract.courses import Card, CourseBody, CourseRow, MediaRef
from mobile.core import media as media_module
from mobile.core.local_db import Settings
from mobile.core.media import LIMIT, PIECE_BYTES, Media, keepers
from mobile.devices.fake import START_MS
from tests.mobile.courses_here import ME, PICTURE, SHA, TILL, task, till
from tests.mobile.devices_here import Device
from tests.mobile.hq_rows import hq_says
from tests.support.planted import instead


def course(code: str, *sizes: int) -> CourseRow:
    media = [
        MediaRef(sha256=hashlib.sha256(f"{code}{n}".encode()).hexdigest(), media="image/png", size=size, width=1, height=1)
        for n, size in enumerate(sizes)
    ]
    body = CourseBody(title_zh=code, cards=[Card(key="c", kind="text", zh="x")])
    return CourseRow(id=code, code=code, version_id=code, number=1, published_ms=START_MS, body=body, media=media)


def test_a_picture_comes_in_pieces_and_goes_on_where_the_signal_was_lost(phone: Device) -> None:
    phone.set_up()
    phone.server.media[SHA] = PICTURE
    lost = iter((False, True))

    def weather(send, method, path, body, headers):  # type: ignore[no-untyped-def]
        if "/media/" in path and next(lost, False):
            phone.world.link.up = False
        return send(method, path, body, headers)

    phone.world.link.weather = weather
    hq_says(phone, ("company", "course", TILL, till()))
    assert phone.core.learning.picture(SHA) is None
    page = phone.core.learning.course(TILL)
    assert page is not None and page.cards[0].picture is not None
    assert (page.cards[0].picture.state, page.cards[0].picture.width) == ("coming", 800), "its room is known before it is here"
    phone.restart()
    phone.world.link.up = True
    phone.core.sync_once()
    assert phone.core.learning.picture(SHA) == PICTURE
    offsets = [offset for _, offset in phone.server.pieces]
    assert offsets == sorted(offsets) and offsets.count(0) == 1 and len(PICTURE) > 2 * PIECE_BYTES
    page = phone.core.learning.course(TILL)
    assert page is not None and page.cards[0].picture is not None and page.cards[0].picture.state == "here"


def test_what_is_not_the_picture_is_not_shown_and_not_asked_for_for_ever(phone: Device) -> None:
    phone.set_up()
    phone.server.media[SHA] = PICTURE[:-1] + b"?"
    hq_says(phone, ("company", "course", TILL, till()))
    assert phone.core.learning.picture(SHA) is None
    asked = [offset for _, offset in phone.server.pieces].count(0)
    phone.core.sync_once()
    assert asked == [offset for _, offset in phone.server.pieces].count(0) == media_module.FAILED_MOST
    assert phone.core.sync_state().badge == "synced", "a picture that cannot be had is no trouble of the device's"


def test_a_picture_taken_without_a_look_at_its_name_would_be_noticed(phone: Device) -> None:
    class Trusting:
        @staticmethod
        def sha256(_: bytes) -> Trusting:
            return Trusting()

        def hexdigest(self) -> str:
            return SHA

    phone.set_up()
    phone.server.media[SHA] = PICTURE[:-1] + b"?"
    with instead(media_module, "hashlib", Trusting):
        hq_says(phone, ("company", "course", TILL, till()))
    assert phone.core.learning.picture(SHA) not in (None, PICTURE), "the planted fault shows anything"


def test_pictures_lie_sealed_and_go_with_their_course(phone: Device) -> None:
    phone.set_up()
    phone.server.media[SHA] = PICTURE
    hq_says(phone, ("company", "course", TILL, till()))
    held = phone.core._parts.db
    assert all(PICTURE[:64] not in sealed for (sealed,) in held.rows("SELECT sealed FROM media_piece"))
    phone.server.pages.append({"gone": [("company", "course", TILL, 9_000_000)]})
    phone.core.sync_once()
    assert held.value("SELECT count(*) FROM media_piece") == 0 and phone.core.learning.picture(SHA) is None


def test_due_courses_keep_their_pictures_the_rest_share_what_room_there_is() -> None:
    due, begun, seen, other = course("due", 400), course("begun", 300), course("seen", 300), course("other", 300)
    shown = {seen.media[0].sha256: 9}
    kept = keepers([other, seen, begun, due], {"due"}, {"begun"}, shown, 1_000)
    assert [ref.sha256 for ref in kept] == [one.media[0].sha256 for one in (due, begun, seen)]
    kept = keepers([other, seen, begun, due], {"due", "other"}, {"begun"}, shown, 500)
    assert {ref.sha256 for ref in kept} == {due.media[0].sha256, other.media[0].sha256}, "never of a course that is due"


def test_when_room_is_short_the_least_recently_shown_picture_goes(phone: Device) -> None:
    phone.set_up()
    first, second = b"1" * 700_000, b"2" * 700_000
    rows = []
    for name, body in (("one", first), ("two", second)):
        row = course(name, len(body))
        ref = MediaRef(sha256=hashlib.sha256(body).hexdigest(), media="image/png", size=len(body), width=1, height=1)
        phone.server.media[ref.sha256] = body
        rows.append(("company", "course", name, CourseRow(**{**_fields(row), "media": [ref]})))
    hq_says(phone, *rows)
    names = [hashlib.sha256(body).hexdigest() for body in (first, second)]
    assert phone.core.learning.picture(names[1]) == second and phone.core.learning.picture(names[0]) == first
    phone.world.clock.pass_s(60)
    assert phone.core.learning.picture(names[1]) == second
    with phone.core._parts.db.write():
        Settings(phone.core._parts.db).put(LIMIT, 1)
        phone.core._parts.plan_media()
    assert phone.core.learning.picture(names[1]) == second and phone.core.learning.picture(names[0]) is None
    hq_says(phone, (ME, "training_task", "t", task(TILL)))
    assert phone.core.learning.picture(names[0]) is None, "what does not fit is not fetched again and again"


def test_a_nearly_full_disk_fetches_no_pictures(phone: Device) -> None:
    phone.set_up()
    phone.server.media[SHA] = PICTURE
    with instead(Media, "has_room", lambda self, free: False):
        hq_says(phone, ("company", "course", TILL, till()))
    assert phone.server.pieces == []
    phone.core.sync_once()
    assert phone.core.learning.picture(SHA) == PICTURE


def _fields(row: CourseRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__struct_fields__}


@pytest.mark.parametrize("busy", [True, False])
def test_words_go_before_pictures(phone: Device, busy: bool) -> None:
    phone.set_up()
    phone.server.media[SHA] = PICTURE
    phone.world.link.up = False
    if busy:
        phone.core.punch()
    phone.world.link.up = True
    hq_says(phone, ("company", "course", TILL, till()))
    paths = [path for _, path, _ in phone.world.link.sent]
    first_picture = next(n for n, path in enumerate(paths) if "/media/" in path)
    assert (len(phone.server.ops) == 1) is busy
    assert all("/media/" not in path for path in paths[:first_picture]) and phone.core.sync_state().waiting == 0
