"""Pairs of names and whether they mean the same: what a threshold for synonyms is chosen by.

The project's own pairs travel with the package. They were written for it, from general knowledge;
the others in them are hard ones: siblings, sequels, namesakes, a city and its university. A second
set, by which nothing is chosen, is there to check.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from pathlib import Path

from memsvc.domain.errors import InvalidField
from memsvc.evals.datasets.dataset import of_another_shape

SCHEMA = "a table of pairs of names"
OWN, CHECK = "aliases.tsv", "aliases_check.tsv"
COLUMNS = ("name", "other", "same", "kind")
UNNAMED = "all"
"""The kind of pairs whose file names none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, whether both mean one thing, and what kind of likeness it is."""

    name: str
    other: str
    is_same: bool
    kind: str = UNNAMED


def own_pairs(file: str = OWN) -> tuple[Pair, ...]:
    """Return the pairs that travel with the package."""
    content = (files("memsvc.evals.datasets") / file).read_text(encoding="utf-8")
    return parse_pairs(content, name=file)


def load_pairs(path: Path) -> tuple[Pair, ...]:
    """Read a user's pairs. Raises `InvalidField` that says which line is wrong, and how."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise of_another_shape(path.name, SCHEMA, "it is not UTF-8") from error
    return parse_pairs(content, name=path.name)


def parse_pairs(content: str, *, name: str) -> tuple[Pair, ...]:
    """Read lines of name, other, 1 or 0 for whether they mean the same, and perhaps a kind.

    Separated by tabs where the first line has one, else by commas; a first line that says `same`
    where the numbers stand is a heading.
    """
    begins = content.partition("\n")[0]
    lines = csv.reader(content.splitlines(), delimiter="\t" if "\t" in begins else ",", strict=True)
    pairs = tuple(_pairs(lines, name))
    if {pair.is_same for pair in pairs} != {True, False}:
        raise of_another_shape(
            name, SCHEMA, "it needs pairs that mean the same and pairs that do not"
        )
    return pairs


def _pairs(lines: Iterator[list[str]], name: str) -> Iterator[Pair]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise of_another_shape(name, SCHEMA, f"line {number}: {error}") from error
        if cells and not (number == 1 and _is_heading(cells)):
            yield _pair([cell.strip() for cell in cells], f"line {number}", name)


def _is_heading(cells: list[str]) -> bool:
    return cells[2:3] == [COLUMNS[2]]


def _pair(cells: list[str], where: str, file: str) -> Pair:
    def wrong(detail: str) -> InvalidField:
        return of_another_shape(file, SCHEMA, f"{where} {detail}")

    if len(cells) not in {3, 4}:
        raise wrong(f"has {len(cells)} columns, not {', '.join(COLUMNS[:3])} and perhaps kind")
    name, other, same, kind = chain(cells, [UNNAMED][: 4 - len(cells)])
    if not name or not other:
        raise wrong("lacks a name")
    if same not in {"0", "1"}:
        raise wrong(f"says {same!r} where 1 or 0 is to say whether the names mean the same")
    return Pair(name, other, same == "1", kind or UNNAMED)
