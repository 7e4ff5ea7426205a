"""Variants of the default that only an evaluation asks for: what each part is worth.

Rows are named by what they have more (`+`) or less (`-`) than the product's own. Events of a fixed
number of turns stand beside those that the rule cuts, because a gain that any cutting brings is
none of the rule's.
"""

from collections.abc import Mapping

import numpy as np

from memsvc.evals.peers.rows import FILLING
from memsvc.evals.quality.run import DEFAULT_RECIPE, Way
from memsvc.evals.reports.report import OURS
from memsvc.ports.indexes import Numbers, SpaceIndexes
from retrieval.recipes import ablations, episodic
from retrieval.stage import Recipe

FIXED_SIZE = 6
"""Turns of an event of fixed size: about as many as the rule puts into one on chats."""


def by_sixes(indexes: SpaceIndexes) -> Numbers:
    """Return for each place of the timeline the number of its event, six turns of a stream each."""
    streams = indexes.timeline.streams_at(np.arange(indexes.timeline.size)).astype(np.int64)
    order = np.argsort(streams, kind="stable")
    _, firsts, of_stream = np.unique(streams[order], return_index=True, return_inverse=True)
    within = np.empty(len(streams), dtype=np.int64)
    within[order] = (np.arange(len(streams)) - firsts[of_stream]) // FIXED_SIZE
    both = np.column_stack([streams, within])
    return np.unique(both, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def variants() -> Mapping[str, Recipe]:
    """Return the recipes that are asked for beside those of the product, by their names."""
    return {
        **{f"{DEFAULT_RECIPE}-{part}": recipe for part, recipe in ablations().items()},
        f"{DEFAULT_RECIPE}+events": episodic(),
        f"{DEFAULT_RECIPE}+events_of_six": episodic(by_sixes),
    }


def ways_without() -> Mapping[str, Way]:
    """Return the rows of an ablation: every variant, other contexts, and events as hits.

    Contexts of hits alone, and of as many hits as fit, as those of plain rankings are.
    """
    return {
        **{f"{OURS} {name.removeprefix(DEFAULT_RECIPE)}": Way(name) for name in variants()},
        f"{OURS} -contiguity": Way(contiguity=0.0, with_contexts=True),
        f"{OURS} filled": Way(hits_in_context=FILLING, with_contexts=True),
        f"{OURS} kind=event": Way(kind="event", with_contexts=True),
    }
