"""A photo on a score card against the real server: taken with no signal, laid bare, sealed, sent in pieces that are taken up
again, opened on the phone of whom it concerns and at the desk of its store, and by nobody else; and cards about another day."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from contract.ids import new_id
from mobile.core.feedback_photos import bare
from mobile.core.ports import Answer, NoSignal
from mobile.core.views import Refused
from mobile.devices.fake import Send
from server.archive.model import Look
from server.scoring.card_model import ScoreCard, ScorePhoto
from server.sync import score_photos
from server.sync.request_photos import Named
from tests.mobile.field import Gadget
from tests.mobile.test_scores_with_hq import MIN_MS, PIN, Shop, synced
from tests.server.hostile_pictures import SVG, jpeg, with_position
from tests.server.scores_of import DISH
from tests.support.planted import instead

TAKEN = with_position()
BARE = bare(TAKEN)
SHA = hashlib.sha256(BARE).hexdigest()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.field.close()


def give(shop: Shop, *photos: bytes) -> str:
    desk, an = shop.tablet.core.scores.desk, shop.floor.ids["an"]
    desk.write(an, {DISH: "90"}, "看照片")
    for photo in photos:
        desk.add_photo(an, photo)
    return desk.give(an)


def fetch(shop: Shop, device: Gadget, sha: str = SHA, query: str = "") -> int:
    path, identity = f"/api/v1/sync/media/{sha}", device.core._parts.identity
    headers = {"Outpost-Device": identity.need().device_id, "Outpost-Signature": identity.signer.sign_request("GET", path, b"")}
    return shop.field.carry("GET", path + query, b"", headers).status


def looks(shop: Shop) -> set[tuple[str, str, str]]:
    return {(row.reader_id, row.person_id, row.about_id) for row in shop.world.rows(sa.select(Look).where(Look.what == "photo"))}


def test_a_photo_taken_offline_is_bare_survives_a_restart_and_reaches_the_phone(shop: Shop) -> None:
    tablet, phone, ids = shop.tablet, shop.phone, shop.floor.ids
    tablet.world.link.up = False
    tablet.core.scores.desk.write(ids["an"], {DISH: "90"}, "")
    tablet.core.scores.desk.add_photo(ids["an"], TAKEN)
    tablet.restart()
    assert tablet.core.desk.open(ids["ma"], PIN).ok
    desk = tablet.core.scores.desk
    desk.write(ids["an"], {DISH: "95"}, "看照片")
    form = desk.form(ids["an"])
    assert form.photos == (BARE,) and not Image.open(io.BytesIO(BARE)).getexif() and b"Maker of phones" not in BARE
    assert BARE[:64] not in b"".join(file.read_bytes() for file in Path(tablet.folder).rglob("*.db*")), "sealed on the disk"
    card_id = desk.give(ids["an"])
    assert [one.state for one in desk.board().sent[0].photos] == ["here"] and desk.photo(card_id, SHA) == BARE
    assert desk.form(ids["an"]).photos == ()
    tablet.world.link.up = True
    synced(tablet, tablet)
    assert [row.photo for row in shop.world.rows(sa.select(ScorePhoto))] == [SHA]
    blob = shop.world.settings.data_dir / "blobs" / SHA[:2] / SHA
    assert blob.read_bytes() == BARE
    puts = [path for method, path, _ in tablet.world.link.sent if "/blobs/" in path and method == "PUT"]
    assert len(puts) == -(-len(BARE) // (64 * 1024)) >= 1
    synced(phone)
    assert [(one.sha, one.state) for one in shop.on_phone(card_id).photos] == [(SHA, "unasked")] and looks(shop) == set()
    phone.core.scores.mine.ask_for_photo(card_id, SHA)
    synced(phone, phone)
    assert phone.core.scores.mine.photo(card_id, SHA) == BARE and not shop.on_phone(card_id).differs
    assert looks(shop) == set(), "a photo of oneself is nobody's look"


def test_only_the_person_and_who_reads_scores_of_the_store_may_open_it(shop: Shop) -> None:
    ids = shop.floor.ids
    card_id = give(shop, TAKEN)
    synced(shop.tablet, shop.tablet)
    phones = {who: shop.field.phone_of(ids[who]) for who in ("bo", "mb", "de", "ma")}
    synced(*phones.values())
    other = shop.field.tablet_of(shop.floor.b)
    synced(other)
    got = {who: fetch(shop, device) for who, device in phones.items()}
    assert got == {"bo": 404, "mb": 404, "de": 404, "ma": 200}
    assert fetch(shop, shop.phone) == 200
    assert [fetch(shop, shop.tablet, query=f"?by={who}") for who in (ids["ma"], ids["an"], ids["mb"], new_id(), "")] == [
        200, 404, 404, 404, 404,
    ]  # fmt: skip
    assert fetch(shop, other, query=f"?by={ids['mb']}") == 404 == fetch(shop, other, query=f"?by={ids['ma']}")
    assert looks(shop) == {(ids["ma"], ids["an"], card_id)}
    with instead(score_photos, "named_for", lambda *_: Named(card_id, ids["an"], ids["bo"])):
        assert fetch(shop, phones["bo"]) == 200, "the control: who asks nothing shows it to anybody"


def test_over_http_the_same_people_see_it_drawn_anew_and_the_list_of_cards_is_theirs(shop: Shop) -> None:
    floor = shop.floor
    card_id = give(shop, TAKEN)
    synced(shop.tablet, shop.tablet)
    seen, lists = {}, {}
    for who in ("an", "ma", "mb", "bo", "he"):
        client = shop.world.client(who)
        said = client.get(f"/api/v1/scoring/cards/{card_id}/photos/{SHA}")
        seen[who] = said.status_code
        if said.status_code == 200:
            assert not Image.open(io.BytesIO(said.data)).getexif() and "sandbox" in said.headers["Content-Security-Policy"]
        page = client.get("/api/v1/scoring/cards", person_id=floor.ids["an"], month="2026-11").get_json()
        lists[who] = [one["id"] for one in page["items"]]
    assert seen == {"an": 200, "ma": 200, "mb": 404, "bo": 404, "he": 200}
    assert lists == {"an": [card_id], "ma": [card_id], "mb": [], "bo": [], "he": [card_id]}


def test_a_device_may_send_only_what_its_own_card_names_and_goes_on_where_the_line_broke(shop: Shop) -> None:
    photo = jpeg(1_600, 1_200)
    plain = bare(photo)
    sha = hashlib.sha256(plain).hexdigest()
    assert 64 * 1024 < len(plain) < 128 * 1024, "two pieces"
    give(shop, photo)
    bo = shop.field.phone_of(shop.floor.ids["bo"])
    synced(bo)
    path, identity = f"/api/v1/blobs/{sha}", bo.core._parts.identity
    signed = {
        "Outpost-Device": identity.need().device_id, "Upload-Offset": "0", "Upload-Length": "9",
        "Outpost-Signature": identity.signer.sign_request("PUT", path, b"x" * 9),
    }  # fmt: skip
    offsets: list[str] = []

    def breaks_once(send: Send, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        if method == "PUT":
            offsets.append(headers["Upload-Offset"])
            if offsets == ["0", "65536"]:
                raise NoSignal("the line broke")
        return send(method, path, body, headers)

    shop.tablet.world.link.weather = breaks_once
    for _ in range(4):
        shop.tablet.core.sync_once()
        shop.field.time.true_ms += 10 * MIN_MS
    assert shop.field.carry("PUT", path, b"x" * 9, signed).status == 404, "another's photo is nobody's to send"
    assert (shop.world.settings.data_dir / "blobs" / sha[:2] / sha).read_bytes() == plain
    assert offsets == ["0", "65536", "65536"], "what was there was not sent again"


def test_what_is_no_photo_is_refused_and_three_are_enough(shop: Shop) -> None:
    desk, an = shop.tablet.core.scores.desk, shop.floor.ids["an"]
    with pytest.raises(Refused, match=r"client\.photo_unreadable"):
        desk.add_photo(an, SVG)
    for size in (20, 30, 40):
        desk.add_photo(an, jpeg(size, size))
    with pytest.raises(Refused, match=r"form\.too_many_photos"):
        desk.add_photo(an, jpeg(50, 50))
    first = desk.form(an).photos[0]
    desk.drop_photo(an, hashlib.sha256(first).hexdigest())
    desk.add_photo(an, jpeg(50, 50))
    assert len(desk.form(an).photos) == 3 and first not in desk.form(an).photos
    with pytest.raises(Refused, match=r"client\.photo_unknown"):
        desk.ask_for_photo(give(shop), "ab" * 32)


def _of_today(shop: Shop) -> str:
    card_id = shop.give()
    synced(shop.tablet, shop.phone)
    return card_id


def test_another_day_is_chosen_within_the_posting_and_the_open_months_and_kept(shop: Shop) -> None:
    tablet, ids = shop.tablet, shop.floor.ids
    desk, an = tablet.core.scores.desk, ids["an"]
    form = desk.form(an)
    assert form.day == form.days[0] == "2026-11-20" and form.days[-1] == "2026-11-01", "from when she was posted"
    desk.write(an, {DISH: "70"}, "那天")
    desk.choose_day(an, "2026-11-18")
    for day, code in (("2026-11-21", "scoring.day_ahead"), ("2026-10-31", "scoring.not_posted")):
        with pytest.raises(Refused) as refused:
            desk.choose_day(an, day)
        assert refused.value.said.code == code
    tablet.restart()
    assert tablet.core.desk.open(ids["ma"], PIN).ok
    desk = tablet.core.scores.desk
    assert (desk.form(an).day, desk.form(an).comment) == ("2026-11-18", "那天")
    card_id = desk.give(an)
    assert desk.form(an).day == "2026-11-20" and not desk.board().people[0].today
    synced(tablet)
    [card] = shop.world.rows(sa.select(ScoreCard))
    assert (card.id, card.day.isoformat()) == (card_id, "2026-11-18")
    synced(shop.phone)
    told = shop.on_phone(card_id)
    assert (told.about, told.day, told.said.day) == ("day", "2026-11-18", "2026-11-20"), "the list names the day it is about"
    assert shop.on_phone(_of_today(shop)).about == "moment", "of today, the moment"
    desk.choose_day(an, "2026-11-18")
    shop.field.time.true_ms += 25 * 24 * 60 * MIN_MS  # the month closed meanwhile
    synced(tablet, tablet)
    assert tablet.core.desk.open(ids["ma"], PIN).ok
    form = desk.form(an)
    assert form.day == form.days[0] and "2026-11-30" not in form.days and form.days[-1] == "2026-12-01"
