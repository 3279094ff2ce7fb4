"""The sync page, on the phone and as the tablet's device page."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty

from mobile.core.views import NeedsYou, SyncState
from mobile.ui.say import Say
from mobile.ui.screens import marks
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.surfaces import Card
from mobile.viewmodels.sync_page import SyncPageState, is_correctable, must_be_set_up_again, waiting_said

SOON_S = 2.0


class NeedsYouCard(Card):
    """An operation HQ did not take: what, why, what to do."""

    vm = ObjectProperty(None, allownone=True)
    op_id = StringProperty("")
    what = StringProperty("")
    why = StringProperty("")
    next_step = StringProperty("")
    seen_words = StringProperty("")
    about = StringProperty("")
    correct_words = StringProperty("")


Factory.register("NeedsYouCard", cls=NeedsYouCard)


class SyncPage(FacePage):
    """What waits is a state, not an alarm: nothing here is red unless a person must act."""

    has_back = BooleanProperty(False)

    def headline(self, say: Say, state: SyncPageState) -> str:
        return say.said(waiting_said(state.sync))

    def detail(self, say: Say, sync: SyncState | None) -> str:
        if sync is None:
            return ""
        if sync.last_synced_local is None:
            return say("sync_page.never_yet")
        return say("sync_page.last", at=sync.last_synced_local)

    def retry(self, say: Say, sync: SyncState | None) -> str:
        if sync is None or sync.retry_in_s is None or sync.retry_in_s < SOON_S or not sync.waiting:
            return ""
        return say("sync_page.retry_in", seconds=round(sync.retry_in_s))

    def must_be_set_up(self, sync: SyncState | None) -> bool:
        return must_be_set_up_again(sync)

    def why_set_up(self, say: Say, sync: SyncState | None) -> str:
        return say(f"sync_page.set_up_{sync.standing}") if sync is not None and must_be_set_up_again(sync) else ""

    def icon(self, sync: SyncState | None) -> str:
        return marks.badge_icon(sync)

    def tone(self, sync: SyncState | None) -> str:
        return marks.badge_tone(sync)

    def needs(self, say: Say, sync: SyncState | None) -> list[dict[str, Any]]:
        return [self._need(say, need) for need in sync.needs_you] if sync else []

    def counts(self, say: Say, sync: SyncState | None, which: str) -> str:
        """Out of how many: numbers of this device's own journal."""
        if sync is None:
            return ""
        reached = {"kept": sync.journal_head, "with_hq": sync.with_hq, "backed_up": sync.backed_up}[which]
        return say("sync_page.of", count=reached, total=sync.journal_head)

    def facts(self, say: Say, state: SyncPageState) -> list[dict[str, Any]]:
        sync, enrolment = state.sync, state.enrolment
        if sync is None:
            return []
        free = say("sync_page.megabytes", count=sync.free_mb)
        rows = [
            ("clock", say(f"sync_page.clock_{sync.clock_grade}")),
            ("free", free),
            ("database", say("sync_page.megabytes", count=f"{sync.database_mb:.1f}")),
            ("rows", say("sync_page.rows_in", rows=sync.rows, scopes=sync.scopes)),
            ("server", enrolment.server_url if enrolment else ""),
            ("company", enrolment.company if enrolment else ""),
            ("version", sync.app_version),
            ("device", sync.device_id[-12:]),
        ]
        return [{"words": say(f"sync_page.fact_{name}"), "value": value} for name, value in rows if value]

    def _need(self, say: Say, need: NeedsYou) -> dict[str, Any]:
        kind = need.type.split("/")[0].replace(".", "_")
        key = f"sync_page.op_{kind}"
        return {
            "vm": self.vm,
            "op_id": need.op_id,
            "what": say(key if say.knows(key) else "sync_page.op_other", seq=need.seq),
            "why": say.said(need.said),
            "next_step": say.next_step(need.said) or say(f"sync_page.next_{need.status}"),
            "seen_words": say("sync_page.seen"),
            "about": need.about or "",
            "correct_words": say("requests.correct") if is_correctable(need) else "",
        }
