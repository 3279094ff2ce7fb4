"""What is told of training: assigned, due tomorrow, overdue (N-13), and the manager's reminder (N-14). Each exactly once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from contract.moments import day_starts_at
from server.inbox.service import NewItem, close_items, put_items
from server.kernel.perform import Work
from server.learning.queries import Title
from server.org.rules import COMPANY_ZONE
from server.training.model import Task

ASSIGNED, DUE, LATE, TEAM, CATCH_UP = "N-13", "N-13_due", "N-13_late", "N-13_team", "N-14"
NAMED = 8  # people an item names


def _called(title: Title) -> dict[str, str]:
    return {"course_zh": title.zh or title.en, "course_en": title.en or title.zh}


def ends_at(day: date | None) -> datetime | None:
    """The moment a day is over for the company; None for none."""
    return day_starts_at(day + timedelta(days=1), COMPANY_ZONE, day_turns_at_min=0) if day is not None else None


def tell_assigned(work: Work, tasks: Sequence[Task], titles: Mapping[str, Title]) -> None:
    """Who is to take a course is told, as something to do. What a posting brings is told with the posting (server/postings)."""
    items = []
    for task in tasks:
        if task.state in ("open", "begun") and task.posting_id is None and task.course_id in titles:
            due = task.due_on.isoformat() if task.due_on is not None else ""
            facts = {**_called(titles[task.course_id]), "due": due or "—", "note": task.note}
            items.append(
                NewItem(ASSIGNED, task.person_id, "to_do", "course", task.course_id, facts, task.id, ends_at(task.due_on))
            )
    put_items(work, items)


def nothing_to_do(work: Work, task: Task) -> None:
    """A task is done, waived or over: what was told of it is not asked for any more."""
    close_items(work, task.course_id, triggers=[ASSIGNED], receiver_id=task.person_id, key=task.id)
    close_items(work, task.course_id, triggers=[DUE, LATE], receiver_id=task.person_id, key=task.id, kind="notice")


def tell_due(work: Work, tasks: Iterable[Task], titles: Mapping[str, Title], trigger: str) -> None:
    """Due tomorrow, or overdue: to whoever is to take it. Once for each task and due day."""
    put_items(work, [
        NewItem(
            trigger, task.person_id, "notice", "course", task.course_id,
            {**_called(titles[task.course_id]), "due": task.due_on.isoformat()}, f"{task.id} {task.due_on}",
        )
        for task in tasks
        if task.due_on is not None and task.course_id in titles
    ])  # fmt: skip


def tell_team(work: Work, manager_id: str, unit_id: str, unit_name: str, late: Sequence[str], day: date) -> None:
    """To a manager: who of a store or department is late, in one item a day."""
    named = sorted(set(late))
    shown = "、".join(named[:NAMED]) + ("…" if len(named) > NAMED else "")
    shown_en = ", ".join(named[:NAMED]) + ("…" if len(named) > NAMED else "")
    facts: dict[str, Any] = {"unit": unit_name, "count": len(named), "names_zh": shown, "names_en": shown_en}
    put_items(work, [NewItem(TEAM, manager_id, "notice", "training", unit_id, facts, day.isoformat())])


def tell_catch_up(work: Work, reminder_id: str, people: Iterable[str], course_id: str, title: Title, by: str) -> None:
    """The manager's tap: these people, once each for each reminder."""
    facts = {**_called(title), "by": by}
    put_items(work, [NewItem(CATCH_UP, one, "notice", "course", course_id, facts, reminder_id) for one in people])
