"""The server is killed again and again under load, over a network that lies: nothing is lost and nothing is doubled.

Seeded: the same misfortunes in the same order, as far as threads allow. Each promise has a control that breaks it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.shop_day import ShopDay, Toll, forget_what_was_acknowledged

pytestmark = pytest.mark.slow
SEED = 20261121


def is_a_hard_day(toll: Toll) -> bool:
    """Enough happened for the day to say anything."""
    misfortunes = sum(n for fate, n in toll.weather.items() if fate != "passed")
    return toll.kept >= 50 and toll.kills >= 5 and misfortunes >= 20


def test_a_server_killed_over_and_over_loses_and_doubles_nothing(quick_folder: Path) -> None:
    toll = ShopDay(quick_folder, seed=SEED).run(16)
    print(toll)
    assert is_a_hard_day(toll), toll
    assert (toll.lost, toll.doubled, toll.unanswered, toll.healed) == (0, 0, 0, 0), toll


def test_a_server_restored_from_an_older_backup_gets_everything_again(quick_folder: Path) -> None:
    toll = ShopDay(quick_folder, seed=SEED + 1).run(10, restore_at=6)
    print(toll)
    assert is_a_hard_day(toll), toll
    assert (toll.restores, toll.lost, toll.doubled, toll.unanswered) == (1, 0, 0, 0), toll


def test_a_backup_made_between_taking_in_and_performing_costs_nothing_either(quick_folder: Path) -> None:
    """Devices believe that the server has those: it said so. It has them, unperformed, and nobody sends them again."""
    toll = ShopDay(quick_folder, seed=SEED + 2, faults="dwells").run(5, restore_at=5, amid=True)
    print(toll)
    assert (toll.restores, toll.lost, toll.doubled, toll.unanswered) == (1, 0, 0, 0), toll
    assert toll.kept >= 50, toll


def test_a_server_that_waits_to_be_sent_them_again_does_lose_them(quick_folder: Path) -> None:
    """The control; and what is missing is said, device by device."""
    toll = ShopDay(quick_folder, seed=SEED + 2, faults="dwells,forgets_what_was_left").run(5, restore_at=5, amid=True)
    assert toll.lost > 0 and toll.restores == 1, toll
    assert toll.missing and all("'received'" in line for line in toll.missing), toll


def test_devices_that_ask_again_as_if_it_were_new_do_double(quick_folder: Path) -> None:
    """The control: no idempotency."""
    toll = ShopDay(quick_folder, seed=SEED, asks_again_as_new=True).run(5)
    assert toll.doubled > 0, toll


def test_a_server_that_acknowledges_before_it_commits_does_lose(quick_folder: Path) -> None:
    """The control, with devices that forget what was acknowledged. A kill must fall between the word and the deed: on some days
    none does."""
    with forget_what_was_acknowledged():
        days = (ShopDay(quick_folder / str(n), seed=SEED + n, faults="acknowledge_before_commit").run(6) for n in range(4))
        assert any(toll.lost > 0 for toll in days), "four hard days, and nothing was lost"


def test_even_then_devices_that_keep_their_journal_lose_nothing(quick_folder: Path) -> None:
    """Ours hear at their next sync that the server's head has fallen back, and offer those operations again."""
    toll = ShopDay(quick_folder, seed=SEED, faults="acknowledge_before_commit").run(6)
    assert toll.kept > 0
    assert (toll.lost, toll.doubled) == (0, 0), toll
