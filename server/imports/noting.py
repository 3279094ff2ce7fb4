"""An import that finished with errors is told to HR, once for each list and day (N-39)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from contract.alarms import ListKind, NoteImportErrors
from contract.ids import derived_id, new_id
from contract.messages import LANGUAGES, say
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database
from server.kernel.perform import Work, handles, perform
from server.org.queries import company_day
from server.people.rights import holders_of

TRIGGER = "N-39"


def note_errors(db: Database, kind: ListKind, raw: bytes, *, rows: int, errors: int, now: datetime, secret: bytes) -> None:
    """Say that some rows of this list were not taken. The same list again on the same day says nothing new."""
    if errors:
        import_id = derived_id("import", kind, hashlib.sha256(raw).hexdigest(), company_day(now).isoformat())
        noted = NoteImportErrors(import_id=import_id, kind=kind, rows=rows, errors=errors)
        perform(db, Actor.system(), noted, op_id=new_id(), now=now, secret=secret)


@handles(NoteImportErrors, needs=Permission.REPLAY_OPERATIONS)
def note(work: Work, op: NoteImportErrors) -> None:
    """Whoever is HR everywhere today."""
    facts = {"rows": op.rows, "errors": op.errors} | {
        f"what_{language}": say(language, f"alarms.list_{op.kind}") for language in LANGUAGES
    }
    put_items(work, [
        NewItem(TRIGGER, one, "notice", "import", op.import_id, facts)
        for one in holders_of(work.session, "hr", None, company_day(work.now))
    ])  # fmt: skip
