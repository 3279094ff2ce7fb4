"""The one inbox on the wire: what somebody must do, and what they should know, each exactly once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import Id
from contract.wire import Wire, operation

ItemKind = Literal["to_do", "notice"]
About = Literal[
    "request", "posting", "person", "leave", "role_change", "delegation", "punch", "appeal", "day", "statement", "closing",
    "roster", "shift", "swap", "absence", "loan", "recommendation", "course", "training",
    "ticket", "announcement", "voice", "score", "score_appeal", "score_report", "score_review", "cycle",
    "import", "server", "device", "matter",
]  # fmt: skip


@operation("inbox.see_item/1")
class SeeItem(Wire, frozen=True, kw_only=True):
    """Its receiver has read a notice. What is to be done goes away by being done, not by being read."""

    item_id: Id


@operation("inbox.unsee_item/1")
class UnseeItem(Wire, frozen=True, kw_only=True):
    """A notice that was read is to be looked at again: it is open as before. At the console, for a slip of the hand."""

    item_id: Id


class ItemRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One item of one person's inbox, as their phone and the API read it.

    `trigger` is the trade's number of the reason (`N-02`); the sentence is `sentence_key(trigger, kind)` with
    `facts_in(facts, language)`. An item is open until `done_ms`: a to-do when what it asks for has happened (by whomever), a
    notice when it was read.
    """

    id: str
    trigger: str
    kind: ItemKind
    about: About
    about_id: str
    facts: dict[str, Any] = {}
    born_ms: int
    due_ms: int | None = None
    seen_ms: int | None = None
    done_ms: int | None = None


def sentence_key(trigger: str, kind: str) -> str:
    """The key of an item's sentence: `inbox.N-02.to_do`."""
    return f"inbox.{trigger}.{kind}"


def facts_in(facts: dict[str, Any], language: str) -> dict[str, Any]:
    """An item's facts for one language: words that differ are kept as `kind_zh`, `kind_en`, and read as `kind`."""
    told = {name: value for name, value in facts.items() if not name.endswith(("_zh", "_en"))}
    ending = f"_{language}"
    return told | {name.removesuffix(ending): value for name, value in facts.items() if name.endswith(ending)}


class InboxQuery(Wire, frozen=True, kw_only=True):
    """One's own items: the open ones, or all. `kind`, `about` narrow them; `done`: only those that are over, whatever `open`."""

    open: bool = True
    kind: ItemKind | None = None
    about: About | None = None
    done: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class InboxPage(Wire, frozen=True, kw_only=True):
    """Some items, the newest first, how many are open in all, and where the next page begins."""

    items: list[ItemRow]
    open: int
    next_cursor: str | None
