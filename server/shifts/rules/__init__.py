"""Judgments about plans, without a database: whose word counts (said), which instants a wall clock means (clock), what a day
of a cycle holds (days), and what is wrong with what somebody wants to define (judge)."""
