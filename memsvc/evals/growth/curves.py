"""A picture of how a space grows, as SVG written by hand: times, and bytes a turn.

Both axes are logarithmic, so that what grows with the turns is a slope and what does not is flat.
Nothing has to be installed to draw it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from memsvc.evals.growth.million import MS, AtSize, Million
from memsvc.evals.reports.svg import label, picture

WIDTH, HEIGHT = 900, 380
LEFT, TOP, ACROSS, DOWN, BETWEEN = 60, 40, 300, 280, 140
COLOURS = ("#1f6f8b", "#c0392b", "#2e8b57", "#8e44ad", "#b8860b", "#555555", "#d2691e", "#4682b4")
Lines = Mapping[str, Sequence[float]]


def curves_of(found: Million) -> str:
    """Return the picture; white behind, so that it can stand anywhere."""
    turns = [size.turns for size in found.sizes]
    parts = list(_panel("milliseconds", turns, _times(found.sizes), left=LEFT))
    second = LEFT + ACROSS + BETWEEN
    parts += _panel("bytes a turn, by index", turns, _bytes(found.sizes), left=second)
    return picture(parts, width=WIDTH, height=HEIGHT)


def _times(sizes: Sequence[AtSize]) -> Lines:
    return {
        "start and first recall": [(s.ready_s + s.first_recall_s) * MS for s in sizes],
        "recall p99": [size.recall_p99_ms for size in sizes],
        "recall p50": [size.recall_p50_ms for size in sizes],
        "vectors p50": [size.searches[0].p50_ms for size in sizes],
    }


def _bytes(sizes: Sequence[AtSize]) -> Lines:
    names = [name for name in sizes[-1].parts if sizes[-1].parts[name]]
    lines: dict[str, list[float]] = {
        "all": [sum(size.parts.values()) / size.turns for size in sizes]
    }
    return lines | {name: [size.parts[name] / size.turns for size in sizes] for name in names}


def _panel(title: str, turns: Sequence[int], lines: Lines, *, left: int) -> Iterator[str]:
    values = [value for line in lines.values() for value in line if value > 0]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = math.log10(turns[0]), max(math.log10(turns[-1]), math.log10(turns[0]) + 0.1)

    def at(count: int, value: float) -> tuple[float, float]:
        across = (math.log10(count) - first) / (last - first)
        up = (math.log10(max(value, 10.0**low)) - low) / (high - low)
        return round(left + across * ACROSS, 1), round(TOP + (1 - up) * DOWN, 1)

    yield label(left, TOP - 16, title, bold=True)
    for power in range(low, high + 1):
        _, y = at(turns[0], 10.0**power)
        yield f'<line x1="{left}" y1="{y}" x2="{left + ACROSS}" y2="{y}" stroke="#e3e3e3"/>'
        yield label(left - 6, y + 4, f"{10.0**power:g}", anchor="end")
    for count in turns:
        yield label(at(count, 10.0**low)[0], TOP + DOWN + 18, f"{count:,}", anchor="middle")
    ends = sorted(lines, key=lambda name: -lines[name][-1])
    places = _apart([at(turns[-1], lines[name][-1])[1] for name in ends])
    for number, (name, place) in enumerate(zip(ends, places, strict=True)):
        colour = COLOURS[number % len(COLOURS)]
        points = [at(count, value) for count, value in zip(turns, lines[name], strict=True)]
        path = " ".join(f"{x},{y}" for x, y in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
        said = f"{name} {lines[name][-1]:,.3g}"
        yield label(left + ACROSS + 8, place + 4, said, colour=colour)


def _apart(places: Sequence[float]) -> list[float]:
    """Move labels down until none covers another."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + 14) if found else place)
    return found
