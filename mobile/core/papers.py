"""Words that are being written: on the disk at every keystroke, with the photos taken for them, until they are sent.

Sealed with this device's own key. One ticket and one voice for each person: what was begun is offered again.
"""

from __future__ import annotations

from typing import Final, Literal, TypeVar

from contract.feedback import Form, Priority
from contract.voice import VoiceAbout
from contract.wire import Wire, encode
from mobile.core.local_db import LocalDb
from mobile.core.photos import Photos
from mobile.core.replica import read_row
from mobile.core.seals import OWN, ScopeKeys

W = TypeVar("W", bound=Wire)
Kind = Literal["ticket", "voice", "score"]
ROOM: Final = 64 * 1024  # what a draft may need on the disk beside its photos


class TicketPaper(Wire, frozen=True, kw_only=True):
    """A ticket as far as it is written. `photos`: by SHA-256, those of form fields are in `form`."""

    category: str
    text: str = ""
    form: Form = {}
    photos: list[str] = []
    spot: str = ""
    priority: Priority = "normal"
    instead_of: str = ""


class VoicePaper(Wire, frozen=True, kw_only=True):
    """Words for HQ as far as they are written."""

    about: VoiceAbout = "other"
    text: str = ""
    anonymous: bool = False


class ScorePaper(Wire, frozen=True, kw_only=True):
    """A score card as far as it is filled in: values by the metric's code. `photos`: by SHA-256; `day`: "" is the day on which it
    is given."""

    marks: dict[str, str] = {}
    comment: str = ""
    photos: list[str] = []
    day: str = ""


class PaperLine(Wire, frozen=True, kw_only=True):
    """A line of a list that is being written: `more` is a goal's target, an action's day."""

    id: str
    text: str = ""
    more: str = ""


class CyclePaper(Wire, frozen=True, kw_only=True):
    """Words for somebody's part in a cycle as far as they are written. `day`: when the talk was; `percent`: of a goal."""

    lines: list[PaperLine] = []
    text: str = ""
    day: str = ""
    percent: str = ""


class WordsPaper(Wire, frozen=True, kw_only=True):
    """Words to a ticket as far as they are written: what they will do (`verb`), what that needs, and photos by SHA-256."""

    verb: str
    text: str = ""
    stars: int = 0
    desk_id: str = ""
    priority: str = ""
    instead_of: str = ""
    photos: list[str] = []


class _Seals(Wire, frozen=True, kw_only=True):
    """What each word of a card said when it was first seen, by its id."""

    digests: dict[str, str] = {}


class SaidVoice(Wire, frozen=True, kw_only=True):
    """Something said without a name: known to this device alone. `secret` opens the answers, which were last asked for at
    `asked_ms`; `op` is what carried it."""

    voice_id: str
    op: str
    about: VoiceAbout
    text: str
    said_ms: int
    secret: str
    answers: list[str] = []
    asked_ms: int = 0


class Papers:
    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys

    def put(self, kind: Kind, owner: str, row: Wire) -> None:
        """Inside a write. `owner` is the scope whose end it does not survive."""
        pk = f"{kind}|{owner}"
        self._db.run(
            "INSERT OR REPLACE INTO paper (id, kind, owner, sealed) VALUES (?, ?, ?, ?)",
            (pk, kind, owner, self._keys.seal(OWN, f"paper|{pk}", encode(row))),
        )

    def get(self, kind: Kind, owner: str, shape: type[W]) -> W | None:
        pk = f"{kind}|{owner}"
        found = self._db.row("SELECT sealed FROM paper WHERE id = ?", (pk,))
        return None if found is None else read_row(self._keys.unseal(OWN, f"paper|{pk}", found[0]), shape)

    def drop(self, kind: Kind, owner: str) -> None:
        """Inside a write."""
        pk = f"{kind}|{owner}"
        self._db.run("DELETE FROM paper WHERE id = ?", (pk,))
        self._db.run("DELETE FROM paper_photo WHERE paper = ?", (pk,))

    # photos

    def add_photo(self, kind: Kind, owner: str, photo: bytes) -> str:
        """Inside a write: answers its name."""
        pk, sha = f"{kind}|{owner}", Photos.name(photo)
        self._db.run(
            "INSERT OR REPLACE INTO paper_photo (paper, sha, sealed) VALUES (?, ?, ?)",
            (pk, sha, self._keys.seal(OWN, f"paper|{pk}|{sha}", photo)),
        )
        return sha

    def photo(self, kind: Kind, owner: str, sha: str) -> bytes | None:
        pk = f"{kind}|{owner}"
        found = self._db.row("SELECT sealed FROM paper_photo WHERE paper = ? AND sha = ?", (pk, sha))
        return None if found is None else self._keys.unseal(OWN, f"paper|{pk}|{sha}", found[0])

    def keep_only(self, kind: Kind, owner: str, shas: set[str]) -> None:
        """Inside a write: photos that the draft names no more go."""
        pk = f"{kind}|{owner}"
        for (sha,) in self._db.rows("SELECT sha FROM paper_photo WHERE paper = ?", (pk,)):
            if sha not in shas:
                self._db.run("DELETE FROM paper_photo WHERE paper = ? AND sha = ?", (pk, sha))

    # voices without a name

    def keep_voice(self, owner: str, said: SaidVoice) -> None:
        """Inside a write."""
        self._db.run(
            "INSERT OR REPLACE INTO own_voice (id, owner, sealed) VALUES (?, ?, ?)",
            (said.voice_id, owner, self._keys.seal(OWN, f"voice|{said.voice_id}", encode(said))),
        )

    def voices(self, owner: str) -> list[SaidVoice]:
        found = self._db.rows("SELECT id, sealed FROM own_voice WHERE owner = ?", (owner,))
        read = (read_row(self._keys.unseal(OWN, f"voice|{pk}", sealed), SaidVoice) for pk, sealed in found)
        return [one for one in read if one is not None]

    def answered(self, voice_id: str, answers: list[str], now_ms: int) -> None:
        """Inside a write: what HQ has answered to it by now. Nothing where it went meanwhile."""
        found = self._db.row("SELECT owner, sealed FROM own_voice WHERE id = ?", (voice_id,))
        said = None if found is None else read_row(self._keys.unseal(OWN, f"voice|{voice_id}", found[1]), SaidVoice)
        if found is not None and said is not None:
            self.keep_voice(found[0], SaidVoice(
                voice_id=voice_id, op=said.op, about=said.about, text=said.text, said_ms=said.said_ms, secret=said.secret,
                answers=answers, asked_ms=now_ms,
            ))  # fmt: skip

    # score cards

    def put_score(self, owner: str, person_id: str, row: ScorePaper) -> None:
        """Inside a write: somebody's card as far as the owner has filled it in."""
        pk = f"{owner}|{person_id}"
        self._db.run(
            "INSERT OR REPLACE INTO score_paper (id, owner, sealed) VALUES (?, ?, ?)",
            (pk, owner, self._keys.seal(OWN, f"score|{pk}", encode(row))),
        )

    def score(self, owner: str, person_id: str) -> ScorePaper | None:
        pk = f"{owner}|{person_id}"
        found = self._db.row("SELECT sealed FROM score_paper WHERE id = ?", (pk,))
        return None if found is None else read_row(self._keys.unseal(OWN, f"score|{pk}", found[0]), ScorePaper)

    def scored(self, owner: str) -> set[str]:
        """Whose cards are begun."""
        return {pk.removeprefix(f"{owner}|") for (pk,) in self._db.rows("SELECT id FROM score_paper WHERE owner = ?", (owner,))}

    def drop_score(self, owner: str, person_id: str) -> None:
        """Inside a write."""
        self._db.run("DELETE FROM score_paper WHERE id = ?", (f"{owner}|{person_id}",))
        self._db.run("DELETE FROM paper_photo WHERE paper = ?", (f"score|{owner}|{person_id}",))

    # words in cycles

    def put_cycle(self, owner: str, part_id: str, what: str, row: CyclePaper) -> None:
        """Inside a write: what the owner is writing in somebody's part. Lies with the score cards that are begun."""
        pk = f"{owner}|{part_id}|{what}"
        self._db.run(
            "INSERT OR REPLACE INTO score_paper (id, owner, sealed) VALUES (?, ?, ?)",
            (pk, owner, self._keys.seal(OWN, f"cycle|{pk}", encode(row))),
        )

    def cycle(self, owner: str, part_id: str, what: str) -> CyclePaper | None:
        pk = f"{owner}|{part_id}|{what}"
        found = self._db.row("SELECT sealed FROM score_paper WHERE id = ?", (pk,))
        return None if found is None else read_row(self._keys.unseal(OWN, f"cycle|{pk}", found[0]), CyclePaper)

    def drop_cycle(self, owner: str, part_id: str, what: str) -> None:
        """Inside a write."""
        self._db.run("DELETE FROM score_paper WHERE id = ?", (f"{owner}|{part_id}|{what}",))

    # words to tickets

    def put_words(self, owner: str, ticket_id: str, row: WordsPaper) -> None:
        """Inside a write: what the owner is writing to a ticket. Lies with the score cards that are begun, as its photos do."""
        pk = f"{owner}|{ticket_id}|words"
        self._db.run(
            "INSERT OR REPLACE INTO score_paper (id, owner, sealed) VALUES (?, ?, ?)",
            (pk, owner, self._keys.seal(OWN, f"words|{pk}", encode(row))),
        )

    def words(self, owner: str, ticket_id: str) -> WordsPaper | None:
        pk = f"{owner}|{ticket_id}|words"
        found = self._db.row("SELECT sealed FROM score_paper WHERE id = ?", (pk,))
        return None if found is None else read_row(self._keys.unseal(OWN, f"words|{pk}", found[0]), WordsPaper)

    def drop_words(self, owner: str, ticket_id: str) -> None:
        """Inside a write."""
        self.drop_score(owner, f"{ticket_id}|words")

    # cards as they were first seen

    def seal(self, owner: str, card_id: str, digests: dict[str, str]) -> None:
        """Inside a write: what a card said, for ever."""
        self._db.run(
            "INSERT OR REPLACE INTO score_seal (card, owner, sealed) VALUES (?, ?, ?)",
            (card_id, owner, self._keys.seal(OWN, f"sealed|{card_id}", encode(_Seals(digests=digests)))),
        )

    def seals(self, owner: str) -> dict[str, dict[str, str]]:
        """What each card said when it was first seen here."""
        found = self._db.rows("SELECT card, sealed FROM score_seal WHERE owner = ?", (owner,))
        read = ((card, read_row(self._keys.unseal(OWN, f"sealed|{card}", sealed), _Seals)) for card, sealed in found)
        return {card: row.digests for card, row in read if row is not None}

    # how far somebody has looked

    def seen(self, owner: str) -> dict[str, int]:
        """Up to which movement each ticket was looked at."""
        return dict(self._db.rows("SELECT ticket, moved_ms FROM ticket_seen WHERE owner = ?", (owner,)))

    def see(self, owner: str, ticket_id: str, moved_ms: int) -> None:
        """Inside a write."""
        self._db.run(
            "INSERT INTO ticket_seen (ticket, owner, moved_ms) VALUES (?, ?, ?)"
            " ON CONFLICT (ticket, owner) DO UPDATE SET moved_ms = max(moved_ms, excluded.moved_ms)",
            (ticket_id, owner, moved_ms),
        )

    # ends

    def forget(self, owner: str) -> None:
        """Inside a write: that person is no longer this device's."""
        self._db.run("DELETE FROM paper_photo WHERE paper IN (SELECT id FROM paper WHERE owner = ?)", (owner,))
        self._db.run("DELETE FROM paper_photo WHERE paper IN (SELECT 'score|' || id FROM score_paper WHERE owner = ?)", (owner,))
        for table in ("paper", "own_voice", "ticket_seen", "score_paper", "score_seal"):
            self._db.run(f"DELETE FROM {table} WHERE owner = ?", (owner,))  # noqa: S608 - names from the line above

    def erase(self) -> None:
        """Inside a write: everybody's."""
        for table in ("paper", "paper_photo", "own_voice", "ticket_seen", "score_paper", "score_seal"):
            self._db.run(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
