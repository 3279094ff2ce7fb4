"""Handing one message to the other side. Each raises NotTaken with what the other side said, in words without addresses.

Nothing here follows a redirect, uses a proxy or waits longer than WAIT_S for a word; every connection is made under
`targets.guarded`. The message's id goes with it (Message-ID, Idempotency-Key, Topic), so that one who gets it twice can tell.
"""

from __future__ import annotations

import http.client
import logging
import smtplib
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import urlsplit

from server.inbox.addresses import Mailbox, robot_of
from server.inbox.targets import TargetRefused

WAIT_S = 10.0
_SAID = 300


class NotTaken(Exception):
    """The other side has not taken it. `for_good`: asking again does not help. `gone`: there is no such receiver any more.
    `everybody`: it is not about this message; the next one would fare the same."""

    def __init__(self, said: str, *, for_good: bool = False, gone: bool = False, everybody: bool = False) -> None:
        super().__init__(said[:_SAID])
        self.said, self.for_good, self.gone, self.everybody = said[:_SAID], for_good, gone, everybody


class MailLine:
    """A connection to a mail server for several mails, opened with the first of them."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._line: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> None:
        """Hand over one mail."""
        try:
            if self._line is None:
                self._line = self._opened()
            self._line.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise NotTaken(f"{code} {_text(said)}", for_good=500 <= code < 600) from None
        except smtplib.SMTPResponseException as refused:
            self.close()
            raise NotTaken(f"{refused.smtp_code} {_text(refused.smtp_error)}", everybody=refused.smtp_code == 421) from None
        except (OSError, smtplib.SMTPException) as broken:
            self.close()
            raise NotTaken(_of_connection(broken), everybody=True) from None

    def _opened(self) -> smtplib.SMTP:
        box = self._box
        if box.tls == "start":
            line: smtplib.SMTP = smtplib.SMTP_SSL(box.host, box.port, timeout=WAIT_S, context=ssl.create_default_context())
        else:
            line = smtplib.SMTP(box.host, box.port, timeout=WAIT_S)
        try:
            if box.tls == "starttls":
                line.starttls(context=ssl.create_default_context())
            if box.user:
                line.login(box.user, box.password)
        except (OSError, smtplib.SMTPException):
            line.close()
            raise
        return line

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()
            self._line = None


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """One POST. Taken is what is answered with 2xx."""
    where = urlsplit(url)
    host, port = where.hostname or "", where.port
    try:
        line: http.client.HTTPConnection
        if where.scheme == "https":
            line = http.client.HTTPSConnection(host, port, timeout=WAIT_S, context=ssl.create_default_context())
        else:
            line = http.client.HTTPConnection(host, port, timeout=WAIT_S)
        try:
            path = (where.path or "/") + (f"?{where.query}" if where.query else "")
            line.request("POST", path, body, dict(headers))
            answer = line.getresponse()
            said = answer.read(_SAID)
        finally:
            line.close()
    except (OSError, http.client.HTTPException) as broken:
        raise NotTaken(_of_connection(broken), everybody=True) from None
    if not 200 <= answer.status < 300:
        raise NotTaken(f"HTTP {answer.status} {_text(said)}".strip(), gone=answer.status in (404, 410))


def say_in_group(url: str, text: str) -> None:
    """One line in a group, said by its robot (Apprise)."""
    robot = robot_of(url)
    if robot is None:
        raise NotTaken("the address is not understood any more", for_good=True)
    with _listening() as heard:
        try:
            taken = robot.send(body=text, title="")
        except OSError as broken:
            raise NotTaken(_of_connection(broken), everybody=True) from None
    if not taken:
        raise NotTaken("; ".join(heard) or "not taken", everybody=True)


class _Ear(logging.Handler):
    """What Apprise says about its failure, of this thread only."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.heard.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    ear, apprise = _Ear(), logging.getLogger("apprise")
    apprise.addHandler(ear)
    try:
        yield ear.heard
    finally:
        apprise.removeHandler(ear)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said


def _of_connection(broken: Exception) -> str:
    if isinstance(broken, TargetRefused):
        return "the address is in a private range"
    if isinstance(broken, TimeoutError):
        return f"no answer within {WAIT_S:.0f} s"
    return f"{type(broken).__name__}: {getattr(broken, 'strerror', None) or broken}"
