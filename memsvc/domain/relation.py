"""Relations: what predicates mean the same, and of which there is one object at a time.

Most relations hold several objects at once: who likes tea may like coffee, too. A few words of
state hold one: somebody who lives in Lisbon does not live in Porto any more. The list is short on
purpose, English, and matched by whole predicates in their usual spellings: a relation that is
missing keeps two statements where one has ended, one too many would end what still holds. A space
says more of them in its settings (`single_valued`), a caller in a statement (`replaces`).
"""

from collections.abc import Collection, Iterator

MAX_SINGLE_VALUED = 100
"""Predicates that a space may name."""

_AT_A_TIME = {
    "lives in": (
        *("lives in", "live in", "living in", "is living in", "lives at", "resides in"),
        *("is residing in", "moved to", "has moved to", "is resident in", "has residence"),
    ),
    "works at": (
        *("works at", "work at", "works for", "work for", "is working at", "is working for"),
        *("is employed by", "is employed at", "has employer", "employer"),
    ),
    "is married to": ("is married to", "married to", "has spouse", "spouse"),
    "is located in": ("is located in", "located in", "is located at", "located at", "has location"),
    "has age": ("has age", "age", "is aged", "aged"),
    "is called": ("is called", "is named", "has name", "goes by the name"),
}
"""One person has one home, employer, spouse, age and name at a time, and a thing one place."""

_ADVERBS = ("now", "currently")
_CURRENT = ("current ", "has current ")
_JOINTS = (" ", "_", "-", "")


def predicate_name(predicate: str) -> str:
    """Return a predicate as it is in every spelling: case and white space do not count."""
    return " ".join(predicate.casefold().split())


def relation_of(predicate: str) -> str:
    """Return the relation that a predicate means: its own name, or that of a known state."""
    name = predicate_name(predicate)
    return _MEANING.get(name) or _current(name) or name


def spellings(relation: str) -> tuple[str, ...]:
    """Return the names of all predicates that mean this relation."""
    if relation in _SPELLED:
        return _SPELLED[relation]
    if relation.startswith(_CURRENT[0]):
        what = relation.removeprefix(_CURRENT[0])
        return tuple(
            joint.join((*head.split(), *what.split())) for head in _CURRENT for joint in _JOINTS[:3]
        )
    return (relation,)


def holds_one(relation: str, single_valued: Collection[str] = ()) -> bool:
    """Tell whether a relation holds one object at a time.

    `single_valued` are the predicates of which the space says so, in any spelling.
    """
    is_known = relation in _SPELLED or relation.startswith(_CURRENT[0])
    return is_known or relation in {relation_of(each) for each in single_valued}


def _current(name: str) -> str | None:
    """Return what is current, if the predicate says so: "has_current_project" too."""
    words = name.replace("_", " ").replace("-", " ")
    for head in reversed(_CURRENT):
        if words.startswith(head) and words != head.strip():
            relation = _CURRENT[0] + words.removeprefix(head).strip()
            return relation if name in spellings(relation) else None
    return None


def _variants(phrase: str) -> Iterator[str]:
    """Yield a phrase with and without an adverb, joined as programs join words."""
    first, *rest = phrase.split()
    yield from (joint.join((first, *rest)) for joint in _JOINTS)
    for adverb in _ADVERBS:
        yield from (" ".join((adverb, first, *rest)), " ".join((first, adverb, *rest)))


_SPELLED = {
    relation: tuple(
        sorted({spelled for phrase in phrases for spelled in _variants(phrase)} | {relation})
    )
    for relation, phrases in _AT_A_TIME.items()
}
_MEANING = {spelled: relation for relation, every in _SPELLED.items() for spelled in every}
