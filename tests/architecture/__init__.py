"""The house rules as functions over a tree. Each has a planted fault beside it that it must find."""
