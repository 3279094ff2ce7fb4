"""The refusals of scoring: code, HTTP status, whether asking later may help."""

from __future__ import annotations

OF_SCORING: dict[str, tuple[int, bool]] = {
    "scoring.weights_missing": (422, False),
    "scoring.weights_too_much": (422, False),
    "scoring.metric_unknown": (422, False),
    "scoring.card_unknown": (404, False),
    "scoring.month_closed": (409, False),
    "scoring.not_posted": (422, False),
    "scoring.not_your_store": (403, False),
    "scoring.pin_needed": (403, False),
}
