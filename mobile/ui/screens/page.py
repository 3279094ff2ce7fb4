"""What all screens are: they hold a view-model's state, say it in the reader's language, and forward taps."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.screenmanager import Screen

from contract.messages import LANGUAGES
from mobile.ui.kit import load_kv
from mobile.ui.say import Say
from mobile.viewmodels.viewmodel import ViewModel


class FacePage(Screen):
    """`state`, `say` and `now` are properties, so kv draws anew what names them. rebind: kv follows `state.x` too."""

    state = ObjectProperty(None, rebind=True, allownone=True)
    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    now: datetime | None = ObjectProperty(None, allownone=True)
    wide = BooleanProperty(False)
    rows: tuple[str, ...] = ()  # kv of rows that several pages show

    def __init__(self, *, vm: ViewModel[Any], say: Say, **kwargs: Any) -> None:
        for shared in self.rows:
            load_kv(Path(__file__).with_name(shared))
        load_kv(Path(inspect.getfile(type(self))).with_suffix(".kv"))
        super().__init__(vm=vm, say=say, state=vm.state, **kwargs)
        self._stop = vm.watch(self._on_state)
        self.look_closer: Callable[[Sequence[tuple[str, bytes]], int], None] = lambda _pictures, _at: None  # the window's

    def _on_state(self, state: Any) -> None:
        self.state = state

    def close(self) -> None:
        """No news after the window is gone, and nothing that goes on moving."""
        self.in_front(False)
        self._stop()

    def in_front(self, _is_in_front: bool) -> None:
        """Starts or rests what moves by itself."""
