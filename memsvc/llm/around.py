"""A `LanguageModel` around another, for those that do but a part of it in their own way."""

from collections.abc import Iterator, Sequence

from memsvc.ports.language import Ask, LanguageModel, Odds, Offers, Reply, Unanswered


class Around:
    """What it does not do itself, the model behind it does."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """That of the model behind it."""
        return self._model.name

    @property
    def context_tokens(self) -> int:
        """That of the model behind it."""
        return self._model.context_tokens

    def offers(self) -> Offers:
        """Say what the model behind it can do. Raises `ModelUnavailable`."""
        return self._model.offers()

    def count(self, text: str) -> int:
        """Return how many tokens `text` has."""
        return self._model.count(text)

    def replies(self, asks: Sequence[Ask], *, within_s: float) -> list[Reply | Unanswered]:
        """Return what comes of each ask, in their order. Raises `ModelUnavailable`."""
        return self._model.replies(asks, within_s=within_s)

    def stream(self, ask: Ask, *, within_s: float) -> Iterator[str | Reply | Unanswered]:
        """Yield the answer piece by piece. Raises `ModelUnavailable` before the first."""
        return self._model.stream(ask, within_s=within_s)

    def odds(self, asks: Sequence[Ask], choices: Sequence[str], *, within_s: float) -> Odds:
        """Return the odds of each choice. Raises `ModelUnavailable`."""
        return self._model.odds(asks, choices, within_s=within_s)
