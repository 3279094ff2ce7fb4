"""Both languages say everything, with the same facts; code names no sentence that is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_words import incomplete_catalogues, unknown_keys
from tests.architecture.tree import ROOT, plant


def test_both_languages_are_complete() -> None:
    assert incomplete_catalogues(ROOT) == []


def test_every_key_that_code_says_has_a_sentence() -> None:
    assert unknown_keys(ROOT) == []


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ('[punch]\nkept = "已保存"\n', "[punch]\n"),
        ("[punch]\n", '[punch]\nkept = "Kept"\n'),
        ('[punch]\nkept = "{time} 已保存"\n', '[punch]\nkept = "Kept at {clock}"\n'),
        ('[punch]\nkept = "已保存"\n', '[punch]\nkept = " "\n'),
        ('[punch]\nkept = "已保存 {time"\n', '[punch]\nkept = "Kept {time}"\n'),
    ],
)
def test_a_planted_gap_between_the_languages_is_found(tmp_path: Path, zh: str, en: str) -> None:
    plant(tmp_path, {"contract/messages/zh.toml": zh, "contract/messages/en.toml": en})
    assert len(incomplete_catalogues(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("mobile/ui/app.py", "line = say('zh', 'punch.gone')"),
        ("server/web/pages.py", "line = self.say('punch.gone', n=1)"),
        ("mobile/ui/today.kv", "<T>:\n    Label:\n        text: root.say('punch.gone')\n"),
        ("server/web/templates/today.html", "<h1>{{ say('punch.gone') }}</h1>"),
    ],
)
def test_a_planted_unknown_key_is_found(tmp_path: Path, file: str, source: str) -> None:
    words = '[punch]\nkept = "x"\n'
    plant(tmp_path, {"contract/messages/zh.toml": words, "contract/messages/en.toml": words, file: source})
    assert len(unknown_keys(tmp_path)) == 1
