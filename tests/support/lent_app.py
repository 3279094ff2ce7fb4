"""The server's app for tests: built once in this process, lent to each test over its own database and clock.

Building it costs half a second of a processor, most of it the page of the API. It holds nothing of a company itself: all of
that is its `Outpost`, and every app that is lent has one of its own.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from server.app import create_app
from server.kernel.db import Database
from server.kernel.http import Outpost
from server.kernel.keys import server_signer
from server.settings import Settings


@functools.cache
def _built() -> Flask:
    nowhere = Settings(database_url="sqlite://", data_dir=Path("nowhere"), secret=b"nobody's secret, thirty-two bytes")
    return create_app(nowhere)


def lent_app(settings: Settings, *, db: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Flask:
    """What `create_app(settings, db=db, clock=clock)` answers, in a thousandth of the time. Its views and settings may be
    changed without anybody else noticing; its addresses may not."""
    app = copy.copy(_built())
    app.config = copy.copy(app.config)
    app.view_functions = dict(app.view_functions)
    own: Outpost = replace(
        app.extensions["outpost"], settings=settings, db=db, signer=server_signer(settings.secret), clock=clock, notes={}
    )
    app.extensions = {**app.extensions, "outpost": own}
    return app
