"""Shops whose people say something: themes, texts by name and without one, an answer."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.voice import AnswerVoice, SayVoice, SetTheme
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.voice.model import Voice
from tests.web.company_of_shops import Shops

THEMES = (("training", "培训", "Training", ["培训", "带教"]), ("pay", "薪酬", "Pay", ["工资", "加班费"]),
          ("tools", "设备", "Equipment", ["平板", "打印机"]))  # fmt: skip
TEXTS = ("培训太少了，希望多安排产品培训", "新人没有带教", "工资条看不懂", "加班费没算对", "平板总是没电", "培训时间总在休息日")


def heard(shops: Shops) -> str:
    """The month in which something was said; made when first wanted."""
    company = shops.company
    month = company.today().isoformat()[:7]
    with reading(company.db, Actor.system()) as session:
        if session.scalar(sa.select(sa.func.count()).select_from(Voice)):
            return month
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])

    def does(operation: Wire, who: Actor = boss) -> None:
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    for code, zh, en, words in THEMES:
        does(SetTheme(theme_id=derived_id("shops", "theme", code), code=code, name_zh=zh, name_en=en, words=words))
    people = [company.people[name] for name in sorted(company.people) if name != "周总管"]
    for number, text in enumerate(TEXTS):
        key = hashlib.sha256(f"shops {text}".encode()).hexdigest()
        who = Actor.person(people[number], new_id(), [("employee", None)])
        does(SayVoice(voice_id=new_id(), text=text, answer_key=key), who)
    with reading(company.db, Actor.system()) as session:
        first = session.scalars(sa.select(Voice.id).where(Voice.text == TEXTS[0])).one()
    does(AnswerVoice(answer_id=new_id(), voice_id=first, text="十二月起每周三安排产品培训"))
    return month
