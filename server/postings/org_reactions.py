"""What postings say when the organisation changes: a store does not end under those who are posted there."""

from __future__ import annotations

import sqlalchemy as sa

from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.scope import whole
from server.org.events import UnitCloses
from server.people.model import Person
from server.postings.model import Posting


@reacts_to(UnitCloses)
def name_who_is_posted(work: Work, event: UnitCloses) -> None:
    """Those whose posting runs or begins on that day or later."""
    later = sa.or_(Posting.ends_on.is_(None), Posting.ends_on > event.from_day)
    with whole(work.session) as everything:
        found = everything.scalars(
            sa.select(Person.name)
            .join(Posting, Posting.person_id == Person.id)
            .where(Posting.store_id == event.unit_id, later)
            .order_by(Person.name_key)
        )
        event.inside.extend(name for name in found if name not in event.inside)
