"""One place ends transactions, and no area reads round the session's scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_writes import MAY_COMMIT, MAY_USE_CORE, stray_transactions, unscoped_reads
from tests.architecture.tree import ROOT, plant


def test_only_the_kernel_ends_transactions() -> None:
    assert stray_transactions(ROOT) == []


def test_areas_read_through_the_session() -> None:
    assert unscoped_reads(ROOT) == []


def test_every_exemption_is_used_and_says_why() -> None:
    for exempt in (MAY_COMMIT, MAY_USE_CORE):
        assert all(len(reason.split()) >= 4 for reason in exempt.values())
    needed = stray_transactions(ROOT, allowed={}) + unscoped_reads(ROOT, allowed={})
    unused = [file for file in {**MAY_COMMIT, **MAY_USE_CORE} if not any(c.startswith(file + ":") for c in needed)]
    assert [file for file in unused if (ROOT / file).exists()] == []


@pytest.mark.parametrize("call", ["session.commit()", "work.session.rollback()", "engine.begin()", "s.begin_nested()"])
def test_a_planted_commit_is_found(tmp_path: Path, call: str) -> None:
    plant(tmp_path, {"server/people/service.py": f"def hire(session):\n    {call}\n"})
    assert len(stray_transactions(tmp_path)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import sqlalchemy as sa\nq = sa.text('select 1')",
        "from sqlalchemy import text as t\nq = t('select 1')",
        "from sqlalchemy.sql import text\nq = text('select 1')",
        "q = select(Punch.__table__)",
    ],
)
def test_a_planted_unscoped_read_is_found(tmp_path: Path, source: str) -> None:
    plant(tmp_path, {"server/boards/queries.py": source})
    assert len(unscoped_reads(tmp_path)) == 1


def test_a_method_called_text_and_the_condition_of_an_index_are_no_reads(tmp_path: Path) -> None:
    index = "import sqlalchemy as sa\nix = sa.Index('ix', 'a', sqlite_where=sa.text('b IS NULL'))\n"
    plant(tmp_path, {"server/web/pages.py": "body = response.text()\n", "server/stores/model.py": index})
    assert unscoped_reads(tmp_path) == []
