"""The console in a real browser: journeys, accessibility, the fence editor."""
