"""A photo with a request on the devices of who decides: asked for by a tap, written down as a look, nobody else's to have."""

from __future__ import annotations

import hashlib
import io
import random

import msgspec
import pytest
import sqlalchemy as sa
from PIL import Image

from contract.ids import new_id
from mobile.core.request_photos import names_in
from mobile.core.views import Refused
from mobile.core.views_photos import PhotoCard
from server.approvals import presets
from server.approvals.presets import ensure_presets
from server.archive.model import Look
from server.kernel.problems import Problem
from server.sync import request_photos
from tests.mobile.field import Gadget
from tests.mobile.test_hours_with_hq import HER_PIN, Shop, shop, synced
from tests.server.hostile_pictures import HOSTILE
from tests.server.world import SECRET
from tests.support.planted import instead

assert shop


def _noise() -> bytes:
    out = io.BytesIO()
    Image.frombytes("RGB", (200, 150), random.Random(4).randbytes(200 * 150 * 3)).save(out, "PNG")
    return out.getvalue()


PHOTO = _noise()  # of two pieces
SHA = hashlib.sha256(PHOTO).hexdigest()


def _asked(shop: Shop, photo: bytes = PHOTO) -> tuple[Gadget, str]:
    """Li Wei asked for a missed punch with a photo, and both are with HQ."""
    shop.at("2026-11-10 10:00")
    ensure_presets(shop.field.office.db, now=shop.field.time(), secret=SECRET)
    li = shop.phone("li")
    form = {"store": shop.signing.store, "day": "2026-11-09", "time": "18:30", "kind": "out", "reason": "手机没电"}
    sha = hashlib.sha256(photo).hexdigest()
    request_id = li.core.office.submit("missed_punch", {**form, "evidence": sha}, photos=(photo,))
    synced(li, li)
    return li, request_id


def _photos(page: object) -> list[tuple[str, str]]:
    assert page is not None
    return [(photo.sha, photo.state) for line in page.answers for photo in line.photos]  # type: ignore[attr-defined]


def _looks(shop: Shop) -> list[tuple[str, str, str, int]]:
    rows = shop.field.office.rows(sa.select(Look).where(Look.what == "photo"))
    return [(row.reader_id, row.person_id, row.about_id, row.times) for row in rows]


def _fetch(shop: Shop, device: Gadget, query: str = "", sha: str = SHA) -> int:
    path = f"/api/v1/sync/media/{sha}"
    identity = device.core._parts.identity
    headers = {"Outpost-Device": identity.need().device_id, "Outpost-Signature": identity.signer.sign_request("GET", path, b"")}
    return shop.field.carry("GET", path + query, b"", headers).status


def test_the_approvers_phone_shows_the_photo_once_it_was_asked_for_and_that_is_a_look(shop: Shop) -> None:
    li, request_id = _asked(shop)
    assert _photos(li.core.office.request(request_id)) == [(SHA, "here")] and li.core.office.photo(request_id, SHA) == PHOTO
    wu = shop.phone("wu")
    assert _photos(wu.core.office.request(request_id)) == [(SHA, "unasked")] and _looks(shop) == []
    wu.core.office.ask_for_photo(request_id, SHA)
    assert _photos(wu.core.office.request(request_id)) == [(SHA, "coming")]
    synced(wu, wu)
    assert _photos(wu.core.office.request(request_id)) == [(SHA, "here")]
    assert wu.core.office.photo(request_id, SHA) == PHOTO
    assert len([1 for _, path, _ in wu.world.link.sent if "/sync/media/" in path]) == 2
    assert _looks(shop) == [(shop.people["wu"], shop.people["li"], request_id, 1)]
    with pytest.raises(Refused, match=r"client\.photo_unknown"):
        wu.core.office.ask_for_photo(request_id, "ab" * 32)
    assert _fetch(shop, li) == 200 and len(_looks(shop)) == 1, "one's own photo is nobody's look"


def test_at_the_tablet_it_is_shown_to_who_decides_there_and_gone_when_it_is_decided(shop: Shop) -> None:
    tablet = shop.tablet(wu=HER_PIN)
    _, request_id = _asked(shop)
    synced(tablet)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        tablet.core.desk.photo(request_id, SHA)
    assert tablet.core.desk.open(shop.people["wu"], HER_PIN).ok
    page = tablet.core.desk.request(request_id)
    assert _photos(page) == [(SHA, "unasked")] and page is not None
    shown = {line.key: line.text.zh for line in page.answers}
    assert (shown["time"], shown["kind"]) == ("18:30", "下班"), "nobody can decide about a punch without its time"
    assert "reason" not in shown, "why is not the shared tablet's to show"
    tablet.core.desk.ask_for_photo(request_id, SHA)
    synced(tablet, tablet)
    assert tablet.core.desk.photo(request_id, SHA) == PHOTO
    assert _looks(shop) == [(shop.people["wu"], shop.people["li"], request_id, 1)]
    assert page.to_decide is not None
    tablet.core.desk.decide(request_id, page.to_decide.step_id, "approve")
    synced(tablet, tablet)
    assert tablet.core._parts.media.read(SHA) is None and tablet.core._parts.media.at_desk() == {}
    assert _fetch(shop, tablet, f"?by={shop.people['wu']}") == 404


def test_no_other_store_and_nobody_else_can_have_it(shop: Shop) -> None:
    li, request_id = _asked(shop)
    office = shop.field.office
    other = shop.field.tablet_of(office.open_store("豫园店"))
    other.core.sync_once()
    tablet, wang, wu = shop.tablet(), shop.phone("wang"), shop.phone("wu")
    by_wu, by_wang = f"?by={shop.people['wu']}", f"?by={shop.people['wang']}"
    assert [_fetch(shop, other, query) for query in ("", by_wu, by_wang)] == [404, 404, 404]
    assert [_fetch(shop, wang, query) for query in ("", by_wu)] == [404, 404]
    assert [_fetch(shop, tablet, query) for query in ("", by_wang, f"?by={shop.people['li']}", f"?by={new_id()}", "?by=%00")] == [
        404, 404, 404, 404, 404,
    ]  # fmt: skip
    assert _looks(shop) == [], "who is given nothing has not looked"
    assert _fetch(shop, tablet, by_wu) == 200 == _fetch(shop, wu)
    with instead(request_photos, "_decides", lambda *_: True):
        assert _fetch(shop, tablet, by_wang) == 200, "the control: without that judgement anybody could be named"
        assert _fetch(shop, other, by_wu) == 404, "the scope alone keeps another store away"
    assert li.core.office.photo(request_id, SHA) == PHOTO


def test_whoever_begins_in_the_middle_has_looked_too(shop: Shop) -> None:
    _asked(shop)
    wu = shop.phone("wu")
    assert _fetch(shop, wu, "?offset=1&most=100000000") == 206 and len(_looks(shop)) == 1
    assert _fetch(shop, wu, "?offset=2&most=9") == 206 and _looks(shop)[0][3] == 1


def test_what_cannot_be_written_down_is_not_shown(shop: Shop) -> None:
    _asked(shop)
    wu = shop.phone("wu")

    def refused(*_: object, **__: object) -> None:
        raise Problem("operation.failed_here")

    with instead(request_photos, "note_look", refused):
        assert _fetch(shop, wu) >= 400
    assert _fetch(shop, wu) == 200


def test_a_photo_that_has_not_come_is_said_to_be_missing_and_can_be_asked_for_again(shop: Shop) -> None:
    _, request_id = _asked(shop)
    file = shop.field.office.settings.data_dir / "blobs" / SHA[:2] / SHA
    file.rename(file.with_suffix(".away"))
    wu = shop.phone("wu")
    wu.core.office.ask_for_photo(request_id, SHA)
    synced(wu, wu)
    assert _photos(wu.core.office.request(request_id)) == [(SHA, "missing")] and _looks(shop) == []
    file.with_suffix(".away").rename(file)
    wu.core.office.ask_for_photo(request_id, SHA)
    synced(wu, wu)
    assert wu.core.office.photo(request_id, SHA) == PHOTO


@pytest.mark.parametrize("name", ["a header of 4 billion pixels", "24 million pixels", "a zip", "an SVG with a script"])
def test_nothing_is_handed_on_that_a_device_should_not_decode(shop: Shop, name: str) -> None:
    bomb = HOSTILE[name][0]()
    _, request_id = _asked(shop, bomb)
    sha = hashlib.sha256(bomb).hexdigest()
    wu = shop.phone("wu")
    assert _fetch(shop, wu, sha=sha) == 404 and _looks(shop) == []
    assert _photos(wu.core.office.request(request_id)) == [(sha, "unasked")]


def test_what_is_asked_of_leave_names_no_photo_at_a_desk() -> None:
    [leave] = [one for one in presets.presets() if one.kind == "leave"]
    [missed] = [one for one in presets.presets() if one.kind == "missed_punch"]
    [evidence] = [field for field in missed.fields if field.kind == "photo"]
    with_note = msgspec.structs.replace(leave, fields=[*leave.fields, evidence])
    assert request_photos.photos_at_desk(missed.fields) and not request_photos.photos_at_desk(with_note.fields)
    assert names_in([f"{SHA},{'cd' * 32}", "手机没电", True, None, 3]) == {SHA, "cd" * 32}
    assert PhotoCard(SHA, "missing").size == 0
