"""What tests of use cases say often: write this, ask that, look into the file itself."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memsvc.app.remember import Batch, Written
from memsvc.domain.access import ALL_SPACES, Access, Role
from memsvc.domain.errors import ModelUnavailable
from memsvc.domain.ids import KeyId, SpaceName, StreamName
from memsvc.domain.improving import Improving
from memsvc.domain.memory import Fingerprint, NewTurn, SpaceSettings, Span, Turn
from memsvc.domain.recall import Filter, Question, Recalled
from memsvc.llm.fakes import HashingEmbedder
from memsvc.ports.models import Embedded, Matrix
from store.directory import DATABASE
from tests.postgres import past_the_service
from tests.worlds import World

ALICE = SpaceName("alice")
BOB = SpaceName("bob")
CHAT = StreamName("chat")
ANYTHING = Filter()


def said(content: str, **facts: Any) -> NewTurn:
    return NewTurn(**{"role": "user", "content": content, **facts})


def remember(
    world: World,
    *turns: NewTurn,
    idempotency_key: str | None = None,
    access: Access | None = None,
    space: SpaceName = ALICE,
    stream: str = CHAT,
    **facts: Any,
) -> Written:
    """Write a batch; `facts` are the rest of its fields."""
    batch = Batch(StreamName(stream), turns, **facts)
    return world.service.remember(
        access or world.admin, space, batch, idempotency_key=idempotency_key
    )


def ask(
    world: World,
    text: str,
    *,
    access: Access | None = None,
    space: SpaceName = ALICE,
    recipe: str = "default",
    min_position: int | None = None,
    **facts: Any,
) -> Recalled:
    """Recall; `facts` are the rest of the question's fields."""
    return world.service.recall(
        access or world.admin,
        space,
        Question(text, **facts),
        recipe=recipe,
        min_position=min_position,
    )


def texts(recalled: Recalled) -> list[str]:
    return [hit.turn.content for hit in recalled.hits]


def turns_of(world: World, space: SpaceName = ALICE, where: Filter = ANYTHING) -> tuple[Turn, ...]:
    return world.service.inspect.turns(world.admin, space, where, after=None, limit=500).items


def mentions_of(world: World, space: SpaceName = ALICE) -> dict[str, dict[str, bool]]:
    """Return what each turn names, by its text, and whether it is about that."""
    key = world.service.inspect.space(world.admin, space).space.key
    found = {}
    with world.service.shelf.open(key) as indexes:
        for turn in turns_of(world, space):
            numbers, about = indexes.mentions.named_by(turn.key)
            names = map(indexes.mentions.name_of, numbers.tolist())
            found[turn.content] = dict(zip(names, about.tolist(), strict=True))
    return {text: names for text, names in found.items() if names}


def set_to(world: World, settings: SpaceSettings) -> None:
    """Have Alice's space set so, whatever it is set to."""
    version = world.service.inspect.space(world.admin, ALICE).space.version
    world.service.govern(world.admin, ALICE, settings, version=version)


def ask_for(world: World, improving: Improving | None) -> None:
    """Have Alice's space improved so by a model, and nothing else set."""
    set_to(world, SpaceSettings(improving=improving))


def key_of(role: Role, *spaces: str) -> Access:
    """Return what a key of this role may do, in all spaces unless some are named."""
    named = spaces or (ALL_SPACES,)
    return Access(KeyId(f"k_{role}_{'_'.join(named)}"), "test", role, named, datetime.now(UTC))


def rows(folder: Path, query: str, *values: Any) -> list[Any]:
    """Read the database past the service."""
    with past_the_service(folder / DATABASE) as connection:
        return list(connection.execute(query, values).fetchall())


def tamper(folder: Path, statement: str, *values: Any) -> None:
    """Change the database behind the service's back; something must have changed."""
    with past_the_service(folder / DATABASE) as connection:
        assert connection.execute(statement, values).rowcount > 0


class MoodyEmbedder:
    """The counting embedder with moods: out of order, or unable to read one word.

    Over `breaks_over` it breaks: whoever asks with that word in it learns that nobody answers.
    `read` holds every text that it was given while it worked. `meanwhile` is what somebody else
    does, once, while it works.
    """

    max_tokens = HashingEmbedder.max_tokens

    def __init__(self, *, is_down: bool = False, chokes_on: str | None = None) -> None:
        self.is_down = is_down
        self.breaks_over: str | None = None
        self.chokes_on = chokes_on
        self.read: list[str] = []
        self.meanwhile: Callable[[], object] | None = None
        self._inner = HashingEmbedder()

    @property
    def fingerprint(self) -> Fingerprint:
        return self._inner.fingerprint

    def embed(self, texts: Sequence[str]) -> Matrix:
        broken = self.breaks_over is not None and any(self.breaks_over in text for text in texts)
        if self.is_down or broken:
            raise ModelUnavailable("The model sleeps; ask again later.")
        if self.chokes_on is not None and any(self.chokes_on in text for text in texts):
            message = f"cannot read {self.chokes_on}"
            raise ValueError(message)
        self.read.extend(texts)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return self._inner.embed(texts)

    @property
    def token_fingerprint(self) -> None:
        return None

    def embed_with_tokens(self, texts: Sequence[str]) -> Embedded:
        return Embedded(self.embed(texts), None)

    def tokens(self, text: str) -> Sequence[Span]:
        return self._inner.tokens(text)

    def count(self, text: str) -> int:
        return self._inner.count(text)
