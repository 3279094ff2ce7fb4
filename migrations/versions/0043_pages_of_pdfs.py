"""The pages of a notice's PDF as pictures, for devices that open none.

Revision 0043, after 0042.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_NEW = ("pages", "page_count")
_CHECK = "ck_announcement_file_pages_are_counted"


def upgrade() -> None:
    """PDFs that are here already stay without: devices say of them, as before, that the console shows them."""
    with op.batch_alter_table("announcement_file") as table:
        table.add_column(sa.Column("pages", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("page_count", sa.Integer(), nullable=False, server_default="0"))
        table.create_check_constraint(op.f(_CHECK), "page_count >= 0")


def downgrade() -> None:
    """Back to 0042. Notices name pages no more: the server before would not read what it does not know."""
    connection, notice = op.get_bind(), sa.table("announcement", sa.column("id"), sa.column("body", sa.JSON()))
    for row in connection.execute(sa.select(notice)).all():
        files = [{name: said for name, said in one.items() if name not in _NEW} for one in row.body.get("attachments", [])]
        if files != row.body.get("attachments", []):
            body = {**row.body, "attachments": files}
            connection.execute(sa.update(notice).where(notice.c.id == row.id).values(body=body))
    with op.batch_alter_table("announcement_file") as table:
        table.drop_constraint(op.f(_CHECK), type_="check")
        table.drop_column("page_count")
        table.drop_column("pages")
