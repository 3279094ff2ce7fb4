"""Something that lies open on a page and names files: a ticket with photos, a notice with attachments. Looked at again without
disturbing what is being done; answers for what was closed meanwhile are dropped; files that are here are read once each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from mobile.core.views import Refused, Said
from mobile.core.views_photos import PhotoCard
from mobile.viewmodels.viewmodel import Asks, ViewModel

S = TypeVar("S")
B = TypeVar("B")  # whom the questions go to: the person's tickets, their notices


class OpenedTaps(ViewModel[S], ABC, Generic[S, B]):
    """`speaks` finds whom to ask in the core; `shut` is what to do when a PIN is needed again."""

    def __init__(self, first: S, asks: Asks, speaks: Callable[[Any], B]) -> None:
        super().__init__(first)
        self._first, self._asks, self._speaks = first, asks, speaks
        self._pk, self._visit = "", 0
        self.shut: Callable[[], None] = lambda: None

    def open(self, pk: str) -> None:
        self.close()
        self._pk = pk
        self.look()

    def close(self) -> None:
        self._pk = ""
        self._visit += 1
        self.show(self._first)

    @abstractmethod
    def look(self) -> None:
        """Anew, where something lies open."""

    @abstractmethod
    def _failed(self, said: Said) -> None:
        """What was asked was refused: for the page to say."""

    def _fetch(
        self, files: Iterable[PhotoCard], known: Mapping[str, bytes], read: Callable[[B, str], bytes | None],
        came: Callable[[str, bytes], None],
    ) -> None:  # fmt: skip
        """Read what is here and not known yet, one question each."""
        for sha in dict.fromkeys(one.sha for one in files if one.state == "here" and one.sha not in known):
            self._ask(lambda asked, sha=sha: read(asked, sha), lambda data, sha=sha: came(sha, data) if data else None)  # type: ignore[misc]

    def _ask(self, question: Callable[[B], Any], then: Callable[[Any], None]) -> None:
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(lambda core: question(self._speaks(core)), answered, lambda error: self._refused(error, visit))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit != self._visit:
            return
        self._failed(error.said)
        if error.said.code == "client.pin_needed":
            self.shut()
