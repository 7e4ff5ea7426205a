"""Extraction without a model: what a text names, by rule, in time linear in its length."""
