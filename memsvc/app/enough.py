"""Enough: how many hits are relevant, where the question leaves that to the service.

A budget that is filled for its own sake fills with what nearly answers, and that harms readers
(Long-Context LLMs Meet RAG, arXiv:2410.05983). Where relevance ends differs by question: one
answer stands out, ten that make up a list do not. So it is read off the scores of the question
itself: hits count as long as they stand out from the last ones, which are as good as any.
"""

import time
from collections.abc import Sequence

from memsvc.domain.recall import MOST_HITS, Hit, StageTrace

STANDS_OUT = 0.25
"""How far a hit must stand above the last of the `MOST_HITS`, as a share of how far the best does.
The largest of a tenth to four tenths that keeps as much evidence as ten hits do on each set of the
half of the questions that it was fitted on, and still is (docs/decisions/0072)."""


def relevant(hits: Sequence[Hit]) -> tuple[list[Hit], StageTrace]:
    """Return the hits, best first, as far as they are relevant, and what was left out.

    Nothing stands behind fewer than `MOST_HITS` hits, so these are held against a score of 0.
    """
    began = time.perf_counter()
    floor = hits[-1].score if len(hits) >= MOST_HITS else 0.0
    least = floor + STANDS_OUT * (hits[0].score - floor) if hits else 0.0
    kept = [hit for hit in hits if hit.score >= least]
    took_ms = (time.perf_counter() - began) * 1000
    facts = {"least": least, "left_out": len(hits) - len(kept)}
    return kept, StageTrace(f"relevant({STANDS_OUT})", len(kept), took_ms, facts)
