"""Turns into what can be found: terms, pieces, checks. Pure functions over ports."""
