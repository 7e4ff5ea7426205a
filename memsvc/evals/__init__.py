"""Measurements of quality and speed, each with its baselines or peers in the same run.

Nothing but packages, and how each of them tells its progress. What measures:

- `quality`: whether the right memories come back, without a language model
- `answering`: how well a language model answers with what came back
- `everything`: quality over many data sets, in one report
- `speed`: how fast the service is and how much it bears
- `growth`: what becomes of that in a large space
- `models`: what language models cost, and whether they keep to shapes
- `bench`: speed and size beside their goals, in one report

and what it measures with:

- `datasets`: what is written and asked
- `spaces`: the service and the spaces that it is written to
- `peers`: what stands beside ours
- `scoring`: how good an answer is
- `reports`: how it is told and kept

Imports go from what measures to what it measures with; a contract in pyproject.toml holds them.
"""
