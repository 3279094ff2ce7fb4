"""Units, posts, headcount, homes, the company calendar.

Revision 0002, after 0001. Existing rows go on: the company is made, each name in `person.home_org` becomes a department
below it, each store a unit with the store's id, and everybody's home is the department of that name from the day they were
hired. Two rules are not in the models because no declaration of SQLAlchemy covers both databases: the rows of one unit,
and the homes of one person, never share a day.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COMPANY_ID = "00000000-0000-8000-8000-000000000001"
BEGINNING = date(2020, 1, 1)
SHANGHAI = timedelta(hours=8)
OVERLAP = """
CREATE TRIGGER {table}_no_overlap_{when} BEFORE {event} ON {table}
WHEN EXISTS (
    SELECT 1 FROM {table} AS other
    WHERE other.{whose} = NEW.{whose} AND other.id <> NEW.id
      AND (other.until IS NULL OR other.until > NEW.from_day)
      AND (NEW.until IS NULL OR NEW.until > other.from_day)
)
BEGIN SELECT RAISE(ABORT, '{said}'); END
"""
DATED = (
    ("unit_version", "unit_id", "two rows of one unit share a day"),
    ("home_stay", "person_id", "somebody has two homes on one day"),
)


def upgrade() -> None:
    """Units, posts, headcount, homes, the company calendar."""
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind in ('holiday','working','weekend')", name=op.f("ck_calendar_day_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_day_day")),
    )
    op.create_table(
        "org_unit",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind in ('company','department','region','own_store','partner_store')", name=op.f("ck_org_unit_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_org_unit")),
    )
    op.create_index(
        "uq_org_unit_company",
        "org_unit",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("kind = 'company'"),
        postgresql_where=sa.text("kind = 'company'"),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("code", name=op.f("uq_post_code")),
    )
    op.create_table(
        "headcount",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("approved", sa.Integer(), nullable=False),
        sa.CheckConstraint("approved >= 0", name=op.f("ck_headcount_not_negative")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_headcount_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_headcount_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_headcount")),
        sa.UniqueConstraint("unit_id", "post_id", "from_day", name=op.f("uq_headcount_unit_id_post_id_from_day")),
    )
    op.create_index(op.f("ix_headcount_post_id"), "headcount", ["post_id"], unique=False)
    op.create_table(
        "unit_version",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("parent_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("manager_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("until is null or until > from_day", name=op.f("ck_unit_version_ends_after_start")),
        sa.CheckConstraint("parent_id is null or parent_id <> unit_id", name=op.f("ck_unit_version_not_below_itself")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_unit_version_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["parent_id"], ["org_unit.id"], name=op.f("fk_unit_version_parent_id_org_unit")),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_unit_version_manager_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_version")),
        sa.UniqueConstraint("unit_id", "from_day", name=op.f("uq_unit_version_unit_id_from_day")),
    )
    for column in ("unit_id", "name", "parent_id", "manager_id"):
        op.create_index(op.f(f"ix_unit_version_{column}"), "unit_version", [column], unique=False)
    op.create_table(
        "home_stay",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("post_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("until is null or until > from_day", name=op.f("ck_home_stay_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_home_stay_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_home_stay_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_home_stay_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_stay")),
    )
    op.create_index("ix_home_stay_person_from", "home_stay", ["person_id", "from_day"], unique=False)
    op.create_index("ix_home_stay_unit_until", "home_stay", ["unit_id", "until"], unique=False)
    _rules_of_the_database()
    _what_was_there()


def _rules_of_the_database() -> None:
    for table, whose, said in DATED:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT ex_{table}_no_overlap"
                f" EXCLUDE USING gist ({whose} WITH =, daterange(from_day, until) WITH &&)"
            )
        else:
            op.execute(OVERLAP.format(table=table, whose=whose, said=said, when="new", event="INSERT"))
            changes = f"UPDATE OF {whose}, from_day, until"
            op.execute(OVERLAP.format(table=table, whose=whose, said=said, when="changed", event=changes))


def _id() -> str:
    return str(uuid.uuid4())


def _what_was_there() -> None:
    """The company, and below it what people and stores of the first release say of themselves."""
    connection = op.get_bind()
    unit = sa.table("org_unit", sa.column("id", sa.Uuid(as_uuid=False)), sa.column("kind"))
    version = sa.table(
        "unit_version",
        *(sa.column(name, sa.Uuid(as_uuid=False)) for name in ("id", "unit_id", "parent_id")),
        sa.column("from_day", sa.Date()),
        sa.column("name"),
    )
    stay = sa.table(
        "home_stay",
        *(sa.column(name, sa.Uuid(as_uuid=False)) for name in ("id", "person_id", "unit_id")),
        sa.column("from_day", sa.Date()),
        sa.column("until", sa.Date()),
    )
    person = sa.table(
        "person",
        sa.column("id", sa.Uuid(as_uuid=False)),
        sa.column("home_org"),
        sa.column("active", sa.Boolean()),
        sa.column("hired_at", sa.DateTime(timezone=True)),
    )
    store = sa.table("store", sa.column("id", sa.Uuid(as_uuid=False)), sa.column("name"))
    units = [(COMPANY_ID, "company", "公司", None)]
    homes = connection.execute(sa.select(person.c.home_org).distinct().order_by(person.c.home_org)).scalars().all()
    named = {name: _id() for name in homes}
    units += [(unit_id, "department", name, COMPANY_ID) for name, unit_id in named.items()]
    units += [(row.id, "partner_store", row.name, COMPANY_ID) for row in connection.execute(sa.select(store.c.id, store.c.name))]
    op.bulk_insert(unit, [{"id": unit_id, "kind": kind} for unit_id, kind, _name, _parent in units])
    op.bulk_insert(
        version,
        [
            {"id": _id(), "unit_id": unit_id, "parent_id": parent_id, "from_day": BEGINNING, "name": name}
            for unit_id, _kind, name, parent_id in units
        ],
    )
    today = (datetime.now(UTC) + SHANGHAI).date()
    stays = []
    for row in connection.execute(sa.select(person.c.id, person.c.home_org, person.c.active, person.c.hired_at)):
        hired_on = (row.hired_at.replace(tzinfo=None) + SHANGHAI).date() if row.hired_at.tzinfo is None else (
            row.hired_at.astimezone(UTC).replace(tzinfo=None) + SHANGHAI
        ).date()  # fmt: skip
        # when somebody left was not kept: their home ends with the day this was written down
        until = None if row.active else max(today, hired_on) + timedelta(days=1)
        stays.append(
            {"id": _id(), "person_id": row.id, "unit_id": named[row.home_org], "from_day": hired_on, "until": until}
        )  # fmt: skip
    op.bulk_insert(stay, stays)


def downgrade() -> None:
    """Back to 0001. Names of homes are still in `person.home_org`; who managed what, and the rest, is lost."""
    op.drop_index("ix_home_stay_unit_until", table_name="home_stay")
    op.drop_index("ix_home_stay_person_from", table_name="home_stay")
    op.drop_table("home_stay")
    for column in ("manager_id", "parent_id", "name", "unit_id"):
        op.drop_index(op.f(f"ix_unit_version_{column}"), table_name="unit_version")
    op.drop_table("unit_version")
    op.drop_index(op.f("ix_headcount_post_id"), table_name="headcount")
    op.drop_table("headcount")
    op.drop_table("post")
    op.drop_index("uq_org_unit_company", table_name="org_unit")
    op.drop_table("org_unit")
    op.drop_table("calendar_day")
