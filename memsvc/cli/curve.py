"""The surprise curve of a stream, drawn in letters: a line a unit, a rule where an event ended.

Pure: events in, lines out, as wide as asked. Nothing depends on colour. What a turn says is shown
without anything that a terminal would obey.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import east_asian_width

from memsvc.sdk.events import EventInfo, EventTurn, EventUnit, OpenTail

BAR = 20
NARROWEST = 60
LEGEND = "█ surprise   │ over this, an event ends   ? not known   • speaks for its event"
EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class _Row:
    """One unit, as its line shows it."""

    unit: EventUnit
    surprise: float | None
    threshold: float | None
    turn: EventTurn
    speaks: bool


def drawn(events: Sequence[EventInfo], tail: OpenTail, *, width: int) -> Iterator[str]:
    """Yield the curve of a stream line by line, each at most `width` columns, or 60 if less."""
    width = max(width, NARROWEST)
    most = _most([*events, tail])
    yield clipped(f"surprise of each unit of {tail.stream}; a full bar is {most:.2f}", width)
    yield LEGEND
    why = ""
    for event in events:
        when = "nothing stands" if event.first_at is None else moment(event.first_at)
        yield _rule([why, f"event {event.number}", when, event.id], width)
        yield from (_line(row, most, width) for row in _rows(event))
        why = event.boundary
    yield _rule([why, f"open, to be event {tail.number}", _since(tail)], width)
    yield from (_line(row, most, width) for row in _rows(tail))
    if tail.waiting:
        waits = "turn waits for its vector" if tail.waiting == 1 else "turns wait for their vectors"
        yield f"{'':>7}{tail.waiting} more {waits}"
    elif not tail.units:
        yield f"{'':>7}nothing yet"


def words(turn: EventTurn, columns: int) -> str:
    """Return who speaks and the first words of what they say, in so many columns at most."""
    begun = "… " if turn.start else ""
    said = " ".join((turn.text or "").split())
    return clipped(f"{turn.speaker or turn.role}: {begun}{said}", columns)


def clipped(text: str, columns: int) -> str:
    """Return the beginning of a text that fits into so many columns, `…` for what is left out.

    Whatever is not printed, such as what moves the cursor, becomes a space.
    """
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    if sum(map(_columns, plain)) <= columns:
        return plain
    kept, taken = [], 0
    for letter in plain:
        taken += _columns(letter)
        if taken >= columns:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def moment(at: datetime) -> str:
    """Return a time to the minute."""
    return f"{at:%Y-%m-%d %H:%M}"


def _columns(letter: str) -> int:
    return 2 if east_asian_width(letter) in {"W", "F"} else 1


def _since(tail: OpenTail) -> str:
    return moment(tail.turns[0].at) if tail.turns else ""


def _most(parts: Iterable[EventInfo | OpenTail]) -> float:
    numbers = (number for part in parts for number in [*part.curve, *part.thresholds])
    return max((number for number in numbers if number is not None), default=0.0) or 1.0


def _rows(part: EventInfo | OpenTail) -> Iterator[_Row]:
    turns: Mapping[str, EventTurn] = {turn.id: turn for turn in part.turns}
    speak = set(part.representatives) if isinstance(part, EventInfo) else set()
    measured = zip(part.units, part.curve, part.thresholds, strict=True)
    for place, (unit, surprise, threshold) in enumerate(measured):
        yield _Row(unit, surprise, threshold, turns[unit.turn], place in speak)


def _line(row: _Row, most: float, width: int) -> str:
    number = f"{row.unit.seq}.{row.unit.piece}" if row.unit.piece else str(row.unit.seq)
    lead = f"{number:>6} {_bar(row, most)} {'•' if row.speaks else ' '} "
    left = width - len(lead)
    is_first = row.unit.piece == 0 or row.turn.start > 0
    said = words(row.turn, left) if is_first else "…"
    return (lead + said).rstrip()


def _bar(row: _Row, most: float) -> str:
    """Draw a surprise, and where the threshold is; a mark within the bar is a gap in it."""
    if row.surprise is None:
        cells = ["?", *" " * (BAR - 1)]
    else:
        eighths = round(max(row.surprise, 0.0) / most * BAR * 8)
        full, part = divmod(eighths, 8)
        cells = list(f"{'█' * full}{EIGHTHS[part] if part else ''}".ljust(BAR))
    if row.threshold is not None and row.threshold >= 0:
        place = min(int(row.threshold / most * BAR), BAR - 1)
        cells[place] = "│"
    return "".join(cells)


def _rule(parts: Sequence[str], width: int) -> str:
    """Return a line across, with what is said of the boundary that it stands for."""
    said = " ─ ".join(part for part in parts if part)
    return clipped(f"── {said} ".ljust(width, "─"), width)
