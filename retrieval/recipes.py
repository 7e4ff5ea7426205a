"""Recipes by name: what a recall runs, with every weight in this one place.

The weights of `default` were found on development conversations (LoCoMo) and are round numbers on
a flat optimum: meaning and words count about alike, a turn read with its neighbours half as much
as the turn alone, the whole stream's words a little. docs/reports has what it reaches, beside the
recipes `dense` and `lexical` and plain baselines.
"""

from retrieval.arms import Dense, DenseBefore, Lexical, LexicalAround, LexicalStream
from retrieval.stage import Recipe
from retrieval.stages import Fuse, Gather, Lean, Session, Widen

CANDIDATES = 100
"""Turns that each arm may propose. Recall no longer rises on development data beyond this."""

DEFAULT = (
    Gather((Dense(), Lexical()), limit=CANDIDATES)
    >> Widen()
    >> Fuse(
        (
            (Dense(), 1.0),
            (DenseBefore(), 0.5),
            (Lexical(), 0.8),
            (LexicalAround(), 0.4),
            (LexicalStream(), 0.4),
        )
    )
    >> Lean(weight=0.3)
    >> Session(weight=0.4, best=3)
)

DENSE = Gather((Dense(),), limit=CANDIDATES) >> Fuse(((Dense(), 1.0),))
LEXICAL = Gather((Lexical(),), limit=CANDIDATES) >> Fuse(((Lexical(), 1.0),))

RECIPES: dict[str, Recipe] = {"default": DEFAULT, "dense": DENSE, "lexical": LEXICAL}
