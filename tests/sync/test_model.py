"""Whatever happens to requests, answers, devices, servers and clocks: nothing is lost, doubled, mixed up or left behind."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.model_machine import SyncModel, poisonable

pytestmark = pytest.mark.slow
FOUND_WITHIN_S = 30
_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]


def run_model(examples: int, steps: int, *, explain: bool = True) -> None:
    phases = (Phase.generate, Phase.shrink) if explain else (Phase.generate,)
    with poisonable():
        run_state_machine_as_test(
            SyncModel,
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None,
                suppress_health_check=_QUIET, phases=phases, print_blob=False,
            ),
        )  # fmt: skip


def test_devices_and_server_come_to_agree_whatever_happens_between_them() -> None:
    run_model(examples=120, steps=40)
    assert SyncModel.ends_at is None, "this run is not under a time limit"
