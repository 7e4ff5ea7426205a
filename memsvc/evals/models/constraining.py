"""Whether answers that are held to a schema fit it, whatever the model wants to say.

A model of chance draws tokens for every shape that a prompt asks for, with room that does and room
that does not suffice for what it would like to write. Each answer that says it is whole is read by
the shape itself; the rest must say that it was cut off.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from random import Random
from time import perf_counter
from typing import Any

from pydantic import ValidationError

from memsvc.llm.made import made_local
from memsvc.ports.language import Ask, LanguageModel, Message, Reply
from memsvc.prompts.shaped import Shape
from memsvc.prompts.shapes import (
    CluesSaid,
    Entities,
    EvolutionSaid,
    JudgementSaid,
    KeptSaid,
    NoteSaid,
    ProfileLines,
    TitleSaid,
    Triples,
)

LONG_S = 3600.0
AT_ONCE = 32
ROOMS = (48, 96, 192, 768)
"""Tokens that answers may have: from what hardly holds an empty note to what the service allows."""

SHAPES: tuple[type[Shape], ...] = (
    Entities,
    Triples,
    ProfileLines,
    NoteSaid,
    EvolutionSaid,
    JudgementSaid,
    TitleSaid,
    CluesSaid,
    KeptSaid,
)


@dataclass(slots=True)
class Fits:
    """How many answers were drawn, and what became of them, by shape."""

    drawn: int = 0
    valid: int = 0
    cut_off: int = 0
    unanswered: int = 0
    tokens: int = 0
    seconds: float = 0.0
    by_shape: dict[str, int] = field(default_factory=dict)
    unfit: list[str] = field(default_factory=list)

    def count(self, shape: type[Shape], reply: object) -> None:
        """Take one answer in."""
        self.drawn += 1
        if not isinstance(reply, Reply):
            self.unanswered += 1
            self.unfit.append(f"{shape.__name__}: {reply}"[:300])
            return
        self.tokens += reply.spent.written or 0
        try:
            shape.model_validate_json(reply.text, strict=True)
        except ValidationError as error:
            if reply.is_whole:
                self.unfit.append(f"{shape.__name__}: {error} in {reply.text}"[:300])
            else:
                self.cut_off += 1
            return
        self.valid += 1
        self.by_shape[shape.__name__] = self.by_shape.get(shape.__name__, 0) + 1

    @property
    def line(self) -> str:
        """All of it in a sentence."""
        return (
            f"{self.drawn} answers of {len(SHAPES)} shapes: {self.valid} fit their schema "
            f"({self.valid / max(1, self.drawn):.1%}), {self.cut_off} were cut off and say so, "
            f"{self.unanswered} unanswered, {len(self.unfit)} unfit; "
            f"{self.tokens} tokens in {self.seconds:.0f} s."
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it."""
        return asdict(self)


def measure_fits(
    generations: int,
    *,
    form: str = "tiny",
    device: str | None = None,
    seed: int = 0,
    progress: Callable[[str], None],
) -> Fits:
    """Draw so many answers from a model of chance, the shapes and the rooms in turn."""
    model = made_local(form, device=device, seed=seed)
    return draw_fits(model, generations, seed=seed, progress=progress)


def draw_fits(
    model: LanguageModel, generations: int, *, seed: int, progress: Callable[[str], None]
) -> Fits:
    """Draw so many answers from a model and read each by its shape."""
    chance = Random(seed)  # noqa: S311 - to draw heats with
    fits = Fits()
    begun = perf_counter()
    turns = [(shape, room) for room in ROOMS for shape in SHAPES]
    for start in range(0, generations, AT_ONCE):
        some = [
            turns[place % len(turns)] for place in range(start, min(start + AT_ONCE, generations))
        ]
        asks = [
            Ask(
                (Message("system", "Answer."), Message("user", f"Number {start + place}.")),
                room,
                schema=shape.model_json_schema(),
                temperature=chance.choice((0.0, 0.7, 1.0, 2.0)),
            )
            for place, (shape, room) in enumerate(some)
        ]
        for (shape, _), reply in zip(some, model.replies(asks, within_s=LONG_S), strict=True):
            fits.count(shape, reply)
        progress(f"{fits.drawn} answers, {len(fits.unfit)} unfit")
    fits.seconds = perf_counter() - begun
    return fits
