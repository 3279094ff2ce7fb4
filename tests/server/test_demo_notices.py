"""The demo's notices and voices: made once, some have confirmed, some have not; nobody is named beside a voice without a name."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from contract.ids import new_id
from contract.wire import Wire
from server import demo_notices
from server.announcements.model import Announcement, Receipt
from server.kernel.actors import Actor
from server.stores.model import Store
from server.voice.model import Voice
from tests.server.tickets_of import Floor


def test_the_demos_notices_and_voices_are_made_once_and_are_read_by_some(tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    floor.world.clock.pass_(hours=1)
    with floor.world.looking(Actor.system()) as session:
        stores = session.scalars(sa.select(Store).where(Store.id == floor.a)).all()
        session.expunge_all()

    def do_as(person: str, operation: Wire, op_id: str) -> object:
        outcome = floor.world.do(operation, Actor.person(person, new_id(), [("admin", None)]), op_id)
        assert outcome.status == "applied", f"{type(operation).__name__}: {outcome.code} {outcome.facts}"
        return outcome

    for _ in range(2):
        demo_notices.tell(floor.world.db, stores, floor.world.clock(), floor.ids["he"], do_as)
    notices = floor.world.rows(sa.select(Announcement))
    read = floor.world.rows(sa.select(Receipt).where(Receipt.confirmed_at.is_not(None)))
    voices = floor.world.rows(sa.select(Voice))
    assert [row.state for row in notices] == ["published", "published"] and read
    assert [row.person_id is None for row in voices] == [row.anonymous for row in voices]
    assert sorted(row.anonymous for row in voices) == [False, True, True] and any(row.answers for row in voices)
    floor.world.close()
