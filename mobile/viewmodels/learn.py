"""Learning on one's own phone: what is due, all courses, one that lies open, today's three questions, certificates, the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from contract.growth import WishFor
from mobile.core.views import Refused, Said
from mobile.core.views_learning import CareerPage, CertificateCard, LearnHome
from mobile.viewmodels.course_state import CourseState
from mobile.viewmodels.course_taps import CourseTaps
from mobile.viewmodels.daily_taps import DailyState, DailyTaps
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

TYPING_S: Final = 0.3  # after the last letter it is searched
WISHES: Final[tuple[WishFor, ...]] = get_args(WishFor)


@dataclass(frozen=True)
class LearnState:
    """`home` is None until the core has answered."""

    home: LearnHome | None = None
    sought: str = ""
    problem: Said | None = None


class LearnViewModel(ViewModel[LearnState]):
    """All courses in one place, and what is found by typing."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(LearnState())
        self._asks, self._timers, self._navigator = asks, timers, navigator
        self._stop: Callable[[], None] = lambda: None

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        """What was sought stays: back from a course one is where one was."""
        self._stop()

    def on_news(self) -> None:
        sought = self.state.sought
        self._asks.ask(lambda core: core.learning.home(sought), lambda home: self._seen(home, sought), self._refused)

    def on_back(self) -> bool:
        """First out of the search."""
        if not self.state.sought:
            return False
        self.show(replace(self.state, sought=""))
        self.on_news()
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def type_sought(self, text: str) -> None:
        if text != self.state.sought:
            self._stop()
            self.show(replace(self.state, sought=text))
            self._stop = self._timers.after(TYPING_S, self.on_news)

    def tap_course(self, course_id: str) -> None:
        self._navigator.go("course", course_id)

    def tap_running(self) -> None:
        """The quiz that goes on."""
        if self.state.home is not None and self.state.home.running:
            self.tap_course(self.state.home.running)

    def tap_daily(self) -> None:
        self._navigator.go("daily")

    def tap_certificates(self) -> None:
        self._navigator.go("certificates")

    def tap_path(self) -> None:
        self._navigator.go("career")

    def _seen(self, home: LearnHome, sought: str) -> None:
        if sought == self.state.sought:
            self.show(replace(self.state, home=home, problem=None))

    def _refused(self, error: BaseException) -> None:
        self.show(LearnState(problem=said_of(error)))


@dataclass(frozen=True)
class LessonState:
    """`whole`: the picture that fills the page."""

    course: CourseState = field(default_factory=CourseState)
    whole: str = ""


class LessonViewModel(ViewModel[LessonState]):
    """Subject: the course."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(LessonState())
        self._navigator = navigator
        self.course = CourseTaps(asks, timers, toasts, lambda core: core.learning)
        self.course.certify = lambda certificate_id: navigator.go("certificates", certificate_id)
        self.course.enlarge = self.tap_picture
        self.course.watch(lambda course: self.show(replace(self.state, course=course, whole="")))

    def on_enter(self) -> None:
        """Back from a certificate, or from another app, the same course lies open where it did."""
        subject = self._navigator.here.subject or ""
        if self.state.course.page is None or self.state.course.page.card.course_id != subject:
            self.course.open(subject)
        else:
            self.course.look()

    def on_leave(self) -> None:
        """Deeper (a certificate) the course stays open behind; else it shuts, and what was typed is kept."""
        if not any(stop.screen == "course" for stop in self._navigator.state.behind):
            self.course.close()

    def on_news(self) -> None:
        self.course.look()

    def on_back(self) -> bool:
        if self.state.whole:
            self.show(replace(self.state, whole=""))
            return True
        return self.course.on_back()

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_picture(self, sha: str) -> None:
        """The picture fills the page; tapped again it does not."""
        self.show(replace(self.state, whole="" if self.state.whole else sha))


class DailyViewModel(ViewModel[DailyState]):
    """Today's three questions."""

    def __init__(self, asks: Asks, navigator: Navigator) -> None:
        super().__init__(DailyState())
        self._navigator = navigator
        self.daily = DailyTaps(asks, lambda core: core.learning)
        self.daily.watch(self.show)

    def on_enter(self) -> None:
        self.daily.open()

    def on_leave(self) -> None:
        self.daily.close()

    def on_news(self) -> None:
        self.daily.look()

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()


@dataclass(frozen=True)
class CertificatesState:
    """`shown`: the one that fills the page."""

    cards: tuple[CertificateCard, ...] | None = None
    shown: str = ""
    problem: Said | None = None

    @property
    def card(self) -> CertificateCard | None:
        return next((one for one in self.cards or () if one.certificate_id == self.shown), None)


class CertificatesViewModel(ViewModel[CertificatesState]):
    """Subject: a certificate to show at once, or none. With no signal they are shown all the same."""

    def __init__(self, asks: Asks, navigator: Navigator) -> None:
        super().__init__(CertificatesState())
        self._asks, self._navigator = asks, navigator

    def on_enter(self) -> None:
        self.show(CertificatesState(shown=self._navigator.here.subject or ""))
        self.on_news()

    def on_leave(self) -> None:
        self.show(CertificatesState())

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.learning.certificates(), self._seen, self._refused)

    def on_back(self) -> bool:
        if not self.state.shown or self._navigator.here.subject:
            return False
        self.show(replace(self.state, shown=""))
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_certificate(self, certificate_id: str) -> None:
        self.show(replace(self.state, shown=certificate_id))

    def _seen(self, cards: tuple[CertificateCard, ...]) -> None:
        if self._navigator.here.screen == "certificates":
            self.show(replace(self.state, cards=cards))

    def _refused(self, error: BaseException) -> None:
        self.show(replace(self.state, problem=said_of(error)))


@dataclass(frozen=True)
class CareerState:
    """`wording`: a wish is being said; `wish`, `path_id` and `note` of it."""

    page: CareerPage | None = None
    wording: bool = False
    wish: str = ""
    path_id: str = ""
    note: str = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def may_say(self) -> bool:
        """A promotion is wished for along a path, where there are any."""
        named = self.wish != "promotion" or bool(self.path_id) or self.page is None or not self.page.paths
        return bool(self.wish) and named and not self.busy


class CareerViewModel(ViewModel[CareerState]):
    """My path, and what I would like to become."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(CareerState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        self.show(CareerState())

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.learning.path(), self._seen, self._refused)

    def on_back(self) -> bool:
        if not self.state.wording:
            return False
        self.tap_cancel()
        return True

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_course(self, course_id: str) -> None:
        self._navigator.go("course", course_id)

    def tap_say(self) -> None:
        """Begun with what was said last."""
        page = self.state.page
        if page is not None:
            wish, path_id = page.wish or "", page.wish_path or ""
            self.show(replace(self.state, wording=True, wish=wish, path_id=path_id, note=page.wish_note, problem=None))

    def tap_cancel(self) -> None:
        self.show(replace(self.state, wording=False, problem=None))

    def tap_wish(self, wish: str) -> None:
        self.show(replace(self.state, wish=wish, path_id=self.state.path_id if wish == "promotion" else ""))

    def tap_target(self, path_id: str) -> None:
        self.show(replace(self.state, path_id=path_id))

    def type_note(self, text: str) -> None:
        self.show(replace(self.state, note=text))

    def tap_send(self) -> None:
        state = self.state
        wish = next((one for one in WISHES if one == state.wish), None)
        if wish is None or not state.may_say:
            return
        self.show(replace(state, busy=True, problem=None))
        self._asks.ask(
            lambda core: core.learning.say_wish(wish, state.path_id or None, state.note), lambda _: self._kept(), self._refused
        )

    def _kept(self) -> None:
        self._toasts.say("learn.wish_kept", "good")
        self.show(replace(self.state, busy=False, wording=False))
        self.on_news()

    def _seen(self, page: CareerPage) -> None:
        if self._navigator.here.screen == "career":
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        self.show(replace(self.state, busy=False, problem=said_of(error)))


def said_of(error: BaseException) -> Said:
    """What a refusal says; anything else is a fault, and is not swallowed."""
    if not isinstance(error, Refused):
        raise error
    return error.said

