"""Courses, what people do with them, and what comes of it."""
