"""Loads what registers itself: the handlers of operations, the reactions to events, the chores of the worker."""

from __future__ import annotations

import importlib

_REGISTERING = (
    "server.org.service",
    "server.people.homes",
    "server.people.service",
    "server.people.sign_in",
    "server.people.roles",
    "server.stores.service",
    "server.devices.service",
    "server.inbox.service",
    "server.inbox.channel_service",
    "server.approvals.service",
    "server.postings.service",
    "server.postings.guests",
    "server.postings.turning",
    "server.leave.service",
    "server.postings.org_reactions",
    "server.archive.service",
    "server.archive.reminders",
    "server.archive.arrivals",
    "server.shifts.service",
    "server.attendance.service",
    "server.attendance.decisions",
    "server.attendance.corrections",
    "server.attendance.appeals",
    "server.attendance.suspicions",
    "server.attendance.keeping",
    "server.attendance.cases",
    "server.attendance.proofs",
    "server.timesheets.marking",
    "server.timesheets.overtime",
    "server.timesheets.turning",
    "server.boards.rows",
    "server.timesheets.closing_service",
    "server.statements.service",
    "server.learning.service",
    "server.learning.xapi_sending",
    "server.growth.service",
    "server.training.service",
    "server.training.turning",
    "server.rosters.service",
    "server.rosters.market.service",
    "server.rosters.proposal_service",
    "server.feedback.service",
    "server.feedback.desks",
    "server.feedback.turning",
    "server.announcements.service",
    "server.announcements.ticking",
    "server.voice.service",
    "server.announcements.files",
    "server.devices.reactions",
    "server.sync.service",
    "server.sync.directory_rows",
    "server.sync.alarms",
    "server.imports.noting",
    "server.chores",
    "server.audit.watched",
    "server.audit.service",
    "server.personal",
)


def every_handler() -> None:
    """Import them all. A process that performs operations without the web app calls this first."""
    for name in _REGISTERING:
        importlib.import_module(name)
