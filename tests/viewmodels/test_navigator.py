"""Where back leads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mobile.viewmodels.navigator import Navigator, Stop


def test_home_has_nothing_behind_it() -> None:
    navigator = Navigator("kiosk")
    navigator.switch("floor")
    navigator.go("kiosk_punch", "wei")
    navigator.home()
    assert navigator.back() is False and navigator.here == Stop("floor")


def test_a_result_cannot_be_walked_back_into_the_pad() -> None:
    navigator = Navigator("kiosk")
    navigator.switch("floor")
    navigator.go("kiosk_punch", "wei")
    navigator.instead("pin", "wei")
    assert navigator.back() and navigator.here == Stop("floor")


def test_a_tab_leads_back_to_today() -> None:
    navigator = Navigator("phone")
    navigator.switch("today")
    navigator.switch("sync")
    navigator.switch("me")
    assert navigator.back() and navigator.here == Stop("today")
    assert navigator.back() is False


def test_going_where_one_is_moves_nothing() -> None:
    navigator = Navigator("phone")
    navigator.switch("today")
    seen = []
    navigator.watch(seen.append)
    navigator.switch("today")
    navigator.home()
    assert len(seen) == 1


@given(st.lists(st.sampled_from(["go", "instead", "switch", "back", "home"]), max_size=40))
def test_back_always_ends_at_home(moves: list[str]) -> None:
    """Whatever was walked, back never goes round in circles and never strands anybody."""
    navigator = Navigator("kiosk")
    navigator.switch("floor")
    for number, move in enumerate(moves):
        if move in ("go", "instead"):
            getattr(navigator, move)("kiosk_punch", f"person {number}")
        elif move == "switch":
            navigator.switch("floor")
        else:
            getattr(navigator, move)()
    for _ in range(len(moves) + 1):
        if not navigator.back():
            break
    assert navigator.back() is False
    if navigator.here.screen != "floor":
        assert moves and "instead" in moves  # only a page that replaced home itself has no home behind it
        navigator.home()
    assert navigator.here == Stop("floor")
