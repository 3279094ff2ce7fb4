"""Whatever happens to requests, answers, devices, servers and clocks: nothing is lost, doubled, mixed up or left behind."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import get_state_machine_test

from tests.sync.model_machine import SyncModel, Template, poisonable
from tests.sync.planted_bugs import PLANTED

pytestmark = pytest.mark.slow
SEARCH_S = 25
SEED = 20261121
FOUND_WITHIN_S = 30
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


@pytest.fixture(scope="module", autouse=True)
def template() -> Iterator[None]:
    """The company is founded before the clock of a search starts, and before any fault is planted in it."""
    Template.get()
    yield
    Template.forget()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of planted failures, each with its traceback, are no news."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


def run_model(seconds: float) -> bool:
    """Draw runs until the time is over (True) or one fails, which raises. The seeds are the same every time.

    `seconds` are of the processor's time: what shares the machine takes nothing away from a search.
    """
    ends, SyncModel.runs = time.process_time() + seconds, 0
    for n in range(1_000):
        drawn = get_state_machine_test(
            SyncModel,
            settings=settings(
                max_examples=10, stateful_step_count=45, deadline=None, database=None, suppress_health_check=_QUIET,
                phases=(Phase.generate,), print_blob=False,
            ),
        )  # fmt: skip
        with poisonable():
            seed(SEED + n)(drawn)()
        if time.process_time() > ends:
            break
    return True


def test_devices_and_server_come_to_agree_whatever_happens_between_them() -> None:
    assert run_model(SEARCH_S)


@pytest.mark.parametrize("fault", sorted(PLANTED))
def test_the_model_finds_a_planted_bug(fault: str) -> None:
    begun = time.process_time()
    with PLANTED[fault](), pytest.raises(Exception) as found:  # whatever fails: the run that is right fails nowhere
        run_model(FOUND_WITHIN_S)
    told = f"{fault}: run {SyncModel.runs}, {time.process_time() - begun:.1f} s: {str(found.value)[:100]}"
    print(told)


def test_there_are_planted_bugs_enough() -> None:
    assert len(PLANTED) >= 9
