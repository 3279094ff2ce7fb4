"""Shops with a score card that is a story: metrics of three kinds, a correction, a reply and an appeal that was dismissed."""

from __future__ import annotations

import sqlalchemy as sa

from contract.ids import new_id
from contract.metrics import ActivateMetric, DefineMetric, RubricLevel
from contract.scoring import AnswerScoreAppeal, AppealScore, CorrectScore, Mark, ReplyToScore, ScoreWork
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.postings.model import Posting
from server.scoring.card_model import ScoreCard
from tests.web.company_of_shops import Shops

COMMENT = "早高峰一个人顶住两个柜台，迎宾可以再主动些。"
LEVELS = ["各做各的", "有人问才帮", "常常帮忙", "主动补位", "带动大家"]
LEVELS_EN = ["Keeps to oneself", "Helps when asked", "Helps often", "Steps in unasked", "Carries the others along"]
KINDS = {
    "shop_greeting": ("迎宾问候", "Greeting", {"kind": "points"}), "shop_badge": ("佩戴工牌", "Badge worn", {"kind": "yes_no"}),
    "shop_team": ("团队协作", "Teamwork", {"kind": "rubric", "levels": [
        RubricLevel(points=points, text_zh=zh, text_en=en)
        for points, zh, en in zip(("20", "40", "60", "80", "100"), LEVELS, LEVELS_EN, strict=True)
    ]}),
}  # fmt: skip


def carded(shops: Shops) -> dict[str, str]:
    """The page of one card; made when first wanted."""
    company = shops.company
    with reading(company.db, Actor.system()) as session:
        card_id = session.scalars(sa.select(ScoreCard.id).where(ScoreCard.comment == COMMENT)).first()
        if card_id is not None:
            return {"score-card": f"/console/scores/cards/{card_id}"}
        store = session.scalars(sa.select(Posting.store_id).where(Posting.person_id == company.people["刘洋"])).first()
    assert store is not None
    card_id = new_id()
    for code, (zh, en, how) in KINDS.items():
        metric = DefineMetric(
            metric_id=new_id(), code=code, name_zh=zh, name_en=en, source="manager", rhythm="day", **how  # type: ignore[arg-type]
        )
        company.must(metric)
        company.must(ActivateMetric(metric_id=metric.metric_id))
    person = company.people["刘洋"]
    hq, other, own = (Actor.person(one, new_id(), [(role, None)]) for one, role in (
        (company.people["陈静"], "hr"), (company.people["杨帆"], "hr"), (person, "employee"),
    ))  # fmt: skip
    marks = [Mark(metric="shop_greeting", value="72"), Mark(metric="shop_team", value="80"), Mark(metric="shop_badge", value="1")]
    _do(shops, hq, ScoreWork(
        card_id=card_id, person_id=person, store_id=store, day=company.today().isoformat(), marks=marks,
        comment=COMMENT,
    ))  # fmt: skip
    better = [Mark(metric="shop_greeting", value="78", comment="看了监控，十点前问候都在"), *marks[1:]]
    _do(shops, hq, CorrectScore(
        correction_id=new_id(), card_id=card_id, marks=better, comment="早高峰一个人顶住两个柜台。", reason="看了监控，问候漏记了"
    ))  # fmt: skip
    _do(shops, own, ReplyToScore(reply_id=new_id(), card_id=card_id, text="谢谢，我会更主动。"))
    appeal = AppealScore(appeal_id=new_id(), card_id=card_id, reason="工牌那天是借来的")
    _do(shops, own, appeal)
    _do(shops, other, AnswerScoreAppeal(appeal_id=appeal.appeal_id, upheld=False, text="工牌一项已是满分，分数维持。"))
    return {"score-card": f"/console/scores/cards/{card_id}"}


def _do(shops: Shops, who: Actor, operation: Wire) -> None:
    company = shops.company
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", (operation, done.code, done.facts)
