"""What needs HQ: operations of devices that were refused, wait or failed here, with their bytes, and performing them again."""

from __future__ import annotations

import structlog
from flask import Response, request, url_for

from contract.messages import say
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.sync.attention import Matter, matters, one_matter, parked_devices, readable, replay
from server.web.shell import Look, action, go, page, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.words import full

log = structlog.get_logger()
KINDS = ("rejected", "held", "parked", "quarantined")

COLUMNS = (
    Column("operation", lambda row: row.type, always=True),
    Column("op_kind", lambda row: row.kind),
    Column("reason", lambda row: row.code),
    Column("device", lambda row: row.device),
    Column("person", lambda row: row.person),
    Column("received", lambda row: full(row.received_at)),
    Column("seq", lambda row: row.seq, number=True, hidden=True),
    Column("trace", lambda row: row.trace, hidden=True),
    Column("tries", lambda row: row.tries, number=True, hidden=True),
)


@page("/operations", needs=Permission.READ_OPERATIONS)
def operations(look: Look) -> Response:
    asked = request.args
    every = matters(look.session)
    counts = {kind: sum(matter.kind == kind for matter in every) for kind in KINDS}
    found = [
        matter
        for matter in every
        if (not asked.get("kind") or matter.kind == asked["kind"])
        and contains(asked.get("q", ""), matter.type, matter.code, matter.device, matter.person, matter.trace)
    ]
    rows = table("operations", COLUMNS, found, sort="-received")
    if wants_csv():
        return csv_answer(look, rows)
    return show(
        "operations.html", look, table=rows, kinds=KINDS, counts=counts, sentence=_sentence(look),
        parked=len(parked_devices(every)), any_matter=bool(every), replayed=request.args.get("replayed", type=int),
    )  # fmt: skip


def _sentence(look: Look) -> object:
    """The sentence of a refusal with its facts; the code itself where none is known."""

    def speak(matter: Matter) -> str:
        facts = {str(key): value for key, value in matter.facts.items()}
        return say(look.language, matter.code, **{"field": "", **facts}) if matter.code else ""

    return speak


@page("/operations/<matter_id>", needs=Permission.READ_OPERATIONS)
def operation(look: Look, matter_id: str) -> Response:
    found = one_matter(look.session, matter_id)
    if found is None:
        raise Problem("access.not_found", id=matter_id)
    matter, raw = found
    return show(
        "operation.html", look, matter=matter, text=readable(raw), size=len(raw), sentence=_sentence(look),
        section="console.operations",
    )  # fmt: skip


@action("/operations/replay", needs=Permission.REPLAY_OPERATIONS)
def replay_parked(who: Actor) -> Response:
    """Everything that failed because of us is performed again, device by device, in each device's order."""
    from server.web.shell import looking

    with looking(who) as look:
        devices = sorted(parked_devices(matters(look.session)))
    done = 0
    for device_id in devices:
        counted = replay(outpost(), device_id)
        log.info("parked operations performed again", device_id=device_id, account_id=who.account_id, outcome=counted)
        done += counted.get("applied", 0) + counted.get("merged", 0)
    return go(url_for("console.operations", done="replayed", replayed=done))
