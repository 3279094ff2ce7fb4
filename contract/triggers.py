"""Every reason for which something is put into an inbox, in one table. What is not in it cannot be put (`declared`).

One row and one block of sentences (`[inbox.<key>]` in contract/messages, both languages) make a trigger:

    to_do, notice   what its receiver reads there, with the facts of the item
    event           what must have happened, in the trade's words, for HQ's table of triggers
    receivers       who is told
    lock            what anybody may read who sees a locked screen, the subject of a mail or a group's chat: no facts at all

`number` is the one of the trade's list (N-01 and so on), empty for what a part of the product added. What goes out beside the
inbox is decided by group: HQ's channels (contract/channels.py) and each person's own wishes; `beside` is what counts until
somebody says otherwise. An `urgent` trigger goes out in somebody's quiet hours too; all others wait until those are over.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from contract.inbox import ItemKind

Group = Literal["approvals", "people", "attendance", "shifts", "learning", "feedback", "notices", "voice", "scores", "system"]
GROUPS: tuple[Group, ...] = get_args(Group)
Beside = Literal["push", "email"]
BESIDES: tuple[Beside, ...] = get_args(Beside)

_TO_DO: tuple[ItemKind, ...] = ("to_do",)
_NOTICE: tuple[ItemKind, ...] = ("notice",)
_BOTH: tuple[ItemKind, ...] = ("to_do", "notice")
_LOUD: tuple[Beside, ...] = ("push", "email")
_SOFT: tuple[Beside, ...] = ("push",)


class Trigger(NamedTuple):
    """One reason. `key` is what an item says as its trigger; `kinds` are those it may have."""

    key: str
    number: str
    group: Group
    kinds: tuple[ItemKind, ...]
    beside: tuple[Beside, ...] = _SOFT
    urgent: bool = False

    @property
    def event_key(self) -> str:
        """The message key of what must have happened."""
        return f"inbox.{self.key}.event"

    @property
    def receivers_key(self) -> str:
        """The message key of who is told."""
        return f"inbox.{self.key}.receivers"

    @property
    def lock_key(self) -> str:
        """The message key of the sentence for locked screens."""
        return f"inbox.{self.key}.lock"


TRIGGERS: tuple[Trigger, ...] = (
    # requests and their approval
    Trigger("N-01", "N-01", "approvals", _TO_DO, _LOUD),
    Trigger("N-02", "N-02", "approvals", _BOTH, _LOUD),
    Trigger("N-03", "N-03", "approvals", _NOTICE),
    Trigger("N-04", "N-04", "approvals", _BOTH, _LOUD),
    Trigger("approved", "", "approvals", _NOTICE),
    Trigger("name_decider", "", "approvals", _TO_DO, _LOUD),
    Trigger("delegated", "", "approvals", _NOTICE),
    Trigger("overtime_given_up", "", "approvals", _NOTICE),
    Trigger("overtime_withdrawn", "", "approvals", _NOTICE),
    # people, postings, leave
    Trigger("N-05", "N-05", "people", _NOTICE),
    Trigger("N-06", "N-06", "people", _BOTH),
    Trigger("N-07", "N-07", "people", _TO_DO, _LOUD),
    Trigger("N-08", "N-08", "people", _NOTICE),
    Trigger("big_export", "", "people", _NOTICE, _LOUD),
    # attendance, weeks, months
    Trigger("N-09", "N-09", "attendance", _NOTICE),
    Trigger("N-10", "N-10", "attendance", _TO_DO, _LOUD),
    Trigger("appeal", "", "attendance", _TO_DO, _LOUD),
    Trigger("appeal_answered", "", "attendance", _NOTICE),
    Trigger("week_confirm", "", "attendance", _TO_DO),
    Trigger("weeks_confirm", "", "attendance", _NOTICE),
    Trigger("week_changed", "", "attendance", _NOTICE),
    Trigger("week_disputed", "", "attendance", _BOTH, _LOUD),
    Trigger("week_settled", "", "attendance", _NOTICE),
    Trigger("late_leave", "", "attendance", _NOTICE, _LOUD),
    Trigger("reopen_asked", "", "attendance", _TO_DO, _LOUD),
    Trigger("reopened", "", "attendance", _NOTICE),
    # shifts
    Trigger("N-11", "N-11", "shifts", _NOTICE),
    Trigger("N-12", "N-12", "shifts", _BOTH, _LOUD),
    Trigger("loan_refused", "N-12", "shifts", _NOTICE),
    Trigger("loan_declined", "N-12", "shifts", _NOTICE),
    Trigger("loan_cancelled", "N-12", "shifts", _NOTICE),
    Trigger("loan_expired", "N-12", "shifts", _NOTICE),
    Trigger("claim_asked", "", "shifts", _TO_DO),
    Trigger("claim_refused", "", "shifts", _NOTICE),
    Trigger("shift_offered", "", "shifts", _TO_DO),
    Trigger("shift_lost", "", "shifts", _NOTICE),
    Trigger("shift_filled", "", "shifts", _NOTICE),
    Trigger("swap_asked", "", "shifts", _TO_DO),
    Trigger("swap_decide", "", "shifts", _TO_DO),
    Trigger("swap_done", "", "shifts", _NOTICE),
    Trigger("swap_ended_declined", "", "shifts", _NOTICE),
    Trigger("swap_ended_refused", "", "shifts", _NOTICE),
    Trigger("swap_ended_withdrawn", "", "shifts", _NOTICE),
    Trigger("swap_ended_expired", "", "shifts", _NOTICE),
    Trigger("swap_ended_void", "", "shifts", _NOTICE),
    Trigger("absence_cover", "", "shifts", _TO_DO, _LOUD, urgent=True),
    # learning
    Trigger("N-13", "N-13", "learning", _BOTH),
    Trigger("N-13_due", "N-13", "learning", _NOTICE),
    Trigger("N-13_late", "N-13", "learning", _NOTICE),
    Trigger("N-13_team", "N-13", "learning", _NOTICE),
    Trigger("N-14", "N-14", "learning", _NOTICE),
    Trigger("N-15", "N-15", "learning", _NOTICE),
    # tickets, notices, voice
    Trigger("N-16", "N-16", "feedback", _BOTH, _LOUD),
    Trigger("N-17", "N-17", "feedback", _NOTICE),
    Trigger("N-17_passed", "N-17", "feedback", _BOTH, _LOUD),
    Trigger("N-17_late", "N-17", "feedback", _BOTH, _LOUD),
    Trigger("N-17_rate", "N-17", "feedback", _TO_DO),
    Trigger("N-18", "N-18", "notices", _BOTH),
    Trigger("N-18_remind", "N-18", "notices", _NOTICE),
    Trigger("voice_answer", "", "voice", _NOTICE),
    # scores
    Trigger("N-19", "N-19", "scores", _NOTICE),
    Trigger("N-20", "N-20", "scores", _NOTICE),
    Trigger("score_changed", "", "scores", _NOTICE),
    Trigger("score_appeal", "", "scores", _TO_DO, _LOUD),
    Trigger("score_appeal_done", "", "scores", _NOTICE),
    Trigger("N-21", "N-21", "scores", _NOTICE),
    Trigger("score_reports", "", "scores", _NOTICE),
    # performance cycles
    Trigger("score_review", "", "scores", _NOTICE),
    Trigger("N-22", "N-22", "scores", _NOTICE),
    Trigger("N-22_near", "N-22", "scores", _NOTICE),
    Trigger("N-22_late", "N-22", "scores", _NOTICE),
    Trigger("N-22_team", "N-22", "scores", _NOTICE),
    Trigger("N-22_talk", "N-22", "scores", _TO_DO),
    # the system itself
    Trigger("N-39", "N-39", "system", _NOTICE, _LOUD),
    Trigger("N-40", "N-40", "system", _TO_DO, _LOUD, urgent=True),
    Trigger("N-41", "N-41", "system", _NOTICE, _LOUD),
    Trigger("N-41_conflict", "N-41", "system", _TO_DO, _LOUD),
)

BY_KEY: dict[str, Trigger] = {trigger.key: trigger for trigger in TRIGGERS}


def declared(key: str, kind: str) -> Trigger:
    """The trigger of an item that is to be put. Raises LookupError: whoever puts it has not declared it here."""
    trigger = BY_KEY.get(key)
    if trigger is None or kind not in trigger.kinds:
        raise LookupError(f"no trigger {key!r} of kind {kind!r} is declared in contract/triggers.py")
    return trigger
