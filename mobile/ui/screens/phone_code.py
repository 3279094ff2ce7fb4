"""What the phone shows to the store's tablet about one punch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.core.proofs import PhoneCode
from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.qr import Matrix


class PhoneCodePage(FacePage):
    """The QR as large as the screen lets it; the digits for a tablet whose camera does not work."""

    def __init__(self, *, qr_of: Callable[[str], Matrix], **kwargs: Any) -> None:
        self._qr_of = qr_of
        super().__init__(**kwargs)

    def matrix(self, code: PhoneCode | None) -> Matrix | None:
        return self._qr_of(code.qr) if code is not None else None

    def digits(self, code: PhoneCode | None) -> str:
        return f"{code.digits[:4]} {code.digits[4:]}" if code is not None else ""

    def left_words(self, say: Say, code: PhoneCode | None) -> str:
        return say("phone.my_code_left", minutes=max(1, -(-code.left_s // 60))) if code is not None else ""
