"""Scores with no signal: given at the manager's desk on the tablet, read and answered on the phone of whom they concern.

A card that is being filled in is on the disk at every touch. What may not be said is refused here already: another store's
people, a closed month, a day outside the posting, oneself.
"""

from __future__ import annotations

from mobile.core.acts import Acts
from mobile.core.desk import ManagerDesk
from mobile.core.score_desk import DeskScores
from mobile.core.score_mine import MyScores
from mobile.core.writers import desk_writer, phone_writer


class Scores:
    """`desk` behind the manager's PIN on the tablet, `mine` on a phone."""

    def __init__(self, acts: Acts, desk: ManagerDesk) -> None:
        self.desk = DeskScores(acts, lambda: desk_writer(acts, desk))
        self.mine = MyScores(acts, lambda: phone_writer(acts))
