"""Judgments of growth: whom a rule speaks of and in which words, what a course changed, where somebody stands on a path.

They know neither database nor clock; figures are exact decimals, and only the quantile of Student's t is reckoned in floats.
"""
