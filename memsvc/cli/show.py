"""`memsvc demo`: a service of its own, shown at work."""

import tempfile
from pathlib import Path

import click

from memsvc.demo.show import show
from memsvc.spawned import free_port


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, help="Port to serve at; 0 for a free one."
)
def demo(port: int) -> None:
    """Write a sample conversation, ask it questions, and show hits with their reasons."""
    with tempfile.TemporaryDirectory(prefix="memsvc-demo-") as folder:
        show(Path(folder), port=port or free_port())
