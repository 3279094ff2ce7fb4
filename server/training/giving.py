"""Tasks that follow from where people work: a store's pack at arrival, the home's on return, and what a pack asks newly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from server.kernel.events import tell
from server.kernel.perform import Work
from server.org.queries import company_day
from server.training import tasks
from server.training.events import GateMoved
from server.training.model import OPEN, Task
from server.training.onboarding import refresh
from server.training.packs import PackBook, book_of, posts_of
from server.training.places import AtWork, at_work, stores_among
from server.training.tasks import Wish


def source_of(there: AtWork) -> str:
    """What the tasks of a place come of: the posting, or the home."""
    return f"posting:{there.posting_id}" if there.posting_id is not None else f"home:{there.unit_id}"


def give_what_is_asked(wide: Work, people: Iterable[str], *, quiet: bool = False, book: PackBook | None = None) -> list[Task]:
    """Everybody of these is given what is asked where they work now, as far as they have not got it; what is asked no more, and
    was not begun, ends. Lists and gates follow. With the system's reach. Answers the tasks that are new."""
    book = book or book_of(wide.session, wide.now)
    who = sorted(set(people))
    there = at_work(wide.session, wide.now, people=who)
    if not book.is_empty:
        made = _give(wide, list(there.values()), book, quiet=quiet)
    else:
        made = []
    _bring_in_line(wide, there, book)
    tasks.move_desks(wide, who)
    refresh(wide, who, book)
    tell(wide, GateMoved(frozenset(who)))
    return made


def _give(wide: Work, there: Sequence[AtWork], book: PackBook, *, quiet: bool) -> list[Task]:
    session, today = wide.session, company_day(wide.now)
    stores = stores_among(session, {one.unit_id for one in there})
    posts = posts_of(session, [one.person_id for one in there], today)
    wishes = []
    for one in there:
        asked = book.of(one.unit_id)
        for course in book.courses_for(one.unit_id, posts.get(one.person_id, ())):
            gate = asked.gate if course in asked.gating and one.unit_id in stores else "none"
            wishes.append(
                Wish(
                    person_id=one.person_id, course_id=course, source=source_of(one), origin="posting",
                    due_on=today + timedelta(days=asked.due[course]), posting_id=one.posting_id,
                    store_id=one.unit_id if one.unit_id in stores else None, gate=gate,
                )
            )  # fmt: skip
    return tasks.give(wide, wishes, quiet=quiet)


def _bring_in_line(wide: Work, there: dict[str, AtWork], book: PackBook) -> None:
    """Open tasks of a place somebody has left end, and those that are asked no more; of the others the gate is today's."""
    mine = Task.person_id.in_(sorted(there)) if len(there) <= 500 else Task.person_id.is_not(None)
    for task in tasks.open_tasks(wide, mine, Task.origin == "posting"):
        one = there.get(task.person_id)
        if one is None:
            continue
        asked = book.of(one.unit_id)
        is_asked = task.source == source_of(one) and task.course_id in asked.due
        if not is_asked and task.state == OPEN[0]:
            tasks.end(wide, [task], "no longer asked")
        elif is_asked and task.store_id is not None:
            gate = asked.gate if task.course_id in asked.gating else "none"
            if task.gate != gate:
                task.gate = gate
