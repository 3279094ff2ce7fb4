"""A notice to many is spread in pages: whatever cuts the job off, each gets it once; and who holds what is read anew once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.announcements import PublishNotice, To
from server.announcements import reaching
from server.inbox.model import InboxItem
from server.kernel.db import table_of
from server.kernel.feed import SyncFeed
from tests.server.announcements_of import Gazette, gazette_on_sqlite
from tests.support.planted import instead

MANY = tuple(f"p{n}" for n in range(20))


class Cut(Exception):
    """The job is cut off here."""


@pytest.fixture
def gazette(tmp_path: Path) -> Iterator[Gazette]:
    made = gazette_on_sqlite(tmp_path)
    made.staff(made.a, *MANY)
    yield made
    made.world.close()


def published(gazette: Gazette) -> str:
    """Out, and nobody has it yet."""
    notice_id = gazette.write(to=To(units=[gazette.a]))
    with instead(reaching, "AT_ONCE", 0):
        gazette.world.must(PublishNotice(notice_id=notice_id), gazette.actors["he"])
    return notice_id


def told(gazette: Gazette, notice_id: str) -> list[str]:
    """Who was told, as often as they were."""
    item = table_of(InboxItem).c
    with gazette.world.db.glance() as connection:
        return list(connection.scalars(sa.select(item.receiver_id).where(item.about_id == notice_id)))


def reference(gazette: Gazette) -> int:
    with gazette.world.db.glance() as connection:
        return int(connection.scalar(sa.select(table_of(SyncFeed).c.reference)) or 0)


@pytest.mark.parametrize("done_before", [0, 1, 2])
def test_a_job_that_is_cut_off_anywhere_goes_on_and_tells_each_once(gazette: Gazette, done_before: int) -> None:
    notice_id, tell, calls = published(gazette), reaching._tell, []

    def cut(*given: object) -> None:
        if len(calls) == done_before:
            raise Cut
        calls.append(given)
        tell(*given)  # type: ignore[arg-type]

    with instead(reaching, "TELL", 8), instead(reaching, "_tell", cut), pytest.raises(Cut):
        gazette.everybody(notice_id)
    everybody = gazette.got(notice_id)
    assert len(everybody) == len(MANY) + 1 and len(told(gazette, notice_id)) == 8 * done_before
    gazette.everybody(notice_id)
    gazette.everybody(notice_id)
    assert sorted(told(gazette, notice_id)) == sorted(everybody)
    assert gazette.line(notice_id).of == len(everybody)


def test_what_is_kept_of_who_holds_what_is_thrown_away_once_for_a_notice(gazette: Gazette) -> None:
    notice_id = published(gazette)
    before = reference(gazette)
    with instead(reaching, "TELL", 3), instead(reaching, "RECEIVE", 5):
        gazette.everybody(notice_id)
    assert reference(gazette) == before + 1
    gazette.everybody(notice_id)
    assert reference(gazette) == before + 1
