"""Career paths are defined, joined and left; people say what they wish; HR writes promotions down."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from contract.growth import DefinePath, JoinPath, LeavePath, RecordPromotion, SayWish
from contract.moments import instant
from contract.wire import plain
from server.approvals.service import acting
from server.growth import standing
from server.growth.model import CareerPath, CareerWish, Indicator, PathMember, Promotion
from server.growth.rules import careers
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.learning.queries import titles
from server.org.model import Post
from server.org.rules import day_of
from server.people.model import Person, PersonStore
from server.postings.life import with_reach


@handles(DefinePath, needs=Permission.MANAGE_TRAINING)
def define_path(work: Work, op: DefinePath) -> None:
    """A path, or its next form, which counts for all who follow it from now on. Its code stays."""
    known = work.session.get(CareerPath, op.path_id, with_for_update=True)
    other = work.session.scalars(sa.select(CareerPath).where(CareerPath.code == op.code)).one_or_none()
    if (other is not None and other.id != op.path_id) or (known is not None and known.code != op.code):
        raise Problem("growth.code_taken", field="code", taken=op.code)
    fault = careers.judge_stages(op.stages)
    if fault is not None:
        raise Problem(fault.code, field=fault.field)
    if op.target_post_id is not None:
        work.find(Post, op.target_post_id, "org.post_unknown", field="target_post_id", id=op.target_post_id)
    _must_be_known(work, op)
    values = {
        "name_zh": op.name_zh, "name_en": op.name_en, "target_post_id": op.target_post_id, "stages": plain(op.stages),
        "reason": op.reason,
    }  # fmt: skip
    if known is None:
        work.add(CareerPath(id=op.path_id, code=op.code, **values))
        return
    for name, value in values.items():
        setattr(known, name, value)
    work.wrote = True
    work.session.flush()
    with with_reach(work) as wide:
        followers = wide.session.scalars(sa.select(PathMember.person_id).where(PathMember.path_id == op.path_id)).all()
        standing.refresh(wide, set(followers))


def _must_be_known(work: Work, op: DefinePath) -> None:
    courses = {one: f"stages.{n}.courses" for n, stage in enumerate(op.stages) for one in stage.courses}
    for number, stage in enumerate(op.stages):
        courses |= {one.course_id: f"stages.{number}.conditions" for one in stage.conditions if one.course_id is not None}
    named = titles(work.session, sorted(courses))
    for course_id, at in courses.items():
        if course_id not in named:
            raise Problem("learning.course_unknown", field=at, id=course_id)
    codes = set(work.session.scalars(sa.select(Indicator.code)))
    for number, stage in enumerate(op.stages):
        for one in stage.conditions:
            if one.indicator is not None and one.indicator not in codes:
                raise Problem("growth.indicator_unknown", field=f"stages.{number}.conditions", indicator=one.indicator)


def _day(text: str, name: str) -> date:
    found = day_of(text)
    if found is None:
        raise Problem("shifts.no_such_day", field=name, day=text)
    return found


@handles(JoinPath, needs=Permission.MANAGE_TRAINING)
def join_path(work: Work, op: JoinPath) -> None:
    """Somebody follows a path; while they follow another, or are to, they must leave that first."""
    from_day = _day(op.from_day, "from_day")
    person: Person = work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    if not person.active:
        raise Problem("people.has_left", field="person_id", id=op.person_id)
    work.find(CareerPath, op.path_id, "growth.path_unknown", field="path_id", id=op.path_id)
    if work.session.get(PathMember, op.member_id) is not None:
        raise Problem("operation.already_exists", field="member_id", id=op.member_id)
    asked = sa.select(PathMember).where(
        PathMember.person_id == op.person_id, sa.or_(PathMember.until.is_(None), PathMember.until > from_day)
    )
    other = work.session.scalars(asked.limit(1)).first()
    if other is not None:
        path = work.session.get_one(CareerPath, other.path_id)
        raise Problem("growth.on_a_path", field="path_id", path_zh=path.name_zh, path_en=path.name_en)
    work.add(
        PathMember(id=op.member_id, person_id=op.person_id, path_id=op.path_id, from_day=from_day, until=None, reason=None)
    )
    standing.refresh(work, [op.person_id])


@handles(LeavePath, needs=Permission.MANAGE_TRAINING)
def leave_path(work: Work, op: LeavePath) -> None:
    """From a day on somebody does not follow it. Said again it gets another day; what they learnt stays."""
    until = _day(op.until, "until")
    member: PathMember = work.find(PathMember, op.member_id, "growth.member_unknown", id=op.member_id)
    if until < member.from_day:
        raise Problem("growth.leaves_before_joining", field="until")
    later = sa.select(PathMember.id).where(
        PathMember.person_id == member.person_id, PathMember.id != member.id, PathMember.from_day >= member.from_day,
        PathMember.from_day < until,
    )  # fmt: skip
    if work.session.execute(later.limit(1)).first() is not None:
        raise Problem("growth.leaves_after_next", field="until")
    member.until, member.reason = until, op.reason
    work.wrote = True
    standing.refresh(work, [member.person_id])


@handles(SayWish, needs=Permission.LEARN)
def say_wish(work: Work, op: SayWish) -> None:
    """My own word. All are kept; the newest by when it was said counts, in whatever order they come. At a tablet: somebody who
    was or is at its store."""
    who = acting(work)
    with with_reach(work) as wide:
        if work.device is not None and work.device.kind == "kiosk":
            here = sa.select(PersonStore.id).where(PersonStore.person_id == who, PersonStore.store_id == work.device.store_id)
            if wide.session.execute(here.limit(1)).first() is None:
                raise Problem("growth.not_here", id=who)
        if wide.session.get(CareerWish, op.wish_id) is not None:
            raise Problem("operation.already_exists", field="wish_id", id=op.wish_id)
        if op.path_id is not None and wide.session.get(CareerPath, op.path_id) is None:
            raise Problem("growth.path_unknown", field="path_id", id=op.path_id)
        said_at = min(instant(work.act.taken.at_ms), work.now)  # never later than it arrived
        wide.add(
            CareerWish(id=op.wish_id, person_id=who, wish=op.wish, path_id=op.path_id, note=op.note, said_at=said_at)
        )
        wide.session.flush()
        standing.refresh(wide, [who])


@handles(RecordPromotion, needs=Permission.MANAGE_TRAINING)
def record_promotion(work: Work, op: RecordPromotion) -> None:
    """A fact: what of the path was not met at that moment is kept with it, by name."""
    from_day = _day(op.from_day, "from_day")
    work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    path: CareerPath = work.find(CareerPath, op.path_id, "growth.path_unknown", field="path_id", id=op.path_id)
    if work.session.get(Promotion, op.promotion_id) is not None:
        raise Problem("operation.already_exists", field="promotion_id", id=op.promotion_id)
    with with_reach(work) as wide:
        row, _ = standing.careers_now(wide.session, [op.person_id], wide.now).get(op.person_id, (None, None))
        on_it = row is not None and row.path_id == path.id
        missing = (row.missing_zh, row.missing_en) if row is not None and on_it else ([], [])
        wide.add(
            Promotion(
                id=op.promotion_id, person_id=op.person_id, path_id=path.id, from_day=from_day, reason=op.reason,
                missing_zh=missing[0], missing_en=missing[1], recorded_at=work.now,
            )
        )  # fmt: skip
        wide.session.flush()
        standing.refresh(wide, [op.person_id])

