"""`memsvc demo` and `memsvc bench`: a service of their own, shown at work and measured."""

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from memsvc.cli.reach import as_json, settings_with
from memsvc.demo.show import show
from memsvc.evals.speed import measure_speed, table
from memsvc.spawned import free_port
from memsvc.wiring import open_embedder

port_option = click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Port to serve at; 0 for a free one."
)


@click.command()
@port_option
def demo(port: int) -> None:
    """Write a sample conversation, ask it questions, and show hits with their reasons."""
    with tempfile.TemporaryDirectory(prefix="memsvc-demo-") as folder:
        show(Path(folder), port=port or free_port())


@click.command()
@port_option
@click.option(
    "--writes", type=click.IntRange(10, 10_000), default=200, help="Single turns to write."
)
@as_json
def bench(port: int, writes: int, *, as_json: bool) -> None:
    """Measure speed over HTTP beside the bare embedder, in one run. Read the ratios."""
    with tempfile.TemporaryDirectory(prefix="memsvc-bench-") as folder:
        figures = measure_speed(
            Path(folder),
            port=port or free_port(),
            embedder=open_embedder(settings_with()),
            writes=writes,
            progress=lambda what: click.echo(f"measuring: {what}", err=True),
        )
    click.echo(
        json.dumps([asdict(each) for each in figures], indent=2) if as_json else table(figures)
    )
