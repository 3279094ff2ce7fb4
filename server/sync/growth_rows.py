"""Recommendations and careers as devices read them, on the own phone and on the tablet of the store; paths for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.growth import CareerRow, PathRow, PathStage, RecommendationRow
from contract.moments import to_ms
from server.growth.model import Career, CareerPath, Recommendation, RecommendationRule
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.learning.model import Course
from server.sync.registry import Bodies, projects

_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_recommendation, _rule, _course = table_of(Recommendation), table_of(RecommendationRule), table_of(Course)
_career, _path = table_of(Career), table_of(CareerPath)


@projects("recommendation")
def recommendations(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Courses that are recommended, with their reasons."""
    c = _recommendation.c
    rows = connection.execute(
        sa.select(_recommendation, _rule.c.code, _rule.c.kind, _course.c.title_zh, _course.c.title_en)
        .join(_rule, _rule.c.id == c.rule_id)
        .join(_course, _course.c.id == c.course_id)
        .where(c.id.in_(_IDS)),
        {"ids": ids},
    )
    return {
        r.id: wire.encode(
            RecommendationRow(
                id=r.id, person_id=r.person_id, course_id=r.course_id, title_zh=r.title_zh, title_en=r.title_en, rule=r.code,
                kind=r.kind, why_zh=r.why_zh, why_en=r.why_en, since_ms=to_ms(r.since),
            )
        )
        for r in rows
    }  # fmt: skip


@projects("career")
def careers(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Where somebody stands. On a shared tablet without the words of their wish: they are for who manages them and for HR."""
    rows = connection.execute(sa.select(_career.c.id, _career.c.body).where(_career.c.id.in_(_IDS)), {"ids": ids})
    if device.kind == "phone":
        return {row.id: row.body.encode() for row in rows}
    return {
        row.id: wire.encode(msgspec.structs.replace(wire.decode(row.body.encode(), CareerRow), wish_note="")) for row in rows
    }


@projects("career_path")
def career_paths(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Paths one may follow."""
    rows = connection.execute(sa.select(_path).where(_path.c.id.in_(_IDS)), {"ids": ids})
    return {
        r.id: wire.encode(
            PathRow(
                id=r.id, code=r.code, name_zh=r.name_zh, name_en=r.name_en, target_post_id=r.target_post_id,
                stages=wire.convert(r.stages, list[PathStage]),
            )
        )
        for r in rows
    }  # fmt: skip
