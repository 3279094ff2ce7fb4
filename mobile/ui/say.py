"""Keys into sentences. Screens hold a Say as a property: after a language switch a new one makes kv say all anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from contract.forms import is_day
from contract.inbox import facts_in
from contract.messages import Language, catalogue
from contract.messages import say as sentence_for
from mobile.core.views import Said
from mobile.core.views_hq import At, Both


@dataclass(frozen=True)
class Say:
    """`say("today.title")` in kv. Called with None it says nothing, so a screen needs no guard for absent words."""

    language: Language

    def __call__(self, key: str | None, **facts: object) -> str:
        return sentence_for(self.language, key, **facts) if key else ""

    def said(self, said: Said | None) -> str:
        return self(said.code, **said.facts) if said is not None else ""

    def next_step(self, said: Said | None) -> str:
        """What to do about it, where somebody wrote that down."""
        if said is None or f"{said.code}_next" not in catalogue(self.language):
            return ""
        return self(f"{said.code}_next", **said.facts)

    def knows(self, key: str) -> bool:
        return key in catalogue(self.language)

    def day(self, day: date | datetime | None) -> str:
        if day is None:
            return ""
        return self("ui.day", month=self(f"ui.month_{day.month}"), day=day.day, weekday=self(f"ui.weekday_{day.isoweekday()}"))

    def both(self, words: Both | None) -> str:
        """What HQ wrote in both languages."""
        return "" if words is None else words.en if self.language == "en" else words.zh

    def at(self, at: At | None) -> str:
        """A moment: day and time, without the year."""
        return self.moment(at.day, at.hhmm) if at is not None else ""

    def moment(self, iso_day: str, hhmm: str) -> str:
        day = date.fromisoformat(iso_day)
        return self("ui.moment", month=self(f"ui.month_{day.month}"), day=day.day, at=hhmm)

    def told(self, said: Said) -> str:
        """The sentence of an inbox item: its facts in this language, its days as days."""
        facts = facts_in(said.facts, self.language)
        return self(said.code, **{name: self._fact(value) for name, value in facts.items()})

    def _fact(self, value: object) -> object:
        return self.iso_day(value) if isinstance(value, str) and is_day(value) else value

    def iso_day(self, text: str | None) -> str:
        """A calendar day as the wire writes it."""
        if not text:
            return ""
        day = date.fromisoformat(text)
        return self("ui.day_short", year=day.year, month=self(f"ui.month_{day.month}"), day=day.day)
