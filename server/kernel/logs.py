"""How the server logs: one line of JSON an event, to standard error, in UTC. A traceback never shows the values of variables:
one of them may be somebody's password.
"""

from __future__ import annotations

import sys

import structlog


class _Lines:
    """Writes to whatever standard error is now."""

    def msg(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    log = debug = info = warning = warn = error = critical = exception = fatal = msg


def log_plainly() -> None:
    """Configure the logging of this process. Calling it again changes nothing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: _Lines(),
    )
