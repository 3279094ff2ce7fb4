"""The demo's notices and voices: one from HQ that everybody of a store is to confirm, and some have; an event of the store; what
employees say to HQ, by name and without one. All by operations; made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from contract.announcements import NoticeBody, PublishNotice, ReadNotice, SaveNotice, To
from contract.ids import derived_id
from contract.moments import to_ms
from contract.voice import AnswerVoice, SayVoice, VoiceAbout
from contract.wire import Wire
from server.announcements.model import Announcement, Receipt
from server.demo_feedback import born
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import reading
from server.stores.model import Store

As = Callable[[str, Wire, str], object]
POLICY = """总部更新了**着装与晨会**规定，下周一起执行：

- 上班前 10 分钟到岗开晨会
- 佩戴工牌，浅色上衣

> 有疑问请在“反馈”里提出。"""
POLICY_EN = """HQ has new rules on **dress and morning meetings**, from Monday:

- be there 10 minutes before your shift
- wear your badge and a light top

> Questions? Say them under "Feedback"."""
SAID: tuple[tuple[VoiceAbout, str, bool], ...] = (
    ("schedule", "排班能不能提前两周发布，周末好安排", False),
    ("training", "新品培训的视频很清楚，希望多一些", True),
    ("work", "库房冬天太冷，能不能加一台暖风机", True),
)


def tell(db: Database, stores: Sequence[Store], now: datetime, hr_id: str, do_as: As) -> None:
    """Two notices, half of their readers, three voices and an answer. `do_as(person, operation, op_id)` performs, or fails."""
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(Announcement.id).limit(1)).first() is not None:
            return
    policy = NoticeBody(
        title_zh="总部新规：着装与晨会", title_en="New from HQ: dress and morning meetings", text_zh=POLICY, text_en=POLICY_EN,
        to=To(units=[stores[0].id]), confirm=True,
    )  # fmt: skip
    event = NoticeBody(
        title_zh="周六店内试穿活动", title_en="Fitting day in the store on Saturday",
        text_zh="周六 14:00 起，**两人**负责试穿区。",
        text_en="From 14:00 on Saturday **two people** look after the fitting area.", to=To(units=[stores[0].id]),
        until_ms=to_ms(now + timedelta(days=14)),
    )  # fmt: skip
    for name, body in (("policy", policy), ("event", event)):
        do_as(hr_id, SaveNotice(notice_id=born(name), body=body), derived_id("demo", "notice", name, "draft"))
        do_as(hr_id, PublishNotice(notice_id=born(name)), derived_id("demo", "notice", name, "out"))
    people = _readers(db, born("policy"))
    for person in people[len(people) // 2 :]:
        read = ReadNotice(notice_id=born("policy"), confirmed=True)
        do_as(person, read, derived_id("demo", "notice", "policy", person))
    for number, (about, text, anonymous) in enumerate(SAID):
        key = hashlib.sha256(derived_id("demo", "voice", str(number)).encode()).hexdigest()
        said = SayVoice(voice_id=born("voice", str(number)), about=about, text=text, anonymous=anonymous, answer_key=key)
        do_as(people[number % len(people)], said, derived_id("demo", "voice", "said", str(number)))
    answer = AnswerVoice(answer_id=born("voice", "answer"), voice_id=born("voice", "0"), text="下月起提前两周发布")
    do_as(hr_id, answer, derived_id("demo", "voice", "answered"))


def _readers(db: Database, notice_id: str) -> list[str]:
    with reading(db, Actor.system()) as session:
        return sorted(session.scalars(sa.select(Receipt.person_id).where(Receipt.notice_id == notice_id)))
