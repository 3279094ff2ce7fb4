"""Which transport takes which message, with the channel's address unsealed for that moment only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import msgspec

from contract.moments import to_ms
from server.inbox import transports, webpush
from server.inbox.addresses import mailbox_of, unseal
from server.inbox.channels_model import Channel, PushSubscription
from server.inbox.composing import Letter, hook_of, lock_sentence, mail_of, push_of
from server.inbox.transports import MailLine, NotTaken
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import reading
from server.kernel.sealed import Unreadable

KEEP_FOR_S = 24 * 3600  # how long a push service keeps a message for a browser that is off


class Line(NamedTuple):
    """What several messages of one lane are sent over."""

    url: str
    language: Any
    whole: bool
    mail: MailLine | None
    sender: str


@contextmanager
def line_for(server: Outpost, letter: Letter) -> Iterator[Line | None]:
    """The channel of a lane, its address unsealed; None for browsers, which have one each, and for a channel that is no more."""
    line = _line(server, letter)
    try:
        yield line
    finally:
        if line is not None and line.mail is not None:
            line.mail.close()


def _line(server: Outpost, letter: Letter) -> Line | None:
    if letter.channel_id is None:
        return None
    with reading(server.db, Actor.system()) as session:
        channel = session.get(Channel, letter.channel_id)
        if channel is None or channel.retired_at is not None:
            return None
        try:
            url = unseal(server.settings.secret, channel.id, "url", channel.url)
        except Unreadable:
            return None
        box = mailbox_of(url) if channel.kind == "email" else None
        mail = MailLine(box) if box is not None else None
        return Line(url, channel.language, channel.whole, mail, box.sender if box is not None else "")


def hand_over(server: Outpost, letter: Letter, line: Line | None) -> None:
    """Send one message. Raises NotTaken."""
    settings = server.settings
    if letter.via == "push":
        _push(server, letter)
        return
    if line is None:
        raise NotTaken("the channel is not there any more, or its address cannot be read", for_good=True)
    if line.mail is not None:
        if letter.trigger == "":  # a test speaks the channel's language, having no reader
            letter = replace(letter, language=line.language)
        line.mail.send(mail_of(letter, line.sender, settings.company, settings.public_url, server.clock()))
        return
    letter = replace(letter, language=line.language)
    if letter.via == "chat":
        transports.say_in_group(line.url, f"{settings.company}: {lock_sentence(letter)}")
        return
    body = hook_of(letter, whole=line.whole, public_url=settings.public_url)
    transports.post(line.url, body, {"Content-Type": "application/json", "Idempotency-Key": letter.id, "User-Agent": "Outpost"})


def _push(server: Outpost, letter: Letter) -> None:
    with reading(server.db, Actor.system()) as session:
        browser = session.get(PushSubscription, letter.subscription_id)
        if browser is None:
            raise NotTaken("the browser does not want to be told any more", gone=True)
        try:
            kept = msgspec.json.decode(unseal(server.settings.secret, browser.id, "push", browser.sealed))
        except Unreadable:
            raise NotTaken("the browser's keys cannot be read", gone=True) from None
    secret, company = server.settings.secret, server.settings.company
    contact = server.settings.public_url or "mailto:outpost@localhost"
    body = webpush.sealed_for(kept["p256dh"], kept["auth"], push_of(letter, company))
    headers = {
        "Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm", "TTL": str(KEEP_FOR_S),
        "Urgency": "high" if letter.kind == "to_do" else "normal", "Topic": letter.id.replace("-", ""),
        "Authorization": webpush.authorization(secret, kept["endpoint"], contact, now_s=to_ms(server.clock()) // 1000),
    }  # fmt: skip
    transports.post(kept["endpoint"], body, headers)
