"""Addresses of channels: what they may be, how they are sealed, what may be seen of them.

    key    = HKDF-SHA-256(settings.secret, info "outpost channel keys 1")
    sealed = sealed.seal(key, id, field, value): server/kernel/sealed.py
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.inbox.targets import Network, TargetRefused, TargetUnknown, check_host
from server.kernel import sealed
from server.kernel.problems import Problem

# Robots of groups that Apprise knows and that always live at their service's own host; what Apprise knows besides (local
# programs, files, other people's servers) is not offered.
CHATS = ("dingtalk", "wecombot", "feishu", "lark", "slack", "workflows", "tgram", "discord")
_PORTS = {"smtp": 587, "smtps": 465, "https": 443, "http": 80}


class Mailbox(NamedTuple):
    """Where mail is handed in. `tls`: from the start, by STARTTLS, or none (only where the settings allow the address)."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: str


@functools.lru_cache(maxsize=8)
def _key(secret: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, b"outpost channel keys 1").derive(secret)


def seal(secret: bytes, row_id: str, field: str, value: str, *, op_id: str) -> str:
    """The value as it may be kept: noise without the server's secret, and of no use in another row."""
    return sealed.seal(_key(secret), row_id, field, value, op_id=op_id)


def unseal(secret: bytes, row_id: str, field: str, kept: str) -> str:
    """What was sealed. Raises sealed.Unreadable."""
    return sealed.unseal(_key(secret), row_id, field, kept)


def mailbox_of(url: str) -> Mailbox:
    """A mail channel's address, taken apart. Raises ValueError."""
    found = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(found.query, strict_parsing=bool(found.query)).items()}
    host, sender = found.hostname or "", asked.get("from", "")
    tls = "start" if found.scheme == "smtps" else asked.get("tls", "starttls")
    if found.scheme not in ("smtp", "smtps") or not host or "@" not in sender or tls not in ("start", "starttls", "none"):
        raise ValueError("not a mail server's address")
    port = found.port or _PORTS[found.scheme]
    return Mailbox(host, port, unquote(found.username or ""), unquote(found.password or ""), sender, tls)


def seen_of(kind: str, url: str) -> str:
    """What may be seen of an address that is right. Raises the refusal of one that is not."""
    host, port = host_of(kind, url)
    found = urlsplit(url)
    if kind == "chat":
        return f"{found.scheme}://…"
    if kind == "email":
        return f"{host}:{port}, {mailbox_of(url).sender}"
    return f"{found.scheme}://{host}:{port}/…"


def host_of(kind: str, url: str) -> tuple[str, int]:
    """Where an address leads: host and port; no host for a group's robot, which lives at its service's. Raises the refusal."""
    try:
        found = urlsplit(url)
        if kind == "email":
            box = mailbox_of(url)
            return box.host, box.port
        if kind == "webhook":
            if found.scheme not in ("https", "http") or not found.hostname or found.username or found.fragment:
                raise ValueError("not a webhook's address")
            return found.hostname, found.port or _PORTS[found.scheme]
    except ValueError:
        raise Problem("channels.url_wrong", field="url") from None
    if found.scheme not in CHATS:
        raise Problem("channels.chat_unknown", field="url", known=", ".join(CHATS))
    if robot_of(url) is None:
        raise Problem("channels.url_wrong", field="url")
    return "", 0


def check_target(kind: str, url: str, allowed: tuple[Network, ...]) -> None:
    """Refuse an address that leads where the server may not go. Asks the resolver: not for transactions."""
    host, port = host_of(kind, url)
    if not host:
        return
    try:
        check_host(host, port, allowed)
    except TargetRefused:
        raise Problem("channels.target_private", field="url", host=host) from None
    except TargetUnknown:
        raise Problem("channels.target_unknown", field="url", host=host) from None


def robot_of(url: str) -> Any:
    """The robot of a group as Apprise knows it; None when the address is none of its. No redirect is followed."""
    # half a second of imports that only a server with such a channel needs
    from apprise import Apprise, AppriseAsset

    asset = AppriseAsset(app_id="Outpost", app_desc="Outpost", app_url="", http_redirects=False, secure_logging=True)
    return Apprise.instantiate(url, asset=asset)

