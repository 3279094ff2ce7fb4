"""Loads the market's handlers, reactions and chores."""

from __future__ import annotations

from server.rosters.market import absences, claims, ending, feeds, guests, loans, swaps, wishes

assert absences and claims and ending and feeds and guests and loans and swaps and wishes  # importing them registers
