"""What is logged of a failure leads to it, and holds nobody's secrets."""

from __future__ import annotations

import json

import pytest
import structlog

from server.kernel.logs import log_plainly


def test_a_logged_failure_shows_where_and_not_with_which_values(capsys: pytest.CaptureFixture[str]) -> None:
    def sign_in(password: str) -> None:
        raise RuntimeError(f"refused after {len(password)} characters")

    spoken = "-".join(["swordfish", "in", "the", "attic"])  # made here: the traceback quotes the lines it passes through
    before = structlog.get_config()
    log_plainly()
    try:
        try:
            sign_in(spoken)
        except RuntimeError as bug:
            structlog.get_logger().error("a request failed", exc_info=bug)
    finally:
        structlog.configure(**before)
    said = capsys.readouterr().err
    line = json.loads(said)
    assert line["event"] == "a request failed" and line["level"] == "error"
    assert "sign_in" in line["exception"]
    assert spoken not in said
