"""Growth in tests: two stores with their managers and people, courses with and without a quiz, and what is measured, recommended
and wished there."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from contract import wire
from contract.courses import Audience, Card, CourseBody, PublishVersion, RetireCourse, SaveDraft
from contract.growth import (
    CareerRow,
    DefineIndicator,
    DefinePath,
    IndicatorValue,
    JoinPath,
    PathStage,
    RecommendationRow,
    RecordValues,
    RuleWhen,
    SetRecommendation,
)
from contract.ids import new_id
from contract.learning import RecordCard, SubmitAttempt
from contract.quizzes import Answer, Choice, Question, Quiz, Solution
from server.growth.model import Career, Recommendation
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.feed import SyncChange
from server.kernel.perform import DeviceFacts, Outcome, reading
from server.sync.projections import bodies
from tests.server.world import World

QUESTIONS = 5  # of one point each: 20 % a question


def phone(person_id: str) -> DeviceFacts:
    """Somebody's own phone, as projections know it."""
    return DeviceFacts(device_id=new_id(), kind="phone", person_id=person_id, store_id=None, hardware="t", revoked_at=None)


def tablet(store_id: str) -> DeviceFacts:
    """A store's tablet."""
    return DeviceFacts(device_id=new_id(), kind="kiosk", person_id=None, store_id=store_id, hardware="t", revoked_at=None)


class Growing:
    """静安店 with Li, Wang and Chen, managed by Wu; 豫园店 with Lei, managed by Sun; Qian is HR."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store, self.other = world.open_store("静安店"), world.open_store("豫园店")
        self.li, self.wang, self.chen, self.lei = (world.hire(name) for name in ("李伟", "王芳", "陈洁", "赵磊"))
        for person in (self.li, self.wang, self.chen):
            world.post(person, self.store)
        world.post(self.lei, self.other)
        self.as_wu = world.account(world.hire("吴经理"), "wu", "store_manager", self.store)
        self.as_sun = world.account(world.hire("孙经理"), "sun", "store_manager", self.other)
        self.as_qian = world.account(world.hire("钱进"), "qian", "hr")
        self.versions: dict[str, str] = {}

    def own(self, person: str) -> Actor:
        """Somebody at their own account."""
        return Actor.person(person, new_id(), [("employee", None)], now=self.world.clock())

    # courses

    def course(self, code: str, zh: str, en: str, *, quiz: bool = True, stores: tuple[str, ...] = ()) -> str:
        """A published course of one card, with a quiz of five questions or without; answers its id."""
        course_id, version_id = new_id(), new_id()
        questions = [
            Question(
                key=f"q{n}", kind="single", zh="?", en="?", solution=Solution(right=["a"]),
                choices=[Choice(key=key, zh=key, en=key) for key in ("a", "b")],
            )
            for n in range(QUESTIONS)
        ]  # fmt: skip
        body = CourseBody(
            title_zh=zh, title_en=en, cards=[Card(key="one", kind="text", zh="字", en="word")],
            quiz=Quiz(questions=questions, pass_percent=60) if quiz else None, audience=Audience(stores=list(stores)),
        )  # fmt: skip
        self.world.must(SaveDraft(course_id=course_id, version_id=version_id, code=code, body=body), self.as_qian)
        self.world.must(PublishVersion(version_id=version_id, reason="r"), self.as_qian)
        self.versions[course_id] = version_id
        return course_id

    def attempt(self, person: str, course_id: str, right: int) -> dict[str, Any]:
        """An attempt with so many of five right, by their own account; answers what came of it."""
        answers = [Answer(question=f"q{n}", chosen=["a" if n < right else "b"]) for n in range(QUESTIONS)]
        op = SubmitAttempt(
            attempt_id=new_id(), course_id=course_id, version_id=self.versions[course_id], answers=answers, took_ms=1_000
        )
        return dict(self.world.must(op, self.own(person)).answer)

    def read(self, person: str, course_id: str) -> None:
        """The one card is read: a course without a quiz is finished."""
        op = RecordCard(event_id=new_id(), course_id=course_id, version_id=self.versions[course_id], card="one", event="finished")
        self.world.must(op, self.own(person))

    def retire(self, course_id: str) -> None:
        self.world.must(RetireCourse(course_id=course_id, reason="r"), self.as_qian)

    # indicators

    def indicator(self, code: str = "satisfaction", zh: str = "满意度", en: str = "Satisfaction", **more: Any) -> str:
        """An indicator; answers its code."""
        self.world.must(DefineIndicator(indicator_id=new_id(), code=code, name_zh=zh, name_en=en, **more), self.as_qian)
        return code

    def value(
        self, value: str, *, person: str | None = None, store: str | None = None, on: str = "2026-11-19", **more: Any
    ) -> Any:
        """One value as it is on the wire, of a day unless it is said from when."""
        values = {"indicator": "satisfaction", "from_day": on, "to_day": on, **more}
        return IndicatorValue(value=value, person_id=person, store_id=store, **values)

    def record(self, *values: IndicatorValue, who: Actor | None = None, source: str = "") -> Outcome:
        op = RecordValues(batch_id=new_id(), values=list(values), source=source)
        return self.world.do(op, who if who is not None else self.as_qian)

    def measured(self, value: str, **more: Any) -> dict[str, int]:
        """One value that has to be taken."""
        outcome = self.record(self.value(value, **more))
        assert outcome.status == "applied", f"{outcome.code} {outcome.facts}"
        return dict(outcome.answer)

    # rules and what they recommend

    def rule(self, code: str, course_id: str, **when: Any) -> SetRecommendation:
        more = {name: when.pop(name) for name in ("why_zh", "why_en", "active", "rule_id") if name in when}
        rule_id = more.pop("rule_id", None) or new_id()
        return SetRecommendation(rule_id=rule_id, code=code, when=RuleWhen(**when), course_id=course_id, **more)

    def ruled(self, code: str, course_id: str, **when: Any) -> str:
        """A rule that counts from now on; answers its id."""
        op = self.rule(code, course_id, **when)
        self.world.must(op, self.as_qian)
        return op.rule_id

    def rows(self, person: str, entity: str, device: DeviceFacts | None = None) -> list[bytes]:
        """The rows of an entity as the feed hands them to a device that holds this person's scope."""
        with reading(self.world.db, Actor.system()) as session:
            asked = sa.select(SyncChange.pk).where(
                SyncChange.scope == f"person:{person}", SyncChange.entity == entity, sa.not_(SyncChange.gone)
            )
            ids = set(session.scalars(asked))
            found = bodies(session.connection(), {entity: ids}, device or phone(person))
        assert len(found) == len(ids), "what the feed names is there"
        return [found[key] for key in sorted(found)]

    def recommended(self, person: str) -> list[RecommendationRow]:
        """What somebody's phone shows as recommended."""
        return [wire.decode(raw, RecommendationRow) for raw in self.rows(person, "recommendation")]

    def career(self, person: str, device: DeviceFacts | None = None) -> CareerRow:
        """Where somebody's phone says they stand."""
        (raw,) = self.rows(person, "career", device)
        return wire.decode(raw, CareerRow)

    def told(self, person: str, trigger: str = "N-15") -> list[InboxItem]:
        asked = sa.select(InboxItem).where(InboxItem.receiver_id == person, InboxItem.trigger == trigger)
        return self.world.rows(asked.order_by(InboxItem.born_at))

    def everything(self) -> dict[str, Any]:
        """All that was computed, without when and by which id: what must not hang on the order."""
        with reading(self.world.db, Actor.system()) as session:
            rows = session.scalars(sa.select(Recommendation))
            recommended = {(row.rule_id, row.person_id, row.why_zh, row.why_en) for row in rows}
            careers = {row.person_id: row.body for row in session.scalars(sa.select(Career))}
        return {"recommended": recommended, "careers": careers}

    # paths

    def path(self, stages: list[PathStage], code: str = "sales", path_id: str | None = None) -> str:
        op = DefinePath(
            path_id=path_id or new_id(), code=code, name_zh="门店销售", name_en="Sales", stages=stages, reason="r"
        )
        self.world.must(op, self.as_qian)
        return op.path_id

    def join(self, person: str, path_id: str, from_day: str) -> str:
        op = JoinPath(member_id=new_id(), person_id=person, path_id=path_id, from_day=from_day)
        self.world.must(op, self.as_qian)
        return op.member_id


def stage(key: str, first: int, last: int, *courses: str, conditions: list[Any] | None = None) -> PathStage:
    """A stage of a path, named by its key."""
    return PathStage(
        key=key, title_zh=f"阶段{key}", title_en=f"Stage {key}", from_month=first, to_month=last, courses=list(courses),
        conditions=conditions or [],
    )  # fmt: skip


def mean(values: list[Decimal]) -> Decimal:
    """The naive mean, for comparison."""
    return sum(values, Decimal(0)) / len(values)


def at(day: str) -> datetime:
    """Noon of a day in Shanghai."""
    return datetime.fromisoformat(f"{day}T12:00:00+08:00")


