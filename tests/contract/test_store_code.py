"""The rotating store code: what the tablet shows, what a person may type, and what it proves."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import store_code
from contract.store_code import (
    STEP_MS,
    QrCode,
    TypedCode,
    code_for,
    grade_code,
    matching_steps,
    qr_text,
    read_code,
    step_of,
    time_shown,
)

KEY = bytes(range(32))
TABLET = "0197a5c0-1111-7222-8333-444455556666"
OTHER_TABLET = "0197a5c0-1111-7222-8333-444455556667"
NOON_MS = 1_767_240_000_000  # 2026-01-01T04:00:00Z
STEP = NOON_MS // STEP_MS


def digits_by_the_documented_recipe(key: bytes, tablet_hex: str, step: int) -> str:
    """Written from the docstring alone, as a stranger would."""
    mac = hmac.new(key, b"outpost-code-1\n" + tablet_hex.encode() + b"\n" + str(step).encode(), hashlib.sha256).digest()
    offset = mac[31] % 16
    number = (mac[offset] % 128) << 24 | mac[offset + 1] << 16 | mac[offset + 2] << 8 | mac[offset + 3]
    return f"{number % 1_000_000:06d}"


VECTORS = (
    (KEY, TABLET, 0, "888481", "OP1:0197a5c0111172228333444455556666:0:424f068ec6906c15"),
    (KEY, TABLET, 58_908_000, "411197", "OP1:0197a5c0111172228333444455556666:58908000:90ae9c7b3ce16e21"),
    (KEY, TABLET, 58_908_001, "406203", "OP1:0197a5c0111172228333444455556666:58908001:2364994395d94da8"),
    (
        b"\xff" * 32,
        OTHER_TABLET,
        58_908_000,
        "745329",
        "OP1:0197a5c0111172228333444455556667:58908000:a66bc04167610c21",
    ),
)


@pytest.mark.parametrize(("key", "tablet", "step", "digits", "qr"), VECTORS)
def test_published_vectors_never_change(key: bytes, tablet: str, step: int, digits: str, qr: str) -> None:
    assert code_for(key, tablet, step) == digits
    assert qr_text(key, tablet, step) == qr


def test_the_code_follows_the_documented_recipe() -> None:
    for step in range(STEP, STEP + 500):
        assert code_for(KEY, TABLET, step) == digits_by_the_documented_recipe(KEY, TABLET.replace("-", ""), step)


def test_a_step_is_half_a_minute_of_server_time() -> None:
    assert step_of(NOON_MS) == STEP
    assert step_of(NOON_MS + 29_999) == STEP
    assert step_of(NOON_MS + 30_000) == STEP + 1


def test_codes_spread_over_the_whole_range() -> None:
    """A code that leaves part of the million unused is guessed sooner."""
    seen = [int(code_for(KEY, TABLET, step)) for step in range(20_000)]
    for tenth in range(10):
        share = sum(tenth * 100_000 <= code < (tenth + 1) * 100_000 for code in seen) / len(seen)
        assert 0.09 < share < 0.11
    assert len(set(seen)) > 19_500


def test_digits_and_qr_are_made_with_different_macs() -> None:
    """Six digits overheard must not help to forge the QR of the same step."""
    mac = hmac.new(KEY, f"outpost-code-1\n{TABLET.replace('-', '')}\n{STEP}".encode(), hashlib.sha256).hexdigest()
    assert qr_text(KEY, TABLET, STEP).rsplit(":", 1)[1] not in mac


@pytest.mark.parametrize(
    "typed",
    ["123456", " 123 456 ", "123-456", "12 34 56\n", "１２３４５６", "١٢٣٤٥٦", "１２３　４５６", "\ufeff123456"],
)
def test_digits_are_read_however_a_keyboard_gives_them(typed: str) -> None:
    assert read_code(typed) == TypedCode("123456")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        "12345a",
        "½23456",
        "六位数字码!",
        "1" * 10_000,
        "OP1",
        "OP1::1:",
        f"OP2:{'a' * 32}:1:{'b' * 16}",
        f"OP1:{'g' * 32}:1:{'b' * 16}",
        f"OP1:{'a' * 32}:-1:{'b' * 16}",
    ],
)
def test_what_is_no_code_is_none(text: str) -> None:
    assert read_code(text) is None


def test_only_a_short_text_is_looked_at() -> None:
    """A camera may read a whole page; spaces around a code are bounded too."""
    assert read_code("123456".rjust(200)) == TypedCode("123456")
    assert read_code("123456".rjust(201)) is None
    assert read_code(123456) is None  # type: ignore[arg-type]


def test_a_qr_is_read_in_any_case_and_width() -> None:
    text = qr_text(KEY, TABLET, STEP)
    for variant in (text, text.lower(), text.upper(), f"  {text}\n", text.replace(":", "：")):
        code = read_code(variant)
        assert code == QrCode(TABLET, STEP, text.rsplit(":", 1)[1])
        assert matching_steps(KEY, TABLET, code, STEP - 1, STEP + 1) == (STEP,)


def test_a_typed_code_is_found_at_the_step_it_was_shown() -> None:
    code = read_code(code_for(KEY, TABLET, STEP))
    assert code is not None
    assert STEP in matching_steps(KEY, TABLET, code, STEP - 100, STEP + 100)
    assert STEP not in matching_steps(KEY, TABLET, code, STEP + 1, STEP + 100)
    assert matching_steps(KEY, OTHER_TABLET, code, STEP, STEP) == ()
    assert matching_steps(bytes(32), TABLET, code, STEP, STEP) == ()


def test_typed_digits_prove_nothing_where_the_time_is_too_wide() -> None:
    """In a day of steps a random code matches one in 350 times; two hours are the most that is searched."""
    code = TypedCode(code_for(KEY, TABLET, STEP))
    assert matching_steps(KEY, TABLET, code, STEP - 239, STEP) == (STEP,)
    assert matching_steps(KEY, TABLET, code, STEP - 240, STEP) == ()
    assert STEP in matching_steps(KEY, TABLET, code, STEP - 240, STEP, max_steps=241)
    qr = read_code(qr_text(KEY, TABLET, STEP))
    assert qr is not None
    assert matching_steps(KEY, TABLET, qr, 0, 10**9) == (STEP,)


def test_a_qr_of_another_tablet_another_step_or_with_a_bit_changed_matches_nothing() -> None:
    code = read_code(qr_text(KEY, TABLET, STEP))
    assert isinstance(code, QrCode)
    changed = QrCode(code.device_id, code.step, ("0" if code.mac[0] != "0" else "1") + code.mac[1:])
    for forged in (changed, QrCode(OTHER_TABLET, code.step, code.mac), QrCode(code.device_id, code.step + 1, code.mac)):
        assert matching_steps(KEY, TABLET, forged, STEP - 5, STEP + 5) == ()
    assert matching_steps(KEY, TABLET, code, STEP + 1, STEP + 5) == ()


def test_comparing_does_not_tell_by_its_time_how_much_was_right(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[object, object]] = []
    real = hmac.compare_digest

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(store_code.hmac, "compare_digest", noted)
    matching_steps(KEY, TABLET, TypedCode("000000"), STEP, STEP + 9)
    matching_steps(KEY, TABLET, QrCode(TABLET, STEP, "0" * 16), STEP, STEP)
    assert len(compared) == 11


@pytest.mark.parametrize(
    ("shown_before_s", "grade"),
    [(0, "fresh"), (29, "fresh"), (59, "fresh"), (60, "late"), (300, "late"), (-30, "fresh"), (-61, "late")],
)
def test_a_code_is_fresh_for_the_step_it_is_shown_and_one_beside(shown_before_s: int, grade: str) -> None:
    at_ms = NOON_MS + shown_before_s * 1000
    assert grade_code([STEP], at_ms, at_ms) == grade


def test_a_code_counts_once_for_a_person() -> None:
    assert grade_code([STEP], NOON_MS, NOON_MS, {STEP}) == "reused"
    assert grade_code([STEP], NOON_MS, NOON_MS, {STEP - 1}) == "fresh"
    assert grade_code([STEP - 1, STEP], NOON_MS, NOON_MS, {STEP - 1}) == "fresh"
    assert grade_code([], NOON_MS, NOON_MS, {STEP}) == "invalid"


def test_a_code_narrows_the_time_of_a_phone_that_knows_none() -> None:
    first_ms, last_ms = time_shown(STEP)
    assert grade_code([STEP], first_ms, first_ms) == grade_code([STEP], last_ms, last_ms) == "fresh"
    assert grade_code([STEP], first_ms - 1, first_ms - 1) == grade_code([STEP], last_ms + 1, last_ms + 1) == "late"
    assert last_ms - first_ms < 90_000


@given(st.text(max_size=300))
def test_any_text_is_a_code_or_none(text: str) -> None:
    code = read_code(text)
    assert code is None or isinstance(code, TypedCode | QrCode)
    if code is not None:
        assert matching_steps(KEY, TABLET, code, STEP, STEP + 3) in [(), (STEP,), (STEP + 1,), (STEP + 2,), (STEP + 3,)]


@given(st.binary(min_size=16, max_size=64), st.uuids(), st.integers(0, 10**12 - 4))
def test_what_a_tablet_shows_is_what_the_server_finds(key: bytes, tablet: object, step: int) -> None:
    for text in (code_for(key, str(tablet), step), qr_text(key, str(tablet), step)):
        code = read_code(text)
        assert code is not None
        assert step in matching_steps(key, str(tablet), code, step - 3, step + 3)
