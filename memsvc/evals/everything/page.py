"""A report of everything as a page: what was reached beside its goals, then each data set.

Pure: a report in, Markdown out. Figures stand with their 95 % intervals.
"""

from collections.abc import Iterator, Mapping, Sequence

from memsvc.evals.everything.report import Everything, Part
from memsvc.evals.reports.compare import Comparison
from memsvc.evals.reports.report import (
    CONTEXT_METRICS,
    MAIN_METRIC,
    OURS,
    Difference,
    Row,
    commit_id,
    told_rows,
)
from memsvc.evals.scoring.measures import Estimate

HEADLINE = ("recall@5", MAIN_METRIC)
NOTHING = "-"


def page_of(found: Everything, *, plot: str) -> str:
    """Return the page; `plot` is the name of the picture that stands beside it."""
    lines = [
        f"# Recall, {found.day.isoformat()}",
        "",
        (
            f"Commit `{commit_id()}`. No language model takes part; intervals are 95 % bootstrap "
            "intervals over questions. A difference is one only when its whole interval lies on "
            "one side of zero; those are bold."
        ),
        "",
        f"![Recall of every row by data set]({plot})",
        "",
        "## Summary",
        "",
        *_summary(found.parts),
    ]
    for part in found.parts:
        lines += ["", f"## {part.title}", "", *_chapter(part)]
    lines += ["", "## What changed", "", *_changes(found.changes)]
    return "\n".join(lines) + "\n"


def _summary(parts: Sequence[Part]) -> Iterator[str]:
    yield from _rows(
        ["data", "questions", *HEADLINE, "goals", "context@2000", "best plain", "p50 / p95 ms"],
        (
            [
                part.title,
                f"{part.report.questions:,}",
                *(str(_ours(part).overall.estimates[metric]) for metric in HEADLINE),
                "; ".join(_goal(part, metric, goal) for metric, goal in part.goals.items())
                or NOTHING,
                str(_ours(part).overall.estimates["context@2000"]),
                _best_plain(part, "context@2000"),
                f"{part.costs['p50_ms']:.1f} / {part.costs['p95_ms']:.1f}",
            ]
            for part in parts
        ),
    )


def _chapter(part: Part) -> Iterator[str]:
    report = part.report
    settings = report.settings
    yield (
        f"{report.questions:,} questions over {settings['turns']:,} turns in "
        f"{settings['spaces']:,} spaces; {settings['questions_without_evidence']:,} questions "
        f"without evidence are left out. Seed {report.seed}, {settings['embedder']}."
    )
    yield ""
    yield from _rows(
        ["", *report.shown],
        ([row.name, *_cells(row.overall.estimates, report.shown)] for row in report.rows),
    )
    if told := told_rows(report):
        yield from ["", *(f"- `{name}`: {what}." for name, what in told.items())]
    yield from ["", f"### {report.main} by category", ""]
    categories = list(report.rows[0].categories)
    yield from _rows(
        ["", *(f"{one} ({report.rows[0].categories[one].questions})" for one in categories)],
        (
            [
                row.name,
                *(f"{row.categories[c].estimates[report.main].mean:.3f}" for c in categories),
            ]
            for row in report.rows
        ),
    )
    yield from ["", "### Evidence in the context, by its budget in tokens", ""]
    packed = [row for row in report.rows if CONTEXT_METRICS[0] in row.overall.estimates]
    yield from _rows(
        ["", *CONTEXT_METRICS],
        ([row.name, *_cells(row.overall.estimates, CONTEXT_METRICS)] for row in packed),
    )
    tokens = ", ".join(f"{n:,.0f} of {b}" for b, n in part.costs["mean_tokens"].items())
    yield from ["", f"Tokens that our contexts take, in the mean: {tokens}."]
    yield from ["", "### Differences on the same questions", ""]
    shown = [*dict.fromkeys([report.main, *HEADLINE]), "context@2000"]
    yield from _rows(["", *shown], ([_pair(d), *_signed(d, shown)] for d in report.differences))


def _changes(changes: Mapping[str, Comparison]) -> Iterator[str]:
    if not changes:
        yield "There is no earlier report of the same questions in this folder."
        return
    yield from _rows(
        ["data", "metric", "difference", "better", "worse"],
        (
            [title, metric, _difference(c.difference), f"{len(c.better)}", f"{len(c.worse)}"]
            for title, change in changes.items()
            for metric, c in change.changes.items()
        ),
    )


def _rows(head: Sequence[str], cells: Iterator[list[str]]) -> Iterator[str]:
    for line in (head, ["---"] * len(head), *cells):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in line)} |"


def _ours(part: Part) -> Row:
    return next(row for row in part.report.rows if row.name == OURS)


def _goal(part: Part, metric: str, goal: float) -> str:
    reached = _ours(part).overall.estimates[metric].mean >= goal
    return f"{metric} {goal:g} {'reached' if reached else 'missed'}"


def _best_plain(part: Part, metric: str) -> str:
    plain = [
        (row.overall.estimates[metric].mean, row.name)
        for row in part.report.rows
        if not row.name.startswith(OURS) and metric in row.overall.estimates
    ]
    return f"{max(plain)[0]:.3f} ({max(plain)[1]})" if plain else NOTHING


def _cells(estimates: Mapping[str, Estimate], metrics: Sequence[str]) -> list[str]:
    return [str(estimates[metric]) for metric in metrics]


def _signed(one: Difference, metrics: Sequence[str]) -> list[str]:
    return [_difference(one.estimates[m]) if m in one.estimates else NOTHING for m in metrics]


def _pair(one: Difference) -> str:
    return f"{one.of} less {one.against}"


def _difference(one: Estimate) -> str:
    return f"**{one.signed}**" if one.low > 0 or one.high < 0 else one.signed
