"""`outpost courses`: whole folders of courses in and out, each file with what could not be taken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from PIL import Image

from server.learning import command
from server.learning.command import course_commands
from server.learning.formats.zips import zip_of
from server.learning.model import Course, CourseVersion
from server.learning.standing import body_of
from tests.server.courses_of import Academy
from tests.support.planted import instead

BANK = Path(__file__).parent / "course_files" / "spec.gift"
TEXT = """---
code: milk-1
title_zh: 打奶泡
title_en: Steaming milk
---
<!-- card jug -->
# 奶缸
冰的奶缸，**半满**。
![](jug.png)
"""


@pytest.fixture
def academy(tmp_path: Path) -> Iterator[Academy]:
    made = Academy(tmp_path)
    yield made
    made.world.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A course as a folder, with a picture."""
    found = tmp_path / "milk"
    found.mkdir()
    (found / "course.md").write_text(TEXT, encoding="utf-8")
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    (found / "jug.png").write_bytes(picture.getvalue())
    return found


def courses(academy: Academy, *arguments: object) -> Result:
    group = course_commands(lambda: academy.world.app.extensions["outpost"], lambda: "en")
    return CliRunner().invoke(group, [str(one) for one in arguments])


def versions(academy: Academy, code: str) -> list[CourseVersion]:
    asked = sa.select(CourseVersion).join(Course, Course.id == CourseVersion.course_id).where(Course.code == code)
    return list(academy.world.rows(asked.order_by(CourseVersion.number.desc())))


def test_a_folder_and_a_bank_come_in_with_their_reports_and_go_out_as_they_came(
    academy: Academy, folder: Path, tmp_path: Path
) -> None:
    said = courses(academy, "import", folder, BANK, "--as", "he", "--publish")
    assert said.exit_code == 0, said.output
    assert "milk: milk-1, 1 cards, 0 questions" in said.output and "spec.gift: spec" in said.output
    assert "- story:33: " in said.output, "what was left out is said with its line"
    [milk], [spec] = versions(academy, "milk-1"), versions(academy, "spec")
    assert (milk.state, spec.state) == ("published", "published") and milk.author_id == academy.actors["he"].person_id
    assert body_of(milk.body).cards[0].picture is not None
    out = tmp_path / "out"
    assert courses(academy, "export", out).exit_code == 0
    assert sorted(one.name for one in out.iterdir()) == ["milk-1.zip", "spec.zip"]
    again = courses(academy, "import", out / "milk-1.zip", "--as", "he")
    assert again.exit_code == 0 and "milk-1 is a draft" in again.output
    [draft] = [one for one in versions(academy, "milk-1") if one.state == "draft"]
    assert body_of(draft.body) == body_of(milk.body)
    assert courses(academy, "export", out, "--format", "gift", "--code", "spec").exit_code == 0
    assert (out / "spec.gift.txt").stat().st_size > 500 and not (out / "milk-1.gift.txt").exists()


def test_a_dry_run_writes_nothing_and_a_file_that_is_refused_does_not_stop_the_others(
    academy: Academy, folder: Path, tmp_path: Path
) -> None:
    assert courses(academy, "import", folder, "--as", "he", "--dry-run").exit_code == 0
    assert versions(academy, "milk-1") == []
    broken = tmp_path / "broken.xml"
    broken.write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><quiz/>")
    said = courses(academy, "import", broken, folder, "--as", "he")
    assert said.exit_code == 1 and "broken.xml: " in said.output and len(versions(academy, "milk-1")) == 1


def test_nobody_writes_courses_who_may_not(academy: Academy, folder: Path) -> None:
    assert courses(academy, "import", folder, "--as", "an").exit_code == 1
    assert courses(academy, "import", folder, "--as", "nobody").exit_code == 1 and versions(academy, "milk-1") == []


def test_a_link_in_a_folder_is_not_followed(academy: Academy, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# secret\nnot for others")
    (folder / "02.md").symlink_to(secret)
    assert "1 cards" in courses(academy, "import", folder, "--as", "he", "--dry-run").output

    def follows(path: Path) -> bytes:
        return zip_of({one.name: one.read_bytes() for one in path.iterdir()})

    with instead(command, "_bytes_of", follows):
        assert "2 cards" in courses(academy, "import", folder, "--as", "he", "--dry-run").output, "the planted fault"
