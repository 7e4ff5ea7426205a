"""How far what surrounds a turn speaks for it: less, the longer the turn or its stream.

In a chat a turn says half of what it means, and the turns beside it say the rest: neighbours and
streams are worth ten points of recall@10 on LoCoMo, whose turns have 27 words. A message of five
hundred words speaks for itself; beside it stands one that matches anything, and to count it in
full costs ten points on BEAM. A stream of twenty short turns is about one matter, one of seventy
long messages about all. So both count in proportion to how short the turn and the stream are. How
far the constants can move is measured in docs/decisions/0018.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memsvc.ports.indexes import Timeline
from memsvc.ports.vectors import Keys, Scores

SHORT_TURN = 100
"""Terms up to which a turn counts as short: a paragraph, more than nearly any turn of a chat."""

SHORT_STREAM = 2_000
"""Terms up to which a stream counts as about one matter: a sitting of some seventy chat turns."""


def of_turns(timeline: Timeline, keys: Keys) -> Scores:
    """Return 1 for each short turn, and for a longer one as much of it as would be short."""
    return _share(SHORT_TURN, timeline.lengths(keys))


def of_streams(timeline: Timeline, keys: Keys) -> Scores:
    """Return the same of the stream that each of these turns stands in."""
    return _share(SHORT_STREAM, timeline.stream_lengths[timeline.streams(keys)])


def _share(short: int, lengths: NDArray[np.integer[Any]]) -> Scores:
    return np.asarray(np.minimum(1.0, short / np.maximum(lengths, 1)), dtype=np.float32)
