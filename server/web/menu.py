"""The console's menu: what there is, in groups, and which of it somebody sees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.kernel.actors import Permission


@dataclass(frozen=True)
class Entry:
    """One line of the console's menu."""

    endpoint: str
    label: str
    icon: str
    needs: Permission


@dataclass(frozen=True)
class Group:
    """Lines that belong together; `label` None: the first ones, which need no heading."""

    label: str | None
    entries: tuple[Entry, ...]


MENU: tuple[Group, ...] = (
    Group(
        None,
        (
            Entry("console.today", "console.menu.today", "board", Permission.READ_BOARD),
            Entry("console.requests", "console.menu.requests", "edit", Permission.SUBMIT_REQUEST),
            Entry("console.inbox", "console.menu.inbox", "inbox", Permission.READ_OWN_INBOX),
            Entry("console.tickets", "console.menu.tickets", "ask", Permission.FILE_TICKET),
            Entry("console.announcements", "console.menu.announcements", "info", Permission.READ_NOTICES),
            Entry("console.review", "console.menu.review", "shield", Permission.REVIEW_PUNCHES),
        ),
    ),
    Group(
        "console.menu.group.shifts",
        (
            Entry("console.rosters", "console.menu.rosters", "board", Permission.READ_SHIFTS),
            Entry("console.shifts", "console.menu.shifts", "columns", Permission.READ_SHIFTS),
            Entry("console.leave", "console.menu.leave", "calendar", Permission.READ_LEAVE),
        ),
    ),
    Group(
        "console.menu.group.hours",
        (
            Entry("console.punches", "console.menu.punches", "clock", Permission.READ_PUNCHES),
            Entry("console.corrections", "console.menu.corrections", "plus", Permission.READ_PUNCHES),
            Entry("console.cases", "console.menu.cases", "search", Permission.READ_CASES),
            Entry("console.timesheets", "console.menu.timesheets", "calendar", Permission.READ_HOURS),
            Entry("console.overtime", "console.menu.overtime", "plus", Permission.READ_HOURS),
            Entry("console.statements", "console.menu.statements", "check", Permission.READ_STATEMENTS),
            Entry("console.months", "console.menu.months", "lock", Permission.READ_STATEMENTS),
            Entry("console.rules", "console.menu.rules", "scale", Permission.READ_SHIFTS),
        ),
    ),
    Group(
        "console.menu.group.learning",
        (
            Entry("console.courses", "console.menu.courses", "book", Permission.READ_TRAINING),
            Entry("console.training", "console.menu.training", "people", Permission.READ_TRAINING),
            Entry("console.growth_effects", "console.menu.growth_effects", "scale", Permission.READ_TRAINING),
            Entry("console.growth_people", "console.menu.growth_people", "people", Permission.READ_TRAINING),
        ),
    ),
    Group(
        "console.menu.group.scores",
        (
            Entry("console.cycles", "console.menu.cycles", "calendar", Permission.OWN_SCORES),
            Entry("console.score_compare", "console.menu.score_compare", "board", Permission.READ_QUALITY),
            Entry("console.score_raters", "console.menu.score_raters", "scale", Permission.READ_QUALITY),
            Entry("console.score_reports", "console.menu.score_reports", "book", Permission.OWN_SCORES),
            Entry("console.score_appeals", "console.menu.score_appeals", "ask", Permission.READ_SCORES),
            Entry("console.score_months", "console.menu.score_months", "calendar", Permission.READ_SCORES),
            Entry("console.score_data", "console.menu.score_data", "down-file", Permission.READ_SCORES),
            Entry("console.score_metrics", "console.menu.score_metrics", "scale", Permission.READ_SCORES),
            Entry("console.score_schemes", "console.menu.score_schemes", "columns", Permission.READ_SCORES),
        ),
    ),
    Group(
        "console.menu.group.people",
        (
            Entry("console.people", "console.menu.people", "people", Permission.READ_PEOPLE),
            Entry("console.voices", "console.menu.voices", "ask", Permission.READ_VOICE),
            Entry("console.postings", "console.menu.postings", "pin", Permission.READ_POSTINGS),
            Entry("console.stores", "console.menu.stores", "store", Permission.READ_STORES),
            Entry("console.org", "console.menu.org", "tree", Permission.READ_ORG),
            Entry("console.archive", "console.menu.archive", "book", Permission.READ_ARCHIVE),
        ),
    ),
    Group(
        "console.menu.group.system",
        (
            Entry("console.devices", "console.menu.devices", "device", Permission.READ_DEVICES),
            Entry("console.operations", "console.menu.operations", "warn", Permission.READ_OPERATIONS),
            Entry("console.notifications", "console.menu.notifications", "inbox", Permission.MANAGE_CHANNELS),
            Entry("console.audit", "console.menu.audit", "chain", Permission.READ_AUDIT),
            Entry("console.accounts", "console.menu.accounts", "key", Permission.MANAGE_ACCOUNTS),
            Entry("console.roles", "console.menu.roles", "lock", Permission.MANAGE_ROLES),
        ),
    ),
)


def menu_of(may: Callable[[Permission], bool]) -> list[Group]:
    """The menu of somebody who has these rights; a group without a line is left out."""
    shown = [Group(group.label, tuple(entry for entry in group.entries if may(entry.needs))) for group in MENU]
    return [group for group in shown if group.entries]
