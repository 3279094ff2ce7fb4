"""Indicators, recommendations, effects, career paths."""
