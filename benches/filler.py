"""Rows that are there before a bench begins: years of punches, so that figures hold for tables that have grown."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from benches.fleet import BenchDevice
from contract.ids import new_id
from contract.moments import to_ms
from contract.sync import mix
from server.attendance.model import Punch
from server.kernel.bulk import insert_many
from server.kernel.db import Database, table_of
from server.kernel.feed import SyncChange, SyncTx
from server.kernel.ledger import OpLog


def punches(db: Database, device: BenchDevice, count: int, *, seed: int, with_operations: bool = True) -> None:
    """So many punches of a device's people over the last months, with their operations and change rows.

    Values vary as real ones do (times, distances, accuracies, verdicts), so that compression is not flattered.
    """
    chance = random.Random(seed)
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    moments = sorted(now - timedelta(minutes=chance.uniform(60, 60 * 24 * 80)) for _ in range(count))
    for n, taken in enumerate(moments):
        low, high = taken - timedelta(milliseconds=chance.randrange(400)), taken + timedelta(milliseconds=chance.randrange(400))
        green = chance.random() < 0.9
        accuracy, distance = chance.randrange(40, 900), chance.randrange(140)
        reasons = [
            {"code": "evidence.device_bound", "points_db": 4, "facts": {}},
            {"code": "evidence.place_sure" if green else "evidence.place_blurred", "points_db": 6 if green else -1,
             "facts": {"distance_m": distance, "accuracy_m": accuracy // 10, "percent": chance.randrange(40, 101)}},
        ]  # fmt: skip
        rows.append(
            {"id": _born_at(taken, chance), "person_id": device.people[n % len(device.people)], "store_id": device.store_id,
             "device_id": device.device_id, "op_id": new_id(), "hardware": device.device_id,
             "kind": "in" if n % 2 else "out", "taken_at": taken, "taken_low": low, "taken_high": high, "grade": "exact",
             "wall_ms": None, "received_at": taken + timedelta(seconds=chance.uniform(1, 9000)),
             "business_date": taken.date(), "by_kiosk": device.kind == "kiosk", "lat_e7": 311774276 + distance * 90,
             "lng_e7": 1215272106, "accuracy_dm": accuracy, "place": "inside" if green else "uncertain",
             "distance_m": distance, "p_inside_pm": chance.randrange(300, 1001), "score_db": 30 if green else 23,
             "verdict": "green" if green else "ask", "reasons": reasons, "photo": None, "note": None,
             "state": "counted" if green else "accepted"}
        )  # fmt: skip
    with db.writing_engine.begin() as connection:
        insert_many(connection, table_of(Punch), rows)
        if with_operations:
            insert_many(connection, table_of(OpLog), [_operation(row, chance) for row in rows])
        pos = connection.execute(sa.text("SELECT pos FROM sync_feed FOR UPDATE")).scalar_one()
        keys = [(f"person:{row['person_id']}", "punch", row["id"]) for row in rows]
        changes = [
            {"scope": scope, "entity": entity, "pk": pk, "pos": pos + n, "gone": False, "mix": mix(entity, pk, pos + n)}
            for n, (scope, entity, pk) in enumerate(keys, 1)
        ]
        insert_many(connection, table_of(SyncChange), changes)
        end = {"pos": pos + len(changes), "tag": f"filler{pos + len(changes)}"}
        insert_many(connection, table_of(SyncTx), [{"pos_end": end["pos"], "tag": end["tag"], "stamped_at": datetime.now(UTC)}])
        connection.execute(sa.text("UPDATE sync_feed SET pos = :pos, tag = :tag"), end)


def _born_at(moment: datetime, chance: random.Random) -> str:
    """A UUIDv7 of that moment: ids are made when punches are, so they sort as time does."""
    bits = chance.getrandbits(74)
    value = (to_ms(moment) << 80) | (7 << 76) | ((bits >> 62) << 64) | (2 << 62) | (bits & (2**62 - 1))
    return str(uuid.UUID(int=value))


def _operation(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "op_id": row["op_id"], "device_id": None, "seq": None, "type": "attendance.clock_in/1",
        "actor_id": row["person_id"], "account_id": None, "ent": row["id"], "raw": chance.randbytes(420),
        "hash": chance.randbytes(32), "sig": None, "received_at": row["received_at"], "time_at": row["taken_at"],
        "time_low": row["taken_low"], "time_high": row["taken_high"], "time_grade": "exact", "status": "applied", "tries": 1,
    }  # fmt: skip
