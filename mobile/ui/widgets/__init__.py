"""The widget kit: knows the theme and nothing of the trade. Words arrive as properties, already said."""
