"""What pictures of reports share: SVG written by hand, so that nothing is needed to draw them."""

from collections.abc import Iterable
from html import escape

INK = "#222222"


def picture(parts: Iterable[str], *, width: int, height: int, font_px: int = 12) -> str:
    """Return parts as a picture; white behind, so that it can stand anywhere."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="{font_px}" '
        f'fill="{INK}">'
    )
    behind = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, behind, *parts, "</svg>\n"])


def label(
    x: float,
    y: float,
    said: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    colour: str = INK,
) -> str:
    """Return a text that starts, ends or has its middle at a place."""
    fill = "" if colour == INK else f' fill="{colour}"'
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{fill}{weight}>{escape(said)}</text>'
