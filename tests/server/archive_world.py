"""A world with HR, a manager and somebody whose values are planted: what must not be found anywhere as text."""

from __future__ import annotations

import base64
import re
from datetime import date
from pathlib import Path
from typing import Any

from contract.ids import new_id
from server.backup import make_backup
from tests.server.world import World

ID_NUMBER, PAY_FEN, ACCOUNT = "310101199003078811", 1_834_567_89, "SH-6217-0009-4431"
ADDRESS, CONTACT, CONTACT_PHONE = "上海市静安区余姚路七弄九号", "王小芳", "13600136099"
SEALED = (ID_NUMBER, str(PAY_FEN), ACCOUNT, ADDRESS, CONTACT_PHONE, "1990-03-07")


def basics(person_id: str, **more: Any) -> dict[str, Any]:
    """Everything that is asked of a person."""
    return {
        "person_id": person_id, "born_on": "1990-03-07", "gender": "male", "id_kind": "resident_id", "id_number": ID_NUMBER,
        "address": ADDRESS, "emergency_name": CONTACT, "emergency_phone": CONTACT_PHONE, **more,
    }  # fmt: skip


def contract(person_id: str, **more: Any) -> dict[str, Any]:
    return {
        "contract_id": new_id(), "person_id": person_id, "kind": "fixed_term", "from_day": "2026-01-01",
        "until": "2028-01-01", "pay_fen": PAY_FEN, **more,
    }  # fmt: skip


def insurance(person_id: str, **more: Any) -> dict[str, Any]:
    return {
        "insurance_id": new_id(), "person_id": person_id, "city": "上海", "from_day": "2026-01-01", "account": ACCOUNT,
        "base_fen": 739_600, **more,
    }  # fmt: skip


class Archive:
    """Chen is the admin, 周敏 HR, 孙店 manages 静安店 where 李伟 works; clients of each by login."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wei = world.hire("李伟", "P0101", mobile="138 0013 8001")
        self.store = world.open_store("静安店")
        self.other_store = world.open_store("徐汇店", lat=31.19)
        world.post(self.wei, self.store)
        self.hr_id = world.hire("周敏", "P0102")
        self.boss_id = world.hire("孙店", "P0103")
        world.account(self.hr_id, "hr", "hr")
        world.account(self.boss_id, "boss", "store_manager", self.store)
        world.account(self.wei, "wei", "employee")
        stranger = world.hire("赵远", "P0104")
        world.account(stranger, "stranger", "store_manager", self.other_store)
        self.hr, self.boss, self.own, self.stranger = (world.client(login) for login in ("hr", "boss", "wei", "stranger"))

    def record(self, **more: Any) -> None:
        """HR writes down everything there is of 李伟."""
        for path, body in (
            ("basics", basics(self.wei, **more)), ("contracts", contract(self.wei)), ("insurances", insurance(self.wei)),
        ):  # fmt: skip
            answered = self.hr.post(f"/api/v1/archive/{path}", body)
            assert answered.status_code == 201, answered.json

    def add_document(self, content: bytes = b"%PDF-1.7 " + b"planted words " * 20, **more: Any) -> str:
        document_id = new_id()
        values = {"document_id": document_id, "person_id": self.wei, "kind": "id_copy", "title": "身份证", **more}
        import io

        answered = self.hr.flask.post(
            "/api/v1/archive/documents", data={**values, "file": (io.BytesIO(content), "a.pdf")},
            headers=self.hr._headers(None), content_type="multipart/form-data",
        )  # fmt: skip
        assert answered.status_code == 201, answered.json
        return document_id

    def card(self, client: Any = None, **asked: Any) -> Any:
        answered = (client or self.hr).get(f"/api/v1/archive/{self.wei}", **asked)
        assert answered.status_code == 200, answered.json
        return answered.json


def spellings(text: str) -> list[bytes]:
    """A value in every spelling somebody may have written it down in."""
    plain = text.encode()
    found = [plain, text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode(), text.encode("unicode_escape")]
    for cut in range(3):  # base64 of the value anywhere inside something longer
        coded = base64.b64encode(b"\0" * cut + plain).decode().rstrip("=")
        found.append(coded[(4 if cut else 0) : len(coded) - 2].encode())
        found.append(found[-1].replace(b"+", b"-").replace(b"/", b"_"))
    return [spelling for spelling in found if len(spelling) >= 6]


def found_in(folder: Path, *values: str) -> list[str]:
    """Where one of these values lies as text, in any file below the folder (database, write-ahead file, backups, logs)."""
    hits = []
    for file in sorted(found for found in folder.rglob("*") if found.is_file()):
        content = file.read_bytes()
        hits += [f"{file.name}: {value}" for value in values for spelling in spellings(value) if spelling in content]
    return hits


def back_up(world: World) -> Path:
    return make_backup(world.db, world.settings.data_dir / "backups", world.clock()).file


def day(text: str) -> date:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", text)
    return date.fromisoformat(text)
