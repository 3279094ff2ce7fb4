"""What employees say to HQ, by name or without one; themes, counts, answers."""
