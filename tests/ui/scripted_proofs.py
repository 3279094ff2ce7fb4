"""More proof between a phone and the tablet, as a layout needs it. Only for tests of looks."""

from __future__ import annotations

from typing import Any

from mobile.core.proofs import Countersigned, PhoneCode
from mobile.core.views import PinAnswer, Refused


class ScriptedProofs:
    """What was asked is in `given`."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk
        self.is_over = False
        self.name: str | None = None
        self.refuses: Refused | None = None
        self.given: list[tuple[str, ...]] = []

    def phone_code(self, punch_id: str) -> PhoneCode:
        if self.is_over:
            raise Refused("client.phone_code_over")
        text = "OP2:" + ":".join(("0197a1c233447abc8def001122334455",) * 3) + ":29671500:" + "A" * 86
        return PhoneCode(qr=text, digits="48291357", left_s=222)

    def countersign(self, text: str) -> Countersigned:
        if self.refuses is not None:
            raise self.refuses
        self.given.append(("seen", text))
        return Countersigned(self.name)

    def give_photo(self, punch_id: str, photo: bytes) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.given.append(("photo", punch_id))

    def give_word(self, punch_id: str, manager_id: str, pin: str) -> PinAnswer:
        if self.refuses is not None:
            raise self.refuses
        answer: PinAnswer = self._desk.open(manager_id, pin)
        if answer.ok:
            self.given.append(("word", punch_id, manager_id))
        return answer
