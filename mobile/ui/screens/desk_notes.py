"""What the manager's desk says beside its parts: that it is locked, what to choose, why something was refused, whose it is."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout

from contract.messages import LANGUAGES
from mobile.ui.say import Say
from mobile.ui.screens.desk_hours import HoursPart


class DeskLocked(AnchorLayout):
    """Too many wrong PINs: for how long nobody gets in."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    words = StringProperty("")


class DeskNotes(HoursPart):
    """What to choose on the left, and why the last thing was refused."""

    hint = StringProperty("")
    refused = ObjectProperty(None, allownone=True)


class DeskPerson(BoxLayout):
    """Whose what lies open is."""

    words = StringProperty("")
    sub = StringProperty("")


for _part in (DeskLocked, DeskNotes, DeskPerson):
    Factory.register(_part.__name__, cls=_part)
