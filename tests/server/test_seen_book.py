"""When devices were heard of is written a little later, and lost by no database that is away for a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.devices import chain
from server.devices.chain import SeenBook
from tests.server.world import World
from tests.support.planted import instead


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path)
    yield made
    made.close()


def away(*_: Any, **__: Any) -> Any:
    raise sa.exc.OperationalError("BEGIN", {}, OSError("the database is away"))


def hear(book: SeenBook, world: World, device: str, head: int) -> None:
    book.hear(device, world.clock(), head=head, departed=None, is_kiosk=False, holds_exactly=False, wall_ms=0)


def test_what_could_not_be_written_is_written_with_the_next_and_the_newer_word_counts(world: World) -> None:
    book, put = SeenBook(world.db, 3_600.0), []
    hear(book, world, "one", 1)
    hear(book, world, "two", 2)
    with instead(chain, "writing", away):
        book._write_in_time()
    hear(book, world, "two", 3)
    with instead(SeenBook, "_put_down", lambda _self, heard: put.append({key: one.head for key, one in heard.items()})):
        book.write()
    assert put == [{"one": 1, "two": 3}]
    book.close()


def test_a_book_that_is_closed_writes_nothing_more(world: World) -> None:
    book, put = SeenBook(world.db, 0.05), []
    with instead(SeenBook, "_put_down", lambda _self, heard: put.append(heard)):
        hear(book, world, "one", 1)
        timer = book._timer
        assert isinstance(timer, threading.Timer)
        book.close()
        timer.join(5)
        book.write()
    assert put == [{}]
