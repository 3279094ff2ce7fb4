"""Figures: what the product costs and how fast it is, measured against a baseline in the same run. `make bench`."""
