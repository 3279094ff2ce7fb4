"""What an enrolment QR or a typed code says: the code, and the server where it was issued if the text names it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

_QR_PREFIX = "OUTPOST1:"
_KEPT = re.compile(r"[^A-Z0-9-]")


class Invite(NamedTuple):
    """`server` is empty where the text does not name one: then the app asks the one it knows."""

    code: str
    server: str = ""


def read_invite(text: str) -> Invite:
    """Full-width letters, spaces and small letters are what keyboards make of a code; a QR is a link with both."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain[: len(_QR_PREFIX)].upper() == _QR_PREFIX:
        return Invite(_code(plain[len(_QR_PREFIX) :]))
    if "://" not in plain and not plain.lower().startswith("outpost:"):
        return Invite(_code(plain))
    parts = urlsplit(plain)
    asked = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
    code = (asked.get("code") or asked.get("c") or [parts.fragment or parts.path.rsplit("/", 1)[-1]])[0]
    named = (asked.get("server") or asked.get("s") or [""])[0]
    server = named or (f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else "")
    return Invite(_code(code), server.rstrip("/"))


def _code(text: str) -> str:
    return _KEPT.sub("", unicodedata.normalize("NFKC", text).upper())
