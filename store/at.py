"""Rows as they were: views over a connection's tables that show a space as of a ledger position.

SQLite looks for a table among the temporary ones first. A read as of a position gets a connection
of its own, on which every table that holds rows of a space is hidden behind a temporary view with
the table's own name. So whatever reads rows, the repositories and the drawing of indexes alike,
reads them as they were, and knows nothing of it. The connection is closed after the read and is
never lent again, so that no view can reach a read of the present; nothing can be written over it.

Each view says when a row of its table stood: `position` is the ledger position that brought it,
`until` the one that ended it (one that ends later was open then), and what was replaced since lies
in a table of versions. What is made of turns by machine (terms,
vectors, surprisals, synonyms) has no history: it stands with its turn. What was forgotten has no
row, and what has expired by now is passed over.

A new table of a space needs a line in `VIEWS`, or in `WITHOUT_PAST` with a reason.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    MetaData,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
)

from store import tables
from store.either import greatest

BESIDE = "main"
"""The schema in which the tables themselves are found beside the views, as SQLite calls it."""

WITHOUT_PAST = (
    tables.answers,
    tables.quarantine,
    tables.improved,
    tables.spending,
    tables.pinned_questions,
)
"""Tables of a space that no read of memory asks: what is held is no memory, then or now, nor is a
question that is pinned; and what a model has dealt with is counted as of now."""

_there = MetaData()
SPACES, _VERSIONS, _STREAMS, TURNS, _TURN_VERSIONS, LEDGER = (
    table.to_metadata(_there, schema=BESIDE)
    for table in (
        tables.spaces,
        tables.space_versions,
        tables.streams,
        tables.turns,
        tables.turn_versions,
        tables.ledger,
    )
)
_DOCUMENTS, _PARTS, _EVENTS, _TAILS, _FACTS, _FACT_TURNS, _FACT_VECTORS, _FACT_RULINGS = (
    table.to_metadata(_there, schema=BESIDE)
    for table in (
        tables.documents,
        tables.document_parts,
        tables.events,
        tables.open_tails,
        tables.facts,
        tables.fact_turns,
        tables.fact_vectors,
        tables.fact_rulings,
    )
)
_MERGES, _MENTIONS, _UNLINKINGS, _NAME_VECTORS, _SYNONYMS, _RECEIPTS, _TOMBSTONES = (
    table.to_metadata(_there, schema=BESIDE)
    for table in (
        tables.merges,
        tables.mentions,
        tables.unlinkings,
        tables.name_vectors,
        tables.synonyms,
        tables.receipts,
        tables.tombstones,
    )
)
_NOTES, _NOTE_TURNS, _NOTE_VERSIONS, _NOTE_VECTORS, _LINKS, _RUNS = (
    table.to_metadata(_there, schema=BESIDE)
    for table in (
        tables.notes,
        tables.note_turns,
        tables.note_versions,
        tables.note_vectors,
        tables.links,
        tables.runs,
    )
)
_TERMS, _EMBEDDINGS, _TOKEN_VECTORS, _SURPRISALS, _TITLES, _FEEDBACK, _OUTBOX = (
    table.to_metadata(_there, schema=BESIDE)
    for table in (
        tables.terms,
        tables.embeddings,
        tables.token_vectors,
        tables.surprisals,
        tables.titles,
        tables.feedback,
        tables.outbox,
    )
)


# What a read fills in. Numbers all, so that they can stand in the text of a view, where SQLite
# takes no parameters: `@position(column)` is where the space in that column stood, and so on.


def _filled(what: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    assert isinstance(column.table, Table)  # noqa: S101  only columns of tables come here
    return literal_column(f"@{what}({column.table.fullname}.{column.name})")


def _position(rows: FromClause) -> ColumnElement[int]:
    """Where the space of a row stood."""
    return _filled("position", rows.c.space)


def _here(rows: FromClause) -> ColumnElement[bool]:
    """Whether a row is of a space that is read."""
    return _filled("here", rows.c.space)


def _stood(rows: FromClause) -> ColumnElement[bool]:
    """Whether a row was there, as far as its columns tell: its position, and its turn."""
    return and_(
        _here(rows),
        *([rows.c.position <= _position(rows)] if "position" in rows.c else []),
        *([_with_its_turn(rows, rows.c.turn)] if "turn" in rows.c else []),
    )


def _with_its_turn(rows: FromClause, turn: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row's turn was there and has not expired: keys rise with positions."""
    return and_(_here(rows), turn <= _filled("last_turn", rows.c.space), _filled("shown", turn))


def _as(rows: Table, **other: ColumnElement[Any]) -> Select[Any]:
    """Select all columns of a table, some of them otherwise. What ended later had no end then."""
    if "until" in rows.c:
        other["until"] = case((rows.c.until <= _position(rows), rows.c.until), else_=null())
    return select(*(other.get(column.name, column).label(column.name) for column in rows.c))


# Views -------------------------------------------------------------------------------------------


def _spaces() -> Select[Any]:
    here, then = _filled("here", SPACES.c.key), _filled("position", SPACES.c.key)
    earlier = and_(_VERSIONS.c.space == SPACES.c.key, _VERSIONS.c.position <= then)
    last = (
        select(_VERSIONS.c.settings)
        .where(earlier)
        .order_by(_VERSIONS.c.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    version = select(func.max(_VERSIONS.c.position)).where(earlier).scalar_subquery()
    head = (
        select(LEDGER.c.hash)
        .where(LEDGER.c.space == SPACES.c.key, LEDGER.c.position == then)
        .scalar_subquery()
    )
    is_same = SPACES.c.version <= then
    return _as(
        SPACES,
        position=then,
        head=head,
        settings=case((is_same, SPACES.c.settings), else_=last),
        version=case((is_same, SPACES.c.version), else_=version),
    ).where(here)


def _turns() -> Select[Any]:
    earlier = and_(
        _TURN_VERSIONS.c.turn == TURNS.c.key, _TURN_VERSIONS.c.position <= _position(TURNS)
    )

    def then(column: str) -> ColumnElement[Any]:
        held = (
            select(_TURN_VERSIONS.c[column])
            .where(earlier)
            .order_by(_TURN_VERSIONS.c.position.desc())
            .limit(1)
            .scalar_subquery()
        )
        now = TURNS.c["version" if column == "position" else column]
        return case((TURNS.c.version <= _position(TURNS), now), else_=held)

    return _as(
        TURNS, metadata=then("metadata"), place=then("place"), version=then("position")
    ).where(_with_its_turn(TURNS, TURNS.c.key))


def _turn_versions() -> Select[Any]:
    """Select what had been replaced by then."""
    later = _TURN_VERSIONS.alias("later")
    by_another = exists().where(
        later.c.turn == _TURN_VERSIONS.c.turn,
        later.c.position > _TURN_VERSIONS.c.position,
        later.c.position <= _position(_TURN_VERSIONS),
    )
    by_the_present = exists().where(
        TURNS.c.key == _TURN_VERSIONS.c.turn, TURNS.c.version <= _position(_TURN_VERSIONS)
    )
    return _as(_TURN_VERSIONS).where(_stood(_TURN_VERSIONS), or_(by_another, by_the_present))


def _document_parts() -> Select[Any]:
    """Select parts whose streams were there. What is replaced goes with its turns."""
    there = exists().where(
        _STREAMS.c.key == _PARTS.c.stream, _STREAMS.c.position <= _position(_PARTS)
    )
    return _as(_PARTS).where(_here(_PARTS), there)


def _open_tails() -> Select[Any]:
    """Select the tails behind the last event that had closed.

    Which surprises were seen before it is not kept: null, where it is no longer the last.
    """
    after = _EVENTS.alias("after")
    closed_later = exists().where(
        after.c.space == _EVENTS.c.space,
        after.c.stream == _EVENTS.c.stream,
        after.c.number > _EVENTS.c.number,
        after.c.position <= _position(_EVENTS),
    )
    is_last = _TAILS.c.number == _EVENTS.c.number + 1
    return (
        select(
            _EVENTS.c.space.label("space"),
            _EVENTS.c.stream.label("stream"),
            (_EVENTS.c.number + 1).label("number"),
            _EVENTS.c.end_seq.label("start_seq"),
            _EVENTS.c.end_piece.label("start_piece"),
            _TAILS.c.moved.label("moved"),
            _EVENTS.c.measure.label("measure"),
            case((is_last, _TAILS.c.trailing), else_=null()).label("trailing"),
        )
        .join(_TAILS, and_(_TAILS.c.space == _EVENTS.c.space, _TAILS.c.stream == _EVENTS.c.stream))
        .where(_stood(_EVENTS), ~closed_later)
    )


def _facts() -> Select[Any]:
    """Select facts that had been stated, if a turn of then says them still."""
    said = exists().where(
        _FACT_TURNS.c.space == _FACTS.c.space,
        _FACT_TURNS.c.fact == _FACTS.c.key,
        _stood(_FACT_TURNS),
    )
    then = _position(_FACTS)

    def last(column: ColumnElement[int], *of_it: ColumnElement[bool]) -> ColumnElement[int]:
        """When what is said or ruled of a fact changed last by then; 0 for never."""
        inside = column.table.c.space == _FACTS.c.space
        found = select(func.max(column)).where(inside, or_(*of_it), column <= then)
        return func.coalesce(found.scalar_subquery(), 0)

    changed = greatest(
        _FACTS.c.position,
        last(_FACT_TURNS.c.position, _FACT_TURNS.c.fact == _FACTS.c.key),
        last(
            _FACT_RULINGS.c.position,
            _FACT_RULINGS.c.fact == _FACTS.c.key,
            _FACT_RULINGS.c.by == _FACTS.c.key,
        ),
        last(_FACT_RULINGS.c.until, _FACT_RULINGS.c.fact == _FACTS.c.key),
    )
    version = case((_FACTS.c.version <= then, _FACTS.c.version), else_=changed)
    return _as(_FACTS, version=version).where(_stood(_FACTS), said)


def _fact_turns() -> Select[Any]:
    stated = exists().where(
        _FACTS.c.key == _FACT_TURNS.c.fact, _FACTS.c.position <= _position(_FACT_TURNS)
    )
    return _as(_FACT_TURNS).where(_stood(_FACT_TURNS), stated)


def _fact_vectors() -> Select[Any]:
    stated = exists().where(
        _FACTS.c.key == _FACT_VECTORS.c.fact, _FACTS.c.position <= _position(_FACT_VECTORS)
    )
    return _as(_FACT_VECTORS).where(_here(_FACT_VECTORS), stated)


def _merges() -> Select[Any]:
    """Select merges whose names something of then names still, but for names that were given."""

    def named(name: ColumnElement[str]) -> ColumnElement[bool]:
        by_turns = exists().where(
            _MENTIONS.c.space == _MERGES.c.space,
            _MENTIONS.c.name == name,
            _stood(_MENTIONS),
        )
        by_facts = exists().where(
            _FACTS.c.space == _MERGES.c.space,
            or_(_FACTS.c.subject_name == name, _FACTS.c.object_name == name),
            _FACTS.c.position <= _position(_FACTS),
            _FACT_TURNS.c.space == _FACTS.c.space,
            _FACT_TURNS.c.fact == _FACTS.c.key,
            _stood(_FACT_TURNS),
        )
        return or_(by_turns, by_facts)

    is_given = _MERGES.c.spelled.is_not(None)
    return _as(_MERGES).where(
        _stood(_MERGES), named(_MERGES.c.name), or_(is_given, named(_MERGES.c.into))
    )


def _is_whole(note: ColumnElement[int], *, of: Table) -> ColumnElement[bool]:
    """Whether no turn that a note hangs on has expired: its words may be of any of them."""
    hung = (_NOTE_TURNS.c.space == of.c.space, _NOTE_TURNS.c.note == note)
    return ~exists().where(*hung, ~_filled("shown", _NOTE_TURNS.c.turn))


def _notes() -> Select[Any]:
    return _as(_NOTES).where(_stood(_NOTES), _is_whole(_NOTES.c.key, of=_NOTES))


def _note_versions() -> Select[Any]:
    return _as(_NOTE_VERSIONS).where(
        _stood(_NOTE_VERSIONS), _is_whole(_NOTE_VERSIONS.c.note, of=_NOTE_VERSIONS)
    )


def _note_turns() -> Select[Any]:
    written = exists().where(
        _NOTES.c.key == _NOTE_TURNS.c.note, _NOTES.c.position <= _position(_NOTE_TURNS)
    )
    return _as(_NOTE_TURNS).where(_stood(_NOTE_TURNS), written)


def _note_vectors() -> Select[Any]:
    return _as(_NOTE_VECTORS).where(
        _here(_NOTE_VECTORS), _NOTE_VECTORS.c.version <= _position(_NOTE_VECTORS)
    )


def _runs() -> Select[Any]:
    """Select runs that had changed something. How far one had come is not kept."""
    then = _position(_RUNS)
    undone = case((_RUNS.c.undone <= then, _RUNS.c.undone), else_=null())
    return _as(_RUNS, undone=undone).where(_here(_RUNS), _RUNS.c.first <= then)


def _tombstones() -> Select[Any]:
    made = exists().where(
        _RECEIPTS.c.space == _TOMBSTONES.c.space,
        _RECEIPTS.c.id == _TOMBSTONES.c.receipt,
        _RECEIPTS.c.position <= _position(_TOMBSTONES),
    )
    return _as(_TOMBSTONES).where(_here(_TOMBSTONES), made)


def _by_columns(rows: Table) -> Select[Any]:
    """Select the rows that stood by what their position, their end and their turn say."""
    return _as(rows).where(_stood(rows))


def _as_now(rows: Table) -> Select[Any]:
    return _as(rows).where(_here(rows))


def _none(rows: Table) -> Select[Any]:
    return _as(rows).where(false())


VIEWS: Mapping[str, Select[Any]] = {
    "spaces": _spaces(),
    "space_versions": _none(_VERSIONS),
    "streams": _by_columns(_STREAMS),
    "turns": _turns(),
    "turn_versions": _turn_versions(),
    "documents": _by_columns(_DOCUMENTS),
    "document_parts": _document_parts(),
    "terms": _by_columns(_TERMS),
    "mentions": _by_columns(_MENTIONS),
    "unlinkings": _by_columns(_UNLINKINGS),
    "embeddings": _by_columns(_EMBEDDINGS),
    "token_vectors": _by_columns(_TOKEN_VECTORS),
    "surprisals": _by_columns(_SURPRISALS),
    "feedback": _by_columns(_FEEDBACK),
    "facts": _facts(),
    "fact_turns": _fact_turns(),
    "fact_vectors": _fact_vectors(),
    "fact_rulings": _by_columns(_FACT_RULINGS),
    "merges": _merges(),
    "name_vectors": _as_now(_NAME_VECTORS),
    "synonyms": _as_now(_SYNONYMS),
    "events": _by_columns(_EVENTS),
    "titles": _by_columns(_TITLES),
    "notes": _notes(),
    "note_turns": _note_turns(),
    "note_versions": _note_versions(),
    "note_vectors": _note_vectors(),
    "links": _by_columns(_LINKS),
    "runs": _runs(),
    "open_tails": _open_tails(),
    "ledger": _by_columns(LEDGER),
    "receipts": _by_columns(_RECEIPTS),
    "tombstones": _tombstones(),
    "outbox": _none(_OUTBOX),
}
"""For each table of a space the rows that stood; of what was owed then, nothing is owed now."""
