"""Words to tickets that are being written: on the disk at every keystroke, with the photos taken for them, until they are sent.

One paper for each reader and ticket. On the shared tablet it lies behind its writer's PIN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mobile.core.acts import Acts
from mobile.core.feedback_photos import bare
from mobile.core.feedback_rows import Writer
from mobile.core.papers import ROOM, Papers, WordsPaper
from mobile.core.views_feedback import WordsDraft

TEXT_MOST = 2_000


class TicketWords:
    """`who` raises Refused where nobody is there: past the lease, behind a PIN."""

    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who

    @property
    def _papers(self) -> Papers:
        return self._acts.parts.drafts.papers

    def begun(self, ticket_id: str) -> WordsDraft | None:
        """What is being written to this ticket."""
        who = self._who()
        with self._acts.parts.db.read():
            paper = self._papers.words(who.owner, ticket_id)
            if paper is None:
                return None
            bodies = ((sha, self._papers.photo("score", _paper(who, ticket_id), sha)) for sha in paper.photos)
            photos = tuple((sha, body) for sha, body in bodies if body is not None)
        return WordsDraft(
            verb=paper.verb, text=paper.text, stars=paper.stars, desk_id=paper.desk_id, priority=paper.priority,
            instead_of=paper.instead_of, photos=photos,
        )  # fmt: skip

    def write(
        self, ticket_id: str, verb: str, text: str, *, stars: int = 0, desk_id: str = "", priority: str = "",
        instead_of: str = "", photos: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Keep it as far as it is written. On the disk when this returns."""
        who, parts = self._may_act(), self._acts.parts
        paper = WordsPaper(
            verb=verb, text=text[:TEXT_MOST], stars=stars, desk_id=desk_id, priority=priority, instead_of=instead_of,
            photos=list(photos),
        )  # fmt: skip
        parts.db.need_space(ROOM)
        with parts.db.write():
            self._papers.put_words(who.owner, ticket_id, paper)
            self._papers.keep_only("score", _paper(who, ticket_id), set(photos))
        who.stay_open()

    def add_photo(self, ticket_id: str, photo: bytes) -> tuple[str, bytes]:
        """Keep a photo for what is being written, laid bare: its name, and it. Refused where it is none. Named by the next
        `write`, without which it goes."""
        who, parts, plain = self._may_act(), self._acts.parts, bare(photo)
        parts.db.need_space(ROOM + len(plain))
        with parts.db.write():
            name = self._papers.add_photo("score", _paper(who, ticket_id), plain)
        who.stay_open()
        return name, plain

    def throw_away(self, ticket_id: str) -> None:
        """What was being written is not wanted."""
        who = self._may_act()
        with self._acts.parts.db.write():
            self._papers.drop_words(who.owner, ticket_id)

    def _may_act(self) -> Writer:
        self._acts.may_act()
        return self._who()


def _paper(who: Writer, ticket_id: str) -> str:
    return f"{who.owner}|{ticket_id}|words"
