"""What follows for devices when somebody leaves."""

from __future__ import annotations

import sqlalchemy as sa

from server.devices.model import Device
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.people.events import PersonLeft


@reacts_to(PersonLeft)
def revoke_phones_of_leaver(work: Work, event: PersonLeft) -> None:
    """The leaver's phones are wiped at their next contact; what was punched before is still taken in."""
    with work.with_system_reach() as session:  # HR may let somebody go without the right to revoke devices in general
        phones = session.scalars(
            sa.select(Device).where(Device.person_id == event.person_id, Device.revoked_at.is_(None))
        )
        for phone in phones:
            phone.revoked_at, phone.revoked_because = work.now, event.reason
