"""Kinds of tickets: set and retired by operations; and what a company begins with. Tickets themselves: filing, answering."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.approvals import FormField
from contract.desks import RetireCategory, SetCategory
from contract.ids import derived_id
from contract.people import ROLES
from contract.wire import plain
from server.approvals import rules as form_rules
from server.feedback import answering, filing, photos, reactions
from server.feedback.model import MANAGE, Category
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem

assert answering and filing and photos and reactions  # they register themselves


def _must_manage(work: Work) -> None:
    """Kinds are the whole company's: the right must count everywhere."""
    if work.device is not None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.out_of_scope", kind="ticket_category")


@handles(SetCategory, needs=MANAGE)
def set_category(work: Work, op: SetCategory) -> None:
    """A kind, new or changed; its code stays. Tickets there are keep the fields they were filed with."""
    _must_manage(work)
    fault = form_rules.judge_flow(op.fields, [], ROLES) if op.fields else None
    if fault is not None and fault.field.startswith("fields"):
        raise Problem(fault.code, field=fault.field)
    with work.with_system_reach() as session:
        row = session.get(Category, op.category_id)
        other = session.scalars(sa.select(Category.id).where(Category.code == op.code, Category.id != op.category_id)).first()
        if other is not None:
            raise Problem("feedback.code_taken", field="code", taken=op.code)
        if row is None:
            row = Category(id=op.category_id, code=op.code, retired_at=None, retired_because=None)
            session.add(row)
        elif row.code != op.code:
            raise Problem("feedback.code_fixed", field="code", fixed=row.code)
        elif row.retired_at is not None:
            raise Problem("feedback.category_retired", field="category_id", category=row.name_zh)
        row.name_zh, row.name_en, row.hint_zh, row.hint_en = op.name_zh, op.name_en, op.hint_zh, op.hint_en
        row.icon, row.fields, row.priority, row.position = op.icon, plain(op.fields), op.priority, op.position
        row.store_sees, row.answered, row.set_at = op.store_sees, op.answered, work.now
        row.stores, row.posts = list(dict.fromkeys(op.stores)), list(dict.fromkeys(op.posts))
        row.scopes = _scopes(row)


def _scopes(row: Category) -> list[str]:
    """Where devices find it: the company, or the stores and posts it is for."""
    return [f"store:{one}" for one in row.stores] + [f"post:{one}" for one in row.posts] or ["company"]


@handles(RetireCategory, needs=MANAGE)
def retire_category(work: Work, op: RetireCategory) -> None:
    """Nobody is offered it any more; what devices filed of it before they heard is taken all the same."""
    _must_manage(work)
    with work.with_system_reach() as session:
        row = session.get(Category, op.category_id)
        if row is None:
            raise Problem("feedback.category_unknown", field="category_id", id=op.category_id)
        if row.retired_at is not None:
            raise Problem("feedback.category_retired", field="category_id", category=row.name_zh)
        row.retired_at, row.retired_because, row.scopes = work.now, op.reason, []


# -- what a company begins with -----------------------------------------------------------------------------------------------


def _field(key: str, zh: str, en: str, kind: str, **rule: Any) -> FormField:
    return FormField(key=key, label_zh=zh, label_en=en, kind=kind, **rule)  # type: ignore[arg-type]


def _kind(code: str, name_zh: str, name_en: str, position: int, **values: Any) -> SetCategory:
    return SetCategory(
        category_id=derived_id("ticket_category", code), code=code, name_zh=name_zh, name_en=name_en, position=position, **values
    )


PRESETS: tuple[SetCategory, ...] = (
    _kind(
        "customer", "客户需求", "Customer need", 10, icon="customer", priority="high",
        hint_zh="尺码、定制、调货等客户当场提出的需求", hint_en="What a customer asks for now: a size, a custom order, stock",
        fields=[
            _field("product", "商品或款号", "Product or article", "text", required=False),
            _field("wanted", "需要的规格", "What is wanted", "text", required=False),
            _field("waits", "客户在店等候", "The customer is waiting", "yes_no", required=False),
        ],
    ),
    _kind(
        "equipment", "设备故障", "Equipment", 20, icon="equipment", hint_zh="哪台设备、什么现象、是否影响营业",
        hint_en="Which one, what it does, whether it stops sales",
        fields=[
            _field("device", "设备", "Equipment", "text", required=False),
            _field("stops", "影响营业", "It stops sales", "yes_no", required=False),
        ],
    ),
    _kind(
        "complaint", "投诉", "Complaint", 30, icon="complaint", store_sees=False, priority="high",
        hint_zh="直接由人事处理，门店负责人看不到", hint_en="HR handles it; the store's manager does not see it",
    ),
    _kind("suggestion", "建议", "Suggestion", 40, icon="suggestion", priority="low"),
    _kind(
        "daily_report", "工作日报", "Daily report", 50, icon="report", answered=False, priority="low",
        fields=[
            _field("customers", "接待客户数", "Customers served", "number", required=False, least=0, most=100_000),
            _field("problems", "遇到的问题", "Problems", "long_text", required=False),
            _field("tomorrow", "明日计划", "Plan for tomorrow", "long_text", required=False),
        ],
    ),
)  # fmt: skip


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """Kinds that a new company has none of yet. Asking again changes nothing; what was changed since stays."""
    with reading(db, Actor.system()) as session:
        known = set(session.scalars(sa.select(Category.id)))
    for one in PRESETS:
        if one.category_id not in known:
            outcome = perform(db, Actor.system(), one, op_id=derived_id("ensure", one.category_id), now=now, secret=secret)
            if outcome.status != "applied":
                raise RuntimeError(f"{one.code}: {outcome.code} {outcome.facts}")
