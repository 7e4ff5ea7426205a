"""What the default recipe is to reach on development data, with no language model and MiniLM.

One configuration for all. A goal is only for orientation: what was fitted on this data has to hold
on conversations that nobody tuned on.
"""

from collections.abc import Mapping

from memsvc.evals.datasets.folders import BEAM, LOCOMO, MULTIHOP, POOLED, Held

GOALS: Mapping[str, Mapping[str, float]] = {
    LOCOMO: {"recall@5": 0.78, "recall@10": 0.87},
    POOLED: {"recall@5": 0.94, "recall@10": 0.98},
    BEAM: {"recall@10": 0.72},
}

HOPS: Mapping[str, Mapping[str, float]] = {
    "musique": {"recall@2": 0.58, "recall@5": 0.75, "recall@10": 0.85},
    "hotpotqa": {"recall@2": 0.86, "recall@5": 0.975},
}
"""By how the title of multi-hop data begins."""


def goals_of(held: Held) -> Mapping[str, float]:
    """Return the least that is aimed at for each metric; nothing for data without a goal."""
    if held.kind != MULTIHOP:
        return GOALS.get(held.kind, {})
    return next((goal for name, goal in HOPS.items() if held.title.startswith(name)), {})
