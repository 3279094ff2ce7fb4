"""Arrivals, checklists and what a posting remembers of its request.

Revision 0005, after 0004. Postings of the first release get their card: those that have begun, begun; those that are over,
over. Nobody is told of them again.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c05")
_POINTS_AT = (("post_id", "post"), ("request_id", "request"), ("home_unit_id", "org_unit"))
_CHECKS = (
    ("end_has_instant", "(ends_on is null) = (ends_at is null)"),
    ("instant_after_start", "ends_at is null or ends_at > starts_at"),
)
# (direction, key, side, zh, en): where a new company begins; HQ changes it
_TEMPLATE = (
    ("arrival", "introduced", "home", "已向门店介绍岗位与联系人", "Introduced to the store: post and people to ask"),
    ("arrival", "work_handed_over", "home", "总部工作已交接", "Work at headquarters handed over"),
    ("arrival", "welcomed", "host", "门店已接待并介绍同事", "Welcomed at the store and introduced"),
    ("arrival", "safety", "host", "已讲解消防与安全", "Fire and safety explained"),
    ("arrival", "keys_and_uniform", "host", "钥匙与工服已领取", "Keys and uniform received"),
    ("arrival", "tablet_pin", "host", "已在门店平板设置打卡密码", "PIN for punching set at the store's tablet"),
    ("return", "store_work", "host", "门店工作已交接", "Work at the store handed over"),
    ("return", "keys_returned", "host", "钥匙与工服已归还", "Keys and uniform returned"),
    ("return", "stock_settled", "host", "经手物品与款项已结清", "Goods and money in their hands settled"),
    ("return", "place_ready", "home", "总部岗位与工位已安排", "Post and place at headquarters ready"),
    ("return", "talked", "home", "已做返岗谈话", "Talked about the time at the store"),
)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def upgrade() -> None:
    """Arrivals, checklists and what a posting remembers of its request."""
    _widen_postings()
    _name_managers()
    op.create_table(
        "arrival",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("home_unit_id", _ID, nullable=True),
        sa.Column("home_manager_id", _ID, nullable=True),
        sa.Column("host_manager_id", _ID, nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("near_for", sa.Date(), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        _to("arrival", "id", "posting"),
        _to("arrival", "person_id", "person"),
        _to("arrival", "store_id", "store"),
        _to("arrival", "home_unit_id", "org_unit"),
        _to("arrival", "home_manager_id", "person"),
        _to("arrival", "host_manager_id", "person"),
    )
    for column in ("person_id", "store_id", "home_manager_id", "host_manager_id"):
        op.create_index(op.f(f"ix_arrival_{column}"), "arrival", [column], unique=False)
    not_over = sa.text("over_at is null")
    op.create_index("ix_arrival_not_over", "arrival", ["id"], sqlite_where=not_over, postgresql_where=not_over)
    op.create_table(
        "checklist_line",
        sa.Column("id", _ID, nullable=False),
        *_line(),
        sa.CheckConstraint("direction in ('arrival','return')", name=op.f("ck_checklist_line_direction_known")),
        sa.CheckConstraint("side in ('home','host')", name=op.f("ck_checklist_line_side_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklist_line")),
        sa.UniqueConstraint("direction", "key", name=op.f("uq_checklist_line_direction_key")),
    )
    op.create_table(
        "hand_over_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("posting_id", _ID, nullable=False),
        *_line(),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", _ID, nullable=True),
        sa.Column("note", sa.String(length=1000), server_default="", nullable=False),
        sa.CheckConstraint("direction in ('arrival','return')", name=op.f("ck_hand_over_item_direction_known")),
        sa.CheckConstraint("side in ('home','host')", name=op.f("ck_hand_over_item_side_known")),
        sa.CheckConstraint("(done_at is null) = (done_by is null)", name=op.f("ck_hand_over_item_done_by_somebody")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_item")),
        sa.UniqueConstraint("posting_id", "direction", "key", name=op.f("uq_hand_over_item_posting_id_direction_key")),
        _to("hand_over_item", "posting_id", "arrival"),
        _to("hand_over_item", "done_by", "person"),
    )
    op.create_table(
        "hand_over_tick",
        sa.Column("id", _ID, nullable=False),
        sa.Column("item_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_over_tick")),
        _to("hand_over_tick", "item_id", "hand_over_item"),
        _to("hand_over_tick", "person_id", "person"),
    )
    op.create_index(op.f("ix_hand_over_tick_item_id"), "hand_over_tick", ["item_id"], unique=False)
    _what_was_there()


def _line() -> list[sa.Column[object]]:
    return [
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("title_zh", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
    ]


def _name_managers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("person", sa.Column("home_manager_id", _ID, nullable=True))
        op.create_foreign_key(op.f("fk_person_home_manager_id_person"), "person", "person", ["home_manager_id"], ["id"])
    else:
        op.execute(
            "ALTER TABLE person ADD COLUMN home_manager_id CHAR(32)"
            " CONSTRAINT fk_person_home_manager_id_person REFERENCES person (id)"
        )


def _widen_postings() -> None:
    """On SQLite the table keeps its triggers only if it is not made anew: the rules come with the columns."""
    if op.get_bind().dialect.name == "postgresql":
        for column, target in _POINTS_AT:
            op.add_column("posting", sa.Column(column, _ID, nullable=True))
            op.create_foreign_key(op.f(f"fk_posting_{column}_{target}"), "posting", target, [column], ["id"])
        for name, rule in _CHECKS:
            op.create_check_constraint(op.f(f"ck_posting_{name}"), "posting", rule)
    else:
        for column, target in _POINTS_AT:
            rules = "".join(f" CONSTRAINT ck_posting_{n} CHECK ({r})" for n, r in _CHECKS) if column == "home_unit_id" else ""
            op.execute(
                f"ALTER TABLE posting ADD COLUMN {column} CHAR(32)"
                f" CONSTRAINT fk_posting_{column}_{target} REFERENCES {target} (id){rules}"
            )
    for column in ("request_id", "home_unit_id"):
        op.create_index(op.f(f"ix_posting_{column}"), "posting", [column], unique=False)


def _what_was_there() -> None:
    now = "CURRENT_TIMESTAMP"
    if op.get_bind().dialect.name == "postgresql":
        day = now
    else:
        now, day = "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "date('now')"
    home = (
        "(SELECT stay.unit_id FROM home_stay AS stay WHERE stay.person_id = posting.person_id"  # noqa: S608 - words of this file
        f" AND stay.from_day <= {day} AND (stay.until IS NULL OR stay.until > {day}))"
    )
    op.execute(f"UPDATE posting SET home_unit_id = {home}")  # noqa: S608 - the same
    op.execute(
        "INSERT INTO arrival (id, person_id, store_id, home_unit_id, begun_at, over_at)"  # noqa: S608 - words of this file
        " SELECT id, person_id, store_id, home_unit_id,"
        f" CASE WHEN starts_at <= {now} THEN starts_at END, CASE WHEN ends_at <= {now} THEN ends_at END FROM posting"
    )
    line = sa.table("checklist_line", sa.column("id", _ID), *(sa.column(column.name) for column in _line()))
    positions: dict[str, int] = {}
    rows = []
    for direction, key, side, zh, en in _TEMPLATE:
        positions[direction] = positions.get(direction, -1) + 1
        rows.append(
            {
                "id": str(uuid.uuid5(_SPACE, f"{direction} {key}")),
                "direction": direction,
                "position": positions[direction],
                "key": key,
                "side": side,
                "title_zh": zh,
                "title_en": en,
            }
        )
    op.bulk_insert(line, rows)


def downgrade() -> None:
    """Back to 0004: cards and lists are gone, postings stay."""
    for table in ("hand_over_tick", "hand_over_item", "checklist_line", "arrival"):
        op.drop_table(table)
    for column in ("request_id", "home_unit_id"):
        op.drop_index(op.f(f"ix_posting_{column}"), table_name="posting")
    if op.get_bind().dialect.name == "postgresql":
        for name, _ in _CHECKS:
            op.drop_constraint(op.f(f"ck_posting_{name}"), "posting", type_="check")
        op.drop_constraint(op.f("fk_person_home_manager_id_person"), "person", type_="foreignkey")
        op.drop_column("person", "home_manager_id")
        for column, target in _POINTS_AT:
            op.drop_constraint(op.f(f"fk_posting_{column}_{target}"), "posting", type_="foreignkey")
            op.drop_column("posting", column)
    else:
        op.execute("ALTER TABLE person DROP COLUMN home_manager_id")
        for column, _ in reversed(_POINTS_AT):
            op.execute(f"ALTER TABLE posting DROP COLUMN {column}")
