"""A picture of a report of everything: a panel a data set, a bar a row, as SVG written by hand.

Whiskers are 95 % intervals, the dashed line is the goal. Nothing but text is needed to draw it, so
that a report has its picture wherever it is made; every bar has its figure beside it.
"""

from collections.abc import Iterator

from memsvc.evals.everything.report import Everything, Part
from memsvc.evals.reports.report import OURS, Row
from memsvc.evals.reports.svg import INK, label, picture

WIDTH, NAMES, BAR, GAP, HEAD = 820, 230, 18, 6, 44
FIGURES = 60
OWN, OTHER, GOAL = "#1f6f8b", "#b9c4c9", "#c0392b"


def drawn(found: Everything) -> str:
    """Return the picture, as high as its rows need; white behind, so that it can stand anywhere."""
    parts: list[str] = []
    top = 10
    for part in found.parts:
        parts.extend(_panel(part, top))
        top += HEAD + len(part.report.rows) * (BAR + GAP) + 26
    return picture(parts, width=WIDTH, height=top, font_px=13)


def _panel(part: Part, top: int) -> Iterator[str]:
    metric = part.report.main
    goal = part.goals.get(metric)
    aim = "" if goal is None else f", goal {goal:g}"
    yield label(
        10,
        top + 16,
        f"{part.title}: {metric} of {part.report.questions:,} questions{aim}",
        bold=True,
    )
    begin = top + HEAD - 16
    rows = part.report.rows
    end = begin + len(rows) * (BAR + GAP)
    for tenth in range(0, 11, 2):
        x = _x(tenth / 10)
        yield f'<line x1="{x}" y1="{begin}" x2="{x}" y2="{end}" stroke="#e3e3e3"/>'
        yield label(x, end + 14, f"{tenth / 10:.1f}", anchor="middle")
    for number, row in enumerate(rows):
        yield from _bar(row, metric, begin + number * (BAR + GAP))
    if goal is not None:
        x = _x(goal)
        yield (
            f'<line x1="{x}" y1="{begin}" x2="{x}" y2="{end}" stroke="{GOAL}" '
            'stroke-width="1.5" stroke-dasharray="5 3"/>'
        )


def _bar(row: Row, metric: str, top: int) -> Iterator[str]:
    one = row.overall.estimates[metric]
    middle = top + BAR / 2
    is_ours = row.name == OURS
    yield label(NAMES - 8, middle + 4.5, row.name, anchor="end", bold=is_ours)
    yield (
        f'<rect x="{NAMES}" y="{top}" width="{_x(one.mean) - NAMES:.1f}" height="{BAR}" '
        f'fill="{OWN if is_ours else OTHER}"/>'
    )
    yield (
        f'<line x1="{_x(one.low)}" y1="{middle}" x2="{_x(one.high)}" y2="{middle}" stroke="{INK}"/>'
    )
    for edge in (one.low, one.high):
        x = _x(edge)
        yield f'<line x1="{x}" y1="{middle - 4}" x2="{x}" y2="{middle + 4}" stroke="{INK}"/>'
    yield label(WIDTH - FIGURES + 12, middle + 4.5, f"{one.mean:.3f}", bold=is_ours)


def _x(share: float) -> float:
    return round(NAMES + share * (WIDTH - NAMES - FIGURES), 1)
