"""A course written as a folder of Markdown: `formats.markdown` reads it back to the same course."""

from __future__ import annotations

from collections.abc import Mapping

from contract.courses import Card, CourseBody
from contract.messages import LANGUAGES
from server.learning.formats.front import front_of
from server.learning.formats.gift_out import write_gift
from server.learning.formats.markdown import SPECIAL
from server.learning.formats.text import picture_kind
from server.learning.formats.told import Taken
from server.learning.formats.zips import zip_of


def write_markdown(body: CourseBody, code: str, pictures: Mapping[str, bytes]) -> tuple[bytes, Taken]:
    """(a zip, what it could not hold: whom the course is for, and pictures whose bytes are not given)."""
    told = Taken()
    names = {sha: f"{sha[:16]}.{picture_kind(raw) or 'png'}" for sha, raw in pictures.items()}
    if body.audience.stores or body.audience.posts:
        told.find("not_held", code, None, what="audience")
    cards = "\n---\n".join(_card(card, names, told) for card in body.cards)
    files = {"course.md": (front_of(body, code) + cards + "\n").encode()}
    if body.quiz is not None:
        files["quiz.gift"], found = write_gift(body.quiz.questions, names)
        told.findings += found.findings
    files |= {f"media/{names[sha]}": raw for sha, raw in pictures.items()}
    return zip_of(files), told


def _card(card: Card, names: Mapping[str, str], told: Taken) -> str:
    lines = [f"<!-- card {card.key} {card.kind} -->"]
    for language in LANGUAGES:
        title, text = getattr(card, f"title_{language}"), getattr(card, language)
        items = [f"- [ ] {getattr(item, language)} {{#{item.key}}}" for item in card.items if getattr(item, language)]
        if title or text or items:
            lines += [f"[{language}]", *([f"# {title}"] if title else []), *_kept(text), *items]
    if card.picture is not None:
        if card.picture in names:
            lines.append(f"![]({names[card.picture]})")
        else:
            told.find("not_held", card.key, None, what="picture")
    if card.video is not None:
        lines.append(f"video: {card.video}")
    if card.question is not None:
        coded, found = write_gift([card.question], names)
        told.findings += found.findings
        lines += ["```gift", coded.decode().rstrip("\n"), "```"]
    return "\n".join(lines)


def _kept(text: str) -> list[str]:
    """Lines of a text; one that only looks like a mark of ours gets a backslash."""
    return [f"\\{line}" if SPECIAL.match(line) or line.rstrip() == "---" else line for line in text.split("\n")] if text else []
