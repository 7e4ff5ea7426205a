"""The report of speed as a page and a picture: ratios first, and what the machine was doing.

Pure: a report in, text out. The picture is SVG written by hand, so that a report has one wherever
it is made.
"""

from collections.abc import Iterator, Sequence

from memsvc.evals.bench.beside import Goal, Part, Row
from memsvc.evals.bench.run import Bench
from memsvc.evals.reports.svg import label, picture

WIDTH, NAMES, BAR, GAP, HEAD = 860, 330, 12, 4, 34
OWN, OTHER = "#1f6f8b", "#b9c4c9"
BUSY = 0.1
"""From which share of the cores on others make absolute times doubtful."""


def bench_page(found: Bench, *, day: str, commit: str, plot: str) -> str:
    """Return the page; `plot` is the name of the picture that stands beside it."""
    machine = found.machine
    lines = [
        f"# Speed and size, {day}",
        "",
        (
            f"Commit `{commit}`, extent `{found.extent.name}`. {machine['processor']}, "
            f"{machine['cores']} cores, Python {machine['python']}; load {machine['load_before']} "
            f"before and {machine['load_after']} after. Peers took turns with ours in the same "
            "run. Read the ratios: times are those of this machine and of what else it did, which "
            "every part says."
        ),
        "",
        f"![Ours beside peers]({plot})",
        "",
        "## Goals",
        "",
        "| | this run | | goal |",
        "|---|---:|---|---|",
        *(
            f"| {row.work} | {number(row.ours)} {row.unit} | {_verdict(row.goal)} | "
            f"{row.goal.said} |"
            for one in found.parts
            for row in one.rows
            if row.goal is not None
        ),
    ]
    for one in found.parts:
        lines += ["", *_chapter(one)]
    return "\n".join([*lines, ""])


def table_of(parts: Sequence[Part]) -> str:
    """Lay all rows out for a terminal."""
    lines = []
    for one in parts:
        lines.append(f"\n{one.title} ({one.seconds:.0f} s; others {one.others:.0%})")
        for row in one.rows:
            beside = "" if row.ratio is None else f"{row.ratio:6.2f} x {row.beside}"
            goal = "" if row.goal is None else f"  [{_verdict(row.goal)}: {row.goal.said}]"
            lines.append(f"  {row.work:<58} {number(row.ours):>9} {row.unit:<8} {beside}{goal}")
        lines += [f"  {name}: not there" for name in one.absent]
    return "\n".join(lines).lstrip("\n")


def bench_plot(found: Bench) -> str:
    """Draw every row that has peers: a bar each, as long as its share of the largest."""
    parts: list[str] = []
    top = 10
    for one in found.parts:
        for row in one.rows:
            if row.peers:
                parts.extend(_panel(row, top))
                top += HEAD + (1 + len(row.peers)) * (BAR + GAP)
    return picture(parts, width=WIDTH, height=top)


def number(value: float) -> str:
    """Return a number with three digits that mean something."""
    if value >= 1_000:  # noqa: PLR2004  thousands are whole
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _chapter(one: Part) -> Iterator[str]:
    yield f"## {one.title}"
    yield ""
    doubt = "; times are doubtful" if one.others > BUSY else ""
    yield f"{one.seconds:.0f} s; others used {one.others:.0%} of the cores meanwhile{doubt}."
    if one.absent:
        yield f"Not there, so not measured: {', '.join(one.absent)}."
    if not one.rows:
        return
    yield ""
    yield "| | ratio | beside | ours | | peers |"
    yield "|---|---:|---|---:|---|---|"
    for row in one.rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        peers = "; ".join(f"{name} {number(value)}" for name, value in row.peers.items())
        yield (
            f"| {row.work} | {ratio} | {row.beside or ''} | {number(row.ours)} | {row.unit} "
            f"| {peers} |"
        )
    notes = [f"- {row.work}: {row.note}" for row in one.rows if row.note]
    if notes:
        yield ""
        yield from notes


def _verdict(goal: Goal) -> str:
    if goal.reached is None:
        return "not judged at this size"
    return "reached" if goal.reached else "**missed**"


def _panel(row: Row, top: int) -> Iterator[str]:
    yield label(10, top + 14, f"{row.work} ({row.unit})", bold=True)
    values = {"memsvc": row.ours, **row.peers}
    most = max(values.values()) or 1.0
    for place, (name, value) in enumerate(values.items()):
        begin = top + HEAD - 12 + place * (BAR + GAP)
        is_ours = place == 0
        length = round(max(1.0, (WIDTH - NAMES - 80) * value / most), 1)
        yield label(NAMES - 8, begin + BAR - 2, name, anchor="end", bold=is_ours)
        fill = OWN if is_ours else OTHER
        yield f'<rect x="{NAMES}" y="{begin}" width="{length}" height="{BAR}" fill="{fill}"/>'
        yield label(NAMES + length + 6, begin + BAR - 2, number(value), bold=is_ours)
