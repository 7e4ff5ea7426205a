"""Every table, once. Migrations in `alembic/` lead to exactly these; a test holds them to it.

Rows are the truth. Integer keys are given by the database in the order of writing and never used
twice; public ids are text. The space stands in every row, and first in every index that a query
about one space uses. Foreign keys point at spaces alone: one from a vector to its turn would make
SQLite scan all vectors of the installation for every turn deleted, since their index begins with
the space.
"""

from store.tables.changing import reembeddings
from store.tables.columns import EPOCH, MICROSECOND, Instant, Key, metadata, microseconds
from store.tables.decided import (
    canaries,
    feedback,
    pinned_questions,
    quarantine,
    receipts,
    tombstones,
)
from store.tables.frame import answers, keys, ledger, outbox, space_versions, spaces, store_facts
from store.tables.improved import improved, spending
from store.tables.known import (
    fact_rulings,
    fact_turns,
    fact_vectors,
    facts,
    merges,
    name_vectors,
    synonyms,
    unlinkings,
)
from store.tables.made import (
    embeddings,
    events,
    mentions,
    open_tails,
    surprisals,
    terms,
    titles,
    token_vectors,
)
from store.tables.noted import links, note_turns, note_vectors, note_versions, notes, runs
from store.tables.said import document_parts, documents, streams, turn_versions, turns

__all__ = [
    "EPOCH",
    "MICROSECOND",
    "OF_A_SPACE",
    "OF_A_TURN",
    "Instant",
    "Key",
    "answers",
    "canaries",
    "document_parts",
    "documents",
    "embeddings",
    "events",
    "fact_rulings",
    "fact_turns",
    "fact_vectors",
    "facts",
    "feedback",
    "improved",
    "keys",
    "ledger",
    "links",
    "mentions",
    "merges",
    "metadata",
    "microseconds",
    "name_vectors",
    "note_turns",
    "note_vectors",
    "note_versions",
    "notes",
    "open_tails",
    "outbox",
    "pinned_questions",
    "quarantine",
    "receipts",
    "reembeddings",
    "runs",
    "space_versions",
    "spaces",
    "spending",
    "store_facts",
    "streams",
    "surprisals",
    "synonyms",
    "terms",
    "titles",
    "token_vectors",
    "tombstones",
    "turn_versions",
    "turns",
    "unlinkings",
]

OF_A_TURN = (
    turn_versions,
    terms,
    mentions,
    unlinkings,
    fact_turns,
    note_turns,
    embeddings,
    token_vectors,
    surprisals,
    feedback,
    improved,
    outbox,
)
"""Tables whose rows belong to one turn and go with it."""

OF_A_SPACE = (
    turn_versions,
    terms,
    mentions,
    unlinkings,
    fact_turns,
    fact_rulings,
    fact_vectors,
    facts,
    links,
    note_vectors,
    note_versions,
    note_turns,
    notes,
    runs,
    merges,
    name_vectors,
    synonyms,
    embeddings,
    token_vectors,
    surprisals,
    feedback,
    improved,
    spending,
    titles,
    events,
    open_tails,
    outbox,
    answers,
    tombstones,
    receipts,
    quarantine,
    pinned_questions,
    ledger,
    document_parts,
    documents,
    turns,
    streams,
    space_versions,
)
"""Tables whose rows go with their space, those that point at others first."""
