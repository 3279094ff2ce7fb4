"""Receivers in processes of their own, on loopback: a mail server, webhooks. What they took is read from their files."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.architecture.tree import ROOT


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(module: str, where: Path, port: int, fails: int) -> Iterator[None]:
    command = [sys.executable, "-m", module, str(where), str(port), str(fails)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        try:
            yield
        finally:
            process.kill()


@dataclass
class Mailbox:
    """What a mail server took."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        """The address of a channel that leads here."""
        return f"smtp://127.0.0.1:{self.port}/?from=outpost@company.example&tls=none"

    def mails(self) -> list[EmailMessage]:
        """Oldest first."""
        policy = email.policy.default
        read = [email.message_from_bytes(file.read_bytes(), policy=policy) for file in sorted(self.folder.glob("*.eml"))]
        return [mail for mail in read if isinstance(mail, EmailMessage)]


@dataclass
class Hook:
    """What a webhook took."""

    port: int
    file: Path

    @property
    def url(self) -> str:
        """The address of a channel that leads here; it ends with a secret."""
        return f"http://127.0.0.1:{self.port}/hook/kept-to-oneself"

    def taken(self) -> list[tuple[dict[str, str], bytes]]:
        """Headers and body of each, oldest first."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return [(said["headers"], base64.b64decode(said["body"])) for said in map(json.loads, lines)]

    def said(self) -> list[dict[str, Any]]:
        """The bodies read as JSON."""
        return [json.loads(body) for _, body in self.taken()]


@contextmanager
def mail_server(folder: Path, *, fails: int = 0) -> Iterator[Mailbox]:
    """A mail server; see mail_process for `fails`."""
    box = Mailbox(free_port(), folder / f"mail{fails}")
    box.folder.mkdir()
    with _running("tests.support.mail_process", box.folder, box.port, fails):
        yield box


@contextmanager
def webhook(folder: Path, *, fails: int = 0) -> Iterator[Hook]:
    """A receiver of webhooks; see hook_process for `fails`."""
    hook = Hook(free_port(), folder / f"hook{fails}.jsonl")
    with _running("tests.support.hook_process", hook.file, hook.port, fails):
        yield hook
