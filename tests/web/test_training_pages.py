"""Training at the console: the stores side by side."""

from __future__ import annotations

from pathlib import Path

from tests.server.training_of import school_on_sqlite
from tests.server.world import PASSWORD
from tests.web.visitor import Visitor


def test_the_store_where_most_is_late_is_first_and_those_of_which_nothing_is_asked_are_last(tmp_path: Path) -> None:
    school = school_on_sqlite(tmp_path)
    world = school.world
    world.open_store("阿凡达店")  # first by name, and nothing is asked of it
    course = school.reading()
    for store in (school.a, school.b):
        school.give(course, "store", store, due_on="2026-11-25")
    school.read("bo", course, "k1", "k2", "k3")
    school.day_passes(8)
    he = Visitor(world.app)
    he.sign_in("he", PASSWORD)

    def names(query: str = "") -> list[str]:
        lines = he.get(f"/console/training?format=csv{query}").text.splitlines()[1:]
        return [line.split(",")[0] for line in lines]

    assert names() == ["甲店", "乙店", "阿凡达店"]
    assert names("&sort=training_store") != names(), "by name it is another order"
    world.close()
