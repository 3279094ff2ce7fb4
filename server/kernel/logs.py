"""How the server logs: one line of JSON an event, to standard error, in UTC. A traceback never shows the values of variables:
one of them may be somebody's password.
"""

from __future__ import annotations

import sys

import structlog


def log_plainly() -> None:
    """Configure the logging of this process. Calling it again changes nothing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
