"""Mending a roster: what is asked of a run, and what it answered, as the API tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contract import wire
from contract.proposals import PersonChoice, ProposalAlternative, ProposalChange
from contract.rostering.problem import Candidate, Change, Gap, Replan, RosterAnswer, RosterProblem
from server.kernel.db import ScopedSession
from server.rosters.proposal_model import Proposal
from server.stores.model import Store


def replan_of(session: ScopedSession, proposal: Proposal) -> Replan | None:
    """What a proposal that mends asks of its run; None where it makes a roster."""
    asked = proposal.asked
    if proposal.kind != "replan" or asked is None:
        return None
    store = session.get_one(Store, proposal.store_id)
    freeze = asked.get("freeze_until_ms")
    until = None
    if freeze is not None:
        until = datetime.fromtimestamp(freeze // 1000, UTC).astimezone(ZoneInfo(store.zone)).strftime("%Y-%m-%dT%H:%M")
    return Replan(
        event=asked["event"], employee=asked.get("person_id"), from_day=asked["from_day"], to_day=asked["to_day"],
        freeze_until=until, allow=asked["allow"], alternatives=asked["alternatives"],
    )  # fmt: skip


def alternatives_of(problem: RosterProblem, answer: RosterAnswer) -> dict[str, Any]:
    """The alternatives and the people who could help, as a result keeps them. Nothing where nothing was to be mended."""
    if problem.replan is None:
        return {}
    given = {one.id: one for one in problem.assignments}
    found = []
    for alternative in answer.diff:
        merged: dict[str, list[Change]] = {}
        for change in alternative.changes:
            shift_id = change.now or change.was
            if shift_id is not None:
                merged.setdefault(shift_id, []).append(change)
        changes = []
        for shift_id, some in sorted(merged.items()):
            shift = given[shift_id]
            day = shift.start[:10]
            starts = int(shift.start[11:13]) * 60 + int(shift.start[14:16])
            ends = int(shift.end[11:13]) * 60 + int(shift.end[14:16]) + (1_440 if shift.end[:10] > day else 0)
            changes.append(
                ProposalChange(
                    shift_id=shift_id, store_id=shift.store, day=day, starts_min=starts, ends_min=ends,
                    was_person_id=next((one.employee for one in some if one.was == shift_id), None),
                    person_id=next((one.employee for one in some if one.now == shift_id), None),
                    notice_h=min(one.notice_h for one in some),
                )
            )  # fmt: skip
        changes.sort(key=lambda one: (one.day, one.starts_min, one.shift_id))
        open_min = sum(one.ends_min - one.starts_min for one in changes if one.person_id is None)
        found.append(
            ProposalAlternative(
                alternative=alternative.alternative, changes=changes, people=alternative.people, points=alternative.points,
                short_min=open_min, beyond=alternative.beyond,
            )
        )  # fmt: skip
    candidates = [_choice(one, gap) for gap in answer.gaps if gap.why is not None for one in gap.why.candidates]
    return {
        "alternatives": wire.plain(found),
        "within": wire.plain([one for one in candidates if one.rule is None]),
        "beyond": wire.plain([one for one in candidates if one.rule is not None]),
    }


def _choice(candidate: Candidate, gap: Gap) -> PersonChoice:
    return PersonChoice(
        person_id=candidate.employee, name="", rule=candidate.rule, value=candidate.value,
        need=candidate.need, points=candidate.points, from_time=gap.from_time, to_time=gap.to_time,
    )  # fmt: skip
