"""Metrics and schemes for the rights matrix: one metric that counts and one scheme, the same for all stores."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme
from contract.wire import plain
from tests.support.company import Company

_METRIC, _SCHEME = derived_id("matrix", "metric"), derived_id("matrix", "scheme")
_DAYS = itertools.count(1)


def _metric(metric_id: str, code: str) -> DefineMetric:
    return DefineMetric(
        metric_id=metric_id, code=code, name_zh="指标", name_en="Metric", kind="points", source="manager", rhythm="day"
    )  # fmt: skip


def plant(company: Company, things: dict[str, str]) -> None:
    """The metric and the scheme; said again they are the same."""
    company.must(_metric(_METRIC, "matrix"))
    company.must(ActivateMetric(metric_id=_METRIC))
    company.must(DefineScheme(scheme_id=_SCHEME, code="matrix", name_zh="方案", name_en="Scheme"))
    things.update(metric_id=_METRIC, scheme_id=_SCHEME)


def bodies(company: Company, endpoint: str, mine: dict[str, str]) -> dict[str, Any]:
    """By path, a body that asks for something that can be done."""
    fresh, day = new_id(), company.today()
    if endpoint == "scoring/metrics/retired":
        company.must(_metric(fresh, fresh))
    line = {"metric": "matrix", "owner": "store", "weight": "100"}
    return {
        "scoring/metrics": plain(_metric(fresh, fresh)),
        "scoring/metrics/activated": {"metric_id": _METRIC},
        "scoring/metrics/retired": {"metric_id": fresh, "reason": "r"},
        "scoring/schemes": {"scheme_id": _SCHEME, "code": "matrix", "name_zh": "方案", "name_en": "Scheme"},
        "scoring/schemes/weights": {"version_id": fresh, "scheme_id": _SCHEME, "lines": [line], "reason": "r",
                                    "from_day": (day + timedelta(days=next(_DAYS))).isoformat()},
        "scoring/schemes/retired": {"scheme_id": fresh, "until": day.isoformat(), "reason": "r"},
        "scoring/channels": {"store_id": mine["store_id"], "channel": "online"},
        "scoring/formulas/trials": {"formula": "1 + 1", "store_id": mine["store_id"], "month": day.isoformat()[:7]},
    }  # fmt: skip
