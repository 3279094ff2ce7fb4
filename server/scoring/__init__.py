"""Metrics, schemes, score cards, composites, month reports, cycles, and how good all of these are."""
