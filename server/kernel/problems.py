"""What can be refused, as data: a code of `contract.refusals`, the field if there is one, and facts. Never a sentence."""

from __future__ import annotations

from typing import Any

from contract.refusals import REFUSALS


class Problem(Exception):
    """A refusal. Raising it undoes what the operation has written and is remembered as its outcome."""

    def __init__(self, code: str, *, field: str | None = None, **facts: Any) -> None:
        if code not in REFUSALS:
            raise RuntimeError(f"{code!r} is not in contract.refusals")
        super().__init__(code)
        self.code, self.field, self.facts = code, field, facts

    @property
    def http(self) -> int:
        return REFUSALS[self.code].http
