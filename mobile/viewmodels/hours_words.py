"""Which sentence, tone and sign a day, a week or somebody on the board calls for. Colour is never alone."""

from __future__ import annotations

from mobile.core.views import Said
from mobile.core.views_hours import BoardLine, DayCard, WeekCard
from mobile.core.views_hq import Both
from mobile.viewmodels.place_words import Tone
from mobile.viewmodels.request_words import HOUR_MIN, Mark, way_mark

DAY_STATES: dict[str, tuple[Tone, str]] = {
    "present": ("good", "check_circle"),
    "late": ("late", "clock_alert_outline"),
    "early": ("late", "logout"),
    "absent": ("bad", "close"),
    "leave": ("leave", "calendar_range"),
    "not_due": ("quiet", "clock_outline"),
    "off": ("quiet", "home_outline"),
    "unknown": ("late", "help_circle_outline"),
    "unplanned": ("brand", "timer_sand"),
}
NOW_STATES: dict[str, tuple[Tone, str]] = {
    "present": ("good", "check_circle"),
    "late": ("late", "clock_alert_outline"),
    "early": ("late", "logout"),
    "left": ("brand", "logout"),
    "not_due": ("quiet", "clock_outline"),
    "not_in_yet": ("quiet", "clock_outline"),
    "absent": ("late", "account_search_outline"),  # a tablet has seen no punch: whether somebody is absent only HQ can tell
    "on_leave": ("leave", "calendar_range"),
    "off": ("quiet", "home_outline"),
    "unknown": ("late", "help_circle_outline"),
}
WEEK_STATES: dict[str, tuple[Tone, str]] = {
    "open": ("late", "progress_clock"),
    "disputed": ("bad", "alert_circle_outline"),
    "complete": ("good", "check_all"),
    "superseded": ("quiet", "history"),
}
AWAITED: tuple[Tone, str] = ("late", "clock_alert_outline")  # the shift is running and nothing was punched
HOLIDAY: tuple[Tone, str] = ("brand", "star_outline")  # closed by the calendar: not a day off of one's own
SHORT_DAY = ("present", "late", "early", "absent", "leave", "off", "unknown", "unplanned")


def day_mark(card: DayCard) -> Mark:
    """A day in a word. What HQ has not computed is told as what it is: planned, kept here, or nothing at all."""
    if card.is_closed:
        return Mark(Said("hours_page.state_holiday", {"name_zh": _named(card).zh, "name_en": _named(card).en}), *HOLIDAY)
    if card.awaited:
        return Mark(Said("hours_page.state_awaited", {}), *AWAITED)
    if card.state is not None:
        tone, icon = DAY_STATES[card.state]
        return Mark(Said(f"hours_page.state_{card.state}", {}), tone, icon)
    if card.fresh:
        return Mark(Said("hours_page.state_kept", {}), "quiet", "cellphone")
    if card.duty is not None:
        return Mark(Said(f"hours_page.state_{'off' if card.duty.is_off else 'planned'}", {}), "quiet", "clock_outline")
    return Mark(Said("hours_page.state_nothing", {}), "quiet", "circle_outline")


def _named(card: DayCard) -> Both:
    return card.holiday or Both("", "")


def cell_mark(card: DayCard) -> Mark:
    """The same for a cell of the calendar: a short word, of a day to come when it begins; of an empty day nothing."""
    if card.is_closed:
        return Mark(Said("hours_page.short_holiday", {}), *HOLIDAY)
    if card.state is None and not card.fresh and not card.awaited:
        if card.duty is None:
            return Mark(Said("", {}), "quiet", "")
        if not card.duty.is_off:
            return Mark(Said("hours_page.short_planned", {"at": card.duty.shifts[0].starts.hhmm}), "quiet", "")
        return Mark(Said("hours_page.short_off", {}), "quiet", DAY_STATES["off"][1])
    mark = day_mark(card)
    return Mark(Said(mark.said.code.replace(".state_", ".short_"), {}), mark.tone, mark.icon)


def week_mark(card: WeekCard) -> Mark:
    """What was done here speaks first, then what waits for me, then how the week stands."""
    if card.on_its_way is not None:
        return way_mark(card.on_its_way)
    if card.waits_for_me:
        return Mark(Said("week_page.waits_for_you", {}), "late" if card.overdue else "brand", "account_outline")
    tone, icon = WEEK_STATES[card.state]
    return Mark(Said(f"week_page.state_{card.state}", {}), tone, icon)


def now_mark(state: str, since: str | None) -> Mark:
    """Somebody at this moment: "in 08:52", "late 09:17". A state of a newer release is told as unknown."""
    known = state if state in NOW_STATES else "unknown"
    tone, icon = NOW_STATES[known]
    key = f"board.state_{known}"
    return Mark(Said(f"{key}_at" if since else key, {"at": since} if since else {}), tone, icon)


def line_mark(line: BoardLine) -> Mark:
    """On the manager's board what she did here comes first."""
    return way_mark(line.on_its_way) if line.on_its_way is not None else now_mark(line.state, line.since)


def minutes_said(minutes: int) -> Said:
    """An amount of working time in hours and minutes; nothing is "0 min"."""
    hours, rest = divmod(abs(minutes), HOUR_MIN)
    sign = "-" if minutes < 0 else ""
    if hours and rest:
        return Said("span.h_min", {"h": f"{sign}{hours}", "min": rest})
    return Said("span.hours", {"hours": f"{sign}{hours}"}) if hours else Said("span.min", {"min": f"{sign}{rest}"})
