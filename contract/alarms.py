"""What the server says to itself about itself: imports with errors (N-39), its own health (N-40), silent devices and operations
that could not be carried out (N-41). Only the system performs these."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Id
from contract.wire import Wire, operation

ListKind = Literal["stores"]


@operation("imports.note_errors/1")
class NoteImportErrors(Wire, frozen=True, kw_only=True):
    """A list was taken and some of its rows were not: HR is told once (N-39). `import_id` follows from the list and the day."""

    import_id: Id
    kind: ListKind
    rows: Annotated[int, Meta(ge=0)]
    errors: Annotated[int, Meta(ge=1)]


@operation("sync.watch/1")
class WatchSystem(Wire, frozen=True, kw_only=True):
    """Look at backups, given-up work, silent tablets and what was parked; tell each once, and take back what is well again.
    `backup_late_min`: after how many minutes without one a backup is late."""

    backup_late_min: Annotated[int, Meta(ge=1)]
