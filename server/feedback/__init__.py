"""Tickets from stores, the desks that answer them, and their clocks."""
