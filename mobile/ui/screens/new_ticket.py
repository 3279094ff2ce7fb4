"""A ticket being written: the form of requests, with words, photos, place and urgency beside the kind's own fields."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from contract.messages import LANGUAGES
from mobile.ui.say import Say
from mobile.ui.screens.camera import CameraPage
from mobile.ui.screens.new_request import NewRequestPage


class NewTicketPage(NewRequestPage):
    """Every keystroke is on the disk."""

    rows = (*NewRequestPage.rows, "new_request.kv")
    after_key = "feedback_page.after"


class TicketForm(BoxLayout):
    """The form as a part of another page: made when it is first needed, there only while something is being written."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    up = BooleanProperty(False)

    def on_say(self, *_: object) -> None:
        for page in self.children:
            page.say = self.say

    def on_up(self, *_: object) -> None:
        if not self.up:
            for page in list(self.children):
                page.close()
            self.clear_widgets()
        elif not self.children:
            around = next((one for one in self.walk_reverse() if isinstance(one, CameraPage)), None)
            self.add_widget(NewTicketPage(vm=self.vm, say=self.say, read_qr=around.read_qr if around is not None else None))
            self.children[0].in_front(True)


Factory.register("TicketForm", cls=TicketForm)
