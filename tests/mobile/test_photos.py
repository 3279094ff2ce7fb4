"""Photos: kept sealed, sent after their punch, taken up where they broke off, never lost to a lying network."""

from __future__ import annotations

import pytest

from contract.limits import MAX_BLOB_BYTES
from mobile.core.ports import Answer, NoSignal
from mobile.core.views import Refused
from mobile.devices.fake import Send
from tests.mobile.devices_here import WEI, Device
from tests.mobile.test_journal import raw_store

PHOTO = bytes(i * 7 % 256 for i in range(150_000))


def punched(tablet: Device) -> Device:
    tablet.set_up()
    tablet.core.punch(kind="in", person_id=WEI, photo=PHOTO)
    return tablet


def test_a_photo_is_sealed_on_the_device_and_named_by_its_content(tablet: Device) -> None:
    core = punched(tablet).core
    assert PHOTO[1000:1032] not in raw_store(core._parts.db)
    core.sync_once()
    assert list(tablet.server.blobs.values()) == [PHOTO]
    [name] = tablet.server.blobs
    assert name.encode() in tablet.server.ops[0]


def test_no_piece_leaves_before_the_server_has_the_punch(tablet: Device) -> None:
    punched(tablet).core.sync_once()
    order = [method for method, _, _ in tablet.world.link.sent if method in ("POST", "PUT")]
    assert order[-3:] == ["PUT"] * 3 and "PUT" not in order[:-3]
    assert max(len(body) for method, _, body in tablet.world.link.sent if method == "PUT") <= 64 * 1024


def test_a_transfer_that_breaks_off_goes_on_where_it_was(tablet: Device) -> None:
    punched(tablet)
    pieces: list[int] = []

    def breaks(through: Send, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = through(method, path, body, headers)
        if method == "PUT":
            pieces.append(int(headers["Upload-Offset"]))
            if len(pieces) == 2:
                raise NoSignal("the lift")  # the server has this piece, and we do not know it
        return answer

    tablet.world.link.weather = breaks
    tablet.core.sync_once()
    core = tablet.restart()
    core.sync_once()
    core.sync_once()
    assert list(tablet.server.blobs.values()) == [PHOTO]
    assert pieces == [0, 65536, 65536, 131072]


def test_a_server_that_lost_its_part_is_given_it_again(tablet: Device) -> None:
    punched(tablet)
    forgotten = [False]

    def forgets(through: Send, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method == "PUT" and headers["Upload-Offset"] != "0" and not forgotten[0]:
            forgotten[0] = True
            tablet.server.blobs.clear()
        return through(method, path, body, headers)

    tablet.world.link.weather = forgets
    tablet.core.sync_once()
    assert list(tablet.server.blobs.values()) == [PHOTO]


@pytest.mark.parametrize("answer", [Answer(200, b"<html>log in</html>"), Answer(204, b""), Answer(200, b"")])
def test_a_captive_portal_cannot_make_a_photo_disappear(tablet: Device, answer: Answer) -> None:
    punched(tablet)
    tablet.world.link.weather = lambda through, method, *rest: answer if method == "PUT" else through(method, *rest)
    tablet.core.sync_once()
    assert tablet.core.sync_state().photos == 1
    tablet.world.link.weather = None
    tablet.core.sync_once()
    assert list(tablet.server.blobs.values()) == [PHOTO] and tablet.core.sync_state().photos == 0


def test_a_photo_stays_until_a_backup_holds_it_and_is_offered_to_a_restored_server(tablet: Device) -> None:
    core = punched(tablet).core
    core.sync_once()
    assert core._parts.db.value("SELECT count(*) FROM photo") == 1
    tablet.server.blobs.clear()
    tablet.server.pages += [{"reset": True, "complete": False}, tablet.first_page()]
    core.sync_once()
    assert list(tablet.server.blobs.values()) == [PHOTO]
    tablet.server.backed = 1
    core.sync_once()
    assert core._parts.db.value("SELECT count(*) FROM photo") == 0


def test_a_photo_nobody_would_take_is_refused_before_the_punch_is_made(tablet: Device) -> None:
    core = tablet.set_up()
    for photo in (b"", b"x" * (MAX_BLOB_BYTES + 1)):
        with pytest.raises(Refused, match=r"client\.photo_too_large"):
            core.punch(kind="in", person_id=WEI, photo=photo)
    assert core.sync_state().journal_head == 0
    core.punch(kind="in", person_id=WEI)
