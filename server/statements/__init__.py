"""Weekly statements that employee, store and HQ sign, their disputes, and the month that is closed."""
