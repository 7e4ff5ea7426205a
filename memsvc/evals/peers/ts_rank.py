"""Rows of PostgreSQL's own ranking of words, over the same turns as ours and as plain BM25.

`ts_rank` adds up how often a turn has each word of the question; with `:length` it divides by one
more than the logarithm of the turn's length, as the server's manual offers it; `ts_rank_cd` adds up
how near the words stand to each other. None of them knows how telling a word is in a space. Words
are taken apart by the server's `english`: Snowball's stems, function words left out. A turn is
ranked that has any word of the question, as BM25 does; that all of them are there, as
`plainto_tsquery` asks, holds of next to no turn.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from memsvc.evals.datasets.dataset import Asked
from memsvc.evals.peers.rows import FILLING, Ranked

if TYPE_CHECKING:
    from psycopg import Connection

RANKS = {
    "ts_rank": "ts_rank(words, asked)",
    "ts_rank:length": "ts_rank(words, asked, 1)",
    "ts_rank_cd": "ts_rank_cd(words, asked)",
}

TS_RANKS = dict.fromkeys(RANKS, "PostgreSQL's own ranking of words, any of which may be there")
"""What each row is, for whoever reads a report."""

_LEXEMES = "SELECT tsvector_to_array(to_tsvector('english', %s))"


@contextmanager
def ts_ranking(database: str) -> Iterator[Callable[[Asked], Ranked]]:
    """Lend what ranks the turns of a space for each of its questions; nothing of it is kept.

    `database` is the URL of any of a server.
    """
    import psycopg  # noqa: PLC0415  comes with [postgres]

    with psycopg.connect(database) as connection:
        yield partial(_ranked, connection)


def _ranked(connection: "Connection", asked: Asked) -> Ranked:
    ranked: Ranked = {name: [] for name in RANKS}
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE said (place INTEGER, words TSVECTOR)")
        cursor.executemany(
            "INSERT INTO said VALUES (%s, to_tsvector('english', %s))",
            [
                (place, _sendable(f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text))
                for place, turn in enumerate(asked.turns)
            ],
        )
        for question in asked.questions:
            ((lexemes,),) = cursor.execute(_LEXEMES, (_sendable(question.text),)).fetchall()
            for name, rank in RANKS.items():
                rows = cursor.execute(
                    "SELECT place FROM said, CAST(%s AS TSQUERY) AS asked "  # noqa: S608  ours
                    f"WHERE words @@ asked ORDER BY {rank} DESC, place LIMIT {FILLING}",
                    (" | ".join(map(_quoted, lexemes)),),
                )
                ranked[name].append([asked.turns[place].id for (place,) in rows])
    return ranked


def _sendable(text: str) -> str:
    return text.replace("\0", " ")


def _quoted(lexeme: str) -> str:
    """Write a lexeme so that nothing in it is an operator."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
