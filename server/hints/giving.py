"""Who gets a ticket for what: a device for the scopes it holds, a person for their inbox and the boards they see."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

import sqlalchemy as sa

from contract.hints import HintTicket
from server.hints import tickets
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import SyncFeed
from server.kernel.http import Outpost

PORT_SWITCH = "OUTPOST_HINTS_PORT"  # set by whoever starts the listener beside the web server
MOST_STORES = 30  # of whoever sees more, everything that moves is said, without what
_NAME = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_feed = table_of(SyncFeed)


def port_here() -> int:
    """Where the listener beside this server is; 0: there is none."""
    said = os.environ.get(PORT_SWITCH, "")
    return int(said) if said.isdecimal() else 0


def ticket_of_device(found: Outpost, connection: sa.Connection, scopes: set[str]) -> HintTicket:
    """For a device, of the scopes it should hold now."""
    listened = {scope for scope in scopes if scope.partition(":")[0] in ("private", "person", "desk", "store", "device")}
    return _ticket(found, connection, listened, board=False)


def ticket_of_person(found: Outpost, session: ScopedSession, actor: Actor) -> HintTicket:
    """For somebody at the console."""
    topics = {f"private:{actor.person_id}"} if actor.person_id is not None else set()
    stores = actor.stores_for(Permission.READ_BOARD)
    board = actor.has_everywhere(Permission.READ_BOARD) or len(stores) > MOST_STORES
    if not board:
        topics |= {f"{kind}:{store}" for store in stores for kind in ("desk", "store")}
    return _ticket(found, session.connection(), topics, board=board)


def _ticket(found: Outpost, connection: sa.Connection, topics: set[str], *, board: bool) -> HintTicket:
    since = connection.execute(sa.select(_feed.c.pos)).scalar_one()
    token, until = tickets.make(found.settings.secret, topics, board=board, since=since, now=found.clock())
    return HintTicket(token=token, until_ms=until, url=found.settings.hints_url, port=port_here())


def listens_at(ticket: HintTicket, scheme: str, host: str) -> str:
    """The whole address for a client that came by `host`; empty where nothing listens."""
    if ticket.url:
        return ticket.url
    if not ticket.port:
        return ""
    name = urlsplit(f"//{host}").hostname or ""
    if not _NAME.fullmatch(name):  # it ends up in a header of ours
        return ""
    return f"{scheme}://{f'[{name}]' if ':' in name else name}:{ticket.port}/hints"


def origin_of(settings_url: str, scheme: str, host: str) -> str:
    """The origin a page of ours may open its line to; empty where nothing listens."""
    where = urlsplit(listens_at(HintTicket(token="", until_ms=0, url=settings_url, port=port_here()), scheme, host))
    return f"{where.scheme}://{where.netloc}" if where.netloc else ""
