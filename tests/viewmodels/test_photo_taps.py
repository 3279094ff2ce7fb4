"""What taps do around photos as evidence: on a form as many as it takes, on an appeal one, and never in the way of sending."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest

from contract.limits import MAX_BLOB_BYTES
from mobile.core.views import Said
from mobile.core.views_hq import Draft
from mobile.ui import picture
from mobile.viewmodels.day_page import DayViewModel
from mobile.viewmodels.manager_desk import ManagerViewModel
from mobile.viewmodels.new_request import NewRequestViewModel
from mobile.viewmodels.request_page import RequestViewModel
from tests.ui.scripted_office import A_PHOTO, FLOWS, SHARED
from tests.viewmodels.test_hq_taps import Stand, _fill

PIN = "481516"

ONE, TWO, THREE = b"one", b"two", b"three"


def _sha(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def form(stand: Stand) -> NewRequestViewModel:
    vm: NewRequestViewModel = stand.at("new_request", "transfer", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    return vm


def test_a_form_takes_as_many_photos_as_it_says_and_sends_those_that_were_kept(stand: Stand, form: NewRequestViewModel) -> None:
    _fill(stand, form)
    form.tap_pick("evidence")
    assert form.state.taking and not form.is_full("evidence")
    for photo in (ONE, ONE, TWO, THREE):
        form.take_photo(photo)
    assert form.state.form["evidence"] == f"{_sha(ONE)},{_sha(TWO)}" and form.is_full("evidence")
    form.drop_photo(_sha(ONE))
    form.take_photo(THREE)
    assert form.on_back() and not form.state.taking
    form.take_photo(ONE)
    form.tap_send()
    stand.asked.answer()
    [(_, sent)] = stand.office.submitted
    assert sent["evidence"] == f"{_sha(TWO)},{_sha(THREE)}" and stand.office.photos == (TWO, THREE)


def test_all_photos_taken_away_leave_the_field_empty(stand: Stand, form: NewRequestViewModel) -> None:
    form.tap_pick("evidence")
    form.take_photo(ONE)
    form.drop_photo(_sha(ONE))
    assert "evidence" not in form.state.form and form.state.handed_in == ()


def test_without_a_camera_it_says_so_and_the_rest_is_sent_as_always(stand: Stand, form: NewRequestViewModel) -> None:
    _fill(stand, form)
    form.tap_pick("evidence")
    form.no_camera()
    assert not form.state.taking and form.state.problem == Said("requests.no_camera", {})
    form.tap_send()
    stand.asked.answer()
    [(_, sent)] = stand.office.submitted
    assert "evidence" not in sent and stand.office.photos == ()


def test_a_photo_nobody_would_take_is_told_at_once(stand: Stand, form: NewRequestViewModel) -> None:
    form.tap_pick("evidence")
    form.take_photo(b"x" * (MAX_BLOB_BYTES + 1))
    assert form.state.problem is not None and form.state.problem.code == "client.photo_too_large"


def test_what_is_sent_again_still_has_its_photos(stand: Stand) -> None:
    stand.office.again = Draft(FLOWS[0], (("evidence", _sha(ONE)),), "o1", None, (), (ONE,))
    vm = stand.at("new_request", "again:r5", NewRequestViewModel(stand.asked, stand.navigator, stand.toasts))
    assert vm.state.handed_in == (ONE,)


def test_an_appeal_takes_a_photo_with_its_words(stand: Stand) -> None:
    vm = stand.at("day", "2026-06-01", DayViewModel(stand.asked, stand.navigator, stand.toasts))
    vm.tap_appeal()
    vm.type_text("我九点就到了")
    vm.tap_photo()
    assert vm.state.taking and vm.on_back() and not vm.state.taking and vm.state.appealing
    vm.take_photo(TWO)
    vm.tap_photo()
    vm.take_photo(ONE)
    assert vm.state.photo == ONE and not vm.state.taking
    vm.drop_photo("")
    assert vm.state.photo is None
    vm.tap_photo()
    vm.take_photo(ONE)
    vm.tap_send()
    stand.asked.answer()
    assert stand.core.hours.handed_in == ONE and vm.state.photo is None
    vm.tap_appeal()
    vm.tap_photo()
    vm.no_camera()
    assert vm.state.problem == Said("requests.no_camera", {}) and vm.state.appealing


def test_evidence_can_be_read_and_is_made_smaller_only_where_hq_would_not_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    frame = bytes((10, 20, 30, 255)) * 1280 * 720

    def size() -> tuple[int, int]:
        with Image.open(BytesIO(picture.evidence_of(frame, 1280, 720))) as made:
            assert made.getpixel((5, 5)) == (10, 20, 30)
            return made.size

    assert size() == (1280, 720)
    whole = len(picture.png_of(frame, 1280, 720, 1280))
    monkeypatch.setattr(picture, "MAX_BLOB_BYTES", whole - 1)
    assert size() == (640, 360)


def test_a_photo_that_somebody_handed_in_is_shown_once_it_was_asked_for(stand: Stand) -> None:
    vm: RequestViewModel = stand.at("request", "r2", RequestViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts))
    stand.asked.answer()
    here, unasked = (photo.sha for photo in SHARED)
    assert dict(vm.state.pictures) == {here: A_PHOTO}, "what is not here is fetched by nobody's mere opening of the page"
    vm.tap_photo(unasked)
    for _ in range(3):
        stand.asked.answer()
    assert dict(vm.state.pictures) == {here: A_PHOTO, unasked: A_PHOTO}
    vm.tap_photo(unasked)
    vm.on_leave()
    stand.asked.answer()
    assert vm.state.pictures == {} and vm.state.page is None


def test_at_the_desk_photos_go_with_the_request_that_lies_open() -> None:
    stand = Stand("kiosk")
    vm: ManagerViewModel = stand.at(
        "manager", None, ManagerViewModel(stand.asked, stand.timers, stand.navigator, stand.toasts)
    )
    for digit in PIN:
        vm.tap_digit(digit)
    stand.asked.answer()
    here, unasked = (photo.sha for photo in SHARED)
    vm.tap_photo(here)
    vm.tap_part("approvals")
    vm.tap_request("r2")
    vm.tap_photo(unasked)
    for _ in range(4):
        stand.asked.answer()
    assert set(vm.state.pictures) == {here} and vm.state.request is not None, "nothing lay open when the first was tapped"
    vm.tap_photo(unasked)
    for _ in range(4):
        stand.asked.answer()
    assert set(vm.state.pictures) == {here, unasked}
    assert vm.on_back() and vm.state.pictures == {} and vm.state.request is None
