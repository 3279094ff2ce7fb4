"""How one reader wants the face: language, text size, colours. Kept beside the database, not in it: no secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

from contract.messages import LANGUAGES, Language
from mobile.viewmodels.viewmodel import Asks, ViewModel

Look = Literal["system", "light", "dark"]
LOOKS: dict[str, Look] = {"system": "system", "light": "light", "dark": "dark"}
TEXT_SCALES: tuple[float, ...] = (1.0, 1.2, 1.4, 1.6)


@dataclass(frozen=True)
class Preferences:
    language: Language = "zh"
    text_scale: float = 1.0
    look: Look = "system"


class Keeps(Protocol):
    """Where preferences outlive the app."""

    def load(self) -> dict[str, Any]: ...

    def keep(self, what: dict[str, Any]) -> None: ...


class PreferencesModel(ViewModel[Preferences]):
    """Applied at once, kept at once. The core is told the language because it writes notices."""

    def __init__(self, keeps: Keeps, asks: Asks, first: Preferences | None = None) -> None:
        super().__init__(_read(keeps.load(), first or Preferences()))
        self._keeps, self._asks = keeps, asks

    def tap_language(self, language: str) -> None:
        if language in LANGUAGES:
            self._keep(replace(self.state, language=language))
            self._asks.ask(lambda core: core.set_language(language))

    def tap_other_language(self) -> None:
        self.tap_language("en" if self.state.language == "zh" else "zh")

    def tap_text_scale(self, scale: str) -> None:
        if float(scale) in TEXT_SCALES:
            self._keep(replace(self.state, text_scale=float(scale)))

    def tap_look(self, look: str) -> None:
        if look in LOOKS:
            self._keep(replace(self.state, look=LOOKS[look]))

    def tap_other_look(self) -> None:
        self.tap_look("light" if self.state.look == "dark" else "dark")

    def _keep(self, chosen: Preferences) -> None:
        self._keeps.keep(asdict(chosen))
        self.show(chosen)


def _read(kept: dict[str, Any], first: Preferences) -> Preferences:
    """What was kept, as far as it still makes sense; a torn or foreign file costs a preference, never a start."""
    language, scale, look = kept.get("language"), kept.get("text_scale"), kept.get("look")
    return Preferences(
        language=language if language in LANGUAGES else first.language,
        text_scale=scale if scale in TEXT_SCALES else first.text_scale,
        look=LOOKS.get(str(look), first.look),
    )
