"""Answers to what this phone said without a name: asked for without saying who asks.

A request carries one secret and nothing else: no device, no signature, no person. One at a time, because two secrets side by side
would tell that one person said both; at a moment that is drawn, because a request that comes with every exchange of a device
would tell whose it is. HQ reads a voice from the next day on, so nothing is missed by asking a few times a day.
"""

from __future__ import annotations

import hashlib
import random
from typing import Final

import msgspec

from contract.voice import AnswersAsk, AnswersFound
from contract.wire import Malformed, decode, encode
from mobile.core.acts import Acts
from mobile.core.exchange import Outgoing
from mobile.core.papers import SaidVoice
from mobile.core.ports import Answer, NoSignal
from mobile.core.replica import open_to_more

ANSWERS_PATH: Final = "/api/v1/voices/answers/found"
EVERY_MS: Final = 8 * 3_600_000
LOOK_MS: Final = 600_000  # how often this is looked at
DRAWN_MS: Final = 3_000, 60_000  # how long after the look a request goes out
AGAIN_MS: Final = 1_800_000  # after silence, or an answer that is none
OLDEST_MS: Final = 400 * 24 * 3_600_000  # nobody answers after that
TIMEOUT_S: Final = 20.0


class VoiceAnswers:
    """Beside syncing, never part of it: what comes of a request changes nothing of when the next exchange is due."""

    def __init__(self, acts: Acts, rng: random.Random | None = None) -> None:
        self._acts, self._rng = acts, rng or random.SystemRandom()
        self._boot, self._look_at = "", 0
        self._next: SaidVoice | None = None
        self._on_its_way: tuple[Outgoing, SaidVoice] | None = None

    def next_in_s(self) -> float:
        """When something may be due; 0 is now."""
        clocks = self._acts.ports.clock.read()
        if self._on_its_way is not None:
            return LOOK_MS / 1000
        if clocks.boot_id != self._boot or self._look_at - clocks.boot_ms > AGAIN_MS:
            self._boot, self._look_at, self._next = clocks.boot_id, clocks.boot_ms, None
        if clocks.boot_ms >= self._look_at and self._next is None:
            self._next = self._due()
            wait = LOOK_MS if self._next is None else self._rng.randint(*DRAWN_MS)
            self._look_at = clocks.boot_ms + wait
        return max(0, self._look_at - clocks.boot_ms) / 1000

    def begin(self) -> Outgoing | None:
        """The request that is due; None while none is, or one is on its way."""
        if self._on_its_way is not None or self.next_in_s() > 0 or self._next is None:
            return None
        said, self._next = self._next, None
        body = encode(AnswersAsk(secrets=[said.secret]))
        clocks = self._acts.ports.clock.read()
        out = Outgoing("answers", "POST", ANSWERS_PATH, body, {"Content-Type": "application/json"}, TIMEOUT_S, clocks)
        self._on_its_way = out, said
        return out

    def finish(self, out: Outgoing, answer: Answer | NoSignal) -> None:
        """Take in what came back. A gateway's page, or no answer, is tried again later."""
        if self._on_its_way is None or self._on_its_way[0] is not out:
            return
        said, self._on_its_way = self._on_its_way[1], None
        clocks = self._acts.ports.clock.read()
        found = _read(answer)
        if found is None:
            self._boot, self._look_at = clocks.boot_id, clocks.boot_ms + AGAIN_MS
            return
        self._look_at = clocks.boot_ms
        told = found.answers.get(hashlib.sha256(said.secret.encode()).hexdigest(), [])
        papers, parts = self._acts.parts.drafts.papers, self._acts.parts
        with parts.db.write():
            papers.answered(said.voice_id, told or said.answers, self._acts.now_ms())
        if told and told != said.answers:
            self._acts.tell()

    def _due(self) -> SaidVoice | None:
        """One that HQ has and that was not asked about for long; which of them is drawn."""
        parts = self._acts.parts
        who = parts.identity.enrolled
        if who is None or who.person_id is None or parts.identity.standing != "ok":
            return None
        now_ms = self._acts.now_ms()
        with parts.db.read():
            voices = parts.drafts.papers.voices(f"private:{who.person_id}")
            due = [
                one for one in voices
                if now_ms - max(one.said_ms, one.asked_ms) >= EVERY_MS and now_ms - one.said_ms <= OLDEST_MS
                and ((entry := parts.journal.entry(one.op)) is None or entry.status in ("applied", "merged"))
            ]  # fmt: skip
        return self._rng.choice(due) if due else None


def _read(answer: Answer | NoSignal) -> AnswersFound | None:
    if isinstance(answer, NoSignal) or answer.status != 200:
        return None
    try:
        found = decode(answer.body, open_to_more(AnswersFound))
    except Malformed:
        return None
    return AnswersFound(**msgspec.structs.asdict(found))
