"""No query in the store without its space: every repository method takes the space first."""

import inspect
from collections.abc import Iterator

import pytest

from memsvc.ports import installation, keeping, knowledge, ledger, notes, outbox, spaces, turns
from memsvc.ports.canaries import CanaryWriter
from memsvc.ports.documents import DocumentWriter
from memsvc.ports.entities import EntityReader
from memsvc.ports.events import EventWriter, SurprisalWriter
from memsvc.ports.feedback import FeedbackWriter
from memsvc.ports.lexicon import TermWriter
from memsvc.ports.mentions import MentionWriter
from memsvc.ports.pinned import PinWriter
from memsvc.ports.quarantine import QuarantineKeeper
from memsvc.ports.receipts import ReceiptWriter
from memsvc.ports.reembedding import ReembeddingWriter
from memsvc.ports.tallies import TallyWriter
from memsvc.ports.titles import TitleWriter
from memsvc.ports.tokens import TokenWriter
from store.answers import AnswerRows
from store.canaries import CanaryRows
from store.documents import DocumentRows
from store.embeddings import EmbeddingRows
from store.entities import EntityRows
from store.events import EventRows
from store.feedback import FeedbackRows
from store.keys import KeyRows
from store.knowledge import FactRows
from store.ledger import LedgerRows
from store.links import LinkRows
from store.mentioned import MentionRows
from store.merges import MergeRows
from store.names import NameRows
from store.notes import NoteRows
from store.outbox import OutboxRows
from store.pinned import PinRows
from store.quarantine import QuarantineRows
from store.receipts import ReceiptRows
from store.reembedding import ReembeddingRows
from store.rules import RuleRows
from store.rulings import RulingRows
from store.runs import RunRows
from store.spaces import SpaceRows
from store.streams import StreamRows
from store.surprisals import SurprisalRows
from store.tallies import TallyRows
from store.terms import TermRows
from store.titles import TitleRows
from store.tokens import TokenRows
from store.turns import TurnRows
from store.unlinkings import UnlinkingRows

ROWS: dict[type, type] = {
    SpaceRows: spaces.SpaceWriter,
    StreamRows: spaces.StreamWriter,
    TurnRows: turns.TurnWriter,
    DocumentRows: DocumentWriter,
    EmbeddingRows: turns.EmbeddingWriter,
    TokenRows: TokenWriter,
    EventRows: EventWriter,
    TitleRows: TitleWriter,
    SurprisalRows: SurprisalWriter,
    LedgerRows: ledger.LedgerWriter,
    OutboxRows: outbox.OutboxWriter,
    AnswerRows: ledger.AnswerKeeper,
    RuleRows: installation.RuleKeeper,
    FactRows: knowledge.FactWriter,
    RulingRows: knowledge.RulingWriter,
    MergeRows: knowledge.MergeWriter,
    UnlinkingRows: knowledge.UnlinkingWriter,
    NameRows: knowledge.NameWriter,
    EntityRows: EntityReader,
    ReceiptRows: ReceiptWriter,
    NoteRows: notes.NoteWriter,
    LinkRows: notes.LinkWriter,
    RunRows: notes.RunWriter,
    TallyRows: TallyWriter,
    QuarantineRows: QuarantineKeeper,
    FeedbackRows: FeedbackWriter,
    PinRows: PinWriter,
    CanaryRows: CanaryWriter,
    KeyRows: installation.KeyWriter,
    TermRows: TermWriter,
    MentionRows: MentionWriter,
    ReembeddingRows: ReembeddingWriter,
}

ABOUT_THE_INSTALLATION = {
    "SpaceRows.find": "a space's name is how its key is come by",
    "SpaceRows.page": "the list of spaces; `among` holds it to those a key may see",
    "SpaceRows.that_expire": "where something has expired, in whatever space; each says which",
    "SpaceRows.make": "the space is not there yet",
    "KeyRows.by_hash": "a secret comes before any space",
    "KeyRows.page": "keys belong to the installation",
    "KeyRows.add": "keys belong to the installation",
    "KeyRows.delete": "keys belong to the installation",
    "CanaryRows.all": "the registry outlives spaces, and the doctor looks for all of it",
    "CanaryRows.sightings": "a leak is what stands in another space; each says which",
    "PinRows.of_spaces": "a new model is held to what is pinned in every space; each says which",
    "RuleRows.get": "rules are those of the store as a whole",
    "RuleRows.put": "rules are those of the store as a whole",
    "RuleRows.drop": "rules are those of the store as a whole",
    "OutboxRows.take_over": "the leases of workers that are dead, whatever they were at",
    "OutboxRows.give_back": "a process that ends lets go of the jobs of all spaces",
    "OutboxRows.claim": "which job is due, in whatever space; every job says its space",
    "OutboxRows.waiting": "one number for the metrics",
    "EventRows.spaces_behind": "where a stream is behind, in whatever space; each says which",
    "AnswerRows.drop_before": "answers past their time, of every space",
    "EmbeddingRows.owe_missing": "a new model owes every turn of every space a vector",
    "TokenRows.owe_missing": "a new model owes every turn of every space its vectors of tokens",
    "TallyRows.owe_undone_of_others": "a new model owes every space what was taken back",
    "FactRows.owe_missing": "a new model owes every fact of every space a vector",
    "ReembeddingRows.begin": "every space changes its model together",
    "ReembeddingRows.drop_some": "every space changes its model together",
    "ReembeddingRows.forgive": "every space changes its model together",
    "ReembeddingRows.lacking": "a switch makes what lacks in whatever space; by space",
    "ReembeddingRows.last": "every space changes its model together",
    "ReembeddingRows.progress": "one list for an admin of all spaces; by space",
    "ReembeddingRows.put": "every space changes its model together",
    "ReembeddingRows.turn_over": "every space changes its model together",
    "NoteRows.owe_missing": "a new model owes every note of every space a vector",
}
"""Methods that reach across spaces, each with its reason."""


def methods_of(owner: type) -> Iterator[tuple[str, inspect.Signature]]:
    for name, member in inspect.getmembers(owner, inspect.isfunction):
        if not name.startswith("_"):
            yield name, inspect.signature(member)


def shape(signature: inspect.Signature) -> list[tuple[str, object, object]]:
    return [(one.name, one.kind, one.default) for one in signature.parameters.values()]


METHODS = [
    pytest.param(rows, name, signature, id=f"{rows.__name__}.{name}")
    for rows in ROWS
    for name, signature in methods_of(rows)
]


@pytest.mark.parametrize(("rows", "name", "signature"), METHODS)
def test_the_space_comes_first(rows: type, name: str, signature: inspect.Signature) -> None:
    _self, *given = signature.parameters.values()
    takes_space = (
        bool(given) and given[0].name == "space" and given[0].annotation.__name__ == ("SpaceKey")
    )
    assert takes_space != (f"{rows.__name__}.{name}" in ABOUT_THE_INSTALLATION)


@pytest.mark.parametrize(("rows", "name", "signature"), METHODS)
def test_every_method_is_the_ports_own(rows: type, name: str, signature: inspect.Signature) -> None:
    assert shape(signature) == shape(dict(methods_of(ROWS[rows]))[name])


def test_every_method_of_the_ports_is_there() -> None:
    for rows, port in ROWS.items():
        assert {name for name, _ in methods_of(port)} == {name for name, _ in methods_of(rows)}


def test_every_exception_is_still_needed() -> None:
    there = {f"{rows.__name__}.{name}" for rows in ROWS for name, _ in methods_of(rows)}
    assert set(ABOUT_THE_INSTALLATION) <= there


def test_every_repository_of_the_ports_is_looked_at() -> None:
    """A repository that is added to `Unit` and not here would go unwatched."""
    hints = [
        member.fget.__annotations__["return"]
        for member in vars(keeping.Unit).values()
        if isinstance(member, property) and member.fget is not None
    ]
    assert set(hints) == set(ROWS.values())
