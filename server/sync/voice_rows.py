"""What somebody said by name, with its answers, as their phone reads it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.moments import to_ms
from contract.voice import VoiceRow
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.kernel.sets import within
from server.sync.registry import Bodies, projects
from server.voice.model import Voice

_voice = table_of(Voice)


@projects("voice")
def voices(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Voices with a name; the others are in no scope."""
    rows = connection.execute(sa.select(_voice).where(within(_voice.c.id, ids), _voice.c.person_id.is_not(None)))
    return {
        row.id: wire.encode(
            VoiceRow(id=row.id, about=row.about, text=row.text, said_ms=to_ms(row.said_at), answers=list(row.answers))
        )
        for row in rows
    }
