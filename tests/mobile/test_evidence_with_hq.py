"""A photo with a request for a missed punch: kept with no signal, sent in pieces after it, seen on this phone and at HQ."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from server.approvals.model import RequestPhoto
from server.approvals.presets import ensure_presets
from tests.mobile.field import Gadget
from tests.mobile.test_hours_with_hq import Shop, shop, synced
from tests.server.world import SECRET

assert shop
PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 600
SHA = hashlib.sha256(PHOTO).hexdigest()


def _phone_with_forms(shop: Shop) -> Gadget:
    shop.at("2026-11-10 10:00")
    ensure_presets(shop.field.office.db, now=shop.field.time(), secret=SECRET)
    return shop.phone("li")


def _answers(store: str, **more: str) -> dict[str, str]:
    return {"store": store, "day": "2026-11-09", "time": "18:30", "kind": "out", "reason": "手机没电", "evidence": SHA, **more}


def test_a_photo_follows_its_request_when_there_is_signal_again(shop: Shop) -> None:
    li = _phone_with_forms(shop)
    li.world.link.up = False
    request_id = li.core.office.submit("missed_punch", _answers(shop.signing.store), photos=(PHOTO,))

    def pictures() -> list[tuple[str, int]]:
        page = li.core.office.request(request_id)
        assert page is not None
        shown = [line for line in page.answers if line.kind == "photo"]
        return [(line.text.en, sum(photo.state == "here" for photo in line.photos)) for line in shown]

    assert pictures() == [("1", 1)] and li.core.sync_state().photos == 1
    li.world.link.up = True
    synced(li, li)
    stored = shop.field.office.settings.data_dir / "blobs" / SHA[:2] / SHA
    assert stored.read_bytes() == PHOTO and li.core.sync_state().photos == 0
    assert len([1 for method, _, _ in li.world.link.sent if method == "PUT"]) == 3
    [kept] = shop.field.office.rows(sa.select(RequestPhoto))
    assert (kept.request_id, kept.photo) == (request_id, SHA) and pictures() == [("1", 1)]


def test_a_refused_request_is_corrected_and_sent_again_with_its_photo(shop: Shop) -> None:
    li = _phone_with_forms(shop)
    refused = li.core.office.submit("missed_punch", _answers(shop.signing.store, time="25:10"), photos=(PHOTO,))
    synced(li)
    draft = li.core.office.draft_again(refused)
    assert draft is not None and draft.instead_of is not None
    assert dict(draft.answers).get("evidence") in (SHA, None) and draft.photos in ((PHOTO,), ())
    again = li.core.office.submit("missed_punch", _answers(shop.signing.store), instead_of=draft.instead_of, photos=(PHOTO,))
    synced(li, li)
    stored = shop.field.office.settings.data_dir / "blobs" / SHA[:2] / SHA
    [kept] = shop.field.office.rows(sa.select(RequestPhoto))
    assert kept.request_id == again and stored.read_bytes() == PHOTO
