"""The vectors of signed weeks: bytes, digests, codes, sealed files, a chain of revisions, and files that are not genuine."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from contract.audit import origin_of
from contract.merkle import key_line, sign_note
from contract.sealing import Signer, b64
from contract.statement_seal import NotGenuine, canonical, code_of, digest_of, open_sealed, read_code, seal
from contract.statements import ConfirmationRow, StatementDay, StatementText
from contract.wire import plain
from tools.judging_vectors import NOON_MS, Vectors, seed_of

SERVER, STRANGER = Signer(seed_of("server")), Signer(seed_of("phone"))
_HOUR = 3_600_000
_NAME = '欧阳 "小" 骐骥'


def _id(what: str) -> str:
    text = hashlib.sha256(what.encode()).hexdigest()
    return "-".join((text[:8], text[8:12], "7" + text[13:16], "a" + text[17:20], text[20:32]))


def _week(revision: int, previous: str | None, friday_min: int) -> StatementText:
    """Two days, a night of overtime on a holiday and a leave; Friday is what the second revision changes."""
    nine = NOON_MS - 3 * _HOUR
    friday = StatementDay(
        day="2026-06-05", state="present", worked_min=friday_min, regular_min=friday_min,
        spans=[(nine, nine + friday_min * 60_000)],
    )  # fmt: skip
    days = [
        StatementDay(
            day="2026-06-01", state="late", worked_min=630, regular_min=420, overtime_holiday_min=210, night_min=90,
            spans=[(nine - 96 * _HOUR, nine - 92 * _HOUR), (nine - 90 * _HOUR, nine - 90 * _HOUR + 390 * 60_000)],
            flags=["corrected", "late"],
        ),
        StatementDay(day="2026-06-03", state="leave", leave_min=480),
        friday,
    ]  # fmt: skip
    return StatementText(
        statement_id=_id("statement"), revision=revision, previous=previous, person_number="P0007", person_name=_NAME,
        home="中央厨房", store_number="S0001", store_name="豫园/老城隍庙店", partner="Blue Café & 蓝山", zone="Asia/Shanghai",
        week="2026-W23", from_day="2026-06-01", to_day="2026-06-07", rules=["standard 2026-01-01"], days=days,
        worked_min=630 + friday_min, regular_min=420 + friday_min, overtime_normal_min=0, overtime_weekend_min=0,
        overtime_holiday_min=210, leave_min=480, night_min=90,
    )  # fmt: skip


_SIGNED = [
    ConfirmationRow(side="employee", person_id=None, name=_NAME, confirmed_ms=NOON_MS, op_id=_id("one"), way="phone"),
    ConfirmationRow(side="store", person_id=None, name="吴  芳", confirmed_ms=NOON_MS + 1, op_id=_id("two"), way="tablet"),
    ConfirmationRow(side="hq", person_id=None, name="Ann Lee", confirmed_ms=NOON_MS + 2, op_id=_id("three"), way="console"),
]


def _revision(text: StatementText, confirmed: list[ConfirmationRow]) -> dict[str, Any]:
    raw = canonical(text)
    digest = digest_of(raw)
    file = seal(raw.decode(), confirmed, SERVER)
    read = [list(one) for one in open_sealed(file, SERVER.public).confirmed]
    return {
        "text": plain(text), "canonical": raw.decode(), "digest": digest, "code": code_of(digest), "file": file.decode(),
        "confirmed": read,
    }  # fmt: skip


def _said(file: str) -> str:
    try:
        open_sealed(file.encode(), SERVER.public)
    except NotGenuine as wrong:
        return str(wrong)
    return "genuine"


def _judged(genuine: str) -> list[dict[str, str]]:
    file = json.loads(genuine)
    other = seal(file["text"], [], STRANGER).decode()
    name = f"{origin_of(SERVER.public)}/statement"
    without = sign_note(f"{name}\n", name, SERVER)
    elsewhere = sign_note(file["note"].partition("\n\n")[0].replace("/statement", "/other", 1) + "\n", name, SERVER)
    cases = [
        ("as it was written", genuine),
        ("a minute more in the text", json.dumps(file | {"text": file["text"].replace(":1110,", ":1111,")})),
        ("the text with a space that nobody sees", json.dumps(file | {"text": file["text"] + " "})),
        ("somebody else's name among those who confirmed", json.dumps(file | {"note": file["note"].replace("Ann", "Amy")})),
        ("one who confirmed was taken out", json.dumps(file | {"note": _without_line(file["note"], "hq/")})),
        ("signed with another key", other),
        ("our text with another key's note", json.dumps(file | {"note": json.loads(other)["note"]})),
        ("signed, and no digest in it", json.dumps(file | {"note": without})),
        ("signed for another purpose", json.dumps(file | {"note": elsewhere})),
        ("with a field that is none", json.dumps(file | {"paid": True})),
        ("of another kind", json.dumps(file | {"kind": "outpost-receipt/1"})),
        ("no file at all", "%PDF-1.7"),
    ]
    return [{"why": why, "file": raw, "says": _said(raw)} for why, raw in cases]


def _without_line(note: str, begins: str) -> str:
    return "".join(line for line in note.splitlines(keepends=True) if not line.startswith(begins))


def statements() -> Vectors:
    first = _week(1, None, 480)
    second = _week(2, digest_of(canonical(first)), 510)
    old = [ConfirmationRow(side="employee", person_id=None, name="Li", confirmed_ms=NOON_MS, op_id=_id("before"))]
    revisions = [_revision(first, _SIGNED), _revision(second, []), _revision(second, old)]
    code = revisions[0]["code"]
    slipped = ("2" if code[0] != "2" else "3") + code[1:]
    typed = [code, code.lower().replace("-", " "), f"  {code.replace('-', '')}\t", slipped, code[:-1],
             code.replace("-", "\u3000"),
             "".join(chr(ord(one) + 0xFEE0) if one != "-" else one for one in code), "0" + code[1:], ""]  # fmt: skip
    return {
        "about": "A week as it is signed (section 17): canonical text, digest, code, file, revisions, and what is not genuine",
        "server_key_b64": b64(SERVER.public), "key_line": key_line(origin_of(SERVER.public), SERVER.public),
        "revisions": revisions, "typed": [{"typed": one, "code": read_code(one)} for one in typed],
        "judged": _judged(revisions[0]["file"]),
    }  # fmt: skip
