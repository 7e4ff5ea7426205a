"""Which number a node has inside: from the caller's ids to 0, 1, 2 and back.

A number is a node's for as long as anything names the node; then it is free for another. Numbers
are therefore good until the next write and no longer, and what is kept elsewhere is kept by `Node`.

Most nodes are found by bisection in a sorted array, 12 bytes each; those that came since it was
last made are found in a dictionary, some 100 bytes each. An id that is a string costs its text
besides, and that is forgotten with the node.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from graph.columns import Column
from graph.matrix import Ints
from graph.model import FIRST_FORBIDDEN_ID, Node, NodeKind

KIND_BITS = 56
TEXT = FIRST_FORBIDDEN_ID
"""Marks the key of a node whose id is a string; what is below is the string's number."""

FREE = -1


class Sorted(NamedTuple):
    """Keys ascending, and the number that each stood for when they were sorted."""

    keys: Ints
    numbers: NDArray[np.int32]


class Register:
    """Numbers for nodes. `kinds` has the kind of each number, also of those that are free."""

    def __init__(self) -> None:
        self.keys: Column[np.int64] = Column(np.int64)
        self.kinds: Column[np.int8] = Column(np.int8)
        self._free: list[int] = []
        self._recent: dict[int, int] = {}
        self._older: dict[int, int] = {}
        self._settled = sort_keys(self.keys.values)
        self._texts: list[str | None] = []
        self._text_numbers: dict[Node, int] = {}
        self._free_texts: list[int] = []

    @classmethod
    def of(cls, kinds: NDArray[np.int8], ids: Ints) -> Self:
        """Return a register that numbers these nodes, which must be distinct, in this order."""
        made = cls()
        made.keys = Column.holding(kinds.astype(np.int64) << KIND_BITS | ids)
        made.kinds = Column.holding(kinds.copy())
        made._settled = sort_keys(made.keys.values)
        return made

    def __len__(self) -> int:
        """Return how many nodes have a number."""
        return self.keys.size - len(self._free)

    @property
    def size(self) -> int:
        """One more than the highest number ever given."""
        return self.keys.size

    @property
    def nbytes(self) -> int:
        """Bytes of memory, estimated where they are Python's."""
        entries = len(self._recent) + len(self._older)
        texts = sum(len(str(node.id)) + 200 for node in self._text_numbers)
        arrays = (self.keys, self.kinds, *self._settled)
        return sum(array.nbytes for array in arrays) + 100 * entries + texts

    def find(self, node: Node) -> int | None:
        """Return the node's number; None when it has none."""
        key = self._key(node)
        number = self._recent.get(key, self._older.get(key))
        if number is not None:
            return number
        settled = self._settled.keys
        at = int(settled.searchsorted(key))
        if key == FREE or at == len(settled) or settled[at] != key:
            return None
        number = int(self._settled.numbers[at])
        return number if self.keys.values[number] == key else None

    def find_all(self, nodes: Iterable[Node]) -> list[int | None]:
        """Return the number of each node, as `find` does, looking up many at once."""
        keys = [self._key(node) for node in nodes]
        found = self._find_settled(np.array(keys, dtype=np.int64))
        if not self._recent and not self._older:
            return found
        return [
            self._recent.get(key, self._older.get(key, number))
            for key, number in zip(keys, found, strict=True)
        ]

    def add(self, node: Node) -> int:
        """Return the node's number, giving it one if it has none."""
        found = self.find(node)
        if found is not None:
            return found
        rest = node.id if isinstance(node.id, int) else TEXT | self._text(node)
        key = node.kind << KIND_BITS | rest
        if self._free:
            number = self._free.pop()
        else:
            number = self.keys.size
            self.keys.grow(number + 1)
            self.kinds.grow(number + 1)
        self.keys.values[number] = key
        self.kinds.values[number] = node.kind
        self._recent[key] = number
        return number

    def node(self, number: int) -> Node:
        """Return the node that has this number; it must have one."""
        key = int(self.keys.values[number])
        rest = key & (2 * TEXT - 1)
        if rest < TEXT:
            return Node(NodeKind(key >> KIND_BITS), rest)
        text = self._texts[rest - TEXT]
        assert text is not None  # noqa: S101  a string lives as long as its node
        return Node(NodeKind(key >> KIND_BITS), text)

    def retire(self, number: int) -> None:
        """Free a number, and forget its node's id."""
        key = int(self.keys.values[number])
        rest = key & (2 * TEXT - 1)
        if rest >= TEXT:
            del self._text_numbers[self.node(number)]
            self._texts[rest - TEXT] = None
            self._free_texts.append(rest - TEXT)
        self._recent.pop(key, None)
        self._older.pop(key, None)
        self.keys.values[number] = FREE
        self._free.append(number)

    def begin_settling(self) -> Ints:
        """Return a copy of all keys, of which `sort_keys` makes what `end_settling` takes."""
        self._older |= self._recent
        self._recent = {}
        return self.keys.values.copy()

    def end_settling(self, made: Sorted | None) -> None:
        """Take over sorted keys; None keeps what there was."""
        if made is not None:
            self._settled, self._older = made, {}

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What it holds, for `from_arrays`; the sorted keys of everything among it."""
        texts = ["" if text is None else text for text in self._texts]
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        return {
            "keys": self.keys.values,
            "kinds": self.kinds.values,
            "free": np.array(self._free, dtype=np.int64),
            "sorted_keys": (made := sort_keys(self.keys.values)).keys,
            "sorted_numbers": made.numbers,
            "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
            "text_ends": np.cumsum([len(text) for text in encoded], dtype=np.int64),
            "free_texts": np.array(self._free_texts, dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return a register as it was; it writes into the arrays."""
        made = cls()
        made.keys = Column.holding(np.asarray(arrays["keys"]))
        made.kinds = Column.holding(np.asarray(arrays["kinds"]))
        made._free = arrays["free"].tolist()
        made._settled = Sorted(arrays["sorted_keys"], arrays["sorted_numbers"])
        whole, begin = arrays["text"].tobytes(), 0
        for end in arrays["text_ends"].tolist():
            made._texts.append(whole[begin:end].decode("utf-8", "surrogatepass"))
            begin = end
        made._free_texts = arrays["free_texts"].tolist()
        for number in made._free_texts:
            made._texts[number] = None
        with_text = np.flatnonzero(made.keys.values & TEXT & ~(made.keys.values >> 63))
        for number in with_text.tolist():
            text = int(made.keys.values[number]) & (TEXT - 1)
            made._text_numbers[made.node(number)] = text
        return made

    def _key(self, node: Node) -> int:
        """Return a node's key; `FREE` for one whose text is not known."""
        if isinstance(node.id, int):
            return node.kind << KIND_BITS | node.id
        text = self._text_numbers.get(node)
        return FREE if text is None else node.kind << KIND_BITS | TEXT | text

    def _find_settled(self, keys: Ints) -> list[int | None]:
        settled = self._settled
        if len(settled.keys) == 0:
            return [None] * len(keys)
        at = np.minimum(settled.keys.searchsorted(keys), len(settled.keys) - 1)
        numbers = settled.numbers[at]
        fits = (settled.keys[at] == keys) & (self.keys.values[numbers] == keys)
        return [
            number if fit else None
            for number, fit in zip(numbers.tolist(), fits.tolist(), strict=True)
        ]

    def _text(self, node: Node) -> int:
        """Keep the text of a new node; return the text's number."""
        if self._free_texts:
            number = self._free_texts.pop()
        else:
            number = len(self._texts)
            self._texts.append(None)
        self._texts[number] = str(node.id)
        self._text_numbers[node] = number
        return number


def sort_keys(keys: Ints) -> Sorted:
    """Sort the keys that are in use."""
    used = np.flatnonzero(keys != FREE)
    order = used[np.argsort(keys[used])]
    return Sorted(keys[order], order.astype(np.int32))
