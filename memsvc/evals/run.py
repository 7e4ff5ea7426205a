"""Measures the service on LoCoMo through its own front door, beside plain baselines.

The service is written to and asked through the SDK, as a user would, with nothing but the
defaults; the baselines see the same texts and questions in the same run. No LLM takes part: what
is measured is whether the turns that hold the answer come back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from memsvc.evals.baselines import content_words, corpus_of, rankings
from memsvc.evals.locomo import CATEGORIES, Conversation, LabelledQuestion, Locomo
from memsvc.evals.measures import DEEPEST, PerQuestion, columns, grade
from memsvc.evals.report import OURS, Report, commit_id, differences_of, row_of
from memsvc.ports.lexicon import Analyzer
from memsvc.ports.models import Embedder
from memsvc.sdk.client import Client, Space
from memsvc.sdk.wire import NewTurn

DEFAULT_RECIPE = "default"
HEADLINE_APART = range(1, 5)
"""Categories 1 to 4, those that other reports average over, as a category of their own."""

Ranked = dict[str, list[list[str]]]
"""For each row's name the turns that it ranked, one list a question."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, and how much of how much is."""


def silently(_what: str, _done: int, _of: int) -> None:
    """Show no progress."""


def evaluate_locomo(
    client: Client,
    data: Locomo,
    *,
    embedder: Embedder,
    analyzer: Analyzer,
    run: str,
    today: date,
    recipes: Sequence[str] = (),
    seed: int = 0,
    settings: Mapping[str, object] | None = None,
    progress: Progress = silently,
) -> Report:
    """Write every conversation, ask every question, and report beside the baselines.

    Every conversation gets a space of its own, `eval-{run}-{conversation}`, deleted again at the
    end, so `run` must be new to the service. `recipes` are asked besides the default one and become
    rows named `memsvc:{recipe}`. `embedder` and `analyzer` serve the baselines; for a fair
    comparison they are the service's own. `settings` are reported as they are.
    """
    ranked: Ranked = {}
    for number, conversation in enumerate(data.conversations):
        progress("conversations", number, len(data.conversations))
        asked = [DEFAULT_RECIPE, *recipes]
        for found in (
            _from_service(client, conversation, run=run, recipes=asked, progress=progress),
            _from_baselines(conversation, embedder=embedder, analyzer=analyzer),
        ):
            for name, lists in found.items():
                ranked.setdefault(name, []).extend(lists)
    progress("conversations", len(data.conversations), len(data.conversations))
    graded = {name: _graded(lists, data.questions) for name, lists in ranked.items()}
    slices = _slices(data.questions)
    return Report(
        dataset=data.name,
        questions=len(data.questions),
        commit=commit_id(),
        day=today,
        seed=seed,
        settings={
            "k": DEEPEST,
            "recipe": DEFAULT_RECIPE,
            "conversations": len(data.conversations),
            "turns": sum(len(conversation.turns) for conversation in data.conversations),
            "questions_without_evidence": data.unlabelled,
            "embedder": embedder.fingerprint.text,
            "analyzer": analyzer.fingerprint,
            **(settings or {}),
        },
        rows=[row_of(name, found, slices=slices, seed=seed) for name, found in graded.items()],
        differences=differences_of(graded, seed=seed),
    )


def _from_service(
    client: Client,
    conversation: Conversation,
    *,
    run: str,
    recipes: Sequence[str],
    progress: Progress,
) -> Ranked:
    ranked: Ranked = {_row_name(recipe): [] for recipe in recipes}
    with _passing_space(client, f"eval-{run}-{conversation.name}") as space:
        own_ids = _written(space, conversation)
        for number, question in enumerate(conversation.questions):
            progress(conversation.name, number, len(conversation.questions))
            for recipe in recipes:
                hits = space.recall(question.text, k=DEEPEST, recipe=recipe).hits
                turns = [own_ids[turn] for hit in hits for turn in hit.turns]
                ranked[_row_name(recipe)].append(turns)
    return ranked


@contextmanager
def _passing_space(client: Client, name: str) -> Iterator[Space]:
    """Make a space and delete it afterwards, whatever happens in between."""
    space = client.space(name)
    space.make()
    try:
        yield space
    finally:
        space.delete()


def _written(space: Space, conversation: Conversation) -> dict[str, str]:
    """Write a conversation and return its own turn ids by the service's."""
    own_ids: dict[str, str] = {}
    for session in conversation.sessions:
        turns = [
            NewTurn(id=turn.id, speaker=turn.speaker, content=turn.text, at=turn.at)
            for turn in session.turns
        ]
        written = space.write(session.name, turns, title=session.title)
        own_ids.update(
            (kept.id, turn.id) for kept, turn in zip(written.turns, session.turns, strict=True)
        )
    return own_ids


def _from_baselines(
    conversation: Conversation, *, embedder: Embedder, analyzer: Analyzer
) -> Ranked:
    terms = content_words(analyzer.terms)
    turns = conversation.turns
    corpus = corpus_of(
        [f"{turn.speaker}: {turn.text}" for turn in turns],
        [number for number, session in enumerate(conversation.sessions) for _ in session.turns],
        embedder=embedder,
        terms=terms,
    )
    questions = [question.text for question in conversation.questions]
    ranked: Ranked = {}
    for orders in rankings(corpus, questions, embedder=embedder, terms=terms):
        for name, order in orders.items():
            ranked.setdefault(name, []).append([turns[i].id for i in order[:DEEPEST]])
    return ranked


def _graded(
    lists: Sequence[Sequence[str]], questions: Sequence[LabelledQuestion]
) -> dict[str, PerQuestion]:
    pairs = zip(lists, questions, strict=True)
    return columns([grade(ranked, question.evidence) for ranked, question in pairs])


def _slices(questions: Sequence[LabelledQuestion]) -> dict[str, list[int]]:
    """Return the questions of categories 1 to 4 together, and of each category that occurs."""
    inside = {
        str(category): [n for n, q in enumerate(questions) if q.category == category]
        for category in CATEGORIES
    }
    together = [n for n, q in enumerate(questions) if q.category in HEADLINE_APART]
    return {name: which for name, which in {"1-4": together, **inside}.items() if which}


def _row_name(recipe: str) -> str:
    return OURS if recipe == DEFAULT_RECIPE else f"{OURS}:{recipe}"
