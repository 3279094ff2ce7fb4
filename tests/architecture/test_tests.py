"""The tests themselves: they can fail, they run, and they are not skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_tests import skipped_tests, tests_that_cannot_fail, tests_that_never_run
from tests.architecture.tree import ROOT, plant

# pytest would take the imported rules for tests of its own
tests_that_cannot_fail.__test__ = False  # type: ignore[attr-defined]
tests_that_never_run.__test__ = False  # type: ignore[attr-defined]


def test_every_test_can_fail() -> None:
    assert tests_that_cannot_fail(ROOT) == []


def test_every_test_is_run() -> None:
    assert tests_that_never_run(ROOT) == []


def test_no_test_is_skipped() -> None:
    assert skipped_tests(ROOT) == []


@pytest.mark.parametrize(
    "source",
    [
        "def test_a():\n    clock_in()\n",
        "def test_a():\n    assert True\n",
        "async def test_a():\n    await clock_in()\n",
        "class TestA:\n    def test_a(self):\n        self.value = 1\n",
    ],
)
def test_a_planted_dead_test_is_found(tmp_path: Path, source: str) -> None:
    plant(tmp_path, {"tests/rules/test_punch.py": source})
    assert len(tests_that_cannot_fail(tmp_path)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("tests/rules/punch.py", "def test_a():\n    assert f() == 1\n"),
        ("tests/rules/test_punch.py", "def test_a():\n    assert f()\n\ndef test_a():\n    assert g()\n"),
        ("tests/rules/test_punch.py", "class Punches:\n    def test_a(self):\n        assert f()\n"),
        ("tests/rules/test_punch.py", "def helper():\n    return 1\n"),
    ],
)
def test_a_planted_test_that_never_runs_is_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, {file: source})
    assert len(tests_that_never_run(tmp_path)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "def test_a():\n    pytest.skip('no display')\n    assert f()\n",
        "@pytest.mark.skipif(True, reason='')\ndef test_a():\n    assert f()\n",
        "@pytest.mark.xfail\ndef test_a():\n    assert f()\n",
        "kivy = pytest.importorskip('kivy')\n",
    ],
)
def test_a_planted_skip_is_found(tmp_path: Path, source: str) -> None:
    plant(tmp_path, {"tests/ui/test_today.py": "import pytest\n" + source})
    assert len(skipped_tests(tmp_path)) == 1


def test_judging_by_other_means_than_assert_counts(tmp_path: Path) -> None:
    source = (
        "def test_a():\n    with pytest.raises(ValueError):\n        f()\n\n"
        "def test_b(page):\n    expect(page).to_have_text('x')\n\n"
        "def test_c():\n    run_state_machine_as_test(Model)\n"
    )
    plant(tmp_path, {"tests/rules/test_punch.py": source})
    assert tests_that_cannot_fail(tmp_path) == []
