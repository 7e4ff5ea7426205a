"""The error tree."""

import re
from collections.abc import Iterator

from memsvc.domain import errors
from memsvc.domain.errors import MemsvcError

DRAWN = re.compile(r"^    (?P<branches>[|` -]*)(?P<name>[A-Z]\w+)")
INDENT = len("|  ")


def tree(root: type[MemsvcError]) -> Iterator[tuple[str, str]]:
    """Yield (parent, child) from the top down, in the order of definition."""
    for child in root.__subclasses__():
        if child.__module__.startswith(errors.__name__):
            yield root.__name__, child.__name__
            yield from tree(child)


def drawn() -> Iterator[tuple[str, str]]:
    path: list[str] = []
    assert errors.__doc__ is not None
    for line in errors.__doc__.splitlines():
        if (match := DRAWN.match(line)) is None:
            continue
        depth = len(match["branches"]) // INDENT
        if depth:
            yield path[depth - 1], match["name"]
        path[depth:] = [match["name"]]


def every_error() -> list[type[MemsvcError]]:
    return [MemsvcError, *(getattr(errors, child) for _, child in tree(MemsvcError))]


def test_the_tree_is_the_one_that_its_docstring_draws() -> None:
    assert list(drawn()) == list(tree(MemsvcError))


def test_every_class_of_the_module_is_in_the_tree() -> None:
    defined = {
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)
    }
    assert defined == set(every_error())


def test_every_error_has_a_code_and_a_title_of_its_own() -> None:
    for field in ("code", "title"):
        values = [vars(error).get(field) for error in every_error()]
        assert None not in values
        assert len(set(values)) == len(values)


def test_codes_are_made_of_letters_and_underscores() -> None:
    assert all(re.fullmatch(r"[a-z_]+", error.code) for error in every_error())


def test_an_error_carries_its_facts_and_says_them() -> None:
    assert errors.TurnNotFound("t_9").turn == "t_9"
    assert "'t_9'" in str(errors.TurnNotFound("t_9"))
    assert errors.VersionMismatch(current=7).current == 7
    assert errors.InvalidField("no", field="k", limit=5).limit == 5
    assert errors.Busy("later").retry_after_s > 0
