"""Where people are heard and told: tickets, notices and voices, each for the phone, the own page of a tablet, and its desk."""

from __future__ import annotations

from mobile.core.acts import Acts
from mobile.core.announcements import DeskNotices, FloorNotices, Notices
from mobile.core.desk import ManagerDesk
from mobile.core.feedback import Feedback
from mobile.core.kiosk_hours import OwnPage
from mobile.core.told import Told
from mobile.core.voice import Voices
from mobile.core.voice_answers import VoiceAnswers
from mobile.core.writers import desk_writer, own_writer, phone_writer


class Hearing:
    """`mine` on a phone, `own` behind a person's PIN, `desk` behind the manager's."""

    def __init__(self, acts: Acts, own: OwnPage, desk: ManagerDesk) -> None:
        self.mine = Feedback(acts, lambda: phone_writer(acts))
        self.own = Feedback(acts, lambda: own_writer(acts, own))
        self.desk = Feedback(acts, lambda: desk_writer(acts, desk))
        self.my_notices = Notices(acts, lambda: phone_writer(acts))
        self.own_notices = Notices(acts, lambda: own_writer(acts, own))
        self.desk_notices, self.floor = DeskNotices(acts, desk), FloorNotices(acts)
        self.voices = Voices(acts, lambda: phone_writer(acts))
        self.answers, self.told = VoiceAnswers(acts), Told(acts)
