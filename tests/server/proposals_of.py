"""Proposals in tests: one that was asked for and cancelled, and what may be asked at each path."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contract.ids import new_id
from contract.proposals import AskProposal, CancelProposal
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A proposal for this store that nobody computes."""
    things["proposal_id"] = new_id()
    first = (company.today() + timedelta(days=8)).isoformat()
    asked, store_id = things["proposal_id"], things["store_id"]
    company.must(AskProposal(proposal_id=asked, store_ids=[store_id], from_day=first, days=2, seconds=1))
    company.must(CancelProposal(proposal_id=asked))


def bodies(mine: dict[str, str], today: date) -> dict[str, Any]:
    """By path, a body that asks for something of this store that its desk may do."""
    ahead = (today + timedelta(days=9)).isoformat()
    stretch = {"store_id": mine["store_id"], "from_time": f"{ahead}T09:00", "to_time": f"{ahead}T17:00"}
    return {
        "rosters/proposals": {"proposal_id": new_id(), "store_ids": [mine["store_id"]], "from_day": ahead, "days": 2,
                              "seconds": 1},
        "rosters/proposals/cancelled": {"proposal_id": mine["proposal_id"]},
        "rosters/proposals/taken": {"proposal_id": mine["proposal_id"]},
        "rosters/replans": {"proposal_id": new_id(), "store_id": mine["store_id"], "person_id": mine["person_id"],
                            "from_day": ahead, "to_day": ahead, "seconds": 1},
        "rosters/replans/taken": {"proposal_id": mine["proposal_id"], "alternative": 1},
        "rosters/solve/check": {"store_id": mine["store_id"], "from_day": ahead, "days": 2},
        "rosters/solve/explain": stretch, "rosters/solve/recommend": stretch,
    }  # fmt: skip
