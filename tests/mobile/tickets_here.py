"""Tickets, notices and voices as rows that a scripted server sends to a device."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from contract.announcements import NoticeRow, ReadersRow, ReceiptRow
from contract.approvals import FormField
from contract.feedback import CategoryRow, DeskRow, Hop, TicketEventRow, TicketRow
from mobile.devices.fake import START_MS
from tests.mobile.devices_here import LIN, STORE, WEI

TICKET = "01900000-0000-7000-8000-0000000fe001"
DESIGN, HR = "01900000-0000-7000-8000-0000000de501", "01900000-0000-7000-8000-0000000de502"
NOTICE = "01900000-0000-7000-8000-0000000ab001"
MIN_MS = 60_000


def category(code: str = "equipment", **more: Any) -> CategoryRow:
    names = {"equipment": ("设备故障", "Equipment"), "daily": ("日报", "Daily report")}[code]
    fields = [
        FormField(key="asset", label_zh="设备", label_en="Equipment", kind="choice",
                  choices=["iron|蒸汽熨斗|Steam iron", "till|收银机|Till"]),
        FormField(key="since", label_zh="从哪天", label_en="Since", kind="date", required=False),
        FormField(key="plate", label_zh="铭牌", label_en="Plate", kind="photo", required=False, most=1),
    ]  # fmt: skip
    row: dict[str, Any] = {
        "id": f"01900000-0000-7000-8000-0000000ca{len(code):03}", "code": code, "name_zh": names[0], "name_en": names[1],
        "icon": "equipment" if code == "equipment" else "report", "fields": fields if code == "equipment" else [],
        "answered": code != "daily", **more,
    }  # fmt: skip
    return CategoryRow(**row)


def desk(desk_id: str, code: str, zh: str, en: str) -> DeskRow:
    return DeskRow(id=desk_id, code=code, name_zh=zh, name_en=en)


def ticket(ticket_id: str = TICKET, **more: Any) -> TicketRow:
    """Li Wei's steam iron, with the store."""
    row: dict[str, Any] = {
        "id": ticket_id, "number": "F-2026-0007", "category": "equipment", "category_zh": "设备故障", "category_en": "Equipment",
        "icon": "equipment", "store_id": STORE, "store_name": "豫园店", "author_id": WEI, "author_name": "李伟", "state": "open",
        "priority": "normal", "text": "蒸汽熨斗不热", "form": {"asset": "iron"}, "labels": category().fields,
        "hops": [
            Hop(kind="author", name_zh="李伟", name_en="李伟", from_ms=START_MS - 30 * MIN_MS, until_ms=START_MS - 30 * MIN_MS),
            Hop(kind="store", name_zh="豫园店", name_en="豫园店", from_ms=START_MS - 30 * MIN_MS),
        ],
        "filed_ms": START_MS - 30 * MIN_MS, "arrived_ms": START_MS - 29 * MIN_MS, "moved_ms": START_MS - 29 * MIN_MS,
        "first_due_ms": START_MS + 10 * MIN_MS, "events": 2, **more,
    }  # fmt: skip
    return TicketRow(**row)


def event(number: int, kind: Any, ticket_id: str = TICKET, **more: Any) -> TicketEventRow:
    row: dict[str, Any] = {
        "id": f"01900000-0000-7000-8000-0000000e{number:04x}", "ticket_id": ticket_id, "number": number, "kind": kind,
        "at_ms": START_MS - 20 * MIN_MS, "arrived_ms": START_MS - 20 * MIN_MS, "by_id": LIN, "by_name": "林静", **more,
    }  # fmt: skip
    return TicketEventRow(**row)


def notice(notice_id: str = NOTICE, **more: Any) -> NoticeRow:
    row: dict[str, Any] = {
        "id": notice_id, "title_zh": "新品周五上市", "title_en": "New tea on Friday",
        "text_zh": "**周五**起", "text_en": "From **Friday**",
        "by_name": "总部", "published_ms": START_MS - 60 * MIN_MS, **more,
    }  # fmt: skip
    return NoticeRow(**row)


def receipt(notice_id: str = NOTICE, person_id: str = WEI, **more: Any) -> ReceiptRow:
    pk = f"{person_id[-4:]}{notice_id[-4:]}"
    return ReceiptRow(id=pk, notice_id=notice_id, person_id=person_id, reached_ms=START_MS - 50 * MIN_MS, **more)


def readers(**more: Any) -> ReadersRow:
    row: dict[str, Any] = {"id": "rd1", "notice_id": NOTICE, "store_id": STORE, "of": 20, "done": 17, **more}
    return ReadersRow(**row)


def a_png(extra: bytes = b"") -> bytes:
    """One pixel; `extra` chunks before its data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    told = chunk(b"tEXt", b"Comment\0lat 31.23 lng 121.47") + chunk(b"eXIf", b"MM\0\x2a" + extra)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + told + chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"") + extra
