"""Photos of tickets: named, sent in pieces, judged once, drawn anew, shown to who may read the event and to nobody else."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contract.desks import RetireCategory, SetCategory, SetDesk
from contract.feedback import FileTicket, PassOn, ReplyToTicket, TicketEventRow, TicketRow
from contract.ids import derived_id, new_id
from contract.refusals import REFUSALS
from contract.wire import Wire
from mobile.core.ports import Answer
from server.feedback import desks, photos, service
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor
from server.kernel.perform import perform
from server.sync import ticket_media_api
from tests.server.hostile_pictures import BROKEN, HOSTILE, KIND, LARGE, SVG, jpeg, with_position
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead

ROOT = Path(__file__).parents[2]
DESIGN = derived_id("desk", "design")


class Phones:
    """p1 works at A, p2 answers at the design desk, p3 works at B; A has a tablet; p4 is HR."""

    def __init__(self, folder: Path) -> None:
        self.company = company = Company(folder / "server").prepare().found(people=4)
        secret = company.settings.secret
        desks.ensure(company.db, company.now(), secret)
        service.ensure(company.db, company.now(), secret)
        company.post("p1", "A", company.today() - timedelta(days=9))
        company.post("p3", "B", company.today() - timedelta(days=9))
        self.hq(SetDesk(desk_id=GENERAL_DESK, code="HR", name_zh="人事", name_en="HR", hours_id=desks.OFFICE_HOURS,
                        people=[company.people["p4"]]))  # fmt: skip
        self.hq(SetDesk(desk_id=DESIGN, code="design", name_zh="设计", name_en="Design", hours_id=desks.OFFICE_HOURS,
                        people=[company.people["p2"]]))  # fmt: skip
        self.devices = {
            **{name: new_handset(company, f"phone-{name}", person=name) for name in ("p1", "p2", "p3")},
            "tablet A": new_handset(company, "tablet-a", store="A"),
        }

    def hq(self, operation: Wire) -> None:
        company = self.company
        who = Actor.person(company.people["p4"], new_id(), [("admin", None)])
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    def says(self, name: str, act: Wire, ent: str | None = None) -> None:
        """A device does something, and syncs."""
        device = self.devices[name]
        device.core._keep(act, self.company.people[name], device.world.clock.read(), ent=ent)
        device.note_made()
        assert any(device.sync() for _ in range(5))

    def files(self, name: str, **values: Any) -> str:
        said = FileTicket(**{"ticket_id": new_id(), "category": "customer", "text": "要大一号", **values})
        self.says(name, said, ent=said.ticket_id)
        return said.ticket_id

    def rows(self, name: str, entity: str, shape: type) -> Any:
        device = self.devices[name]
        device.small_pages = False
        assert any(device.sync() for _ in range(5))
        with device.parts.db.read():
            return list(device.parts.replica.all(entity, shape))

    def ticket(self, name: str, ticket_id: str) -> TicketRow | None:
        return next((row for row in self.rows(name, "ticket", TicketRow) if row.id == ticket_id), None)

    def kinds(self, name: str, ticket_id: str) -> list[str]:
        found = [row for row in self.rows(name, "ticket_event", TicketEventRow) if row.ticket_id == ticket_id]
        return [row.kind for row in sorted(found, key=lambda row: row.number)]

    def signed(self, name: str, method: str, path: str, body: bytes = b"", query: str = "", **headers: str) -> Answer:
        device: Handset = self.devices[name]
        signature = device.parts.identity.signer.sign_request(method, path, body)
        signed = {"Outpost-Device": device.device_id, "Outpost-Signature": signature}
        return self.company.answer(method, path + query, body, {**signed, **headers})

    def send(self, name: str, content: bytes) -> list[int]:
        """A photo in two pieces; answers the statuses."""
        sha, half, found = hashlib.sha256(content).hexdigest(), len(content) // 2, []
        for start, piece in ((0, content[:half]), (half, content[half:])):
            if piece:
                sizes = {"Upload-Offset": str(start), "Upload-Length": str(len(content))}
                found.append(self.signed(name, "PUT", f"/api/v1/blobs/{sha}", piece, **sizes).status)
        return found

    def fetch(self, name: str, ticket: str, content: bytes, query: str = "") -> Answer:
        sha = hashlib.sha256(content).hexdigest()
        return self.signed(name, "GET", f"/api/v1/sync/tickets/{ticket}/photos/{sha}", query=query)


@pytest.fixture(scope="module")
def phones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    made = Phones(tmp_path_factory.mktemp("ticket-photos"))
    yield made
    for device in made.devices.values():
        device.core.close()
    made.company.close()


def sha_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_hostile_pictures_are_refused_or_drawn_anew_within_two_seconds_and_300_mb() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "tests.server.hostile_pictures"]
    said = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120).stdout)
    assert {name: one[0] for name, one in said["found"].items()} == {name: code for name, (_, code) in HOSTILE.items()}
    assert [(name, one[1]) for name, one in said["found"].items() if one[1] > 2.0] == []
    assert said["most_mb"] < 300
    assert {KIND, BROKEN, LARGE} <= set(REFUSALS)


def test_what_hangs_on_a_picture_is_not_in_what_is_shown() -> None:
    for name, found in (("a picture that is a page too", b"<script>"), ("a picture that is a zip too", b"evil.php")):
        raw = HOSTILE[name][0]()
        assert found in raw
        assert all(found not in one for one in photos.draw_anew(raw))
    raw = with_position()
    assert b"Maker of phones" in raw and Image.open(io.BytesIO(raw)).getexif().get_ifd(0x8825)
    for one in photos.draw_anew(raw):
        assert b"Maker of phones" not in one and not Image.open(io.BytesIO(one)).getexif()


def test_control_a_picture_that_is_handed_on_as_it_came_is_found() -> None:
    with instead(photos, "draw_anew", lambda content: (content, content)):
        assert b"<script>" in photos.draw_anew(HOSTILE["a picture that is a page too"][0]())[0]


def test_a_photo_comes_in_pieces_after_its_ticket_and_is_shown_to_who_reads_it(phones: Phones) -> None:
    picture = with_position()
    ticket = phones.files("p1", photos=[sha_of(picture)])
    mine = phones.ticket("p1", ticket)
    assert mine is not None and mine.photos_missing == [sha_of(picture)]
    assert phones.fetch("p1", ticket, picture).status == 404
    assert phones.signed("p3", "PUT", f"/api/v1/blobs/{sha_of(picture)}", b"x").status == 404
    assert phones.send("p1", picture) == [200, 204]
    mine = phones.ticket("p1", ticket)
    assert mine is not None and (mine.photos_missing, mine.photo_faults) == ([], {})
    shown = phones.fetch("p1", ticket, picture)
    assert shown.status == 200 and sha_of(shown.body) != sha_of(picture)
    assert not Image.open(io.BytesIO(shown.body)).getexif()
    said = photos.picture_headers(shown.body)
    assert (said["Outpost-Sha256"], said["X-Content-Type-Options"]) == (sha_of(shown.body), "nosniff")
    assert "default-src 'none'" in said["Content-Security-Policy"] and said["Content-Disposition"].startswith("inline; filename=")
    assert max(Image.open(io.BytesIO(phones.fetch("p1", ticket, picture, "?size=thumb").body)).size) <= photos.LARGEST_THUMB
    assert phones.fetch("tablet A", ticket, picture).status == 200
    assert phones.fetch("p1", new_id(), picture).status == 404 == phones.fetch("p3", ticket, picture).status
    assert mine.photos_shown == {sha_of(picture): sha_of(shown.body)}
    by_hash = f"/api/v1/sync/media/{sha_of(shown.body)}"
    assert phones.signed("tablet A", "GET", by_hash).body == shown.body, "what a device fetches it checks by its name"
    assert phones.signed("p3", "GET", by_hash).status == 404 == phones.signed("p1", "GET", f"{by_hash[:-1]}0").status
    with instead(ticket_media_api, "scopes_of", lambda *_: {f"desk:{phones.company.stores['A']}"}):
        assert phones.fetch("p3", ticket, picture).status == 200  # the control: with A's scopes it would be there


def test_a_photo_that_is_none_is_refused_with_its_reason_and_the_ticket_stays(phones: Phones) -> None:
    ticket = phones.files("p1", photos=[sha_of(SVG)])
    assert phones.send("p1", SVG)[-1] == 204
    mine = phones.ticket("p1", ticket)
    assert mine is not None and mine.photo_faults == {sha_of(SVG): KIND} and mine.state == "open"
    refused = phones.fetch("p1", ticket, SVG)
    assert refused.status == 422 and b"script" not in refused.body
    again = phones.files("p1", photos=[sha_of(SVG)])
    known = phones.ticket("p1", again)
    assert known is not None and known.photo_faults == {sha_of(SVG): KIND}


def test_internal_words_and_their_photos_reach_no_phone_of_the_author_or_of_a_mere_watcher(phones: Phones) -> None:
    ticket, picture = phones.files("p1"), jpeg(300, 200)
    phones.hq(PassOn(event_id=new_id(), ticket_id=ticket, desk_id=DESIGN))
    said = ReplyToTicket(event_id=new_id(), ticket_id=ticket, text="供应商缺货", internal=True, photos=[sha_of(picture)])
    phones.says("p2", said)
    assert phones.send("p2", picture)[-1] == 204
    assert "noted" in phones.kinds("p2", ticket) and phones.fetch("p2", ticket, picture).status == 200
    assert phones.kinds("p1", ticket) == ["filed", "routed", "passed"]
    assert phones.fetch("p1", ticket, picture).status == 404
    assert phones.ticket("p3", ticket) is None and phones.kinds("p3", ticket) == []
    shown = phones.ticket("p1", ticket)
    assert shown is not None and sha_of(picture) not in shown.photos


def test_a_late_ticket_of_a_retired_kind_with_an_old_form_is_taken_with_its_marks(phones: Phones) -> None:
    kind = SetCategory(category_id=new_id(), code="swap", name_zh="换货", name_en="Swap")
    phones.hq(kind)
    phones.hq(RetireCategory(category_id=kind.category_id, reason="r"))
    ticket = phones.files("p1", category="swap", form={"size": "44"}, store_id=new_id())
    mine = phones.ticket("p1", ticket)
    assert mine is not None and mine.marks == ["retired", "form", "store"] and mine.form == {"size": "44"}
