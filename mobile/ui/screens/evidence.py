"""Photos as evidence: taken with the camera while that part of a page is up, shown beneath, and taken away again."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.ui.screens.camera import PhotoPage


class PhotoRow(BoxLayout):
    """A photo that was taken. `drop` takes it away; a row without its words cannot."""

    vm = ObjectProperty(None, allownone=True)
    photo = ObjectProperty(b"")
    name = StringProperty("")
    words = StringProperty("")
    drop = StringProperty("")


class PhotoTaking(BoxLayout):
    """What the camera sees, and the button that keeps it."""

    texture = ObjectProperty(None, allownone=True)
    page = ObjectProperty(None, allownone=True)
    told = StringProperty("")
    take = StringProperty("")
    full = BooleanProperty(False)


class EvidencePage(PhotoPage):
    """Pictures that say it better. The state says when one is being taken (`taking`)."""


for _row in (PhotoRow, PhotoTaking):
    Factory.register(_row.__name__, cls=_row)
