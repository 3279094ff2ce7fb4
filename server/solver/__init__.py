"""Roster optimisation: engines over abstract columns, readers of public benchmarks. Knows `contract/` only, and is run in
worker processes."""
