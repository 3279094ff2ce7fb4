"""Whose words they are: the phone's own person, whose page lies open on the tablet, the store's manager at the desk."""

from __future__ import annotations

from dataclasses import replace

from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.feedback_rows import Writer
from mobile.core.kiosk_hours import OwnPage
from mobile.core.requests import Reader
from mobile.core.sync_status import wall_time


def phone_writer(acts: Acts) -> Writer:
    """The phone's own person. Refused past the lease."""
    who, me = acts.may_look(), acts.person()
    reader = Reader(me, f"private:{me}", acts.now_ms(), wall_time(acts.parts))
    return Writer(reader, who.person_name or "", reader.scope, lambda: None)


def own_writer(acts: Acts, own: OwnPage) -> Writer:
    """Whose own page lies open on the tablet. Refused while none does."""
    learner, here = own.learner(), acts.parts.identity.need().store_id
    reader = replace(learner.reader, scope=f"desk:{here or ''}")
    return Writer(reader, learner.name, learner.reader.scope, learner.stay_open, here, at_tablet=True, own_only=True)


def desk_writer(acts: Acts, desk: ManagerDesk) -> Writer:
    """The store's manager, whose PIN opened the desk."""
    reader, manager = desk.reader()
    here = acts.parts.identity.need().store_id
    return Writer(reader, manager.name, reader.scope, desk.stay_open, here, at_tablet=True, answers=True)
