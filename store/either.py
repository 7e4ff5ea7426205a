"""What SQLite and PostgreSQL say differently, said once for both.

Each function is compiled for the database that a statement is sent to; a statement that uses them
is written once, and kept compiled for either.
"""

import json
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    String,
    Table,
    Text,
    bindparam,
    cast,
    func,
    literal,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement, ReturnTypeFromArgs
from sqlalchemy.sql.operators import OperatorType
from typing_extensions import override

from store.database import POSTGRESQL


def insert_or(table: Table) -> postgresql.Insert:
    """Begin an insert that says what to do where a row is there: both write ON CONFLICT alike."""
    return postgresql.insert(table)


def total(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return the sum of a column, 0 for no rows; a whole number with PostgreSQL, too."""
    return cast(func.coalesce(func.sum(column), 0), BigInteger)


class byte_length(FunctionElement[int]):  # noqa: N801  written as functions of SQL are
    """How many bytes of UTF-8 a text takes."""

    type = BigInteger()
    inherit_cache = True


@compiles(byte_length)
def _byte_length(element: byte_length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"length(CAST({compiler.process(element.clauses, **kw)} AS BLOB))"


@compiles(byte_length, POSTGRESQL)
def _byte_length_there(element: byte_length, compiler: SQLCompiler, **kw: Any) -> str:
    return f"octet_length({compiler.process(element.clauses, **kw)})"


class greatest(ReturnTypeFromArgs[int]):  # noqa: N801
    """The greatest of some values, none of which is null."""

    inherit_cache = True


@compiles(greatest)
def _greatest(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({compiler.process(element.clauses, **kw)})"


@compiles(greatest, POSTGRESQL)
def _greatest_there(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **kw)})"


class _Claim(FunctionElement[bool]):
    """What is true or false of a row, written where it holds as it stands.

    SQLAlchemy would write `= 1` behind it for SQLite, which then looks through the whole table: it
    uses no index for what a comparison compares.
    """

    type = Boolean()

    @override
    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stand beside others, and behind NOT, without brackets or a comparison."""
        return self


class _OneOf(_Claim):
    """Whether a value is in a JSON array."""

    inherit_cache = True


@compiles(_OneOf)
def _one_of(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    value, array = (compiler.process(each, **kw) for each in element.clauses)
    return f"{value} IN (SELECT value FROM json_each({array}))"  # noqa: S608  made of parameters


@compiles(_OneOf, POSTGRESQL)
def _one_of_there(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    value, array = (compiler.process(each, **kw) for each in element.clauses)
    kind = "TEXT" if isinstance(next(iter(element.clauses)).type, String) else "BIGINT"
    each = f"json_array_elements_text(CAST({array} AS JSON)) AS each(value)"
    return f"{value} IN (SELECT CAST(value AS {kind}) FROM {each})"  # noqa: S608


def one_of(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Tell whether a column is among the keys that a parameter holds, as `batches.as_one` does."""
    return _OneOf(column, bindparam(parameter, type_=Text))


class _MemberEquals(_Claim):
    """Whether an object's member of a name equals a value, both as JSON."""

    inherit_cache = True


@compiles(_MemberEquals)
def _member_equals(element: _MemberEquals, compiler: SQLCompiler, **kw: Any) -> str:
    """Compare members: SQLite's paths miss names that are not ASCII, or hold a quotation mark."""
    held, name, value = (compiler.process(each, **kw) for each in element.clauses)
    number = "('integer', 'real')"
    same = f"held.type = wanted.type OR held.type IN {number} AND wanted.type IN {number}"
    return (
        f"EXISTS (SELECT 1 FROM json_each({held}) AS held, json_each({value}) AS wanted "  # noqa: S608
        f"WHERE held.key = {name} AND held.value = wanted.value AND ({same}))"
    )


@compiles(_MemberEquals, POSTGRESQL)
def _member_equals_there(element: _MemberEquals, compiler: SQLCompiler, **kw: Any) -> str:
    r"""Compare as JSONB, which takes all but `\u0000`: that stands as a character that is none."""
    held, name, value = (compiler.process(each, **kw) for each in element.clauses)
    one, other = (
        rf"CAST(replace(CAST({each} AS TEXT), '\u0000', '\ufdd0') AS JSONB)"
        for each in (held, value)
    )
    return f"({one} -> {name}) = ({other} -> 0)"


def member_equals(
    column: ColumnElement[Any],
    name: str,
    value: str | float | bool,  # noqa: FBT001
) -> ColumnElement[bool]:
    """Compare as JSON does: 1 equals 1.0, and neither equals true or "1"."""
    return _MemberEquals(column, literal(name), literal(json.dumps([value])))
