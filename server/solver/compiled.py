"""Kernels that numba compiles where it is installed. Without it the same functions run as plain Python over lists: same
results, slower.

A kernel is a function over numbers and flat buffers that calls no other function. What numba compiles is kept in a folder of
the user, not beside the sources, so that the next process starts at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """Where compiled kernels are kept: OUTPOST_KERNELS, else the user's cache folder, else a temporary one."""
    told = os.environ.get("OUTPOST_KERNELS")
    if told:
        return Path(told)
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "outpost" / "kernels"
    except RuntimeError:  # no home folder
        return Path(tempfile.gettempdir()) / "outpost-kernels"


@cache
def _numba() -> Any:
    if os.environ.get("OUTPOST_PLAIN_KERNELS"):
        return None
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    try:
        import numba
        import numpy  # noqa: F401
    except ImportError:
        return None
    return numba


def is_compiled() -> bool:
    """Whether kernels will be fast."""
    return _numba() is not None


@cache
def fast(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel as it runs here."""
    numba = _numba()
    if numba is None:
        return kernel
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        kept = os.access(folder, os.W_OK)
    except OSError:
        kept = False
    compiled: Callable[..., Any] = numba.njit(cache=kept, nogil=True)(kernel)
    return compiled


def floats(size: int) -> Any:
    """A buffer of floats for a kernel."""
    return _numpy().zeros(size) if is_compiled() else [0.0] * size


def whole(numbers: Any) -> Any:
    """A buffer of integers for a kernel."""
    return _numpy().array(list(numbers), dtype="int64") if is_compiled() else [int(n) for n in numbers]


def _numpy() -> Any:
    import numpy

    return numpy
