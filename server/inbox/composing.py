"""What a message says. Only what any eye may see stands in a subject, in a group, on a locked screen; a mail's body is for its
receiver alone, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from markupsafe import escape

from contract import wire
from contract.inbox import facts_in, sentence_key
from contract.messages import Language, say
from contract.triggers import BY_KEY

TESTED = "channels.test_said"


@dataclass(frozen=True)
class Letter:
    """A message that is ours to send until `until`. `trigger` empty: a test. `whole`: the sentence too, where a channel asks."""

    id: str
    via: str
    channel_id: str | None
    subscription_id: str | None
    person_id: str | None
    address: str
    item_id: str | None
    trigger: str
    kind: str
    facts: dict[str, Any]
    language: Language
    tries: int
    born_at: datetime
    until: datetime


def lock_sentence(letter: Letter) -> str:
    """What anybody may see."""
    trigger = BY_KEY.get(letter.trigger)
    return say(letter.language, trigger.lock_key if trigger is not None else TESTED)


def whole_sentence(letter: Letter) -> str:
    """What the receiver reads in their inbox."""
    if letter.trigger not in BY_KEY:
        return lock_sentence(letter)
    return say(letter.language, sentence_key(letter.trigger, letter.kind), **facts_in(letter.facts, letter.language))


def link_of(letter: Letter, public_url: str) -> str:
    """Where the item is read; empty where nobody said how people reach this server."""
    if not public_url:
        return ""
    return f"{public_url}/console/inbox" + (f"?item={letter.item_id}" if letter.item_id else "")


def mail_of(letter: Letter, sender: str, company: str, public_url: str, now: datetime) -> EmailMessage:
    """The mail, as text and as HTML. Its Message-ID is the same however often it is sent."""
    mail = EmailMessage()
    link, said = link_of(letter, public_url), whole_sentence(letter)
    mail["From"], mail["To"] = sender, letter.address
    mail["Subject"] = f"{company}: {lock_sentence(letter)}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].strip('<> ')}>"
    mail["Auto-Submitted"] = "auto-generated"
    language = "zh-CN" if letter.language == "zh" else "en"
    opened, why = say(letter.language, "channels.mail_open"), say(letter.language, "channels.mail_why", company=company)
    mail.set_content("\n\n".join(part for part in (said, f"{opened}: {link}" if link else "", why) if part) + "\n")
    button = f'<p><a href="{escape(link)}">{escape(opened)}</a></p>' if link else ""
    mail.add_alternative(
        f'<!doctype html><html lang="{language}"><body style="font-family:sans-serif;font-size:16px">'
        f'<p>{escape(said)}</p>{button}<p style="color:#667085;font-size:13px">{escape(why)}</p></body></html>\n',
        subtype="html",
    )
    mail["Content-Language"] = language  # now: setting what a mail says takes its content's headers away
    return mail


def hook_of(letter: Letter, *, whole: bool, public_url: str) -> bytes:
    """What a webhook is sent: one JSON object. Whose item it is, is said by the person's id alone."""
    said = {
        "id": letter.id, "item": letter.item_id, "trigger": letter.trigger, "kind": letter.kind, "receiver": letter.person_id,
        "language": letter.language, "title": lock_sentence(letter), "link": link_of(letter, public_url),
        "test": letter.trigger == "",
    }  # fmt: skip
    return wire.encode({**said, "text": whole_sentence(letter)} if whole else said)


def push_of(letter: Letter, company: str) -> bytes:
    """What a browser is sent: the sentence for locked screens and where to look. `tag`: a second copy takes the first's place."""
    where = "/console/inbox" + (f"?item={letter.item_id}" if letter.item_id else "")
    return wire.encode({"title": company, "body": lock_sentence(letter), "tag": letter.id, "open": where})
