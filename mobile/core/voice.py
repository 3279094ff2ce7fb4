"""Something that HQ should hear, by name or without one, said with no signal.

Without a name this device alone knows whose it was: the words, and the secret that opens the answers, are sealed here and on no
server. Whoever changes phones keeps no way to them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from contract.ids import new_id
from contract.voice import SayVoice, VoiceAbout, VoiceRow
from mobile.core.acts import Acts
from mobile.core.feedback_rows import Writer
from mobile.core.papers import ROOM, Papers, SaidVoice, VoicePaper
from mobile.core.parts import Parts
from mobile.core.requests import at
from mobile.core.views import Refused
from mobile.core.views_feedback import VoiceCard, VoiceDraft, VoiceHome

VOICE: Final = "voice"
TEXT_MOST: Final = 2_000


class Voices:
    def __init__(self, acts: Acts, who: Callable[[], Writer]) -> None:
        self._acts, self._who = acts, who

    @property
    def _parts(self) -> Parts:
        return self._acts.parts

    @property
    def _papers(self) -> Papers:
        return self._parts.drafts.papers

    def home(self) -> VoiceHome:
        """What is being written, and one's own voices with their answers, the newest first."""
        who, parts = self._who(), self._parts
        with parts.db.read():
            draft = self._papers.get("voice", who.owner, VoicePaper)
            rows = {row.id: row for row in parts.replica.all(VOICE, VoiceRow, scope=who.reader.scope)}
            laid = [one for one in parts.overlay.all(VOICE, VoiceRow) if one.pk not in rows]
            silent = self._papers.voices(who.owner)
            cards = [self._card(row, who) for row in rows.values()]
            for one in laid:
                way = parts.overlay.on_its_way(one.entry, "tell")
                cards.append(replace(self._card(one.row, who), on_its_way=way))
            cards += [self._silent(one, who) for one in silent]
        return VoiceHome(
            VoiceDraft() if draft is None else VoiceDraft(draft.about, draft.text, draft.anonymous),
            tuple(sorted(cards, key=lambda card: (-card.said.ms, card.voice_id))),
        )

    def write(self, about: VoiceAbout, text: str, *, anonymous: bool) -> None:
        """Keep it as far as it is written. On the disk when this returns."""
        self._acts.may_act()
        who = self._who()
        self._parts.db.need_space(ROOM)
        with self._parts.db.write():
            self._papers.put("voice", who.owner, VoicePaper(about=about, text=text[:TEXT_MOST], anonymous=anonymous))

    def say(self, about: VoiceAbout, text: str, *, anonymous: bool) -> str:
        """On the disk when this returns; answers the voice's id. The secret is made here and stays here."""
        self._acts.may_act()
        who = self._who()
        if not text.strip():
            raise Refused("client.words_needed")
        secret, me = secrets.token_hex(32), who.reader.person_id
        act = SayVoice(
            voice_id=new_id(), about=about, text=text.strip()[:TEXT_MOST], anonymous=anonymous,
            answer_key=hashlib.sha256(secret.encode()).hexdigest(),
        )  # fmt: skip

        def also(op: str, _: int) -> None:
            if anonymous:
                self._papers.keep_voice(who.owner, SaidVoice(
                    voice_id=act.voice_id, op=op, about=about, text=act.text, said_ms=who.reader.now_ms, secret=secret
                ))  # fmt: skip
            else:
                row = VoiceRow(id=act.voice_id, about=about, text=act.text, said_ms=who.reader.now_ms)
                self._parts.overlay.keep(op, VOICE, act.voice_id, who.owner, row)
            self._papers.drop("voice", who.owner)

        self._acts.keep(act, me, ent=act.voice_id, also=also)
        self._acts.ports.signals.kept()
        return act.voice_id

    def _card(self, row: VoiceRow, who: Writer) -> VoiceCard:
        return VoiceCard(row.id, row.about, row.text, at(row.said_ms, who.reader.when), False, tuple(row.answers))

    def _silent(self, said: SaidVoice, who: Writer) -> VoiceCard:
        entry = self._parts.journal.entry(said.op)
        done = entry is None or entry.status in ("applied", "merged")
        way = None if entry is None or done else self._parts.overlay.on_its_way(entry, "tell")
        return VoiceCard(said.voice_id, said.about, said.text, at(said.said_ms, who.reader.when), True, tuple(said.answers), way)
