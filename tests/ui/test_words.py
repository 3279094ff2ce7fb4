"""Every sentence can be drawn, every code has one, and no page keeps a word of the language before."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from kivy.uix.label import Label

from contract.inbox import sentence_key
from contract.messages import LANGUAGES, catalogue
from contract.refusals import REFUSALS
from mobile.ui.icons import ICONS
from mobile.ui.theme import FONTS
from tests.ui.driver import Driver
from tests.ui.glyphs import drawable
from tests.ui.scripted_core import NAMES, STORE, ScriptedCore
from tests.ui.walked import Findings, names_misdrawn, words_left

ROOT = Path(__file__).resolve().parents[2]
Dressed = Callable[..., tuple[Driver, ScriptedCore]]
Walk = Callable[[str, float], Findings]
# Rare characters that people's names are made of: in GBK, not in GB 2312.
RARE_NAMES = "喆昇堃翀珺玥祎翊瑄婧琤淏焯晞旻"


def _glyphs(file: str) -> set[int]:
    return drawable(FONTS / file)


def _undrawable(text: str, glyphs: set[int]) -> set[str]:
    return {char for char in text if ord(char) not in glyphs and char not in "\n\u200b"}


@pytest.mark.parametrize("file", ["NotoSansSC-Regular.ttf", "NotoSansSC-Medium.ttf", "NotoSansSC-Bold.ttf"])
def test_every_character_of_every_sentence_is_in_every_font(file: str) -> None:
    """The console's own sentences are drawn by browsers, which fall back to other fonts."""
    glyphs = _glyphs(file)
    missing = {
        key: found
        for language in LANGUAGES
        for key, sentence in catalogue(language).items()
        if not key.startswith("console.") and (found := _undrawable(sentence, glyphs))
    }
    assert missing == {}


def test_the_search_for_missing_glyphs_finds_one() -> None:
    assert _undrawable("打卡 🙂", _glyphs("NotoSansSC-Bold.ttf")) == {"🙂"}
    assert _undrawable("喆", _glyphs("NotoSansSC-Bold.ttf")) == {"喆"}


def test_rare_names_can_be_drawn_in_the_weight_that_names_are_drawn_in() -> None:
    assert _undrawable(RARE_NAMES, _glyphs("NotoSansSC-Regular.ttf")) == set()


@pytest.mark.parametrize("face", ["phone", "kiosk"])
def test_names_are_drawn_in_regular_wherever_they_stand(walk: Walk, face: str) -> None:
    assert walk(face, 1.0).misdrawn_names == []


def test_the_search_for_misdrawn_names_finds_one(dressed: Dressed) -> None:
    driver, _ = dressed("phone", language="en")
    driver.app.shell.add_widget(Label(text=f"Ask {NAMES[0]}", font_name="Bold"))
    assert names_misdrawn(driver) == [f"Label 'Ask {NAMES[0]}' in Bold"]


def test_every_icon_is_in_the_icon_font() -> None:
    glyphs = _glyphs("icons.ttf")
    assert {name for name, char in ICONS.items() if ord(char) not in glyphs} == set()


def test_every_icon_that_is_named_exists() -> None:
    named = set()
    for path in (*ROOT.glob("mobile/ui/**/*.kv"), *ROOT.glob("mobile/**/*.py")):
        text = path.read_text(encoding="utf-8")
        named |= (
            set(re.findall(r'(?:icon_name|chip_icon|\bname)["\']?[:=] *"([a-z_]+)"', text)) if path.suffix == ".kv" else set()
        )
        named |= set(re.findall(r'"icon_name": "([a-z_]+)"', text))
    assert named and named - set(ICONS) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_can_reach_a_person_has_a_sentence(language: str) -> None:
    known = set(catalogue(language))  # type: ignore[arg-type]
    raised = set()
    for path in ROOT.glob("mobile/core/*.py"):
        raised |= set(re.findall(r'Refused\(\s*"([a-z_.]+)"', path.read_text(encoding="utf-8")))
    assert raised
    assert (set(REFUSALS) | raised) - known == set()


def items_without_a_sentence(sources: list[str], known: set[str]) -> list[str]:
    """What the server puts into inboxes and no catalogue has a sentence for: calls that spell out trigger and kind."""
    missing = []
    for source in sources:
        for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
            said = {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
            if ast.unparse(call.func).endswith("put_item") and "trigger" in said and "kind" in said:
                key = sentence_key(str(said["trigger"]), str(said["kind"]))
                missing += [] if key in known else [key]
    return missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_comes_into_an_inbox_has_a_sentence(language: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("server/**/*.py")]
    assert items_without_a_sentence(sources, set(catalogue(language))) == []  # type: ignore[arg-type]


def test_the_search_for_sentences_of_the_inbox_finds_one_that_is_missing() -> None:
    planted = 'put_item(work, trigger="N-99", receiver_id=one, kind="notice", about="leave", about_id=two, facts={})'
    assert items_without_a_sentence([planted], {"inbox.N-99.to_do"}) == ["inbox.N-99.notice"]


@pytest.mark.parametrize("face", ["phone", "kiosk"])
def test_a_switch_of_language_leaves_no_word_of_the_one_before(walk: Walk, face: str) -> None:
    """Each page is shown in Chinese, then switched: what is still Chinese must be a name or a language's own name."""
    assert walk(face, 1.0).left_words == []


def test_the_search_for_words_of_the_language_before_finds_one() -> None:
    assert words_left(["Clock in", "打卡", f"{NAMES[0]} 打卡", NAMES[0], STORE.name, "李"]) == ["打卡", f"{NAMES[0]} 打卡"]


def test_a_phone_without_a_store_tells_the_companys_time_whatever_its_own_zone_is(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="zh")
    core.posting = core.next_posting = None
    driver.app.model.navigator.switch("today")
    driver.advance(1.2)
    assert driver.app.shell.pages["today"].now.strftime("%H:%M %z") == "09:52 +0800"
