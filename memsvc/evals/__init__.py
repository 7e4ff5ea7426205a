"""Measurements of quality, through the SDK, each with its baselines in the same run."""
