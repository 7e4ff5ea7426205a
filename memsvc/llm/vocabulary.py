"""What is known of a model without its weights: how it writes and reads text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memsvc.llm.chat import Chat
from memsvc.llm.loading import Refusal, bare_tokenizer, longest, opening, source_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOW = 4096
"""What a model reads that states no limit."""


@dataclass(frozen=True, slots=True)
class Words:
    """A tokenizer, its form for chats, the tokens that end a text, and how much is read at once."""

    bare: "Tokenizer"
    chat: Chat
    ends: frozenset[int]
    context_tokens: int

    def first_tokens(self, choices: Sequence[str]) -> list[list[int]]:
        """Return with which tokens each choice may begin: as it is, and after a space.

        Raises `ValueError` for a choice that says nothing, and for two that begin alike.
        """
        if not all(choice.strip() for choice in choices):
            raise ValueError("A choice without a letter cannot be told from others.")
        found = [
            sorted({self._first(form) for form in (choice.strip(), f" {choice.strip()}")})
            for choice in choices
        ]
        every = [token for same in found for token in same]
        if len(set(every)) < len(every):
            raise ValueError(f"Of the choices {list(choices)} two begin with the same token.")
        return found

    def _first(self, text: str) -> int:
        """Return the first token that says something: some tokenizers begin with a bare space."""
        tokens: list[int] = self.bare.encode(text, add_special_tokens=False).ids
        says = (each for each in tokens if self.bare.decode([each]).strip())
        return next(says, tokens[0])


def read_words(name: str, *, refused: Refusal) -> Words:
    """Read a model's tokenizer and configuration, from a folder or the hub's cache.

    Raises what `refused` makes where there is no such model here, or it has no fast tokenizer.
    """
    import transformers  # noqa: PLC0415 - takes seconds: imported when needed

    source = source_of(name)
    try:
        config = transformers.AutoConfig.from_pretrained(source, local_files_only=True)
        told = transformers.AutoTokenizer.from_pretrained(source, local_files_only=True)
    except (OSError, ValueError) as error:
        raise refused("neither a folder nor the hub's cache holds it whole") from error
    return words_of(told, config, refused=refused, stated_ends=_stated(source))


def words_of(told: Any, config: Any, *, refused: Refusal, stated_ends: Any = None) -> Words:
    """Return the words of a model by its tokenizer and configuration, wherever they come from."""
    bare = bare_tokenizer(told, refused=refused)
    named = _Named(config)
    return Words(
        bare,
        Chat(told, bare, opening=opening(named, told)),
        _ends(stated_ends, config, told),
        longest(named) or WINDOW,
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """A configuration in the place of its model."""

    config: Any


def _stated(source: str) -> Any:
    """Return the tokens that end a text by the model's own settings for writing, if it has any."""
    from transformers import GenerationConfig  # noqa: PLC0415 - imported when a model is opened

    try:
        return GenerationConfig.from_pretrained(source, local_files_only=True).eos_token_id
    except OSError:
        return None


def _ends(stated: Any, config: Any, told: Any) -> frozenset[int]:
    """Return the tokens that end an answer, from all three places that may say so."""
    every = [stated, getattr(config.get_text_config(), "eos_token_id", None), told.eos_token_id]
    flat = (each if isinstance(each, list) else [each] for each in every)
    return frozenset(token for some in flat for token in some if token is not None)
