"""Imports point one way: contract <- server, contract <- mobile; areas in their order; layers in theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.check_imports import wrong_imports
from tests.architecture.tree import ROOT, plant


def test_imports_point_one_way() -> None:
    assert wrong_imports(ROOT) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("contract/geo.py", "import flask"),
        ("contract/geo.py", "def f():\n    from server.kernel import db"),
        ("server/cli.py", "from mobile.core import outbox"),
        ("mobile/core/outbox.py", "from server.kernel.db import Base"),
        ("mobile/core/outbox.py", "from kivy.clock import Clock"),
        ("mobile/core/outbox.py", "import mobile.viewmodels.today"),
        ("mobile/core/outbox.py", "from .. import ui"),
        ("mobile/viewmodels/today.py", "import sqlite3"),
        ("mobile/viewmodels/today.py", "from kivy.uix import label"),
        ("server/kernel/perform.py", "from server.people import model"),
        ("server/people/service.py", "from server.stores.model import Store"),
        ("server/people/service.py", "from ..attendance import queries"),
        ("server/sync/api.py", "from server.web import pages"),
        ("server/stores/model.py", "from server.stores import queries"),
        ("server/stores/queries.py", "from server.stores.service import open_store"),
        ("server/stores/service.py", "from . import api"),
        ("server/attendance/rules.py", "import sqlalchemy as sa"),
        ("server/attendance/rules/day.py", "from server.attendance.queries import punches"),
        ("server/attendance/rules.py", "from server.kernel.problems import Problem"),
        ("server/attendance/rules_cases.py", "import sqlalchemy as sa"),
        ("server/boards/queries.py", "from server.app import create_app"),
    ],
)
def test_a_planted_wrong_import_is_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, {file: source})
    assert len(wrong_imports(tmp_path)) == 1


def test_right_imports_are_left_alone(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "contract/geo.py": "import math\nimport msgspec\nfrom geopy import distance\nfrom contract import ids",
            "server/attendance/service.py": "from server.attendance import model, queries, rules\nimport sqlalchemy",
            "server/attendance/rules.py": "import math\nfrom contract.geo import Fence",
            "server/leave/rules/day.py": "from contract.hours import DayRow\nfrom server.leave.rules.facts import Fact",
            "server/sync/queries.py": "from server.postings.model import Posting",
            "server/app.py": "from server.web import pages",
            "mobile/ui/app.py": "import kivy\nfrom mobile.viewmodels import today",
        },
    )
    assert wrong_imports(tmp_path) == []
