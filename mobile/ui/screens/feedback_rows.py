"""Rows and sheets of tickets and notices that the phone, the own page and the desk show alike."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.factory import Factory
from kivy.metrics import dp
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from contract.messages import LANGUAGES
from mobile.core.views import Said
from mobile.ui.say import Say
from mobile.ui.screens import evidence, hq_rows
from mobile.ui.screens.camera import PhotoPage
from mobile.ui.screens.feedback_words import fact_rows, hop_rows, photo_rows, story_rows, ticket_mark
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.ui.widgets.surfaces import Page, Stack
from mobile.viewmodels.new_ticket import PRIORITIES
from mobile.viewmodels.notices import NoticeState
from mobile.viewmodels.ticket_taps import NEEDS_WORDS, STARS_MOST, WITH_PHOTOS, TicketState

assert evidence and hq_rows  # its rows are registered by being imported
ALSO = ("amend", "note", "pass_on", "pause")  # what can be done besides the one thing that is due


class HeardRow(MarkedRow):
    """What tickets and notices look like in a list; `unread` is a dot. It leads nowhere: kv adds what a tap does to what the rows
    before it do, and one tap leads to one place."""

    unread = BooleanProperty(False)
    chosen = BooleanProperty(False)


class TicketRow(HeardRow):
    """A ticket in a list."""


class NoticeRow(HeardRow):
    """A notice in a list."""


class KindTile(Row):
    """A kind of ticket in the grid."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    icon_name = StringProperty("")
    need = NumericProperty(0)


class KindGrid(GridLayout):
    """The kinds that can be filed here, all as high as the one with the longest name."""

    data = ListProperty([])
    tallest = NumericProperty(0)

    def on_data(self, *_: object) -> None:
        tiles = list(reversed(self.children))
        for spare in tiles[len(self.data) :]:
            self.remove_widget(spare)
        for n, values in enumerate(self.data):
            if n < len(tiles):
                for name, value in values.items():
                    setattr(tiles[n], name, value)
            else:
                tile = KindTile(**values)
                tile.bind(need=self._measure)
                self.add_widget(tile)
        self._measure()

    def _measure(self, *_: object) -> None:
        self.tallest = max((tile.need for tile in self.children), default=0)


class HopRow(BoxLayout):
    """A station on the hop line."""

    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    is_here = BooleanProperty(False)
    is_last = BooleanProperty(False)


class StoryRow(BoxLayout):
    """A line of a ticket's story."""

    words = StringProperty("")
    at = StringProperty("")
    text = StringProperty("")
    more = StringProperty("")
    way = StringProperty("")
    way_tone = StringProperty("quiet")
    internal = BooleanProperty(False)
    photos = ListProperty([])


class SharedPhoto(BoxLayout):
    """A photo or file of a ticket or a notice: shown where it is here, to be fetched where it is not. `shown`: (words, bytes)
    of the photo, or of the pages that are here."""

    vm = ObjectProperty(None, allownone=True)
    sha = StringProperty("")
    photo = ObjectProperty(b"")
    words = StringProperty("")
    sub = StringProperty("")
    may_ask = BooleanProperty(False)
    named = BooleanProperty(False)  # a file by its name beside what it shows
    shown = ListProperty([])

    def look_closer(self) -> None:
        """This one in the whole window, with those beside it to go on to."""
        beside = [row for row in reversed(self.parent.children) if isinstance(row, SharedPhoto)]
        before = sum(len(row.shown) for row in beside[: beside.index(self)])
        page = self.parent
        while not isinstance(page, FacePage):
            page = page.parent
        page.look_closer([one for row in beside for one in row.shown], before)


class Star(Row):
    """One of five."""

    number = NumericProperty(0)
    given = BooleanProperty(False)


class Stars(BoxLayout):
    """One to five, given by a tap."""

    vm = ObjectProperty(None, allownone=True)
    stars = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for number in range(1, STARS_MOST + 1):
            star = Star(number=number)
            star.bind(on_release=lambda tapped: self.vm.tap_star(tapped.number))
            self.add_widget(star)
        self.on_stars()

    def on_stars(self, *_: object) -> None:
        for star in self.children:
            star.given = star.number <= self.stars


class DeskChoice(MarkedRow):
    """A department to pass on to."""

    chosen = BooleanProperty(False)


class TicketSheet(Stack):
    """A ticket with its hops, its story and what can be done. `vm` is a TicketTaps."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    state = ObjectProperty(TicketState(), rebind=True)
    page = ObjectProperty(None, allownone=True, rebind=True)  # the page with the camera, once a photo is being taken
    _taking = False

    def on_state(self, _: object, state: TicketState | None) -> None:
        takes = state is not None and state.taking
        if takes and self.page is None:
            self.page = next((one for one in self.walk_reverse() if isinstance(one, PhotoPage)), None)
        if takes and not self._taking:
            Clock.schedule_once(lambda _dt: self._bring_into_view("taking"), 0.05)
        self._taking = takes

    def _bring_into_view(self, name: str) -> None:
        around = self.parent
        while around is not None and not isinstance(around, Page):
            around = around.parent if around.parent is not around else None
        if around is not None and name in self.ids:
            around.scroll_to(self.ids[name], padding=dp(24))

    def mark(self, say: Say, state: TicketState, part: str) -> str:
        if state.page is None:
            return "quiet" if part == "chip_tone" else ""
        return str(ticket_mark(say, state.page.card)[part])

    def name_of(self, say: Say, state: TicketState) -> str:
        return say.both(state.page.card.name) if state.page is not None else ""

    def says(self, state: TicketState) -> str:
        return state.page.text if state.page is not None else ""

    def facts(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        return fact_rows(say, state.page) if state.page is not None else []

    def hops(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        return hop_rows(say, state.page.hops) if state.page is not None else []

    def story(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        return story_rows(say, state.page, state.pictures, self.vm) if state.page is not None else []

    def photos(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        return photo_rows(say, state.page.photos, state.pictures, self.vm) if state.page is not None else []

    def refused_because(self, state: TicketState) -> Said | None:
        way = state.page.card.on_its_way if state.page is not None and state.may_correct else None
        return way.problem if way is not None else None

    def may(self, state: TicketState, verb: str) -> bool:
        """What is offered while nothing is being worded. Stars close it, so there is no other way to close one's own."""
        if state.page is None or state.asking is not None:
            return False
        if verb == "take" and state.page.card.holder:
            return False
        if verb == "rate":
            return "rate" in state.page.may and state.page.card.state in ("resolved", "closed")
        return verb in state.page.may

    def also(self, say: Say, state: TicketState) -> list[tuple[str, str]]:
        return [(verb, say(f"ticket.do_{verb}")) for verb in ALSO if self.may(state, verb)]

    def asks_words(self, state: TicketState) -> bool:
        return state.asking in NEEDS_WORDS or state.asking in ("rate", "pass_on")

    def taken(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        """Photos that go with what is being written."""
        return [
            {"vm": self.vm, "photo": body, "name": name, "words": say("requests.photo_n", n=n + 1),
             "drop": say("requests.drop_photo")}
            for n, (name, body) in enumerate(state.photos)
        ]  # fmt: skip

    def takes_photos(self, state: TicketState) -> bool:
        return state.asking in WITH_PHOTOS

    def desks(self, say: Say, state: TicketState) -> list[dict[str, Any]]:
        if state.page is None or state.asking != "pass_on":
            return []
        return [
            {"vm": self.vm, "subject": desk_id, "words": say.both(name), "icon_name": "account_group_outline",
             "chosen": desk_id == state.desk_id}
            for desk_id, name in state.page.desks
        ]  # fmt: skip

    def priorities(self, say: Say) -> list[tuple[str, str]]:
        return [(one, say(f"feedback_page.priority_{one}")) for one in PRIORITIES]

    def priority(self, state: TicketState) -> str:
        return state.priority or (state.page.card.priority if state.page is not None else "")


class NoticeSheet(Stack):
    """A notice in its reader's language, its files, and the word that it was understood. `vm` is a NoticeTaps."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    state = ObjectProperty(NoticeState(), rebind=True)

    def title(self, say: Say, state: NoticeState) -> str:
        return say.both(state.page.card.title) if state.page is not None else ""

    def told(self, say: Say, state: NoticeState) -> str:
        """Who said it when, and until when it counts."""
        if state.page is None:
            return ""
        by = say("notice_page.by", who=state.page.card.by, at=say.at(state.page.card.published))
        return f"{by}\n{say('notice_page.until', at=say.at(state.page.until))}" if state.page.until is not None else by

    def says(self, say: Say, state: NoticeState) -> str:
        return say.both(state.page.text) if state.page is not None else ""

    def files(self, say: Say, state: NoticeState) -> list[dict[str, Any]]:
        return photo_rows(say, state.page.attachments, state.files, self.vm) if state.page is not None else []

    def is_urgent(self, state: NoticeState) -> bool:
        return state.page is not None and state.page.card.urgent and not state.page.card.withdrawn

    def withdrawn(self, say: Say, state: NoticeState) -> str:
        if state.page is None or not state.page.card.withdrawn:
            return ""
        return say("notice_page.withdrawn_why", why=state.page.withdrawn_because)

    def to_confirm(self, state: NoticeState) -> bool:
        return state.page is not None and state.page.card.to_confirm

    def confirmed(self, say: Say, state: NoticeState) -> str:
        card = state.page.card if state.page is not None else None
        return "" if card is None or card.confirmed is None else say("notice_page.confirmed_at", at=say.at(card.confirmed))


for _row in (
    HeardRow, TicketRow, NoticeRow, KindTile, KindGrid, HopRow, StoryRow, SharedPhoto, Star, Stars, DeskChoice, TicketSheet,
    NoticeSheet,
):  # fmt: skip
    Factory.register(_row.__name__, cls=_row)
