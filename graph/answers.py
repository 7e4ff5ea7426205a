"""What a question gets back: nodes as the caller knows them, with what is certain about each."""

from dataclasses import dataclass

from graph.model import Node
from graph.pagerank import Ranked
from graph.register import Register


@dataclass(frozen=True, slots=True)
class Found:
    """A node with its mass: the estimate that it is ranked by, and what it surely lies between."""

    node: Node
    mass: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The best nodes, best first; see `graph.pagerank.Ranked` for what is certain about them."""

    found: tuple[Found, ...]
    is_proven: bool
    is_close: bool
    eps: float
    arcs: int
    touched: int


def answered(ranked: Ranked, *, register: Register) -> Answer:
    """Return a ranking with nodes in place of numbers."""
    columns = (ranked.nodes, ranked.mass, ranked.lower, ranked.upper)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return Answer(
        tuple(Found(register.node(number), *ends) for number, *ends in rows),
        ranked.is_proven,
        ranked.is_close,
        ranked.eps,
        ranked.arcs,
        ranked.touched,
    )
