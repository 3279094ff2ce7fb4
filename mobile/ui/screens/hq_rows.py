"""Rows that several pages show: a request, an item of the inbox, a step, a line of a hand-over list, somebody who comes."""

from __future__ import annotations

from kivy.factory import Factory
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout

from mobile.ui.widgets.press import Row
from mobile.ui.widgets.surfaces import Card, Toned


class MarkedRow(Row):
    """Words, words beneath, and a state in colour, icon and word."""

    vm = ObjectProperty(None, allownone=True)
    subject = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    more = StringProperty("")
    icon_name = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")


class RequestRow(MarkedRow):
    """A request in a list."""


class InboxRow(MarkedRow):
    """An item of the inbox."""


class ArrivalRow(MarkedRow):
    """Somebody who comes to a store, on the tablet's list."""

    chosen = BooleanProperty(False)


class KindRow(MarkedRow):
    """A kind of request that can be made."""


class DecideRow(MarkedRow):
    """A request on the manager's desk."""

    chosen = BooleanProperty(False)


class StepMark(Toned, AnchorLayout):
    """The round sign of a step on its line."""

    icon_name = StringProperty("")


class StepRow(BoxLayout):
    """A step of a request: its mark on the line, its title, who and when, what was said."""

    words = StringProperty("")
    who = StringProperty("")
    comment = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    way = StringProperty("")
    is_last = BooleanProperty(False)


class TickRow(Row):
    """A line of a hand-over list. The other side's lines answer nothing here."""

    vm = ObjectProperty(None, allownone=True)
    item_id = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    done = BooleanProperty(False)
    wanted = BooleanProperty(True)


class LabelRow(BoxLayout):
    """The name of a part of a list."""

    words = StringProperty("")


class BalanceRow(BoxLayout):
    """What is left of a kind of leave, as a bar and in words."""

    words = StringProperty("")
    left = StringProperty("")
    sub = StringProperty("")
    taken_share = NumericProperty(0.0)
    asked_share = NumericProperty(0.0)
    limited = BooleanProperty(True)


class PlainRow(BoxLayout):
    """Words, words beneath, and a state; leads nowhere."""

    words = StringProperty("")
    sub = StringProperty("")
    icon_name = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")


class HandOverCard(Card):
    """Somebody who comes or goes, with their hand-over list, on a phone."""

    vm = ObjectProperty(None, allownone=True)
    person = StringProperty("")
    sub = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    told = StringProperty("")
    ticks = ObjectProperty(None, allownone=True)


class DelegationRow(BoxLayout):
    """Who decides in whose place, until when; it can be ended."""

    vm = ObjectProperty(None, allownone=True)
    delegation_id = StringProperty("")
    words = StringProperty("")
    sub = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")
    end_words = StringProperty("")
    may_end = BooleanProperty(False)


for _row in (
    MarkedRow,
    RequestRow,
    InboxRow,
    ArrivalRow,
    KindRow,
    DecideRow,
    StepMark,
    StepRow,
    TickRow,
    LabelRow,
    BalanceRow,
    PlainRow,
    HandOverCard,
    DelegationRow,
):
    Factory.register(_row.__name__, cls=_row)
