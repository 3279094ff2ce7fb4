"""Whether the statistics library is here (extra `statistics` of the project). Without it nothing is estimated."""

from __future__ import annotations

from importlib.util import find_spec


def available() -> bool:
    """Whether severity, relations and weights can be estimated on this machine."""
    return all(find_spec(name) is not None for name in ("numpy", "scipy"))
