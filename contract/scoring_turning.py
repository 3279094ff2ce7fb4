"""What time alone does to scoring, said by the server to itself."""

from __future__ import annotations

from contract.wire import Wire, operation


@operation("scoring.turn_periods/1")
class TurnPeriods(Wire, frozen=True, kw_only=True):
    """Months that begin to matter are there, those past their last day are closed."""
