"""kv forwards, shows state, and speaks through the catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_kv import logic_in_kv, untranslated_text
from tests.architecture.tree import ROOT, plant


def test_kv_holds_no_logic() -> None:
    assert logic_in_kv(ROOT) == []


def test_every_word_on_a_screen_comes_from_a_catalogue() -> None:
    assert untranslated_text(ROOT) == []


def _screen(line: str) -> str:
    return f"<Today>:\n    Button:\n        {line}\n"


@pytest.mark.parametrize(
    "line",
    [
        "on_release: app.core.punch()",
        "on_release: root.vm.state.core.punch()",
        "on_release: root.vm.tap_arrive() if root.state.ready else root.vm.tap_wait()",
        "on_release: root.vm.ready and root.vm.tap_arrive()",
        "on_release: root.vm.busy = True",
        "on_release: root.vm.outbox.put(1)",
        "disabled: app.offline",
        "opacity: core.pending()",
    ],
)
def test_planted_logic_in_kv_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, {"mobile/ui/screens/today.kv": _screen(line)})
    assert len(logic_in_kv(tmp_path)) == 1


def test_a_planted_import_of_the_core_is_found(tmp_path: Path) -> None:
    plant(tmp_path, {"mobile/ui/today.kv": "#:import outbox mobile.core.outbox\n" + _screen("size: 1, 1")})
    assert len(logic_in_kv(tmp_path)) == 1


def test_an_if_block_in_a_handler_is_found(tmp_path: Path) -> None:
    source = "<Today>:\n    Button:\n        on_release:\n            if self.on: root.vm.tap_off()\n"
    plant(tmp_path, {"mobile/ui/today.kv": source})
    assert len(logic_in_kv(tmp_path)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "on_release: root.vm.tap_arrive()",
        "on_release: root.vm.tap_person(self.person_id)",
        "on_release: root.dispatch('on_done')",
        "on_press: self.opacity = 0.6",
        "text: root.state.headline",
        "text: root.say('punch.arrive')",
        "text: root.say('punch.arrive') if root.state.out else root.say('punch.leave')",
        "text: '[b]{}[/b]'.format(root.state.name)",
        "text: '%d / %d' % (root.state.done, root.state.all)",
        "text: '中文'",
        "text: '+' if root.state.mode == 'add' else '-'",
        "text: root.state.facts['name']",
    ],
)
def test_wiring_and_state_are_left_alone(tmp_path: Path, line: str) -> None:
    plant(tmp_path, {"mobile/ui/screens/today.kv": _screen(line)})
    assert logic_in_kv(tmp_path) + untranslated_text(tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        "text: 'Clock in'",
        "text: '上班打卡'",
        "hint_text: 'Search'",
        "text: '%d min' % root.state.minutes",
        "text: f'{root.state.minutes} min'",
        "text: root.say('punch.arrive') + ' now'",
        "text: 'In' if root.state.present else root.say('punch.out')",
    ],
)
def test_planted_words_in_kv_are_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, {"mobile/ui/screens/today.kv": _screen(line)})
    assert len(untranslated_text(tmp_path)) == 1


@pytest.mark.parametrize("source", ["Label(text='Clock in')", "HEADLINE = '上班'", "dialog(title='Sure?')"])
def test_planted_words_in_a_widget_are_found(tmp_path: Path, source: str) -> None:
    plant(tmp_path, {"mobile/ui/screens/today.py": f'"""今天."""\n{source}\n'})
    assert len(untranslated_text(tmp_path)) == 1
