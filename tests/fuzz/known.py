"""What exists in the service under test, learned from its own answers.

A fuzz whose every request names nothing proves nothing. Whatever a request named when it succeeded
exists, and so does whatever a list holds: the document tells which paths are lists, because the
path of an item is the path of its list and one parameter more. So endpoints that this file has
never heard of are reached all the same.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import quote

import httpx

Place: TypeAlias = dict[str, str]
"""Path parameters that name something together."""

IDS = ("id", "name")
"""The fields by which an item's path names it."""


def parameters_of(path: str) -> tuple[str, ...]:
    """Return the names of a path's parameters, in order."""
    return tuple(re.findall(r"{(\w+)}", path))


@dataclass
class Known:
    """Places and cursors, as far as answers have shown them."""

    document: Mapping[str, Any]
    places: dict[tuple[str, ...], list[Place]] = field(default_factory=lambda: defaultdict(list))
    spared: set[str] = field(default_factory=set)
    """What is never pointed at: the keys that the fuzz itself goes by."""
    cursors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def item_parameter(self, path: str) -> str | None:
        """Return the parameter that names an item of this path's list, if the path is a list."""
        return self._item_parameters.get(path)

    @cached_property
    def _item_parameters(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in self.document["paths"]:
            if item := re.fullmatch(r"(.*)/{(\w+)}(/\w+)?", path):
                found.setdefault(item[1], item[2])
        return found

    def learn(self, method: str, path: str, place: Place, answer: httpx.Response) -> None:
        """Take in what an answer shows to exist, or to exist no more."""
        held = self.places[tuple(place)]
        if answer.status_code == httpx.codes.NOT_FOUND and place in held:
            held.remove(place)
        if not answer.is_success:
            return
        if method == "DELETE" or path.endswith(("/release", "/reject")):
            self._forget_around(place)
            return
        self._add(place)
        self._learn_from(path, place, _json(answer))

    def _learn_from(self, path: str, place: Place, said: Mapping[str, Any]) -> None:
        if said.get("next_cursor"):
            self.cursors[path].append(said["next_cursor"])
        for name, value in said.items():  # a thing that shows what it holds
            part = self.item_parameter(f"{path}/{name}")
            if part is not None and isinstance(value, list):
                for identity in filter(None, map(_identity, value)):
                    self._add({**place, part: identity})
        item = self.item_parameter(path)
        if item is None:
            return
        listed = said.get("items")
        for each in listed if isinstance(listed, list) else [said]:
            named = _identity(each)
            if named is not None:
                inner = {**place, item: named}
                self._add(inner)
                self._learn_from(f"{path}/{{{item}}}", inner, each)

    def _add(self, place: Place) -> None:
        held = self.places[tuple(place)]
        names = set(place.values())
        # Names that a path has to escape are left to the generator, which escapes its own.
        is_plain = all(quote(name, safe="") == name for name in names)
        if place and is_plain and place not in held and not self.spared & names:
            held.append(dict(place))

    def _forget_around(self, place: Place) -> None:
        """Forget what was deleted, and its neighbours: some went with it, and lists know which."""
        around = dict(list(place.items())[:-1]).items()
        for names, held in self.places.items():
            if len(names) >= len(place):
                held[:] = [each for each in held if not around <= each.items()]


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.headers.get("content-type") != "application/json":
        return {}
    said = answer.json()
    return said if isinstance(said, dict) else {}


def _identity(said: Any) -> str | None:
    """Return the name by which a path names this thing."""
    if not isinstance(said, dict):
        return None
    return next((said[name] for name in IDS if isinstance(said.get(name), str)), None)
