"""The log of files of indicator values: what each run took the columns of its file to mean, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.scope import only_with


class ValueImport(Base):
    """A file of values that was taken. `columns`: contract.imports.ColumnMeant each. `headings`: by what a file with the same
    headings is known again. `lines` counts the file's, `fresh`, `changed`, `same` its values. Values that are still as this run
    said them have its id as their batch."""

    __tablename__ = "value_import"
    __table_args__ = (
        sa.CheckConstraint("fresh >= 0 and changed >= 0 and same >= 0", name="counted"),
        sa.CheckConstraint("left_out between 0 and lines", name="left_out_of_lines"),
        sa.Index("ix_value_import_taken_at", "taken_at"),
        sa.Index("ix_value_import_headings", "headings", "taken_at"),
    )
    id: Mapped[str] = id_column()
    taken_at: Mapped[datetime]
    by_id: Mapped[str | None] = ref("person.id")
    file: Mapped[str] = mapped_column(sa.String(120))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    source: Mapped[str] = mapped_column(sa.String(120))
    headings: Mapped[str] = mapped_column(sa.String(64))
    columns: Mapped[list[Any]]
    lines: Mapped[int]
    left_out: Mapped[int]
    fresh: Mapped[int]
    changed: Mapped[int]
    same: Mapped[int]


only_with(ValueImport, Permission.MANAGE_TRAINING, Permission.MANAGE_TRAINING)
