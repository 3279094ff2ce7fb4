"""The demo's courses: real ones in both languages, published, with nothing in the way and nothing lost on the way in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.wire import Wire
from server import demo_courses
from server.learning import pictures
from server.learning.formats.markdown import read_markdown
from server.learning.formats.zips import zip_of
from server.learning.model import Course, CoursePicture, CourseVersion
from server.learning.standing import body_of
from tests.server.world import World
from tests.support.planted import instead


def _files(folder: Path) -> bytes:
    return zip_of({path.name: path.read_bytes() for path in folder.iterdir()})


def _teach(world: World) -> None:
    def do_as(_person: str, operation: Wire, op_id: str) -> Any:
        return world.must(operation) if world.do(operation, op_id=op_id).status != "applied" else None

    demo_courses.teach(world.db, world.settings.data_dir, str(world.admin.person_id), do_as)


def test_five_courses_are_published_in_both_languages_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    world = World.on_sqlite(tmp_path)
    _teach(world)
    _teach(world)
    found = {row.code: row for row in world.rows(sa.select(Course))}
    bodies = {row.course_id: body_of(row.body) for row in world.rows(sa.select(CourseVersion))}
    assert len(bodies) == len(found) == 6 and {row.number for row in found.values()} == {1}
    assert all(card.zh or card.items or card.question for body in bodies.values() for card in body.cards)
    assert all(body.title_zh and body.title_en for body in bodies.values())
    hygiene = bodies[found["hygiene-101"].id]
    assert hygiene.quiz is not None and hygiene.quiz.kept_by == "server" and found["script-welcome"].kind == "script"
    assert {question.kind for body in bodies.values() if body.quiz for question in body.quiz.questions} == {
        "single", "multiple", "order", "match", "number", "text",
    }  # fmt: skip
    [shown] = world.rows(sa.select(CoursePicture.sha256))
    assert pictures.read(world.settings.data_dir, shown) is not None
    world.close()


def _lost(folders: Path) -> list[str]:
    return [
        finding.code
        for folder in folders.iterdir()
        for finding in read_markdown(_files(folder), folder.name).taken.findings
    ]  # fmt: skip


def test_nothing_of_the_folders_is_lost_on_the_way_in(tmp_path: Path) -> None:
    assert _lost(demo_courses.FOLDERS) == []
    broken = tmp_path / "courses"
    shutil.copytree(demo_courses.FOLDERS, broken)
    (broken / "hygiene-101" / "temperatures.png").unlink()
    with instead(demo_courses, "FOLDERS", broken), pytest.raises(AssertionError):
        assert _lost(demo_courses.FOLDERS) == []
