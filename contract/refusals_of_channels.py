"""The refusals of channels beyond the inbox: code, HTTP status, whether asking later may help."""

from __future__ import annotations

OF_CHANNELS: dict[str, tuple[int, bool]] = {
    "channels.unknown": (404, False),
    "channels.retired": (409, False),
    "channels.url_needed": (422, False),
    "channels.url_wrong": (422, False),
    "channels.chat_unknown": (422, False),
    "channels.target_private": (422, False),
    "channels.target_unknown": (422, True),
    "channels.kind_fixed": (409, False),
    "channels.one_mail": (409, False),
    "channels.email_needed": (422, False),
    "channels.not_dead": (409, False),
    "channels.quiet_half": (422, False),
    "channels.no_person": (409, False),
    "channels.key_wrong": (422, False),
    "channels.too_many": (409, False),
}
