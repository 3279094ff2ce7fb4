"""Everything the phone imports can be built for Android."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_android import not_for_android, recipes
from tests.architecture.tree import ROOT, plant


def test_the_phones_imports_exist_for_android() -> None:
    assert not_for_android(ROOT) == []


@pytest.mark.parametrize("module", ["zxingcpp", "psycopg_binary", "granian", "a_library_nobody_has"])
def test_a_planted_desktop_library_is_found(tmp_path: Path, module: str) -> None:
    plant(tmp_path, {"mobile/core/scan.py": f"import {module}\n"})
    assert len(not_for_android(tmp_path)) == 1


def test_recipes_pure_wheels_and_the_desktops_own_files_are_left_alone(tmp_path: Path) -> None:
    libraries = (
        "import kivy\nimport msgspec\nimport cryptography\nimport argon2\nimport jnius\nimport segno\nimport geopy\n"
    )
    plant(tmp_path, {"mobile/core/a.py": libraries, "mobile/devices/desktop.py": "import zxingcpp\n"})
    assert not_for_android(tmp_path) == []
    assert len(recipes()) > 100
