"""Pictures of what was measured, where matplotlib is installed (the extra `bench`)."""

from importlib.util import find_spec
from pathlib import Path

from memsvc.evals.growth.scale import Scale


def plot_scale(scale: Scale, file: Path) -> Path | None:
    """Draw times by size, and the vector searches beside each other; None without matplotlib."""
    if find_spec("matplotlib") is None:
        return None
    from matplotlib.figure import Figure  # noqa: PLC0415  not installed with the service

    figure = Figure(figsize=(11, 4), layout="constrained")
    by_size, by_way = figure.subplots(1, 2)
    turns = [size.turns for size in scale.sizes]
    for label, values in (
        ("recall p95", [size.recall_p95 for size in scale.sizes]),
        ("recall p50", [size.recall_p50 for size in scale.sizes]),
        ("one write p50", [size.write_p50 for size in scale.sizes]),
    ):
        by_size.plot(turns, values, marker="o", label=label)
    by_size.set(xscale="log", ylim=(0, None), xlabel="turns in the space", ylabel="ms over HTTP")
    by_size.legend()
    ways = [*scale.ours, *scale.peers]
    by_way.barh([way.name for way in ways], [way.p50 for way in ways])
    by_way.invert_yaxis()
    by_way.set(xscale="log", xlabel=f"ms a search, {turns[-1]:,} turns")
    for place, way in enumerate(ways):
        by_way.text(way.p50, place, f" {way.recall.mean:.3f}", va="center")
    by_way.margins(x=0.2)
    figure.savefig(file)
    return file
